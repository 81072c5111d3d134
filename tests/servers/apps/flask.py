"""The kit's application in Flask, its endpoints in a blueprint."""

from collections.abc import Iterator
from typing import Any
from wsgiref.types import WSGIApplication

from flask import Blueprint, Flask, Response, redirect, request
from werkzeug.exceptions import ServiceUnavailable, Unauthorized
from werkzeug.wrappers import Response as AnyResponse

from errata import Contract
from errata.servers.flask import install
from errata.testing import LIMIT, fail
from errata.validation import validating
from tests.servers.apps.asgi import Order
from tests.servers.apps.wsgi import mounted

orders = Blueprint("orders", __name__)


@orders.get("/hello")
def hello() -> Response:
    """Greet."""
    return Response("hello", mimetype="text/plain")


@orders.get("/fail/<name>")
def failing(name: str) -> str:
    """Raise the error of a situation."""
    fail(name)
    return ""


@orders.post("/orders")
def order() -> str:
    """Take an order."""
    body = request.get_json()
    with validating("body"):
        Order.model_validate(body)
    return ""


@orders.post("/limited")
def limited() -> str:
    """Read a body."""
    request.get_data()
    return ""


@orders.get("/refused")
def refused() -> str:
    """Refuse as Flask does."""
    raise ServiceUnavailable("Closed for lunch.", retry_after=60)


class LoginNeeded(Unauthorized):
    """A challenge; Werkzeug's own writes realms without quotes."""

    def get_headers(self, *args: Any) -> list[tuple[str, str]]:
        """Return the header fields."""
        return [*super().get_headers(*args), ("WWW-Authenticate", 'Basic realm="orders"')]


@orders.get("/refused/login")
def login() -> str:
    """Challenge as Flask does."""
    raise LoginNeeded


@orders.get("/moved")
def moved() -> AnyResponse:
    """Send elsewhere."""
    return redirect("/hello")


def parts() -> Iterator[bytes]:
    """Yield a part, then fail."""
    yield b"part"
    raise RuntimeError("hunter2")


@orders.get("/started")
def started() -> Response:
    """Begin, and fail."""
    return Response(parts())


def make_app(contract: Contract) -> Flask:
    """Return the application with a contract installed."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = LIMIT
    app.register_blueprint(orders)
    return install(app, contract)


def served() -> WSGIApplication:
    """Return what a server runs."""
    return mounted(make_app)
