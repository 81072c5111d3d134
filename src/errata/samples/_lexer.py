"""The parts of a text that should be JSON: strings in any quotes, words, punctuation, and what does not belong.

One pass, left to right; the time grows with the length of the text and nothing
else. All quantifiers are possessive, so that no expression goes back.
"""

import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

Part = Literal["space", "mark", "string", "word", "comment", "placeholder", "open"]

# White space that people's editors and converters leave behind and JSON does not know.
ODD_SPACE: Final = "\u00a0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u2060\u3000\ufeff\x0b\x0c"
_SINGLE: Final = "'\u2018\u2019\u201a\u201b`\u00b4"
_DOUBLE: Final = '"\u201c\u201d\u201e\u201f\u00ab\u00bb'

_SPACE: Final = re.compile(rf"[ \t\r\n{ODD_SPACE}]++")
_COMMENT: Final = re.compile(r"//[^\n]*+|#[^\n]*+|/\*(?:[^*]|\*(?!/))*+\*/")
_PLACEHOLDER: Final = re.compile(r"<[^<>]{1,200}+>|\.\.\.++|\u2026")
_WORD: Final = re.compile(rf"[^\s{{}}\[\],:{_SINGLE}{_DOUBLE}{ODD_SPACE}<\u2026]++")
_STRICT: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_CLOSERS: Final = {
    **dict.fromkeys(_SINGLE, re.compile(rf"[^\\{_SINGLE}]*+(?:\\.|([{_SINGLE}]))", re.DOTALL)),
    **dict.fromkeys(_DOUBLE, re.compile(rf"[^\\{_DOUBLE}]*+(?:\\.|([{_DOUBLE}]))", re.DOTALL)),
}
# Behind the end of a string: a mark that ends a value or a name, the end of the
# text, or (a comma forgotten) a line end and the next string or name.
_AFTER: Final = re.compile(
    rf"[ \t\r{ODD_SPACE}]*+(?:[,:\]}}]|\Z|\n[\s{ODD_SPACE}]*+(?:[,:\]}}{_DOUBLE}{_SINGLE}]|\Z|[\w$-]{{1,60}}+\s*+:))"
)


class Token(NamedTuple):
    """A part: what it is, the text as printed, the quote it starts with, and its line."""

    part: Part
    text: str
    quote: str
    line: int

    @property
    def inner(self) -> str:
        """Return a string without its quotes."""
        return self.text[1:-1]


def tokens(text: str) -> Iterator[Token]:
    """Yield the parts of a text; together they are the whole text."""
    at, line = 0, 1
    while at < len(text):
        part, end = _next(text, at)
        piece = text[at:end]
        yield Token(part, piece, piece[0] if part == "string" else "", line)
        line += piece.count("\n")
        at = end


def _next(text: str, at: int) -> tuple[Part, int]:
    char = text[at]
    if char in "{}[],:":
        return "mark", at + 1
    if char in _CLOSERS:
        end = _string_end(text, at)
        return ("string", end) if end else ("open", len(text))
    if text.startswith("/*", at) and text.find("*/", at + 2) < 0:
        return "open", len(text)
    for part, expression in _EXPRESSIONS:
        found = expression.match(text, at)
        if found:
            return part, found.end()
    return "word", at + 1


_EXPRESSIONS: Final[tuple[tuple[Part, re.Pattern[str]], ...]] = (
    ("space", _SPACE),
    ("comment", _COMMENT),
    ("placeholder", _PLACEHOLDER),
    ("word", _WORD),
)


def _string_end(text: str, start: int) -> int | None:
    """Return where the string that starts here ends; None when it does not.

    A string in other quotes than JSON's may hold its own quote as an apostrophe:
    it ends where something follows that can stand behind a string.
    """
    if text[start] == '"':
        found = _STRICT.match(text, start)
        return found.end() if found else None
    expression, at = _CLOSERS[text[start]], start + 1
    while found := expression.match(text, at):
        at = found.end()
        if found[1] and _AFTER.match(text, at):
            return at
    return None
