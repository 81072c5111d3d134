"""urllib of the standard library: raise what a response says went wrong, whatever the format it says it in."""

from http.client import HTTPResponse
from io import BufferedReader, BytesIO
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.request import HTTPDefaultErrorHandler, HTTPErrorProcessor

from errata._contract import Contract
from errata.clients._raising import Received, file_chunks, gather, is_fine

_R = TypeVar("_R", bound=HTTPResponse | HTTPError)


def raise_for_problem(response: _R, contract: Contract | None = None) -> _R:
    """Raise the error that a response reports; return the response when there is none.

    Takes what `urlopen` returns, and the HTTPError that it raises. With a contract,
    its own classes are raised (by code, by the code's parents), else the standard
    ones, by status and kind. A 2xx is looked into only if the contract's dialect is
    known to fail inside them.

    The body is read, that of an error up to a cap; afterwards it can be read again.
    One that is gone or breaks off leaves the status to speak.
    """
    status = response.status or 0
    if is_fine(status, contract):
        return response
    # The response of the standard library alone knows the method; an error that was made by hand has none.
    source = response.fp if isinstance(response, HTTPError) else response
    method = getattr(source, "_method", None)
    received = Received(status, (response.headers or {}).items(), response, method, contract)
    received.raise_error(received.plain(_body(source, received)))
    return response


class ProblemHandler(HTTPDefaultErrorHandler, HTTPErrorProcessor):
    """A handler that raises errors in place of each HTTPError: `build_opener(ProblemHandler())`.

    Redirects and challenges are left to the handlers that know how to answer them.
    A status below 400 that nobody handles, such as 304, is returned.
    """

    handler_order = HTTPErrorProcessor.handler_order

    def __init__(self, contract: Contract | None = None) -> None:
        self._contract = contract

    def http_response(self, request: Any, response: Any) -> Any:
        """Look at a response after all the other handlers have."""
        return raise_for_problem(super().http_response(request, response), self._contract)

    https_response = http_response

    def http_error_default(self, req: Any, fp: Any, code: int, msg: str, hdrs: Any) -> Any:  # noqa: ARG002 - as urllib calls it
        """Raise for what no other handler answers."""
        return raise_for_problem(fp, self._contract)


def _body(source: Any, received: Received) -> bytes:
    if source is None or not received.is_readable:
        return b""
    if received.status < 400:
        body: bytes = source.read()
        _put_back(source, body)
        return body
    intake = gather(file_chunks(source))
    _put_back(source, intake.body)
    return intake.body


def _put_back(source: Any, body: bytes) -> None:
    """Make a body readable again that was read; what was not read of it is dropped, with the connection."""
    if isinstance(source, HTTPResponse):
        if not source.isclosed():
            source.fp.close()
        source.fp = BufferedReader(BytesIO(body))
        source.length, source.chunked = len(body), False
