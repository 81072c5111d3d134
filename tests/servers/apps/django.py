"""The kit's application in Django, its views plain functions of both kinds."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator

from tests.servers.apps.django_settings import MIDDLEWARE, asgi_app, urlconf, wsgi_app  # isort: skip  # goes first

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.views import View
from django.views.decorators.http import require_safe

import errata
from errata import Contract
from errata.testing import CONTRACTS, fail
from errata.validation import validating
from tests.servers.apps.asgi import Order


@require_safe
def hello(request: HttpRequest) -> HttpResponse:
    """Greet."""
    return HttpResponse("hello", content_type="text/plain")


def failing(request: HttpRequest, name: str) -> HttpResponse:
    """Raise the error of a situation."""
    fail(name)
    return HttpResponse()


class Orders(View):
    """Where orders are taken."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take an order."""
        if request.content_type != "application/json":
            raise errata.UnsupportedMediaType
        with validating("body"):
            Order.model_validate(json.loads(request.body))
        return HttpResponse()


def limited(request: HttpRequest) -> HttpResponse:
    """Read a body."""
    return HttpResponse(str(len(request.body)))


def moved(request: HttpRequest) -> HttpResponse:
    """Send elsewhere."""
    return HttpResponseRedirect("/hello")


def parts() -> Iterator[bytes]:
    """Yield a part, then fail."""
    yield b"part"
    raise RuntimeError("hunter2")


async def async_parts() -> AsyncIterator[bytes]:
    """Do the same in an event loop."""
    for part in parts():
        yield part


def started(request: HttpRequest) -> HttpResponseBase:
    """Begin, and fail."""
    return StreamingHttpResponse(parts())


@require_safe
async def async_hello(request: HttpRequest) -> HttpResponse:
    """Greet."""
    return HttpResponse("hello", content_type="text/plain")


async def async_failing(request: HttpRequest, name: str) -> HttpResponse:
    """Raise the error of a situation."""
    fail(name)
    return HttpResponse()


async def async_started(request: HttpRequest) -> HttpResponseBase:
    """Begin, and fail."""
    return StreamingHttpResponse(async_parts())


SHARED = [path("orders", Orders.as_view()), path("limited", limited), path("moved", moved)]
SYNC = urlconf(path("hello", hello), path("fail/<str:name>", failing), path("started", started), *SHARED)
ASYNC = urlconf(
    path("hello", async_hello), path("fail/<str:name>", async_failing), path("started", async_started), *SHARED
)


def make_app(contract: Contract) -> Callable[..., Iterable[bytes]]:
    """Return the application with a contract installed, as WSGI."""
    return wsgi_app(ROOT_URLCONF=SYNC, MIDDLEWARE=[MIDDLEWARE], ERRATA_CONTRACT=contract)


def make_async_app(contract: Contract) -> Callable[..., Awaitable[None]]:
    """Return the same as ASGI, its views coroutines."""
    return asgi_app(ROOT_URLCONF=ASYNC, MIDDLEWARE=[MIDDLEWARE], ERRATA_CONTRACT=contract)


def make(name: str) -> Callable[..., Iterable[bytes]]:
    """Return the application with a contract of the kit, for a server in a process of its own."""
    return make_app(CONTRACTS[name])
