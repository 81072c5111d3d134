"""A shop on FastAPI: `python examples/servers/fastapi_shop.py`, then `curl -i http://127.0.0.1:8000/orders/7`."""

import os

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, Field

from errata import Catalog, Contract, Error
from errata.servers.fastapi import install


class NoSuchOrder(Error, status=404, code="ORDER_UNKNOWN"):
    """There is no order with this number."""

    detail = "There is no order {number}."
    number: int


class Order(BaseModel):
    """An order as clients send it."""

    sku: str
    amount: int = Field(ge=1)


app = FastAPI()


@app.get("/orders/{number}")
async def order(number: int) -> dict[str, int]:
    """Return an order."""
    if number != 1:
        raise NoSuchOrder(number=number)
    return {"number": number}


@app.post("/orders")
async def create(order: Order) -> Order:
    """Take an order."""
    return order


install(app, Contract(Catalog([NoSuchOrder], name="shop")))

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ.get("PORT", "8000")), log_level="warning")
