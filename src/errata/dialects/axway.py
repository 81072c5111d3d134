"""The error format of the Axway support API: a flat object with one of five classes and a text.

Deviations: no violations, ids or further members; a foreign code is replaced by
the class that its status or kind calls for, and the text gains the violations.
Two facts stand in the text alone and are looked for there: the delay of a 503
without a good `Retry-After`, and the case that a 500 has left behind.
"""

import re
from collections.abc import Mapping
from typing import Final

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._http import parse_retry_after
from errata._json import write_json
from errata._kind import Kind
from errata._problem import Problem, Resource, shows

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

    code: str
    message: str


def _read(doc: Document) -> Problem:
    wire = doc.fit(Body)  # a member that is missing is None here, whatever the declaration says
    code, text = wire.code, wire.message or ""
    expected = CLASSES.get(code)
    if expected is not None and expected != doc.raw.status:
        doc.note("status-mismatch", f"{code} belongs to status {expected}, the response has {doc.raw.status}")
    return Problem(
        status=doc.raw.status,
        code=code,
        detail=text or None,
        retry_after=_delay(doc, text) if code == "SERVICE_TEMPORARILY_UNAVAILABLE" else None,
        resource=_case(text) if code == "SERVER_ERROR" else None,
        extensions=wire.extras,
    )


_DELAY: Final = re.compile(r"\b([0-9]{1,6}) ?(s|sec|seconds?|min|minutes?|h|hours?)\b", re.IGNORECASE)
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600}
_CASE: Final = re.compile(r"\bcase (?:number )?#?([A-Z-]{0,8}[0-9]{1,20})\b", re.IGNORECASE)


def _delay(doc: Document, text: str) -> float | None:
    """Return the delay that a text names, in seconds; a `Retry-After` that can be read goes first."""
    field = doc.raw.headers.get("retry-after")
    if field is not None and parse_retry_after(field, doc.raw.headers.get("date")) is not None:
        return None
    found = _DELAY.search(text)
    if found is None:
        return None
    if field is not None:
        doc.note(
            "bad-header", f"retry-after {field[:40]!r} cannot be read; the delay in the text counts", "retry-after"
        )
    return float(found[1]) * _SECONDS[found[2][0].lower()]


def _case(text: str) -> Resource | None:
    found = _CASE.search(text)
    return Resource("case", found[1]) if found else None


def _write(problem: Problem) -> bytes:
    return write_json(Body(class_of(problem), text_with_violations(problem)))


def class_of(problem: Problem) -> str:
    """Return the problem's code if it is one of the five classes, else the class nearest in meaning."""
    if problem.code is not None and problem.code in CLASSES:
        return problem.code
    by_status = "SERVER_ERROR" if (problem.status or 500) >= 500 else "BAD_REQUEST"
    return _BY_KIND.get(problem.kind, by_status)


def text_with_violations(problem: Problem) -> str:
    """Return the text, followed by each violation with its place, for a format that has no room for them."""
    head = problem.detail or problem.title
    faults = [": ".join(filter(None, (v.dotted, v.detail))) for v in problem.violations]
    faults = [fault for fault in faults if shows(fault)]
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
