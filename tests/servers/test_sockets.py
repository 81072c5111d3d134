"""The bytes on a real connection: what a server makes of the answers, and what a client gets of them."""

import http.client
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from errata import Error, Problem
from errata.servers import asgi, fastapi, starlette
from tests.servers.serving import SECONDS, serving, talk
from tests.servers.wire import App
from tests.servers.worlds import TEXT_OF_A_BUG, CaseClosed, members, plain, raise_bug


async def lines_and_a_bug() -> AsyncIterator[bytes]:
    """Yield a line, then fail."""
    yield b"one\n"
    raise_bug()


async def hello(request: Request) -> Response:
    """Greet."""
    return PlainTextResponse("hello")


async def closed(request: Request) -> Response:
    """Raise an own error."""
    raise CaseClosed(days=3)


async def bug(request: Request) -> Response:
    """Fail as a bug does."""
    raise_bug()
    return PlainTextResponse("not reached")


async def chunked(request: Request) -> Response:
    """Stream without a length, and fail."""
    return StreamingResponse(lines_and_a_bug())


async def promised(request: Request) -> Response:
    """Stream with a length, and fail before it is reached."""
    return StreamingResponse(lines_and_a_bug(), headers={"content-length": "1000"})


async def status(request: Request) -> Response:
    """Raise an error of the status in the path."""
    raise Error(Problem(status=request.path_params["status"]))


async def echo(request: Request) -> Response:
    """Raise an HTTPException whose header fields a client chooses."""
    fields = {"x-echo": request.query_params.get("echo", ""), "content-length": "1", "transfer-encoding": "chunked"}
    raise HTTPException(409, "odd", fields)


ROUTES: Final = [
    Route("/hello", hello),
    Route("/closed", closed),
    Route("/bug", bug),
    Route("/chunked", chunked),
    Route("/promised", promised),
    Route("/status/{status:int}", status),
    Route("/echo", echo),
]


def on_plain_asgi() -> App:
    """Return the routes as a plain ASGI application: behind a router that handles no error."""
    return asgi.install(Starlette(routes=ROUTES).router, plain)


BUILDS: Final[dict[str, Any]] = {
    "asgi": on_plain_asgi,
    "starlette": lambda: starlette.install(Starlette(routes=ROUTES, max_body_size=100), plain),
    "fastapi": lambda: fastapi.install(FastAPI(routes=ROUTES, max_body_size=100), plain),  # type: ignore[arg-type]
}


@pytest.fixture(scope="module", params=BUILDS)
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    """Return the port of a server for each kind of application."""
    with serving(BUILDS[request.param]()) as number:
        yield number


@pytest.fixture(scope="module", params=["starlette", "fastapi"])
def framework_port(request: pytest.FixtureRequest) -> Iterator[int]:
    """Return the port of a server for each framework with errors of its own."""
    with serving(BUILDS[request.param]()) as number:
        yield number


def ask(port: int, path: str, method: str = "GET", *fields: str) -> bytes:
    """Ask once on a connection of its own."""
    head = [f"{method} {path} HTTP/1.1", "host: x", "connection: close", *fields, "", ""]
    return talk(port, "\r\n".join(head).encode())


def split(received: bytes) -> tuple[bytes, dict[bytes, bytes], bytes]:
    """Return status line, header fields and body of the one response received."""
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    fields = [(name.lower(), value) for name, _, value in (line.partition(b": ") for line in lines)]
    assert len(dict(fields)) == len(fields)
    return first, dict(fields), body


@pytest.mark.parametrize(
    ("path", "code"),
    [("/closed", 403), ("/bug", 500), ("/status/499", 499), ("/status/523", 523), ("/status/799", 500)],
)
def test_lengths_are_exact(port: int, path: str, code: int) -> None:
    """The length is that of the body, and the only thing that frames the message."""
    first, fields, body = split(ask(port, path))
    assert str(code).encode() == first.split()[1]
    assert str(len(body)).encode() == fields[b"content-length"]
    assert b"transfer-encoding" not in fields
    assert code == members(body)["status"]
    assert TEXT_OF_A_BUG.encode() not in b"".join([*fields.values(), body])


@pytest.mark.parametrize("path", ["/closed", "/bug"])
def test_head_sends_the_head_alone(port: int, path: str) -> None:
    """Nothing follows the header fields, and their length is that of the body GET would have got."""
    _, got, body = split(ask(port, path))
    _, fields, nothing = split(ask(port, path, "HEAD"))
    assert b"" == nothing
    assert (str(len(body)).encode(), got[b"content-type"]) == (fields[b"content-length"], fields[b"content-type"])


def test_connections_survive_errors(port: int) -> None:
    """Errors, bugs included, leave a connection as good as it was."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    connection.connect()
    first = connection.sock
    for method, path, code in [
        ("GET", "/closed", 403), ("GET", "/bug", 500), ("HEAD", "/closed", 403), ("GET", "/hello", 200),
        ("GET", "/status/499", 499), ("GET", "/hello", 200),
    ]:  # fmt: skip
        connection.request(method, path)
        response = connection.getresponse()
        response.read()
        assert code == response.status
        assert first is connection.sock
    connection.close()


def test_pipelined_requests_are_answered_in_order(port: int) -> None:
    """An error between two successes moves neither of them."""
    asked = b"".join(
        b"GET %s HTTP/1.1\r\nhost: x\r\n%s\r\n" % (path, end)
        for path, end in [(b"/hello", b""), (b"/closed", b""), (b"/hello", b"connection: close\r\n")]
    )
    received = talk(port, asked)
    assert [b"200", b"403", b"200"] == [part[:3] for part in received.split(b"HTTP/1.1 ")[1:]]


@pytest.mark.parametrize("path", ["/chunked", "/promised"])
def test_a_started_response_ends_without_another_one(port: int, path: str, caplog: pytest.LogCaptureFixture) -> None:
    """The connection ends in the middle of the body, so that the client knows; nothing is appended."""
    caplog.set_level(logging.CRITICAL)
    received = ask(port, path)
    assert 1 == received.count(b"HTTP/1.1")
    assert b"problem+json" not in received
    assert received.startswith(b"HTTP/1.1 200")
    assert received.endswith(b"one\n" + (b"\r\n" if path == "/chunked" else b""))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    connection.request("GET", path)
    response = connection.getresponse()
    with pytest.raises(http.client.IncompleteRead) as cut:
        response.read()
    assert b"one\n" == cut.value.partial
    connection.close()


def test_what_comes_in_a_query_breaks_no_header(framework_port: int) -> None:
    """A text that splits lines reaches a header field as one line."""
    first, fields, _ = split(ask(framework_port, "/echo?echo=a%0d%0aset-cookie:%20a=b%00"))
    assert b"409" == first.split()[1]
    assert b"a??set-cookie: a=b?" == fields[b"x-echo"]
    assert b"set-cookie" not in fields


@pytest.mark.parametrize("path", ["/hello", "/none"])
def test_a_body_too_large_is_refused_before_it_is_sent(framework_port: int, path: str) -> None:
    """A declared length over the limit is answered in the contract, whatever the address."""
    first, fields, body = split(ask(framework_port, path, "POST", "content-length: 101"))
    assert (b"413", b"application/problem+json") == (first.split()[1], fields[b"content-type"])
    assert 413 == members(body)["status"]


def test_an_unknown_address_is_answered(framework_port: int) -> None:
    """What the framework finds by itself has an exact length too."""
    first, fields, body = split(ask(framework_port, "/none"))
    assert (b"404", str(len(body)).encode()) == (first.split()[1], fields[b"content-length"])
