"""A shop in plain ASGI: `python examples/servers/asgi_shop.py`, then `curl -i http://127.0.0.1:8000/orders/7`."""

import json
import os
from typing import Annotated, Any

import msgspec
import uvicorn
from msgspec import Meta, Struct

from errata import Catalog, Contract, Error, MethodNotAllowed, NotFound
from errata.servers.asgi import answer, install
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
    head, _, number = scope["path"].rpartition("/")
    if (head, number) != ("", "orders") and not (head == "/orders" and number.isdecimal()):
        raise NotFound
    methods = "POST" if number == "orders" else "GET, HEAD"
    if scope["method"] not in methods.split(", "):
        await answer(contract, MethodNotAllowed(), scope, {"allow": methods})(scope, receive, send)
    elif number == "orders":
        await send_json(send, msgspec.to_builtins(await order_from(receive)))
    else:
        await send_json(send, order(int(number)))


def order(number: int) -> dict[str, int]:
    """Return an order."""
    if number != 1:
        raise NoSuchOrder(number=number)
    return {"number": number}


async def order_from(receive: Any) -> Order:
    """Read an order from the body."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    with validating():
        return msgspec.json.decode(body, type=Order)


async def send_json(send: Any, members: Any) -> None:
    """Send a JSON document."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(members).encode()})


contract = Contract(Catalog([NoSuchOrder], name="shop"))
app = install(shop, contract)

if __name__ == "__main__":
    port = int(os.environ.get("PORT", "8000"))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", lifespan="off")
