"""Faults found by jsonschema, as violations: stable check names and texts, and never the offending input."""

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any, Final

from errata._problem import Violation
from errata.validation import _words as words
from errata.validation._words import Word, one_of, said

_Path = tuple[str | int, ...]

_MOST: Final = 100  # violations, and segments of a path
_LONGEST: Final = 200  # characters of a segment

_TYPES: Final[Mapping[object, Word]] = {
    "string": words.TEXT,
    "integer": words.INTEGER,
    "number": words.NUMBER,
    "boolean": words.BOOLEAN,
    "object": words.OBJECT,
    "array": words.LIST,
    "null": words.NOTHING,
}
_FORMATS: Final[Mapping[object, Word]] = {
    "date": words.DATE,
    "time": words.TIME,
    "date-time": words.MOMENT,
    "duration": words.DURATION,
    "uuid": words.UUID,
    "uri": words.URL,
    "email": words.EMAIL,
    "ipv4": words.IP,
    "ipv6": words.IP,
}


def _limited(word: Word) -> Callable[[Any], Word]:
    return lambda limit: said(word, limit)


def _by_name(table: Mapping[object, Word]) -> Callable[[Any], Word]:
    return lambda name: table.get(name, words.INVALID) if isinstance(name, str) else words.INVALID


# keyword of JSON Schema -> what is said, made of the value that the schema gives it
_CHECKS: Final[Mapping[str, Callable[[Any], Word]]] = {
    "const": lambda value: one_of([value]),
    "enum": one_of,
    "exclusiveMaximum": _limited(words.BELOW),
    "exclusiveMinimum": _limited(words.ABOVE),
    "format": _by_name(_FORMATS),
    "maxItems": _limited(words.MAX_ITEMS),
    "maxLength": _limited(words.MAX_CHARACTERS),
    "maximum": _limited(words.AT_MOST),
    "minItems": _limited(words.MIN_ITEMS),
    "minLength": _limited(words.MIN_CHARACTERS),
    "minimum": _limited(words.AT_LEAST),
    "multipleOf": _limited(words.MULTIPLE),
    "pattern": lambda _: words.PATTERN,
    "type": _by_name(_TYPES),
}


def is_fault(error: object) -> bool:
    """Tell whether an exception is a `ValidationError` of jsonschema, which need not be installed."""
    return hasattr(error, "absolute_path") and hasattr(error, "validator_value")


def violations_of(error: Any) -> tuple[Violation, ...]:
    """Return what jsonschema found first as violations: one, or one for each member that is missing or unknown."""
    path = tuple(segment if type(segment) is int else str(segment)[:_LONGEST] for segment in error.absolute_path)
    if error.validator == "required":
        return _each(path, (name for name in error.validator_value if name not in error.instance), words.REQUIRED)
    if error.validator == "additionalProperties" and "patternProperties" not in error.schema:
        known = error.schema.get("properties", {})
        return _each(path, (name for name in error.instance if name not in known), words.UNKNOWN)
    check = _CHECKS.get(error.validator)
    code, text = check(error.validator_value) if check else words.INVALID
    return (Violation(path=path[:_MOST], location="body", detail=text, code=code),)


def _each(path: _Path, names: Iterable[object], word: Word) -> tuple[Violation, ...]:
    return tuple(
        Violation(path=(*path[:_MOST], str(name)[:_LONGEST]), location="body", detail=word[1], code=word[0])
        for name in islice(names, _MOST)
    )
