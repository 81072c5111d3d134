from __future__ import annotations

import cloudflare
import pytest
from cloudflare import Cloudflare
from conftest import Loopback

from errata import Problem, Violation


@pytest.fixture
def client(server: Loopback) -> Cloudflare:
    return Cloudflare(api_token="t1", base_url=server.url, max_retries=0)


def test_numbers_and_texts(server: Loopback, client: Cloudflare) -> None:
    """The client has number, text, link and place of each error."""
    problem = Problem(
        status=400,
        code="1004",
        detail="The record is not valid.",
        help="https://docs.example/1004",
        violations=(Violation(path=("content",), detail="is no address", code="9005"),),
    )
    server.fails(problem, "cloudflare")
    with pytest.raises(cloudflare.BadRequestError) as caught:
        client.zones.get(zone_id="z1")
    error, fault = caught.value.errors
    assert (1004, "The record is not valid.") == (error.code, error.message)
    assert "https://docs.example/1004" == error.documentation_url
    assert (9005, "is no address", "/content") == (fault.code, fault.message, fault.source.pointer)
    assert {"success", "errors", "messages", "result"} == set(caught.value.body)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, cloudflare.AuthenticationError),
        (403, cloudflare.PermissionDeniedError),
        (404, cloudflare.NotFoundError),
        (409, cloudflare.ConflictError),
        (422, cloudflare.UnprocessableEntityError),
        (503, cloudflare.InternalServerError),
    ],
)
def test_statuses(server: Loopback, client: Cloudflare, status: int, expected: type) -> None:
    """Each status raises its own class, with a number and a text."""
    server.fails(Problem(status=status, detail="No."), "cloudflare")
    with pytest.raises(cloudflare.APIStatusError) as caught:
        client.zones.get(zone_id="z1")
    assert expected is type(caught.value)
    (error,) = caught.value.errors
    assert "No." == error.message
    assert isinstance(error.code, int)


def test_rate_limit(server: Loopback, client: Cloudflare) -> None:
    """A 429 becomes a RateLimitError, and the client itself finds the hint."""
    server.fails(Problem(status=429, detail="Slow down.", retry_after=7), "cloudflare")
    with pytest.raises(cloudflare.RateLimitError) as caught:
        client.zones.get(zone_id="z1")
    assert 7.0 == client._parse_retry_after_header(caught.value.response.headers)
