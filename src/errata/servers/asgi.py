"""Plain ASGI: sending a response, and an application that answers all errors in a contract."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

from errata._contract import Contract
from errata._http import Headers, RawResponse, Request

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_BODILESS: Final = frozenset({204, 205, 304})


def install(app: App, contract: Contract) -> App:
    """Return an application that does as the given one, and answers its errors in a contract.

    An error after the response has started is raised on, so that the server ends
    the connection: nothing is ever appended to a response.
    """

    async def errata_app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await app(scope, receive, watched)
        except Exception as error:
            if started:
                raise
            await answer(contract, error, scope)(scope, receive, send)

    return with_trace_header(errata_app, contract) if contract.trace_always else errata_app


def request_of(scope: Scope) -> Request:
    """Return the parts of a request that an error response depends on."""
    headers = Headers((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    return Request(scope["method"], scope["path"], headers)


def answer(
    contract: Contract, error: BaseException, scope: Scope, headers: Mapping[str, str] | None = None
) -> "Answer":
    """Return the response to an error, ready to be sent."""
    return Answer(contract.respond(error, request_of(scope), headers))


class Answer:
    """A response that sends itself; `HEAD` and bodiless statuses get the header fields alone."""

    __slots__ = ("raw",)

    def __init__(self, raw: RawResponse) -> None:
        self.raw = raw

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw = self.raw
        headers = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in raw.headers.items()]
        if raw.status not in _BODILESS:
            headers.append((b"content-length", b"%d" % len(raw.body)))
        await send({"type": "http.response.start", "status": raw.status, "headers": headers})
        body = b"" if scope["method"] == "HEAD" or raw.status in _BODILESS else raw.body
        await send({"type": "http.response.body", "body": body})


def with_trace_header(app: App, contract: Contract) -> App:
    """Return an application whose every response carries the contract's trace header."""
    name = (contract.trace_header or "x-trace-id").lower().encode("latin-1")

    async def traced_app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return

        async def traced(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                if all(field.lower() != name for field, _ in headers):
                    value = contract.trace_id(request_of(scope)).encode("latin-1", "replace")
                    message = {**message, "headers": [*headers, (name, value)]}
            await send(message)

        await app(scope, receive, traced)

    return traced_app
