"""aiohttp: every error of an application leaves in its contract."""

from errata._extra import needs

needs(__name__, "aiohttp", "aiohttp")

from collections.abc import Awaitable, Callable
from contextlib import suppress
from traceback import walk_tb
from typing import Any, ClassVar, Final

import msgspec
from aiohttp import web

from errata._contract import Contract
from errata._error import Error
from errata._http import Headers, RawHeaders, RawResponse, Request
from errata._standard import DeadlineExceeded, MalformedBody, UnsupportedMediaType
from errata.servers._framing import BODILESS
from errata.servers._refusal import is_meant, refusal
from errata.servers._tracing import trace_value
from errata.validation import validating

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def install(app: web.Application, contract: Contract) -> web.Application:
    """Make an application answer all its errors in a contract; returns the same application.

    Errors are answered inside the middlewares that the application has already,
    which get them as responses like any other; what these middlewares raise
    themselves is answered around them. Middlewares added later stand inside: they
    see exceptions first, and what they answer is left alone. An application below
    another one may have a contract of its own; it needs it before `add_subapp`.
    Raises RuntimeError when the application has been started or added to another one.
    """
    if app.pre_frozen:
        raise RuntimeError(f"{app!r} has started or is part of another application; install the contract before that")
    answering, tracing = Answering(contract), Tracing(contract)
    for part in [part for part in app.middlewares if isinstance(part, Answering)]:
        app.middlewares.remove(part)
    for signal in [signal for signal in app.on_response_prepare if isinstance(signal, Tracing)]:
        app.on_response_prepare.remove(signal)
    if app.middlewares:
        app.middlewares.insert(0, answering)
    app.middlewares.append(answering)
    if contract.trace_always:
        app.on_response_prepare.append(tracing)
    return app


class Answering(msgspec.Struct, eq=False):
    """A middleware that answers what is raised further in."""

    contract: Contract

    __middleware_version__: ClassVar[int] = 1  # as aiohttp marks middlewares of today's form

    async def __call__(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Handle one request."""
        try:
            response = await handler(request)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is answered or raised on
            return self.answer(error, request)
        if hasattr(response, "prepare"):  # all that aiohttp asks of a response, when it is too late to answer
            return response
        return self.answer(TypeError(f"a handler returned a {type(response).__name__}, which is no response"), request)

    def answer(self, error: Exception, request: web.Request) -> web.Response:
        """Return the response to an error; raises it on if it is none, or comes after the response has started."""
        http = error if isinstance(error, web.HTTPException) else None
        if request.writer.output_size > 0:
            if http is None:
                raise error
            # aiohttp would append it to what is sent already.
            raise RuntimeError("the response has started; the connection ends") from http
        if http and http.status < 400:
            raise http  # a short way to redirect, or to answer without a body
        asked, given = _asked(request), Headers(http.headers) if http else None
        contract = self.contract if self.contract.select is None else self.contract.chosen(asked)
        return _sent(contract.respond(meant(error, request, contract), asked, given))


class Tracing(msgspec.Struct, eq=False):
    """A signal that puts the contract's trace header on every response."""

    contract: Contract

    async def __call__(self, request: web.Request, response: web.StreamResponse) -> None:
        """Add the header field, unless it is there or the response switches protocols."""
        name = self.contract.trace_header or ""
        if response.status == 101 or name in response.headers:
            return
        if (value := trace_value(self.contract, _asked(request))) is not None:
            response.headers[name] = value


def _asked(request: web.Request) -> Request:
    headers = RawHeaders([(name.lower(), value) for name, value in request.raw_headers])
    return Request(request.method, request.path, headers)


def _sent(raw: RawResponse) -> web.Response:
    """Return a response in aiohttp's form; `HEAD` loses its body there."""
    headers = dict(raw.headers)
    if raw.status in BODILESS:
        del headers["content-type"]
        return web.Response(status=raw.status, headers=headers)
    return web.Response(status=raw.status, headers=headers, body=raw.body)


def meant(error: Exception, request: web.Request, contract: Contract) -> Exception:
    """Return what an exception says in the words of the standard classes; itself if aiohttp gives it no meaning."""
    if isinstance(error, web.HTTPException):
        return error if is_meant(contract, _asked(request), error, web.HTTPException) else from_http(error)
    if isinstance(error, web.RequestPayloadError):
        return MalformedBody()
    if type(error) is LookupError or isinstance(error, (ValueError, RecursionError)):
        return _unread(error, request) or error
    if isinstance(error, TimeoutError) and contract.chosen(_asked(request)).meaning(error) is None:
        late = DeadlineExceeded()  # what aiohttp means by it
        late.__cause__ = error
        return late
    return error


def _unread(error: Exception, request: web.Request) -> Error | None:
    """Return the error for a body that is not what the application asked aiohttp for; None if nobody asked."""
    asked = {frame.f_code for frame, _ in walk_tb(error.__traceback__)} & _READERS
    if not asked:
        return None
    failed = _invalid(error) or MalformedBody()
    is_json = request.content_type == "application/json" or request.content_type.endswith("+json")
    if isinstance(failed, MalformedBody) and web.BaseRequest.json.__code__ in asked and not is_json:
        return UnsupportedMediaType()
    return failed


def _invalid(error: Exception) -> Error | None:
    """Return what a decoder found wrong, if it also validates: `request.json(loads=...)`."""
    try:
        with validating("body"):
            raise error  # noqa: TRY301 - for the context to look at
    except Error as failed:
        return failed
    except Exception:  # noqa: BLE001 - the same error again: no matter of validation
        return None


_READERS: Final = frozenset(
    reader.__code__ for reader in (web.BaseRequest.json, web.BaseRequest.text, web.BaseRequest.post)
)


def from_http(error: web.HTTPException) -> Error:
    """Return an HTTPException as the standard error of its status; texts of aiohttp's own quote header fields."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    by_aiohttp = last is not None and str(last.tb_frame.f_globals.get("__name__")).startswith("aiohttp.")
    return refusal(error.status, None if by_aiohttp else _said(error))


def _said(error: web.HTTPException) -> Any:
    """Return what the application put into an error: an object of JSON, a text, or else the reason."""
    with suppress(Exception):  # what cannot be read is not told
        if error.content_type == "application/json":
            return msgspec.json.decode(error.text or "")
        if error.content_type == "text/plain" and error.text != f"{error.status}: {error.reason}":
            return error.text
    return error.reason
