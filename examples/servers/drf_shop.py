"""A shop on Django REST framework: `python examples/servers/drf_shop.py`, `curl -i http://127.0.0.1:8000/orders/7`."""

import os
from typing import Any
from wsgiref.simple_server import make_server

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import path

from errata import Catalog, Contract, Error


class NoSuchOrder(Error, status=404, code="ORDER_UNKNOWN"):
    """There is no order with this number."""

    detail = "There is no order {number}."
    number: int


contract = Contract(Catalog([NoSuchOrder], name="shop"))

settings.configure(
    ERRATA_CONTRACT=contract,
    MIDDLEWARE=["errata.servers.django.middleware"],
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "EXCEPTION_HANDLER": "errata.servers.drf.exception_handler",
        "UNAUTHENTICATED_USER": None,
    },
    ROOT_URLCONF=__name__,
)

from rest_framework import serializers  # noqa: E402 - reads the settings
from rest_framework.request import Request  # noqa: E402 - the same
from rest_framework.response import Response  # noqa: E402 - the same
from rest_framework.views import APIView  # noqa: E402 - the same


class OrderSerializer(serializers.Serializer[Any]):
    """An order as clients send it."""

    sku = serializers.CharField()
    amount = serializers.IntegerField(min_value=1)


class OneOrder(APIView):
    """One order."""

    def get(self, request: Request, number: int) -> Response:  # noqa: ARG002 - views get it
        """Return an order."""
        if number != 1:
            raise NoSuchOrder(number=number)
        return Response({"number": number})


class Orders(APIView):
    """All orders."""

    def post(self, request: Request) -> Response:
        """Take an order."""
        order = OrderSerializer(data=request.data)
        order.is_valid(raise_exception=True)
        return Response(order.validated_data)


urlpatterns = [path("orders/<int:number>", OneOrder.as_view()), path("orders", Orders.as_view())]

if __name__ == "__main__":
    with make_server("127.0.0.1", int(os.environ.get("PORT", "8000")), get_wsgi_application()) as server:
        server.serve_forever()
