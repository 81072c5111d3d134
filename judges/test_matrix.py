from __future__ import annotations

import asyncio

import pytest
from conftest import Loopback
from nio import AsyncClient, AsyncClientConfig, WhoamiError

from errata import Problem


def whoami(server: Loopback) -> WhoamiError:
    """Return the error that the client answers a call with; it raises none."""

    async def ask() -> object:
        client = AsyncClient(server.url, "@bed:example", config=AsyncClientConfig(max_limit_exceeded=0, max_timeouts=0))
        client.access_token = "t1"
        try:
            return await client.whoami()
        finally:
            await client.close()

    answer = asyncio.run(ask())
    assert isinstance(answer, WhoamiError)
    return answer


def test_code_and_text(server: Loopback) -> None:
    """A failure is an error object with code and text."""
    server.fails(Problem(status=401, code="M_UNKNOWN_TOKEN", detail="The token is old."), "matrix")
    error = whoami(server)
    assert ("M_UNKNOWN_TOKEN", "The token is old.") == (error.status_code, error.message)


@pytest.mark.parametrize(
    ("status", "code"), [(401, "M_UNKNOWN_TOKEN"), (403, "M_FORBIDDEN"), (404, "M_NOT_FOUND"), (500, "M_UNKNOWN")]
)
def test_codes_by_status(server: Loopback, status: int, code: str) -> None:
    """A problem without a code gets one of the standard."""
    server.fails(Problem(status=status, detail="No."), "matrix")
    error = whoami(server)
    assert (code, "No.") == (error.status_code, error.message)


def test_rate_limit(server: Loopback) -> None:
    """The hint of a rate limit is an integer of milliseconds, as the client's schema demands."""
    server.fails(Problem(status=429, detail="Slow down.", retry_after=1.5), "matrix")
    error = whoami(server)
    assert ("M_LIMIT_EXCEEDED", 1500) == (error.status_code, error.retry_after_ms)
