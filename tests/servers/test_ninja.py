"""What Django Ninja does that could go wrong: where violations are, its own handlers, its test client, its router."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Annotated, Any, Final

import pytest

from tests.servers.apps.django_settings import MIDDLEWARE, asgi_app, urlconf, wsgi_app  # isort: skip  # goes first

import fastapi as fastapi_package
from django.core.handlers import exception
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from ninja import Cookie, File, Form, Header, NinjaAPI, Path, Query, Router, Schema, Status, UploadedFile
from ninja.errors import AuthorizationError, HttpError, ValidationError
from ninja.parser import Parser
from ninja.security import APIKeyCookie
from ninja.testing import TestClient
from ninja.throttling import AnonRateThrottle
from pydantic import BaseModel, field_validator

import errata
from errata import Contract
from errata.servers import fastapi, ninja
from errata.testing import Call, check_server, drive_asgi, drive_wsgi
from tests.servers import django_worlds
from tests.servers.apps.asgi import Order
from tests.servers.apps.ninja import make_app, make_async_app
from tests.servers.django_worlds import App, ask, listening, rows, said
from tests.servers.worlds import (
    FAILURE,
    FORBIDDEN,
    NOT_FOUND,
    TEXT_OF_A_BUG,
    TRACE,
    CaseClosed,
    members,
    plain,
    raise_bug,
)

table = django_worlds.table

BARE: Final = dict.fromkeys(
    ["a refusal in the framework's own way", "a challenge in the framework's own way"],
    "exceptions of the framework carry no header fields",
)
JSON: Final = {"content_type": "application/json"}
UNREADABLE: Final = {
    "title": "Bad Request", "status": 400, "detail": "The request body cannot be read.", "traceId": TRACE
}  # fmt: skip
_numbers = count()


def test_ninja_passes() -> None:
    """Errors of an API leave as the kit says."""
    check_server(make_app, drive_wsgi, without=BARE)


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # Django's, when a response breaks off
def test_ninja_passes_in_an_event_loop() -> None:
    """Errors of an API with coroutines for operations leave as the kit says."""
    check_server(make_async_app, drive_asgi, without=BARE)


def new_api(**options: Any) -> NinjaAPI:
    """Return an API under a name of its own."""
    return NinjaAPI(urls_namespace=f"test-{next(_numbers)}", **options)


def served(api: NinjaAPI, **settings: Any) -> App:
    """Return a site with an API, errata's middleware first."""
    layers = {"MIDDLEWARE": [MIDDLEWARE], "ERRATA_CONTRACT": plain, **settings}
    return wsgi_app(ROOT_URLCONF=urlconf(path("", api.urls)), **layers)


def app_of(operation: Callable[..., Any], contract: Contract = plain, **settings: Any) -> App:
    """Return a site with an API of one operation, for every method."""
    api = new_api()
    api.api_operation(["GET", "POST"], "/x")(operation)
    return served(ninja.install(api, contract), **settings)


def raising(error: Exception) -> Callable[[HttpRequest], None]:
    """Return an operation that raises an error."""

    def operation(request: HttpRequest) -> None:
        raise error

    return operation


def bug(request: HttpRequest) -> None:
    """Fail as a bug does."""
    raise_bug()


# ---- the framework's exceptions ----

MEANINGS: Final[Mapping[str, tuple[Exception, Mapping[str, Any]]]] = {
    "a text": (HttpError(409, "Too late."), {"title": "Conflict", "status": 409, "detail": "Too late."}),
    "the usual text": (AuthorizationError(), {"title": "Forbidden", "status": 403}),
    "a status of nobody's": (HttpError(523, "Far."), {"title": "Server Error", "status": 523, "detail": "Far."}),
    "of Django": (Http404(TEXT_OF_A_BUG), {"title": "Not Found", "status": 404}),
    "of the contract": (CaseClosed(days=3), {name: each for name, each in FORBIDDEN.items() if name != "traceId"}),
}  # fmt: skip


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(("error", "expected"), MEANINGS.values(), ids=MEANINGS)
def test_exceptions_mean_standard_classes(error: Exception, expected: Mapping[str, Any], debug: bool) -> None:
    """Own texts stay, usual ones say no more than the status, and those of Django are not told."""
    sent = ask(app_of(raising(error), DEBUG=debug), "/x")
    told = members(sent.body)
    assert TRACE == told.pop("traceId")
    assert (expected["status"], expected) == (sent.status, told)


def test_the_nearest_class_counts() -> None:
    """A contract's meaning of one exception of the framework goes first, one of all exceptions last."""
    own = plain.replace(exceptions={AuthorizationError: errata.Gone, Exception: errata.DataLoss})
    assert 410 == ask(app_of(raising(AuthorizationError()), own), "/x").status
    assert 409 == ask(app_of(raising(HttpError(409, "")), own), "/x").status


@pytest.mark.parametrize("debug", [False, True])
def test_bugs_say_nothing(debug: bool) -> None:
    """A bug is told to those who watch, and answered with nothing but the trace id, in debug mode too."""
    with listening() as heard:
        sent = ask(app_of(bug, DEBUG=debug), "/x")
    assert (500, FAILURE) == said(sent)
    assert [RuntimeError] == heard


def test_responses_that_break_their_model_are_bugs() -> None:
    """What an operation returns against its own declaration is the server's fault, and none of it is told."""
    api = new_api()

    @api.get("/x", response=Order)
    def operation(request: HttpRequest) -> dict[str, Any]:
        return {"sku": "hunter2", "amount": "hunter2"}

    sent = ask(served(ninja.install(api, plain)), "/x")
    assert (500, FAILURE) == said(sent)


def test_refusals_on_purpose_stay() -> None:
    """What an operation returns with a status of its own is sent as it says."""
    api = new_api()

    @api.get("/x", response={404: dict[str, bool]})
    def operation(request: HttpRequest) -> Any:
        return Status(404, {"mine": True})

    assert (404, {"mine": True}) == said(ask(served(ninja.install(api, plain)), "/x"))


def test_unknown_addresses_and_wrong_methods() -> None:
    """What the framework leaves to Django's pages is answered in the contract by the middleware, with `Allow`."""
    api = new_api()
    api.post("/x")(bug)
    app = served(ninja.install(api, plain))
    assert (404, NOT_FOUND) == said(ask(app, "/nothing"))
    sent = ask(app, "/x")
    assert (405, {"title": "Method Not Allowed", "status": 405, "traceId": TRACE}) == said(sent)
    assert "POST" == sent.headers["allow"]


class Key(APIKeyCookie):
    """Takes any key in a cookie."""

    def authenticate(self, request: HttpRequest, key: str | None) -> str | None:
        """Return the key."""
        return key


def test_csrf_of_cookies() -> None:
    """A request that is let in by a cookie and fails the framework's CSRF check is refused in the contract."""
    api = new_api(auth=Key())
    api.post("/x")(bug)
    sent = ask(served(ninja.install(api, plain)), "/x", "POST")
    assert (403, "CSRF check Failed") == (sent.status, members(sent.body)["detail"])


def test_nobody_is_let_in() -> None:
    """Who is unknown is challenged with what the contract says."""
    api = new_api(auth=Key(csrf=False))
    api.get("/x")(bug)
    sent = ask(served(ninja.install(api, plain.replace(challenge="Session"))), "/x")
    assert (401, {"title": "Unauthorized", "status": 401, "traceId": TRACE}) == said(sent)
    assert "Session" == sent.headers["www-authenticate"]


def test_throttled_requests_are_told_when() -> None:
    """Who asks too often is told how long to wait, in the header field."""
    api = new_api(throttle=[AnonRateThrottle("1/h")])
    api.get("/x")(lambda request: "")
    app = served(ninja.install(api, plain))
    assert 200 == ask(app, "/x").status
    sent = ask(app, "/x")
    assert (429, {"title": "Too Many Requests", "status": 429, "traceId": TRACE}) == said(sent)
    assert 3590 < int(sent.headers["retry-after"]) <= 3600


# ---- validation ----


class Filters(BaseModel):
    """A query as a model."""

    page: int = 1
    tags: list[int] = []


class Named(Schema):
    """Has a check of its own."""

    name: str

    @field_validator("name")
    @classmethod
    def refuse(cls, name: str) -> str:
        """Refuse all names."""
        raise ValueError(f"{name} is taken" if "secret" in name else "is taken")


def one_body(request: HttpRequest, payload: Order) -> None:
    """Take one body."""


def fast_one_body(payload: Order) -> None:
    """Take one body."""


def two_bodies(request: HttpRequest, order: Order, named: Named) -> None:
    """Take a body with two members."""


def fast_two_bodies(order: Order, named: Named) -> None:
    """Take a body with two members."""


def list_body(request: HttpRequest, payload: list[Order]) -> None:
    """Take a list."""


def fast_list_body(payload: list[Order]) -> None:
    """Take a list."""


def query_model(request: HttpRequest, filters: Query[Filters]) -> None:
    """Take a query as a model."""


def fast_query_model(filters: Annotated[Filters, fastapi_package.Query()]) -> None:
    """Take a query as a model."""


def query(request: HttpRequest, page: int, size: int = 10) -> None:
    """Take two parameters of the query."""


def fast_query(page: int, size: int = 10) -> None:
    """Take two parameters of the query."""


def form_model(request: HttpRequest, filters: Form[Filters]) -> None:
    """Take a form as a model."""


def fast_form_model(filters: Annotated[Filters, fastapi_package.Form()]) -> None:
    """Take a form as a model."""


def cookie(request: HttpRequest, limit: Cookie[int]) -> None:
    """Take a cookie."""


def fast_cookie(limit: Annotated[int, fastapi_package.Cookie()]) -> None:
    """Take a cookie."""


def header(request: HttpRequest, x_limit: Header[int]) -> None:
    """Take a header field."""


def fast_header(x_limit: Annotated[int, fastapi_package.Header()]) -> None:
    """Take a header field."""


def a_post(body: bytes, media_type: str = "application/json") -> Call:
    """Return a request with a body."""
    return Call("POST", "/x", {"content-type": media_type}, body)


FORM: Final = "application/x-www-form-urlencoded"
PAIRS: Final = {
    "a member": (one_body, fast_one_body, a_post(b'{"sku":1,"amount":0}')),
    "a nested member": (one_body, fast_one_body, a_post(b'{"sku":"a","amount":1,"lines":[{"price":1},{"price":"b"}]}')),
    "no body": (one_body, fast_one_body, Call("POST", "/x")),
    "a body of another kind": (one_body, fast_one_body, a_post(b"[]")),
    "two bodies": (two_bodies, fast_two_bodies, a_post(b'{"order":{"sku":"a"},"named":{}}')),
    "an own check": (two_bodies, fast_two_bodies, a_post(b'{"order":{"sku":"a","amount":1},"named":{"name":"mary"}}')),
    "an echo": (two_bodies, fast_two_bodies, a_post(b'{"order":{"sku":"a","amount":1},"named":{"name":"secret-7"}}')),
    "a list": (list_body, fast_list_body, a_post(b'[{"sku":"a","amount":1},{"sku":"b"}]')),
    "a model in the query": (query_model, fast_query_model, Call("GET", "/x?page=a&tags=1&tags=b")),
    "the query": (query, fast_query, Call("GET", "/x?size=b")),
    "a model in a form": (form_model, fast_form_model, a_post(b"page=a&tags=1&tags=b", FORM)),
    "a cookie": (cookie, fast_cookie, Call("GET", "/x", {"cookie": "limit=many"})),
    "a header field": (header, fast_header, Call("GET", "/x", {"x-limit": "many"})),
    "no JSON": (one_body, fast_one_body, a_post(b"{")),
    "another media type": (one_body, fast_one_body, a_post(b"<order/>", "text/xml")),
}


@pytest.mark.parametrize(("by_ninja", "by_fastapi", "call"), PAIRS.values(), ids=PAIRS)
def test_violations_are_those_of_fastapi(by_ninja: Any, by_fastapi: Any, call: Call) -> None:
    """The same fault in the same request is answered with the same bytes as by FastAPI."""
    other = fastapi_package.FastAPI()
    other.api_route("/x", methods=["GET", "POST"])(by_fastapi)
    expected = drive_asgi(fastapi.install(other, plain), call)
    sent = drive_wsgi(app_of(by_ninja), call)
    assert (expected.status, expected.body) == (sent.status, sent.body)
    assert expected.status in {400, 415, 422}
    assert b"secret-7" not in sent.body


def test_path_parameters() -> None:
    """A part of the path is named in the path."""
    api = new_api()

    @api.get("/items/{number}")
    def operation(request: HttpRequest, number: Path[int]) -> None: ...

    told = members(ask(served(ninja.install(api, plain)), "/items/a").body)["errors"]
    assert [("path", "number")] == [(each["location"], each["parameter"]) for each in told]


def test_files_are_in_the_body() -> None:
    """A missing file is a violation in the body."""

    def operation(request: HttpRequest, photo: File[UploadedFile]) -> None:
        """Take a file."""

    multipart = "multipart/form-data; boundary=x"
    sent = ask(app_of(operation), "/x", "POST", b"--x--\r\n", content_type=multipart)
    told = members(sent.body)["errors"]
    assert (422, "body", "required") == (sent.status, told[0]["location"], told[0]["code"])


def test_violations_that_an_operation_raises() -> None:
    """Violations that an operation finds by itself are told from the list that it gives."""
    found = {"type": "missing", "loc": ("body", "payload", "sku"), "msg": "Field required"}
    sent = ask(app_of(raising(ValidationError([found]))), "/x")
    expected = {"detail": "is required", "pointer": "#/payload/sku", "location": "body", "code": "required"}
    assert (422, [expected]) == (sent.status, members(sent.body)["errors"])


# ---- bodies ----


def test_bodies_without_a_media_type() -> None:
    """A body that is not declared is taken for JSON, as the framework does, and so is what says it is a kind of it."""
    app = app_of(one_body)
    assert (400, UNREADABLE) == said(ask(app, "/x", "POST", b"{"))
    assert (400, UNREADABLE) == said(ask(app, "/x", "POST", b"{", content_type="application/order+json"))
    assert 200 == ask(app, "/x", "POST", b'{"sku":"a","amount":1}', content_type="text/plain").status


class OtherParser(Parser):
    """Reads something else than JSON."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Give up."""
        raise LookupError(TEXT_OF_A_BUG)


def test_own_parsers_know_their_media_types() -> None:
    """Where the API has a parser of its own, what that cannot read is malformed, whatever it is declared to be."""
    api = new_api(parser=OtherParser())
    api.post("/x")(one_body)
    for debug in (False, True):
        sent = ask(served(ninja.install(api, plain), DEBUG=debug), "/x", "POST", b"-", content_type="application/yaml")
        assert (400, UNREADABLE) == said(sent)


# ---- which handler answers ----


def own_handler(request: HttpRequest, exc: Any) -> HttpResponse:
    """Answer in a project's own way."""
    return HttpResponse("own", status=418)


class OutOfStockError(HttpError):
    """A project's own."""


@pytest.mark.parametrize("cls", [HttpError, OutOfStockError])
@pytest.mark.parametrize("first", [True, False])
def test_own_handlers_go_first(cls: type[Exception], first: bool) -> None:
    """A handler of the API for a class stays, registered before or after."""
    api = new_api()
    api.get("/x")(raising(OutOfStockError(409, "")))
    if first:
        api.add_exception_handler(cls, own_handler)
    ninja.install(api, plain)
    if not first:
        api.add_exception_handler(cls, own_handler)
    assert 418 == ask(served(api), "/x").status


def test_own_handlers_of_validation_see_what_they_saw() -> None:
    """A project's own handler of validation gets the framework's list as it was."""
    api, seen = new_api(), list[Any]()
    api.post("/x")(one_body)
    ninja.install(api, plain)

    @api.exception_handler(ValidationError)
    def handler(request: HttpRequest, exc: ValidationError) -> HttpResponse:
        seen.extend(exc.errors)
        return HttpResponse(status=418)

    ask(served(api), "/x", "POST", b"{}", **JSON)
    assert [("body", "payload", "sku"), ("body", "payload", "amount")] == [each["loc"] for each in seen]


def test_the_last_contract_counts() -> None:
    """Installing twice is as installing the second one alone."""
    api = new_api()
    api.post("/x")(one_body)
    own = plain.replace(fallbacks={errata.ValidationFailed: errata.Gone})
    ninja.install(ninja.install(api, own), plain)
    assert 422 == ask(served(api), "/x", "POST", b"{}", **JSON).status
    assert 410 == ask(served(ninja.install(api, own)), "/x", "POST", b"{}", **JSON).status


def test_each_api_has_its_contract() -> None:
    """Two APIs of a site answer in two contracts, bugs included; the middleware's is for the rest."""
    apis = [new_api(), new_api()]
    for api, cls in zip(apis, (errata.Gone, errata.Locked), strict=True):
        api.get("/bug")(bug)
        api.get("/gone")(raising(HttpError(404, "")))
        ninja.install(api, plain.replace(fallbacks={errata.Error: cls}))
    urls = urlconf(path("1/", apis[0].urls), path("2/", apis[1].urls))
    app = wsgi_app(ROOT_URLCONF=urls, MIDDLEWARE=[MIDDLEWARE], ERRATA_CONTRACT=plain)
    sent = [ask(app, address).status for address in ("/1/bug", "/1/gone", "/2/bug", "/2/gone", "/bug")]
    assert [410, 410, 423, 423, 404] == sent


def test_operations_need_no_middleware(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that happens inside of operations is answered without it, bugs included."""
    wrapped = exception.response_for_exception
    monkeypatch.setattr(exception, "response_for_exception", getattr(wrapped, "__wrapped__", wrapped))
    for operation, status in ((bug, 500), (raising(CaseClosed(days=3)), 403)):
        sent = ask(app_of(operation, MIDDLEWARE=[]), "/x")
        assert (status, TRACE) == (sent.status, members(sent.body)["traceId"])


def test_the_frameworks_test_client() -> None:
    """The framework's own test client gets the answers, and bugs raised."""
    api = new_api()
    api.post("/x")(one_body)
    api.get("/bug")(bug)
    api.get("/closed")(raising(CaseClosed(days=3)))
    client = TestClient(ninja.install(api, plain))
    assert FORBIDDEN == client.get("/closed").json()
    assert 422 == client.post("/x", json={}).status_code
    with pytest.raises(RuntimeError, match="hunter2"):
        client.get("/bug")


def test_routers_belong_to_the_api() -> None:
    """Errors below a router, asynchronous ones beside others, leave in the contract of the API."""
    router = Router()

    @router.get("/x")
    async def operation(request: HttpRequest) -> None:
        raise_bug()

    @router.post("/x")
    def closed(request: HttpRequest) -> None:
        raise CaseClosed(days=3)

    api = new_api()
    api.add_router("/below", router)
    ninja.install(api, plain)
    assert (500, FAILURE) == said(ask(served(api), "/below/x"))
    app = asgi_app(ROOT_URLCONF=urlconf(path("", api.urls)), MIDDLEWARE=[MIDDLEWARE], ERRATA_CONTRACT=plain)
    assert (500, FAILURE) == said(drive_asgi(app, Call("GET", "/below/x")))
    assert (403, FORBIDDEN) == said(drive_asgi(app, Call("POST", "/below/x")))


@pytest.mark.parametrize("error", [HttpError(409, ""), CaseClosed(days=3), ValueError(), Http404()])
def test_transactions_are_rolled_back(table: str, error: Exception) -> None:
    """What a request did before an error is undone, though the framework makes a response of it early."""

    def operation(request: HttpRequest) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {table} VALUES (1)")  # noqa: S608 - a name of our own
        raise error

    assert ask(app_of(operation), "/x").status >= 400
    assert 0 == rows(table)
