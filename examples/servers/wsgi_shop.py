"""A shop in plain WSGI: `python examples/servers/wsgi_shop.py`, then `curl -i http://127.0.0.1:8000/orders/7`."""

import json
import os
from collections.abc import Iterable
from wsgiref.simple_server import make_server
from wsgiref.types import StartResponse, WSGIEnvironment

from pydantic import BaseModel, Field

from errata import Catalog, ContentTooLarge, Contract, Error, MethodNotAllowed, NotFound
from errata.servers.wsgi import answer, install
from errata.validation import validating


class NoSuchOrder(Error, status=404, code="ORDER_UNKNOWN"):
    """There is no order with this number."""

    detail = "There is no order {number}."
    number: int


class Order(BaseModel):
    """An order as clients send it."""

    sku: str
    amount: int = Field(ge=1)


def shop(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer a request."""
    head, _, number = environ["PATH_INFO"].rpartition("/")
    if (head, number) != ("", "orders") and not (head == "/orders" and number.isdecimal()):
        raise NotFound
    methods = "POST" if number == "orders" else "GET, HEAD"
    if environ["REQUEST_METHOD"] not in methods.split(", "):
        return answer(contract, MethodNotAllowed(), environ, {"allow": methods})(environ, start_response)
    members = create(environ) if number == "orders" else order(int(number))
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(members).encode()]


def order(number: int) -> dict[str, object]:
    """Return an order."""
    if number != 1:
        raise NoSuchOrder(number=number)
    return {"number": number}


def create(environ: WSGIEnvironment) -> dict[str, object]:
    """Take an order."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length > 10_000:
        raise ContentTooLarge
    with validating():
        return Order.model_validate_json(environ["wsgi.input"].read(length)).model_dump()


contract = Contract(Catalog([NoSuchOrder], name="shop"))
app = install(shop, contract)

if __name__ == "__main__":
    make_server("127.0.0.1", int(os.environ.get("PORT", "8000")), app).serve_forever()
