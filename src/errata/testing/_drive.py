"""Sending one request into an application: plain ASGI, plain WSGI, or whatever listens at an address."""

import asyncio
import http.client
import io
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit

from errata._http import RawResponse

_SECONDS: Final = 20.0  # a bound for a server that hangs


class Call(NamedTuple):
    """One request: header names in lower case, the body as bytes."""

    method: str
    path: str
    headers: Mapping[str, str] = {}
    body: bytes = b""


def drive_asgi(app: Callable[..., Awaitable[None]], call: Call) -> RawResponse:
    """Send a request into an ASGI application; of a response that breaks off, what was sent."""
    sent: list[Mapping[str, Any]] = []
    coming: list[Mapping[str, Any]] = [{"type": "http.request", "body": call.body, "more_body": False}]

    async def receive() -> Mapping[str, Any]:
        if not coming:
            await asyncio.Event().wait()  # a client that stays connected says nothing more
        return coming.pop(0)

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    async def run() -> None:
        try:
            async with asyncio.timeout(_SECONDS):
                await app(_scope(call), receive, send)
        except Exception:
            if not sent:
                raise

    asyncio.run(run())
    fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in sent[0].get("headers", ())]
    return RawResponse(sent[0]["status"], dict(_joined(fields)), b"".join(m.get("body", b"") for m in sent[1:]))


def _scope(call: Call) -> dict[str, Any]:
    path, _, query = call.path.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": call.method,
        "scheme": "http",
        "path": unquote_to_bytes(path).decode("utf-8", "replace"),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in _fields(call)],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 80),
        "state": {},
    }


def _fields(call: Call) -> list[tuple[str, str]]:
    length = [("content-length", str(len(call.body)))] if call.body else []
    return [("host", "127.0.0.1"), *call.headers.items(), *length]


def drive_wsgi(app: Callable[..., Iterable[bytes]], call: Call) -> RawResponse:
    """Send a request into a WSGI application; of a response that breaks off, what was sent."""
    started: list[tuple[str, list[tuple[str, str]]]] = []
    written: list[bytes] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
        if exc_info is not None and any(written):
            raise exc_info[1]
        started[:] = [(status, headers)]
        return written.append

    chunks = app(_environ(call), start_response)
    try:
        for chunk in chunks:
            written.append(chunk)  # noqa: PERF402 - what came before a failure is kept
    except Exception:
        if not any(written):
            raise
    finally:
        getattr(chunks, "close", lambda: None)()
    status, fields = started[0]
    return RawResponse(int(status[:3]), dict(_joined(fields)), b"".join(written))


def _environ(call: Call) -> dict[str, Any]:
    path, _, query = call.path.partition("?")
    fields = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in _fields(call)}
    for framing in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if (value := fields.pop(f"HTTP_{framing}", None)) is not None:
            fields[framing] = value
    return {
        "REQUEST_METHOD": call.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(call.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **fields,
    }


def drive_url(url: str, call: Call) -> RawResponse:
    """Send a request to a server; of a response that breaks off, what arrived."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=_SECONDS)
    try:
        connection.request(call.method, call.path, call.body or None, dict(call.headers))
        response = connection.getresponse()
        try:
            body = response.read()
        except http.client.IncompleteRead as broken:
            body = broken.partial
        return RawResponse(response.status, dict(_joined(response.getheaders())), body)
    finally:
        connection.close()


def _joined(fields: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    """Yield fields with their values joined by commas: a field sent twice is seen."""
    values: dict[str, list[str]] = {}
    for name, value in fields:
        values.setdefault(name.lower(), []).append(value)
    return ((name, ", ".join(each)) for name, each in values.items())
