"""The same situations in every framework: the same bytes, the same header fields."""

from collections.abc import Callable
from typing import Any

import pytest

from errata import Contract
from errata.contracts import axway, usta
from tests.servers.wire import App, call
from tests.servers.worlds import ADOPTED, FRAMEWORKS, SITUATIONS, Situation, adopting, members, plain

Build = Callable[[Contract, Callable[[], None]], App]

SAFE = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
each_framework = pytest.mark.parametrize("build", FRAMEWORKS.values(), ids=FRAMEWORKS)


def each(table: Any) -> pytest.MarkDecorator:
    """Return the marker that runs a test for each row of a table."""
    return pytest.mark.parametrize("situation", table.values(), ids=table)


@each_framework
@each(SITUATIONS)
def test_situations_have_one_answer_everywhere(build: Build, situation: Situation) -> None:
    """Status, members and header fields are those of the table, with nothing beside them."""
    sent = call(build(plain, situation.fail), "/fail")
    assert situation.status == sent.status
    assert situation.body == members(sent.body)
    expected = {
        **SAFE, **situation.headers,
        "content-type": "application/problem+json", "content-length": str(len(sent.body)),
    }  # fmt: skip
    assert expected == sent.headers


@each_framework
@each(ADOPTED)
def test_standard_errors_are_said_as_the_contracts_own_types(build: Build, situation: Situation) -> None:
    """A fallback takes the errors of its class and of those below it; own types stay as they are."""
    sent = call(build(adopting, situation.fail), "/fail")
    assert (situation.status, situation.body) == (sent.status, members(sent.body))


@pytest.mark.parametrize("contract", [plain, adopting, axway.contract, usta.contract], ids=lambda c: c.name)
@each(SITUATIONS)
def test_frameworks_differ_in_no_byte(contract: Contract, situation: Situation) -> None:
    """Whatever the contract, its answer does not tell which framework stands behind it."""
    fixed = contract.replace(trace_id=plain.trace_id)
    answers = [call(build(fixed, situation.fail), "/fail") for build in FRAMEWORKS.values()]
    assert 1 == len({(a.status, a.body, tuple(sorted(a.fields))) for a in answers})


@each_framework
@each(SITUATIONS)
def test_head_gets_the_header_fields_alone(build: Build, situation: Situation) -> None:
    """HEAD is answered as GET is, with the length of the body but without the body."""
    app = build(plain, situation.fail)
    got, head = call(app, "/fail"), call(app, "/fail", method="HEAD")
    assert (got.status, got.headers, b"") == (head.status, head.headers, head.body)


@each_framework
@each(SITUATIONS)
def test_errors_are_logged_once_under_the_trace_id_of_the_response(
    build: Build, situation: Situation, caplog: pytest.LogCaptureFixture
) -> None:
    """One record per error: server faults as errors with the traceback, the others as infos without."""
    caplog.set_level("INFO", logger="errata")
    sent = call(build(plain.replace(trace_header="x-trace"), situation.fail), "/fail")
    (record,) = [r for r in caplog.records if r.name == "errata"]
    assert sent.headers["x-trace"] == record.__dict__["problem"]["trace_id"]
    assert sent.headers["x-trace"] in record.getMessage()
    fault = situation.status >= 500
    assert ("ERROR" if fault else "INFO", fault) == (record.levelname, bool(record.exc_info))
    assert ("Traceback" in caplog.text) == fault


@each_framework
def test_logs_have_internal_parameters_and_no_secret_ones(build: Build, caplog: pytest.LogCaptureFixture) -> None:
    """An internal parameter is for the log; a secret one is for nobody."""
    caplog.set_level("INFO", logger="errata")
    call(build(plain, SITUATIONS["internal and secret parameters"].fail), "/fail")
    (record,) = [r for r in caplog.records if r.name == "errata"]
    assert {"number": 7, "owner": "mrs-b-owner"} == record.__dict__["problem"]["params"]
    assert "secret-token" not in repr(record.__dict__) + caplog.text


@each_framework
def test_the_application_works_on_beside_its_errors(build: Build) -> None:
    """What does not fail is answered as without a contract."""
    sent = call(build(plain, SITUATIONS["a bug"].fail), "/")
    assert (200, b"hello") == (sent.status, sent.body)
    assert {"content-length": "5", "content-type": "text/plain; charset=utf-8"} == sent.headers
