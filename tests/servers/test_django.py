"""What Django does that could go wrong: its exceptions, its layers, its pages, its signals, its test client."""

import asyncio
import gzip
import inspect
import json
import logging
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any, Final

import pytest

from tests.servers.apps.django_settings import MIDDLEWARE, asgi_app, urlconf, wsgi_app  # isort: skip  # goes first

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.core import exceptions, signals
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers import exception
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseForbidden,
    HttpResponseNotAllowed,
    UnreadablePostError,
)
from django.http.multipartparser import MultiPartParserError
from django.test import AsyncClient, Client, override_settings
from django.urls import path
from django.utils.decorators import sync_and_async_middleware
from django.views import View
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import condition, require_POST

import errata
from errata import Contract
from errata.servers.django import install
from errata.testing import CONTRACTS, Call, check_server, drive_asgi, drive_url, drive_wsgi
from tests.servers import django_worlds
from tests.servers.apps import django as kit
from tests.servers.django_worlds import PATTERNS, app_of, ask, greeting, listening, raising, rows, said
from tests.servers.serving import gunicorn
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

NOTHING_RAISED: Final = dict.fromkeys(
    ["a refusal in the framework's own way", "a challenge in the framework's own way"],
    "Django refuses by responses that views return, and these are left alone",
)
table = django_worlds.table

# ---- the kit ----


def test_wsgi_passes() -> None:
    """Errors of a Django project under WSGI leave as the kit says."""
    check_server(kit.make_app, drive_wsgi, without=NOTHING_RAISED)


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # Django's, when a response breaks off
def test_asgi_passes() -> None:
    """Errors of a Django project with coroutines for views under ASGI leave as the kit says."""
    check_server(kit.make_async_app, drive_asgi, without=NOTHING_RAISED)


def test_gunicorn_passes() -> None:
    """The same over a real connection."""
    names = {id(contract): name for name, contract in CONTRACTS.items()}
    with ExitStack() as running:

        def serve(contract: Contract) -> str:
            factory = f"tests.servers.apps.django:make('{names[id(contract)]}')"
            return f"http://127.0.0.1:{running.enter_context(gunicorn(factory))}"

        check_server(serve, drive_url, without=NOTHING_RAISED)


# ---- Django's exceptions ----

MEANINGS: Final[Mapping[Exception, tuple[int, str]]] = {
    Http404(TEXT_OF_A_BUG): (404, "Not Found"),
    exceptions.PermissionDenied(TEXT_OF_A_BUG): (403, "Forbidden"),
    exceptions.SuspiciousOperation(TEXT_OF_A_BUG): (400, "Bad Request"),
    exceptions.DisallowedHost(TEXT_OF_A_BUG): (400, "Bad Request"),
    exceptions.TooManyFieldsSent(TEXT_OF_A_BUG): (400, "Bad Request"),
    exceptions.TooManyFilesSent(TEXT_OF_A_BUG): (400, "Bad Request"),
    exceptions.RequestDataTooBig(TEXT_OF_A_BUG): (413, "Content Too Large"),
    exceptions.BadRequest(TEXT_OF_A_BUG): (400, "Bad Request"),
    MultiPartParserError(TEXT_OF_A_BUG): (400, "Bad Request"),
    UnreadablePostError(TEXT_OF_A_BUG): (400, "Bad Request"),
    exceptions.ObjectDoesNotExist(TEXT_OF_A_BUG): (500, "Internal Server Error"),
    exceptions.ValidationError(TEXT_OF_A_BUG): (500, "Internal Server Error"),
    exceptions.ImproperlyConfigured(TEXT_OF_A_BUG): (500, "Internal Server Error"),
}


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(("error", "meaning"), MEANINGS.items(), ids=lambda value: type(value).__name__)
def test_exceptions_mean_standard_classes(error: Exception, meaning: tuple[int, str], debug: bool) -> None:
    """Each exception of Django leaves with its status and without its text, in debug mode too."""
    sent = ask(app_of(path("x", raising(error)), DEBUG=debug), "/x")
    status, body = said(sent)
    assert meaning == (status, body["title"])
    assert TRACE == body["traceId"]
    assert TEXT_OF_A_BUG.encode() not in sent.body


def test_debug_pages_do_not_win() -> None:
    """In debug mode an unknown address and a bug are answered in the contract, not with URL patterns and source."""
    app = app_of(DEBUG=True)
    assert (404, NOT_FOUND) == said(ask(app, "/nothing"))
    assert (500, FAILURE) == said(ask(app, "/bug"))


class TakenError(exceptions.ObjectDoesNotExist):
    """What a model of a project raises."""


def test_the_nearest_class_counts() -> None:
    """What the contract says of a class goes before Django's meaning of the same or a wider one, and after a nearer."""
    meanings = {
        Exception: errata.DataLoss,
        Http404: errata.Gone,
        exceptions.ObjectDoesNotExist: lambda error: errata.NotFound(errata.Problem(status=404, detail="gone away")),
    }
    own = [path("taken", raising(TakenError())), path("host", raising(exceptions.DisallowedHost()))]
    app = app_of(*own, contract=plain.replace(exceptions=meanings))
    assert 410 == ask(app, "/404").status
    assert "gone away" == members(ask(app, "/taken").body)["detail"]
    assert 400 == ask(app, "/host").status
    assert (500, "Internal Server Error") == (ask(app, "/bug").status, members(ask(app, "/bug").body)["title"])


def test_bodies_that_django_cannot_read() -> None:
    """A broken multipart body and a form in another charset are the client's fault, whoever asks for POST."""

    def reading(request: HttpRequest) -> HttpResponse:
        return HttpResponse(str(len(request.POST)))

    app = app_of(path("form", reading))
    broken = ask(app, "/form", "POST", b"--x\r\n", content_type="multipart/form-data")
    assert (400, "The request body cannot be read.") == (broken.status, members(broken.body)["detail"])
    odd = ask(app, "/form", "POST", b"a=1", content_type="application/x-www-form-urlencoded; charset=utf-16")
    assert (400, {"title": "Bad Request", "status": 400, "traceId": TRACE}) == said(odd)


def test_a_view_that_returns_nothing_is_a_bug() -> None:
    """A view without a response is answered as a bug, the name of the view unsaid."""

    def nothing(request: HttpRequest) -> Any: ...

    assert (500, FAILURE) == said(ask(app_of(path("x", nothing)), "/x"))


# ---- refusals without exceptions ----


class Posting(View):
    """Takes nothing but POST."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Greet."""
        return greeting(request)


def test_wrong_methods_keep_allow() -> None:
    """Class-based views and decorated functions refuse a method in the contract, with `Allow`."""
    app = app_of(path("class", Posting.as_view()), path("function", require_POST(greeting)))
    for address, allow in (("/class", "POST, OPTIONS"), ("/function", "POST")):
        sent = ask(app, address)
        assert (405, {"title": "Method Not Allowed", "status": 405, "traceId": TRACE}) == said(sent)
        assert allow == sent.headers["allow"]


ON_PURPOSE: Final[Mapping[str, Callable[[], HttpResponse]]] = {
    "405": lambda: HttpResponseNotAllowed(["POST"], "Post it."),
    "403": lambda: HttpResponseForbidden("Keep out."),
    "404": lambda: HttpResponse(status=404),
    "412": lambda: HttpResponse(status=412),
    "500": lambda: HttpResponse("Ouch.", status=500),
}


@pytest.mark.parametrize("make", ON_PURPOSE.values(), ids=ON_PURPOSE)
def test_responses_on_purpose_stay(make: Callable[[], HttpResponse]) -> None:
    """What a view returns is sent as it is, whatever its status."""
    expected = make()
    sent = ask(app_of(path("x", lambda request: make())), "/x")
    assert (expected.status_code, expected.content) == (sent.status, sent.body)


def test_preconditions_fail_in_the_contract() -> None:
    """The decorator for conditional requests answers a failed one in the contract."""
    view = condition(etag_func=lambda request: '"1"')(greeting)
    sent = ask(app_of(path("x", view)), "/x", "PUT", if_match='"2"')
    assert (412, {"title": "Precondition Failed", "status": 412, "traceId": TRACE}) == said(sent)


class Outdated(errata.Error, status=412, code="OUTDATED"):
    """A project's own, with the status of a failed precondition."""


def test_answers_are_not_answered_again(caplog: pytest.LogCaptureFixture) -> None:
    """An own error that looks like a refusal of Django's, HEAD having no body, is left as it is."""
    caplog.set_level(logging.INFO)
    app = app_of(path("x", raising(Outdated())))
    assert ask(app, "/x").headers == ask(app, "/x", "HEAD").headers
    assert ["errata", "errata"] == [record.name for record in caplog.records]


CSRF: Final = "django.middleware.csrf.CsrfViewMiddleware"
UNVERIFIED: Final = {"title": "Forbidden", "status": 403, "detail": "CSRF verification failed.", "traceId": TRACE}


def own_csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Refuse in the project's own way."""
    return HttpResponseForbidden("own")


def test_csrf_failures(caplog: pytest.LogCaptureFixture) -> None:
    """A failed CSRF check is answered in the contract, by middleware or decorator, and still logged for security."""
    app = app_of(path("guarded", csrf_protect(greeting)), middleware=[MIDDLEWARE, CSRF])
    unguarded = app_of(path("guarded", csrf_protect(greeting)))
    for answered in (ask(app, "/hello", "POST"), ask(unguarded, "/guarded", "POST")):
        assert (403, UNVERIFIED) == said(answered)
    assert 2 == [record.name for record in caplog.records].count("django.security.csrf")


def test_own_csrf_failure_view_stays() -> None:
    """A project's own view for failed CSRF checks is asked, and its response kept."""
    view = f"{__name__}.own_csrf_failure"
    with override_settings(CSRF_FAILURE_VIEW=view):
        sent = ask(app_of(middleware=[MIDDLEWARE, CSRF], CSRF_FAILURE_VIEW=own_csrf_failure), "/hello", "POST")
    assert (403, b"own") == (sent.status, sent.body)


# ---- a part of a site ----


def pretty(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer for people."""
    return HttpResponse("<p>lost", status=404)


def test_pages_beside_an_api_stay() -> None:
    """Below the prefix errors leave in the contract; everywhere else the site has its pages, its handlers asked."""
    urls = urlconf(
        path("api/closed", raising(CaseClosed(days=3))), path("api/hello", require_POST(greeting)), *PATTERNS
    )
    urls.handler404 = pretty  # type: ignore[attr-defined]
    settings_of = {"ROOT_URLCONF": urls, "MIDDLEWARE": [MIDDLEWARE, CSRF], "ERRATA_CONTRACT": plain}
    app = wsgi_app(**settings_of, ERRATA_PREFIX="/api/")
    assert (404, b"<p>lost") == (ask(app, "/nothing").status, ask(app, "/nothing").body)
    assert (404, NOT_FOUND) == said(ask(app, "/api/nothing"))
    assert (403, FORBIDDEN) == said(ask(app, "/api/closed"))
    assert (405, "POST") == (ask(app, "/api/hello").status, ask(app, "/api/hello").headers["allow"])
    assert b"CSRF verification failed" in ask(app, "/hello", "POST").body
    assert "text/html; charset=utf-8" == ask(app, "/hello", "POST").headers["content-type"]
    assert (403, UNVERIFIED) == said(ask(app, "/api/hello", "POST"))
    both = wsgi_app(**settings_of, ERRATA_PREFIX=["/api/", "/noth"])
    assert (404, NOT_FOUND) == said(ask(both, "/nothing"))


def test_handlers_of_the_urlconf_are_for_pages() -> None:
    """Where the contract answers, the URLconf's own handlers are not asked."""
    urls = urlconf(*PATTERNS)
    urls.handler404 = pretty  # type: ignore[attr-defined]
    app = wsgi_app(ROOT_URLCONF=urls, MIDDLEWARE=[MIDDLEWARE], ERRATA_CONTRACT=plain)
    assert (404, NOT_FOUND) == said(ask(app, "/nothing"))


def test_projects_without_a_contract_are_untouched() -> None:
    """Once a contract is installed somewhere in the process, others still get Django's own pages."""
    app_of()
    sent = ask(wsgi_app(ROOT_URLCONF=urlconf(), MIDDLEWARE=[]), "/nothing")
    assert (404, "text/html; charset=utf-8") == (sent.status, sent.headers["content-type"])
    assert b"<h1>Not Found</h1>" in sent.body


def test_the_path_is_that_below_the_mount() -> None:
    """The prefix belongs to the URLconf, so it is looked for after the script name; logs have the whole path."""
    seen: list[str] = []
    observing = plain.replace(observe=lambda problem, error, request: seen.append(request.path))
    app = app_of(contract=observing, ERRATA_PREFIX="/api/", FORCE_SCRIPT_NAME="/mounted")
    assert (404, NOT_FOUND) == said(ask(app, "/api/nothing"))
    assert ["/mounted/api/nothing"] == seen


# ---- middleware ----


@sync_and_async_middleware
def marking(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Mark each response."""
    if iscoroutinefunction(get_response):

        async def mark_later(request: HttpRequest) -> Any:
            response = await get_response(request)
            response["x-marked"] = "1"
            return response

        return mark_later

    def mark(request: HttpRequest) -> Any:
        response = get_response(request)
        response["x-marked"] = "1"
        response.set_cookie("seen", "1")
        return response

    return mark


def failing(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Raise what the request asks for, before any view."""

    def fail(request: HttpRequest) -> Any:
        what = request.headers.get("fail")
        if what == "own":
            raise CaseClosed(days=3)
        if what == "bug":
            raise_bug()
        if what == "404":
            raise Http404
        return get_response(request)

    return fail


def peeking(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Look at a form after the view has."""

    def peek(request: HttpRequest) -> Any:
        response = get_response(request)
        response["x-peeked"] = str(len(request.POST))
        return response

    return peek


class Rescuing:
    """Answers one exception by itself."""

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        """Handle one request."""
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer what the project has its own answer to."""
        return HttpResponse("rescued", status=418) if isinstance(error, CaseClosed) else None


MARKING, FAILING, RESCUING, PEEKING = (f"{__name__}.{name}" for name in ("marking", "failing", "Rescuing", "peeking"))
COMMON: Final = "django.middleware.common.CommonMiddleware"


@pytest.mark.parametrize("address", ["/bug", "/nothing", "/closed", "/async-bug"])
def test_middleware_sees_all_errors(address: str) -> None:
    """Errors of views and of the URLconf pass through the middleware as responses, which gets to mark them."""
    sent = ask(app_of(middleware=[MIDDLEWARE, MARKING]), address)
    assert "1" == sent.headers["x-marked"]
    assert "application/problem+json" == sent.headers["content-type"]


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(("what", "expected"), [("own", FORBIDDEN), ("bug", FAILURE), ("404", NOT_FOUND)])
def test_errors_of_middleware_are_answered(what: str, expected: Mapping[str, Any], debug: bool) -> None:
    """What a middleware raises is answered right there, so that those around it get to see it."""
    sent = ask(app_of(middleware=[MIDDLEWARE, MARKING, FAILING], DEBUG=debug), "/hello", fail=what)
    assert (expected["status"], expected) == said(sent)
    assert "1" == sent.headers["x-marked"]


@pytest.mark.parametrize(("options", "status"), [({"MEMORY_SIZE": 10}, 413), ({"NUMBER_FIELDS": 1}, 400)])
def test_forms_that_are_too_large_can_be_looked_at(options: Mapping[str, int], status: int) -> None:
    """After a form was refused for its size, middleware that looks at it finds an empty one."""
    limits: dict[str, Any] = {f"DATA_UPLOAD_MAX_{name}": value for name, value in options.items()}
    app = app_of(path("x", lambda request: HttpResponse(request.POST["a"])), middleware=[MIDDLEWARE, PEEKING], **limits)
    sent = ask(app, "/x", "POST", b"a=1&b=2&c=3&d=4", content_type="application/x-www-form-urlencoded")
    assert (status, "0") == (sent.status, sent.headers["x-peeked"])


def test_fields_and_cookies_stay_on_a_replaced_response() -> None:
    """What middleware has set on a refusal of Django's is on the answer in its place."""
    sent = ask(app_of(path("post", require_POST(greeting)), middleware=[MIDDLEWARE, MARKING]), "/post")
    assert (405, "1", "POST") == (sent.status, sent.headers["x-marked"], sent.headers["allow"])
    assert sent.headers["set-cookie"].strip().startswith("seen=1")


def test_the_last_place_will_do_for_views() -> None:
    """Standing last, the middleware still answers for views and URLconf; what stands before it is Django's."""
    app = app_of(middleware=[FAILING, MIDDLEWARE])
    assert (500, FAILURE) == said(ask(app, "/bug"))
    assert (404, NOT_FOUND) == said(ask(app, "/nothing"))
    assert "text/html; charset=utf-8" == ask(app, "/hello", fail="404").headers["content-type"]


def test_own_process_exception_goes_first() -> None:
    """A middleware that answers an exception by itself is not overruled."""
    app = app_of(middleware=[MIDDLEWARE, RESCUING])
    assert (418, b"rescued") == (ask(app, "/closed").status, ask(app, "/closed").body)
    assert (500, FAILURE) == said(ask(app, "/bug"))


def test_foreign_hosts_are_refused_in_the_contract() -> None:
    """A host that is not allowed, which CommonMiddleware finds, is a 400 that does not repeat it."""
    sent = ask(app_of(middleware=[MIDDLEWARE, COMMON]), "/hello", host="evil.example")
    assert (400, {"title": "Bad Request", "status": 400, "traceId": TRACE}) == said(sent)
    assert b"evil" not in sent.body


def test_slashes_are_still_appended() -> None:
    """An address that lacks its slash is redirected as before; one that no slash helps is not found."""
    app = app_of(middleware=[MIDDLEWARE, COMMON])
    sent = ask(app, "/slashed")
    assert (301, "/slashed/") == (sent.status, sent.headers["location"])
    assert (404, NOT_FOUND) == said(ask(app, "/unslashed"))


def test_compressed_errors_can_be_read() -> None:
    """Compression further out has its own length, and what it holds is the answer."""
    long = errata.Error(errata.Problem(status=409, title="Long", detail="x" * 500))
    zipping = "django.middleware.gzip.GZipMiddleware"
    sent = ask(app_of(path("x", raising(long)), middleware=[zipping, MIDDLEWARE]), "/x", accept_encoding="gzip")
    assert "gzip" == sent.headers["content-encoding"]
    assert str(len(sent.body)) == sent.headers["content-length"]
    assert "x" * 500 == json.loads(gzip.decompress(sent.body))["detail"]


def test_head_has_the_length_of_get() -> None:
    """HEAD gets the header fields of GET, the length included, and no body."""
    app = app_of()
    head, get = ask(app, "/closed", "HEAD"), ask(app, "/closed")
    assert b"" == head.body
    assert get.headers == head.headers
    assert str(len(get.body)) == head.headers["content-length"]


@pytest.mark.parametrize(("status", "line"), [(404, "404 Not Found"), (499, "499 Client Closed Request")])
def test_status_lines_name_the_status(status: int, line: str) -> None:
    """The status line has a phrase for statuses that Django does not know as well."""
    lines: list[str] = []

    def noting(environ: Any, start_response: Any) -> Any:
        def start(status: str, *rest: Any) -> Any:
            lines.append(status)
            return start_response(status, *rest)

        return app(environ, start)

    app = app_of(path("x", raising(errata.Error(errata.Problem(status=status)))))
    assert status == ask(noting, "/x").status
    assert [line] == lines


# ---- event loops ----


def test_both_kinds_of_everything_meet() -> None:
    """Sync and async views and middleware under ASGI are answered the same, and so are async views under WSGI."""
    urls = urlconf(*PATTERNS)
    layers = [MARKING, MIDDLEWARE, RESCUING, MARKING]
    app = asgi_app(ROOT_URLCONF=urls, MIDDLEWARE=layers, ERRATA_CONTRACT=plain)
    for address in ("/bug", "/async-bug"):
        sent = drive_asgi(app, Call("GET", address))
        assert (500, FAILURE, "1") == (*said(sent), sent.headers["x-marked"])
    assert (404, NOT_FOUND) == said(drive_asgi(app, Call("GET", "/nothing")))
    assert (500, FAILURE) == said(ask(app_of(middleware=layers), "/async-bug"))


def test_nothing_goes_to_threads_needlessly() -> None:
    """The middleware is of both kinds, so Django puts no adapter around it."""
    with override_settings(ROOT_URLCONF=urlconf(), MIDDLEWARE=[MIDDLEWARE], ERRATA_CONTRACT=plain):
        handler: Any = ASGIHandler()
    chain = handler._middleware_chain  # noqa: SLF001 - nothing public leads there
    assert inspect.iscoroutinefunction(chain)
    assert inspect.iscoroutinefunction(chain.__wrapped__)


# ---- signals, transactions, the test client ----


@pytest.mark.parametrize(
    ("address", "expected"),
    [("/bug", [RuntimeError]), ("/async-bug", [RuntimeError]), ("/closed", []), ("/404", []), ("/nothing", [])],
)
def test_bugs_are_told_and_nothing_else(address: str, expected: list[type[BaseException]]) -> None:
    """Django's signal for unhandled exceptions is sent once for a bug, the exception at hand, and for nothing else."""
    asynchronous = asgi_app(ROOT_URLCONF=urlconf(*PATTERNS), MIDDLEWARE=[MIDDLEWARE], ERRATA_CONTRACT=plain)
    with listening() as heard:
        ask(app_of(), address)
        assert expected == heard
        drive_asgi(asynchronous, Call("GET", address))
        assert expected * 2 == heard


def test_a_failing_listener_changes_nothing() -> None:
    """Whoever listens and fails does not take the answer away."""

    def fail(sender: Any, **_: Any) -> None:
        raise LookupError

    signals.got_request_exception.connect(fail)
    try:
        assert (500, FAILURE) == said(ask(app_of(), "/bug"))
    finally:
        signals.got_request_exception.disconnect(fail)


def test_exceptions_propagate_when_told_to() -> None:
    """With Django's switch for it, bugs go to the server; what is no bug is answered."""
    app = app_of(DEBUG_PROPAGATE_EXCEPTIONS=True)
    with pytest.raises(RuntimeError, match="hunter2"):
        ask(app, "/bug")
    assert (403, FORBIDDEN) == said(ask(app, "/closed"))


def test_the_test_client_raises_bugs() -> None:
    """Django's test client raises what is a bug, unless told not to, and returns everything else."""
    with override_settings(ROOT_URLCONF=urlconf(*PATTERNS), MIDDLEWARE=[MIDDLEWARE], ERRATA_CONTRACT=plain):
        with pytest.raises(RuntimeError, match="hunter2"):
            Client().get("/bug")
        assert FAILURE == Client(raise_request_exception=False).get("/bug").json()
        assert FORBIDDEN == Client().get("/closed").json()
        assert NOT_FOUND == asyncio.run(AsyncClient().get("/nothing")).json()


@pytest.mark.parametrize(("error", "expected"), [(None, 1), (CaseClosed(days=3), 0), (Http404(), 0), (ValueError(), 0)])
def test_transactions_are_rolled_back(table: str, error: Exception | None, expected: int) -> None:
    """What a request did before an error is undone, if requests are transactions."""

    def ordering(request: HttpRequest) -> HttpResponse:
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {table} VALUES (1)")  # noqa: S608 - the same
        if error is not None:
            raise error
        return HttpResponse()

    ask(app_of(path("x", ordering)), "/x")
    assert expected == rows(table)


# ---- logs ----


def test_errors_are_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """A bug and an unknown address make one record each, errata's, the first with its traceback."""
    caplog.set_level(logging.INFO)
    app = app_of()
    ask(app, "/bug")
    ask(app, "/nothing")
    records = [record for record in caplog.records if record.name.startswith(("errata", "django"))]
    assert [("errata", "ERROR"), ("errata", "INFO")] == [(record.name, record.levelname) for record in records]
    assert records[0].exc_info is not None


def test_suspicious_requests_are_logged_for_security(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever watches Django's security loggers still hears of suspicious requests."""
    ask(app_of(path("x", raising(exceptions.DisallowedHost("evil.example")))), "/x")
    assert ["django.security.DisallowedHost"] == [r.name for r in caplog.records if r.name.startswith("django")]


# ---- setting up ----


@pytest.mark.parametrize(
    ("value", "told"), [(None, "ERRATA_CONTRACT None is no contract"), ("json.dumps", "'json.dumps' is no contract")]
)
def test_a_missing_contract_is_said_at_the_start(value: str | None, told: str) -> None:
    """A project whose setting names no contract does not start, and is told which setting."""
    with pytest.raises(ImproperlyConfigured, match=told):
        wsgi_app(MIDDLEWARE=[MIDDLEWARE], **({} if value is None else {"ERRATA_CONTRACT": value}))


def test_contracts_are_named_by_path() -> None:
    """The setting may name where the contract is found."""
    app = wsgi_app(
        ROOT_URLCONF=urlconf(*PATTERNS), MIDDLEWARE=[MIDDLEWARE], ERRATA_CONTRACT="tests.servers.worlds.plain"
    )
    assert (404, NOT_FOUND) == said(ask(app, "/nothing"))


@pytest.mark.parametrize("cls", [WSGIHandler, ASGIHandler])
def test_a_handler_takes_a_contract(cls: Any) -> None:
    """Installed into a handler, a contract answers for all its middleware; the last one counts."""
    other = plain.replace(fallbacks={errata.NotFound: errata.Gone})
    with override_settings(ROOT_URLCONF=urlconf(*PATTERNS), MIDDLEWARE=[MARKING]):
        handler = cls()
        assert handler is install(handler, other)
        drive: Any = drive_wsgi if cls is WSGIHandler else drive_asgi
        assert 410 == drive(handler, Call("GET", "/nothing")).status
        install(handler, plain, prefix="/")
        sent = drive(handler, Call("GET", "/nothing"))
        assert (404, NOT_FOUND, "1") == (*said(sent), sent.headers["x-marked"])
        assert (500, FAILURE) == said(drive(handler, Call("GET", "/bug")))


def test_a_handler_without_middleware_is_told() -> None:
    """A handler that is not ready says what to do."""
    with pytest.raises(RuntimeError, match="call its load_middleware"):
        install(Client().handler, plain)


def test_django_is_wrapped_once() -> None:
    """However many contracts are installed, there is one layer around Django's own function."""
    app_of()
    wrapped: Any = exception.response_for_exception
    app_of()
    again: Any = exception.response_for_exception
    assert wrapped is again
    assert not hasattr(again.__wrapped__, "__wrapped__")


def test_settings_are_left_alone() -> None:
    """Installing a contract changes no setting."""
    before = settings.CSRF_FAILURE_VIEW
    app_of()
    assert before == settings.CSRF_FAILURE_VIEW
    assert not hasattr(settings, "ERRATA_CONTRACT")


def test_prefix_without_a_slash_is_refused() -> None:
    """A prefix that no path can begin with would turn everything off; it is told when the contract is installed."""
    with pytest.raises(ImproperlyConfigured, match=r"'api/'.*slash"):
        install(WSGIHandler(), plain, prefix="api/")
