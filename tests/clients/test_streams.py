"""Bodies of errors over a socket: as much is read as is worth it, and the connection is in a sane state afterwards."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final
from weakref import ref

import aiohttp
import httpx
import httpx2
import pytest
import requests
import urllib3

from errata import Catalog, Contract, Error, NotFound, PermissionDenied, Unavailable
from errata._body import MAX_BYTES
from errata.clients import aiohttp as of_aiohttp
from errata.clients import httpx as of_httpx
from errata.clients import requests as of_requests
from errata.clients import urllib3 as of_urllib3
from errata.clients._raising import MAX_SECONDS, Intake, gather
from tests.clients.callers import CLIENTS, SECONDS, TLS, clients
from tests.clients.scripted import CLOSE, STALL, scripted, wire

PROBLEM: Final = b'{"title":"T","detail":"D"}'
INSIDE: Final = Contract(Catalog([]), dialect="jsonrpc")
each_client = pytest.mark.parametrize("name", CLIENTS)


@each_client
def test_a_body_that_stalls_does_not_hide_the_status(name: str) -> None:
    """When the library gives up waiting for the rest, the error comes all the same."""
    cut = wire(503, b'{"title":"T","det', "Retry-After: 7").replace(b"Length: 17", b"Length: 99")
    with scripted(cut + STALL) as script, pytest.raises(Unavailable) as caught:
        clients(timeout=1)[name](None)("GET", script.address)
    assert (503, 7.0) == (caught.value.status, caught.value.retry_after)


def test_a_body_that_trickles_is_not_waited_for() -> None:
    """Bytes that come before each timeout, but without an end, are taken for a limited time."""
    now = iter([0.0, 1.0, MAX_SECONDS - 1, MAX_SECONDS, MAX_SECONDS + 1])
    intake = gather(iter([b"a", b"b", b"c", b"d"]), Intake(lambda: next(now)))
    assert (b"abc", False) == (intake.body, intake.ended)


def test_reading_stops_at_the_cap() -> None:
    """One byte more than the cap is kept, so that what reads the body knows that it was cut; no more is asked for."""

    def endless() -> Iterator[bytes]:
        for number in range(100):
            asked.append(number)
            yield b"x" * 100_000

    asked: list[int] = []
    intake = gather(endless())
    assert (MAX_BYTES + 1, False) == (len(intake.body), intake.ended)
    assert [*range(11)] == asked


# ---- the connection afterwards ----


SHORT: Final = wire(404, PROBLEM)
LONG: Final = wire(404, b'{"title":"T","pad":"' + b"x" * 3_000_000 + b'"}') + STALL
each_length = pytest.mark.parametrize(("first", "connections"), [(SHORT, 1), (LONG, 2)], ids=["short", "long"])


@each_length
@pytest.mark.parametrize("library", [httpx, httpx2])
def test_connections_of_httpx(library: Any, first: bytes, connections: int) -> None:
    """An error read to its end gives the connection back to the pool; one that was cut ends it, sync and async."""
    hooks = {"response": [of_httpx.hook()]}

    async def run(address: str) -> int:
        async with library.AsyncClient(verify=TLS, event_hooks=hooks, timeout=SECONDS) as client:
            with pytest.raises(NotFound):
                await client.get(address)
            response = await client.get(address)
            return int(response.status_code)

    with scripted(first, wire(200)) as script, library.Client(verify=TLS, event_hooks=hooks, timeout=SECONDS) as client:
        with pytest.raises(NotFound):
            client.get(script.address)
        assert 200 == client.get(script.address).status_code
    assert connections == script.connections
    with scripted(first, wire(200)) as script:
        assert 200 == asyncio.run(run(script.address))
    assert connections == script.connections


@each_length
def test_connections_of_requests(first: bytes, connections: int) -> None:
    """The same with requests."""
    with scripted(first, wire(200)) as script, requests.Session() as session:
        session.hooks["response"].append(of_requests.hook())
        with pytest.raises(NotFound):
            session.get(script.address, timeout=SECONDS)
        assert 200 == session.get(script.address, timeout=SECONDS).status_code
    assert connections == script.connections


@each_length
def test_connections_of_urllib3(first: bytes, connections: int) -> None:
    """The same with urllib3."""
    with scripted(first, wire(200)) as script, urllib3.PoolManager(timeout=SECONDS) as pool:
        with pytest.raises(NotFound):
            of_urllib3.raise_for_problem(pool.request("GET", script.address, preload_content=False))
        assert 200 == pool.request("GET", script.address).status
    assert connections == script.connections


@each_length
def test_connections_of_aiohttp(first: bytes, connections: int) -> None:
    """The same with aiohttp."""

    async def run(address: str) -> int:
        async with aiohttp.ClientSession(raise_for_status=of_aiohttp.hook()) as session:
            with pytest.raises(NotFound):
                await session.get(address)
            async with session.get(address) as response:
                return response.status

    with scripted(first, wire(200)) as script:
        assert 200 == asyncio.run(run(script.address))
    assert connections == script.connections


def test_a_cancelled_reading_ends_the_connection_of_aiohttp() -> None:
    """Whoever gives up waiting for the body of an error holds no connection any longer."""

    async def run(address: str) -> tuple[bool, bool]:
        async with aiohttp.ClientSession() as session:
            response = await session.get(address)
            reading = asyncio.ensure_future(of_aiohttp.raise_for_problem(response))
            await asyncio.sleep(0)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
            return response.closed, response.connection is None

    cut = wire(503, PROBLEM).replace(b"Length: 26", b"Length: 99")
    with scripted(cut + STALL) as script:
        assert (True, True) == asyncio.run(run(script.address))


ENDS: Final = {"whole": SHORT, "cut": SHORT.replace(b"Length: 26", b"Length: 99") + CLOSE, "long": LONG}


each_end = pytest.mark.parametrize("response", ENDS.values(), ids=ENDS)


@each_end
@pytest.mark.parametrize("name", ["httpx", "httpx2", "requests", "urllib3", "urllib"])
def test_an_error_is_gone_when_nobody_holds_it(name: str, response: bytes) -> None:
    """No circle of references keeps an error, and up to 1 MiB of body, until the garbage is collected."""
    kept = []
    gc.disable()
    try:
        with scripted(response) as script:
            try:
                CLIENTS[name](None)("GET", script.address)
            except NotFound as error:
                kept.append(ref(error))
        assert [None] == [each() for each in kept]
    finally:
        gc.enable()


@each_end
def test_an_async_error_is_gone_when_nobody_holds_it(response: bytes) -> None:
    """The same with async clients."""

    async def run(address: str) -> list[Any]:
        kept = []
        hooks = {"response": [of_httpx.hook()]}
        async with (
            httpx.AsyncClient(verify=TLS, event_hooks=hooks) as client,
            aiohttp.ClientSession(raise_for_status=of_aiohttp.hook()) as session,
        ):
            for get in (client.get, session.get):
                try:
                    await get(address)
                except NotFound as error:
                    kept.append(ref(error))
        return [each() for each in kept]

    gc.disable()
    try:
        with scripted(response) as script:
            assert [None, None] == asyncio.run(run(script.address))
    finally:
        gc.enable()


# ---- successes ----


def lines() -> list[bytes]:
    """Return the parts of a success that someone wants to stream."""
    return [b'{"jsonrpc":"2.0",', b'"result":[1,2,3],"id":1}']


CHUNKED: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    + b"".join(b"%x\r\n%b\r\n" % (len(line), line) for line in lines())
    + b"0\r\n\r\n"
)


@pytest.mark.parametrize("contract", [None, INSIDE], ids=["without", "fails inside 2xx"])
@pytest.mark.parametrize("library", [httpx, httpx2])
def test_successes_can_be_streamed_with_httpx(library: Any, contract: Contract | None) -> None:
    """A success is all there for who streams it, sync and async, also when it was looked into."""
    hooks = {"response": [of_httpx.hook(contract)]}

    async def run(address: str) -> list[bytes]:
        async with (
            library.AsyncClient(verify=TLS, event_hooks=hooks) as client,
            client.stream("GET", address) as response,
        ):
            return [part async for part in response.aiter_bytes()]

    with scripted(CHUNKED) as script, library.Client(verify=TLS, event_hooks=hooks) as client:
        with client.stream("GET", script.address) as response:
            assert b"".join(lines()) == b"".join(response.iter_bytes())
        assert b"".join(lines()) == b"".join(asyncio.run(run(script.address)))


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_large_successes_are_not_loaded_by_httpx(library: Any) -> None:
    """Of a success only the beginning is looked into; what lies beyond the cap is left in the stream."""
    asked: list[int] = []
    hooks = {"response": [of_httpx.hook(INSIDE)]}
    json = {"content-type": "application/json"}

    class Stream(library.SyncByteStream):  # type: ignore[misc]
        def __iter__(self) -> Iterator[bytes]:
            for number in range(50):
                asked.append(number)
                yield b" " * 100_000

    class AsyncStream(library.AsyncByteStream):  # type: ignore[misc]
        async def __aiter__(self) -> AsyncIterator[bytes]:
            for part in Stream():
                yield part

    async def run() -> None:
        transport = library.MockTransport(lambda _: library.Response(200, headers=json, stream=AsyncStream()))
        client = library.AsyncClient(transport=transport, event_hooks=hooks)
        async with client, client.stream("GET", "http://a.example") as response:
            assert [*range(11)] == asked
            assert b" " * 5_000_000 == await response.aread()

    transport = library.MockTransport(lambda _: library.Response(200, headers=json, stream=Stream()))
    client = library.Client(transport=transport, event_hooks=hooks)
    with client, client.stream("GET", "http://a.example") as response:
        assert [*range(11)] == asked
        assert b" " * 5_000_000 == response.read()
    assert [*range(50)] == asked
    asked.clear()
    asyncio.run(run())
    assert [*range(50)] == asked


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_a_success_that_breaks_off_is_the_librarys_to_tell(library: Any) -> None:
    """A success is no error of the API, even when half of it is missing: what broke it is raised when it is read."""
    cut = CHUNKED.removesuffix(b"0\r\n\r\n")
    with scripted(cut + CLOSE) as script, library.Client(verify=TLS) as client:
        client.event_hooks = {"response": [of_httpx.hook(INSIDE)]}
        with client.stream("GET", script.address) as response, pytest.raises(library.RemoteProtocolError):
            assert b"".join(lines()) == b"".join(response.iter_bytes())


@pytest.mark.parametrize("contract", [None, INSIDE], ids=["without", "fails inside 2xx"])
def test_successes_can_be_streamed_with_the_others(contract: Contract | None) -> None:
    """The same with requests, urllib3 and aiohttp."""
    with scripted(CHUNKED) as script:
        with requests.Session() as session:
            session.hooks["response"].append(of_requests.hook(contract))
            streamed = session.get(script.address, stream=True, timeout=SECONDS)
            assert b"".join(lines()) == b"".join(streamed.iter_content(8))
        with urllib3.PoolManager() as pool:
            response = pool.request("GET", script.address, preload_content=False)
            of_urllib3.raise_for_problem(response, contract)
            assert b"".join(lines()) == response.data

        async def run() -> bytes:
            async with (
                aiohttp.ClientSession(raise_for_status=of_aiohttp.hook(contract)) as aio_session,
                aio_session.get(script.address) as aio_response,
            ):
                return await aio_response.read()

        assert b"".join(lines()) == asyncio.run(run())


EVENTS: Final = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n"


@each_client
def test_streams_of_events_are_not_looked_into(name: str) -> None:
    """A success of a type that holds no errors is not waited for, whatever the contract: here it has no end."""
    answered = []

    def note(response: Any) -> None:
        answered.append(response.status if hasattr(response, "status") else response.status_code)

    with scripted(EVENTS + STALL) as script:
        first_event(name, script.address, note)
    assert [200] == answered


def first_event(name: str, address: str, note: Any) -> None:
    """Ask for a stream of events with a client, under a contract that fails inside 2xx, and leave after the head."""
    if "async" in name or name == "aiohttp":
        asyncio.run(_first_event_async(name, address, note))
    elif "httpx" in name:
        library = {"httpx": httpx, "httpx2": httpx2}[name]
        with library.Client(verify=TLS) as client, client.stream("GET", address) as response:
            note(of_httpx.raise_for_problem(response, INSIDE))
    elif name == "requests":
        with requests.get(address, stream=True, timeout=SECONDS) as answer:
            note(of_requests.raise_for_problem(answer, INSIDE))
    elif name == "urllib3":
        with urllib3.PoolManager() as pool:
            raw = pool.request("GET", address, preload_content=False)
            note(of_urllib3.raise_for_problem(raw, INSIDE))
            raw.close()
    else:
        from urllib.request import build_opener

        from errata.clients.urllib import ProblemHandler

        with build_opener(ProblemHandler(INSIDE)).open(address) as opened:
            note(opened)


async def _first_event_async(name: str, address: str, note: Any) -> None:
    if name == "aiohttp":
        async with aiohttp.ClientSession() as session, session.get(address) as answer:
            note(await of_aiohttp.raise_for_problem(answer, INSIDE))
        return
    library = {"async httpx": httpx, "async httpx2": httpx2}[name]
    async with library.AsyncClient(verify=TLS) as client, client.stream("GET", address) as response:
        note(await of_httpx.araise_for_problem(response, INSIDE))


# ---- bodies that are gone ----


def test_bodies_that_are_gone_leave_the_status() -> None:
    """What somebody has read before cannot be read again: the status speaks, in each client."""
    with scripted(wire(403, PROBLEM)) as script:
        streamed = requests.get(script.address, stream=True, timeout=SECONDS)
        assert PROBLEM == b"".join(streamed.iter_content(100))
        assert "403: Forbidden" == str(raised_from(of_requests.raise_for_problem, streamed))
        with urllib3.PoolManager() as pool:
            for amount in (None, 5):
                response = pool.request("GET", script.address, preload_content=False)
                response.read(amount)
                assert "403: Forbidden" == str(raised_from(of_urllib3.raise_for_problem, response))
                response.close()

        async def run() -> Error:
            async with aiohttp.ClientSession() as session, session.get(script.address) as answer:
                assert PROBLEM == await answer.content.read()
                with pytest.raises(PermissionDenied) as caught:
                    await of_aiohttp.raise_for_problem(answer)
            return caught.value

        assert "403: Forbidden" == str(asyncio.run(run()))


def raised_from(raise_for_problem: Any, response: Any) -> Error:
    """Return the error that a response makes raise."""
    with pytest.raises(PermissionDenied) as caught:
        raise_for_problem(response)
    return caught.value


def test_bodies_that_were_loaded_are_used() -> None:
    """What the library has loaded is not asked for again, whether it is still connected or not."""
    with scripted(wire(403, PROBLEM)) as script:
        loaded = requests.get(script.address, timeout=SECONDS)
        assert "403: D" == str(raised_from(of_requests.raise_for_problem, loaded))
        with urllib3.PoolManager() as pool:
            response = pool.request("GET", script.address)
            assert "403: D" == str(raised_from(of_urllib3.raise_for_problem, response))

        async def run() -> Error:
            async with aiohttp.ClientSession() as session:
                async with session.get(script.address) as answer:
                    await answer.read()
                with pytest.raises(PermissionDenied) as caught:
                    await of_aiohttp.raise_for_problem(answer)
            return caught.value

        assert "403: D" == str(asyncio.run(run()))
