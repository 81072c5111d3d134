"""Clients and models of HL7 FHIR, in JSON and XML."""

from __future__ import annotations

import json

import pytest
from conftest import Loopback
from fhir.resources.operationoutcome import OperationOutcome as Model
from fhirclient.models.operationoutcome import OperationOutcome as ClientModel
from fhirclient.server import (
    FHIRNotFoundException,
    FHIRPermissionDeniedException,
    FHIRServer,
    FHIRUnauthorizedException,
)
from fhirpy import SyncFHIRClient
from fhirpy.base import exceptions

from errata import Problem, RawResponse, Violation, render

TWO_FAULTS = Problem(
    status=422,
    code="invalid",
    detail="Two faults.",
    violations=(
        Violation(path=("Patient", "name", 0, "family"), detail="is blank", code="required"),
        Violation(path=("Patient", "birthDate"), detail="is no date", code="value"),
    ),
)
PROBLEMS = [
    TWO_FAULTS,
    *(Problem(status=s, detail="No.", retry_after=7) for s in (400, 401, 403, 404, 409, 410, 429, 500, 501, 503)),
    Problem(status=418),
    Problem(status=404, code="NO_SUCH_BED", detail="Ein Beet < als & \x0b so."),
]


def _json(response: RawResponse) -> Model:
    return Model.model_validate_json(response.body)


def _xml(response: RawResponse) -> Model:
    return Model.model_validate_xml(response.body)


@pytest.mark.parametrize(("dialect", "parse"), [("fhir", _json), ("fhir-xml", _xml)])
@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_fits_the_model(dialect: str, parse: type, problem: Problem) -> None:
    """What is written is a valid OperationOutcome with an issue that is an error, and its code is one of the set."""
    outcome = parse(render(problem, dialect))
    first = outcome.issue[0]
    assert first.severity in {"error", "fatal"}
    # The set http://hl7.org/fhir/ValueSet/issue-type; the model does not check it.
    assert first.code in {
        "invalid", "structure", "required", "value", "invariant", "security", "login", "unknown", "expired",
        "forbidden", "suppressed", "processing", "not-supported", "duplicate", "multiple-matches", "not-found",
        "deleted", "too-long", "code-invalid", "extension", "too-costly", "business-rule", "conflict", "transient",
        "lock-error", "no-store", "exception", "timeout", "incomplete", "throttled", "informational", "success",
        "limited-filter", "limited-results", "limited",
    }  # fmt: skip


@pytest.mark.parametrize(("dialect", "parse"), [("fhir", _json), ("fhir-xml", _xml)])
def test_violations(dialect: str, parse: type) -> None:
    """Each fault is an issue with its text and its place."""
    issues = [i for i in parse(render(TWO_FAULTS, dialect)).issue if i.expression]
    assert [["Patient.name[0].family"], ["Patient.birthDate"]] == [list(i.expression) for i in issues]
    assert ["is blank", "is no date"] == [i.diagnostics or i.details.text for i in issues]


def test_fhirclient_model() -> None:
    """The model of SMART's client takes it too, strictly."""
    outcome = ClientModel(json.loads(render(TWO_FAULTS, "fhir").body), strict=True)
    assert {"error"} == {issue.severity for issue in outcome.issue}


@pytest.mark.parametrize(
    ("status", "expected"),
    [(401, FHIRUnauthorizedException), (403, FHIRPermissionDeniedException), (404, FHIRNotFoundException)],
)
def test_fhirclient(server: Loopback, status: int, expected: type) -> None:
    """SMART's client raises a class by status, with the body at hand."""
    server.fails(Problem(status=status, detail="No."), "fhir")
    with pytest.raises(expected) as caught:
        FHIRServer(None, base_uri=server.url).request_json("Patient/1", nosign=True)
    assert "OperationOutcome" == caught.value.response.json()["resourceType"]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, exceptions.OperationOutcome),
        (401, exceptions.AuthorizationError),
        (403, exceptions.ForbiddenError),
        (404, exceptions.ResourceNotFound),
        (412, exceptions.MultipleResourcesFound),
        (422, exceptions.OperationOutcome),
        (503, exceptions.OperationOutcome),
    ],
)
def test_fhirpy(server: Loopback, status: int, expected: type) -> None:
    """The other client raises a class by status; where it parses, the outcome is its `resource`."""
    server.fails(Problem(status=status, detail="No."), "fhir")
    with pytest.raises(exceptions.BaseFHIRError) as caught:
        SyncFHIRClient(server.url).reference("Patient", "1").to_resource()
    assert expected is type(caught.value)
    if expected is exceptions.OperationOutcome:
        assert "OperationOutcome" == caught.value.resource["resourceType"]
        (issue,) = caught.value.resource["issue"]
        assert "No." == (issue.get("diagnostics") or issue["details"]["text"])
