"""The errors of Laravel: a message, and the texts of a failed validation by field.

A client meets them at every Laravel application that is asked for JSON.

Deviations: there is no code, and nothing but the message and the violations'
texts is written; title, help, ids, resource and further members have no place.
"""

from typing import Any, Final

from errata._body import Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._json import write_json
from errata._problem import Problem
from errata.dialects._shapes import map_from_violations, violations_from_map, without_debug


class Body(Wire):
    """The message, and the texts by field."""

    message: str | None = None
    errors: dict[str, list[str]] | None = None


class _Given(Wire):
    """The same for reading, where the texts may have any shape."""

    message: str | None = None
    errors: dict[str, Any] | None = None


_DEBUG: Final = ("exception", "file", "line", "trace")


def _read(doc: Document) -> Problem:
    wire = doc.fit(_Given)
    return Problem(
        status=doc.raw.status,
        detail=wire.message or None,
        violations=violations_from_map(wire.errors or {}),
        extensions=without_debug(doc, wire.extras, _DEBUG),
    )


def _write(problem: Problem) -> bytes:
    return write_json(Body(problem.text, map_from_violations(problem.violations, "base") or None))


def _has_texts(errors: object) -> bool:
    return (
        isinstance(errors, dict)
        and bool(errors)
        and all(type(texts) is list and bool(texts) and type(texts[0]) is str for texts in errors.values())
    )


def _is_alone(doc: Document) -> bool:
    """No member but message."""
    return len(doc.value) == 1


_STOCK: Final = frozenset({
    "CSRF token mismatch.", "Server Error", "The given data was invalid.", "This action is unauthorized.",
    "Too Many Attempts.", "Unauthenticated.", "Invalid signature.", "Your email address is not verified.",
})  # fmt: skip


def _is_stock(message: object) -> bool:
    return isinstance(message, str) and (
        message in _STOCK
        or message.startswith(
            (
                "The route ",
                "No query results for model [",
                "The GET method is not supported",
                "The POST method is not supported",
            )
        )
    )


_OTHERS: Final = {
    "code": ABSENT, "status": ABSENT, "title": ABSENT, "name": ABSENT, "success": ABSENT, "error": ABSENT,
    "statusCode": ABSENT, "errorMessages": ABSENT, "documentation_url": ABSENT,
}  # fmt: skip

dialect: Final = Dialect(
    name="laravel",
    title="Laravel: a message, and texts by field",
    source="Laravel, validation error response format",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(
        Signature(members={"message": str, "errors": _has_texts, **_OTHERS}, weight=3),
        Signature(members={"message": str, "exception": str, "file": str, "line": int}),
        Signature(members={"message": _is_stock}, accepts=_is_alone, weight=2),
        Signature(members={"message": str}, headers={"cache-control": "no-cache, private"}, accepts=_is_alone),
    ),
    fields=Body,
)
