"""The errors of the Square API: a list of categories, codes, texts and fields.

Deviations: category and code are always there, so they are made where a problem
has none; title, help, instance, resource and ids have no place.
"""

from typing import Final

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind
from errata._problem import NO_MEMBERS, Members, Problem, Violation, path_from_text
from errata.dialects._shapes import bracketed, listed, merged, told_at, with_members


class Item(Wire):
    """One error."""

    category: str | None = None
    code: str | None = None
    detail: str | None = None
    field: str | None = None


class Body(Wire):
    """The wrapper; never empty."""

    errors: list[Item]


class OpenItem(Item, forbid_unknown_fields=False):
    """One error with whatever members a call adds."""


class OpenBody(Wire):
    """The wrapper, as it is written."""

    errors: list[OpenItem]


# kind -> category and code, where a problem brings none
_BY_KIND: Final[dict[Kind | None, tuple[str, str]]] = {
    "aborted": ("INVALID_REQUEST_ERROR", "CONFLICT"),
    "already_exists": ("INVALID_REQUEST_ERROR", "CONFLICT"),
    "data_loss": ("API_ERROR", "INTERNAL_SERVER_ERROR"),
    "deadline_exceeded": ("API_ERROR", "GATEWAY_TIMEOUT"),
    "internal": ("API_ERROR", "INTERNAL_SERVER_ERROR"),
    "not_found": ("INVALID_REQUEST_ERROR", "NOT_FOUND"),
    "permission_denied": ("AUTHENTICATION_ERROR", "FORBIDDEN"),
    "resource_exhausted": ("RATE_LIMIT_ERROR", "RATE_LIMITED"),
    "unauthenticated": ("AUTHENTICATION_ERROR", "UNAUTHORIZED"),
    "unavailable": ("API_ERROR", "SERVICE_UNAVAILABLE"),
    "unimplemented": ("API_ERROR", "NOT_IMPLEMENTED"),
    "unknown": ("API_ERROR", "INTERNAL_SERVER_ERROR"),
}
_INVALID: Final = ("INVALID_REQUEST_ERROR", "BAD_REQUEST")


def _read(doc: Document) -> Problem:
    body = doc.fit(Body)
    if not body.errors:
        doc.note("empty-list", "the list of errors is empty; the status speaks alone")
        return Problem(status=doc.raw.status, extensions=body.extras)
    problem = merged([_problem(item, doc.raw.status) for item in body.errors])
    return problem.replace(extensions={**body.extras, **problem.extensions}) if body.extras else problem


def _problem(item: Item, status: int) -> Problem:
    detail, code = item.detail or None, item.code or None
    path = path_from_text(item.field or "")
    return Problem(
        status=status,
        code=code,
        detail=detail,
        violations=(Violation(path=path, detail=detail, code=code),) if path else (),
        extensions=Members(item.extras | ({"category": item.category} if item.category else NO_MEMBERS)),
    )


def _write(problem: Problem) -> bytes:
    given = problem.extensions.get("category")
    items = listed(problem)
    categories = told_at(given if isinstance(given, str) and given else None, len(items))
    told = zip(items, categories, strict=True)
    return write_json({"errors": [with_members(_item(each, category), each.extensions) for each, category in told]})


def _item(problem: Problem, category: str | None) -> Item:
    by_kind = _BY_KIND.get(problem.kind, _INVALID)
    own = problem.extensions.get("category")
    return Item(
        own if isinstance(own, str) and own else category or by_kind[0],
        problem.code or by_kind[1],
        problem.head,
        bracketed(problem.violations[0]) if problem.violations else None,
    )


dialect: Final = Dialect(
    name="square",
    title="Square API: a list of categories, codes, texts and fields",
    source="Square API reference, Error object",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(Signature(members={"errors": [{"category": str, "code": str}]}, weight=3),),
    fields=OpenBody,
)
