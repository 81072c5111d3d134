"""Faults found by pydantic, as violations: stable check names and texts, and never the offending input."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final, get_args

from pydantic_core import ValidationError
from pydantic_core.core_schema import ErrorType

from errata._problem import LOCATIONS, Location, Violation
from errata.validation import _words as words
from errata.validation._given import Inputs, inputs_of, leaves_of, own_text
from errata.validation._nested import MOST, Path, segment_of
from errata.validation._words import Word, said

_Row = tuple[Word, str | None]


def _rows(*names: str, word: Word, limit: str | None = None) -> dict[str, _Row]:
    return dict.fromkeys(names, (word, limit))


# pydantic's error type -> what is said, and under which name pydantic has the limit that the model declares
_CHECKS: Final[Mapping[str, _Row]] = {
    **_rows("missing", word=words.REQUIRED),
    **_rows("extra_forbidden", word=words.UNKNOWN),
    **_rows("string_type", "bytes_type", word=words.TEXT),
    **_rows("string_too_long", word=words.MAX_CHARACTERS, limit="max_length"),
    **_rows("url_too_long", word=words.MAX_CHARACTERS, limit="max_length"),
    **_rows("string_too_short", word=words.MIN_CHARACTERS, limit="min_length"),
    **_rows("string_pattern_mismatch", word=words.PATTERN),
    **_rows("too_long", word=words.MAX_ITEMS, limit="max_length"),
    **_rows("too_short", word=words.MIN_ITEMS, limit="min_length"),
    **_rows("bytes_too_long", word=words.MAX_BYTES, limit="max_length"),
    **_rows("bytes_too_short", word=words.MIN_BYTES, limit="min_length"),
    **_rows("greater_than", word=words.ABOVE, limit="gt"),
    **_rows("greater_than_equal", word=words.AT_LEAST, limit="ge"),
    **_rows("less_than", word=words.BELOW, limit="lt"),
    **_rows("less_than_equal", word=words.AT_MOST, limit="le"),
    **_rows("multiple_of", word=words.MULTIPLE, limit="multiple_of"),
    **_rows("enum", "literal_error", word=words.ENUM, limit="expected"),
    **_rows("int_type", "int_parsing", "int_parsing_size", "int_from_float", word=words.INTEGER),
    **_rows("float_type", "float_parsing", "finite_number", "decimal_type", "decimal_parsing", word=words.NUMBER),
    **_rows("decimal_max_digits", word=words.DIGITS, limit="max_digits"),
    **_rows("decimal_max_places", word=words.PLACES, limit="decimal_places"),
    **_rows("decimal_whole_digits", word=words.WHOLES, limit="whole_digits"),
    **_rows("bool_type", "bool_parsing", word=words.BOOLEAN),
    **_rows("list_type", "tuple_type", "set_type", "frozen_set_type", word=words.LIST),
    **_rows("deque_type", "iterable_type", word=words.LIST),
    **_rows("none_required", word=words.NOTHING),
    **_rows("dict_type", "mapping_type", "dataclass_type", word=words.OBJECT),
    **_rows("model_type", "model_attributes_type", word=words.OBJECT),
    **_rows("union_tag_invalid", word=words.TAG, limit="expected_tags"),
    **_rows("union_tag_not_found", word=words.NAMELESS),
    **_rows("json_invalid", "json_type", word=words.JSON),
    **_rows("date_type", "date_parsing", word=words.DATE),
    **_rows("date_from_datetime_parsing", "date_from_datetime_inexact", word=words.DATE),
    **_rows("datetime_type", "datetime_parsing", "datetime_from_date_parsing", word=words.MOMENT),
    **_rows("date_past", "datetime_past", word=words.PAST),
    **_rows("date_future", "datetime_future", word=words.FUTURE),
    **_rows("time_type", "time_parsing", word=words.TIME),
    **_rows("time_delta_type", "time_delta_parsing", word=words.DURATION),
    **_rows("timezone_naive", word=words.ZONELESS),
    **_rows("timezone_aware", word=words.ZONED),
    **_rows("uuid_type", "uuid_parsing", word=words.UUID),
    **_rows("url_type", "url_parsing", "url_scheme", word=words.URL),
}

# The texts of pydantic itself quote input, classes and functions; those of the application are kept.
_OTHER_CHECKS: Final = frozenset(get_args(ErrorType)) - _CHECKS.keys() - {"value_error", "assertion_error"}


def violations_of(errors: Any, given: object = None) -> tuple[Violation, ...]:
    """Return what pydantic found as violations, a thousand at most.

    `errors` is a `ValidationError`, or the dictionaries of FastAPI's `errors()`,
    whose places start with the part of the request. `given` is all that was
    validated: a text that repeats any of it is not told.
    """
    try:
        plain = isinstance(errors, ValidationError)
        # dict, which they are, stands first: abstract classes answer slowly, 0.2 us each.
        faults = [fault for fault in islice(_listed(errors), MOST) if isinstance(fault, (dict, Mapping))]
        own = not {str(fault.get("type")) for fault in faults} <= _CHECKS.keys()
        inputs = (frozenset() if given is None else inputs_of(given)) if own else frozenset()
        return tuple([_violation(fault, inputs, plain=plain) for fault in faults])
    except Exception:  # noqa: BLE001 - an odd error object is a failed validation all the same
        return (Violation(detail=words.INVALID[1], code=words.INVALID[0]),)


def _listed(errors: Any) -> Iterable[Any]:
    if isinstance(errors, ValidationError):
        return errors.errors(include_url=False)
    listed: Iterable[Any] = errors.errors() if callable(getattr(errors, "errors", None)) else errors
    return listed


def _violation(fault: Mapping[str, Any], inputs: Inputs, *, plain: bool) -> Violation:
    path = _path(fault.get("loc"))
    location = _LOCATIONS.get(path[0]) if path and not plain else None
    code, text = _word(fault, inputs)
    path = path[1:] if location else path
    return Violation(path=path, location=location, detail=text, code=code)


def _word(fault: Mapping[str, Any], inputs: Inputs) -> Word:
    kind = str(fault.get("type"))
    row = _CHECKS.get(kind)
    if row is None:
        return words.INVALID[0], _own_text(fault, inputs)
    if kind[-5:] == "_type" and fault.get("input", kind) is None:
        return words.NULL
    word, name = row
    if name is None:
        return word
    limits = fault.get("ctx") or {}
    return said(word, limits[name]) if name in limits else (word[0], words.INVALID[1])


_LOCATIONS: Final[Mapping[str | int, Location]] = {location: location for location in LOCATIONS}


def _path(place: Any) -> Path:
    """Return where a fault is; below the long name of a dictionary's key there may be many."""
    segments = place if isinstance(place, list | tuple) else () if place is None else (place,)
    return tuple(map(segment_of, segments))


def _own_text(fault: Mapping[str, Any], inputs: Inputs) -> str:
    """Return the text of a check that the application wrote, unless it repeats the input or a part of it."""
    near = leaves_of(fault.get("input"))
    if fault.get("type") in _OTHER_CHECKS or near is None or inputs is None:
        return words.INVALID[1]
    text = str(fault.get("msg") or "").removeprefix("Value error, ").removeprefix("Assertion failed, ")
    context = fault.get("ctx")
    return own_text(text, near | inputs, list(context.values()) if isinstance(context, Mapping) else None)
