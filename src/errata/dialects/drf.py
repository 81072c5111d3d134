"""The errors of Django REST framework: a bare map of field to texts, or one text as `detail`.

A client meets them wherever the framework's own exception handler is in place;
Simple JWT adds `code` to the text.

Deviations: codes are kept by Simple JWT alone, and not written; of a failed
validation only the violations are written, without code and part of the request;
title, help, ids, resource and further members have no place.
"""

from typing import Any, Final

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._problem import Problem, Violation
from errata.dialects._shapes import code_text, tree_from_violations, violations_from_map


class Body(Wire, forbid_unknown_fields=False):
    """The text of an error that is no failed validation; every other member is a field."""

    detail: str | list[Any] | dict[str, Any] | None = None


def _read(doc: Document) -> Problem:
    value = doc.value
    if isinstance(value, list):
        return _problem_of_texts(doc, [text for text in value if isinstance(text, str)])
    if not isinstance(value, dict):
        doc.note("wrong-type", "the body is neither an object nor a list; the status speaks alone")
        return Problem(status=doc.raw.status)
    detail = value.get("detail")
    if isinstance(detail, str):
        code = code_text(value.get("code"))
        known = ("detail", "code") if code else ("detail",)
        rest = {name: member for name, member in value.items() if name not in known}
        return Problem(status=doc.raw.status, code=code, detail=detail or None, extensions=rest)
    faults = {name: member for name, member in value.items() if isinstance(member, list | dict)}
    rest = {name: member for name, member in value.items() if name not in faults}
    return Problem(status=doc.raw.status, violations=violations_from_map(faults), extensions=rest)


def _problem_of_texts(doc: Document, texts: list[str]) -> Problem:
    """Read a bare list of texts, which are about the input as a whole."""
    if len(texts) == 1:
        return Problem(status=doc.raw.status, detail=texts[0] or None)
    return Problem(status=doc.raw.status, violations=tuple(Violation(detail=text) for text in texts))


def _write(problem: Problem) -> bytes:
    if problem.violations:
        return write_json(tree_from_violations(problem.violations))
    return write_json(Body(problem.text))


# ---- detection ----

# Names that other formats have for their envelopes; a map with one of them is no map of fields.
_ENVELOPES: Final = frozenset({
    "data", "description", "detail", "details", "error", "errors", "exception", "extensions", "fields", "issues",
    "message", "messages", "status", "violations", "warnings",
})  # fmt: skip


def is_fields(value: object, depth: int = 8) -> bool:
    """Tell whether a value is a map of field to texts, or to maps and lists of the same."""
    return type(value) is dict and bool(value) and all(_is_faults(member, depth) for member in value.values())


def _is_faults(value: object, depth: int) -> bool:
    if type(value) is list:
        return bool(value) and all(type(item) is str or item == {} or is_fields(item, depth - 1) for item in value)
    return depth > 0 and is_fields(value, depth - 1)


def _has_fields(doc: Document) -> bool:
    """Field names with lists of texts."""
    return is_fields(doc.value) and _ENVELOPES.isdisjoint(doc.value)


def _has_texts(doc: Document) -> bool:
    """Nothing but a list of texts."""
    return type(doc.value) is list and bool(doc.value) and all(type(item) is str for item in doc.value)


def _is_alone(doc: Document) -> bool:
    """No member but detail and code."""
    return len(doc.value) == 1 or doc.value.keys() == {"detail", "code"}


def _varies_by_accept(field: str) -> bool:
    return "accept" in (name.strip().lower() for name in field.split(","))


# How the framework's own texts begin.
_STOCK: Final = (
    "A server error occurred.",
    "Authentication credentials were not provided.",
    "CSRF Failed: ",
    "Could not satisfy the request Accept header.",
    "Incorrect authentication credentials.",
    "Invalid input.",
    "Invalid page.",
    "Invalid token",
    "Invalid username/password.",
    "JSON parse error - ",
    "Malformed request.",
    'Method "',
    "No active account found with the given credentials",
    "Not found.",
    "Request was throttled.",
    'Unsupported media type "',
    "User inactive or deleted.",
    "You do not have permission to perform this action.",
)


def _is_stock(text: object) -> bool:
    return isinstance(text, str) and text.startswith(_STOCK)


_BAD_REQUEST: Final = frozenset({400})

dialect: Final = Dialect(
    name="drf",
    title="Django REST framework: texts by field",
    source="Django REST framework, exceptions guide",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(
        Signature(
            members={"detail": str}, headers={"allow": "", "vary": _varies_by_accept}, accepts=_is_alone, weight=6
        ),
        Signature(members={"detail": _is_stock}, accepts=_is_alone, weight=3),
        Signature(members={"detail": str, "code": str}, accepts=_is_alone, weight=3),
        Signature(members={"detail": str, "code": str, "messages": [{"token_class": str}]}),
        Signature(members={"non_field_errors": [str]}),
        Signature(form="json", statuses=_BAD_REQUEST, accepts=_has_fields, weight=1),
        Signature(form="json", statuses=_BAD_REQUEST, accepts=_has_texts, weight=1),
    ),
    fields=Body,
)
