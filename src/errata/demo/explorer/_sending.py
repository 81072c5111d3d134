"""Sending a case to the demo, in the same process and exactly as it is declared.

A browser cannot do it: it refuses some header fields (`Host`, `Cookie`), mends
broken addresses (`/mvno/%ZZ`), adds fields of its own and hides `Set-Cookie`. Here
nothing is added but what curl adds as well, so what is shown is what was sent.
Only declared cases can be sent, and only to the demo itself: this is no proxy.
"""

from typing import Final
from urllib.parse import unquote

from msgspec import Struct

from errata._http import RawResponse
from errata.demo._cases import Before, Case, curl_line
from errata.servers.asgi import App, Message, Scope

Fields = list[tuple[str, str]]

_BODILESS: Final = frozenset({204, 205, 304})


class Sent(Struct, frozen=True):
    """A request as it goes out."""

    method: str
    path: str
    headers: Fields
    body: str = ""


class Received(Struct, frozen=True):
    """A response as it came, its header fields in order and none merged."""

    status: int
    headers: Fields
    body: bytes

    @property
    def raw(self) -> RawResponse:
        """Return the response as errata reads it."""
        return RawResponse(self.status, self.headers, self.body)  # type: ignore[arg-type]


def prepare(request: Case | Before, host: str) -> Sent:
    """Return a declared request with the fields that curl would add to it."""
    body = request.body or ""
    declared = {name.lower(): value for name, value in request.headers.items()}
    added = {"host": host, "accept": "*/*"}
    if body:
        added["content-length"] = str(len(body.encode()))
    return Sent(request.method, request.path, list({**added, **declared}.items()), body)


async def send(app: App, request: Sent, client: tuple[str, int]) -> Received:
    """Return what an application answers to a request from a client's address."""
    start: Message = {}
    body = bytearray()

    async def receive() -> Message:
        return {"type": "http.request", "body": request.body.encode(), "more_body": False}

    async def collect(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            body.extend(message.get("body", b""))

    try:
        await app(_scope(request, client), receive, collect)
    except Exception:
        # As over a socket: who has the response does not see what failed after it.
        if not start:
            raise
    status = start["status"]
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]]
    bodiless = request.method == "HEAD" or status in _BODILESS
    return Received(status, headers, b"" if bodiless else bytes(body))


def _scope(request: Sent, client: tuple[str, int]) -> Scope:
    path, _, query = request.path.partition("?")
    host, _, port = dict(request.headers)["host"].partition(":")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": "http",
        "method": request.method,
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in request.headers],
        "client": client,
        "server": (host, int(port) if port.isdigit() else 80),
    }


def curl_lines(case: Case, origin: str) -> str:
    """Return the commands that send a case from a shell, its preparations first."""
    return "\n".join([*(curl_line(each, origin, "-s") for each in case.before), curl_line(case, origin, "-i")])
