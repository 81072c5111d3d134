"""Which format an error leaves in: the same decision in every framework, and never an empty answer."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest

import errata
from errata import Catalog, Contract, Error, Request
from errata.contracts import netmri
from tests.servers.wire import App, Exchange, call
from tests.servers.worlds import FRAMEWORKS, TRACE, CaseClosed, members, plain, raise_bug, raising

Build = Callable[[Contract, Callable[[], None]], App]
each_framework = pytest.mark.parametrize("build", FRAMEWORKS.values(), ids=FRAMEWORKS)

JSON: Final = "application/problem+json"
XML: Final = "application/problem+xml"
both: Final = plain.replace(also=("problem-xml",))
strict: Final = both.replace(negotiation="strict")
off: Final = both.replace(negotiation="off")

# An `Accept` field; what a lenient contract answers; whether a strict one refuses.
ACCEPTS: Final[Mapping[str, tuple[str | None, str, bool]]] = {
    "none": (None, JSON, False),
    "empty": ("", JSON, False),
    "anything": ("*/*", JSON, False),
    "any application": ("application/*", JSON, False),
    "json": ("application/json", JSON, False),
    "problem+json": (JSON, JSON, False),
    "xml": ("application/xml", XML, False),
    "problem+xml": (XML, XML, False),
    "problem+xml in capitals": (XML.upper(), XML, False),
    "with parameters": (f"{XML};charset=utf-8;q=0.5", XML, False),
    "weights": (f"{JSON};q=0.1, {XML};q=0.9", XML, False),
    "weights, other way": (f"{XML};q=0.1, {JSON};q=0.9", JSON, False),
    "equal weights": (f"{XML}, {JSON}", JSON, False),
    "rather xml": ("*/*;q=0.1, application/xml", XML, False),
    "anything but json": ("application/json;q=0, */*", XML, False),
    "a browser": ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", XML, False),
    "html": ("text/html", JSON, True),
    "images": ("image/png, image/*;q=0.8", JSON, True),
    "nothing at all": ("*/*;q=0", JSON, True),
    "only what is not there": ("application/json;q=0, application/xml;q=0", JSON, True),
    "a bad weight": (f"{XML};q=high, {JSON};q=0.1", JSON, False),
    "no number": (f"{XML};q=nan, {JSON};q=0.1", JSON, False),
    "beyond one": (f"{XML};q=7", XML, False),
    "garbage": ("\x01\x02 ;;;,,,///", JSON, False),
    "no slash": ("json", JSON, False),
    "half a type": ("application/", JSON, False),
    "10 kB of garbage": ("x" * 10_000, JSON, False),
    "10 kB of commas": ("," * 10_000, JSON, False),
    "10 kB of types": (", ".join(["a/b"] * 2000), JSON, True),
    "latin-1": ("application/\xfc", JSON, True),
}
each_accept = pytest.mark.parametrize(("accept", "chosen", "refused"), ACCEPTS.values(), ids=ACCEPTS)


def answer(build: Build, contract: Contract, accept: str | None, fail: Callable[[], None] | None = None) -> Exchange:
    """Return the answer to an error, asked for with an `Accept` field."""
    fields = {} if accept is None else {"accept": accept}
    return call(build(contract, fail or raising(CaseClosed(days=3))), "/fail", headers=fields)


@each_framework
@each_accept
def test_lenient_contracts_always_answer(build: Build, accept: str | None, chosen: str, refused: bool) -> None:
    """`Accept` chooses; whoever accepts nothing offered, or says nothing readable, gets the default."""
    sent = answer(build, both, accept)
    assert (403, chosen, "Accept") == (sent.status, sent.headers["content-type"], sent.headers["vary"])
    assert b"The case has been closed for more than 3 days." in sent.body


@each_framework
@each_accept
def test_strict_contracts_refuse_what_they_cannot_serve(
    build: Build, accept: str | None, chosen: str, refused: bool
) -> None:
    """Whoever accepts nothing offered gets a 406, written in the default dialect."""
    sent = answer(build, strict, accept)
    assert (406 if refused else 403, chosen, "Accept") == (
        sent.status, sent.headers["content-type"], sent.headers["vary"],
    )  # fmt: skip
    if refused:
        assert {"title": "Not Acceptable", "status": 406, "traceId": TRACE} == members(sent.body)


@each_framework
@each_accept
def test_contracts_that_do_not_negotiate_have_one_format(
    build: Build, accept: str | None, chosen: str, refused: bool
) -> None:
    """With the policy off, the default dialect is the only one, and nothing varies."""
    sent = answer(build, off, accept)
    assert (403, JSON, None) == (sent.status, sent.headers["content-type"], sent.headers.get("vary"))


@each_framework
def test_the_servers_own_failure_is_never_a_406(build: Build) -> None:
    """A 500 stays one for a client that accepts nothing offered: it is the server that must know."""
    sent = answer(build, strict, "image/png", raise_bug)
    assert (500, JSON) == (sent.status, sent.headers["content-type"])
    busy = raising(errata.Unavailable(errata.Problem(status=503, retry_after=7)))
    sent = answer(build, strict, "image/png", busy)
    assert (503, "7") == (sent.status, sent.headers["retry-after"])


@each_framework
def test_a_406_is_said_as_the_contract_says_it(build: Build, caplog: pytest.LogCaptureFixture) -> None:
    """The refusal is one of the contract's own types if it names one; the log tells what happened before."""

    class Formatless(Error, status=406, code="NO_FORMAT"):
        """No format fits."""

    caplog.set_level("INFO", logger="errata")
    named = Contract(
        Catalog([CaseClosed, Formatless]), also=("problem-xml",), negotiation="strict",
        fallbacks={errata.NotAcceptable: Formatless},
    )  # fmt: skip
    sent = answer(build, named, "image/png")
    assert (406, "NO_FORMAT") == (sent.status, members(sent.body)["code"])
    (record,) = [r for r in caplog.records if r.name == "errata"]
    assert ("CASE_CLOSED", members(sent.body)["traceId"]) == (
        record.__dict__["problem"]["code"], record.__dict__["problem"]["trace_id"],
    )  # fmt: skip


@each_framework
@pytest.mark.parametrize("number", [1, 2, 3])
def test_repeated_accept_fields_are_one(build: Build, number: int) -> None:
    """A client may send the field several times."""
    fields = [("accept", "text/html")] * number + [("accept", XML)]
    sent = call(build(both, raising(CaseClosed(days=3))), "/fail", headers=fields)
    assert XML == sent.headers["content-type"]


@each_framework
def test_one_format_does_not_vary(build: Build) -> None:
    """Where there is nothing to choose, caches need not tell requests apart."""
    assert "vary" not in answer(build, plain, XML).headers


@each_framework
def test_house_rules_go_before_accept(build: Build) -> None:
    """A format chosen by the request's path is taken, also by a strict contract; an unknown one is the default."""

    def by_path(request: Request) -> str | None:
        return request.headers.get("x-format")

    contract = netmri.contract.replace(choose_format=by_path, negotiation="strict", fallbacks={})
    fail = raising(errata.NotFound())
    for given, expected in [("xml", "application/xml"), ("json", "application/json"), ("pdf", "application/json")]:
        fields = {"x-format": given, "accept": "image/png"}
        sent = call(build(contract, fail), "/fail", headers=fields)
        assert (404, expected) == (sent.status, sent.headers["content-type"])


@each_framework
def test_head_and_negotiation_go_together(build: Build) -> None:
    """HEAD has the header fields of the format that GET would have got."""
    app = build(both, raising(CaseClosed(days=3)))
    got, head = (call(app, "/fail", method=method, headers={"accept": XML}) for method in ("GET", "HEAD"))
    assert (got.headers, b"") == (head.headers, head.body)
    assert XML == head.headers["content-type"]


def test_formats_are_made_for_every_situation() -> None:
    """XML says what JSON says."""
    sent = answer(FRAMEWORKS["asgi"], both, XML)
    for text in (b"CASE_CLOSED", b"403", TRACE.encode(), b"<days>3</days>", b"urn:ietf:rfc:7807"):
        assert text in sent.body


@pytest.mark.parametrize("contract", [both, strict, off])
def test_bad_requests_are_negotiated_in_no_time(contract: Contract) -> None:
    """However long the field is, only its start is looked at."""
    request: Any = Request("GET", "/", {"accept": ", ".join(["text/html;q=0.5"] * 100_000 + [XML])})
    assert JSON == contract.respond(CaseClosed(days=3), request).headers["content-type"]
