"""The kit for servers: some fifty situations, and the one answer to each, whatever the framework."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeVar

from errata._catalog import Catalog
from errata._contract import Contract, w3c_trace_id
from errata._error import Error, Internal, Secret
from errata._http import RawResponse, Request
from errata._problem import Problem, Resource, Violation
from errata._standard import (
    Aborted,
    Cancelled,
    DeadlineExceeded,
    InvalidArgument,
    NotFound,
    Unauthenticated,
)
from errata.testing._drive import Call
from errata.testing._fault import KitError, shortened

__all__ = ["CONTRACTS", "FAILURES", "LIMIT", "SITUATIONS", "Situation", "check_server", "fail"]

_App = TypeVar("_App")

LIMIT: Final = 200_000
"""The most bytes that the kit's applications take in a body."""

TRACE: Final = "0123456789abcdef0123456789abcdef"
SECRET: Final = "hunter2"  # noqa: S105 - made up, to be searched for


class Closed(Error, status=403, code="CASE_CLOSED"):
    """A type with a parameter."""

    detail = "The case has been closed for more than {days} days."
    days: int


class Discreet(Error, status=409, code="DISCREET"):
    """A type with parameters that clients must not see."""

    detail = "Order {number} is being changed."
    number: int
    owner: Internal[str]
    token: Secret[str]


class Busy(Error, status=503, code="BUSY", type="https://errors.example/busy"):
    """A type whose parameters fill members of the problem."""

    detail = "Try again later."
    retry_after: float | None
    resource: Resource


class Mistakes(Error, status=422, code="MISTAKES"):
    """A type with violations."""

    violations: tuple[Violation, ...]


class Odd(Error, status=523, code="ODD"):
    """A type with a status that no registry has."""


class Taken(Error, status=409, code="TAKEN"):
    """What a foreign exception means."""

    detail = "The name is taken."


class NoSuchThing(NotFound, code="NO_SUCH_THING"):
    """The contract's own type for what is not found."""

    detail = "There is no such thing."


class Wrong(Error, status=400, code="WRONG"):
    """The contract's own type for all that is wrong with a request."""

    title = "Wrong"


class Failed(Error, status=500, code="FAILED"):
    """The contract's own type for everything else."""

    title = "Failed"
    detail = ""


class DuplicateKeyError(Exception):
    """What a database driver raises."""


class UnprintableError(Exception):
    """An exception whose text cannot be had."""

    def __str__(self) -> str:
        raise ZeroDivisionError(SECRET)

    __repr__ = __str__


FAILURES: Final[Mapping[str, Callable[[], BaseException]]] = {
    "closed": lambda: Closed(days=45),
    "closed.xml": lambda: Closed(days=45),
    "discreet": lambda: Discreet(number=7, owner=f"mrs-b-{SECRET}", token=SECRET),
    "busy": lambda: Busy(retry_after=1.2, resource=Resource("order", "7")),
    "mistakes": lambda: Mistakes(
        violations=(
            Violation(path=("items", 0, "a/b"), location="body", detail="is required", code="required"),
            Violation(path=("page",), location="query", detail="must be an integer", code="type"),
        )
    ),
    "conflict": Aborted,
    "login": Unauthenticated,
    "cancelled": Cancelled,
    "odd": Odd,
    "teapot": lambda: Error(Problem(status=418, title="Teapot", extensions={"tea": "green", "status": 1})),
    "unencodable": lambda: Error(Problem(status=404, title="Odd", extensions={"a": UnprintableError()})),
    "bug": lambda: RuntimeError(f"{SECRET} at db-7.internal in /srv/app.py"),
    "unprintable": UnprintableError,
    "group": lambda: ExceptionGroup(SECRET, [ValueError(SECRET), Closed(days=1)]),
    "duplicate": lambda: DuplicateKeyError(f"Key (name)=({SECRET}) already exists"),
    "timeout": lambda: TimeoutError(SECRET),
    "received": lambda: Closed.received(Problem(status=403, code="CASE_CLOSED", detail=SECRET), object()),
}


def fail(name: str) -> None:
    """Raise the error of a situation; the kit's applications call it at `/fail/{name}`."""
    error = FAILURES[name]()
    raise error


def _fixed_trace(_: Request) -> str:
    return TRACE


def _extension(request: Request) -> str | None:
    return request.path.rpartition(".")[2] if request.path.endswith(".xml") else None


def _version_one(request: Request) -> Contract | None:
    return CONTRACTS["own"] if request.headers.get("api-version") == "1" else None


_PLAIN: Final = Contract(
    Catalog([Closed, Discreet, Busy, Mistakes, Odd, Taken, NoSuchThing, Wrong, Failed], name="kit"),
    name="plain",
    trace_id=_fixed_trace,
    trace_header="x-trace-id",
    exceptions={DuplicateKeyError: Taken, TimeoutError: DeadlineExceeded},
)
_OFFERING: Final = _PLAIN.replace(also=("problem-xml", "html"))

CONTRACTS: Final[Mapping[str, Contract]] = {
    "plain": _PLAIN,
    "own": _PLAIN.replace(name="own", fallbacks={NotFound: NoSuchThing, InvalidArgument: Wrong, Error: Failed}),
    "lenient": _OFFERING.replace(name="lenient"),
    "strict": _OFFERING.replace(name="strict", negotiation="strict"),
    "extension": _PLAIN.replace(name="extension", dialect="twilio", choose_format=_extension),
    "versions": _PLAIN.replace(name="versions", select=_version_one),
    "foreign": _PLAIN.replace(name="foreign", dialect="google"),
    "traced": _PLAIN.replace(name="traced", trace_id=w3c_trace_id, trace_always=True),
}
"""The contracts that the situations need, by name."""

_SAFE: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff", "x-trace-id": TRACE}
_JSON: Final = {**_SAFE, "content-type": "application/problem+json"}
_XML: Final = {**_SAFE, "content-type": "application/problem+xml", "vary": "Accept"}
_HTML: Final = {**_SAFE, "content-type": "text/html; charset=utf-8", "vary": "Accept"}
_TO_JSON: Final = {"content-type": "application/json"}
_OF_BROWSERS: Final = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
_ORDER: Final = b'{"sku":"A-1","amount":2,"lines":[{"price":5}]}'


class Situation(NamedTuple):
    """A request, and what must come of it: the status, the exact body, the header fields that matter.

    A body of None is whatever the contract itself says of the error of that name.
    A header of None must not be there; of `Allow` the methods named must be there.
    """

    call: Call
    status: int
    body: bytes | None
    headers: Mapping[str, str | None] = _JSON
    contract: str = "plain"


def _get(path: str, **headers: str) -> Call:
    return Call("GET", path, {name.replace("_", "-"): value for name, value in headers.items()})


def _post(path: str, body: bytes, media_type: str = "application/json") -> Call:
    return Call("POST", path, {"content-type": media_type}, body)


def _problem(members: bytes) -> bytes:
    """Return a problem document that ends with the trace id."""
    return b'{%b,"traceId":"%b"}' % (members, TRACE.encode())


_CLOSED: Final = (
    b'{"title":"Closed","status":403,"detail":"The case has been closed for more than 45 days.",'
    b'"code":"CASE_CLOSED","traceId":"%b","days":45}' % TRACE.encode()
)
_NOT_FOUND: Final = _problem(b'"title":"Not Found","status":404')
_BROKEN: Final = _problem(b'"title":"Internal Server Error","status":500')
_MALFORMED: Final = _problem(b'"title":"Bad Request","status":400,"detail":"The request body cannot be read."')
_NOTHING_SAID: Final = {"x-trace-id": None, "vary": None, "content-type": None}

SITUATIONS: Final[Mapping[str, Situation]] = {
    # ---- errors that the application raises
    "a type with a parameter": Situation(_get("/fail/closed"), 403, _CLOSED),
    "internal and secret parameters": Situation(_get("/fail/discreet"), 409, (
        b'{"title":"Discreet","status":409,"detail":"Order 7 is being changed.","code":"DISCREET",'
        b'"traceId":"%b","number":7}' % TRACE.encode()
    )),
    "parameters that fill members": Situation(_get("/fail/busy"), 503, (
        b'{"type":"https://errors.example/busy","title":"Busy","status":503,"detail":"Try again later.",'
        b'"code":"BUSY","traceId":"%b","resource":{"type":"order","id":"7"}}' % TRACE.encode()
    ), {**_JSON, "retry-after": "2"}),
    "violations": Situation(_get("/fail/mistakes"), 422, (
        b'{"title":"Mistakes","status":422,"code":"MISTAKES","traceId":"%b","errors":['
        b'{"detail":"is required","pointer":"#/items/0/a~1b","location":"body","code":"required"},'
        b'{"detail":"must be an integer","location":"query","parameter":"page","code":"type"}]}' % TRACE.encode()
    )),
    "a standard class": Situation(_get("/fail/conflict"), 409, _problem(b'"title":"Conflict","status":409')),
    "a standard class, challenged": Situation(
        _get("/fail/login"), 401, _problem(b'"title":"Unauthorized","status":401'),
        {**_JSON, "www-authenticate": "Bearer"},
    ),
    "status 499": Situation(
        _get("/fail/cancelled"), 499, _problem(b'"title":"Client Closed Request","status":499')
    ),
    "status 523": Situation(_get("/fail/odd"), 523, _problem(b'"title":"Odd","status":523,"code":"ODD"')),
    "a member with a reserved name": Situation(_get("/fail/teapot"), 418, (
        b'{"title":"Teapot","status":418,"traceId":"%b","tea":"green"}' % TRACE.encode()
    )),
    "a member that JSON cannot say": Situation(
        _get("/fail/unencodable"), 404, _problem(b'"title":"Odd","status":404')
    ),
    # ---- exceptions that are no errors of the API
    "a bug": Situation(_get("/fail/bug"), 500, _BROKEN),
    "an exception without a text": Situation(_get("/fail/unprintable"), 500, _BROKEN),
    "a group of exceptions": Situation(_get("/fail/group"), 500, _BROKEN),
    "a foreign exception that is mapped": Situation(_get("/fail/duplicate"), 409, _problem(
        b'"title":"Taken","status":409,"detail":"The name is taken.","code":"TAKEN"'
    )),
    "a timeout that is mapped": Situation(
        _get("/fail/timeout"), 504, _problem(b'"title":"Gateway Timeout","status":504')
    ),
    "an error of another API": Situation(
        _get("/fail/received"), 502, _problem(b'"title":"Bad Gateway","status":502')
    ),
    # ---- errors that the framework makes
    "an unknown address": Situation(_get("/nothing/here"), 404, _NOT_FOUND),
    "a wrong method": Situation(
        Call("POST", "/hello"), 405, _problem(b'"title":"Method Not Allowed","status":405'), {**_JSON, "allow": "GET"}
    ),
    "a body that is no JSON": Situation(_post("/orders", b'{"sku":'), 400, _MALFORMED),
    "a body that is no text": Situation(_post("/orders", b'{"sku":"\xff\xfe"}'), 400, _MALFORMED),
    "a body that is nested too deeply": Situation(_post("/orders", b"[" * 100_000), 400, _MALFORMED),
    "a body of another media type": Situation(
        _post("/orders", b"<order/>", "text/xml"), 415, _problem(b'"title":"Unsupported Media Type","status":415')
    ),
    "a body that breaks one rule": Situation(_post("/orders", b'{"sku":"A-1","amount":0}'), 422, (
        b'{"title":"Unprocessable Content","status":422,"detail":"The request is not valid.","traceId":"%b",'
        b'"errors":[{"detail":"must be 1 or more","pointer":"#/amount","location":"body","code":"min"}]}'
        % TRACE.encode()
    )),
    "a body that breaks two rules, one of them nested": Situation(
        _post("/orders", b'{"sku":"A-1","lines":[{"price":1},{"price":"%b"}]}' % SECRET.encode()), 422, (
            b'{"title":"Unprocessable Content","status":422,"detail":"The request is not valid.","traceId":"%b",'
            b'"errors":[{"detail":"is required","pointer":"#/amount","location":"body","code":"required"},'
            b'{"detail":"must be an integer","pointer":"#/lines/1/price","location":"body","code":"type"}]}'
            % TRACE.encode()
        )
    ),
    "a body that is too large": Situation(
        _post("/limited", b'"%b"' % (b"x" * (LIMIT + 1))), 413, _problem(b'"title":"Content Too Large","status":413')
    ),
    "a refusal in the framework's own way": Situation(_get("/refused"), 503, _problem(
        b'"title":"Service Unavailable","status":503,"detail":"Closed for lunch."'
    ), {**_JSON, "retry-after": "60"}),
    "a challenge in the framework's own way": Situation(
        _get("/refused/login"), 401, _problem(b'"title":"Unauthorized","status":401'),
        {**_JSON, "www-authenticate": 'Basic realm="orders"'},
    ),
    # ---- what has no body, and what is no error
    "HEAD of an error": Situation(Call("HEAD", "/fail/closed"), 403, b""),
    "HEAD of a bug": Situation(Call("HEAD", "/fail/bug"), 500, b""),
    "HEAD of an unknown address": Situation(Call("HEAD", "/nothing/here"), 404, b""),
    "a response that has started": Situation(_get("/started"), 200, b"part", _NOTHING_SAID),
    "a success": Situation(_get("/hello"), 200, b"hello", {"x-trace-id": None, "vary": None, "cache-control": None}),
    "a valid body": Situation(_post("/orders", _ORDER), 200, None, {"x-trace-id": None, "cache-control": None}),
    "a redirect": Situation(_get("/moved"), 302, None, {"x-trace-id": None, "cache-control": None}),
    # ---- the API's own words for standard errors
    "an own type for what is not found": Situation(_get("/nothing/here"), 404, _problem(
        b'"title":"No such thing","status":404,"detail":"There is no such thing.","code":"NO_SUCH_THING"'
    ), contract="own"),
    "an own type by the kind": Situation(_post("/orders", b"{"), 400, _problem(
        b'"title":"Wrong","status":400,"detail":"The request body cannot be read.","code":"WRONG"'
    ), contract="own"),
    "an own type for all the rest": Situation(_get("/fail/bug"), 500, _problem(
        b'"title":"Failed","status":500,"code":"FAILED"'
    ), contract="own"),
    # ---- formats
    "Accept: the default": Situation(_get("/fail/closed"), 403, _CLOSED, {**_JSON, "vary": "Accept"}, "lenient"),
    "Accept: XML": Situation(_get("/fail/closed", accept="application/problem+xml"), 403, None, _XML, "lenient"),
    "Accept: any XML": Situation(_get("/fail/closed", accept="application/xml"), 403, None, _XML, "lenient"),
    "Accept: weights": Situation(
        _get("/fail/closed", accept="application/json;q=0.2, application/*;q=0.1, text/html;q=0.9"), 403, None, _HTML,
        "lenient",
    ),
    "Accept: a browser's": Situation(_get("/fail/closed", accept=_OF_BROWSERS), 403, None, _HTML, "lenient"),
    "Accept: XML for an unknown address": Situation(
        _get("/nothing/here", accept="application/problem+xml"), 404, None, _XML, "lenient"
    ),
    "Accept: nothing offered, leniently": Situation(
        _get("/fail/closed", accept="image/png"), 403, _CLOSED, {**_JSON, "vary": "Accept"}, "lenient"
    ),
    "Accept: nothing offered, strictly": Situation(
        _get("/fail/closed", accept="image/png"), 406, _problem(b'"title":"Not Acceptable","status":406'),
        {**_JSON, "vary": "Accept"}, "strict",
    ),
    "Accept: nothing offered for a bug": Situation(
        _get("/fail/bug", accept="image/png"), 500, _BROKEN, {**_JSON, "vary": "Accept"}, "strict"
    ),
    "Accept: off": Situation(_get("/fail/closed", accept="application/problem+xml"), 403, _CLOSED),
    "an extension of the path": Situation(
        _get("/fail/closed.xml"), 403, None, {**_SAFE, "content-type": "application/xml", "vary": "Accept"}, "extension"
    ),
    "an older version of the API": Situation(_get("/fail/bug", api_version="1"), 500, _problem(
        b'"title":"Failed","status":500,"code":"FAILED"'
    ), contract="versions"),
    "the present version of the API": Situation(_get("/fail/bug"), 500, _BROKEN, contract="versions"),
    "another dialect": Situation(
        _get("/fail/closed"), 403, None, {**_SAFE, "content-type": "application/json"}, "foreign"
    ),
    # ---- trace ids
    "a trace id from the request": Situation(
        _get("/fail/conflict", traceparent=f"00-{'ab' * 16}-{'cd' * 8}-01"), 409,
        b'{"title":"Conflict","status":409,"traceId":"%b"}' % (b"ab" * 16), {**_JSON, "x-trace-id": "ab" * 16},
        "traced",
    ),
    "a trace id on a success": Situation(
        _get("/hello", traceparent=f"00-{'ab' * 16}-{'cd' * 8}-01"), 200, b"hello", {"x-trace-id": "ab" * 16}, "traced"
    ),
}  # fmt: skip
"""The situations by name."""


def check_server(
    make_app: Callable[[Contract], _App],
    drive: Callable[[_App, Call], RawResponse],
    *,
    without: Mapping[str, str] | None = None,
) -> None:
    """Raise KitError unless a server gives the one right answer in every situation.

    `make_app(contract)` builds an application with the contract installed and these routes,
    `drive(app, call)` sends one request into it (`drive_asgi`, `drive_wsgi` and `drive_url`
    do so for most):

        GET  /hello          `hello` as text/plain
        GET  /fail/{name}    calls `errata.testing.fail(name)`
        POST /orders         takes {"sku": text, "amount": integer from 1 up, "lines": [{"price": integer}]},
                             `lines` being optional, with the framework's usual validator
        POST /limited        reads its body; the application takes bodies of at most 200,000 bytes
        GET  /refused        503 "Closed for lunch." with `Retry-After: 60`, in the framework's own way
        GET  /refused/login  401 with `WWW-Authenticate: Basic realm="orders"`, in the framework's own way
        GET  /moved          302 to /hello
        GET  /started        sends `part`, then fails with a RuntimeError

    `without` names situations that the framework cannot get into, each with the reason.
    """
    skipped = without or {}
    if unknown := sorted(skipped.keys() - SITUATIONS.keys()):
        raise KitError(f"there is no situation {unknown[0]!r}; the kit knows {', '.join(SITUATIONS)}")
    if unexplained := [name for name, reason in skipped.items() if not reason.strip()]:
        raise KitError(f"{unexplained[0]!r} is left out without a reason; say why the framework cannot get into it")
    faults = list(_faults(make_app, drive, skipped))
    if faults:
        raise KitError(f"{len(faults)} of {len(SITUATIONS) - len(skipped)} expectations\n" + "\n".join(faults))


def _faults(
    make_app: Callable[[Contract], _App], drive: Callable[[_App, Call], RawResponse], skipped: Mapping[str, str]
) -> Iterator[str]:
    apps: dict[str, _App] = {}
    for name, situation in SITUATIONS.items():
        if name in skipped:
            continue
        if situation.contract not in apps:
            apps[situation.contract] = make_app(CONTRACTS[situation.contract])
        try:
            response = drive(apps[situation.contract], situation.call)
        except Exception as error:  # noqa: BLE001 - an application that raises has not answered
            yield f"{name}: no response but {type(error).__name__}: {shortened(str(error))}"
            continue
        yield from (f"{name}: {fault}" for fault in _differences(situation, response))


def _differences(situation: Situation, response: RawResponse) -> Iterator[str]:
    if response.status != situation.status:
        yield f"status {response.status} instead of {situation.status} with {shortened(response.body)}"
        return
    body = _said(situation) if situation.body is None else situation.body
    if body is not None and response.body != body:
        yield f"body {shortened(response.body)} instead of {shortened(body)}"
    for name, value in situation.headers.items():
        if not _is_as_told(name, response.headers.get(name), value):
            yield f"header {name}: {response.headers.get(name)!r} instead of {value!r}"
    length = response.headers.get("content-length")
    if situation.status >= 400 and situation.call.method != "HEAD" and length != str(len(response.body)):
        yield f"header content-length: {length!r} instead of {len(response.body)}"
    everything = f"{dict(response.headers)}".encode() + response.body
    if SECRET.encode() in everything:
        yield f"it tells {SECRET!r}: {shortened(everything)}"


def _said(situation: Situation) -> bytes | None:
    """Return what the contract itself says in a situation; None where that is not the contract's business."""
    if situation.status < 400:
        return None
    name = situation.call.path.removeprefix("/fail/")
    error: Any = FAILURES[name]() if name in FAILURES else NotFound()
    request = Request(situation.call.method, situation.call.path, situation.call.headers)
    return CONTRACTS[situation.contract].respond(error, request).body


def _is_as_told(name: str, value: str | None, told: str | None) -> bool:
    if name == "allow" and told is not None:
        return set(told.split(", ")) <= {each.strip() for each in (value or "").split(",")}
    if name == "content-type" and told is None:
        return value is None or "problem" not in value
    return value == told
