"""Each client as a user has it, made ready to raise, behind the one signature that the kit calls."""

import asyncio
import ssl
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final
from urllib.request import Request, build_opener

import aiohttp
import httpx
import httpx2
import requests
import urllib3

from errata import Contract
from errata.clients import aiohttp as of_aiohttp
from errata.clients import httpx as of_httpx
from errata.clients import requests as of_requests
from errata.clients import urllib as of_urllib
from errata.clients import urllib3 as of_urllib3
from errata.testing._client import ClientCall

TLS: Final = ssl.create_default_context()  # made once: it takes longer than a request, and loopback needs none
RETRY: Final = urllib3.Retry(3, respect_retry_after_header=False)  # by itself it waits and tries again
SECONDS: Final = 20.0  # that a client waits for the next bytes; nothing here takes that long


def _of_httpx(library: ModuleType, *, timeout: float = SECONDS) -> Callable[[Contract | None], ClientCall]:
    def make(contract: Contract | None) -> ClientCall:
        def call(method: str, url: str) -> tuple[int, bytes]:
            hooks = {"response": [of_httpx.hook(contract)]}
            with library.Client(event_hooks=hooks, verify=TLS, timeout=timeout) as client:
                response = client.request(method, url)
                return response.status_code, response.content

        return call

    return make


def _of_async_httpx(library: ModuleType, *, timeout: float = SECONDS) -> Callable[[Contract | None], ClientCall]:
    def make(contract: Contract | None) -> ClientCall:
        async def ask(method: str, url: str) -> tuple[int, bytes]:
            hooks = {"response": [of_httpx.hook(contract)]}
            async with library.AsyncClient(event_hooks=hooks, verify=TLS, timeout=timeout) as client:
                response = await client.request(method, url)
                return response.status_code, response.content

        return lambda method, url: asyncio.run(ask(method, url))

    return make


def _of_requests(*, timeout: float = SECONDS) -> Callable[[Contract | None], ClientCall]:
    def make(contract: Contract | None) -> ClientCall:
        def call(method: str, url: str) -> tuple[int, bytes]:
            with requests.Session() as session:
                session.hooks["response"].append(of_requests.hook(contract))
                response = session.request(method, url, timeout=timeout)
                return response.status_code, response.content

        return call

    return make


def _of_aiohttp(*, timeout: float = SECONDS) -> Callable[[Contract | None], ClientCall]:
    def make(contract: Contract | None) -> ClientCall:
        async def ask(method: str, url: str) -> tuple[int, bytes]:
            seconds = aiohttp.ClientTimeout(sock_read=timeout)
            async with (
                aiohttp.ClientSession(raise_for_status=of_aiohttp.hook(contract), timeout=seconds) as session,
                session.request(method, url) as response,
            ):
                return response.status, await response.read()

        return lambda method, url: asyncio.run(ask(method, url))

    return make


def _of_urllib3(*, timeout: float = SECONDS) -> Callable[[Contract | None], ClientCall]:
    def make(contract: Contract | None) -> ClientCall:
        def call(method: str, url: str) -> tuple[int, bytes]:
            with urllib3.PoolManager(timeout=timeout, retries=RETRY) as pool:
                response = pool.request(method, url, preload_content=False)
                of_urllib3.raise_for_problem(response, contract)
                return response.status, response.data

        return call

    return make


def _of_urllib(*, timeout: float = SECONDS) -> Callable[[Contract | None], ClientCall]:
    def make(contract: Contract | None) -> ClientCall:
        def call(method: str, url: str) -> tuple[int, bytes]:
            opener = build_opener(of_urllib.ProblemHandler(contract))
            with opener.open(Request(url, method=method), timeout=timeout) as response:
                return response.status, response.read()

        return call

    return make


Make = Callable[[Contract | None], ClientCall]


def clients(timeout: float = SECONDS) -> dict[str, Make]:
    """Return all clients by name."""
    return {
        "httpx": _of_httpx(httpx, timeout=timeout),
        "httpx2": _of_httpx(httpx2, timeout=timeout),
        "async httpx": _of_async_httpx(httpx, timeout=timeout),
        "async httpx2": _of_async_httpx(httpx2, timeout=timeout),
        "requests": _of_requests(timeout=timeout),
        "aiohttp": _of_aiohttp(timeout=timeout),
        "urllib3": _of_urllib3(timeout=timeout),
        "urllib": _of_urllib(timeout=timeout),
    }


CLIENTS: Final[dict[str, Make]] = clients()


def body_left(response: Any) -> bytes:
    """Return what a response still has of its body after an error was raised from it."""
    if isinstance(response, aiohttp.ClientResponse):
        return asyncio.run(response.text()).encode()
    if isinstance(response, httpx.Response | httpx2.Response | requests.Response):
        return response.content
    return response.data if isinstance(response, urllib3.HTTPResponse) else response.read()
