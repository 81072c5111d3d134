"""What the framework itself refuses, and HTTPException in all its forms: Starlette and FastAPI answer alike."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import fastapi as fastapi_package
import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

import errata
from errata import Contract
from errata.contracts import axway, usta
from errata.servers import fastapi, starlette
from tests.servers.wire import App, Exchange, call
from tests.servers.worlds import TRACE, adopting, in_asgi, members, plain, raising

LIMIT: Final = 100


def starlette_app(contract: Contract, error: Exception | None = None) -> App:
    """Return an application that reads JSON at `/json` and a form at `/form`, and raises at `/raise`."""

    async def read_json(request: Request) -> PlainTextResponse:
        return PlainTextResponse(repr(await request.json()))

    async def read_form(request: Request) -> PlainTextResponse:
        return PlainTextResponse(repr(dict(await request.form())))

    async def unread(request: Request) -> PlainTextResponse:
        return PlainTextResponse("not looked at")

    async def fail(request: Request) -> PlainTextResponse:
        raise error or AssertionError

    routes = [
        Route("/json", read_json, methods=["POST"]),
        Route("/form", read_form, methods=["POST"]),
        Route("/unread", unread, methods=["POST"]),
        Route("/raise", fail),
    ]
    return starlette.install(Starlette(routes=routes, max_body_size=LIMIT), contract)


def fastapi_app(contract: Contract, error: Exception | None = None) -> App:
    """Return the same as a FastAPI application."""
    app = fastapi_package.FastAPI(max_body_size=LIMIT)

    @app.post("/json")
    async def read_json(given: dict[str, Any]) -> str:
        return repr(given)

    @app.post("/form")
    async def read_form(request: Request) -> str:
        return repr(dict(await request.form()))

    @app.post("/unread")
    async def unread() -> str:
        return "not looked at"

    @app.api_route("/raise", methods=["GET", "HEAD"])
    async def fail() -> str:
        raise error or AssertionError

    return fastapi.install(app, contract)


BUILDS: Final[Mapping[str, Callable[..., App]]] = {"starlette": starlette_app, "fastapi": fastapi_app}
each_framework = pytest.mark.parametrize("build", BUILDS.values(), ids=BUILDS)

JSON: Final = {"content-type": "application/json"}
CUT_FORM: Final = {"content-type": "multipart/form-data"}
REFUSED: Final[Mapping[str, tuple[type[errata.Error], Mapping[str, Any]]]] = {
    "unknown address": (errata.NotFound, {"path": "/nowhere"}),
    "wrong method": (errata.MethodNotAllowed, {"path": "/json", "method": "PUT"}),
    "OPTIONS without CORS": (errata.MethodNotAllowed, {"path": "/json", "method": "OPTIONS"}),
    "large, declared": (errata.ContentTooLarge, {"path": "/json", "method": "POST", "json": b"[" + b" " * LIMIT}),
    "large, undeclared": (
        errata.ContentTooLarge,
        {"path": "/json", "method": "POST", "body": [b"["] + [b" " * 60] * 2, "headers": JSON},
    ),
    "large, not looked at": (errata.ContentTooLarge, {"path": "/unread", "method": "POST", "json": b" " * 101}),
    "cut JSON": (errata.MalformedBody, {"path": "/json", "method": "POST", "json": b'{"a": '}),
    "not JSON": (errata.MalformedBody, {"path": "/json", "method": "POST", "json": b"hunter2"}),
    "JSON in no encoding": (errata.MalformedBody, {"path": "/json", "method": "POST", "json": b'{"a": "\xff"}'}),
}  # fmt: skip


@each_framework
@pytest.mark.parametrize("contract", [plain, adopting, axway.contract, usta.contract], ids=lambda c: c.name)
@pytest.mark.parametrize(("standard", "request_"), REFUSED.values(), ids=REFUSED)
def test_refusals_are_the_standard_errors(
    build: Callable[..., App], contract: Contract, standard: type[errata.Error], request_: Mapping[str, Any]
) -> None:
    """What a framework refuses has the bytes of the standard error raised by hand, whatever the contract."""
    contract = contract.replace(trace_id=plain.trace_id)
    by_hand = call(in_asgi(contract, raising(standard())), "/fail")
    sent = call(build(contract), **request_)
    assert (by_hand.status, by_hand.body) == (sent.status, sent.body)
    allow = {"allow": "POST"} if standard is errata.MethodNotAllowed else {}
    assert by_hand.headers | allow == sent.headers


@each_framework
def test_a_form_that_cannot_be_parsed_is_malformed(build: Callable[..., App]) -> None:
    """The parser's text says what is wrong with the form, unless the contract has words of its own."""
    sent = call(build(plain), "/form", method="POST", headers=CUT_FORM, body=b"a=x")
    assert (400, "Missing boundary in multipart.") == (sent.status, members(sent.body)["detail"])
    in_usta = call(build(usta.contract), "/form", method="POST", headers=CUT_FORM, body=b"a=x")
    assert {"errors": [{"errorCode": 9002, "message": "HTTP message not readable error"}]} == members(in_usta.body)


@each_framework
def test_head_of_an_unknown_address_has_no_body(build: Callable[..., App]) -> None:
    """HEAD gets what GET gets, without the body, from the application already."""
    got, head = (call(build(plain), "/nowhere", method=method) for method in ("GET", "HEAD"))
    assert (404, b"") == (head.status, head.body)
    assert got.headers == head.headers


def raise_http(build: Callable[..., App], *args: Any, **kwargs: Any) -> Exchange:
    """Return the answer to an HTTPException, of the framework's own class."""
    cls = HTTPException if build is starlette_app else fastapi_package.HTTPException
    return call(build(plain, cls(*args, **kwargs)), "/raise")


DETAILS: Final[Mapping[str, tuple[Any, Mapping[str, Any]]]] = {
    "text": ("No such sku", {"detail": "No such sku"}),
    "none": (None, {}),
    "the phrase": ("Conflict", {}),
    "empty": ("", {}),
    "a list": (["a", {"b": 1}], {"details": ["a", {"b": 1}]}),
    "a number": (7, {"details": 7}),
    "an object with the usual members": (
        {"code": "E1", "message": "No such sku", "sku": 7},
        {"code": "E1", "detail": "No such sku", "sku": 7},
    ),
    "an object with others": ({"error": "taken", "since": 3}, {"code": "taken", "since": 3}),
    "an object with odd types": ({"code": 7, "detail": ["x"], 5: "five"}, {"code": "7", "5": "five"}),
    "an object that claims the reserved": (
        {"status": 200, "type": "https://evil.example", "instance": "x", "title": "T", "traceId": "forged"},
        {"title": "T"},
    ),
}


@each_framework
@pytest.mark.parametrize(("detail", "expected"), DETAILS.values(), ids=DETAILS)
def test_details_of_any_form_find_their_place(build: Callable[..., App], detail: Any, expected: Any) -> None:
    """The status stays, whatever the detail is; members are members, and none replaces a reserved one."""
    sent = raise_http(build, 409, detail)
    assert 409 == sent.status
    assert {"title": "Conflict", "status": 409, "traceId": TRACE, **expected} == members(sent.body)


@each_framework
@pytest.mark.parametrize(
    ("status", "title"),
    [(418, "Client Error"), (499, "Client Closed Request"), (523, "Server Error"), (599, "Server Error")],
)
def test_statuses_of_nobodys_stay(build: Callable[..., App], status: int, title: str) -> None:
    """A status without a name is sent as it is."""
    sent = raise_http(build, status, "odd")
    assert status == sent.status
    assert {"title": title, "status": status, "detail": "odd", "traceId": TRACE} == members(sent.body)


@each_framework
@pytest.mark.parametrize("status", [204, 304])
def test_bodiless_statuses_have_no_body(build: Callable[..., App], status: int) -> None:
    """204 and 304 are no errors: they go out bare, with the header fields given."""
    sent = raise_http(build, status, headers={"ETag": '"7"'})
    assert (status, b"") == (sent.status, sent.body)
    assert {"etag": '"7"'} == sent.headers


@each_framework
@pytest.mark.parametrize("status", [600, 799, 1000])
def test_statuses_that_http_has_not_are_failures_of_the_server(
    build: Callable[..., App], status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """A client takes a status above 599 for a 5xx, and many a server cannot send it: 500 leaves, the log has it."""
    sent = raise_http(build, status, "odd")
    assert (500, {"title": "Error", "status": 500, "detail": "odd", "traceId": TRACE}) == (
        sent.status, members(sent.body),
    )  # fmt: skip
    assert f"{status} GET '/raise'" in caplog.text


@each_framework
@pytest.mark.parametrize("status", [200, 204, 205, 302, 304, 307, 399])
@pytest.mark.parametrize("contract", [plain, adopting, usta.contract], ids=lambda c: c.name)
def test_what_is_below_400_is_no_error(build: Callable[..., App], contract: Contract, status: int) -> None:
    """An HTTPException may also be a short way to redirect; the framework answers it as without a contract."""
    error = HTTPException(status, headers={"Location": "/login", "Set-Cookie": "a=b"})
    bare = Starlette() if build is starlette_app else fastapi_package.FastAPI()

    async def fail(request: Request) -> PlainTextResponse:
        raise error

    bare.add_route("/raise", fail)
    expected = call(bare, "/raise")
    assert status == expected.status
    assert expected.messages == call(build(contract, error), "/raise").messages


KEPT: Final = {
    "Retry-After": "30",
    "Allow": "GET, HEAD",
    "WWW-Authenticate": 'Basic realm="x"',
    "Access-Control-Allow-Origin": "*",
    "X-Own": "1",
}


@each_framework
@pytest.mark.parametrize("status", [401, 405, 429, 503])
def test_header_fields_of_an_exception_survive(build: Callable[..., App], status: int) -> None:
    """What belongs to the error is sent on, also a challenge instead of the contract's."""
    sent = raise_http(build, status, headers=KEPT)
    assert {name.lower(): value for name, value in KEPT.items()}.items() <= sent.headers.items()


@each_framework
def test_header_fields_that_frame_a_message_do_not_survive(build: Callable[..., App]) -> None:
    """Length, coding, type, connection and cookies belong to one message, and this is another one."""
    framing = {
        "Content-Length": "1", "transfer-encoding": "chunked", "Content-Encoding": "gzip", "Content-Type": "text/html",
        "Connection": "close", "Set-Cookie": "a=b", "Trailer": "x", "Upgrade": "h2c", "Keep-Alive": "x",
    }  # fmt: skip
    sent = raise_http(build, 400, "x", headers=framing)
    gone = {"transfer-encoding", "content-encoding", "connection", "set-cookie", "trailer", "upgrade", "keep-alive"}
    assert set() == gone & sent.headers.keys()
    assert str(len(sent.body)) == sent.headers["content-length"]


@each_framework
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Own", "a\r\nSet-Cookie: a=b"),
        ("X-Own", "a\nb"),
        ("X-Own", "a\0b"),
        ("X-Own", " padded "),
        ("X-Own", "\N{SNOWMAN}"),
        ("X-Own", "x" * 100_000),
        ("X-Own", 7),
        ("X Own", "a"),
        ("X-Own\r\nSet-Cookie: a=b\r\nX", "a"),
        ("X-Own:", "a"),
        ("", "a"),
        ("X-\N{SNOWMAN}", "a"),
    ],
)
def test_header_fields_cannot_break_the_message(build: Callable[..., App], name: str, value: Any) -> None:
    """Whatever a field is made of, one well-formed line leaves, or none; the status stays."""
    sent = raise_http(build, 400, "x", headers={name: value, "X-Good": "1"})
    assert (400, "1") == (sent.status, sent.headers["x-good"])
    assert "set-cookie" not in sent.headers
    assert all(len(text) <= 1000 and text.isprintable() for text in sent.headers.values())


@each_framework
def test_one_field_in_two_spellings_is_one_field(build: Callable[..., App]) -> None:
    """Names are compared without regard to case, those of the contract included."""
    contract = plain.replace(trace_header="X-Trace")
    cls = HTTPException(400, headers={"x-trace": "theirs", "X-TRACE": "theirs", "X-Own": "1"})
    assert TRACE == call(build(contract, cls), "/raise").headers["x-trace"]


@each_framework
def test_vary_names_accept_once(build: Callable[..., App]) -> None:
    """A `Vary` field of the exception is completed, not repeated."""
    contract = plain.replace(also=("problem-xml",))
    for given, expected in [("Origin", "Origin, Accept"), ("accept", "accept"), ("*", "*"), ("A, Accept", "A, Accept")]:
        sent = call(build(contract, HTTPException(400, headers={"vary": given})), "/raise")
        assert expected == sent.headers["vary"]


@each_framework
def test_handlers_of_the_application_go_first(build: Callable[..., App]) -> None:
    """A handler for one class or one status, registered before or after, is nearer than the contract."""

    class Special(Exception):
        pass

    async def handle(request: Request, error: Exception) -> PlainTextResponse:
        return PlainTextResponse("handled", 418)

    app: Any = build(plain, Special())
    app.add_exception_handler(Special, handle)
    app.add_exception_handler(404, handle)
    assert (418, b"handled") == ((sent := call(app, "/raise")).status, sent.body)
    assert 418 == call(app, "/nowhere").status
    assert 405 == call(app, "/json").status


@each_framework
def test_an_application_without_routes_answers(build: Callable[..., App]) -> None:
    """There is nothing to find, and that is said in the contract."""
    bare = Starlette() if build is starlette_app else fastapi_package.FastAPI(openapi_url=None)
    install: Any = starlette.install if build is starlette_app else fastapi.install
    sent = call(install(bare, plain), "/")
    assert {"title": "Not Found", "status": 404, "traceId": TRACE} == members(sent.body)
