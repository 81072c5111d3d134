"""What must never happen, one rule after the other, in every dialect."""

import ast
import itertools
import json
import logging
import pickle
import re
import socket
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest

import errata
from errata import (
    Catalog,
    Contract,
    Error,
    Internal,
    InternalError,
    Problem,
    RawResponse,
    Request,
    Secret,
    Unauthenticated,
    Violation,
    read,
    render,
    translate,
)
from errata._read import dialect_of
from errata.dialects import BUILTIN
from errata.dialects.problem import nested

SECRET = "hunter2-7f3a"
INTERNAL = "internal-9c1d"
SOURCE = Path(errata.__file__).parent
READERS = sorted([*SOURCE.glob("_*.py"), *SOURCE.glob("dialects/*.py")])


class Locked(Error, status=403, code="ACCESS_DENIED"):
    """Somebody else holds it."""

    detail = "Bed {bed} is locked."
    bed: str
    owner: Internal[str]
    key: Secret[str]


class Failed(Error, status=500, code="SERVER_ERROR"):
    """The server failed."""

    token: Secret[str] = SECRET
    host: Internal[str] = INTERNAL


ERRORS = [
    Locked(bed="3", owner=INTERNAL, key=SECRET),
    Failed(),
    RuntimeError(f"{SECRET} {INTERNAL}"),
    KeyError(SECRET, INTERNAL),
]


FORMATS = [(name, chosen.name) for name in BUILTIN for chosen in dialect_of(name).formats] + [("nested", "json")]
EVERY_FORMAT = pytest.mark.parametrize("contract", [f"{name}:{chosen}" for name, chosen in FORMATS], indirect=True)


def contract_of(name: str, chosen: str) -> Contract:
    """Return a contract that answers in one format of one dialect."""
    dialect = nested if name == "nested" else dialect_of(name)
    return Contract(
        Catalog([Locked, Failed]) if name != "netmri" else Catalog(),
        dialect=dialect,
        choose_format=lambda _: chosen,
        trace_header="X-Trace",
    )


@pytest.fixture
def contract(request: pytest.FixtureRequest) -> Contract:
    """Return the contract that a parameter names."""
    name, _, chosen = request.param.partition(":")
    return contract_of(name, chosen)


def demanded(contract: Contract, problem: Problem) -> int | None:
    """Return the status that a contract's format demands for a problem; None when it is the problem's own."""
    name = contract.choose_format(Request()) if contract.choose_format else None
    (chosen,) = (f for f in dialect_of(contract.dialect).formats if f.name == name)
    return chosen.status(problem) if chosen.status else None


def wire_of(response: RawResponse) -> str:
    """Return all that leaves."""
    return f"{response.status} {dict(response.headers)} {response.body!r}"


# ---- 1: nothing of an unknown exception ----


def deep_error() -> Exception:
    """Return an exception with a traceback, a cause, a note and a path."""
    try:
        try:
            sys.path.index(SECRET)
        except ValueError as cause:
            raise RuntimeError(f"SELECT {SECRET} FROM users") from cause  # noqa: S608 - a text
    except RuntimeError as error:
        error.add_note(SECRET)
        return error
    raise AssertionError


@pytest.mark.req("M25", "P22")
@EVERY_FORMAT
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("accept", ["*/*", "text/html", "application/json", "application/xml"])
def test_unknown_exception_stays_inside(contract: Contract, method: str, accept: str) -> None:
    """Neither text, nor type, nor traceback, nor path of an unknown exception leaves, however it is asked for."""
    response = contract.respond(deep_error(), Request(method, f"/{SECRET}", {"accept": accept}))
    assert (demanded(contract, Problem(status=500)) or 500) == response.status
    for word in (SECRET, "RuntimeError", "ValueError", "SELECT", "Traceback", ".py", "users"):
        assert word not in wire_of(response)


def test_unknown_exception_has_exactly_three_members() -> None:
    """Status, title and trace id are all there is."""
    body = json.loads(Contract(Catalog()).respond(deep_error()).body)
    assert {"status", "title", "traceId"} == set(body)


# ---- 3: one secret through everything ----


@EVERY_FORMAT
@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
def test_secret_leaves_through_no_dialect(contract: Contract, error: Exception) -> None:
    """Internal and secret parameters are in no byte and no header field of any format."""
    response = contract.respond(error, Request(), {"X-Other": "x"})
    assert SECRET not in wire_of(response)
    assert INTERNAL not in wire_of(response)


def test_secret_is_in_no_text_of_an_error() -> None:
    """Neither `str` nor `repr` nor the problem nor a traceback shows what is internal or secret."""
    try:
        raise ERRORS[0]
    except Locked as error:
        shown = (
            f"{error} {error!r} {error.problem} {error.problem!r} {error.problem.to_dict()} {traceback.format_exc()}"
        )
    assert "Bed 3 is locked." in shown
    assert SECRET not in shown
    assert INTERNAL not in shown


def test_secret_is_in_no_log_record(caplog: pytest.LogCaptureFixture) -> None:
    """Records hold internal parameters, never secret ones."""
    with caplog.at_level(logging.DEBUG, "errata"):
        for contract in itertools.starmap(contract_of, FORMATS):
            contract.respond(ERRORS[0])
            contract.respond(ERRORS[1])
    everything = "".join(f"{vars(record)}" for record in caplog.records) + caplog.text
    assert SECRET not in everything
    assert INTERNAL in everything
    assert all(record.name == "errata" for record in caplog.records)


def test_record_bears_the_trace_id_that_the_client_sees(caplog: pytest.LogCaptureFixture) -> None:
    """The record of an error is found by the id in the response."""
    with caplog.at_level(logging.INFO, "errata"):
        body = json.loads(Contract(Catalog()).respond(deep_error()).body)
    assert body["traceId"] in caplog.text
    assert [body["traceId"]] == [vars(record)["problem"]["trace_id"] for record in caplog.records]


def test_record_cannot_be_forged(caplog: pytest.LogCaptureFixture) -> None:
    """A line break from a request does not make a second record."""
    with caplog.at_level(logging.INFO, "errata"):
        Contract(Catalog()).respond(Problem(status=404), Request("GET", "/a\nERROR errata forged"))
    assert 1 == len(caplog.records[0].getMessage().splitlines())


# ---- 4: header fields ----


@pytest.mark.parametrize("target", BUILTIN)
def test_upstream_fields_are_not_forwarded(target: str) -> None:
    """No upstream field but those of an error reaches a rewritten one, and none has a line break."""
    upstream = {
        "content-type": "application/json", "content-length": "5", "transfer-encoding": "chunked", "set-cookie": SECRET,
        "connection": "close", "x-internal": SECRET, "allow": "GET\r\nset-cookie: a=b", "www-authenticate": "Basic\x00",
    }  # fmt: skip
    translation = translate(RawResponse(405, upstream, b'{"message":"x"}'), target)
    head = dialect_of(target).formats[0].head
    own = head(translation.problem) if head else {}
    sent = {name: value for name, value in translation.response.headers.items() if name not in own}
    assert {"cache-control", "x-content-type-options", "allow", "www-authenticate"} - own.keys() == set(sent) - {
        "content-type"
    }
    assert SECRET not in str(translation.response.headers)
    assert "GET??set-cookie: a=b" == sent["allow"]
    assert "Basic?" == sent.get("www-authenticate", "Basic?")


# ---- 5: reserved members ----


def test_status_and_title_cannot_be_overwritten() -> None:
    """Extension members never replace what the type says, not even twice in one body."""
    problem = Problem(status=403, title="Forbidden", extensions={"status": 200, "title": "OK", "type": "x", "note": 1})
    pairs: list[tuple[str, Any]] = []
    json.loads(render(problem, "problem").body, object_pairs_hook=pairs.extend)
    assert [("title", "Forbidden"), ("status", 403), ("note", 1)] == pairs


# ---- 6: markup ----


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", '"><img src=x onerror=y>', "]]><x/>", "&lt;b&gt;", "'--"]
)
@pytest.mark.parametrize("target", ["html", "problem-xml", "netmri"])
def test_text_is_never_markup(text: str, target: str) -> None:
    """What came from elsewhere is escaped in pages and in XML."""
    problem = Problem(
        status=400, code=text, title=text, detail=text, trace_id=text, violations=(Violation(detail=text),)
    )
    body = render(problem, target, accept="application/xml").body.decode()
    assert not re.search(r"<(script|img|x|b)\b", body)
    back = read(render(problem, target, accept="application/xml"), target).problem
    assert text == back.detail


class NoSocket(socket.socket):
    """A socket that cannot be made."""

    def __init__(self, *_: object, **__: object) -> None:
        raise AssertionError("something was fetched")


def test_nothing_in_a_body_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither type, instance, help, DTD, schema location nor stylesheet is ever followed."""
    monkeypatch.setattr(socket, "socket", NoSocket)
    url = "http://127.0.0.1:9/x"
    bodies = [
        json.dumps(
            {"type": url, "title": "x", "status": 400, "instance": url, "help": url, "$ref": url, "$schema": url}
        ),
        (
            f'<?xml version="1.0"?><?xml-stylesheet href="{url}"?><!DOCTYPE a SYSTEM "{url}">'
            f'<problem xmlns="urn:ietf:rfc:7807" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
            f' xsi:schemaLocation="a {url}"'
            f' xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{url}"/><type>{url}</type></problem>'
        ),
    ]
    for body in bodies:
        for target in BUILTIN:
            translate(RawResponse(400, {}, body.encode()), target)
    assert url == read(RawResponse(400, {}, bodies[1].encode())).problem.type


# ---- 8: caching and challenges ----


@EVERY_FORMAT
def test_every_answer_is_guarded(contract: Contract) -> None:
    """No answer may be cached or sniffed, and each 401 that is sent as one challenges."""
    for error in (Unauthenticated(), ValueError()):
        response = contract.respond(error)
        assert ("no-store", "nosniff") == (
            response.headers["cache-control"],
            response.headers["x-content-type-options"],
        )
    challenged = contract.respond(Unauthenticated())
    if demanded(contract, Problem(status=401)) is None:
        assert challenged.headers["www-authenticate"].startswith("Bearer")


# ---- 11: hidden variants ----


class LoginFailed(Error, status=401, code="login_failed"):
    """Name or password is wrong."""

    detail = "Name or password is wrong."


class NoSuchUser(Error, status=404, code="no_such_user", alias="login-failed"):
    """The name is unknown."""

    detail = "There is no {user}."
    user: str
    retry_after: float | None = 60.0


class Suspended(LoginFailed, code="suspended", alias="login-failed"):
    """The account is closed."""

    until: str


HIDDEN: list[Error] = [LoginFailed(), NoSuchUser(user=SECRET), Suspended(until=SECRET)]


@pytest.mark.parametrize("base_uri", [None, "https://e.example/"])
@pytest.mark.parametrize("dialect", [name for name in BUILTIN if name not in ("axway", "mvno", "netmri")])
def test_hidden_variants_are_the_same_to_the_byte(dialect: str, base_uri: str | None) -> None:
    """Types with a common alias give equal status, header fields and bodies; logs still tell them apart."""
    catalog = Catalog([LoginFailed, NoSuchUser, Suspended], base_uri=base_uri)
    contract = Contract(catalog, dialect=dialect, trace_id=lambda _: "t1", trace_header="X-Trace")
    responses = [contract.respond(error) for error in HIDDEN]
    assert [responses[0]] * 3 == responses
    assert 3 == len({str(error) for error in HIDDEN})


def test_hidden_variants_stay_hidden_when_something_fails() -> None:
    """The last resort does not tell them apart either."""

    def failing(_: Problem) -> Problem:
        raise RuntimeError

    contract = Contract(Catalog([LoginFailed, NoSuchUser, Suspended]), adapt=failing)
    bodies = [json.loads(contract.respond(error).body) for error in HIDDEN]
    assert 3 == len({body.pop("traceId") for body in bodies})
    assert [bodies[0]] * 3 == bodies
    assert "login_failed" == bodies[0]["code"]


def test_types_that_share_their_data_are_alike_without_alias() -> None:
    """Two types with the same status, code, texts and type URI cannot be told apart."""
    twins = [
        type(name, (Error,), {"title": "No", "detail": "No."}, status=404, code="no", type="about:no")
        for name in ("One", "Two")
    ]
    contract = Contract(Catalog(twins), trace_id=lambda _: "t1")
    assert contract.respond(twins[0]()) == contract.respond(twins[1]())


# ---- 12: detection ----


def calls_in(path: Path, names: set[str]) -> set[str]:
    """Return which functions of a name a module calls or imports."""
    tree = ast.walk(ast.parse(path.read_text("utf-8")))
    found = set()
    for node in tree:
        if isinstance(node, ast.Name) and node.id in names:
            found.add(node.id)
        if isinstance(node, ast.Attribute) and node.attr in names:
            found.add(node.attr)
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & names
    return found


@pytest.mark.parametrize("path", READERS, ids=lambda path: str(path.relative_to(SOURCE)))
def test_nothing_runs_by_a_name_from_the_wire(path: Path) -> None:
    """The core and the dialects evaluate nothing, unpickle nothing and import only by names of their own."""
    dangerous = {"eval", "exec", "compile", "__import__", "pickle", "marshal", "yaml", "globals", "import_module"}
    # The table of dialects, and the packages that errata's own modules say they need.
    allowed = {"import_module"} if path.name in ("__init__.py", "_extra.py") else set()
    assert allowed >= calls_in(path, dangerous) - {"compile"}


# A quantifier over something that holds a quantifier, or over alternatives, may go back exponentially.
NESTED = re.compile(r"\([^()]*[*+}][^()]*\)[*+{]|\([^()]*\|[^()]*\)[*+]")


@pytest.mark.parametrize(
    ("pattern", "slow"), [("(a+)+", True), ("(a|ab)*", True), ("(a{1,9})+", True), ("(a|b)c{1,9}", False)]
)
def test_slow_patterns_are_recognised(pattern: str, slow: bool) -> None:
    """The check below knows what it looks for."""
    assert slow == bool(NESTED.search(pattern))


def patterns_in(path: Path) -> list[str]:
    """Return the regular expressions that a module compiles."""
    return [
        node.args[0].value
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    ]


@pytest.mark.parametrize("path", READERS, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_pattern_goes_back(path: Path) -> None:
    """Patterns over what came from the wire have bounded repetitions, and none inside of another."""
    own_names = {"_error.py"}  # works on names of classes
    for pattern in patterns_in(path):
        assert not NESTED.search(pattern)
        assert path.name in own_names or not re.search(r"(?<!\\)[*+]", re.sub(r"\[[^]]*\]", "", pattern))


def test_received_code_makes_no_class() -> None:
    """A code from the wire finds a declared class or none; it never names one."""
    contract = Contract(Catalog([Locked]))
    for code in ("os.system", "errata.Locked", "Locked", "__class__", "locked"):
        error = contract.error(Problem(status=403, code=code))
        assert "PermissionDenied" == type(error).__name__
    assert Locked is type(contract.error(Problem(status=403, code="ACCESS_DENIED")))


def test_pickled_error_needs_no_more_than_its_class() -> None:
    """An error pickles as its class and its parts; no other callable is named."""
    found = re.findall(rb"errata[a-z_.]*", pickle.dumps(InternalError(), protocol=0))
    assert {b"errata._error", b"errata._standard"} >= {name.rstrip(b".") for name in found}
