"""A case: one request to the demo that shows one error, ready to be sent as it is."""

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any, cast

from msgspec import Struct

JSON = {"content-type": "application/json"}
"""The header fields of a request with a JSON body."""


class Before(Struct, frozen=True, kw_only=True):
    """A request to the demo's own control endpoints, to be sent before a case."""

    method: str = "POST"
    path: str
    headers: dict[str, str] = {}
    body: str = "{}"


class Case(Struct, frozen=True, kw_only=True):
    """A request, the status it must get, and the requirements this shows.

    `id` starts with a requirement's id (`A5-closed-46-days`, `U-3001`); `before`
    are requests that set the scene; `covers` lists all requirements shown.
    """

    id: str
    system: str
    title: str
    method: str
    path: str
    headers: dict[str, str] = {}
    body: str | None = None
    status: int
    before: list[Before] = []
    covers: list[str] = []


def make_case(  # noqa: PLR0913, PLR0917 - a row of a table of cases
    id: str,
    covers: str,
    call: str,
    status: int,
    title: str,
    body: object = None,
    before: Sequence[Before] = (),
    *,
    system: str,
    mount: str,
    headers: Mapping[str, str],
) -> Case:
    """Return a case from the row of a table.

    `covers` holds ids with blanks between them, `call` a method and a path below
    `mount`. A body is sent as JSON, with the content type; a text is sent as it is.
    """
    method, _, path = call.partition(" ")
    encoded = body is not None and not isinstance(body, str)
    return Case(
        id=id,
        system=system,
        title=title,
        method=method,
        path=mount + path,
        headers={**headers, **(JSON if encoded else {})},
        body=json.dumps(body) if encoded else cast("str | None", body),
        status=status,
        before=list(before),
        covers=covers.split(),
    )


def reset() -> Before:
    """Put the first rows, the real time and no faults in place."""
    return _control("reset", {})


def clock(advance: float, requests: int = 1) -> Before:
    """Move the clock by some seconds for the next requests to the systems."""
    return _control("clock", {"advance": advance, "requests": requests})


def fault(name: str, *, times: int = 1, after: int = 0, **options: Any) -> Before:
    """Arm a fault: it lets `after` uses pass, then strikes `times` uses."""
    return _control("faults", {"name": name, "times": times, "after": after, **options})


def _control(name: str, body: Mapping[str, Any]) -> Before:
    return Before(path=f"/demo/control/{name}", headers=JSON, body=json.dumps(body))


def curl_line(request: Case | Before, origin: str, option: str = "-si") -> str:
    """Return the command that sends a request with curl, exactly as it is written down."""
    words = ["curl", option, *_method_options(request)]
    for name, value in request.headers.items():
        words += ["-H", f"{name}: {value}" if value else f"{name};"]
    if request.body:
        if "content-type" not in map(str.lower, request.headers):
            words += ["-H", "content-type:"]  # or curl would name one by itself
        words += ["--data-raw", request.body]
    return shlex.join([*words, origin + request.path])


def _method_options(request: Case | Before) -> list[str]:
    options = ["--globoff"] if set("[]{}") & set(request.path) else []
    if request.method == "HEAD":
        return [*options, "--head"]
    default = "POST" if request.body else "GET"
    return options if request.method == default else [*options, "-X", request.method]
