"""The house rules of a contract: what they may do, and what becomes of an error when they fail."""

import asyncio
import json
import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from errata import Catalog, CatalogError, Contract, Error, NotFound, Problem, RawResponse, Request

SECRET = "hunter2"


class Taken(Error, status=409, code="TAKEN"):
    """The name is in use."""


class Named(Error, status=409, code="NAMED"):
    """A type that needs to be told something."""

    name: str


class DriverError(Exception):
    """What a database driver raises."""


class BrokenKeyError(DriverError):
    """One of its kinds."""


def contract(**parts: Any) -> Contract:
    """Return a contract with a fixed trace id."""
    return Contract(Catalog([Taken, Named]), name="rules", **{"trace_id": lambda _: "t1", **parts})


def told(response: RawResponse) -> tuple[int, Any]:
    """Return status and code of a response that says nothing it must not say."""
    assert SECRET.encode() not in response.body
    return response.status, json.loads(response.body).get("code")


def failing(*_: object) -> Any:
    """Fail as a house rule can."""
    raise RuntimeError(SECRET)


def received(_: object = None) -> Error:
    """Return an error that was received from another API."""
    return Taken.received(Problem(status=409, code="TAKEN", detail=SECRET), object())


def again(error: Exception) -> Error:
    """Raise what was asked about."""
    raise error


def languages(spoken: Callable[..., Any]) -> Any:
    """Return languages made of a function."""
    return SimpleNamespace(spoken=spoken)


# ---- exceptions ----


def test_nearest_class_says_what_an_exception_means() -> None:
    """A foreign exception means what is said of its class, else of the nearest one above."""
    own = contract(exceptions={DriverError: Taken, Exception: lambda error: Named(name=type(error).__name__)})
    assert [(409, "TAKEN"), (409, "NAMED")] == [told(own.respond(each)) for each in (BrokenKeyError(), ValueError())]


NONSENSE: dict[str, Callable[..., Any]] = {
    "fails": failing,
    "text": lambda *_: SECRET,
    "class": lambda *_: Taken,
    "nothing": lambda *_: None,
}
each_nonsense = pytest.mark.parametrize("rule", NONSENSE.values(), ids=NONSENSE)


@pytest.mark.parametrize("meaning", [*NONSENSE.values(), again], ids=[*NONSENSE, "again"])
def test_meaning_that_is_none_leaves_a_failure(meaning: Any) -> None:
    """A function that fails, or answers with something else than an error, leaves a failure that says nothing."""
    assert (500, None) == told(contract(exceptions={DriverError: meaning}).respond(DriverError(SECRET)))


def test_received_error_is_a_bad_gateway_whoever_hands_it_on() -> None:
    """An error of another API says nothing here either when a function unpacks it from an exception."""
    assert (502, None) == told(contract(exceptions={DriverError: received}).respond(DriverError()))


@pytest.mark.parametrize(("meaning", "said"), [(Named, "name"), (ValueError, "no type"), ("x", "'x'")], ids=str)
def test_meaning_that_cannot_be_made_is_refused(meaning: Any, said: str) -> None:
    """A type that needs parameters, or what is no type of an error, is told when the contract is made."""
    with pytest.raises(CatalogError, match=f"DriverError.*{said}"):
        contract(exceptions={DriverError: meaning})


# ---- select ----


def test_contract_that_is_selected_answers() -> None:
    """The contract picked for a request has the last word: what it would select itself is not asked."""
    second = contract(select=lambda _: contract(), exceptions={DriverError: Taken})
    first = contract(select=lambda _: second)
    assert (409, "TAKEN") == told(first.respond(DriverError()))


@each_nonsense
def test_selection_that_is_none_leaves_the_contract(rule: Any) -> None:
    """A function that fails, or picks something else, leaves the contract itself."""
    assert (409, "TAKEN") == told(contract(select=rule).respond(Taken()))


# ---- languages ----


@each_nonsense
def test_translation_that_fails_leaves_the_text(rule: Any) -> None:
    """What comes back as no problem with its language leaves the one there was, of its own status."""
    assert (404, None) == told(contract(languages=languages(rule)).respond(NotFound()))


def test_language_is_chosen_once(caplog: pytest.LogCaptureFixture) -> None:
    """One response has one language, so that a choice that fails is logged once."""
    response = contract(languages=languages(failing)).respond(NotFound())
    assert 404 == response.status
    assert {"content-language", "vary"}.isdisjoint(response.headers)
    assert ["contract rules: languages failed (RuntimeError)"] == [r.getMessage() for r in caplog.records]


def test_problem_that_nobody_translates_has_no_language() -> None:
    """A problem that was given is sent as it is, and nothing is said of its language."""
    response = contract(languages=languages(failing)).respond(Problem(status=404, title="Weg"))
    assert "content-language" not in response.headers


def test_language_that_was_spoken_is_told() -> None:
    """The header field names the language that the texts came back in; the log has the declared title."""
    german = contract(languages=languages(lambda problem, *_: (problem.replace(title="Weg"), "de")))
    response = german.respond(NotFound())
    assert ("de", "Accept-Language") == (response.headers["content-language"], response.headers["vary"])
    assert b"Weg" in response.body


# ---- observe ----


Seen = list[tuple[int | None, type]]


def observing(seen: Seen, **parts: Any) -> Contract:
    """Return a contract that notes what its observer is told."""
    return contract(**parts, observe=lambda problem, error, _: seen.append((problem.status, type(error))))


@pytest.mark.parametrize(
    ("parts", "error", "status"),
    [
        pytest.param({}, Taken(), 409, id="declared"),
        pytest.param({}, ValueError(), 500, id="bug"),
        pytest.param({"negotiation": "strict"}, Taken(), 406, id="not acceptable"),
        pytest.param({}, Error(Problem(status=999)), 500, id="no status"),
        pytest.param({"adapt": failing}, NotFound(), 500, id="last resort"),
        pytest.param({"adapt": failing}, Taken(), 409, id="last resort, declared"),
    ],
)
def test_observer_is_told_once_what_was_sent(parts: dict[str, Any], error: Exception, status: int) -> None:
    """Whatever becomes of an error, its observer hears of the status that the client sees."""
    seen: Seen = []
    response = observing(seen, **parts).respond(error, Request(headers={"accept": "image/png"}))
    assert [(status, type(error))] == seen
    assert status == response.status


def test_observer_that_fails_changes_nothing() -> None:
    """What an observer raises is suppressed."""
    assert (409, "TAKEN") == told(contract(observe=failing).respond(Taken()))


# ---- all of them ----


RULES = ["adapt", "choose_format", "exceptions", "observe", "select", "trace_id"]


@pytest.mark.parametrize("order", [KeyboardInterrupt, SystemExit, asyncio.CancelledError, GeneratorExit])
@pytest.mark.parametrize("rule", RULES)
def test_orders_to_stop_pass(rule: str, order: type[BaseException]) -> None:
    """What a house rule is interrupted by is no failure of the rule."""

    def stop(*_: object) -> Any:
        raise order

    parts: dict[str, Any] = {rule: {DriverError: stop} if rule == "exceptions" else stop}
    with pytest.raises(order):
        contract(**parts).respond(DriverError())


# ---- what is logged ----


def test_last_resort_is_logged_under_its_trace_id(caplog: pytest.LogCaptureFixture) -> None:
    """The answer that is left when a house rule fails can be found in the log too."""
    body = json.loads(contract(adapt=failing).respond(NotFound()).body)
    assert body["traceId"] in caplog.text


@pytest.mark.parametrize("end", ["\r\n", "\x85", "\u2028"], ids=["CRLF", "NEL", "LS"])
def test_no_record_is_forged(end: str, caplog: pytest.LogCaptureFixture) -> None:
    """Trace ids, codes and titles that come from outside cannot begin a line of the log."""
    forged = f"t{end}500 GET '/admin'"
    caplog.set_level(logging.INFO, "errata")
    contract(trace_id=lambda _: forged).respond(Problem(status=404, title=forged))
    contract().respond(Problem(status=404, code=forged))
    assert [1, 1] == [len(record.getMessage().splitlines()) for record in caplog.records]
