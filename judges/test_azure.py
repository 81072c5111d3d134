from __future__ import annotations

import pytest
from azure.core import PipelineClient
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.core.rest import HttpRequest
from azure.storage.blob import BlobServiceClient
from conftest import Loopback

from errata import Problem, Violation


def test_odata(server: Loopback) -> None:
    """The client reads code, text, target and the details, each with its code."""
    faults = (
        Violation(path=("name",), detail="is blank", code="Required"),
        Violation(path=("rows", 0, "soil"), detail="is unknown", code="Unknown"),
    )
    server.fails(Problem(status=400, code="BadArgument", detail="Two faults.", violations=faults), "odata")
    response = PipelineClient(server.url, policies=[]).send_request(HttpRequest("GET", f"{server.url}/beds"))
    with pytest.raises(HttpResponseError) as caught:
        response.raise_for_status()
    error = caught.value
    assert error.error is not None
    assert (400, "BadArgument", "Two faults.") == (error.status_code, error.error.code, error.error.message)
    assert [("Required", "is blank", "name"), ("Unknown", "is unknown", "rows.0.soil")] == [
        (d.code, d.message, d.target) for d in error.error.details
    ]


def test_rate_limit(server: Loopback) -> None:
    """The client's own retry policy finds the hint of a 429."""
    server.fails(Problem(status=429, detail="Slow down.", retry_after=7), "odata")
    response = PipelineClient(server.url, policies=[]).send_request(HttpRequest("GET", f"{server.url}/beds"))
    assert "7" == response.headers["retry-after"]
    assert HttpResponseError(response=response).error is not None
    assert "Slow down." == HttpResponseError(response=response).error.message


@pytest.mark.parametrize(
    ("dialect", "status", "code", "expected"),
    [
        ("azure-xml", 404, "BlobNotFound", ResourceNotFoundError),
        ("azure-xml", 409, "ContainerAlreadyExists", ResourceExistsError),
        ("azure-xml", 400, "InvalidInput", HttpResponseError),
        ("odata", 404, "ContainerNotFound", ResourceNotFoundError),
    ],
)
def test_storage(server: Loopback, dialect: str, status: int, code: str, expected: type) -> None:
    """The storage client picks its class by the code, from XML as from JSON."""
    server.fails(Problem(status=status, code=code, detail="No such bed.", trace_id="r-1"), dialect)
    account = BlobServiceClient(f"{server.url}/bed", credential=None, retry_total=0)
    with pytest.raises(HttpResponseError) as caught:
        account.get_container_client("beds").get_container_properties()
    # The request for properties is answered with a body too: the client reads what it finds.
    assert expected is type(caught.value)
    assert code == getattr(caught.value.error_code, "value", caught.value.error_code)
    assert "No such bed." in caught.value.message
    assert status == caught.value.status_code
