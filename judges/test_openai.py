from __future__ import annotations

import openai
import pytest
from conftest import Loopback

from errata import Problem, Violation


@pytest.fixture
def client(server: Loopback) -> openai.OpenAI:
    return openai.OpenAI(api_key="sk-1", base_url=server.url, max_retries=0)


def test_invalid_parameter(server: Loopback, client: openai.OpenAI) -> None:
    """A 400 becomes a BadRequestError with code, parameter, text and request id."""
    problem = Problem(
        status=400,
        code="unknown_model",
        detail="There is no such model.",
        violations=(Violation(path=("model",), detail="There is no such model."),),
        trace_id="req_9",
    )
    server.fails(problem, "openai")
    with pytest.raises(openai.BadRequestError) as caught:
        client.models.retrieve("m1")
    error = caught.value
    assert (400, "unknown_model", "model", "req_9") == (error.status_code, error.code, error.param, error.request_id)
    assert {"message", "type", "param", "code"} == set(error.body)
    assert "There is no such model." == error.body["message"]
    assert error.type


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, openai.AuthenticationError),
        (403, openai.PermissionDeniedError),
        (404, openai.NotFoundError),
        (409, openai.ConflictError),
        (422, openai.UnprocessableEntityError),
        (503, openai.InternalServerError),
    ],
)
def test_statuses(server: Loopback, client: openai.OpenAI, status: int, expected: type) -> None:
    """Each status raises its own class, and a missing code stays missing."""
    server.fails(Problem(status=status, detail="No."), "openai")
    with pytest.raises(openai.APIStatusError) as caught:
        client.models.retrieve("m1")
    assert expected is type(caught.value)
    assert (None, None) == (caught.value.code, caught.value.param)


def test_rate_limit(server: Loopback, client: openai.OpenAI) -> None:
    """A 429 becomes a RateLimitError, and the client itself finds the hint."""
    server.fails(Problem(status=429, detail="Slow down.", retry_after=7), "openai")
    with pytest.raises(openai.RateLimitError) as caught:
        client.models.retrieve("m1")
    assert 7.0 == client._parse_retry_after_header(caught.value.response.headers)
    assert 1 == len(server.requests)
