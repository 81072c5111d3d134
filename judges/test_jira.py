from __future__ import annotations

import pytest
from conftest import Loopback
from jira import JIRA, JIRAError

from errata import Problem, Violation


@pytest.fixture
def client(server: Loopback) -> JIRA:
    return JIRA(server.url, get_server_info=False, max_retries=0)


def test_texts(server: Loopback, client: JIRA) -> None:
    """A failure becomes a JIRAError with its status and text."""
    server.fails(Problem(status=404, detail="No such issue."), "jira")
    with pytest.raises(JIRAError) as caught:
        client.issue("BED-1")
    assert (404, "No such issue.") == (caught.value.status_code, caught.value.text)


def test_fields(server: Loopback, client: JIRA) -> None:
    """The client shows the text of each field."""
    faults = (Violation(path=("summary",), detail="is blank"), Violation(path=("soil",), detail="is unknown"))
    server.fails(Problem(status=400, detail="Two faults.", violations=faults), "jira")
    with pytest.raises(JIRAError) as caught:
        client.issue("BED-1")
    assert "is blank, is unknown" == caught.value.text
    assert {"summary": "is blank", "soil": "is unknown"} == caught.value.response.json()["errors"]


def test_rate_limit(server: Loopback, client: JIRA) -> None:
    """A 429 has the hint."""
    server.fails(Problem(status=429, detail="Slow down.", retry_after=7), "jira")
    with pytest.raises(JIRAError) as caught:
        client.issue("BED-1")
    assert (429, "Slow down.", "7") == (
        caught.value.status_code, caught.value.text, caught.value.response.headers["retry-after"],
    )  # fmt: skip
