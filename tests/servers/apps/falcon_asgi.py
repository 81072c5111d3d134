"""The kit's application in Falcon, ASGI."""

from collections.abc import AsyncIterator
from typing import Any

import falcon
from falcon.asgi import App, Request, Response

from errata import Contract
from errata.servers.falcon import install
from errata.testing import LIMIT, fail
from errata.validation import validating
from tests.servers.apps.asgi import Order


class Hello:
    """Greets."""

    async def on_get(self, req: Request, resp: Response) -> None:
        """Greet."""
        resp.content_type = falcon.MEDIA_TEXT
        resp.text = "hello"


class Fail:
    """Raises the errors of situations."""

    async def on_get(self, req: Request, resp: Response, name: str) -> None:
        """Raise the error of a situation."""
        fail(name)

    on_head = on_get


class Orders:
    """Takes orders."""

    async def on_post(self, req: Request, resp: Response) -> None:
        """Take an order."""
        body = await req.get_media()
        with validating("body"):
            Order.model_validate(body)


async def limit(req: Request, resp: Response, resource: object, params: dict[str, Any]) -> None:
    """Refuse a body that is too large, as Falcon's users do."""
    if (req.content_length or 0) > LIMIT:
        raise falcon.HTTPContentTooLarge


class Limited:
    """Reads bodies."""

    @falcon.before(limit)
    async def on_post(self, req: Request, resp: Response) -> None:
        """Read a body."""
        await req.stream.read()


class Refused:
    """Refuses and challenges as Falcon does."""

    async def on_get(self, req: Request, resp: Response) -> None:
        """Refuse."""
        raise falcon.HTTPServiceUnavailable(description="Closed for lunch.", retry_after=60)

    async def on_get_login(self, req: Request, resp: Response) -> None:
        """Challenge."""
        raise falcon.HTTPUnauthorized(challenges=['Basic realm="orders"'])


class Moved:
    """Is elsewhere."""

    async def on_get(self, req: Request, resp: Response) -> None:
        """Send elsewhere."""
        raise falcon.HTTPFound("/hello")


async def parts() -> AsyncIterator[bytes]:
    """Yield a part, then fail."""
    yield b"part"
    raise RuntimeError("hunter2")


class Started:
    """Fails too late."""

    async def on_get(self, req: Request, resp: Response) -> None:
        """Begin, and fail."""
        resp.stream = parts()


def make_app(contract: Contract) -> App[Request, Response]:
    """Return the application with a contract installed."""
    app = App()
    app.add_route("/hello", Hello())
    app.add_route("/fail/{name}", Fail())
    app.add_route("/orders", Orders())
    app.add_route("/limited", Limited())
    app.add_route("/refused", Refused())
    app.add_route("/refused/login", Refused(), suffix="login")
    app.add_route("/moved", Moved())
    app.add_route("/started", Started())
    return install(app, contract)
