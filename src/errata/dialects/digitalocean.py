"""The errors of the DigitalOcean API: an id for the status, a text, and sometimes the id of the request.

A client meets it on every call; some products send the text as `error`, with its root causes.

Deviations: no violations, title, help or resource; inner problems keep their
texts, and only in the form with root causes.
"""

from typing import Final

from errata._body import Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind
from errata._problem import Problem
from errata.dialects._shapes import seconds_until


class Body(Wire):
    """The id, which is a word for the status, the text, and the id of the request."""

    id: str | None = None
    message: str | None = None
    request_id: str | None = None


class Rooted(Wire):
    """The form with root causes; `messages` holds texts of old."""

    error: str | None = None
    messages: list[str] | None = None
    root_causes: list[str] | None = None


_BY_KIND: Final[dict[Kind | None, str]] = {
    "aborted": "conflict",
    "already_exists": "conflict",
    "invalid_argument": "bad_request",
    "not_found": "not_found",
    "permission_denied": "forbidden",
    "resource_exhausted": "too_many_requests",
    "unauthenticated": "unauthorized",
    "unavailable": "service_unavailable",
}
_BY_STATUS: Final = {412: "precondition_failed", 422: "unprocessable_entity"}


def _read(doc: Document) -> Problem:
    if isinstance(doc.value, dict) and "root_causes" in doc.value:
        return _read_rooted(doc)
    body = doc.fit(Body)
    return Problem(
        status=doc.raw.status,
        code=body.id or None,
        detail=body.message or None,
        retry_after=seconds_until(doc, "ratelimit-reset"),
        trace_id=body.request_id or None,
        extensions=body.extras,
    )


def _read_rooted(doc: Document) -> Problem:
    body = doc.fit(Rooted)
    status = doc.raw.status
    inner = tuple([Problem(status=status, detail=cause) for cause in body.root_causes or [] if cause])
    return Problem(status=status, detail=body.error or None, problems=inner, extensions=body.extras)


def _write(problem: Problem) -> bytes:
    word = _BY_STATUS.get(problem.status or 500) or _BY_KIND.get(problem.kind, "server_error")
    return write_json(Body(problem.code or word, problem.head, problem.trace_id))


def _write_rooted(problem: Problem) -> bytes:
    return write_json({"error": problem.head, "root_causes": [inner.text for inner in problem.problems]})


dialect: Final = Dialect(
    name="digitalocean",
    title="DigitalOcean API: an id for the status, a text, the id of the request",
    source="DigitalOcean API reference, HTTP statuses",
    read=_read,
    formats=(
        format_of("json", "application/json", _write),
        format_of("rooted", "application/json", _write_rooted),
    ),
    signatures=(
        Signature(members={"id": str, "message": str, "request_id": str, "url": ABSENT, "code": ABSENT}, weight=3),
        Signature(members={"id": str, "message": str, "url": ABSENT, "code": ABSENT}, headers={"ratelimit-limit": ""}),
        Signature(members={"error": str, "root_causes": list}),
    ),
    fields=Body,
)
