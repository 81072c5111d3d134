"""Texts and codes that a narrow column broken into lines are put together again."""

from itertools import pairwise
from typing import Final

from errata.samples._notes import Notes, shown

# Members whose value is one token: wherever it is broken, it is joined without a blank.
_TOKENS: Final = frozenset({
    "code", "errorCode", "error_code", "errorType", "path", "source", "subject", "traceId", "trace_id", "type",
})  # fmt: skip


def unwrapped(text: str, name: str, notes: Notes, path: str) -> str:
    """Return a text on one line: a code joined as it is, other texts by blanks."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if len(lines) < 2:
        return text.strip()
    if _is_code(lines, name):
        code = "".join(lines)
        notes.add("wrapped-code", f"the code {shown(code)} was broken by a line wrap", path)
        return code
    joined = lines[0]
    for line in lines[1:]:
        joined += line if _hyphenated(joined) else " " + line
    notes.add("wrapped-text", f"the text {shown(joined)} was broken by line wraps", path)
    return joined


def _is_code(lines: list[str], name: str) -> bool:
    """Tell whether lines are the parts of one token: no blanks inside, and a mark of a code."""
    if any(len(line.split()) > 1 for line in lines):
        return False
    if name in _TOKENS or any("/" in line or "_" in line for line in lines):
        return True
    return any(a.endswith("-") or b.startswith("-") for a, b in pairwise(lines))


def _hyphenated(line: str) -> bool:
    return line.endswith("-") and line[-2:-1].isalpha()
