"""What the tests of Django and of the frameworks on it share: views that fail, applications with them, a table."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest

from tests.servers.apps.django_settings import MIDDLEWARE, urlconf, wsgi_app  # isort: skip  # goes first

from django.core import signals
from django.db import connection, connections
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path

from errata import Contract, RawResponse
from errata.testing import Call, drive_wsgi
from tests.servers.worlds import TEXT_OF_A_BUG, CaseClosed, members, plain, raise_bug

App = Callable[..., Iterable[bytes]]


def raising(error: Exception) -> Callable[..., HttpResponse]:
    """Return a view that raises an error."""

    def view(request: HttpRequest, **_: Any) -> HttpResponse:
        raise error

    return view


def greeting(request: HttpRequest) -> HttpResponse:
    """Greet."""
    return HttpResponse("hello", content_type="text/plain")


def bug(request: HttpRequest) -> HttpResponse:
    """Fail as a bug does."""
    raise_bug()
    return HttpResponse()


async def async_bug(request: HttpRequest) -> HttpResponse:
    """Fail as a bug does, in an event loop."""
    raise_bug()
    return HttpResponse()


PATTERNS: Final = [
    path("hello", greeting),
    path("slashed/", greeting),
    path("bug", bug),
    path("async-bug", async_bug),
    path("closed", raising(CaseClosed(days=3))),
    path("404", raising(Http404(TEXT_OF_A_BUG))),
]


def app_of(*patterns: Any, contract: Contract = plain, middleware: Iterable[str] = (MIDDLEWARE,), **other: Any) -> App:
    """Return a WSGI application with some views more than the usual ones."""
    urls = urlconf(*patterns, *PATTERNS)
    return wsgi_app(ROOT_URLCONF=urls, MIDDLEWARE=[*middleware], ERRATA_CONTRACT=contract, **other)


def ask(app: App, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> RawResponse:
    """Send a request, headers named with underscores."""
    return drive_wsgi(app, Call(method, path, {n.replace("_", "-"): value for n, value in headers.items()}, body))


def said(response: RawResponse) -> tuple[int, Any]:
    """Return the status and the members of a response."""
    return response.status, members(response.body)


@contextmanager
def listening() -> Iterator[list[type[BaseException] | None]]:
    """Collect the exceptions that Django tells of, as Sentry and others do."""
    heard: list[type[BaseException] | None] = []

    def hear(sender: Any, request: HttpRequest, **_: Any) -> None:
        heard.append(sys.exc_info()[0])

    signals.got_request_exception.connect(hear)
    yield heard
    signals.got_request_exception.disconnect(hear)


@pytest.fixture
def table() -> Iterator[str]:
    """Return a table, requests being transactions."""
    databases: Any = connections.settings
    with pytest.MonkeyPatch.context() as patch, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE orders (number INTEGER)")
        patch.setitem(databases["default"], "ATOMIC_REQUESTS", True)
        yield "orders"
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE orders")


def rows(table: str) -> int:
    """Return how many rows there are."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - a name of our own
        return int(cursor.fetchone()[0])
