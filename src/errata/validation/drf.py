"""Faults found by serializers of Django REST framework, as violations."""

from errata._extra import needs

needs(__name__, "rest_framework", "drf")

from collections.abc import Iterator, Mapping
from typing import Any, Final

from errata._problem import Violation
from errata.validation._django import CODES, word_of
from errata.validation._given import Inputs, inputs_of, own_text, own_word
from errata.validation._nested import Inner, leaves, told, violation
from errata.validation._words import Word

# Codes whose limit stands in the text -> the name of the check, for texts of the application.
_LIMITED: Final[Mapping[str, str]] = {
    "min_value": "min",
    "max_value": "max",
    "min_length": "min_length",
    "max_length": "max_length",
    "max_digits": "max_digits",
    "max_decimal_places": "max_digits",
    "max_whole_digits": "max_digits",
    "incorrect_type": "type",
    "date": "format",
    "datetime": "format",
    "overflow": "range",
}


def violations_of(errors: Any, given: object = None) -> tuple[Violation, ...]:
    """Return a `ValidationError`, or the `errors` of a serializer, as violations, a thousand at most.

    `given` is all that was validated (`request.data`): a text of the application
    that repeats any of it is not told, nor is one when nothing is given.
    """
    return told(_violations(errors, given))


def _violations(errors: Any, given: object) -> Iterator[Violation]:
    inputs, whole = inputs_of(given), _name_of_the_whole()
    for path, fault in leaves(getattr(errors, "detail", errors), lambda node: _inside(node, whole)):
        yield violation(path, _word(fault, inputs))


def _inside(node: Any, whole: str) -> Inner:
    if isinstance(node, Mapping):
        return ((None if name == whole else name, each) for name, each in node.items())
    if isinstance(node, list | tuple):
        return ((index if isinstance(each, Mapping | list) else None, each) for index, each in enumerate(node))
    return None


def _word(fault: Any, inputs: Inputs) -> Word:
    code: Any = getattr(fault, "code", None)
    text = str(fault)
    if code in CODES:
        return CODES[code]
    if word := word_of(text):
        return word
    return (_LIMITED[code], own_text(text, inputs)) if code in _LIMITED else own_word(code, text, inputs)


def _name_of_the_whole() -> str:
    """Return the key under which faults of the object itself stand."""
    from rest_framework.settings import api_settings

    try:
        return str(api_settings.NON_FIELD_ERRORS_KEY)
    except Exception:  # noqa: BLE001 - Django without settings has the usual one
        return "non_field_errors"
