"""Where an error comes from in an aiohttp application, what stands around it, and what goes over the connection."""

import http.client
import json
import logging
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from aiohttp import web
from aiohttp.web_middlewares import normalize_path_middleware

import errata
from errata import Contract, Error, Problem
from errata.contracts import usta
from errata.servers.aiohttp import install
from errata.testing import check_server, drive_url
from tests.servers.apps import aiohttp as kit
from tests.servers.apps.asgi import Order
from tests.servers.serving import SECONDS, aiohttp_serving, talk
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

TO_JSON: Final = "application/json"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Reply:
    """What came back over a connection of its own."""

    def __init__(self, received: bytes) -> None:
        self.received = received
        head, _, self.body = received.partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        self.status = int(first.split()[1])
        fields = [(name.lower().decode(), value.decode()) for name, _, value in (x.partition(b": ") for x in lines)]
        self.headers = dict(fields)
        assert len(self.headers) == len(fields), f"a field was sent twice: {fields}"

    @property
    def members(self) -> Any:
        """Return the body, which is JSON of the length that the header says."""
        assert str(len(self.body)) == self.headers["content-length"]
        assert 1 == self.received.count(b"HTTP/1.1")
        return members(self.body)


def ask(app: web.Application, path: str, method: str = "GET", body: bytes = b"", **fields: str) -> Reply:
    """Ask an application once."""
    if body:
        fields.setdefault("content_length", str(len(body)))
    named = [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    head = [f"{method} {path} HTTP/1.1", "host: x", *named, *([] if "connection" in fields else ["connection: close"])]
    with aiohttp_serving(app) as port:
        return Reply(talk(port, "\r\n".join([*head, "", ""]).encode() + body))


async def hello(request: web.Request) -> web.Response:
    """Greet."""
    return web.Response(text="hello")


async def bug(request: web.Request) -> web.Response:
    """Fail as a bug does."""
    raise_bug()
    return web.Response()


async def closed(request: web.Request) -> web.Response:
    """Raise an own error."""
    raise CaseClosed(days=3)


def build(
    *handlers: Handler, contract: Contract | None = plain, middlewares: list[Any] | None = None, **options: Any
) -> web.Application:
    """Return an application with a contract installed, and each handler at its name."""
    app = web.Application(middlewares=middlewares or [], **options)
    app.router.add_route("*", "/closed", closed)
    app.add_routes([web.get("/hello", hello), web.get("/bug", bug)])
    for handler in handlers:
        app.router.add_route("*", f"/{handler.__name__}", handler)
    return app if contract is None else install(app, contract)


def raising(error: Callable[[], BaseException]) -> Handler:
    """Return a handler, `endpoint`, that raises an exception."""

    async def endpoint(request: web.Request) -> web.Response:
        raise error()

    return endpoint


def answer_to(error: Callable[[], BaseException]) -> Reply:
    """Return what comes of an exception that a handler raises."""
    return ask(build(raising(error)), "/endpoint")


# ---- the kit ----


def test_kit() -> None:
    """Errors leave as the kit says, over a real connection."""
    with ExitStack() as running:
        check_server(
            lambda contract: f"http://127.0.0.1:{running.enter_context(aiohttp_serving(kit.make_app(contract)))}",
            drive_url,
        )


# ---- installing ----


def test_install_returns_the_application() -> None:
    """The same application comes back."""
    app = web.Application()
    assert app is install(app, plain)


def test_a_second_contract_replaces_the_first() -> None:
    """The contract installed last answers, around the middlewares and inside of them."""
    app = build(middlewares=[marking], contract=plain.replace(trace_always=True))
    count = len(app.middlewares)
    install(app, usta.contract)
    assert (count, 0) == (len(app.middlewares), len(app.on_response_prepare))
    assert "errors" in ask(app, "/closed").members
    app = install(build(middlewares=[marking]), usta.contract)
    assert "errors" in ask(app, "/hello", x_raise="http").members


def test_a_contract_that_comes_too_late() -> None:
    """An application that has started, or is part of another one, says so."""
    started = build()
    with aiohttp_serving(started), pytest.raises(RuntimeError, match="install the contract before that"):
        install(started, plain)
    below = web.Application()
    web.Application().add_subapp("/below", below)
    with pytest.raises(RuntimeError, match="part of another application"):
        install(below, plain)


# ---- middlewares ----


@web.middleware
async def marking(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Mark every response, or raise what the request asks for."""
    if request.headers.get("x-raise") == "bug":
        raise_bug()
    if request.headers.get("x-raise") == "http":
        raise web.HTTPPaymentRequired(text="pay first", headers={"X-Own": "1"})
    response = await handler(request)
    response.headers["X-Mark"] = "1"
    return response


@web.middleware
async def translating(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer some exceptions in the application's own way."""
    try:
        return await handler(request)
    except RuntimeError:
        return web.json_response({"own": True}, status=418)


@pytest.mark.parametrize(("path", "status"), [("/bug", 500), ("/closed", 403), ("/none", 404), ("/hello", 200)])
def test_middlewares_get_errors_as_responses(path: str, status: int) -> None:
    """What stands around the application marks all its errors, the 500 and the 404 included."""
    reply = ask(build(middlewares=[marking]), path)
    assert (status, "1") == (reply.status, reply.headers["x-mark"])


@pytest.mark.parametrize(("what", "status"), [("bug", 500), ("http", 402)])
def test_errors_of_middlewares_are_answered(what: str, status: int) -> None:
    """What a middleware raises itself is answered around it."""
    reply = ask(build(middlewares=[marking]), "/hello", x_raise=what)
    assert (status, status, TRACE) == (reply.status, reply.members["status"], reply.members["traceId"])
    assert ("1" if what == "http" else None) == reply.headers.get("x-own")
    assert TEXT_OF_A_BUG.encode() not in reply.received


def test_middlewares_added_later_go_first() -> None:
    """What is added after the contract stands inside, sees exceptions, and its answers are left alone."""
    app = build()
    app.middlewares.append(translating)
    assert {"own": True} == ask(app, "/bug").members
    app = build()
    app.middlewares.append(translating)
    assert FORBIDDEN == ask(app, "/closed").members


def test_one_layer_is_enough_without_middlewares() -> None:
    """Nothing is put around an application that has no middleware."""
    assert 1 == len(build().middlewares)
    assert 3 == len(build(middlewares=[marking]).middlewares)


def test_paths_are_still_normalized() -> None:
    """The middleware that redirects to the right path works with a contract around it."""
    reply = ask(build(middlewares=[normalize_path_middleware(remove_slash=True, append_slash=False)]), "/hello/")
    assert (308, "/hello") == (reply.status, reply.headers["location"])


def test_signals_see_errors() -> None:
    """Header fields that a signal puts on every response are on errors too."""

    async def cors(request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Access-Control-Allow-Origin"] = "https://shop.example"

    for path in ("/bug", "/none", "/hello"):
        app = build()
        app.on_response_prepare.append(cors)
        assert "https://shop.example" == ask(app, path).headers["access-control-allow-origin"]


# ---- aiohttp's own exceptions ----


class Left(web.HTTPClientError):
    """A status that aiohttp does not have."""

    status_code = 499


class OddError(web.HTTPServerError):
    """A status that nobody has."""

    status_code = 523


OBJECT: Final = json.dumps({"code": "FULL", "message": "no room", "limit": 3, "status": 200})

HTTP_ERRORS: Final[dict[str, tuple[Callable[[], BaseException], dict[str, Any]]]] = {
    "nothing said": (web.HTTPConflict, {"title": "Conflict", "status": 409}),
    "a text": (lambda: web.HTTPConflict(text="full"), {"title": "Conflict", "status": 409, "detail": "full"}),
    "a reason": (lambda: web.HTTPConflict(reason="full"), {"title": "Conflict", "status": 409, "detail": "full"}),
    "an object": (
        lambda: web.HTTPConflict(text=OBJECT, content_type=TO_JSON),
        {"title": "Conflict", "status": 409, "detail": "no room", "code": "FULL", "limit": 3},
    ),
    "no object": (lambda: web.HTTPConflict(text="{", content_type=TO_JSON), {"title": "Conflict", "status": 409}),
    "a page": (
        lambda: web.HTTPConflict(text="<h1>full</h1>", content_type="text/html"), {"title": "Conflict", "status": 409}
    ),
    "499": (Left, {"title": "Client Closed Request", "status": 499}),
    "523": (lambda: OddError(text="odd"), {"title": "Server Error", "status": 523, "detail": "odd"}),
    "500": (lambda: web.HTTPInternalServerError(text="told"), {**FAILURE, "detail": "told"}),
}  # fmt: skip


@pytest.mark.parametrize("name", HTTP_ERRORS)
def test_http_exceptions_become_their_status(name: str) -> None:
    """The status is that of the exception; what it says is taken, unless that is the usual text or no text."""
    error, expected = HTTP_ERRORS[name]
    reply = answer_to(error)
    assert (expected["status"], {**expected, "traceId": TRACE}) == (reply.status, reply.members)


def test_headers_of_refusals_survive() -> None:
    """Challenges are kept, all of them; cookies and what frames the message are not."""

    def refusing() -> web.HTTPException:
        error = web.HTTPUnauthorized(headers=[("WWW-Authenticate", "Basic"), ("WWW-Authenticate", "Bearer")])
        error.headers["X-Own"] = "a\x00b"
        error.headers["Content-Encoding"] = "gzip"
        error.set_cookie("a", "b")
        return error

    headers = answer_to(refusing).headers
    assert ("Basic, Bearer", "a?b") == (headers["www-authenticate"], headers["x-own"])
    assert {"set-cookie", "content-encoding"}.isdisjoint(headers)


class Thing(web.View):
    """A handler with a method for each method."""

    async def get(self) -> web.Response:
        """Greet."""
        return web.Response(text="thing")


def test_methods_are_named() -> None:
    """A wrong method is answered with those that would be right, by routes and by views."""
    reply = ask(build(), "/hello", "DELETE")
    assert (405, "GET,HEAD") == (reply.status, reply.headers["allow"])
    app = build()
    app.router.add_view("/thing", Thing)
    reply = ask(app, "/thing", "PUT")
    assert (405, "GET", 405) == (reply.status, reply.headers["allow"], reply.members["status"])


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (lambda: web.HTTPSeeOther("/hello"), 303),
        (web.HTTPNotModified, 304),
        (web.HTTPNoContent, 204),
        (web.HTTPOk, 200),
    ],
    ids=["303", "304", "204", "200"],
)
def test_what_is_below_400_is_left_to_aiohttp(error: Any, status: int) -> None:
    """A redirect that is raised, or an answer without a body, is no error."""
    reply = answer_to(error)
    assert (status, False) == (reply.status, b"problem" in reply.received)


def test_responses_are_left_alone() -> None:
    """Who returns an error on purpose knows what it says."""

    async def returned(request: web.Request) -> web.Response:
        return web.json_response({"own": True}, status=422)

    reply = ask(build(returned), "/returned")
    assert (422, {"own": True}) == (reply.status, reply.members)


@pytest.mark.parametrize("value", [None, "text", 7])
def test_what_is_no_response_is_a_bug(value: object) -> None:
    """A handler that forgets to return a response has failed."""

    async def forgetting(request: web.Request) -> Any:
        return value

    assert FAILURE == ask(build(forgetting), "/forgetting").members


def test_timeouts_are_timeouts(caplog: pytest.LogCaptureFixture) -> None:
    """What aiohttp answers with 504 is that in the contract, and is logged with where it came from."""
    reply = answer_to(lambda: TimeoutError(TEXT_OF_A_BUG))
    assert {"title": "Gateway Timeout", "status": 504, "traceId": TRACE} == reply.members
    logged = [record.exc_info[1] for record in caplog.records if record.name == "errata" and record.exc_info]
    assert [TimeoutError] == [type(error.__cause__) for error in logged if error]


def test_timeouts_that_mean_something_else() -> None:
    """The contract that answers a request says what a timeout means, if it does."""
    mapped = plain.replace(exceptions={TimeoutError: errata.Unavailable})
    assert 503 == ask(build(raising(TimeoutError), contract=mapped), "/endpoint").status
    choosing = plain.replace(select=lambda request: mapped if "x-old" in request.headers else None)
    assert 503 == ask(build(raising(TimeoutError), contract=choosing), "/endpoint", X_Old="1").status
    assert 504 == ask(build(raising(TimeoutError), contract=choosing), "/endpoint").status


def test_static_files(tmp_path: Path) -> None:
    """A folder that is not shown is an error like others; of a missing file aiohttp says the status while it sends."""
    app = build()
    app.router.add_static("/files", tmp_path)
    assert {"title": "Forbidden", "status": 403, "traceId": TRACE} == ask(app, "/files/").members
    app = build()
    app.router.add_static("/files", tmp_path)
    missing = ask(app, "/files/none")
    assert (404, b"0\r\n\r\n") == (missing.status, missing.body)


# ---- the body ----


async def reads_json(request: web.Request) -> web.Response:
    """Read JSON."""
    await request.json()
    return web.Response()


async def reads_text(request: web.Request) -> web.Response:
    """Read text."""
    await request.text()
    return web.Response()


async def reads_form(request: web.Request) -> web.Response:
    """Read a form."""
    await request.post()
    return web.Response()


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"a":"\xff"}', b"[" * 100_000, b"9" * 5000], ids=range(5))
def test_bodies_that_are_no_json(body: bytes) -> None:
    """A body that is no JSON is the client's fault; so is another media type."""
    app = build(reads_json)
    with aiohttp_serving(app) as port:
        for media_type, expected in ((TO_JSON, MALFORMED), ("application/x+json", MALFORMED), ("text/plain", UNREAD)):
            head = f"POST /reads_json HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: {media_type}\r\n"
            sent = Reply(talk(port, f"{head}content-length: {len(body)}\r\n\r\n".encode() + body))
            assert (expected["status"], expected) == (sent.status, sent.members)


def test_no_body_is_no_json() -> None:
    """A body that is missing cannot be read, and has no media type."""
    assert MALFORMED == ask(build(reads_json), "/reads_json", "POST", content_type=TO_JSON).members
    assert UNREAD == ask(build(reads_json), "/reads_json", "POST").members


@pytest.mark.parametrize(
    ("handler", "content_type", "body"),
    [
        (reads_text, "text/plain", b"\xff"),
        (reads_text, "text/plain; charset=odd", b"a"),
        (reads_json, "application/json; charset=odd", b"{}"),
        (reads_form, "application/x-www-form-urlencoded", b"a=\xff"),
        (reads_form, "application/x-www-form-urlencoded; charset=odd", b"a=b"),
        (reads_form, "multipart/form-data", b"a"),
        (reads_form, "multipart/form-data; boundary=x", b"a"),
        (reads_form, "multipart/form-data; boundary=x", b"--x\r\n\r\na\r\n--x--\r\n"),
        (
            reads_form,
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--x--\r\n',
        ),
    ],
)
def test_texts_and_forms_that_are_none(handler: Handler, content_type: str, body: bytes) -> None:
    """A charset that is wrong or unknown, and a form that is none, are the client's fault."""
    assert MALFORMED == ask(build(handler), f"/{handler.__name__}", "POST", body, content_type=content_type).members


def test_bodies_that_are_not_encoded_as_they_say() -> None:
    """A body that cannot be unpacked is the client's fault."""
    reply = ask(build(reads_json), "/reads_json", "POST", b"{}", content_type=TO_JSON, content_encoding="gzip")
    assert (400, 400) == (reply.status, reply.members["status"])


def test_json_of_the_application_is_its_own() -> None:
    """What an application itself cannot decode was not sent by the client."""
    assert FAILURE == answer_to(lambda: json.JSONDecodeError(TEXT_OF_A_BUG, "", 0)).members

    async def decoding(request: web.Request) -> web.Response:
        data = await request.json()
        return web.Response(text=str(json.loads(data["inner"])))

    body = b'{"inner":"{"}'
    assert FAILURE == ask(build(decoding), "/decoding", "POST", body, content_type=TO_JSON).members


class Ordered(msgspec.Struct):
    """An order, for msgspec."""

    amount: int


@pytest.mark.parametrize(
    "loads", [Order.model_validate_json, msgspec.json.Decoder(Ordered).decode], ids=["pydantic", "msgspec"]
)
def test_decoders_that_validate(loads: Any) -> None:
    """Who validates while reading has the violations on the wire, and what is no JSON is that."""

    async def validating(request: web.Request) -> web.Response:
        await request.json(loads=loads)
        return web.Response()

    reply = ask(build(validating), "/validating", "POST", b'{"sku":"a","amount":"hunter2"}', content_type=TO_JSON)
    expected = [{"detail": "must be an integer", "pointer": "#/amount", "location": "body", "code": "type"}]
    assert (422, expected, False) == (reply.status, reply.members["errors"], b"hunter2" in reply.received)
    assert 400 == ask(build(validating), "/validating", "POST", b"{", content_type=TO_JSON).status


def test_bodies_without_a_length_are_limited() -> None:
    """A body that grows too large while it is read is refused, and so is a form of too many fields."""
    chunked = b"4\r\n1234\r\n" * 5 + b"0\r\n\r\n"
    app = build(reads_text, client_max_size=10)
    with aiohttp_serving(app) as port:
        head = b"POST /reads_text HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n"
        reply = Reply(talk(port, head + chunked))
    assert {"title": "Content Too Large", "status": 413, "traceId": TRACE} == reply.members
    form = "application/x-www-form-urlencoded"
    app = build(reads_form, client_max_fields=2)
    assert 413 == ask(app, "/reads_form", "POST", b"a=1&b=2&c=3", content_type=form).members["status"]


# ---- what has started ----


STARTED: Final[dict[str, Callable[[], BaseException]]] = {
    "a bug": lambda: RuntimeError(TEXT_OF_A_BUG),
    "an own error": lambda: CaseClosed(days=3),
    "an HTTPException": lambda: web.HTTPConflict(text="late"),
    "a redirect": lambda: web.HTTPFound("/hello"),
    "a timeout": TimeoutError,
}


@pytest.mark.parametrize("middlewares", [[], [marking]], ids=["alone", "inside"])
@pytest.mark.parametrize("name", STARTED)
def test_started_responses_end(name: str, middlewares: list[Any], caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is appended to what has started, whatever is raised: the connection ends in the middle."""
    caplog.set_level(logging.CRITICAL)

    async def starting(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"part")
        error = STARTED[name]()
        raise error

    reply = ask(build(starting, middlewares=middlewares), "/starting")
    assert (200, b"4\r\npart\r\n", 1) == (reply.status, reply.body, reply.received.count(b"HTTP/1.1"))


def test_a_prepared_response_that_is_forgotten_ends(caplog: pytest.LogCaptureFixture) -> None:
    """A handler that streams and returns nothing gets no second response."""
    caplog.set_level(logging.CRITICAL)

    async def forgetting(request: web.Request) -> Any:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"part")

    reply = ask(build(forgetting), "/forgetting")
    assert (b"4\r\npart\r\n", 1) == (reply.body, reply.received.count(b"HTTP/1.1"))


def test_a_response_that_is_prepared_but_not_sent_gives_way() -> None:
    """As long as nothing was sent, the error is the response."""

    async def prepared(request: web.Request) -> web.Response:
        await web.Response(text="never seen", headers={"X-Never": "1"}).prepare(request)
        raise CaseClosed(days=3)

    reply = ask(build(prepared), "/prepared")
    assert (FORBIDDEN, False) == (reply.members, "x-never" in reply.headers)


def test_continuing_is_not_starting() -> None:
    """The interim response that asks for the body leaves room for an error."""
    reply = ask(build(reads_json), "/reads_json", "POST", b"{", content_type=TO_JSON, expect="100-continue")
    assert (100, True) == (reply.status, b'"status":400' in reply.body)


# ---- applications below, other protocols ----


def test_applications_below() -> None:
    """One with a contract answers its own errors and addresses; those of one without are answered around it."""
    app = build(contract=None)
    app.add_subapp("/own", build(contract=usta.contract))
    app.add_subapp("/none", build(contract=None, middlewares=[translating]))
    install(app, plain)
    with aiohttp_serving(app) as port:

        def at(path: str) -> Reply:
            return Reply(talk(port, f"GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode()))

        assert "errors" in at("/own/closed").members
        assert "errors" in at("/own/nothing").members
        assert FORBIDDEN == at("/none/closed").members
        assert 404 == at("/none/nothing").members["status"]
        assert {"own": True} == at("/none/bug").members
        assert FORBIDDEN == at("/closed").members


WEBSOCKET: Final[dict[str, Any]] = {
    "connection": "Upgrade", "upgrade": "websocket", "sec_websocket_version": "13",
    "sec_websocket_key": "dGhlIHNhbXBsZSBub25jZQ==",
}  # fmt: skip


def test_websockets_are_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    """An error after the handshake ends the connection as in aiohttp; one of the handshake is answered."""
    caplog.set_level(logging.CRITICAL)

    async def talking(request: web.Request) -> web.StreamResponse:
        await web.WebSocketResponse().prepare(request)
        raise CaseClosed(days=3)

    contract = plain.replace(trace_always=True)
    reply = ask(build(talking, contract=contract), "/talking", **WEBSOCKET)
    assert (101, b"") == (reply.status, reply.body)
    assert "x-trace-id" not in reply.headers
    reply = ask(
        build(talking, contract=contract), "/talking", **{**WEBSOCKET, "upgrade": "hunter2", "connection": "close"}
    )
    assert {"title": "Bad Request", "status": 400, "traceId": TRACE} == reply.members


# ---- traces, logs, modes ----


def test_trace_ids_are_everywhere_if_wanted() -> None:
    """The field is on successes, streams and errors, once; without the wish it is on none of the successes."""

    async def streaming(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"part")
        return response

    for path in ("/hello", "/streaming", "/bug", "/none"):
        app = build(streaming, contract=plain.replace(trace_always=True), middlewares=[marking])
        assert TRACE == ask(app, path).headers["x-trace-id"]
    assert "x-trace-id" not in ask(build(), "/hello").headers


def test_trace_ids_come_from_the_request_and_are_one() -> None:
    """An error says in its body what it says in its header field, whether the id was given or made."""
    contract = plain.replace(trace_always=True, trace_id=errata.Contract(errata.Catalog([])).trace_id)
    given = ask(build(contract=contract), "/bug", Traceparent=f"00-{'ab' * 16}-{'cd' * 8}-01")
    assert ("ab" * 16, "ab" * 16) == (given.headers["x-trace-id"], given.members["traceId"])
    made = ask(build(contract=contract), "/bug")
    assert made.headers["x-trace-id"] == made.members["traceId"] != TRACE


def test_a_failing_maker_of_trace_ids_spoils_no_success() -> None:
    """A success without an id is a success."""

    def failing(_: errata.Request) -> str:
        raise ZeroDivisionError

    reply = ask(build(contract=plain.replace(trace_always=True, trace_id=failing)), "/hello")
    assert (200, False) == (reply.status, "x-trace-id" in reply.headers)


def test_errors_are_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """A bug is logged with its traceback by the contract; aiohttp logs the access alone."""
    with caplog.at_level(logging.INFO):
        assert 500 == ask(build(middlewares=[marking]), "/bug").status
    records = [record for record in caplog.records if record.name != "asyncio"]
    assert {"errata", "aiohttp.access"} == {record.name for record in records}
    assert 2 == len(records)
    assert ["errata"] == [record.name for record in records if record.exc_info]


def test_debug_of_asyncio_shows_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """The page with the traceback, which aiohttp sends in asyncio's debug mode, does not replace the contract."""
    caplog.set_level(logging.CRITICAL)
    with aiohttp_serving(build(), debug=True) as port:
        reply = Reply(talk(port, b"GET /bug HTTP/1.1\r\nhost: x\r\naccept: text/html\r\nconnection: close\r\n\r\n"))
    assert FAILURE == reply.members


# ---- the connection ----


def test_errors_do_not_cost_the_connection() -> None:
    """Errors leave a connection as good as it was, also if nobody read the body of the request."""
    requests = [
        ("GET", "/bug", 500), ("HEAD", "/closed", 403), ("POST", "/closed", 403), ("GET", "/none", 404),
        ("PUT", "/hello", 405), ("GET", "/hello", 200),
    ]  # fmt: skip
    with aiohttp_serving(build()) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
        connection.connect()
        first = connection.sock
        for method, path, status in requests:
            connection.request(method, path, b"{}" if method == "POST" else None)
            response = connection.getresponse()
            response.read()
            assert (status, True) == (response.status, first is connection.sock)
        connection.close()


def test_pipelined_requests_are_answered_in_order() -> None:
    """An error between two successes moves neither of them."""
    asked = b"".join(
        b"GET %s HTTP/1.1\r\nhost: x\r\n%s\r\n" % (path, end)
        for path, end in [(b"/hello", b""), (b"/closed", b""), (b"/hello", b"connection: close\r\n")]
    )
    with aiohttp_serving(build()) as port:
        received = talk(port, asked)
    assert [b"200", b"403", b"200"] == [part[:3] for part in received.split(b"HTTP/1.1 ")[1:]]


@pytest.mark.parametrize("status", [204, 205, 304, 499, 523])
def test_statuses_without_a_body_and_odd_ones(status: int) -> None:
    """A status that has no body gets none; one that no registry has is sent as it is."""
    reply = answer_to(lambda: Error(Problem(status=status)))
    bodiless = status in {204, 205, 304}
    assert (status, bodiless, bodiless) == (reply.status, not reply.body, "content-type" not in reply.headers)


def test_head_sends_the_length_alone() -> None:
    """The length is that of the body that GET would have got."""
    got, head = ask(build(), "/closed"), ask(build(), "/closed", "HEAD")
    assert (b"", got.headers["content-length"]) == (head.body, head.headers["content-length"])


def test_what_the_server_refuses_by_itself(caplog: pytest.LogCaptureFixture) -> None:
    """What is no HTTP, or expects what nobody offers, never reaches the application: aiohttp answers in plain text."""
    caplog.set_level(logging.CRITICAL)
    with aiohttp_serving(build()) as port:
        broken = Reply(talk(port, b"GET /hello HTTP/1.1\r\nhost: x\r\nbad field\r\n\r\n"))
    assert (400, "text/plain; charset=utf-8") == (broken.status, broken.headers["content-type"])
    unknown = ask(build(), "/hello", expect="more")
    assert (417, "text/plain; charset=utf-8") == (unknown.status, unknown.headers["content-type"])


def test_a_signal_that_fails_ends_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    """When a signal fails while a response is prepared, aiohttp sends none at all."""
    caplog.set_level(logging.CRITICAL)

    async def failing(request: web.Request, response: web.StreamResponse) -> None:
        raise_bug()

    app = build()
    app.on_response_prepare.append(failing)
    with aiohttp_serving(app) as port:
        assert b"" == talk(port, b"GET /hello HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
