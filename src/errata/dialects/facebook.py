"""The errors of the Facebook Graph API (also Instagram, WhatsApp, Threads): `error` with a type and a numbered code.

Deviations: the code is a number; another one is replaced by the number that
stands for its kind. Violations are told in the text; help, instance, resource and
inner problems have no place.
"""

from typing import Any, Final

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind
from errata._problem import Problem
from errata.dialects._shapes import code_number, in_text, with_members


class FacebookError(Wire):
    """The error; `error_subcode`, `error_user_msg`, `is_transient` and others may stand beside these."""

    message: str | None = None
    type: str | None = None
    code: int | None = None
    fbtrace_id: str | None = None


class Body(Wire):
    """The wrapper."""

    error: FacebookError


class OpenError(FacebookError, forbid_unknown_fields=False):
    """The error with whatever members a call adds."""


class OpenBody(Wire):
    """The wrapper, as it is written."""

    error: OpenError


_TYPE: Final = "OAuthException"  # what nearly all errors of the API are called, whatever they are about

# Codes that tell more than the status, which is 400 for most; 200 to 299 are permissions.
_KINDS: Final[dict[int | None, Kind]] = {
    1: "internal",
    2: "unavailable",
    3: "unimplemented",
    4: "resource_exhausted",
    10: "permission_denied",
    17: "resource_exhausted",
    32: "resource_exhausted",
    100: "invalid_argument",
    102: "unauthenticated",
    190: "unauthenticated",
    341: "resource_exhausted",
    368: "permission_denied",
    506: "already_exists",
    613: "resource_exhausted",
    803: "not_found",
    **dict.fromkeys(range(200, 300), "permission_denied"),
}
_CODES: Final[dict[Kind | None, int]] = {
    "already_exists": 506,
    "deadline_exceeded": 2,
    "internal": 1,
    "not_found": 803,
    "permission_denied": 200,
    "resource_exhausted": 4,
    "unauthenticated": 190,
    "unavailable": 2,
    "unimplemented": 3,
    "data_loss": 1,
    "unknown": 1,
}
_INVALID: Final = 100


def _read(doc: Document) -> Problem:
    body = doc.fit(Body)
    error = body.error
    own = {"type": error.type} if error.type else {}
    return Problem(
        status=doc.raw.status,
        code=None if error.code is None else str(error.code),
        kind=_KINDS.get(error.code),
        detail=error.message or None,
        trace_id=error.fbtrace_id or doc.raw.headers.get("x-fb-trace-id") or None,
        extensions={**body.extras, **error.extras, **own},
    )


def _write(problem: Problem) -> bytes:
    number = code_number(problem.code)
    given = problem.extensions.get("type")
    error = FacebookError(
        in_text(problem).head,
        given if isinstance(given, str) and given else _TYPE,
        _CODES.get(problem.kind, _INVALID) if number is None else number,
        problem.trace_id or None,
    )
    return write_json({"error": with_members(error, problem.extensions)})


def _is_error(value: Any) -> bool:
    """Tell whether a numbered code stands beside the name of an exception."""
    return (
        isinstance(value, dict)
        and type(value.get("code")) is int
        and isinstance(value.get("type"), str)
        and value["type"].endswith("Exception")
        and "status" not in value
    )


dialect: Final = Dialect(
    name="facebook",
    title="Facebook Graph API: an error with a type and a numbered code",
    source="Meta for Developers, Graph API, handling errors",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(
        Signature(members={"error": {"fbtrace_id": str, "message": str | None}}, weight=6),
        Signature(members={"error": _is_error}, weight=4),
    ),
    fields=OpenBody,
)
