"""niquests, sync and async: raise what a response says went wrong, whatever the format it says it in."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing, suppress
from inspect import iscoroutinefunction
from typing import Any, Protocol, TypeVar

from errata._contract import Contract
from errata.clients._raising import Intake, Received, file_chunks, file_chunks_async, gather, gather_async, is_fine


class Response(Protocol):
    """What is needed of a response; the library is not imported, so that its own urllib3 comes when users want it."""

    @property
    def status_code(self) -> int | None: ...  # noqa: D102
    @property
    def headers(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def request(self) -> Any: ...  # noqa: D102


_R = TypeVar("_R", bound=Response)


def raise_for_problem(response: _R, contract: Contract | None = None) -> _R:
    """Raise the error that a response reports; return the response when there is none.

    With a contract, its own classes are raised (by code, by the code's parents),
    else the standard ones, by status and kind. A 2xx is looked into only if the
    contract's dialect is known to fail inside them.

    A body that is not there yet is read, that of an error up to a cap. One that is
    gone or breaks off leaves the status to speak. Raises RuntimeError for an async
    response whose body is not there.
    """
    if is_fine(response.status_code or 0, contract):
        return response
    received = _received(response, contract)
    received.raise_error(_body(response, received))
    return response


async def araise_for_problem(response: _R, contract: Contract | None = None) -> _R:
    """Do as `raise_for_problem` does, with a response of an async session whose body may not be there yet."""
    if is_fine(response.status_code or 0, contract):
        return response
    received = _received(response, contract)
    received.raise_error(await _body_async(response, received))
    return response


def hook(contract: Contract | None = None) -> Callable[..., Any]:
    """Return a hook that raises: `session.hooks["response"].append(hook())`.

    It sees a response before its body is read, so nothing in the body can get in its way.
    """

    def raise_for_each(response: Any, **_: Any) -> Any:
        return raise_for_problem(response, contract)

    return raise_for_each


def async_hook(contract: Contract | None = None) -> Callable[..., Awaitable[Any]]:
    """Return the same hook for an async session."""

    async def raise_for_each(response: Any, **_: Any) -> Any:
        return await araise_for_problem(response, contract)

    return raise_for_each


def _received(response: Response, contract: Contract | None) -> Received:
    method = getattr(response.request, "method", None)  # a response made by hand has no request
    return Received(response.status_code or 0, response.headers.items(), response, method, contract)


def _loaded(response: Any, received: Received) -> bytes | None:
    """Return the body if it is there, or if it is gone or not to be read: nothing; None if it is still to come."""
    if response._content is not False:  # noqa: SLF001 - asking for `content` would read all of it
        return response._content or b""  # noqa: SLF001 - as above
    return b"" if response._content_consumed or not received.is_readable else None  # noqa: SLF001 - as above


def _is_async(response: Any) -> bool:
    return iscoroutinefunction(getattr(response.raw, "read", None))


def _body(response: Any, received: Received) -> bytes:
    if (loaded := _loaded(response, received)) is not None:
        return loaded
    if _is_async(response):
        raise RuntimeError("the body was not read: call `await araise_for_problem(response)`")
    if received.status < 400:
        return response.content or b""
    intake = gather(file_chunks(response.raw))
    if not intake.ended:
        with suppress(Exception):  # a connection that is broken may not close either
            response.close()
    return _kept(response, received, intake)


async def _body_async(response: Any, received: Received) -> bytes:
    if (loaded := _loaded(response, received)) is not None or not _is_async(response):
        return _body(response, received) if loaded is None else loaded
    if received.status < 400:
        return await response.content or b""
    async with aclosing(file_chunks_async(response.raw)) as chunks:
        intake = await gather_async(chunks)
    if not intake.ended:
        with suppress(Exception):
            await response.close()
    return _kept(response, received, intake)


def _kept(response: Any, received: Received, intake: Intake) -> bytes:
    """Return the body of an error, and leave it to the response, so that `error.response.text` works."""
    # An adapter leaves the content coding to the response.
    body = intake.body if getattr(response.raw, "decode_content", False) else received.plain(intake.body)
    response._content, response._content_consumed = body, True  # noqa: SLF001 - no public way to do so
    return body
