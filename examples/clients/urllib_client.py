"""Ask a shop for an order that is not there, with urllib: `python examples/clients/urllib_client.py [URL]`."""

import json
import sys
from urllib.request import build_opener

from errata import NotFound
from errata.clients.urllib import ProblemHandler

base_url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"


def main() -> None:
    """Raise for each response of an opener."""
    opener = build_opener(ProblemHandler())
    try:
        with opener.open(f"{base_url}/orders/7", timeout=10) as response:
            print(json.load(response))
    except NotFound as error:
        print(error)
        print("code:", error.code)
        print("retryable:", error.retryable)


main()
