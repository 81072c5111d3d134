"""A shop on Django in one file: `python examples/servers/django_shop.py`, then `curl -i http://127.0.0.1:8000/orders/7`."""

import os
from wsgiref.simple_server import make_server

from django import forms
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.http import require_POST, require_safe
from msgspec import json

from errata import Catalog, Contract, Error
from errata.validation import validating


class NoSuchOrder(Error, status=404, code="ORDER_UNKNOWN"):
    """There is no order with this number."""

    detail = "There is no order {number}."
    number: int


contract = Contract(Catalog([NoSuchOrder], name="shop"))


class Order(forms.Form):
    """An order as clients send it."""

    sku = forms.CharField()
    amount = forms.IntegerField(min_value=1)


@require_safe
def order(request: HttpRequest, number: int) -> JsonResponse:  # noqa: ARG001 - views get it
    """Return an order."""
    if number != 1:
        raise NoSuchOrder(number=number)
    return JsonResponse({"number": number})


@require_POST
def create(request: HttpRequest) -> JsonResponse:
    """Take an order."""
    with validating("body"):
        form = Order(json.decode(request.body, type=dict[str, str | int]))
        if not form.is_valid():
            raise forms.ValidationError(form.errors.as_data())
    return JsonResponse(form.cleaned_data)


urlpatterns = [path("orders/<int:number>", order), path("orders", create)]

if __name__ == "__main__":
    settings.configure(
        ERRATA_CONTRACT=contract,
        MIDDLEWARE=["errata.servers.django.middleware"],
        ROOT_URLCONF=__name__,
    )
    with make_server("127.0.0.1", int(os.environ.get("PORT", "8000")), get_wsgi_application()) as server:
        server.serve_forever()
