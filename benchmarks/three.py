"""One framework three times: as it comes, with handlers written by hand, with errata.

The hand-written handlers are those of a careful team. They send what errata
sends: problem details, nothing leaked, not stored and not sniffed, with a trace
id under which the error is logged; header fields that the framework attached stay.
All are called in this process; logging is off.
"""

import asyncio
import inspect
import io
import json
import logging
from collections.abc import Awaitable, Callable, Iterable
from secrets import token_hex
from time import process_time
from typing import Any, Final, NamedTuple, NoReturn

from benchmarks.servers import BY_HAND, SECRET, TITLE, TYPE_URI, NoSuchSku, send
from benchmarks.servers import Call as AsgiCall
from benchmarks.timing import Block
from errata import Catalog, Contract

PATHS: Final = {
    "success": ("/items/1", 200),
    "raised domain error": ("/missing", 404),
    "unknown URL": ("/nowhere", 404),
    "unhandled exception": ("/broken", 500),
}
BUG: Final = "Internal Server Error"

Answer = tuple[int, Iterable[tuple[Any, Any]], Any]
"""A status, header fields and a body, as the framework has them."""
Ask = Callable[[str], Any]
"""Sends a GET to a path and returns the answer, or a coroutine that does."""


def members_of(body: Any) -> object:
    """Return the names of the members of a problem document."""
    return sorted(json.loads(body))


class Three(NamedTuple):
    """One framework as it comes, by hand, and with errata; `said` tells what a body says, whatever the occurrence."""

    bare: Ask
    hand: Ask
    errata: Ask
    said: Callable[[Any], object] = members_of

    @property
    def ways(self) -> dict[str, Ask]:
        """Return the three by name."""
        return {"bare": self.bare, "hand": self.hand, "errata": self.errata}


# ---- what they raise


class NoSkuByHandError(Exception):
    """The error that hand-written handlers know."""

    def __init__(self, sku: str) -> None:
        self.sku = sku

    def __str__(self) -> str:
        return f"SKU {self.sku!r} is not in the catalog."


def contract() -> Contract:
    """Return the contract of the applications with errata."""
    return Contract(Catalog([NoSuchSku]))


def by_hand() -> NoReturn:
    """Raise what hand-written handlers know."""
    raise NoSkuByHandError("A-1")


def by_errata() -> NoReturn:
    """Raise a problem type."""
    raise NoSuchSku(sku="A-1")


def bug() -> NoReturn:
    """Fail as a bug does."""
    raise RuntimeError(SECRET)


# ---- what hand-written handlers say

_LOGGER: Final = logging.getLogger("by_hand")


def document_by_hand(status: int, title: str, error: BaseException | None = None, **members: str) -> dict[str, Any]:
    """Return a problem document as one writes it by hand, logged under its trace id."""
    trace_id = token_hex(16)
    level = logging.ERROR if status >= 500 else logging.INFO
    _LOGGER.log(level, "%d %s [trace id %s]", status, title, trace_id, exc_info=error if status >= 500 else None)
    return {**members, "title": title, "status": status, "traceId": trace_id}


def missing_document(error: NoSkuByHandError) -> dict[str, Any]:
    """Return the document for what is missing."""
    return document_by_hand(404, TITLE, type=TYPE_URI, detail=str(error), sku=error.sku)


def written(document: dict[str, Any]) -> bytes:
    """Return a document in bytes."""
    return json.dumps(document, separators=(",", ":")).encode()


def body_by_hand(status: int, title: str, error: BaseException | None = None) -> bytes:
    """Return a problem document in bytes."""
    return written(document_by_hand(status, title, error))


def missing_by_hand(error: NoSkuByHandError) -> bytes:
    """Return the document for what is missing, in bytes."""
    return written(missing_document(error))


# ---- how requests get in


def through_asgi(app: Any) -> Ask:
    """Return an asker of an ASGI application."""

    async def ask(path: str) -> Answer:
        start, *rest = await send(app, AsgiCall("GET", path, 200))
        return start["status"], start["headers"], b"".join(message.get("body", b"") for message in rest)

    return ask


_unseen: Final = io.StringIO()
_unseen.write = len  # type: ignore[method-assign]


def through_wsgi(app: Any) -> Ask:
    """Return an asker of a WSGI application."""

    def ask(path: str) -> Answer:
        started: list[tuple[str, list[tuple[str, str]]]] = []
        environ = {
            "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": "", "SCRIPT_NAME": "", "SERVER_NAME": "x",
            "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "x", "HTTP_ACCEPT": "*/*",
            "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(), "wsgi.errors": _unseen,
            "wsgi.multithread": False, "wsgi.multiprocess": False, "wsgi.run_once": False,
        }  # fmt: skip
        chunks = app(environ, lambda status, headers, *_: started.append((status, headers)))
        body = b"".join(chunks)
        getattr(chunks, "close", lambda: None)()
        status, headers = started[-1]
        return int(status[:3]), headers, body

    return ask


def block_of(runner: asyncio.Runner, ask: Ask, path: str) -> Block:
    """Return a block that asks for a path again and again."""
    if not inspect.iscoroutinefunction(ask):

        def repeat(times: int) -> float:
            start = process_time()
            for _ in range(times):
                ask(path)
            return process_time() - start

        return repeat

    async def repeat_async(times: int) -> float:
        start = process_time()
        for _ in range(times):
            await ask(path)
        return process_time() - start

    return lambda times: runner.run(repeat_async(times))


# ---- whether they are worth comparing


async def _asked(answer: Awaitable[Answer] | Answer) -> Answer:
    return answer if isinstance(answer, tuple) else await answer


def check(runner: asyncio.Runner, name: str, three: Three) -> None:
    """Stop unless all three answer each path as they must, and hand and errata say the same of an error."""
    for path, status in PATHS.values():
        asked = {way: runner.run(_asked(ask(path))) for way, ask in three.ways.items()}
        for way, (found, _, _) in asked.items():
            _demand(found == status, f"{name}, {way}, {path}: answered with {found}, not {status}")
        if status == 200:
            continue
        said = {way: (_fields(fields), three.said(body)) for way, (_, fields, body) in asked.items() if way != "bare"}
        _demand(said["hand"] == said["errata"], f"{name}, {path}: {said['hand']} by hand, {said['errata']} by errata")
        for way in said:
            _demand(SECRET not in str(asked[way][2]), f"{name}, {way}, {path}: the text of the exception is in it")


def _demand(holds: bool, text: str) -> None:  # noqa: FBT001 - what must hold
    if not holds:
        raise SystemExit(text)


_ALIKE: Final = ("content-type", *BY_HAND)


def _fields(fields: Iterable[tuple[Any, Any]]) -> dict[str, str]:
    """Return the fields of a response that must not differ."""
    pairs = [[part.decode() if isinstance(part, bytes) else str(part) for part in field] for field in fields]
    named = {name.lower(): value.partition(";")[0] for name, value in pairs}
    return {name: named[name] for name in _ALIKE if name in named}
