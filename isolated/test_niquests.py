"""niquests, sync and async, in an environment of its own: the same laws, and what is its own."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import niquests
import pytest
import urllib3

from errata import Catalog, Contract, Error, NotFound, PermissionDenied, Unavailable
from errata.clients.niquests import araise_for_problem, async_hook, hook, raise_for_problem
from errata.clients.urllib3 import ProblemRetry
from errata.testing import check_client
from tests.clients.scripted import STALL, scripted, wire

PROBLEM: Final = b'{"title":"T","detail":"D"}'
SECONDS: Final = 20.0
INSIDE: Final = Contract(Catalog([]), dialect="jsonrpc")


def sync_client(contract: Contract | None) -> Callable[[str, str], tuple[int, bytes]]:
    """Return a call with a session that raises."""

    def call(method: str, url: str) -> tuple[int, bytes]:
        with niquests.Session() as session:
            session.hooks["response"].append(hook(contract))
            response = session.request(method, url, timeout=SECONDS)
            return response.status_code or 0, response.content or b""

    return call


def async_client(contract: Contract | None) -> Callable[[str, str], tuple[int, bytes]]:
    """Return the same with an async session."""

    async def ask(method: str, url: str) -> tuple[int, bytes]:
        async with niquests.AsyncSession() as session:
            session.hooks["response"].append(async_hook(contract))
            response = await session.request(method, url, timeout=SECONDS)
            return response.status_code or 0, response.content or b""

    return lambda method, url: asyncio.run(ask(method, url))


def test_the_environment_is_the_one_meant() -> None:
    """The library has put its own urllib3 in the place of the usual one."""
    assert urllib3.__version__ == niquests.packages.urllib3.__version__
    assert urllib3.__version__.split(".")[2].startswith("9")


@pytest.mark.parametrize("make_client", [sync_client, async_client])
def test_every_client_keeps_the_laws(make_client: Any) -> None:
    """Each session makes of each response, over a socket, the one exception it stands for; none is left out."""
    check_client(make_client)


def run(work: Callable[[niquests.AsyncSession], Any]) -> Any:
    """Run a coroutine function with an async session."""

    async def main() -> Any:
        async with niquests.AsyncSession() as session:
            return await work(session)

    return asyncio.run(main())


@pytest.mark.parametrize(("length", "connections"), [(9, 1), (3_000_000, 2)])
def test_connections_afterwards(length: int, connections: int) -> None:
    """An error read to its end gives the connection back; one that was cut ends it, sync and async."""
    first = wire(404, b'{"title":"T","pad":"' + b"x" * length + b'"}') + (STALL if length > 9 else b"")

    async def ask(session: niquests.AsyncSession) -> int | None:
        session.hooks["response"].append(async_hook())
        with pytest.raises(NotFound):
            await session.get(script.address, timeout=SECONDS)
        return (await session.get(script.address, timeout=SECONDS)).status_code

    with scripted(first, wire(200)) as script, niquests.Session() as session:
        session.hooks["response"].append(hook())
        with pytest.raises(NotFound):
            session.get(script.address, timeout=SECONDS)
        assert 200 == session.get(script.address, timeout=SECONDS).status_code
    assert connections == script.connections
    with scripted(first, wire(200)) as script:
        assert 200 == run(ask)
    assert connections == script.connections


def test_a_body_that_stalls_does_not_hide_the_status() -> None:
    """When the library gives up waiting for the rest, the error comes all the same, sync and async."""

    async def ask(session: niquests.AsyncSession) -> None:
        session.hooks["response"].append(async_hook())
        await session.get(script.address, timeout=1)

    cut = wire(503, b'{"title":"T","det', "Retry-After: 7").replace(b"Length: 17", b"Length: 99")
    with scripted(cut + STALL) as script:
        with pytest.raises(Unavailable) as caught, niquests.Session() as session:
            session.get(script.address, timeout=1, hooks={"response": [hook()]})
        assert 7.0 == caught.value.retry_after
        with pytest.raises(Unavailable) as caught:
            run(ask)
        assert 7.0 == caught.value.retry_after


def test_streams_are_read_where_they_report_an_error() -> None:
    """A streamed error is read, a streamed success is left alone, and both are asked for in the session's own way."""

    async def ask(session: niquests.AsyncSession) -> Any:
        fine = await session.get(script.address, stream=True)
        assert fine is await araise_for_problem(fine)
        assert b"{}" == await fine.content
        response = await session.get(script.address, stream=True)
        with pytest.raises(RuntimeError, match=r"await araise_for_problem\(response\)"):
            raise_for_problem(response)
        with pytest.raises(NotFound, match="404: D"):
            await araise_for_problem(response)
        assert PROBLEM == await response.content

    with scripted(wire(200, b"{}"), wire(404, PROBLEM)) as script, niquests.Session() as session:
        fine = session.get(script.address, stream=True)
        assert fine is raise_for_problem(fine)
        assert b"{}" == fine.content
        response = session.get(script.address, stream=True)
        with pytest.raises(NotFound, match="404: D"):
            raise_for_problem(response)
        assert PROBLEM == response.content
    with scripted(wire(200, b"{}"), wire(404, PROBLEM)) as script:
        run(ask)


def test_bodies_that_are_gone_leave_the_status() -> None:
    """What somebody has streamed before cannot be read again: the status speaks."""
    with scripted(wire(403, PROBLEM)) as script, niquests.Session() as session:
        response = session.get(script.address, stream=True)
        assert PROBLEM == b"".join(response.iter_content(100))
        with pytest.raises(PermissionDenied, match="403: Forbidden"):
            raise_for_problem(response)


def test_responses_made_by_hand() -> None:
    """A response without a connection and a request makes the error of its status."""
    response = niquests.Response()
    response.status_code = 403
    with pytest.raises(PermissionDenied, match="403: Forbidden"):
        raise_for_problem(response)


def test_successes_under_a_contract_that_fails_inside_them() -> None:
    """They are looked into and still there; what is found is raised, sync and async."""
    failed = wire(200, b'{"jsonrpc":"2.0","error":{"code":-32601,"message":"D"},"id":1}', media_type="application/json")
    fine = wire(200, b'{"jsonrpc":"2.0","result":1,"id":1}', media_type="application/json")

    async def ask(session: niquests.AsyncSession) -> None:
        response = await araise_for_problem(await session.get(script.address, stream=True), INSIDE)
        assert b'"result":1' in await response.content  # type: ignore[misc, operator]
        with pytest.raises(Error, match="-32601"):
            await araise_for_problem(await session.get(script.address, stream=True), INSIDE)
        with pytest.raises(Error, match="-32601"):
            await araise_for_problem(await session.get(script.address), INSIDE)

    with scripted(fine, failed) as script, niquests.Session() as session:
        response = raise_for_problem(session.get(script.address, stream=True), INSIDE)
        assert b'"result":1' in (response.content or b"")
        with pytest.raises(Error, match="-32601"):
            raise_for_problem(session.get(script.address), INSIDE)
    with scripted(fine, failed) as script:
        run(ask)


def test_multiplexed_sessions_raise_when_they_are_gathered() -> None:
    """A response that is still under way is waited for when it is looked at."""
    with scripted(wire(404, PROBLEM)) as script, niquests.Session(multiplexed=True) as session:
        response = session.get(script.address)
        with pytest.raises(NotFound, match="404: D"):
            raise_for_problem(response)


def test_sessions_try_again_with_the_retry_of_urllib3() -> None:
    """`ProblemRetry` is built on whatever urllib3 there is, so a sync session of niquests takes it."""
    pauses: list[float] = []
    retry = ProblemRetry(2, sleep=pauses.append)
    with (
        scripted(wire(503, b"", "Retry-After: 7"), wire(200)) as script,
        niquests.Session(retries=retry) as session,
    ):
        assert 200 == session.get(script.address).status_code
    assert [7.0] == pauses
