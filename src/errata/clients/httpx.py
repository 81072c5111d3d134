"""httpx and httpx2, sync and async: raise what a response says went wrong, and try again what may be tried again."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from functools import cache
from importlib import import_module
from time import sleep as sleep_sync
from typing import Any, Protocol, Self, TypeVar, cast

from errata._contract import Contract
from errata._error import Error
from errata.clients._raising import Intake, Received, gather, gather_async, is_fine, latin_1
from errata.clients._retrying import LONGEST, Retries, backoff


class _Fields(Protocol):
    @property
    def raw(self) -> list[tuple[bytes, bytes]]: ...


class _Request(Protocol):
    method: str


class Response(Protocol):
    """What is needed of a response; both libraries have it, so neither is imported here."""

    status_code: int
    is_closed: bool
    is_stream_consumed: bool
    stream: Any

    @property
    def headers(self) -> _Fields: ...  # noqa: D102
    @property
    def content(self) -> bytes: ...  # noqa: D102
    @property
    def request(self) -> _Request: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102
    async def aclose(self) -> None: ...  # noqa: D102


_R = TypeVar("_R", bound=Response)
_T = TypeVar("_T")


def raise_for_problem(response: _R, contract: Contract | None = None) -> _R:
    """Raise the error that a response reports; return the response when there is none.

    With a contract, its own classes are raised (by code, by the code's parents),
    else the standard ones, by status and kind. A 2xx is looked into only if the
    contract's dialect is known to fail inside them.

    A body that is not there yet is read, up to a cap; a success can still be
    streamed afterwards. A body that is gone or breaks off leaves the status to
    speak. Raises RuntimeError for an async response whose body is not there.
    """
    if is_fine(response.status_code, contract):
        return response
    received = _received(response, _method(response), contract)
    if (body := _loaded(response, received)) is not None:
        received.raise_error(body)
        return response
    if not hasattr(response.stream, "__iter__"):
        raise RuntimeError(
            "the body was not read: call `await araise_for_problem(response)`, or `await response.aread()` before"
        )
    parts = iter(response.stream)
    intake = gather(parts)
    body = received.plain(intake.body)
    try:
        received.raise_error(body)
    except Error:
        _drop(response, body, parts)
        raise
    response.stream = _replayed(response, intake, parts)
    return response


async def araise_for_problem(response: _R, contract: Contract | None = None) -> _R:
    """Do as `raise_for_problem` does, with a response of an async client whose body may not be there yet."""
    if is_fine(response.status_code, contract):
        return response
    received = _received(response, _method(response), contract)
    if _loaded(response, received) is not None or not hasattr(response.stream, "__aiter__"):
        return raise_for_problem(response, contract)
    parts = aiter(response.stream)
    intake = await gather_async(parts)
    body = received.plain(intake.body)
    try:
        received.raise_error(body)
    except Error:
        await _adrop(response, body, parts)
        raise
    response.stream = _replayed(response, intake, parts)
    return response


def hook(contract: Contract | None = None) -> Callable[[Any], Any]:
    """Return an event hook that raises, for sync and for async clients: `event_hooks={"response": [hook()]}`.

    It sees a response before its body is read, so nothing in the body can get in its way.
    """

    def raise_for_each(response: Any) -> Any:
        # An async client awaits what its hooks return, of successes too; a sync one drops it.
        is_async = not hasattr(response.stream, "__iter__")
        return (araise_for_problem if is_async else raise_for_problem)(response, contract)

    return raise_for_each


def retrying(  # noqa: PLR0913 - the parts of one decision
    transport: _T,
    contract: Contract | None = None,
    *,
    attempts: int = 3,
    longest: float = LONGEST,
    default: Callable[[int], float] = backoff,
    sleep: Callable[[float], Any] | None = None,
) -> _T:
    """Return a transport that sends a request again when the error says that this is reasonable and safe.

    That is what `Error.retryable` tells, from the contract, the status and the
    method. The delay is the one that the response asks for, else `default` of the
    attempt's number (the first is 1); a response that asks for more than `longest`
    seconds is handed on at once. So is one to a request whose body can be sent
    only once, and the last of `attempts`. `sleep` is an async function where the
    transport is async.
    """
    return cast("_T", _Retrying(transport, contract, Retries(attempts, longest, default), sleep))


class _Retrying:
    """A transport around another one; sync or async as that one is."""

    def __init__(
        self, transport: Any, contract: Contract | None, retries: Retries, sleep: Callable[[float], Any] | None
    ) -> None:
        self._transport = transport
        self._contract = contract
        self._retries = retries
        self._sleep = sleep

    def handle_request(self, request: Any) -> Any:
        attempt = 0
        while True:
            attempt += 1
            response = self._transport.handle_request(request)
            try:
                delay = self._delay(request, response, attempt)
            except BaseException:
                response.close()
                raise
            if delay is None:
                return response
            response.close()
            (self._sleep or sleep_sync)(delay)

    def _delay(self, request: Any, response: Any, attempt: int) -> float | None:
        if self._is_last(request, response, attempt):
            return None
        parts = iter(response.stream)
        return self._decided(request, response, gather(parts), parts, attempt)

    async def handle_async_request(self, request: Any) -> Any:
        attempt = 0
        while True:
            attempt += 1
            response = await self._transport.handle_async_request(request)
            try:
                delay = await self._delay_async(request, response, attempt)
            except BaseException:
                await response.aclose()
                raise
            if delay is None:
                return response
            await response.aclose()
            await (self._sleep or _sleep_async())(delay)

    async def _delay_async(self, request: Any, response: Any, attempt: int) -> float | None:
        if self._is_last(request, response, attempt):
            return None
        parts = aiter(response.stream)
        return self._decided(request, response, await gather_async(parts), parts, attempt)

    def _is_last(self, request: Any, response: Any, attempt: int) -> bool:
        """Tell, without a look at the body, that there will be no other attempt."""
        if attempt >= self._retries.attempts or is_fine(response.status_code, self._contract):
            return True
        try:
            request.content  # noqa: B018 - it raises when the body is a stream: that can be sent only once
        except RuntimeError:
            return True
        return not _received(response, request.method, self._contract).is_readable

    def _decided(self, request: Any, response: Any, intake: Intake, parts: Any, attempt: int) -> float | None:
        """Return the delay before the next attempt; None to hand the response on, as if nobody had read it."""
        received = _received(response, request.method, self._contract)
        delay = self._retries.delay(received.error(received.plain(intake.body)), attempt)
        if delay is None:
            response.stream = _replayed(response, intake, parts)
        return delay

    def close(self) -> None:
        self._transport.close()

    async def aclose(self) -> None:
        await self._transport.aclose()

    def __enter__(self) -> Self:
        self._transport.__enter__()
        return self

    def __exit__(self, *failure: object) -> None:
        self._transport.__exit__(*failure)

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._transport.__aexit__(*failure)


def _sleep_async() -> Callable[[float], Any]:
    from anyio import sleep  # what both libraries stand on; it knows which event loop runs

    return sleep


def _received(response: Response, method: str | None, contract: Contract | None) -> Received:
    return Received(response.status_code, latin_1(response.headers.raw), response, method, contract)


def _method(response: Response) -> str | None:
    try:
        return response.request.method
    except RuntimeError:  # a response made by hand has no request
        return None


def _loaded(response: Response, received: Received) -> bytes | None:
    """Return the body if it is there, or if it is gone or not to be read: nothing; None if it is still to come."""
    try:
        return response.content
    except RuntimeError:
        is_gone = response.is_closed or response.is_stream_consumed
        return b"" if is_gone or not received.is_readable else None


def _drop(response: Any, body: bytes, parts: Any) -> None:
    """Leave the body of an error to the response, so that `error.response.text` works, and nothing else."""
    response._content = body  # noqa: SLF001 - there is no public way to leave a body
    with suppress(Exception):  # a connection that is broken may not close either
        if hasattr(parts, "close"):
            parts.close()
        response.close()


async def _adrop(response: Any, body: bytes, parts: Any) -> None:
    response._content = body  # noqa: SLF001 - as above
    with suppress(Exception):
        if hasattr(parts, "aclose"):
            await parts.aclose()
        await response.aclose()


class _Replay:
    """A body whose beginning was read before: that again, then what broke it off, or the rest."""

    def __init__(self, stream: Any, intake: Intake, rest: Any) -> None:
        self._stream = stream
        self._intake = intake
        self._rest = rest

    def _begin(self) -> Iterator[bytes]:
        yield from self._intake.chunks
        if self._intake.failure is not None:
            raise self._intake.failure


class _SyncReplay(_Replay):
    def __iter__(self) -> Iterator[bytes]:
        yield from self._begin()
        if not self._intake.ended:
            yield from self._rest

    def close(self) -> None:
        self._stream.close()


class _AsyncReplay(_Replay):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._begin():
            yield chunk
        if not self._intake.ended:
            async for chunk in self._rest:
                yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


def _replayed(response: Any, intake: Intake, rest: Any) -> Any:
    library = next(cls.__module__ for cls in type(response).__mro__ if cls.__name__ == "Response")
    return _replay_class(library, is_async=hasattr(rest, "__anext__"))(response.stream, intake, rest)


@cache
def _replay_class(library: str, *, is_async: bool) -> type[_Replay]:
    """Return the class as one of the library's streams, of one kind alone: it is asked which it is."""
    replay, stream = (_AsyncReplay, "AsyncByteStream") if is_async else (_SyncReplay, "SyncByteStream")
    return type("Replay", (replay, getattr(import_module(library), stream)), {})
