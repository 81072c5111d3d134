"""A shop on Flask: `python examples/servers/flask_shop.py`, then `curl -i http://127.0.0.1:8000/orders/7`."""

import os
from typing import Any

from flask import Blueprint, Flask, request
from pydantic import BaseModel, Field

from errata import Catalog, Contract, Error
from errata.servers.flask import install
from errata.validation import validating


class NoSuchOrder(Error, status=404, code="ORDER_UNKNOWN"):
    """There is no order with this number."""

    detail = "There is no order {number}."
    number: int


class Order(BaseModel):
    """An order as clients send it."""

    sku: str
    amount: int = Field(ge=1)


orders = Blueprint("orders", __name__, url_prefix="/orders")


@orders.get("/<int:number>")
def order(number: int) -> dict[str, int]:
    """Return an order."""
    if number != 1:
        raise NoSuchOrder(number=number)
    return {"number": number}


@orders.post("")
def create() -> dict[str, Any]:
    """Take an order."""
    with validating():
        order = Order.model_validate(request.get_json())
    return order.model_dump()


app = Flask(__name__)
app.register_blueprint(orders)
install(app, Contract(Catalog([NoSuchOrder], name="shop")))

if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ.get("PORT", "8000")))
