"""Errors in the language of the reader, from catalogs of gettext: `Contract(languages=translations("locale"))`.

Titles and details are found by the texts that the types declare. Parameters are
spelled as the language has them; the texts of violations are recognised. Codes
never change, and what has no translation stays as declared.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from os import PathLike
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from errata._catalog import occurrence
from errata._error import Error
from errata._problem import Problem
from errata.languages._accept import preferred

try:
    from errata.languages._files import entries_in, files_below, locale_of, shipped_files, tag_of
    from errata.languages._template import template
    from errata.languages._texts import Entry, Speaker, Texts
except ModuleNotFoundError as error:
    raise ImportError("errata.languages needs babel; run: pip install 'errata[languages]'") from error

__all__ = ["Translations", "template", "translations"]


class Translations(Struct, frozen=True):
    """The languages of an API, the default first, each with what can be said in it."""

    texts: Mapping[str, Texts]

    @property
    def tags(self) -> tuple[str, ...]:
        """Return the languages as tags of BCP 47, the default first."""
        return tuple(self.texts)

    def choose(self, accept_language: str | None) -> str:
        """Return the language that a client likes best; the default for whoever takes none of them."""
        return preferred(accept_language, self.tags)

    def spoken(self, problem: Problem, error: Error, accept_language: str | None) -> tuple[Problem, str]:
        """Return a problem as a client likes to read it, and the language that its texts really are in."""
        texts = self.texts[self.choose(accept_language)]
        speaker = Speaker(texts)
        said = _in_words_of(speaker, problem, error)
        return said, max(speaker.used, key=len, default=self.tags[0])


def translations(
    folder: "str | PathLike[str] | None" = None, *, default: str = "en", domain: str = "errors"
) -> Translations:
    """Return the languages of a folder with `<language>/LC_MESSAGES/<domain>.po`, or `.mo` where there is no `.po`.

    `default` is the language that the types are declared in. The texts of errata
    itself are there in German; without a folder they are all there is. Raises
    CatalogError for a file that cannot be read, and for a translation whose fields
    are not those of the declared text.
    """
    files = {} if folder is None else files_below(Path(folder), domain)
    shipped = shipped_files()
    sources = [(tag, entries_in(file, tag)) for table in (shipped, files) for tag, file in table.items()]
    tags = dict.fromkeys([tag_of(locale_of(default, "default")), *(files or shipped)])
    return Translations({tag: _texts(tag, sources) for tag in tags})


def _texts(tag: str, sources: list[tuple[str, dict[str, Entry]]]) -> Texts:
    """Return all that can be said in a language: what `de-AT` has not is said as in `de`."""
    entries: dict[str, Entry] = {}
    for step in _less_specific(tag):
        for own, found in sources:
            entries |= found if own == step else {}
    return Texts(locale_of(tag, tag), entries)


def _less_specific(tag: str) -> Iterator[str]:
    """Yield a tag and those it belongs to, the most general first."""
    subtags = tag.split("-")
    yield from ("-".join(subtags[:count]) for count in range(1, len(subtags) + 1))


def _in_words_of(speaker: Speaker, problem: Problem, error: Error | None) -> Problem:
    changes: dict[str, Any] = {
        "title": speaker.plain(problem.title),
        "detail": _own_detail(speaker, problem.detail, error) or speaker.said(problem.detail),
    }
    if problem.violations:
        violations = [(each, speaker.said(each.detail)) for each in problem.violations]
        changes["violations"] = tuple(msgspec.structs.replace(v, detail=text) if text else v for v, text in violations)
    if problem.problems:
        changes["problems"] = tuple(_in_words_of(speaker, inner, None) for inner in problem.problems)
    return problem.replace(**{name: value for name, value in changes.items() if value is not None})


def _own_detail(speaker: Speaker, detail: str | None, error: Error | None) -> str | None:
    """Return the detail of an error's own type, with its parameters; None when the problem says something else."""
    if error is None or not error.problem_type.detail:
        return None
    row, params = error.problem_type, error.params
    with suppress(Exception):  # a parameter that cannot be printed
        if occurrence(row, params).detail == detail:
            return speaker.declared(row.detail or "", {name: params[name] for name in row.public if name in params})
    return None
