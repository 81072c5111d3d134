"""An ASGI server in miniature: one request into an application, one checked response out.

Every exchange is held to the protocol, whatever the test looks at: one start at
most, a body only after it, header fields that fit on the wire, an exact
`Content-Length`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Message = Mapping[str, Any]
App = Callable[..., Awaitable[None]]

TOKEN = frozenset(b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")


@dataclass
class Exchange:
    """What an application sent, and what it raised."""

    messages: list[Message] = field(default_factory=list)
    raised: BaseException | None = None

    @property
    def started(self) -> bool:
        """Tell whether a response was begun."""
        return any(m["type"] == "http.response.start" for m in self.messages)

    @property
    def status(self) -> int:
        """Return the status sent."""
        return int(self.messages[0]["status"])

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Return the header fields in the order sent."""
        return [(name.decode("ascii"), value.decode("latin-1")) for name, value in self.messages[0]["headers"]]

    @property
    def headers(self) -> dict[str, str]:
        """Return the header fields, none of which may come twice (but cookies)."""
        names = [name for name, _ in self.fields if name != "set-cookie"]
        assert len(set(names)) == len(names), f"a field was sent twice: {names}"
        return dict(self.fields)

    @property
    def body(self) -> bytes:
        """Return the whole body."""
        return b"".join(m.get("body", b"") for m in self.messages if m["type"] == "http.response.body")

    @property
    def everything(self) -> bytes:
        """Return all bytes that a client gets to see."""
        return b"\n".join([*(f"{n}: {v}".encode("latin-1") for n, v in self.fields), self.body])


def call(
    app: App,
    path: str = "/",
    *,
    method: str = "GET",
    headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    body: bytes | Iterable[bytes] = b"",
    json: bytes | None = None,
) -> Exchange:
    """Send one request through an application; a body given as parts arrives without a `Content-Length`."""
    fields = [*(headers.items() if isinstance(headers, Mapping) else headers)]
    if json is not None:
        body, fields = json, [*fields, ("content-type", "application/json")]
    if isinstance(body, bytes):
        parts = [body]
        if body:
            fields.append(("content-length", str(len(body))))
    else:
        parts = list(body)
    exchange = asyncio.run(_exchange(app, http_scope(method, path, fields), parts))
    check(exchange, method)
    return exchange


def http_scope(method: str, path: str, fields: Iterable[tuple[str, str]] = ()) -> dict[str, Any]:
    """Return the scope of a request, as a server makes it."""
    path, _, query = path.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in fields],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 80),
        "state": {},
    }


async def _exchange(app: App, scope: dict[str, Any], parts: list[bytes]) -> Exchange:
    exchange = Exchange()
    coming = [
        {"type": "http.request", "body": part, "more_body": number < len(parts)} for number, part in enumerate(parts, 1)
    ]

    async def receive() -> Message:
        return coming.pop(0) if coming else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        exchange.messages.append(message)

    try:
        await app(scope, receive, send)
    except Exception as error:  # noqa: BLE001 - whatever the application raises is looked at
        exchange.raised = error
    return exchange


def check(exchange: Exchange, method: str) -> None:
    """Hold what was sent to ASGI and HTTP."""
    kinds = [m["type"] for m in exchange.messages]
    if not kinds:
        assert exchange.raised is not None, "nothing was sent and nothing was raised"
        return
    assert ["http.response.start", *["http.response.body"] * (len(kinds) - 1)] == kinds
    for name, value in exchange.messages[0]["headers"]:
        assert name, "a field has no name"
        assert TOKEN.issuperset(name), f"{name!r} is no lower-case field name"
        assert not {0, 10, 13} & set(value), f"{name!r} would break the message: {value!r}"
        assert value == value.strip(), f"{name!r} has blanks around its value: {value!r}"
    if exchange.raised is not None:
        return
    assert not exchange.messages[-1].get("more_body", False), "the body was never finished"
    if method == "HEAD" or exchange.status in (204, 304):
        assert exchange.body == b""
    elif "content-length" in exchange.headers:
        assert str(len(exchange.body)) == exchange.headers["content-length"]
