from __future__ import annotations

from typing import get_args

import pytest
from conftest import Loopback
from square import Square
from square.core.api_error import ApiError
from square.core.http_client import _parse_retry_after
from square.types.error_category import ErrorCategory
from square.types.error_code import ErrorCode

from errata import Problem, Violation

CATEGORIES = get_args(get_args(ErrorCategory)[0])
CODES = get_args(get_args(ErrorCode)[0])


@pytest.fixture
def client(server: Loopback) -> Square:
    return Square(base_url=server.url, token="t1")


def test_fields(server: Loopback, client: Square) -> None:
    """Each fault becomes an error of the client with its code, text and field."""
    faults = (
        Violation(path=("amount",), detail="is missing", code="MISSING_REQUIRED_PARAMETER"),
        Violation(path=("card", "zip"), detail="is odd", code="INVALID_VALUE"),
    )
    server.fails(Problem(status=400, violations=faults), "square")
    with pytest.raises(ApiError) as caught:
        client.payments.get("p1", request_options={"max_retries": 0})
    assert 400 == caught.value.status_code
    assert [("MISSING_REQUIRED_PARAMETER", "is missing", "amount"), ("INVALID_VALUE", "is odd", "card.zip")] == [
        (e.code, e.detail, e.field) for e in caught.value.errors
    ]
    assert {True} == {e.category in CATEGORIES for e in caught.value.errors}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 500, 503])
def test_codes_by_status(server: Loopback, client: Square, status: int) -> None:
    """A problem without a code gets a category and a code that the client's types list."""
    server.fails(Problem(status=status, detail="No."), "square")
    with pytest.raises(ApiError) as caught:
        client.payments.get("p1", request_options={"max_retries": 0})
    (error,) = caught.value.errors
    assert (status, "No.") == (caught.value.status_code, error.detail)
    assert error.category in CATEGORIES
    assert error.code in CODES


def test_rate_limit(server: Loopback, client: Square) -> None:
    """A 429 has the category of a rate limit, and the client itself finds the hint."""
    server.fails(Problem(status=429, detail="Slow down.", retry_after=7), "square")
    with pytest.raises(ApiError) as caught:
        client.payments.get("p1", request_options={"max_retries": 0})
    assert "RATE_LIMIT_ERROR" == caught.value.errors[0].category
    assert 7.0 == _parse_retry_after(caught.value.headers)
