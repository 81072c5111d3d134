"""Ask a shop on gRPC for an order that is not there: `python examples/clients/grpc_client.py [127.0.0.1:8000]`."""

import json
import sys
from typing import Any

import grpc

from errata import NotFound
from errata.clients.grpc import interceptor

target = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:8000"


def to_json(message: object) -> bytes:
    """Serialize a message."""
    return json.dumps(message).encode()


with grpc.insecure_channel(target) as bare:
    channel = grpc.intercept_channel(bare, interceptor())
    get: Any = channel.unary_unary("/shop.Orders/Get", to_json, json.loads)
    try:
        print(get({"number": 7}, timeout=10))
    except NotFound as error:
        print(error)
        print("code:", error.code)
        print("retryable:", error.retryable)
