"""Shapes that many formats share: codes as numbers, and failures by field."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from errata._problem import Violation, path_from_text

# Keys that stand for the whole input in maps of field to texts.
WHOLE: Final = frozenset({"", "non_field_errors", "base", "__all__", "_errors", "_schema"})


def code_text(value: object) -> str | None:
    """Return a code as text: integers become their digits, empty texts and other types None."""
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def code_number(code: str | None) -> int | None:
    """Return a code that is a number as an integer that JSON can hold exactly."""
    sign, digits = (-1, code[1:]) if code and code[0] == "-" else (1, code or "")
    return sign * int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else None


def violations_from_map(faults: Mapping[str, Any]) -> tuple[Violation, ...]:
    """Return the faults of a map of field to text, texts, or maps and lists of the same, as deep as they go."""
    return tuple(_walk(faults, ()))


def _walk(value: Any, path: tuple[str | int, ...]) -> Iterator[Violation]:
    if isinstance(value, str):
        yield Violation(path=path, detail=value)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _walk(inner, path if key in WHOLE else path + path_from_text(str(key)))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            # A list of texts is about one place; a list of maps is about the items of a list.
            yield from _walk(inner, path if isinstance(inner, str) else (*path, index))


def map_from_violations(violations: tuple[Violation, ...], whole: str = "non_field_errors") -> dict[str, list[str]]:
    """Return the texts by dotted field; those of the whole input under `whole`."""
    faults: dict[str, list[str]] = {}
    for violation in violations:
        faults.setdefault(violation.dotted or whole, []).append(violation.detail or "is not valid")
    return faults
