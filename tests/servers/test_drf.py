"""What Django REST framework does that could go wrong: its exceptions, its renderers, its parsers, its codes."""

import json
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import pytest

from tests.servers.apps.django_settings import MIDDLEWARE, urlconf, wsgi_app  # isort: skip  # goes first

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.handlers.wsgi import WSGIHandler
from django.http import Http404
from django.test import override_settings
from django.urls import path
from rest_framework import exceptions, parsers, serializers, views
from rest_framework.authentication import BasicAuthentication, SessionAuthentication
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.test import APIRequestFactory
from rest_framework.throttling import UserRateThrottle

import errata
from errata import Contract, RawResponse
from errata.servers import drf
from errata.testing import Call, check_server, drive_wsgi
from tests.servers import django_worlds
from tests.servers.apps.drf import OrderSerializer, make_app
from tests.servers.django_worlds import app_of, ask, listening, rows, said
from tests.servers.worlds import FAILURE, TEXT_OF_A_BUG, TRACE, CaseClosed, members, plain, raise_bug

table = django_worlds.table

JSON: Final = {"content_type": "application/json"}


def test_drf_passes() -> None:
    """Errors of API views leave as the kit says."""
    check_server(make_app, drive_wsgi)


def view_of(act: Callable[[Request], Any], **attributes: Any) -> Any:
    """Return an API view that does one thing, whatever the method."""

    def handle(self: views.APIView, request: Request, **_: Any) -> Response:
        return Response(act(request))

    names = dict.fromkeys(("get", "post", "delete"), handle)
    cls: Any = type("OneView", (views.APIView,), {"authentication_classes": (), **names, **attributes})
    return cls.as_view()


def raising(error: Exception) -> Callable[[Request], Any]:
    """Return what a view does to raise an error."""

    def act(request: Request) -> Any:
        raise error

    return act


def get(
    act: Callable[[Request], Any], contract: Contract = plain, debug: bool = False, **attributes: Any
) -> RawResponse:
    """Return the answer of a view that does one thing."""
    return ask(app_of(path("x", view_of(act, **attributes)), contract=contract, DEBUG=debug), "/x")


def post(act: Callable[[Request], Any], body: bytes, **headers: str) -> RawResponse:
    """Return the answer of a view to a body."""
    return ask(app_of(path("x", view_of(act))), "/x", "POST", body, **(headers or JSON))


def bug(request: Request) -> Any:
    """Fail as a bug does."""
    raise_bug()


# ---- the framework's exceptions ----


class OutOfStock(exceptions.APIException):
    """A project's own."""

    status_code = 409
    default_detail = "There is nothing left."
    default_code = "out_of_stock"


class Hidden(exceptions.NotFound):
    """A project's own kind of not found, with the usual text."""


class Strange(exceptions.APIException):
    """Has a status of nobody's."""

    status_code = 499
    default_detail = "You left."


MEANINGS: Final[Mapping[str, tuple[Exception, Mapping[str, Any]]]] = {
    "not found": (exceptions.NotFound(), {"title": "Not Found", "status": 404}),
    "not found, an own kind": (Hidden(), {"title": "Not Found", "status": 404}),
    "not found, with a text": (
        exceptions.NotFound("No order 7."), {"title": "Not Found", "status": 404, "detail": "No order 7."}
    ),
    "of Django": (Http404(TEXT_OF_A_BUG), {"title": "Not Found", "status": 404}),
    "denied by Django": (DjangoPermissionDenied(TEXT_OF_A_BUG), {"title": "Forbidden", "status": 403}),
    "denied": (exceptions.PermissionDenied(), {"title": "Forbidden", "status": 403}),
    "denied, with text and code": (
        exceptions.PermissionDenied("Not yours.", "not_owner"),
        {"title": "Forbidden", "status": 403, "detail": "Not yours.", "code": "not_owner"},
    ),
    "method": (exceptions.MethodNotAllowed("GET"), {"title": "Method Not Allowed", "status": 405}),
    "not acceptable": (exceptions.NotAcceptable(), {"title": "Not Acceptable", "status": 406}),
    "media type": (exceptions.UnsupportedMediaType("text/<x>"), {"title": "Unsupported Media Type", "status": 415}),
    "throttled": (exceptions.Throttled(1.2), {"title": "Too Many Requests", "status": 429}),
    "unreadable": (
        exceptions.ParseError(), {"title": "Bad Request", "status": 400, "detail": "The request body cannot be read."}
    ),
    "unreadable, with a text": (
        exceptions.ParseError("Two dates."), {"title": "Bad Request", "status": 400, "detail": "Two dates."}
    ),
    "any": (exceptions.APIException(), {"title": "Internal Server Error", "status": 500}),
    "an own one": (
        OutOfStock(),
        {"title": "Conflict", "status": 409, "detail": "There is nothing left.", "code": "out_of_stock"},
    ),
    "a status of nobody's": (Strange(), {"title": "Client Closed Request", "status": 499, "detail": "You left."}),
    "an object for a text": (
        exceptions.APIException({"detail": "Down.", "since": ["noon"]}),
        {"title": "Internal Server Error", "status": 500, "detail": "Down.", "since": ["noon"]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(("error", "expected"), MEANINGS.values(), ids=MEANINGS)
def test_exceptions_mean_standard_classes(error: Exception, expected: Mapping[str, Any], debug: bool) -> None:
    """Own texts and codes stay, usual ones say no more than the status, and those of Django are not told."""
    told = members(get(raising(error), debug=debug).body)
    assert TRACE == told.pop("traceId")
    assert expected == told


def test_own_kind_of_malformed_body_has_its_class() -> None:
    """A ParseError is a MalformedBody whatever its text, so that a contract can have its own type for it."""
    own = plain.replace(fallbacks={errata.MalformedBody: errata.Gone})
    for error in (exceptions.ParseError(), exceptions.ParseError("Two dates.")):
        assert 410 == get(raising(error), own).status


def test_unknown_exceptions_say_nothing() -> None:
    """A bug in a view is a bug of the site: told to those who watch, and answered with nothing but the trace id."""
    for debug in (False, True):
        with listening() as heard:
            sent = get(bug, debug=debug)
        assert (500, FAILURE) == said(sent)
        assert [RuntimeError] == heard


def test_own_errors_are_answered_once() -> None:
    """An error of the contract is answered by it, and told to nobody as a bug."""
    with listening() as heard:
        sent = get(raising(CaseClosed(days=3)))
    assert (403, "CASE_CLOSED") == (sent.status, members(sent.body)["code"])
    assert [] == heard


def test_the_nearest_class_counts() -> None:
    """A contract's meaning of one exception of the framework goes first, one of all exceptions last."""
    own = plain.replace(exceptions={OutOfStock: errata.Gone, Exception: errata.DataLoss})
    assert 410 == get(raising(OutOfStock()), own).status
    assert 403 == get(raising(exceptions.PermissionDenied()), own).status
    assert 422 == get(raising(serializers.ValidationError("no")), own).status


# ---- validation ----


class Picky(serializers.Serializer[Any]):
    """Has checks of its own."""

    name = serializers.CharField()

    def validate_name(self, name: str) -> str:
        """Refuse all names."""
        raise serializers.ValidationError(f"{name} is taken" if "secret" in name else "is taken", "taken")


def validated(kind: Any) -> Callable[[Request], Any]:
    """Return what a view does to validate a body."""

    def act(request: Request) -> Any:
        kind(data=request.data).is_valid(raise_exception=True)

    return act


def test_nested_faults_have_their_places() -> None:
    """Faults are told by path, check and text, in the places of the body, and never with the input."""
    sent = post(validated(OrderSerializer), b'{"amount":"hunter2","lines":[{"price":1},{}]}')
    expected = [
        {"detail": "is required", "pointer": "#/sku", "location": "body", "code": "required"},
        {"detail": "must be an integer", "pointer": "#/amount", "location": "body", "code": "type"},
        {"detail": "is required", "pointer": "#/lines/1/price", "location": "body", "code": "required"},
    ]
    assert (422, expected) == (sent.status, members(sent.body)["errors"])


def test_own_checks_have_code_and_text() -> None:
    """A check of the project keeps its code, and its text unless that repeats the input."""
    taken = members(post(validated(Picky), b'{"name":"mary"}').body)["errors"]
    assert [{"detail": "is taken", "pointer": "#/name", "location": "body", "code": "taken"}] == taken
    secret = post(validated(Picky), b'{"name":"secret-7"}')
    assert b"secret-7" not in secret.body
    assert "taken" == members(secret.body)["errors"][0]["code"]


def test_faults_of_a_query_are_in_the_query() -> None:
    """Where there is no body, what a view validates is the query."""
    sent = get(raising(serializers.ValidationError({"page": ["must be positive"]})))
    assert (422, ("query", "page")) == (
        sent.status, tuple(members(sent.body)["errors"][0][name] for name in ("location", "parameter"))
    )  # fmt: skip


def test_validation_with_another_status() -> None:
    """A project's own ValidationError with another status keeps it, and its violations."""

    class Conflicting(serializers.ValidationError):
        status_code = 409

    sent = get(raising(Conflicting({"sku": ["is taken"]})))
    assert (409, "Conflict", 1) == (sent.status, members(sent.body)["title"], len(members(sent.body)["errors"]))


# ---- bodies ----


def reading(request: Request) -> Any:
    """Read a body."""
    return len(request.data)


UNREADABLE: Final[Mapping[str, tuple[bytes, str]]] = {
    "cut": (b'{"sku":', "application/json"),
    "not a number": (b"NaN", "application/json"),
    "huge integer": (b"9" * 5000, "application/json"),
    "deep": (b"[" * 100_000, "application/json"),
    "no text": (b"\xff\xfe\x00", "application/json"),
    "another charset": (b'{"a":1}', "application/json; charset=utf-16"),
    "a charset that is none": (b'{"a":1}', "application/json; charset=zlib"),
    "a charset that decodes to bytes": (zlib.compress(b"[" * 100_000), "application/json; charset=zlib"),
    "a form without boundary": (b"--x\r\n", "multipart/form-data"),
}


@pytest.mark.parametrize(("body", "media_type"), UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable_bodies(body: bytes, media_type: str) -> None:
    """A body that cannot be read as what it claims to be is a 400, whatever the parser stumbles over."""
    sent = post(reading, body, content_type=media_type)
    expected = {"title": "Bad Request", "status": 400, "detail": "The request body cannot be read.", "traceId": TRACE}
    assert (400, expected) == said(sent)


class Strict(parsers.BaseParser):
    """A project's own."""

    media_type = "text/x-order"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Give up on everything."""
        raise ValueError(TEXT_OF_A_BUG)


def test_a_parser_of_the_project_gives_up() -> None:
    """A parser that raises a ValueError has found the body unreadable."""
    app = app_of(path("x", view_of(reading, parser_classes=(Strict,))))
    assert 400 == ask(app, "/x", "POST", b"1", content_type="text/x-order").status


def test_own_faults_while_reading_stay_bugs() -> None:
    """A ValueError of the view itself is a bug, though the view has read a body."""

    def act(request: Request) -> Any:
        assert request.data
        raise ValueError(TEXT_OF_A_BUG)

    assert (500, FAILURE) == said(post(act, b'{"a":1}'))


def test_other_media_types() -> None:
    """A body that no parser reads is a 415 that does not repeat what the client said."""
    sent = post(reading, b"<order/>", content_type="text/hunter2")
    assert (415, {"title": "Unsupported Media Type", "status": 415, "traceId": TRACE}) == said(sent)


# ---- who may, and how often ----


class Staff(BasePermission):
    """Lets nobody in."""

    message = "Staff only."
    code = "staff_only"

    def has_permission(self, request: Request, view: Any) -> bool:
        """Refuse."""
        return False


def test_401_with_a_challenge() -> None:
    """The challenge is the one of the view's authentication, in place of the contract's."""
    sent = get(bug, authentication_classes=(BasicAuthentication,), permission_classes=(IsAuthenticated,))
    assert (401, {"title": "Unauthorized", "status": 401, "traceId": TRACE}) == said(sent)
    assert 'Basic realm="api"' == sent.headers["www-authenticate"]


def test_401_without_a_challenge_is_403() -> None:
    """Where the framework makes a 403 of it, for want of a challenge, the text says why."""
    sent = get(bug, authentication_classes=(SessionAuthentication,), permission_classes=(IsAuthenticated,))
    assert (403, "Authentication credentials were not provided.") == (sent.status, members(sent.body)["detail"])
    assert "www-authenticate" not in sent.headers


def test_wrong_credentials() -> None:
    """Credentials that cannot be read are refused with the challenge and without repeating them."""
    app = app_of(path("x", view_of(bug, authentication_classes=(BasicAuthentication,))))
    sent = ask(app, "/x", authorization="Basic hunter2")
    assert (401, 'Basic realm="api"') == (sent.status, sent.headers["www-authenticate"])
    assert b"hunter2" not in sent.body


def test_permissions_have_text_and_code() -> None:
    """A permission's own message and code are told."""
    sent = get(bug, permission_classes=(Staff,))
    assert (403, "Staff only.", "staff_only") == (sent.status, *(members(sent.body)[n] for n in ("detail", "code")))


class Once(UserRateThrottle):
    """Lets one request an hour through."""

    rate = "1/hour"
    scope = "once"


def test_throttled_requests_are_told_when() -> None:
    """Who asks too often is told how long to wait, in the header field."""
    app = app_of(path("x", view_of(lambda request: "", throttle_classes=(Once,))))
    assert 200 == ask(app, "/x").status
    sent = ask(app, "/x")
    assert (429, {"title": "Too Many Requests", "status": 429, "traceId": TRACE}) == said(sent)
    assert 3590 < int(sent.headers["retry-after"]) <= 3600


# ---- responses ----


def test_wrong_methods_keep_allow() -> None:
    """A method that a view has not is refused with those that it has."""
    sent = ask(app_of(path("x", view_of(bug))), "/x", "PUT")
    assert (405, {"title": "Method Not Allowed", "status": 405, "traceId": TRACE}) == said(sent)
    assert {"GET", "POST", "DELETE"} <= set(sent.headers["allow"].split(", "))


def test_renderers_have_no_say() -> None:
    """A browser gets the contract's bytes, not the browsable API; negotiation of the contract is its own."""
    app = app_of(path("x", view_of(raising(exceptions.NotFound()))))
    sent = ask(app, "/x", accept="text/html")
    assert (404, "application/problem+json") == (sent.status, sent.headers["content-type"])
    assert str(len(sent.body)) == sent.headers["content-length"]


def test_what_no_renderer_makes_is_refused() -> None:
    """A client that accepts nothing which the view renders gets the framework's 406 in the contract."""
    sent = ask(app_of(path("x", view_of(bug))), "/x", accept="image/png")
    assert (406, {"title": "Not Acceptable", "status": 406, "traceId": TRACE}) == said(sent)
    assert 404 == ask(app_of(path("x", view_of(bug)), DEBUG=True), "/x?format=png").status


def test_responses_on_purpose_stay() -> None:
    """What a view returns with a status of its own is rendered as it says."""

    class Own(views.APIView):
        authentication_classes = ()

        def get(self, request: Request) -> Response:
            return Response({"mine": True}, status=404)

    sent = ask(app_of(path("x", Own.as_view())), "/x")
    assert (404, {"mine": True}) == said(sent)


@pytest.mark.parametrize("error", [exceptions.NotFound(), CaseClosed(days=3), ValueError()])
def test_transactions_are_rolled_back(table: str, error: Exception) -> None:
    """What a request did before an error is undone, though the framework makes a response of it early."""

    def act(request: Request) -> Any:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {table} VALUES (1)")  # noqa: S608 - a name of our own
        raise error

    assert get(act).status >= 400
    assert 0 == rows(table)


# ---- which handler answers ----


def own_handler(exc: Exception, context: Any) -> Response:
    """Answer in a project's own way."""
    return Response({"own": True}, status=418)


def test_a_view_with_a_handler_of_its_own_keeps_it() -> None:
    """A view that overrides the exception handler answers by itself."""
    sent = get(bug, get_exception_handler=lambda self: own_handler)
    assert (418, {"own": True}) == said(sent)


def test_without_a_contract_the_framework_answers() -> None:
    """A request that no contract is for is answered as the framework does: outside of the prefix, or without layers."""
    view = view_of(raising(exceptions.NotFound()))
    sent = ask(app_of(path("x", view), ERRATA_PREFIX="/api/"), "/x")
    assert (404, {"detail": "Not found."}) == said(sent)
    direct = view(APIRequestFactory().get("/x")).render()
    assert {"detail": "Not found."} == json.loads(direct.content)


def handler_of(urls: Any) -> Any:
    """Return a handler with a contract installed into it."""
    with override_settings(ROOT_URLCONF=urls, MIDDLEWARE=[]):
        handler = WSGIHandler()
    assert handler is drf.install(handler, plain)

    def app(environ: Any, start_response: Any) -> Iterable[bytes]:
        with override_settings(ROOT_URLCONF=urls):
            return handler(environ, start_response)

    return app


def test_a_handler_takes_a_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    """Installed into a handler, a contract answers for API views, the URLconf and the middleware."""
    monkeypatch.setattr(api_settings, "EXCEPTION_HANDLER", views.exception_handler)
    app = handler_of(urlconf(path("x", view_of(raising(OutOfStock())))))
    assert "out_of_stock" == members(drive_wsgi(app, Call("GET", "/x")).body)["code"]
    assert 404 == drive_wsgi(app, Call("GET", "/nothing")).status


def test_a_handler_that_the_settings_name_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Installing does not replace a project's own exception handler."""
    monkeypatch.setattr(api_settings, "EXCEPTION_HANDLER", own_handler)
    app = handler_of(urlconf(path("x", view_of(bug))))
    assert (418, {"own": True}) == said(drive_wsgi(app, Call("GET", "/x")))


def test_unknown_addresses_are_answered_too() -> None:
    """An address that no view has is answered in the contract, where the framework alone leaves it to Django's page."""
    app = wsgi_app(ROOT_URLCONF=urlconf(), MIDDLEWARE=[MIDDLEWARE], ERRATA_CONTRACT=plain)
    assert (404, {"title": "Not Found", "status": 404, "traceId": TRACE}) == said(ask(app, "/nothing"))
