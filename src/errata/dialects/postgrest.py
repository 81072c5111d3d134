"""The errors of PostgREST, and of Supabase on top of it: those of PostgreSQL as JSON.

A client meets it on every call of a database that is served over HTTP; answers
to HEAD name the code in the header `Proxy-Status` alone.

Deviations: all four members are always there; `details` and `hint` travel as
extension members of these names; violations are told in `details`, as a text;
ids, help and inner problems have no place.
"""

from typing import Any, Final

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._http import is_field_name
from errata._json import write_json
from errata._kind import Kind
from errata._problem import Members, Problem


class Body(Wire, omit_defaults=False):
    """The members of an error of PostgreSQL; all four always, null when empty."""

    code: str | None = None
    details: str | dict[str, Any] | list[Any] | None = None
    hint: str | None = None
    message: str | None = None


# What a code means, where the status says less; SQLSTATE from the PostgreSQL manual, PGRST from PostgREST.
_KINDS: Final[dict[str | None, Kind]] = {
    "23503": "failed_precondition",
    "23505": "already_exists",
    "25006": "failed_precondition",
    "40001": "aborted",
    "40P01": "aborted",
    "42501": "permission_denied",
    "55P03": "aborted",
    "57014": "cancelled",
    "PGRST001": "unavailable",
    "PGRST003": "deadline_exceeded",
    "PGRST103": "out_of_range",
    "PGRST117": "unimplemented",
    "PGRST205": "not_found",
    "PGRST301": "unauthenticated",
}

_BY_KIND: Final[dict[Kind | None, str]] = {
    "aborted": "40001",
    "already_exists": "23505",
    "cancelled": "57014",
    "deadline_exceeded": "PGRST003",
    "failed_precondition": "23503",
    "invalid_argument": "PGRST100",
    "not_found": "PGRST205",
    "out_of_range": "PGRST103",
    "permission_denied": "42501",
    "unauthenticated": "PGRST301",
    "unavailable": "PGRST001",
    "unimplemented": "PGRST117",
}


def _read(doc: Document) -> Problem:
    body = doc.fit(Body) if doc.form != "empty" else Body()
    code = body.code or _code_in_header(doc.raw.headers.get("proxy-status", ""))
    named = {"details": body.details, "hint": body.hint}
    return Problem(
        status=doc.raw.status,
        code=code,
        kind=_KINDS.get(code),
        detail=body.message or None,
        extensions=Members({**{name: value for name, value in named.items() if value}, **body.extras}),
    )


def _code_in_header(field: str) -> str | None:
    """Return the parameter `error` of a `Proxy-Status` field (RFC 9209)."""
    parameters = (part.strip().partition("=") for part in field[:1000].split(";")[1:])
    return next((value.strip('" ') or None for name, _, value in parameters if name == "error"), None)


def _code(problem: Problem) -> str:
    return problem.code or _BY_KIND.get(problem.kind, "PGRSTX00")


def _write(problem: Problem) -> bytes:
    details, hint = problem.extensions.get("details"), problem.extensions.get("hint")
    return write_json(
        Body(
            _code(problem),
            details if isinstance(details, str | dict | list) and details else _details(problem),
            hint if isinstance(hint, str) else None,
            problem.head,
        )
    )


def _details(problem: Problem) -> str | None:
    """Return the violations as a text."""
    return "; ".join(": ".join(filter(None, (v.dotted, v.detail))) for v in problem.violations).strip("; ") or None


def _head(problem: Problem) -> dict[str, str]:
    code = _code(problem)
    return {"proxy-status": f"PostgREST; error={code}"} if is_field_name(code) else {}


_TEXT_OR_NULL: Final = str | None

dialect: Final = Dialect(
    name="postgrest",
    title="PostgREST and Supabase: the errors of PostgreSQL as JSON",
    source="PostgREST documentation, errors",
    read=_read,
    formats=(format_of("json", "application/json", _write, head=_head),),
    signatures=(
        Signature(
            members={
                "code": _TEXT_OR_NULL, "message": _TEXT_OR_NULL, "hint": _TEXT_OR_NULL,
                "details": str | dict | list | None,
            }
        ),
        Signature(members={"code": str, "message": str}, headers={"proxy-status": "PostgREST"}, weight=5),
        Signature(headers={"proxy-status": "PostgREST; error"}, form="empty"),
    ),
    fields=Body,
)  # fmt: skip
