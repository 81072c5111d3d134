"""The shop on Django REST framework, described by drf-spectacular."""

from typing import Any

import django
from django.conf import settings
from django.urls import include, path

from tests.openapi.apps.shop import Closed, NoSuchOrder, OutOfStock, contract, main

if __name__ == "__main__":
    settings.configure(
        ALLOWED_HOSTS=["*"],
        AUTHENTICATION_BACKENDS=[f"{__name__}.Anybody"],
        ERRATA_CONTRACT=contract,
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "rest_framework", "drf_spectacular"],
        MIDDLEWARE=["errata.servers.django.middleware"],
        REST_FRAMEWORK={
            "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.BasicAuthentication"],
            "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
            "EXCEPTION_HANDLER": "errata.servers.drf.exception_handler",
        },
        ROOT_URLCONF=__name__,
        SECRET_KEY="made up",
        SPECTACULAR_SETTINGS={
            "POSTPROCESSING_HOOKS": [
                "drf_spectacular.hooks.postprocess_schema_enums",
                "errata.openapi.drf.describe_errors",
            ],
            "TITLE": "Shop",
        },
    )
    django.setup()

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import User
from django.core.asgi import get_asgi_application
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.serializers import CharField, IntegerField, Serializer
from rest_framework.viewsets import GenericViewSet

from errata.openapi import raises


class Order(Serializer[Any]):
    """An order."""

    sku = CharField()
    amount = IntegerField(min_value=1)


class Anybody(BaseBackend):
    """Lets everybody in who has a name."""

    def authenticate(self, request: Any, username: str = "", password: str = "", **_: Any) -> User:
        """Return a customer."""
        return User(username=username)


class Customer(IsAuthenticated):
    """Whoever has a name and a password."""


@raises(Closed)
class Orders(GenericViewSet[User]):
    """Orders are created here."""

    serializer_class = Order
    permission_classes = (Customer,)

    @raises(OutOfStock)
    @extend_schema(operation_id="createOrder")
    def create(self, request: Request) -> Response:
        """Create an order."""
        order = self.get_serializer(data=request.data)
        order.is_valid(raise_exception=True)
        raise OutOfStock(sku=order.validated_data["sku"], left=0, retry_after=60)


@extend_schema(operation_id="getOrder", responses=Order)
@api_view(["GET"])
@raises(NoSuchOrder, Closed)
def get_order(request: Request, number: int) -> Response:
    """Return an order."""
    raise NoSuchOrder(number=number)


router = SimpleRouter(trailing_slash=False)
router.register("orders", Orders, basename="orders")
urlpatterns = [path("orders/<int:number>", get_order), path("", include(router.urls))]

if __name__ == "__main__":
    generator: Any = SchemaGenerator  # its functions have no types
    main(lambda: generator().get_schema(public=True), get_asgi_application())
