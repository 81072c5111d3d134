"""Ask a shop for an order that is not there, with httpx: `python examples/clients/httpx_client.py [http://127.0.0.1:8000]`."""

import sys

import httpx

from errata import NotFound
from errata.clients.httpx import hook, retrying

base_url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"


def main() -> None:
    """Raise for each response; try again what may be tried again."""
    transport = retrying(httpx.HTTPTransport())
    with httpx.Client(base_url=base_url, transport=transport, event_hooks={"response": [hook()]}) as client:
        try:
            print(client.get("/orders/7").json())
        except NotFound as error:
            print(error)
            print("code:", error.code)
            print("retryable:", error.retryable)


main()
