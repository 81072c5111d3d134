"""A shop on Starlette: `python examples/servers/starlette_shop.py`, then `curl -i http://127.0.0.1:8000/orders/7`."""

import os

import uvicorn
from pydantic import BaseModel, Field
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from errata import Catalog, Contract, Error
from errata.servers.starlette import install
from errata.validation import validating


class NoSuchOrder(Error, status=404, code="ORDER_UNKNOWN"):
    """There is no order with this number."""

    detail = "There is no order {number}."
    number: int


class Order(BaseModel):
    """An order as clients send it."""

    sku: str
    amount: int = Field(ge=1)


async def order(request: Request) -> JSONResponse:
    """Return an order."""
    number = request.path_params["number"]
    if number != 1:
        raise NoSuchOrder(number=number)
    return JSONResponse({"number": number})


async def create(request: Request) -> JSONResponse:
    """Take an order."""
    body = await request.body()
    with validating():
        order = Order.model_validate_json(body)
    return JSONResponse(order.model_dump())


routes = [Route("/orders/{number:int}", order), Route("/orders", create, methods=["POST"])]
app = install(Starlette(routes=routes), Contract(Catalog([NoSuchOrder], name="shop")))

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ.get("PORT", "8000")), log_level="warning")
