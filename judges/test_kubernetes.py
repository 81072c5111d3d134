from __future__ import annotations

import json

import pytest
from conftest import Loopback
from kubernetes.client import ApiClient, ApiException, Configuration, CoreV1Api, V1Status

from errata import Problem, Resource, Violation


@pytest.fixture
def core(server: Loopback) -> CoreV1Api:
    return CoreV1Api(ApiClient(Configuration(host=server.url)))


def _status(error: ApiException) -> V1Status:
    """Read a body as the client's own model of a Status."""
    return ApiClient().deserialize(error.body, "V1Status", "application/json")


def test_details(server: Loopback, core: CoreV1Api) -> None:
    """The body fits the client's own model: reason, text, resource, causes, hint."""
    problem = Problem(
        status=422,
        code="Invalid",
        detail="Pod bed-9 is invalid.",
        resource=Resource("pods", "bed-9"),
        violations=(Violation(path=("spec", "containers", 0, "image"), detail="is blank", code="FieldValueRequired"),),
        retry_after=7,
    )
    server.fails(problem, "kubernetes")
    with pytest.raises(ApiException) as caught:
        core.read_namespaced_pod("bed-9", "orchard")
    status = _status(caught.value)
    assert (422, 422) == (caught.value.status, status.code)
    assert ("Status", "v1", "Failure", "Invalid") == (status.kind, status.api_version, status.status, status.reason)
    assert "Pod bed-9 is invalid." == status.message
    assert ("pods", "bed-9", 7) == (status.details.kind, status.details.name, status.details.retry_after_seconds)
    (cause,) = status.details.causes
    assert ("FieldValueRequired", "is blank", "spec.containers[0].image") == (
        cause.reason,
        cause.message,
        cause.var_field,
    )
    assert "7" == caught.value.headers["retry-after"]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, "BadRequest"),
        (401, "Unauthorized"),
        (403, "Forbidden"),
        (404, "NotFound"),
        (405, "MethodNotAllowed"),
        (409, "Conflict"),
        (410, "Gone"),
        (429, "TooManyRequests"),
        (500, "InternalError"),
        (503, "ServiceUnavailable"),
        (504, "Timeout"),
    ],
)
def test_reasons_by_status(server: Loopback, core: CoreV1Api, status: int, reason: str) -> None:
    """A problem without a code gets the reason that Kubernetes has for its status."""
    server.fails(Problem(status=status, detail="No."), "kubernetes")
    with pytest.raises(ApiException) as caught:
        core.read_namespaced_pod("bed-9", "orchard")
    assert (status, reason, "No.") == (caught.value.status, _status(caught.value).reason, _status(caught.value).message)


def test_nothing_but_the_model(server: Loopback, core: CoreV1Api) -> None:
    """A body has no member that the model does not name."""
    server.fails(
        Problem(status=404, code="NotFound", title="No", detail="No.", instance="/x", help="https://h"), "kubernetes"
    )
    with pytest.raises(ApiException) as caught:
        core.read_namespaced_pod("bed-9", "orchard")
    assert set() == set(json.loads(caught.value.body)) - set(V1Status.attribute_map.values())
