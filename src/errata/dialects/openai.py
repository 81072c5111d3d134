"""The errors of the OpenAI API and of the many servers that speak like it: `error` with all of its four members.

Servers for models send the code as a number, or the four members without the
wrapper; both are read, the first form is written.

Deviations: one violation, whose text is the error's own; those beyond it are told
in the text; type URI, instance, resource, help and inner problems have no place;
ids are in header fields.
"""

from collections.abc import Mapping
from typing import Any, Final

from errata._body import Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind
from errata._problem import Problem, Violation, path_from_text
from errata.dialects._shapes import code_text, text_of_one, with_members


class OpenAIError(Wire, omit_defaults=False):
    """The error: all four members, null where there is nothing."""

    message: str | None = None
    type: str | None = None
    param: str | None = None
    code: str | int | None = None


class Body(Wire):
    """The wrapper."""

    error: OpenAIError


class OpenError(OpenAIError, forbid_unknown_fields=False):
    """The error with whatever members a server adds."""


class OpenBody(Wire):
    """The wrapper, as it is written."""

    error: OpenError


_TYPES: Final[dict[Kind | None, str]] = {
    "unauthenticated": "authentication_error",
    "permission_denied": "permission_error",
    "not_found": "not_found_error",
    "resource_exhausted": "rate_limit_error",
    "data_loss": "server_error",
    "deadline_exceeded": "server_error",
    "internal": "server_error",
    "unavailable": "server_error",
    "unimplemented": "server_error",
    "unknown": "server_error",
}

# Codes that tell more than the status they come with.
_KINDS: Final[dict[str | None, Kind]] = {
    "context_length_exceeded": "out_of_range",
    "insufficient_quota": "resource_exhausted",
    "model_not_found": "not_found",
    "string_above_max_length": "out_of_range",
}


def _read(doc: Document) -> Problem:
    wrapped = isinstance(doc.value, dict) and "error" in doc.value
    body = doc.fit(Body) if wrapped else Body(doc.fit(OpenAIError))
    error = body.error
    code = code_text(error.code)
    own = {"type": error.type} if error.type else {}
    path = path_from_text(error.param or "")
    further = {**body.extras, **error.extras}
    if not wrapped:
        further.pop("object", None)  # it says no more than that this is an error
    return Problem(
        status=doc.raw.status,
        code=code,
        kind=_KINDS.get(code),
        detail=error.message or None,
        violations=(Violation(path=path, detail=error.message or None),) if path else (),
        extensions={**further, **own},
    )


def _write(problem: Problem) -> bytes:
    given = problem.extensions.get("type")
    param = next((v.dotted for v in problem.violations if v.path), None)
    error = OpenAIError(
        text_of_one(problem),
        given if isinstance(given, str) and given else _TYPES.get(problem.kind, "invalid_request_error"),
        param,
        problem.code or None,
    )
    return write_json({"error": with_members(error, problem.extensions)})


def _head(problem: Problem) -> Mapping[str, str]:
    """Return the request's id, and the pause in milliseconds where whole seconds would not do."""
    fields = {"x-request-id": problem.trace_id} if problem.trace_id else {}
    pause = problem.retry_after
    if pause is not None and 0 < pause < 1e6 and pause % 1:
        fields["retry-after-ms"] = str(round(pause * 1000))
    return fields


_FOUR: Final = OpenAIError.__struct_encode_fields__


def _has_all(value: Any) -> bool:
    """Tell whether all four members are there, with nothing that only Stripe sends."""
    return (
        isinstance(value, dict)
        and all(name in value for name in _FOUR)
        and isinstance(value["type"], str | None)
        and isinstance(value["message"], str | None)
        and isinstance(value["param"], str | None)
        and not ({"doc_url", "request_log_url", "fbtrace_id", "status"} & value.keys())
    )


def _has_number(value: Any) -> bool:
    """Tell whether the code is a number, as the status is, beside a type in small letters."""
    return (
        isinstance(value, dict)
        and type(value.get("code")) is int
        and isinstance(value.get("type"), str)
        and value["type"].endswith("_error")
        and isinstance(value.get("message"), str)
        and not ({"fbtrace_id", "status"} & value.keys())
    )


dialect: Final = Dialect(
    name="openai",
    title="OpenAI API: an error with message, type, parameter and code, always all four",
    source="OpenAI API reference, error object",
    read=_read,
    formats=(format_of("json", "application/json", _write, head=_head),),
    signatures=(
        Signature(members={"error": _has_all}, weight=5),
        Signature(members={"error": _has_number}, weight=4),
        Signature(
            members={
                "object": frozenset({"error"}), "message": str, "type": str, "param": str | None, "status": ABSENT,
            },
        ),
    ),
    fields=OpenBody,
)  # fmt: skip
