"""A contract that says what a framework's own error means is asked, whatever the framework."""

from collections.abc import Callable
from typing import Any

import falcon
import litestar
import pytest
import starlette.exceptions
import werkzeug.exceptions
from aiohttp import web

from errata import Contract, RawResponse
from errata.testing import CONTRACTS, Call, drive_asgi, drive_url, drive_wsgi
from errata.testing._server import Taken
from tests.servers.apps import aiohttp as aiohttp_app
from tests.servers.apps import falcon as falcon_app
from tests.servers.apps import fastapi as fastapi_app
from tests.servers.apps import flask as flask_app
from tests.servers.apps import litestar as litestar_app
from tests.servers.apps import starlette as starlette_app
from tests.servers.serving import aiohttp_serving


def drive_aiohttp(app: web.Application, call: Call) -> RawResponse:
    """Send a request to aiohttp's own server."""
    with aiohttp_serving(app) as port:
        return drive_url(f"http://127.0.0.1:{port}", call)


@pytest.mark.parametrize(
    ("make_app", "drive", "foreign"),
    [
        (starlette_app.make_app, drive_asgi, starlette.exceptions.HTTPException),
        (fastapi_app.make_app, drive_asgi, starlette.exceptions.HTTPException),
        (litestar_app.make_app, drive_asgi, litestar.exceptions.HTTPException),
        (flask_app.make_app, drive_wsgi, werkzeug.exceptions.HTTPException),
        (falcon_app.make_app, drive_wsgi, falcon.HTTPError),
        (aiohttp_app.make_app, drive_aiohttp, web.HTTPException),
    ],
    ids=["starlette", "fastapi", "litestar", "flask", "falcon", "aiohttp"],
)
def test_own_meaning_goes_before_the_status(
    make_app: Callable[[Contract], Any], drive: Callable[..., RawResponse], foreign: type[Exception]
) -> None:
    """The class that stands in `exceptions` decides, in the contract itself and in one that is selected."""
    own = CONTRACTS["plain"].replace(exceptions={foreign: Taken})
    for contract in (own, CONTRACTS["plain"].replace(select=lambda _: own)):
        assert 409 == drive(make_app(contract), Call("GET", "/refused")).status
