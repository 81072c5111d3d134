"""The kit's application in Django REST framework."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tests.servers.apps.django_settings import MIDDLEWARE, urlconf, wsgi_app  # isort: skip  # goes first

from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import path
from rest_framework import exceptions, serializers
from rest_framework.authentication import BasicAuthentication
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from errata import Contract
from errata.testing import fail
from tests.servers.apps.django import parts


class LineSerializer(serializers.Serializer[Any]):
    """A line of an order."""

    price = serializers.IntegerField()


class OrderSerializer(serializers.Serializer[Any]):
    """An order as clients send it."""

    sku = serializers.CharField()
    amount = serializers.IntegerField(min_value=1)
    lines = LineSerializer(many=True, required=False)


class Lenient(BaseContentNegotiation):
    """Renders JSON whatever the client accepts; otherwise the framework says 406 before the view is called."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        """Return the parser for the body's media type."""
        return next((parser for parser in parsers if parser.media_type == request.content_type), None)

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        """Return the one renderer."""
        return renderers[0], renderers[0].media_type


class View(APIView):
    """What all views have in common."""

    content_negotiation_class = Lenient
    renderer_classes = (JSONRenderer,)
    parser_classes = (JSONParser,)
    authentication_classes: Sequence[type[BasicAuthentication]] = ()
    permission_classes: Sequence[type[IsAuthenticated]] = ()


class Hello(View):
    """Greets."""

    def get(self, request: Request) -> HttpResponse:
        """Greet."""
        return HttpResponse("hello", content_type="text/plain")


class Failing(View):
    """Fails."""

    def get(self, request: Request, name: str) -> Response:
        """Raise the error of a situation."""
        fail(name)
        return Response()


class Orders(View):
    """Takes orders."""

    def post(self, request: Request) -> Response:
        """Take an order."""
        order = OrderSerializer(data=request.data)
        order.is_valid(raise_exception=True)
        return Response()


class Limited(View):
    """Reads bodies."""

    def post(self, request: Request) -> Response:
        """Read a body."""
        return Response(len(request.data))


class ClosedForLunch(exceptions.APIException):
    """The framework's way to declare an error."""

    status_code = 503
    default_detail = "Closed for lunch."
    wait = 60


class Refused(View):
    """Refuses."""

    def get(self, request: Request) -> Response:
        """Refuse as the framework does."""
        raise ClosedForLunch


class OrdersOnly(BasicAuthentication):
    """Asks for a password."""

    www_authenticate_realm = "orders"


class Login(View):
    """Challenges."""

    authentication_classes = (OrdersOnly,)
    permission_classes = (IsAuthenticated,)

    def get(self, request: Request) -> Response:
        """Greet whoever is known."""
        return Response()


class Moved(View):
    """Sends elsewhere."""

    def get(self, request: Request) -> HttpResponse:
        """Send elsewhere."""
        return HttpResponseRedirect("/hello")


class Started(View):
    """Begins, and fails."""

    def get(self, request: Request) -> StreamingHttpResponse:
        """Begin, and fail."""
        return StreamingHttpResponse(parts())


URLS = urlconf(
    path("hello", Hello.as_view()),
    path("fail/<str:name>", Failing.as_view()),
    path("orders", Orders.as_view()),
    path("limited", Limited.as_view()),
    path("refused", Refused.as_view()),
    path("refused/login", Login.as_view()),
    path("moved", Moved.as_view()),
    path("started", Started.as_view()),
)


def make_app(contract: Contract) -> Callable[..., Iterable[bytes]]:
    """Return the application with a contract installed."""
    return wsgi_app(ROOT_URLCONF=URLS, MIDDLEWARE=[MIDDLEWARE], ERRATA_CONTRACT=contract)
