"""Ask a shop for an order that is not there, with urllib3: `python examples/clients/urllib3_client.py [URL]`."""

import sys

import urllib3

from errata import NotFound
from errata.clients.urllib3 import ProblemRetry, raise_for_problem

base_url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"


def main() -> None:
    """Raise for what went wrong; try again what may be tried again."""
    with urllib3.PoolManager(retries=ProblemRetry(3)) as pool:
        try:
            print(raise_for_problem(pool.request("GET", f"{base_url}/orders/7")).json())
        except NotFound as error:
            print(error)
            print("code:", error.code)
            print("retryable:", error.retryable)


main()
