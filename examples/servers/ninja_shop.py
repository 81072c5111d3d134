"""A shop on Django Ninja: `python examples/servers/ninja_shop.py`, then `curl -i http://127.0.0.1:8000/orders/7`."""

import os
from wsgiref.simple_server import make_server

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest
from django.urls import path

from errata import Catalog, Contract, Error


class NoSuchOrder(Error, status=404, code="ORDER_UNKNOWN"):
    """There is no order with this number."""

    detail = "There is no order {number}."
    number: int


contract = Contract(Catalog([NoSuchOrder], name="shop"))

# The middleware is for what no operation gets to see: unknown addresses and wrong methods.
settings.configure(ERRATA_CONTRACT=contract, MIDDLEWARE=["errata.servers.django.middleware"], ROOT_URLCONF=__name__)

from ninja import Field, NinjaAPI, Schema  # noqa: E402 - reads the settings

from errata.servers.ninja import install  # noqa: E402 - the same


class Order(Schema):
    """An order as clients send it."""

    sku: str
    amount: int = Field(ge=1)


api = NinjaAPI()


@api.get("/orders/{number}")
def order(request: HttpRequest, number: int) -> dict[str, int]:  # noqa: ARG001 - operations get it
    """Return an order."""
    if number != 1:
        raise NoSuchOrder(number=number)
    return {"number": number}


@api.post("/orders", response=Order)
def create(request: HttpRequest, order: Order) -> Order:  # noqa: ARG001 - the same
    """Take an order."""
    return order


install(api, contract)
urlpatterns = [path("", api.urls)]

if __name__ == "__main__":
    with make_server("127.0.0.1", int(os.environ.get("PORT", "8000")), get_wsgi_application()) as server:
        server.serve_forever()
