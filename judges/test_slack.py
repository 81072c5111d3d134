from __future__ import annotations

import pytest
from conftest import Loopback
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from errata import Problem


@pytest.fixture
def client(server: Loopback) -> WebClient:
    return WebClient("xoxb-1", base_url=f"{server.url}/api/", retry_handlers=[])


def test_failure_in_200(server: Loopback, client: WebClient) -> None:
    """A failure becomes a SlackApiError with its code and its text."""
    server.fails(Problem(status=403, code="missing_scope", detail="The token lacks a scope."), "slack")
    with pytest.raises(SlackApiError) as caught:
        client.conversations_list()
    response = caught.value.response
    assert (False, "missing_scope") == (response["ok"], response["error"])
    assert ["[ERROR] The token lacks a scope."] == response["response_metadata"]["messages"]


def test_rate_limit(server: Loopback, client: WebClient) -> None:
    """A 429 keeps its status, as the client's retry handler demands, and has the hint."""
    server.fails(Problem(status=429, code="ratelimited", retry_after=7), "slack")
    with pytest.raises(SlackApiError) as caught:
        client.conversations_list()
    response = caught.value.response
    assert (429, "ratelimited", "7") == (response.status_code, response["error"], response.headers["Retry-After"])
