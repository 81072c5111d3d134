"""Cornice's errors (Pyramid): a list of faults, each with its part of the request.

Deviations: there is no text for the whole, so it is an entry without name and
place; codes, ids, help and extension members have no place.
"""

from typing import Any, Final

import msgspec

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._problem import Location, Problem, Violation, path_from_text, shows


class Item(Wire, omit_defaults=False):
    """One fault; `name` is the field."""

    location: str | None = None
    name: str | int | None = None
    description: str | None = None


class Body(Wire, omit_defaults=False):
    """The wrapper."""

    status: str = "error"
    errors: list[Item] = msgspec.field(default_factory=list[Item])


_PARTS: Final[dict[Location | None, str]] = {
    None: "body",
    "body": "body",
    "query": "querystring",
    "path": "path",
    "header": "header",
    "cookie": "cookies",
}
_LOCATIONS: Final[dict[str | None, Location | None]] = {
    "body": "body",
    "data": "body",
    "querystring": "query",
    "url": "path",
    "path": "path",
    "header": "header",
    "headers": "header",
    "cookies": "cookie",
}


def _read(doc: Document) -> Problem:
    body = doc.fit(Body)
    status = doc.raw.status
    texts = [item.description for item in body.errors if not _is_fault(item) and item.description]
    return Problem(
        status=status,
        detail=texts[0] if texts else None,
        violations=tuple(_violation(item) for item in body.errors if _is_fault(item)),
        problems=tuple(Problem(status=status, detail=text) for text in texts) if len(texts) > 1 else (),
        extensions=body.extras,
    )


def _is_fault(item: Item) -> bool:
    return bool(item.name) or item.location in _LOCATIONS


def _violation(item: Item) -> Violation:
    name = item.name if isinstance(item.name, str) else "" if item.name is None else str(item.name)
    return Violation(path=path_from_text(name), location=_LOCATIONS.get(item.location), detail=item.description or None)


def _write(problem: Problem) -> bytes:
    faults = [Item(_PARTS[v.location], v.dotted, v.detail or "is not valid") for v in problem.violations]
    texts = [inner.head for inner in problem.problems]
    own = problem.detail if shows(problem.detail) else None
    if own is None and not texts and not faults:
        own = problem.head
    if own is not None and texts[:1] != [own]:
        texts.insert(0, own)
    return write_json(Body(errors=[Item("", "", text) for text in texts] + faults))


def _is_item(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("location"), str) and "description" in value


dialect: Final = Dialect(
    name="cornice",
    title="Cornice: a list of faults by part of the request",
    source="Cornice, Errors and JSON error",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(Signature(members={"status": frozenset({"error"}), "errors": [_is_item]}, weight=4),),
    fields=Body,
)
