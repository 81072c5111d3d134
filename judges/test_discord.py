from __future__ import annotations

import asyncio

import discord
import pytest
from conftest import Loopback
from discord.http import HTTPClient, Route

from errata import Problem, RawResponse, Violation, render


@pytest.fixture(autouse=True)
def at_loopback(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Route, "BASE", server.url)


def _ask() -> None:
    """Ask for a channel, by the client's own HTTP layer."""

    async def ask() -> None:
        client = HTTPClient(asyncio.get_running_loop(), max_ratelimit_timeout=1.0)
        try:
            await client.static_login("t1")
        finally:
            await client.close()

    asyncio.run(ask())


def test_tree_of_faults(server: Loopback) -> None:
    """The client flattens the tree of faults, and has the number."""
    faults = (
        Violation(path=("embeds", 0, "title"), detail="is blank", code="BASE_TYPE_REQUIRED"),
        Violation(path=("content",), detail="is too long", code="BASE_TYPE_MAX_LENGTH"),
    )
    server.fails(Problem(status=400, code="50035", detail="Invalid form.", violations=faults), "discord")
    with pytest.raises(discord.HTTPException) as caught:
        _ask()
    assert (400, 50035) == (caught.value.status, caught.value.code)
    assert ["Invalid form.", "In embeds.0.title: is blank", "In content: is too long"] == caught.value.text.split("\n")


@pytest.mark.parametrize(
    ("status", "expected"), [(403, discord.Forbidden), (404, discord.NotFound), (503, discord.DiscordServerError)]
)
def test_statuses(server: Loopback, status: int, expected: type) -> None:
    """Each status raises its own class; without a number the code is 0."""
    server.fails(Problem(status=status, detail="No."), "discord")
    with pytest.raises(discord.HTTPException) as caught:
        _ask()
    assert expected is type(caught.value)
    assert (status, 0, "No.") == (caught.value.status, caught.value.code, caught.value.text)


def test_rate_limit(server: Loopback) -> None:
    """A 429 that came by the vendor's proxies raises the hint of its body; a shorter one the client would sit out."""
    limited = render(Problem(status=429, detail="Slow down.", retry_after=90.5), "discord")
    server.answers(RawResponse(limited.status, {**limited.headers, "via": "1.1 edge"}, limited.body))
    with pytest.raises(discord.RateLimited) as caught:
        _ask()
    assert 90.5 == caught.value.retry_after
