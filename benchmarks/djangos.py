"""Django and the two frameworks on top of it, each three times (see `benchmarks.three`).

The three share a process and its settings; each has a URLconf of its own, as the
class of its requests says. What errata wraps in Django is wrapped for all three,
and lets the requests of the others through.
"""

from collections.abc import Callable
from functools import cache
from itertools import count
from types import ModuleType
from typing import Any, Final, NoReturn

from benchmarks.servers import BY_HAND, PROBLEM, TITLE
from benchmarks.three import (
    BUG,
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
    through_wsgi,
)

MIDDLEWARE: Final = ["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"]
BY_PROJECT: Final = "benchmarks.djangos.answer_missing"
_numbers = count()


@cache
def set_up() -> None:
    """Configure Django once."""
    import django
    from django.conf import settings

    settings.configure(
        ALLOWED_HOSTS=["x"],
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "rest_framework"],
        LOGGING_CONFIG=None,
        MIDDLEWARE=MIDDLEWARE,
        ROOT_URLCONF=__name__,  # asked for, and never used
        SECRET_KEY="made up",  # noqa: S106 - of nothing
        USE_TZ=True,
    )
    django.setup()


def handler_of(*patterns: Any, by_project: bool = False, **handlers: Any) -> Any:
    """Return a handler of requests for some URLs; `by_project` with the middleware that answers what is missing."""
    from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
    from django.test.utils import override_settings

    urls = ModuleType("urls")
    vars(urls).update(urlpatterns=patterns, **handlers)
    with override_settings(MIDDLEWARE=[*MIDDLEWARE, BY_PROJECT] if by_project else MIDDLEWARE):
        made: Any = WSGIHandler()
    made.request_class = type("Request", (WSGIRequest,), {"urlconf": urls})
    return made


def answer_missing(get_response: Any) -> Any:
    """Answer the project's own exception: a middleware, as Django has no other public place for it."""
    from django.http import HttpRequest, HttpResponse

    class Middleware:
        def __call__(self, request: HttpRequest) -> Any:
            return get_response(request)

        def process_exception(self, _: HttpRequest, error: Exception) -> HttpResponse | None:
            return said(missing_by_hand(error), 404) if isinstance(error, NoSkuByHandError) else None

    return Middleware()


def said(body: bytes, status: int) -> Any:
    """Return a response with a problem document."""
    from django.http import HttpResponse

    return HttpResponse(body, status=status, content_type=PROBLEM, headers=BY_HAND)


def on_unknown(_: Any, exception: Exception) -> Any:  # noqa: ARG001 - Django gives it by this name
    """Answer what is not there: a `handler404`."""
    return said(body_by_hand(404, "Not Found"), 404)


def on_bug(_: Any) -> Any:
    """Answer a bug: a `handler500`, which is not told the exception."""
    return said(body_by_hand(500, BUG), 500)


PAGES: Final[dict[str, Any]] = {"handler404": on_unknown, "handler500": on_bug}


def django() -> Three:
    """Django, its views functions."""
    set_up()
    from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
    from django.urls import path

    from errata.servers.django import install

    def urls(missing: Any) -> list[Any]:
        def item(_: HttpRequest, number: int) -> HttpResponse:
            return JsonResponse({"number": number})

        return [
            path("items/<int:number>", item), path("missing", lambda _: missing()), path("broken", lambda _: bug()),
        ]  # fmt: skip

    def refuse() -> NoReturn:
        raise Http404(TITLE)

    return Three(
        through_wsgi(handler_of(*urls(refuse))),
        through_wsgi(handler_of(*urls(by_hand), by_project=True, **PAGES)),
        through_wsgi(install(handler_of(*urls(by_errata)), contract())),
    )


def drf() -> Three:  # noqa: C901 - three sites and what they raise
    """Django REST framework, its views classes that write JSON."""
    set_up()
    from django.urls import path
    from rest_framework.exceptions import NotFound
    from rest_framework.renderers import JSONRenderer
    from rest_framework.response import Response
    from rest_framework.views import APIView, exception_handler

    from errata.servers.drf import exception_handler as errata_exception_handler
    from errata.servers.drf import install

    def urls(missing: Callable[[], NoReturn], handler: Any) -> list[Any]:
        class View(APIView):
            renderer_classes = (JSONRenderer,)
            authentication_classes = ()
            permission_classes = ()

            def get_exception_handler(self) -> Any:
                return handler

        class Item(View):
            def get(self, _: Any, number: int) -> Response:
                return Response({"number": number})

        class Missing(View):
            def get(self, _: Any) -> Response:
                missing()

        class Broken(View):
            def get(self, _: Any) -> Response:
                bug()

        return [
            path("items/<int:number>", Item.as_view()), path("missing", Missing.as_view()),
            path("broken", Broken.as_view()),
        ]  # fmt: skip

    def refuse() -> NoReturn:
        raise NotFound(TITLE)

    def on_error(error: Exception, context: Any) -> Any:
        if isinstance(error, NoSkuByHandError):
            return Response(missing_document(error), 404, headers=BY_HAND, content_type=PROBLEM)
        response = exception_handler(error, context)
        if response is not None:
            response.data = document_by_hand(response.status_code, response.status_text)
            for name, value in BY_HAND.items():
                response[name] = value
            response.content_type = PROBLEM
        return response

    return Three(
        through_wsgi(handler_of(*urls(refuse, exception_handler))),
        through_wsgi(handler_of(*urls(by_hand, on_error), **PAGES)),
        through_wsgi(install(handler_of(*urls(by_errata, errata_exception_handler)), contract())),
    )


def ninja() -> Three:
    """Django Ninja."""
    set_up()
    from django.http import HttpRequest
    from django.urls import path
    from ninja import NinjaAPI
    from ninja.errors import HttpError

    from errata.servers import django as installed
    from errata.servers.ninja import install

    def api_of(missing: Any) -> NinjaAPI:
        api = NinjaAPI(urls_namespace=f"benchmark-{next(_numbers)}", docs_url=None, openapi_url=None)

        @api.get("/items/{number}")
        def item(request: HttpRequest, number: int) -> dict[str, int]:  # noqa: ARG001 - Ninja goes by the name
            return {"number": number}

        @api.get("/missing")
        def get_missing(request: HttpRequest) -> None:  # noqa: ARG001 - the same
            missing()

        @api.get("/broken")
        def broken(request: HttpRequest) -> None:  # noqa: ARG001 - the same
            bug()

        return api

    def refuse() -> NoReturn:
        raise HttpError(404, TITLE)

    hand = api_of(by_hand)

    @hand.exception_handler(NoSkuByHandError)
    def on_missing(_: HttpRequest, error: NoSkuByHandError) -> Any:
        return said(missing_by_hand(error), 404)

    @hand.exception_handler(HttpError)
    def on_http(_: HttpRequest, error: HttpError) -> Any:
        return said(body_by_hand(error.status_code, error.message), error.status_code)

    @hand.exception_handler(Exception)
    def on_any(_: HttpRequest, error: Exception) -> Any:
        return said(body_by_hand(500, BUG, error), 500)

    def asked(api: NinjaAPI, **handlers: Any) -> Any:
        return handler_of(path("", api.urls), **handlers)

    through: Any = through_wsgi
    errata: Ask = through(installed.install(asked(install(api_of(by_errata), contract())), contract()))
    return Three(through(asked(api_of(refuse))), through(asked(hand, **PAGES)), errata)
