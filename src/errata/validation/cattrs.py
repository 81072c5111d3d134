"""Faults found by cattrs and by the validators of attrs, as violations: it tells them as nested exceptions."""

import types
from collections.abc import Collection, Iterator, Mapping
from dataclasses import is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final, Literal, Union, get_args, get_origin
from uuid import UUID

from errata._problem import Violation
from errata.validation import _words as words
from errata.validation._given import ABSENT, Inputs, inputs_of, own_text, value_at
from errata.validation._nested import Inner, Path, leaves, segment_of, told, violation
from errata.validation._origin import module_of
from errata.validation._words import Word, is_number, one_of, said

_TYPES: Final[Mapping[Any, Word]] = {
    int: words.INTEGER,
    float: words.NUMBER,
    Decimal: words.NUMBER,
    str: words.TEXT,
    bytes: words.TEXT,
    bool: words.BOOLEAN,
    datetime: words.MOMENT,
    date: words.DATE,
    time: words.TIME,
    timedelta: words.DURATION,
    UUID: words.UUID,
}

# The texts of attrs' validators: 'name' must be >= 1: 0
_BOUNDS: Final[Mapping[str, Word]] = {
    ">=": words.AT_LEAST,
    ">": words.ABOVE,
    "<=": words.AT_MOST,
    "<": words.BELOW,
}
_LENGTHS: Final = {">=": 0, "<=": 1}


def violations_of(error: Any, given: object = None) -> tuple[Violation, ...]:
    """Return what structuring, or a validator of attrs, found as violations, a thousand at most.

    `given` is all that was structured: the text of an application's own check
    that repeats any of it is not told, nor is one when nothing is given.
    """
    return told(_violations(error, given))


def _violations(error: Any, given: object) -> Iterator[Violation]:
    inputs = inputs_of(given)
    for path, (fault, owner) in leaves((error, None), _inside):
        yield from _told(path, fault, owner, given, inputs)


def _inside(node: Any) -> Inner:
    error, _ = node
    if not isinstance(error, BaseExceptionGroup):
        return None
    owner = getattr(error, "cl", None)
    return ((_note(each)[0], (each, owner)) for each in error.exceptions)


def _note(error: BaseException) -> tuple[object, Any]:
    """Return the segment and the type that cattrs noted down for an exception."""
    for note in getattr(error, "__notes__", ()):
        if type(note).__name__ == "AttributeValidationNote":
            return note.name, note.type
        if type(note).__name__ == "IterableValidationNote":
            return note.index, note.type
    return None, None


def _told(path: Path, fault: BaseException, owner: Any, given: object, inputs: Inputs) -> Iterator[Violation]:
    if type(fault).__name__ == "ForbiddenExtraKeysError":
        for name in sorted(map(str, getattr(fault, "extra_fields", ()))):
            yield violation((*path, segment_of(name)), words.UNKNOWN)
        return
    segment, wanted = _note(fault)
    if isinstance(fault, KeyError) and segment is not None:
        yield violation(path, words.REQUIRED)
    elif found := _by_validator(path, fault, owner, given):
        yield found
    else:
        word = _by_type(fault, wanted)
        yield violation(path, word or (words.INVALID[0], own_text(_text(fault), inputs)))


def _text(fault: BaseException) -> object:
    return fault.args[0] if isinstance(fault, ValueError | TypeError) and fault.args else None


def _by_validator(path: Path, fault: BaseException, owner: Any, given: object) -> Violation | None:
    """Return what a validator of attrs found; some leave their parts in the exception, others only a text."""
    if module_of(fault) != "attr.validators":
        return None
    parts = fault.args[1:]
    if len(parts) == 3 and isinstance(name := getattr(parts[0], "name", None), str):
        return violation((*path, name), _by_part(parts[1]))
    rest = str(fault).removeprefix("Length of ")
    name, _, bound = rest.removeprefix("'").partition("' must be ")
    sign, _, limit = bound.partition(": ")[0].partition(" ")
    if sign not in _BOUNDS or not is_number(limit):
        return None
    word = _BOUNDS[sign]
    if rest != str(fault):
        word = words.lengths_of(_kind((*path, name), owner, given))[_LENGTHS[sign]]
    return violation((*path, name), said(word, limit))


def _by_part(part: Any) -> Word:
    """Return what is said of the options, the pattern or the type that a validator compares with."""
    if hasattr(part, "pattern"):
        return words.PATTERN
    if isinstance(part, type):
        return _TYPES.get(part, _structured(part) or words.INVALID)
    return one_of(_plain(part)) if isinstance(part, Collection) and not isinstance(part, str) else words.CHOICE


def _plain(options: Collection[Any]) -> list[Any]:
    listed = list(options)
    return [each.value if isinstance(each, Enum) else each for each in listed]


def _kind(place: Path, owner: Any, given: object) -> type:
    """Return the type of what is too long or too short: of what was given, else as it was declared."""
    value = value_at(given, place)
    if value is not ABSENT:
        return type(value)
    declared = getattr(owner, "__annotations__", {}).get(place[-1])
    origin = get_origin(declared) or declared
    return origin if isinstance(origin, type) else str if origin == "str" else object


def _by_type(fault: BaseException, wanted: Any) -> Word | None:
    """Return what is said of a value that could not be made what it is to be; None when it was another failure."""
    if isinstance(fault, TypeError) and "'NoneType'" in str(fault):
        return words.NULL
    if (
        not isinstance(fault, ValueError | TypeError | AttributeError | ArithmeticError)
        and get_origin(wanted) is not Literal
    ):
        return None
    wanted = _without_none(wanted)
    if wanted in _TYPES:
        return _TYPES[wanted]
    if get_origin(wanted) is Literal:
        return one_of(get_args(wanted))
    return _structured(wanted)


def _without_none(wanted: Any) -> Any:
    if get_origin(wanted) not in {Union, types.UnionType}:
        return wanted
    left = [each for each in get_args(wanted) if each is not type(None)]
    return left[0] if len(left) == 1 else None


def _structured(wanted: Any) -> Word | None:
    """Return what is said of an enumeration, a list or an object."""
    origin = get_origin(wanted) or wanted
    if not isinstance(origin, type):
        return None
    if issubclass(origin, Enum):
        return one_of([each.value for each in origin])
    if issubclass(origin, Mapping) or is_dataclass(origin) or hasattr(origin, "__attrs_attrs__"):
        return words.OBJECT
    return words.LIST if issubclass(origin, Collection) and not issubclass(origin, str | bytes) else None
