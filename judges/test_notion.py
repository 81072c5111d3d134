from __future__ import annotations

import pytest
from conftest import Loopback
from notion_client import APIErrorCode, APIResponseError, Client

from errata import Problem


@pytest.fixture
def client(server: Loopback) -> Client:
    return Client(auth="secret_1", base_url=server.url, retry=False)


def test_not_found(server: Loopback, client: Client) -> None:
    """A 404 becomes an APIResponseError with code, text and request id."""
    server.fails(Problem(status=404, code="object_not_found", detail="No such page.", trace_id="r1"), "notion")
    with pytest.raises(APIResponseError) as caught:
        client.pages.retrieve("p1")
    error = caught.value
    assert (404, APIErrorCode.ObjectNotFound, "No such page.", "r1") == (
        error.status, error.code, str(error), error.request_id,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, APIErrorCode.ValidationError),
        (401, APIErrorCode.Unauthorized),
        (403, APIErrorCode.RestrictedResource),
        (404, APIErrorCode.ObjectNotFound),
        (409, APIErrorCode.ConflictError),
        (500, APIErrorCode.InternalServerError),
        (503, APIErrorCode.ServiceUnavailable),
    ],
)
def test_codes_by_status(server: Loopback, client: Client, status: int, code: APIErrorCode) -> None:
    """A problem without a code gets one of those that the client knows."""
    server.fails(Problem(status=status, detail="No."), "notion")
    with pytest.raises(APIResponseError) as caught:
        client.pages.retrieve("p1")
    assert (status, code) == (caught.value.status, caught.value.code)


def test_rate_limit(server: Loopback, client: Client) -> None:
    """A 429 has the code of a rate limit, and the hint."""
    server.fails(Problem(status=429, detail="Slow down.", retry_after=7), "notion")
    with pytest.raises(APIResponseError) as caught:
        client.pages.retrieve("p1")
    assert (APIErrorCode.RateLimited, "7") == (caught.value.code, caught.value.headers["retry-after"])
