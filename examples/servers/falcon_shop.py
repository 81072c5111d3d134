"""A shop on Falcon: `python examples/servers/falcon_shop.py`, then `curl -i http://127.0.0.1:8000/orders/7`."""

import os
from wsgiref.simple_server import make_server

from falcon import App, Request, Response
from pydantic import BaseModel, Field

from errata import Catalog, Contract, Error
from errata.servers.falcon import install
from errata.validation import validating


class NoSuchOrder(Error, status=404, code="ORDER_UNKNOWN"):
    """There is no order with this number."""

    detail = "There is no order {number}."
    number: int


class Order(BaseModel):
    """An order as clients send it."""

    sku: str
    amount: int = Field(ge=1)


class OneOrder:
    """An order."""

    def on_get(self, _: Request, resp: Response, number: int) -> None:
        """Return it."""
        if number != 1:
            raise NoSuchOrder(number=number)
        resp.media = {"number": number}


class Orders:
    """All orders."""

    def on_post(self, req: Request, resp: Response) -> None:
        """Take an order."""
        with validating():
            resp.media = Order.model_validate(req.media).model_dump()


app: App[Request, Response] = App()
app.add_route("/orders/{number:int}", OneOrder())
app.add_route("/orders", Orders())
install(app, Contract(Catalog([NoSuchOrder], name="shop")))

if __name__ == "__main__":
    make_server("127.0.0.1", int(os.environ.get("PORT", "8000")), app).serve_forever()
