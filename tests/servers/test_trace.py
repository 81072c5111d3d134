"""One trace id for the response, its header field and the log; and what becomes of a bad one."""

import re
from collections.abc import Callable
from typing import Final

import pytest
from starlette.responses import PlainTextResponse

from errata import CatalogError, Contract, Error, Problem, Request
from errata.contracts import axway
from errata.servers.asgi import install
from tests.servers.wire import App, call
from tests.servers.worlds import FRAMEWORKS, SITUATIONS, TRACE, CaseClosed, members, plain, raising

Build = Callable[[Contract, Callable[[], None]], App]
each_framework = pytest.mark.parametrize("build", FRAMEWORKS.values(), ids=FRAMEWORKS)

GIVEN: Final = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT: Final = f"00-{GIVEN}-00f067aa0ba902b7-01"
own: Final = Contract(plain.catalog, trace_header="X-Trace")
closed: Final = raising(CaseClosed(days=3))

PARENTS: Final[dict[str, tuple[list[str], bool]]] = {
    "valid": ([PARENT], True),
    "not sampled": ([PARENT[:-2] + "00"], True),
    "a later version": (["cc" + PARENT[2:] + "-what-the-future-brings"], True),
    "none": ([], False),
    "empty": ([""], False),
    "all zeros": (["00-" + "0" * 32 + "-00f067aa0ba902b7-01"], False),
    "no parent": ([f"00-{GIVEN}-0000000000000000-01"], False),
    "twice": ([PARENT, PARENT], False),
    "two different": ([PARENT, PARENT.replace("4", "5")], False),
    "capitals": ([PARENT.upper()], False),
    "too short": ([PARENT[:-1]], False),
    "too long": ([PARENT + "-00"], False),
    "version ff": (["ff" + PARENT[2:]], False),
    "letters": ([PARENT.replace("4", "g")], False),
    "garbage": (["\x01\x02<script>"], False),
    "10 kB": (["0" * 10_000], False),
}


@each_framework
@pytest.mark.parametrize(("sent_in", "taken"), PARENTS.values(), ids=PARENTS)
def test_valid_traceparents_give_the_id(build: Build, sent_in: list[str], taken: bool) -> None:
    """The id of a valid `traceparent` is taken; else there is a new one, and nothing of the bad one comes back."""
    sent = call(build(own, closed), "/fail", headers=[("traceparent", value) for value in sent_in])
    trace_id = sent.headers["x-trace"]
    assert members(sent.body)["traceId"] == trace_id
    assert taken == (trace_id == GIVEN)
    assert re.fullmatch("(?!0{32})[0-9a-f]{32}", trace_id)
    assert taken or not [v for v in sent_in if v and v.encode("latin-1") in sent.everything]


@each_framework
def test_every_error_has_an_id_of_its_own(build: Build) -> None:
    """New ids do not repeat."""
    app = build(own, closed)
    assert 20 == len({call(app, "/fail").headers["x-trace"] for _ in range(20)})


@each_framework
def test_without_a_name_there_is_no_header_field(build: Build) -> None:
    """The id is in the body alone, unless the contract names a field."""
    sent = call(build(plain, closed), "/fail")
    assert TRACE not in [value for _, value in sent.fields]
    assert TRACE == members(sent.body)["traceId"]


@each_framework
@pytest.mark.parametrize("header", [None, "X-Troubleshooting-ID"])
def test_trace_always_is_on_every_response(build: Build, header: str | None) -> None:
    """Success, unknown address, own errors and bugs carry one field each; on errors it is the id of the body."""
    contract = Contract(plain.catalog, trace_always=True, trace_header=header)
    name = (header or "X-Trace-Id").lower()
    for fail in (closed, SITUATIONS["a bug"].fail):
        sent = call(build(contract, fail), "/fail")
        assert members(sent.body)["traceId"] == sent.headers[name]
    for path in ("/", "/none"):
        sent = call(build(contract, closed), path, headers={"traceparent": PARENT})
        assert GIVEN == sent.headers[name]


def test_an_id_of_the_applications_own_stays() -> None:
    """A response that has the field already keeps it, in whatever letters it is written."""

    async def app(scope: object, receive: object, send: object) -> None:
        await PlainTextResponse("x", headers={"x-TRACE": "mine"})(scope, receive, send)  # type: ignore[arg-type]

    assert "mine" == call(install(app, own.replace(trace_always=True)), "/").headers["x-trace"]


@each_framework
@pytest.mark.parametrize(
    ("made", "sent_out"),
    [
        ("a\r\nset-cookie: a=b", "a??set-cookie: a=b"),
        ("a\0b", "a?b"),
        (" padded\t", "padded"),
        ("\N{SNOWMAN}", "?"),
        ("x" * 5000, "x" * 1000),
    ],
)
@pytest.mark.parametrize("path", ["/", "/fail"])
def test_ids_cannot_break_the_message(build: Build, made: str, sent_out: str, path: str) -> None:
    """An id made from what a client sent is cleaned for the header field, on errors and on successes."""
    contract = own.replace(trace_id=lambda _: made, trace_always=True)
    sent = call(build(contract, closed), path)
    assert sent_out == sent.headers["x-trace"]
    assert "set-cookie" not in sent.headers


@each_framework
def test_an_id_that_cannot_be_made_spoils_no_success(build: Build) -> None:
    """If the maker of ids fails, a success goes without; an error stays what it is, under an id of our own."""

    def fails(_: Request) -> str:
        raise ZeroDivisionError("hunter2")

    app = build(own.replace(trace_id=fails, trace_always=True), closed)
    sent = call(app, "/")
    assert (200, b"hello", None) == (sent.status, sent.body, sent.headers.get("x-trace"))
    sent = call(app, "/fail")
    assert (403, "CASE_CLOSED") == (sent.status, members(sent.body)["code"])
    assert re.fullmatch("[0-9a-f]{32}", members(sent.body)["traceId"])
    assert b"hunter2" not in sent.everything


@each_framework
def test_an_id_that_the_problem_has_is_kept(build: Build) -> None:
    """A problem that has an id already keeps it, in the body and in the field."""
    sent = call(build(own, raising(Error(Problem(status=404, trace_id="abc")))), "/fail")
    assert ("abc", "abc") == (sent.headers["x-trace"], members(sent.body)["traceId"])


@each_framework
def test_a_founding_contract_names_its_own_field(build: Build) -> None:
    """Axway sends its id on every response, in a field of its own, and in no body."""
    sent = call(build(axway.contract, closed), "/fail")
    assert re.fullmatch("[0-9a-f]{24}", sent.headers["x-troubleshooting-id"])
    assert sent.headers["x-troubleshooting-id"].encode() not in sent.body
    assert "x-troubleshooting-id" in call(build(axway.contract, closed), "/").headers


@pytest.mark.parametrize("name", ["X Trace", "X-Trace:", "", "X\r\nY"])
def test_a_bad_field_name_is_refused_when_declared(name: str) -> None:
    """A name that cannot stand on the wire is a mistake in the contract, told at once."""
    with pytest.raises(CatalogError, match="no name of a header field"):
        own.replace(trace_header=name)
