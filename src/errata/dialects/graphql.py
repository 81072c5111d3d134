"""The errors of GraphQL: a list of texts with a place in the response, and extensions of any kind.

What text and code cannot say is written into the extensions, as problem details
(RFC 9457), a hint when to try again as `retryAfter`, in seconds. Reading takes
the code from the extensions, or from beside the text; places in the response and
in the query are the extension members `path` and `locations`, other extensions
are extension members.

Deviations: data that came beside the errors are left out; of several errors each
is an inner problem.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from errata._body import Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind, kind_of, status_of
from errata._problem import Members, Problem, Violation
from errata.dialects._grpc import kind_of_code
from errata.dialects._shapes import code_text, delay, failure_status, several, violations_from_map
from errata.dialects.problem import read_members, write_members


class Item(Wire):
    """One error."""

    message: str | None = None
    locations: list[Any] | None = None
    path: list[Any] | None = None
    extensions: dict[str, Any] | None = None


class Body(Wire):
    """The response; requests that failed as a whole have no data."""

    errors: list[Item]
    data: Any = None
    extensions: dict[str, Any] | None = None


# Codes that servers share beside the sixteen words of the kinds, with what they come to over HTTP.
_STATUSES: Final[dict[str, int]] = {
    "BAD_REQUEST": 400,
    "BAD_USER_INPUT": 400,
    "CONFLICT": 409,
    "FORBIDDEN": 403,
    "GRAPHQL_PARSE_FAILED": 400,
    "GRAPHQL_VALIDATION_FAILED": 400,
    "INTERNAL_ERROR": 500,
    "INTERNAL_SERVER_ERROR": 500,
    "RATE_LIMITED": 429,
    "SERVICE_UNAVAILABLE": 503,
    "THROTTLED": 429,
    "TOO_MANY_REQUESTS": 429,
    "UNAUTHORIZED": 401,
}
_DEBUG: Final = frozenset({"debugMessage", "exception", "file", "stackTrace", "stacktrace", "trace"})
_BESIDE: Final = ("code", "errorType")  # where older servers and AppSync have the code


# ---- reading ----


def _read(doc: Document) -> Problem:
    body = doc.fit(Body)
    items = body.errors or []
    if not items:
        doc.note("empty-list", "the list of errors is empty; the status speaks alone")
        return Problem(status=doc.raw.status)
    if isinstance(body.data, dict) and any(value is not None for value in body.data.values()):
        doc.note("partial-data", "the response has data beside the errors; they were left out", "data")
    problems = [read_item(doc, item) for item in items]
    further = {**body.extras, **({"response": body.extensions} if body.extensions else {})}
    first = problems[0]
    return first.replace(
        problems=tuple(problems) if len(problems) > 1 else first.problems,
        extensions=Members({**further, **first.extensions}),
    )


def read_item(doc: Document, item: Item) -> Problem:
    """Return the problem that one error tells."""
    own = {"path": item.path, "locations": item.locations}
    places = {name: value for name, value in own.items() if value}
    members = _without_debug(doc, item.extensions or {})
    if _is_details(members):
        told = read_members(doc, members)
        rest = dict(told.extensions)
        told = told.replace(kind=_meaning(told.code)[1] or told.kind, retry_after=_pause(rest))
        detail = told.detail or (item.message if item.message != told.title else None)
        return told.replace(detail=detail or None, extensions=Members({**rest, **places}))
    beside = _without_debug(doc, item.extras)
    codes = [code_text(members.pop("code", None)), *(code_text(beside.pop(name, None)) for name in _BESIDE)]
    code = next(filter(None, codes), None)
    status, kind = _meaning(code)
    return Problem(
        status=failure_status(doc, _status(members) or status),
        code=code,
        kind=kind,
        detail=item.message or None,
        violations=_violations(members),
        retry_after=_pause(members),
        extensions={**members, **beside, **places},
    )


def _meaning(code: str | None) -> tuple[int | None, Kind | None]:
    """Return the status and the kind that a code tells."""
    status = _STATUSES.get((code or "").upper())
    kind = kind_of(status) if status else kind_of_code(code)
    return status or (status_of(kind) if kind else None), kind


def _without_debug(doc: Document, members: Mapping[str, Any]) -> dict[str, Any]:
    if not _DEBUG.isdisjoint(members):
        doc.note("debug-left-out", "extensions that only the makers of the service need were left out", "extensions")
    return {name: value for name, value in members.items() if name not in _DEBUG}


def _is_details(members: dict[str, Any]) -> bool:
    """Tell whether extensions are problem details, as they are written here."""
    return type(members.get("status")) is int and isinstance(members.get("title"), str)


def _status(members: dict[str, Any]) -> int | None:
    """Return the HTTP status that extensions name."""
    http = members.get("http")
    nested = http.get("status") if isinstance(http, dict) else None
    candidates = (nested, members.get("status"), members.get("statusCode"))
    return next((value for value in candidates if type(value) is int), None)


def _violations(members: dict[str, Any]) -> tuple[Violation, ...]:
    """Return the failed fields that the extension `validation` lists, and take it away."""
    faults = members.get("validation")
    found = violations_from_map(faults) if isinstance(faults, dict) else ()
    if found:
        del members["validation"]
    return found


def _pause(members: dict[str, Any]) -> float | None:
    """Return the seconds that the extension `retryAfter` names, as a number or its text, and take it away."""
    value = members.get(_RETRY)
    if isinstance(value, str) and _is_number(value):
        value = float(value)
    pause = delay(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    if pause is None:
        return None
    del members[_RETRY]
    return float(pause)


_RETRY: Final = "retryAfter"
_is_number: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,20})?").fullmatch


# ---- writing ----

_MOST: Final = 999_999_999  # seconds, as in the header field
_PLAIN: Final = (
    _DEBUG | {"code", "errorType", "http", "path", "status", "statusCode", "title", "validation"}
).isdisjoint


def _write(problem: Problem) -> bytes:
    status = problem.status or 500
    return write_json({"errors": [_item(each, status) for each in several(problem)]})


def _item(problem: Problem, outer: int) -> dict[str, Any]:
    """Return one error; its extensions are as plain as can be."""
    members = dict(problem.extensions)
    places = {name: members.pop(name) for name, fits in _PLACES.items() if fits(members.get(name))}
    if problem.retry_after is not None and problem.retry_after >= 0:
        pause = min(problem.retry_after, _MOST)
        members[_RETRY] = int(pause) if pause % 1 == 0 else pause
    rest = problem.replace(extensions=Members(members), status=problem.status or outer)
    if rest == Problem(status=outer, code=rest.code, kind=_meaning(rest.code)[1], detail=rest.detail,
                       retry_after=rest.retry_after, extensions=rest.extensions) and _PLAIN(members):  # fmt: skip
        told: Any = {"code": rest.code, **members} if rest.code else members
    else:
        told = msgspec.Raw(write_members(rest, rest.status))
    return {"message": problem.head, **places, **({"extensions": told} if told else {})}


def _is_path(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(type(segment) in (str, int) for segment in value)


def _are_locations(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) and "line" in item for item in value)


_PLACES: Final[dict[str, Callable[[object], bool]]] = {"locations": _are_locations, "path": _is_path}


# ---- detection ----


def _is_item(item: Any) -> bool:
    """Tell whether an error says where it is, or has extensions."""
    if not isinstance(item, dict) or not isinstance(item.get("message"), str) or not _FOREIGN.isdisjoint(item):
        return False
    typed = (("locations", list), ("path", list), ("extensions", dict))
    return any(isinstance(item.get(name), of) for name, of in typed)


_FOREIGN: Final = frozenset({"detail", "field", "location", "reason", "resource", "source", "status", "title"})


def _is_bare(doc: Document) -> bool:
    """Tell whether there are no members but errors and data, and errors have none but a text."""
    value = doc.value
    if type(value) is not dict or not value.keys() <= {"errors", "data"} or type(value.get("errors")) is not list:
        return False
    return all(isinstance(item, dict) and item.keys() == {"message"} for item in value["errors"])


RESPONSE_TYPE: Final = "application/graphql-response+json"
_MEMBERS: Final = {"errors": [_is_item], "success": ABSENT, "jsonrpc": ABSENT, "title": ABSENT}

dialect: Final = Dialect(
    name="graphql",
    title="GraphQL errors",
    source="GraphQL, section 7.1.2; GraphQL over HTTP",
    read=_read,
    formats=(
        format_of("json", "application/json", _write),
        format_of("response", RESPONSE_TYPE, _write),
    ),
    signatures=(
        Signature(media_types=frozenset({RESPONSE_TYPE}), members={"errors": [{"message": str}]}, success=True),
        Signature(members=_MEMBERS, success=True, weight=4),
        Signature(members={"errors": [{"message": str}]}, accepts=_is_bare, success=True, weight=4),
    ),
    fields=Body,
)
