"""requests: raise what a response says went wrong, whatever the format it says it in."""

from errata._extra import needs

needs(__name__, "requests", "requests")

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from requests import Response

from errata._contract import Contract
from errata.clients._raising import Received, file_chunks, gather, is_fine

_R = TypeVar("_R", bound=Response)


def raise_for_problem(response: _R, contract: Contract | None = None) -> _R:
    """Raise the error that a response reports; return the response when there is none.

    With a contract, its own classes are raised (by code, by the code's parents),
    else the standard ones, by status and kind. A 2xx is looked into only if the
    contract's dialect is known to fail inside them.

    A body that is not there yet is read, that of an error up to a cap. One that is
    gone or breaks off leaves the status to speak.
    """
    if is_fine(response.status_code, contract):
        return response
    method = getattr(response.request, "method", None)  # a response made by hand has no request
    received = Received(response.status_code, response.headers.items(), response, method, contract)
    received.raise_error(_body(response, received))
    return response


def hook(contract: Contract | None = None) -> Callable[..., Response]:
    """Return a hook that raises: `session.hooks["response"].append(hook())`.

    It sees a response before its body is read, so nothing in the body can get in its way.
    """

    def raise_for_each(response: Response, **_: Any) -> Response:
        return raise_for_problem(response, contract)

    return raise_for_each


def _body(response: Any, received: Received) -> bytes:
    if response._content is not False:  # noqa: SLF001 - asking for `content` would read all of it
        return response.content or b""
    if response._content_consumed or not received.is_readable:  # noqa: SLF001 - as above
        return b""
    if response.status_code < 400:
        return response.content or b""
    intake = gather(file_chunks(response.raw))
    # An adapter leaves the content coding to the response.
    body = intake.body if getattr(response.raw, "decode_content", False) else received.plain(intake.body)
    if not intake.ended:
        with suppress(Exception):  # a connection that is broken may not close either
            response.close()
    # So that `error.response.text` works.
    response._content, response._content_consumed = body, True  # noqa: SLF001 - no public way to do so
    return body
