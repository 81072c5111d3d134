"""A request that succeeds costs nothing: no line of errata runs for it."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Final

import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

import errata
from errata import Contract
from errata.contracts import usta
from errata.servers import asgi, fastapi, starlette
from tests.servers.wire import App, call
from tests.servers.worlds import CaseClosed, in_asgi, plain, raising

HOME: Final = str(Path(errata.__file__).parent)


def functions_called(app: App, path: str, **request: Any) -> list[str]:
    """Return the names of errata's functions that run between a request and its answer."""
    call(app, path, **request)  # puts the layers together
    seen: list[str] = []

    def watch(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(HOME):
            seen.append(frame.f_code.co_name)

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        call(app, path, **request)
    finally:
        sys.setprofile(before)
    return seen


class Order(BaseModel):
    """A body."""

    sku: str


def in_starlette(contract: Contract) -> App:
    """Return a Starlette application that greets, or fails."""

    async def hello(request: Request) -> Response:
        return PlainTextResponse(await request.body() or b"hello")

    async def closed(request: Request) -> Response:
        raise CaseClosed(days=1)

    routes = [Route("/", hello, methods=["GET", "POST"]), Route("/fail", closed)]
    return starlette.install(Starlette(routes=routes, middleware=[Middleware(CORSMiddleware)]), contract)


def in_fastapi(contract: Contract) -> App:
    """Return a FastAPI application that greets, validates, or fails."""
    app = FastAPI(middleware=[Middleware(CORSMiddleware)])

    @app.get("/")
    async def hello(page: int = 1) -> dict[str, int]:
        return {"page": page}

    @app.post("/")
    async def take(order: Order) -> Order:
        return order

    @app.get("/fail")
    async def closed() -> None:
        raise CaseClosed(days=1)

    return fastapi.install(app, contract)


@pytest.mark.parametrize("contract", [plain, usta.contract], ids=lambda c: c.name)
@pytest.mark.parametrize("build", [in_starlette, in_fastapi])
@pytest.mark.parametrize(
    "request_", [{}, {"method": "POST", "json": b'{"sku": "a"}'}, {"headers": {"origin": "https://a.example"}}]
)
def test_nothing_runs_for_a_success(build: Callable[[Contract], App], contract: Contract, request_: Any) -> None:
    """Between a request and its successful answer no function of errata is called."""
    app = build(contract)
    assert 200 == call(app, "/", **request_).status
    assert [] == functions_called(app, "/", **request_)


@pytest.mark.parametrize("build", [in_starlette, in_fastapi])
def test_the_watch_sees_what_runs(build: Callable[[Contract], App]) -> None:
    """The same watch finds the handler and the contract at work when a request fails."""
    seen = functions_called(build(plain), "/fail")
    assert {"on_error", "answer", "respond"} <= set(seen)


def test_plain_asgi_looks_for_the_start_alone() -> None:
    """Around a plain ASGI application two functions run: the one that waits and the one that sees the start."""
    seen = functions_called(in_asgi(plain, raising(CaseClosed(days=1))), "/")
    assert ["errata_app", "watched", "watched"] == seen


def test_an_id_on_every_response_is_the_one_exception() -> None:
    """Only a contract that wants an id on successes too has something to do for them."""
    seen = functions_called(in_starlette(plain.replace(trace_always=True)), "/")
    assert "traced_app" in seen
    assert "respond" not in seen


def test_installing_does_not_wrap_the_application() -> None:
    """The application stays the same object; only plain ASGI, which has no place for handlers, is wrapped."""
    for cls, install in ((Starlette, starlette.install), (FastAPI, fastapi.install)):
        app: Any = cls()
        assert app is install(app, plain)

    async def raw(scope: Any, receive: Any, send: Any) -> None: ...

    assert raw is not asgi.install(raw, plain)
    asyncio.run(asgi.install(raw, plain)({"type": "lifespan"}, raw, raw))  # type: ignore[arg-type]
