"""Django REST framework: the errors of its views in the OpenAPI document that drf-spectacular makes."""

import re
from collections.abc import Callable, Sequence
from inspect import getclosurevars, isfunction
from typing import Any, Final

from django.conf import settings
from django.utils.module_loading import import_string
from drf_spectacular.settings import spectacular_settings

from errata._contract import Contract
from errata._error import Error
from errata._standard import ContentTooLarge, NotAcceptable, PermissionDenied, ResourceExhausted
from errata.openapi._declaring import Raisable, declared_by
from errata.openapi._describing import Codes
from errata.openapi._document import COMMON, described

# Django limits the size of every body; Django REST framework asks for permission before
# every view, and whether the client accepts what a success would be written in.
_USUAL: Final = (*COMMON, PermissionDenied, NotAcceptable, ContentTooLarge)

Hook = Callable[..., dict[str, Any]]


def describe_errors(result: dict[str, Any], generator: Any, **_: Any) -> dict[str, Any]:
    """Describe errors in the contract that the setting `ERRATA_CONTRACT` names.

    A hook for drf-spectacular's setting `POSTPROCESSING_HOOKS`, to be named there.
    """
    named = settings.ERRATA_CONTRACT
    contract = import_string(named) if isinstance(named, str) else named
    return hook(contract)(result, generator)


def hook(contract: Contract, *, common: Sequence[type[Error]] = _USUAL, codes: Codes = "open") -> Hook:
    """Return a hook for `POSTPROCESSING_HOOKS` that describes errors in a contract, in other words than the usual."""

    def describe(result: dict[str, Any], generator: Any, **_: Any) -> dict[str, Any]:
        return described(result, contract, declared(result, generator), common=common, codes=codes)

    return describe


def declared(document: dict[str, Any], generator: Any) -> dict[str, tuple[Raisable, ...]]:
    """Return what views raise, with their classes, permissions and throttles, by method and path."""
    paths = {_shape(path): path for path in document.get("paths", {})}
    found: dict[str, tuple[Raisable, ...]] = {}
    for path, _, method, callback in generator.endpoints or ():
        address = paths.get(_shape(_as_documented(path, callback.cls, generator)))
        if address is not None:
            throttled = (ResourceExhausted,) if callback.cls.throttle_classes else ()
            found[f"{method.upper()} {address}"] = (*declared_by(*_parts(callback, method.lower())), *throttled)
    return found


def _parts(callback: Any, method: str) -> list[Any]:
    """Return what has a part in answering: the view as it was routed, its class, its method and its policies."""
    action = getattr(callback, "actions", {}).get(method, method)
    handler = getattr(callback.cls, action, None)
    # `@api_view` makes a class whose methods call the function.
    inner = getclosurevars(handler).nonlocals.get("func") if isfunction(handler) else None
    policies = (callback.cls.authentication_classes, callback.cls.permission_classes, callback.cls.throttle_classes)
    classes = [each for policy in policies for each in policy]
    deciding = [getattr(each, name, None) for each in classes for name in _DECIDING]
    return [callback, callback.cls, handler, inner, *classes, *deciding]


_DECIDING: Final = ("authenticate", "has_permission", "has_object_permission", "allow_request")


def _as_documented(path: str, cls: Any, generator: Any) -> str:
    """Return a path as drf-spectacular prints it: with the version in place, and prefixes as the settings say."""
    versioning = cls.versioning_class
    version = generator.api_version or getattr(versioning, "default_version", None)
    if version:
        path = path.replace("{" + versioning.version_param + "}", version) if versioning else path
    if spectacular_settings.SCHEMA_PATH_PREFIX_TRIM and (prefix := spectacular_settings.SCHEMA_PATH_PREFIX):
        path = re.sub(prefix if prefix.startswith("^") else f"^{prefix}", "", path, flags=re.IGNORECASE)
    path = (spectacular_settings.SCHEMA_PATH_PREFIX_INSERT or "") + path
    return path if path.startswith("/") else f"/{path}"


def _shape(path: str) -> str:
    """Return a path without the names of its variables, which drf-spectacular changes."""
    return re.sub(r"\{[^}]*\}", "{}", path)
