"""Faults found by msgspec, as violations: it tells one, in a text with the place at its end."""

from collections.abc import Iterator, Mapping
from typing import Final

from errata._problem import Violation
from errata.validation import _words as words
from errata.validation._given import inputs_of, own_text
from errata.validation._nested import Path, told, violation
from errata.validation._words import Word, is_number, said

_TYPES: Final[Mapping[str, Word]] = {
    "int": words.INTEGER,
    "float": words.NUMBER,
    "decimal": words.NUMBER,
    "str": words.TEXT,
    "bytes": words.TEXT,
    "bool": words.BOOLEAN,
    "array": words.LIST,
    "object": words.OBJECT,
    "null": words.NOTHING,
    "datetime": words.MOMENT,
    "date": words.DATE,
    "time": words.TIME,
    "duration": words.DURATION,
    "uuid": words.UUID,
}

_FIELDS: Final[Mapping[str, Word]] = {
    "Object missing required field ": words.REQUIRED,
    "Object contains unknown field ": words.UNKNOWN,
}

_WHOLE: Final[Mapping[str, Word]] = {
    "Invalid RFC3339 encoded datetime": words.MOMENT,
    "Invalid RFC3339 encoded date": words.DATE,
    "Invalid RFC3339 encoded time": words.TIME,
    "Invalid ISO8601 duration": words.DURATION,
    "Only units 'D', 'H', 'M', and 'S' are supported when parsing ISO8601 durations": words.DURATION,
    "Duration is out of range": words.DURATION,
    "Invalid epoch timestamp": words.MOMENT,
    "Timestamp is out of range": words.MOMENT,
    "Invalid UUID": words.UUID,
    "Invalid UUID bytes": words.UUID,
    "Invalid base64 encoded string": words.BASE64,
    "Invalid decimal string": words.NUMBER,
    "Integer value out of range": words.INTEGER,
    "Number out of range": words.NUMBER,
    "Expected `datetime` with no timezone component": words.ZONELESS,
    "Expected `datetime` with a timezone component": words.ZONED,
    "Expected `time` with no timezone component": words.ZONELESS,
    "Expected `time` with a timezone component": words.ZONED,
}

# What follows the type, up to the limit; the longer ones first.
_LIMITS: Final[tuple[tuple[str, Word], ...]] = (
    (">= ", words.AT_LEAST),
    ("<= ", words.AT_MOST),
    ("> ", words.ABOVE),
    ("< ", words.BELOW),
    ("that's a multiple of ", words.MULTIPLE),
)
_SIZES: Final[Mapping[str, tuple[Word, Word, Word]]] = {
    "str": words.lengths_of(str),
    "array": words.lengths_of(list),
    "object": words.lengths_of(dict),
    "bytes": (words.MIN_BYTES, words.MAX_BYTES, words.LENGTH),
}


def violations_of(error: object, given: object = None) -> tuple[Violation, ...]:
    """Return what a `msgspec.ValidationError` says as a violation.

    `given` is all that was validated, as an object or as JSON: the text of an
    application's own check that repeats any of it is not told, nor is one when
    nothing is given. A value inside of a dictionary is told at `*`: msgspec does
    not say under which key it stands.
    """
    return told(_violations(error, given))


def _violations(error: object, given: object) -> Iterator[Violation]:
    message, path = _split(str(error))
    # What the application raised is the cause; its text may look like anything.
    own = isinstance(error, BaseException) and error.__cause__ is not None
    for start, word in _FIELDS.items() if not own else ():
        if (name := _quoted(message, start)) is not None:
            yield violation((*path, name), word)
            return
    found = None if own else _word(message)
    yield violation(path, found or (words.INVALID[0], own_text(message, inputs_of(given))))


def _split(text: str) -> tuple[str, Path]:
    """Return the message and the place; the place of the whole is not told."""
    message, found, place = text.rpartition(" - at `")
    if not found or not text.endswith("`"):
        return text, ()
    inner = place[:-1].removeprefix("key` in `")  # a key itself: which one, msgspec does not say
    whole = inner if len(inner) == len(place) - 1 else inner + "[...]"
    return message, tuple(_segments(whole.removeprefix("$")))


def _segments(place: str) -> Iterator[str | int]:
    """Yield the segments of a place such as `.items[0].sku` or `.prices[...]`."""
    for part in place.replace("[...]", ".*").replace("[", ".[").split("."):
        index = part[1:-1] if part.startswith("[") and part.endswith("]") else ""
        if index.isdecimal() and len(index) < 10:
            yield int(index)
        elif part:
            yield part


def _quoted(message: str, start: str) -> str | None:
    rest = message.removeprefix(start)
    return rest[1:-1] if rest != message and len(rest) > 2 and rest[0] == rest[-1] == "`" else None


def _word(message: str) -> Word | None:
    """Return what is said of a message of msgspec itself; None when it is the application's."""
    if message in _WHOLE:
        return _WHOLE[message]
    if message.startswith(("Invalid enum value ", "Invalid value ")):
        return words.CHOICE
    kind, found, rest = message.removeprefix("Expected `").partition("`")
    if not found or not message.startswith("Expected `"):
        return None
    return _expected(kind, rest.strip(", "))


def _expected(kind: str, rest: str) -> Word | None:
    if rest == "got `null`":
        return words.NULL
    if not rest or rest.startswith("got `"):
        return _of_type(kind)
    if rest.startswith("matching regex "):
        return words.PATTERN
    if rest.startswith("of "):
        return _of_length(kind, rest)
    for start, word in _LIMITS:
        if rest.startswith(start) and is_number(limit := rest.removeprefix(start)):
            return said(word, limit)
    return None


def _of_type(kinds: str) -> Word:
    """Return what is said of a value of another type; that null is taken too is not worth a word."""
    found = [_TYPES.get(kind, words.INVALID) for kind in kinds.split(" | ") if kind != "null"] or [words.NOTHING]
    if len(found) == 1 or words.INVALID in found:
        return found[0] if len(found) == 1 else words.INVALID
    names = dict.fromkeys(text.removeprefix("must be ") for _, text in found)
    return "type", f"must be {' or '.join(names)}"


def _of_length(kind: str, rest: str) -> Word | None:
    """Return what is said of a length: `of length >= 2`, `of length 2, got 3`, `of at least length 1, got 0`."""
    shorter, longer, other = _SIZES.get(kind, words.lengths_of(object))
    wanted, _, got = rest.partition(", got ")
    start, _, limit = wanted.rpartition(" ")
    low = start.removeprefix("of length ").removesuffix(" to")
    if is_number(low) and is_number(limit):  # `of length 1 to 3, got 4`
        return said(shorter, low) if got.isdecimal() and int(got) < int(low) else said(longer, limit)
    word = {"of length >=": shorter, "of at least length": shorter, "of length": other}.get(start, longer)
    return said(word, limit) if is_number(limit) else None
