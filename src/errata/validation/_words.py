"""The words for faults, once for all libraries: the name of the check, and a text that never changes.

`{}` stands for a limit that the application declares, never for anything sent.
"""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Final

Word = tuple[str, str]
"""The name of a check and its text."""

REQUIRED: Final = ("required", "is required")
NAMELESS: Final = ("required", "must name its kind")
UNKNOWN: Final = ("unknown", "is not known")

NULL: Final = ("type", "must not be null")
NOTHING: Final = ("type", "must be null")
TEXT: Final = ("type", "must be text")
INTEGER: Final = ("type", "must be an integer")
NUMBER: Final = ("type", "must be a number")
BOOLEAN: Final = ("type", "must be true or false")
OBJECT: Final = ("type", "must be an object")
LIST: Final = ("type", "must be a list")
FILE: Final = ("type", "must be a file")

JSON: Final = ("format", "must be JSON")
BASE64: Final = ("format", "must be Base64")
DATE: Final = ("format", "must be a date")
TIME: Final = ("format", "must be a time")
MOMENT: Final = ("format", "must be a date and time")
DURATION: Final = ("format", "must be a duration")
ZONELESS: Final = ("format", "must have no time zone")
ZONED: Final = ("format", "must have a time zone")
UUID: Final = ("format", "must be a UUID")
URL: Final = ("format", "must be a URL")
EMAIL: Final = ("format", "must be an email address")
IP: Final = ("format", "must be an IP address")
PATTERN: Final = ("pattern", "does not have the right form")
PAST: Final = ("past", "must be in the past")
FUTURE: Final = ("future", "must be in the future")

AT_LEAST: Final = ("min", "must be {} or more")
ABOVE: Final = ("min", "must be greater than {}")
AT_MOST: Final = ("max", "must be {} or less")
BELOW: Final = ("max", "must be less than {}")
BETWEEN: Final = ("range", "must be {} or more and {} or less")
MULTIPLE: Final = ("multiple", "must be a multiple of {}")
STEP: Final = ("multiple", "must be {} plus a multiple of {}")
DIGITS: Final = ("max_digits", "must have {} or fewer digits")
PLACES: Final = ("max_digits", "must have {} or fewer digits after the point")
WHOLES: Final = ("max_digits", "must have {} or fewer digits before the point")

ENUM: Final = ("enum", "must be {}")
CHOICE: Final = ("enum", "must be one of the allowed values")
TAG: Final = ("enum", "must be of one of the kinds {}")
UNIQUE: Final = ("unique", "is already taken")
EXISTS: Final = ("exists", "does not exist")

# Lengths: of text, of lists and objects, of bytes, and of what the library does not say.
MIN_CHARACTERS: Final = ("min_length", "must be {} or more characters")
MAX_CHARACTERS: Final = ("max_length", "must be {} or fewer characters")
CHARACTERS: Final = ("length", "must be {} characters")
MIN_ITEMS: Final = ("min_length", "must have {} or more items")
MAX_ITEMS: Final = ("max_length", "must have {} or fewer items")
ITEMS: Final = ("length", "must have {} items")
MIN_BYTES: Final = ("min_length", "must be {} or more bytes")
MAX_BYTES: Final = ("max_length", "must be {} or fewer bytes")
MIN_LENGTH: Final = ("min_length", "must have a length of {} or more")
MAX_LENGTH: Final = ("max_length", "must have a length of {} or less")
LENGTH: Final = ("length", "must have a length of {}")

INVALID: Final = ("invalid", "is not valid")

_PLAIN: Final = str | int | float | None  # others print what is nobody's business
_FEW: Final = 100  # values that a text lists
_LONGEST: Final = 1_000


def said(word: Word, *limits: object) -> Word:
    """Return a word with its limits filled in; whole numbers are said without a fraction."""
    return (word[0], word[1].format(*map(_limit, limits))) if limits else word


def _limit(limit: object) -> str:
    if type(limit) is int:
        return str(limit)
    text = str(limit)[:_LONGEST]
    whole, point, fraction = text.partition(".")
    return whole if point and fraction and not fraction.strip("0") and whole.lstrip("-").isdigit() else text


def one_of(values: Iterable[object]) -> Word:
    """Return that a value must be one of some."""
    listed = list(islice(values, _FEW + 1))
    if not listed or len(listed) > _FEW or not all(isinstance(value, _PLAIN) for value in listed):
        return CHOICE
    *first, last = map(repr, listed)
    return said(ENUM, f"{', '.join(first)} or {last}" if first else last)


_NUMERIC: Final = frozenset("0123456789.+-eE")


def is_number(text: str) -> bool:
    """Tell whether a text is a number in digits, as limits are printed."""
    if len(text) > _FEW or not _NUMERIC.issuperset(text):
        return False
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


_SPELLED: Final[dict[type, tuple[Word, Word, Word]]] = {
    str: (MIN_CHARACTERS, MAX_CHARACTERS, CHARACTERS),
    list: (MIN_ITEMS, MAX_ITEMS, ITEMS),
    tuple: (MIN_ITEMS, MAX_ITEMS, ITEMS),
    set: (MIN_ITEMS, MAX_ITEMS, ITEMS),
    dict: (MIN_ITEMS, MAX_ITEMS, ITEMS),
}


def lengths_of(kind: type) -> tuple[Word, Word, Word]:
    """Return the words for too short, too long and of another length, for values of a type."""
    return _SPELLED.get(kind, (MIN_LENGTH, MAX_LENGTH, LENGTH))
