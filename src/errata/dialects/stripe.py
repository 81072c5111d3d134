"""The errors of the Stripe API: an object `error` with a type, and a code, a parameter and links where they help.

Deviations: one violation, whose text is the error's own; those beyond it are told
in the text; instance, resource and inner problems have no place; the id of the
request is in the header.
"""

from typing import Any, Final

from errata._body import Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind
from errata._problem import Problem, Violation, path_from_text
from errata.dialects._shapes import id_in, text_of_one, with_members


class StripeError(Wire):
    """The error; `charge`, `decline_code`, `payment_intent` and others may stand beside these."""

    type: str | None = None
    code: str | None = None
    message: str | None = None
    param: str | None = None
    doc_url: str | None = None


class Body(Wire):
    """The wrapper."""

    error: StripeError


class OpenError(StripeError, forbid_unknown_fields=False):
    """The error with whatever members a call adds."""


class OpenBody(Wire):
    """The wrapper, as it is written."""

    error: OpenError


_TYPES: Final[dict[Kind | None, str]] = {
    "data_loss": "api_error",
    "deadline_exceeded": "api_error",
    "internal": "api_error",
    "unavailable": "api_error",
    "unimplemented": "api_error",
    "unknown": "api_error",
}
_CARD_REFUSED: Final = 402

# Codes that tell more than the status they come with.
_KINDS: Final[dict[str | None, Kind]] = {
    "idempotency_key_in_use": "aborted",
    "lock_timeout": "aborted",
    "resource_already_exists": "already_exists",
    "resource_missing": "not_found",
}


def _read(doc: Document) -> Problem:
    body = doc.fit(Body)
    error = body.error
    own = {"type": error.type} if error.type else {}
    path = path_from_text(error.param or "")
    return Problem(
        status=doc.raw.status,
        code=error.code or None,
        kind=_KINDS.get(error.code),
        detail=error.message or None,
        violations=(Violation(path=path, detail=error.message or None),) if path else (),
        help=error.doc_url or None,
        extensions={**body.extras, **error.extras, **own},
    )


def _is_type(value: object) -> bool:
    return isinstance(value, str) and value.endswith("_error")


def _type(problem: Problem) -> str:
    given = problem.extensions.get("type")
    if _is_type(given):
        return str(given)
    return "card_error" if problem.status == _CARD_REFUSED else _TYPES.get(problem.kind, "invalid_request_error")


def _param(problem: Problem) -> str | None:
    """Return the first path in the brackets of form fields, or dotted where brackets would make another place of it."""
    path = next((v.path for v in problem.violations if v.path), ())
    text = "".join([str(s) if index == 0 else f"[{s}]" for index, s in enumerate(path)])
    return (text if path_from_text(text) == path else Violation(path=path).dotted) or None


def _write(problem: Problem) -> bytes:
    error = StripeError(
        _type(problem), problem.code or None, text_of_one(problem), _param(problem), problem.help or None
    )
    return write_json({"error": with_members(error, problem.extensions)})


_MARKS: Final = ("decline_code", "doc_url", "payment_intent", "request_log_url")


def _is_error(value: Any) -> bool:
    return isinstance(value, dict) and _is_type(value.get("type")) and "status" not in value and "reason" not in value


def _is_marked(value: Any) -> bool:
    return _is_error(value) and (value["type"] == "card_error" or any(name in value for name in _MARKS))


dialect: Final = Dialect(
    name="stripe",
    title="Stripe API: an error with a type, a code and a parameter",
    source="Stripe API reference, errors",
    read=_read,
    formats=(format_of("json", "application/json", _write, head=id_in("request-id")),),
    signatures=(
        Signature(members={"error": _is_error, "type": ABSENT}, weight=3),
        Signature(members={"error": _is_marked, "type": ABSENT}, weight=6),
        Signature(members={"error": {"type": str}, "type": ABSENT}, headers={"stripe-version": ""}, weight=6),
        Signature(members={"error": {"type": str}, "type": ABSENT}, headers={"request-id": "req_"}, weight=6),
    ),
    fields=OpenBody,
)
