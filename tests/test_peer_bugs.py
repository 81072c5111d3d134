"""What other packages get wrong, each as a test that errata passes.

The faults were seen in packages for FastAPI, Litestar, Flask, Django, Falcon,
connexion and aiohttp, and in the clients of three vendors.
"""

import asyncio
import inspect
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, Final

import httpx
import pytest
from fastapi import FastAPI, HTTPException
from litestar import Litestar, get
from litestar.exceptions import HTTPException as LitestarHTTPException
from pydantic import BaseModel, SecretStr
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Mount

import errata
from errata import Catalog, Contract, Error, NotFound, Problem, RawResponse
from errata.clients.httpx import raise_for_problem
from errata.servers import fastapi, litestar, starlette
from errata.testing import CONTRACTS, SITUATIONS, Call, drive_asgi, drive_url, drive_wsgi
from tests.servers.apps import aiohttp as aiohttp_app
from tests.servers.apps import drf as drf_app
from tests.servers.apps import falcon as falcon_app
from tests.servers.apps import fastapi as fastapi_app
from tests.servers.apps import flask as flask_app
from tests.servers.apps import litestar as litestar_app
from tests.servers.apps import ninja as ninja_app
from tests.servers.serving import aiohttp_serving

SECRET: Final = "hunter2-in-a-text"
EMPTY: Final = Contract(Catalog([]))
JSON: Final = {"content-type": "application/json"}


def members(response: RawResponse) -> dict[str, Any]:
    """Return a problem document, decoded by somebody else than errata."""
    assert "application/problem+json" == response.headers["content-type"]
    decoded = json.loads(response.body)
    assert isinstance(decoded, dict)
    return decoded


def in_fastapi(endpoint: Any, **options: Any) -> FastAPI:
    """Return an application with one endpoint at `/`."""
    app = FastAPI()
    app.add_api_route("/", endpoint, **{"methods": ["GET"], **options})
    return fastapi.install(app, EMPTY)


def in_litestar(error: Exception) -> Litestar:
    """Return an application whose one endpoint raises."""

    @get("/", sync_to_thread=False)
    def fail() -> None:
        raise error

    return litestar.install(Litestar([fail], openapi_config=None), EMPTY)


def received(response: httpx.Response, contract: Contract | None = None) -> Error:
    """Return what a client raises for a response."""
    response.request = httpx.Request("GET", "http://api.example")
    with pytest.raises(Error) as raised:
        raise_for_problem(response, contract)
    return raised.value


def test_1_an_unknown_exception_tells_nothing() -> None:
    """The text of an exception is not in the body of its 500."""

    def fail() -> None:
        raise RuntimeError(SECRET)

    response = drive_asgi(in_fastapi(fail), Call("GET", "/"))
    assert {"title", "status", "traceId"} == members(response).keys()
    assert SECRET.encode() not in response.body


def test_2_a_broken_response_model_tells_nothing() -> None:
    """Neither data, file nor line of a response that breaks its model is in the body."""

    class Account(BaseModel):
        balance: int

    response = drive_asgi(in_fastapi(lambda: {"balance": SECRET}, response_model=Account), Call("GET", "/"))
    assert 500 == response.status
    assert {"title", "status", "traceId"} == members(response).keys()


def test_3_validation_does_not_echo() -> None:
    """A wrong value is not repeated, and for a missing member its whole parent is not either."""

    class Login(BaseModel):
        name: str
        password: SecretStr
        pin: int

    async def login(login: Login) -> None: ...

    body = b'{"password":"%b","pin":"%b"}' % (SECRET.encode(), SECRET.encode())
    response = drive_asgi(in_fastapi(login, methods=["POST"]), Call("POST", "/", JSON, body))
    assert 422 == response.status
    assert ["#/name", "#/pin"] == [each["pointer"] for each in members(response)["errors"]]
    assert SECRET.encode() not in response.body


def test_4_litestar_answers_a_status_that_nobody_registered() -> None:
    """An exception with the status 499 is answered with it."""
    response = drive_asgi(in_litestar(LitestarHTTPException(status_code=499, detail="gone away")), Call("GET", "/"))
    assert (499, "gone away") == (response.status, members(response)["detail"])


def test_5_fastapi_answers_a_status_that_nobody_registered() -> None:
    """The status 499 stays 499."""

    def fail() -> None:
        raise HTTPException(499, "gone away")

    response = drive_asgi(in_fastapi(fail), Call("GET", "/"))
    assert (499, "gone away") == (response.status, members(response)["detail"])


def test_6_an_object_as_the_detail_is_kept() -> None:
    """A detail that is an object gives members: none is dropped, and `detail` stays a text."""

    def fail() -> None:
        raise HTTPException(400, {"code": "E7", "message": "wrong colour", "colours": ["red"]})

    said = members(drive_asgi(in_fastapi(fail), Call("GET", "/")))
    assert (400, "E7", "wrong colour", ["red"]) == (said["status"], said["code"], said["detail"], said["colours"])


def test_7_a_member_that_json_cannot_say_leaves_the_status_alone() -> None:
    """A date is written; what nobody can write is left out; the error stays the error."""

    def fail() -> None:
        at = datetime(2026, 1, 2, tzinfo=UTC)
        raise Error(Problem(status=404, title="Odd", extensions={"at": at}))

    assert "2026-01-02T00:00:00Z" == members(drive_asgi(in_fastapi(fail), Call("GET", "/")))["at"]
    app = fastapi_app.make_app(CONTRACTS["plain"])
    assert 404 == drive_asgi(app, SITUATIONS["a member that JSON cannot say"].call).status


def test_8_an_async_hook_works_on_a_success() -> None:
    """A hook of an AsyncClient can be awaited, for a 200 as for an error."""
    from errata.clients.httpx import araise_for_problem

    def server(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200 if request.url.path == "/fine" else 404, json={"title": "No such bed"})

    async def ask() -> int:
        transport = httpx.MockTransport(server)
        async with httpx.AsyncClient(transport=transport, event_hooks={"response": [araise_for_problem]}) as client:
            with pytest.raises(NotFound):
                await client.get("http://api.example/missing")
            return (await client.get("http://api.example/fine")).status_code

    assert 200 == asyncio.run(ask())


@pytest.mark.parametrize(
    "body",
    [b'{"detail":"gone"}', b"{}", b"", b"<html>Bad Gateway</html>", b'{"status":"x","title":7,"balance":{}}', b"[1]"],
)
def test_9_any_body_labelled_a_problem_is_the_api_error(body: bytes) -> None:
    """Members that are missing or wrong, HTML, or nothing: what is raised is the API's error."""
    error = received(httpx.Response(404, headers={"content-type": "application/problem+json"}, content=body))
    assert (NotFound, 404) == (type(error), error.status)


def test_10_only_the_contracts_own_types_are_recognised() -> None:
    """A foreign URI that ends alike is foreign; the wire's status, members, response and headers are kept."""

    class Empty(Error, status=409, type="https://ours.example/problems/empty"):
        """The stock is empty."""

    contract = Contract(Catalog([Empty]))
    headers = {"content-type": "Application/Problem+JSON; charset=UTF-8", "x-request-id": "r-1"}
    foreign = {"type": "https://theirs.example/empty", "title": "Empty", "status": 409, "depth": 3}
    error = received(httpx.Response(422, headers=headers, json=foreign), contract)
    assert not isinstance(error, Empty)
    assert (422, 3, "r-1") == (error.status, error.problem.extensions["depth"], error.headers["x-request-id"])
    assert isinstance(error.response, httpx.Response)
    own = {**foreign, "type": "https://ours.example/problems/empty"}
    assert isinstance(received(httpx.Response(409, headers=headers, json=own), contract), Empty)


def test_11_a_type_is_the_same_wherever_an_application_is_mounted() -> None:
    """The type URI comes from the catalog, not from the address that the application happens to have."""

    class Empty(Error, status=409):
        """The stock is empty."""

    def fail(_: Any) -> Response:
        raise Empty

    contract = Contract(Catalog([Empty], base_uri="https://ours.example/problems/"))
    inner = Starlette()
    inner.add_route("/stock", fail)
    starlette.install(inner, contract)
    outer = Starlette(routes=[Mount("/shop", inner)])
    uris = {
        members(drive_asgi(*at))["type"] for at in ((inner, Call("GET", "/stock")), (outer, Call("GET", "/shop/stock")))
    }
    assert {"https://ours.example/problems/empty"} == uris


def test_12_handlers_are_coroutines() -> None:
    """No error costs a trip to another thread."""
    for app in (fastapi_app.make_app(CONTRACTS["plain"]), starlette.install(Starlette(), EMPTY)):
        ours = [handler for handler in app.exception_handlers.values() if handler.__module__.startswith("errata.")]
        assert len(ours) >= 3
        assert all(inspect.iscoroutinefunction(handler) for handler in ours)


def test_13_litestar_says_each_thing_in_its_member() -> None:
    """Extension members replace no member, the changing text is the detail, and a bug is a problem document too."""
    given: Any = {"status": 200, "type": "about:evil", "colour": "red"}
    error = LitestarHTTPException(status_code=409, detail="Order 7 is being changed.", extra=given)
    said = members(drive_asgi(in_litestar(error), Call("GET", "/")))
    assert (409, "Conflict", "Order 7 is being changed.") == (said["status"], said["title"], said["detail"])
    assert "about:evil" != said.get("type")
    assert "red" == said["colour"]
    assert 500 == members(drive_asgi(in_litestar(RuntimeError(SECRET)), Call("GET", "/")))["status"]


@pytest.mark.parametrize("dialect", ["problem", "axway", "google", "jsonapi", "fastapi"])
def test_14_extension_members_replace_no_member(dialect: str) -> None:
    """In no format can an extension member change what the problem says of itself."""
    evil = {"status": 200, "type": "about:evil", "message": "evil", "code": "EVIL", "title": "evil", "detail": "evil"}
    problem = Problem(status=404, code="MISSING", title="Not Found", detail="No such bed.", extensions=evil)
    read = errata.read(errata.render(problem, dialect), dialect).problem
    plain = errata.read(errata.render(problem.replace(extensions={}), dialect), dialect).problem
    assert (plain.status, plain.code, plain.text) == (read.status, read.code, read.text)


def test_15_flask_keeps_allow() -> None:
    """A wrong method is told which ones are right."""
    response = drive_wsgi(flask_app.make_app(CONTRACTS["plain"]), Call("POST", "/hello"))
    assert 405 == response.status
    assert "GET" in response.headers["allow"]


def test_16_a_body_in_chunks_is_read_and_all_faults_are_told() -> None:
    """Chunks are a body; each fault is a violation; a 401 has a challenge; no member is null."""
    app = fastapi_app.make_app(CONTRACTS["plain"])
    assert 200 == drive_in_chunks(app, [b'{"sku":"A-1",', b'"amount":2}'])
    two = drive_asgi(app, SITUATIONS["a body that breaks two rules, one of them nested"].call)
    assert 2 == len(members(two)["errors"])
    login = drive_asgi(app, Call("GET", "/fail/login"))
    assert "Bearer" == login.headers["www-authenticate"]
    assert None not in members(login).values()


def drive_in_chunks(app: Any, chunks: list[bytes]) -> int:
    """Send a POST without a declared length; return the status."""

    async def body() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    async def ask() -> int:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.example") as client:
            return (await client.post("/orders", content=body(), headers=JSON)).status_code

    return asyncio.run(ask())


@pytest.mark.parametrize("make_app", [drf_app.make_app, ninja_app.make_app], ids=["drf", "ninja"])
def test_17_django_answers_no_html(make_app: Any) -> None:
    """Unknown address, wrong method and bug leave as problem documents."""
    app = make_app(CONTRACTS["plain"])
    for call, status in (
        (Call("GET", "/nothing"), 404),
        (Call("POST", "/hello"), 405),
        (Call("GET", "/fail/bug"), 500),
    ):
        assert status == members(drive_wsgi(app, call))["status"]


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/html", "text/html"),
        ("application/problem+xml", "application/problem+xml"),
        ("audio/ogg", "application/problem+json"),
    ],
)
def test_18_falcon_answers_something_whatever_is_accepted(accept: str, media_type: str) -> None:
    """The body is what its media type says, and never empty."""
    response = drive_wsgi(falcon_app.make_app(CONTRACTS["lenient"]), Call("GET", "/fail/closed", {"accept": accept}))
    assert media_type == response.media_type
    assert b"more than 45 days" in response.body


def test_19_aiohttp_blames_the_client_for_its_body() -> None:
    """Broken JSON is 400, another media type 415; neither is a failure of the server."""
    with aiohttp_serving(aiohttp_app.make_app(CONTRACTS["plain"])) as port:
        url = f"http://127.0.0.1:{port}"
        assert 400 == drive_url(url, Call("POST", "/orders", JSON, b"{")).status
        assert 415 == drive_url(url, Call("POST", "/orders", {"content-type": "text/plain"}, b"x")).status


GOOGLE: Final = [b'{"error":"text"}', b'{"error":null}', b'"text"', b'[{"error":{"code":404,"message":"no"}}]']
STRIPE: Final = [b'{"error":null}', b'{"error":"unheard_of","error_description":"no"}', b'{"error":{"type":[]}}']
BOTOCORE: Final = [b"[]", b'"text"', b"null", b"\xff\xfe{", b'{"title":"No such bed","status":404}']


@pytest.mark.parametrize(
    ("number", "dialect", "body"),
    [(20, "google", body) for body in GOOGLE]
    + [(21, "stripe", body) for body in STRIPE]
    + [(22, "aws-json", body) for body in BOTOCORE],
)
def test_20_21_22_an_odd_body_never_replaces_the_error(number: int, dialect: str, body: bytes) -> None:
    """Whatever the body and whatever dialect it is taken for, the API's error is raised, with the body at hand."""
    response = httpx.Response(404, headers=JSON, content=body)
    error = received(response, Contract(Catalog([]), dialect=dialect))
    assert (NotFound, 404) == (type(error), error.status)
    assert response is error.response
    assert 404 == errata.read(RawResponse(404, JSON, body), dialect).problem.status


def test_22_the_code_of_a_problem_is_no_status() -> None:
    """A problem document has the text it says, and no code made of its status."""
    error = received(httpx.Response(404, headers=JSON, content=BOTOCORE[-1]))
    assert (None, "No such bed") == (error.code, error.problem.text)


def test_23_openapi_describes_what_is_sent() -> None:
    """The answer to a wrong request is described in the contract's media type, and the stock schema is gone."""
    app = fastapi_app.make_app(CONTRACTS["plain"])
    described = json.dumps(app.openapi())
    responses = app.openapi()["paths"]["/orders"]["post"]["responses"]
    assert "HTTPValidationError" not in described
    wrong = responses["422"]
    wrong = app.openapi()["components"]["responses"][wrong["$ref"].rpartition("/")[2]] if "$ref" in wrong else wrong
    assert ["application/problem+json"] == list(wrong["content"])


@pytest.mark.parametrize("make_app", [fastapi_app.make_app, litestar_app.make_app], ids=["fastapi", "litestar"])
def test_24_head_has_no_body_and_browsers_get_a_page(make_app: Any) -> None:
    """HEAD is answered without a body by the application itself; who wants HTML gets HTML where it is offered."""
    assert b"" == drive_asgi(make_app(CONTRACTS["plain"]), Call("HEAD", "/nothing")).body
    page = drive_asgi(make_app(CONTRACTS["lenient"]), Call("GET", "/fail/closed", {"accept": "text/html"}))
    assert page.body.lower().startswith(b"<!doctype html")
