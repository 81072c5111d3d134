"""urllib3: raise what a response says went wrong, and try again what may be tried again (with requests too)."""

from errata._extra import needs

needs(__name__, "urllib3", "urllib3")

from collections.abc import Callable
from contextlib import suppress
from time import sleep as sleep_for
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from urllib3 import BaseHTTPResponse, Retry
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import MaxRetryError, ResponseError

from errata._contract import Contract
from errata._error import Error
from errata._http import parse_retry_after
from errata._problem import Problem
from errata._standard import standard_class
from errata.clients._raising import Received, file_chunks, gather, is_fine
from errata.clients._retrying import LONGEST

_R = TypeVar("_R", bound=BaseHTTPResponse)


def raise_for_problem(response: _R, contract: Contract | None = None) -> _R:
    """Raise the error that a response reports; return the response when there is none.

    With a contract, its own classes are raised (by code, by the code's parents),
    else the standard ones, by status and kind. A 2xx is looked into only if the
    contract's dialect is known to fail inside them.

    A body that is not there yet (`preload_content=False`) is read, that of an error
    up to a cap. One that is gone or breaks off leaves the status to speak.
    """
    if is_fine(response.status, contract):
        return response
    received = _received(response, _method(response), contract)
    received.raise_error(_body(response, received))
    return response


class ProblemRetry(Retry):
    """A `Retry` that sends a request again when the error says that this is reasonable and safe.

    That is what `Error.retryable` tells, from the contract, the status and the
    method; `status_forcelist` and `allowed_methods` have no say in it. Where the
    body is not there yet, as with requests, the code in it cannot be known: then
    everything that the contract declares for the status must be safe to repeat.
    The delay is the one that the response asks for, else urllib3's own; a response
    that asks for more than `longest` seconds is returned at once, and so is the
    last one, instead of being raised as `MaxRetryError`.
    """

    def __init__(
        self,
        total: bool | int | None = 3,  # noqa: FBT001 - as urllib3 has it
        *,
        contract: Contract | None = None,
        longest: float = LONGEST,
        sleep: Callable[[float], object] = sleep_for,
        **options: Any,
    ) -> None:
        super().__init__(total, **{**_DEFAULTS, **options})
        self._contract = contract
        self._longest = longest
        self._sleep = sleep

    def new(self, **changes: Any) -> Self:
        """Return a copy with some parts changed."""
        own = {"contract": self._contract, "longest": self._longest, "sleep": self._sleep}
        return super().new(**own, **changes)

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:  # noqa: ARG002, FBT001, FBT002 - as urllib3 has it
        """Tell whether a status may be worth another attempt; `increment`, which sees the response, decides."""
        return self.total != 0 and status_code >= 400 and any(self._verdicts(method, status_code))

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        """Return what is left after an attempt; raises MaxRetryError when there is to be no other."""
        if response is not None and response.status >= 400 and not self._is_worth_it(method, response):
            reason = ResponseError(f"status {response.status} is not to be tried again")
            raise MaxRetryError(_pool, url, reason)  # type: ignore[arg-type]  # urllib3 hands on what it got, too
        left = super().increment(method, url, response, error, _pool, _stacktrace)
        if response is not None and not _is_there(response):
            _taken(response)  # or urllib3 would read it to its end, if there is one
        return left

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        """Return the seconds that a response asks for, in its body or its header fields; of a redirect, cut."""
        if response.status >= 400:
            return self._error(None, response).retry_after
        asked = parse_retry_after(response.headers.get("retry-after", ""), response.headers.get("date"))
        return None if asked is None else min(asked, self._longest)

    def sleep_for_retry(self, response: BaseHTTPResponse) -> bool:
        """Wait for as long as a response asks for; tell whether it did ask."""
        asked = self.get_retry_after(response)
        if asked is not None:
            self._sleep(asked)
        return asked is not None

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:
        """Wait before the next attempt, for as long as the response asks for, else as urllib3 does."""
        if response is None or not self.sleep_for_retry(response):
            self._sleep(self.get_backoff_time())

    def _is_worth_it(self, method: str | None, response: BaseHTTPResponse) -> bool:
        error = self._error(method, response)
        if (error.retry_after or 0) > self._longest:
            return False
        return error.retryable if _is_there(response) else all(self._verdicts(method, response.status))

    def _error(self, method: str | None, response: BaseHTTPResponse) -> Error:
        received = _received(response, method, self._contract)
        error = received.error(_body(response, received) if _is_there(response) else b"")
        assert error is not None  # noqa: S101 - from 400 on there is one
        return error

    def _verdicts(self, method: str | None, status: int) -> list[bool]:
        """Return of each error that may stand behind a status whether it may be tried again."""
        bare = Problem(status=status)
        errors = [standard_class(bare).received(bare, method=method)]
        if (contract := self._contract) is not None:
            own = [contract.catalog.error_class(t) for t in contract.catalog.values() if t.status == status]
            errors += [cls.received(bare, method=method) for cls in own]
        return [error.retryable for error in errors]


_DEFAULTS: Final[dict[str, Any]] = {"raise_on_status": False, "backoff_factor": 0.5, "backoff_jitter": 0.5}


def _received(response: BaseHTTPResponse, method: str | None, contract: Contract | None) -> Received:
    return Received(response.status, response.headers.items(), response, method, contract)


def _method(response: Any) -> str | None:
    """Return the method of the request, which the response of the standard library below alone knows."""
    return getattr(getattr(response, "_original_response", None), "_method", None)


def _is_there(response: Any) -> bool:
    """Tell whether the body was loaded with the response, or is gone."""
    if response.closed or not hasattr(response, "read1"):  # HTTP/2 comes loaded
        return True
    return response._body is not None  # noqa: SLF001 - asking for `data` would read all of it


def _body(response: Any, received: Received) -> bytes:
    if _is_there(response):
        body: bytes = response.data or b""
        return body if response.decode_content else received.plain(body)
    if not received.is_readable or response.tell():  # the beginning is gone, and the rest would be misread
        return b""
    if received.status < 400:
        return response.data or b""
    body = received.plain(_taken(response))
    response._body = body  # noqa: SLF001 - so that `error.response.data` works
    return body


def _taken(response: Any) -> bytes:
    """Return what is taken of a body, packed; if that is not all, the connection ends."""
    intake = gather(file_chunks(response, decode_content=False))
    if not intake.ended:
        with suppress(Exception):  # a connection that is broken may not close either
            response.close()
    return intake.body
