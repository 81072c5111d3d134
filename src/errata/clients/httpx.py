"""httpx: raise what a response says went wrong, whatever the format it says it in."""

import httpx

from errata._contract import Contract
from errata._http import Headers, RawResponse
from errata._read import read
from errata._standard import standard_class


def raise_for_problem(response: httpx.Response, contract: Contract | None = None) -> httpx.Response:
    """Raise the error that a response reports; return the response when there is none.

    With a contract, its own classes are raised (by code, by the code's parents),
    else the standard ones by status and kind. Also looks into a 2xx when the
    contract's dialect is known to fail inside them. The body of a streamed
    response must have been read.
    """
    if response.status_code < 400 and not (contract is not None and contract.fails_with_2xx):
        return response
    # httpx has undone the content encoding already; the field would be taken for a promise.
    headers = Headers(item for item in response.headers.multi_items() if item[0] != "content-encoding")
    raw = RawResponse(response.status_code, headers, response.content)
    reading = read(raw, contract.dialect if contract is not None and contract.speaks(raw) else None)
    if response.status_code < 400 and reading.dialect is None:
        return response
    make = contract.error if contract is not None else standard_class(reading.problem).received
    raise make(reading.problem, response, raw.headers, response.request.method)
