"""Plain WSGI: sending a response, and an application that answers all errors in a contract."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from msgspec import Struct

from errata._contract import Contract
from errata._http import RawResponse, Request
from errata._kind import title_of
from errata.servers._framing import BODILESS, UNFRAMED
from errata.servers._tracing import trace_value

_Fields = list[tuple[str, str]]
_Write = Callable[[bytes], object]

_READY: Final = frozenset({list, tuple})  # bodies that cannot fail any more


def install(app: WSGIApplication, contract: Contract) -> WSGIApplication:
    """Return an application that does as the given one, and answers its errors in a contract.

    The head of a response is held back until its body begins, so that a body
    that fails at once is answered too. An error after that is raised on: the
    server ends the connection, and nothing is ever appended to a response.
    """

    def errata_app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        exchange = _Exchange(contract, environ, start_response)
        body: Any = None
        try:
            body = app(environ, exchange.start)
            if type(body) in _READY or type(body) is environ.get("wsgi.file_wrapper"):
                exchange.begin()
                return body  # type: ignore[no-any-return]  # untouched, for the server's own shortcuts
            return _Body(body, exchange)
        except Exception as error:
            _close(body)
            if exchange.begun:
                raise
            return exchange.fail(error)

    return with_trace_header(errata_app, contract)


class _Exchange:
    """One request and its response, the head of which goes to the server when there is something to follow it."""

    def __init__(self, contract: Contract, environ: WSGIEnvironment, start_response: StartResponse) -> None:
        self.begun = False  # the server has a head, and may have sent it
        self._contract = contract
        self._environ = environ
        self._start_response = start_response
        self._head: tuple[str, _Fields] | None = None
        self._tried = False
        self._write: _Write | None = None

    def start(self, status: str, headers: _Fields, exc_info: Any = None, /) -> _Write:
        """Take the head of a response, in place of `start_response`."""
        if self.begun:
            return self._start_response(status, headers, exc_info)  # whereupon the server raises
        if self._head is not None and exc_info is None:
            raise RuntimeError("start_response was called a second time; give it exc_info to replace a response")
        self._head = status, headers
        return self.write

    def write(self, data: bytes) -> None:
        """Send a part of a body the old way, at once."""
        self.begin()
        if self._write is not None:
            self._write(data)

    def begin(self) -> None:
        """Hand the head to the server."""
        if self.begun:
            return
        if self._head is None:
            raise RuntimeError("the application made a response without calling start_response; call it first")
        self._tried = True
        self._write = self._start_response(*self._head)
        self.begun = True

    def fail(self, error: Exception) -> Iterable[bytes]:
        """Answer an error instead."""
        respond = answer(self._contract, error, self._environ)
        self.begun = True
        # Only a server that has refused a head needs to be told why there is another one.
        exc_info = (type(error), error, error.__traceback__) if self._tried else None
        return respond(self._environ, self._start_response, exc_info)


class _Body:
    """A body that is watched until its first part, and always closed."""

    def __init__(self, body: Iterable[bytes], exchange: _Exchange) -> None:
        self._parts = iter(body)
        self._body = body
        self._exchange = exchange

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._exchange.begun:
            return next(self._parts)
        try:
            # Empty parts need a head as well (PEP 3333, "The start_response() Callable"), so they wait.
            part = next(filter(None, self._parts), None)
            self._exchange.begin()
        except Exception as error:
            if self._exchange.begun:
                raise
            self._parts = iter(self._exchange.fail(error))
            return next(self._parts)
        if part is None:
            raise StopIteration
        return part

    def close(self) -> None:
        """Release what the application holds for this body."""
        _close(self._body)


def _close(body: Any) -> None:
    close = getattr(body, "close", None)
    if close is not None:
        close()


def request_of(environ: WSGIEnvironment) -> Request:
    """Return the parts of a request that an error response depends on."""
    return Request(environ.get("REQUEST_METHOD", "GET"), path_of(environ), EnvironHeaders(environ))


def path_of(environ: WSGIEnvironment) -> str:
    """Return the whole path asked for; WSGI has its bytes as Latin-1 (PEP 3333, Unicode issues)."""
    path: str = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return path if path.isascii() else path.encode("latin-1", "replace").decode("utf-8", "replace")


class EnvironHeaders(Mapping[str, str]):
    """The header fields of a request in WSGI, found when asked for; names in any case."""

    __slots__ = ("_environ",)

    def __init__(self, environ: WSGIEnvironment) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        if (value := self.get(name)) is None:
            raise KeyError(name)
        return value

    def get(self, name: str, default: str | None = None, /) -> str | None:  # type: ignore[override]
        """Return a field by its name in any case."""
        key = name.upper().replace("-", "_")
        if key in _BARE:
            return self._environ.get(key) or default
        return self._environ.get("HTTP_" + key, default)

    def __iter__(self) -> Iterator[str]:
        for key, value in self._environ.items():
            if key in _BARE and value:
                yield key.replace("_", "-").lower()
            elif key.startswith("HTTP_") and key[5:] not in _BARE:
                yield key[5:].replace("_", "-").lower()

    def __len__(self) -> int:
        return sum(1 for _ in self)


_BARE: Final = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})  # named without HTTP_, and empty where missing


def answer(
    contract: Contract, error: BaseException, environ: WSGIEnvironment, headers: Mapping[str, str] | None = None
) -> "Answer":
    """Return the response to an error, ready to be sent."""
    return Answer(contract.respond(error, request_of(environ), headers))


class Answer(Struct):
    """A response that sends itself; `HEAD` and bodiless statuses get the header fields alone."""

    raw: RawResponse

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse, exc_info: Any = None) -> list[bytes]:
        """Send the head and return the body; `exc_info` replaces a response that was begun and not yet sent."""
        status, fields, body = framed(self.raw)
        start_response(status, fields, exc_info) if exc_info else start_response(status, fields)
        return [] if environ.get("REQUEST_METHOD") == "HEAD" or not body else [body]


def framed(raw: RawResponse) -> tuple[str, _Fields, bytes]:
    """Return status line, header fields with the exact length, and body of a response."""
    fields, body = list(raw.headers.items()), raw.body
    if raw.status in BODILESS:
        body, fields = b"", [field for field in fields if raw.status == _RESET or field[0] != "content-type"]
    if raw.status not in UNFRAMED:
        fields.append(("content-length", str(len(body))))
    return status_line(raw.status), fields, body


_RESET: Final = 205  # WSGI wants a media type here


@lru_cache(maxsize=600)
def status_line(status: int) -> str:
    """Return a status with its reason phrase; one that is in no registry gets the phrase of its class."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} {title_of(status)}"


def with_trace_header(app: WSGIApplication, contract: Contract) -> WSGIApplication:
    """Return an application whose every response carries the contract's trace header, if it is for all responses."""
    bare = app.app if isinstance(app, _Traced) else app
    return _Traced(bare, contract) if contract.trace_always else bare


class _Traced(Struct):
    """An application whose responses carry a trace header."""

    app: WSGIApplication
    contract: Contract

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Handle one request."""
        name = (self.contract.trace_header or "").lower()

        def traced(status: str, headers: _Fields, *exc_info: Any) -> _Write:
            missing = all(field.lower() != name for field, _ in headers)
            if missing and (value := trace_value(self.contract, request_of(environ))) is not None:
                headers = [*headers, (name, value)]
            return start_response(status, headers, *exc_info)

        return self.app(environ, traced)
