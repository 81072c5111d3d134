"""The kit for clients: some fifty responses, sane and hostile, and the one exception that each must make."""

import gzip
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from types import EllipsisType
from typing import Final, NamedTuple
from urllib.parse import quote, unquote

from errata._catalog import Catalog
from errata._contract import Contract
from errata._error import Error
from errata._kind import title_of
from errata._standard import (
    BadGateway,
    Cancelled,
    DeadlineExceeded,
    InternalError,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
    Unavailable,
    Unimplemented,
)
from errata.testing._fault import KitError, shortened

__all__ = ["SITUATIONS", "ClientCall", "Raised", "check_client", "serving"]

ClientCall = Callable[[str, str], tuple[int, bytes]]
"""Performs a request (method, address) and raises through the client, else returns status and body."""

# ---- the contracts ----


class OrderUnknown(NotFound, code="ORDER_UNKNOWN"):
    """A type of the contract, with a parameter."""

    number: int


class Refused(Error, status=409, code="20"):
    """A type whose code has children."""


class SoldOut(Refused, code="2006"):
    """A child: where its code is followed by two digits that nobody knows, it is this one."""


class HalfDone(Error, status=503, code="HALF_DONE", retry="no"):
    """Something was created all the same; sending the request again would create another one."""


class Created(Error, status=500, code="CREATED", retry="no"):
    """The same, with the status of a failure that is seldom worth another try."""


class Reading(Error, status=500, code="READING", retry="safe"):
    """A failure after which reading may be tried again, and writing may not."""


_SHOP: Final = Contract(Catalog([OrderUnknown, Refused, SoldOut, HalfDone, Created, Reading], name="shop", suffix=2))
_INSIDE: Final = Contract(Catalog([], name="inside"), dialect="jsonrpc")

# ---- the responses ----

PROBLEM: Final = "application/problem+json"
JSON: Final = "application/json"
HTML: Final = "text/html"
TRACE: Final = "0123456789abcdef0123456789abcdef"
_DEEP: Final = 100_000
_PAD: Final = 10_000_000
_PROBLEM: Final = b'{"type":"https://errors.example/t","title":"T","status":404,"detail":"D","instance":"/orders/7"}'
_PAGE: Final = b"<!doctype html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
_PACKED: Final = gzip.compress(_PROBLEM, mtime=0)
_SUCCESS: Final = b'{"number":1,"status":500,"error":null,"title":"no problem"}'


class Raised(NamedTuple):
    """The exception that must come of a response; what is `...` may be anything."""

    cls: type[Error]
    status: int
    detail: str | EllipsisType | None = None
    code: str | EllipsisType | None = None
    trace_id: str | None = None
    retry_after: float | None = None
    retryable: bool = False
    extensions: Mapping[str, object] | EllipsisType = ...


class Returned(NamedTuple):
    """What must come of a response that is no error."""

    status: int
    body: bytes = b""


class Situation(NamedTuple):
    """The bytes of a response, and what must come of it.

    An endless one goes on with blanks until the client has had enough.
    """

    wire: bytes
    expected: Raised | Returned | tuple[Returned, ...]
    method: str = "GET"
    contract: Contract | None = None
    endless: bool = False


_ALWAYS: Final = ("X-Kit: here", "Connection: close")


def _wire(status: int, body: bytes = b"", media_type: str = PROBLEM, *fields: str, length: int | None = None) -> bytes:
    typed = [f"Content-Type: {media_type}"] if media_type else []
    sized = [] if any("transfer-encoding" in field.lower() for field in fields) else [f"Content-Length: {len(body)}"]
    sized = sized if length is None else [f"Content-Length: {length}"]
    head = [f"HTTP/1.1 {status} {title_of(status)}", *typed, *sized, *fields, *_ALWAYS, "", ""]
    return "\r\n".join(head).encode("latin-1") + body


def _chunked(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)


_CHUNKED: Final = "Transfer-Encoding: chunked"
_GZIP: Final = "Content-Encoding: gzip"
_DATES: Final = ("Date: Sun, 22 Nov 2026 10:00:00 GMT", "Retry-After: Sun, 22 Nov 2026 10:00:10 GMT")
_D: Final = Raised(NotFound, 404, "D")
_BARE: Final = Raised(NotFound, 404)
_UNKNOWN_DETAIL: Final = (
    b'{"error":{"code":404,"message":"D","status":"NOT_FOUND","details":[{"@type":"type.example/Unknown","a":[1]}]}}'
)

SITUATIONS: Final[Mapping[str, Situation]] = {
    # what bodies say
    "a valid problem": Situation(_wire(404, _PROBLEM), _D),
    "a problem in chunks": Situation(
        _wire(404, _chunked(_PROBLEM[:9], _PROBLEM[9:]) + b"0\r\n\r\n", PROBLEM, _CHUNKED), _D
    ),
    "a problem without title and status": Situation(_wire(404, b'{"detail":"D"}'), _D),
    "members that nobody knows": Situation(
        _wire(404, b'{"detail":"D","shelf":{"row":[7,null]}}'), _D._replace(extensions={"shelf": {"row": [7, None]}})
    ),
    "members of wrong types": Situation(
        _wire(404, b'{"title":7,"status":"404","detail":["D"],"type":{},"instance":[]}'), _BARE
    ),
    "another status in the body": Situation(_wire(404, b'{"title":"T","status":200,"detail":"D"}'), _D),
    "an upper-case media type": Situation(_wire(404, _PROBLEM, "APPLICATION/PROBLEM+JSON; Charset=UTF-8"), _D),
    "a problem as plain JSON": Situation(_wire(404, _PROBLEM, JSON), _D),
    "no media type": Situation(_wire(404, _PROBLEM, ""), _D),
    "an error inside a list": Situation(
        _wire(404, b'[{"error":{"code":404,"message":"D","status":"NOT_FOUND"}}]', JSON), _D._replace(code="NOT_FOUND")
    ),
    "a JSON string": Situation(_wire(404, b'"D"', JSON), _D),
    "null": Situation(_wire(404, b"null", JSON), _BARE),
    "an error that is a text": Situation(_wire(404, b'{"error":"D"}', JSON), Raised(NotFound, 404, "D", "D")),
    "an error that is null": Situation(_wire(404, b'{"error":null}', JSON), _BARE),
    "an unknown detail": Situation(_wire(404, _UNKNOWN_DETAIL, JSON), _D._replace(code="NOT_FOUND")),
    "a page": Situation(_wire(502, _PAGE, HTML), Raised(BadGateway, 502, "502 Bad Gateway", retryable=True)),
    "a page called a problem": Situation(_wire(502, _PAGE), Raised(BadGateway, 502, "502 Bad Gateway", retryable=True)),
    "a plain text": Situation(
        _wire(503, b"upstream connect error", "text/plain"),
        Raised(Unavailable, 503, "upstream connect error", retryable=True),
    ),
    "nothing": Situation(_wire(500), Raised(InternalError, 500)),
    "nothing at all": Situation(_wire(403, b"", ""), Raised(PermissionDenied, 403)),
    "invalid UTF-8": Situation(
        _wire(400, b'{"title":"T","detail":"D\xff\xfe"}'), Raised(InvalidArgument, 400, "D\ufffd\ufffd")
    ),
    "deep nesting": Situation(
        _wire(400, b'{"title":"T","a":' + b"[" * _DEEP + b"]" * _DEEP + b"}"), Raised(InvalidArgument, 400, ...)
    ),
    "NaN and a huge integer": Situation(
        _wire(400, b'{"detail":"D","status":NaN,"code":' + b"9" * 5000 + b"}"), Raised(InvalidArgument, 400, "D", ...)
    ),
    # how bodies arrive
    "gzip": Situation(_wire(404, _PACKED, PROBLEM, _GZIP), _D),
    "broken gzip": Situation(_wire(404, _PACKED[:12] + b"no gzip" * 9, PROBLEM, _GZIP), _BARE),
    "a body that breaks off": Situation(
        _wire(503, b'{"ti', PROBLEM, "Retry-After: 7", length=500),
        Raised(Unavailable, 503, None, retry_after=7.0, retryable=True),
    ),
    "chunks that break off": Situation(
        _wire(503, _chunked(b'{"ti') + b"40\r\ntle", PROBLEM, _CHUNKED, "X-Request-Id: r-1"),
        Raised(Unavailable, 503, None, trace_id="r-1", retryable=True),
    ),
    "10 MB": Situation(
        _wire(400, b'{"title":"T","detail":"D","pad":"' + b"x" * _PAD + b'"}'), Raised(InvalidArgument, 400, ...)
    ),
    "no end": Situation(
        b"HTTP/1.1 504 Late\r\nContent-Type: text/html\r\nX-Kit: here\r\nConnection: close\r\n\r\n<title>Late</title>",
        Raised(DeadlineExceeded, 504, ..., retryable=True),
        endless=True,
    ),
    "an error to HEAD": Situation(
        _wire(404, b"", PROBLEM, "X-Request-Id: r-1", length=len(_PROBLEM)), _BARE._replace(trace_id="r-1"), "HEAD"
    ),
    # statuses
    "299": Situation(_wire(299, _SUCCESS, JSON), Returned(299, _SUCCESS)),
    "499": Situation(_wire(499), Raised(Cancelled, 499)),
    "523": Situation(_wire(523), Raised(InternalError, 523)),
    "599": Situation(_wire(599), Raised(InternalError, 599)),
    "418": Situation(_wire(418, b'{"detail":"D"}'), Raised(InvalidArgument, 418, "D")),
    "no reason phrase": Situation(
        b"HTTP/1.1 404 \r\nContent-Length: 0\r\nX-Kit: here\r\nConnection: close\r\n\r\n", _BARE
    ),
    # header fields
    "Retry-After in seconds": Situation(
        _wire(429, b'{"title":"T"}', PROBLEM, "Retry-After: 7"),
        Raised(ResourceExhausted, 429, retry_after=7.0, retryable=True),
    ),
    "Retry-After as a date": Situation(
        _wire(503, b'{"title":"T"}', PROBLEM, *_DATES), Raised(Unavailable, 503, retry_after=10.0, retryable=True)
    ),
    "Retry-After that is neither": Situation(
        _wire(503, b'{"title":"T"}', PROBLEM, "Retry-After: soon"), Raised(Unavailable, 503, retryable=True)
    ),
    "a trace id in the body": Situation(
        _wire(404, b'{"detail":"D","traceId":"t-1"}', PROBLEM, "X-Request-Id: r-1"), _D._replace(trace_id="t-1")
    ),
    "a trace id in a header field": Situation(
        _wire(404, _PROBLEM, PROBLEM, "x-REQUEST-id: r-1"), _D._replace(trace_id="r-1")
    ),
    "a traceparent": Situation(
        _wire(404, _PROBLEM, PROBLEM, f"Traceparent: 00-{TRACE}-0123456789abcdef-01"), _D._replace(trace_id=TRACE)
    ),
    "a header field given twice": Situation(
        _wire(404, _PROBLEM, PROBLEM, "X-Request-Id: r-1", "Via: a", "X-Request-Id: r-2", "Via: b"),
        _D._replace(trace_id="r-1, r-2"),
    ),
    "a header field beyond ASCII": Situation(
        _wire(404, _PROBLEM, PROBLEM, "X-Request-Id: caf\xe9"), _D._replace(trace_id="caf\xe9")
    ),
    # methods
    "a timeout of a write": Situation(_wire(504), Raised(DeadlineExceeded, 504), "POST"),
    "an overload of a write": Situation(_wire(503), Raised(Unavailable, 503, retryable=True), "POST"),
    # what is no error
    "200": Situation(_wire(200, _SUCCESS, JSON), Returned(200, _SUCCESS)),
    "200 under a contract": Situation(_wire(200, _SUCCESS, JSON), Returned(200, _SUCCESS), contract=_SHOP),
    "200 under a contract that fails inside 200": Situation(
        _wire(200, b'{"jsonrpc":"2.0","result":[],"id":1}', JSON),
        Returned(200, b'{"jsonrpc":"2.0","result":[],"id":1}'),
        contract=_INSIDE,
    ),
    "200 in chunks under such a contract": Situation(
        _wire(200, _chunked(_SUCCESS, b" " * 99) + b"0\r\n\r\n", JSON, _CHUNKED),
        Returned(200, _SUCCESS + b" " * 99),
        contract=_INSIDE,
    ),
    "10 MB of success under such a contract": Situation(
        _wire(200, b"[" + b" " * _PAD + b"]", JSON), Returned(200, b"[" + b" " * _PAD + b"]"), contract=_INSIDE
    ),
    "a failure inside 200": Situation(
        _wire(200, b'{"jsonrpc":"2.0","error":{"code":-32601,"message":"D"},"id":1}', JSON),
        Raised(Unimplemented, 404, "D", "-32601"),
        contract=_INSIDE,
    ),
    "the same without such a contract": Situation(
        _wire(200, b'{"jsonrpc":"2.0","error":{"code":-32601,"message":"D"},"id":1}', JSON),
        Returned(200, b'{"jsonrpc":"2.0","error":{"code":-32601,"message":"D"},"id":1}'),
        contract=_SHOP,
    ),
    "204": Situation(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", Returned(204), contract=_INSIDE),
    "304": Situation(b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nConnection: close\r\n\r\n', Returned(304)),
    "a redirect": Situation(
        _wire(302, b"", "", "Location: /200"), (Returned(302), Returned(200, _SUCCESS)), contract=_INSIDE
    ),
    # codes of the contract
    "a code of the contract": Situation(
        _wire(404, b'{"title":"T","code":"ORDER_UNKNOWN","detail":"D","number":7}'),
        Raised(OrderUnknown, 404, "D", "ORDER_UNKNOWN"),
        contract=_SHOP,
    ),
    "a code of the contract with a wrong parameter": Situation(
        _wire(404, b'{"title":"T","code":"ORDER_UNKNOWN","detail":"D","number":[null]}'),
        Raised(OrderUnknown, 404, "D", "ORDER_UNKNOWN"),
        contract=_SHOP,
    ),
    "a code of the contract without its parameter": Situation(
        _wire(404, b'{"title":"T","code":"ORDER_UNKNOWN"}'),
        Raised(OrderUnknown, 404, code="ORDER_UNKNOWN"),
        contract=_SHOP,
    ),
    "a code of the contract with another status": Situation(
        _wire(410, b'{"title":"T","code":"ORDER_UNKNOWN","detail":"D","number":7}'),
        Raised(OrderUnknown, 410, "D", "ORDER_UNKNOWN"),
        contract=_SHOP,
    ),
    "a child of a code": Situation(
        _wire(409, b'{"title":"T","code":"200699","detail":"D"}'), Raised(SoldOut, 409, "D", "200699"), contract=_SHOP
    ),
    "a code that nobody knows": Situation(
        _wire(404, b'{"title":"T","code":"E-1","detail":"D"}'), Raised(NotFound, 404, "D", "E-1"), contract=_SHOP
    ),
    "another vendor's URI": Situation(
        _wire(404, b'{"type":"https://other.example/order-unknown","detail":"D"}'), _D, contract=_SHOP
    ),
    "a 500 that must not be repeated": Situation(
        _wire(500, b'{"title":"T","code":"CREATED"}'), Raised(Created, 500, code="CREATED"), contract=_SHOP
    ),
    "a 503 that must not be repeated": Situation(
        _wire(503, b'{"title":"T","code":"HALF_DONE"}', PROBLEM, "Retry-After: 1"),
        Raised(HalfDone, 503, code="HALF_DONE", retry_after=1.0),
        contract=_SHOP,
    ),
    "a 500 to repeat a reading": Situation(
        _wire(500, b'{"title":"T","code":"READING"}'),
        Raised(Reading, 500, code="READING", retryable=True),
        contract=_SHOP,
    ),
    "a 500 not to repeat a write": Situation(
        _wire(500, b'{"title":"T","code":"READING"}'), Raised(Reading, 500, code="READING"), "POST", _SHOP
    ),
}

# ---- the laws ----


def check_client(
    make_client: Callable[[Contract | None], ClientCall], *, without: Mapping[str, str] | None = None
) -> None:
    """Raise KitError unless a client makes of each response, over a socket, the exception that it stands for.

    `make_client(contract)` returns a function that performs a request, given its
    method and its address, and raises through the client under test; when nothing
    is wrong it returns the status and the body. It may follow redirects, and must
    end each connection. `without` names responses that the library itself refuses,
    each with the reason.
    """
    skipped = without or {}
    if unknown := sorted(skipped.keys() - SITUATIONS.keys()):
        raise KitError(f"there is no situation {unknown[0]!r}; the kit knows {', '.join(SITUATIONS)}")
    if unexplained := [name for name, reason in skipped.items() if not reason.strip()]:
        raise KitError(f"{unexplained[0]!r} is left out without a reason; say why the library refuses it")
    faults = list(_faults(make_client, skipped))
    if faults:
        raise KitError(f"{len(faults)} of {len(SITUATIONS) - len(skipped)} expectations\n" + "\n".join(faults))


def _faults(make_client: Callable[[Contract | None], ClientCall], skipped: Mapping[str, str]) -> Iterator[str]:
    with serving() as (address, had):
        for name, situation in SITUATIONS.items():
            if name in skipped:
                continue
            got = _perform(make_client(situation.contract), situation.method, f"{address}/{quote(name)}")
            fault = _fault_of(situation.expected, got)
            if fault is None and name in had:
                fault = "a client must stop reading at a cap, but it took all that there was"
            if fault is not None:
                yield f"{name}: {fault}"


def _perform(call: ClientCall, method: str, url: str) -> Returned | Exception:
    try:
        return Returned(*call(method, url))
    except Exception as error:  # noqa: BLE001 - whatever comes is compared with what should have come
        return error


def _fault_of(expected: Raised | Returned | tuple[Returned, ...], got: Returned | Exception) -> str | None:
    """Return what is wrong with what a response came to."""
    if not isinstance(expected, Raised):
        allowed = (expected,) if isinstance(expected, Returned) else expected
        is_fine = got in allowed
        return None if is_fine else f"expected {shortened(allowed[0])}, got {_shown(got)}; it is no error"
    if not isinstance(got, Error):
        return f"expected {_told(expected)}, got {_shown(got)}; nothing may stand before the error"
    problem = got.problem
    found = Raised(
        type(got),
        got.status,
        problem.detail,
        got.code,
        got.trace_id,
        got.retry_after,
        got.retryable,
        problem.extensions,
    )
    for member, wanted, is_there in zip(Raised._fields, expected, found, strict=True):
        if wanted is not ... and wanted != is_there:
            return f"expected the {member} {wanted!r}, got {shortened(is_there)} in {_shown(got)}"
    if got.response is None:
        return "expected the `response` that the error came with, got None; hand it on"
    if got.headers.get("x-kit") != "here":
        return f"expected the header fields of the response, got {shortened(dict(got.headers))}; hand them on"
    return None


def _told(expected: Raised) -> str:
    return f"{expected.cls.__name__} with status {expected.status}"


def _shown(got: object) -> str:
    if isinstance(got, Exception):
        return f"{type(got).__name__}: {shortened(str(got))}"
    return shortened(got)


# ---- the server ----

_ENDLESS: Final = 64_000_000  # far more than the buffers of an operating system take
_PATIENCE: Final = 10.0  # seconds that a client may keep a connection without using it
_BLANKS: Final = b" " * 100_000


@contextmanager
def serving() -> Generator[tuple[str, set[str]], None, None]:
    """Serve the situations on loopback, each at its name; yield the address, and the names taken without an end."""
    had: set[str] = set()

    class Handler(StreamRequestHandler):
        timeout = _PATIENCE

        def handle(self) -> None:
            try:
                name = unquote(self.rfile.readline().split()[1].decode("ascii")).removeprefix("/")
                situation = SITUATIONS[name]
                while self.rfile.readline().strip():
                    pass
                self.wfile.write(situation.wire)
                if situation.endless:
                    for _ in range(_ENDLESS // len(_BLANKS)):
                        self.wfile.write(_BLANKS)
                    had.add(name)
            except OSError:
                pass  # the client went away, as it may

    class Server(ThreadingTCPServer):
        block_on_close = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", had
        finally:
            server.shutdown()
            thread.join()
