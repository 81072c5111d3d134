"""The frameworks that speak HTTP, each three times (see `benchmarks.three`), and the table of all."""

from collections.abc import Callable, Mapping
from functools import cache
from types import SimpleNamespace
from typing import Any, Final, NoReturn

from benchmarks import calls, djangos, servers
from benchmarks.servers import BY_HAND, PROBLEM, TITLE
from benchmarks.three import (
    BUG,
    Answer,
    Ask,
    NoSkuByHandError,
    Three,
    body_by_hand,
    bug,
    by_errata,
    by_hand,
    contract,
    document_by_hand,
    missing_by_hand,
    missing_document,
    through_asgi,
    through_wsgi,
)
from errata import NotFound

KEPT: Final = ("Allow", "Retry-After", "WWW-Authenticate")
NOTHING: Final[Mapping[str, str]] = {}


def fastapi() -> Three:
    """FastAPI."""
    return Three(
        through_asgi(servers.bare_fastapi()),
        through_asgi(servers.same_fields_fastapi()),
        through_asgi(servers.errata_fastapi()),
    )


def starlette() -> Three:
    """Starlette."""
    from starlette.applications import Starlette
    from starlette.exceptions import HTTPException
    from starlette.requests import Request
    from starlette.responses import JSONResponse, Response
    from starlette.routing import Route

    from errata.servers.starlette import install

    def app(missing: Callable[[], NoReturn], **handlers: Any) -> Any:
        async def item(_: Request) -> Response:
            return JSONResponse({"number": 1})

        async def get_missing(_: Request) -> Response:
            missing()

        async def broken(_: Request) -> Response:
            bug()

        routes = [Route("/items/1", item), Route("/missing", get_missing), Route("/broken", broken)]
        return Starlette(routes=routes, **handlers)

    def refuse() -> NoReturn:
        raise HTTPException(404, TITLE)

    async def on_missing(_: Request, error: Any) -> Response:
        return Response(missing_by_hand(error), 404, BY_HAND, PROBLEM)

    async def on_http(_: Request, error: Any) -> Response:
        body = body_by_hand(error.status_code, error.detail)
        return Response(body, error.status_code, {**BY_HAND, **(error.headers or {})}, PROBLEM)

    async def on_bug(_: Request, error: Exception) -> Response:
        return Response(body_by_hand(500, BUG, error), 500, BY_HAND, PROBLEM)

    handlers = {NoSkuByHandError: on_missing, HTTPException: on_http, Exception: on_bug}
    return Three(
        through_asgi(app(refuse)),
        through_asgi(app(by_hand, exception_handlers=handlers)),
        through_asgi(install(app(by_errata), contract())),
    )


def litestar() -> Three:
    """Litestar."""
    from litestar import Litestar, Response, get
    from litestar.exceptions import HTTPException, NotFoundException

    from errata.servers.litestar import install

    def app(missing: Callable[[], NoReturn], **handlers: Any) -> Litestar:
        @get("/items/{number:int}", sync_to_thread=False)
        def item(number: int) -> dict[str, int]:
            return {"number": number}

        @get("/missing", sync_to_thread=False)
        def get_missing() -> None:
            missing()

        @get("/broken", sync_to_thread=False)
        def broken() -> None:
            bug()

        return Litestar([item, get_missing, broken], openapi_config=None, logging_config=None, **handlers)

    def refuse() -> NoReturn:
        raise NotFoundException(detail=TITLE)

    def answer(document: dict[str, Any], headers: dict[str, str] | None = None) -> Response[Any]:
        headers = {**BY_HAND, **(headers or {})}
        return Response(document, status_code=document["status"], media_type=PROBLEM, headers=headers)

    def on_missing(_: Any, error: NoSkuByHandError) -> Response[Any]:
        return answer(missing_document(error))

    def on_http(_: Any, error: HTTPException) -> Response[Any]:
        return answer(document_by_hand(error.status_code, error.detail), error.headers)

    def on_bug(_: Any, error: Exception) -> Response[Any]:
        return answer(document_by_hand(500, BUG, error))

    handlers: Any = {NoSkuByHandError: on_missing, HTTPException: on_http, Exception: on_bug}
    return Three(
        through_asgi(app(refuse)),
        through_asgi(app(by_hand, exception_handlers=handlers)),
        through_asgi(install(app(by_errata), contract())),
    )


def flask() -> Three:
    """Flask."""
    from flask import Flask, Response, abort, jsonify
    from werkzeug.exceptions import HTTPException

    from errata.servers.flask import install

    def app(missing: Callable[[], NoReturn]) -> Flask:
        made = Flask("benchmark")

        @made.get("/items/<int:number>")
        def item(number: int) -> Response:
            return jsonify(number=number)

        @made.get("/missing")
        def get_missing() -> Response:
            missing()

        @made.get("/broken")
        def broken() -> Response:
            bug()

        return made

    def refuse() -> NoReturn:
        abort(404, TITLE)

    hand = app(by_hand)

    @hand.errorhandler(NoSkuByHandError)
    def on_missing(error: NoSkuByHandError) -> Response:
        return Response(missing_by_hand(error), 404, BY_HAND, PROBLEM)

    @hand.errorhandler(HTTPException)
    def on_http(error: HTTPException) -> Response:
        fields = {**dict(error.get_headers()), **BY_HAND, "Content-Type": PROBLEM}
        return Response(body_by_hand(error.code or 500, error.name), error.code, fields)

    @hand.errorhandler(Exception)
    def on_bug(error: Exception) -> Response:
        return Response(body_by_hand(500, BUG, error), 500, BY_HAND, PROBLEM)

    return Three(through_wsgi(app(refuse)), through_wsgi(hand), through_wsgi(install(app(by_errata), contract())))


def falcon() -> Three:
    """Falcon, WSGI."""
    import falcon as package

    return _falcon(package.App, through_wsgi, asynchronous=False)


def falcon_asgi() -> Three:
    """Falcon, ASGI."""
    import falcon.asgi as package

    return _falcon(package.App, through_asgi, asynchronous=True)


def _falcon(make: Any, through: Callable[[Any], Ask], *, asynchronous: bool) -> Three:
    import falcon as package

    from errata.servers.falcon import install

    def resource(get: Callable[[Any], None]) -> Any:
        class Sync:
            def on_get(self, _: Any, resp: Any) -> None:
                get(resp)

        class Async:
            async def on_get(self, _: Any, resp: Any) -> None:
                get(resp)

        return Async() if asynchronous else Sync()

    def item(resp: Any) -> None:
        resp.media = {"number": 1}

    def app(missing: Callable[[], NoReturn]) -> Any:
        made = make()
        made.add_route("/items/1", resource(item))
        made.add_route("/missing", resource(lambda _: missing()))
        made.add_route("/broken", resource(lambda _: bug()))
        return made

    def refuse() -> NoReturn:
        raise package.HTTPNotFound(title=TITLE)

    def say(resp: Any, status: int, body: bytes) -> None:
        resp.status, resp.data, resp.content_type = status, body, PROBLEM
        resp.set_headers(BY_HAND)

    def on_http(resp: Any, error: Any) -> None:
        say(resp, error.status_code, body_by_hand(error.status_code, error.title))
        resp.set_headers(error.headers or {})

    answers: list[tuple[Any, Callable[[Any, Any], None]]] = [
        (Exception, lambda resp, error: say(resp, 500, body_by_hand(500, BUG, error))),
        (package.HTTPError, on_http),
        (NoSkuByHandError, lambda resp, error: say(resp, 404, missing_by_hand(error))),
    ]
    hand = app(by_hand)
    for error, answer in answers:
        hand.add_error_handler(error, _falcon_handler(answer, asynchronous=asynchronous))
    return Three(through(app(refuse)), through(hand), through(install(app(by_errata), contract())))


def _falcon_handler(answer: Callable[[Any, Any], None], *, asynchronous: bool) -> Any:
    def handle(_: Any, resp: Any, error: Any, __: Any) -> None:
        answer(resp, error)

    async def handle_async(_: Any, resp: Any, error: Any, __: Any) -> None:
        answer(resp, error)

    return handle_async if asynchronous else handle


def aiohttp() -> Three:  # noqa: C901 - three applications and what they raise
    """Aiohttp."""
    from aiohttp import web
    from aiohttp.test_utils import make_mocked_request

    from errata.servers.aiohttp import install

    def app(missing: Callable[[], NoReturn], **middlewares: Any) -> web.Application:
        async def item(_: web.Request) -> web.Response:
            return web.json_response({"number": 1})

        async def get_missing(_: web.Request) -> web.Response:
            missing()

        async def broken(_: web.Request) -> web.Response:
            bug()

        made = web.Application(**middlewares)
        made.router.add_get("/items/1", item)
        made.router.add_get("/missing", get_missing)
        made.router.add_get("/broken", broken)
        return made

    def refuse() -> NoReturn:
        raise web.HTTPNotFound(text=TITLE)

    @web.middleware
    async def handlers(request: web.Request, handler: Any) -> web.StreamResponse:
        try:
            answer: web.StreamResponse = await handler(request)
        except NoSkuByHandError as error:
            return say(missing_by_hand(error), 404)
        except web.HTTPException as error:
            kept = {name: error.headers[name] for name in KEPT if name in error.headers}
            return say(body_by_hand(error.status, error.reason), error.status, kept)
        except Exception as error:  # noqa: BLE001 - whatever it is
            return say(body_by_hand(500, BUG, error), 500)
        return answer

    def say(body: bytes, status: int, kept: Mapping[str, str] = NOTHING) -> web.Response:
        return web.Response(body=body, status=status, headers={**BY_HAND, **kept}, content_type=PROBLEM)

    writer: Any = SimpleNamespace(output_size=0)
    protocol: Any = SimpleNamespace(ssl_context=None, peername=("127.0.0.1", 1), sockname=("127.0.0.1", 80))
    unused: Any = None

    @cache
    def parsed(path: str) -> Any:
        headers = {"Host": "localhost", "User-Agent": "benchmark", "Accept": "*/*"}
        return make_mocked_request("GET", path, headers)._message  # noqa: SLF001 - nothing else of it is used

    def through(made: web.Application) -> Ask:
        made.freeze()

        async def ask(path: str) -> Answer:
            try:
                request = web.Request(parsed(path), unused, protocol, writer, unused, unused)
                answer: Any = await made._handle(request)  # noqa: SLF001 - no public way
            except web.HTTPException as error:
                answer = error
            except RuntimeError:  # the server's own answer to what nobody handles
                return 500, (), b""
            return answer.status, answer.headers.items(), answer.body

        return ask

    return Three(
        through(app(refuse)),
        through(app(by_hand, middlewares=[handlers])),
        through(install(app(by_errata), contract())),
    )


def wsgi() -> Three:
    """Plain WSGI."""
    from errata.servers.wsgi import install

    def app(missing: Callable[[], NoReturn], unknown: Callable[[], NoReturn]) -> Any:
        def application(environ: Any, start_response: Any) -> Any:
            path = environ["PATH_INFO"]
            if path == "/items/1":
                return say(start_response, "200 OK", b'{"number":1}', ("content-type", "application/json"))
            return missing() if path == "/missing" else bug() if path == "/broken" else unknown()

        return application

    def say(start_response: Any, status: str, body: bytes, *fields: tuple[str, str]) -> list[bytes]:
        start_response(status, [*fields, ("content-length", str(len(body)))])
        return [body]

    def guarded(inner: Any, missing: Any, unknown: Any, broken: Any, fields: Any) -> Any:
        def application(environ: Any, start_response: Any) -> Any:
            try:
                return inner(environ, start_response)
            except NoSkuByHandError as error:
                return say(start_response, "404 Not Found", missing(error), *fields)
            except LookupError:
                return say(start_response, "404 Not Found", unknown(), *fields)
            except Exception as error:  # noqa: BLE001 - whatever it is
                return say(start_response, "500 Internal Server Error", broken(error), *fields)

        return application

    inner, fields = app(by_hand, _no_page), [("content-type", PROBLEM), *BY_HAND.items()]
    return Three(
        through_wsgi(guarded(inner, *_EMPTY, [("content-type", "application/json")])),
        through_wsgi(guarded(inner, *_DOCUMENTS, fields)),
        through_wsgi(install(app(by_errata, _not_found), contract())),
    )


def asgi() -> Three:  # noqa: C901 - three applications and what they raise
    """Plain ASGI."""
    from errata.servers.asgi import install

    def app(missing: Callable[[], NoReturn], unknown: Callable[[], NoReturn]) -> Any:
        async def application(scope: Any, _: Any, send: Any) -> None:
            path = scope["path"]
            if path == "/items/1":
                await say(send, 200, b'{"number":1}', (b"content-type", b"application/json"))
            elif path == "/missing":
                missing()
            else:
                bug() if path == "/broken" else unknown()

        return application

    async def say(send: Any, status: int, body: bytes, *fields: tuple[bytes, bytes]) -> None:
        headers = [*fields, (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def guarded(inner: Any, missing: Any, unknown: Any, broken: Any, fields: Any) -> Any:
        async def application(scope: Any, receive: Any, send: Any) -> None:
            try:
                await inner(scope, receive, send)
            except NoSkuByHandError as error:
                await say(send, 404, missing(error), *fields)
            except LookupError:
                await say(send, 404, unknown(), *fields)
            except Exception as error:  # noqa: BLE001 - whatever it is
                await say(send, 500, broken(error), *fields)

        return application

    inner, named = app(by_hand, _no_page), {"content-type": PROBLEM, **BY_HAND}
    return Three(
        through_asgi(guarded(inner, *_EMPTY, [(b"content-type", b"application/json")])),
        through_asgi(guarded(inner, *_DOCUMENTS, [(n.encode(), v.encode()) for n, v in named.items()])),
        through_asgi(install(app(by_errata, _not_found), contract())),
    )


# What a plain application says: nothing, or documents.
_EMPTY: Final = (lambda _: b"{}", lambda: b"{}", lambda _: b"{}")
_DOCUMENTS: Final = (
    missing_by_hand, lambda: body_by_hand(404, "Not Found"), lambda error: body_by_hand(500, BUG, error),
)  # fmt: skip


def _no_page() -> NoReturn:
    raise LookupError


def _not_found() -> NoReturn:
    raise NotFound


FRAMEWORKS: Final[dict[str, Callable[[], Three]]] = {
    "plain ASGI": asgi,
    "Starlette": starlette,
    "FastAPI": fastapi,
    "Litestar": litestar,
    "Falcon, ASGI": falcon_asgi,
    "aiohttp": aiohttp,
    "plain WSGI": wsgi,
    "Flask": flask,
    "Falcon": falcon,
    "Django": djangos.django,
    "Django REST framework": djangos.drf,
    "Django Ninja": djangos.ninja,
    "gRPC": calls.grpc,
    "Strawberry": calls.strawberry,
}
