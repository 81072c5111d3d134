"""The errors of the HubSpot API: a text, a category, and a list of faults with their places.

Deviations: items of the list without a place are inner problems; type URI, title,
instance and resource have no place.
"""

from typing import Any, Final

import msgspec

from errata._body import Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind, kind_of
from errata._problem import Problem, Violation, path_from_text, shows
from errata.dialects._shapes import with_members


class Item(Wire):
    """One fault; `context` and `subCategory` may stand beside these."""

    message: str | None = None
    place: str | None = msgspec.field(default=None, name="in")
    code: str | None = None


class OpenItem(Item, forbid_unknown_fields=False):
    """One fault with whatever members a call adds."""


class Head(Wire, rename="camel"):
    """The error without the list; `subCategory`, `context` and others may stand beside these."""

    status: str | None = None
    message: str | None = None
    correlation_id: str | None = None
    category: str | None = None
    links: dict[str, Any] | None = None


class Body(Head):
    """The error."""

    errors: list[Item] | None = None


class OpenBody(Head, forbid_unknown_fields=False):
    """The error with whatever members a call adds."""

    errors: list[OpenItem] | None = None


_CATEGORIES: Final[dict[Kind | None, str]] = {
    "aborted": "CONFLICT",
    "already_exists": "CONFLICT",
    "failed_precondition": "VALIDATION_ERROR",
    "invalid_argument": "VALIDATION_ERROR",
    "not_found": "OBJECT_NOT_FOUND",
    "out_of_range": "VALIDATION_ERROR",
    "permission_denied": "MISSING_SCOPES",
    "resource_exhausted": "RATE_LIMITS",
    "unauthenticated": "INVALID_AUTHENTICATION",
}
_HELP: Final = "knowledge-base"


def _read(doc: Document) -> Problem:
    body = doc.fit(Body)
    links = body.links or {}
    link = links.get(_HELP)
    others = {name: value for name, value in links.items() if name != _HELP or not isinstance(value, str)}
    items = body.errors or []
    return Problem(
        status=doc.raw.status,
        code=body.category or None,
        detail=body.message or None,
        violations=tuple(_violation(item) for item in items if item.place),
        problems=tuple(_problem(item, doc.raw.status) for item in items if not item.place),
        trace_id=body.correlation_id or None,
        help=link if isinstance(link, str) and link else None,
        extensions={**body.extras, "links": others} if others else body.extras,
    )


def _violation(item: Item) -> Violation:
    return Violation(path=path_from_text(item.place or ""), detail=item.message or None, code=item.code or None)


def _problem(item: Item, status: int) -> Problem:
    return Problem(status=status, code=item.code or None, detail=item.message or None, extensions=item.extras)


def _items(problem: Problem) -> list[object]:
    faults = [
        Item(v.detail if shows(v.detail) else "is not valid", v.dotted or None, v.code or None)
        for v in problem.violations
    ]
    inner = [with_members(Item(each.text, code=each.code or None), each.extensions) for each in problem.problems]
    return [*faults, *inner]


def _write(problem: Problem) -> bytes:
    given = problem.extensions.get("links")
    links = {**(given if isinstance(given, dict) else {}), **({_HELP: problem.help} if problem.help else {})}
    category = problem.code or _CATEGORIES.get(problem.kind) or _CATEGORIES.get(kind_of(problem.status))
    head = Head("error", problem.head, problem.trace_id or "", category, links or None)
    further = {name: value for name, value in problem.extensions.items() if name.strip() != "errors"}
    items = _items(problem)
    return write_json(with_members(head, {**further, "errors": items} if items else further))


dialect: Final = Dialect(
    name="hubspot",
    title="HubSpot API: a text, a category, and faults with their places",
    source="HubSpot API documentation, error handling",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(
        Signature(members={"status": frozenset({"error"}), "message": str, "correlationId": str}),
        Signature(members={"message": str, "correlationId": str, "category": str, "status": ABSENT}),
    ),
    fields=OpenBody,
)
