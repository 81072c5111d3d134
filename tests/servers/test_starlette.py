"""Where an error comes from in a Starlette application, and what stands around it: middleware, mounts, streams."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import fastapi as fastapi_package
import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route, Router, WebSocketRoute
from starlette.websockets import WebSocket

import errata
from errata import Contract
from errata.contracts import axway, usta
from errata.servers import asgi, fastapi, starlette
from tests.servers.wire import App, call, http_scope
from tests.servers.worlds import FAILURE, FORBIDDEN, TEXT_OF_A_BUG, TRACE, CaseClosed, members, plain, raise_bug

ORIGIN: Final = {"origin": "https://shop.example"}

Install = Callable[[Any, Contract], Any]
each_framework = pytest.mark.parametrize(
    ("cls", "install"),
    [(Starlette, starlette.install), (fastapi_package.FastAPI, fastapi.install)],
    ids=["starlette", "fastapi"],
)


async def hello(request: Request) -> Response:
    """Greet."""
    return PlainTextResponse("hello")


async def bug(request: Request) -> Response:
    """Fail as a bug does."""
    raise_bug()
    return PlainTextResponse("not reached")


async def closed(request: Request) -> Response:
    """Raise an own error."""
    raise CaseClosed(days=3)


def sync_bug(request: Request) -> Response:
    """Fail in a thread."""
    raise_bug()
    return PlainTextResponse("not reached")


ROUTES: Final = [Route("/hello", hello), Route("/bug", bug), Route("/closed", closed), Route("/sync", sync_bug)]


class Correlation:
    """A middleware that marks every response, and keeps the layer below under a name of its own."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle one request."""

        async def marked(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], (b"x-correlation-id", b"c-1")]}
            await send(message)

        await self._inner(scope, receive, marked)


class Passing(BaseHTTPMiddleware):
    """A middleware of Starlette's own kind, which runs the application in another task."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        """Handle one request."""
        response = await call_next(request)
        response.headers["x-passed"] = "1"
        return response


class Refusing(BaseHTTPMiddleware):
    """A middleware that raises what the request asks for."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        """Handle one request."""
        what = request.headers.get("raise")
        if what == "own":
            raise CaseClosed(days=3)
        if what == "http":
            raise HTTPException(402, "pay first", {"X-Own": "1"})
        if what == "bug":
            raise_bug()
        return await call_next(request)


CORS: Final = Middleware(CORSMiddleware, allow_origins=["https://shop.example"])
STACK: Final = [CORS, Middleware(Correlation), Middleware(Passing), Middleware(GZipMiddleware, minimum_size=10_000)]


# ---- middleware ----


@each_framework
@pytest.mark.parametrize("trace_always", [False, True])
@pytest.mark.parametrize(("path", "status"), [("/bug", 500), ("/sync", 500), ("/closed", 403), ("/none", 404)])
def test_middleware_sees_all_errors_of_the_application(
    cls: Any, install: Install, path: str, status: int, trace_always: bool
) -> None:
    """CORS, correlation and own fields are on every error, the 500 included, and no exception is raised."""
    app = install(cls(routes=ROUTES, middleware=STACK), plain.replace(trace_always=trace_always))
    sent = call(app, path, headers=ORIGIN)
    assert (None, status) == (sent.raised, sent.status)
    expected = {
        "access-control-allow-origin": "https://shop.example", "vary": "Origin", "x-correlation-id": "c-1",
        "x-passed": "1", "content-type": "application/problem+json",
    }  # fmt: skip
    assert expected.items() <= sent.headers.items()
    assert (TRACE if trace_always else None) == sent.headers.get("x-trace-id")


@each_framework
def test_vary_of_cors_and_of_negotiation_join(cls: Any, install: Install) -> None:
    """A response that depends on both the origin and `Accept` names both, in one field."""
    app = install(cls(routes=ROUTES, middleware=[CORS]), plain.replace(also=("problem-xml",)))
    assert "Accept, Origin" == call(app, "/bug", headers=ORIGIN).headers["vary"]


@each_framework
def test_preflight_is_none_of_our_business(cls: Any, install: Install) -> None:
    """A CORS preflight is answered by the middleware, as without a contract."""
    asked = ORIGIN | {"access-control-request-method": "GET"}
    bare = call(cls(routes=ROUTES, middleware=[CORS]), "/bug", method="OPTIONS", headers=asked)
    ours = call(install(cls(routes=ROUTES, middleware=[CORS]), plain), "/bug", method="OPTIONS", headers=asked)
    assert 200 == ours.status
    assert bare.messages == ours.messages


RAISED: Final = {
    "own": (403, FORBIDDEN),
    "http": (402, {"title": "Payment Required", "status": 402, "detail": "pay first", "traceId": TRACE}),
    "bug": (500, FAILURE),
}


@each_framework
@pytest.mark.parametrize("what", RAISED)
def test_errors_of_middleware_are_answered_too(cls: Any, install: Install, what: str) -> None:
    """What a middleware raises is answered around all of them, by the same rules; then Starlette raises it on."""
    app = install(cls(routes=ROUTES, middleware=[Middleware(Refusing)]), plain)
    sent = call(app, "/hello", headers={"raise": what})
    assert RAISED[what] == (sent.status, members(sent.body))
    assert sent.raised is not None
    assert TEXT_OF_A_BUG.encode() not in sent.everything
    assert ("1" if what == "http" else None) == sent.headers.get("x-own")


@each_framework
def test_no_layer_is_added(cls: Any, install: Install) -> None:
    """The layers of an application are the same with a contract as without."""

    def layers(app: Any) -> list[type]:
        found, layer = [], app.build_middleware_stack()
        while layer is not None:
            found.append(type(layer))
            layer = getattr(layer, "app", None)
        return found

    stack = [Middleware(Passing)]
    assert layers(cls(routes=ROUTES, middleware=stack)) == layers(install(cls(routes=ROUTES, middleware=stack), plain))


# ---- where the error is raised ----


@each_framework
def test_routers_and_mounts_belong_to_the_application(cls: Any, install: Install) -> None:
    """Errors below a router, and of a mounted ASGI application that handles none, are the application's."""

    async def raw(scope: Any, receive: Any, send: Any) -> None:
        raise CaseClosed(days=3)

    app = install(cls(routes=[Mount("/in", Router(ROUTES)), Mount("/raw", raw)]), plain)
    for path in ("/in/closed", "/raw/x"):
        sent = call(app, path)
        assert (403, FORBIDDEN) == (sent.status, members(sent.body))
    assert FAILURE == members(call(app, "/in/bug").body)
    assert 404 == call(app, "/in/none").status


@each_framework
def test_two_mounted_applications_keep_their_contracts(cls: Any, install: Install) -> None:
    """Each mounted application answers in its own contract, and the one around them in its own."""
    first = install(cls(routes=ROUTES), plain)
    second = install(cls(routes=ROUTES), usta.contract)
    app = install(cls(routes=[Mount("/1", first), Mount("/2", second)]), axway.contract)
    assert FAILURE == members(call(app, "/1/bug").body)
    assert {"errors": [{"errorCode": 9001, "message": "unexpected system error"}]} == members(call(app, "/2/bug").body)
    assert "BAD_REQUEST" == members(call(app, "/3").body)["code"]
    assert {"errors": [{"errorCode": 3001, "message": "entity not found"}]} == members(call(app, "/2/none").body)


@each_framework
def test_the_last_contract_counts(cls: Any, install: Install) -> None:
    """Installing twice is as installing the second one alone, layers and header fields included."""
    app = cls(routes=ROUTES, middleware=STACK, max_body_size=10)
    install(app, axway.contract)
    install(app, plain)
    once = install(cls(routes=ROUTES, middleware=STACK, max_body_size=10), plain)
    for path in ("/bug", "/closed", "/none", "/hello"):
        assert call(once, path).messages == call(app, path).messages
    large = [call(each, "/none", method="POST", body=b"x" * 11) for each in (once, app)]
    assert large[0].messages == large[1].messages
    twice = install(install(cls(routes=ROUTES), axway.contract), axway.contract)
    assert 1 == [name for name, _ in call(twice, "/hello").fields].count("x-troubleshooting-id")


@each_framework
def test_a_contract_comes_before_the_first_request(cls: Any, install: Install) -> None:
    """Once the layers stand, nothing can be put in: that is said, not ignored."""
    app = cls(routes=ROUTES)
    call(app, "/hello")
    with pytest.raises(RuntimeError, match="install the contract before its first request"):
        install(app, plain)


# ---- after the response has started ----


async def two_lines_and_a_bug() -> AsyncIterator[bytes]:
    """Yield two lines, then fail."""
    yield b"one\n"
    yield b"two\n"
    raise_bug()


async def stream(request: Request) -> Response:
    """Stream without a length, and fail."""
    return StreamingResponse(two_lines_and_a_bug(), media_type="text/plain")


async def promised(request: Request) -> Response:
    """Stream with a length, and fail before it is reached."""
    return StreamingResponse(two_lines_and_a_bug(), headers={"content-length": "1000"})


async def late(request: Request) -> Response:
    """Answer, and fail in the background."""
    return PlainTextResponse("done", background=BackgroundTask(raise_bug))


async def late_error(request: Request) -> Response:
    """Answer, and raise an own error in the background."""

    async def fail() -> None:
        raise CaseClosed(days=3)

    return PlainTextResponse("done", background=BackgroundTask(fail))


STARTED: Final = {
    "/stream": b"one\ntwo\n",
    "/promised": b"one\ntwo\n",
    "/late": b"done",
    "/late-error": b"done",
}
STARTED_ROUTES: Final = [
    Route("/stream", stream), Route("/promised", promised), Route("/late", late), Route("/late-error", late_error),
]  # fmt: skip


@each_framework
@pytest.mark.parametrize("stack", [[], [Middleware(Passing)], [CORS]], ids=["bare", "base", "cors"])
@pytest.mark.parametrize("path", STARTED)
def test_a_started_response_is_never_appended_to(cls: Any, install: Install, stack: Any, path: str) -> None:
    """An error in a stream or in a background task reaches the server, and no second response the client."""
    sent = call(install(cls(routes=STARTED_ROUTES, middleware=stack), plain), path)
    assert 200 == sent.status
    assert STARTED[path] == sent.body
    assert sent.raised is not None
    assert 1 == sum(m["type"] == "http.response.start" for m in sent.messages)


@each_framework
@pytest.mark.parametrize("path", ["/stream", "/late"])
def test_an_error_after_the_start_is_logged_once(
    cls: Any, install: Install, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The traceback of what failed is in the log, whoever else logs what the server is told."""
    call(install(cls(routes=STARTED_ROUTES), plain), path)
    (record,) = [r for r in caplog.records if r.name == "errata"]
    assert "ERROR" == record.levelname
    assert TEXT_OF_A_BUG in caplog.text


# ---- what is no HTTP ----


async def greet(socket: WebSocket) -> None:
    """Hold a short conversation."""
    await socket.accept()
    await socket.send_text("hello")
    await socket.close()


async def refuse(socket: WebSocket) -> None:
    """Refuse by the framework's own exception."""
    raise HTTPException(403, "not you", {"X-Own": "1"})


async def refuse_own(socket: WebSocket) -> None:
    """Refuse by an own error."""
    raise CaseClosed(days=3)


async def break_early(socket: WebSocket) -> None:
    """Fail before the handshake is over."""
    raise_bug()


async def break_late(socket: WebSocket) -> None:
    """Fail in the middle of a conversation."""
    await socket.accept()
    raise_bug()


SOCKETS: Final = [greet, refuse, refuse_own, break_early, break_late]


def converse(app: App, path: str) -> tuple[list[Any], BaseException | None]:
    """Return what an application says over a websocket, and what it raises."""
    said: list[Any] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        said.append(message)

    scope = http_scope("GET", path) | {
        "type": "websocket",
        "subprotocols": [],
        "extensions": {"websocket.http.response": {}},
    }
    try:
        asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]
    except Exception as error:  # noqa: BLE001 - compared with that of the bare application
        return said, error
    return said, None


@each_framework
@pytest.mark.parametrize("trace_always", [False, True])
@pytest.mark.parametrize("endpoint", [*SOCKETS, None], ids=[*(f.__name__ for f in SOCKETS), "no such route"])
def test_websockets_are_as_without_a_contract(cls: Any, install: Install, endpoint: Any, trace_always: bool) -> None:
    """The messages and the exception of a websocket are those of the bare application."""
    routes = [WebSocketRoute("/ws", endpoint)] if endpoint else []
    bare, bare_error = converse(cls(routes=routes), "/ws")
    ours, our_error = converse(install(cls(routes=routes), plain.replace(trace_always=trace_always)), "/ws")
    assert bare == ours
    assert (type(bare_error), str(bare_error)) == (type(our_error), str(our_error))
    assert not any("problem+json" in repr(message) for message in ours)


def live(app: App, messages: list[str]) -> list[str]:
    """Run the lifespan of an application; return what it answers."""
    answers: list[str] = []
    coming = [{"type": f"lifespan.{name}"} for name in messages]

    async def receive() -> Any:
        return coming.pop(0)

    async def send(message: Any) -> None:
        answers.append(message["type"])

    try:
        asyncio.run(app({"type": "lifespan", "state": {}, "asgi": {"version": "3.0"}}, receive, send))  # type: ignore[arg-type]
    except Exception as error:  # noqa: BLE001 - the same
        answers.append(type(error).__name__)
    return answers


@each_framework
@pytest.mark.parametrize("trace_always", [False, True])
def test_the_lifespan_is_untouched(cls: Any, install: Install, trace_always: bool) -> None:
    """Starting and stopping go through, and a start that fails fails as it did."""
    contract = plain.replace(trace_always=trace_always)
    assert ["lifespan.startup.complete", "lifespan.shutdown.complete"] == live(
        install(cls(routes=ROUTES, max_body_size=10), contract), ["startup", "shutdown"]
    )

    class Fails:
        def __init__(self, app: Any) -> None:
            raise_bug()

    assert live(cls(lifespan=Fails), ["startup"]) == live(install(cls(lifespan=Fails), contract), ["startup"])


# ---- limits of the body ----


@each_framework
def test_a_body_too_large_is_refused_once_and_logged_once(
    cls: Any, install: Install, caplog: pytest.LogCaptureFixture
) -> None:
    """Whether the length is declared or found out, there is one answer, one record and no exception."""
    caplog.set_level("INFO")

    async def read(request: Request) -> Response:
        return PlainTextResponse(await request.body())

    app = install(cls(routes=[Route("/", read, methods=["POST"])], max_body_size=10), plain)
    for body in (b"x" * 11, [b"x" * 11]):
        caplog.clear()
        sent = call(app, "/", method="POST", body=body)
        assert (None, 413, "application/problem+json") == (sent.raised, sent.status, sent.headers["content-type"])
        assert ["errata"] == [r.name for r in caplog.records if r.name != "asyncio"]
    assert b"x" * 10 == call(app, "/", method="POST", body=b"x" * 10).body


@each_framework
def test_a_413_of_the_applications_own_stays(cls: Any, install: Install) -> None:
    """A response that an endpoint makes itself is nobody else's."""

    async def own(request: Request) -> Response:
        return PlainTextResponse("too much for me", 413)

    app = install(cls(routes=[Route("/", own, methods=["POST"])], max_body_size=10), plain)
    assert b"too much for me" == call(app, "/", method="POST", body=b"x").body


# ---- plain ASGI ----


def test_plain_asgi_raises_on_what_comes_too_late() -> None:
    """A response that has started is left as it is, and the server gets the very exception."""
    error = CaseClosed(days=3)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"one", "more_body": True})
        raise error

    sent = call(asgi.install(app, plain), "/")
    assert (200, b"one") == (sent.status, sent.body)
    assert error is sent.raised


@pytest.mark.parametrize("kind", ["websocket", "lifespan"])
@pytest.mark.parametrize("trace_always", [False, True])
def test_plain_asgi_leaves_what_is_no_http(kind: str, trace_always: bool) -> None:
    """Scopes of other types pass with the very callables of the server."""
    seen: list[Any] = []

    async def app(*arguments: Any) -> None:
        seen.extend(arguments)

    async def unused(*_: Any) -> None: ...

    scope = {"type": kind}
    asyncio.run(asgi.install(app, plain.replace(trace_always=trace_always))(scope, unused, unused))  # type: ignore[arg-type]
    assert [scope, unused, unused] == seen


def test_cancelling_a_request_is_no_error() -> None:
    """A request that the server gives up is not answered."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise asyncio.CancelledError

    async def run() -> list[Any]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        with pytest.raises(asyncio.CancelledError):
            await asgi.install(app, plain)(http_scope("GET", "/"), send, send)  # type: ignore[arg-type]
        return sent

    assert [] == asyncio.run(run())


def test_received_errors_are_not_passed_on() -> None:
    """What another API answered is no answer of this one: a 401 from behind tells nobody here to log in."""
    behind = errata.Unauthenticated.received(
        errata.Problem(status=401, detail="key k-123 is unknown", trace_id="theirs"), response=object()
    )

    async def calls_another(request: Request) -> Response:
        raise behind

    sent = call(starlette.install(Starlette(routes=[Route("/", calls_another)]), plain), "/")
    assert {"title": "Bad Gateway", "status": 502, "traceId": TRACE} == members(sent.body)
    assert "www-authenticate" not in sent.headers


def test_a_wrong_method_is_told_all_right_ones() -> None:
    """Routes with the same path share their methods; what an endpoint says itself is kept."""

    async def fine(request: Request) -> Response:
        return PlainTextResponse("fine")

    async def refusing(request: Request) -> Response:
        raise HTTPException(405, headers={"Allow": "TRACE"})

    routes = [
        Route("/orders", fine, methods=["GET"]),
        Route("/orders", fine, methods=["POST", "DELETE"]),
        Route("/odd", refusing),
    ]
    app = starlette.install(Starlette(routes=routes), plain)
    assert "DELETE, GET, HEAD, POST" == call(app, "/orders", method="PUT").headers["allow"]
    assert "TRACE" == call(app, "/odd").headers["allow"]
