"""The errors of the MongoDB Atlas Administration API: status, named code, reason phrase and text.

A client meets it on every call; the media type bears the version of the API.

Deviations: no retry hint, ids, help or inner problems; a violation keeps its
field and its text; `parameters` travels as an extension member.
"""

from typing import Any, Final

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind, title_of
from errata._problem import Members, Problem, Violation, path_from_text, shows


class Field(Wire):
    """One fault of the request."""

    field: str | None = None
    description: str | None = None


class BadRequestDetail(Wire):
    """The faults of the request."""

    fields: list[Field] | None = None


class Body(Wire, rename="camel"):
    """The error; `error` is the status, `reason` its phrase, `parameters` what the text was made of."""

    detail: str | None = None
    error: int | None = None
    error_code: str | None = None
    reason: str | None = None
    parameters: list[Any] | None = None
    bad_request_detail: BadRequestDetail | None = None


_BY_KIND: Final[dict[Kind | None, str]] = {
    "already_exists": "DUPLICATE_RESOURCE",
    "invalid_argument": "VALIDATION_ERROR",
    "not_found": "RESOURCE_NOT_FOUND",
    "permission_denied": "USER_UNAUTHORIZED",
    "resource_exhausted": "RATE_LIMITED",
    "unauthenticated": "UNAUTHORIZED",
}


def _read(doc: Document) -> Problem:
    body = doc.fit(Body)
    faults = (body.bad_request_detail or BadRequestDetail()).fields or []
    return Problem(
        status=doc.raw.status if body.error is None else body.error,
        code=body.error_code or None,
        title=body.reason or None,
        detail=body.detail or None,
        violations=tuple([Violation(path=path_from_text(f.field or ""), detail=f.description or None) for f in faults]),
        extensions=Members({"parameters": body.parameters, **body.extras}) if body.parameters else body.extras,
    )


def _write(problem: Problem) -> bytes:
    given = problem.extensions.get("parameters")
    parameters: list[Any] | None = given if isinstance(given, list) and given else None
    faults = [Field(v.dotted, v.detail if shows(v.detail) else "is not valid") for v in problem.violations]
    return write_json(
        Body(
            problem.head,
            problem.status or 500,
            problem.code or _BY_KIND.get(problem.kind, "UNEXPECTED_ERROR"),
            problem.title or title_of(problem.status),
            parameters,
            BadRequestDetail(faults) if faults else None,
        )
    )


dialect: Final = Dialect(
    name="atlas",
    title="MongoDB Atlas Administration API: status, named code and text",
    source="MongoDB Atlas Administration API, ApiError",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(
        Signature(members={"error": int, "errorCode": str}),
        Signature(members={"error": int, "errorCode": str, "reason": str | None}),
    ),
    fields=Body,
)
