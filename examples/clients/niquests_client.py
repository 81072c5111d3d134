"""Ask a shop for an order that is not there, with niquests: `python examples/clients/niquests_client.py [URL]`."""

import asyncio
import sys

import niquests  # type: ignore[import-not-found]  # it lives in an environment of its own

from errata import NotFound
from errata.clients.niquests import async_hook

base_url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"


async def main() -> None:
    """Raise for each response of an async session."""
    async with niquests.AsyncSession() as session:
        session.hooks["response"].append(async_hook())
        try:
            print((await session.get(f"{base_url}/orders/7")).json())
        except NotFound as error:
            print(error)
            print("code:", error.code)
            print("retryable:", error.retryable)


asyncio.run(main())
