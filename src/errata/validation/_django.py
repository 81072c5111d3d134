"""The texts of Django and of its REST framework in the language that is active, with what is said of them."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from django.utils.translation import get_language, gettext

from errata.validation import _words as words
from errata.validation._words import Word, is_number, said

# Texts of the code `invalid`, which says nothing by itself.
_TEXTS: Final[Mapping[str, Word]] = {
    # fields of serializers
    "Must be a valid boolean.": words.BOOLEAN,
    "Not a valid string.": words.TEXT,
    "A valid integer is required.": words.INTEGER,
    "A valid biginteger is required.": words.INTEGER,
    "A valid number is required.": words.NUMBER,
    "Must be a valid UUID.": words.UUID,
    "Value must be valid JSON.": words.JSON,
    "This value does not match the required pattern.": words.PATTERN,
    "Enter a valid IPv4 or IPv6 address.": words.IP,
    "The submitted data was not a file. Check the encoding type on the form.": words.FILE,
    # fields of forms
    "Enter a whole number.": words.INTEGER,
    "Enter a number.": words.NUMBER,
    "Enter a valid date.": words.DATE,
    "Enter a valid time.": words.TIME,
    "Enter a valid date/time.": words.MOMENT,
    "Enter a valid duration.": words.DURATION,
    "Enter a valid UUID.": words.UUID,
    "Enter a valid JSON.": words.JSON,
    "Enter a valid value.": words.PATTERN,
    "Enter a valid email address.": words.EMAIL,
    "Enter a valid URL.": words.URL,
    "Enter a valid %(protocol)s address.": words.IP,
    "Enter a list of values.": words.LIST,
    "No file was submitted. Check the encoding type on the form.": words.FILE,
    'Enter a valid "slug" consisting of letters, numbers, underscores or hyphens.': words.PATTERN,
    'Enter a valid "slug" consisting of Unicode letters, numbers, underscores, or hyphens.': words.PATTERN,
    "Enter a valid “slug” consisting of letters, numbers, underscores or hyphens.": words.PATTERN,
    "Enter a valid “slug” consisting of Unicode letters, numbers, underscores, or hyphens.": words.PATTERN,
    # fields of models
    "“%(value)s” value must be an integer.": words.INTEGER,
    "“%(value)s” value must be a float.": words.NUMBER,
    "“%(value)s” value must be a decimal number.": words.NUMBER,
    "“%(value)s” value must be either True or False.": words.BOOLEAN,
    "“%(value)s” value must be either None, True or False.": words.BOOLEAN,
    "“%(value)s” value has an invalid date format. It must be in YYYY-MM-DD format.": words.DATE,
    "“%(value)s” value has an invalid format. It must be in HH:MM[:ss[.uuuuuu]] format.": words.TIME,
    "“%(value)s” value has an invalid format. It must be in YYYY-MM-DD HH:MM[:ss[.uuuuuu]][TZ] format.": words.MOMENT,
    "“%(value)s” value has an invalid format. It must be in [DD] [[HH:]MM:]ss[.uuuuuu] format.": words.DURATION,
    "“%(value)s” is not a valid UUID.": words.UUID,
}

# Texts with a part that changes: a limit, which is said, or another, which is not.
_LIMITED: Final[Mapping[str, Word]] = {
    "Ensure this field has no more than {max_length} characters.": words.MAX_CHARACTERS,
    "Ensure this field has at least {min_length} characters.": words.MIN_CHARACTERS,
    "Ensure this field has no more than {max_length} elements.": words.MAX_ITEMS,
    "Ensure this field has at least {min_length} elements.": words.MIN_ITEMS,
    "Ensure this value is less than or equal to {max_value}.": words.AT_MOST,
    "Ensure this value is greater than or equal to {min_value}.": words.AT_LEAST,
    "Ensure that there are no more than {max_digits} digits in total.": words.DIGITS,
    "Ensure that there are no more than {max_decimal_places} decimal places.": words.PLACES,
    "Ensure that there are no more than {max_whole_digits} digits before the decimal point.": words.WHOLES,
    "Datetime has wrong format. Use one of these formats instead: {format}.": words.MOMENT,
    "Date has wrong format. Use one of these formats instead: {format}.": words.DATE,
    "Time has wrong format. Use one of these formats instead: {format}.": words.TIME,
    "Duration has wrong format. Use one of these formats instead: {format}.": words.DURATION,
    "Invalid data. Expected a dictionary, but got {datatype}.": words.OBJECT,
}

# Codes that say it all, whatever the text.
CODES: Final[Mapping[str, Word]] = {
    "required": words.REQUIRED,
    "null": words.NULL,
    "blank": said(words.MIN_CHARACTERS, 1),
    "empty": said(words.MIN_ITEMS, 1),
    "invalid_choice": words.CHOICE,
    "invalid_list": words.LIST,
    "not_a_list": words.LIST,
    "not_a_dict": words.OBJECT,
    "does_not_exist": words.EXISTS,
    "no_match": words.EXISTS,
    "incorrect_match": words.EXISTS,
    "unique": words.UNIQUE,
    "unique_together": words.UNIQUE,
    "invalid_date": words.DATE,
    "invalid_time": words.TIME,
    "invalid_datetime": words.MOMENT,
    "invalid_nullable": words.BOOLEAN,
}


def word_of(text: str) -> Word | None:
    """Return what is said of a text of the frameworks themselves; None when it is the application's."""
    whole, limited = _translated(_language())
    if text in whole:
        return whole[text]
    for (start, end), word in limited:
        if text.startswith(start) and text.endswith(end) and len(text) > len(start) + len(end):
            limit = text[len(start) : len(text) - len(end)]
            if "{}" not in word[1]:
                return word
            if is_number(limit):
                return said(word, limit)
    return None


_Limited = list[tuple[tuple[str, str], Word]]


@lru_cache(maxsize=100)
def _translated(_: str) -> tuple[dict[str, Word], _Limited]:
    """Return the tables in the active language; each is made once."""
    whole: dict[str, Word] = {_translation(text): word for text, word in _TEXTS.items()}
    return whole, [(_around(_translation(text)), word) for text, word in _LIMITED.items()]


def _around(text: str) -> tuple[str, str]:
    start, _, rest = text.partition("{")
    return start, rest.partition("}")[2]


def _language() -> str:
    try:
        return get_language() or ""
    except Exception:  # noqa: BLE001 - Django without settings speaks English
        return ""


def _translation(text: str) -> str:
    try:
        return gettext(text)
    except Exception:  # noqa: BLE001 - Django without settings speaks English
        return text
