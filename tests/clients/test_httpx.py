"""What a client gets raised, whatever the server sends: with httpx and httpx2, sync and async."""

import asyncio
import copy
import gzip
import pickle
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from types import ModuleType
from typing import Any, Final

import httpx
import httpx2
import pytest
from fastapi import FastAPI

import errata
from errata import Catalog, Contract, Error, Problem, Signature
from errata.clients.httpx import raise_for_problem
from errata.contracts import axway, netmri, usta
from errata.servers.fastapi import install

LIBRARIES: Final = {"httpx": httpx, "httpx2": httpx2}
each_library = pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES)


class CaseClosed(Error, status=403, code="CASE_CLOSED", type="https://errors.example/case-closed"):
    """A type that server and client share."""

    detail = "The case has been closed for more than {days} days."
    days: int


class Busy(errata.Unavailable, code="BUSY"):
    """A type that may be tried again."""

    retry_after: float


shop: Final = Contract(Catalog([CaseClosed, Busy], name="shop"))


def answer(
    library: ModuleType, status: int, body: bytes = b"", media_type: str = "application/json", **fields: str
) -> Any:
    """Return a response as the library has it after a request over a transport."""
    headers = {"content-type": media_type} if media_type else {}
    headers |= {name.replace("_", "-"): value for name, value in fields.items()}
    transport = library.MockTransport(lambda _: library.Response(status, headers=headers, content=body))
    with library.Client(transport=transport) as client:
        return client.get("http://api.example/things/7")


def raised(response: Any, contract: Contract | None = None) -> Error:
    """Return the error that a response makes raise."""
    with pytest.raises(Error) as caught:
        raise_for_problem(response, contract)
    return caught.value


# ---- which class ----

PROBLEM: Final = "application/problem+json"
CLASSES: Final[dict[str, tuple[int, bytes, str, Contract | None, type[Error], str | None]]] = {
    "own, by code": (403, b'{"title":"x","status":403,"code":"CASE_CLOSED"}', PROBLEM, shop, CaseClosed, "CASE_CLOSED"),
    "own, by URI": (
        403, b'{"type":"https://errors.example/case-closed","title":"x","code":"CASE_CLOSED"}', PROBLEM, shop,
        CaseClosed, "CASE_CLOSED",
    ),
    "own, with another status": (410, b'{"title":"x","code":"CASE_CLOSED"}', PROBLEM, shop, CaseClosed, "CASE_CLOSED"),
    "a foreign URI that ends alike": (
        403, b'{"type":"https://other.example/case-closed","title":"x"}', PROBLEM, shop, errata.PermissionDenied, None,
    ),
    "usta, by code": (
        400, b'{"errors":[{"errorCode":200601,"message":"x"}]}', "application/json", usta.contract,
        usta.UsptaNumberNotUnique, "200601",
    ),
    "usta, by the parent code": (
        400, b'{"errors":[{"errorCode":200699,"message":"x"}]}', "application/json", usta.contract,
        usta.EntitySavingError, "200699",
    ),
    "usta, by status": (
        404, b'{"errors":[{"errorCode":8888,"message":"x"}]}', "application/json", usta.contract, errata.NotFound,
        "8888",
    ),
    "axway, by text": (
        403, b'{"code":"ACCESS_DENIED","message":"The case is already closed."}', "application/json", axway.contract,
        axway.CaseAlreadyClosed, "ACCESS_DENIED",
    ),
    "axway, by class": (
        403, b'{"code":"ACCESS_DENIED","message":"Anything"}', "application/json", axway.contract, axway.AccessDenied,
        "ACCESS_DENIED",
    ),
    "a foreign dialect under a contract": (
        404, b'{"errors":[{"errorCode":3001,"message":"x"}]}', "application/json", shop, errata.NotFound, "3001",
    ),
    "a foreign dialect": (
        404, b'{"errors":[{"errorCode":3001,"message":"x"}]}', "application/json", None, errata.NotFound, "3001",
    ),
    "status alone": (429, b"", "text/plain", None, errata.ResourceExhausted, None),
    "a status of a class": (418, b"", "text/plain", None, errata.InvalidArgument, None),
    "a status of nobody's": (599, b"", "text/plain", None, errata.InternalError, None),
    "a page of a proxy": (
        502, b"<html><head><title>502 Bad Gateway</title></head></html>", "text/html", usta.contract,
        errata.BadGateway, None,
    ),
}  # fmt: skip


@each_library
@pytest.mark.parametrize("row", CLASSES.values(), ids=CLASSES)
def test_the_nearest_class_is_raised(library: ModuleType, row: tuple[Any, ...]) -> None:
    """By code, by the code's parents, by status, by kind; the status is always that of the response."""
    status, body, media_type, contract, cls, code = row
    error = raised(answer(library, status, body, media_type), contract)
    assert (cls, status, code) == (type(error), error.status, error.code)


@each_library
@pytest.mark.parametrize("contract", [None, shop, usta.contract])
@pytest.mark.parametrize("status", [200, 201, 204, 206, 301, 304, 399])
def test_what_is_no_error_is_returned(library: ModuleType, status: int, contract: Contract | None) -> None:
    """Below 400 the same response comes back, whatever is in it."""
    body = b"" if status in (204, 304) else b'{"title":"x","status":500,"code":"CASE_CLOSED"}'
    response = answer(library, status, body, PROBLEM)
    assert response is raise_for_problem(response, contract)


FAILED: Final = b'{"success":false,"messages":["Name is too long"]}'


@each_library
def test_failures_inside_a_success_are_raised_where_the_contract_has_them(library: ModuleType) -> None:
    """A dialect that fails with 2xx is looked for in a 2xx; others are not, nor is anything else."""
    error = raised(answer(library, 200, FAILED), netmri.contract)
    assert (400, "general/validation-failed") == (error.status, error.code)
    assert "too long" in str(error)
    redirect = answer(library, 302, FAILED)
    assert redirect is raise_for_problem(redirect, netmri.contract)
    for contract, body in [
        (None, FAILED),
        (usta.contract, FAILED),
        (netmri.contract, b'{"success":true,"messages":["ok"]}'),
        (netmri.contract, b'{"errors":[{"errorCode":3001,"message":"x"}]}'),
        (netmri.contract, b"<html>hello</html>"),
        (netmri.contract, b""),
        (netmri.contract, b"\xff{"),
    ]:
        response = answer(library, 200, body)
        assert response is raise_for_problem(response, contract)


def test_a_dialect_of_ones_own_is_read() -> None:
    """A dialect that only the contract knows is understood, in place of a built-in one that looks alike."""
    from errata._dialect import Dialect, format_of

    mine = Dialect(
        name="mine",
        title="mine",
        source="here",
        read=lambda doc: Problem(status=doc.raw.status, code=doc.value["whoops"]),
        formats=(format_of("json", "application/json", lambda _: b"{}"),),
        signatures=(Signature(members={"whoops": str}),),
    )
    body = b'{"whoops":"CASE_CLOSED","code":"BAD_REQUEST","message":"x"}'
    error = raised(answer(httpx, 403, body), Contract(Catalog([CaseClosed]), dialect=mine))
    assert CaseClosed is type(error)


# ---- what the error has ----


@each_library
def test_errors_know_all_about_the_response(library: ModuleType) -> None:
    """Problem, status, code, header fields, trace id, delay, method and the response itself are there."""
    body = b'{"title":"Busy","status":503,"code":"BUSY","traceId":"t-1","shelf":{"row":7}}'
    response = answer(library, 503, body, PROBLEM, retry_after="7", x_own="1")
    error = raised(response, shop)
    assert (Busy, 503, "BUSY", "t-1", 7.0, True, "GET") == (
        type(error), error.status, error.code, error.trace_id, error.retry_after, error.retryable, error.method,
    )  # fmt: skip
    assert response is error.response
    assert "1" == error.headers["x-own"]
    assert {"row": 7} == error.shelf == error.problem.extensions["shelf"]
    assert "503 BUSY: Busy [trace id t-1]" == str(error)


@each_library
def test_typed_parameters_may_be_missing_or_wrong(library: ModuleType) -> None:
    """A member that the type declares and the wire lacks, or spells otherwise, never spoils the error."""
    for member in (b"", b',"days":"many"', b',"days":null', b',"days":[1]'):
        error = raised(answer(library, 403, b'{"title":"x","code":"CASE_CLOSED"%s}' % member, PROBLEM), shop)
        assert CaseClosed is type(error)
    assert (
        "many" == raised(answer(library, 403, b'{"code":"CASE_CLOSED","title":"x","days":"many"}', PROBLEM), shop).days
    )


@each_library
@pytest.mark.parametrize(
    ("method", "status", "retryable"),
    [
        ("GET", 500, False), ("POST", 503, True), ("GET", 504, True), ("PUT", 504, True), ("DELETE", 502, True),
        ("POST", 504, False), ("PATCH", 502, False), ("GET", 429, True), ("POST", 429, True), ("GET", 404, False),
        ("POST", 408, False), ("GET", 408, True),
    ],
)  # fmt: skip
def test_retryable_depends_on_status_and_method(library: ModuleType, method: str, status: int, retryable: bool) -> None:
    """What may have been done is repeated only when repeating is harmless."""
    transport = library.MockTransport(lambda _: library.Response(status))
    with library.Client(transport=transport) as client:
        error = raised(client.request(method, "http://api.example/"))
    assert (method, retryable) == (error.method, error.retryable)


@each_library
@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({"retry_after": "30"}, 30.0),
        ({"retry_after": "Sun, 22 Nov 2026 10:00:10 GMT", "date": "Sun, 22 Nov 2026 10:00:00 GMT"}, 10.0),
        ({"retry_after": "soon"}, None),
        ({"retry_after": "-5"}, 0.0),
        ({}, None),
    ],
)
def test_delays_are_seconds(library: ModuleType, fields: dict[str, str], seconds: float | None) -> None:
    """A delay or a date becomes seconds; what is neither becomes nothing."""
    assert seconds == raised(answer(library, 503, b"", **fields)).retry_after


@each_library
def test_errors_survive_pickling(library: ModuleType) -> None:
    """A worker can hand an error on; all but the response itself goes along."""
    body = b'{"title":"x","status":403,"code":"CASE_CLOSED","days":3,"traceId":"t-1"}'
    error = raised(answer(library, 403, body, PROBLEM, x_own="1"), shop)
    for again in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):  # noqa: S301 - our own bytes
        assert CaseClosed is type(again)
        assert (error.problem, error.headers, error.method, 3) == (
            again.problem,
            again.headers,
            again.method,
            again.days,
        )
        assert str(error) == str(again)
    assert None is pickle.loads(pickle.dumps(error)).response  # noqa: S301


def test_errors_of_a_catalog_from_a_file_survive_pickling() -> None:
    """A class that no module holds is made again on the other side: the same one in the same process."""
    first, second = (
        '[closed]\nstatus = 403\ncode = "C"\n',
        '[long-closed]\nstatus = 403\ncode = "L"\nparent = "closed"\n',
    )
    catalog = Catalog.from_toml(first + second)
    error = raised(answer(httpx, 403, b'{"title":"x","code":"L"}', PROBLEM), Contract(catalog))
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert ("LongClosed", type(error), error.problem) == (type(again).__name__, type(again), again.problem)
    assert isinstance(again, catalog.error_class(catalog["closed"]))


@each_library
def test_a_response_made_by_hand_has_no_request(library: ModuleType) -> None:
    """A test double without a request makes the same error, without a method."""
    error = raised(library.Response(404, json={"title": "x", "status": 404}))
    assert (errata.NotFound, None) == (type(error), error.method)


# ---- odd bodies ----

ODD: Final[dict[str, tuple[bytes, str, str | None]]] = {
    "a valid problem": (b'{"type":"https://e.example/x","title":"T","status":404,"detail":"D"}', PROBLEM, "D"),
    "a problem without title and status": (b'{"detail":"D"}', PROBLEM, "D"),
    "members of wrong types": (b'{"title":7,"status":"404","detail":["D"],"type":{}}', PROBLEM, None),
    "an upper-case media type": (b'{"title":"T","status":404,"detail":"D"}', "APPLICATION/PROBLEM+JSON", "D"),
    "a problem as plain JSON": (b'{"title":"T","status":404,"detail":"D"}', "application/json", "D"),
    "an error inside a list": (b'[{"error":{"code":404,"message":"D","status":"NOT_FOUND"}}]', "application/json", "D"),
    "a JSON string": (b'"D"', "application/json", "D"),
    "null": (b"null", "application/json", None),
    "an error that is text": (b'{"error":"D"}', "application/json", "D"),
    "an error that is null": (b'{"error":null}', "application/json", None),
    "an unknown detail": (
        b'{"error":{"code":404,"message":"D","status":"NOT_FOUND","details":[{"@type":"type.example/Unknown"}]}}',
        "application/json", "D",
    ),
    "a page": (b"<!doctype html><html><head><title>D</title></head><body></body></html>", "text/html", "D"),
    "a page called a problem": (b"<!doctype html><html><head><title>D</title></head></html>", PROBLEM, "D"),
    "nothing": (b"", PROBLEM, None),
    "bad UTF-8": (b'{"title":"T","status":404,"detail":"D\xff\xfe"}', PROBLEM, None),
    "a cut body": (b'{"title":"T","detail":"D","status":40', PROBLEM, "D"),
    "a bare number": (b"404", "application/json", None),
    "a million brackets": (b"[" * 1_000_000, "application/json", None),
    "no media type": (b'{"title":"T","status":404,"detail":"D"}', "", "D"),
}  # fmt: skip


@each_library
@pytest.mark.parametrize("contract", [None, shop, usta.contract, netmri.contract])
@pytest.mark.parametrize(("body", "media_type", "detail"), ODD.values(), ids=ODD)
def test_odd_bodies_never_hide_the_error(
    library: ModuleType, body: bytes, media_type: str, detail: str | None, contract: Contract | None
) -> None:
    """It is the API's error that is raised, never one of parsing; what can be understood is."""
    response = answer(library, 404, body, media_type)
    error = raised(response, contract)
    assert (404, response) == (error.status, error.response)
    assert isinstance(error, errata.NotFound)
    if detail is not None and contract is None:
        assert detail == error.problem.detail


@each_library
def test_compressed_bodies_are_read_once(library: ModuleType) -> None:
    """The library has undone the compression; nobody tries again."""
    body = gzip.compress(b'{"title":"T","status":404,"detail":"D"}')
    error = raised(answer(library, 404, body, PROBLEM, content_encoding="gzip"))
    assert ("D", "T") == (error.problem.detail, error.problem.title)
    assert "content-encoding" not in error.headers


# ---- streams ----

BODY: Final = b'{"title":"T","status":403,"code":"CASE_CLOSED"}'


def parts() -> Iterator[bytes]:
    """Yield an error in two parts."""
    yield BODY[:10]
    yield BODY[10:]


async def async_parts() -> AsyncIterator[bytes]:
    """Yield the same in an async stream."""
    for part in parts():
        yield part


def breaking(error: type[Exception]) -> Callable[[], Iterator[bytes]]:
    """Return a body that breaks off."""

    def body() -> Iterator[bytes]:
        yield BODY[:10]
        raise error("cut")

    return body


@each_library
def test_sync_streams_are_read(library: ModuleType) -> None:
    """An error in a streamed response is a whole one."""
    transport = library.MockTransport(lambda _: library.Response(403, content=parts()))
    with library.Client(transport=transport) as client, client.stream("GET", "http://api.example/") as response:
        error = raised(response, shop)
    assert (CaseClosed, BODY) == (type(error), response.content)


@each_library
def test_successful_streams_are_left_alone(library: ModuleType) -> None:
    """A success is still to be streamed afterwards, sync and async."""
    transport = library.MockTransport(lambda _: library.Response(200, content=parts()))
    with library.Client(transport=transport) as client, client.stream("GET", "http://api.example/") as response:
        raise_for_problem(response, shop)
        assert BODY == b"".join(response.iter_bytes())

    async def run() -> bytes:
        transport = library.MockTransport(lambda _: library.Response(200, content=async_parts()))
        async with (
            library.AsyncClient(transport=transport) as client,
            client.stream("GET", "http://api.example/") as response,
        ):
            raise_for_problem(response, shop)
            return b"".join([part async for part in response.aiter_bytes()])

    assert BODY == asyncio.run(run())


@each_library
def test_async_streams_must_have_been_read(library: ModuleType) -> None:
    """Without the body the class would be a guess: the mistake is named, and can be mended on the same response."""

    async def run() -> Error:
        transport = library.MockTransport(lambda _: library.Response(403, content=async_parts()))
        async with (
            library.AsyncClient(transport=transport) as client,
            client.stream("GET", "http://api.example/") as response,
        ):
            with pytest.raises(RuntimeError, match=r"await response\.aread\(\)"):
                raise_for_problem(response, shop)
            await response.aread()
            return raised(response, shop)

    assert CaseClosed is type(asyncio.run(run()))


@each_library
def test_bodies_that_are_gone_leave_the_status(library: ModuleType) -> None:
    """A stream that was consumed or closed cannot be read again: the status speaks."""
    for use in (lambda r: list(r.iter_bytes()), lambda r: r.close(), lambda r: list(r.iter_raw())):
        transport = library.MockTransport(lambda _: library.Response(403, content=parts()))
        with library.Client(transport=transport) as client, client.stream("GET", "http://api.example/") as response:
            use(response)
            error = raised(response, shop)
        assert (errata.PermissionDenied, 403) == (type(error), error.status)


@each_library
def test_bodies_that_break_off_leave_the_status(library: ModuleType) -> None:
    """A connection that ends in the middle of an error does not hide it."""
    for failure in (library.ReadError, library.RemoteProtocolError, library.ReadTimeout, library.DecodingError):
        transport = library.MockTransport(lambda _, f=failure: library.Response(503, content=breaking(f)()))
        with library.Client(transport=transport) as client, client.stream("GET", "http://api.example/") as response:
            error = raised(response)
        assert (errata.Unavailable, 503) == (type(error), error.status)


# ---- hooks ----


@each_library
def test_it_is_a_hook_for_sync_clients(library: ModuleType) -> None:
    """As an event hook it raises for each error, body read, and lets successes through."""
    transport = library.MockTransport(
        lambda request: library.Response(403 if request.url.path == "/fail" else 200, content=BODY)
    )
    hook = partial(raise_for_problem, contract=shop)
    with library.Client(transport=transport, event_hooks={"response": [hook]}) as client:
        assert 200 == client.get("http://api.example/").status_code
        with pytest.raises(CaseClosed) as caught:
            client.get("http://api.example/fail")
    assert "CASE_CLOSED" == caught.value.code


@each_library
def test_it_works_inside_an_async_hook(library: ModuleType) -> None:
    """An async hook reads the body of an error first; a success passes unread."""

    async def hook(response: Any) -> None:
        if response.is_error:
            await response.aread()
        raise_for_problem(response, shop)

    async def run() -> None:
        transport = library.MockTransport(
            lambda request: library.Response(403 if request.url.path == "/fail" else 200, content=async_parts())
        )
        async with library.AsyncClient(transport=transport, event_hooks={"response": [hook]}) as client:
            assert BODY == (await client.get("http://api.example/")).content
            with pytest.raises(CaseClosed):
                await client.get("http://api.example/fail")

    asyncio.run(run())


# ---- there and back ----


def application(contract: Contract) -> FastAPI:
    """Return a server that answers in a contract."""
    app = FastAPI()

    @app.get("/closed")
    async def closed() -> None:
        raise CaseClosed(days=45)

    @app.get("/busy")
    async def busy() -> None:
        raise Busy(retry_after=3)

    @app.get("/bug")
    async def bug() -> None:
        raise ZeroDivisionError

    @app.get("/things/{number}")
    async def thing(number: int) -> int:
        return number

    return install(app, contract)


@each_library
@pytest.mark.parametrize("dialect", ["problem", "problem-xml"])
def test_what_the_server_raises_the_client_gets_raised(library: ModuleType, dialect: str) -> None:
    """The same class on both sides, with the same text; the framework's own errors are standard ones."""
    contract = shop.replace(dialect=dialect)

    async def run() -> list[Error]:
        transport = library.ASGITransport(application(contract))
        async with library.AsyncClient(transport=transport, base_url="http://api.example") as client:
            assert 7 == raise_for_problem(await client.get("/things/7"), contract).json()
            paths = ("/closed", "/busy", "/bug", "/none", "/things/x")
            return [raised(await client.get(path), contract) for path in paths]

    errors = asyncio.run(run())
    assert [CaseClosed, Busy, errata.InternalError, errata.NotFound, errata.ValidationFailed] == [*map(type, errors)]
    closed, busy, bug, _, invalid = errors
    assert "The case has been closed for more than 45 days." == closed.problem.detail
    assert (3.0, True) == (busy.retry_after, busy.retryable)
    assert bug.trace_id
    assert [("number",)] == [v.path for v in invalid.problem.violations]
    assert ["must be an integer"] == [v.detail for v in invalid.problem.violations]
