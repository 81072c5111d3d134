"""Plain WSGI: what the protocol allows an application to do, and what becomes of its errors then."""

import io
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final
from wsgiref.handlers import SimpleHandler
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from wsgiref.util import FileWrapper
from wsgiref.validate import validator

import pytest
from werkzeug.test import run_wsgi_app

import errata
from errata import Error, Problem, RawResponse
from errata.servers import wsgi
from errata.testing import SITUATIONS, Call, check_server, drive_url, drive_wsgi
from tests.servers.apps.wsgi import make_app
from tests.servers.serving import gunicorn
from tests.servers.worlds import FAILURE, TEXT_OF_A_BUG, TRACE, CaseClosed, members, plain, raise_bug

# Plain WSGI is no framework: it knows neither methods nor challenges.
NO_FRAMEWORK: Final = {
    "a wrong method": "the application has no router that knows methods",
    "a challenge in the framework's own way": "there is no framework with a way of its own",
}
TEXT: Final = [("Content-Type", "text/plain")]


def environ_of(method: str = "GET", path: str = "/", **more: Any) -> dict[str, Any]:
    """Return the environment of a request, as PEP 3333 wants it."""
    return {
        "REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": "", "SERVER_NAME": "x",
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.version": (1, 0), "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(), "wsgi.errors": io.StringIO(), "wsgi.multithread": False,
        "wsgi.multiprocess": False, "wsgi.run_once": False, **more,
    }  # fmt: skip


def by_wsgiref(app: WSGIApplication, environ: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    """Run the handler of the standard library, which takes `exc_info` by the letter."""
    sent = io.BytesIO()
    SimpleHandler(environ["wsgi.input"], sent, environ["wsgi.errors"], environ).run(app)
    head, _, body = sent.getvalue().partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    fields = [(name.lower(), value) for name, _, value in (line.partition(": ") for line in lines)]
    assert len(dict(fields)) == len(fields)
    return int(first.split()[1]), dict(fields), body


def by_werkzeug(app: WSGIApplication, environ: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    """Run what stands behind Werkzeug's test client, which raises whatever `exc_info` it is given."""
    parts, status, headers = run_wsgi_app(app, environ)
    fields = [(name.lower(), value) for name, value in headers]
    assert len(dict(fields)) == len(fields)
    try:
        body = b"".join(parts)
    finally:
        getattr(parts, "close", lambda: None)()
    return int(status.split()[0]), dict(fields), body


SERVERS: Final = {"wsgiref": by_wsgiref, "werkzeug": by_werkzeug}
each_server = pytest.mark.parametrize("run", SERVERS.values(), ids=SERVERS)
Run = Callable[[WSGIApplication, dict[str, Any]], tuple[int, dict[str, str], bytes]]


class Body:
    """A body whose parts are given, exceptions among them; counts how often it is closed."""

    def __init__(self, *parts: bytes | Exception) -> None:
        self.closed = 0
        self._parts = iter(parts)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        part = next(self._parts)
        if isinstance(part, Exception):
            raise part
        return part

    def close(self) -> None:
        """Count."""
        self.closed += 1


def returning(body: Iterable[bytes], status: str = "200 OK") -> WSGIApplication:
    """Return an application that starts a response and returns a body."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response(status, TEXT)
        return body

    return app


BUG: Final = RuntimeError(TEXT_OF_A_BUG)


# ---- the kit ----


def test_the_kit_is_satisfied() -> None:
    """Errors of a plain WSGI application leave as the kit says."""
    check_server(make_app, drive_wsgi, without=NO_FRAMEWORK)


def test_the_validator_is_satisfied() -> None:
    """The validator of the standard library finds nothing wrong on either side of the wrapper."""

    def validated(contract: errata.Contract) -> WSGIApplication:
        return validator(wsgi.install(validator(make_app(contract)), contract))

    check_server(validated, drive_wsgi, without=NO_FRAMEWORK)


@pytest.mark.parametrize("status", [204, 205, 304, 418, 499, 523, 599])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_odd_statuses_are_valid(status: int, method: str) -> None:
    """Statuses without a body and those of no registry pass the validator, with an exact length or none."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        raise Error(Problem(status=status))

    strict: Any = validator(wsgi.install(app, plain))
    environ = environ_of(method)
    strictly = drive_wsgi(strict, Call(method, "/"))
    assert status == strictly.status
    bodiless = status in (204, 205, 304)
    assert (bodiless or method == "HEAD") == (not strictly.body)
    length = strictly.headers.get("content-length")
    got = by_wsgiref(wsgi.install(app, plain), {**environ, "REQUEST_METHOD": "GET"})[2]
    assert (None if status in (204, 304) else str(len(got))) == length


# ---- when the error comes ----


@each_server
@pytest.mark.parametrize(
    ("parts", "expected"),
    [([BUG], 500), ([b"", b"", BUG], 500), ([b"", CaseClosed(days=1)], 403)],
    ids=["at once", "after nothing", "an own error"],
)
def test_a_body_that_fails_at_once_is_answered(run: Run, parts: list[bytes | Exception], expected: int) -> None:
    """A response that was started without a byte of it being sent is replaced, and its body closed."""
    body = Body(*parts)
    status, fields, sent = run(wsgi.install(returning(body), plain), environ_of())
    assert (expected, "application/problem+json") == (status, fields["content-type"])
    assert expected == members(sent)["status"]
    assert 1 == body.closed


@each_server
def test_a_generator_that_never_starts_is_answered(run: Run) -> None:
    """An application written as a generator fails only when its body is asked for."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        raise_bug()
        start_response("200 OK", TEXT)
        yield b"not reached"

    status, _, sent = run(wsgi.install(app, plain), environ_of())
    assert (500, FAILURE) == (status, members(sent))


def test_a_started_response_is_never_appended_to() -> None:
    """A failure after the first byte is raised on; what was sent stays, and the body is closed."""
    body = Body(b"one", BUG)
    parts: Any = iter(wsgi.install(returning(body), plain)(environ_of(), lambda *_: lambda _: None))
    assert b"one" == next(parts)
    with pytest.raises(RuntimeError, match="hunter2"):
        next(parts)
    parts.close()
    assert 1 == body.closed


@each_server
def test_bodies_are_closed_once(run: Run) -> None:
    """A body that ends well is closed too, and has all of its parts."""
    body = Body(b"", b"one", b"", b"two")
    assert b"onetwo" == run(wsgi.install(returning(body), plain), environ_of())[2]
    assert 1 == body.closed


@each_server
def test_an_empty_body_has_its_head(run: Run) -> None:
    """A response without a byte keeps its status and header fields."""
    status, fields, sent = run(wsgi.install(returning(Body(), "202 Accepted"), plain), environ_of())
    assert (202, "text/plain", b"") == (status, fields["content-type"], sent)


def test_interrupts_pass() -> None:
    """What is no error, such as a server's signal to stop, is not answered."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        wsgi.install(app, plain)(environ_of(), lambda *_: lambda _: None)


# ---- start_response and write ----


@each_server
def test_write_sends_at_once(run: Run) -> None:
    """The old way of sending works, before and beside an iterable."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        write = start_response("200 OK", TEXT)
        write(b"on")
        write(b"e")
        return iter([b"two"])

    assert (200, b"onetwo") == run(wsgi.install(app, plain), environ_of())[::2]


@each_server
def test_an_error_before_anything_is_written_is_answered(run: Run) -> None:
    """Asking for `write` sends nothing yet."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [*TEXT, ("X-Own", "1")])
        raise CaseClosed(days=3)

    status, fields, sent = run(wsgi.install(app, plain), environ_of())
    assert (403, "CASE_CLOSED") == (status, members(sent)["code"])
    assert "x-own" not in fields


@pytest.mark.parametrize("lazily", [False, True])
def test_an_error_after_something_was_written_is_raised_on(lazily: bool) -> None:
    """Bytes that `write` sent are not followed by a problem."""
    sent: list[bytes] = []

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", TEXT)(b"one")
        raise_bug()
        return []

    def lazy(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        yield from app(environ, start_response)

    with pytest.raises(RuntimeError, match="hunter2"):
        list(wsgi.install(lazy if lazily else app, plain)(environ_of(), lambda *_: sent.append))
    assert [b"one"] == sent


@each_server
def test_an_application_may_replace_its_own_response(run: Run) -> None:
    """The application's own error page wins as long as nothing is sent."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", TEXT)
        try:
            raise_bug()
        except RuntimeError:
            start_response("503 Service Unavailable", TEXT, sys.exc_info())
        return [b"own page"]

    assert (503, b"own page") == run(wsgi.install(app, plain), environ_of())[::2]


@each_server
def test_a_response_cannot_be_replaced_when_it_has_begun(run: Run) -> None:
    """What the server says to a late `start_response` reaches the application."""
    seen: list[BaseException] = []

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", TEXT)
        yield b"one"
        try:
            raise_bug()
        except RuntimeError as error:
            try:
                start_response("500 Internal Server Error", TEXT, sys.exc_info())
            except RuntimeError as again:
                seen[:] = [error, again]

    assert (200, b"one") == run(wsgi.install(app, plain), environ_of())[::2]
    assert seen[0] is seen[1]


def never_starting(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Return a body without a head."""
    return [b"body"]


def never_starting_lazily(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Yield a body without a head."""
    yield b"body"


def ending_without_a_start(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Yield nothing at all."""
    yield from ()


def returning_nothing(environ: WSGIEnvironment, start_response: StartResponse) -> Any:
    """Forget the body."""
    start_response("200 OK", TEXT)


def starting_twice(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Start two responses."""
    start_response("200 OK", TEXT)
    start_response("200 OK", TEXT)
    return [b"body"]


@each_server
@pytest.mark.parametrize(
    "app", [never_starting, never_starting_lazily, ending_without_a_start, returning_nothing, starting_twice]
)
def test_what_breaks_the_protocol_is_a_failure_of_the_server(run: Run, app: WSGIApplication) -> None:
    """An application that does not keep to WSGI is answered for, as any other bug."""
    status, _, sent = run(wsgi.install(app, plain), environ_of())
    assert (500, FAILURE) == (status, members(sent))


@pytest.mark.parametrize("body", [[b"body"], Body(b"body")], ids=["ready", "in parts"])
def test_a_head_that_the_server_refuses_is_replaced(body: Any) -> None:
    """The server is told by `exc_info` that another head follows the one that it refused."""
    told: list[Any] = []

    def start_response(status: str, headers: Any, exc_info: Any = None) -> Any:
        told.append((status, exc_info and exc_info[0]))
        if exc_info is None:
            raise ValueError("a header field with a line break")
        return lambda _: None

    sent = b"".join(wsgi.install(returning(body), plain)(environ_of(), start_response))
    assert FAILURE == members(sent)
    assert [("200 OK", None), ("500 Internal Server Error", ValueError)] == told


def test_ready_bodies_and_files_pass_as_they_are() -> None:
    """What the server has shortcuts for is handed on untouched."""
    for body in ([b"a"], (b"a", b"b"), FileWrapper(io.BytesIO(b"a"))):
        environ = environ_of() | {"wsgi.file_wrapper": FileWrapper}
        assert body is wsgi.install(returning(body), plain)(environ, lambda *_: lambda _: None)


# ---- the request ----


@pytest.mark.parametrize(
    ("script", "path", "expected"),
    [
        ("", "/orders/7", "/orders/7"),
        ("/api", "/orders", "/api/orders"),
        ("", "/caf\u00c3\u00a9", "/caf\u00e9"),
        ("", "/\u00ff", "/\ufffd"),
        ("", "/\u4e2d", "/?"),
    ],
)
def test_paths_are_decoded(script: str, path: str, expected: str) -> None:
    """The bytes of a path come as Latin-1 and mean UTF-8; whatever they are, a path comes of them."""
    assert expected == wsgi.request_of(environ_of(path=path, SCRIPT_NAME=script)).path


def test_header_fields_are_found_by_name() -> None:
    """Names are found in any case; the fields without HTTP_ are there, unless they are empty."""
    environ = environ_of(
        HTTP_ACCEPT="text/html", HTTP_X_OWN="1", CONTENT_TYPE="text/plain", CONTENT_LENGTH="", HTTP_CONTENT_TYPE="x"
    )
    headers = wsgi.request_of(environ).headers
    assert {"accept": "text/html", "x-own": "1", "content-type": "text/plain"} == dict(headers)
    assert ("text/html", "1", "text/plain") == (headers["Accept"], headers.get("X-Own"), headers["content-type"])
    assert 3 == len(headers)
    assert [None, None] == [headers.get("content-length"), headers.get("cookie")]
    assert "wsgi.input" not in headers


def test_an_empty_environment_is_answered() -> None:
    """What a server forgets does not keep an error from being answered."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        raise CaseClosed(days=3)

    heads: list[str] = []
    sent = wsgi.install(app, plain)({}, lambda status, *_: lambda _: heads.append(status))
    assert 403 == members(b"".join(sent))["status"]


# ---- trace ids ----


@each_server
@pytest.mark.parametrize("parts", [[b"hello"], [b"", b"hello"], [BUG]], ids=["at once", "later", "failing"])
@pytest.mark.parametrize("ready", [True, False])
def test_every_response_has_a_trace_id_if_the_contract_wants_it(run: Run, parts: list[Any], ready: bool) -> None:
    """Successes carry the field as errors do, and carry it once however often the contract is installed."""
    always = plain.replace(trace_always=True)
    body = [part for part in parts if part is not BUG] if ready else Body(*parts)
    app = wsgi.install(wsgi.install(returning(body), always), always)
    assert TRACE == run(app, environ_of())[1]["x-trace-id"]


def test_an_own_trace_id_stays() -> None:
    """A field that the application has set is not set again."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [*TEXT, ("X-Trace-ID", "own")])
        return [b""]

    assert "own" == by_wsgiref(wsgi.install(app, plain.replace(trace_always=True)), environ_of())[1]["x-trace-id"]


def test_a_trace_id_that_cannot_be_made_spoils_no_success() -> None:
    """A failing maker of trace ids leaves the success without one."""
    broken = plain.replace(trace_always=True, trace_id=lambda request: 1 / 0)
    status, fields, sent = by_wsgiref(wsgi.install(returning([b"hello"]), broken), environ_of())
    assert (200, b"hello", False) == (status, sent, "x-trace-id" in fields)


# ---- a real server ----


@pytest.fixture(scope="module")
def served() -> Iterator[int]:
    """Return the port of a gunicorn."""
    with gunicorn("tests.servers.apps.wsgi:served()") as port:
        yield port


def test_the_kit_is_satisfied_under_gunicorn(served: int) -> None:
    """The same over a real connection, each contract mounted below its name."""

    def drive(name: str, call: Call) -> RawResponse:
        return drive_url(f"http://127.0.0.1:{served}", call._replace(path=f"/{name}{call.path}"))

    check_server(lambda contract: contract.name, drive, without=NO_FRAMEWORK)


def test_a_cut_response_looks_cut(served: int) -> None:
    """A client sees that a response which failed in the middle is not whole, and no other response follows."""
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", served, timeout=20)
    connection.request("GET", f"/plain{SITUATIONS['a response that has started'].call.path}")
    with pytest.raises(http.client.IncompleteRead) as cut:
        connection.getresponse().read()
    assert b"part" == cut.value.partial
    connection.close()
