from __future__ import annotations

import pytest
from conftest import Detour, Loopback
from twilio.base.exceptions import TwilioRestException, TwilioServiceException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from errata import Problem, Violation


@pytest.fixture
def client(detour: Detour) -> Client:
    http = TwilioHttpClient()
    assert http.session is not None
    http.session.mount("https://", detour)
    return Client("AC1", "t1", http_client=http)


def test_code_and_text(server: Loopback, client: Client) -> None:
    """A failure becomes a TwilioRestException with status, number and text."""
    server.fails(
        Problem(status=404, code="20404", detail="No such message.", help="https://docs.example/20404"), "twilio"
    )
    with pytest.raises(TwilioRestException) as caught:
        client.messages("SM1").fetch()
    error = caught.value
    assert (404, 20404) == (error.status, error.code)
    assert "No such message." in error.msg


def test_rate_limit(server: Loopback, client: Client) -> None:
    """A 429 without a code has the number that the vendor gives it."""
    server.fails(Problem(status=429, detail="Slow down.", retry_after=7), "twilio")
    with pytest.raises(TwilioRestException) as caught:
        client.messages("SM1").fetch()
    assert (429, 20429) == (caught.value.status, caught.value.code)


def test_problem_details(server: Loopback, client: Client) -> None:
    """The client's reader of RFC 9457 takes the dialect `problem`, violations included."""
    problem = Problem(
        status=422,
        code="20422",
        type="https://errors.example/20422",
        title="Not valid",
        detail="Two faults.",
        instance="/messages/1",
        violations=(Violation(path=("to",), detail="is blank"), Violation(path=("media", 0), detail="is too large")),
    )
    server.fails(problem, "problem")
    with pytest.raises(TwilioServiceException) as caught:
        client.messages("SM1").fetch()
    error = caught.value
    assert (422, "20422", "https://errors.example/20422") == (error.status, error.code, error.type)
    assert ("Not valid", "Two faults.", "/messages/1") == (error.title, error.detail, error.instance)
    assert [("#/to", "is blank"), ("#/media/0", "is too large")] == [(e["pointer"], e["detail"]) for e in error.errors]
