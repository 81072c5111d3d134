"""The errors of the Salesforce REST API: a bare list of codes, texts and fields.

Deviations: a code is always there, so one is made where a problem has none; title,
help, instance, resource and ids have no place; several faults of one text and
code share an item.
"""

from collections.abc import Mapping
from typing import Any, Final

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind
from errata._problem import Problem, Violation, path_from_text
from errata.dialects._shapes import listed, merged, told_at, with_members


class Item(Wire, rename="camel"):
    """One error: its code, its text, and the fields it is about."""

    message: str | None = None
    error_code: str | None = None
    fields: list[str] | None = None


# Codes that tell more than the status, which is 400 for most of them.
_KINDS: Final[dict[str | None, Kind]] = {
    "API_CURRENTLY_DISABLED": "unavailable",
    "API_DISABLED_FOR_ORG": "permission_denied",
    "DUPLICATES_DETECTED": "already_exists",
    "DUPLICATE_VALUE": "already_exists",
    "ENTITY_IS_DELETED": "not_found",
    "INSUFFICIENT_ACCESS": "permission_denied",
    "INSUFFICIENT_ACCESS_OR_READONLY": "permission_denied",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": "permission_denied",
    "INVALID_SESSION_ID": "unauthenticated",
    "QUERY_TIMEOUT": "deadline_exceeded",
    "REQUEST_LIMIT_EXCEEDED": "resource_exhausted",
    "SERVER_UNAVAILABLE": "unavailable",
    "STORAGE_LIMIT_EXCEEDED": "resource_exhausted",
    "UNABLE_TO_LOCK_ROW": "aborted",
}
_CODES: Final[dict[Kind | None, str]] = {
    "already_exists": "DUPLICATE_VALUE",
    "aborted": "UNABLE_TO_LOCK_ROW",
    "deadline_exceeded": "QUERY_TIMEOUT",
    "internal": "UNKNOWN_EXCEPTION",
    "not_found": "NOT_FOUND",
    "permission_denied": "INSUFFICIENT_ACCESS",
    "resource_exhausted": "REQUEST_LIMIT_EXCEEDED",
    "unauthenticated": "INVALID_SESSION_ID",
    "unavailable": "SERVER_UNAVAILABLE",
    "data_loss": "UNKNOWN_EXCEPTION",
    "unknown": "UNKNOWN_EXCEPTION",
}


def _read(doc: Document) -> Problem:
    items = doc.value if isinstance(doc.value, list) else [doc.value]
    found = [_problem(doc.fit(Item, item), doc.raw.status) for item in items if isinstance(item, dict)]
    if not found:
        doc.note("empty-list", "there is no error in the body; the status speaks alone")
        return Problem(status=doc.raw.status)
    return merged(found)


def _problem(item: Item, status: int) -> Problem:
    detail, code = item.message or None, item.error_code or None
    paths = [path for path in map(path_from_text, item.fields or ()) if path]
    told = zip(paths, told_at(detail, len(paths)), told_at(code, len(paths)), strict=True)
    return Problem(
        status=status,
        code=code,
        kind=_KINDS.get(code),
        detail=detail,
        violations=tuple(Violation(path=path, detail=text, code=own) for path, text, own in told),
        extensions=item.extras,
    )


def _write(problem: Problem) -> bytes:
    return write_json([with_members(item, members) for item, members in _items(problem)])


def _items(problem: Problem) -> list[tuple[Item, Mapping[str, Any]]]:
    items: list[tuple[Item, Mapping[str, Any]]] = []
    for each in listed(problem):
        item = Item(each.head, each.code or _CODES.get(each.kind, "INVALID_FIELD"))
        item.fields = [v.dotted for v in each.violations] or None
        last = items[-1][0] if items else Item()
        if item.fields and last.fields and (item.message, item.error_code) == (last.message, last.error_code):
            last.fields += item.fields
        else:
            items.append((item, each.extensions))
    return items


dialect: Final = Dialect(
    name="salesforce",
    title="Salesforce REST API: a bare list of codes, texts and fields",
    source="Salesforce REST API developer guide, status codes and error responses",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(Signature(item={"errorCode": str, "message": str}),),
)
