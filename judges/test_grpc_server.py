from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
import pytest
from google.api_core import exceptions
from google.rpc import error_details_pb2 as details_pb2
from grpc_status import rpc_status

import errata
from errata import Catalog, Contract, Error, Problem, Resource, Violation
from errata.clients.grpc import error_of
from errata.servers.grpc import interceptor


class NoSuchBed(Error, status=404, code="NO_SUCH_BED"):
    """There is no bed with this number."""

    detail = "There is no bed {number}."
    number: int


CONTRACT = Contract(Catalog([NoSuchBed]), trace_id=lambda _: "r-1")


@contextmanager
def failing(error: Exception) -> Iterator[grpc.Channel]:
    """Run a server whose one method fails, and open a channel to it."""

    def fail(_: bytes, __: grpc.ServicerContext) -> Iterator[bytes]:
        yield b"one"
        raise error

    def fail_at_once(_: bytes, __: grpc.ServicerContext) -> bytes:
        raise error

    handlers = {
        "Get": grpc.unary_unary_rpc_method_handler(fail_at_once),
        "List": grpc.unary_stream_rpc_method_handler(fail),
    }
    with ThreadPoolExecutor(2) as pool:
        server = grpc.server(pool, interceptors=[interceptor(CONTRACT)])
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("orchard.Beds", handlers),))
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        with grpc.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.enable_retries", 0)]) as channel:
            yield channel
        server.stop(None).wait()


def ended(error: Exception, method: str = "Get") -> grpc.RpcError:
    """Return what a call of a method that fails ends with."""
    with failing(error) as channel:
        if method == "List":
            responses = channel.unary_stream(f"/orchard.Beds/{method}")(b"", timeout=10)
            assert b"one" == next(responses)
            with pytest.raises(grpc.RpcError) as caught:
                next(responses)
            return caught.value
        with pytest.raises(grpc.RpcError) as caught:
            channel.unary_unary(f"/orchard.Beds/{method}")(b"", timeout=10)
        return caught.value


@pytest.mark.parametrize("method", ["Get", "List"])
def test_an_error_of_the_catalog(method: str) -> None:
    """Class, code, text, reason, parameters and request id are those that the client knows by their own names."""
    error = ended(NoSuchBed(number=9), method)
    api_error = exceptions.from_grpc_error(error)
    assert exceptions.NotFound is type(api_error)
    assert ("There is no bed 9.", "NO_SUCH_BED") == (api_error.message, api_error.reason)
    assert {"number": "9"} == dict(api_error.metadata)
    status = rpc_status.from_call(error)
    assert status is not None
    assert (5, "There is no bed 9.") == (status.code, status.message)
    request = next(d for d in api_error.details if isinstance(d, details_pb2.RequestInfo))
    assert "r-1" == request.request_id


def test_details() -> None:
    """Each detail is the message that its type names."""
    problem = Problem(
        status=429,
        detail="Slow down.",
        retry_after=3.5,
        resource=Resource("bed", "9"),
        help="https://beds.example/help",
        violations=(Violation(path=("bed", "soil"), detail="is unknown", code="enum"),),
    )
    api_error = exceptions.from_grpc_error(ended(Error(problem)))
    assert exceptions.ResourceExhausted is type(api_error)
    by_type = {type(d): d for d in api_error.details}
    assert 3.5 == by_type[details_pb2.RetryInfo].retry_delay.ToTimedelta().total_seconds()
    resource = by_type[details_pb2.ResourceInfo]
    assert ("bed", "9") == (resource.resource_type, resource.resource_name)
    assert "https://beds.example/help" == by_type[details_pb2.Help].links[0].url
    fault = by_type[details_pb2.BadRequest].field_violations[0]
    assert ("bed.soil", "is unknown", "enum") == (fault.field, fault.description, fault.reason)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (errata.InvalidArgument(), exceptions.InvalidArgument),
        (errata.Unauthenticated(), exceptions.Unauthenticated),
        (errata.PermissionDenied(), exceptions.PermissionDenied),
        (errata.AlreadyExists(), exceptions.AlreadyExists),
        (errata.Aborted(), exceptions.Aborted),
        (errata.FailedPrecondition(), exceptions.FailedPrecondition),
        (errata.OutOfRange(), exceptions.OutOfRange),
        (errata.ResourceExhausted(), exceptions.ResourceExhausted),
        (errata.Cancelled(), exceptions.Cancelled),
        (errata.DataLoss(), exceptions.DataLoss),
        (errata.DeadlineExceeded(), exceptions.DeadlineExceeded),
        (errata.Unavailable(), exceptions.ServiceUnavailable),
        (errata.Unimplemented(), exceptions.MethodNotImplemented),
        (RuntimeError("hunter2"), exceptions.InternalServerError),
    ],
    ids=lambda case: getattr(case, "__name__", type(case).__name__),
)
def test_classes(error: Exception, expected: type[Exception]) -> None:
    """Each standard class is the client's own, and an unknown exception tells it nothing."""
    api_error = exceptions.from_grpc_error(ended(error))
    assert expected is type(api_error)
    assert "hunter2" not in repr(api_error) + repr(api_error.details)


def test_unknown_method() -> None:
    """A method that the server has not is what the client expects it to be."""
    with failing(errata.NotFound()) as channel, pytest.raises(grpc.RpcError) as caught:
        channel.unary_unary("/orchard.Beds/Nothing")(b"", timeout=10)
    api_error = exceptions.from_grpc_error(caught.value)
    assert exceptions.MethodNotImplemented is type(api_error)
    assert ["r-1"] == [d.request_id for d in api_error.details]


def test_language() -> None:
    """A text in the language of the client is marked as such."""
    from errata.servers.grpc import _localized

    detail = details_pb2.LocalizedMessage.FromString(_packed(_localized("de-AT", "Kein Beet № 9. " * 20)))
    assert ("de-AT", "Kein Beet № 9. " * 20) == (detail.locale, detail.message)


def _packed(data: bytes) -> bytes:
    from google.rpc import status_pb2

    return bytes(status_pb2.Status.FromString(data).details[0].value)


def test_errata_reads_the_vendors_own_errors() -> None:
    """What a server made with the vendor's libraries sends is read by errata's client, detail by detail."""
    from google.protobuf import any_pb2
    from google.rpc import code_pb2, status_pb2

    packed = []
    for detail in (
        details_pb2.ErrorInfo(reason="NO_SUCH_BED", domain="beds.example", metadata={"number": "9"}),
        details_pb2.ResourceInfo(resource_type="bed", resource_name="9"),
        details_pb2.RequestInfo(request_id="q-7"),
    ):
        packed.append(any_pb2.Any())
        packed[-1].Pack(detail)
    status = status_pb2.Status(code=code_pb2.NOT_FOUND, message="Kein Beet № 9", details=packed)

    def refuse(_: bytes, context: grpc.ServicerContext) -> bytes:
        context.abort_with_status(rpc_status.to_status(status))

    with ThreadPoolExecutor(1) as pool:
        server = grpc.server(pool)
        handler = grpc.unary_unary_rpc_method_handler(refuse)
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("orchard.Beds", {"Get": handler}),))
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel, pytest.raises(grpc.RpcError) as caught:
            channel.unary_unary("/orchard.Beds/Get")(b"", timeout=10)
        server.stop(None).wait()
    error = error_of(caught.value, CONTRACT)
    assert NoSuchBed is type(error)
    assert ("Kein Beet № 9", "q-7", Resource("bed", "9")) == (
        error.problem.detail, error.trace_id, error.problem.resource,
    )  # fmt: skip
    assert "9" == error.problem.extensions["number"]
