"""The measured applications: one small API, with its errors answered in different ways.

All of them are called as plain ASGI applications in this process: no network,
no HTTP parser, no client. Logging is off, for each of them alike, but for the
one that is there to show what it costs.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from secrets import token_hex
from time import process_time
from typing import Any, Final, NamedTuple, NoReturn

from fastapi import FastAPI, HTTPException
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from benchmarks.timing import Block
from errata import Catalog, Contract, NotFound

App = Callable[[Any, Any, Any], Awaitable[None]]

SECRET = "db-password-in-an-exception"  # noqa: S105 - must be in no answer
BAD_VALUE = "input-of-the-client"  # must be in no answer either
TYPE_URI = "https://errors.example.com/no-such-sku"
TITLE = "No such SKU"
DETAIL = "SKU 'A-1' is not in the catalog."

PROBLEM: Final = "application/problem+json"
BY_HAND: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
"""The fields that hand-written handlers send when they send what errata sends."""


# ---- the requests ----


class Call(NamedTuple):
    """A request, and the status that it must be answered with."""

    method: str
    path: str
    status: int
    body: bytes = b""


CALLS = {
    "success": Call("GET", "/items/1", 200),
    "raised domain error": Call("GET", "/missing", 404),
    "two invalid fields": Call("POST", "/items", 422, json.dumps({"name": 1, "quantity": BAD_VALUE}).encode()),
    "unknown URL": Call("GET", "/nowhere", 404),
    "unhandled exception": Call("GET", "/broken", 500),
}


class Answer(NamedTuple):
    """What came back."""

    status: int
    media_type: str
    body: bytes

    def __str__(self) -> str:
        faults = [word for word, text in (("LEAK", SECRET), ("ECHO", BAD_VALUE)) if text.encode() in self.body]
        return " ".join([self.media_type.removeprefix("application/"), f"{len(self.body)} B", *faults])


async def send(app: App, call: Call) -> list[dict[str, Any]]:
    """Send one request and return the messages of the response."""
    headers = [(b"host", b"localhost"), (b"user-agent", b"benchmark"), (b"accept", b"*/*")]
    if call.body:
        headers += [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(call.body))]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": call.method,
        "scheme": "http",
        "path": call.path,
        "raw_path": call.path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    unread = [{"type": "http.request", "body": call.body, "more_body": False}]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return unread.pop() if unread else {"type": "http.disconnect"}

    async def collect(message: dict[str, Any]) -> None:
        sent.append(message)

    with suppress(RuntimeError):  # Starlette answers an unhandled exception, then raises it on to the server
        await app(scope, receive, collect)
    return sent


async def ask(app: App, call: Call) -> Answer:
    """Send one request and return the answer."""
    start, *rest = await send(app, call)
    media_type = dict(start["headers"]).get(b"content-type", b"").decode().partition(";")[0]
    return Answer(start["status"], media_type, b"".join(message.get("body", b"") for message in rest))


def block_of(runner: asyncio.Runner, app: App, call: Call, *, logs: bool) -> Block:
    """Return a block that sends a request again and again."""

    async def repeat(times: int) -> float:
        start = process_time()
        for _ in range(times):
            await send(app, call)
        return process_time() - start

    def block(times: int) -> float:
        with logging_on(logs):
            return runner.run(repeat(times))

    return block


def warm_up(runner: asyncio.Runner) -> None:
    """Let throwaway applications answer each request a while.

    The first application in a process stays slower than its twins by up to a fifth,
    whatever it is; without this, it would be the baseline.
    """
    for build in (bare_fastapi, bare_starlette):
        app = build()
        for call in CALLS.values():
            block_of(runner, app, call, logs=False)(500)


@contextmanager
def logging_on(on: bool) -> Iterator[None]:  # noqa: FBT001 - the only argument
    """Turn all logging on or off."""
    logging.disable(logging.NOTSET if on else logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.CRITICAL)


def prepare_logger() -> None:
    """Let the logger `errata` make every record, and throw it away."""
    logger = logging.getLogger("errata")
    logger.setLevel(logging.INFO)
    logger.addHandler(logging.NullHandler())
    logger.propagate = False


# ---- the applications ----


class Item(BaseModel):
    """The body of a POST."""

    name: str
    quantity: int


def _fastapi(missing: Callable[[], NoReturn]) -> FastAPI:
    app = FastAPI()

    @app.get("/items/{number}")
    async def item(number: int) -> dict[str, int]:
        return {"number": number}

    @app.post("/items")
    async def add(item: Item) -> dict[str, bool]:
        return {"added": bool(item)}

    @app.get("/missing")
    async def get_missing() -> None:
        missing()

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError(SECRET)

    return app


def bare_fastapi() -> App:
    """FastAPI as it comes."""

    def missing() -> NoReturn:
        raise HTTPException(404, {"title": TITLE, "sku": "A-1"})

    return _fastapi(missing)


class _NoSku(Exception):
    def __init__(self, sku: str) -> None:
        self.sku = sku


def handwritten_fastapi() -> App:
    """FastAPI with the handlers that a careful team writes: problem details, nothing leaked, nothing echoed."""

    def answer(members: dict[str, Any], headers: Any = None) -> Response:
        body = json.dumps(members, separators=(",", ":"))
        return Response(body, members["status"], headers, media_type=PROBLEM)

    def faults(error: RequestValidationError) -> dict[str, Any]:
        return {"errors": [{"loc": list(e["loc"]), "detail": e["msg"], "code": e["type"]} for e in error.errors()]}

    return _handled_fastapi(answer, faults)


def same_fields_fastapi() -> App:
    """FastAPI with such handlers, which also send the header fields and the trace id that errata sends, and log it."""
    logger = logging.getLogger("by_hand")

    def answer(members: dict[str, Any], headers: Any = None) -> Response:
        status, title, trace_id = members["status"], members["title"], token_hex(16)
        logger.log(logging.ERROR if status >= 500 else logging.INFO, "%d %s [trace id %s]", status, title, trace_id)
        body = json.dumps({**members, "traceId": trace_id}, separators=(",", ":"))
        return Response(body, status, {**BY_HAND, **(headers or {})}, media_type=PROBLEM)

    def faults(error: RequestValidationError) -> dict[str, Any]:
        found = [
            {"detail": e["msg"], "pointer": _pointer(e["loc"][1:]), "location": e["loc"][0], "code": e["type"]}
            for e in error.errors()
        ]
        return {"detail": "The request is not valid.", "errors": found}

    return _handled_fastapi(answer, faults)


def _pointer(path: tuple[str | int, ...]) -> str:
    return "#" + "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


def _handled_fastapi(
    answer: Callable[..., Response], faults: Callable[[RequestValidationError], dict[str, Any]]
) -> App:
    def missing() -> NoReturn:
        raise _NoSku("A-1")

    app = _fastapi(missing)

    @app.exception_handler(_NoSku)
    async def on_domain(_request: Request, error: _NoSku) -> Response:
        text = f"SKU {error.sku!r} is not in the catalog."
        return answer({"type": TYPE_URI, "title": TITLE, "status": 404, "detail": text, "sku": error.sku})

    @app.exception_handler(StarletteHTTPException)
    async def on_http(_request: Request, error: StarletteHTTPException) -> Response:
        return answer({"title": str(error.detail), "status": error.status_code}, error.headers)

    @app.exception_handler(RequestValidationError)
    async def on_invalid(_request: Request, error: RequestValidationError) -> Response:
        return answer({"title": "Unprocessable Content", "status": 422, **faults(error)})

    @app.exception_handler(Exception)
    async def on_any(_request: Request, _error: Exception) -> Response:
        return answer({"title": "Internal Server Error", "status": 500})

    return app


def constant_fastapi() -> App:
    """FastAPI with handlers that do nothing but hand over a ready answer: the least that any handler takes."""

    def missing() -> NoReturn:
        raise _NoSku("A-1")

    app = _fastapi(missing)

    def ready(status: int) -> Callable[[Request, Exception], Awaitable[Response]]:
        response = Response(b"{}", status, media_type="application/problem+json")

        async def handler(_request: Request, _error: Exception) -> Response:
            return response

        return handler

    for error, status in (
        (_NoSku, 404),
        (StarletteHTTPException, 404),
        (RequestValidationError, 422),
        (Exception, 500),
    ):
        app.add_exception_handler(error, ready(status))
    return app


class NoSuchSku(NotFound, type=TYPE_URI):
    """The catalog has no such stock keeping unit."""

    title = TITLE
    detail = "SKU {sku!r} is not in the catalog."
    sku: str


def _contract() -> Contract:
    return Contract(Catalog([NoSuchSku]))


def _raise_no_such_sku() -> NoReturn:
    raise NoSuchSku(sku="A-1")


def errata_fastapi() -> App:
    """FastAPI with errata."""
    from errata.servers.fastapi import install

    return install(_fastapi(_raise_no_such_sku), _contract())


def rfc9457_fastapi() -> App:
    """FastAPI with fastapi-rfc9457."""
    from fastapi_rfc9457 import Problem
    from fastapi_rfc9457.server import add_problem_handlers, get_problem_docs_router

    class NoSku(Problem):  # type: ignore[misc]
        title = TITLE
        status = 404
        sku: str

    def missing() -> NoReturn:
        raise NoSku(detail=DETAIL, sku="A-1")

    app = _fastapi(missing)
    add_problem_handlers(app)
    app.include_router(get_problem_docs_router(), prefix="/problems")
    return app


def problem_fastapi() -> App:
    """FastAPI with fastapi-problem."""
    from fastapi_problem.error import NotFoundProblem
    from fastapi_problem.handler import add_exception_handler, new_exception_handler

    class NoSku(NotFoundProblem):  # type: ignore[misc]
        title = TITLE

    def missing() -> NoReturn:
        raise NoSku(DETAIL, sku="A-1")

    app = _fastapi(missing)
    add_exception_handler(app, new_exception_handler())
    return app


def problem_details_fastapi() -> App:
    """FastAPI with fastapi-problem-details."""
    import fastapi_problem_details as peer

    def missing() -> NoReturn:
        raise peer.ProblemException(404, title=TITLE, detail=DETAIL, sku="A-1")

    app: App = peer.init_app(_fastapi(missing))
    return app


def _starlette(missing: Callable[[], NoReturn]) -> Starlette:
    async def item(request: Request) -> Response:
        return JSONResponse({"number": int(request.path_params["number"])})

    async def get_missing(_request: Request) -> Response:
        missing()

    async def broken(_request: Request) -> Response:
        raise RuntimeError(SECRET)

    paths = {"/items/{number:int}": item, "/missing": get_missing, "/broken": broken}
    return Starlette(routes=[Route(path, endpoint) for path, endpoint in paths.items()])


def bare_starlette() -> App:
    """Starlette as it comes."""

    def missing() -> NoReturn:
        raise StarletteHTTPException(404, TITLE)

    return _starlette(missing)


def errata_starlette() -> App:
    """Starlette with errata."""
    from errata.servers.starlette import install

    return install(_starlette(_raise_no_such_sku), _contract())


class Candidate(NamedTuple):
    """An application, and the name of the one that it is compared with."""

    build: Callable[[], App]
    baseline: str
    logs: bool = False


CANDIDATES = {
    "FastAPI": Candidate(bare_fastapi, "FastAPI"),
    "FastAPI again": Candidate(bare_fastapi, "FastAPI"),
    "FastAPI, handlers by hand": Candidate(handwritten_fastapi, "FastAPI"),
    "FastAPI, by hand, same fields": Candidate(same_fields_fastapi, "FastAPI"),
    "FastAPI, constant answers": Candidate(constant_fastapi, "FastAPI"),
    "FastAPI, errata": Candidate(errata_fastapi, "FastAPI"),
    "FastAPI, errata, logging": Candidate(errata_fastapi, "FastAPI", logs=True),
    "FastAPI, fastapi-rfc9457": Candidate(rfc9457_fastapi, "FastAPI"),
    "FastAPI, fastapi-problem": Candidate(problem_fastapi, "FastAPI"),
    "FastAPI, fastapi-problem-details": Candidate(problem_details_fastapi, "FastAPI"),
    "Starlette": Candidate(bare_starlette, "Starlette"),
    "Starlette again": Candidate(bare_starlette, "Starlette"),
    "Starlette, errata": Candidate(errata_starlette, "Starlette"),
}
