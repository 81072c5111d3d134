"""A shop in plain ASGI: `python examples/servers/asgi_shop.py`, then `curl -i http://127.0.0.1:8000/orders/7`."""

import json
import os
from typing import Annotated, Any

import msgspec
import uvicorn
from msgspec import Meta, Struct

from errata import Catalog, Contract, Error, NotFound
from errata.servers.asgi import install
from errata.validation import validating


class NoSuchOrder(Error, status=404, code="ORDER_UNKNOWN"):
    """There is no order with this number."""

    detail = "There is no order {number}."
    number: int


class Order(Struct):
    """An order as clients send it."""

    sku: str
    amount: Annotated[int, Meta(ge=1)]


async def shop(scope: Any, receive: Any, send: Any) -> None:
    """Answer the two addresses that there are."""
    method, path = scope["method"], scope["path"]
    if (method, path) == ("POST", "/orders"):
        await answer(send, msgspec.to_builtins(await order_from(receive)))
    elif method == "GET" and path.startswith("/orders/") and path[8:].isdigit():
        number = int(path[8:])
        if number != 1:
            raise NoSuchOrder(number=number)
        await answer(send, {"number": number})
    else:
        raise NotFound


async def order_from(receive: Any) -> Order:
    """Read an order from the body."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    with validating():
        return msgspec.json.decode(body, type=Order)


async def answer(send: Any, members: Any) -> None:
    """Send a JSON document."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(members).encode()})


app = install(shop, Contract(Catalog([NoSuchOrder], name="shop")))

if __name__ == "__main__":
    port = int(os.environ.get("PORT", "8000"))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", lifespan="off")
