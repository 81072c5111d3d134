from __future__ import annotations

import pytest
from conftest import Loopback
from hubspot import HubSpot
from hubspot.crm.contacts import ApiClient, ApiException, Configuration
from hubspot.crm.contacts.api.basic_api import BasicApi
from hubspot.crm.contacts.exceptions import (
    ForbiddenException,
    NotFoundException,
    ServiceException,
    UnauthorizedException,
)
from hubspot.crm.contacts.models import Error

from errata import Problem, Violation


@pytest.fixture
def contacts(server: Loopback) -> BasicApi:
    return HubSpot(access_token="t1", host=server.url, retry=False).crm.contacts.basic_api


class _Data:
    """What the client's own deserialiser takes: something with `data`."""

    def __init__(self, data: str) -> None:
        self.data = data


def _model(error: ApiException) -> Error:
    """Read a body as the client's own model of an error."""
    return ApiClient(Configuration()).deserialize(_Data(error.body), "Error")


def test_fields(server: Loopback, contacts: BasicApi) -> None:
    """The body fits the client's own model: category, text, id, and where each fault is."""
    faults = (Violation(path=("email",), detail="is blank", code="REQUIRED"),)
    server.fails(
        Problem(status=400, code="VALIDATION_ERROR", detail="One fault.", violations=faults, trace_id="c1"), "hubspot"
    )
    with pytest.raises(ApiException) as caught:
        contacts.get_by_id("1")
    model = _model(caught.value)
    assert (400, "VALIDATION_ERROR", "One fault.", "c1") == (
        caught.value.status, model.category, model.message, model.correlation_id,
    )  # fmt: skip
    assert [("email", "is blank", "REQUIRED")] == [(e._in, e.message, e.code) for e in model.errors]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, UnauthorizedException),
        (403, ForbiddenException),
        (404, NotFoundException),
        (429, ApiException),
        (503, ServiceException),
    ],
)
def test_statuses(server: Loopback, contacts: BasicApi, status: int, expected: type) -> None:
    """Each status raises its own class; the model's required members are there without code and id."""
    server.fails(Problem(status=status, detail="No.", retry_after=7), "hubspot")
    with pytest.raises(ApiException) as caught:
        contacts.get_by_id("1")
    assert expected is type(caught.value)
    assert "No." == _model(caught.value).message
    assert "7" == caught.value.headers["retry-after"]
