from __future__ import annotations

import github
import pytest
from conftest import Loopback

from errata import Problem, Resource, Violation


@pytest.fixture
def client(server: Loopback) -> github.Github:
    return github.Github(auth=github.Auth.Token("t1"), base_url=server.url, retry=None)


def test_violations(server: Loopback, client: github.Github) -> None:
    """A 422 has its text, its link and each fault with field and code."""
    problem = Problem(
        status=422,
        detail="Validation Failed",
        violations=(Violation(path=("name",), detail="is taken", code="already_exists"),),
        resource=Resource("Repository"),
        help="https://docs.example/repos",
    )
    server.fails(problem, "github")
    with pytest.raises(github.GithubException) as caught:
        client.get_repo("a/b")
    error = caught.value
    assert (422, "Validation Failed", "https://docs.example/repos") == (
        error.status, error.message, error.data["documentation_url"],
    )  # fmt: skip
    (fault,) = error.data["errors"]
    assert ("name", "already_exists") == (fault["field"], fault["code"])
    assert fault["resource"]


@pytest.mark.parametrize(
    ("status", "detail", "expected"),
    [
        (401, "Bad credentials", github.BadCredentialsException),
        (404, "Not Found", github.UnknownObjectException),
        (403, "API rate limit exceeded for 192.0.2.1.", github.RateLimitExceededException),
    ],
)
def test_classes(server: Loopback, client: github.Github, status: int, detail: str, expected: type) -> None:
    """The client picks its class by status and text; the hint is in the headers."""
    server.fails(Problem(status=status, detail=detail, trace_id="AA:1", retry_after=7), "github")
    with pytest.raises(github.GithubException) as caught:
        client.get_repo("a/b")
    assert expected is type(caught.value)
    assert (status, "7", "AA:1") == (
        caught.value.status, caught.value.headers["retry-after"], caught.value.headers["x-github-request-id"],
    )  # fmt: skip
