"""The errors of the Notion API: an object of the kind `error` with status, code, text and the id of the request.

Deviations: violations are told in the text; type URI, title, help, instance,
resource and inner problems have no place; Notion's own client knows a fixed set of
codes and calls errors with others unknown.
"""

from typing import Final

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind
from errata._problem import Problem
from errata.dialects._shapes import in_text, with_members


class Body(Wire):
    """The error; `additional_data` may stand beside these."""

    object: str
    status: int | None = None
    code: str | None = None
    message: str | None = None
    request_id: str | None = None


class OpenBody(Body, forbid_unknown_fields=False):
    """The error with whatever members a call adds."""


_CODES: Final[dict[Kind | None, str]] = {
    "aborted": "conflict_error",
    "already_exists": "conflict_error",
    "data_loss": "internal_server_error",
    "deadline_exceeded": "gateway_timeout",
    "internal": "internal_server_error",
    "not_found": "object_not_found",
    "permission_denied": "restricted_resource",
    "resource_exhausted": "rate_limited",
    "unauthenticated": "unauthorized",
    "unavailable": "service_unavailable",
    "unknown": "internal_server_error",
}


def _read(doc: Document) -> Problem:
    body = doc.fit(Body)
    return Problem(
        status=doc.raw.status if body.status is None else body.status,
        code=body.code or None,
        detail=body.message or None,
        trace_id=body.request_id or None,
        extensions=body.extras,
    )


def _write(problem: Problem) -> bytes:
    code = problem.code or _CODES.get(problem.kind, "validation_error")
    body = Body("error", problem.status or 500, code, in_text(problem).head, problem.trace_id or None)
    return write_json(with_members(body, problem.extensions))


dialect: Final = Dialect(
    name="notion",
    title="Notion API: an object `error` with status, code and text",
    source="Notion API documentation, status codes",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(Signature(members={"object": frozenset({"error"}), "status": int, "code": str, "message": str}),),
    fields=OpenBody,
)
