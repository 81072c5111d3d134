"""A shop on gRPC: `python examples/servers/grpc_shop.py`, then `python examples/clients/grpc_client.py`.

Messages are JSON, so that there is no generated code; with it, the servicer looks the same.
"""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

import grpc
import msgspec
from msgspec import Meta, Struct

from errata import Catalog, Contract, Error
from errata.servers.grpc import interceptor
from errata.validation import validating


class NoSuchOrder(Error, status=404, code="ORDER_UNKNOWN"):
    """There is no order with this number."""

    detail = "There is no order {number}."
    number: int


class Wanted(Struct):
    """Which order is asked for."""

    number: int


class Order(Struct):
    """An order as clients send it."""

    sku: str
    amount: Annotated[int, Meta(ge=1)]


def get(request: dict[str, Any], _: grpc.ServicerContext) -> dict[str, Any]:
    """Return an order."""
    with validating():
        number = msgspec.convert(request, Wanted).number
    if number != 1:
        raise NoSuchOrder(number=number)
    return {"number": number}


def create(request: dict[str, Any], _: grpc.ServicerContext) -> dict[str, Any]:
    """Take an order."""
    with validating():
        order = msgspec.convert(request, Order)
    return msgspec.to_builtins(order)  # type: ignore[no-any-return]


def to_json(message: object) -> bytes:
    """Serialize a message."""
    return json.dumps(message).encode()


handlers = {
    "Get": grpc.unary_unary_rpc_method_handler(get, json.loads, to_json),
    "Create": grpc.unary_unary_rpc_method_handler(create, json.loads, to_json),
}

if __name__ == "__main__":
    contract = Contract(Catalog([NoSuchOrder], name="shop"))
    server = grpc.server(ThreadPoolExecutor(4), interceptors=[interceptor(contract)])
    server.add_registered_method_handlers("shop.Orders", handlers)
    server.add_insecure_port(f"127.0.0.1:{os.environ.get('PORT', '8000')}")
    server.start()
    server.wait_for_termination()
