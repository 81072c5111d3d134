"""FastAPI: the errors of an application in its OpenAPI document, in place of those that FastAPI announces."""

from errata._extra import needs

needs(__name__, "fastapi", "fastapi")

from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeVar

from fastapi import FastAPI, routing
from fastapi.openapi.utils import validation_error_definition, validation_error_response_definition

from errata._contract import Contract
from errata._error import Error
from errata._standard import ContentTooLarge
from errata.openapi._components import copied
from errata.openapi._declaring import Raisable, declared_by
from errata.openapi._describing import Codes
from errata.openapi._document import COMMON, described

_App = TypeVar("_App", bound=FastAPI)


def describe(
    app: _App, contract: Contract, *, common: Sequence[type[Error]] | None = None, codes: Codes = "open"
) -> _App:
    """Make `app.openapi` describe the application's errors in a contract; returns the same application.

    `errata.servers.fastapi.install` does it with the defaults; call this after it
    for others. What stands in `responses=` of a route wins over what is found here.
    """
    usual = common if common is not None else usual_errors(app)
    make = getattr(app.openapi, _MADE_FROM, app.openapi)
    if hasattr(app.openapi, _MADE_FROM):
        app.openapi_schema = None  # it was finished in another contract
    last: dict[str, Any] | None = None

    def openapi() -> dict[str, Any]:
        nonlocal last
        document: dict[str, Any] = make()
        if document is last:  # FastAPI keeps it until the routes change
            return document
        last = finished = described(without_stock(document), contract, declared(app), common=usual, codes=codes)
        if app.openapi_schema is document:
            app.openapi_schema = finished
        return finished

    setattr(openapi, _MADE_FROM, make)
    app.openapi = openapi  # type: ignore[method-assign]
    return app


_MADE_FROM: Final = "__errata_made_from__"


def usual_errors(app: FastAPI) -> tuple[type[Error], ...]:
    """Return the standard errors that an application can answer with."""
    limited = getattr(app, "max_body_size", None) is not None
    return (*COMMON, ContentTooLarge) if limited else COMMON


def declared(app: FastAPI) -> dict[str, tuple[Raisable, ...]]:
    """Return what the routes of an application raise, their dependencies and those of their routers included."""
    found: dict[str, tuple[Raisable, ...]] = {}
    for route in _routes(app):
        if getattr(route, "dependant", None) is not None:
            raised = declared_by(*_calls(route.dependant))
            found |= {f"{method} {route.path_format}": raised for method in route.methods or ()}
    return found


def _routes(app: FastAPI) -> Iterator[Any]:
    contexts = getattr(routing, "iter_route_contexts", None)  # newer versions include routers late
    yield from app.routes if contexts is None else contexts(app.routes)


def _calls(dependant: Any) -> Iterator[Any]:
    yield dependant.call
    for each in dependant.dependencies:
        yield from _calls(each)


_STOCK: Final = {
    "HTTPValidationError": validation_error_response_definition,
    "ValidationError": validation_error_definition,
}
_STOCK_REF: Final = {"$ref": "#/components/schemas/HTTPValidationError"}


def without_stock(document: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of a document without FastAPI's own answer to a failed validation, which is not sent."""
    result: dict[str, Any] = copied(document)
    operations = [each for item in result.get("paths", {}).values() for each in item.values()]
    for responses in (each["responses"] for each in operations if isinstance(each, dict) and "responses" in each):
        if _schema(responses.get("422", {})) == _STOCK_REF:
            del responses["422"]
    schemas = result.get("components", {}).get("schemas", {})
    for name, stock in _STOCK.items():
        if schemas.get(name) == stock and not _refers(result, f"#/components/schemas/{name}"):
            del schemas[name]
    return result


def _schema(response: dict[str, Any]) -> Any:
    return response.get("content", {}).get("application/json", {}).get("schema")


def _refers(part: Any, address: str) -> bool:
    """Tell whether something in a document leads to an address."""
    if isinstance(part, dict):
        return part.get("$ref") == address or any(_refers(each, address) for each in part.values())
    return isinstance(part, list) and any(_refers(each, address) for each in part)
