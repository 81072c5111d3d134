"""What a client is given once, so that every one of its calls raises."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable, Iterator
from email.message import Message
from functools import partial
from http.client import HTTPResponse
from io import BytesIO
from typing import Any, Final
from urllib.error import HTTPError
from urllib.request import (
    HTTPBasicAuthHandler,
    HTTPPasswordMgrWithPriorAuth,
    Request,
    build_opener,
    urlopen,
)

import aiohttp
import httpx
import httpx2
import pytest
import requests
import urllib3

from errata import Catalog, Contract, Error, NotFound, PermissionDenied, Unauthenticated
from errata.clients import aiohttp as of_aiohttp
from errata.clients import httpx as of_httpx
from errata.clients import requests as of_requests
from errata.clients import urllib as of_urllib
from errata.clients import urllib3 as of_urllib3
from tests.clients.callers import SECONDS, TLS
from tests.clients.scripted import scripted, wire

PROBLEM: Final = b'{"title":"T","detail":"D"}'
INSIDE: Final = Contract(Catalog([]), dialect="jsonrpc")
FAILED: Final = b'{"jsonrpc":"2.0","error":{"code":-32601,"message":"D"},"id":1}'
each_library = pytest.mark.parametrize("library", [httpx, httpx2])

# ---- httpx ----


def answering(library: Any) -> Any:
    """Return a transport that answers 200, but 404 at /none."""
    return library.MockTransport(
        lambda request: library.Response(404 if request.url.path == "/none" else 200, content=PROBLEM)
    )


@each_library
def test_one_hook_serves_sync_and_async_clients(library: Any) -> None:
    """The same hook raises in both; a success passes in both, whose hook an async client awaits too."""
    hooks = {"response": [of_httpx.hook()]}

    async def run() -> None:
        async with library.AsyncClient(transport=answering(library), event_hooks=hooks) as client:
            assert PROBLEM == (await client.get("http://api.example/")).content
            with pytest.raises(NotFound, match="404: D"):
                await client.get("http://api.example/none")

    with library.Client(transport=answering(library), event_hooks=hooks) as client:
        assert PROBLEM == client.get("http://api.example/").content
        with pytest.raises(NotFound, match="404: D"):
            client.get("http://api.example/none")
    asyncio.run(run())


@each_library
def test_the_async_function_takes_any_response(library: Any) -> None:
    """`araise_for_problem` reads what is still to be read, and takes what is there."""

    async def parts() -> AsyncIterator[bytes]:
        yield PROBLEM[:9]
        yield PROBLEM[9:]

    def sync_parts() -> Iterator[bytes]:
        yield PROBLEM

    async def error_of(response: Any) -> str:
        with pytest.raises(NotFound) as caught:
            await of_httpx.araise_for_problem(response)
        assert PROBLEM == response.content
        assert response is caught.value.response
        return str(caught.value)

    async def run() -> None:
        assert "404: D" == await error_of(library.Response(404, content=parts()))
        assert "404: D" == await error_of(library.Response(404, content=PROBLEM))
        assert "404: D" == await error_of(library.Response(404, content=sync_parts()))
        fine = library.Response(200, content=parts())
        assert fine is await of_httpx.araise_for_problem(fine)
        failed = library.Response(200, content=FAILED, headers={"content-type": "application/json"})
        with pytest.raises(Error, match="-32601"):
            await of_httpx.araise_for_problem(failed, INSIDE)

    asyncio.run(run())


@each_library
def test_a_challenge_that_the_client_answers_needs_no_hook(library: Any) -> None:
    """A hook sees the 401 before digest authentication can answer it; called on the result, the function does not."""
    challenge = wire(401, b"", 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth", algorithm=MD5')
    auth = library.DigestAuth("user", "password")
    with scripted(challenge, wire(200)) as script, library.Client(verify=TLS, auth=auth) as client:
        assert 200 == of_httpx.raise_for_problem(client.get(script.address)).status_code
        assert 2 == len(script.requests)
    with scripted(challenge, wire(200)) as script, library.Client(verify=TLS, auth=auth) as client:
        client.event_hooks = {"response": [of_httpx.hook()]}
        with pytest.raises(Unauthenticated):
            client.get(script.address)


@each_library
def test_hooks_can_be_two(library: Any) -> None:
    """What one hook has looked into and put back is as good as new for the next one, sync and async."""
    body = b'{"jsonrpc":"2.0","result":1,"id":1}'
    hooks = {"response": [of_httpx.hook(INSIDE), of_httpx.hook(INSIDE)]}

    async def run(address: str) -> bytes:
        async with (
            library.AsyncClient(verify=TLS, event_hooks=hooks) as client,
            client.stream("GET", address) as response,
        ):
            with pytest.raises(RuntimeError, match=r"await araise_for_problem\(response\)"):
                of_httpx.raise_for_problem(response, INSIDE)
            return bytes(await response.aread())

    with scripted(wire(200, body, media_type="application/json")) as script:
        with library.Client(verify=TLS, event_hooks=hooks) as client:
            assert body == client.get(script.address).content
        assert body == asyncio.run(run(script.address))


# ---- requests ----


def test_requests_answers_challenges_before_the_hook() -> None:
    """Digest authentication is a hook itself, and comes first: only the final response is looked at."""
    challenge = wire(401, b"", 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth", algorithm=MD5')
    with scripted(challenge, wire(200, b"{}")) as script, requests.Session() as session:
        session.auth = requests.auth.HTTPDigestAuth("user", "password")
        session.hooks["response"].append(of_requests.hook())
        assert b"{}" == session.get(script.address, timeout=SECONDS).content


def test_requests_takes_a_hook_per_call() -> None:
    """A hook of one request raises for that one."""
    with scripted(wire(404, PROBLEM)) as script, requests.Session() as session:
        assert 404 == session.get(script.address, timeout=SECONDS).status_code
        with pytest.raises(NotFound, match="404: D"):
            session.get(script.address, timeout=SECONDS, hooks={"response": of_requests.hook()})


def test_requests_made_by_hand() -> None:
    """A response without a request makes the same error, without a method, wherever its body is."""
    for file in (BytesIO(PROBLEM), urllib3.HTTPResponse(BytesIO(PROBLEM), preload_content=False)):
        response = requests.Response()
        response.status_code, response.raw = 404, file
        with pytest.raises(NotFound, match="404: D") as caught:
            of_requests.raise_for_problem(response)
        assert (None, PROBLEM) == (caught.value.method, response.content)


def test_requests_bodies_that_are_unpacked_already() -> None:
    """An adapter that unpacks by itself is not contradicted."""
    raw = urllib3.HTTPResponse(BytesIO(gzip.compress(PROBLEM)), {"content-encoding": "gzip"}, preload_content=False)
    response = requests.Response()
    response.status_code, response.raw = 404, raw
    response.headers["content-encoding"] = "gzip"
    with pytest.raises(NotFound, match="404: D"):
        of_requests.raise_for_problem(response)


# ---- aiohttp ----


def with_session(run: Callable[[aiohttp.ClientSession], Any], **options: Any) -> Any:
    """Run a coroutine function with a session."""

    async def main() -> Any:
        async with aiohttp.ClientSession(**options) as session:
            return await run(session)

    return asyncio.run(main())


def test_aiohttp_takes_it_per_call_and_per_session() -> None:
    """`raise_for_status` takes the hook in both places, and the function itself where no contract is needed."""

    async def ask(session: aiohttp.ClientSession, **options: Any) -> int:
        async with session.get(script.address, **options) as response:
            return response.status

    with scripted(wire(404, PROBLEM)) as script:
        assert 404 == with_session(ask)
        for raising in (of_aiohttp.hook(), of_aiohttp.raise_for_problem):
            with pytest.raises(NotFound, match="404: D"):
                with_session(ask, raise_for_status=raising)
            with pytest.raises(NotFound, match="404: D"):
                with_session(partial(ask, raise_for_status=raising))


def test_it_works_inside_a_middleware_of_aiohttp() -> None:
    """A middleware that raises leaves the session fit for the next request."""

    async def raising(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        return await of_aiohttp.raise_for_problem(await handler(request))

    async def run(session: aiohttp.ClientSession) -> bytes:
        with pytest.raises(NotFound, match="404: D"):
            await session.get(script.address)
        async with session.get(script.address) as response:
            return await response.read()

    with scripted(wire(404, PROBLEM), wire(200, b"{}")) as script:
        assert b"{}" == with_session(run, middlewares=(raising,))
    assert 1 == script.connections


def test_aiohttp_sessions_that_do_not_unpack() -> None:
    """With `auto_decompress=False` the body comes packed, and is unpacked for the error."""

    async def run(session: aiohttp.ClientSession) -> Any:
        await session.get(script.address)

    packed = wire(404, gzip.compress(PROBLEM), "Content-Encoding: gzip")
    with scripted(packed) as script, pytest.raises(NotFound, match="404: D"):
        with_session(run, raise_for_status=of_aiohttp.hook(), auto_decompress=False)


# ---- urllib3 ----


def test_urllib3_bodies_that_were_loaded_packed() -> None:
    """With `decode_content=False` the body is loaded as it came, and is unpacked for the error."""
    packed = wire(404, gzip.compress(PROBLEM), "Content-Encoding: gzip")
    with scripted(packed) as script, urllib3.PoolManager(timeout=SECONDS) as pool:
        answer = pool.request("GET", script.address, decode_content=False)
    with pytest.raises(NotFound, match="404: D"):
        of_urllib3.raise_for_problem(answer)


def test_urllib3_made_by_hand() -> None:
    """A response without a connection makes the same error, without a method."""
    for body in (PROBLEM, BytesIO(PROBLEM)):
        with pytest.raises(NotFound, match="404: D") as caught:
            of_urllib3.raise_for_problem(urllib3.HTTPResponse(body, status=404))
        assert None is caught.value.method


# ---- urllib ----


def test_what_urlopen_raises_is_taken() -> None:
    """The HTTPError of `urlopen` becomes the error, with the method; what `urlopen` returns comes back."""
    with scripted(wire(404, PROBLEM), wire(200, b"{}")) as script:
        with pytest.raises(HTTPError) as http_error:
            urlopen(Request(script.address, method="DELETE"), timeout=SECONDS)
        with pytest.raises(NotFound, match="404: D") as caught:
            of_urllib.raise_for_problem(http_error.value)
        with urlopen(script.address, timeout=SECONDS) as response:
            assert response is of_urllib.raise_for_problem(response)
            assert b"{}" == response.read()
    assert (http_error.value, "DELETE") == (caught.value.response, caught.value.method)
    assert PROBLEM == http_error.value.read()
    http_error.value.close()


def test_an_http_error_made_by_hand() -> None:
    """Without a body, without header fields: the status speaks."""
    for file, line in ((None, "404: Not Found"), (BytesIO(PROBLEM), "404: D")):
        with pytest.raises(NotFound) as caught:
            of_urllib.raise_for_problem(HTTPError("http://a.example", 404, "Nothing", Message(), file))
        assert line == str(caught.value)


def test_openers_still_answer_challenges_and_redirects() -> None:
    """What other handlers know how to answer is theirs; only what is left is raised."""
    passwords = HTTPPasswordMgrWithPriorAuth()
    challenge = wire(401, b"", 'WWW-Authenticate: Basic realm="r"')
    with scripted(wire(302, b"", "Location: /there"), challenge, wire(200, b"{}")) as script:
        passwords.add_password(None, script.address, "user", "password")
        opener = build_opener(of_urllib.ProblemHandler(), HTTPBasicAuthHandler(passwords))
        with opener.open(script.address, timeout=SECONDS) as response:
            assert b"{}" == response.read()
    with scripted(challenge) as script, pytest.raises(Unauthenticated):
        build_opener(of_urllib.ProblemHandler()).open(script.address, timeout=SECONDS)


def test_a_success_that_was_looked_into_can_be_read() -> None:
    """Under a contract that fails inside 2xx the body is read, and put back: whole, in parts, line by line."""
    opener = build_opener(of_urllib.ProblemHandler(INSIDE))
    body = b'{"jsonrpc":"2.0",\n"result":1}'
    readers: dict[str, Callable[[HTTPResponse], bytes]] = {
        "whole": lambda response: response.read(),
        "in parts": lambda response: b"".join(iter(lambda: response.read(3), b"")),
        "as it comes": lambda response: b"".join(iter(lambda: response.read1(4), b"")),
        "line by line": b"".join,
    }
    with scripted(wire(200, body, media_type="application/json")) as script:
        for name, read in readers.items():
            with opener.open(script.address, timeout=SECONDS) as response:
                assert (name, body) == (name, read(response))
    with scripted(wire(200, FAILED, media_type="application/json")) as script, pytest.raises(Error, match="-32601"):
        opener.open(script.address, timeout=SECONDS)


def test_the_rest_of_an_error_is_not_kept() -> None:
    """What is put back of an error is what was read of it: no more than the cap."""
    with (
        scripted(wire(403, b'{"pad":"' + b"x" * 3_000_000 + b'"}')) as script,
        pytest.raises(PermissionDenied) as caught,
    ):
        build_opener(of_urllib.ProblemHandler()).open(script.address, timeout=SECONDS)
    kept: Any = caught.value.response
    assert 1_048_577 == len(kept.read())
