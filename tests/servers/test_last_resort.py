"""The error path itself cannot fail: whatever breaks on it, an answer leaves, in the right dialect, telling nothing."""

import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final, NoReturn

import pytest
from fastapi import FastAPI
from msgspec.structs import replace as changed
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

import errata
from errata import Catalog, CatalogError, Contract, Error, Violation
from errata.contracts import axway, usta
from errata.servers import fastapi, starlette
from errata.testing._server import Mistakes
from tests.servers.wire import App, call
from tests.servers.worlds import (
    FRAMEWORKS,
    SITUATIONS,
    TEXT_OF_A_BUG,
    TRACE,
    CaseClosed,
    UnprintableError,
    members,
    plain,
    raise_bug,
    raising,
)

Build = Callable[[Contract, Callable[[], None]], App]
each_framework = pytest.mark.parametrize("build", FRAMEWORKS.values(), ids=FRAMEWORKS)


class Unformattable:
    """A value that no template can print."""

    def __format__(self, spec: str) -> str:
        raise ValueError(TEXT_OF_A_BUG)


def breaks(*_: object) -> NoReturn:
    """Fail as a house rule with a bug does."""
    raise ZeroDivisionError(TEXT_OF_A_BUG)


def breaks_own(*_: object) -> NoReturn:
    """Fail with an error that has an answer of its own."""
    raise CaseClosed(days=3)


closed: Final = raising(CaseClosed(days=3))
mistaken: Final = raising(Mistakes(violations=(Violation(detail="x"),)))
dated: Final = axway.contract.replace(trace_id=plain.trace_id)

BROKEN: Final[dict[str, tuple[Contract, Callable[[], None]]]] = {
    "a template": (dated, raising(CaseClosed(days=Unformattable()))),  # type: ignore[arg-type]
    "the maker of trace ids": (dated.replace(trace_id=breaks), closed),
    "the choice of the format": (dated.replace(choose_format=breaks), closed),
    "the rule for violations": (dated.replace(adapt_violation=breaks), mistaken),
    "a house rule that raises an own error": (dated.replace(choose_format=breaks_own), closed),
}


@each_framework
@pytest.mark.parametrize(("contract", "fail"), BROKEN.values(), ids=BROKEN)
def test_what_breaks_leaves_a_failure_in_the_dialect(
    build: Build, contract: Contract, fail: Callable[[], None]
) -> None:
    """A bare failure leaves in the contract's dialect; nothing of what broke is in it."""
    sent = call(build(contract, fail), "/fail")
    expected = {"code": "SERVER_ERROR", "message": "The request could not be completed."}
    assert (None, 500, expected) == (sent.raised, sent.status, members(sent.body))
    assert "application/json" == sent.headers["content-type"]
    assert TEXT_OF_A_BUG.encode() not in sent.everything


class BrokenFallbacks(dict[type[Error], type[Error]]):
    """A table in which nothing can be looked up."""

    __contains__ = breaks


@each_framework
def test_what_breaks_for_every_problem_leaves_the_least(build: Build) -> None:
    """A rule that fails for all problems, the bare failure included, leaves a fixed body."""
    sent = call(build(plain.replace(fallbacks=BrokenFallbacks({errata.Gone: errata.Gone})), closed), "/fail")
    assert 403 == sent.status  # an own type is not looked up
    sent = call(build(plain.replace(fallbacks=BrokenFallbacks({errata.Gone: errata.Gone})), raise_bug), "/fail")
    assert (500, b'{"title":"Internal Server Error","status":500}') == (sent.status, sent.body)


@each_framework
def test_a_format_that_cannot_be_written_keeps_the_status(build: Build) -> None:
    """A writer with a bug costs the body; the status is that of the error."""
    broken = changed(plain.own_dialect, formats=(plain.own_dialect.formats[0]._replace(write=breaks),))
    sent = call(build(plain.replace(dialect=broken), closed), "/fail")
    assert (403, "application/problem+json") == (sent.status, sent.headers["content-type"])
    assert TEXT_OF_A_BUG.encode() not in sent.everything


@each_framework
def test_the_first_error_is_logged_when_a_second_one_hides_it(build: Build, caplog: pytest.LogCaptureFixture) -> None:
    """The bug that started it is in the log with its traceback; of what broke on the way, the kind alone."""
    call(build(plain.replace(trace_id=breaks), SITUATIONS["a bug"].fail), "/fail")
    assert "in raise_bug" in caplog.text
    assert "ZeroDivisionError" in caplog.text


@pytest.fixture
def broken_log() -> Iterator[None]:
    """Give errata's logger a filter with a bug."""
    logger = logging.getLogger("errata")
    logger.addFilter(breaks)
    yield
    logger.removeFilter(breaks)


@each_framework
@pytest.mark.usefixtures("broken_log")
def test_a_broken_log_changes_no_answer(build: Build) -> None:
    """What the application does to its logs is not the client's business."""
    assert 403 == call(build(plain, closed), "/fail").status
    sent = call(build(plain.replace(choose_format=breaks), closed), "/fail")
    assert (None, 403) == (sent.raised, sent.status)


# ---- the development flag ----


@each_framework
def test_texts_of_exceptions_are_shown_by_the_flag_alone(build: Build, caplog: pytest.LogCaptureFixture) -> None:
    """Only a contract in debug mode, which warns when it is made, says what an exception says."""
    debug = plain.replace(debug=True)
    assert "never in production" in caplog.text
    sent = call(build(debug, raise_bug), "/fail")
    assert f"RuntimeError: {TEXT_OF_A_BUG}" == members(sent.body)["detail"]
    assert b"Traceback" not in sent.everything
    sent = call(build(debug, raising(UnprintableError())), "/fail")
    assert (500, False) == (sent.status, TEXT_OF_A_BUG.encode() in sent.everything)


@pytest.mark.parametrize(("cls", "install"), [(Starlette, starlette.install), (FastAPI, fastapi.install)])
def test_the_frameworks_flag_shows_nothing_of_endpoints(cls: Any, install: Any) -> None:
    """An application in the framework's debug mode answers its bugs in the contract all the same."""

    async def bug(request: Request) -> Response:
        raise_bug()
        return Response()

    sent = call(install(cls(routes=[Route("/", bug)], debug=True), plain), "/")
    assert (500, False) == (sent.status, TEXT_OF_A_BUG.encode() in sent.everything)


# ---- what a contract refuses when it is declared ----


def test_fallbacks_must_fit_the_dialect() -> None:
    """A type that only stands for others is held to the dialect's closed sets like those of the catalog."""

    class Teapot(Error, status=418, code="TEAPOT"):
        """No class of Axway's."""

    with pytest.raises(CatalogError, match="axway has no code 'TEAPOT'"):
        axway.contract.replace(fallbacks={errata.NotFound: Teapot})


# ---- more of what has gone wrong elsewhere ----


@pytest.mark.parametrize(("cls", "install"), [(Starlette, starlette.install), (FastAPI, fastapi.install)])
def test_errors_are_answered_without_a_thread(cls: Any, install: Any) -> None:
    """Each kind of error is handled on the event loop's own thread."""
    seen: list[int] = []

    def trace(_: errata.Request) -> str:
        seen.append(threading.get_ident())
        return TRACE

    def sync(request: Request) -> Response:
        raise CaseClosed(days=3)

    async def dispatch(request: Request, call_next: Any) -> Response:
        if request.url.path == "/middle":
            raise_bug()
        response: Response = await call_next(request)
        return response

    layers = [Middleware(BaseHTTPMiddleware, dispatch=dispatch)]
    app = install(cls(routes=[Route("/sync", sync)], middleware=layers), plain.replace(trace_id=trace))
    for path in ("/sync", "/none", "/middle"):
        call(app, path)
    assert [threading.get_ident()] * 3 == seen


@pytest.mark.parametrize(("cls", "install"), [(Starlette, starlette.install), (FastAPI, fastapi.install)])
def test_type_uris_do_not_depend_on_the_mount(cls: Any, install: Any) -> None:
    """The URI of a type is the one of the catalog, wherever the application is mounted."""

    class Lost(Error, status=404):
        """It is lost."""

    async def lost(request: Request) -> Response:
        raise Lost

    contract = Contract(Catalog([Lost], base_uri="https://errors.example/"))
    inner = install(cls(routes=[Route("/lost", lost)]), contract)
    for app, path in [(inner, "/lost"), (Starlette(routes=[Mount("/deep/in", inner)]), "/deep/in/lost")]:
        assert "https://errors.example/lost" == members(call(app, path).body)["type"]


class Order(BaseModel):
    """A body."""

    sku: str
    count: int


def test_a_body_in_parts_is_a_body() -> None:
    """A body without a declared length is read as any other, and all its faults are told."""
    app = FastAPI()

    @app.post("/")
    async def take(order: Order) -> str:
        return order.sku

    fastapi.install(app, usta.contract)
    json = {"content-type": "application/json"}
    assert 200 == call(app, "/", method="POST", headers=json, body=[b'{"sku": "a",', b' "count": 1}']).status
    sent = call(app, "/", method="POST", headers=json, body=[b'{"sku": 1,', b' "count": "x"}'])
    assert ["sku", "count"] == [error["subject"] for error in members(sent.body)["errors"]]
