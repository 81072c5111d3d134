from __future__ import annotations

import json

import gitlab
import pytest
from conftest import Loopback
from gitlab.exceptions import GitlabAuthenticationError, GitlabCreateError, GitlabError, GitlabGetError

from errata import Problem, Violation


@pytest.fixture
def client(server: Loopback) -> gitlab.Gitlab:
    return gitlab.Gitlab(server.url, private_token="t1", retry_transient_errors=False)


def test_fields(server: Loopback, client: gitlab.Gitlab) -> None:
    """A refused record has the texts of each of its fields."""
    faults = (Violation(path=("name",), detail="is taken"), Violation(path=("path",), detail="is blank"))
    server.fails(Problem(status=400, detail="Two faults.", violations=faults), "gitlab")
    with pytest.raises(GitlabCreateError) as caught:
        client.projects.create({"name": "bed"})
    assert (400, {"name": ["is taken"], "path": ["is blank"]}) == (
        caught.value.response_code, caught.value.error_message,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "expected"),
    [(401, GitlabAuthenticationError), (403, GitlabGetError), (404, GitlabGetError), (500, GitlabGetError)],
)
def test_text(server: Loopback, client: gitlab.Gitlab, status: int, expected: type) -> None:
    """A failure has its status and its text."""
    server.fails(Problem(status=status, detail="404 Bed Not Found"), "gitlab")
    with pytest.raises(GitlabError) as caught:
        client.projects.get(1)
    assert expected is type(caught.value)
    assert (status, "404 Bed Not Found") == (caught.value.response_code, caught.value.error_message)


def test_rate_limit(server: Loopback, client: gitlab.Gitlab) -> None:
    """A 429 that the client shall not sit out has its status and body."""
    server.fails(Problem(status=429, detail="Slow down.", retry_after=7), "gitlab")
    with pytest.raises(GitlabError) as caught:
        client.http_get("/projects/1", obey_rate_limit=False)
    assert (429, "Slow down.") == (caught.value.response_code, caught.value.error_message)
    assert isinstance(json.loads(caught.value.response_body or b""), dict)
