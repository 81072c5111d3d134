"""The contract: what leaves, in which format, with which header fields, whatever goes wrong on the way."""

import json
import logging
import sys
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from errata import (
    Catalog,
    CatalogError,
    Contract,
    Dialect,
    Error,
    Internal,
    InternalError,
    InvalidArgument,
    MethodNotAllowed,
    NotFound,
    Problem,
    RawResponse,
    Request,
    Resource,
    Secret,
    Unauthenticated,
    ValidationFailed,
    Violation,
    read,
)
from errata._contract import passed_on, random_hex, w3c_trace_id
from errata._dialect import format_of


class Full(Error, status=409, code="BED_FULL", type="https://e.example/full"):
    """A bed takes no more plants."""

    detail = "Bed {bed} has {plants} plants."
    bed: str
    plants: int
    gardener: Internal[str] = "nobody"
    lock: Secret[str] = "none"


class Busy(Error, status=503, code="BUSY"):
    """Come back later."""

    retry_after: float | None = 2.5


class NoSuchBed(Error, status=404, code="NO_BED"):
    """There is no such bed."""

    title = "No such bed"


class Wrong(Error, status=422, code="WRONG"):
    """Parts of the request are wrong."""

    violations: tuple[Violation, ...] = ()


class Broken(Error, status=500, code="BROKEN"):
    """The server failed."""

    title = "Broken"


CATALOG = Catalog([Full, Busy, NoSuchBed, Wrong, Broken], name="garden")


def contract(**parts: Any) -> Contract:
    """Return a contract with a fixed trace id."""
    given: dict[str, Any] = {"trace_id": lambda _: "t1", **parts}
    return Contract(given.pop("catalog", CATALOG), **given)


def body_of(response: RawResponse) -> dict[str, Any]:
    """Return a JSON body."""
    body: dict[str, Any] = json.loads(response.body)
    return body


def asking(accept: str, method: str = "GET") -> Request:
    """Return a request for some media types."""
    return Request(method, "/beds", {"accept": accept})


# ---- what leaves ----


def test_declared_error_leaves_as_declared() -> None:
    """A raised type leaves with its code, title, filled-in text, public parameters and a trace id."""
    response = contract().respond(Full(bed="3", plants=7))
    expected = {
        "type": "https://e.example/full",
        "title": "Full",
        "status": 409,
        "detail": "Bed 3 has 7 plants.",
        "code": "BED_FULL",
        "traceId": "t1",
        "bed": "3",
        "plants": 7,
    }
    assert (409, expected) == (response.status, body_of(response))


def test_every_answer_is_neither_kept_nor_sniffed() -> None:
    """Errors are not cached and not taken for pages."""
    for error in (Full(bed="3", plants=7), ValueError("x"), NotFound(), Problem(status=418)):
        headers = contract().respond(error).headers
        assert ("no-store", "nosniff") == (headers["cache-control"], headers["x-content-type-options"])
        assert "application/problem+json" == headers["content-type"]


def test_unknown_exception_gives_status_title_and_trace_id_alone() -> None:
    """Of an exception that is no Error nothing leaves."""
    response = contract().respond(RuntimeError("SELECT * FROM users at /srv/app.py"))
    assert {"title": "Internal Server Error", "status": 500, "traceId": "t1"} == body_of(response)


def test_debug_shows_the_text_and_warns(caplog: pytest.LogCaptureFixture) -> None:
    """The development flag shows the text of an exception, and making such a contract warns."""
    with caplog.at_level(logging.WARNING, "errata"):
        debugging = contract(debug=True, name="garden")
    assert "garden: debug is on" in caplog.text
    assert "RuntimeError: oops" == body_of(debugging.respond(RuntimeError("oops")))["detail"]


def test_problem_given_is_sent() -> None:
    """A problem can be sent without an exception; its own trace id stays."""
    given = Problem(status=418, title="Teapot", trace_id="mine")
    assert {"title": "Teapot", "status": 418, "traceId": "mine"} == body_of(contract().respond(given))


@pytest.mark.parametrize("status", [None, 0, 99, 100, 199, 600, 999, 12345, -1])
def test_status_that_no_server_sends_becomes_500(status: int | None) -> None:
    """What is no status of HTTP is answered as a failure of the server."""
    assert 500 == contract().respond(Problem(status=status)).status


def test_retry_hint_is_a_member_and_a_field() -> None:
    """A delay goes into `Retry-After`, rounded up."""
    assert "3" == contract().respond(Busy()).headers["retry-after"]
    assert "8" == contract().respond(Busy(retry_after=7.2)).headers["retry-after"]
    assert "retry-after" not in contract().respond(Busy(retry_after=None)).headers


def test_header_for_head_is_that_for_get() -> None:
    """An answer to HEAD is made like that to GET; leaving out the body is up to the server that counts it."""
    error = NoSuchBed()
    assert contract().respond(error, Request("GET")) == contract().respond(error, Request("HEAD"))


# ---- fallbacks ----


FALLBACKS: dict[type[Error], type[Error]] = {
    NotFound: NoSuchBed,
    ValidationFailed: Wrong,
    InternalError: Broken,
}


def test_standard_error_leaves_as_the_own_type() -> None:
    """A framework's error leaves with code and title of the type that stands for it, and with what only it knows."""
    place = Violation(path=("a",), detail="x")
    response = contract(fallbacks=FALLBACKS).respond(ValidationFailed(violations=(place,)))
    told = body_of(response)
    assert (422, "WRONG", "Wrong") == (response.status, told["code"], told["title"])
    assert [{"detail": "x", "pointer": "#/a"}] == told["errors"]


def test_fallback_follows_the_class_hierarchy() -> None:
    """The nearest ancestor decides; without any, the standard type leaves as it is."""
    own = contract(fallbacks={InvalidArgument: Wrong, Error: Broken})
    assert "WRONG" == body_of(own.respond(ValidationFailed()))["code"]
    assert "BROKEN" == body_of(own.respond(MethodNotAllowed()))["code"]
    assert "code" not in body_of(contract(fallbacks=FALLBACKS).respond(MethodNotAllowed()))


def test_unknown_exception_falls_back_too() -> None:
    """Unknown exceptions leave as the type that stands for internal errors."""
    assert "BROKEN" == body_of(contract(fallbacks=FALLBACKS).respond(KeyError("k")))["code"]


def test_own_type_named_like_a_standard_one_is_told_from_it() -> None:
    """A class of the catalog does not hide the standard class of the same name."""
    own = type("NotFound", (Error,), {"__annotations__": {}}, status=404, code="MINE")
    both = contract(catalog=Catalog([own, NoSuchBed]), fallbacks={NotFound: NoSuchBed})
    assert "NO_BED" == body_of(both.respond(NotFound()))["code"]
    assert "MINE" == body_of(both.respond(own()))["code"]


def test_type_uri_comes_from_the_catalog() -> None:
    """With a base, each declared type has a URI, also the ones that stand for standard errors."""
    based = contract(
        catalog=Catalog([NoSuchBed], base_uri="https://e.example/errors/"), fallbacks={NotFound: NoSuchBed}
    )
    for error in (NoSuchBed(), NotFound()):
        assert "https://e.example/errors/no-such-bed" == body_of(based.respond(error))["type"]


def test_received_error_is_a_bad_gateway() -> None:
    """An error of another API that nobody handled is not passed on as one's own."""
    received = NotFound.received(Problem(status=404, detail="internal address"), response=object())
    response = contract().respond(received)
    assert (502, "Bad Gateway") == (response.status, body_of(response)["title"])
    assert b"internal address" not in response.body


def test_house_rules_change_violations_and_problems() -> None:
    """A contract may adapt each violation, and the problem after that."""
    ruled = contract(
        adapt_violation=lambda violation: Violation(path=("_", *violation.path), detail=violation.detail),
        adapt=lambda problem: problem.replace(detail=f"{len(problem.violations)} faults"),
    )
    told = body_of(ruled.respond(Wrong(violations=(Violation(path=("a",), detail="x"),))))
    assert ("1 faults", "#/_/a") == (told["detail"], told["errors"][0]["pointer"])


# ---- negotiation ----


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", "application/problem+json"),
        ("", "application/problem+json"),
        ("garbage", "application/problem+json"),
        ("application/json", "application/problem+json"),
        ("application/problem+xml", "application/problem+xml"),
        ("application/xml", "application/problem+xml"),
        ("application/*+xml", "application/problem+xml"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8"),
        ("application/problem+json;q=0, application/*", "application/problem+xml"),
        ("application/problem+xml;q=0.5, application/problem+json;q=0.4", "application/problem+xml"),
        ("APPLICATION/XML", "application/problem+xml"),
        ("image/png", "application/problem+json"),
        ("text/html;q=nan", "application/problem+json"),
    ],
)
def test_lenient_negotiation(accept: str, media_type: str) -> None:
    """The client's preference chooses among the dialects offered; whoever accepts none of them gets the default."""
    response = contract(also=("problem-xml", "html")).respond(NotFound(), asking(accept))
    assert (404, media_type) == (response.status, response.headers["content-type"])
    assert "Accept" == response.headers["vary"]
    assert response.body


def test_negotiation_off() -> None:
    """Without negotiation the default is sent, and nothing varies."""
    response = contract(also=("problem-xml",), negotiation="off").respond(NotFound(), asking("application/xml"))
    assert "application/problem+json" == response.headers["content-type"]
    assert "vary" not in response.headers


@pytest.mark.parametrize(
    ("error", "accept", "status"),
    [
        (NotFound(), "image/png", 406),
        (NotFound(), "application/json", 404),
        (NotFound(), "garbage", 404),
        (ValueError("x"), "image/png", 500),
    ],
)
def test_strict_negotiation(error: Exception, accept: str, status: int) -> None:
    """A client that accepts nothing offered is told so, in the default dialect; a failing server says that first."""
    response = contract(negotiation="strict").respond(error, asking(accept))
    assert (status, status) == (response.status, body_of(response)["status"])


def test_nothing_varies_with_one_format() -> None:
    """A contract with one format does not vary."""
    assert "vary" not in contract().respond(NotFound(), asking("application/json")).headers


def test_format_by_house_rule() -> None:
    """A contract may choose the format by the request, such as by its path; an unknown name means the default."""
    by_path = contract(
        catalog=Catalog(), dialect="netmri", choose_format=lambda request: request.path.rpartition(".")[2]
    )
    assert "application/xml" == by_path.respond(NotFound(), Request(path="/a.xml")).headers["content-type"]
    assert "application/json" == by_path.respond(NotFound(), Request(path="/a.csv")).headers["content-type"]


# ---- header fields ----


def test_framework_fields_survive() -> None:
    """What the framework attached goes along, under lower-case names."""
    given = {"Allow": "GET, HEAD", "Access-Control-Allow-Origin": "*", "Content-Range": "bytes */9", "Vary": "Origin"}
    headers = contract(also=("problem-xml",)).respond(MethodNotAllowed(), headers=given).headers
    assert ("GET, HEAD", "*", "bytes */9") == (
        headers["allow"], headers["access-control-allow-origin"], headers["content-range"]
    )  # fmt: skip
    assert "Origin, Accept" == headers["vary"]


@pytest.mark.parametrize(
    "name",
    ["Content-Length", "transfer-encoding", "Content-Encoding", "Set-Cookie", "Connection", "Content-Type", "ETag",
     "Content-Disposition", "Last-Modified", "Content-Digest", "Proxy-Connection", "TE"],
)  # fmt: skip
def test_framing_fields_stay_behind(name: str) -> None:
    """What frames or describes one body does not move to another."""
    headers = contract().respond(NotFound(), headers={name: "x-secret"}).headers
    assert "x-secret" not in headers.values()


@pytest.mark.parametrize("value", ["a\r\nset-cookie: b=c", "a\nb", "a\x00b", "a\x7fb", "\u0100", "\ud800", "x" * 5000])
@pytest.mark.parametrize("where", ["passed", "trace", "challenge", "traceparent"])
def test_no_field_carries_line_breaks(where: str, value: str) -> None:
    """Values made from data keep no control characters, and stay short."""
    request = Request(headers={"traceparent": value} if where == "traceparent" else {})
    parts: dict[str, Mapping[str, Any]] = {
        "trace": {"trace_id": lambda _: value, "trace_header": "X-Trace"},
        "challenge": {"challenge": value},
    }
    own = contract(**parts.get(where, {}))
    response = own.respond(Unauthenticated(), request, {"x-info": value} if where == "passed" else None)
    for field in response.headers.values():
        assert field.isprintable()
        assert len(field.encode("latin-1")) <= 1000
    assert 401 == response.status


@pytest.mark.parametrize("name", ["a b", "a\r\nb", "", "a:b", "é", "a\x00"])
def test_no_field_name_is_invented(name: str) -> None:
    """A name that is no token is left out."""
    assert {"allow": "GET"} == passed_on({name: "x", "Allow": "GET"})


def test_fields_of_odd_types() -> None:
    """A framework's numbers and bytes become text; nothing fails."""
    given: dict[Any, Any] = {"Retry-After": 5, b"X-Bytes": b"y", "X-None": None}
    assert "5" == contract().respond(NotFound(), headers=given).headers["retry-after"]


def test_challenge_goes_with_401() -> None:
    """A 401 challenges, with the framework's own challenge if there is one; others do not."""
    assert "Bearer" == contract().respond(Unauthenticated()).headers["www-authenticate"]
    assert "Basic" == contract(challenge="Basic").respond(Unauthenticated()).headers["www-authenticate"]
    own = contract().respond(Unauthenticated(), headers={"WWW-Authenticate": 'Digest realm="x"'})
    assert 'Digest realm="x"' == own.headers["www-authenticate"]
    assert "www-authenticate" not in contract().respond(NotFound()).headers
    assert "www-authenticate" not in contract(challenge="").respond(Unauthenticated()).headers


# ---- trace ids ----


def test_trace_id_of_the_request() -> None:
    """A valid `traceparent` gives the id; otherwise a new one of the same form is made each time."""
    sent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    assert "4bf92f3577b34da6a3ce929d0e0e4736" == w3c_trace_id(Request(headers={"traceparent": sent}))
    made = {w3c_trace_id(Request(headers={"traceparent": "00-0-0-00"})) for _ in range(1000)}
    assert 1000 == len(made)
    assert {32} == set(map(len, made))


def test_trace_header() -> None:
    """The contract says which field carries the id that is also in the body."""
    response = contract(trace_header="X-Trouble").respond(NotFound())
    assert ("t1", "t1") == (response.headers["x-trouble"], body_of(response)["traceId"])


def test_random_hex() -> None:
    """As many lower-case digits as asked for, also when they start with zeros."""
    assert all(len(random_hex(24)) == 24 for _ in range(500))
    assert set("0123456789abcdef") == set("".join(random_hex(32) for _ in range(100)))


# ---- totality ----


class Hostile:
    """A value that fails whatever is done with it."""

    def __str__(self) -> str:
        raise RuntimeError("hunter2 in __str__")

    __repr__ = __format__ = __str__  # type: ignore[assignment]


class Unsayable(Exception):
    """An exception whose text cannot be had."""

    def __str__(self) -> str:
        raise RuntimeError("hunter2 in __str__")


def failing(*_: object) -> Any:
    """Fail, as house rules may."""
    raise RuntimeError("hunter2 in a rule")


LOOP: dict[str, Any] = {}
LOOP["loop"] = LOOP
ODD_VALUES = [
    Hostile(),
    object(),
    b"\xff",
    {1, 2},
    LOOP,
    "\ud800",
    float("nan"),
    10**5000,
    1j,
    Ellipsis,
    [[[]]] * 3,
    type,
]


@pytest.mark.parametrize("value", ODD_VALUES, ids=lambda value: type(value).__name__)
def test_parameters_of_odd_types(value: object) -> None:
    """A type raised with parameters that cannot be written still leaves with its status and code."""
    odd: Any = value
    response = contract().respond(Full(bed=odd, plants=odd))
    assert (409, "BED_FULL", "Full") == (response.status, body_of(response)["code"], body_of(response)["title"])
    assert b"hunter2" not in response.body


@pytest.mark.parametrize("value", ODD_VALUES, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize(
    "dialect", ["problem", "problem-xml", "usta", "mvno", "netmri", "axway", "html", "text", "empty"]
)
def test_members_that_cannot_be_written(dialect: str, value: object) -> None:
    """Extension members that cannot be written are left out before anything else is."""
    own = Contract(Catalog(), dialect=dialect)
    response = own.respond(Problem(status=404, detail="No bed", extensions={"odd": value}))
    assert 404 == response.status
    assert dialect == "empty" or "No bed" in response.body.decode() or dialect in ("problem", "problem-xml")


@pytest.mark.parametrize(
    "error", [Unsayable(), BaseException(), KeyboardInterrupt(), ExceptionGroup("g", [ValueError()])]
)
def test_odd_exceptions(error: BaseException) -> None:
    """Any exception is answered, also in development."""
    for own in (contract(), contract(debug=True)):
        assert 500 == own.respond(error).status


def broken_dialect(write: Callable[[Problem], bytes]) -> Dialect:
    """Return a dialect with a broken writer."""
    return Dialect(
        name="broken",
        title="broken",
        source="our own",
        read=lambda doc: Problem(status=doc.raw.status),
        formats=(format_of("json", "application/json", write),),
    )


def test_broken_writer() -> None:
    """A writer that always fails leaves a static body and the status."""
    response = contract(dialect=broken_dialect(failing)).respond(NoSuchBed())
    assert 404 == response.status
    assert {"title", "status"} == set(body_of(response))
    assert b"hunter2" not in response.body


def test_failing_trace_id_costs_nothing_else() -> None:
    """Without a trace id of its own, an error leaves with a random one."""
    told = body_of(contract(trace_id=failing).respond(NoSuchBed()))
    assert (404, "NO_BED", 32) == (told["status"], told["code"], len(told["traceId"]))


@pytest.mark.parametrize("rule", ["adapt", "adapt_violation"])
def test_failing_house_rule_leaves_the_declared_type(rule: str) -> None:
    """A rule that fails costs the details; status, code and title are still those declared."""
    own = contract(**{rule: failing})
    response = own.respond(Wrong(violations=(Violation(detail="x"),)))
    assert (422, "WRONG") == (response.status, body_of(response)["code"])
    assert b"hunter2" not in response.body


def test_failing_choice_of_format_is_none() -> None:
    """A rule that cannot choose a format leaves the default."""
    response = contract(choose_format=failing).respond(NoSuchBed())
    assert (404, "NO_BED") == (response.status, body_of(response)["code"])


def test_failure_answers_in_the_contracts_dialect() -> None:
    """The last resort is said in the contract's own dialect and codes."""
    own = Contract(Catalog([Broken]), dialect="mvno", fallbacks={InternalError: Broken}, adapt=failing)
    response = own.respond(NotFound())
    assert (500, "mvno") == (response.status, read(response).dialect)


class FailingHandler(logging.Handler):
    """A log handler that fails."""

    def emit(self, record: logging.LogRecord) -> None:
        """Fail."""
        raise RuntimeError("no disk")


def test_failing_log_does_not_change_the_answer() -> None:
    """A handler that fails costs the record, not the response."""
    handler = FailingHandler()
    logger = logging.getLogger("errata")
    logger.addHandler(handler)
    try:
        assert "NO_BED" == body_of(contract().respond(NoSuchBed()))["code"]
        assert 500 == contract().respond(ValueError()).status
    finally:
        logger.removeHandler(handler)


# ---- declarations ----


def test_type_that_the_dialect_cannot_say_is_refused() -> None:
    """A contract whose dialect has closed sets refuses other statuses and codes when it is made."""
    with pytest.raises(CatalogError, match="mvno has no status 410"):
        Contract(Catalog([type("Gone", (Error,), {}, status=410)]), dialect="mvno")
    with pytest.raises(CatalogError, match="axway has no code 'NO_BED'"):
        Contract(Catalog([NoSuchBed]), dialect="axway")


def test_code_and_status_belong_together() -> None:
    """Where the dialect ties codes to statuses, another pair is refused."""
    wrong = type("Wrong", (Error,), {}, status=404, code="BAD_REQUEST")
    with pytest.raises(CatalogError, match="wrong: BAD_REQUEST belongs to status 400, not 404"):
        Contract(Catalog([wrong]), dialect="axway")


def test_codes_that_end_at_499() -> None:
    """A dialect without codes for failures of the server takes such types without code, and no others."""
    codeless = type("Down", (Error,), {}, status=503)
    coded = type("Down", (Error,), {}, status=503, code="x")
    assert 503 == Contract(Catalog([codeless]), dialect="netmri").respond(codeless()).status
    with pytest.raises(CatalogError, match="down: netmri has no status 503; use one of 400 to 499"):
        Contract(Catalog([coded]), dialect="netmri")


@pytest.mark.parametrize("name", ["X Trace", "", "X-Trace\r\n"])
def test_trace_header_must_be_a_name(name: str) -> None:
    """A field that cannot be sent is refused when the contract is made."""
    with pytest.raises(CatalogError, match="is no name of a header field"):
        contract(trace_header=name)


def test_trace_header_has_a_default_when_it_goes_with_every_response() -> None:
    """A contract that wants an id on every response has a field for it."""
    assert "X-Trace-Id" == contract(trace_always=True).trace_header
    assert "X-Own" == contract(trace_always=True, trace_header="X-Own").trace_header


@pytest.mark.parametrize("vary", ["*", "Origin, accept", "Accept"])
def test_vary_is_not_said_twice(vary: str) -> None:
    """What the framework already varies on is not repeated."""
    headers = contract(also=("text",)).respond(NotFound(), headers={"Vary": vary}).headers
    assert vary == headers["vary"]


def test_unknown_dialect_is_refused() -> None:
    """The names that there are stand in the text."""
    with pytest.raises(LookupError, match="unknown dialect 'klingon'"):
        contract(dialect="klingon")


def test_contract_is_changed_by_copy() -> None:
    """A contract is a value."""
    first = contract()
    assert "text" == first.replace(dialect="text").own_dialect.name
    assert "problem" == first.own_dialect.name


# ---- the client's side ----


def test_client_gets_the_class_of_the_catalog() -> None:
    """What a contract sends, it also recognises."""
    own = contract()
    sent = own.respond(Full(bed="3", plants=7))
    error = own.error(read(sent).problem, response=sent, headers=sent.headers, method="PUT")
    assert (Full, 409, "BED_FULL", "t1") == (type(error), error.status, error.code, error.trace_id)
    assert ("3", 7, sent) == (error.bed, error.plants, error.response)


def test_client_falls_back_by_status_and_kind() -> None:
    """What the catalog does not know is raised as the standard class."""
    assert NotFound is type(contract().error(Problem(status=404, code="OTHER")))
    assert InvalidArgument is type(contract().error(Problem(status=418)))


def test_contract_knows_its_own_dialect() -> None:
    """A client asks the contract whether a response is in its dialect, and whether to look into a 2xx."""
    own, other = contract(), Contract(Catalog(), dialect="netmri")
    sent = own.respond(NoSuchBed())
    assert (True, False) == (own.speaks(sent), other.speaks(sent))
    assert (False, True) == (own.fails_with_2xx, other.fails_with_2xx)


def test_resource_survives() -> None:
    """A member that the dialect has goes over the wire and comes back."""
    sent = contract().respond(Problem(status=409, resource=Resource("bed", "3")))
    assert Resource("bed", "3") == read(sent).problem.resource


def test_format_that_cannot_be_written_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A contract whose format needs a package that is missing says so when it is made, not by empty answers."""
    monkeypatch.setitem(sys.modules, "cbor2", None)
    with pytest.raises(ImportError, match=r"errata\[encodings\]"):
        contract(dialect="smithy-cbor")
