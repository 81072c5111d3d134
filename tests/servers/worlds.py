"""One table of situations, and applications of each framework that get into them."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request as StarletteRequest
from starlette.responses import PlainTextResponse
from starlette.routing import Route

import errata
from errata import Catalog, Contract, Error, Problem, Resource, Violation
from errata.servers import asgi, fastapi, starlette
from errata.testing._server import Busy, Discreet, Failed, Mistakes, NoSuchThing, Odd, Wrong
from tests.servers.wire import App, Message

TRACE: Final = "0123456789abcdef0123456789abcdef"
TEXT_OF_A_BUG: Final = "hunter2 at db-7.internal: SELECT * FROM users"

# The whole bodies of what most tests raise: `CaseClosed(days=3)`, a bug, and the standard errors.
FORBIDDEN: Final = {
    "title": "Case closed", "status": 403, "detail": "The case has been closed for more than 3 days.",
    "code": "CASE_CLOSED", "traceId": TRACE, "days": 3,
}  # fmt: skip
FAILURE: Final = {"title": "Internal Server Error", "status": 500, "traceId": TRACE}
MALFORMED: Final = {
    "title": "Bad Request", "status": 400, "detail": "The request body cannot be read.", "traceId": TRACE,
}  # fmt: skip
NOT_FOUND: Final = {"title": "Not Found", "status": 404, "traceId": TRACE}
UNREAD: Final = {"title": "Unsupported Media Type", "status": 415, "traceId": TRACE}


class CaseClosed(Error, status=403, code="CASE_CLOSED"):
    """The case is closed."""

    detail = "The case has been closed for more than {days} days."
    days: int


class Gone(errata.Gone, code="NO_MORE"):
    """The contract's own type for what is gone; shares its name with a standard class."""

    detail = "It was removed."


OWN: Final = Catalog([CaseClosed, Discreet, Busy, Mistakes, Gone, NoSuchThing, Wrong, Failed, Odd], name="own")


def fixed_trace(_: errata.Request) -> str:
    """Return the same trace id always, so that bodies can be compared."""
    return TRACE


plain: Final = Contract(OWN, trace_id=fixed_trace, name="plain")
adopting: Final = plain.replace(
    name="adopting",
    fallbacks={errata.Gone: Gone, errata.NotFound: NoSuchThing, errata.InvalidArgument: Wrong, Error: Failed},
)


class UnprintableError(Exception):
    """An exception whose text cannot be had."""

    def __str__(self) -> str:
        raise ZeroDivisionError(TEXT_OF_A_BUG)

    __repr__ = __str__


def raise_bug() -> None:
    """Fail as a bug does, with a cause that has a text too."""
    try:
        dict[str, int]()[TEXT_OF_A_BUG]
    except KeyError as cause:
        raise RuntimeError(TEXT_OF_A_BUG) from cause


def raise_group() -> None:
    """Fail as a group of tasks does."""
    raise ExceptionGroup(TEXT_OF_A_BUG, [ValueError(TEXT_OF_A_BUG), CaseClosed(days=1)])


def raising(error: Exception) -> Callable[[], None]:
    """Return a function that raises an error."""

    def fail() -> None:
        raise error

    return fail


class Situation(NamedTuple):
    """What goes wrong, and the whole body and the header fields that must come of it."""

    fail: Callable[[], None]
    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = {}


SITUATIONS: Final[Mapping[str, Situation]] = {
    "a type with a parameter": Situation(
        raising(CaseClosed(days=45)),
        403,
        {
            "title": "Case closed", "status": 403, "detail": "The case has been closed for more than 45 days.",
            "code": "CASE_CLOSED", "traceId": TRACE, "days": 45,
        },
    ),
    "internal and secret parameters": Situation(
        raising(Discreet(number=7, owner="mrs-b-owner", token="secret-token")),
        409,
        {
            "title": "Discreet", "status": 409, "detail": "Order 7 is being changed.", "code": "DISCREET",
            "traceId": TRACE, "number": 7,
        },
    ),
    "parameters that fill members": Situation(
        raising(Busy(retry_after=1.2, resource=Resource("order", "7"))),
        503,
        {
            "type": "https://errors.example/busy", "title": "Busy", "status": 503, "detail": "Try again later.",
            "code": "BUSY", "traceId": TRACE, "resource": {"type": "order", "id": "7"},
        },
        {"retry-after": "2"},
    ),
    "violations": Situation(
        raising(
            Mistakes(
                violations=(
                    Violation(path=("items", 0, "a/b"), location="body", detail="is required", code="required"),
                    Violation(path=("page",), location="query", detail="must be an integer", code="type"),
                )
            )
        ),
        422,
        {
            "title": "Mistakes", "status": 422, "code": "MISTAKES", "traceId": TRACE,
            "errors": [
                {"detail": "is required", "pointer": "#/items/0/a~1b", "location": "body", "code": "required"},
                {"detail": "must be an integer", "location": "query", "parameter": "page", "code": "type"},
            ],
        },
    ),
    "a standard class": Situation(
        raising(errata.Aborted()), 409, {"title": "Conflict", "status": 409, "traceId": TRACE}
    ),
    "a standard class, challenged": Situation(
        raising(errata.Unauthenticated()),
        401,
        {"title": "Unauthorized", "status": 401, "traceId": TRACE},
        {"www-authenticate": "Bearer"},
    ),
    "a status of nobody's": Situation(
        raising(Odd()), 523, {"title": "Odd", "status": 523, "code": "ODD", "traceId": TRACE}
    ),
    "a problem as a value": Situation(
        raising(Error(Problem(status=418, title="Teapot", extensions={"price": Decimal("1.50"), "status": 1}))),
        418,
        {"title": "Teapot", "status": 418, "traceId": TRACE, "price": "1.50"},
    ),
    "a member that JSON cannot say": Situation(
        raising(Error(Problem(status=404, title="Odd", extensions={"a": UnprintableError()}))),
        404,
        {"title": "Odd", "status": 404, "traceId": TRACE},
    ),
    "members of any type": Situation(
        raising(Error(Problem(status=404, title="Odd", extensions={"at": datetime(2026, 1, 2, tzinfo=UTC), "n": {7}}))),
        404,
        {"title": "Odd", "status": 404, "traceId": TRACE, "at": "2026-01-02T00:00:00Z", "n": [7]},
    ),
    "a bug": Situation(raise_bug, 500, {"title": "Internal Server Error", "status": 500, "traceId": TRACE}),
    "a group": Situation(raise_group, 500, {"title": "Internal Server Error", "status": 500, "traceId": TRACE}),
    "an unprintable exception": Situation(
        raising(UnprintableError()), 500, {"title": "Internal Server Error", "status": 500, "traceId": TRACE}
    ),
}  # fmt: skip

ADOPTED: Final[Mapping[str, Situation]] = {
    "by its own class": Situation(
        raising(errata.Gone()),
        410,
        {"title": "Gone", "status": 410, "detail": "It was removed.", "code": "NO_MORE", "traceId": TRACE},
    ),
    "by its kind": Situation(
        raising(errata.MalformedBody()),
        400,
        {
            "title": "Wrong", "status": 400, "detail": "The request body cannot be read.", "code": "WRONG",
            "traceId": TRACE,
        },
    ),
    "by the root": Situation(
        raising(errata.DataLoss()), 500, {"title": "Failed", "status": 500, "code": "FAILED", "traceId": TRACE}
    ),
    "a bug": Situation(raise_bug, 500, {"title": "Failed", "status": 500, "code": "FAILED", "traceId": TRACE}),
    "an own type stays": Situation(
        raising(CaseClosed(days=1)),
        403,
        {
            "title": "Case closed", "status": 403, "detail": "The case has been closed for more than 1 days.",
            "code": "CASE_CLOSED", "traceId": TRACE, "days": 1,
        },
    ),
}  # fmt: skip


def in_asgi(contract: Contract, fail: Callable[[], None]) -> App:
    """Return a plain ASGI application that fails at `/fail` and greets everywhere else."""

    async def app(scope: Message, receive: Any, send: Any) -> None:
        if scope["path"] == "/fail":
            fail()
        await PlainTextResponse("hello")(scope, receive, send)  # type: ignore[arg-type]

    return asgi.install(app, contract)


def in_starlette(contract: Contract, fail: Callable[[], None]) -> App:
    """Return the same as a Starlette application."""

    async def failing(request: StarletteRequest) -> PlainTextResponse:
        fail()
        return PlainTextResponse("not reached")

    async def greeting(request: StarletteRequest) -> PlainTextResponse:
        return PlainTextResponse("hello")

    routes = [Route("/fail", failing), Route("/", greeting)]
    return starlette.install(Starlette(routes=routes), contract)


def in_fastapi(contract: Contract, fail: Callable[[], None]) -> App:
    """Return the same as a FastAPI application."""
    app = FastAPI()

    @app.api_route("/fail", methods=["GET", "HEAD"])
    async def failing() -> None:
        fail()

    @app.get("/", response_class=PlainTextResponse)
    async def greeting() -> str:
        return "hello"

    return fastapi.install(app, contract)


FRAMEWORKS: Final = {"asgi": in_asgi, "starlette": in_starlette, "fastapi": in_fastapi}


def members(body: bytes) -> Any:
    """Return a JSON body, decoded by somebody else than errata."""
    return json.loads(body)
