"""Faults found by pydantic, as violations: stable check names and texts, and never the offending input."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final, cast, get_args

from pydantic_core.core_schema import ErrorType

from errata._problem import Location, Violation

_LOCATIONS: Final = frozenset(get_args(Location))

_TEXT = ("type", "must be text")
_INTEGER = ("type", "must be an integer")
_NUMBER = ("type", "must be a number")
_BOOLEAN = ("type", "must be true or false")
_OBJECT = ("type", "must be an object")
_LIST = ("type", "must be a list")
_JSON = ("format", "must be JSON")
_TIME = ("format", "must be a time")
_DURATION = ("format", "must be a duration")
_PAST = ("past", "must be in the past")
_FUTURE = ("future", "must be in the future")
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
    "decimal_max_digits": ("max_digits", "must have {max_digits} or fewer digits"),
    "decimal_max_places": ("max_digits", "must have {decimal_places} or fewer digits after the point"),
    "decimal_whole_digits": ("max_digits", "must have {whole_digits} or fewer digits before the point"),
    "bool_type": _BOOLEAN,
    "bool_parsing": _BOOLEAN,
    "bytes_type": _TEXT,
    "bytes_too_long": ("max_length", "must be {max_length} or fewer bytes"),
    "bytes_too_short": ("min_length", "must be {min_length} or more bytes"),
    "list_type": _LIST,
    "tuple_type": _LIST,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "deque_type": _LIST,
    "iterable_type": _LIST,
    "none_required": ("type", "must be null"),
    "dict_type": _OBJECT,
    "mapping_type": _OBJECT,
    "dataclass_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "union_tag_invalid": ("enum", "must be of one of the kinds {expected_tags}"),
    "union_tag_not_found": ("required", "must name its kind"),
    "json_invalid": _JSON,
    "json_type": _JSON,
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "date_past": _PAST,
    "date_future": _FUTURE,
    "datetime_past": _PAST,
    "datetime_future": _FUTURE,
    "time_type": _TIME,
    "time_parsing": _TIME,
    "time_delta_type": _DURATION,
    "time_delta_parsing": _DURATION,
    "timezone_naive": ("format", "must have no time zone"),
    "timezone_aware": ("format", "must have a time zone"),
    "uuid_type": ("format", "must be a UUID"),
    "uuid_parsing": ("format", "must be a UUID"),
    "url_type": _URL,
    "url_parsing": _URL,
    "url_scheme": _URL,
    "url_too_long": ("max_length", "must be {max_length} or fewer characters"),
}

# The texts of pydantic itself quote input, classes and functions; those of the application are kept.
_OTHER_CHECKS: Final = frozenset(get_args(ErrorType)) - _CHECKS.keys() - {"value_error", "assertion_error"}
_UNSAID: Final = "is not valid"
_ECHO: Final = 3  # inputs shorter than this occur in innocent words
_MOST: Final = 1_000  # faults told, and inputs compared


def violations_of(errors: Iterable[Any], body: object = None) -> tuple[Violation, ...]:
    """Return pydantic's errors (the dictionaries of `errors()`) as violations, a thousand at most.

    `body` is all that was validated: a text that repeats any of it is not told.
    """
    # dict, which they are, stands first: abstract classes answer slowly, 0.2 us each.
    faults = [fault for fault in islice(errors, _MOST) if isinstance(fault, (dict, Mapping))]
    own = not {str(fault.get("type")) for fault in faults} <= _CHECKS.keys()
    given = _inputs(body) if own else frozenset()
    return tuple([_violation(fault, given) for fault in faults])


def _violation(fault: Mapping[str, Any], given: frozenset[str] | None) -> Violation:
    path = _path(fault.get("loc"))
    location = path[0] if path and path[0] in _LOCATIONS else None
    code, text = _CHECKS.get(str(fault.get("type"))) or ("invalid", _own_text(fault, given))
    if "{" in text:
        text = _filled(text, fault.get("ctx") or {})
    path = path[1:] if location else path
    return Violation(path=path, location=cast("Location | None", location), detail=text, code=code)


_SEGMENTS: Final = frozenset({str, int})


def _path(place: Any) -> tuple[str | int, ...]:
    """Return where a fault is; pydantic itself says it in texts and integers."""
    if type(place) is tuple and _SEGMENTS.issuperset(map(type, place)):
        return place
    segments = place if isinstance(place, list | tuple) else () if place is None else (place,)
    return tuple(s if isinstance(s, str | int) else str(s) for s in segments)


def _filled(text: str, limits: Mapping[str, Any]) -> str:
    try:
        return text.format_map(limits)
    except (KeyError, ValueError, IndexError):
        return _UNSAID


def _own_text(fault: Mapping[str, Any], given: frozenset[str] | None) -> str:
    """Return the text of a check that the application wrote, unless it repeats the input or a part of it."""
    near = _inputs(fault.get("input"))
    if fault.get("type") in _OTHER_CHECKS or near is None or given is None:
        return _UNSAID
    text = str(fault.get("msg") or "").removeprefix("Value error, ").removeprefix("Assertion failed, ")
    inputs = near | given
    quoted = [str(part).casefold() for part in (fault.get("ctx") or {}).values()]
    parts = [part for part in quoted if len(part) >= _ECHO and any(part in each for each in inputs)]
    if not text or any(each in text.casefold() for each in (*inputs, *parts)):
        return _UNSAID
    return text.replace("{", "{{").replace("}", "}}")


def _inputs(value: object) -> frozenset[str] | None:
    """Return the texts and numbers inside a value in lower case, as they are and as Python prints them.

    None when there are too many to be looked for.
    """
    leaves = list(islice(_leaves(value), _MOST + 1))
    if len(leaves) > _MOST:
        return None
    return frozenset(each.casefold() for leaf in leaves for each in (leaf, repr(leaf)[1:-1]) if len(each) >= _ECHO)


def _leaves(value: object) -> Iterator[str]:
    waiting: list[Any] = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Mapping):
            waiting.extend(each.values())
        elif isinstance(each, list | tuple | set | frozenset):
            waiting.extend(each)
        elif isinstance(each, bytes):
            yield each.decode("utf-8", "replace")
        elif each is not None and not isinstance(each, bool):
            yield str(each)
