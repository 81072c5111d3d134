from __future__ import annotations

import pytest
from conftest import Loopback
from connectrpc.client import ConnectClientSync
from connectrpc.code import Code
from connectrpc.errors import ConnectError
from connectrpc.method import IdempotencyLevel, MethodInfo
from connectrpc.protocol import ProtocolType
from google.protobuf.empty_pb2 import Empty
from google.rpc import error_details_pb2 as details_pb2

from errata import Problem, Violation

GET = MethodInfo(
    name="Get", service_name="orchard.Beds", input=Empty, output=Empty, idempotency_level=IdempotencyLevel.UNKNOWN
)


def call(server: Loopback, problem: Problem, said: tuple[str, str], protocol: ProtocolType) -> ConnectError:
    """Return what a call by one of the client's protocols ends with."""
    server.fails(problem, *said)
    client = ConnectClientSync(server.url, protocol=protocol)
    with pytest.raises(ConnectError) as caught:
        client.execute_unary(request=Empty(), method=GET, timeout_ms=10_000)
    return caught.value


PROTOCOLS = [
    pytest.param(("connect", "json"), ProtocolType.CONNECT, id="connect"),
    pytest.param(("grpc-http", "grpc-web"), ProtocolType.GRPC_WEB, id="grpc-web"),
]


@pytest.mark.parametrize(("said", "protocol"), PROTOCOLS)
@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, Code.INVALID_ARGUMENT),
        (401, Code.UNAUTHENTICATED),
        (403, Code.PERMISSION_DENIED),
        (404, Code.NOT_FOUND),
        (429, Code.RESOURCE_EXHAUSTED),
        (499, Code.CANCELED),
        (500, Code.INTERNAL),
        (501, Code.UNIMPLEMENTED),
        (503, Code.UNAVAILABLE),
        (504, Code.DEADLINE_EXCEEDED),
    ],
)
def test_statuses(server: Loopback, said: tuple[str, str], protocol: ProtocolType, status: int, code: Code) -> None:
    """Each status becomes its code, and the text arrives with all its characters."""
    error = call(server, Problem(status=status, detail="Das Beet № 9 is 100% full."), said, protocol)
    assert (code, "Das Beet № 9 is 100% full.") == (error.code, error.message)


@pytest.mark.parametrize(("said", "protocol"), PROTOCOLS)
def test_details(server: Loopback, said: tuple[str, str], protocol: ProtocolType) -> None:
    """The client unpacks the details into their messages."""
    problem = Problem(
        status=400,
        detail="One fault.",
        violations=(Violation(path=("bed", "soil"), detail="is unknown"),),
        retry_after=3.5,
        trace_id="r-1",
    )
    error = call(server, problem, said, protocol)
    bad_request, retry, request = details_pb2.BadRequest(), details_pb2.RetryInfo(), details_pb2.RequestInfo()
    unpacked = {
        detail.Unpack(m): m
        for detail in error.details
        for m in (bad_request, retry, request)
        if detail.Is(m.DESCRIPTOR)
    }
    assert unpacked
    assert ("bed.soil", "is unknown") == (
        bad_request.field_violations[0].field, bad_request.field_violations[0].description,
    )  # fmt: skip
    assert 3.5 == retry.retry_delay.ToTimedelta().total_seconds()
    assert "r-1" == request.request_id
