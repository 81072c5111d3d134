"""gRPC: every error of a server leaves in its contract, as status, message and google.rpc.Status."""

from __future__ import annotations

from errata._extra import needs

needs(__name__, "grpc", "grpc")

from base64 import b64decode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import aclosing, suppress
from contextvars import ContextVar
from functools import lru_cache, partial, wraps
from inspect import isasyncgenfunction, iscoroutinefunction
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar, cast
from urllib.parse import unquote

import grpc
from grpc import aio

from errata._contract import Contract, trace_field
from errata._error import Error
from errata._http import Headers, Request, clean_header
from errata._problem import Problem
from errata._standard import MalformedBody, standard_class
from errata.servers._fixed import in_dialect

_S = TypeVar("_S", bound="grpc.Server | aio.Server")
_Behaviour = Callable[..., Any]
_DIALECT: Final = "grpc-http"

if TYPE_CHECKING:  # at run time it takes no parameters
    _Handler = grpc.RpcMethodHandler[Any, Any]


def install(server: _S, contract: Contract) -> _S:
    """Make a server answer all errors of the services added from now on in a contract; returns the same server.

    For `grpc.server` and `grpc.aio.server`. Call it before services are added. Where
    interceptors can be given to the server, `interceptor` and `aio_interceptor` do
    the same, and answer what fails in the interceptors after them as well.
    """
    said, failing = in_dialect(contract, _DIALECT), _failing_async if isinstance(server, aio.Server) else _failing
    added: Any = server
    add_generic, add_registered, start = (
        server.add_generic_rpc_handlers, server.add_registered_method_handlers, server.start,
    )  # fmt: skip

    def add_answering(handlers: Iterable[grpc.GenericRpcHandler]) -> None:
        add_generic([_Answering(handler.service, _Methods(said).answering) for handler in handlers])

    def register_answering(service_name: str, handlers: Mapping[str, _Handler]) -> None:
        paths = {name: f"/{service_name}/{name}" for name in handlers}
        add_registered(service_name, {name: answering(handlers[name], path, said) for name, path in paths.items()})

    def start_answering() -> Any:
        unknown = _Answering(lambda _: failing(no_such_method()), partial(answering, contract=said))
        add_generic([unknown])  # asked last, for what no other knows
        return start()

    added.add_generic_rpc_handlers = add_answering
    added.add_registered_method_handlers = register_answering
    added.start = start_answering
    return server


def interceptor(contract: Contract) -> grpc.ServerInterceptor:
    """Return the interceptor that makes a server answer all errors in a contract.

    Give it as the first one: it answers what fails in those after it. Unknown
    methods are answered in the contract too.
    """
    return _Interceptor(in_dialect(contract, _DIALECT))


def aio_interceptor(contract: Contract) -> aio.ServerInterceptor:
    """Return the same for a server of `grpc.aio`."""
    return _AioInterceptor(in_dialect(contract, _DIALECT))


class _Methods:
    """What answers the errors of methods: made once for each method, as interceptors are asked at every call."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self._made = lru_cache(maxsize=1_000)(partial(answering, contract=contract))

    def answering(self, handler: _Handler, path: str) -> _Handler:
        try:
            return self._made(handler, path)
        except TypeError:  # a behaviour that cannot be hashed
            return answering(handler, path, self.contract)


class _Interceptor(grpc.ServerInterceptor):
    def __init__(self, contract: Contract) -> None:
        self._methods = _Methods(contract)

    def intercept_service(self, continuation: Callable[..., Any], handler_call_details: Any) -> Any:
        path = handler_call_details.method
        try:
            handler = continuation(handler_call_details)
        except Exception as error:  # noqa: BLE001 - of any kind: another interceptor failed
            return answering(_failing(error), path, self._methods.contract)
        if handler is None:
            return answering(_failing(no_such_method()), path, self._methods.contract)
        return self._methods.answering(handler, path)


class _AioInterceptor(aio.ServerInterceptor):
    def __init__(self, contract: Contract) -> None:
        self._methods = _Methods(contract)

    async def intercept_service(self, continuation: Callable[..., Awaitable[Any]], handler_call_details: Any) -> Any:
        path = handler_call_details.method
        try:
            handler = await continuation(handler_call_details)
        except Exception as error:  # noqa: BLE001 - of any kind: another interceptor failed
            return answering(_failing_async(error), path, self._methods.contract)
        if handler is None:
            return answering(_failing_async(no_such_method()), path, self._methods.contract)
        return self._methods.answering(handler, path)


class _Answering(grpc.GenericRpcHandler):
    """A generic handler whose methods answer their errors in a contract."""

    def __init__(self, find: Callable[[Any], _Handler | None], make: Callable[[_Handler, str], _Handler]) -> None:
        self._find = find
        self._make = make

    def service(self, handler_call_details: Any) -> Any:
        handler = self._find(handler_call_details)
        return None if handler is None else self._make(handler, handler_call_details.method)


_NO_METHOD: Final = Problem(status=405, title="Method Not Allowed", detail="There is no such method.")


def no_such_method() -> Error:
    """Return the error of a method that no service has: UNIMPLEMENTED, and the client's fault."""
    return standard_class(_NO_METHOD)(_NO_METHOD)


# A handler of unknown arity takes streams: it need not wait for a message that may never come.


def _failing(error: Exception) -> _Handler:
    def fail(_: object, __: object) -> Iterator[bytes]:
        raise error

    return grpc.stream_stream_rpc_method_handler(fail)


def _failing_async(error: Exception) -> _Handler:
    async def fail(_: object, __: object) -> None:
        raise error

    return grpc.stream_stream_rpc_method_handler(cast("Any", fail))


# ---- one method ----


class _Call(NamedTuple):
    """What the answer to a failed call depends on, and how its messages are taken and checked."""

    contract: Contract
    path: str
    received: Callable[[Any], Any]
    checked: Callable[[Any], Any]


_ARITIES: Final[Mapping[tuple[bool, bool], tuple[str, Callable[..., _Handler]]]] = {
    (False, False): ("unary_unary", grpc.unary_unary_rpc_method_handler),
    (False, True): ("unary_stream", grpc.unary_stream_rpc_method_handler),
    (True, False): ("stream_unary", grpc.stream_unary_rpc_method_handler),
    (True, True): ("stream_stream", grpc.stream_stream_rpc_method_handler),
}


def answering(handler: _Handler, path: str, contract: Contract) -> _Handler:
    """Return a handler that does as the given one, and answers its errors in a contract."""
    name, make = _ARITIES[handler.request_streaming, handler.response_streaming]
    behaviour: _Behaviour = getattr(handler, name)
    if getattr(behaviour, "experimental_non_blocking", False):
        return handler  # it answers by a callback of its own, and has nothing to return or raise
    # A coroutine that answers a stream writes it by its context, and returns nothing.
    writes = handler.response_streaming and iscoroutinefunction(behaviour)
    in_loop = isasyncgenfunction(behaviour) or iscoroutinefunction(behaviour)
    checked, serialize = _serializing(handler.response_serializer, in_loop=in_loop)
    received, deserialize = _deserializing(handler, in_loop=in_loop)
    call = _Call(contract, path, received, _same if writes else checked)
    wrap = _WRAPPERS[in_loop, handler.response_streaming and not writes]
    return make(wrap(behaviour, call), deserialize, serialize)


def _unary(behaviour: _Behaviour, call: _Call) -> _Behaviour:
    @wraps(behaviour)
    def answered(request: object, context: Any) -> object:
        try:
            response = call.checked(behaviour(call.received(request), context))
        except Exception as error:  # noqa: BLE001 - of any kind: that is what contracts are for
            return context.abort(*_ending(call, error, context))
        _trace(call, context)
        return response

    return answered


def _stream(behaviour: _Behaviour, call: _Call) -> _Behaviour:
    @wraps(behaviour)
    def answered(request: object, context: Any) -> Iterator[object]:
        try:
            for response in behaviour(call.received(request), context):
                yield call.checked(response)
        except Exception as error:  # noqa: BLE001 - of any kind
            code, message = _ending(call, error, context)
            # No abort: in `grpc.aio` that would race with the responses that are still being sent.
            context.set_code(code)
            context.set_details(message)
        else:
            _trace(call, context)

    return answered


def _unary_in_loop(behaviour: _Behaviour, call: _Call) -> _Behaviour:
    @wraps(behaviour)
    async def answered(request: object, context: Any) -> object:
        try:
            response = call.checked(await behaviour(call.received(request), context))
        except Exception as error:  # noqa: BLE001 - of any kind; a cancellation is none of them
            return await context.abort(*_ending(call, error, context))
        _trace(call, context)
        return response

    return answered


def _stream_in_loop(behaviour: _Behaviour, call: _Call) -> _Behaviour:
    @wraps(behaviour)
    async def answered(request: object, context: Any) -> AsyncIterator[object]:
        try:
            async with aclosing(behaviour(call.received(request), context)) as responses:
                async for response in responses:
                    yield call.checked(response)
        except Exception as error:  # noqa: BLE001 - of any kind; a cancellation is none of them
            await context.abort(*_ending(call, error, context))
        _trace(call, context)

    return answered


_WRAPPERS: Final[Mapping[tuple[bool, bool], Callable[[_Behaviour, _Call], _Behaviour]]] = {
    (False, False): _unary,
    (False, True): _stream,
    (True, False): _unary_in_loop,
    (True, True): _stream_in_loop,
}


# ---- its end ----

_CODES: Final = {str(code.value[0]): code for code in grpc.StatusCode}
_STATUS, _MESSAGE, _DETAILS = "grpc-status", "grpc-message", "grpc-status-details-bin"
_NAME: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")
_Metadata = tuple[tuple[str, str | bytes], ...]


def _ending(call: _Call, error: Exception, context: Any) -> tuple[grpc.StatusCode, str]:
    """Return the status code and the message of an error, its details left in the trailing metadata.

    Raises the error itself if gRPC knows how the call ends, which is what
    `context.abort` and a client that went away raise.
    """
    if _is_ended(error, context):
        raise error
    request = _request(call, context)
    contract = call.contract.chosen(request)
    fields = contract.respond(error, request).headers
    _add_trailers(context, tuple(_trailers(fields, contract)))
    return _CODES.get(fields.get(_STATUS, ""), grpc.StatusCode.INTERNAL), unquote(fields.get(_MESSAGE, ""))


def _is_ended(error: Exception, context: Any) -> bool:
    if isinstance(error, aio.AbortError):
        return True
    if error.args:  # a text that gRPC would send, and has not made
        return False
    # The other `context.abort` raises an Exception of no text, when it has set the code.
    return type(error) is grpc.RpcError or (type(error) is Exception and bool(context.code()))


def _request(call: _Call, context: Any) -> Request:
    fields = [(key, value) for key, value in context.invocation_metadata() or () if isinstance(value, str)]
    return Request("POST", call.path, Headers(fields))


def _trailers(fields: Mapping[str, str], contract: Contract) -> Iterator[tuple[str, str | bytes]]:
    if details := fields.get(_DETAILS):
        status = b64decode(details + "=" * (-len(details) % 4))
        language = fields.get("content-language")
        yield _DETAILS, status + _localized(language, unquote(fields[_MESSAGE])) if language else status
    for name in ("content-language", (contract.trace_header or "").lower()):
        if name in fields:
            yield from _text_field(name, fields[name])


def _localized(language: str, message: str) -> bytes:
    """Return what makes a google.rpc.Status say in which language its message is: a LocalizedMessage, appended."""
    localized = _chunk(1, language.encode()) + _chunk(2, message.encode())
    return _chunk(3, _chunk(1, b"type.googleapis.com/google.rpc.LocalizedMessage") + _chunk(2, localized))


def _chunk(number: int, value: bytes) -> bytes:
    """Return a field of protobuf with a value of fewer than 16,384 bytes."""
    size = len(value)
    return bytes([number << 3 | 2, *([size] if size < 128 else [size & 127 | 128, size >> 7])]) + value


def _text_field(name: str, value: str) -> Iterator[tuple[str, str]]:
    """Yield a field of text if gRPC takes its name, with what its values may have."""
    if _NAME.issuperset(name) and not name.startswith("grpc-") and not name.endswith("-bin"):
        yield name, "".join(c if c.isascii() else "?" for c in clean_header(value))


def _add_trailers(context: Any, added: _Metadata) -> None:
    names = {name for name, _ in added}
    # The context of a sync behaviour in `grpc.aio` does not tell what is there.
    there = context.trailing_metadata() if hasattr(context, "trailing_metadata") else None
    context.set_trailing_metadata((*(field for field in there or () if field[0] not in names), *added))


def _trace(call: _Call, context: Any) -> None:
    """Send a trace id with a success too, if the contract wants that."""
    if not call.contract.trace_always or not hasattr(context, "trailing_metadata"):
        return
    with suppress(Exception):  # without an id a success is still one
        name = (call.contract.trace_header or "").lower()
        value = trace_field(name, call.contract.trace_id(_request(call, context)))
        _add_trailers(context, tuple(_text_field(name, value)))


# ---- messages ----

# A message that cannot be read or written fails where no contract reaches, and `grpc.aio`
# sends the text of the exception. So both are tried where it does.


class _Unreadable:
    """Stands for a request message that cannot be deserialized, until the behaviour is called with it."""


def _same(message: Any) -> Any:
    return message


def _deserializing(handler: _Handler, *, in_loop: bool) -> tuple[Callable[[Any], Any], Callable[[bytes], Any] | None]:
    """Return how a behaviour gets its request, and the deserializer."""
    deserialize, streams = handler.request_deserializer, handler.request_streaming
    if deserialize is None:
        return _same, None

    def read(data: bytes) -> object:
        try:
            return deserialize(data)
        except Exception as error:
            if streams and in_loop:  # here it is the behaviour itself that waits for the message
                raise MalformedBody from error
            return _Unreadable()

    return (_each_readable if streams and not in_loop else _readable), read


def _readable(message: Any) -> Any:
    if isinstance(message, _Unreadable):
        raise MalformedBody
    return message


def _each_readable(messages: Iterable[Any]) -> Iterator[Any]:
    return map(_readable, messages)


_serialized: ContextVar[tuple[object, bytes] | None] = ContextVar("errata_serialized", default=None)


def _serializing(
    serialize: Callable[[Any], bytes] | None, *, in_loop: bool
) -> tuple[Callable[[Any], Any], Callable[[Any], bytes] | None]:
    """Return a check that a message can be serialized, and the serializer, which takes what the check has made."""
    if serialize is None:
        return _same, None

    def check(message: Any) -> Any:
        if in_loop and isinstance(message, str):
            message = message.encode()  # as `grpc.aio` does before it serializes
        _serialized.set((message, serialize(message)))
        return message

    def take(message: Any) -> bytes:
        made = _serialized.get()
        _serialized.set(None)
        return made[1] if made is not None and made[0] is message else serialize(message)

    return check, take
