"""What all judges share: a server on loopback that answers as it is told, and a way to it from fixed hosts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import NamedTuple

import pytest
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from errata import Problem, RawResponse, render

# No proxy may stand between a client and loopback.
for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
    os.environ.pop(name, None)
os.environ["NO_PROXY"] = "*"


class Recorded(NamedTuple):
    """A request that the server got."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Loopback(ThreadingHTTPServer):
    """A server that gives the answers it was told to give, in that order, and the last one again and again."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[Recorded] = []
        self._answers: list[RawResponse] = []
        self.host = f"127.0.0.1:{self.server_port}"
        self.url = f"http://{self.host}"

    def answers(self, *responses: RawResponse) -> None:
        """Set what the server answers from now on."""
        self._answers = list(responses)

    def fails(self, problem: Problem, dialect: str, format: str | None = None) -> None:
        """Answer every request with a problem in a dialect."""
        self.answers(render(problem, dialect, format=format))

    def next_answer(self) -> RawResponse:
        """Return the answer to the next request."""
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Loopback

    def _answer(self) -> None:
        fields = {name.lower(): value for name, value in self.headers.items()}
        self.server.requests.append(Recorded(self.command, self.path, fields, self._body()))
        response = self.server.next_answer()
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _answer  # noqa: N815

    def _body(self) -> bytes:
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("content-length", 0)))
        chunks = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a judge tells what it saw."""


@pytest.fixture
def server() -> Iterator[Loopback]:
    """Return a running server, ended after the test."""
    loopback = Loopback()
    thread = Thread(target=loopback.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield loopback
    loopback.shutdown()
    thread.join()
    loopback.server_close()


class Detour(HTTPAdapter):
    """Lead a `requests` session to the server, whatever host its client insists on."""

    def __init__(self, server: Loopback) -> None:
        super().__init__()
        self._server = server

    def send(self, request: PreparedRequest, *args: object, **kwargs: object) -> Response:
        """Send a request to loopback in place of its own host."""
        request.url = self._server.url + request.path_url
        return super().send(request, *args, **kwargs)


@pytest.fixture
def detour(server: Loopback) -> Detour:
    """Return an adapter to mount into a session of `requests`."""
    return Detour(server)


def json_answer(body: bytes, status: int = 200) -> RawResponse:
    """Return a successful answer, for clients that ask for something else first."""
    return RawResponse(status, {"content-type": "application/json"}, body)
