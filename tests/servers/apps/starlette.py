"""The kit's application in Starlette."""

from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

import errata
from errata import Contract
from errata.servers.starlette import install
from errata.testing import LIMIT, fail
from errata.validation import validating
from tests.servers.apps.asgi import Order


async def hello(request: Request) -> Response:
    """Greet."""
    return PlainTextResponse("hello")


async def failing(request: Request) -> Response:
    """Raise the error of a situation."""
    fail(request.path_params["name"])
    return Response()


async def order(request: Request) -> Response:
    """Take an order."""
    if request.headers.get("content-type") != "application/json":
        raise errata.UnsupportedMediaType
    body = await request.json()
    with validating("body"):
        Order.model_validate(body)
    return Response()


async def limited(request: Request) -> Response:
    """Read a body."""
    await request.body()
    return Response()


async def refused(request: Request) -> Response:
    """Refuse as Starlette does."""
    raise HTTPException(503, "Closed for lunch.", {"Retry-After": "60"})


async def login(request: Request) -> Response:
    """Challenge as Starlette does."""
    raise HTTPException(401, headers={"WWW-Authenticate": 'Basic realm="orders"'})


async def moved(request: Request) -> Response:
    """Send elsewhere."""
    return RedirectResponse("/hello", 302)


async def parts() -> AsyncIterator[bytes]:
    """Yield a part, then fail."""
    yield b"part"
    raise RuntimeError("hunter2")


async def started(request: Request) -> Response:
    """Begin, and fail."""
    return StreamingResponse(parts())


def make_app(contract: Contract) -> Starlette:
    """Return the application with a contract installed."""
    routes = [
        Route("/hello", hello),
        Route("/fail/{name}", failing),
        Route("/orders", order, methods=["POST"]),
        Route("/limited", limited, methods=["POST"]),
        Route("/refused", refused),
        Route("/refused/login", login),
        Route("/moved", moved),
        Route("/started", started),
    ]
    return install(Starlette(routes=routes, max_body_size=LIMIT), contract)
