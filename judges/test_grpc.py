from __future__ import annotations

import base64
import socket
from collections.abc import Iterator
from threading import Thread

import grpc
import h2.config
import h2.connection
import h2.events
import pytest
from google.api_core import exceptions
from google.rpc import error_details_pb2 as details_pb2
from google.rpc import status_pb2
from grpc_status import rpc_status

from errata import Problem, RawResponse, Violation, render


class GrpcServer:
    """An HTTP/2 server that gives every call one answer, without knowing what gRPC is."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.target = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self.answer = RawResponse(200)
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        try:
            peer, _ = self._socket.accept()
        except OSError:  # closed before a client came
            return
        with peer:
            connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
            connection.initiate_connection()
            peer.sendall(connection.data_to_send())
            while data := peer.recv(65536):
                for event in connection.receive_data(data):
                    if isinstance(event, h2.events.StreamEnded):
                        self._respond(connection, event.stream_id)
                peer.sendall(connection.data_to_send())

    def _respond(self, connection: h2.connection.H2Connection, stream: int) -> None:
        head = [(":status", str(self.answer.status)), *self.answer.headers.items()]
        connection.send_headers(stream, head, end_stream=not self.answer.body)
        if self.answer.body:
            connection.send_data(stream, self.answer.body, end_stream=True)

    def close(self) -> None:
        """End the server; its thread ends with the client's connection."""
        self._socket.close()


@pytest.fixture
def grpc_server() -> Iterator[GrpcServer]:
    server = GrpcServer()
    yield server
    server.close()


def call(server: GrpcServer, problem: Problem) -> grpc.RpcError:
    """Return what a call ends with."""
    server.answer = render(problem, "grpc-http")
    with grpc.insecure_channel(server.target, options=[("grpc.enable_retries", 0)]) as channel:
        with pytest.raises(grpc.RpcError) as caught:
            channel.unary_unary("/orchard.Beds/Get")(b"", timeout=10)
        return caught.value


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, grpc.StatusCode.INVALID_ARGUMENT),
        (401, grpc.StatusCode.UNAUTHENTICATED),
        (403, grpc.StatusCode.PERMISSION_DENIED),
        (404, grpc.StatusCode.NOT_FOUND),
        (429, grpc.StatusCode.RESOURCE_EXHAUSTED),
        (500, grpc.StatusCode.INTERNAL),
        (501, grpc.StatusCode.UNIMPLEMENTED),
        (503, grpc.StatusCode.UNAVAILABLE),
        (504, grpc.StatusCode.DEADLINE_EXCEEDED),
    ],
)
def test_statuses(grpc_server: GrpcServer, status: int, code: grpc.StatusCode) -> None:
    """Each status becomes its code, and the text arrives with all its characters."""
    error = call(grpc_server, Problem(status=status, detail="Das Beet № 9 is 100% full."))
    assert (code, "Das Beet № 9 is 100% full.") == (error.code(), error.details())


def test_kind_counts(grpc_server: GrpcServer) -> None:
    """A kind that shares its status with another keeps its own code."""
    error = call(grpc_server, Problem(status=409, kind="already_exists", detail="Bed 9 is there."))
    assert grpc.StatusCode.ALREADY_EXISTS == error.code()


def test_details(grpc_server: GrpcServer) -> None:
    """The client unpacks the details, if the dialect writes them."""
    problem = Problem(
        status=400,
        detail="One fault.",
        violations=(Violation(path=("bed", "soil"), detail="is unknown"),),
        retry_after=3.5,
        trace_id="r-1",
    )
    error = call(grpc_server, problem)
    status = rpc_status.from_call(error)
    assert status is not None
    assert (3, "One fault.") == (status.code, status.message)
    api_error = exceptions.from_grpc_error(error)
    assert exceptions.InvalidArgument is type(api_error)
    by_type = {type(d): d for d in api_error.details}
    fault = by_type[details_pb2.BadRequest].field_violations[0]
    assert ("bed.soil", "is unknown") == (fault.field, fault.description)
    assert 3.5 == by_type[details_pb2.RetryInfo].retry_delay.ToTimedelta().total_seconds()
    assert "r-1" == by_type[details_pb2.RequestInfo].request_id


def test_details_are_a_status() -> None:
    """The header with the details is the base64 of a google.rpc.Status."""
    field = render(Problem(status=404, detail="No bed.", trace_id="r-1"), "grpc-http").headers[
        "grpc-status-details-bin"
    ]
    status = status_pb2.Status.FromString(base64.b64decode(field + "=" * (-len(field) % 4)))
    assert (5, "No bed.") == (status.code, status.message)
