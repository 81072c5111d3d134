"""The explorer: send a case or paste a response, see what it is, and how it looks in every other dialect."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from msgspec import Meta, Struct
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from errata import (
    Catalog,
    ContentTooLarge,
    Contract,
    InvalidArgument,
    MalformedBody,
    NotFound,
    RawResponse,
    UnsupportedMediaType,
)
from errata.demo._cases import Case
from errata.demo.explorer._sending import Sent, curl_lines, prepare, send
from errata.demo.explorer._showing import show
from errata.servers.asgi import App
from errata.servers.starlette import install
from errata.transcripts import TranscriptError, parse_transcript

__all__ = ["build"]

MAX_BYTES: Final = 131_072
"""The largest request that is read; a pasted response may be a little shorter."""

_HERE: Final = Path(__file__).parent

PAGE_HEADERS: Final = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
}
"""Nothing but the explorer's own files runs, whatever is pasted; `img-src data:` is for the icon."""


class System(Struct, frozen=True):
    """One of the demo's systems, for people, and the contract it keeps."""

    id: str
    name: str
    api: str
    contract: str


SYSTEMS: Final = (
    System("support", "Support desk", "Axway AMPLIFY Support API", "axway"),
    System("usta", "Coach registry", "USTA Digital API", "usta"),
    System("telecomx", "Mobile accounts", "Telecom X MVNO API", "telecomx"),
    System("netmri", "Network policies", "Infoblox NetMRI API", "netmri"),
    System("tesma", "Price lists", "tesma API", "tesma"),
)
_CONTRACT_OF: Final = {system.id: system.contract for system in SYSTEMS}


# ---- the explorer's own errors ----


class UnknownCase(NotFound, status=404):
    """There is no case with this id: the list of cases may be an old one, load the page again."""

    detail = "There is no case {id!r}."
    id: str


class NoResponse(InvalidArgument, status=422):
    """The text holds no HTTP response: paste it with its status line, or name the status."""

    title = "No HTTP response found"
    detail = "{reason}"
    reason: str


class BodyTooLarge(ContentTooLarge, status=413):
    """The response is larger than the explorer takes: cut its body, the head tells most."""

    detail = "More than {limit} bytes were sent."
    limit: int


class BodyUnreadable(MalformedBody, status=400):
    """The request is not the JSON that the endpoint takes."""

    detail = "{reason}"
    reason: str


contract: Final = Contract(
    Catalog([UnknownCase, NoResponse, BodyTooLarge, BodyUnreadable], name="explorer"),
    dialect="problem",
    name="explorer",
)


# ---- the requests ----


Status = Annotated[int, Meta(ge=100, le=999)]


class Given(Struct, forbid_unknown_fields=True):
    """A response as a program has it."""

    status: Status
    headers: dict[str, str] = {}
    body: str = ""


class Pasted(Struct, forbid_unknown_fields=True):
    """A response to be read: as a text, with the status if the text has none, or in its parts."""

    text: str | None = None
    status: Status | None = None
    response: Given | None = None


class Chosen(Struct, forbid_unknown_fields=True):
    """A case to be sent."""

    id: str


_T = TypeVar("_T", bound=Struct)


async def body_as(request: Request, of: type[_T]) -> _T:
    """Return a request's JSON body; raises BodyTooLarge before all of it is read, and BodyUnreadable.

    Another media type is refused, because a page of another site could send it unasked.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            raise BodyTooLarge(limit=MAX_BYTES)
    try:
        return msgspec.json.decode(bytes(body), type=of)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise BodyUnreadable(reason=str(error)) from None


def _json(value: Any) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json", headers={"cache-control": "no-store"})


def _raw_of(pasted: Pasted) -> RawResponse:
    if pasted.response is not None:
        given = pasted.response
        return RawResponse(given.status, given.headers, given.body.encode("utf-8", "replace"))
    try:
        return parse_transcript((pasted.text or "").encode("utf-8", "replace"), pasted.status)
    except TranscriptError as error:
        raise NoResponse(reason=str(error)) from None


# ---- the application ----


def build(cases: Sequence[Case], demo: App) -> Starlette:
    """Return the explorer, which sends cases to the demo; to be mounted at `/`."""
    environment = Environment(loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined)
    counts = Counter(case.system for case in cases)
    systems = [system for system in SYSTEMS if system.id in counts]
    page = environment.get_template("explorer.html").render(systems=systems, counts=counts)
    by_id = {case.id: case for case in cases}
    # A case and its preparations go out together, also when two people send at once.
    one_at_a_time = asyncio.Lock()

    async def show_page(_: Request) -> Response:
        return HTMLResponse(page, headers=PAGE_HEADERS)

    async def list_cases(request: Request) -> Response:
        origin = f"{request.url.scheme}://{request.url.netloc}"
        return _json({"cases": [_listed(case, origin, request.url.netloc) for case in cases]})

    async def read_response(request: Request) -> Response:
        raw = _raw_of(await body_as(request, Pasted))
        return _json(await run_in_threadpool(show, raw, raw.headers.items()))

    async def send_case(request: Request) -> Response:
        chosen = await body_as(request, Chosen)
        if chosen.id not in by_id:
            raise UnknownCase(id=chosen.id[:100])
        client = (request.client.host, request.client.port) if request.client else ("", 0)
        async with one_at_a_time:
            return _json(await _exchange(demo, by_id[chosen.id], request.url.netloc, client))

    routes = [
        Route("/", show_page),
        Route("/explorer/cases", list_cases),
        Route("/explorer/read", read_response, methods=["POST"]),
        Route("/explorer/send", send_case, methods=["POST"]),
        Mount("/explorer/static", StaticFiles(directory=_HERE / "static")),
    ]
    return install(Starlette(routes=routes), contract)


def _listed(case: Case, origin: str, host: str) -> dict[str, Any]:
    return {
        "id": case.id,
        "system": case.system,
        "title": case.title,
        "status": case.status,
        "covers": case.covers,
        "before": [prepare(each, host) for each in case.before],
        "request": prepare(case, host),
        "curl": curl_lines(case, origin),
    }


async def _exchange(demo: App, case: Case, host: str, client: tuple[str, int]) -> dict[str, Any]:
    """Send a case and its preparations; return what went over and what errata makes of the answer."""
    before: list[tuple[Sent, int]] = []
    for each in case.before:
        prepared = prepare(each, host)
        before.append((prepared, (await send(demo, prepared, client)).status))
    request = prepare(case, host)
    received = await send(demo, request, client)
    shown = await run_in_threadpool(show, received.raw, received.headers, _CONTRACT_OF.get(case.system))
    return {
        "case": case.id,
        "before": [{"method": sent.method, "path": sent.path, "body": sent.body, "status": s} for sent, s in before],
        "request": request,
        "expected": case.status,
        **shown,
    }
