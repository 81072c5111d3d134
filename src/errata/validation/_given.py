"""What was given: so that no text of an application's own check repeats any of it, and lengths have their unit."""

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from itertools import islice
from typing import Any, Final

import msgspec

from errata.validation._words import INVALID, Word

Inputs = frozenset[str] | None
"""The texts and numbers inside of what was given; None when they are not known, or too many to be looked for."""

_ECHO: Final = 3  # inputs shorter than this occur in innocent words
_MOST: Final = 1_000  # inputs compared
_LONGEST: Final = 1_000  # characters of a text that an application wrote
UNSAID: Final = INVALID[1]


def inputs_of(given: object) -> Inputs:
    """Return what a text must not repeat; of a body in bytes, what its JSON holds."""
    if isinstance(given, bytes | bytearray | memoryview | str):
        return _inputs_of_text(given)
    return leaves_of(given) if given is not None else None


def _inputs_of_text(given: bytes | bytearray | memoryview | str) -> Inputs:
    itself = leaves_of(given) if isinstance(given, str) else None
    try:
        inner = leaves_of(msgspec.json.decode(given))
    except (ValueError, RecursionError):
        return itself
    return inner if inner is None or itself is None else inner | itself


def leaves_of(value: object) -> Inputs:
    """Return the texts and numbers inside a value in lower case, as they are and as Python prints them."""
    try:
        leaves = list(islice(_leaves(value), _MOST + 1))
    except Exception:  # noqa: BLE001 - a value that cannot be printed
        return None
    if len(leaves) > _MOST:
        return None
    return frozenset(each.casefold() for leaf in leaves for each in (leaf, repr(leaf)[1:-1]) if len(each) >= _ECHO)


def _leaves(value: object) -> Iterator[str]:
    waiting: list[Any] = [value]
    for _ in range(100 * _MOST):  # what holds itself has no end
        if not waiting:
            return
        each = waiting.pop()
        if isinstance(each, Mapping):
            waiting.extend(_values(each))
        elif isinstance(each, list | tuple | set | frozenset):
            waiting.extend(each)
        elif isinstance(each, bytes):
            yield each.decode("utf-8", "replace")
        elif each is not None and not isinstance(each, bool):
            yield str(each)
    raise ValueError("too many values")


def _values(each: Mapping[Any, Any]) -> list[Any]:
    """Return the values of a mapping; forms have several under one name, and show one."""
    for name in ("multi_items", "lists"):  # as Starlette has it, as Django and Werkzeug do
        pairs: Any = getattr(each, name, None)
        if pairs is not None:
            return [value for _, value in pairs()]
    return list(each.values())


def own_text(text: object, inputs: Inputs, parts: object = None) -> str:
    """Return the text of a check that the application wrote, unless it may repeat what was given.

    `parts` are the values put into the text; one that occurs in an input repeats it as well.
    """
    if inputs is None or not isinstance(text, str) or not text.strip():
        return UNSAID
    put_in = leaves_of(parts)
    if put_in is None:
        return UNSAID
    shown = text.casefold()
    quoted = [part for part in put_in if any(part in each for each in inputs)]
    return UNSAID if any(each in shown for each in (*inputs, *quoted)) else text[:_LONGEST]


def own_word(code: object, text: object, inputs: Inputs, parts: object = None) -> Word:
    """Return what the application says of a fault: the name of its check if it has one, and its text."""
    named = isinstance(code, str) and len(code) < 100 and code.replace("-", "_").isidentifier()
    safe = named and str(code).casefold() not in (inputs or ())
    return (str(code) if safe else INVALID[0]), own_text(text, inputs, parts)


ABSENT: Final = object()


def value_at(given: object, path: Sequence[str | int]) -> object:
    """Return what was given at a place, or ABSENT."""
    return reduce(_inner, path, given)


def _inner(value: Any, segment: str | int) -> Any:
    if isinstance(value, Mapping):
        return value.get(segment, ABSENT)
    if isinstance(value, list | tuple) and isinstance(segment, int) and 0 <= segment < len(value):
        return value[segment]
    return ABSENT
