"""Ask a shop for an order that is not there, with requests: `python examples/clients/requests_client.py [URL]`."""

import sys

import requests
from requests.adapters import HTTPAdapter

from errata import NotFound
from errata.clients.requests import hook
from errata.clients.urllib3 import ProblemRetry

base_url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"


def main() -> None:
    """Raise for each response; try again what may be tried again."""
    with requests.Session() as session:
        session.mount(base_url, HTTPAdapter(max_retries=ProblemRetry(3)))
        session.hooks["response"].append(hook())
        try:
            print(session.get(f"{base_url}/orders/7", timeout=10).json())
        except NotFound as error:
            print(error)
            print("code:", error.code)
            print("retryable:", error.retryable)


main()
