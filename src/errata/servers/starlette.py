"""Starlette: every error of an application leaves in its contract."""

from errata._extra import needs

needs(__name__, "starlette", "starlette")

from collections.abc import Mapping
from inspect import isawaitable
from traceback import walk_tb
from typing import Any, Final, TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.middleware import Middleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse
from starlette.routing import Match

from errata._contract import Contract
from errata._error import Error
from errata._standard import MalformedBody
from errata.servers._refusal import is_meant, refusal
from errata.servers.asgi import Message, Receive, Scope, Send, answer, request_of, with_trace_header

try:
    from starlette.middleware import body_limit
except ImportError:  # an older Starlette
    body_limit = None  # type: ignore[assignment]

_App = TypeVar("_App", bound=Starlette)

# Raised to get out of an application whose response was replaced: no error.
_SIGNALS: Final = tuple(filter(None, [getattr(body_limit, "_RequestBodyLimitResponseSent", None)]))


def install(app: _App, contract: Contract) -> _App:
    """Make an application answer all its errors in a contract; returns the same application.

    Unknown exceptions are answered inside the application's middleware, so that
    CORS and correlation header fields reach these responses too, and are logged
    to the logger `errata` with their traceback instead of being raised on. Those
    of the middleware itself are answered around it, and raised on by Starlette.
    Handlers that the application has for single classes or statuses go first.
    A mounted application answers its own errors: install a contract there too.
    Raises RuntimeError when the application has answered requests already.
    """
    if app.middleware_stack is not None:
        raise RuntimeError("the application has started; install the contract before its first request")
    refuse = app.exception_handlers.get(HTTPException) or ExceptionMiddleware(app).http_exception

    async def on_error(conn: HTTPConnection, error: Exception) -> Any:
        if conn.scope["type"] != "http":
            raise error
        return answer(contract, error, conn.scope)

    async def on_unknown(conn: HTTPConnection, error: Exception) -> Any:
        if isinstance(error, HTTPException):  # raised by a middleware
            return await on_http_error(conn, error)
        return await on_error(conn, MalformedBody() if _is_from_parsing(error) else error)

    async def on_http_error(conn: HTTPConnection, error: Exception) -> Any:
        if not isinstance(error, HTTPException):
            raise error
        # Below 400 it is a short way to redirect, or to answer without a body: no error.
        if conn.scope["type"] != "http" or error.status_code < 400:
            return await _called(refuse, conn, error)
        meant = is_meant(contract, request_of(conn.scope), error, HTTPException)
        response = answer(contract, error if meant else from_http(error), conn.scope, _headers_of(error, conn.scope))
        if error.status_code == _TOO_LARGE.status_code:
            conn.scope[_ANSWER] = response
        return response

    handlers: Any = {Error: on_error, HTTPException: on_http_error, Exception: on_unknown}
    app.exception_handlers.update(handlers)
    _arrange_layers(app, contract)
    return app


def _headers_of(error: HTTPException, scope: Scope) -> Mapping[str, str] | None:
    """Return an error's header fields; a wrong method is told the methods of all routes, not only of the first."""
    headers = error.headers
    if error.status_code != 405 or headers is None or "router" not in scope or "Allow" not in headers:
        return headers
    found = [(route.matches(scope)[0], route) for route in scope["router"].routes]
    if any(match is Match.FULL for match, _ in found):
        return headers  # raised by an endpoint, or refused by something mounted
    methods = {m for match, route in found if match is Match.PARTIAL for m in getattr(route, "methods", None) or ()}
    return {**headers, "Allow": ", ".join(sorted(methods))} if methods else headers


async def _called(handler: Any, conn: HTTPConnection, error: Exception) -> Any:
    response = handler(conn, error)
    return await response if isawaitable(response) else response


def _arrange_layers(app: Starlette, contract: Contract) -> None:
    """Put errata's layers around and inside the application's middleware, in place of those of an earlier call."""
    ours: tuple[Any, ...] = (with_trace_header, _answer_inside)
    theirs = [layer for layer in app.user_middleware if layer.cls not in ours]
    outer = [Middleware(with_trace_header, contract=contract)] if contract.trace_always else []
    app.user_middleware = [*outer, *theirs, Middleware(_answer_inside, owner=app)]
    if getattr(app, "max_body_size", None) is not None:
        build = app.build_middleware_stack
        app.build_middleware_stack = lambda: _limited(build(), app)  # type: ignore[method-assign]


def _answer_inside(layer: Any, owner: Starlette) -> Any:
    """Register the handler for all exceptions in the innermost layer, where Starlette itself takes none.

    Called like a middleware class while the layers are put together, but adds none.
    """
    if isinstance(layer, ExceptionMiddleware):
        layer.add_exception_handler(Exception, owner.exception_handlers[Exception])
        for signal in _SIGNALS:
            layer.add_exception_handler(signal, None)  # type: ignore[arg-type]  # none at all: it passes
    return layer


_TOO_LARGE: Final = PlainTextResponse("Content Too Large", 413)
_ANSWER: Final = "errata.too_large"


def _limited(stack: Any, owner: Starlette) -> Any:
    """Return the layers, with another answer to a body that is too large by its declared length.

    Starlette gives that answer in plain text, whatever the handlers say.
    """

    async def limited(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or all(name != b"content-length" for name, _ in scope["headers"]):
            await stack(scope, receive, send)
            return
        replaced = False

        async def translated(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start" and message["status"] == 413:
                replaced = message["headers"] == _TOO_LARGE.raw_headers
            if not replaced:
                await send(message)

        await stack(scope, receive, translated)
        if replaced:
            handler, error = owner.exception_handlers[HTTPException], HTTPException(_TOO_LARGE.status_code)
            response = scope.get(_ANSWER) or await _called(handler, HTTPConnection(scope), error)
            await response(scope, receive, send)

    limited.app = stack  # type: ignore[attr-defined]  # by this name others look for the layers further in
    return limited


_PARSING: Final = (ValueError, RecursionError)


def _is_from_parsing(error: Exception) -> bool:
    """Tell whether the endpoint asked Starlette for the body as JSON and the body is none."""
    if not isinstance(error, _PARSING):
        return False
    return any(frame.f_code is Request.json.__code__ for frame, _ in walk_tb(error.__traceback__))


def from_http(error: HTTPException) -> Error:
    """Return an HTTPException as the standard error of its status."""
    # The parser of forms gives up with a text, which Starlette hands on.
    cls = MalformedBody if isinstance(error.__context__, MultiPartException) else None
    return refusal(error.status_code, error.detail, cls=cls)
