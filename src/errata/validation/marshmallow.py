"""Faults found by marshmallow, as violations: it tells them in nested dictionaries of texts."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Final

from errata._problem import Violation
from errata.validation import _words as words
from errata.validation._given import ABSENT, inputs_of, own_text, value_at
from errata.validation._nested import Inner, Path, leaves, told, violation
from errata.validation._words import Word, is_number, one_of, said

_SCHEMA: Final = "_schema"

# The texts of marshmallow itself.
_WHOLE: Final[Mapping[str, Word]] = {
    "Missing data for required field.": words.REQUIRED,
    "Field may not be null.": words.NULL,
    "Unknown field.": words.UNKNOWN,
    "Invalid value.": words.INVALID,
    "Invalid input.": words.INVALID,
    "Invalid type.": words.LIST,  # of Nested(many=True) and Pluck(many=True)
    "Not a valid string.": words.TEXT,
    "Not a valid utf-8 string.": words.TEXT,
    "Not a valid integer.": words.INTEGER,
    "Not a valid number.": words.NUMBER,
    "Number too large.": words.NUMBER,
    "Special numeric values (nan or infinity) are not permitted.": words.NUMBER,
    "Not a valid boolean.": words.BOOLEAN,
    "Not a valid mapping type.": words.OBJECT,
    "Not a valid list.": words.LIST,
    "Not a valid tuple.": words.LIST,
    "Not a valid datetime.": words.MOMENT,
    "Not a valid aware datetime.": words.ZONED,
    "Not a valid naive datetime.": words.ZONELESS,
    "Not a valid date.": words.DATE,
    "Not a valid time.": words.TIME,
    "Not a valid period of time.": words.DURATION,
    "Not a valid UUID.": words.UUID,
    "Not a valid URL.": words.URL,
    "Not a valid email address.": words.EMAIL,
    "Not a valid IP address.": words.IP,
    "Not a valid IPv4 address.": words.IP,
    "Not a valid IPv6 address.": words.IP,
    "String does not match expected pattern.": words.PATTERN,
}

_BOUNDS: Final[Mapping[str, Word]] = {
    "greater than or equal to ": words.AT_LEAST,
    "greater than ": words.ABOVE,
    "less than or equal to ": words.AT_MOST,
    "less than ": words.BELOW,
    "equal to ": words.ENUM,
}


def violations_of(errors: Any, given: object = None) -> tuple[Violation, ...]:
    """Return a `marshmallow.ValidationError`, or its messages, as violations, a thousand at most.

    `given` is all that was validated; the error knows it by itself, the messages
    alone do not: without it, texts of the application's own checks are not told.
    """
    return told(_violations(errors, given))


def _violations(errors: Any, given: object) -> Iterator[Violation]:
    given = getattr(errors, "data", None) if given is None else given
    inputs = inputs_of(given)
    for place, message in leaves(getattr(errors, "messages", errors), _inside):
        path = tuple(_place(place, given, message))
        if place == () and isinstance(getattr(errors, "valid_data", None), list) and message == _NO_OBJECT:
            yield violation(path, words.LIST)  # of Schema(many=True)
            continue
        word = _word(message, partial(value_at, given, path)) if isinstance(message, str) else None
        yield violation(path, word or (words.INVALID[0], own_text(message, inputs)))


_NO_OBJECT: Final = "Invalid input type."


def _inside(node: Any) -> Inner:
    if isinstance(node, Mapping):
        return ((None if name == _SCHEMA else name, each) for name, each in node.items())
    if isinstance(node, list | tuple):
        return ((index if isinstance(each, Mapping | list) else None, each) for index, each in enumerate(node))
    return None


def _place(path: Path, given: object, message: object) -> Iterator[str | int]:
    """Yield a path without the words `key` and `value` that marshmallow puts below the key of a dictionary."""
    for index, segment in enumerate(path):
        if index and segment in {"key", "value"} and message != "Missing data for required field.":
            above = value_at(given, path[:index])
            if above is not ABSENT and not (isinstance(above, Mapping) and segment in above):
                continue
        yield segment


def _word(message: str, value: Any) -> Word | None:
    """Return what is said of a message of marshmallow itself; None when it is the application's."""
    if message in _WHOLE:
        return _WHOLE[message]
    if message == _NO_OBJECT:
        return words.OBJECT
    if not message.endswith("."):
        return None
    text = message[:-1]
    for start, read in _READERS.items():
        if text.startswith(start):
            return read(text.removeprefix(start), value)
    return None


def _bounds(text: str, value: Any) -> Word | None:
    """Read `greater than or equal to 1 and less than 5`: of two bounds, the one that is broken."""
    found = [_bound(part) for part in text.split(" and ")]
    low, high = found[0], found[-1]
    if low is None or high is None or len(found) > 2:
        return None
    if len(found) == 1:
        return said(*low)
    sent, limit = _number(value()), _number(low[1])
    if sent is None or limit is None:
        closed = (low[0], high[0]) == (words.AT_LEAST, words.AT_MOST)
        return said(words.BETWEEN, low[1], high[1]) if closed else (words.BETWEEN[0], words.INVALID[1])
    return said(*low) if sent < limit or (sent == limit and low[0] == words.ABOVE) else said(*high)


def _bound(text: str) -> tuple[Word, str] | None:
    for start, word in _BOUNDS.items():
        limit = text.removeprefix(start)
        if limit != text and is_number(limit):
            return word, limit
    return None


def _number(value: object) -> Decimal | None:
    text = str(value) if isinstance(value, int | float | str | Decimal) else ""
    return Decimal(text) if is_number(text) else None


def _length(text: str, value: Any, which: int) -> Word | None:
    return said(words.lengths_of(type(value()))[which], text) if text.isdecimal() else None


def _lengths(text: str, value: Any) -> Word | None:
    """Read `1 and 3`: what is too short or too long is told by what was sent."""
    low, _, high = text.partition(" and ")
    if not (low.isdecimal() and high.isdecimal()):
        return None
    sent = value()
    size = len(sent) if isinstance(sent, str | list | tuple | dict) else None
    if size is None:
        return "length", f"must have a length of {low} to {high}"
    return _length(low, value, 0) if size < int(low) else _length(high, value, 1)


def _choices(text: str, value: Any) -> Word | None:
    """Read `a, b, c`; the text of an application may say more than the choices, the input itself among it."""
    values = [int(each) if is_number(each) and "." not in each else each for each in text.split(", ")]
    shown = text.casefold()
    inputs = inputs_of(value()) if value() is not ABSENT else None
    return one_of(values) if inputs is not None and not any(each in shown for each in inputs) else words.CHOICE


_READERS: Final[Mapping[str, Callable[[str, Any], Word | None]]] = {
    "Must be one of: ": _choices,
    "Must be ": _bounds,
    "Shorter than minimum length ": partial(_length, which=0),
    "Longer than maximum length ": partial(_length, which=1),
    "Length must be between ": _lengths,
    "Length must be ": partial(_length, which=2),
    "One or more of the choices you made was not in: ": lambda _text, _value: words.CHOICE,
    "One or more of the choices you made was in: ": lambda _text, _value: words.CHOICE,
}
