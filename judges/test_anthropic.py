from __future__ import annotations

import anthropic
import pytest
from conftest import Loopback

from errata import Problem


@pytest.fixture
def client(server: Loopback) -> anthropic.Anthropic:
    return anthropic.Anthropic(api_key="sk-1", base_url=server.url, max_retries=0)


def test_not_found(server: Loopback, client: anthropic.Anthropic) -> None:
    """A 404 becomes a NotFoundError with type, text and request id."""
    server.fails(Problem(status=404, code="not_found_error", detail="No such model.", trace_id="req_5"), "anthropic")
    with pytest.raises(anthropic.NotFoundError) as caught:
        client.models.retrieve("m1")
    error = caught.value
    assert (404, "req_5", "not_found_error") == (error.status_code, error.request_id, error.type)
    assert {"type": "not_found_error", "message": "No such model."} == error.body["error"]
    assert "error" == error.body["type"]


@pytest.mark.parametrize(
    ("status", "expected", "type_"),
    [
        (400, anthropic.BadRequestError, "invalid_request_error"),
        (401, anthropic.AuthenticationError, "authentication_error"),
        (403, anthropic.PermissionDeniedError, "permission_error"),
        (413, anthropic.APIStatusError, "request_too_large"),
        (500, anthropic.InternalServerError, "api_error"),
        (529, anthropic.APIStatusError, "overloaded_error"),
    ],
)
def test_statuses(server: Loopback, client: anthropic.Anthropic, status: int, expected: type, type_: str) -> None:
    """A problem without a code gets the type that the client knows for its status."""
    server.fails(Problem(status=status, detail="No."), "anthropic")
    with pytest.raises(expected) as caught:
        client.models.retrieve("m1")
    assert (status, type_) == (caught.value.status_code, caught.value.type)


def test_rate_limit(server: Loopback, client: anthropic.Anthropic) -> None:
    """A 429 becomes a RateLimitError, and the client itself finds the hint."""
    server.fails(Problem(status=429, detail="Slow down.", retry_after=7), "anthropic")
    with pytest.raises(anthropic.RateLimitError) as caught:
        client.models.retrieve("m1")
    assert "rate_limit_error" == caught.value.type
    assert 7.0 == client._parse_retry_after_header(caught.value.response.headers)
