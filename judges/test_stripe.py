from __future__ import annotations

import pytest
import stripe
from conftest import Loopback

from errata import Problem, Violation


@pytest.fixture
def client(server: Loopback) -> stripe.StripeClient:
    return stripe.StripeClient(
        "sk_test_1", base_addresses={"api": server.url}, max_network_retries=0, http_client=stripe.RequestsClient()
    )


def test_declined_card(server: Loopback, client: stripe.StripeClient) -> None:
    """A 402 becomes a CardError with code, parameter, text and request id."""
    problem = Problem(
        status=402,
        code="expired_card",
        detail="The card has expired.",
        violations=(Violation(path=("exp_month",), detail="The card has expired."),),
        trace_id="req_77",
        help="https://docs.example/expired-card",
    )
    server.fails(problem, "stripe")
    with pytest.raises(stripe.CardError) as caught:
        client.v1.charges.retrieve("ch_1")
    error = caught.value
    assert (402, "expired_card", "exp_month", "req_77") == (
        error.http_status,
        error.code,
        error.param,
        error.request_id,
    )
    assert "The card has expired." == error.user_message
    assert "https://docs.example/expired-card" == error.error.doc_url
    assert "card_error" == error.error.type


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, stripe.InvalidRequestError),
        (401, stripe.AuthenticationError),
        (403, stripe.PermissionError),
        (404, stripe.InvalidRequestError),
        (500, stripe.APIError),
    ],
)
def test_statuses(server: Loopback, client: stripe.StripeClient, status: int, expected: type) -> None:
    """Each status raises its own class, with the text."""
    server.fails(Problem(status=status, detail="No."), "stripe")
    with pytest.raises(stripe.StripeError) as caught:
        client.v1.charges.retrieve("ch_1")
    assert expected is type(caught.value)
    assert (status, "No.") == (caught.value.http_status, caught.value.user_message)


def test_rate_limit(server: Loopback, client: stripe.StripeClient) -> None:
    """A 429 becomes a RateLimitError, and the hint is in its headers."""
    server.fails(Problem(status=429, code="rate_limit", detail="Slow down.", retry_after=7), "stripe")
    with pytest.raises(stripe.RateLimitError) as caught:
        client.v1.charges.retrieve("ch_1")
    assert "7" == caught.value.headers["retry-after"]
    assert 1 == len(server.requests)
