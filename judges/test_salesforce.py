from __future__ import annotations

import pytest
import requests
from conftest import Detour, Loopback
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceError,
    SalesforceExpiredSession,
    SalesforceGeneralError,
    SalesforceMalformedRequest,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)

from errata import Problem, Violation


@pytest.fixture
def client(detour: Detour) -> Salesforce:
    session = requests.Session()
    session.mount("https://", detour)
    return Salesforce(session_id="s1", instance_url="https://bed.example", session=session)


def test_fields(server: Loopback, client: Salesforce) -> None:
    """A malformed request has code, text and fields of its one item."""
    fault = Violation(path=("Soil__c",), detail="Pick a soil.")
    server.fails(Problem(status=400, code="REQUIRED_FIELD_MISSING", detail="Pick a soil.", violations=(fault,)),
                 "salesforce")  # fmt: skip
    with pytest.raises(SalesforceMalformedRequest) as caught:
        client.Bed__c.get("1")
    assert [{"errorCode": "REQUIRED_FIELD_MISSING", "message": "Pick a soil.", "fields": ["Soil__c"]}] == (
        caught.value.content
    )


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, SalesforceExpiredSession),
        (403, SalesforceRefusedRequest),
        (404, SalesforceResourceNotFound),
        (503, SalesforceGeneralError),
    ],
)
def test_statuses(server: Loopback, client: Salesforce, status: int, expected: type) -> None:
    """Each status raises its own class, and every item has a code and a text."""
    server.fails(Problem(status=status, detail="No."), "salesforce")
    with pytest.raises(SalesforceError) as caught:
        client.Bed__c.get("1")
    assert expected is type(caught.value)
    assert status == caught.value.status
    assert "No." == caught.value.content[0]["message"]
    assert caught.value.content[0]["errorCode"]
