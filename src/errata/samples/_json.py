"""JSON as documents print it: the characters are mended here, the structure by json-repair."""

import re
from collections.abc import Iterable
from typing import Any, Final, Literal, NamedTuple

import msgspec

from errata.samples._lexer import ODD_SPACE, Token, tokens
from errata.samples._notes import Notes, shown
from errata.samples._wraps import unwrapped

MAX_DEPTH: Final = 64
# The worst cases of json-repair grow with the length times the number of oddities; real samples have few.
MAX_STRUCTURE: Final = 32_768
MAX_ODDITIES: Final = 100


def mend_json(text: str, notes: Notes) -> str | None:
    """Return the first value in a text as strict JSON; None, with a finding, when that cannot be had."""
    mender = mend_characters(text, notes)
    if mender is None:
        return None
    mended = "".join(mender.out)
    try:
        value = msgspec.json.decode(mended)
    except (ValueError, RecursionError):
        value = _mend_structure(mended, mender.oddities, notes)
        if value is None:
            return None
        mended = _written(value)
    trimmed = _without_padding(value, "", notes)
    return mended if "padded-name" not in notes else _written(trimmed)


def _written(value: object) -> str:
    return msgspec.json.encode(value).decode()


_NAMED: Final = ("unclosed", "unclosed-string")


def _mend_structure(text: str, oddities: int, notes: Notes) -> dict[str, Any] | list[Any] | None:
    """Return what json-repair makes of a text; None when nothing comes of it."""
    try:
        from json_repair import repair_json
    except ImportError:
        notes.add("unreadable", 'this is not JSON; pip install "errata[samples]" brings what may repair it')
        return None
    if len(text) > MAX_STRUCTURE or oddities > MAX_ODDITIES:
        limits = f"{MAX_STRUCTURE} characters or {MAX_ODDITIES} oddities"
        notes.add("too-broken", f"broken JSON with more than {limits} is not repaired")
        return None
    try:
        value = repair_json(text, return_objects=True, skip_json_loads=True)
        msgspec.json.encode(value)
    except Exception as error:  # noqa: BLE001 - a sample reader is total, whatever the library meets
        notes.add("unreadable", f"the structure cannot be repaired ({type(error).__name__})")
        return None
    if not isinstance(value, dict | list) or not value:
        notes.add("unreadable", "the structure cannot be repaired: nothing is left of it")
        return None
    if not any(code in notes for code in _NAMED):
        notes.add("repaired-structure", "brackets, quotes, colons or commas were missing or too many")
    return value


def _without_padding(value: Any, path: str, notes: Notes, depth: int = MAX_DEPTH) -> Any:
    """Return a value whose member names have no outer blanks, unless the name without them is there too."""
    if isinstance(value, list) and depth:
        return [_without_padding(item, f"{path}[{i}]", notes, depth - 1) for i, item in enumerate(value)]
    if not isinstance(value, dict) or not depth:
        return value
    members: dict[str, Any] = {}
    for name, member in value.items():
        bare = name.strip()
        padded = bare != name and bare not in value
        place = f"{path}.{bare}" if path else bare
        if padded:
            notes.add("padded-name", f"the name {shown(name)} has outer blanks", place)
        members[bare if padded else name] = _without_padding(member, place, notes, depth - 1)
    return members


# ---- characters ----

_LITERALS: Final = frozenset({"true", "false", "null"})
_FOREIGN: Final = {
    "True": "true", "TRUE": "true", "False": "false", "FALSE": "false",
    "None": "null", "NULL": "null", "Null": "null", "nil": "null", "undefined": "null", "NaN": "null",
}  # fmt: skip
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+")
_ODD: Final = re.compile(f"[{ODD_SPACE}]")
_ESCAPE: Final = re.compile(r'\\u[0-9a-fA-F]{4}|\\["\\/bfnrt]|\\(.)|"|[\x00-\x1f]', re.DOTALL)

# What the part before was: nothing yet or an opening bracket, a comma, a colon,
# the end of a value, or something that only the structure's repair can judge.
_Before = Literal["start", "comma", "colon", "value", "odd"]


class _Piece(NamedTuple):
    """A part that means something, with the white space in front of it."""

    gap: str
    token: Token


def mend_characters(text: str, notes: Notes) -> "_Mender | None":
    """Write the first value in a text with its characters as in JSON; None when it is nested too deeply."""
    pieces = _pieces(tokens(text), notes)
    mender = _Mender(notes)
    for index, piece in enumerate(pieces):
        following = pieces[index + 1].token.text if index + 1 < len(pieces) else ""
        mender.take(piece, following)
        if len(mender.stack) > MAX_DEPTH:
            notes.add("too-deep", f"more than {MAX_DEPTH} levels are not read")
            return None
        if mender.closed:
            if following:
                notes.add("trailing-text", f"what follows the sample was left out, from {shown(following)}")
            break
    if mender.stack:
        notes.add("unclosed", f"the sample ends inside {len(mender.stack)} open brackets")
    return mender


def _pieces(parts: Iterable[Token], notes: Notes) -> list[_Piece]:
    """Return the parts that mean something: without comments and placeholders, white space made plain."""
    pieces: list[_Piece] = []
    gap, skip_comma = "", False
    for token in parts:
        before = pieces[-1].token.text if pieces else ""
        if token.part == "space":
            gap += _plain_space(token, notes)
        elif token.part == "comment":
            notes.add("comment", f"the comment {shown(token.text)} was left out", f"line {token.line}")
        elif token.part == "placeholder" and before != ":":
            notes.add("placeholder", f"{shown(token.text)} stands for something and was left out", f"line {token.line}")
            if before == ",":
                pieces.pop()
            skip_comma = before != ","
        elif token.text == "," and skip_comma and before in ("{", "["):
            skip_comma = False
        else:
            pieces.append(_Piece(gap, token))
            gap, skip_comma = "", False
    return pieces


def _plain_space(token: Token, notes: Notes) -> str:
    odd = _ODD.search(token.text)
    if odd is None:
        return token.text
    notes.add("no-break-space", f"U+{ord(odd[0]):04X} is no white space in JSON", f"line {token.line}")
    return _ODD.sub(" ", token.text)


class _Mender:
    """Writes one part after the other, knowing what came before and what follows."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.out: list[str] = []
        self.stack: list[str] = []
        self.closed = False
        self.oddities = 0
        self._before: _Before = "start"
        self._name = ""

    def take(self, piece: _Piece, following: str) -> None:
        """Write a part."""
        token = piece.token
        if token.part == "mark":
            text = self._mark(token, piece.gap, following)
        else:
            lacks_colon = self._lacks_colon(token, following)
            is_name = lacks_colon or (following == ":" and self.stack[-1:] == ["{"])
            comma = self._comma_before(token, piece.gap, is_name=is_name)
            text = comma + self._value(token, is_name=is_name)
            if lacks_colon:
                self._note("missing-colon", f"a colon is missing behind {shown(token.text)}", token)
                self._before = "colon"
                text += ":"
        self.out += (piece.gap, text)

    def _note(self, code: str, detail: str, token: Token) -> None:
        self.notes.add(code, detail, f"line {token.line}")

    def _mark(self, token: Token, gap: str, following: str) -> str:
        mark = token.text
        if mark in "{[":
            comma = self._comma_before(token, gap, is_name=False)
            self.stack.append(mark)
            self._before = "start"
            return comma + mark
        if mark in "}]":
            if self.stack:
                self.stack.pop()
            self.closed = not self.stack
            self._before = "value"
            return mark
        if mark == ":":
            self._before = "colon"
            return mark
        if following in ("}", "]", "") or self._before in ("start", "comma"):
            self._note("extra-comma", "a comma with nothing to separate was left out", token)
            return ""
        self._before = "comma"
        return mark

    def _lacks_colon(self, token: Token, following: str) -> bool:
        """Tell whether a string stands where a name must, with its value right behind it."""
        if token.part != "string" or self.stack[-1:] != ["{"] or self._before not in ("start", "comma"):
            return False
        return following not in ("", ":", ",", "}", "]")

    def _comma_before(self, token: Token, gap: str, *, is_name: bool) -> str:
        """Return the comma that is missing here, where nothing else can be meant."""
        if self._before != "value" or (token.part in ("word", "open") and not (is_name or _is_plain(token.text))):
            return ""
        if is_name or "\n" in gap or self.stack[-1:] == ["["] or token.text in "{[":
            self._note("missing-comma", f"a comma is missing before {shown(token.text)}", token)
            return ","
        self.oddities += 1
        return ""

    def _value(self, token: Token, *, is_name: bool) -> str:
        before, self._before = self._before, "value"
        if token.part == "string":
            return self._string(token, is_name=is_name)
        if token.part == "placeholder":
            self._note("placeholder", f"{shown(token.text)} stands for a value; null was put in", token)
            return "null"
        if is_name:
            self._name = token.text
            self._note("unquoted-name", f"the name {shown(token.text)} has no quotes", token)
            return _written(token.text)
        if _is_plain(token.text):
            return token.text
        if token.text in _FOREIGN and before != "value":
            self._note("foreign-literal", f"{token.text} is {_FOREIGN[token.text]} in JSON", token)
            return _FOREIGN[token.text]
        if token.part == "open":
            self._note("unclosed-string", f"{shown(token.text)} is not closed", token)
        self._before = "odd"
        self.oddities += 1 + len(token.text) // 40
        return token.text

    def _string(self, token: Token, *, is_name: bool) -> str:
        marks = {token.text[0], token.text[-1]}
        if marks - set("\"'`"):
            self._note("typographic-quotes", f"{shown(token.text)} stands in typographic quotes", token)
        elif marks != {'"'}:
            self._note("single-quotes", f"{shown(token.text)} stands in single quotes", token)
        inner = token.inner
        if "\n" in inner:
            inner = unwrapped(inner, "code" if is_name else self._name, self.notes, f"line {token.line}")
        inner = _ESCAPE.sub(lambda found: self._escape(found, token), inner)
        if is_name:
            self._name = inner
        return f'"{inner}"'

    def _escape(self, found: re.Match[str], token: Token) -> str:
        text = found[0]
        if found[1] is not None:
            if found[1] == "'" and token.quote != '"':
                return "'"
            self._note("bad-escape", f"{shown(text)} is no escape in JSON", token)
            return "\\" + text
        if text == '"' or text[0] == "\\":
            return "\\" + text if text == '"' else text
        self._note("control-character", f"{shown(text)} stands unescaped in a string", token)
        return f"\\u{ord(text):04x}"


def _is_plain(word: str) -> bool:
    return word in _LITERALS or _NUMBER.fullmatch(word) is not None
