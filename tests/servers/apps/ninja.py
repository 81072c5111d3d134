"""The kit's application in Django Ninja."""

from collections.abc import Awaitable, Callable, Iterable
from itertools import count
from types import ModuleType

from tests.servers.apps.django_settings import MIDDLEWARE, asgi_app, urlconf, wsgi_app  # isort: skip  # goes first

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import path
from ninja import NinjaAPI, Router
from ninja.errors import HttpError
from ninja.security import HttpBearer

from errata import Contract
from errata.servers.ninja import install
from errata.testing import fail
from tests.servers.apps.asgi import Order
from tests.servers.apps.django import async_parts, parts

_numbers = count()


class Nobody(HttpBearer):
    """Knows no token."""

    def authenticate(self, request: HttpRequest, token: str) -> None:
        """Know nobody."""


def shared() -> Router:
    """Return the operations that are plain functions."""
    router = Router()

    @router.get("/hello")
    def hello(request: HttpRequest) -> HttpResponse:
        return HttpResponse("hello", content_type="text/plain")

    @router.post("/orders")
    def order(request: HttpRequest, payload: Order) -> None: ...

    @router.post("/limited")
    def limited(request: HttpRequest) -> int:
        return len(request.body)

    @router.get("/refused")
    def refused(request: HttpRequest) -> None:
        raise HttpError(503, "Closed for lunch.")

    @router.get("/refused/login", auth=Nobody())
    def login(request: HttpRequest) -> None: ...

    @router.get("/moved")
    def moved(request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect("/hello")

    return router


def urls(contract: Contract, failing: Callable[..., object], started: Callable[..., object]) -> ModuleType:
    """Return the URLconf of an API with a contract installed."""
    api = NinjaAPI(urls_namespace=f"kit-{next(_numbers)}")
    api.add_router("", shared())
    api.api_operation(["GET", "HEAD"], "/fail/{name}")(failing)
    api.get("/started")(started)
    return urlconf(path("", install(api, contract).urls))


def failing(request: HttpRequest, name: str) -> None:
    """Raise the error of a situation."""
    fail(name)


def started(request: HttpRequest) -> StreamingHttpResponse:
    """Begin, and fail."""
    return StreamingHttpResponse(parts())


async def async_failing(request: HttpRequest, name: str) -> None:
    """Raise the error of a situation in an event loop."""
    fail(name)


async def async_started(request: HttpRequest) -> StreamingHttpResponse:
    """Begin, and fail."""
    return StreamingHttpResponse(async_parts())


def make_app(contract: Contract) -> Callable[..., Iterable[bytes]]:
    """Return the application with a contract installed, as WSGI."""
    url = urls(contract, failing, started)
    return wsgi_app(ROOT_URLCONF=url, MIDDLEWARE=[MIDDLEWARE], ERRATA_CONTRACT=contract)


def make_async_app(contract: Contract) -> Callable[..., Awaitable[None]]:
    """Return the same as ASGI, what fails a coroutine."""
    url = urls(contract, async_failing, async_started)
    return asgi_app(ROOT_URLCONF=url, MIDDLEWARE=[MIDDLEWARE], ERRATA_CONTRACT=contract)
