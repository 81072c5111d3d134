"""gRPC: raise what a call says went wrong, sync and async, for one call or for a whole channel."""

from __future__ import annotations

from errata._extra import needs

needs(__name__, "grpc", "grpc")

from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar
from urllib.parse import quote

import grpc
from grpc import aio

from errata._contract import Contract
from errata._error import Error
from errata._http import Headers, RawResponse
from errata._problem import Problem
from errata._read import read
from errata._standard import standard_class

_C = TypeVar("_C")
_Continuation = Callable[[Any, Any], Any]


def raise_for_problem(call: _C, contract: Contract | None = None) -> _C:
    """Raise the error that a call ended with; return the call when it succeeded.

    Takes the `grpc.RpcError` that a call raised, of `grpc` or `grpc.aio`, or a
    call of `grpc` itself, which is waited for. With a contract, its own classes
    are raised (by code, by the code's parents), else the standard ones, by kind.
    The code is the reason that the server gives, else the word of gRPC. Raises
    TypeError for a call of `grpc.aio`.
    """
    if isinstance(call, aio.Call):
        raise TypeError("a call of grpc.aio is to be awaited, in `raising()`; or pass the RpcError that this raises")
    if _number(call) == 0:  # a call of `grpc` is an RpcError whatever its end
        return call
    raise error_of(call, contract)


@contextmanager
def raising(contract: Contract | None = None) -> Generator[None]:
    """Raise typed errors in place of each `grpc.RpcError` that leaves the block, that of an awaited call too."""
    try:
        yield
    except grpc.RpcError as error:
        raise error_of(error, contract) from error


def interceptor(contract: Contract | None = None) -> _Interceptor:
    """Return what makes all calls of a channel raise typed errors, to be given to `grpc.intercept_channel`."""
    return _Interceptor(contract)


def aio_interceptors(contract: Contract | None = None) -> list[aio.ClientInterceptor]:
    """Return the same for `grpc.aio`, where they are given to the channel when it is made."""
    return [cls(contract) for cls in (_UnaryUnary, _UnaryStream, _StreamUnary, _StreamStream)]


# ---- from a call to an error ----

_DETAILS: Final = "grpc-status-details-bin"
_UNKNOWN: Final = 2
_MAX_TEXT: Final = 65_536


def error_of(call: object, contract: Contract | None = None) -> Error:
    """Return the typed error for a call that failed; total, whatever the call says."""
    raw = RawResponse(200, Headers(_fields(call)))
    problem = _with_reason(read(raw, "grpc-http").problem)
    make = standard_class(problem).received
    if contract is not None:
        make = contract.error
        found = contract.catalog.find(problem)
        # gRPC has no status of HTTP, so that of the kind gives way to the one that the type declares.
        problem = problem if found is None or found.kind != problem.kind else problem.replace(status=found.status)
    fields = {name: value for name, value in raw.headers.items() if name not in _OWN}
    return make(problem, call, fields, "POST")  # no method of gRPC is known to be safe


_OWN: Final = frozenset({"content-type", "grpc-message", "grpc-status", _DETAILS})


def _with_reason(problem: Problem) -> Problem:
    """Return a problem that has the reason, if there is one, as its code."""
    rest = dict(problem.extensions)
    reason = rest.pop("reason", None)
    return problem.replace(code=reason, extensions=rest) if isinstance(reason, str) else problem


def _fields(call: object) -> list[tuple[str, str]]:
    """Return the metadata of a call, and its end, as the header fields that they are on the wire."""
    metadata = [*_metadata(call, "initial_metadata"), *_metadata(call, "trailing_metadata")]
    texts = [(name, value) for name, value in metadata if isinstance(value, str)]
    packed = [value for name, value in metadata if name == _DETAILS and isinstance(value, bytes) and value]
    details = [(_DETAILS, b64encode(value).decode()) for value in packed[-1:]]
    message = quote(str(_told(call, "details") or "")[:_MAX_TEXT], errors="replace")
    own = [("content-type", "application/grpc"), ("grpc-status", str(_number(call))), ("grpc-message", message)]
    return [*texts, *details, *own]


def _number(call: object) -> int:
    code = _told(call, "code")
    return code.value[0] if isinstance(code, grpc.StatusCode) else _UNKNOWN


def _metadata(call: object, name: str) -> Iterable[tuple[str, Any]]:
    return _told(call, name) or ()


def _told(call: object, name: str) -> Any:
    """Return what a call tells of itself; None when it does not."""
    tell = getattr(call, name, None)
    return tell() if callable(tell) else None


# ---- for a whole channel ----


class _Call:
    """A call that raises typed errors, and in all else does as the one it stands for."""

    def __init__(self, call: Any, contract: Contract | None) -> None:
        self._call = call
        self._contract = contract

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)

    def result(self, timeout: float | None = None) -> Any:
        with raising(self._contract):
            return self._call.result(timeout)

    def exception(self, timeout: float | None = None) -> BaseException | None:
        error: BaseException | None = self._call.exception(timeout)
        return error_of(error, self._contract) if isinstance(error, grpc.RpcError) else error

    def add_done_callback(self, done: Callable[[Any], object]) -> None:
        self._call.add_done_callback(lambda _: done(self))

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            return next(self._call)
        except grpc.RpcError as error:
            raise error_of(error, self._contract) from error


def _intercept(self: _Interceptor, continuation: _Continuation, client_call_details: object, request: object) -> Any:
    return _Call(continuation(client_call_details, request), self.contract)


_each: Any = _intercept  # the four differ in the names of their parameters alone, which are given by position


class _Interceptor(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamUnaryClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    def __init__(self, contract: Contract | None) -> None:
        self.contract = contract

    intercept_unary_unary = intercept_unary_stream = intercept_stream_unary = intercept_stream_stream = _each


class _AioCall:
    """The same of `grpc.aio`."""

    def __init__(self, call: Any, contract: Contract | None) -> None:
        self._call = call
        self._contract = contract

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)

    def __await__(self) -> Generator[Any, Any, Any]:
        with raising(self._contract):
            return (yield from self._call.__await__())

    async def __aiter__(self) -> AsyncIterator[Any]:
        with raising(self._contract):
            async for response in self._call:
                yield response

    async def read(self) -> Any:
        with raising(self._contract):
            return await self._call.read()


# `grpc.aio` takes anything else for the response itself.
for _base in (aio.UnaryUnaryCall, aio.UnaryStreamCall, aio.StreamUnaryCall, aio.StreamStreamCall):
    _base.register(_AioCall)


class _Async:
    def __init__(self, contract: Contract | None) -> None:
        self.contract = contract


async def _intercept_async(
    self: _Async, continuation: _Continuation, client_call_details: object, request: object
) -> Any:
    return _AioCall(await continuation(client_call_details, request), self.contract)


_each_async: Any = _intercept_async


class _UnaryUnary(_Async, aio.UnaryUnaryClientInterceptor):
    intercept_unary_unary = _each_async


class _UnaryStream(_Async, aio.UnaryStreamClientInterceptor):
    intercept_unary_stream = _each_async


class _StreamUnary(_Async, aio.StreamUnaryClientInterceptor):
    intercept_stream_unary = _each_async


class _StreamStream(_Async, aio.StreamStreamClientInterceptor):
    intercept_stream_stream = _each_async
