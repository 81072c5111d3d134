"""Ask a shop for an order that is not there, with aiohttp: `python examples/clients/aiohttp_client.py [URL]`."""

import asyncio
import sys

import aiohttp

from errata import NotFound
from errata.clients.aiohttp import hook

base_url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"


async def main() -> None:
    """Raise for each response of a session."""
    async with aiohttp.ClientSession(raise_for_status=hook()) as session:
        try:
            async with session.get(f"{base_url}/orders/7") as response:
                print(await response.json())
        except NotFound as error:
            print(error)
            print("code:", error.code)
            print("retryable:", error.retryable)


asyncio.run(main())
