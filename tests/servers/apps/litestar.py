"""The kit's application in Litestar, with models of pydantic or of msgspec."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import msgspec
from litestar import Litestar, Request, get, post, route
from litestar.enums import MediaType
from litestar.exceptions import HTTPException, NotAuthorizedException
from litestar.params import FromPath, JSONBody
from litestar.response import Redirect, Stream

from errata import Contract
from errata.servers.litestar import install
from errata.testing import LIMIT, fail
from tests.servers.apps.asgi import Order


class Line(msgspec.Struct):
    """A line of an order."""

    price: int


class Ordered(msgspec.Struct):
    """An order as clients send it, for msgspec."""

    sku: str
    amount: Annotated[int, msgspec.Meta(ge=1)]
    lines: list[Line] = []


@get("/hello", media_type=MediaType.TEXT)
async def hello() -> str:
    """Greet."""
    return "hello"


@route("/fail/{name:str}", http_method=["GET", "HEAD"])
async def failing(name: FromPath[str]) -> None:
    """Raise the error of a situation."""
    fail(name)


@post("/orders", status_code=200)
async def order(data: JSONBody[Order]) -> None:
    """Take an order."""


@post("/orders", status_code=200)
async def ordered(data: JSONBody[Ordered]) -> None:
    """Take an order."""


@post("/limited", request_max_body_size=LIMIT)
async def limited(request: Request[Any, Any, Any]) -> None:
    """Read a body."""
    await request.body()


@get("/refused")
async def refused() -> None:
    """Refuse as Litestar does."""
    raise HTTPException("Closed for lunch.", status_code=503, headers={"Retry-After": "60"})


@get("/refused/login")
async def login() -> None:
    """Challenge as Litestar does."""
    raise NotAuthorizedException(headers={"WWW-Authenticate": 'Basic realm="orders"'})


@get("/moved")
async def moved() -> Redirect:
    """Send elsewhere."""
    return Redirect("/hello", status_code=302)


async def parts() -> AsyncIterator[bytes]:
    """Yield a part, then fail."""
    yield b"part"
    raise RuntimeError("hunter2")


@get("/started")
async def started() -> Stream:
    """Begin, and fail."""
    return Stream(parts())


ROUTES = [hello, failing, limited, refused, login, moved, started]


def make_app(contract: Contract) -> Litestar:
    """Return the application with a contract installed, and models of pydantic."""
    return install(Litestar([*ROUTES, order], logging_config=None), contract)


def make_app_with_msgspec(contract: Contract) -> Litestar:
    """Return the application with a contract installed, and models of msgspec."""
    return install(Litestar([*ROUTES, ordered], logging_config=None), contract)
