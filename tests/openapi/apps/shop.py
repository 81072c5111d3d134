"""What the shops have in common: the errors, the contract, and the program."""

import json
import socket
import sys
from collections.abc import Callable
from typing import Any

import uvicorn

from errata import Catalog, Contract, Error


class NoSuchOrder(Error, status=404, code="ORDER_UNKNOWN"):
    """There is no order with this number, or it belongs to somebody else."""

    detail = "There is no order {number}."
    number: int


class OutOfStock(Error, status=409, code="OUT_OF_STOCK"):
    """There is not enough of it in the shop just now."""

    detail = "There are only {left} of {sku}."
    sku: str
    left: int
    retry_after: float | None = None


class Closed(Error, status=409, code="CLOSED"):
    """The shop is closed."""


contract = Contract(
    Catalog([NoSuchOrder, OutOfStock, Closed], name="shop"), also=("problem-xml",), trace_header="X-Request-Id"
)


def main(document: Callable[[], Any], app: Callable[..., Any]) -> None:
    """Print the document as it is made the first and the second time; with `serve`, the port, and serve."""
    if sys.argv[1:] != ["serve"]:
        print(json.dumps([document(), document()]))  # noqa: T201 - a program
        return
    listening = socket.create_server(("127.0.0.1", 0))  # from here on, who connects is kept waiting
    print(listening.getsockname()[1], flush=True)  # noqa: T201 - a program
    uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off")).run(sockets=[listening])
