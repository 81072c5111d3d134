"""Values in the texts of a language: its decimal mark, its groups of digits, its dates."""

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

from babel import Locale
from babel.dates import format_date, format_datetime, format_time
from babel.lists import format_list
from babel.numbers import format_decimal


class Choice(tuple[str, ...]):
    """Values of which one is meant: 'a', 'b' or 'c'."""

    __slots__ = ()


def spelled(value: Any, spec: str, locale: Locale) -> str:
    """Return a value as a language has it.

    Digits stand in groups only where the format of the template asks for it
    (`{amount:,}`, `{amount:,.2f}`): the number of an order is no amount. A date takes
    `short`, `medium`, `long`, `full` or a pattern of Unicode (LDML).
    """
    if isinstance(value, bool):
        return format(value, spec)
    if isinstance(value, int | float | Decimal):
        return _number(value, spec, locale)
    if isinstance(value, date | time):
        return _moment(value, "" if "%" in spec else spec, locale)  # `%` belongs to the declared text alone
    if isinstance(value, Choice):
        return format_list(value, style="or", locale=locale)
    return format(value, spec)


_NUMBER: Final = re.compile(r"(?P<grouped>,?)(?:\.(?P<places>\d{1,3})f|[dn]?)")


def _number(value: float | Decimal, spec: str, locale: Locale) -> str:
    asked = _NUMBER.fullmatch(spec)
    if asked is None:
        return format(value, spec)
    places, pattern = asked["places"], locale.decimal_formats[None].pattern
    if places is not None:
        whole = pattern.partition(".")[0]
        pattern = f"{whole}.{'0' * int(places)}" if int(places) else whole
    grouped = bool(asked["grouped"]) or spec == "n"
    return format_decimal(value, pattern, locale, decimal_quantization=places is not None, group_separator=grouped)


def _moment(value: date | time, form: Any, locale: Locale) -> str:
    if isinstance(value, datetime):
        # The zone is a part of the moment, and only the long form has it.
        return format_datetime(value, form or ("long" if value.tzinfo else "medium"), locale=locale)
    write: Any = format_time if isinstance(value, time) else format_date
    said: str = write(value, form or "medium", locale=locale)
    return said
