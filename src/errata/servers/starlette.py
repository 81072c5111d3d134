"""Starlette: every error of an application leaves in its contract."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import HTTPConnection

from errata._contract import Contract
from errata._error import Error
from errata._kind import title_of
from errata._problem import Problem
from errata._standard import standard_class
from errata.servers.asgi import Answer, answer, with_trace_header

_App = TypeVar("_App", bound=Starlette)


def install(app: _App, contract: Contract) -> _App:
    """Make an application answer all its errors in a contract; returns the same application.

    Unknown exceptions are answered inside the application's middleware, so that
    CORS and correlation header fields reach these responses too, and are logged
    to the logger `errata` with their traceback instead of being raised on.
    """

    async def on_error(conn: HTTPConnection, error: Exception) -> Answer:
        if conn.scope["type"] != "http":
            raise error
        return answer(contract, error, conn.scope)

    async def on_http_error(conn: HTTPConnection, error: Exception) -> Answer:
        if conn.scope["type"] != "http" or not isinstance(error, HTTPException):
            raise error
        return answer(contract, from_http(error), conn.scope, error.headers)

    handlers: Any = {Error: on_error, HTTPException: on_http_error, Exception: on_error}
    app.exception_handlers.update(handlers)
    _answer_inside_middleware(app, on_error)
    if contract.trace_always:
        app.add_middleware(_Traced, contract=contract)
    return app


class _Traced:
    """`with_trace_header` in the form that Starlette's middleware stack takes."""

    def __init__(self, app: Any, contract: Contract) -> None:
        self._app = with_trace_header(app, contract)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._app(scope, receive, send)


def _answer_inside_middleware(app: Starlette, on_error: Any) -> None:
    """Register the handler for all exceptions in the innermost layer, where Starlette itself takes none."""
    build = app.build_middleware_stack

    def build_middleware_stack() -> Any:
        stack: Any = build()
        layer = stack
        while layer is not None and not isinstance(layer, ExceptionMiddleware):
            layer = getattr(layer, "app", None)
        if layer is not None:
            layer.add_exception_handler(Exception, on_error)
        return stack

    app.build_middleware_stack = build_middleware_stack  # type: ignore[method-assign]


_MEMBERS: Final = {"code": ("code", "error"), "title": ("title",), "detail": ("detail", "message", "msg")}


def from_http(error: HTTPException) -> Error:
    """Return an HTTPException as the standard error of its status.

    A text becomes the detail; of an object, the members that mean code, title and
    detail are taken as such and the others become extension members.
    """
    status, given = error.status_code, error.detail
    problem = Problem(status=status, title=title_of(status))
    if isinstance(given, Mapping):
        problem = _with_members(problem, dict(given))
    elif isinstance(given, str):
        problem = problem.replace(detail=given if given not in (problem.title, _phrase(status)) else None)
    elif given is not None:
        problem = problem.replace(extensions={"errors": given})
    return standard_class(problem)(problem)


def _with_members(problem: Problem, given: dict[str, Any]) -> Problem:
    changes: dict[str, Any] = {}
    for member, names in _MEMBERS.items():
        name = next((name for name in names if isinstance(given.get(name), str)), None)
        if name is not None:
            changes[member] = given.pop(name)
    return problem.replace(extensions=given, **changes)


def _phrase(status: int) -> str:
    """Return the text that Starlette fills in when none is given."""
    try:
        return HTTPException(status).detail
    except ValueError:  # no standard status
        return ""
