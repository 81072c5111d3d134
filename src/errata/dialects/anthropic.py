"""The errors of the Anthropic API: an object of the type `error` around a type and a message.

Deviations: the type is the code; violations are told in the text; help, instance,
resource and inner problems have no place.
"""

from typing import Final

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind
from errata._problem import Problem
from errata.dialects._shapes import id_in, in_text, with_members


class AnthropicError(Wire):
    """The error; both members are always there."""

    type: str | None = None
    message: str | None = None


class Body(Wire):
    """The wrapper, with the id of the request."""

    type: str
    error: AnthropicError
    request_id: str | None = None


class OpenBody(Body, forbid_unknown_fields=False):
    """The wrapper with whatever members are added."""


_CODES: Final[dict[Kind | None, str]] = {
    "unauthenticated": "authentication_error",
    "permission_denied": "permission_error",
    "not_found": "not_found_error",
    "resource_exhausted": "rate_limit_error",
    "out_of_range": "request_too_large",
    "unavailable": "overloaded_error",
    "deadline_exceeded": "timeout_error",
    "data_loss": "api_error",
    "internal": "api_error",
    "unimplemented": "api_error",
    "unknown": "api_error",
}

# Statuses that have a code of their own.
_BY_STATUS: Final[dict[int | None, str]] = {402: "billing_error", 529: "overloaded_error"}

# Codes that tell more than the status: 529 is of no registered meaning.
_KINDS: Final[dict[str | None, Kind]] = {
    "overloaded_error": "unavailable",
    "rate_limit_error": "resource_exhausted",
    "timeout_error": "deadline_exceeded",
}


def _read(doc: Document) -> Problem:
    body = doc.fit(Body)
    error = body.error
    return Problem(
        status=doc.raw.status,
        code=error.type or None,
        kind=_KINDS.get(error.type),
        detail=error.message or None,
        trace_id=body.request_id or None,
        extensions={**error.extras, **body.extras},
    )


def _write(problem: Problem) -> bytes:
    by_kind = _CODES.get(problem.kind, "invalid_request_error")
    code = problem.code or _BY_STATUS.get(problem.status, by_kind)
    body = Body("error", AnthropicError(code, in_text(problem).head), problem.trace_id or None)
    return write_json(with_members(body, problem.extensions))


dialect: Final = Dialect(
    name="anthropic",
    title="Anthropic API: an error with a type and a message",
    source="Anthropic API documentation, errors",
    read=_read,
    formats=(format_of("json", "application/json", _write, head=id_in("request-id")),),
    signatures=(
        Signature(members={"type": frozenset({"error"}), "error": {"type": str, "message": str | None}}, weight=7),
    ),
    fields=OpenBody,
)
