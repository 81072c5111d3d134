"""Tables of error codes as pages export them: columns glued together, rows split, banners in between.

A row starts with a number. Where the columns are glued, the boundary is a
capital letter inside a word (`not foundEntity was`). Several such places are
judged by what tables of errors look like: the description takes up the words of
the message, and a word that occurs elsewhere on the page (`errorCode`) is one
word, not two. Rows of statuses are cut behind the reason phrase.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Final, NamedTuple

from msgspec import Struct

from errata._body import Finding
from errata._catalog import Catalog, ProblemType
from errata._kind import title_of
from errata.samples._lexer import ODD_SPACE
from errata.samples._notes import Notes, shown

_MAX_TEXT: Final = 1_048_576
_MAX_LINE: Final = 2_000
_UNKNOWN_STATUS: Final = 500

_ODD: Final = re.compile(f"[{ODD_SPACE}]")
_ROW: Final = re.compile(r"[|\s]*+`?([0-9]{3,9})`?(?:\s*+\|)?+\s*+(?=[^\W\d_])")
_ALONE: Final = re.compile(r"[|\s]*+`?([0-9]{3,9})`?[|\s]*+")
_CELLS: Final = re.compile(r"\s*+\|\s*+|\t\s*+|\s{2,}+")
_WORD: Final = re.compile(r"[^\W_]++")
_SENTENCE_END: Final = re.compile(r"[.;!?](?=\s|[^\W\d_])")
_BANNERS: Final = ("old version of", "previous version", "outdated version", "archived version", "superseded")


class CatalogReading(Struct, frozen=True):
    """What was found in a page: the types by code, the HTTP statuses it explains, and what was odd.

    `statuses` has the text of each status row as title and its description as
    docs. Where a page does not say which status a code goes with, the type has
    status 500 and kind `unknown`, to be filled in.
    """

    catalog: Catalog
    statuses: Mapping[int, ProblemType]
    findings: tuple[Finding, ...] = ()


class _Row(NamedTuple):
    number: str
    title: str
    description: str


def import_catalog(text: str, *, name: str = "") -> CatalogReading:
    """Return the catalog that the tables of a page hold; total, what cannot be read is a finding."""
    notes = Notes()
    lines = _lines(text, notes)
    statuses: dict[int, ProblemType] = {}
    rows: dict[str, _Row] = {}
    for row, is_status in _Table(lines, notes).rows():
        if is_status and int(row.number) not in statuses:
            statuses[int(row.number)] = _status_type(row)
        elif not is_status and row.number not in rows:
            rows[row.number] = row
        else:
            notes.add("repeated-row", f"{row.number} has a row already; the first one counts")
    if rows:
        notes.add("unknown-status", f"the page gives no status for {len(rows)} codes; 500 stands in for it")
    return CatalogReading(_catalog(rows, name, notes), statuses, notes.findings)


def _lines(text: str, notes: Notes) -> list[str]:
    if len(text) > _MAX_TEXT:
        notes.add("too-large", f"the page was cut after {_MAX_TEXT} characters")
    plain, odd = _ODD.subn(" ", text[:_MAX_TEXT])
    if odd:
        notes.add("no-break-space", f"{odd} no-break or zero-width spaces were read as blanks")
    lines = [line.rstrip()[:_MAX_LINE] for line in plain.splitlines()]
    for number, line in enumerate(lines, 1):
        if any(banner in line.lower() for banner in _BANNERS):
            notes.add("old-version", f"the page says that it is out of date: {shown(line.strip())}", f"line {number}")
    return lines


# ---- rows ----


class _Table:
    """Walks down a page from row to row."""

    def __init__(self, lines: list[str], notes: Notes) -> None:
        self.lines = lines
        self.notes = notes
        self.words = Counter(word for line in lines for word in _WORD.findall(line))

    def rows(self) -> Iterator[tuple[_Row, bool]]:
        """Yield each row, and whether it explains an HTTP status rather than a code.

        A number at the start of a line is no row by itself: another row stands
        directly above or below. Only between numbers that stand alone, as in rows
        split over lines, there may be blank lines.
        """
        heading, index, above, blank = "", 0, False, False
        while index < len(self.lines):
            line, start = self.lines[index], index
            number, cells, index = self._row(index)
            alone = _ALONE.fullmatch(line) is not None
            if cells and ((above and (alone or not blank)) or self._row_is_next(index, alone=alone)):
                cells = self._columns(cells, number, start)
                yield _Row(number, cells[0], " ".join(cells[1:])), _is_status(number, cells[0], heading)
                above, blank = True, False
            elif line.strip():
                heading, index, above, blank = line.lower(), start + 1, False, False
            else:
                blank = True

    def _row(self, index: int) -> tuple[str, list[str], int]:
        """Return number and cells of the row that starts on a line, and where the next line is; no cells: no row."""
        line = self.lines[index]
        if alone := _ALONE.fullmatch(line):
            cells, index = self._cells_below(index + 1)
            return alone[1], cells, index
        found = _ROW.match(line)
        return (found[1], [line[found.end() :]], index + 1) if found else ("", [], index + 1)

    def _cells_below(self, index: int) -> tuple[list[str], int]:
        """Return the message and the description that stand below a number, and where the table goes on."""
        index = self._skip_blank(index)
        cells: list[str] = []
        while index < len(self.lines) and len(cells) < 2 and _is_cell(self.lines[index]):
            cells.append(self.lines[index].strip(" |"))
            index += 1
        return cells, index

    def _skip_blank(self, index: int) -> int:
        while index < len(self.lines) and not self.lines[index].strip():
            index += 1
        return index

    def _row_is_next(self, index: int, *, alone: bool) -> bool:
        below = self.lines[index : index + 1]
        if below and _starts_row(below[0]):
            return True
        index = self._skip_blank(index)
        return alone and index < len(self.lines) and _ALONE.fullmatch(self.lines[index]) is not None

    def _columns(self, cells: list[str], number: str, line: int) -> list[str]:
        """Return the columns of a row: as split over lines, as separated, or as told apart."""
        place = f"line {line + 1}"
        if _ALONE.fullmatch(self.lines[line]):
            self.notes.add("split-row", f"the row of {number} is split over {len(cells) + 1} lines", place)
            return cells
        rest = cells[0].strip(" |\t")
        separated = [cell for cell in _CELLS.split(rest) if cell]
        if len(separated) > 1:
            return separated
        phrase = _phrase(number, rest)
        at = len(phrase) if phrase else _boundary(rest, self.words)
        if at is None:
            self.notes.add("unsplit-row", f"{number}: the message was not told from the description", place)
            return [rest]
        if rest[at:] and not rest[at].isspace():
            self.notes.add("glued-columns", f"{number}: {shown(rest[:at])} is glued to the next column", place)
        return [cell for cell in (rest[:at].strip(), rest[at:].strip()) if cell] or [number]


def _is_cell(line: str) -> bool:
    return bool(line.strip()) and not _starts_row(line)


def _starts_row(line: str) -> bool:
    return bool(_ALONE.fullmatch(line) or _ROW.match(line))


def _is_status(number: str, title: str, heading: str) -> bool:
    if len(number) != 3 or not 100 <= int(number) < 600:
        return False
    return _phrase(number, title) is not None or "http" in heading or "status" in heading


def _phrase(number: str, rest: str) -> str | None:
    """Return the reason phrase that a row of a status starts with, in the row's own spelling."""
    status = int(number) if len(number) == 3 else 0
    known = {title_of(status)} | ({HTTPStatus(status).phrase} if status in set(HTTPStatus) else set())
    for phrase in known:
        start = rest[: len(phrase)]
        after = rest[len(phrase) : len(phrase) + 1]
        if start.lower() == phrase.lower() and not after.islower():
            return start
    return None


def _boundary(rest: str, words: Counter[str]) -> int | None:
    """Return where the description starts in a row whose columns are glued; None when no place stands out."""
    places = [at for at in range(1, len(rest)) if _may_start(rest, at)]
    if not places:
        return None
    return max(places[:50], key=lambda at: (*_looks_right(rest, at, words), -at))


def _looks_right(rest: str, at: int, words: Counter[str]) -> tuple[bool, bool, float]:
    """Judge a place: the word across it is no single word, the message one phrase, its words taken up behind it."""
    return _stands_alone(rest, at, words), _SENTENCE_END.search(rest, 0, at) is None, _taken_up(rest, at)


def _may_start(rest: str, at: int) -> bool:
    """Tell whether a new column may start: a capital behind a small letter or a mark, or ending an acronym."""
    before, here, after = rest[at - 1], rest[at], rest[at + 1 : at + 2]
    if not here.isupper():
        return False
    if before.isupper():
        return after.islower() and at > 1 and rest[at - 2].isupper()
    return not before.isspace() and before not in "\"'(-/<"


def _stands_alone(rest: str, at: int, words: Counter[str]) -> bool:
    """Tell whether the word across a place occurs nowhere else, so that it is two words glued together."""
    for found in _WORD.finditer(rest):
        if found.start() < at < found.end():
            return words[found[0]] < 2
    return True


def _taken_up(rest: str, at: int) -> float:
    """Return which part of the message's longer words the description takes up."""
    message, description = _longer_words(rest[:at]), _longer_words(rest[at:])
    return len(message & description) / len(message) if message else 0.0


def _longer_words(text: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(text) if len(word) > 3}


# ---- types ----


def _status_type(row: _Row) -> ProblemType:
    status = int(row.number)
    return ProblemType(name=_slug(row.title) or row.number, status=status, title=row.title, docs=row.description)


def _catalog(rows: Mapping[str, _Row], name: str, notes: Notes) -> Catalog:
    suffix = _suffix(rows)
    if suffix is not None:
        notes.add("code-hierarchy", f"codes with {suffix} digits more than another one are taken as its children")
    types: dict[str, ProblemType] = {}
    slugs: dict[str, str] = {}
    for row in rows.values():
        slug = _slug(row.title) or f"code-{row.number}"
        slugs[row.number] = slug if slug not in types else f"{slug}-{row.number}"
        types[slugs[row.number]] = ProblemType(
            name=slugs[row.number], status=_UNKNOWN_STATUS, kind="unknown", title=row.title, code=row.number,
            parent=slugs.get(row.number[:-suffix]) if suffix else None, docs=row.description,
        )  # fmt: skip
    return Catalog(types.values(), name=name, suffix=suffix)


def _suffix(rows: Mapping[str, _Row]) -> int | None:
    """Return by how many digits codes extend those whose message theirs begins with; None when none do."""
    longer = {
        size
        for number, row in rows.items()
        for size in range(1, len(number))
        if (parent := rows.get(number[:-size])) and row.title.startswith(parent.title)
    }
    return longer.pop() if len(longer) == 1 else None


def _slug(text: str) -> str:
    return "-".join(word.lower() for word in _WORD.findall(text) if word.isascii())[:80].strip("-")
