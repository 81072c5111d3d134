"""flask-smorest's errors: the status twice, a message, and failures by part of the request and field.

Deviations: texts of one field stand together, a violation without a location is
one of the JSON body; codes, ids, help and extension members have no place.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from msgspec.structs import replace

from errata._body import MAX_ITEMS, Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import title_of
from errata._problem import NO_MEMBERS, Location, Problem, Violation, shows
from errata.dialects._shapes import map_from_violations, violations_from_map


class Body(Wire):
    """The error; `code` is the HTTP status, `status` its phrase."""

    code: int | None = None
    status: str | None = None
    message: str | None = None
    errors: dict[str, Any] | None = None


_PARTS: Final[dict[Location | None, str]] = {
    None: "json",
    "body": "json",
    "query": "query",
    "path": "path",
    "header": "headers",
    "cookie": "cookies",
}
_LOCATIONS: Final[dict[str, Location]] = {
    "json": "body",
    "form": "body",
    "files": "body",
    "json_or_form": "body",
    "query": "query",
    "querystring": "query",
    "path": "path",
    "view_args": "path",
    "headers": "header",
    "cookies": "cookie",
}


def _read(doc: Document) -> Problem:
    wire = doc.fit(Body)
    violations = tuple(islice(_violations(wire.errors or {}), MAX_ITEMS))
    left = {"errors": wire.errors} if wire.errors and not violations else {}
    return Problem(
        status=wire.code if wire.code is not None else doc.raw.status,
        title=wire.status or None,
        detail=wire.message or None,
        violations=violations,
        extensions={**wire.extras, **left} or NO_MEMBERS,
    )


def _violations(errors: dict[str, Any]) -> Iterator[Violation]:
    for part, faults in errors.items():
        location = _LOCATIONS.get(part)
        for violation in violations_from_map({"" if location else part: faults}):
            yield replace(violation, location=location) if location else violation


def _write(problem: Problem) -> bytes:
    parts = list(dict.fromkeys(_PARTS[v.location] for v in problem.violations))
    errors = {
        part: map_from_violations(tuple(v for v in problem.violations if _PARTS[v.location] == part), "_schema")
        for part in parts
    }
    title = problem.title if shows(problem.title) else title_of(problem.status)
    return write_json(Body(problem.status or 500, title, _message(problem), errors or None))


def _message(problem: Problem) -> str | None:
    return problem.text if problem.problems and not problem.detail else problem.detail or None


# The phrases of the statuses, and those that Werkzeug spells otherwise.
_PHRASES: Final = frozenset(map(title_of, range(400, 600))) | {
    "I'm a teapot",
    "Request Entity Too Large",
    "Request URI Too Long",
    "Requested Range Not Satisfiable",
    "Retry With",
    "Unprocessable Entity",
}


def _is_status(code: Any) -> bool:
    return type(code) is int and 400 <= code < 600


_OTHERS: Final = {"kind": ABSENT, "error": ABSENT, "name": ABSENT}


dialect: Final = Dialect(
    name="flask-smorest",
    title="flask-smorest: failures by part of the request and field",
    source="flask-smorest, ErrorSchema",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(
        Signature(members={"code": _is_status, "status": _PHRASES, **_OTHERS}, weight=3),
        Signature(members={"code": _is_status, "status": str, "errors": dict, **_OTHERS}, weight=3),
    ),
    fields=Body,
)  # fmt: skip
