"""The kit for servers, held against applications that keep its rules and others that break them."""

from collections.abc import Callable
from contextlib import ExitStack

import pytest

from errata import Contract, RawResponse
from errata.servers.asgi import App, Message, Receive, Scope, Send
from errata.testing import CONTRACTS, SITUATIONS, Call, KitError, check_server, drive_asgi, drive_url
from tests.servers.apps import asgi, fastapi, starlette
from tests.servers.serving import serving

# Plain ASGI is no framework: it knows neither methods nor challenges.
NO_FRAMEWORK = {
    "a wrong method": "the application has no router that knows methods",
    "a challenge in the framework's own way": "there is no framework with a way of its own",
}
FRAMEWORKS = {"starlette": starlette.make_app, "fastapi": fastapi.make_app}


def test_plain_asgi_passes() -> None:
    """Errors of a plain ASGI application leave as the kit says."""
    check_server(asgi.make_app, drive_asgi, without=NO_FRAMEWORK)


@pytest.mark.parametrize("make_app", FRAMEWORKS.values(), ids=FRAMEWORKS)
def test_frameworks_pass(make_app: Callable[[Contract], App]) -> None:
    """Errors of Starlette and FastAPI leave as the kit says."""
    check_server(make_app, drive_asgi)


@pytest.mark.parametrize("make_app", FRAMEWORKS.values(), ids=FRAMEWORKS)
def test_frameworks_pass_under_uvicorn(make_app: Callable[[Contract], App]) -> None:
    """The same over a real connection."""
    with ExitStack() as running:
        check_server(
            lambda contract: f"http://127.0.0.1:{running.enter_context(serving(make_app(contract)))}", drive_url
        )


def rewriting(change: Callable[[Message], Message]) -> Callable[[Contract], App]:
    """Return a maker of the right application with one thing done wrong to what it sends."""

    def make_app(contract: Contract) -> App:
        inner = starlette.make_app(contract)

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            async def sending(message: Message) -> None:
                await send(change(message))

            await inner(scope, receive, sending)

        return app

    return make_app


def with_header(name: bytes, value: bytes | None) -> Callable[[Message], Message]:
    """Return a change that sets or drops a header field."""

    def change(message: Message) -> Message:
        if message["type"] != "http.response.start":
            return message
        kept = [field for field in message["headers"] if field[0] != name]
        return {**message, "headers": kept if value is None else [*kept, (name, value)]}

    return change


def with_status(old: int, new: int) -> Callable[[Message], Message]:
    """Return a change of one status."""
    return lambda message: {**message, "status": new} if message.get("status") == old else message


def with_body(old: bytes, new: bytes) -> Callable[[Message], Message]:
    """Return a change of some bytes of a body."""
    return lambda message: {**message, "body": message["body"].replace(old, new)} if "body" in message else message


BROKEN: dict[str, Callable[[Message], Message]] = {
    "another status for validation": with_status(422, 400),
    "a non-standard status replaced": with_status(499, 500),
    "a text in place of the trace id": with_body(b"traceId", b"trace_id"),
    "a leak": with_body(b'"Internal Server Error"', b'"Internal Server Error: hunter2"'),
    "members in another order": with_body(b'"title":"Not Found","status":404', b'"status":404,"title":"Not Found"'),
    "blanks in JSON": with_body(b",", b", "),
    "Allow lost": with_header(b"allow", None),
    "Retry-After lost": with_header(b"retry-after", None),
    "the challenge lost": with_header(b"www-authenticate", None),
    "the challenge replaced": with_header(b"www-authenticate", b"Bearer"),
    "a cacheable error": with_header(b"cache-control", b"max-age=60"),
    "Vary lost": with_header(b"vary", None),
    "another media type": with_header(b"content-type", b"application/json"),
    "no length": with_header(b"content-length", None),
    "a trace id on each success": with_header(b"x-trace-id", b"0123456789abcdef0123456789abcdef"),
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN)
def test_broken_servers_are_caught(change: Callable[[Message], Message]) -> None:
    """Each single fault is found."""
    with pytest.raises(KitError):
        check_server(rewriting(change), drive_asgi)


@pytest.mark.parametrize(
    ("name", "extra"),
    [("HEAD of an error", b"{}"), ("a response that has started", b'{"title":"Internal Server Error"}')],
)
def test_bytes_too_many_are_caught(name: str, extra: bytes) -> None:
    """A body where none belongs, or appended to one that was begun, is found."""

    def drive(app: App, call: Call) -> RawResponse:
        response = drive_asgi(app, call)
        wrong = call == SITUATIONS[name].call
        return RawResponse(response.status, response.headers, response.body + (extra if wrong else b""))

    with pytest.raises(KitError, match=name):
        check_server(starlette.make_app, drive)


def test_an_application_that_raises_has_not_answered() -> None:
    """Whoever lets an exception through to the server is told in which situation."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise LookupError("nobody answers")

    with pytest.raises(KitError, match="a bug: no response but LookupError"):
        check_server(lambda contract: app, drive_asgi)


def test_situations_are_left_out_by_name_and_with_a_reason() -> None:
    """A wrong name and a missing reason are refused, before anything is driven."""
    with pytest.raises(KitError, match="no situation 'a wrong methot'"):
        check_server(starlette.make_app, drive_asgi, without={"a wrong methot": "because"})
    with pytest.raises(KitError, match="without a reason"):
        check_server(starlette.make_app, drive_asgi, without={"a wrong method": " "})


def test_every_contract_has_a_situation() -> None:
    """No contract of the kit is there for nothing."""
    assert set(CONTRACTS) == {situation.contract for situation in SITUATIONS.values()}


def test_half_of_the_bodies_are_written_down() -> None:
    """Most situations have their bytes in the table, so that errata is not compared with itself alone."""
    assert len([name for name, situation in SITUATIONS.items() if situation.body]) > len(SITUATIONS) / 2
