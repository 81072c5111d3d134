"""Litestar: every error of an application leaves in its contract, validation included."""

from errata._extra import needs

needs(__name__, "litestar", "litestar")

from collections.abc import Mapping
from traceback import walk_tb
from typing import Any, Final, TypeVar, cast

import msgspec
from litestar import Litestar, Request
from litestar.config.app import AppConfig
from litestar.enums import RequestEncodingType
from litestar.exceptions import HTTPException, SerializationException, ValidationException
from litestar.exceptions.responses import create_exception_response
from litestar.params import BodyKwarg, ParameterKwarg
from litestar.types import Message, Scope
from litestar.utils.scope.state import ScopeState
from msgspec.structs import replace

from errata._contract import Contract
from errata._error import Error
from errata._problem import Location, Violation
from errata._standard import ContentTooLarge, MalformedBody, UnsupportedMediaType, ValidationFailed, standard_class
from errata.openapi.litestar import describe
from errata.servers._refusal import is_meant, refusal
from errata.servers._tracing import trace_value
from errata.servers.asgi import Answer, answer, request_of
from errata.validation.msgspec import violations_of

try:
    from starlette.exceptions import HTTPException as ForeignHTTPException
except ImportError:  # without Starlette nobody raises its exceptions
    ForeignHTTPException = HTTPException  # type: ignore[assignment,misc]

_App = TypeVar("_App", Litestar, AppConfig)


def install(app: _App, contract: Contract) -> _App:
    """Make an application answer all its errors in a contract; returns the same application.

    Litestar looks its exception handlers up for each request, so an application
    can get a contract, or another one, at any time; with `on_app_init` it gets it
    as a configuration. Handlers of routers, controllers and routes, and those for
    single classes and statuses, go first. Errors are answered inside of the
    application's middleware. A mounted application answers its own errors:
    install a contract there too. WebSockets are left to Litestar. The OpenAPI
    document describes these errors.
    """

    def on_error(request: Request[Any, Any, Any], error: Exception) -> Any:
        given = getattr(error, "headers", None) if isinstance(error, _REFUSALS) else None
        if isinstance(error, _REFUSALS) and error.status_code < 400:
            # A short way to redirect, or to answer without a body: no error.
            refused = HTTPException(detail=error.detail, status_code=error.status_code, headers=given)
            return create_exception_response(request, refused)
        scope: Any = request.scope
        said = error if is_meant(contract, request_of(scope), error, HTTPException) else meant(error, request)
        return _Answered(answer(contract, said, scope, given))

    handlers: Any = dict.fromkeys((Error, HTTPException, ForeignHTTPException, Exception), on_error)
    app.exception_handlers.update(handlers)
    hooks: list[Any] = app.before_send
    hooks[:] = [hook for hook in hooks if not isinstance(hook, _Tracing)]
    if contract.trace_always:
        hooks.append(_Tracing(contract))
    return describe(app, contract)


_REFUSALS: Final = (HTTPException, ForeignHTTPException)


class _Answered(msgspec.Struct):
    """What Litestar's exception handlers return: it is asked for the response to send."""

    answer: Answer

    def to_asgi_response(self, **_: Any) -> Answer:
        """Return the response."""
        return self.answer


class _Tracing(msgspec.Struct, eq=False):
    """A hook that puts the contract's trace header on every response."""

    contract: Contract

    async def __call__(self, message: Message, scope: Scope) -> None:
        """Add the header field to the start of a response, unless it is there."""
        if message["type"] != "http.response.start":
            return
        name = (self.contract.trace_header or "").lower()
        headers = [*message["headers"]]
        missing = all(field.lower() != name.encode() for field, _ in headers)
        if missing and (value := trace_value(self.contract, request_of(cast("Any", scope)))) is not None:
            message["headers"] = [*headers, (name.encode(), value.encode("latin-1"))]


# ---- what Litestar's exceptions mean


def meant(error: Exception, request: Request[Any, Any, Any]) -> Exception:
    """Return what an exception says in the words of the standard classes; itself if Litestar gives it no meaning."""
    if _raised_by(error).startswith("litestar."):
        if isinstance(error, ValidationException) and (violations := _violations(error, request)):
            return _invalid(violations, request)
        if isinstance(error, HTTPException) and isinstance(error.__cause__, SerializationException):
            return _unread(error.__cause__, request)
        if isinstance(error, _UNREAD) and _status(error) == 400 and not _READERS.isdisjoint(_modules(error)):
            return ContentTooLarge() if str(error).endswith("Too Large") else _unread(error, request)
    # Litestar shows nothing of errors of status 500: they are its own, about the application.
    return from_http(error) if isinstance(error, _REFUSALS) and error.status_code != 500 else error


def _modules(error: BaseException) -> list[str]:
    """Return the modules that an exception came through."""
    return [str(frame.f_globals.get("__name__")) for frame, _ in walk_tb(error.__traceback__)]


def _raised_by(error: BaseException) -> str:
    """Return the module that raised an exception."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return str(last.tb_frame.f_globals.get("__name__")) if last is not None else ""


def _status(error: Exception) -> int:
    return error.status_code if isinstance(error, HTTPException) else 400


_UNREAD: Final = (HTTPException, SerializationException, ValueError, LookupError, RecursionError)
_READERS: Final = frozenset({"litestar.connection.request", "litestar._kwargs.extractors", "litestar._multipart"})

_JSON: Final = RequestEncodingType.JSON.value
_FORMS: Final = (RequestEncodingType.URL_ENCODED.value, RequestEncodingType.MULTI_PART.value)


def _unread(error: BaseException, request: Request[Any, Any, Any]) -> Error:
    """Return the error for a body that Litestar could not read: in another media type it need not be what is read."""
    if isinstance(error.__cause__, msgspec.ValidationError):  # a DTO reads and validates in one go
        return ValidationFailed(violations=_in_body(violations_of(error.__cause__, _body(request))))
    given = request.content_type[0]
    if any(frame.f_code is Request.json.__code__ for frame, _ in walk_tb(error.__traceback__)):
        wanted = _JSON
    else:
        wanted = _wanted(request) if "litestar._kwargs.extractors" in _modules(error) else given
    fits = given == wanted or (wanted == _JSON and given.endswith("+json"))
    return MalformedBody() if fits else UnsupportedMediaType()


def _wanted(request: Request[Any, Any, Any]) -> str:
    """Return the media type that the route reads."""
    field = getattr(request.scope.get("route_handler"), "parsed_data_field", None)
    kwarg = field.kwarg_definition if field else None
    return str(getattr(kwarg.media_type, "value", kwarg.media_type)) if isinstance(kwarg, BodyKwarg) else _JSON


def _body(request: Request[Any, Any, Any]) -> bytes | None:
    """Return the body, if it has been read as a whole."""
    body = ScopeState.from_scope(request.scope).body
    return body if isinstance(body, bytes) else None


_OWN_WORDS: Final = ("litestar.security.", "litestar.middleware.")


def from_http(error: Any) -> Error:
    """Return an HTTPException as the standard error of its status.

    Texts of Litestar's own are left out, but for those of its security and its
    middleware: they quote header fields, queries and paths of the server.
    """
    extra = getattr(error, "extra", None)
    problem = refusal(error.status_code, extra).problem
    raised_by = _raised_by(error)
    if not raised_by.startswith("litestar.") or raised_by.startswith(_OWN_WORDS):
        detail = refusal(error.status_code, error.detail).problem.detail
        problem = problem.replace(detail=detail or problem.detail)
    own = {"type": "type_", "title": "title", "instance": "instance"}  # of a ProblemDetailsException
    said = {name: value for name, given in own.items() if isinstance(value := getattr(error, given, None), str)}
    problem = problem.replace(**said) if said else problem
    return standard_class(problem)(problem)


# ---- validation


def _invalid(violations: tuple[Violation, ...], request: Request[Any, Any, Any]) -> Error:
    """Return the error for what breaks rules; a body that is no form cannot keep those of a form."""
    wanted = _wanted(request)
    if wanted in _FORMS and request.content_type[0] != wanted and any(v.location == "body" for v in violations):
        return UnsupportedMediaType()
    return ValidationFailed(violations=violations)


def _in_body(violations: tuple[Violation, ...], depth: int = 0) -> tuple[Violation, ...]:
    return tuple(replace(v, path=v.path[depth:], location="body") for v in violations)


def _violations(error: ValidationException, request: Request[Any, Any, Any]) -> tuple[Violation, ...]:
    """Return what Litestar found wrong with a request; nothing if the application raised the exception itself."""
    cause = error.__cause__
    if cause is not None and hasattr(cause, "errors"):
        from errata.validation import pydantic

        return _in_body(pydantic.violations_of(cause.__cause__ or cause, _body(request)))
    if isinstance(cause, KeyError) and error.detail.startswith("Missing required "):
        location = cast("Location", error.detail.split()[2])
        return (Violation(path=cause.args, location=location, detail="is required", code="required"),)
    if isinstance(cause, msgspec.ValidationError):
        faults: Any = error.extra or ()
        return tuple(violation for fault in faults for violation in _told(fault, cause, request))
    return ()


def _told(
    fault: Mapping[str, str], cause: msgspec.ValidationError, request: Request[Any, Any, Any]
) -> tuple[Violation, ...]:
    """Return what Litestar tells of one argument of the route: the first fault that msgspec found in it.

    Litestar loses the way into a list, and takes what is called `database` for a
    part of the body; the cause, which is one of the faults, has the whole way.
    """
    key, text, source = fault.get("key", "data"), fault["message"], fault.get("source")
    field = request.route_handler.parsed_fn_signature.parameters.get(key)
    if key == "data" or (source == "body" and not (field and key.startswith("data"))):
        first = violations_of(cause, _body(request))  # the body is checked before the parameters
        if first[0].path[:1] == ("data",):
            return _in_body(first, 1)
    location, name = _named(key, field.kwarg_definition if field else None)
    if key in request.path_params:
        location = "path"
    elif source is not None and source != "body":
        location = str(getattr(source, "value", source))
    return tuple(replace(v, path=(name,), location=location) for v in violations_of(text))


def _named(parameter: str, kwarg: object) -> tuple[str, str]:
    """Return the part of the request that a parameter comes from, and the name that clients know it by."""
    if not isinstance(kwarg, ParameterKwarg):
        return "query", parameter
    name = kwarg.header or kwarg.cookie or kwarg.query or getattr(kwarg, "name", None)  # which newer releases have
    return kwarg.param_type.value, name or parameter
