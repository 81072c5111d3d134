"""The error format of the Axway support API: a flat object with one of five classes and a text.

Deviations: no violations, ids or further members; a foreign code is replaced by
the class that its status or kind calls for, and the text gains the violations.
"""

from collections.abc import Mapping
from typing import Final

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind
from errata._problem import Problem

CLASSES: Final[Mapping[str, int]] = {
    "AUTHENTICATION_FAILURE": 401,
    "ACCESS_DENIED": 403,
    "BAD_REQUEST": 400,
    "SERVICE_TEMPORARILY_UNAVAILABLE": 503,
    "SERVER_ERROR": 500,
}

# The class for a problem with a foreign code, by kind; what is not listed follows the status.
_BY_KIND: Final[dict[Kind | None, str]] = {
    "unauthenticated": "AUTHENTICATION_FAILURE",
    "permission_denied": "ACCESS_DENIED",
    "unavailable": "SERVICE_TEMPORARILY_UNAVAILABLE",
    "deadline_exceeded": "SERVICE_TEMPORARILY_UNAVAILABLE",
}


class Body(Wire):
    """The two members, both always there."""

    code: str | None
    message: str | None


def _read(doc: Document) -> Problem:
    wire = doc.fit(Body)
    expected = CLASSES.get(wire.code or "")
    if expected is not None and expected != doc.raw.status:
        doc.note("status-mismatch", f"{wire.code} belongs to status {expected}, the response has {doc.raw.status}")
    return Problem(status=doc.raw.status, code=wire.code, detail=wire.message or None, extensions=wire.extras)


def _write(problem: Problem) -> bytes:
    return write_json(Body(class_of(problem), text_with_violations(problem)))


def class_of(problem: Problem) -> str:
    """Return the problem's code if it is one of the five classes, else the class nearest in meaning."""
    if problem.code in CLASSES:
        return problem.code
    by_status = "SERVER_ERROR" if (problem.status or 500) >= 500 else "BAD_REQUEST"
    return _BY_KIND.get(problem.kind, by_status)


def text_with_violations(problem: Problem) -> str:
    """Return the text, followed by each violation with its place, for a format that has no room for them."""
    head = problem.detail or problem.title
    faults = [": ".join(filter(None, (v.dotted, v.detail))) for v in problem.violations]
    if not faults:
        return problem.text
    return f"{head.removesuffix('.')}: {'; '.join(faults)}" if head else "; ".join(faults)


dialect: Final = Dialect(
    name="axway",
    title="Axway AMPLIFY Support API: five classes and a message",
    source="Axway AMPLIFY Support API, ErrorResponse",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(Signature(members={"code": frozenset(CLASSES), "message": str | None}, weight=4),),
    fields=Body,
    codes=CLASSES,
)
