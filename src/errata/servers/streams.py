"""Streams of events and of lines that say how they failed: the last frame of a broken one is a problem.

The status line is gone by the time a stream fails, so what would have been the
response becomes one more frame. Nothing but the end of each chunk is looked at
until then.
"""

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Generator, Iterable
from contextlib import suppress
from sys import get_asyncgen_hooks
from typing import Any, Final, overload

import msgspec
from msgspec import Struct

from errata._contract import Contract, logger
from errata._http import Headers, RawResponse, Request
from errata._read import read
from errata._translate import render

Chunk = str | bytes | bytearray | memoryview
"""A part of a stream; where it is cut does not matter."""

_Stream = AsyncGenerator[bytes, None] | Generator[bytes, None, None]
_Frame = Callable[[bytes, RawResponse], bytes]
"""Makes the last frame of what was sent last and of the response that says what failed."""


@overload
def sse(contract: Contract, events: AsyncIterable[Chunk], request: Request = ...) -> AsyncGenerator[bytes, None]: ...
@overload
def sse(contract: Contract, events: Iterable[Chunk], request: Request = ...) -> Generator[bytes, None, None]: ...
def sse(
    contract: Contract,
    events: AsyncIterable[Chunk] | Iterable[Chunk],
    request: Request = Request(),  # noqa: B008 - a value
) -> _Stream:
    """Return the events of a `text/event-stream`; when their source fails, the last is `event: error` with a problem.

    An event that the failure cut off is ended as `event: incomplete`, so that
    nobody takes it for a whole one. Who reads the stream no more closes the source.
    """
    return _stream(contract, events, request, _event)


@overload
def ndjson(contract: Contract, lines: AsyncIterable[Chunk], request: Request = ...) -> AsyncGenerator[bytes, None]: ...
@overload
def ndjson(contract: Contract, lines: Iterable[Chunk], request: Request = ...) -> Generator[bytes, None, None]: ...
def ndjson(
    contract: Contract,
    lines: AsyncIterable[Chunk] | Iterable[Chunk],
    request: Request = Request(),  # noqa: B008 - a value
) -> _Stream:
    """Return the lines of a stream of JSON; when their source fails, the last is `{"error": problem, "status": 503}`.

    A line that the failure cut off is ended first. Who reads the stream no more
    closes the source.
    """
    return _stream(contract, lines, request, _line)


def _stream(contract: Contract, source: Any, request: Request, frame: _Frame) -> _Stream:
    if isinstance(source, str | bytes) or not isinstance(source, AsyncIterable | Iterable):
        raise TypeError(f"a stream is made of an iterator of chunks, got {source!r:.60}; pass a generator or a list")
    failing = _Failing(contract, request, frame)
    # Started at once: what never began could not close its source when nobody asks for the first chunk.
    if isinstance(source, AsyncIterable):
        stream = _async_stream(source, failing)
        if get_asyncgen_hooks().firstiter is not None:  # outside of an event loop nobody would end it
            _begin(stream)
        return stream
    begun = _sync_stream(source, failing)
    next(begun)
    return begun


def _begin(stream: AsyncGenerator[bytes, None]) -> None:
    """Run to the first `yield`, before which nothing is awaited."""
    with suppress(StopIteration):
        stream.asend(None).send(None)


class _Failing(Struct):
    """What the last frame is made of; `end` holds the last bytes sent."""

    contract: Contract
    request: Request
    frame: _Frame
    end: bytes = b""

    def sent(self, chunk: Chunk) -> bytes:
        """Return a chunk as bytes, and remember its end."""
        if not isinstance(chunk, str | bytes | bytearray | memoryview):
            raise TypeError(f"a chunk of a stream is bytes or text, got {type(chunk).__name__}")
        data = chunk.encode() if isinstance(chunk, str) else bytes(chunk)
        self.end = (self.end + data[-_END:])[-_END:]
        return data

    def last(self, error: Exception) -> bytes:
        """Return the last frame, and log the error."""
        return self.frame(self.end, _response(self.contract, error, self.request))


_END: Final = 4  # bytes: as long as two ends of line can be


async def _async_stream(source: AsyncIterable[Chunk], failing: _Failing) -> AsyncGenerator[bytes, None]:
    chunks: object = None
    last = b""
    try:
        yield b""  # the start, which nobody sees
        try:
            chunks = aiter(source)
            async for chunk in chunks:
                yield failing.sent(chunk)
        except Exception as error:  # noqa: BLE001 - a stream that is cancelled or closed fails with none of these
            last = failing.last(error)
        if last:
            yield last
    finally:
        for each in _distinct(chunks, source):
            await _aclose(each)


def _sync_stream(source: Iterable[Chunk], failing: _Failing) -> Generator[bytes, None, None]:
    chunks: object = None
    last = b""
    try:
        yield b""  # the start, which nobody sees
        try:
            chunks = iter(source)
            for chunk in chunks:
                yield failing.sent(chunk)
        except Exception as error:  # noqa: BLE001 - a stream that is closed fails with none of these
            last = failing.last(error)
        if last:
            yield last
    finally:
        for each in _distinct(chunks, source):
            _close(each)


def _distinct(chunks: object, source: object) -> tuple[object, ...]:
    """Return what is to be closed: the iterator, and what it came from if that is another object."""
    return (source,) if chunks is source or chunks is None else (chunks, source)


async def _aclose(each: Any) -> None:
    try:
        if (aclose := getattr(each, "aclose", None)) is not None:
            await aclose()
    except Exception as failure:  # noqa: BLE001 - everything was sent
        _tell(failure)


def _close(each: Any) -> None:
    try:
        if (close := getattr(each, "close", None)) is not None:
            close()
    except Exception as failure:  # noqa: BLE001 - everything was sent
        _tell(failure)


def _tell(failure: Exception) -> None:
    with suppress(Exception):  # a broken filter or handler of the application
        logger().error("a stream could not be closed (%s)", type(failure).__name__, exc_info=failure)


# What a stream is asked for with says nothing about the format of a problem inside of it.
_ACCEPT: Final = "application/json, */*;q=0.1"


def _response(contract: Contract, error: Exception, request: Request) -> RawResponse:
    """Return the response that the error would have had, in JSON if the contract speaks it, and in text anyway."""
    asked = Request(request.method, request.path, Headers({**request.headers, "accept": _ACCEPT}))
    # Chosen by what was really asked for, and so not to be chosen again.
    response = contract.chosen(request)._respond(error, asked, None)  # noqa: SLF001 - what `respond` does then
    return response if _is_text(response.body) else render(read(response).problem, "problem")


def _is_text(body: bytes) -> bool:
    try:
        return bool(body.decode().strip()) and b"\0" not in body
    except UnicodeDecodeError:
        return False


def _event(end: bytes, response: RawResponse) -> bytes:
    """Return the problem as an event; one that is cut off is ended under a name that nobody listens to."""
    cut = b"" if not end or _lines(end).endswith(b"\n\n") else b"event: incomplete\n\n"
    if cut and not end.endswith((b"\n", b"\r")):
        cut = b"\n" + cut
    seconds = _retry_after(response)
    retry = b"" if seconds is None else b"retry: %d\n" % (seconds * 1000)  # when a browser is to connect again
    data = b"".join(b"data: %b\n" % line for line in _lines(response.body).strip(b"\n").split(b"\n"))
    return cut + b"event: error\n" + retry + data + b"\n"


def _retry_after(response: RawResponse) -> int | None:
    """Return the seconds of `Retry-After`, for which most bodies have no room."""
    seconds = response.headers.get("retry-after", "")
    return int(seconds) if seconds.isdecimal() else None


def _lines(text: bytes) -> bytes:
    """Return a text with one kind of line end (WHATWG HTML section 9.2.5 has three)."""
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _line(end: bytes, response: RawResponse) -> bytes:
    """Return the problem as a line of its own; what is no JSON is a text in it."""
    cut = b"" if not end or end.endswith(b"\n") else b"\n"
    body: object = response.body.decode()
    if response.media_type.endswith("json"):
        with suppress(msgspec.DecodeError):
            body = msgspec.Raw(msgspec.json.format(response.body, indent=-1))
    seconds = _retry_after(response)
    retry = {} if seconds is None else {"retry_after": seconds}
    return cut + msgspec.json.encode({"error": body, "status": response.status, **retry}) + b"\n"
