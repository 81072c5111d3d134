"""The kit's application in plain ASGI, where the application itself is the framework."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import BaseModel, Field

import errata
from errata import Contract, Problem
from errata.servers.asgi import App, Receive, Scope, Send, install
from errata.testing import LIMIT, fail
from errata.validation import validating


class Line(BaseModel):
    """A line of an order."""

    price: int


class Order(BaseModel):
    """An order as clients send it."""

    sku: str
    amount: int = Field(ge=1)
    lines: list[Line] = []


async def body_of(receive: Receive) -> bytes:
    """Read a body, unless it is too large."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
        if len(body) > LIMIT:
            raise errata.ContentTooLarge
    return body


async def order(scope: Scope, receive: Receive, send: Send) -> None:
    """Take an order."""
    if dict(scope["headers"]).get(b"content-type") != b"application/json":
        raise errata.UnsupportedMediaType
    body = await body_of(receive)
    with validating("body"):
        Order.model_validate(json.loads(body))
    await answer(send, 200, b"{}")


async def limited(scope: Scope, receive: Receive, send: Send) -> None:
    """Read a body."""
    await body_of(receive)
    await answer(send, 200, b"")


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    """Greet."""
    await answer(send, 200, b"hello")


async def refused(scope: Scope, receive: Receive, send: Send) -> None:
    """Refuse."""
    raise errata.Error(Problem(status=503, title="Service Unavailable", detail="Closed for lunch.", retry_after=60))


async def moved(scope: Scope, receive: Receive, send: Send) -> None:
    """Send elsewhere."""
    await answer(send, 302, b"", (b"location", b"/hello"))


async def started(scope: Scope, receive: Receive, send: Send) -> None:
    """Begin, and fail."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"part", "more_body": True})
    raise RuntimeError("hunter2")


async def answer(send: Send, status: int, body: bytes, *headers: tuple[bytes, bytes]) -> None:
    """Send a response."""
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})


Endpoint = Callable[[Scope, Receive, Send], Awaitable[None]]
ROUTES: dict[tuple[str, str], Endpoint] = {
    ("GET", "/hello"): hello,
    ("POST", "/orders"): order,
    ("POST", "/limited"): limited,
    ("GET", "/refused"): refused,
    ("GET", "/moved"): moved,
    ("GET", "/started"): started,
}


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Find the endpoint and call it."""
    path: Any = scope["path"]
    if path.startswith("/fail/"):
        fail(path.removeprefix("/fail/"))
    endpoint = ROUTES.get((scope["method"], path))
    if endpoint is None:
        raise errata.NotFound
    await endpoint(scope, receive, send)


def make_app(contract: Contract) -> App:
    """Return the application with a contract installed."""
    return install(application, contract)
