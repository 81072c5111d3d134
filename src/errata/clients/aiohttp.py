"""aiohttp: raise what a response says went wrong, whatever the format it says it in."""

from errata._extra import needs

needs(__name__, "aiohttp", "aiohttp")

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any, TypeVar

from aiohttp import ClientResponse

from errata._contract import Contract
from errata.clients._raising import Intake, Received, file_chunks_async, gather_async, is_fine, is_text, latin_1

_R = TypeVar("_R", bound=ClientResponse)


async def raise_for_problem(response: _R, contract: Contract | None = None) -> _R:
    """Raise the error that a response reports; return the response when there is none.

    With a contract, its own classes are raised (by code, by the code's parents),
    else the standard ones, by status and kind. A 2xx is looked into only if the
    contract's dialect is known to fail inside them.

    A body that is not there yet is read, that of an error up to a cap. One that is
    gone or breaks off leaves the status to speak.
    """
    if is_fine(response.status, contract):
        return response
    received = Received(response.status, latin_1(response.raw_headers), response, response.method, contract)
    received.raise_error(await _body(response, received))
    return response


def hook(contract: Contract | None = None) -> Callable[[ClientResponse], Awaitable[None]]:
    """Return what raises for each response of a session: `ClientSession(raise_for_status=hook())`."""

    async def raise_for_each(response: ClientResponse) -> None:
        await raise_for_problem(response, contract)

    return raise_for_each


async def _body(response: Any, received: Received) -> bytes:
    if response._body is not None:  # noqa: SLF001 - `read()` refuses once the response is released
        return _plain(response._body, received)  # noqa: SLF001 - as above
    if not received.is_readable:
        return b""
    if received.status < 400:
        return await response.read() or b""
    intake = Intake()
    try:
        async with aclosing(file_chunks_async(response.content)) as chunks:
            await gather_async(chunks, intake)
    finally:
        if not intake.ended:  # also when the reading is cancelled
            response.close()
    body = _plain(intake.body, received)
    response._body = body  # noqa: SLF001 - so that `await error.response.text()` works
    return body


def _plain(body: bytes, received: Received) -> bytes:
    """Return a body without its content codings, whether the session has undone them or not: nobody says which."""
    return body if is_text(body) else received.plain(body) or body
