"""The errors of Hasura: a text, a code, and a JSONPath into the request; in GraphQL responses inside the extensions.

The path is the extension member `path`.

Deviations: nothing but text, code and path; violations beyond the first place
are left out; of several errors each is an inner problem.
"""

from typing import Any, Final

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind, kind_of
from errata._problem import Problem
from errata.dialects._shapes import bracketed, failure_status, several
from errata.dialects.graphql import Body as GraphqlBody
from errata.dialects.graphql import Item


class Body(Wire):
    """The error; `internal` holds the statement and the database's own words, for administrators."""

    path: str | None = None
    error: str | None = None
    code: str | None = None
    internal: Any = None


# What the codes come to over HTTP; Hasura itself sends most of them with 200 or 400.
_MEANINGS: Final[dict[str | None, tuple[int, Kind | None]]] = {
    "access-denied": (401, None),
    "already-exists": (409, "already_exists"),
    "bad-request": (400, "invalid_argument"),
    "busy": (503, "unavailable"),
    "conflict": (409, "aborted"),
    "constraint-violation": (400, "failed_precondition"),
    "data-exception": (400, "invalid_argument"),
    "invalid-headers": (400, "invalid_argument"),
    "invalid-json": (400, "invalid_argument"),
    "invalid-jwt": (401, "unauthenticated"),
    "not-exists": (404, "not_found"),
    "not-found": (404, "not_found"),
    "not-supported": (501, "unimplemented"),
    "parse-failed": (400, "invalid_argument"),
    "permission-denied": (403, "permission_denied"),
    "permission-error": (403, "permission_denied"),
    "postgres-error": (500, "internal"),
    "tracking-limit-exceeded": (429, "resource_exhausted"),
    "unauthorized": (401, "unauthenticated"),
    "unexpected": (500, "internal"),
    "validation-failed": (400, "invalid_argument"),
}
_BY_KIND: Final[dict[Kind, str]] = {
    "aborted": "conflict",
    "already_exists": "already-exists",
    "failed_precondition": "constraint-violation",
    "invalid_argument": "validation-failed",
    "not_found": "not-found",
    "out_of_range": "validation-failed",
    "permission_denied": "permission-denied",
    "resource_exhausted": "tracking-limit-exceeded",
    "unauthenticated": "access-denied",
    "unavailable": "busy",
    "unimplemented": "not-supported",
}
_ROOT: Final = "$"


def _read(doc: Document) -> Problem:
    if not (isinstance(doc.value, dict) and "errors" in doc.value):
        return _problem(doc, doc.fit(Body))
    items = doc.fit(GraphqlBody).errors or []
    problems = [_problem(doc, _flat(doc, item)) for item in items]
    if not problems:
        doc.note("empty-list", "the list of errors is empty; the status speaks alone")
        return Problem(status=doc.raw.status)
    return problems[0] if len(problems) == 1 else problems[0].replace(problems=tuple(problems))


def _flat(doc: Document, item: Item) -> Body:
    """Return one error of a GraphQL response as the flat form has it."""
    body = doc.fit(Body, item.extensions or {})
    body.error = item.message
    return body


def _problem(doc: Document, body: Body) -> Problem:
    if body.internal is not None:
        doc.note("debug-left-out", "what the database said is for administrators, and was left out", "internal")
    status, kind = _MEANINGS.get(body.code, (None, None))
    return Problem(
        status=failure_status(doc, status),
        code=body.code or None,
        kind=kind,
        detail=body.error or None,
        extensions={**body.extras, **({"path": body.path} if body.path not in (None, "", _ROOT) else {})},
    )


def _path(problem: Problem) -> str:
    given = problem.extensions.get("path")
    if isinstance(given, str) and given.startswith(_ROOT):
        return given
    place = bracketed(problem.violations[0]) if problem.violations else ""
    return f"{_ROOT}.{place}" if place else _ROOT


def _code(problem: Problem) -> str:
    return problem.code or _BY_KIND.get(problem.kind or kind_of(problem.status), "unexpected")


def _write(problem: Problem) -> bytes:
    return write_json(Body(_path(problem), problem.head, _code(problem)))


def _write_graphql(problem: Problem) -> bytes:
    return write_json({"errors": [_item(each) for each in several(problem)]})


def _item(problem: Problem) -> dict[str, Any]:
    return {"message": problem.head, "extensions": {"path": _path(problem), "code": _code(problem)}}


def _is_path(value: object) -> bool:
    return isinstance(value, str) and value.startswith(_ROOT)


dialect: Final = Dialect(
    name="hasura",
    title="Hasura errors",
    source="Hasura GraphQL Engine, API reference",
    read=_read,
    formats=(
        format_of("json", "application/json", _write),
        format_of("graphql", "application/json", _write_graphql),
    ),
    signatures=(
        Signature(members={"path": _is_path, "error": str, "code": str}, weight=6),
        Signature(
            members={"errors": [{"message": str, "extensions": {"path": _is_path, "code": str}}]},
            success=True,
            weight=6,
        ),
    ),
    fields=Body,
)
