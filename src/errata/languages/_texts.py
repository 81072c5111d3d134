"""Texts with fields: taken apart, recognised when they are filled, filled again in another language."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from string import Formatter
from typing import Any, Final

from babel import Locale
from msgspec import Struct

from errata.languages._spelling import Choice, spelled

_LONGEST: Final = 1_000  # characters of a text that is recognised
_NUMBER: Final = re.compile(r"-?\d{1,100}(\.\d{1,100})?")
_VALUE: Final = re.compile(rf"'[^']*'|{_NUMBER.pattern}|True|False|None")
_STARTS: Final = frozenset("-'0123456789")  # of a limit
_OR: Final = re.compile(", | or ")
_LETTERS: Final = 4  # that a text must have beside its fields: with fewer it would fit anything


class Text(Struct, frozen=True):
    """A text taken apart: its fields, each a name and a format, and the literals around them, one more."""

    literals: tuple[str, ...]
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """Return the names of the fields."""
        return frozenset(name for name, _ in self.fields)

    @property
    def letters(self) -> int:
        """Return how many letters and digits it has beside its fields."""
        return sum(map(str.isalnum, "".join(self.literals)))

    @property
    def can_be_recognised(self) -> bool:
        """Tell whether the values of its fields can be told apart, and from any other text."""
        return bool(self.fields) and all(self.literals[1:-1]) and self.letters >= _LETTERS

    def formatted_as(self, source: "Text") -> "Text":
        """Return the text with the formats of its source where it has none of its own."""
        formats = dict(source.fields)
        return Text(self.literals, tuple((name, spec or formats.get(name, "")) for name, spec in self.fields))

    def fill(self, values: Mapping[str, Any], locale: Locale) -> str:
        """Return the text with its fields filled; a value that is not there is a question mark."""
        spells = [spelled(values[name], spec, locale) if name in values else "?" for name, spec in self.fields]
        return "".join(each for pair in zip(self.literals, (*spells, ""), strict=True) for each in pair)

    def values_in(self, said: str) -> dict[str, str] | None:
        """Return the values of the fields in a filled text, in linear time; None when it is another text."""
        first, *between, last = self.literals
        at, stop = len(first), len(said) - len(last)
        if at >= stop or not said.startswith(first) or not said.endswith(last):
            return None
        found: list[str] = []
        for literal in between:
            end = said.find(literal, at + 1, stop)
            if end < 0:
                return None
            found.append(said[at:end])
            at = end + len(literal)
        found.append(said[at:stop])
        values = {name: value for (name, _), value in zip(self.fields, found, strict=True)}
        same = all(values[name] == value for (name, _), value in zip(self.fields, found, strict=True))
        return values if same and all(found) else None


def text_of(written: str) -> Text:
    """Return a text taken apart; raises ValueError when a field is more than a name and a format."""
    literals, fields = [""], list[tuple[str, str]]()
    for literal, field, spec, conversion in Formatter().parse(written):
        literals[-1] += literal
        if field is None:
            continue
        name = field or str(len(fields))
        if conversion or "{" in (spec or "") or not (name.isidentifier() or name.isdecimal()):
            raise ValueError(f"the field {{{field}}} is more than a name and a format")
        fields.append((name, spec or ""))
        literals.append("")
    return Text(tuple(literals), tuple(fields))


class Entry(Struct, frozen=True):
    """A declared text and its translation: in one form, or in as many as its language has for numbers."""

    source: Text
    forms: tuple[Text, ...]
    tag: str
    plural: Callable[[int], int] | None = None

    def form(self, values: Mapping[str, Any]) -> Text | None:
        """Return the form for some values; None when there is no one number that could choose it."""
        if self.plural is None:
            return self.forms[0]
        given = [values.get(name) for name in self.source.names]
        numbers = [value for value in given if isinstance(value, int) and not isinstance(value, bool)]
        return self.forms[self.plural(abs(numbers[0]))] if len(numbers) == 1 else None


class Speaker:
    """Somebody who says texts in one language; `used` are the tags of the catalogs that had them."""

    def __init__(self, texts: "Texts") -> None:
        self.texts = texts
        self.used: set[str] = set()

    def declared(self, text: str, values: Mapping[str, Any]) -> str | None:
        """Return the translation of a declared text with its fields filled; None when there is none that can be."""
        entry = self.texts.entries.get(text)
        return None if entry is None else self._filled(entry, values)

    def plain(self, text: str | None) -> str | None:
        """Return the translation of a text without fields."""
        entry = self.texts.plain.get(text or "")
        return None if entry is None else self._filled(entry, {})

    def said(self, text: str | None, *, inside: bool = False) -> str | None:
        """Return the translation of a text that is said, which may be a declared one with its fields filled."""
        if not text or len(text) > _LONGEST:
            return None
        if (found := self.plain(text)) is not None:
            return found
        for first, last, entry in self.texts.recognisable:
            # Most are told apart by this alone: it halves the time of an error with two faults.
            values = entry.source.values_in(text) if text.startswith(first) and text.endswith(last) else None
            if values is not None and all(self._fits(name, value) for name, value in values.items()):
                return self._filled(entry, {name: self._value(value, inside=inside) for name, value in values.items()})
        return None

    def _fits(self, name: str, value: str) -> bool:
        """Tell whether a value may stand in a field: those without a name are limits, and no words of somebody else."""
        return not name.isdecimal() or value[0] in _STARTS or self._choice(value) is not None

    def _value(self, text: str, *, inside: bool) -> Any:
        """Return a value out of a text: several words may be a text themselves, as in `The field {} {}.`."""
        if number := _NUMBER.fullmatch(text):
            return Decimal(text) if number[1] else int(text)
        deeper = self.said(text, inside=True) if " " in text and not inside else None
        return deeper or self._choice(text) or text

    def _choice(self, text: str) -> Choice | None:
        """Return the values of which one is meant: `1, 2 or 3`, or `text or an integer`; None for another text."""
        parts = _OR.split(text)
        said = [part if _VALUE.fullmatch(part) else self.plain(part) for part in parts]
        return Choice(map(str, said)) if said and None not in said else None

    def _filled(self, entry: Entry, values: Mapping[str, Any]) -> str | None:
        try:
            form = entry.form(values)
            filled = None if form is None else form.fill(values, self.texts.locale)
        except Exception:  # noqa: BLE001 - a value that cannot be spelled; the declared text stays
            return None
        if filled is not None:
            self.used.add(entry.tag)
        return filled


class Texts:
    """All that can be said in one language, by its declared text."""

    def __init__(self, locale: Locale, entries: Mapping[str, Entry]) -> None:
        self.locale = locale
        self.entries = entries
        self.plain = {entry.source.literals[0]: entry for entry in entries.values() if not entry.source.fields}
        # The most specific first: `must be {} or more` before `must be {}`.
        known = {entry.source: entry for entry in entries.values() if entry.source.can_be_recognised}
        ordered = sorted(known.values(), key=lambda entry: -entry.source.letters)
        self.recognisable = [(entry.source.literals[0], entry.source.literals[-1], entry) for entry in ordered]
