"""Faults found by pydantic, as violations: stable check names and texts, and never the offending input."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast, get_args

from errata._problem import Location, Violation

_LOCATIONS: Final = frozenset(get_args(Location))

_TEXT = ("type", "must be text")
_INTEGER = ("type", "must be an integer")
_NUMBER = ("type", "must be a number")
_BOOLEAN = ("type", "must be true or false")
_OBJECT = ("type", "must be an object")
_DATE = ("format", "must be a date")
_MOMENT = ("format", "must be a date and time")
_URL = ("format", "must be a URL")

# pydantic's error type -> (check, text); `{...}` are the limits that the model declares
_CHECKS: Final[Mapping[str, tuple[str, str]]] = {
    "missing": ("required", "is required"),
    "extra_forbidden": ("unknown", "is not known"),
    "string_type": _TEXT,
    "string_too_long": ("max_length", "must be {max_length} or fewer characters"),
    "string_too_short": ("min_length", "must be {min_length} or more characters"),
    "string_pattern_mismatch": ("pattern", "does not have the right form"),
    "too_long": ("max_length", "must have {max_length} or fewer items"),
    "too_short": ("min_length", "must have {min_length} or more items"),
    "greater_than": ("min", "must be greater than {gt}"),
    "greater_than_equal": ("min", "must be {ge} or more"),
    "less_than": ("max", "must be less than {lt}"),
    "less_than_equal": ("max", "must be {le} or less"),
    "multiple_of": ("multiple", "must be a multiple of {multiple_of}"),
    "enum": ("enum", "must be {expected}"),
    "literal_error": ("enum", "must be {expected}"),
    "int_type": _INTEGER,
    "int_parsing": _INTEGER,
    "int_parsing_size": _INTEGER,
    "int_from_float": _INTEGER,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "bool_type": _BOOLEAN,
    "bool_parsing": _BOOLEAN,
    "list_type": ("type", "must be a list"),
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "timezone_aware": ("format", "must have a time zone"),
    "uuid_type": ("format", "must be a UUID"),
    "uuid_parsing": ("format", "must be a UUID"),
    "url_type": _URL,
    "url_parsing": _URL,
    "url_scheme": _URL,
}

_ECHO: Final = 3  # inputs shorter than this occur in innocent words


def violations_of(errors: Iterable[Mapping[str, Any]]) -> tuple[Violation, ...]:
    """Return pydantic's errors (the dictionaries of `errors()`) as violations."""
    return tuple(map(_violation, errors))


def _violation(error: Mapping[str, Any]) -> Violation:
    place = error["loc"]
    location = place[0] if place and place[0] in _LOCATIONS else None
    code, text = _CHECKS.get(error["type"]) or ("invalid", _own_text(error))
    if "{" in text:
        text = _filled(text, error.get("ctx") or {})
    path = tuple(place[1:]) if location else tuple(place)
    return Violation(path=path, location=cast("Location | None", location), detail=text, code=code)


def _filled(text: str, limits: Mapping[str, Any]) -> str:
    try:
        return text.format_map(limits)
    except (KeyError, ValueError, IndexError):
        return "is not valid"


def _own_text(error: Mapping[str, Any]) -> str:
    """Return the text of a check that the application wrote, unless it repeats the input."""
    text = str(error.get("msg", "")).removeprefix("Value error, ").removeprefix("Assertion failed, ")
    given = str(error.get("input", ""))
    repeats = len(given) >= _ECHO and given in text
    return "is not valid" if repeats or not text else text.replace("{", "{{").replace("}", "}}")
