from __future__ import annotations

import pytest
import tweepy
from conftest import Detour, Loopback

from errata import Problem, Violation


@pytest.fixture
def client(detour: Detour) -> tweepy.Client:
    client = tweepy.Client(bearer_token="t1")
    client.session.mount("https://", detour)
    return client


def test_faults(server: Loopback, client: tweepy.Client) -> None:
    """The client shows the text of each fault."""
    faults = (Violation(path=("ids",), location="query", detail="`ids` is blank"),)
    server.fails(Problem(status=400, title="Invalid Request", detail="One fault.", violations=faults), "twitter")
    with pytest.raises(tweepy.BadRequest) as caught:
        client.get_tweet("1")
    assert ["`ids` is blank"] == caught.value.api_messages
    assert [["ids"]] == [list(e["parameters"]) for e in caught.value.api_errors]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, tweepy.Unauthorized),
        (403, tweepy.Forbidden),
        (404, tweepy.NotFound),
        (503, tweepy.TwitterServerError),
    ],
)
def test_statuses(server: Loopback, client: tweepy.Client, status: int, expected: type) -> None:
    """Each status raises its own class, with the text."""
    server.fails(Problem(status=status, detail="No."), "twitter")
    with pytest.raises(tweepy.HTTPException) as caught:
        client.get_tweet("1")
    assert expected is type(caught.value)
    assert ["No."] == caught.value.api_messages


def test_rate_limit(server: Loopback, client: tweepy.Client) -> None:
    """A 429 becomes TooManyRequests, with the hint in its headers."""
    server.fails(Problem(status=429, detail="Slow down.", retry_after=7), "twitter")
    with pytest.raises(tweepy.TooManyRequests) as caught:
        client.get_tweet("1")
    assert "7" == caught.value.response.headers["retry-after"]
