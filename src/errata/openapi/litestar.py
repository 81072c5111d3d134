"""Litestar: the errors of an application in its OpenAPI document, in place of those that Litestar announces."""

from errata._extra import needs

needs(__name__, "litestar", "litestar")

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import fields
from typing import Any, Final, TypeVar, cast

from litestar import Litestar
from litestar.config.app import AppConfig
from litestar.exceptions import ValidationException
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import OpenAPI
from litestar.plugins import ReceiveRoutePlugin
from litestar.routes import BaseRoute, HTTPRoute

from errata._contract import Contract
from errata._error import Error
from errata._kind import kind_of
from errata._problem import Problem
from errata._standard import ContentTooLarge, standard_class
from errata.openapi._components import copied
from errata.openapi._declaring import Raisable, declared_by
from errata.openapi._describing import Codes
from errata.openapi._document import COMMON, described

_App = TypeVar("_App", Litestar, AppConfig)

# Litestar limits the size of every body.
_USUAL: Final = (*COMMON, ContentTooLarge)


def describe(app: _App, contract: Contract, *, common: Sequence[type[Error]] = _USUAL, codes: Codes = "open") -> _App:
    """Make the OpenAPI document of an application describe its errors in a contract; returns the same application.

    With `on_app_init` the application is described as a configuration. What stands
    in `responses=` of a handler wins over what is found here.
    """
    if app.openapi_config is None:
        return app
    routes = _routes(app)

    def finish(document: dict[str, Any]) -> dict[str, Any]:
        return described(without_stock(document), contract, declared(routes()), common=common, codes=codes)

    app.openapi_config = _finished_by(app.openapi_config, finish)
    _renew(app)
    return app


def _routes(app: Litestar | AppConfig) -> Callable[[], Iterable[BaseRoute]]:
    """Return what tells the routes of an application, also of one that is still to be made."""
    if isinstance(app, Litestar):
        return lambda: app.routes
    plugin = _Routes()
    app.plugins.append(plugin)
    return lambda: plugin.seen


def _renew(app: Litestar | AppConfig) -> None:
    """Give the application's own plugin the new configuration, and take what it has made of the old one."""
    if isinstance(app, Litestar):
        plugin: Any = app.plugins.get("OpenAPIPlugin")
        plugin._openapi_config = app.openapi_config  # noqa: SLF001 - there is no other way to a running application
        plugin._openapi = plugin._openapi_schema = None  # noqa: SLF001 - made again when asked for


class _Routes(ReceiveRoutePlugin):
    """A plugin that is told of the routes of an application that is still to be made."""

    def __init__(self) -> None:
        self.seen: list[BaseRoute] = []

    def receive_route(self, route: BaseRoute) -> None:
        """Keep a route."""
        self.seen.append(route)


class _Finished(OpenAPI):
    """A document that is finished when it is written down."""

    finish: Callable[[dict[str, Any]], dict[str, Any]]

    def to_schema(self) -> dict[str, Any]:
        """Return the document as plain dictionaries and lists."""
        return self.finish(super().to_schema())


def _finished_by(config: OpenAPIConfig, finish: Callable[[dict[str, Any]], dict[str, Any]]) -> OpenAPIConfig:
    """Return a configuration whose documents are finished by a function; the one given may serve other applications."""
    own: Any = copy(config)

    def to_openapi_schema() -> OpenAPI:
        made = type(config).to_openapi_schema(own)
        finished = _Finished(**{each.name: getattr(made, each.name) for each in fields(made)})
        finished.finish = finish
        return finished

    own.to_openapi_schema = to_openapi_schema
    return cast("OpenAPIConfig", own)


def declared(routes: Iterable[BaseRoute]) -> dict[str, tuple[Raisable, ...]]:
    """Return what handlers raise, with their controllers, guards and dependencies, by method and path."""
    found: dict[str, tuple[Raisable, ...]] = {}
    for route in routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, _) in route.route_handler_map.items():
                refused = [_refusal(each) for each in handler.raises or () if not issubclass(each, ValidationException)]
                owners = (type(handler.owner), type(getattr(handler.fn, "__self__", None)))  # older and newer versions
                raised = declared_by(*owners, handler.fn, *handler.resolve_guards(), *_providers(handler))
                found[f"{method} {route.path_format or '/'}"] = tuple(dict.fromkeys((*raised, *refused)))
    return found


def _refusal(error: Any) -> type[Error]:
    """Return what becomes of an exception that a handler declares in Litestar's own way."""
    return standard_class(Problem(status=error.status_code, kind=kind_of(error.status_code)))


def _providers(handler: Any) -> list[Any]:
    """Return the functions that a handler's dependencies come from, and theirs."""
    there = handler.resolve_dependencies()
    used: dict[str, Any] = {}
    waiting = [handler]
    while waiting:
        for name in waiting.pop().parsed_fn_signature.parameters:
            if name in there and name not in used:
                used[name] = there[name]
                waiting.append(there[name])
    return [each.dependency for each in used.values()]


_STOCK: Final = frozenset({"status_code", "detail", "extra"})


def without_stock(document: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of a document without the bodies of Litestar's own exceptions, which are not sent."""
    result: dict[str, Any] = copied(document)
    operations = [each for item in result.get("paths", {}).values() for each in item.values() if isinstance(each, dict)]
    for operation in operations:
        theirs = operation.get("responses", {})
        operation["responses"] = {status: each for status, each in theirs.items() if not _is_stock(each)}
    return result


def _is_stock(response: dict[str, Any]) -> bool:
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    options = schema.get("oneOf", [schema])
    return all(frozenset(each.get("properties", ())) == _STOCK for each in options)
