"""Falcon, WSGI and ASGI: every error of an application leaves in its contract."""

from errata._extra import needs

needs(__name__, "falcon", "falcon")

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from falcon import App, HTTPError, asgi, errors
from falcon.app_helpers import default_serialize_error
from falcon.util.misc import code_to_http_status
from msgspec.structs import replace

from errata._contract import Contract, passed_on
from errata._error import Error
from errata._http import Request
from errata._problem import Location, Violation
from errata._standard import MalformedBody, UnsupportedMediaType, ValidationFailed
from errata.servers._refusal import is_meant, refusal
from errata.servers._tracing import trace_value
from errata.servers.asgi import request_of as request_of_scope
from errata.servers.wsgi import framed
from errata.servers.wsgi import request_of as request_of_environ
from errata.validation import violations_of
from errata.validation._given import inputs_of, own_text

_App = TypeVar("_App", bound=App[Any, Any])


def install(app: _App, contract: Contract) -> _App:
    """Make an application, WSGI or ASGI, answer all its errors in a contract; returns the same application.

    Handlers that the application has for more specific classes than `Exception`
    go first; the `HTTPError` that they raise is answered in the contract too. The error
    serializer is replaced. Middleware sees the answers as responses like any
    other. Called again, it replaces the contract. WebSockets fail as without one.
    """

    def write(req: Any, resp: Any, error: Exception) -> None:
        given: Mapping[str, str] = resp.headers
        request = _request_of(req)
        said = error if is_meant(contract, request, error, HTTPError) else _as_error(error, req)
        raw = contract.respond(said, request, given)
        for name in given.keys() - passed_on(given).keys() if given else ():
            resp.delete_header(name)  # it told of the body that is not sent
        resp.status, fields, resp.data = framed(raw)
        resp.set_headers(fields)
        resp.stream = None
        if isinstance(resp, asgi.Response):
            resp.sse = None

    def serialize(req: Any, resp: Any, error: HTTPError) -> None:
        if error.status_code < 400:
            default_serialize_error(req, resp, error)
        else:
            write(req, resp, error)

    def on_error(req: Any, resp: Any, error: Exception, params: object) -> None:  # noqa: ARG001 - Falcon's signature
        write(req, resp, error)

    async def on_error_async(req: Any, resp: Any, error: Exception, params: Any, ws: Any = None) -> None:
        if resp is None:
            fail: Any = app._python_error_handler  # noqa: SLF001 - what Falcon does with sockets is nowhere else
            await fail(req, resp, error, params, ws=ws)
        else:
            write(req, resp, error)

    app.set_error_serializer(serialize)
    handler: Any = on_error_async if isinstance(app, asgi.App) else on_error
    app.add_error_handler([Error, Exception], handler)
    _trace(app, contract)
    return app


def _request_of(req: Any) -> Request:
    return request_of_scope(req.scope) if isinstance(req, asgi.Request) else request_of_environ(req.env)


def _as_error(error: Exception, req: Any) -> Exception:
    """Return what the contract is to answer: an `HTTPError` as the standard error of its status."""
    if isinstance(error, HTTPError):
        if error.title == _UNFIT and isinstance(error.__cause__, Exception):
            return error.__cause__  # the application broke its own schema
        return from_http(error, req)
    # What a media handler lets through because it did not foresee it, as bodies nested too deeply.
    if isinstance(error, _PARSING) and error is getattr(req, "_media_error", None):
        return MalformedBody()
    return error


_UNFIT: Final = "Response data failed validation"
_PARSING: Final = (ValueError, RecursionError)
_UNREADABLE: Final = (errors.MediaMalformedError, errors.MediaNotFoundError)
_PLACES: Final[Mapping[type[HTTPError], Location]] = {
    errors.HTTPInvalidHeader: "header",
    errors.HTTPInvalidParam: "query",
    errors.HTTPMissingHeader: "header",
    errors.HTTPMissingParam: "query",
}


def from_http(error: HTTPError, req: Any) -> Error:
    """Return an HTTPError as the standard error of its status, without what Falcon quotes of the request."""
    if not isinstance(error, _OF_REQUESTS):
        return _with_members(error)
    if isinstance(error, _UNREADABLE):
        return MalformedBody()
    if isinstance(error, errors.MediaValidationError) and (found := violations_of(error.__cause__)) is not None:
        return ValidationFailed(violations=tuple([replace(each, location="body") for each in found]))
    for cls, location in _PLACES.items():
        if isinstance(error, cls):
            return ValidationFailed(violations=_violation(error, location, req))
    unread = f"{req.content_type} is an unsupported media type."
    if isinstance(error, errors.HTTPUnsupportedMediaType) and error.description == unread:
        return UnsupportedMediaType()
    return _with_members(error)


# What all faults are that Falcon itself finds in a request.
_OF_REQUESTS: Final = (errors.HTTPBadRequest, errors.HTTPUnsupportedMediaType)


def _violation(error: HTTPError, location: Location, req: Any) -> tuple[Violation, ...]:
    """Return a fault of a parameter or header field, which Falcon keeps among the arguments of the exception."""
    *texts, name = error.args or ("",)
    if not name:
        return ()
    if not texts:
        return (Violation(path=(str(name),), location=location, detail="is required", code="required"),)
    value = req.params.get(name) if location == "query" else req.get_header(name)
    text = own_text(texts[0], inputs_of(value) if value is not None else frozenset())
    return (Violation(path=(str(name),), location=location, detail=text, code="invalid"),)


def _with_members(error: HTTPError) -> Error:
    members: dict[str, Any] = dict(error.to_dict())
    if members.get("title") == code_to_http_status(error.status):
        del members["title"]
    if "description" in members:
        members["detail"] = members.pop("description")
    link: Any = members.pop("link", None)
    refused = refusal(error.status_code, members or None)
    return type(refused)(refused.problem.replace(help=link["href"])) if link else refused


def _trace(app: App[Any, Any], contract: Contract) -> None:
    """Have the trace header set on all responses if the contract wants it, by the one middleware there is for it."""
    for layer in app._unprepared_middleware:  # noqa: SLF001 - Falcon lists its middleware nowhere else
        if isinstance(layer, _Tracing):
            layer.contract = contract
            return
    if contract.trace_always:
        app.add_middleware(_Tracing(contract))


class _Tracing:
    """A middleware for the trace header."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract

    def process_response(self, req: Any, resp: Any, resource: object, req_succeeded: bool) -> None:  # noqa: ARG002, FBT001 - Falcon's signature
        """Set the field where it is missing."""
        name = self.contract.trace_header
        missing = self.contract.trace_always and name is not None and resp.get_header(name) is None
        if missing and (value := trace_value(self.contract, _request_of(req))) is not None:
            resp.set_header(name, value)

    async def process_response_async(self, req: Any, resp: Any, resource: object, req_succeeded: bool) -> None:  # noqa: FBT001 - as Falcon calls it
        """Do the same in ASGI."""
        self.process_response(req, resp, resource, req_succeeded)
