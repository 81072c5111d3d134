"""Faults found by Django's forms, models and validators, as violations."""

from errata._extra import needs

needs(__name__, "django", "django")

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.core.exceptions import NON_FIELD_ERRORS

from errata._problem import Violation
from errata.validation import _words as words
from errata.validation._django import CODES, word_of
from errata.validation._given import Inputs, inputs_of, own_text, own_word
from errata.validation._nested import Inner, leaves, told, violation
from errata.validation._words import Word, lengths_of, said

# Codes with a limit -> what is said, and under which name Django has the limit.
_LIMITED: Final[Mapping[str, tuple[Word, str]]] = {
    "min_value": (words.AT_LEAST, "limit_value"),
    "max_value": (words.AT_MOST, "limit_value"),
    "step_size": (words.MULTIPLE, "limit_value"),
    "min_length": (words.MIN_CHARACTERS, "limit_value"),
    "max_length": (words.MAX_CHARACTERS, "limit_value"),
    "max_digits": (words.DIGITS, "max"),
    "max_decimal_places": (words.PLACES, "max"),
    "max_whole_digits": (words.WHOLES, "max"),
}
_LENGTHS: Final = {"min_length": 0, "max_length": 1}


def violations_of(errors: Any, given: object = None) -> tuple[Violation, ...]:
    """Return a `ValidationError`, or the `errors` of a form or formset, as violations, a thousand at most.

    `given` is all that was validated (`form.data`): a text of the application
    that repeats any of it is not told, nor is one when nothing is given.
    """
    return told(_violations(errors, given))


def _violations(errors: Any, given: object) -> Iterator[Violation]:
    inputs = inputs_of(given)
    for path, fault in leaves(errors, _inside):
        yield violation(path, _word(fault, inputs))


def _inside(node: Any) -> Inner:
    for name in ("error_dict", "error_list"):
        inner: Any = getattr(node, name, None)
        if inner is not None:
            return None if name == "error_list" and hasattr(node, "message") else _inside(inner)
    if callable(as_data := getattr(node, "as_data", None)):  # the errors of a form, or of one of its fields
        return _inside(as_data())
    if isinstance(node, Mapping):
        return ((None if name == NON_FIELD_ERRORS else name, each) for name, each in node.items())
    if isinstance(node, list | tuple):
        return ((index if hasattr(each, "keys") else None, each) for index, each in enumerate(node))
    return None


def _word(fault: Any, inputs: Inputs) -> Word:
    code: Any = getattr(fault, "code", None)
    message: Any = getattr(fault, "message", fault)
    put_in: Any = getattr(fault, "params", None)
    params: Mapping[str, Any] = put_in if isinstance(put_in, Mapping) else {}
    if code in _LIMITED:
        return _limited(code, message, params, inputs)
    if code in CODES:
        return CODES[code]
    text = str(message)
    return word_of(text) or own_word(code, _filled(text, params), inputs, list(params.values()))


def _limited(code: str, message: object, params: Mapping[str, Any], inputs: Inputs) -> Word:
    """Return what is said of a limit; of a length by what it is the length of."""
    word, name = _LIMITED[code]
    limit = params.get(name, params.get("max"))
    if limit is None:
        return word[0], own_text(_filled(str(message), params), inputs, list(params.values()))
    if params.get("offset"):
        return said(words.STEP, params["offset"], limit)
    if code in _LENGTHS and isinstance(params.get("value"), list | tuple):
        word = lengths_of(list)[_LENGTHS[code]]
    return said(word, limit)


def _filled(text: str, params: Mapping[str, Any]) -> str:
    try:
        return text % params if params else text
    except (KeyError, TypeError, ValueError):
        return ""
