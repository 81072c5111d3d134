"""A shop on Litestar: `python examples/servers/litestar_shop.py`, then `curl -i http://127.0.0.1:8000/orders/7`."""

import os
from typing import Annotated

import uvicorn
from litestar import Litestar, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from errata import Catalog, Contract, Error
from errata.servers.litestar import install


class NoSuchOrder(Error, status=404, code="ORDER_UNKNOWN"):
    """There is no order with this number."""

    detail = "There is no order {number}."
    number: int


class Order(Struct):
    """An order as clients send it."""

    sku: str
    amount: Annotated[int, Meta(ge=1)]


@get("/orders/{number:int}")
async def one(number: FromPath[int]) -> dict[str, int]:
    """Return an order."""
    if number != 1:
        raise NoSuchOrder(number=number)
    return {"number": number}


@post("/orders")
async def create(data: JSONBody[Order]) -> Order:
    """Take an order."""
    return data


app = install(Litestar([one, create]), Contract(Catalog([NoSuchOrder], name="shop")))

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ.get("PORT", "8000")), log_level="warning")
