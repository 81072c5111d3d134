from __future__ import annotations

import json

import pytest
import requests
from conftest import Loopback
from google.api_core import exceptions
from google.protobuf import json_format
from google.protobuf.message import Message
from google.rpc import error_details_pb2 as details_pb2
from google.rpc import status_pb2

from errata import Problem, Resource, Violation, render

DETAILS = [getattr(details_pb2, name) for name in details_pb2.DESCRIPTOR.message_types_by_name]

FULL = Problem(
    status=400,
    code="INVALID_ARGUMENT",
    detail="One fault.",
    violations=(Violation(path=("bed", "soil"), detail="is unknown", code="UNKNOWN_SOIL"),),
    retry_after=3.5,
    resource=Resource("orchard.example/Bed", "beds/9"),
    trace_id="r-1",
    help="https://docs.example/soil",
    extensions={"reason": "UNKNOWN_SOIL", "domain": "orchard.example"},
)


def raised(server: Loopback, problem: Problem) -> exceptions.GoogleAPICallError:
    """Return the exception that the client makes of a problem."""
    server.fails(problem, "google")
    return exceptions.from_http_response(requests.get(server.url, timeout=5))


def test_details(server: Loopback) -> None:
    """The client reads the text and unpacks each detail into its message."""
    error = raised(server, FULL)
    assert exceptions.InvalidArgument is type(error) or exceptions.BadRequest is type(error)
    assert "One fault." in error.message
    by_type = {type(d): d for d in unpacked(error.details)}
    fault = by_type[details_pb2.BadRequest].field_violations[0]
    assert ("bed.soil", "is unknown") == (fault.field, fault.description)
    assert (3, 500_000_000) == (
        by_type[details_pb2.RetryInfo].retry_delay.seconds, by_type[details_pb2.RetryInfo].retry_delay.nanos,
    )  # fmt: skip
    resource = by_type[details_pb2.ResourceInfo]
    assert ("orchard.example/Bed", "beds/9") == (resource.resource_type, resource.resource_name)
    assert "r-1" == by_type[details_pb2.RequestInfo].request_id
    assert "https://docs.example/soil" == by_type[details_pb2.Help].links[0].url
    assert ("UNKNOWN_SOIL", "orchard.example") == (error.reason, error.domain)


def unpacked(details: list[dict[str, object]]) -> list[Message]:
    """Return each detail as the message that its type names; the client leaves them as they are in JSON."""
    packed = json_format.ParseDict({"details": details}, status_pb2.Status()).details
    messages = [(detail, kind()) for detail in packed for kind in DETAILS if detail.Is(kind.DESCRIPTOR)]
    assert all(detail.Unpack(message) for detail, message in messages)
    return [message for _, message in messages]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, exceptions.Unauthorized),
        (403, exceptions.Forbidden),
        (404, exceptions.NotFound),
        (409, exceptions.Conflict),
        (429, exceptions.TooManyRequests),
        (500, exceptions.InternalServerError),
        (503, exceptions.ServiceUnavailable),
        (504, exceptions.GatewayTimeout),
    ],
)
def test_statuses(server: Loopback, status: int, expected: type) -> None:
    """Each status raises its own class, with the text."""
    error = raised(server, Problem(status=status, detail="No."))
    assert expected is type(error)
    assert (status, True) == (error.code, error.message.endswith(": No."))


@pytest.mark.parametrize("problem", [FULL, Problem(status=404), Problem(status=429, retry_after=0.25)])
def test_fits_the_schema(problem: Problem) -> None:
    """The inner object is a google.rpc.Status, and each detail the message that its type names."""
    error = json.loads(render(problem, "google").body)["error"]
    assert problem.status == error.pop("code")
    assert error.pop("status")
    status = json_format.ParseDict(error, status_pb2.Status())
    assert problem.head == status.message
