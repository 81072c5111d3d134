"""Litestar's errors: `status_code`, `detail`, and `extra` for all the rest.

Deviations: `extra` is either the list of failures or a map of extension members,
so these are lost beside violations; code, title and all ids have no place.
"""

from typing import Any, Final

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._problem import LOCATIONS, NO_MEMBERS, Problem, Violation, path_from_text


class Body(Wire):
    """The error; items of `extra` have `message`, `key` and `source`."""

    status_code: int | None = None
    detail: str | None = None
    extra: list[Any] | dict[str, Any] | None = None


class Item(Wire):
    """One failure: its text, the key, and the part of the request."""

    message: str | None = None
    key: str | None = None
    source: str | None = None


def _read(doc: Document) -> Problem:
    wire = doc.fit(Body)
    extra = wire.extra if isinstance(wire.extra, list) else []
    faults = [item for item in extra if _is_fault(item)]
    left = [item for item in extra if not _is_fault(item)]
    own: dict[str, Any] = wire.extra if isinstance(wire.extra, dict) else {"extra": left} if left else {}
    return Problem(
        status=wire.status_code if wire.status_code is not None else doc.raw.status,
        detail=wire.detail or None,
        violations=tuple(_violation(doc.fit(Item, fault)) for fault in faults),
        extensions={**wire.extras, **own} or NO_MEMBERS,
    )


def _is_fault(item: Any) -> bool:
    return isinstance(item, dict) and not {"message", "key"}.isdisjoint(item)


def _violation(item: Item) -> Violation:
    location = item.source if item.source in LOCATIONS else None
    return Violation(path=path_from_text(item.key or ""), location=location, detail=item.message or None)


def _write(problem: Problem) -> bytes:
    items = [Item(v.detail or "is not valid", v.dotted or None, v.location) for v in problem.violations]
    return write_json(Body(problem.status or 500, problem.head, items or dict(problem.extensions) or None))


dialect: Final = Dialect(
    name="litestar",
    title="Litestar: status code, detail and extra",
    source="Litestar, ExceptionResponseContent",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(Signature(members={"status_code": int, "detail": str}, weight=3),),
    fields=Body,
)
