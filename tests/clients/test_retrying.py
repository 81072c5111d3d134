"""What is sent again, after how long, and what never is: transports, `Retry`, tenacity, with one decision."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from io import BytesIO
from typing import Any, Final

import httpx
import httpx2
import pytest
import requests
import tenacity
import urllib3
from requests.adapters import HTTPAdapter

from errata import BadGateway, Catalog, Contract, Error, Unavailable
from errata._body import MAX_BYTES
from errata.clients import httpx as of_httpx
from errata.clients import requests as of_requests
from errata.clients import urllib3 as of_urllib3
from errata.clients._retrying import LONGEST, Retries, backoff
from errata.clients.httpx import retrying
from errata.clients.tenacity import retry_if_retryable, wait_for_problem
from errata.clients.urllib3 import ProblemRetry
from errata.contracts import axway, netmri, usta
from tests.clients.callers import SECONDS, TLS
from tests.clients.scripted import CLOSE, Script, scripted, wire


class Busy(Error, status=503, code="BUSY"):
    """A type of that status that may be tried again."""


class HalfDone(Error, status=503, code="HALF_DONE", retry="no"):
    """A type of that status that must not: something was created."""


SHOP: Final = Contract(Catalog([Busy, HalfDone], name="shop"))


def said(contract: Contract, error: Error) -> bytes:
    """Return what a server with a contract sends for an error."""
    raw = contract.respond(error)
    fields = [f"{name}: {value}" for name, value in raw.headers.items() if name not in ("content-type", "vary")]
    return wire(raw.status, raw.body, *fields, media_type=raw.headers["content-type"])


# name -> method, contract, first response, the pauses before it works (none: it is not sent again)
DECISIONS: Final[dict[str, tuple[str, Contract | None, bytes, list[float]]]] = {
    "seconds in the header": ("GET", None, wire(503, b"", "Retry-After: 7"), [7.0]),
    "a date in the header": (
        "GET", None,
        wire(503, b"", "Date: Sun, 22 Nov 2026 10:00:00 GMT", "Retry-After: Sun, 22 Nov 2026 10:00:10 GMT"), [10.0],
    ),
    "no delay": ("GET", None, wire(503), [0.25]),
    "no pause at all": ("GET", None, wire(429, b"", "Retry-After: 0"), [0.0]),
    "a write that was refused": ("POST", None, wire(429, b"", "Retry-After: 1"), [1.0]),
    "a write that may have been done": ("POST", None, wire(504, b"", "Retry-After: 1"), []),
    "a write that is harmless to repeat": ("PUT", None, wire(504, b"", "Retry-After: 1"), [1.0]),
    "a failure": ("GET", None, wire(500, b"", "Retry-After: 1"), []),
    "a mistake": ("GET", None, wire(404, b"", "Retry-After: 1"), []),
    "a page of a proxy": ("GET", None, wire(502, b"<title>Bad Gateway</title>", media_type="text/html"), [0.25]),
    "longer than anybody waits": ("GET", None, wire(503, b"", "Retry-After: 61"), []),
    "as long as one waits": ("GET", None, wire(503, b"", "Retry-After: 60"), [60.0]),
    "a success": ("GET", SHOP, wire(200, b"{}"), []),
    "a redirect": ("HEAD", SHOP, wire(304), []),
}  # fmt: skip

DELAYED: Final = (
    b'{"error":{"code":503,"message":"x","status":"UNAVAILABLE","details":'
    b'[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"9s"}]}}'
)

# What only those know who see the body.
READ: Final[dict[str, tuple[str, Contract | None, bytes, list[float]]]] = {
    "a code that may be tried again": ("POST", SHOP, said(SHOP, Busy()), [0.25]),
    "a code that must not": ("GET", SHOP, said(SHOP, HalfDone()), []),
    "a code of a parent": ("GET", usta.contract, said(usta.contract, usta.UnexpectedSystemError()), [0.25]),
    "the same for a write": ("POST", usta.contract, said(usta.contract, usta.UnexpectedSystemError()), []),
    "a delay in the body": ("POST", None, wire(503, DELAYED, media_type="application/json"), [9.0]),
}


def numbered(attempt: int) -> float:
    """Return a pause that tells which attempt it follows."""
    return attempt / 4


# ---- httpx ----


def with_httpx(library: Any, method: str, contract: Contract | None, script: Script) -> tuple[int, list[float]]:
    """Ask with a transport that tries again; return the last status and the pauses."""
    pauses: list[float] = []
    transport = retrying(library.HTTPTransport(verify=TLS), contract, default=numbered, sleep=pauses.append)
    with library.Client(transport=transport, timeout=SECONDS) as client:
        return client.request(method, script.address, content=b"order").status_code, pauses


def with_async_httpx(library: Any, method: str, contract: Contract | None, script: Script) -> tuple[int, list[float]]:
    """Ask with an async transport that tries again."""
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async def run() -> int:
        transport = retrying(library.AsyncHTTPTransport(verify=TLS), contract, default=numbered, sleep=pause)
        async with library.AsyncClient(transport=transport, timeout=SECONDS) as client:
            response = await client.request(method, script.address, content=b"order")
            return int(response.status_code)

    return asyncio.run(run()), pauses


TRANSPORTS: Final = {"sync": with_httpx, "async": with_async_httpx}
each_transport = pytest.mark.parametrize("ask", TRANSPORTS.values(), ids=TRANSPORTS)
each_library = pytest.mark.parametrize("library", [httpx, httpx2])


@each_library
@each_transport
@pytest.mark.parametrize("row", {**DECISIONS, **READ}.values(), ids=[*DECISIONS, *READ])
def test_transports_decide(row: Any, ask: Callable[..., Any], library: Any) -> None:
    """A request is sent again, the same, when the error says so, after the delay that it asks for."""
    method, contract, first, expected = row
    with scripted(first, wire(201)) as script:
        status, pauses = ask(library, method, contract, script)
    assert expected == pauses
    assert (201 if expected else int(first.split()[1])) == status
    assert [(f"{method} /", b"order")] * (1 + len(expected)) == script.requests


@pytest.mark.req("N5")
@each_transport
def test_a_resource_in_use_is_asked_for_again(ask: Callable[..., Any]) -> None:
    """The delay of `general/resource-in-use` counts, although its status alone would say never."""
    with scripted(said(netmri.contract, netmri.ResourceInUse(retry_after=9)), wire(200)) as script:
        assert (200, [9.0]) == ask(httpx, "POST", netmri.contract, script)


@pytest.mark.req("A9")
@each_transport
def test_a_delay_in_a_text_counts(ask: Callable[..., Any]) -> None:
    """Without a header field the seconds that the message names are waited for."""
    told = said(axway.contract, axway.PortalUnavailableFor(retry_after=8))
    fields, body = told.split(b"\r\n\r\n")
    without = b"\r\n".join(line for line in fields.split(b"\r\n") if not line.lower().startswith(b"retry-after"))
    assert fields != without
    with scripted(without + b"\r\n\r\n" + body, wire(200)) as script:
        assert (200, [8.0]) == ask(httpx, "GET", axway.contract, script)


@pytest.mark.req("A11")
@each_transport
def test_what_was_half_done_is_not_done_again(ask: Callable[..., Any]) -> None:
    """A 500 that says that a case was created comes back at once."""
    with scripted(said(axway.contract, axway.CaseIncomplete(case_number="123")), wire(200)) as script:
        assert (500, []) == ask(httpx, "POST", axway.contract, script)


@each_library
@each_transport
def test_attempts_have_an_end(ask: Callable[..., Any], library: Any) -> None:
    """The last response is handed on as it is, after as many attempts as agreed."""
    with scripted(wire(503)) as script:
        assert (503, [0.25, 0.5]) == ask(library, "GET", None, script)
    assert 3 == len(script.requests)


@each_library
def test_bodies_that_can_be_sent_only_once_are(library: Any) -> None:
    """A request whose body is a stream is not sent again, sync and async: what is left of it is not the same."""

    def parts() -> Iterator[bytes]:
        yield b"a"

    async def async_parts() -> AsyncIterator[bytes]:
        yield b"a"

    async def run(address: str) -> int:
        async with library.AsyncClient(transport=retrying(library.AsyncHTTPTransport(verify=TLS))) as client:
            return int((await client.post(address, content=async_parts())).status_code)

    client = library.Client(transport=retrying(library.HTTPTransport(verify=TLS)))
    with scripted(wire(503, b"", "Retry-After: 0"), wire(200)) as script, client:
        assert 503 == client.post(script.address, content=parts()).status_code
    assert [("POST /", b"a")] == script.requests
    with scripted(wire(503, b"", "Retry-After: 0"), wire(200)) as script:
        assert 503 == asyncio.run(run(script.address))
    assert [("POST /", b"a")] == script.requests


@each_library
def test_without_a_clock_of_its_own_it_really_waits(library: Any) -> None:
    """By default the pauses are those of the thread or of the event loop; here they are of no length."""

    async def run(address: str) -> int:
        async with library.AsyncClient(transport=retrying(library.AsyncHTTPTransport(verify=TLS))) as client:
            return int((await client.get(address)).status_code)

    client = library.Client(transport=retrying(library.HTTPTransport(verify=TLS)))
    with scripted(wire(503, b"", "Retry-After: 0"), wire(200)) as script, client:
        assert 200 == client.get(script.address).status_code
    with scripted(wire(503, b"", "Retry-After: 0"), wire(200)) as script:
        assert 200 == asyncio.run(run(script.address))


@each_library
def test_what_is_handed_on_is_untouched(library: Any) -> None:
    """A response that is not asked for again arrives as if nobody had looked: its body, or what broke it off."""
    body = b'{"title":"T","pad":"' + b"x" * 3_000_000 + b'"}'
    cut = wire(404, body).replace(str(len(body)).encode(), str(len(body) + 1).encode())
    for response, failure in [(wire(404, body), None), (cut + CLOSE, library.RemoteProtocolError)]:
        with (
            scripted(response) as script,
            library.Client(transport=retrying(library.HTTPTransport(verify=TLS)), timeout=SECONDS) as client,
            client.stream("GET", script.address) as streamed,
        ):
            if failure is None:
                assert body == streamed.read()
            else:
                with pytest.raises(failure):
                    streamed.read()


@each_library
def test_a_hook_sees_the_last_response(library: Any) -> None:
    """Transport and hook go together: what is raised is what the last attempt came to, with its body."""
    pauses: list[float] = []
    transport = retrying(library.HTTPTransport(verify=TLS), attempts=2, default=numbered, sleep=pauses.append)
    hooks = {"response": [of_httpx.hook()]}
    with (
        scripted(wire(503), wire(502, b'{"title":"T","detail":"D"}')) as script,
        library.Client(transport=transport, event_hooks=hooks) as client,
        pytest.raises(BadGateway) as caught,
    ):
        client.get(script.address)
    assert ("D", [0.25]) == (caught.value.problem.detail, pauses)


@each_library
def test_a_transport_ends_with_its_client(library: Any) -> None:
    """Who closes the client closes the transport inside, with a block or without one, sync and async."""
    ended = []

    class Ending(library.MockTransport):  # type: ignore[misc]
        def close(self) -> None:
            ended.append("sync")

        async def aclose(self) -> None:
            ended.append("async")

    async def run() -> None:
        await library.AsyncClient(transport=retrying(Ending(print))).aclose()
        async with library.AsyncClient(transport=retrying(Ending(print))):
            pass

    library.Client(transport=retrying(Ending(print))).close()
    with library.Client(transport=retrying(Ending(print))):
        pass
    asyncio.run(run())
    assert ["sync", "sync", "async", "async"] == ended


@each_library
def test_an_interruption_closes_the_response(library: Any) -> None:
    """Whoever interrupts the reading of a body leaves no connection behind."""
    closed = []

    class Stream(library.SyncByteStream):  # type: ignore[misc]
        def __iter__(self) -> Iterator[bytes]:
            raise KeyboardInterrupt

        def close(self) -> None:
            closed.append("sync")

    class AsyncStream(library.AsyncByteStream):  # type: ignore[misc]
        async def __aiter__(self) -> AsyncIterator[bytes]:
            raise asyncio.CancelledError
            yield b""

        async def aclose(self) -> None:
            closed.append("async")

    async def run() -> None:
        transport = library.MockTransport(lambda _: library.Response(503, stream=AsyncStream()))
        async with library.AsyncClient(transport=retrying(transport)) as client:
            await client.get("http://api.example")

    transport = library.MockTransport(lambda _: library.Response(503, stream=Stream()))
    with library.Client(transport=retrying(transport)) as client, pytest.raises(KeyboardInterrupt):
        client.get("http://api.example")
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(run())
    assert ["sync", "async"] == closed


# ---- urllib3, and requests on it ----


def with_urllib3(method: str, contract: Contract | None, script: Script) -> tuple[int, list[float]]:
    """Ask with a pool that tries again and loads bodies, as it does by itself."""
    pauses: list[float] = []
    retry = ProblemRetry(2, contract=contract, sleep=pauses.append, backoff_factor=0.25, backoff_jitter=0)
    with urllib3.PoolManager(retries=retry, timeout=SECONDS) as pool:
        return pool.request(method, script.address, body=b"order").status, pauses


def with_requests(method: str, contract: Contract | None, script: Script) -> tuple[int, list[float]]:
    """Ask with a session that tries again."""
    pauses: list[float] = []
    retry = ProblemRetry(2, contract=contract, sleep=pauses.append, backoff_factor=0.25, backoff_jitter=0)
    with requests.Session() as session:
        session.mount("http://", HTTPAdapter(max_retries=retry))
        answer = session.request(method, script.address, data=b"order", timeout=SECONDS)
        return answer.status_code, pauses


POOLS: Final = {"urllib3": with_urllib3, "requests": with_requests}


@pytest.mark.parametrize("ask", POOLS.values(), ids=POOLS)
@pytest.mark.parametrize("row", DECISIONS.values(), ids=DECISIONS)
def test_pools_decide(row: Any, ask: Callable[..., Any]) -> None:
    """The same decisions; without a delay asked for, urllib3 begins with none."""
    method, contract, first, expected = row
    with scripted(first, wire(201)) as script:
        status, pauses = ask(method, contract, script)
    assert [0.0 if pause == 0.25 else pause for pause in expected] == pauses
    assert (201 if expected else int(first.split()[1])) == status
    assert [(f"{method} /", b"order")] * (1 + len(expected)) == script.requests


@pytest.mark.parametrize("row", READ.values(), ids=READ)
def test_pools_that_load_bodies_decide_by_them(row: Any) -> None:
    """Where urllib3 has loaded the body, the code and the delay in it count."""
    method, contract, first, expected = row
    with scripted(first, wire(201)) as script:
        status, pauses = with_urllib3(method, contract, script)
    assert [0.0 if pause == 0.25 else pause for pause in expected] == pauses
    assert (201 if expected else int(first.split()[1])) == status


@pytest.mark.parametrize("error", [Busy(), HalfDone()], ids=["may", "must not"])
def test_requests_is_careful_without_the_body(error: Error) -> None:
    """With requests the code cannot be seen: one type that must not be repeated forbids it to all of its status."""
    with scripted(said(SHOP, error), wire(201)) as script:
        assert (503, []) == with_requests("GET", SHOP, script)
    with scripted(wire(502), wire(201)) as script:
        assert (201, [0.0]) == with_requests("GET", SHOP, script)


@pytest.mark.req("A11")
@pytest.mark.parametrize("ask", POOLS.values(), ids=POOLS)
def test_pools_do_not_repeat_what_was_half_done(ask: Callable[..., Any]) -> None:
    """A 500 that says that a case was created comes back at once, whether the body is seen or not."""
    with scripted(said(axway.contract, axway.CaseIncomplete(case_number="123")), wire(200)) as script:
        assert (500, []) == ask("POST", axway.contract, script)


def test_the_last_response_of_a_pool_is_read_as_an_error() -> None:
    """It is returned instead of `MaxRetryError`, so that what it says can be raised, with requests as a hook."""
    last = wire(503, b'{"title":"T","detail":"D"}')
    pauses: list[float] = []
    retry = ProblemRetry(2, sleep=pauses.append, backoff_factor=0.25, backoff_jitter=0)
    with scripted(wire(503), wire(503), last) as script, requests.Session() as session:
        session.mount("http://", HTTPAdapter(max_retries=retry))
        session.hooks["response"].append(of_requests.hook())
        with pytest.raises(Unavailable) as caught:
            session.get(script.address, timeout=SECONDS)
    assert ("D", 3, [0.0, 0.5]) == (caught.value.problem.detail, len(script.requests), pauses)
    with scripted(wire(503), last) as script, urllib3.PoolManager(retries=retry.new(total=1)) as pool:
        answer = pool.request("GET", script.address, timeout=SECONDS)
    with pytest.raises(Unavailable, match="503: D"):
        of_urllib3.raise_for_problem(answer)


def test_a_pool_without_retries_left_asks_once() -> None:
    """`ProblemRetry(0)` and `ProblemRetry(False)` send nothing again."""
    for none in (0, False):
        pool = urllib3.PoolManager(retries=ProblemRetry(none))
        with scripted(wire(503, b"", "Retry-After: 0")) as script, pool:
            assert 503 == pool.request("GET", script.address).status
        assert 1 == len(script.requests)


def test_pools_follow_redirects_and_lost_connections_as_ever() -> None:
    """What is not about a status is urllib3's own: redirects with their delay, connections that end too early."""
    pauses: list[float] = []
    moved = wire(302, b"", "Location: /there", "Retry-After: 3")
    retry = ProblemRetry(3, sleep=pauses.append, backoff_factor=0)
    with scripted(moved, CLOSE, wire(200)) as script, urllib3.connection_from_url(script.address) as pool:
        assert 200 == pool.request("GET", "/", retries=retry).status
    assert ["GET /", "GET /there", "GET /there"] == [line for line, _ in script.requests]
    assert [3.0, 0.0] == pauses


@pytest.mark.parametrize(("asked", "pauses"), [("31536000", [9.0]), ("8", [8.0]), ("soon", [])])
def test_pools_wait_no_longer_for_a_redirect(asked: str, pauses: list[float]) -> None:
    """The delay of a redirect is cut to the longest one, and one that cannot be read is none."""
    slept: list[float] = []
    retry = ProblemRetry(3, sleep=slept.append, longest=9)
    moved = wire(302, b"", "Location: /there", f"Retry-After: {asked}")
    with scripted(moved, wire(200)) as script, urllib3.connection_from_url(script.address) as pool:
        assert 200 == pool.request("GET", "/", retries=retry).status
    assert pauses == slept


def test_pools_do_not_read_what_is_discarded_to_its_end() -> None:
    """Of a response that is to be asked for again no more is taken than of one that is read."""
    taken: list[int] = []

    class Endless(BytesIO):
        def read1(self, size: int | None = -1) -> bytes:
            taken.append(size or 0)
            return b" " * max(size or 0, 0)

        read = read1

    body = urllib3.HTTPResponse(Endless(), status=503, preload_content=False)
    assert 2 == ProblemRetry(3).increment("GET", "/", response=body).total
    assert (True, True) == (body.closed, MAX_BYTES < sum(taken) < 2 * MAX_BYTES)


@pytest.mark.parametrize("ask", POOLS.values(), ids=POOLS)
def test_pools_keep_the_connection_of_what_is_discarded(ask: Callable[..., Any]) -> None:
    """A response that came to its end gives its connection back, for the next attempt."""
    with scripted(wire(503, b"x" * 100_000), wire(200)) as script:
        assert (200, [0.0]) == ask("GET", None, script)
    assert 1 == script.connections


# ---- tenacity ----


def failing(*errors: Exception) -> Callable[[], str]:
    """Return a function that fails some times and then works."""
    left = list(errors)

    def work() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return work


def unavailable(**fields: str) -> Error:
    """Return the error of a 503 that a client received."""
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    with pytest.raises(Unavailable) as caught:
        of_httpx.raise_for_problem(httpx.Response(503, headers=headers))
    return caught.value


def test_tenacity_waits_as_asked() -> None:
    """The delay of the error counts, up to the cap; another strategy decides where there is none."""
    pauses: list[float] = []
    retrying_with = tenacity.Retrying(
        retry=retry_if_retryable,
        wait=wait_for_problem(default=tenacity.wait_fixed(2), cap=30),
        stop=tenacity.stop_after_attempt(5),
        sleep=pauses.append,
        reraise=True,
    )
    asked = [unavailable(retry_after="7"), unavailable(), unavailable(retry_after="600"), unavailable(retry_after="0")]
    assert "done" == retrying_with(failing(*asked))
    assert [7.0, 2.0, 30.0, 0.0] == pauses


def test_tenacity_leaves_the_rest_alone() -> None:
    """What is not retryable is raised at once; other exceptions are the business of other strategies."""
    pauses: list[float] = []
    with pytest.raises(HalfDone):
        tenacity.retry(retry=retry_if_retryable, sleep=pauses.append)(failing(HalfDone()))()
    with pytest.raises(ZeroDivisionError):
        tenacity.retry(retry=retry_if_retryable, sleep=pauses.append)(failing(ZeroDivisionError()))()
    assert [] == pauses
    joined = retry_if_retryable | tenacity.retry_if_exception_type(ConnectionError)
    work = failing(ConnectionError(), unavailable(retry_after="4"))
    waiting = wait_for_problem(default=tenacity.wait_fixed(1))
    assert "done" == tenacity.retry(retry=joined, wait=waiting, sleep=pauses.append)(work)()
    assert [1, 4.0] == pauses


def test_tenacity_gives_up_before_a_long_delay() -> None:
    """With the cap away, tenacity's own strategy stops where the delay asked for is too long."""
    pauses: list[float] = []
    stopping = tenacity.stop_before_delay(60)
    waiting = wait_for_problem(cap=float("inf"))
    with pytest.raises(Unavailable):
        tenacity.retry(retry=retry_if_retryable, wait=waiting, stop=stopping, sleep=pauses.append, reraise=True)(
            failing(unavailable(retry_after="600"))
        )()
    assert [] == pauses


def test_tenacity_with_async_functions() -> None:
    """The same strategies serve coroutines."""
    pauses: list[float] = []
    work = failing(unavailable(retry_after="7"))

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    @tenacity.retry(retry=retry_if_retryable, wait=wait_for_problem(), sleep=pause)
    async def ask() -> str:
        return work()

    assert "done" == asyncio.run(ask())
    assert [7.0] == pauses


# ---- the decision itself ----


def test_the_usual_pause_grows_and_is_spread() -> None:
    """It doubles from half a second, never exceeds the longest, and is at least half of that."""
    for attempt, whole in [(1, 0.5), (2, 1.0), (3, 2.0), (8, 60.0), (10_000, 60.0)]:
        pauses = [backoff(attempt) for _ in range(50)]
        assert all(whole / 2 <= pause <= whole for pause in pauses)
        assert len(set(pauses)) > 1


def test_a_pause_of_ones_own_is_cut() -> None:
    """Where nobody asks for a delay, the longest one bounds what the strategy says."""
    error = unavailable()
    assert LONGEST == Retries(default=lambda _: 1e9).delay(error, 1)
    assert None is Retries(attempts=1).delay(error, 1)
    assert None is Retries().delay(None, 1)
