"""Where an error comes from in a Litestar application, and what stands around it."""

import asyncio
import http.client
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import pydantic
import pytest
from litestar import Controller, Litestar, Request, Response, Router, WebSocket, asgi, get, post, route, websocket
from litestar.background_tasks import BackgroundTask
from litestar.config.cors import CORSConfig
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import State, UploadFile
from litestar.di import NamedDependency, Provide
from litestar.dto import DTOConfig, MsgspecDTO
from litestar.enums import RequestEncodingType
from litestar.exceptions import (
    ClientException,
    HTTPException,
    ImproperlyConfiguredException,
    LitestarDeprecationWarning,
    LitestarException,
    PermissionDeniedException,
    SerializationException,
    ValidationException,
    WebSocketDisconnect,
)
from litestar.middleware import DefineMiddleware
from litestar.middleware.rate_limit import RateLimitConfig
from litestar.params import (
    Body,
    CookieParameter,
    FromQuery,
    HeaderParameter,
    JSONBody,
    Parameter,
    PathParameter,
    QueryParameter,
)
from litestar.plugins.problem_details import ProblemDetailsException
from litestar.plugins.pydantic import PydanticDTO
from litestar.response import ServerSentEvent, Stream
from litestar.serialization import decode_json
from litestar.static_files import create_static_files_router
from litestar.testing import TestClient
from starlette.exceptions import HTTPException as StarletteHTTPException

import errata
from errata import Contract
from errata.contracts import usta
from errata.servers.litestar import install
from errata.testing import check_server, drive_asgi, drive_url
from tests.servers.apps import litestar as kit
from tests.servers.serving import SECONDS, serving
from tests.servers.wire import App, Exchange, call, http_scope
from tests.servers.worlds import (
    FAILURE,
    FORBIDDEN,
    MALFORMED,
    TEXT_OF_A_BUG,
    TRACE,
    UNREAD,
    CaseClosed,
    members,
    plain,
    raise_bug,
)

ORIGIN: Final = {"origin": "https://shop.example"}


@get("/hello")
async def hello() -> str:
    """Greet."""
    return "hello"


@get("/bug")
async def bug() -> None:
    """Fail as a bug does."""
    raise_bug()


@get("/sync", sync_to_thread=True)
def sync_bug() -> None:
    """Fail in a thread."""
    raise_bug()


@get("/closed")
async def closed() -> None:
    """Raise an own error."""
    raise CaseClosed(days=3)


ROUTES: Final[list[Any]] = [hello, bug, sync_bug, closed]


def build(*routes: Any, contract: Contract = plain, **options: Any) -> Litestar:
    """Return an application with a contract installed."""
    return install(Litestar([*ROUTES, *routes], logging_config=None, **options), contract)


def raising(error: Callable[[], Exception], path: str = "/raise") -> Any:
    """Return a route that raises an exception."""

    @get(path)
    async def endpoint() -> None:
        raise error()

    return endpoint


def answer_to(error: Callable[[], Exception], **options: Any) -> Exchange:
    """Return what comes of an exception that a route raises."""
    sent = call(build(raising(error), **options), "/raise")
    assert sent.raised is None
    return sent


# ---- the kit ----

ONE_FAULT: Final = {
    "a body that breaks two rules, one of them nested": "msgspec stops at the first fault that it finds",
}


def test_kit_with_pydantic() -> None:
    """Errors leave as the kit says, with models of pydantic."""
    check_server(kit.make_app, drive_asgi)


def test_kit_with_msgspec() -> None:
    """Errors leave as the kit says, with models of msgspec."""
    check_server(kit.make_app_with_msgspec, drive_asgi, without=ONE_FAULT)


def test_kit_under_uvicorn() -> None:
    """The same over a real connection."""
    with ExitStack() as running:
        check_server(
            lambda contract: f"http://127.0.0.1:{running.enter_context(serving(kit.make_app(contract)))}", drive_url
        )


# ---- installing ----


def test_install_returns_the_application() -> None:
    """The same application comes back."""
    app = Litestar(logging_config=None)
    assert app is install(app, plain)


def test_a_running_application_takes_a_contract() -> None:
    """Handlers are looked up for each request, so it is never too late; the last contract counts."""
    app = Litestar(ROUTES, logging_config=None)
    assert "application/json" == call(app, "/bug").headers["content-type"]
    install(app, plain)
    assert FORBIDDEN == members(call(app, "/closed").body)
    assert 404 == members(call(app, "/none").body)["status"]
    install(app, usta.contract)
    assert "errors" in members(call(app, "/closed").body)


def test_configurations_take_a_contract() -> None:
    """With `on_app_init` an application has its contract from the start, Starlette's exceptions included."""
    routes = [*ROUTES, raising(lambda: StarletteHTTPException(409, "odd"))]
    traced = plain.replace(trace_always=True)
    app = Litestar(routes, on_app_init=[lambda config: install(config, traced)], logging_config=None)
    assert FORBIDDEN == members(call(app, "/closed").body)
    assert (TRACE, b"hello") == (call(app, "/hello").headers["x-trace-id"], call(app, "/hello").body)
    # Litestar adds a handler of its own for these, unless there is one.
    assert "application/problem+json" == call(app, "/raise").headers["content-type"]


def test_trace_ids_go_with_the_contract() -> None:
    """A contract that names every response replaces one that does not, and the other way round; never two fields."""
    app = build(contract=plain.replace(trace_always=True))
    install(app, plain.replace(trace_header="x-request-id", trace_always=True))
    for path in ("/hello", "/bug", "/none"):
        headers = call(app, path).headers
        assert (TRACE, None) == (headers["x-request-id"], headers.get("x-trace-id"))
    install(app, plain)
    assert "x-request-id" not in call(app, "/hello").headers


def test_a_failing_maker_of_trace_ids_spoils_no_success() -> None:
    """A success without an id is a success."""

    def failing(_: errata.Request) -> str:
        raise ZeroDivisionError

    app = build(contract=plain.replace(trace_always=True, trace_id=failing))
    assert (200, None) == ((sent := call(app, "/hello")).status, sent.headers.get("x-trace-id"))


# ---- handlers of the application ----


def teapot(request: Request[Any, Any, Any], error: Exception) -> Response[str]:
    """Answer in the application's own way."""
    return Response("teapot", status_code=418)


@pytest.mark.parametrize("key", [CaseClosed, RuntimeError, PermissionDeniedException, 402])
def test_more_specific_handlers_go_first(key: Any) -> None:
    """Handlers of the application for a class or a status answer what they are for, and nothing else."""
    errors: dict[Any, Callable[[], Exception]] = {
        CaseClosed: lambda: CaseClosed(days=3),
        RuntimeError: lambda: RuntimeError("x"),
        PermissionDeniedException: PermissionDeniedException,
        402: lambda: HTTPException("pay", status_code=402),
    }
    app = build(raising(errors[key]), exception_handlers={key: teapot})
    assert 418 == call(app, "/raise").status
    assert 404 == call(app, "/none").status


@pytest.mark.parametrize("where", ["route", "controller", "router"])
def test_handlers_of_inner_layers_go_first(where: str) -> None:
    """Who handles everything in a router, a controller or a route answers everything there."""
    own: Any = {Exception: teapot}

    class Below(Controller):
        path = "/below"
        exception_handlers = own if where == "controller" else None

        @get("/bug", exception_handlers=own if where == "route" else None)
        async def bug(self) -> None:
            """Fail."""
            raise_bug()

        @get("/closed", exception_handlers=own if where == "route" else None)
        async def closed(self) -> None:
            """Raise an own error."""
            raise CaseClosed(days=3)

    app = build(Router("/in", route_handlers=[Below], exception_handlers=own if where == "router" else None))
    assert 418 == call(app, "/in/below/bug").status
    assert 500 == call(app, "/bug").status
    # Of two handlers, that for the class nearer to the exception counts first.
    assert FORBIDDEN == members(call(app, "/in/below/closed").body)


@pytest.mark.parametrize("middleware", [True, False])
def test_handlers_that_fail(middleware: bool) -> None:
    """A bug in a handler is answered where Litestar has a layer around it, and else left to the server: never sent."""

    def broken(request: Request[Any, Any, Any], error: Exception) -> Response[str]:
        raise_bug()
        return Response("not reached")

    layers = [DefineMiddleware(Marking)] if middleware else []
    sent = call(build(raising(KeyError), exception_handlers={KeyError: broken}, middleware=layers), "/raise")
    assert middleware == (sent.raised is None) == sent.started
    assert not sent.started or members(sent.body) == FAILURE


# ---- Litestar's own exceptions ----


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (lambda: HTTPException("left", status_code=499), (499, "Client Closed Request", "left")),
        (lambda: HTTPException("odd", status_code=523), (523, "Server Error", "odd")),
        (lambda: ClientException("wrong day"), (400, "Bad Request", "wrong day")),
        (lambda: ValidationException("start is after end"), (400, "Bad Request", "start is after end")),
        (lambda: HTTPException(status_code=409), (409, "Conflict", None)),
        (lambda: HTTPException("db-7 is down", status_code=503), (503, "Service Unavailable", "db-7 is down")),
        (lambda: StarletteHTTPException(409, "odd"), (409, "Conflict", "odd")),
        (lambda: StarletteHTTPException(499, "left"), (499, "Client Closed Request", "left")),
    ],
    ids=["499", "523", "400", "validation", "no text", "503", "starlette 409", "starlette 499"],
)
def test_http_exceptions_become_their_status(error: Any, expected: tuple[int, str | None, str | None]) -> None:
    """The status is that of the exception, whatever it is; a text becomes the detail, unless it is the usual one."""
    sent = answer_to(error)
    body = members(sent.body)
    assert expected == (sent.status, body.get("title"), body.get("detail"))
    assert TRACE == body["traceId"]


def test_extra_becomes_extension_members() -> None:
    """An object is taken apart, and cannot overwrite what the problem says; a list is a member."""
    sent = answer_to(lambda: HTTPException("no", status_code=409, extra={"limit": 3, "status": 200, "code": "FULL"}))
    expected = {"title": "Conflict", "status": 409, "detail": "no", "code": "FULL", "traceId": TRACE, "limit": 3}
    assert expected == members(sent.body)
    assert [1, "b"] == members(answer_to(lambda: HTTPException("no", status_code=409, extra=[1, "b"])).body)["details"]


def test_problem_details_of_litestar_are_kept() -> None:
    """What its own exception for RFC 9457 carries is in the problem."""
    sent = answer_to(
        lambda: ProblemDetailsException(
            "Your balance is 30.", status_code=403, type_="https://bank.example/credit", title="No credit",
            instance="/accounts/1", extra={"balance": 30},
        )
    )  # fmt: skip
    assert {
        "type": "https://bank.example/credit", "title": "No credit", "status": 403, "detail": "Your balance is 30.",
        "instance": "/accounts/1", "balance": 30, "traceId": TRACE,
    } == members(sent.body)  # fmt: skip


@pytest.mark.parametrize(
    "error",
    [
        lambda: ImproperlyConfiguredException(TEXT_OF_A_BUG),
        lambda: HTTPException(TEXT_OF_A_BUG, extra={"sql": TEXT_OF_A_BUG}),
        lambda: LitestarException(TEXT_OF_A_BUG),
    ],
    ids=["improperly configured", "status 500", "no status"],
)
def test_status_500_says_nothing(error: Any) -> None:
    """Litestar shows no text of errors of status 500, and neither does the contract."""
    assert FAILURE == members(answer_to(error).body)


def test_what_is_below_400_is_left_to_litestar() -> None:
    """A redirect that is raised is no error."""
    sent = answer_to(lambda: HTTPException("moved", status_code=302, headers={"Location": "/hello"}))
    assert (302, "/hello") == (sent.status, sent.headers["location"])
    assert "problem" not in sent.headers["content-type"]
    sent = answer_to(lambda: StarletteHTTPException(307, "moved", headers={"Location": "/hello"}))
    assert (307, "/hello") == (sent.status, sent.headers["location"])


def test_headers_of_refusals_survive() -> None:
    """What a client needs to know how to go on is kept; what frames a message is not."""
    fields = {"Retry-After": "7", "X-Own": "a\r\nset-cookie: b=c", "Content-Length": "1", "Set-Cookie": "a=b"}
    headers = answer_to(lambda: HTTPException("wait", status_code=429, headers=fields)).headers
    assert ("7", "a??set-cookie: b=c") == (headers["retry-after"], headers["x-own"])
    assert "set-cookie" not in headers


def test_the_rate_limit_says_when_to_come_back() -> None:
    """The header fields of Litestar's rate limit are on the answer."""
    limit = RateLimitConfig(rate_limit=("minute", 1))
    app = build(middleware=[limit.middleware])
    assert 200 == call(app, "/hello").status
    sent = call(app, "/hello")
    assert (429, "application/problem+json") == (sent.status, sent.headers["content-type"])
    assert "0" == sent.headers["ratelimit-remaining"]


def test_methods_are_named() -> None:
    """A wrong method is answered with those that would be right."""
    sent = call(build(), "/hello", method="PATCH")
    assert (405, {"GET", "OPTIONS"}) == (sent.status, {*sent.headers["allow"].split(", ")})
    assert 404 == call(build(raising(KeyError, "/a/{number:int}")), "/a/seven").status


def test_clients_that_go_away_while_they_send() -> None:
    """A body that breaks off is none that is malformed: nobody is left to be told."""

    @post("/body")
    async def body(request: Request[Any, Any, State]) -> None:
        await request.body()
        await request.body()

    scope = http_scope("POST", "/body")
    coming = [{"type": "http.request", "body": b"a", "more_body": True}, {"type": "http.disconnect"}]
    messages: list[Any] = []

    async def run() -> None:
        async def receive() -> Any:
            return coming.pop(0)

        async def send(message: Any) -> None:
            messages.append(message)

        await build(body)(scope, receive, send)  # type: ignore[arg-type]

    asyncio.run(run())
    assert 500 == messages[0]["status"]


def test_own_texts_of_litestar_quote_nothing(tmp_path: Path) -> None:
    """The folder of a static file and a header field that is wrong are not in the answers."""
    app = build(create_static_files_router("/files", [tmp_path]))
    sent = call(app, "/files/none.txt")
    assert {"title": "Not Found", "status": 404, "traceId": TRACE} == members(sent.body)

    @post("/body")
    async def body(request: Request[Any, Any, State]) -> None:
        await request.body()

    sent = call(build(body), "/body", method="POST", headers={"content-length": "hunter2"}, body=[b""])
    assert (400, False) == (sent.status, b"hunter2" in sent.everything)
    sent = call(app, "/hello", headers={"host": "a b"})
    assert (400, "application/problem+json") == (sent.status, sent.headers["content-type"])


def test_words_of_its_security_are_kept() -> None:
    """What Litestar's own checks refuse has a text that says why."""

    @post("/write")
    async def write() -> None: ...

    sent = call(build(write, csrf_config=CSRFConfig(secret="s" * 32)), "/write", method="POST")
    assert (403, "CSRF token verification failed") == (sent.status, members(sent.body)["detail"])


# ---- the body ----


@post("/json")
async def reads_json(request: Request[Any, Any, State]) -> None:
    """Read the body by hand."""
    await request.json()


@post("/form")
async def reads_form(request: Request[Any, Any, State]) -> None:
    """Read a form by hand."""
    await request.form()


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"a":"\xff"}', b"[" * 100_000, b"1e", b'"\\ud800'], ids=range(6))
def test_bodies_that_are_no_json(body: bytes) -> None:
    """What is read by hand is answered as what Litestar reads for a route."""
    sent = call(build(reads_json), "/json", method="POST", json=body)
    assert (400, MALFORMED) == (sent.status, members(sent.body))
    sent = call(build(reads_json), "/json", method="POST", body=body, headers={"content-type": "text/plain"})
    assert (415, UNREAD) == (sent.status, members(sent.body))
    suffixed = {"content-type": "application/vnd.shop+json"}
    assert 400 == call(build(reads_json), "/json", method="POST", body=body, headers=suffixed).status


MULTIPART: Final = "multipart/form-data; boundary=x"
PART: Final = b'--x\r\nContent-Disposition: form-data; name="a"\r\n'


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (MULTIPART, b"nothing"),
        (MULTIPART, b"--x\r\n"),
        (MULTIPART, PART + b"\r\n\xff\r\n--x--\r\n"),
        (
            MULTIPART,
            PART + b"Content-Type: text/plain; charset=odd\r\n\r\nb\r\n--x--\r\n",
        ),
        ("multipart/form-data", b"nothing"),
        ("multipart/form-data; boundary=\xff", b"nothing"),
    ],
)
def test_forms_that_are_none(content_type: str, body: bytes) -> None:
    """A form that cannot be read is the client's fault, whatever is wrong with it."""
    sent = call(build(reads_form), "/form", method="POST", headers={"content-type": content_type}, body=body)
    assert (400, "application/problem+json") == (sent.status, sent.headers["content-type"])


def test_a_form_of_too_many_parts_is_too_large() -> None:
    """A limit of Litestar's on forms is said as a limit."""
    part = PART + b"\r\nb\r\n"
    app = build(reads_form, multipart_form_part_limit=2)
    sent = call(app, "/form", method="POST", headers={"content-type": MULTIPART}, body=part * 9 + b"--x--\r\n")
    assert (413, "Content Too Large") == (sent.status, members(sent.body)["title"])


def test_bodies_without_a_length_are_limited() -> None:
    """A body that grows too large while it is read is refused as one that says so beforehand."""
    app = build(reads_json, request_max_body_size=10)
    assert 413 == call(app, "/json", method="POST", body=[b"123456", b"123456"]).status
    assert 413 == call(app, "/json", method="POST", body=b"1" * 11).status


@dataclass
class Contact:
    """A form."""

    name: str
    age: int


@post("/contact")
async def contact(data: Annotated[Contact, Body(media_type=RequestEncodingType.URL_ENCODED)]) -> None:
    """Take a form."""


@post("/files")
async def files(data: Annotated[list[UploadFile], Body(media_type=RequestEncodingType.MULTI_PART)]) -> None:
    """Take files."""


def test_what_is_no_form_is_not_taken_for_one() -> None:
    """A route that wants a form says so to a client that sends something else; of a form it names the faults."""
    form = {"content-type": "application/x-www-form-urlencoded"}
    app = build(contact)
    sent = call(app, "/contact", method="POST", json=b'{"name":"a","age":1}')
    assert UNREAD == members(sent.body)
    sent = call(app, "/contact", method="POST", headers=form, body=b"name=a&age=hunter2")
    expected = [{"detail": "must be an integer", "pointer": "#/age", "location": "body", "code": "type"}]
    assert expected == members(sent.body)["errors"]
    sent = call(build(files), "/files", method="POST", json=b"[]")
    assert UNREAD == members(sent.body)
    for body in (b"", b"--x--\r\n"):
        sent = call(build(files), "/files", method="POST", headers={"content-type": MULTIPART}, body=body)
        assert 400 <= sent.status < 500


# ---- validation ----


class Line(msgspec.Struct):
    """A line of an order."""

    price: int


class Order(msgspec.Struct):
    """An order."""

    sku: str
    amount: Annotated[int, msgspec.Meta(ge=1)]
    lines: list[Line] = []
    kind: str = "plain"

    def __post_init__(self) -> None:
        if self.sku == "A-1":
            raise ValueError("this article cannot be ordered")
        if self.kind != "plain":
            raise ValueError(f"there is no kind {self.kind}")


class Model(pydantic.BaseModel):
    """An order, for pydantic."""

    sku: str
    amount: Annotated[int, pydantic.Field(ge=1)]
    query: int = 0


class OrderDTO(MsgspecDTO[Order]):
    """An order as it is transferred."""

    config = DTOConfig(rename_strategy="camel")


class ModelDTO(PydanticDTO[Model]):
    """The same for pydantic."""


@post("/one")
async def one(data: JSONBody[Order], amount: FromQuery[int] = 0) -> None:
    """Take an order."""


@post("/many")
async def many(data: JSONBody[list[Order]]) -> None:
    """Take orders."""


@post("/prices")
async def prices(data: JSONBody[dict[str, int]], database: FromQuery[int] = 0) -> None:
    """Take prices."""


@post("/model")
async def model(data: JSONBody[Model]) -> None:
    """Take an order that pydantic checks."""


@post("/transferred", dto=OrderDTO, return_dto=None)
async def transferred(data: JSONBody[Order]) -> None:
    """Take an order through a DTO."""


@post("/transferred/model", dto=ModelDTO, return_dto=None)
async def transferred_model(data: JSONBody[Model]) -> None:
    """Take an order through a DTO of pydantic."""


async def page_of(limit: FromQuery[int]) -> int:
    """Depend on a parameter."""
    return limit


@get("/search/{number:int}", dependencies={"page": Provide(page_of)})
async def search(  # noqa: PLR0917 - as Litestar calls it
    number: Annotated[int, PathParameter(le=9)],
    database: FromQuery[int],
    per_page: Annotated[int, QueryParameter(name="perPage", ge=1)],
    token: Annotated[int, HeaderParameter(name="X-Token")],
    session: Annotated[int, CookieParameter(name="sid")],
    page: NamedDependency[int],
) -> None:
    """Take parameters from everywhere."""


@post("/late")
async def late(first: FromQuery[int], data: JSONBody[Order]) -> None:
    """Take a parameter, then an order."""


@get("/named/{data_id:int}")
async def named(data_id: Annotated[int, PathParameter(le=9)]) -> None:
    """Take a parameter with a misleading name."""


async def limit_of(limit: Annotated[int, HeaderParameter(name="X-Limit")], database: FromQuery[int] = 0) -> int:
    """Depend on a header field, and on a parameter with a misleading name."""
    return limit


@get("/limited", dependencies={"most": Provide(limit_of)})
async def limited(most: NamedDependency[int]) -> None:
    """Take what depends on a header field."""


CHECKED: Final = [late, named, limited, one, many, prices, model, transferred, transferred_model, search]


def violations(path: str, json: bytes | None = None, **headers: str) -> list[Any]:
    """Return the violations that a request is told, of which nothing that is secret may be a part."""
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = call(build(*CHECKED), path, method="POST" if json is not None else "GET", json=json, headers=fields)
    assert (None, 422, False) == (sent.raised, sent.status, b"hunter2" in sent.everything)
    return list(members(sent.body)["errors"])


@pytest.mark.parametrize(
    ("path", "body", "pointer", "code", "detail"),
    [
        ("/one", b'{"sku":"a","amount":0}', "#/amount", "min", "must be 1 or more"),
        ("/one", b'{"sku":"hunter2"}', "#/amount", "required", "is required"),
        ("/one", b'{"sku":"a","amount":1,"lines":[{"price":"b"}]}', "#/lines/0/price", "type", "must be an integer"),
        ("/one", b'{"sku":"A-1","amount":1}', "#", "invalid", "this article cannot be ordered"),
        ("/one", b'{"sku":"a","amount":1,"kind":"hunter2"}', "#", "invalid", "is not valid"),
        ("/one", b'["hunter2"]', "#", "type", "must be an object"),
        ("/one", b"null", "#", "type", "must not be null"),
        ("/one", b"", "#", "required", "is required"),
        ("/many", b'[{"sku":"a","amount":1},{"sku":"a","amount":0}]', "#/1/amount", "min", "must be 1 or more"),
        ("/prices", b'{"database":"hunter2"}', "#/*", "type", "must be an integer"),
        ("/model", b'{"sku":"a","amount":1,"query":"hunter2"}', "#/query", "type", "must be an integer"),
        ("/model", b'["hunter2"]', "#", "type", "must be an object"),
        ("/transferred", b'{"sku":"hunter2","amount":0}', "#/amount", "min", "must be 1 or more"),
        ("/transferred/model", b'{"sku":"hunter2","amount":0}', "#/amount", "min", "must be 1 or more"),
        ("/transferred/model", b'{"sku":"hunter2","amount":"hunter2"}', "#/amount", "type", "must be an integer"),
    ],
)  # fmt: skip
def test_places_in_the_body(path: str, body: bytes, pointer: str, code: str, detail: str) -> None:
    """A fault has the place where it is, a stable code and a text that does not repeat what was sent."""
    told = [{"detail": detail, "pointer": pointer, "location": "body", "code": code}]
    assert told == violations(path, body)


def test_places_of_parameters() -> None:
    """Parameters have the names that clients know them by, and the part of the request that they are in."""
    told = violations(
        "/search/12?database=hunter2&perPage=0&limit=1&secret=hunter2", x_token="hunter2", cookie="sid=hunter2"
    )
    assert [
        {"detail": "must be 9 or less", "location": "path", "parameter": "number", "code": "max"},
        {"detail": "must be an integer", "location": "query", "parameter": "database", "code": "type"},
        {"detail": "must be 1 or more", "location": "query", "parameter": "perPage", "code": "min"},
        {"detail": "must be an integer", "location": "header", "parameter": "X-Token", "code": "type"},
        {"detail": "must be an integer", "location": "cookie", "parameter": "sid", "code": "type"},
    ] == told


def test_faults_in_parameters_and_in_the_body() -> None:
    """The faults of all arguments are told, and a member is not taken for the parameter of the same name."""
    assert [
        {"detail": "must be 1 or more", "pointer": "#/amount", "location": "body", "code": "min"},
        {"detail": "must be an integer", "location": "query", "parameter": "amount", "code": "type"},
    ] == violations("/one?amount=hunter2", b'{"sku":"a","amount":0}')
    assert [
        {"detail": "must be an integer", "location": "query", "parameter": "first", "code": "type"},
        {"detail": "must be an integer", "pointer": "#/lines/0/price", "location": "body", "code": "type"},
    ] == violations("/late?first=hunter2", b'{"sku":"a","amount":1,"lines":[{"price":"hunter2"}]}')


def test_parameters_with_misleading_names() -> None:
    """A path parameter that is called like a part of the body is one."""
    told = violations("/named/12")
    assert [{"detail": "must be 9 or less", "location": "path", "parameter": "data_id", "code": "max"}] == told


def test_parameters_declared_in_the_older_way() -> None:
    """A path parameter is in the path, however it is declared."""

    @get("/old/{number:int}")
    async def old(number: Annotated[int, Parameter(le=9)], data_id: int) -> None: ...

    with pytest.warns(LitestarDeprecationWarning, match="deprecated inferred style"):
        app = build(old)
    told = members(call(app, "/old/12?data_id=hunter2").body)["errors"]
    assert [("path", "number"), ("query", "data_id")] == [(each["location"], each["parameter"]) for each in told]

    @get("/old/{data_id:int}")
    async def misleading(data_id: Annotated[int, Parameter(le=9)]) -> None: ...

    told = members(call(build(misleading), "/old/12").body)["errors"]
    assert [("path", "data_id")] == [(each["location"], each["parameter"]) for each in told]


def test_header_fields_that_dependencies_take() -> None:
    """A header field that only a dependency takes is in the header."""
    told = violations("/limited", x_limit="hunter2")
    assert [{"detail": "must be an integer", "location": "header", "parameter": "limit", "code": "type"}] == told
    told = violations("/limited?database=hunter2", x_limit="1")
    assert [{"detail": "must be an integer", "location": "query", "parameter": "database", "code": "type"}] == told


def test_parameters_of_dependencies() -> None:
    """A parameter that only a dependency takes is named too."""
    told = violations("/search/1?database=1&perPage=1&limit=hunter2", x_token="1", cookie="sid=1")
    assert [{"detail": "must be an integer", "location": "query", "parameter": "limit", "code": "type"}] == told


def test_parameters_that_are_missing() -> None:
    """The first parameter that is missing is named, and the query is not repeated."""
    told = violations("/search/1?database=1&perPage=1&limit=1&secret=hunter2", cookie="sid=1")
    assert [{"detail": "is required", "location": "header", "parameter": "x-token", "code": "required"}] == told


def test_dependencies_that_return_something_wrong_are_bugs() -> None:
    """The type of what a dependency provides is no fault of the client."""

    async def wrong() -> str:
        return TEXT_OF_A_BUG

    @get("/wrong", dependencies={"number": Provide(wrong)})
    async def needs(number: NamedDependency[int]) -> None: ...

    assert FAILURE == members(call(build(needs), "/wrong").body)


def test_exceptions_of_the_application_with_a_cause() -> None:
    """Who raises Litestar's exceptions because of others gets the status and the text that were asked for."""

    @get("/raise")
    async def chained() -> None:
        try:
            Model.model_validate({"sku": "hunter2"})
        except pydantic.ValidationError as cause:
            raise ValidationException("we hold wrong data") from cause

    @get("/decode")
    async def decoding() -> None:
        try:
            decode_json(b"{")
        except SerializationException as cause:
            raise ClientException("we got wrong data", status_code=424) from cause

    app = build(chained, decoding)
    for path, status, detail in (("/raise", 400, "we hold wrong data"), ("/decode", 424, "we got wrong data")):
        sent = call(app, path)
        assert (status, detail) == (sent.status, members(sent.body)["detail"])


def test_msgspec_inside_of_the_application_is_a_bug() -> None:
    """What an application itself cannot decode was not sent by the client."""
    assert FAILURE == members(answer_to(lambda: msgspec.ValidationError(TEXT_OF_A_BUG)).body)
    assert FAILURE == members(answer_to(lambda: ValueError(TEXT_OF_A_BUG)).body)


# ---- where errors come from ----


def test_guards_dependencies_and_hooks() -> None:
    """What is raised around a route is answered as what it raises itself."""

    def closing(*_: Any) -> None:
        raise CaseClosed(days=3)

    async def closing_later(*_: Any) -> Any:
        raise CaseClosed(days=3)

    async def nothing() -> int:
        raise CaseClosed(days=3)

    @get("/guard", guards=[closing])
    async def guarded() -> None: ...

    @get("/dependency", dependencies={"it": Provide(nothing)})
    async def depending(it: NamedDependency[int]) -> None: ...

    @get("/before", before_request=closing_later)
    async def before() -> None: ...

    @get("/after", after_request=closing_later)
    async def after() -> None: ...

    app = build(guarded, depending, before, after)
    for path in ("/guard", "/dependency", "/before", "/after"):
        sent = call(app, path)
        assert (None, FORBIDDEN) == (sent.raised, members(sent.body)), path


def test_dependencies_are_cleaned_up() -> None:
    """A dependency that was opened is closed when the route fails."""
    done: list[str] = []

    def opened() -> Iterator[int]:
        try:
            yield 1
        except RuntimeError:
            done.append("failed")
            raise
        finally:
            done.append("closed")

    @get("/opened", dependencies={"it": Provide(opened)})
    async def using(it: NamedDependency[int]) -> None:
        raise_bug()

    assert FAILURE == members(call(build(using), "/opened").body)
    assert ["failed", "closed"] == done


class Marking:
    """A middleware that marks every response, or raises what the request asks for."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle one request."""

        async def marked(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], (b"x-correlation-id", b"c-1")]}
            await send(message)

        if dict(scope["headers"]).get(b"raise") == b"bug":
            raise_bug()
        if dict(scope["headers"]).get(b"raise") == b"http":
            raise HTTPException("pay first", status_code=402)
        await self.app(scope, receive, marked)


@pytest.mark.parametrize("trace_always", [False, True])
@pytest.mark.parametrize(("path", "status"), [("/bug", 500), ("/sync", 500), ("/closed", 403), ("/none", 404)])
def test_middleware_and_cors_see_errors(path: str, status: int, trace_always: bool) -> None:
    """CORS is on every error; a middleware of the application sees all that have a route."""
    cors = CORSConfig(allow_origins=["https://shop.example"])
    contract = plain.replace(trace_always=trace_always)
    app = build(contract=contract, cors_config=cors, middleware=[DefineMiddleware(Marking)])
    sent = call(app, path, headers=ORIGIN)
    assert (None, status) == (sent.raised, sent.status)
    expected = {"access-control-allow-origin": "https://shop.example", "content-type": "application/problem+json"}
    assert expected.items() <= sent.headers.items()
    assert (None if status == 404 else "c-1") == sent.headers.get("x-correlation-id")
    assert (TRACE if trace_always else None) == sent.headers.get("x-trace-id")


@pytest.mark.parametrize(("what", "status"), [("bug", 500), ("http", 402)])
def test_errors_of_middleware_are_answered(what: str, status: int) -> None:
    """What a middleware raises is answered around it."""
    app = build(middleware=[DefineMiddleware(Marking)])
    sent = call(app, "/hello", headers={"raise": what})
    assert (None, status, status) == (sent.raised, sent.status, members(sent.body)["status"])
    assert TEXT_OF_A_BUG.encode() not in sent.everything


def test_hooks_of_the_application_are_called() -> None:
    """Who watches exceptions gets the one that was raised; who watches messages gets the answer's."""
    seen: list[Any] = []

    async def watch(error: Exception, scope: Any) -> None:
        seen.append(error)

    async def marks(message: Any, scope: Any) -> None:
        if message["type"] == "http.response.start":
            seen.append(message["status"])

    app = build(after_exception=[watch], before_send=[marks])
    call(app, "/closed")
    assert [CaseClosed, 403] == [type(seen[0]), seen[1]]


class Unencodable:
    """Something that no encoder knows."""

    def __repr__(self) -> str:
        return TEXT_OF_A_BUG


def test_values_that_cannot_be_sent_are_bugs() -> None:
    """A return value that cannot be encoded is found before the response starts, and is not shown."""

    @get("/odd")
    async def odd() -> Any:
        return {"it": Unencodable()}

    @get("/unsupported", media_type="application/x-odd")
    async def unsupported() -> Any:
        return {"it": Unencodable()}

    @get("/number")
    async def encoded() -> str:
        return msgspec.json.encode(Unencodable()).decode()

    for path in ("/odd", "/unsupported", "/number"):
        sent = call(build(odd, unsupported, encoded), path)
        assert (None, FAILURE) == (sent.raised, members(sent.body)), path
        assert TEXT_OF_A_BUG.encode() not in sent.everything


def test_cached_routes_do_not_keep_errors() -> None:
    """An error of a route whose responses are kept is not among them."""
    results = [CaseClosed(days=3), None]

    @get("/cached", cache=60)
    async def cached() -> str:
        if (error := results.pop(0)) is not None:
            raise error
        return "fine"

    app = build(cached)
    assert [403, 200] == [call(app, "/cached").status, call(app, "/cached").status]


# ---- what has started ----


async def lines() -> AsyncIterator[str]:
    """Yield a line, then fail."""
    yield "one"
    raise_bug()


def test_streams_that_fail_end() -> None:
    """Nothing is appended to what has started; the server is told, and ends the connection."""

    @get("/stream")
    async def stream() -> Stream:
        return Stream(lines())

    sent = call(build(stream, contract=plain.replace(trace_always=True)), "/stream")
    assert isinstance(sent.raised, LitestarException)
    assert (200, TRACE) == (sent.status, sent.headers["x-trace-id"])
    assert b"one" in sent.body
    assert b"problem" not in sent.everything


def test_background_tasks_that_fail_change_nothing() -> None:
    """The response is sent before they run, and stays what it is."""

    @get("/task")
    async def task() -> Response[str]:
        return Response("fine", background=BackgroundTask(raise_bug))

    sent = call(build(task), "/task")
    assert (200, b"fine") == (sent.status, sent.body)
    assert isinstance(sent.raised, LitestarException)


# ---- mounted applications, other protocols ----


def mounted(app: App) -> Any:
    """Return a route at `/below` that hands everything to another application."""

    @asgi("/below", is_mount=True, copy_scope=True)
    async def below(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)

    return below


def test_mounted_applications_answer_their_own_errors() -> None:
    """An application below another one has its own contract; one without any has Litestar's answers."""
    app = build(mounted(build(contract=usta.contract)))
    assert "errors" in members(call(app, "/below/closed").body)
    assert "errors" in members(call(app, "/below/none").body)
    assert FORBIDDEN == members(call(app, "/closed").body)
    assert (
        "application/json"
        == call(build(mounted(Litestar(ROUTES, logging_config=None))), "/below/bug").headers["content-type"]
    )


def test_what_a_mounted_application_raises_is_answered() -> None:
    """An exception that leaves a mounted application is one of the application around it."""

    async def failing(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/late/":
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise CaseClosed(days=3)

    app = build(mounted(failing))
    assert FORBIDDEN == members(call(app, "/below/x").body)
    late = call(app, "/below/late")
    assert (200, b"", LitestarException) == (late.status, late.body, type(late.raised))


def test_websockets_are_left_alone() -> None:
    """An error of a WebSocket closes it as Litestar does."""

    @websocket("/socket")
    async def talk(socket: WebSocket[Any, Any, State]) -> None:
        await socket.accept()
        raise CaseClosed(days=3)

    with (
        TestClient(build(talk, contract=plain.replace(trace_always=True))) as client,
        client.websocket_connect("/socket") as session,
        pytest.raises(WebSocketDisconnect) as closing,
    ):
        session.receive_text()
    assert (4500, "Internal Server Error") == (closing.value.code, closing.value.detail)


def test_clients_for_tests_get_answers() -> None:
    """Litestar's own client raises nothing for what is answered."""
    with TestClient(build(), raise_server_exceptions=True) as client:
        assert FAILURE == client.get("/bug").json()
        assert "403" in str(client.get("/closed").status_code)


# ---- modes and logs ----


def test_debug_of_litestar_shows_nothing() -> None:
    """The page with the traceback does not replace the contract; the contract's own switch shows the text."""
    browser = {"accept": "text/html"}
    sent = call(build(debug=True), "/bug", headers=browser)
    assert FAILURE == members(sent.body)
    sent = call(build(debug=True, contract=plain.replace(debug=True)), "/bug", headers=browser)
    assert f"RuntimeError: {TEXT_OF_A_BUG}" == members(sent.body)["detail"]


def test_errors_are_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """A bug is logged with its traceback, by the contract alone."""
    with caplog.at_level(logging.INFO):
        call(build(), "/bug")
        call(build(), "/closed")
    assert [("errata", "ERROR", True), ("errata", "INFO", False)] == [
        (record.name, record.levelname, record.exc_info is not None) for record in caplog.records
    ]


def test_errors_do_not_cost_the_connection() -> None:
    """Errors, bugs included, leave a connection as good as it was."""

    @route("/any", http_method=["GET", "HEAD"])
    async def both() -> None:
        raise CaseClosed(days=3)

    requests = [("GET", "/bug", 500), ("HEAD", "/any", 403), ("GET", "/hello", 200), ("PUT", "/hello", 405)]
    with serving(build(both)) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
        connection.connect()
        first = connection.sock
        for method, path, status in requests:
            connection.request(method, path)
            response = connection.getresponse()
            response.read()
            assert (status, True) == (response.status, first is connection.sock)
        connection.close()


@pytest.mark.parametrize(("make", "sent"), [(Stream, b"one"), (ServerSentEvent, b"data: one\r\n\r\n")])
def test_streams_that_fail_end_the_connection(make: Any, sent: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """A client sees that the body was cut, of a stream and of events."""
    caplog.set_level(logging.CRITICAL)

    @get("/stream")
    async def stream() -> Any:
        return make(lines())

    with serving(build(stream)) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
        connection.request("GET", "/stream")
        with pytest.raises(http.client.IncompleteRead) as cut:
            connection.getresponse().read()
        assert sent == cut.value.partial
        connection.close()


def test_cancelling_is_no_error() -> None:
    """A request whose task is cancelled is not answered."""

    @get("/cancelled")
    async def cancelled() -> None:
        raise asyncio.CancelledError

    messages: list[Any] = []

    async def run() -> None:
        async def send(message: Any) -> None:
            messages.append(message)

        await build(cancelled)(http_scope("GET", "/cancelled"), lambda: asyncio.sleep(0), send)  # type: ignore[arg-type]

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(run())
    assert [] == messages
