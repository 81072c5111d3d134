from __future__ import annotations

import json

import paypalrestsdk
import pytest
from conftest import Loopback
from paypalrestsdk import exceptions

from errata import Problem, Violation


@pytest.fixture
def api(server: Loopback) -> paypalrestsdk.Api:
    return paypalrestsdk.Api(endpoint=server.url, client_id="c1", client_secret="s1", token="t1")


def test_fields(server: Loopback, api: paypalrestsdk.Api) -> None:
    """The client keeps a refused payment's name, text, debug id and details."""
    fault = Violation(path=("amount", "value"), location="body", detail="is missing", code="MISSING_REQUIRED_PARAMETER")
    problem = Problem(
        status=400, code="INVALID_REQUEST", detail="One fault.", violations=(fault,), trace_id="d1",
        help="https://docs.example/invalid",
    )  # fmt: skip
    server.fails(problem, "paypal")
    payment = paypalrestsdk.Payment({"intent": "sale"}, api=api)
    assert not payment.create()
    error = payment.error
    assert ("INVALID_REQUEST", "One fault.", "d1") == (error["name"], error["message"], error["debug_id"])
    (detail,) = error["details"]
    assert ("/amount/value", "body", "MISSING_REQUIRED_PARAMETER") == (
        detail["field"], detail["location"], detail["issue"],
    )  # fmt: skip
    assert "https://docs.example/invalid" in [link["href"] for link in error["links"]] + [error.get("information_link")]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, exceptions.UnauthorizedAccess),
        (403, exceptions.ForbiddenAccess),
        (404, exceptions.ResourceNotFound),
        (409, exceptions.ResourceConflict),
        (429, exceptions.ClientError),
        (503, exceptions.ServerError),
    ],
)
def test_statuses(server: Loopback, api: paypalrestsdk.Api, status: int, expected: type) -> None:
    """Each status raises its own class, with the body and the hint."""
    server.fails(Problem(status=status, detail="No.", retry_after=7), "paypal")
    with pytest.raises(exceptions.ConnectionError) as caught:
        paypalrestsdk.Payment.find("p1", api=api)
    assert expected is type(caught.value)
    body = json.loads(caught.value.content)
    assert "No." == body["message"]
    assert body["name"]
    assert "7" == caught.value.response.headers["retry-after"]
