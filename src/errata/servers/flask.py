"""Flask: every error of an application leaves in its contract."""

from errata._extra import needs

needs(__name__, "flask", "flask")

from collections.abc import Mapping
from traceback import walk_tb
from typing import Any, Final, TypeVar

from flask import Flask, Response, current_app, request
from flask.wrappers import Request
from werkzeug.exceptions import BadRequestKeyError, HTTPException, InternalServerError, default_exceptions

from errata._contract import Contract
from errata._error import Error
from errata._http import Headers
from errata._standard import MalformedBody, UnsupportedMediaType
from errata.servers._refusal import is_meant, refusal
from errata.servers.wsgi import framed, request_of, with_trace_header

_App = TypeVar("_App", bound=Flask)


def install(app: _App, contract: Contract) -> _App:
    """Make an application answer all its errors in a contract; returns the same application.

    Handlers that the application or a blueprint has for single classes or statuses
    go first; handlers of the application for `HTTPException` and `Exception` are
    replaced. Unknown exceptions take Flask's own way: signal, handler for 500 if
    there is one, `after_request`; in tests and in debug mode too, unless
    `PROPAGATE_EXCEPTIONS` is set. Called again, it replaces the contract; after
    the first request, Flask raises AssertionError.
    """
    app.register_error_handler(Error, answer)
    for cls in contract.exceptions:
        if issubclass(cls, Exception) and not issubclass(cls, HTTPException):
            app.register_error_handler(cls, answer)
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(Exception, _on_unknown)
    if app.config["PROPAGATE_EXCEPTIONS"] is None:
        app.config["PROPAGATE_EXCEPTIONS"] = False
    if "errata" not in app.extensions:
        _log_the_rest(app)
        app.aborter.mapping = _Statuses(app.aborter.mapping)
    app.extensions["errata"] = contract
    app.wsgi_app = with_trace_header(app.wsgi_app, contract)  # type: ignore[assignment,method-assign]
    return app


def answer(error: BaseException, headers: Mapping[str, str] | None = None) -> Response:
    """Return the response to an error, in the contract of the application that handles the request."""
    app: Any = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - a look through the proxy takes 1 us
    status, fields, body = framed(app.extensions["errata"].respond(error, request_of(request.environ), headers))
    response: Response = app.response_class([body], status, fields)  # of a list, its length is not told again
    if not body and "content-type" not in dict(fields):
        del response.headers["content-type"]  # Flask gives one to everything
    return response


def _on_http(error: HTTPException) -> Any:
    # A response given to `abort` is one to be sent; below 400 there is no error.
    if error.response is not None or (error.code or 0) < 400:
        return error
    if isinstance(error, InternalServerError) and error.original_exception is not None:
        return answer(error.original_exception)
    contract: Contract = current_app.extensions["errata"]
    meant = is_meant(contract, request_of(request.environ), error, HTTPException)
    return answer(error if meant else from_http(error), _headers_of(error))


def _headers_of(error: HTTPException) -> Headers | None:
    cls = type(error)
    if cls.get_response is not HTTPException.get_response:
        return Headers(list(error.get_response(request.environ).headers))  # it may add some of its own
    # Without a method of its own it has the media type of a page that is not sent.
    return None if cls.get_headers is HTTPException.get_headers else Headers(error.get_headers(request.environ))


def _on_unknown(error: Exception) -> Response:
    # What fails while the bytes arrive, as chunks that are none, fails in the server below, each with its own classes.
    if _passed(error, _FETCHING) or (isinstance(error, RecursionError) and _passed(error, _READING)):
        return answer(MalformedBody())
    raise error  # Flask goes on with what it does for exceptions that nobody handles


# What Flask runs when a body is asked for, when that is as JSON, and when it is none.
_FETCHING: Final = Request.get_data.__code__
_READING: Final = Request.get_json.__code__
_REFUSING: Final = Request.on_json_loading_failed.__code__
_REFUSED: Final = frozenset({400, 415})


def from_http(error: HTTPException) -> Error:
    """Return an HTTPException as the standard error of its status."""
    if error.code in _REFUSED and _passed(error, _REFUSING):
        return UnsupportedMediaType() if error.code == UnsupportedMediaType.problem_type.status else MalformedBody()
    status = error.code or 500
    # The text about a missing key is for the developer, in debug mode.
    given = None if isinstance(error, BadRequestKeyError) else error.description
    return refusal(status, given, getattr(default_exceptions.get(status), "description", None))


def _passed(error: BaseException, code: object) -> bool:
    """Tell whether an exception came through a function."""
    return any(frame.f_code is code for frame, _ in walk_tb(error.__traceback__))


def _log_the_rest(app: Flask) -> None:
    """Keep Flask from logging what the contract logs: unknown exceptions, unless another handler answers them."""
    log = app.log_exception

    def log_exception(exc_info: Any) -> None:
        # Flask looks it up the same way a moment later, and says by no other means what it finds.
        if app._find_error_handler(_FAILURE, request.blueprints) is not _on_http:  # noqa: SLF001 - nothing public tells
            log(exc_info)

    app.log_exception = log_exception  # type: ignore[method-assign]


_FAILURE: Final = InternalServerError()


class _Statuses(dict[int, type[HTTPException]]):
    """The exceptions of `abort`: those that Werkzeug has, and one for each other status of an error."""

    def __contains__(self, status: object) -> bool:
        return super().__contains__(status) or (isinstance(status, int) and 400 <= status < 600)

    def __missing__(self, status: int) -> type[HTTPException]:
        self[status] = made = type(f"Status{status}", (HTTPException,), {"code": status})
        return made
