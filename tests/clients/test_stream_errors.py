"""Errors inside streams: what an event or a line reports is raised, and everything else passes untouched."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from typing import Any, Final

import httpx
import pytest
import requests
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from hypothesis import example, given
from hypothesis import strategies as st

from errata import (
    BadGateway,
    Catalog,
    Contract,
    Error,
    InternalError,
    OutOfRange,
    RawResponse,
    Request,
    ResourceExhausted,
    Unavailable,
)
from errata._body import MAX_BYTES
from errata._read import builtin_registry
from errata.clients.streams import raise_for_event, raise_for_line
from errata.servers.streams import ndjson, sse
from tests.clients.callers import SECONDS
from tests.servers.serving import serving


class Overloaded(Error, status=503, code="OVERLOADED"):
    """A type of the server and of the client."""

    detail = "The model is busy."
    retry_after: float


class Spent(Error, status=402, code="SPENT"):
    """A type whose status the body may leave out."""


SHOP: Final = Contract(Catalog([Overloaded, Spent], name="shop"))


async def failing(*chunks: str) -> AsyncIterator[str]:
    """Yield some chunks and fail."""
    for chunk in chunks:
        yield chunk
    raise Overloaded(retry_after=5)


app: Final = FastAPI()


@app.get("/events")
async def events() -> StreamingResponse:
    """Send a stream of events that breaks in the middle of one."""
    return StreamingResponse(sse(SHOP, failing("data: 1\n\n", "data: 2")), media_type="text/event-stream")


@app.get("/lines")
async def lines() -> StreamingResponse:
    """Send a stream of lines that breaks in the middle of one."""
    return StreamingResponse(ndjson(SHOP, failing('{"row":1}\n', '{"ro')), media_type="application/x-ndjson")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Serve both over a socket."""
    with serving(app) as port:
        yield f"http://127.0.0.1:{port}"


def httpx_lines(url: str) -> Iterator[str]:
    """Yield the lines that httpx gives."""
    with httpx.stream("GET", url, timeout=SECONDS) as response:
        yield from response.iter_lines()


def requests_lines(url: str) -> Iterator[bytes]:
    """Yield the lines that requests gives."""
    with requests.get(url, stream=True, timeout=SECONDS) as response:
        yield from response.iter_lines()


def events_of(lines: Iterator[Any]) -> Iterator[tuple[str, str, int | None]]:
    """Yield name, data and retry of the events in lines."""
    event, data, retry = "", [], None
    for line in lines:
        name, _, value = (line if isinstance(line, str) else line.decode()).partition(": ")
        if name == "event":
            event = value
        elif name == "data":
            data.append(value)
        elif name == "retry":
            retry = int(value)
        elif not name:
            yield event, "\n".join(data), retry
            event, data, retry = "", [], None


each_client = pytest.mark.parametrize("lines_of", [httpx_lines, requests_lines])


@each_client
def test_events_of_a_real_server(address: str, lines_of: Callable[[str], Iterator[Any]]) -> None:
    """What came before the failure is there, then comes the error, with the delay that the event names."""
    events = events_of(lines_of(f"{address}/events"))
    read = (raise_for_event(event, data, SHOP, retry=retry) for event, data, retry in events)
    assert ["1", "2"] == [next(read), next(read)]
    with pytest.raises(Overloaded) as caught:
        next(read)
    assert (503, "The model is busy.", 5.0, True) == seen(caught.value)


@each_client
def test_lines_of_a_real_server(address: str, lines_of: Callable[[str], Iterator[Any]]) -> None:
    """The same with lines, whether the library gives them as text or as bytes."""
    read = (raise_for_line(line, SHOP) for line in lines_of(f"{address}/lines"))
    assert ({"row": 1}, b'{"ro') == (json.loads(next(read)), encoded(next(read)))
    with pytest.raises(Overloaded) as caught:
        next(read)
    assert (503, "The model is busy.", 5.0, True) == seen(caught.value)


def encoded(line: str | bytes) -> bytes:
    """Return a line as bytes."""
    return line.encode() if isinstance(line, str) else line


def seen(error: Error) -> tuple[Any, ...]:
    """Return what is worth knowing of an error."""
    return error.status, error.problem.detail, error.retry_after, error.retryable


@pytest.mark.parametrize("dialect", [dialect.name for dialect in builtin_registry()])
def test_what_any_dialect_says_in_a_stream_is_read(dialect: str) -> None:
    """The last frame of each dialect is raised, with and without the contract; a line knows the status."""
    contract = Contract(Catalog([]), dialect=dialect)
    status = contract.respond(Unavailable(), Request(headers={"accept": "application/json, */*;q=0.1"})).status
    line = b"".join(ndjson(contract, at_once())).rstrip(b"\n")
    event, data, _ = next(events_of(iter(b"".join(sse(contract, at_once())).decode().split("\n"))))
    for known in (contract, None):
        with pytest.raises(Error) as in_line:
            raise_for_line(line, known)
        assert status in {in_line.value.status, 200}
        with pytest.raises(Error) as in_event:
            raise_for_event(event, data, known)
        assert (line, data) == (in_line.value.response, in_event.value.response)


def at_once() -> Iterator[bytes]:
    """Fail before anything is sent."""
    raise Unavailable
    yield b""


# name -> event, data, class, status, detail, code
FOREIGN: Final[dict[str, tuple[str, str, type[Error], int, str | None, str | None]]] = {
    "Anthropic": (
        "error", '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"r"}',
        Unavailable, 503, "Overloaded", "overloaded_error",
    ),
    "OpenAI, without a name": (
        "", '{"error":{"message":"No more.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}',
        ResourceExhausted, 429, "No more.", "insufficient_quota",
    ),
    "OpenAI, responses": (
        "error", '{"type":"error","code":"server_error","message":"Oh.","param":null,"sequence_number":1}',
        InternalError, 500, "Oh.", "server_error",
    ),
    "Google": (
        "message", '{"error":{"code":503,"message":"Busy.","status":"UNAVAILABLE"}}',
        Unavailable, 503, "Busy.", "UNAVAILABLE",
    ),
    "Kubernetes": (
        "", '{"type":"ERROR","object":{"kind":"Status","status":"Failure","code":410,"reason":"Expired","message":""}}',
        OutOfRange, 410, None, "Expired",
    ),
    "Ollama": ("", '{"error":"model gone"}', InternalError, 500, "model gone", None),
    "a page in a line": ("", '{"error":"<title>Bad</title>","status":502}', BadGateway, 502, "Bad", None),
    "a text": ("error", "no more", InternalError, 500, "no more", None),
    "nothing": ("error", "", InternalError, 500, None, None),
    "a status in the body": ("error", '{"status":503,"message":"m"}', Unavailable, 503, "m", None),
    "no status, a code of the contract": ("error", '{"detail":"D","code":"SPENT"}', Spent, 402, "D", "SPENT"),
    "a status of no error": ("", '{"error":{"detail":"D","code":"SPENT"},"status":200}', Spent, 402, "D", "SPENT"),
}  # fmt: skip


@pytest.mark.parametrize("row", FOREIGN.values(), ids=FOREIGN)
def test_what_others_send_is_read(row: Any) -> None:
    """The status comes from the frame, the body, the code in the contract, what the code means; else it is 500."""
    event, data, cls, status, detail, code = row
    for sent in (data, data.encode()):
        with pytest.raises(Error) as caught:
            raise_for_event(event, sent, SHOP)
        error = caught.value
        assert (cls, status, detail) == (type(error), error.status, error.problem.detail)
        assert code in (None, error.code)
        assert sent == error.response


ROWS: Final = {
    "a row": ("", '{"row":1}'),
    "no JSON": ("", "[DONE]"),
    "an error that is null": ("", '{"error":null}'),
    "an error that is empty": ("", '{"error":""}'),
    "an error beside other members": ("", '{"id":1,"error":"none"}'),
    "a status beside no error": ("", '{"error":null,"status":500}'),
    "a status that is none": ("", '{"error":"x","status":"done"}'),
    "an event of another name": ("log", '{"error":"disk full"}'),
    "another type": ("", '{"type":"ERRORS","object":{},"a":"ERROR"}'),
    "half of an error": ("", '{"error":{"title":"T"},"sta'),
    "too deep": ("", '{"error":' + "[" * 100_000 + "]" * 100_000 + ',"status":500}'),
    "too large": ("", '{"error":"' + "x" * MAX_BYTES + '"}'),
    "half a character": ("", '{"error":"\ud800"'),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_what_is_no_error_comes_back(row: tuple[str, str]) -> None:
    """Data is returned as it is, the same object."""
    event, data = row
    assert data is raise_for_event(event, data, SHOP)
    sent = data.encode("utf-8", "replace")
    assert sent is raise_for_event(event, sent)


MEMBERS: Final = st.sampled_from(["error", "status", "type", "object", "retry_after", "code"])
VALUES: Final = st.one_of(st.none(), st.integers(), st.floats(), st.text(), st.dictionaries(MEMBERS, st.integers()))
FRAMES: Final = st.dictionaries(MEMBERS, VALUES).map(json.dumps)


@given(st.one_of(st.text(), st.binary(), FRAMES), st.one_of(st.none(), st.floats(), st.integers()))
@example('{"error":{},"status":500,"retry_after":-1e999}', -1)
@example('{"error":"' + "[" * 2_000_000, 10**400)
def test_nothing_else_is_ever_raised(data: str | bytes, retry: float | None) -> None:
    """Whatever a stream sends, it is data or an error, and a delay is a number of seconds or none."""
    for contract in (SHOP, None):
        with pytest.raises(Error) as caught:
            raise_for_event("error", data, contract, retry=retry)
        assert is_bounded(caught.value)
        with suppress(Error):
            assert data is raise_for_line(data, contract)


def is_bounded(error: Error) -> bool:
    """Tell whether an error can be shown, and names a delay that can be waited for."""
    return bool(str(error)) and (error.retry_after is None or 0 <= error.retry_after < 1e9)


def test_an_error_of_a_stream_is_not_handed_on() -> None:
    """A server that does not handle it has met a bad gateway; nothing of the other API reaches its own clients."""
    with pytest.raises(Unavailable) as caught:
        raise_for_line('{"error":"secret","status":503}')
    answer: RawResponse = SHOP.respond(caught.value)
    assert (502, False) == (answer.status, b"secret" in answer.body)
