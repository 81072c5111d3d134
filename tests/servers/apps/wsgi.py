"""The kit's application in plain WSGI, where the application itself is the framework."""

import json
from collections.abc import Callable, Iterable, Iterator
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from wsgiref.util import shift_path_info

import errata
from errata import Contract, Problem
from errata.servers.wsgi import install
from errata.testing import CONTRACTS, LIMIT, fail
from errata.validation import validating
from tests.servers.apps.asgi import Order


def body_of(environ: WSGIEnvironment) -> bytes:
    """Read a body, unless it is too large."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length > LIMIT:
        raise errata.ContentTooLarge
    return environ["wsgi.input"].read(length)  # type: ignore[no-any-return]


def order(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Take an order."""
    if environ["CONTENT_TYPE"] != "application/json":
        raise errata.UnsupportedMediaType
    with validating("body"):
        Order.model_validate(json.loads(body_of(environ)))
    return answer(start_response, "200 OK", b"{}")


def limited(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Read a body."""
    body_of(environ)
    return answer(start_response, "200 OK", b"")


def hello(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Greet."""
    return answer(start_response, "200 OK", b"hello")


def refused(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Refuse."""
    raise errata.Error(Problem(status=503, title="Service Unavailable", detail="Closed for lunch.", retry_after=60))


def moved(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Send elsewhere."""
    return answer(start_response, "302 Found", b"", ("Location", "/hello"))


def started(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
    """Begin, and fail."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"part"
    raise RuntimeError("hunter2")


def answer(start_response: StartResponse, status: str, body: bytes, *headers: tuple[str, str]) -> list[bytes]:
    """Send a response."""
    start_response(status, [("Content-Type", "text/plain"), *headers])
    return [body]


Endpoint = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]
ROUTES: dict[tuple[str, str], Endpoint] = {
    ("GET", "/hello"): hello,
    ("POST", "/orders"): order,
    ("POST", "/limited"): limited,
    ("GET", "/refused"): refused,
    ("GET", "/moved"): moved,
    ("GET", "/started"): started,
}


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Find the endpoint and call it."""
    path: str = environ["PATH_INFO"]
    if path.startswith("/fail/"):
        fail(path.removeprefix("/fail/"))
    endpoint = ROUTES.get((environ["REQUEST_METHOD"], path))
    if endpoint is None:
        raise errata.NotFound
    return endpoint(environ, start_response)


def make_app(contract: Contract) -> WSGIApplication:
    """Return the application with a contract installed."""
    return install(application, contract)


def mounted(make: Callable[[Contract], WSGIApplication]) -> WSGIApplication:
    """Return one application with all contracts of the kit, each below its name."""
    apps = {name: make(contract) for name, contract in CONTRACTS.items()}

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        name = shift_path_info(environ) or ""
        return apps[name](environ, start_response)

    return app


def served() -> WSGIApplication:
    """Return what a server runs."""
    return mounted(make_app)
