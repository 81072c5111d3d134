"""The kit's application in aiohttp."""

from aiohttp import web

from errata import Contract
from errata.servers.aiohttp import install
from errata.testing import LIMIT, fail
from errata.validation import validating
from tests.servers.apps.asgi import Order


async def hello(request: web.Request) -> web.Response:
    """Greet."""
    return web.Response(text="hello")


async def failing(request: web.Request) -> web.Response:
    """Raise the error of a situation."""
    fail(request.match_info["name"])
    return web.Response()


async def order(request: web.Request) -> web.Response:
    """Take an order."""
    body = await request.json()
    with validating("body"):
        Order.model_validate(body)
    return web.Response()


async def limited(request: web.Request) -> web.Response:
    """Read a body."""
    await request.read()
    return web.Response()


async def refused(request: web.Request) -> web.Response:
    """Refuse as aiohttp does."""
    raise web.HTTPServiceUnavailable(text="Closed for lunch.", headers={"Retry-After": "60"})


async def login(request: web.Request) -> web.Response:
    """Challenge as aiohttp does."""
    raise web.HTTPUnauthorized(headers={"WWW-Authenticate": 'Basic realm="orders"'})


async def moved(request: web.Request) -> web.Response:
    """Send elsewhere."""
    raise web.HTTPFound("/hello")


async def started(request: web.Request) -> web.StreamResponse:
    """Begin, and fail."""
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b"part")
    raise RuntimeError("hunter2")


ROUTES = [
    web.get("/hello", hello),
    web.get("/fail/{name}", failing),
    web.post("/orders", order),
    web.post("/limited", limited),
    web.get("/refused", refused),
    web.get("/refused/login", login),
    web.get("/moved", moved),
    web.get("/started", started),
]


def make_app(contract: Contract) -> web.Application:
    """Return the application with a contract installed."""
    app = web.Application(client_max_size=LIMIT)
    app.add_routes(ROUTES)
    return install(app, contract)
