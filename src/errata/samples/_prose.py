"""Slips of the pen in documentation: doubled words, and problem details ascribed to the wrong RFC."""

import re
from collections.abc import Iterator
from typing import Final

from errata._body import Finding
from errata.samples._notes import Notes

# Words with nothing but blanks between them. Line ends part them too: the cells of a table may repeat each other.
_RUN: Final = re.compile(r"(?:[^\W\d_]++(?:['\u2019-][^\W\d_]++)*+[ \t\u00a0]*+)++")
_SENTENCE: Final = re.compile(r"[^.!?\n]++")
_RFC: Final = re.compile(r"\bRFC[ \u00a0-]?([0-9]{3,5})\b", re.IGNORECASE)
_PROBLEM_DETAILS: Final = re.compile(r"problem[ \u00a0-]details?\b", re.IGNORECASE)
_RIGHT: Final = frozenset({"7807", "9457"})
_FORMS_OF_BE: Final = frozenset({"am", "are", "be", "is", "was", "were"})
_RIGHTLY_DOUBLED: Final = frozenset({"had", "that"})
_LONGEST_REPEAT: Final = 3
_MAX_TEXT: Final = 1_048_576


def lint_prose(text: str) -> tuple[Finding, ...]:
    """Return the slips in the prose of a page; they change nothing in how errors are read."""
    notes = Notes()
    note_prose(text, notes)
    return notes.findings


def note_prose(text: str, notes: Notes, path: str = "") -> None:
    """Note the slips in a text."""
    text = text[:_MAX_TEXT]
    for run in _RUN.finditer(text):
        for words in _doubled(run[0].lower().split()):
            notes.add("doubled-word", f"'{words}' looks like a slip", path)
    for cited in _miscited(text):
        notes.add("cited-rfc", f"problem details are defined in RFC 9457 (before: RFC 7807), not RFC {cited}", path)


def _doubled(words: list[str]) -> Iterator[str]:
    at = 0
    while at < len(words) - 1:
        size = next((n for n in range(_LONGEST_REPEAT, 0, -1) if _repeats(words, at, n)), 0)
        if size:
            yield " ".join(words[at : at + 2 * size])
        elif words[at] in _FORMS_OF_BE and words[at + 1] in _FORMS_OF_BE:
            yield " ".join(words[at : at + 2])
        at += 2 * size or 1


def _repeats(words: list[str], at: int, size: int) -> bool:
    once = words[at : at + size]
    return once == words[at + size : at + 2 * size] and not (size == 1 and once[0] in _RIGHTLY_DOUBLED)


def _miscited(text: str) -> Iterator[str]:
    """Yield the RFC numbers given for problem details that are not theirs; the right one beside them excuses them."""
    for sentence in _SENTENCE.finditer(text):
        cited = _RFC.findall(sentence[0])
        if cited and _RIGHT.isdisjoint(cited) and _PROBLEM_DETAILS.search(sentence[0]):
            yield cited[0]
