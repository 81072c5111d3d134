"""httpx and httpx2: raise what a response says went wrong, whatever the format it says it in."""

from typing import Protocol, TypeVar

from errata._contract import Contract
from errata._http import Headers, RawResponse
from errata._read import read
from errata._standard import standard_class


class _Fields(Protocol):
    def multi_items(self) -> list[tuple[str, str]]: ...


class _Request(Protocol):
    method: str


class Response(Protocol):
    """What is needed of a response; both libraries have it, so neither is imported here."""

    status_code: int
    is_closed: bool
    is_stream_consumed: bool

    @property
    def headers(self) -> _Fields: ...  # noqa: D102
    @property
    def content(self) -> bytes: ...  # noqa: D102
    @property
    def request(self) -> _Request: ...  # noqa: D102
    def read(self) -> bytes: ...  # noqa: D102


_R = TypeVar("_R", bound=Response)


def raise_for_problem(response: _R, contract: Contract | None = None) -> _R:
    """Raise the error that a response reports; return the response when there is none.

    With a contract, its own classes are raised (by code, by the code's parents),
    else the standard ones, by status and kind. A 2xx is looked into only if the
    contract's dialect is known to fail inside them.

    A body that is still in a sync stream is read. That of an async stream must
    have been read before, or RuntimeError says so. A body that is gone or breaks
    off leaves the status to speak. As event hooks:

        Client(event_hooks={"response": [raise_for_problem]})

        async def hook(response):
            if response.is_error:  # or always, for a contract that fails inside 2xx
                await response.aread()
            raise_for_problem(response)

        AsyncClient(event_hooks={"response": [hook]})
    """
    status = response.status_code
    if status < 400 and not (contract is not None and contract.fails_with_2xx and 200 <= status < 300):
        return response
    # The library has undone the content encoding already; the field would be taken for a promise.
    headers = Headers(item for item in response.headers.multi_items() if item[0] != "content-encoding")
    raw = RawResponse(status, headers, _body(response))
    own = contract.own_dialect if contract is not None and contract.speaks(raw) else None
    if status < 400 and own is None:
        return response
    problem = read(raw, own).problem
    make = contract.error if contract is not None else standard_class(problem).received
    raise make(problem, response, raw.headers, _method(response))


def _body(response: Response) -> bytes:
    try:
        return response.content
    except RuntimeError:  # not read yet
        if response.is_closed or response.is_stream_consumed:
            return b""
    try:
        return response.read()
    except RuntimeError:
        raise RuntimeError("the body was not read: `await response.aread()` before raise_for_problem") from None
    except Exception:  # noqa: BLE001 - a body that breaks off must not hide the status
        return b""


def _method(response: Response) -> str | None:
    try:
        return response.request.method
    except RuntimeError:  # a response made by hand has no request
        return None
