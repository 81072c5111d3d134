"""The errors of Apache CouchDB: a word and a reason.

A client meets it on every call of the HTTP API, labelled as plain text when it
did not ask for JSON.

Deviations: one word and one text; violations, resource, help, retry hint and
inner problems have no place, ids travel in a header.
"""

from typing import Any, Final

from errata._body import Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind
from errata._problem import Members, Problem
from errata.dialects._shapes import id_in

TRACE_HEADER: Final = "x-couch-request-id"


class Body(Wire):
    """The word, the text, and a number that the server's log knows."""

    error: str | None = None
    reason: str | None = None
    ref: int | None = None


# What a word means, where the status says another thing.
_KINDS: Final[dict[str | None, Kind]] = {
    "file_exists": "already_exists",
    "conflict": "aborted",
    "timeout": "deadline_exceeded",
    "precondition_failed": "failed_precondition",
    "not_implemented": "unimplemented",
}

_BY_KIND: Final[dict[Kind | None, str]] = {
    "aborted": "conflict",
    "already_exists": "file_exists",
    "deadline_exceeded": "timeout",
    "failed_precondition": "precondition_failed",
    "invalid_argument": "bad_request",
    "not_found": "not_found",
    "permission_denied": "forbidden",
    "resource_exhausted": "too_many_requests",
    "unauthenticated": "unauthorized",
    "unavailable": "service_unavailable",
    "unimplemented": "not_implemented",
}


def _read(doc: Document) -> Problem:
    trace_id = doc.raw.headers.get(TRACE_HEADER) or None
    if doc.form == "empty":
        return Problem(status=doc.raw.status, trace_id=trace_id)
    body = doc.fit(Body)
    return Problem(
        status=doc.raw.status,
        code=body.error or None,
        kind=_KINDS.get(body.error),
        detail=body.reason or None,
        trace_id=trace_id,
        extensions=_further(doc, body),
    )


def _further(doc: Document, body: Body) -> Members[Any]:
    further = dict(body.extras) if body.ref is None else {"ref": body.ref, **body.extras}
    if further.pop("stack", None) is not None:
        doc.note("debug-left-out", "a stack trace was left out", "stack")
    return Members(further)


def _write(problem: Problem) -> bytes:
    word = problem.code or _BY_KIND.get(problem.kind, "unknown_error")
    ref = problem.extensions.get("ref")
    return write_json(Body(word, problem.head, ref if type(ref) is int else None))


def _is_word(value: object) -> bool:
    return isinstance(value, str) and value.islower() and " " not in value


dialect: Final = Dialect(
    name="couchdb",
    title="Apache CouchDB: a word and a reason",
    source="Apache CouchDB documentation, API basics",
    read=_read,
    formats=(format_of("json", "application/json", _write, head=id_in(TRACE_HEADER)),),
    signatures=(
        Signature(
            members={"error": _is_word, "reason": str | None, "error_description": ABSENT, "message": ABSENT}, weight=3
        ),
        Signature(members={"error": str}, headers={TRACE_HEADER: ""}, weight=4),
        Signature(members={"error": str, "reason": str | None}, headers={"server": "CouchDB"}, weight=4),
        Signature(headers={TRACE_HEADER: ""}, form="empty"),
    ),
    fields=Body,
)
