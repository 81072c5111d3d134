"""Streams that fail after they have begun: the last frame says what went wrong, and everything is closed."""

import asyncio
import gc
import http.client
import json
import logging
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any, Final

import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from flask import Flask, Response
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request as StarletteRequest

from errata import Catalog, Contract, Error, NotFound, Problem, RawResponse, Request, Violation, read
from errata._read import builtin_registry
from errata.servers.asgi import request_of
from errata.servers.streams import ndjson, sse
from errata.testing._server import Busy, Mistakes
from tests.servers.serving import SECONDS, serving
from tests.servers.worlds import OWN, TEXT_OF_A_BUG, TRACE, CaseClosed, fixed_trace, plain

CLOSED: Final = {
    "title": "Case closed",
    "status": 403,
    "detail": "The case has been closed for more than 3 days.",
    "code": "CASE_CLOSED",
    "days": 3,
    "traceId": TRACE,
}
BUG: Final = {"title": "Internal Server Error", "status": 500, "traceId": TRACE}


class Source:
    """Chunks and then a failure, as an iterator of both kinds that knows whether it was closed."""

    def __init__(self, *chunks: Any, failure: BaseException | None = None) -> None:
        self.chunks = list(chunks)
        self.failure = failure
        self.closed = 0

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if self.chunks:
            return self.chunks.pop(0)
        raise self.failure or StopIteration

    def close(self) -> None:
        """Note that the source was closed."""
        self.closed += 1


class AsyncSource(Source):
    """The same for `async for`."""

    __iter__ = None  # type: ignore[assignment]

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        await asyncio.sleep(0)
        if self.chunks:
            return self.chunks.pop(0)
        raise self.failure or StopAsyncIteration

    async def aclose(self) -> None:
        """Note that the source was closed, slowly."""
        await asyncio.sleep(0)
        self.closed += 1


def read_sync(stream: Any) -> bytes:
    """Return all chunks of a stream."""
    return b"".join(stream)


def read_async(stream: Any) -> bytes:
    """Return all chunks of an asynchronous stream."""

    async def collect() -> bytes:
        return b"".join([chunk async for chunk in stream])

    return asyncio.run(collect())


KINDS: Final[dict[str, tuple[type[Source], Any]]] = {"sync": (Source, read_sync), "async": (AsyncSource, read_async)}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> tuple[type[Source], Any]:
    """Return a source and how its stream is read, for each kind of iteration."""
    return KINDS[request.param]


def failed(kind: Any, framed: Any, *chunks: Any, failure: BaseException, contract: Contract = plain) -> bytes:
    """Return what a stream sends whose source fails after some chunks."""
    make, collect = kind
    source = make(*chunks, failure=failure)
    sent = collect(framed(contract, source))
    assert source.closed == 1
    return bytes(sent)


def events(sent: bytes) -> list[tuple[str, str]]:
    """Return the events with data that a client of the standard gets (WHATWG HTML, section 9.2.6)."""
    found, name, data = [], "", list[str]()
    text = sent.decode("utf-8", "replace").removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    for line in text.split("\n")[:-1]:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data:
                found.append((name or "message", "\n".join(data)))
            name, data = "", []
        elif field == "event":
            name = value
        elif field == "data":
            data.append(value)
    return found


def problem_of(sent: bytes) -> Any:
    """Return the problem in the last event."""
    name, data = events(sent)[-1]
    assert "error" == name
    return json.loads(data)


# ---- what is sent ----


@pytest.mark.parametrize("framed", [sse, ndjson])
def test_a_stream_that_succeeds_is_left_as_it_is(kind: Any, framed: Any) -> None:
    """Every chunk is sent as it came, and nothing is added."""
    make, collect = kind
    source = make("a", b"", b"\xff\n", bytearray(b"b"), memoryview(b"c"), "é")
    assert b"a\xff\nbc\xc3\xa9" == collect(framed(plain, source))
    assert 1 == source.closed


@pytest.mark.parametrize(
    "chunks",
    [
        [],
        [""],
        ["data: 1\n\n"],
        ["data: 1\r\n\r\n"],
        ["data: 1\r\r"],
        ["data: 1", "\n", "\n"],
        ["data: 1\n", "\r\n"],
        [": waiting\n\n"],
    ],
)
def test_after_whole_events_comes_the_problem(kind: Any, chunks: list[str]) -> None:
    """The problem is one event, right behind those that were sent."""
    sent = failed(kind, sse, *chunks, failure=CaseClosed(days=3))
    before, _, frame = sent.partition(b"event: error\n")
    assert "".join(chunks).encode() == before
    assert (True, True, 2) == (frame.startswith(b"data: {"), frame.endswith(b"}\n\n"), frame.count(b"\n"))
    assert CLOSED == json.loads(frame.removeprefix(b"data: "))


@pytest.mark.parametrize(
    ("chunks", "seen"),
    [
        (["data: 1\n\ndata: {"], [("message", "1"), ("incomplete", "{")]),
        (["data: 1\n\ndata: 2\n"], [("message", "1"), ("incomplete", "2")]),
        (["data: 1\r"], [("incomplete", "1")]),
        (["data: 1\r\n"], [("incomplete", "1")]),
        (["event: done\ndata: 1\n"], [("incomplete", "1")]),
        (["data: 1\n\nda"], [("message", "1")]),
        ([": waiting"], []),
        ([b"data: \xe2\x82"], [("incomplete", "\ufffd")]),
    ],
)
def test_an_event_cut_off_spoils_nothing(kind: Any, chunks: list[Any], seen: list[tuple[str, str]]) -> None:
    """What was begun is ended under a name that nobody listens to; the problem stands by itself."""
    sent = failed(kind, sse, *chunks, failure=CaseClosed(days=3))
    *before, (name, data) = events(sent)
    assert seen == before
    assert ("error", CLOSED) == (name, json.loads(data))


@pytest.mark.parametrize(
    ("chunks", "before"),
    [
        ([], b""),
        ([b'{"n":1}\n'], b'{"n":1}\n'),
        ([b'{"n":1}\r\n'], b'{"n":1}\r\n'),
        ([b'{"n":1}\n{"n"'], b'{"n":1}\n{"n"\n'),
        ([b'{"n":"\xe2\x82'], b'{"n":"\xe2\x82\n'),
    ],
)
def test_the_last_line_is_the_problem(kind: Any, chunks: list[bytes], before: bytes) -> None:
    """A line begun is ended; the last one is an object that no line of data is."""
    sent = failed(kind, ndjson, *chunks, failure=CaseClosed(days=3))
    assert sent.startswith(before)
    line = sent.removeprefix(before)
    assert (1, True) == (line.count(b"\n"), line.endswith(b"\n"))
    assert {"error": CLOSED, "status": 403} == json.loads(line)


@given(chunks=st.lists(st.text(st.sampled_from("data: 1e\r\n\u20ac")).map(str.encode) | st.binary(max_size=4)))
def test_whatever_was_sent_the_problem_can_be_read(chunks: list[bytes]) -> None:
    """The last event and the last line are the problem, wherever the stream was cut."""
    assert problem_of(failed(KINDS["sync"], sse, *chunks, failure=CaseClosed(days=3))) == CLOSED
    lines = failed(KINDS["sync"], ndjson, *chunks, failure=CaseClosed(days=3)).split(b"\n")
    assert {"error": CLOSED, "status": 403} == json.loads(lines[-2])


@pytest.mark.parametrize("framed", [sse, ndjson])
def test_a_bug_tells_nothing(kind: Any, framed: Any, caplog: pytest.LogCaptureFixture) -> None:
    """The text of an unknown exception goes to the log, once, and not into the stream."""
    sent = failed(kind, framed, b"data: 1\n\n", failure=RuntimeError(TEXT_OF_A_BUG))
    assert TEXT_OF_A_BUG.encode() not in sent
    assert BUG == (problem_of(sent) if framed is sse else json.loads(sent.split(b"\n")[-2])["error"])
    assert [TRACE] == [vars(record)["problem"]["trace_id"] for record in caplog.records]
    assert TEXT_OF_A_BUG in caplog.text


def test_violations_are_told(kind: Any) -> None:
    """An error in the midst of an upload says what is wrong with it."""
    fault = Violation(path=("rows", 7, "sku"), location="body", detail="is required", code="required")
    sent = failed(kind, sse, failure=Mistakes(violations=(fault,)))
    expected = [{"detail": "is required", "pointer": "#/rows/7/sku", "location": "body", "code": "required"}]
    assert expected == problem_of(sent)["errors"]


@pytest.mark.parametrize("chunk", [7, None, {"data": TEXT_OF_A_BUG}, ["data"], "\ud800"])
def test_a_chunk_that_cannot_be_sent_is_a_failure(kind: Any, chunk: Any, caplog: pytest.LogCaptureFixture) -> None:
    """What is neither bytes nor text ends the stream as any other bug does."""
    caplog.set_level(logging.CRITICAL)
    make, collect = kind
    sent = collect(sse(plain, make(b"data: 1\n\n", chunk, b"data: 2\n\n")))
    assert BUG == problem_of(sent)
    assert [("message", "1")] == events(sent)[:-1]


@pytest.mark.parametrize("source", ["text", b"bytes", None, 7, object()])
def test_what_is_no_iterator_is_refused_at_once(source: Any) -> None:
    """A text would be sent character by character."""
    with pytest.raises(TypeError, match="pass a generator or a list"):
        sse(plain, source)


def test_an_iterable_that_cannot_begin_fails_as_a_stream() -> None:
    """What goes wrong before the first chunk is told as well."""

    class Refusing:
        def __iter__(self) -> Iterator[bytes]:
            raise CaseClosed(days=3)

    assert CLOSED == problem_of(read_sync(sse(plain, Refusing())))


# ---- in which format ----


def contract_in(*dialects: str, **options: Any) -> Contract:
    """Return a contract that speaks some dialects."""
    return Contract(OWN, dialect=dialects[0], also=dialects[1:], trace_id=fixed_trace, **options)


ASKED: Final = Request("GET", "/orders", {"accept": "text/event-stream", "x-version": "1"})


@pytest.mark.parametrize("policy", ["off", "lenient", "strict"])
@pytest.mark.parametrize("dialects", [("problem",), ("problem-xml", "problem"), ("problem", "problem-xml")])
def test_what_the_stream_was_asked_for_with_does_not_matter(policy: Any, dialects: tuple[str, ...]) -> None:
    """`Accept: text/event-stream` is no reason for a 406; JSON is chosen where `Accept` chooses."""
    contract = contract_in(*dialects, negotiation=policy)
    _, data = events(read_sync(sse(contract, Source(failure=CaseClosed(days=3)), ASKED)))[-1]
    in_json = policy != "off" or dialects[0] == "problem"
    assert in_json is data.startswith("{")
    assert "CASE_CLOSED" in data


def test_a_contract_picked_for_the_request_answers() -> None:
    """`select` sees the request as it came, and what it picks decides."""
    old = contract_in("usta")

    def by_accept(request: Request) -> Contract | None:
        return old if request.headers.get("accept") == "text/event-stream" else None

    contract = plain.replace(select=by_accept)
    _, data = events(read_sync(sse(contract, Source(failure=CaseClosed(days=3)), ASKED)))[-1]
    assert ["errors"] == list(json.loads(data))


@pytest.mark.parametrize("dialect", [dialect.name for dialect in builtin_registry()])
def test_any_dialect_can_be_streamed(dialect: str) -> None:
    """XML is text in the frame; what is no text at all is a problem in JSON."""
    contract = Contract(Catalog([]), dialect=dialect, trace_id=fixed_trace)
    failure = NotFound(Problem(status=404, title="Not Found", detail="There is no order 7."))
    name, data = events(read_sync(sse(contract, Source(b"data: 1", failure=failure))))[-1]
    line = json.loads(read_sync(ndjson(contract, Source(b"{", failure=failure))).split(b"\n")[1])
    assert "error" == name
    assert line["error"] == (data if isinstance(line["error"], str) else json.loads(data))
    response = contract.respond(failure)
    assert (response.status if response.body else 404) == line["status"]
    assert "\x00" not in data


def errata_order() -> Any:
    """Return a thing that an error is about."""
    from errata import Resource

    return Resource(type="order", id="7")


def test_several_lines_are_several_lines_of_data() -> None:
    """A body with line breaks arrives as it was written."""
    contract = contract_in("problem-xml")
    expected = contract.respond(CaseClosed(days=3)).body.decode().strip("\n")
    assert ("error", expected) == events(read_sync(sse(contract, Source(failure=CaseClosed(days=3)))))[-1]


def test_a_client_reads_the_frame_as_a_response() -> None:
    """The frame holds the body of the response that there would have been."""
    sent = read_sync(ndjson(plain, Source(failure=Busy(retry_after=7, resource=errata_order()))))
    line = json.loads(sent)
    raw = RawResponse(line["status"], {"content-type": "application/problem+json"}, json.dumps(line["error"]).encode())
    problem = read(raw).problem
    assert (503, "BUSY", TRACE) == (problem.status, problem.code, problem.trace_id)


@pytest.mark.parametrize(("seconds", "said"), [(7, 7), (0.2, 1), (0, 0)])
def test_when_to_come_back_is_in_the_frame(kind: Any, seconds: float, said: int) -> None:
    """What goes into a header field otherwise is the time after which a browser connects again."""
    failure = Busy(retry_after=seconds, resource=errata_order())
    assert f"event: error\nretry: {said * 1000}\ndata: {{".encode() in failed(kind, sse, failure=failure)
    assert said == json.loads(failed(kind, ndjson, failure=failure))["retry_after"]


# ---- how it ends ----


class Halt(BaseException):
    """What is not an error but an order, as a cancellation is."""


@pytest.mark.parametrize("framed", [sse, ndjson])
@pytest.mark.parametrize("order", [Halt(), KeyboardInterrupt(), asyncio.CancelledError()])
def test_orders_to_stop_pass_silently(
    kind: Any, framed: Any, order: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    """A cancellation is raised on without a frame and without a record, and the source is closed."""
    caplog.set_level(logging.DEBUG, "errata")
    make, collect = kind
    source = make(b"data: 1\n\n", failure=order)
    with pytest.raises(type(order)):
        collect(framed(plain, source))
    assert (1, []) == (source.closed, caplog.records)


@pytest.mark.parametrize("read_chunks", [0, 1])
def test_who_stops_reading_closes_the_source(read_chunks: int, caplog: pytest.LogCaptureFixture) -> None:
    """Closing the stream closes what it came from, even if nothing was ever read."""
    source = Source(b"1", b"2", failure=RuntimeError())
    stream = ndjson(plain, source)
    for _ in range(read_chunks):
        next(stream)
    stream.close()
    assert (1, []) == (source.closed, caplog.records)


@pytest.mark.parametrize("read_chunks", [0, 1])
def test_who_stops_reading_closes_the_asynchronous_source(read_chunks: int, caplog: pytest.LogCaptureFixture) -> None:
    """The same holds for asynchronous streams."""
    source = AsyncSource(b"1", b"2", failure=RuntimeError())

    async def stop() -> None:
        stream = ndjson(plain, source)
        for _ in range(read_chunks):
            await anext(stream)
        await stream.aclose()

    asyncio.run(stop())
    assert (1, []) == (source.closed, [record for record in caplog.records if record.name == "errata"])


def test_a_stream_that_is_forgotten_closes_its_source() -> None:
    """A server that drops the stream without a word leaves nothing open either."""
    ended = asyncio.Event()

    class Noting(AsyncSource):
        async def aclose(self) -> None:
            await super().aclose()
            ended.set()

    source = Noting(b"1", b"2")

    async def forget() -> None:
        stream = sse(plain, source)
        await anext(stream)
        del stream
        gc.collect()
        await ended.wait()  # the loop ends it in a task of its own

    asyncio.run(forget())
    assert 1 == source.closed


def test_a_cancelled_task_closes_the_source(caplog: pytest.LogCaptureFixture) -> None:
    """A client that goes away cancels the task that waits for the next chunk."""
    caplog.set_level(logging.DEBUG, "errata")
    began, ended = asyncio.Event(), list[str]()

    async def waiting() -> AsyncIterator[bytes]:
        try:
            yield b"data: 1\n\n"
            began.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)  # closing takes its time
            ended.append("closed")

    async def cancel() -> list[bytes]:
        got = list[bytes]()

        async def consume() -> None:
            got.extend([chunk async for chunk in sse(plain, waiting())])

        task = asyncio.create_task(consume())
        await began.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return got

    assert ([], ["closed"]) == (asyncio.run(cancel()), ended)
    assert [] == [record for record in caplog.records if record.name == "errata"]


def test_the_frame_does_not_wait_for_slow_closing() -> None:
    """The problem is sent before the source is closed."""
    closing = asyncio.Event()

    class Slow(AsyncSource):
        async def aclose(self) -> None:
            await closing.wait()
            self.closed += 1

    source = Slow(failure=CaseClosed(days=3))

    async def consume() -> bytes:
        stream = sse(plain, source)
        frame = await anext(stream)
        assert 0 == source.closed
        closing.set()
        assert [] == [chunk async for chunk in stream]
        return frame

    assert CLOSED == problem_of(asyncio.run(consume()))
    assert 1 == source.closed


def test_a_source_that_cannot_be_closed_spoils_nothing(kind: Any, caplog: pytest.LogCaptureFixture) -> None:
    """The stream ends as it should, and the log says what happened."""
    make, collect = kind

    class Stuck(make):  # type: ignore[misc, valid-type]
        def close(self) -> None:
            raise RuntimeError("stuck")

        async def aclose(self) -> None:
            raise RuntimeError("stuck")

    assert b"1" == collect(sse(plain, Stuck(b"1")))
    assert ["a stream could not be closed (RuntimeError)"] == [r.getMessage() for r in caplog.records]


def test_both_the_iterable_and_its_iterator_are_closed() -> None:
    """As WSGI does, what was handed over is closed, and what it handed out as well."""
    inner = Source(b"1")

    class Outer(Source):
        def __iter__(self) -> Iterator[Any]:
            return inner

    outer = Outer()
    assert b"1" == read_sync(sse(plain, outer))
    assert (1, 1) == (inner.closed, outer.closed)


# ---- in frameworks ----


async def ticks() -> AsyncIterator[str]:
    """Yield one event and half of another, then fail as a bug does."""
    yield "data: 1\n\n"
    yield 'data: {"n": '
    raise RuntimeError(TEXT_OF_A_BUG)


app: Final = FastAPI()


@app.get("/events")
async def of_events(request: StarletteRequest) -> StreamingResponse:
    """Stream events."""
    return StreamingResponse(sse(plain, ticks(), request_of(request.scope)), media_type="text/event-stream")


@app.get("/lines")
def of_lines() -> StreamingResponse:
    """Stream lines, from a thread and without an event loop."""
    return StreamingResponse(ndjson(plain, ticks()), media_type="application/x-ndjson")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Return the port of a server."""
    with serving(app) as number:
        yield number


def fetch(port: int, path: str) -> bytes:
    """Return the body of an answer that is complete by the rules of HTTP."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    connection.request("GET", path, headers={"accept": "text/event-stream"})
    response = connection.getresponse()
    assert (200, "chunked") == (response.status, response.headers["transfer-encoding"])
    body = response.read()  # raises IncompleteRead when the server breaks off
    connection.close()
    return body


def test_a_client_of_a_real_server_gets_the_problem(port: int, caplog: pytest.LogCaptureFixture) -> None:
    """The response ends as it should, and its last frame says why there is no more."""
    sent = fetch(port, "/events")
    assert [("message", "1"), ("incomplete", '{"n": ')] == events(sent)[:-1]
    assert BUG == problem_of(sent)
    assert {"error": BUG, "status": 500} == json.loads(fetch(port, "/lines").split(b"\n")[-2])
    assert TEXT_OF_A_BUG.encode() not in sent
    assert 2 == len([record for record in caplog.records if record.name == "errata"])


def test_flask_streams_the_problem() -> None:
    """A generator of a WSGI framework ends the same way, and is closed with the response."""
    flask = Flask(__name__)
    sources = [Source(b"data: 1\n\n", failure=CaseClosed(days=3)) for _ in range(2)]

    @flask.get("/<int:number>")
    def stream(number: int) -> Response:
        return Response(sse(plain, sources[number]), mimetype="text/event-stream")

    client = flask.test_client()
    assert CLOSED == problem_of(client.get("/0").data)
    client.head("/1").close()
    assert [1, 1] == [source.closed for source in sources]


def chunks_of(values: Iterable[Any]) -> Iterator[bytes]:
    """Yield values as the lines of a stream."""
    for value in values:
        yield json.dumps(value).encode() + b"\n"


def test_errors_of_a_pipeline_are_those_of_its_end() -> None:
    """A stream made of others fails with what failed inside."""

    def rows() -> Iterator[int]:
        yield 1
        raise Error(plain.problem(CaseClosed(days=3)))

    lines = read_sync(ndjson(plain, chunks_of(rows()))).splitlines()
    assert [b"1"] == lines[:1]
    assert "CASE_CLOSED" == json.loads(lines[1])["error"]["code"]
