"""FastAPI: validation, bodies of all media types, dependencies and response models."""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import pytest
from fastapi import (
    APIRouter,
    Body,
    Cookie,
    Depends,
    FastAPI,
    File,
    Form,
    Header,
    HTTPException,
    Path,
    Query,
    UploadFile,
)
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse
from pydantic import AnyUrl, BaseModel, ConfigDict, Field, Json, field_validator, model_validator
from pydantic_core import PydanticCustomError
from starlette.requests import Request

import errata
from errata.contracts import usta
from errata.servers.fastapi import from_validation, install
from tests.servers.wire import App, Exchange, call
from tests.servers.worlds import TEXT_OF_A_BUG, TRACE, CaseClosed, members, plain, raise_bug

SECRET: Final = "hunter2-Tr0ub4dor"


class Item(BaseModel):
    """An order line."""

    sku: str
    count: int = Field(gt=0)


class Order(BaseModel):
    """A model with a model inside a list."""

    customer: str = Field(max_length=5)
    items: list[Item]


class Colour(Enum):
    """Two colours."""

    RED = "red"
    BLUE = "blue"


class Login(BaseModel):
    """A model whose checks are loose talkers."""

    user: str
    password: str

    @field_validator("password")
    @classmethod
    def _strong(cls, password: str) -> str:
        raise ValueError(f"{password!r} is a weak password")


class Shouting(BaseModel):
    """A check that repeats the input in other letters."""

    password: str

    @field_validator("password")
    @classmethod
    def _strong(cls, password: str) -> str:
        raise ValueError(f"{password.upper()} is weak")


class Repeated(BaseModel):
    """A check of the whole model."""

    first: str
    second: str
    number: int = 0

    @model_validator(mode="after")
    def _same(self) -> "Repeated":
        raise ValueError(f"{self.first} is not {self.second} ({self.number})")


class Sibling(BaseModel):
    """A check of one field that quotes another one."""

    password: str
    hint: str

    @field_validator("hint")
    @classmethod
    def _unlike(cls, hint: str, info: Any) -> str:
        raise AssertionError(f"must not be like {info.data['password']}")


class Custom(BaseModel):
    """A check with a text of its own making, which quotes a part of the input."""

    size: str

    @field_validator("size")
    @classmethod
    def _known(cls, size: str) -> str:
        raise PydanticCustomError("bad_unit", "no such unit: {unit}", {"unit": size.rpartition(" ")[2]})


class Innocent(BaseModel):
    """A check that gives nothing away."""

    size: str

    @field_validator("size")
    @classmethod
    def _known(cls, size: str) -> str:
        raise ValueError("must be {small} or {large}, 100 % sure")


class Cat(BaseModel):
    """A pet."""

    kind: Literal["cat"]


class Dog(BaseModel):
    """Another pet."""

    kind: Literal["dog"]


class Owner(BaseModel):
    """A model with a tagged union."""

    pet: Annotated[Cat | Dog, Field(discriminator="kind")]


class Strict(BaseModel):
    """A model that takes nothing else."""

    model_config = ConfigDict(extra="forbid")
    a: int


class Everything(BaseModel):
    """One member for each check."""

    text: str | None = None
    short: Annotated[str, Field(min_length=3)] = "abc"
    form: Annotated[str, Field(pattern="^a+$")] = "a"
    few: Annotated[list[int], Field(max_length=1)] = []
    some: Annotated[list[int], Field(min_length=1)] = [1]
    at_least: Annotated[int, Field(ge=1)] = 1
    below: Annotated[float, Field(lt=10)] = 1
    at_most: Annotated[int, Field(le=10)] = 1
    step: Annotated[int, Field(multiple_of=5)] = 5
    colour: Colour = Colour.RED
    either: Literal["a", "b"] = "a"
    flag: bool = True
    number: float = 1
    money: Decimal = Decimal(1)
    cents: Annotated[Decimal, Field(decimal_places=2)] = Decimal(1)
    words: list[str] = []
    names: dict[str, int] = {}
    inner: Item | None = None
    day: date | None = None
    moment: datetime | None = None
    wait: timedelta | None = None
    uuid: UUID | None = None
    url: AnyUrl | None = None
    parsed: Json[int] | None = None
    pair: tuple[int, int] | None = None
    raw: bytes | None = None


def application() -> Any:
    """Return an application with an endpoint for each way to go wrong."""
    app = FastAPI()

    def taking(path: str, annotation: Any) -> None:
        async def endpoint(given: Any) -> str:
            return repr(given)

        endpoint.__annotations__["given"] = annotation
        app.post(path)(endpoint)

    for model in (Order, Login, Shouting, Repeated, Sibling, Custom, Innocent, Owner, Strict, Everything):
        taking(f"/{model.__name__.lower()}", model)
    taking("/list", list[int])
    taking("/raw", Annotated[bytes, Body()])
    taking("/map", dict[int, int])

    @app.post("/two")
    async def two(a: Annotated[int, Body()], b: Annotated[int, Body()]) -> int:
        return a + b

    @app.post("/optional")
    async def optional(order: Order | None = None) -> str:
        return repr(order)

    @app.post("/form")
    async def form(a: Annotated[int, Form()], b: Annotated[str, Form()] = "") -> int:
        return a

    @app.post("/file")
    async def file(a: Annotated[UploadFile, File()]) -> str:
        return a.filename or ""

    @app.get("/places/{path_}")
    async def places(
        path_: Annotated[int, Path()],
        query: Annotated[int, Query()],
        header: Annotated[int, Header()],
        cookie: Annotated[int, Cookie()],
        parsed: Annotated[Json[int], Query()],
    ) -> int:
        return path_

    return app


contract: Final = plain.replace(name="fastapi")
APP: Final[App] = install(application(), contract)


def post(path: str, body: bytes | str, media_type: str | None = "application/json", app: App = APP) -> Exchange:
    """Send a body to an endpoint."""
    fields = {} if media_type is None else {"content-type": media_type}
    return call(app, path, method="POST", headers=fields, body=body.encode() if isinstance(body, str) else body)


def faults(sent: Exchange) -> list[tuple[Any, ...]]:
    """Return the violations of an answer: place, check and text."""
    got = members(sent.body)
    assert 422 == sent.status
    assert {"title", "status", "detail", "traceId", "errors"} == got.keys()
    return [(e.get("pointer", e.get("parameter")), e.get("location"), e["code"], e["detail"]) for e in got["errors"]]


# ---- what is a violation, and where ----


def test_two_faults_and_a_nested_one() -> None:
    """Each fault is a violation with its place, its check and a text that never changes."""
    sent = post("/order", '{"customer": "too long", "items": [{"sku": "a", "count": 1}, {"count": 0}]}')
    assert {
        "title": "Unprocessable Content",
        "status": 422,
        "detail": "The request is not valid.",
        "traceId": TRACE,
        "errors": [
            {
                "detail": "must be 5 or fewer characters", "pointer": "#/customer", "location": "body",
                "code": "max_length",
            },
            {"detail": "is required", "pointer": "#/items/1/sku", "location": "body", "code": "required"},
            {"detail": "must be greater than 0", "pointer": "#/items/1/count", "location": "body", "code": "min"},
        ],
    } == members(sent.body)  # fmt: skip


def test_all_parts_of_a_request_are_places() -> None:
    """Path, query, header and cookie are named as such; JSON inside a parameter is a fault of the parameter."""
    sent = call(APP, "/places/x?query=x&parsed=x", headers={"header": "x", "cookie": "cookie=x"})
    integer = ("type", "must be an integer")
    assert [
        ("path_", "path", *integer),
        ("query", "query", *integer),
        ("parsed", "query", "format", "must be JSON"),
        ("header", "header", *integer),
        ("cookie", "cookie", *integer),
    ] == faults(sent)


CHECKS: Final[Mapping[str, tuple[Any, str, str]]] = {
    "text": (7, "type", "must be text"),
    "short": ("a", "min_length", "must be 3 or more characters"),
    "form": ("b", "pattern", "does not have the right form"),
    "few": ([1, 2], "max_length", "must have 1 or fewer items"),
    "some": ([], "min_length", "must have 1 or more items"),
    "at_least": (0, "min", "must be 1 or more"),
    "below": (10, "max", "must be less than 10"),
    "at_most": (11, "max", "must be 10 or less"),
    "step": (3, "multiple", "must be a multiple of 5"),
    "colour": ("green", "enum", "must be 'red' or 'blue'"),
    "either": ("c", "enum", "must be 'a' or 'b'"),
    "flag": ("maybe", "type", "must be true or false"),
    "number": ("x", "type", "must be a number"),
    "money": ("x", "type", "must be a number"),
    "cents": ("0.001", "max_digits", "must have 2 or fewer digits after the point"),
    "words": ("x", "type", "must be a list"),
    "names": ([], "type", "must be an object"),
    "inner": ("x", "type", "must be an object"),
    "day": ("x", "format", "must be a date"),
    "moment": ("x", "format", "must be a date and time"),
    "wait": ("x", "format", "must be a duration"),
    "uuid": ("x", "format", "must be a UUID"),
    "url": ("x", "format", "must be a URL"),
    "parsed": ("x", "format", "must be JSON"),
    "pair": (7, "type", "must be a list"),
    "raw": (7, "type", "must be text"),
}


@pytest.mark.parametrize(("member", "row"), CHECKS.items(), ids=CHECKS)
def test_checks_have_names_and_texts_of_their_own(member: str, row: tuple[Any, str, str]) -> None:
    """Names and texts are the contract's, whatever the version of pydantic calls them."""
    import json

    value, code, text = row
    assert [(f"#/{member}", "body", code, text)] == faults(post("/everything", json.dumps({member: value})))


def test_unknown_members_are_named() -> None:
    """A member too many is a fault at its own place."""
    assert [("#/b", "body", "unknown", "is not known")] == faults(post("/strict", '{"a": 1, "b": 2}'))


def test_own_texts_are_kept_when_they_give_nothing_away() -> None:
    """The text of a check that the application wrote is shown as it is, braces and all."""
    expected = [("#/size", "body", "invalid", "must be {small} or {large}, 100 % sure")]
    assert expected == faults(post("/innocent", '{"size": "medium"}'))


def test_a_flood_of_faults_is_cut() -> None:
    """Of a thousand faults nobody mends more; the answer stays of a size that can be sent."""
    assert 1000 == len(faults(post("/list", "[" + ",".join(['"x"'] * 1500) + "]")))


# ---- what is never echoed ----

ECHOES: Final = {
    "a field": ("/order", f'{{"customer": "{SECRET}", "items": []}}'),
    "a missing field's parent": ("/order", f'{{"note": "{SECRET}", "items": [{{"secret": "{SECRET}"}}]}}'),
    "a custom check": ("/login", f'{{"user": "a", "password": "{SECRET}"}}'),
    "a custom check in capitals": ("/shouting", f'{{"password": "{SECRET}"}}'),
    "a check of the model": ("/repeated", f'{{"first": "{SECRET}", "second": "other"}}'),
    "a number": ("/repeated", '{"first": "x", "second": "y", "number": 7271}'),
    "a check that quotes another field": ("/sibling", f'{{"password": "{SECRET}", "hint": "x"}}'),
    "a part of the input": ("/custom", f'{{"size": "12 {SECRET}"}}'),
    "a tag": ("/owner", f'{{"pet": {{"kind": "{SECRET}"}}}}'),
    "a whole body": ("/order", f'"{SECRET}"'),
    "a wrong list": ("/list", f'["{SECRET}"]'),
    "a bad key": ("/map", f'{{"1": "{SECRET}"}}'),
    "broken JSON": ("/order", f'{{"customer": "{SECRET}"'),
    "a JSON text inside": ("/everything", f'{{"parsed": "{SECRET}"}}'),
    "a date": ("/everything", f'{{"day": "{SECRET}", "url": "{SECRET}", "uuid": "{SECRET}"}}'),
}


@pytest.mark.parametrize(("path", "body"), ECHOES.values(), ids=ECHOES)
def test_input_is_never_echoed(path: str, body: str) -> None:
    """No byte of what was sent comes back, whatever the check wanted to say about it."""
    sent = post(path, body)
    assert sent.status in (400, 422)
    for secret in (SECRET, SECRET.upper(), "hunter2", "7271"):
        assert secret.encode() not in sent.everything


@pytest.mark.parametrize("place", ["query", "header", "cookie"])
def test_parameters_are_never_echoed(place: str) -> None:
    """The same holds outside of the body."""
    fields = {"header": {"header": SECRET}, "cookie": {"cookie": f"cookie={SECRET}"}}.get(place, {})
    sent = call(APP, f"/places/1?query={SECRET if place == 'query' else 1}", headers=fields)
    assert (422, False) == (sent.status, SECRET.encode() in sent.everything)


# ---- bodies that are not read ----

JSON_ERRORS: Final = ["{", "hunter2", "[1,]", "{'a': 1}", b'{"a": "\xff"}', b"\x00", "[" * 100_000]


@pytest.mark.parametrize("body", JSON_ERRORS, ids=lambda body: repr(body[:10]))
def test_what_is_no_json_is_malformed(body: bytes | str) -> None:
    """400, as everywhere but in FastAPI, and one answer for all of them."""
    sent = post("/order", body)
    expected = {"title": "Bad Request", "status": 400, "detail": "The request body cannot be read.", "traceId": TRACE}
    assert (400, expected) == (sent.status, members(sent.body))


def test_malformed_bodies_can_be_failed_validations() -> None:
    """Who wants FastAPI's 422 back names the class that stands for a malformed body."""
    app = install(application(), contract.replace(fallbacks={errata.MalformedBody: errata.ValidationFailed}))
    for body in ("{", b'"\xff"'):
        sent = post("/order", body, app=app)
        assert (422, 422) == (sent.status, members(sent.body)["status"])
    assert 422 == post("/order", "{}", app=app).status


ORDER: Final = '{"customer": "a", "items": []}'
PART: Final = '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n'
MEDIA_TYPES: Final[list[tuple[str, str, str | None, int]]] = [
    ("/order", ORDER, "application/json", 200),
    ("/order", ORDER, "application/json; charset=utf-8", 200),
    ("/order", ORDER, "Application/JSON", 200),
    ("/order", ORDER, "application/vnd.shop+json", 200),
    ("/order", ORDER, "text/plain", 415),
    ("/order", ORDER, "application/xml", 415),
    ("/order", ORDER, "application/x-www-form-urlencoded", 415),
    ("/order", ORDER, "nonsense", 415),
    ("/order", ORDER, None, 415),
    ("/order", "", "application/json", 422),
    ("/order", "", "text/plain", 422),
    ("/order", "", None, 422),
    ("/two", '{"a": 1, "b": 2}', "text/plain", 415),
    ("/two", '{"a": 1, "b": 2}', None, 415),
    ("/two", '{"a": 1}', "application/json", 422),
    ("/two", "", None, 422),
    ("/optional", "", None, 200),
    ("/optional", ORDER, "text/plain", 415),
    ("/raw", "bytes", "application/octet-stream", 200),
    ("/form", "a=1", "application/x-www-form-urlencoded", 200),
    ("/form", "a=1", "application/x-www-form-urlencoded; charset=utf-8", 200),
    ("/form", "a=x", "application/x-www-form-urlencoded", 422),
    ("/form", "b=1", "application/x-www-form-urlencoded", 422),
    ("/form", "", "application/x-www-form-urlencoded", 422),
    ("/form", "", None, 422),
    ("/form", '{"a": 1}', "application/json", 415),
    ("/form", "a=1", "text/plain", 415),
    ("/form", "a=1", None, 422),
    ("/form", "a=1", "multipart/form-data", 400),
    ("/form", PART, "multipart/form-data; boundary=b", 200),
    ("/file", "x", "application/json", 415),
    ("/file", "a=1", "application/x-www-form-urlencoded", 422),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body", "media_type", "status"), MEDIA_TYPES)
def test_media_types_that_are_not_read_are_415(path: str, body: str, media_type: str | None, status: int) -> None:
    """A body of another media type, or of none, is unsupported; no body at all is a missing one."""
    sent = post(path, body, media_type)
    assert status == sent.status
    if status == 415:
        assert {"title": "Unsupported Media Type", "status": 415, "traceId": TRACE} == members(sent.body)


# ---- faults that are no input's ----


@pytest.mark.parametrize(
    "raised",
    [
        [],
        ["a text"],
        [{}],
        [{"loc": []}],
        [{"loc": ["x"], "type": 7, "msg": None}],
        [{"loc": "body", "type": "missing"}],
    ],
)
def test_odd_validation_errors_are_validation_errors(raised: list[Any]) -> None:
    """Errors that the application makes by hand may lack anything; they are failed validations all the same."""
    app = FastAPI()

    @app.get("/")
    async def fail() -> None:
        raise RequestValidationError(raised)

    assert 422 == call(install(app, contract), "/").status


def test_from_validation_takes_pydantics_own_errors() -> None:
    """Code that validates by itself gets the same violations."""
    with pytest.raises(ValueError, match="Order") as caught:
        Order.model_validate({"items": []})
    error = from_validation(RequestValidationError(caught.value.errors()), "application/json")  # type: ignore[attr-defined]
    assert [errata.Violation(path=("customer",), detail="is required", code="required")] == list(
        error.problem.violations
    )


class Held(BaseModel):
    """A model with a member of a class of the application's own."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    app: FastAPI


def test_texts_of_pydantic_itself_are_not_told() -> None:
    """They name classes and functions, which are nobody's business."""
    with pytest.raises(ValueError, match="instance of FastAPI") as caught:
        Held.model_validate({"app": 1})
    error = from_validation(RequestValidationError(caught.value.errors()), None)  # type: ignore[attr-defined]
    assert [errata.Violation(path=("app",), detail="is not valid", code="invalid")] == list(error.problem.violations)


class Answered(BaseModel):
    """What an endpoint promises."""

    number: int


def test_a_broken_promise_tells_nothing() -> None:
    """A response that breaks its model is a bug: neither the data nor the file and line of the endpoint leave."""
    app = FastAPI()

    @app.get("/", response_model=Answered)
    async def broken() -> dict[str, str]:
        return {"number": SECRET}

    sent = call(install(app, contract), "/")
    assert {"title": "Internal Server Error", "status": 500, "traceId": TRACE} == members(sent.body)
    assert not [leak for leak in (SECRET, __file__, "broken", "number", ".py") if leak.encode() in sent.everything]


def test_a_model_that_fails_inside_an_endpoint_is_a_bug() -> None:
    """What pydantic finds in the application's own data is no fault of the client."""
    app = FastAPI()

    @app.get("/")
    async def broken() -> None:
        Answered.model_validate({"number": SECRET})

    sent = call(install(app, contract), "/")
    assert (500, False) == (sent.status, SECRET.encode() in sent.everything)


# ---- dependencies ----


async def fails_before() -> AsyncIterator[int]:
    """Raise an own error before the endpoint."""
    raise CaseClosed(days=3)
    yield 1


async def translates() -> AsyncIterator[int]:
    """Turn what the endpoint raises into an own error."""
    try:
        yield 1
    except KeyError:
        raise CaseClosed(days=3) from None


def sync_fails_before() -> Iterator[int]:
    """Fail in a thread before the endpoint."""
    raise_bug()
    yield 1


async def fails_after() -> AsyncIterator[int]:
    """Fail after the endpoint."""
    yield 1
    raise_bug()


def with_dependency(dependency: Any, *, fail: bool = False) -> App:
    """Return an application whose one endpoint has a dependency, and may fail itself."""
    app = FastAPI()

    @app.get("/")
    async def endpoint(given: Annotated[int, dependency]) -> PlainTextResponse:
        if fail:
            raise KeyError(SECRET)
        return PlainTextResponse("done")

    return install(app, contract)


def test_errors_of_dependencies_are_errors_of_the_endpoint() -> None:
    """Before the endpoint, around it, in a thread: the contract answers."""
    assert 403 == call(with_dependency(Depends(fails_before)), "/").status
    assert 403 == call(with_dependency(Depends(translates), fail=True), "/").status
    sent = call(with_dependency(Depends(sync_fails_before)), "/")
    assert (500, False) == (sent.status, TEXT_OF_A_BUG.encode() in sent.everything)


def test_errors_of_a_dependency_before_the_response_are_answered() -> None:
    """A dependency that ends with the endpoint fails before the response has started."""
    sent = call(with_dependency(Depends(fails_after, scope="function")), "/")
    assert (500, {"title": "Internal Server Error", "status": 500, "traceId": TRACE}) == (
        sent.status,
        members(sent.body),
    )


def test_errors_of_a_dependency_after_the_response_are_not_answered() -> None:
    """A dependency that ends with the request fails too late: the response stays as it is."""
    sent = call(with_dependency(Depends(fails_after)), "/")
    assert (200, b"done") == (sent.status, sent.body)
    assert sent.raised is not None


# ---- what stays as it was ----


def test_routers_keep_their_prefixes() -> None:
    """An error below a router is answered as one of the application."""
    app, router = FastAPI(), APIRouter(prefix="/in")

    @router.get("/closed")
    async def closed() -> None:
        raise CaseClosed(days=3)

    app.include_router(router)
    assert 403 == call(install(app, contract), "/in/closed").status


def test_the_pages_of_the_schema_are_served() -> None:
    """The pages for people are as without a contract; the document itself has the contract's errors."""
    assert call(application(), "/docs").messages == call(APP, "/docs").messages
    assert 200 == call(APP, "/openapi.json").status


def test_sync_and_async_endpoints_answer_alike() -> None:
    """An error raised in a thread is the same error."""
    app = FastAPI()

    def fail(request: Request) -> None:
        raise HTTPException(409, "taken")

    async def fail_async(request: Request) -> None:
        raise HTTPException(409, "taken")

    app.get("/sync")(fail)
    app.get("/async")(fail_async)
    install(app, contract)
    assert call(app, "/sync").messages == call(app, "/async").messages


def test_a_founding_contract_says_it_in_its_own_words() -> None:
    """Validation, malformed bodies and media types have the codes of the contract."""
    app = install(application(), usta.contract)
    assert {
        "errors": [
            {"errorCode": 5000, "message": "validation error", "subject": "customer", "subjectType": "parameter"}
        ]
    } == members(post("/order", '{"items": []}', app=app).body)
    assert (400, 9002) == ((sent := post("/order", "{", app=app)).status, members(sent.body)["errors"][0]["errorCode"])
    assert 415 == post("/order", ORDER, "text/plain", app=app).status
