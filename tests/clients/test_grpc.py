"""What a client of gRPC gets raised: by hand, in a block, on a whole channel, with threads and with a loop."""

import asyncio
import copy
import pickle
from collections.abc import AsyncIterator, Callable, Iterator
from threading import Event
from typing import Any, Final

import grpc
import pytest
from grpc import aio

import errata
from errata import Catalog, Contract, Error, Problem, Resource, Violation
from errata.clients.grpc import aio_interceptors, error_of, interceptor, raise_for_problem, raising
from tests.servers.grpc_worlds import ARITIES, SERVICE, WORLDS

SECONDS: Final = 30.0
TRACE: Final = "0123456789abcdef0123456789abcdef"


class OrderClosed(Error, status=422, code="ORDER_CLOSED"):
    """A type that server and client share; its status is none that gRPC has."""

    detail = "Order {number} is closed."
    number: int


class Busy(errata.Unavailable, code="BUSY"):
    """A type that may be tried again."""

    retry_after: float


shop: Final = Contract(Catalog([OrderClosed, Busy], name="shop"), trace_id=lambda _: TRACE, trace_header="x-trace")


def failing(error: Exception) -> Callable[[object], None]:
    """Return how methods end that fail with an error."""

    def fail(_: object) -> None:
        raise error

    return fail


@pytest.fixture(scope="module")
def closed() -> Iterator[int]:
    """Run a server whose orders are all closed; gives its port."""
    with WORLDS["sync, interceptor"].run(shop, failing(OrderClosed(number=7))) as port:
        yield port


@pytest.fixture(scope="module")
def fine() -> Iterator[int]:
    """Run a server where nothing fails; gives its port."""
    with WORLDS["sync, interceptor"].run(shop, lambda _: None) as port:
        yield port


def channel_to(port: int) -> grpc.Channel:
    """Return a channel to a server."""
    return grpc.insecure_channel(f"127.0.0.1:{port}")


def ended_with(error: Exception) -> grpc.RpcError:
    """Return what gRPC itself raises for an error of a server."""
    with WORLDS["sync, interceptor"].run(shop, failing(error)) as port, channel_to(port) as channel:
        stub: Any = channel.unary_unary(f"/{SERVICE}/unary_unary")
        with pytest.raises(grpc.RpcError) as caught:
            stub(b"a", timeout=SECONDS)
        return caught.value


def raised(call: object, contract: Contract | None = None) -> Error:
    """Return the error that a call makes raise."""
    with pytest.raises(Error) as caught:
        raise_for_problem(call, contract)
    return caught.value


def typed(port: int, timeout: float = SECONDS) -> Error:
    """Return what a call in a block raises."""
    with channel_to(port) as channel:
        stub: Any = channel.unary_unary(f"/{SERVICE}/unary_unary")
        with pytest.raises(Error) as caught, raising(shop):
            stub(b"a", timeout=timeout)
        return caught.value


# ---- by hand ----


def test_a_contract_raises_its_own_classes() -> None:
    """The reason is the code; the class, its parameters and its status are those of the contract."""
    call = ended_with(OrderClosed(number=7))
    error = raised(call, shop)
    assert OrderClosed is type(error)
    assert (422, "ORDER_CLOSED", "Order 7 is closed.", TRACE) == (
        error.status, error.code, error.problem.detail, error.trace_id,
    )  # fmt: skip
    assert call is error.response
    assert TRACE == error.headers["x-trace"]
    assert "number" in error.problem.extensions
    assert "reason" not in error.problem.extensions


def test_without_a_contract_the_kind_decides() -> None:
    """Whoever knows no contract catches by the kind, and still has the code."""
    error = raised(ended_with(OrderClosed(number=7)))
    assert errata.InvalidArgument is type(error)
    assert (400, "ORDER_CLOSED", "invalid_argument") == (error.status, error.code, error.problem.kind)


def test_all_that_the_details_tell() -> None:
    """Hint, resource, violations and link are members of the problem."""
    given = Problem(
        status=429,
        code="SLOW",
        detail="Slow down.",
        retry_after=2.5,
        resource=Resource("order", "7"),
        violations=(Violation(path=("items", 0), detail="too many", code="count"),),
        help="https://docs.example/slow",
    )
    error = raised(ended_with(Error(given)))
    assert errata.ResourceExhausted is type(error)
    assert (2.5, True) == (error.retry_after, error.retryable)
    expected = (given.code, given.detail, given.resource, given.violations, given.help)
    problem = error.problem
    assert expected == (problem.code, problem.detail, problem.resource, problem.violations, problem.help)


def test_what_may_be_sent_again_follows_the_contract() -> None:
    """A type that may be tried again says so, with its hint."""
    error = raised(ended_with(Busy(retry_after=1.5)), shop)
    assert (Busy, 1.5, True) == (type(error), error.retry_after, error.retryable)
    assert raised(ended_with(OrderClosed(number=7)), shop).retryable is False


KINDS = [code for code in grpc.StatusCode if code is not grpc.StatusCode.OK]


@pytest.mark.parametrize("code", KINDS, ids=lambda code: code.name)
def test_each_status_code_has_its_class(code: grpc.StatusCode) -> None:
    """Servers that know nothing of errata are understood by their code and text alone."""
    with WORLDS["sync, interceptor"].run(shop, lambda context: context.abort(code, "100% of № 9")) as port:
        problem = typed(port).problem
    assert (code.name, code.name.lower(), "100% of № 9") == (problem.code, problem.kind, problem.detail)


def test_a_server_that_is_not_there() -> None:
    """An error that gRPC made itself is one as well."""
    error = typed(1)
    assert errata.Unavailable is type(error)
    assert isinstance(error.response, grpc.RpcError)
    assert error.response is error.__cause__


def test_a_deadline(fine: int) -> None:
    """So is a deadline that has passed."""
    assert errata.DeadlineExceeded is type(typed(fine, timeout=-1))


class Odd(grpc.RpcError):
    """A call that tells nonsense."""

    def code(self) -> Any:
        """Return no code."""
        return "NOT_FOUND"

    def details(self) -> Any:
        """Return no text."""
        return b"\xff"

    def trailing_metadata(self) -> Any:
        """Return metadata that say nothing."""
        details = "grpc-status-details-bin"
        return ((details, b"\xff\xff\xff"), (details, "no bytes"), ("content-type", "text/html"), ("own", "1"))


@pytest.mark.parametrize("call", [grpc.RpcError(), Odd(), object()], ids=["bare", "odd", "no call"])
def test_any_call_makes_an_error(call: object) -> None:
    """Whatever a call tells of itself, or does not, there is an error that nothing is known about."""
    error = error_of(call, shop)
    assert (errata.UnknownError, 500, "unknown") == (type(error), error.status, error.problem.kind)


def test_calls_that_succeed_are_returned(fine: int, closed: int) -> None:
    """A call that has ended well is handed back, one that failed raises."""
    with channel_to(fine) as channel:
        stub: Any = channel.unary_unary(f"/{SERVICE}/unary_unary")
        _, call = stub.with_call(b"a", timeout=SECONDS)
        assert raise_for_problem(call, shop) is call
    with channel_to(closed) as channel:
        stub = channel.unary_unary(f"/{SERVICE}/unary_unary")
        future = stub.future(b"a", timeout=SECONDS)
        assert OrderClosed is type(raised(future, shop))


def test_async_calls_are_to_be_awaited() -> None:
    """What a call of grpc.aio ended with is told to who awaits it; who forgets that is told what to do."""

    async def run() -> None:
        async with aio.insecure_channel("127.0.0.1:1") as channel:
            method: Any = channel.unary_unary("/a/b")
            call = method(b"a")
            try:
                with pytest.raises(TypeError, match="is to be awaited"):
                    raise_for_problem(call)
            finally:
                call.cancel()

    asyncio.run(run())


def test_errors_travel(closed: int) -> None:
    """An error can be copied and pickled, without the call that it came from."""
    error = typed(closed)
    for again in (copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301 - our own
        assert (OrderClosed, error.problem, None) == (type(again), again.problem, again.response)


# ---- on a whole channel ----


def requests() -> Iterator[bytes]:
    """Yield some requests."""
    yield b"a"
    yield b"b"


def stub_of(channel: Any, arity: str) -> Callable[..., Any]:
    """Return a method of a channel with its request given."""
    method = getattr(channel, arity)(f"/{SERVICE}/{arity}")
    return lambda name="__call__": getattr(method, name)(
        requests() if arity.startswith("stream") else b"a", timeout=SECONDS
    )


@pytest.mark.parametrize("arity", ARITIES)
def test_a_channel_raises_typed_errors(closed: int, arity: str) -> None:
    """With the interceptor no `RpcError` is seen any more, and what came before the error is."""
    received: list[bytes] = []
    with channel_to(closed) as bare:
        stub = stub_of(grpc.intercept_channel(bare, interceptor(shop)), arity)
        with pytest.raises(OrderClosed) as caught:
            received += stub()
    assert "Order 7 is closed." == caught.value.problem.detail
    assert isinstance(caught.value.response, grpc.RpcError)
    assert ([b"one", b"two"] if arity.endswith("stream") else []) == received


@pytest.mark.parametrize("arity", ["unary_unary", "stream_unary"])
def test_futures_hold_typed_errors(closed: int, arity: str) -> None:
    """A call that is waited for later raises the same; its metadata can still be asked."""
    with channel_to(closed) as bare:
        channel = grpc.intercept_channel(bare, interceptor(shop))
        future = stub_of(channel, arity)("future")
        called, done = Event(), []

        def note(ended: Any) -> None:
            done.append(ended)
            called.set()

        future.add_done_callback(note)
        assert OrderClosed is type(future.exception(SECONDS))
        with pytest.raises(OrderClosed):
            future.result(SECONDS)
        assert called.wait(SECONDS)
        assert [future] == done
        assert grpc.StatusCode.INVALID_ARGUMENT is future.code()
        assert TRACE == dict(future.trailing_metadata())["x-trace"]
        with pytest.raises(OrderClosed):
            stub_of(channel, arity)("with_call")


@pytest.mark.parametrize("arity", ARITIES)
def test_a_channel_without_failures_is_as_before(fine: int, arity: str) -> None:
    """Responses, calls and futures of successes pass unharmed."""
    with channel_to(fine) as bare:
        stub = stub_of(grpc.intercept_channel(bare, interceptor(shop)), arity)
        if arity.endswith("stream"):
            call = stub()
            assert [b"one", b"two"] == list(call)
            assert grpc.StatusCode.OK is call.code()
            return
        assert b"one" == stub()
        response, call = stub("with_call")
        assert (b"one", grpc.StatusCode.OK) == (response, call.code())
        future = stub("future")
        assert (b"one", None) == (future.result(SECONDS), future.exception(SECONDS))


async def aio_ended(port: int, arity: str) -> tuple[list[bytes], Error | None, grpc.StatusCode]:
    """Return what a call of `grpc.aio` on a typed channel gave, raised, and ended with."""
    received: list[bytes] = []
    caught: Error | None = None
    async with aio.insecure_channel(f"127.0.0.1:{port}", interceptors=aio_interceptors(shop)) as channel:
        call = stub_of(channel, arity)()
        try:
            if arity.endswith("stream"):
                async for response in call:
                    received.append(response)  # noqa: PERF401 - what came before the error counts
            else:
                received.append(await call)
        except Error as error:
            caught = error
        return received, caught, await call.code()


@pytest.mark.parametrize("arity", ARITIES)
def test_a_channel_of_a_loop_raises_typed_errors(closed: int, arity: str) -> None:
    """The same for `grpc.aio`, whose calls still tell how they ended."""
    received, error, code = asyncio.run(aio_ended(closed, arity))
    assert isinstance(error, OrderClosed)
    assert (TRACE, grpc.StatusCode.INVALID_ARGUMENT) == (error.trace_id, code)
    assert isinstance(error.response, aio.AioRpcError)
    assert ([b"one", b"two"] if arity.endswith("stream") else []) == received


@pytest.mark.parametrize("arity", ARITIES)
def test_a_channel_of_a_loop_without_failures_is_as_before(fine: int, arity: str) -> None:
    """Successes pass unharmed here too."""
    received, error, code = asyncio.run(aio_ended(fine, arity))
    assert ([b"one", b"two"] if arity.endswith("stream") else [b"one"], None) == (received, error)
    assert grpc.StatusCode.OK is code


def test_streams_of_a_loop_that_are_read_and_written_by_hand(closed: int) -> None:
    """The other way to use a stream raises the same errors."""

    async def talk() -> list[bytes]:
        received = []
        async with aio.insecure_channel(f"127.0.0.1:{closed}", interceptors=aio_interceptors(shop)) as channel:
            call: Any = channel.stream_stream(f"/{SERVICE}/stream_stream")(timeout=SECONDS)
            await call.write(b"a")
            await call.done_writing()
            received += [await call.read(), await call.read()]
            with pytest.raises(OrderClosed):
                await call.read()
            count: Any = channel.stream_unary(f"/{SERVICE}/stream_unary")(timeout=SECONDS)
            await count.write(b"a")
            await count.done_writing()
            with pytest.raises(OrderClosed):
                await count
        return received

    assert [b"one", b"two"] == asyncio.run(talk())


def test_a_block_in_a_loop(closed: int) -> None:
    """`raising` serves awaited calls and streams as well."""

    async def talk() -> None:
        async def both() -> AsyncIterator[bytes]:
            yield b"a"

        async with aio.insecure_channel(f"127.0.0.1:{closed}") as channel:
            unary: Any = channel.unary_unary(f"/{SERVICE}/unary_unary")
            stream: Any = channel.stream_stream(f"/{SERVICE}/stream_stream")
            with pytest.raises(OrderClosed), raising(shop):
                await unary(b"a", timeout=SECONDS)
            with pytest.raises(OrderClosed), raising(shop):
                async for _ in stream(both(), timeout=SECONDS):
                    pass

    asyncio.run(talk())


def test_other_exceptions_pass() -> None:
    """A block changes nothing but errors of gRPC."""
    with pytest.raises(ZeroDivisionError), raising(shop):
        raise ZeroDivisionError
