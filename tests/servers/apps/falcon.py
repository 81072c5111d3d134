"""The kit's application in Falcon, WSGI."""

from collections.abc import Iterator
from typing import Any
from wsgiref.types import WSGIApplication

import falcon
from falcon import App, Request, Response

from errata import Contract
from errata.servers.falcon import install
from errata.testing import LIMIT, fail
from errata.validation import validating
from tests.servers.apps.asgi import Order
from tests.servers.apps.wsgi import mounted


class Hello:
    """Greets."""

    def on_get(self, req: Request, resp: Response) -> None:
        """Greet."""
        resp.content_type = falcon.MEDIA_TEXT
        resp.text = "hello"


class Fail:
    """Raises the errors of situations."""

    def on_get(self, req: Request, resp: Response, name: str) -> None:
        """Raise the error of a situation."""
        fail(name)

    on_head = on_get


class Orders:
    """Takes orders."""

    def on_post(self, req: Request, resp: Response) -> None:
        """Take an order."""
        body = req.get_media()
        with validating("body"):
            Order.model_validate(body)


def limit(req: Request, resp: Response, resource: object, params: dict[str, Any]) -> None:
    """Refuse a body that is too large, as Falcon's users do."""
    if (req.content_length or 0) > LIMIT:
        raise falcon.HTTPContentTooLarge


class Limited:
    """Reads bodies."""

    @falcon.before(limit)
    def on_post(self, req: Request, resp: Response) -> None:
        """Read a body."""
        req.bounded_stream.read()


class Refused:
    """Refuses and challenges as Falcon does."""

    def on_get(self, req: Request, resp: Response) -> None:
        """Refuse."""
        raise falcon.HTTPServiceUnavailable(description="Closed for lunch.", retry_after=60)

    def on_get_login(self, req: Request, resp: Response) -> None:
        """Challenge."""
        raise falcon.HTTPUnauthorized(challenges=['Basic realm="orders"'])


class Moved:
    """Is elsewhere."""

    def on_get(self, req: Request, resp: Response) -> None:
        """Send elsewhere."""
        raise falcon.HTTPFound("/hello")


def parts() -> Iterator[bytes]:
    """Yield a part, then fail."""
    yield b"part"
    raise RuntimeError("hunter2")


class Started:
    """Fails too late."""

    def on_get(self, req: Request, resp: Response) -> None:
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


def served() -> WSGIApplication:
    """Return what a server runs."""
    return mounted(make_app)
