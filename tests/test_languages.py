"""Languages: catalogs of gettext, the choice of a language, and texts that fall back and never fail."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog as Po
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

import errata._standard
from errata import Catalog, Contract, Error, Internal, NotFound, Problem, Request, Secret, ValidationFailed, Violation
from errata._catalog import CatalogError
from errata._kind import title_of
from errata.languages import Translations, template, translations
from errata.servers.fastapi import install
from errata.validation import _words

HEAD = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""
LANGUAGES_OF_ERRATA = translations()


class NoSuchOrder(Error, status=404, code="ORDER_UNKNOWN"):
    """There is no such order."""

    detail = "There is no order {number}."
    number: int
    asked_by: Internal[str] = ""
    token: Secret[str] = ""


class Owed(Error, status=402, code="OWED"):
    """Something is to be paid."""

    title = "Payment due"
    detail = "{amount:,.2f} are due since {since}, {rate} a day, {plain} in all."
    amount: float
    since: date
    rate: Decimal
    plain: int


class CaseClosed(Error, status=403, code="CLOSED"):
    """Too late."""

    detail = "Closed for {days} days."
    days: int


def tree(folder: Path, domain: str = "errors", **texts: str) -> Path:
    """Write catalogs, by the name of the language, below a folder."""
    for name, text in texts.items():
        file = folder / name / "LC_MESSAGES" / f"{domain}.po"
        file.parent.mkdir(parents=True)
        file.write_text(HEAD + text, "utf-8")
    return folder


def entry(declared: str, *forms: str, plural: str | None = None) -> str:
    """Return an entry of a catalog."""
    if plural is None:
        return f'msgid "{declared}"\nmsgstr "{forms[0]}"\n\n'
    lines = [f'msgstr[{n}] "{form}"' for n, form in enumerate(forms)]
    return "\n".join([f'msgid "{declared}"', f'msgid_plural "{plural}"', *lines]) + "\n\n"


def said(languages: Translations, error: Error, language: str) -> Problem:
    """Return the problem of an error in a language."""
    return languages.spoken(error.problem, error, language)[0]


def fault_in(language: str, text: str, languages: Translations = LANGUAGES_OF_ERRATA) -> str | None:
    """Return the text of a violation in a language."""
    error = ValidationFailed(violations=(Violation(path=("a",), detail=text, code="x"),))
    (violation,) = said(languages, error, language).violations
    assert (("a",), "x") == (violation.path, violation.code)
    return violation.detail


# ---- which language ----


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "en"),
        ("", "en"),
        ("de", "de"),
        ("DE-de", "de-DE"),
        ("de-AT", "de"),
        ("de-CH-1996", "de"),
        ("de_CH", "de"),
        ("fr, de;q=0.5", "de"),
        ("de;q=0.5, pt-BR", "pt-BR"),
        ("de;q=0.5, en;q=0.6", "en"),
        ("en-GB, de;q=0.9", "en"),
        ("pt", "pt-BR"),
        ("pt-PT, de;q=0.1", "de"),
        ("zh-Hant-x-old, de;q=0.1", "zh-Hant"),
        ("zh-Hant-a-b-CN", "zh-Hant"),
        ("*", "en"),
        ("fr, *;q=0.1", "en"),
        ("en;q=0, *", "de"),
        ("en;q=0", "en"),
        ("*;q=0", "en"),
        ("de;q=0, de-DE", "en"),
        ("de;q=high, pt-BR;q=0.1", "pt-BR"),
        ("de;q=nan", "en"),
        ("de;q=-1", "en"),
        ("de;q=7, en", "de"),
        (";;,,q=1,=,\x00,--,de-,1234567890", "en"),
        ("de-" + "a" * 9, "en"),
        ("xx," * 60 + "de", "en"),
        ("x" * 5_000 + ",de", "en"),
    ],
)
def test_best_language_is_looked_up(tmp_path: Path, accept: str | None, expected: str) -> None:
    """The ranges are looked up by weight, each shortened until a language fits; garbage and excess are left out."""
    folder = tree(tmp_path, **dict.fromkeys(["de", "de_DE", "pt_BR", "zh_Hant"], ""))
    languages = translations(folder)
    assert ("en", "de", "de-DE", "pt-BR", "zh-Hant") == languages.tags
    assert expected == languages.choose(accept)


@given(st.text() | st.lists(st.sampled_from(["de", "-", ";", "q=", "0", ",", "*", "en", " "])).map("".join))
def test_any_field_chooses_a_language(accept: str) -> None:
    """Whatever a client sends, one of the languages is chosen."""
    assert LANGUAGES_OF_ERRATA.choose(accept) in LANGUAGES_OF_ERRATA.tags


def test_default_may_be_another_language(tmp_path: Path) -> None:
    """The types may be declared in any language; that one is the default, and errata's texts are said in it."""
    languages = translations(tree(tmp_path, en=entry("Bestellung unbekannt", "No such order")), default="de")
    assert ("de", "en") == languages.tags
    assert "Nicht gefunden" == said(languages, NotFound(), "de").title
    assert "Not Found" == said(languages, NotFound(), "en").title


# ---- what is said ----


def test_values_are_spelled_as_the_language_has_them(tmp_path: Path) -> None:
    """Numbers have the marks of the language, groups only where the template asks for them; dates its form."""
    text = "Seit {since} sind {amount} fällig, {rate} pro Tag, {plain} insgesamt."
    languages = translations(tree(tmp_path, de=entry(Owed.detail or "", text) + entry("Payment due", "Zahlung fällig")))
    owed = Owed(amount=12345.5, since=date(2026, 3, 9), rate=Decimal("0.25"), plain=1234567)
    assert "12,345.50 are due since 2026-03-09, 0.25 a day, 1234567 in all." == owed.problem.detail
    problem = said(languages, owed, "de")
    assert "Seit 09.03.2026 sind 12.345,50 fällig, 0,25 pro Tag, 1234567 insgesamt." == problem.detail
    assert "Zahlung fällig" == problem.title
    assert owed.problem.extensions == problem.extensions
    assert owed.problem == problem.replace(title=owed.problem.title, detail=owed.problem.detail)


MOMENT = datetime(2026, 3, 9, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "field", "expected"),
    [
        (1234567, "{v:,}", "12,34,567"),
        (1234567, "{v:n}", "12,34,567"),
        (1234567.891, "{v:,.1f}", "12,34,567.9"),
        (1234567.891, "{v:.0f}", "1234568"),
        (1234567.891, "{v}", "1234567.891"),
        (7, "{v:05d}", "00007"),
        (True, "{v}", "True"),
        ("1234.5", "{v}", "1234.5"),
        (None, "{v}", "None"),
        (MOMENT, "{v}", "9 मार्च 2026, 2:05:00 pm UTC"),
        (MOMENT.replace(tzinfo=None), "{v:%Y}", "9 मार्च 2026, 2:05:00 pm"),
        (MOMENT.date(), "{v:full}", "सोमवार, 9 मार्च 2026"),
        (MOMENT.date(), "{v:yyyy}", "2026"),
        (time(14, 5), "{v:short}", "2:05 pm"),
    ],
)
def test_formats_of_a_template_are_kept(tmp_path: Path, value: Any, field: str, expected: str) -> None:
    """Digits are grouped in lakhs in Hindi, widths are kept, dates have the form that the field names."""
    said_of = type("SaidOf", (Error,), {"detail": f"It is {field}.", "__annotations__": {"v": object}}, status=400)
    languages = translations(tree(tmp_path, hi=entry(f"It is {field}.", "{v}")))
    assert expected == (said(languages, said_of(v=value), "hi").detail or "").replace("\u202f", " ")


def test_optional_parameter_that_is_not_given_is_a_question_mark(tmp_path: Path) -> None:
    """A received error lacks parameters: the translation has a question mark where the declared text has one."""
    languages = translations(tree(tmp_path, de=entry("There is no order {number}.", "Keine Bestellung {number}.")))
    received = NoSuchOrder.received(Problem(status=404, detail="There is no order ?."))
    assert "Keine Bestellung ?." == said(languages, received, "de").detail
    short: Any = type("Short", (Error,), {"detail": "{a}: {b}", "__annotations__": {"a": int, "b": int}}, status=400)
    languages = translations(tree(tmp_path / "short", de=entry("{a}: {b}", "{b} ({a})")))
    assert "? (?)" == said(languages, short.received(Problem(status=400, detail="?: ?")), "de").detail


def test_text_of_somebody_else_is_recognised_or_stays(tmp_path: Path) -> None:
    """A detail that is not the type's own is translated when it is a declared text, and stays when it is none."""
    languages = translations(tree(tmp_path, de=entry("There is no order {number}.", "Keine Bestellung {number}.")))
    known = NotFound(Problem(status=404, detail="There is no order 8."))
    other = NoSuchOrder.received(Problem(status=404, detail="Gone fishing."))
    assert "Keine Bestellung 8." == said(languages, known, "de").detail
    assert "Gone fishing." == said(languages, other, "de").detail


def test_inner_problems_are_translated(tmp_path: Path) -> None:
    """Inner problems and their violations are said in the language; their codes stay."""
    inner = Problem(status=404, code="x", title="Not Found", violations=(Violation(detail="is required", code="y"),))
    outer = NotFound(Problem(status=404, problems=(inner, Problem(detail="as it was"))))
    first, second = said(LANGUAGES_OF_ERRATA, outer, "de").problems
    assert ("x", "Nicht gefunden", "ist erforderlich", "y") == (
        first.code,
        first.title,
        first.violations[0].detail,
        first.violations[0].code,
    )
    assert "as it was" == second.detail


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("must be 12 or fewer characters", "darf höchstens 12 Zeichen haben"),
        ("must be 3 or more", "muss mindestens 3 sein"),
        ("must be 3 or more and 5 or less", "muss mindestens 3 und darf höchstens 5 sein"),
        ("must be 1.5 or less", "darf höchstens 1,5 sein"),
        ("must be 2026-01-01 or more", "muss mindestens 2026-01-01 sein"),
        ("must have 1 or more items", "muss mindestens 1 Eintrag haben"),
        ("must have 2 or more items", "muss mindestens 2 Einträge haben"),
        ("must be 'a'", "muss 'a' sein"),
        ("must be 'a', 'b' or 'c'", "muss 'a', 'b' oder 'c' sein"),
        ("must be 1, 2 or None", "muss 1, 2 oder None sein"),
        ("must be text or an integer", "muss Text oder eine ganze Zahl sein"),
        ("must be of one of the kinds 'cat', 'dog'", "muss von einer der Arten 'cat' oder 'dog' sein"),
        ("must be text", "muss Text sein"),
        ("must be positive", "must be positive"),
        ("must be later than its start", "must be later than its start"),
        ("must be " + "9" * 2_000, "must be " + "9" * 2_000),
        ("must be {}", "must be {}"),
        ("", ""),
        ("must be ", "must be "),
    ],
)
def test_texts_of_violations_are_recognised(english: str, german: str) -> None:
    """A filled text is known by its fixed parts, the most specific one first; words of others are left alone."""
    assert german == fault_in("de", english)
    assert english == fault_in("en", english)


def test_frame_of_a_house_rule_is_recognised_around_a_fault(tmp_path: Path) -> None:
    """A sentence made of a name and a fault is said in the language as a whole."""
    languages = translations(tree(tmp_path, de=entry("The field {name} {fault}.", "Das Feld {name} {fault}.")))
    assert "Das Feld a.b darf höchstens 3 Zeichen haben." == fault_in(
        "de", "The field a.b must be 3 or fewer characters.", languages
    )
    assert "Das Feld a.b smells funny." == fault_in("de", "The field a.b smells funny.", languages)
    twice = "The field a The field b must be 3 or fewer characters.."
    assert "Das Feld a Das Feld b must be 3 or fewer characters.." == fault_in("de", twice, languages)  # one inside


def test_same_field_twice_has_one_value(tmp_path: Path) -> None:
    """A text is not recognised when one field would have two values, nor when its fields touch."""
    texts = entry("from {a} to {a} only", "nur {a}") + entry("with {a}{b} inside", "{a} {b}") + entry("{a}: x", "{a}")
    languages = translations(tree(tmp_path, de=texts))
    assert "nur 3" == fault_in("de", "from 3 to 3 only", languages)
    assert "from 3 to 4 only" == fault_in("de", "from 3 to 4 only", languages)
    assert "with 12 inside" == fault_in("de", "with 12 inside", languages)
    assert "y: x" == fault_in("de", "y: x", languages)  # too little of it is fixed


# ---- what falls back ----


def test_region_falls_back_to_its_language_and_that_to_the_declared_text(tmp_path: Path) -> None:
    """What the catalog of a region lacks is said as in its language, with errata's own texts, else as declared."""
    folder = tree(tmp_path, de=entry("Payment due", "Zahlung") + entry("Only German", "Nur Deutsch"), de_AT="")
    (folder / "de_AT/LC_MESSAGES/errors.po").write_text(HEAD + entry("Payment due", "Begleichung"), "utf-8")
    languages = translations(folder)
    titles = [Problem(title=title) for title in ("Payment due", "Only German", "Not Found", "As declared")]
    assert ["Begleichung", "Nur Deutsch", "Nicht gefunden", "As declared"] == [
        languages.spoken(problem, NotFound(), "de-AT")[0].title for problem in titles
    ]


def test_own_translation_replaces_that_of_errata(tmp_path: Path) -> None:
    """A text of errata that the own catalog translates is said as that catalog has it."""
    languages = translations(tree(tmp_path, de=entry("Not Found", "Nix da") + entry("must be {} or more", "ab {}")))
    assert "Nix da" == said(languages, NotFound(), "de").title
    assert "ab 3" == fault_in("de", "must be 3 or more", languages)


def test_unknown_language_changes_nothing() -> None:
    """A language that is not spoken leaves a problem as it is."""
    assert NotFound().problem == said(LANGUAGES_OF_ERRATA, NotFound(), "tlh")


class Awkward:
    """A value that prints, but only once for each format."""

    def __init__(self) -> None:
        self.left = 2

    def __format__(self, spec: str) -> str:
        self.left -= 1
        if self.left < 0:
            raise RuntimeError("printed too often")
        return "x"


def test_value_that_cannot_be_spelled_leaves_the_declared_text(tmp_path: Path) -> None:
    """A formatter that raises in the middle of a translation has changed nothing."""
    said_of = type("SaidOf", (Error,), {"detail": "It is {v}.", "__annotations__": {"v": object}}, status=400)
    languages = translations(tree(tmp_path, de=entry("It is {v}.", "Es ist {v:yyyy}.")))
    assert "It is x." == said(languages, said_of(v=Awkward()), "de").detail
    assert "It is nan." == said(languages, said_of(v=float("nan")), "de").detail


def test_plural_form_follows_the_one_number(tmp_path: Path) -> None:
    """An entry with forms for numbers takes that of its only integer; without one, the declared text stays."""
    counted = entry("Closed for {days} day.", "Seit einem Tag zu.", "Seit {days} Tagen zu.", plural=CaseClosed.detail)
    languages = translations(tree(tmp_path, de=counted))
    assert ["Seit einem Tag zu.", "Seit 2 Tagen zu.", "Seit 0 Tagen zu.", "Seit -5 Tagen zu."] == [
        said(languages, CaseClosed(days=days), "de").detail for days in (1, 2, 0, -5)
    ]
    assert "Closed for 1.5 days." == said(languages, CaseClosed(days=1.5), "de").detail  # type: ignore[arg-type]
    assert "Closed for True days." == said(languages, CaseClosed(days=True), "de").detail
    assert "Seit einem Tag zu." == fault_in("de", "Closed for 1 day.", languages)


def test_default_language_may_have_a_catalog_too(tmp_path: Path) -> None:
    """A catalog of the language that the types are declared in gives them plural forms."""
    counted = entry(
        "Closed for {days} day.", "Closed for one day.", "Closed for {days} days.", plural=CaseClosed.detail
    )
    languages = translations(tree(tmp_path, en=counted))
    assert ("en",) == languages.tags
    assert "Closed for one day." == said(languages, CaseClosed(days=1), "en").detail


# ---- catalogs ----


@pytest.mark.parametrize(
    ("text", "line", "fault"),
    [
        (entry("It is {a}.", "Es ist {b}."), 6, "it has the field {b}, which the declared text has not; use {a}"),
        (entry("It is.", "Es ist {token}."), 6, "it has the field {token}, which the declared text has not; use none"),
        (entry("It is {a}.", "Es ist."), 6, "the field {a} is missing; use {a}"),
        (entry("It is {a}.", "Es ist {a."), 6, "expected '}' before end of string"),
        (entry("It is {a}.", "Es ist {a.__class__}."), 6, "the field {a.__class__} is more than a name and a format"),
        (entry("It is {a}.", "Es ist {a!r}."), 6, "the field {a} is more than a name and a format"),
        (entry("It is {a}.", "Es ist {a:{a}}."), 6, "the field {a} is more than a name and a format"),
        (entry("It is {a}.", "Es ist {a:>10000}."), 6, "the format of {a} is too wide; stay below 10000"),
        (entry("It is {a}.", "Es ist {a:>9999}."), None, None),
        (entry("{a} of {b}", "{a}", "{b}", plural="{a}s of {b}"), None, None),
        (entry("{a} of {b}", "eins", "{b}", plural="{a}s of {b}"), 6, "the field {a} is missing; use {a}, {b}"),
        (entry("{a} day", "ein Tag", "", plural="{a} days"), 6, "it needs 2 forms"),
        (entry("ok", "gut") + entry("{a} day", "ein Tag", plural="{a} days"), 9, "it needs 2 forms"),
    ],
)
def test_translation_with_other_fields_is_refused(
    tmp_path: Path, text: str, line: int | None, fault: str | None
) -> None:
    """A translation whose fields are not those of the declared text is refused with its file and line."""
    folder = tree(tmp_path, de=text)
    if fault is None:
        translations(folder)
        return
    with pytest.raises(CatalogError) as refused:
        translations(folder)
    assert f"{folder}/de/LC_MESSAGES/errors.po, line {line}: the translation of " in str(refused.value)
    assert fault in str(refused.value)


UNKNOWN_CHARSET = b"""msgid ""
msgstr "Content-Type: text/plain; charset=klingon\\n"

msgid "a"
msgstr "b"
"""
BAD_PLURALS = b"""msgid ""
msgstr "Plural-Forms: nplurals=2; plural=n(;\\n"

msgid "{n} a"
msgid_plural "{n} b"
msgstr[0] "{n} c"
msgstr[1] "{n} d"
"""
MANY_PLURALS = BAD_PLURALS.replace(b"nplurals=2; plural=n(;", b"nplurals=9999; plural=n;")


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("de", b"nonsense", "errors.po, line 1: Unknown or misformatted keyword"),
        ("de", b"\xff\xfe", "errors.po: cannot be read"),
        ("de", UNKNOWN_CHARSET, "errors.po: cannot be read (unknown encoding: klingon)"),
        ("de", BAD_PLURALS, "errors.po, line 4: the translation of '{n} b': "),
        ("de", MANY_PLURALS, "errors.po: no language has that many plural forms (nplurals=999...); see Plural-Forms"),
        ("klingon", b"", "'klingon' is no language that is known; use a name such as de or pt_BR"),
    ],
)  # fmt: skip
def test_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str, content: bytes, fault: str) -> None:
    """A file that is no catalog, or of no language, is refused with its name."""
    file = tree(tmp_path, **{name: ""}) / name / "LC_MESSAGES/errors.po"
    file.write_bytes(content)
    with pytest.raises(CatalogError) as refused:
        translations(tmp_path)
    assert fault in str(refused.value)
    assert str(tmp_path) in str(refused.value)


def test_folder_without_catalogs_is_refused(tmp_path: Path) -> None:
    """A folder with nothing to read is a mistake; so is a default that is no language."""
    with pytest.raises(CatalogError, match=r"there is no <language>/LC_MESSAGES/shop\.po"):
        translations(tree(tmp_path, de=""), domain="shop")
    with pytest.raises(CatalogError, match="default: 'none' is no language"):
        translations(default="none")


def test_compiled_catalog_counts_where_there_is_no_source(tmp_path: Path) -> None:
    """A `.mo` is read, and a `.po` beside it goes first: it cannot be out of date."""
    compiled = Po(locale="de")
    compiled.add("Not Found", "aus mo")
    compiled.add(("Closed for {days} day.", CaseClosed.detail), ("ein Tag", "{days} Tage"))
    folder = tmp_path / "de/LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "errors.mo").open("wb") as file:
        write_mo(file, compiled)
    languages = translations(tmp_path)
    assert "aus mo" == said(languages, NotFound(), "de").title
    assert "3 Tage" == said(languages, CaseClosed(days=3), "de").detail
    (folder / "errors.po").write_text(HEAD + entry("Not Found", "aus po"), "utf-8")
    assert "aus po" == said(translations(tmp_path), NotFound(), "de").title


def test_mistake_in_a_compiled_catalog_is_refused(tmp_path: Path) -> None:
    """A compiled catalog has no lines: the file and the entry are named."""
    compiled = Po(locale="de")
    compiled.add("It is {a}.", "Es ist {b}.")
    file = tmp_path / "de/LC_MESSAGES/errors.mo"
    file.parent.mkdir(parents=True)
    with file.open("wb") as stream:
        write_mo(stream, compiled)
    with pytest.raises(CatalogError, match=r"errors\.mo: the translation of 'It is \{a\}\.': it has the field \{b\}"):
        translations(tmp_path)
    file.write_bytes(b"\x95\x04\x12\xde")
    with pytest.raises(CatalogError, match=r"errors\.mo: cannot be read"):
        translations(tmp_path)


def test_entries_that_are_not_meant_are_left_out(tmp_path: Path) -> None:
    """Fuzzy, obsolete and empty entries, those with a context, and those of other programs are left out."""
    text = (
        "#, fuzzy\n" + entry("Not Found", "falsch")
        + '#~ msgid "Gone"\n#~ msgstr "falsch"\n\n'
        + 'msgctxt "menu"\n' + entry("Conflict", "falsch")
        + entry("Locked", "")
        + entry("100 %(done)s {", "100 %(done)s {")
        + entry("{a.b} of {0!r}", "{c}")
    )  # fmt: skip
    languages = translations(tree(tmp_path, fr=text))
    for title in ("Not Found", "Gone", "Conflict", "Locked", "100 %(done)s {"):
        assert title == languages.spoken(Problem(title=title), NotFound(), "fr")[0].title


def test_doubled_braces_are_braces(tmp_path: Path) -> None:
    """A text with braces is declared and translated with doubled ones, as templates are."""

    class Braced(Error, status=400):
        detail = "Write {{name}}."

    languages = translations(tree(tmp_path, de=entry("Write {{name}}.", "Schreibe {{name}}.")))
    assert "Write {name}." == Braced().problem.detail
    assert "Schreibe {name}." == said(languages, Braced(), "de").detail
    assert "Schreibe {name}." == fault_in("de", "Write {name}.", languages)


# ---- errata's own texts ----


def own_texts() -> Iterator[str]:
    """Yield all texts that errata itself says."""
    for cls in vars(errata._standard).values():  # noqa: SLF001 - the table of the core
        if isinstance(cls, type) and issubclass(cls, Error) and cls is not Error:
            yield from filter(None, (cls.problem_type.title, cls.problem_type.detail))
    yield from map(title_of, [*range(400, 600), None])
    for name, word in vars(_words).items():
        if name.isupper() and isinstance(word, tuple):
            yield word[1]


@pytest.mark.parametrize("text", dict.fromkeys(own_texts()))
def test_own_texts_are_there_in_german(text: str) -> None:
    """Each text of errata has a translation, and is recognised with values in its fields."""
    limits = ["3", "7"][: text.count("{}")]
    filled = text.format(*limits)
    german = fault_in("de", filled)
    assert german not in {None, filled}
    assert all(limit in (german or "") for limit in limits)


def test_own_catalog_has_nothing_else() -> None:
    """No translation is left over from a text that errata does not say any more."""
    with (Path(errata.__file__).parent / "languages/de.po").open("rb") as file:
        messages = [message for message in read_po(file) if message.id]
    nouns = {message.id for message in messages if "one of several" in message.auto_comments[0]}
    words = {text.removeprefix("must be ") for text in own_texts()}
    ids = {message.id if isinstance(message.id, str) else message.id[0] for message in messages}
    assert set() == nouns - words
    assert {"must have a length of {} to {}"} == ids - set(own_texts()) - nouns  # it has two limits, and one word


# ---- in an API ----


class Order(BaseModel):
    """What is ordered."""

    sku: str = Field(max_length=3)
    amount: int = Field(ge=1)


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    """An application that speaks English and German."""
    text = entry("There is no order {number}.", "Es gibt keine Bestellung {number}.") + entry(
        "No such order", "Unbekannt"
    )
    contract = Contract(Catalog([NoSuchOrder]), languages=translations(tree(tmp_path, de=text)))
    app = FastAPI()

    @app.get("/orders/{number}")
    async def order(number: int) -> int:
        if number:
            raise NoSuchOrder(number=number, asked_by="mrs-b", token="s3cr3t")
        raise RuntimeError("s3cr3t")

    @app.post("/orders")
    async def place(order: Order) -> Order:
        return order

    return TestClient(install(app, contract), raise_server_exceptions=False)


def test_errors_of_an_application_are_in_the_language_of_the_reader(client: TestClient) -> None:
    """What is raised, what the framework refuses and what nobody foresaw is said in German, and in nothing else."""
    german = {"accept-language": "de-CH, en;q=0.3"}
    raised = client.get("/orders/7", headers=german)
    assert ("Unbekannt", "Es gibt keine Bestellung 7.", "ORDER_UNKNOWN", 7) == tuple(
        raised.json()[name] for name in ("title", "detail", "code", "number")
    )
    assert ("de", "Accept-Language") == (raised.headers["content-language"], raised.headers["vary"])
    assert "s3cr3t" not in raised.text
    assert "mrs-b" not in raised.text
    invalid = client.post("/orders", json={"sku": "abcd", "amount": 0}, headers=german).json()
    assert ("Nicht verarbeitbarer Inhalt", "Die Anfrage ist nicht gültig.") == (invalid["title"], invalid["detail"])
    assert ["darf höchstens 3 Zeichen haben", "muss mindestens 1 sein"] == [e["detail"] for e in invalid["errors"]]
    assert "Interner Serverfehler" == client.get("/orders/0", headers=german).json()["title"]
    assert "Methode nicht erlaubt" == client.put("/orders/7", headers=german).json()["title"]
    english = client.get("/orders/7")
    assert ("en", "Accept-Language") == (english.headers["content-language"], english.headers["vary"])
    assert "There is no order 7." == english.json()["detail"]


def test_type_in_place_of_a_standard_one_is_translated(tmp_path: Path) -> None:
    """The text of the API's own type, which stands for a standard class, is the one that is translated."""

    class Nothing(Error, status=404, code="N"):
        detail = "Nothing here."

    languages = translations(tree(tmp_path, de=entry("Nothing here.", "Hier ist nichts.")))
    contract = Contract(Catalog([Nothing]), fallbacks={NotFound: Nothing}, languages=languages)
    request = Request(headers={"accept-language": "de"})
    assert "Hier ist nichts." == contract.problem(NotFound(), request).detail


def test_language_that_is_really_spoken_is_told(tmp_path: Path) -> None:
    """Beside the problem stands the language its texts are in: the default when nothing was translated."""
    folder = tree(tmp_path, de=entry("Payment due", "Zahlung"), de_AT=entry("No such order", "Unbekannt"))
    languages = translations(folder)
    plain = type("Plain", (Error,), {}, status=400)
    owed = Owed(amount=1.0, since=date(2026, 1, 1), rate=Decimal(1), plain=1)
    assert ["de-AT", "de", "en", "en"] == [
        languages.spoken(error.problem, error, accept)[1]
        for error, accept in ((NoSuchOrder(number=1), "de-AT"), (owed, "de-AT"), (plain(), "de"), (owed, "fr"))
    ]


# ---- for translators ----


def test_template_has_every_text_with_the_types_that_say_it() -> None:
    """The template names each text of a contract once, with its types in comments, and none that clients never see."""

    class Hidden(Error, status=404, code="H", alias="no-such-order"):
        title = "Hidden"
        number: int

    class Taken(Error, status=409, code="T"):
        title = "Use {braces}"
        violations: tuple[Violation, ...] = (Violation(detail="is taken by somebody"),)

    contract = Contract(Catalog([NoSuchOrder, CaseClosed, Hidden]), name="shop", exceptions={KeyError: Taken})
    text = template(contract, counted=["case-closed"], further=["The field {name} {fault}."])
    po = read_po(text.encode().splitlines(keepends=True))
    assert ["no-such-order: 404 ORDER_UNKNOWN, detail"] == po["There is no order {number}."].auto_comments
    assert ("Closed for {days} days.",) * 2 == po["Closed for {days} days."].id
    assert {"Use {{braces}}", "is taken by somebody", "The field {name} {fault}.", "must be {} or more"} <= {
        message.id for message in po
    }
    assert "Hidden" not in text
    assert text == template(contract, counted=["case-closed"], further=["The field {name} {fault}."])
    own = read_po(template(contract, own=True).encode().splitlines(keepends=True))
    assert "Not Found" not in own
    assert "There is no order {number}." in own


def test_tools_of_babel_take_the_template(tmp_path: Path) -> None:
    """`pybabel init`, `update` and `compile` work on the template; what they make is read."""
    contract = Contract(Catalog([NoSuchOrder]))
    pot, folder = tmp_path / "errors.pot", tmp_path / "locale"
    pot.write_text(template(contract), "utf-8")

    def pybabel(command: str, *more: str) -> None:
        words = [sys.executable, "-m", "babel.messages.frontend", command, "-D", "errors", "-d", str(folder), *more]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert 0 == done.returncode, done.stderr

    pybabel("init", "-i", str(pot), "-l", "fr")
    file = folder / "fr/LC_MESSAGES/errors.po"
    file.write_text(file.read_text("utf-8").replace('"There is no order {number}."\nmsgstr ""',
                    '"There is no order {number}."\nmsgstr "Pas de commande {number}."'), "utf-8")  # fmt: skip
    pybabel("update", "-i", str(pot), "-l", "fr")
    pybabel("compile", "-l", "fr")
    for _ in range(2):
        assert "Pas de commande 7." == said(translations(folder), NoSuchOrder(number=7), "fr").detail
        file.unlink(missing_ok=True)  # the second time the compiled one is read


def test_missing_package_is_named() -> None:
    """Without Babel the import says which extra brings it."""
    script = "import sys; sys.modules['babel'] = None; import errata.languages"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "ImportError: errata.languages needs babel; run: pip install 'errata[languages]'" in done.stderr
