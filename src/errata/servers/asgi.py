"""Plain ASGI: sending a response, and an application that answers all errors in a contract."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, cast

from msgspec import Struct

from errata._contract import Contract
from errata._http import Headers, RawHeaders, RawResponse, Request
from errata.servers._framing import BODILESS, UNFRAMED
from errata.servers._tracing import trace_value

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


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
    return Request(scope["method"], scope["path"], RawHeaders(scope["headers"]))


def answer(
    contract: Contract, error: BaseException, scope: Scope, headers: Mapping[str, str] | None = None
) -> "Answer":
    """Return the response to an error, ready to be sent."""
    return Answer(contract.respond(error, request_of(scope), headers))


class Answer(Struct):
    """A response that sends itself; `HEAD` and bodiless statuses get the header fields alone."""

    raw: RawResponse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as ASGI calls it
        """Send the two messages of an ASGI response."""
        raw = self.raw
        headers = [*cast("Headers", raw.headers).wire]
        body = raw.body
        if raw.status in BODILESS:
            body, headers = b"", [field for field in headers if field[0] != b"content-type"]
        if raw.status not in UNFRAMED:
            headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": raw.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def with_trace_header(app: App, contract: Contract) -> App:
    """Return an application whose every response carries the contract's trace header."""
    name = (contract.trace_header or "").lower().encode("latin-1")

    async def traced_app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return

        async def traced(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                missing = all(field.lower() != name for field, _ in headers)
                if missing and (value := trace_value(contract, request_of(scope))) is not None:
                    message = {**message, "headers": [*headers, (name, value.encode("latin-1"))]}
            await send(message)

        await app(scope, receive, traced)

    return traced_app
