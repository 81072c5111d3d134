"""The errors of the GitLab REST API: a message that is a text or a map of field to texts.

A client meets it on every call; tokens that do not suffice are answered in the
manner of OAuth, unknown routes and missing parameters by a bare `error`.

Deviations: a code has a place only when it is one about tokens; with violations
the text has none; title, help, resource and inner problems never have.
"""

from typing import Any, Final

from errata._body import Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind
from errata._problem import Members, Problem
from errata.dialects._shapes import id_in, map_from_violations, seconds_until, violations_from_map


class Body(Wire):
    """One of three forms: a message, an error, or the triple about tokens."""

    message: str | dict[str, Any] | list[Any] | None = None
    error: str | None = None
    error_description: str | None = None
    scope: str | None = None


# Codes about tokens, which the API answers with (RFC 6750 section 3.1, and one of its own).
TOKEN_CODES: Final[dict[str | None, Kind]] = {
    "invalid_token": "unauthenticated",
    "insufficient_scope": "permission_denied",
    "dpop_error": "unauthenticated",
}


def _read(doc: Document) -> Problem:
    body = doc.fit(Body)
    is_code = body.error_description is not None or body.error in TOKEN_CODES
    text = body.error_description if is_code else body.error
    message = body.message
    faults = {"base": message} if isinstance(message, list) else message if isinstance(message, dict) else {}
    return Problem(
        status=doc.raw.status,
        code=body.error or None if is_code else None,
        kind=TOKEN_CODES.get(body.error),
        detail=(message if isinstance(message, str) and message else text) or None,
        violations=violations_from_map(faults),
        retry_after=seconds_until(doc, "ratelimit-reset") if doc.raw.status == 429 else None,
        extensions=Members({"scope": body.scope, **body.extras}) if body.scope else body.extras,
    )


def _body(problem: Problem) -> Body:
    if problem.code in TOKEN_CODES:
        scope = problem.extensions.get("scope")
        return Body(None, problem.code, problem.head, scope if isinstance(scope, str) and scope else None)
    return Body(map_from_violations(problem.violations, "base") if problem.violations else problem.head)


def _write(problem: Problem) -> bytes:
    return write_json(_body(problem))


def _is_map(value: object) -> bool:
    return isinstance(value, dict) and bool(value) and all(isinstance(texts, list | dict) for texts in value.values())


def _is_alone(doc: Document) -> bool:
    """One member, and no other."""
    return len(doc.value) == 1


def _leads_with_status(doc: Document) -> bool:
    """One member, whose text starts with the status."""
    return len(doc.value) == 1 and next(iter(doc.value.values())).startswith(f"{doc.raw.status} ")


_META: Final = {"x-gitlab-meta": ""}

dialect: Final = Dialect(
    name="gitlab",
    title="GitLab REST API: a message, or a map of field to texts",
    source="GitLab REST API, status codes and troubleshooting",
    read=_read,
    formats=(format_of("json", "application/json", _write, head=id_in("x-request-id")),),
    signatures=(
        Signature(members={"message": str | dict | list}, headers=_META, weight=5),
        Signature(members={"error": str}, headers=_META, weight=5),
        Signature(members={"error": str, "error_description": str}, headers=_META, weight=7),
        Signature(members={"error": frozenset({"insufficient_scope"}), "scope": str, "error_uri": ABSENT}, weight=5),
        Signature(members={"message": _is_map}, accepts=_is_alone),
        Signature(members={"message": str}, accepts=_leads_with_status),
        Signature(members={"error": str}, accepts=_leads_with_status),
    ),
    fields=Body,
)
