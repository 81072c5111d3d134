"""The errors of the Slack Web API: `ok` is false, inside of a success more often than not.

Slack answers 200 whatever went wrong, and 429 where calls are too many; its
clients try anything else again. So 200 is written where the code tells the status
by itself, and the problem's own status with every other code.

Deviations: violations keep path and text; title, help, instance and resource have
no place.
"""

from typing import Any, Final

from errata._body import Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind
from errata._problem import Problem, Violation, path_from_text, shows
from errata.dialects._shapes import failure_status, id_in, with_members


class Body(Wire):
    """The error; `needed`, `provided`, `errors` and others may stand beside these."""

    ok: bool
    error: str | None = None
    response_metadata: dict[str, Any] | None = None


class OpenBody(Body, forbid_unknown_fields=False):
    """The error with whatever members a call adds."""


_STATUSES: Final[dict[str | None, int]] = {
    **dict.fromkeys(("invalid_arguments", "invalid_arg_name", "invalid_blocks", "invalid_form_data"), 400),
    **dict.fromkeys(("invalid_json", "json_not_object", "missing_post_type", "no_text", "validation_errors"), 400),
    **dict.fromkeys(("account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked"), 401),
    **dict.fromkeys(("access_denied", "ekm_access_denied", "missing_scope", "no_permission", "not_in_channel"), 403),
    **dict.fromkeys(("not_allowed_token_type", "org_login_required", "restricted_action"), 403),
    **dict.fromkeys(("channel_not_found", "file_not_found", "message_not_found", "not_found", "user_not_found"), 404),
    **dict.fromkeys(("thread_not_found", "unknown_method", "view_not_found"), 404),
    **dict.fromkeys(("already_archived", "already_in_channel", "already_reacted", "name_taken"), 409),
    **dict.fromkeys(("rate_limited", "ratelimited"), 429),
    **dict.fromkeys(("fatal_error", "internal_error"), 500),
    "service_unavailable": 503,
    "request_timeout": 408,
}
_CODES: Final[dict[Kind | None, str]] = {
    "unauthenticated": "invalid_auth",
    "permission_denied": "access_denied",
    "not_found": "not_found",
    "resource_exhausted": "ratelimited",
    "unavailable": "service_unavailable",
    "deadline_exceeded": "request_timeout",
    "data_loss": "internal_error",
    "internal": "internal_error",
    "unimplemented": "unknown_method",
    "unknown": "internal_error",
}
_TOO_MANY: Final = 429
_LEVEL: Final = "[ERROR] "
_PLACE: Final = " [json-pointer:"


def _read(doc: Document) -> Problem:
    body = doc.fit(Body)
    metadata = body.response_metadata or {}
    texts = metadata.get("messages")
    messages = [_violation(text) for text in texts if isinstance(text, str)] if isinstance(texts, list) else []
    further = {name: value for name, value in metadata.items() if name != "messages" or not messages}
    status = failure_status(doc, _STATUSES.get(body.error))
    plain = [Problem(status=status, detail=v.detail) for v in messages if not v.path and v.detail]
    return Problem(
        status=status,
        code=body.error or None,
        detail=plain[0].detail if plain else None,
        violations=tuple(v for v in messages if v.path),
        problems=tuple(plain) if len(plain) > 1 else (),
        trace_id=doc.raw.headers.get("x-slack-req-id") or None,
        extensions={**body.extras, "response_metadata": further} if further else body.extras,
    )


def _violation(text: str) -> Violation:
    """Return what a message says, with the place that may stand at its end."""
    said, _, place = text.removeprefix(_LEVEL).partition(_PLACE)
    return Violation(path=path_from_text(place.removesuffix("]")), detail=said or None)


def _messages(problem: Problem) -> list[str]:
    own = [text for text in (problem.detail, problem.title) if shows(text)][:1]
    inner = [each.text for each in problem.problems]
    placed = [f"{v.detail if shows(v.detail) else 'is not valid'}{_PLACE}{v.pointer}]" for v in problem.violations]
    return [_LEVEL + text for text in (inner if inner[:1] == own else own + inner) + placed]


def _code(problem: Problem) -> str:
    return problem.code or _CODES.get(problem.kind, "invalid_arguments")


def _write(problem: Problem) -> bytes:
    given = problem.extensions.get("response_metadata")
    messages = _messages(problem)
    metadata = {**(given if isinstance(given, dict) else {}), **({"messages": messages} if messages else {})}
    return write_json(
        with_members(Body(ok=False, error=_code(problem), response_metadata=metadata or None), problem.extensions)
    )


def _status(problem: Problem) -> int:
    told = _STATUSES.get(_code(problem))
    return 200 if told == problem.status and told != _TOO_MANY else problem.status or 500


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and bool(value) and " " not in value


dialect: Final = Dialect(
    name="slack",
    title="Slack Web API: `ok` is false, inside of a success",
    source="Slack Web API documentation, responses and errors",
    read=_read,
    formats=(format_of("json", "application/json", _write, head=id_in("x-slack-req-id"), status=_status),),
    signatures=(
        Signature(
            members={"ok": frozenset({False}), "error": _is_word, "status": ABSENT, "title": ABSENT}, success=True
        ),
    ),
    fields=OpenBody,
)
