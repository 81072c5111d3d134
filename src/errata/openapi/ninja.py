"""Django Ninja: the errors of an API in its OpenAPI document."""

from errata._extra import needs

needs(__name__, "ninja", "ninja")

from collections.abc import Iterator, Sequence
from typing import Any, Final

from ninja import NinjaAPI

from errata._contract import Contract
from errata._error import Error
from errata._standard import ContentTooLarge, ResourceExhausted
from errata.openapi._declaring import Raisable, declared_by
from errata.openapi._describing import Codes
from errata.openapi._document import COMMON, described

# Django limits the size of every body.
_USUAL: Final = (*COMMON, ContentTooLarge)


def describe(
    api: NinjaAPI, contract: Contract, *, common: Sequence[type[Error]] = _USUAL, codes: Codes = "open"
) -> NinjaAPI:
    """Make the OpenAPI document of an API describe its errors in a contract; returns the same API.

    What stands in `response=` of an operation wins over what is found here.
    """
    make = getattr(api.get_openapi_schema, _MADE_FROM, api.get_openapi_schema)

    def get_openapi_schema(**parts: Any) -> dict[str, Any]:
        return described(make(**parts), contract, declared(api), common=common, codes=codes)

    setattr(get_openapi_schema, _MADE_FROM, make)
    api.get_openapi_schema = get_openapi_schema  # type: ignore[method-assign,assignment]
    return api


_MADE_FROM: Final = "__errata_made_from__"


def declared(api: NinjaAPI) -> dict[str, tuple[Raisable, ...]]:
    """Return what operations raise, with those who authenticate and throttle, by operationId."""
    found: dict[str, tuple[Raisable, ...]] = {}
    for each in _operations(api):
        throttled = (ResourceExhausted,) if each.throttle_objects else ()
        who = [part for auth in each.auth_callbacks for part in (auth, getattr(auth, "authenticate", None))]
        raised = declared_by(each.view_func, *who, *each.throttle_objects)
        found[each.operation_id or api.get_openapi_operation_id(each)] = (*raised, *throttled)
    return found


def _operations(api: NinjaAPI) -> Iterator[Any]:
    bound = getattr(api, "_get_bound_routers", None)  # newer versions give each operation what its routers have
    for router in bound() if bound is not None else [router for _, router in api._routers]:  # noqa: SLF001 - older ones
        for view in router.path_operations.values():
            yield from view.operations
