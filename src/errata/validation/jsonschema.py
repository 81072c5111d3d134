"""Faults found by jsonschema, as violations: of each keyword, the first that is broken."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from errata._problem import Violation
from errata.validation import _words as words
from errata.validation._nested import segment_of, told, violation
from errata.validation._words import Word, one_of, said

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
_CHECKS: Final[Mapping[object, Callable[[Any], Word]]] = {
    "const": lambda value: one_of([value]),
    "enum": one_of,
    "exclusiveMaximum": _limited(words.BELOW),
    "exclusiveMinimum": _limited(words.ABOVE),
    "format": _by_name(_FORMATS),
    "maxItems": _limited(words.MAX_ITEMS),
    "maxLength": _limited(words.MAX_CHARACTERS),
    "maxProperties": _limited(words.MAX_ITEMS),
    "maximum": _limited(words.AT_MOST),
    "minItems": _limited(words.MIN_ITEMS),
    "minLength": _limited(words.MIN_CHARACTERS),
    "minProperties": _limited(words.MIN_ITEMS),
    "minimum": _limited(words.AT_LEAST),
    "multipleOf": _limited(words.MULTIPLE),
    "pattern": lambda _: words.PATTERN,
    "type": _by_name(_TYPES),
}
_DEEPEST: Final = 100  # segments of a place


def violations_of(error: Any, given: object = None) -> tuple[Violation, ...]:  # noqa: ARG001 - no text is told
    """Return what a `jsonschema.ValidationError` says as violations: one for each member that is missing or unknown.

    No text of jsonschema is told, as it quotes the input; `given` makes no difference.
    """
    return told(_violations(error))


def _violations(error: Any) -> Iterator[Violation]:
    path = tuple(map(segment_of, error.absolute_path))[:_DEEPEST]
    if error.validator == "required":
        names: Iterable[object] = (name for name in error.validator_value if name not in error.instance)
        yield from (violation((*path, segment_of(name)), words.REQUIRED) for name in names)
    elif error.validator == "additionalProperties" and "patternProperties" not in error.schema:
        known = error.schema.get("properties", {})
        names = (name for name in error.instance if name not in known)
        yield from (violation((*path, segment_of(name)), words.UNKNOWN) for name in names)
    else:
        check = _CHECKS.get(error.validator)
        yield violation(path, check(error.validator_value) if check else words.INVALID)
