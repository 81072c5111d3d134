"""The kit's application in FastAPI."""

from collections.abc import Iterator

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse, StreamingResponse

from errata import Contract
from errata.servers.fastapi import install
from errata.testing import LIMIT, fail
from tests.servers.apps.asgi import Order


def parts() -> Iterator[bytes]:
    """Yield a part, then fail."""
    yield b"part"
    raise RuntimeError("hunter2")


def make_app(contract: Contract) -> FastAPI:
    """Return the application with a contract installed."""
    app = FastAPI(max_body_size=LIMIT)

    @app.get("/hello", response_class=PlainTextResponse)
    async def hello() -> str:
        return "hello"

    @app.head("/fail/{name}", include_in_schema=False)
    @app.get("/fail/{name}")
    async def failing(name: str) -> None:
        fail(name)

    @app.post("/orders")
    async def order(order: Order) -> None: ...

    @app.post("/limited")
    async def limited(request: Request) -> None:
        await request.body()

    @app.get("/refused")
    async def refused() -> None:
        raise HTTPException(503, "Closed for lunch.", {"Retry-After": "60"})

    @app.get("/refused/login")
    async def login() -> None:
        raise HTTPException(401, headers={"WWW-Authenticate": 'Basic realm="orders"'})

    @app.get("/moved")
    async def moved() -> Response:
        return RedirectResponse("/hello", 302)

    @app.get("/started")
    async def started() -> Response:
        return StreamingResponse(parts())

    return install(app, contract)
