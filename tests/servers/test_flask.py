"""Flask: blueprints, handlers, hooks and modes, and what becomes of errors among them."""

import logging
import socket
from collections.abc import Callable, Iterator
from typing import Any, Final
from wsgiref.types import WSGIApplication
from wsgiref.validate import validator

import flask
import pytest
from flask import Blueprint, Flask, Response, abort, got_request_exception, redirect, request, session
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException, InternalServerError, NotFound, TooManyRequests
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import TestResponse

import errata
from errata import Contract, RawResponse
from errata.contracts import usta
from errata.servers import wsgi
from errata.servers.flask import install
from errata.testing import LIMIT, Call, check_server, drive_url, drive_wsgi
from errata.testing._server import NoSuchThing
from tests.servers.apps.flask import make_app
from tests.servers.serving import SECONDS, gunicorn
from tests.servers.worlds import FAILURE, MALFORMED, NOT_FOUND, TEXT_OF_A_BUG, TRACE, CaseClosed, plain, raise_bug

JSON: Final = {"content-type": "application/json"}


def app_of(view: Callable[[], Any], **config: Any) -> Flask:
    """Return an application with one view at `/`, without a contract."""
    app = Flask(__name__)
    app.config.update(config)
    app.secret_key = "s"
    app.add_url_rule("/", view_func=view, endpoint="view", methods=["GET", "POST"])
    return app


def client_of(view: Callable[[], Any], contract: Contract = plain, config: dict[str, Any] | None = None) -> FlaskClient:
    """Return a client of an application with one view at `/`."""
    return install(app_of(view, **(config or {})), contract).test_client()


def raising(error: Exception) -> Callable[[], Any]:
    """Return a view that raises an error."""

    def view() -> Any:
        raise error

    return view


def bug() -> Any:
    """Fail as a bug does."""
    raise_bug()


def reading() -> Any:
    """Read a body as JSON."""
    return request.get_json()


def said(response: TestResponse) -> tuple[int, Any]:
    """Return status and members of a response that must be in the contract's format."""
    assert "application/problem+json" == response.content_type
    return response.status_code, response.json


# ---- the kit ----


def test_the_kit_is_satisfied() -> None:
    """Errors of a Flask application leave as the kit says."""
    check_server(make_app, drive_wsgi)


def test_the_validator_is_satisfied() -> None:
    """The validator of the standard library finds nothing wrong."""

    def validated(contract: Contract) -> WSGIApplication:
        return validator(make_app(contract))

    check_server(validated, drive_wsgi)


# ---- handlers and blueprints ----


def test_handlers_of_the_application_for_a_status_or_a_class_go_first() -> None:
    """What the application wants to answer itself, it does, whether it said so before or after."""
    app = app_of(raising(CaseClosed(days=3)))
    app.register_error_handler(404, lambda error: ("own 404", 404))
    install(app, plain)
    app.register_error_handler(CaseClosed, lambda error: ("own closed", 403))
    client = app.test_client()
    assert (404, "own 404") == (client.get("/none").status_code, client.get("/none").text)
    assert (403, "own closed") == (client.get("/").status_code, client.get("/").text)


def test_an_own_handler_for_500_gets_the_original_exception(caplog: pytest.LogCaptureFixture) -> None:
    """Unknown exceptions take Flask's own way; what the contract does not answer, Flask logs."""
    app = install(app_of(bug), plain)

    @app.errorhandler(500)
    def own(error: InternalServerError) -> tuple[str, int]:
        return type(error.original_exception).__name__, 500

    assert "RuntimeError" == app.test_client().get("/").text
    assert [app.logger.name] == [record.name for record in caplog.records]


@pytest.mark.parametrize("cls", [Exception, HTTPException])
def test_catch_alls_are_replaced(cls: type[Exception]) -> None:
    """A handler for everything that was there before no longer answers anything."""
    app = app_of(bug)
    app.register_error_handler(cls, lambda error: (str(error), 500))
    client = install(app, plain).test_client()
    assert (500, FAILURE) == said(client.get("/"))
    assert (404, NOT_FOUND) == said(client.get("/none"))


def in_blueprint() -> Flask:
    """Return an application with a blueprint that handles some of its errors."""
    shop = Blueprint("shop", __name__, url_prefix="/shop")
    shop.add_url_rule("/bug", view_func=bug)
    shop.add_url_rule("/closed", view_func=raising(CaseClosed(days=3)), endpoint="closed")
    shop.add_url_rule("/gone", view_func=lambda: abort(410), endpoint="gone")
    shop.register_error_handler(410, lambda error: ("own 410", 410))
    wild = Blueprint("wild", __name__, url_prefix="/wild")
    wild.add_url_rule("/closed", view_func=raising(CaseClosed(days=3)), endpoint="closed")
    wild.register_error_handler(Exception, lambda error: ("own all", 500))
    app = install(app_of(bug), plain)
    app.register_blueprint(shop)
    app.register_blueprint(wild)
    return app


@pytest.mark.parametrize(
    ("path", "text"), [("/shop/gone", "own 410"), ("/wild/closed", "own all")], ids=["status", "all"]
)
def test_handlers_of_a_blueprint_go_first(path: str, text: str) -> None:
    """Inside of a blueprint its own handlers answer, as Flask promises."""
    assert text == in_blueprint().test_client().get(path).text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/shop/bug", 500), ("GET", "/shop/closed", 403), ("GET", "/shop/none", 404), ("POST", "/shop/bug", 405)],
)
def test_other_errors_of_a_blueprint_are_in_the_contract(method: str, path: str, status: int) -> None:
    """An unknown address below a blueprint's prefix belongs to no blueprint, and is answered too."""
    response = in_blueprint().test_client().open(path, method=method)
    assert status == said(response)[0]
    assert (status == 405) == ("Allow" in response.headers)


def test_a_handler_that_fails_is_answered() -> None:
    """An error inside of an error handler is a bug like any other."""
    app = install(app_of(lambda: abort(404)), plain)
    app.register_error_handler(404, lambda error: bug())
    assert (500, FAILURE) == said(app.test_client().get("/"))


# ---- abort and HTTPException ----


class Custom(HTTPException):
    """An HTTPException that makes its response itself."""

    code = 409
    description = "Changed meanwhile."

    def get_response(self, *args: Any, **kwargs: Any) -> Any:
        """Return a page with a field of its own."""
        response = super().get_response(*args, **kwargs)
        response.headers["X-Own"] = "1"
        return response


class NotChanged(HTTPException):
    """An HTTPException that is no error."""

    code = 304


@pytest.mark.parametrize(
    ("view", "status", "detail"),
    [
        (lambda: abort(404), 404, None),
        (lambda: abort(404, "No order 7."), 404, "No order 7."),
        (lambda: abort(500, "We are moving."), 500, "We are moving."),
        (lambda: abort(418), 418, None),
        (lambda: abort(499), 499, None),
        (lambda: abort(523, "The origin is down."), 523, "The origin is down."),
        (lambda: abort(451), 451, None),
        (raising(InternalServerError()), 500, None),
        (raising(Custom()), 409, "Changed meanwhile."),
    ],
)
def test_abort_is_the_standard_error_of_its_status(view: Callable[[], Any], status: int, detail: str | None) -> None:
    """A text of one's own becomes the detail; that of Werkzeug says nothing new."""
    got, body = said(client_of(view).get("/"))
    assert (status, status, detail) == (got, body["status"], body.get("detail"))


def test_statuses_that_no_error_has_are_bugs() -> None:
    """`abort` takes statuses from 400 to 599; with any other it fails, as it always did."""
    assert (500, FAILURE) == said(client_of(lambda: abort(777)).get("/"))


def test_header_fields_of_exceptions_survive() -> None:
    """Fields that an exception brings are kept, those included that it makes in its own way."""
    client = client_of(raising(TooManyRequests(retry_after=7)))
    assert "7" == client.get("/").headers["Retry-After"]
    assert "1" == client_of(raising(Custom())).get("/").headers["X-Own"]


@pytest.mark.parametrize(
    "view",
    [
        lambda: abort(Response("own", 404)),
        raising(NotFound(response=Response("own", 404))),
        lambda: ("own", 404),
    ],
    ids=["abort", "exception", "returned"],
)
def test_responses_pass(view: Callable[[], Any]) -> None:
    """A response is a response, whatever its status and however it is handed over."""
    response = client_of(view).get("/")
    assert (404, "own") == (response.status_code, response.text)


@pytest.mark.parametrize(
    ("view", "status"), [(lambda: abort(redirect("/x")), 302), (raising(NotChanged()), 304)], ids=["redirect", "304"]
)
def test_what_is_no_error_passes(view: Callable[[], Any], status: int) -> None:
    """Exceptions below 400 are Flask's business."""
    response = client_of(view).get("/")
    assert status == response.status_code
    assert "problem" not in (response.content_type or "")


def test_redirects_of_the_router_pass() -> None:
    """An address without its slash is still redirected."""
    app = Flask(__name__)
    app.add_url_rule("/orders/", view_func=lambda: "orders", endpoint="orders")
    response = install(app, plain).test_client().get("/orders")
    assert (308, "http://localhost/orders/") == (response.status_code, response.headers["Location"])


def test_options_are_answered_by_flask() -> None:
    """OPTIONS of a known address is no error."""
    response = client_of(bug).options("/")
    assert (200, {"GET", "HEAD", "OPTIONS", "POST"}) == (response.status_code, set(response.allow))


# ---- reading requests ----


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"a":"\xff"}', b"[" * 100_000, b"9" * 10_000, b'"\\ud800', b"\x00", b"hunter2"],
    ids=["nothing", "cut", "no text", "deep", "huge", "surrogate", "zero", "no JSON"],
)
@pytest.mark.parametrize("debug", [False, True])
def test_bodies_that_are_no_json(body: bytes, debug: bool) -> None:
    """What cannot be read as JSON is a 400 that tells nothing of it, in debug mode too."""
    response = client_of(reading, config={"DEBUG": debug}).post("/", data=body, headers=JSON)
    assert (400, MALFORMED) == said(response)


@pytest.mark.parametrize("media_type", ["text/xml", "", "application/x-hunter2"])
def test_bodies_of_another_media_type(media_type: str) -> None:
    """A body that is not said to be JSON is a 415."""
    response = client_of(reading).post("/", data=b"{}", headers={"content-type": media_type})
    assert (415, {"title": "Unsupported Media Type", "status": 415, "traceId": TRACE}) == said(response)


def test_an_own_word_for_json_that_is_none() -> None:
    """A request class that refuses with a text of its own keeps it."""

    class Request(flask.Request):
        def on_json_loading_failed(self, e: ValueError | None) -> Any:
            abort(400, "Send JSON, please.")

    app = app_of(reading)
    app.request_class = Request
    response = install(app, plain).test_client().post("/", data=b"{", headers=JSON)
    assert (400, "Send JSON, please.") == (said(response)[0], said(response)[1]["detail"])


def test_recursion_elsewhere_is_a_bug() -> None:
    """Only what happens while a body is read is the client's fault."""
    assert (500, FAILURE) == said(client_of(raising(RecursionError("hunter2"))).get("/"))


@pytest.mark.parametrize("debug", [False, True])
def test_missing_keys_of_forms_tell_nothing(debug: bool) -> None:
    """A key that the view asked for in vain is not named, in debug mode either."""
    response = client_of(lambda: request.args["hunter2"], config={"DEBUG": debug}).get("/")
    assert (400, {"title": "Bad Request", "status": 400, "traceId": TRACE}) == said(response)


@pytest.mark.parametrize(
    "config", [{"MAX_CONTENT_LENGTH": 10}, {"MAX_FORM_MEMORY_SIZE": 10}, {"MAX_FORM_PARTS": 1}], ids=str
)
def test_bodies_that_are_too_large(config: dict[str, int]) -> None:
    """Each of Flask's limits is a 413."""
    client = client_of(lambda: str(request.form), config=config)
    response = client.post("/", data={"a": "x" * 20, "b": "y"}, content_type="multipart/form-data")
    assert (413, {"title": "Content Too Large", "status": 413, "traceId": TRACE}) == said(response)


# ---- hooks ----


def with_cors(response: Response) -> Response:
    """Allow everybody."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/", 500), ("GET", "/x", 404), ("PUT", "/", 405)])
def test_after_request_sees_every_error(method: str, path: str, status: int) -> None:
    """Fields that are added to each response are on the errors too."""
    app = install(app_of(bug), plain)
    app.after_request(with_cors)
    response = app.test_client().open(path, method=method)
    assert (status, "*") == (said(response)[0], response.headers["Access-Control-Allow-Origin"])


def test_sessions_survive_errors() -> None:
    """What a failing view had put into the session is kept."""

    def view() -> Any:
        session["seen"] = True
        raise CaseClosed(days=3)

    response = client_of(view).get("/")
    assert 403 == said(response)[0]
    assert response.headers["Set-Cookie"].startswith("session=")


@pytest.mark.parametrize("hook", ["before_request", "after_request"])
@pytest.mark.parametrize(("error", "status"), [(CaseClosed(days=3), 403), (RuntimeError(TEXT_OF_A_BUG), 500)])
def test_hooks_that_fail_are_answered(hook: str, error: Exception, status: int) -> None:
    """An error before the view is answered, and so is one after it."""
    app = install(app_of(lambda: "hello"), plain)

    def failing(*args: Any) -> Any:
        raise error

    getattr(app, hook)(failing)
    assert status == said(app.test_client().get("/"))[0]


def test_teardown_gets_the_error() -> None:
    """What is to be rolled back learns of unknown exceptions."""
    seen: list[BaseException | None] = []
    app = install(app_of(bug), plain)
    app.teardown_request(seen.append)
    app.test_client().get("/")
    assert [RuntimeError] == [type(error) for error in seen]


def test_signals_tell_of_unknown_exceptions_alone() -> None:
    """Whoever watches for bugs sees them, and sees no errors that the contract foresees."""
    seen: list[str] = []

    def watch(sender: Flask, exception: Exception, **more: Any) -> None:
        seen.append(type(exception).__name__)

    foreseen = plain.replace(exceptions={KeyError: NoSuchThing})
    for view in (bug, raising(CaseClosed(days=3)), raising(KeyError("hunter2")), lambda: abort(404)):
        app = install(app_of(view), foreseen)
        with got_request_exception.connected_to(watch, app):
            app.test_client().get("/")
    assert ["RuntimeError"] == seen


@pytest.mark.parametrize("view", [bug, raising(CaseClosed(days=3)), lambda: abort(503)], ids=["bug", "own", "abort"])
def test_errors_are_logged_once(view: Callable[[], Any], caplog: pytest.LogCaptureFixture) -> None:
    """There is one record, the contract's, and none of Flask."""
    caplog.set_level(logging.INFO)
    client_of(view).get("/")
    assert ["errata"] == [record.name for record in caplog.records]


# ---- modes ----


@pytest.mark.parametrize("config", [{}, {"TESTING": True}, {"DEBUG": True}, {"TRAP_HTTP_EXCEPTIONS": True}], ids=str)
def test_no_mode_tells_of_a_bug(config: dict[str, bool]) -> None:
    """Tests and debug mode get the answer that clients get."""
    response = client_of(bug, config=config).get("/")
    assert (500, FAILURE) == said(response)
    assert TEXT_OF_A_BUG not in response.text
    assert (404, NOT_FOUND) == said(client_of(bug, config=config).get("/none"))


@pytest.mark.parametrize("late", [False, True])
def test_whoever_asks_for_exceptions_gets_them(late: bool) -> None:
    """`PROPAGATE_EXCEPTIONS` raises unknown exceptions on, for Flask's debugger or a test."""
    app = app_of(bug, **({} if late else {"PROPAGATE_EXCEPTIONS": True}))
    install(app, plain)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    with pytest.raises(RuntimeError, match="hunter2"):
        app.test_client().get("/")


def test_debugging_the_contract_tells_all() -> None:
    """A contract in debug mode says what happened."""
    status, body = said(client_of(bug, plain.replace(debug=True)).get("/"))
    assert (500, f"RuntimeError: {TEXT_OF_A_BUG}") == (status, body["detail"])


@pytest.mark.parametrize("error", [RuntimeError(TEXT_OF_A_BUG), CaseClosed(days=3), NotFound()], ids=repr)
def test_async_views_are_like_others(error: Exception) -> None:
    """A coroutine's errors are answered the same."""

    async def view() -> Any:
        raise error

    assert said(client_of(raising(error)).get("/")) == said(client_of(view).get("/"))


# ---- streams, mounts, several calls ----


def failing_stream(*parts: bytes) -> Callable[[], Response]:
    """Return a view that streams some parts and fails."""

    def view() -> Response:
        def body() -> Iterator[bytes]:
            yield from parts
            raise_bug()

        return Response(flask.stream_with_context(body()))

    return view


def test_a_stream_that_fails_is_raised_on() -> None:
    """Flask is done when the body is sent, so that the error is the server's to see."""
    response = client_of(failing_stream(b"one")).get("/")
    with pytest.raises(RuntimeError, match="hunter2"):
        response.get_data()


def test_a_stream_that_fails_at_once_is_answered_around_flask() -> None:
    """Wrapped as a WSGI application, Flask's streams, teardowns and middleware are answered for too."""
    app = install(app_of(failing_stream()), plain)
    app.wsgi_app = wsgi.install(app.wsgi_app, plain)  # type: ignore[assignment,method-assign]
    app.teardown_request(lambda error: raise_bug() if request.path == "/none" else None)
    assert (500, FAILURE) == said(app.test_client().get("/"))
    assert (500, FAILURE) == said(app.test_client().get("/none"))


def test_mounted_applications_have_contracts_of_their_own() -> None:
    """Two applications in one process answer in two formats, each knowing the whole path."""
    paths: list[str] = []
    outer = install(app_of(bug), plain)
    inner = install(app_of(bug), usta.contract.replace(observe=lambda problem, error, req: paths.append(req.path)))
    outer.wsgi_app = DispatcherMiddleware(outer.wsgi_app, {"/coaches": inner})  # type: ignore[method-assign]
    client = outer.test_client()
    assert (404, NOT_FOUND) == said(client.get("/none"))
    response = client.get("/coaches/caf\u00e9")
    assert (404, ["errors"]) == (response.status_code, list(response.get_json()))
    assert ["/coaches/caf\u00e9"] == paths


def test_the_last_contract_counts() -> None:
    """Installed again, a contract replaces the earlier one, its mappings and its trace header included."""
    first = plain.replace(exceptions={KeyError: NoSuchThing}, trace_always=True, trace_header="x-first")
    app = install(app_of(raising(KeyError("hunter2"))), first)
    install(app, plain.replace(trace_always=True, trace_header="x-second"))
    response = app.test_client().get("/")
    assert (500, FAILURE) == said(response)
    assert (None, TRACE) == (response.headers.get("x-first"), response.headers.get("x-second"))


def test_too_late_is_said() -> None:
    """After the first request Flask refuses new handlers, and nothing is changed by half."""
    app = app_of(bug)
    app.test_client().get("/none")
    with pytest.raises(AssertionError, match="first request"):
        install(app, plain)
    assert "errata" not in app.extensions


@pytest.mark.parametrize("path", ["/", "/none", "/static/none"])
def test_trace_ids_are_on_every_response_if_wanted(path: str) -> None:
    """Successes, errors and files carry the field, once."""
    response = client_of(lambda: "hello", plain.replace(trace_always=True)).get(path)
    assert [TRACE] == response.headers.getlist("x-trace-id")


def test_foreign_exceptions_and_those_of_werkzeug_can_be_mapped() -> None:
    """A contract says what an exception means, also where Werkzeug has a status for it."""
    mapping = plain.replace(exceptions={LookupError: NoSuchThing, NotFound: NoSuchThing})
    for view in (raising(KeyError("hunter2")), lambda: abort(404)):
        status, body = said(client_of(view, mapping).get("/"))
        assert (404, "NO_SUCH_THING") == (status, body["code"])
    # Werkzeug's error for a key that a form has not is a KeyError too, and not what was meant.
    assert 400 == said(client_of(lambda: request.args["hunter2"], mapping).get("/"))[0]


def test_exceptions_of_werkzeug_mean_what_the_selected_contract_says() -> None:
    """Of several contracts the one that answers says what an exception means, and what is left to the framework."""
    mapping = plain.replace(exceptions={NotFound: NoSuchThing})
    for first, other, expected in ((plain, mapping, (404, "NO_SUCH_THING")), (mapping, plain, (404, None))):
        own = first.replace(select=lambda _, other=other: other)
        status, body = said(client_of(lambda: abort(404), own).get("/"))
        assert expected == (status, body.get("code"))


@pytest.mark.parametrize("status", [204, 304])
def test_what_has_no_body_has_no_media_type(status: int) -> None:
    """A status without a body is sent without the media type that Flask gives to everything."""
    response = client_of(raising(errata.Error(errata.Problem(status=status)))).get("/")
    assert (status, b"") == (response.status_code, response.data)
    assert "content-type" not in response.headers


# ---- a real server ----


@pytest.fixture(scope="module")
def served() -> Iterator[int]:
    """Return the port of a gunicorn."""
    with gunicorn("tests.servers.apps.flask:served()") as port:
        yield port


def test_the_kit_is_satisfied_under_gunicorn(served: int) -> None:
    """The same over a real connection, each contract mounted below its name."""

    def drive(name: str, call: Call) -> RawResponse:
        return drive_url(f"http://127.0.0.1:{served}", call._replace(path=f"/{name}{call.path}"))

    check_server(lambda contract: contract.name, drive)


def test_chunks_that_are_none_are_the_clients_fault(served: int) -> None:
    """What the server raises while Flask reads a body is an answer to the client, not a bug."""
    head = b"POST /plain/orders HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", served), SECONDS) as connection:
        connection.sendall(head + b"transfer-encoding: chunked\r\n\r\nzz\r\n")
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    assert received.startswith(b"HTTP/1.1 400")
    assert b"The request body cannot be read." in received


def test_a_body_in_chunks_is_cut_at_the_limit(served: int) -> None:
    """Flask reads no further than the limit when nobody has said how much will come; the rest is missing then."""
    head = b"POST /plain/orders HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n"
    body = b"transfer-encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (LIMIT + 2, b'"%b"' % (b"x" * LIMIT))
    received = b""
    with socket.create_connection(("127.0.0.1", served), SECONDS) as connection:
        connection.sendall(head + body)
        while part := connection.recv(65536):
            received += part
    assert received.startswith(b"HTTP/1.1 400")
    assert b"The request body cannot be read." in received


def test_errors_are_errata_classes() -> None:
    """The names of the standard classes are those that a contract's fallbacks use."""
    own = plain.replace(fallbacks={errata.NotFound: NoSuchThing})
    assert "NO_SUCH_THING" == said(client_of(bug, own).get("/none"))[1]["code"]
