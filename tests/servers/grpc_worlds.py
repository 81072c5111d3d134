"""Servers of gRPC that fail as they are told, and what a client gets of it, decoded by hand."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from threading import Thread
from typing import Any, Final, NamedTuple

import grpc
from grpc import aio

from errata import Contract
from errata.servers.grpc import aio_interceptor, install, interceptor

SECONDS: Final = 30.0  # a bound for what hangs, never waited for
Handlers = dict[str, "grpc.RpcMethodHandler[Any, Any]"]

SERVICE: Final = "world.Things"
_MAKERS: Final[Mapping[str, Callable[..., "grpc.RpcMethodHandler[Any, Any]"]]] = {
    "unary_unary": grpc.unary_unary_rpc_method_handler,
    "unary_stream": grpc.unary_stream_rpc_method_handler,
    "stream_unary": grpc.stream_unary_rpc_method_handler,
    "stream_stream": grpc.stream_stream_rpc_method_handler,
}
ARITIES: Final = tuple(_MAKERS)


# ---- services: one method for each arity, which answers "one" and "two" and then fails ----


def sync_handlers(then: Callable[[Any], object], **codecs: Any) -> Handlers:
    """Return methods for threads; `then` is called with the context."""

    def unary(request: Any, context: grpc.ServicerContext) -> bytes:
        _ = request if isinstance(request, bytes) else list(request)
        then(context)
        return b"one"

    def stream(request: Any, context: grpc.ServicerContext) -> Iterator[bytes]:
        _ = request if isinstance(request, bytes) else list(request)
        yield b"one"
        yield b"two"
        then(context)

    return {name: make(stream if name.endswith("stream") else unary, **codecs) for name, make in _MAKERS.items()}


def aio_handlers(then: Callable[[Any], object], **codecs: Any) -> Handlers:
    """Return the same for an event loop."""

    async def called(request: Any, context: Any) -> None:
        _ = request if isinstance(request, bytes) else [message async for message in request]
        if asyncio.iscoroutine(result := then(context)):
            await result

    async def unary(request: Any, context: Any) -> bytes:
        await called(request, context)
        return b"one"

    async def stream(request: Any, context: Any) -> AsyncIterator[bytes]:
        yield b"one"
        yield b"two"
        await called(request, context)

    return {name: make(stream if name.endswith("stream") else unary, **codecs) for name, make in _MAKERS.items()}


# ---- servers ----


def _add(server: Any, handlers: Handlers) -> None:
    """Add methods as generated code does."""
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    server.add_registered_method_handlers(SERVICE, handlers)


@contextmanager
def sync_serving(contract: Contract, handlers: Handlers, *, installed: bool = False, others: Any = ()) -> Iterator[int]:
    """Run a server of threads, with errata installed into it or as its interceptor; yields the port."""
    with ThreadPoolExecutor(4) as pool:
        if installed:
            server = install(grpc.server(pool, interceptors=others), contract)
        else:
            server = grpc.server(pool, interceptors=[interceptor(contract), *others])
        _add(server, handlers)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield port
        finally:
            server.stop(None).wait(SECONDS)


@contextmanager
def aio_serving(contract: Contract, handlers: Handlers, *, installed: bool = False, others: Any = ()) -> Iterator[int]:
    """Run a server of an event loop, in a thread of its own; yields the port."""
    ready: Future[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        if installed:
            server = install(aio.server(interceptors=others), contract)
        else:
            server = aio.server(interceptors=[aio_interceptor(contract), *others])
        _add(server, handlers)
        port, done = server.add_insecure_port("127.0.0.1:0"), asyncio.Event()
        await server.start()
        ready.set_result((port, asyncio.get_running_loop(), done))
        await done.wait()
        await server.stop(SECONDS)
        if calls := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(calls, timeout=SECONDS)  # what is sent may be there before its method has ended

    thread = Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    port, loop, done = ready.result(SECONDS)
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(SECONDS)
        assert not thread.is_alive()


class World(NamedTuple):
    """A kind of server: how methods are made for it, and how it is run."""

    handlers: Callable[..., Handlers]
    serving: Callable[..., AbstractContextManager[int]]
    installed: bool

    def run(self, contract: Contract, then: Callable[[Any], object], **codecs: Any) -> AbstractContextManager[int]:
        """Run a server whose methods end with `then`."""
        return self.serving(contract, self.handlers(then, **codecs), installed=self.installed)


WORLDS: Final = {
    "sync, interceptor": World(sync_handlers, sync_serving, installed=False),
    "sync, install": World(sync_handlers, sync_serving, installed=True),
    "aio, interceptor": World(aio_handlers, aio_serving, installed=False),
    "aio, install": World(aio_handlers, aio_serving, installed=True),
    "aio, methods for threads": World(sync_handlers, aio_serving, installed=False),
}


# ---- a client ----


class Ended(NamedTuple):
    """How a call ended, and what had been received until then."""

    code: str
    message: str
    trailers: dict[str, str | bytes]
    received: list[bytes]

    @property
    def details(self) -> list[tuple[str, bytes]]:
        """Return the names and the bytes of the details; of a code and message that are those of the call."""
        data = self.trailers.get("grpc-status-details-bin", b"")
        assert isinstance(data, bytes)
        status = fields(data)
        assert {(1, number(self.code)), (2, self.message.encode())} >= {f for f in status if f[0] < 3}
        packed = [dict(fields(value)) for n, value in status if n == 3 and isinstance(value, bytes)]
        return [(bytes(p[1]).decode().rpartition(".")[2], bytes(p.get(2, b""))) for p in packed]

    @property
    def everything(self) -> bytes:
        """Return all that the client was sent, to be searched."""
        return repr((self.code, self.message, self.trailers, self.received)).encode()


def number(code: str) -> int:
    """Return the number of a status code."""
    return int(grpc.StatusCode[code].value[0])


def fields(data: bytes) -> list[tuple[int, int | bytes]]:
    """Return the numbers and values of the fields of a protobuf message, as its specification says."""
    found: list[tuple[int, int | bytes]] = []
    pos = 0

    def varint() -> int:
        nonlocal pos
        value = shift = 0
        while True:
            byte = data[pos]
            pos += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while pos < len(data):
        key = varint()
        assert key & 7 in (0, 2)
        size = varint()
        if key & 7 == 2:
            pos += size
        found.append((key >> 3, data[pos - size : pos] if key & 7 == 2 else size))
    return found


def call(
    port: int,
    arity: str,
    method: str | None = None,
    *,
    requests: Sequence[bytes] = (b"a", b"b"),
    metadata: Sequence[tuple[str, str | bytes]] = (),
) -> Ended:
    """Call a method and return how that ended."""
    received: list[bytes] = []
    options = [("grpc.enable_retries", 0), ("grpc.use_local_subchannel_pool", 1)]
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=options) as channel:
        request: Any = iter(requests) if arity.startswith("stream") else requests[0]
        stub: Any = getattr(channel, arity)(f"/{SERVICE}/{method or arity}")
        ended: Any
        try:
            if arity.endswith("stream"):
                ended = stub(request, timeout=SECONDS, metadata=metadata)
                received += ended
            else:
                response, ended = stub.with_call(request, timeout=SECONDS, metadata=metadata)
                received.append(response)
        except grpc.RpcError as error:
            ended = error
        return Ended(ended.code().name, ended.details(), dict(ended.trailing_metadata()), received)
