"""Falcon, WSGI and ASGI: its errors, media, handlers and middleware, and what becomes of errors among them."""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, Final
from wsgiref.types import WSGIApplication
from wsgiref.validate import validator

import falcon
import falcon.asgi
import falcon.testing
import pytest
from falcon.media.validators import jsonschema
from jsonschema import ValidationError as JSONSchemaError
from pydantic import ValidationError

from errata import Contract, RawResponse
from errata.servers import wsgi
from errata.servers.falcon import install
from errata.testing import Call, check_server, drive_asgi, drive_url, drive_wsgi
from errata.testing._server import NoSuchThing
from tests.servers.apps import falcon as in_wsgi
from tests.servers.apps import falcon_asgi as in_asgi
from tests.servers.apps.asgi import Order
from tests.servers.serving import gunicorn, serving
from tests.servers.worlds import FAILURE, MALFORMED, NOT_FOUND, TEXT_OF_A_BUG, TRACE, CaseClosed, plain, raise_bug

INVALID: Final = {
    "title": "Unprocessable Content", "status": 422, "detail": "The request is not valid.", "traceId": TRACE,
}  # fmt: skip
JSON: Final = {"content-type": "application/json"}
AN_INTEGER: Final = "The value of the header must be an integer."
SCHEMA: Final = {
    "type": "object",
    "properties": {
        "sku": {"type": "string", "maxLength": 5, "pattern": "^[A-Z]"},
        "amount": {"type": "integer", "minimum": 1},
        "kind": {"enum": ["a", "b"]},
        "lines": {
            "type": "array",
            "minItems": 1,
            "items": {"properties": {"day": {"type": "string", "format": "date"}}},
        },
        "version": {"const": 2},
        "labels": {"patternProperties": {"^x-": {"multipleOf": 5}}, "additionalProperties": False},
    },
    "required": ["sku", "amount"],
    "additionalProperties": False,
}

View = Callable[[Any, Any], object]
KINDS: Final = {"wsgi": falcon.App, "asgi": falcon.asgi.App}
each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


class Sync:
    """A resource that calls a function."""

    def __init__(self, view: View) -> None:
        self.view = view

    def on_get(self, req: Any, resp: Any) -> None:
        """Call it."""
        self.view(req, resp)

    def on_post(self, req: Any, resp: Any) -> None:
        """Call it with the media."""
        self.view(req.media, resp)

    @jsonschema.validate(SCHEMA, {"type": "null"})
    def on_put(self, req: Any, resp: Any) -> None:
        """Take what fits a schema, and answer what fits none."""
        resp.media = {"a": TEXT_OF_A_BUG}


class Async:
    """The same in coroutines."""

    def __init__(self, view: View) -> None:
        self.view = view

    async def on_get(self, req: Any, resp: Any) -> None:
        """Call it."""
        self.view(req, resp)

    async def on_post(self, req: Any, resp: Any) -> None:
        """Call it with the media."""
        self.view(await req.get_media(), resp)

    @jsonschema.validate(SCHEMA, {"type": "null"})
    async def on_put(self, req: Any, resp: Any) -> None:
        """Take what fits a schema, and answer what fits none."""
        resp.media = {"a": TEXT_OF_A_BUG}


def app_of(kind: Any, view: View, *middleware: Any) -> Any:
    """Return an application with one resource at `/`, without a contract."""
    app = kind(middleware=list(middleware))
    app.add_route("/", (Async if kind is falcon.asgi.App else Sync)(view))
    return app


def client_of(kind: Any, view: View, *middleware: Any, contract: Contract = plain) -> falcon.testing.TestClient:
    """Return a client of an application with one resource at `/`."""
    return falcon.testing.TestClient(install(app_of(kind, view, *middleware), contract))


def raising(error: Exception) -> View:
    """Return a view that raises an error."""

    def view(req: Any, resp: Any) -> None:
        raise error

    return view


def bug(req: Any, resp: Any) -> None:
    """Fail as a bug does."""
    raise_bug()


def nothing(req: Any, resp: Any) -> None:
    """Do nothing."""


def said(result: falcon.testing.Result) -> tuple[int, Any]:
    """Return status and members of a response that must be in the contract's format."""
    assert "application/problem+json" == result.headers["content-type"]
    assert str(len(result.content)) == result.headers["content-length"]
    return result.status_code, result.json


# ---- the kit ----


def test_the_kit_is_satisfied() -> None:
    """Errors of a Falcon application leave as the kit says, in WSGI and in ASGI."""
    check_server(in_wsgi.make_app, drive_wsgi)
    check_server(in_asgi.make_app, drive_asgi)


def test_the_validator_is_satisfied() -> None:
    """The validator of the standard library finds nothing wrong."""

    def validated(contract: Contract) -> WSGIApplication:
        return validator(in_wsgi.make_app(contract))

    check_server(validated, drive_wsgi)


def test_the_kit_is_satisfied_under_gunicorn() -> None:
    """The same over a real connection, each contract mounted below its name."""
    with gunicorn("tests.servers.apps.falcon:served()") as port:

        def drive(name: str, call: Call) -> RawResponse:
            return drive_url(f"http://127.0.0.1:{port}", call._replace(path=f"/{name}{call.path}"))

        check_server(lambda contract: contract.name, drive)


def test_the_kit_is_satisfied_under_uvicorn() -> None:
    """The same over a real connection to an ASGI server."""
    with ExitStack() as running:
        check_server(
            lambda contract: f"http://127.0.0.1:{running.enter_context(serving(in_asgi.make_app(contract)))}",
            drive_url,
        )


# ---- HTTPError and HTTPStatus ----


class Detailed(falcon.HTTPError):
    """An error with a member of its own."""

    def to_dict(self, obj_type: Any = dict) -> Any:
        """Return the members that clients see."""
        return {**super().to_dict(obj_type), "limit": 7}


@each_kind
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (falcon.HTTPNotFound(), NOT_FOUND),
        (falcon.HTTPConflict(description="Changed."), {"title": "Conflict", "status": 409, "detail": "Changed."}),
        (falcon.HTTPError(499), {"title": "Client Closed Request", "status": 499}),
        (falcon.HTTPError("523 Origin Unreachable"), {"title": "Server Error", "status": 523}),
        (
            falcon.HTTPForbidden(title="TTL out of range", description="Between 60 and 300.", code=42, href="http://x/"),
            {
                "title": "TTL out of range", "status": 403, "detail": "Between 60 and 300.", "code": "42",
                "help": "http://x/",
            },
        ),
        (Detailed(429), {"title": "Too Many Requests", "status": 429, "limit": 7}),
        (falcon.HTTPInternalServerError(description="Moving."), {
            "title": "Internal Server Error", "status": 500, "detail": "Moving."}),
    ],
)  # fmt: skip
def test_http_errors_keep_what_their_author_said(kind: Any, error: Exception, expected: dict[str, Any]) -> None:
    """Title, description, code, link and own members of an HTTPError have their places in a problem."""
    status, body = said(client_of(kind, raising(error)).simulate_get("/"))
    assert (expected["status"], {**expected, "traceId": TRACE}) == (status, body)


@each_kind
@pytest.mark.parametrize(
    "headers", [{"Retry-After": "7", "X-Own": "gr\u00fcn"}, [("retry-after", "7"), ("X-Own", "gr\u00fcn")]]
)
def test_header_fields_of_errors_survive(kind: Any, headers: Any) -> None:
    """Fields that an HTTPError brings are kept, in whatever form."""
    result = client_of(kind, raising(falcon.HTTPError(503, headers=headers))).simulate_get("/")
    assert (503, "7", "gr\u00fcn") == (said(result)[0], result.headers["retry-after"], result.headers["x-own"])


@each_kind
@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (falcon.HTTPStatus(404, text="own"), 404, "own"),
        (falcon.HTTPFound("/x"), 302, ""),
        (falcon.HTTPStatus(200, text="short"), 200, "short"),
        (falcon.HTTPError(305), 305, '{"title": "305 Use Proxy"}'),
    ],
)
def test_what_is_no_error_passes(kind: Any, error: Exception, status: int, text: str) -> None:
    """An HTTPStatus is a response, whatever its status, and so is what is below 400."""
    result = client_of(kind, raising(error)).simulate_get("/")
    assert (status, text) == (result.status_code, result.text)


@each_kind
def test_errors_of_the_router(kind: Any) -> None:
    """Unknown addresses and methods are errors, OPTIONS is none."""
    client = client_of(kind, nothing)
    assert (404, NOT_FOUND) == said(client.simulate_get("/none"))
    refused = client.simulate_delete("/")
    assert 405 == said(refused)[0]
    assert {"GET", "POST", "PUT"} <= set(refused.headers["allow"].split(", "))
    assert 200 == client.simulate_options("/").status_code


@each_kind
def test_sinks_and_files(kind: Any, tmp_path: Any) -> None:
    """What is served without a route is answered for as well."""
    app = app_of(kind, nothing)

    def sink(req: Any, resp: Any) -> None:
        raise CaseClosed(days=3)

    async def async_sink(req: Any, resp: Any) -> None:
        raise CaseClosed(days=3)

    app.add_sink(async_sink if kind is falcon.asgi.App else sink, "/old")
    app.add_static_route("/files", tmp_path)
    client = falcon.testing.TestClient(install(app, plain))
    assert 403 == said(client.simulate_get("/old/x"))[0]
    assert (404, NOT_FOUND) == said(client.simulate_get("/files/none"))


# ---- handlers ----


@each_kind
def test_more_specific_handlers_go_first(kind: Any) -> None:
    """What the application wants to answer itself, it does, whether it said so before or after."""

    def own(req: Any, resp: Any, error: Any, params: Any) -> None:
        resp.text = "own"

    async def async_own(req: Any, resp: Any, error: Any, params: Any) -> None:
        resp.text = "own"

    handler = async_own if kind is falcon.asgi.App else own
    app = app_of(kind, raising(CaseClosed(days=3)))
    app.add_error_handler(falcon.HTTPNotFound, handler)
    install(app, plain)
    app.add_error_handler(CaseClosed, handler)
    client = falcon.testing.TestClient(app)
    assert ["own", "own"] == [client.simulate_get(path).text for path in ("/", "/none")]


@each_kind
@pytest.mark.parametrize("cls", [Exception, KeyError])
def test_handlers_that_raise_an_http_error_are_in_the_contract(kind: Any, cls: type[Exception]) -> None:
    """A handler that turns exceptions into HTTPErrors is followed; one for all exceptions is replaced."""

    def turned(req: Any, resp: Any, error: Any, params: Any) -> None:
        raise falcon.HTTPGone(description="No more.")

    async def async_turned(req: Any, resp: Any, error: Any, params: Any) -> None:
        raise falcon.HTTPGone(description="No more.")

    app = app_of(kind, raising(KeyError(TEXT_OF_A_BUG)))
    app.add_error_handler(cls, async_turned if kind is falcon.asgi.App else turned)
    status, body = said(falcon.testing.TestClient(install(app, plain)).simulate_get("/"))
    assert ((500, FAILURE) if cls is Exception else (410, {**body, "detail": "No more."})) == (status, body)


def test_handlers_that_fail_are_answered_around_falcon() -> None:
    """An exception inside of a handler leaves Falcon; wrapped as a WSGI application, it is answered."""
    app = install(app_of(falcon.App, raising(KeyError())), plain)
    app.add_error_handler(KeyError, lambda *_: raise_bug())
    with pytest.raises(RuntimeError, match="hunter2"):
        falcon.testing.TestClient(app).simulate_get("/")
    assert (500, FAILURE) == said(falcon.testing.TestClient(wsgi.install(app, plain)).simulate_get("/"))


@each_kind
def test_exceptions_can_be_mapped(kind: Any) -> None:
    """A contract says what an exception means, also where Falcon has a status for it."""
    mapping = plain.replace(exceptions={LookupError: NoSuchThing, falcon.HTTPGone: NoSuchThing})
    for error in (KeyError("hunter2"), falcon.HTTPGone()):
        status, body = said(client_of(kind, raising(error), contract=mapping).simulate_get("/"))
        assert (404, "NO_SUCH_THING") == (status, body["code"])


@each_kind
def test_exceptions_of_falcon_mean_what_the_selected_contract_says(kind: Any) -> None:
    """Of several contracts the one that answers says what an exception means, and what is left to the framework."""
    mapping = plain.replace(exceptions={falcon.HTTPGone: NoSuchThing})
    for first, other, expected in ((plain, mapping, (404, "NO_SUCH_THING")), (mapping, plain, (410, None))):
        own = first.replace(select=lambda _, other=other: other)
        status, body = said(client_of(kind, raising(falcon.HTTPGone()), contract=own).simulate_get("/"))
        assert expected == (status, body.get("code"))


@each_kind
def test_reporters_are_told(kind: Any) -> None:
    """Whoever has Falcon report errors still gets them, as handled."""
    seen: list[tuple[str, bool]] = []
    app = install(app_of(kind, bug), plain)
    app.set_error_reporter(lambda req, error, params, handled: seen.append((type(error).__name__, handled)))
    falcon.testing.TestClient(app).simulate_get("/")
    assert [("RuntimeError", True)] == seen


@each_kind
@pytest.mark.parametrize(
    "view", [bug, raising(CaseClosed(days=3)), raising(falcon.HTTPBadGateway())], ids=["bug", "own", "http"]
)
def test_errors_are_logged_once(kind: Any, view: View, caplog: pytest.LogCaptureFixture) -> None:
    """There is one record, the contract's, and none of Falcon."""
    caplog.set_level(logging.INFO)
    result = client_of(kind, view).simulate_get("/")
    assert ["errata"] == [record.name for record in caplog.records if record.name != "asyncio"]
    assert TEXT_OF_A_BUG not in result.text


# ---- reading requests ----


@each_kind
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"a":"\xff"}', b"[" * 100_000, b"9" * 10_000, b"\x00", b"hunter2"],
    ids=["nothing", "cut", "no text", "deep", "huge", "zero", "no JSON"],
)
def test_bodies_that_are_no_json(kind: Any, body: bytes) -> None:
    """What cannot be read as JSON is a 400 that tells nothing of it."""
    assert (400, MALFORMED) == said(client_of(kind, nothing).simulate_post("/", body=body, headers=JSON))


@each_kind
@pytest.mark.parametrize("body", [b"a=\xff", b"--x\r\nhunter2"], ids=["form", "multipart"])
def test_forms_that_cannot_be_read(kind: Any, body: bytes) -> None:
    """Forms are bodies like others."""
    media_type = "multipart/form-data; boundary=x" if body[:1] == b"-" else "application/x-www-form-urlencoded"

    def read(media: Any, resp: Any) -> None:
        if not isinstance(media, dict):
            resp.media = [part.name for part in media]

    class Reading:
        async def on_post(self, req: Any, resp: Any) -> None:
            media = await req.get_media()
            if not isinstance(media, dict):
                resp.media = [part.name async for part in media]

    app: Any = app_of(kind, read)
    if kind is falcon.asgi.App:
        app.add_route("/", Reading())
    client = falcon.testing.TestClient(install(app, plain))
    assert (400, MALFORMED) == said(client.simulate_post("/", body=body, headers={"content-type": media_type}))


@each_kind
def test_media_types_are_not_echoed(kind: Any) -> None:
    """A body of another media type is a 415 that does not repeat it; an own text stays."""
    result = client_of(kind, nothing).simulate_post("/", body=b"x", headers={"content-type": "text/hunter2"})
    assert (415, {"title": "Unsupported Media Type", "status": 415, "traceId": TRACE}) == said(result)
    own = falcon.HTTPUnsupportedMediaType(description="Send JSON.")
    assert "Send JSON." == said(client_of(kind, raising(own)).simulate_get("/"))[1]["detail"]


@each_kind
def test_recursion_elsewhere_is_a_bug(kind: Any) -> None:
    """Only what happens while a body is read is the client's fault."""
    assert (500, FAILURE) == said(client_of(kind, raising(RecursionError("hunter2"))).simulate_get("/"))


@each_kind
@pytest.mark.parametrize(
    ("view", "place", "detail", "code"),
    [
        (lambda req, resp: req.get_param_as_int("n"), ("query", "n"), "The value must be an integer.", "invalid"),
        (lambda req, resp: req.get_param("m", required=True), ("query", "m"), "is required", "required"),
        (lambda req, resp: req.get_header_as_int("X-N"), ("header", "X-N"), AN_INTEGER, "invalid"),
        (lambda req, resp: req.get_header("X-M", required=True), ("header", "X-M"), "is required", "required"),
        (raising(falcon.HTTPInvalidParam("hunter2 is no number", "n")), ("query", "n"), "is not valid", "invalid"),
        (raising(falcon.HTTPInvalidParam("must be even", "n")), ("query", "n"), "must be even", "invalid"),
        (raising(falcon.HTTPInvalidParam("must be set", "o")), ("query", "o"), "must be set", "invalid"),
    ],
    ids=["int", "missing", "header", "missing header", "echo", "own text", "own text of nothing"],
)  # fmt: skip
def test_parameters_and_header_fields_are_violations(
    kind: Any, view: View, place: tuple[str, str], detail: str, code: str
) -> None:
    """What Falcon's own getters refuse names the place, and never the value."""
    result = client_of(kind, view).simulate_get("/", params={"n": "hunter2"}, headers={"X-N": "hunter2"})
    violation = {"detail": detail, "location": place[0], "parameter": place[1], "code": code}
    assert (422, {**INVALID, "errors": [violation]}) == said(result)


@each_kind
def test_a_fault_without_a_place_is_one_all_the_same(kind: Any) -> None:
    """An exception made with names tells no place; its text may repeat the value and is not told."""
    error = falcon.HTTPInvalidParam(msg="hunter2 is no number", param_name="n")
    assert (422, INVALID) == said(client_of(kind, raising(error)).simulate_get("/"))


@each_kind
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"sku":"A","amount":0}', [("#/amount", "must be 1 or more", "min")]),
        (b'{"sku":"A","amount":"hunter2"}', [("#/amount", "must be an integer", "type")]),
        (b"{}", [("#/sku", "is required", "required"), ("#/amount", "is required", "required")]),
        (b'{"sku":"A","amount":1,"x":"hunter2"}', [("#/x", "is not known", "unknown")]),
        (b'{"sku":"HUNTER2","amount":1}', [("#/sku", "must be 5 or fewer characters", "max_length")]),
        (b'{"sku":"a","amount":1}', [("#/sku", "does not have the right form", "pattern")]),
        (b'{"sku":"A","amount":1,"kind":"hunter2"}', [("#/kind", "must be 'a' or 'b'", "enum")]),
        (b'{"sku":"A","amount":1,"lines":[]}', [("#/lines", "must have 1 or more items", "min_length")]),
        (b'{"sku":"A","amount":1,"lines":[{"day":7}]}', [("#/lines/0/day", "must be text", "type")]),
        (b'{"sku":"A","amount":1,"lines":[{"day":"hunter2"}]}', [("#/lines/0/day", "must be a date", "format")]),
        (b'{"sku":"A","amount":1,"version":3}', [("#/version", "must be 2", "enum")]),
        (b'{"sku":"A","amount":1,"labels":{"x-a":7}}', [("#/labels/x-a", "must be a multiple of 5", "multiple")]),
        (b'{"sku":"A","amount":1,"labels":{"y":7}}', [("#/labels", "is not valid", "invalid")]),
        (b'"hunter2"', [("#", "must be an object", "type")]),
    ],
)
def test_schemas_give_violations(kind: Any, body: bytes, expected: list[tuple[str, str, str]]) -> None:
    """What jsonschema refuses names the place and the rule, and never the value."""
    status, said_of = said(client_of(kind, nothing).simulate_put("/", body=body, headers=JSON))
    faults = [
        {"detail": detail, "pointer": place, "location": "body", "code": code} for place, detail, code in expected
    ]
    assert (422, faults) == (status, said_of["errors"])


@each_kind
def test_validation_errors_of_any_library_give_violations(kind: Any) -> None:
    """What stands behind a MediaValidationError may be of another library than jsonschema."""

    def view(media: Any, resp: Any) -> None:
        try:
            Order.model_validate(media)
        except ValidationError as error:
            raise falcon.MediaValidationError(description="hunter2") from error

    status, body = said(client_of(kind, view).simulate_post("/", body=b'{"sku":"A","amount":0}', headers=JSON))
    fault = {"detail": "must be 1 or more", "pointer": "#/amount", "location": "body", "code": "min"}
    assert (422, [fault]) == (status, body["errors"])


@each_kind
def test_what_stands_behind_a_failure_does_not_hide_what_was_said(kind: Any) -> None:
    """A failure that was raised because of a fault is no fault, and says what its author wrote."""
    error = falcon.HTTPServiceUnavailable(description="Closed for lunch.")
    error.__cause__ = JSONSchemaError("hunter2")
    status, body = said(client_of(kind, raising(error)).simulate_get("/"))
    assert (503, "Closed for lunch.") == (status, body["detail"])


@each_kind
def test_an_own_validation_error_keeps_its_text(kind: Any) -> None:
    """A MediaValidationError that no schema stands behind says what its author wrote, with Falcon's status."""
    error = falcon.MediaValidationError(description="The lines do not add up.")
    status, body = said(client_of(kind, raising(error)).simulate_get("/"))
    assert (400, "The lines do not add up.") == (status, body["detail"])


@each_kind
def test_a_response_that_breaks_its_schema_is_a_bug(kind: Any, caplog: pytest.LogCaptureFixture) -> None:
    """What the application itself does wrong is not told, and is logged."""
    result = client_of(kind, nothing).simulate_put("/", body=b'{"sku":"A","amount":1}', headers=JSON)
    assert (500, FAILURE) == said(result)
    (record,) = [each for each in caplog.records if each.name == "errata"]
    assert "ValidationError" in caplog.text
    assert record.exc_info


# ---- middleware, and what the view had done ----


class Marking:
    """A middleware that marks each response, early and late, and raises what the request asks for."""

    def process_request(self, req: Any, resp: Any) -> None:
        """Mark early."""
        resp.set_header("X-Request-Id", "r-1")
        resp.append_header("Vary", "Origin")
        self._fail(req, "request")

    def process_resource(self, req: Any, resp: Any, resource: Any, params: Any) -> None:
        """Fail on demand."""
        self._fail(req, "resource")

    def process_response(self, req: Any, resp: Any, resource: Any, succeeded: bool) -> None:
        """Mark late."""
        resp.set_header("X-Late", str(succeeded))
        self._fail(req, "response")

    def _fail(self, req: Any, where: str) -> None:
        if req.get_header("X-Fail") == where:
            raise CaseClosed(days=3)

    async def process_request_async(self, req: Any, resp: Any) -> None:
        """Mark early."""
        self.process_request(req, resp)

    async def process_resource_async(self, req: Any, resp: Any, resource: Any, params: Any) -> None:
        """Fail on demand."""
        self.process_resource(req, resp, resource, params)

    async def process_response_async(self, req: Any, resp: Any, resource: Any, succeeded: bool) -> None:
        """Mark late."""
        self.process_response(req, resp, resource, succeeded)


@each_kind
@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/", 500), ("GET", "/x", 404), ("DELETE", "/", 405)])
def test_middleware_sees_every_error(kind: Any, method: str, path: str, status: int) -> None:
    """CORS, correlation and own fields are on the errors too, and `Vary` names all that matters."""
    both = plain.replace(also=("problem-xml",))
    client = client_of(kind, bug, Marking(), falcon.CORSMiddleware(), contract=both)
    result = client.simulate_request(method, path, headers={"Origin": "https://shop.example"})
    assert status == said(result)[0]
    expected = {"access-control-allow-origin": "*", "x-request-id": "r-1", "x-late": "False", "vary": "Origin, Accept"}
    assert expected.items() <= result.headers.items()


@each_kind
@pytest.mark.parametrize("where", ["request", "resource", "response"])
def test_middleware_that_fails_is_answered(kind: Any, where: str) -> None:
    """Errors of a middleware are answered as those of a view are."""
    client = client_of(kind, nothing, Marking(), falcon.CORSMiddleware())
    result = client.simulate_get("/", headers={"Origin": "https://shop.example", "X-Fail": where})
    assert (403, "CASE_CLOSED") == (said(result)[0], result.json["code"])
    assert {"access-control-allow-origin": "*", "x-request-id": "r-1"}.items() <= result.headers.items()


@each_kind
def test_what_told_of_the_body_goes_with_it(kind: Any) -> None:
    """Fields of the response that was begun are kept, but for those about its body; its cookies stay."""

    def view(req: Any, resp: Any) -> None:
        resp.set_headers({
            "Content-Encoding": "gzip", "ETag": '"1"', "Content-Disposition": "attachment", "X-Own": "1",
            "Cache-Control": "max-age=60", "Content-Length": "3",
        })  # fmt: skip
        resp.set_cookie("seen", "1")
        resp.content_type = "text/csv"
        resp.text = "a,b"
        raise_bug()

    result = client_of(kind, view).simulate_get("/")
    assert (500, FAILURE) == said(result)
    assert {"content-encoding", "etag", "content-disposition"}.isdisjoint(result.headers)
    assert ("1", "no-store") == (result.headers["x-own"], result.headers["cache-control"])
    assert "seen" in result.cookies


def test_streams_that_were_set_are_forgotten() -> None:
    """A view that fails after it had set a stream, or events, is answered with the problem alone."""

    async def parts() -> Any:
        yield falcon.asgi.SSEvent(text="hunter2")

    def streaming(req: Any, resp: Any) -> None:
        resp.stream = iter([b"hunter2"])
        raise_bug()

    def events(req: Any, resp: Any) -> None:
        resp.sse = parts()
        raise_bug()

    assert (500, FAILURE) == said(client_of(falcon.App, streaming).simulate_get("/"))
    assert (500, FAILURE) == said(client_of(falcon.asgi.App, events).simulate_get("/"))


@each_kind
def test_media_that_cannot_be_written_is_a_failure_without_a_body(kind: Any) -> None:
    """Falcon takes no body from a handler by then; status and fields are right, and nothing is told."""

    def view(req: Any, resp: Any) -> None:
        resp.media = {"a": object()}

    result = client_of(kind, view, falcon.CORSMiddleware()).simulate_get("/")
    assert (500, b"", "0") == (result.status_code, result.content, result.headers["content-length"])


# ---- WebSockets ----


async def closing_code(contract: Contract | None, error: Exception) -> int:
    """Return the code with which a WebSocket is closed when its responder fails."""

    class Socket:
        async def on_websocket(self, req: Any, ws: Any) -> None:
            await ws.accept()
            raise error

    app = falcon.asgi.App()
    app.add_route("/", Socket())
    if contract is not None:
        install(app, contract)
    async with falcon.testing.ASGIConductor(app) as conductor, conductor.simulate_ws("/") as ws:
        with pytest.raises(falcon.WebSocketDisconnected) as closed:
            await ws.receive_text()
    return closed.value.code


@pytest.mark.parametrize("error", [falcon.HTTPNotFound(), RuntimeError(TEXT_OF_A_BUG), CaseClosed(days=3)])
def test_sockets_fail_as_without_a_contract(error: Exception) -> None:
    """A contract is about responses; sockets are closed by Falcon, with its codes."""
    codes = [falcon.async_to_sync(closing_code, contract, error) for contract in (None, plain)]
    assert codes[0] == codes[1]
    assert (3404 if isinstance(error, falcon.HTTPError) else 1011) == codes[0]


# ---- trace ids, several calls ----


@each_kind
@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/none", 404)])
def test_trace_ids_are_on_every_response_if_wanted(kind: Any, path: str, status: int) -> None:
    """Successes carry the field as errors do, and once; the contract that was installed last has its way."""
    app = install(app_of(kind, nothing), plain.replace(trace_always=True, trace_header="x-first"))
    install(app, plain.replace(trace_always=True, trace_header="x-second"))
    result = falcon.testing.TestClient(app).simulate_get(path)
    assert (status, None, TRACE) == (result.status_code, result.headers.get("x-first"), result.headers["x-second"])
    install(app, plain)
    assert "x-second" not in falcon.testing.TestClient(app).simulate_get(path).headers


@each_kind
def test_nothing_is_added_to_successes(kind: Any) -> None:
    """Without a wish for trace ids there is no layer of ours."""
    app = app_of(kind, nothing)
    before = app._middleware  # noqa: SLF001 - what runs for each request
    assert before == install(app, plain)._middleware  # noqa: SLF001 - as above


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Keep what Falcon logs of failing sockets out of the output."""
    logging.getLogger("falcon").setLevel(logging.CRITICAL)
    yield
    logging.getLogger("falcon").setLevel(logging.NOTSET)
