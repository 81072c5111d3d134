"""A shop on aiohttp: `python examples/servers/aiohttp_shop.py`, then `curl -i http://127.0.0.1:8000/orders/7`."""

import os

from aiohttp import web
from pydantic import BaseModel, Field

from errata import Catalog, Contract, Error
from errata.servers.aiohttp import install
from errata.validation import validating


class NoSuchOrder(Error, status=404, code="ORDER_UNKNOWN"):
    """There is no order with this number."""

    detail = "There is no order {number}."
    number: int


class Order(BaseModel):
    """An order as clients send it."""

    sku: str
    amount: int = Field(ge=1)


async def one(request: web.Request) -> web.Response:
    """Return an order."""
    number = int(request.match_info["number"])
    if number != 1:
        raise NoSuchOrder(number=number)
    return web.json_response({"number": number})


async def create(request: web.Request) -> web.Response:
    """Take an order."""
    body = await request.json()
    with validating():
        order = Order.model_validate(body)
    return web.json_response(order.model_dump())


app = web.Application()
app.add_routes([web.get(r"/orders/{number:\d+}", one), web.post("/orders", create)])
install(app, Contract(Catalog([NoSuchOrder], name="shop")))

if __name__ == "__main__":
    web.run_app(app, host="127.0.0.1", port=int(os.environ.get("PORT", "8000")), print=None)
