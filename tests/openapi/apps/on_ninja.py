"""The shop on Django Ninja."""

from typing import Annotated, Any

import django
from django.conf import settings
from django.http import HttpRequest
from django.urls import path

from tests.openapi.apps.shop import Closed, NoSuchOrder, OutOfStock, contract, main

if __name__ == "__main__":
    settings.configure(
        ALLOWED_HOSTS=["*"],
        ERRATA_CONTRACT=contract,
        MIDDLEWARE=["errata.servers.django.middleware"],
        ROOT_URLCONF=__name__,
        SECRET_KEY="made up",
    )
    django.setup()

from django.core.asgi import get_asgi_application
from ninja import NinjaAPI, Router, Schema
from ninja.security import HttpBearer
from pydantic import Field

from errata.openapi import raises
from errata.openapi.ninja import describe
from errata.servers.ninja import install


class Order(Schema):
    """An order."""

    sku: str
    amount: Annotated[int, Field(ge=1)]


class Customer(HttpBearer):
    """Whoever has a token."""

    @raises(Closed)
    def authenticate(self, request: HttpRequest, token: str) -> str:
        """Return the token: everybody is welcome."""
        return token


api = NinjaAPI(title="Shop")
buying = Router(auth=Customer())


@api.get("/orders/{number}", operation_id="getOrder", response=Order)
@raises(NoSuchOrder, Closed)
def get_order(request: HttpRequest, number: int) -> Any:
    """Return an order."""
    raise NoSuchOrder(number=number)


@raises(OutOfStock)
@buying.post("/orders", operation_id="createOrder", response={201: Order})
def create_order(request: HttpRequest, order: Order) -> Any:
    """Create an order."""
    raise OutOfStock(sku=order.sku, left=0, retry_after=60)


api.add_router("", buying)
describe(install(api, contract), contract)
urlpatterns = [path("", api.urls)]

if __name__ == "__main__":
    main(api.get_openapi_schema, get_asgi_application())
