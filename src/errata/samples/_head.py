"""The head of a transcript as documents print it: found, completed, and compared with its body."""

import re
from email.utils import parsedate_to_datetime
from typing import Final

import msgspec

from errata._http import RawResponse
from errata.samples._notes import Notes, shown

_STATUS_LINE: Final = re.compile(r"^(?:< )?HTTP/[0-9]", re.MULTILINE)
_BODY_START: Final = re.compile(r"\n(?=[ \t]*+[{\[<])")
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Which lines `curl -v` writes around the body; "< " leads those of the head.
_CURL_REMARKS: Final = ("* ", "> ", "} [", "{ [")


def transcript_of(text: str, notes: Notes) -> str | None:
    """Return the part of a text from its status line on, with a blank line above the body; None when it has none."""
    found = _STATUS_LINE.search(text)
    if found is None or text.lstrip()[:1] in ("{", "[") or text.startswith(("<?", "?xml")):
        return None
    text = text[found.start() :]
    if found[0].startswith("<"):
        lines = [line for line in text.split("\n") if not line.startswith(_CURL_REMARKS) and line != ">"]
        text = "\n".join("" if line == "<" else line.removeprefix("< ") for line in lines)
    head, blank, body = text.partition("\n\n")
    start = _BODY_START.search(head)
    if start is None:
        return text
    notes.add("missing-blank-line", "no blank line stands between the head and the body")
    return f"{head[: start.start()]}\n\n{head[start.end() :]}{blank}{body}"


def note_head(response: RawResponse, printed: str, notes: Notes) -> None:
    """Note where header fields contradict the body as printed, or themselves."""
    _note_length(response.headers.get("content-length"), printed, notes)
    if "date" in response.headers:
        _note_date(response.headers["date"], notes)


def _note_length(field: str | None, printed: str, notes: Notes) -> None:
    """Compare with the body as printed, with a final line end, and without the white space of printing."""
    if field is None or not printed:
        return
    length = len(printed.encode())
    said = int(field) if field.isascii() and field.isdigit() and len(field) < 10 else -1
    if said not in (length, length + 1, length + 2, _compact_length(printed)):
        detail = f"the field says {shown(field)}, the body as printed has {length} bytes"
        notes.add("content-length", detail, "content-length")


def _compact_length(printed: str) -> int | None:
    """Return the length of a JSON body without the white space that people read by."""
    try:
        return len(msgspec.json.format(printed.encode(), indent=-1))
    except (ValueError, RecursionError):
        return None


def _note_date(field: str, notes: Notes) -> None:
    try:
        date = parsedate_to_datetime(field[:100])
    except (ValueError, TypeError, OverflowError, IndexError):
        notes.add("bad-date", f"{shown(field)} is no date", "date")
        return
    said, is_ = field[:3].lower(), _DAYS[date.weekday()]
    if said in _DAYS and said != is_:
        notes.add("date-weekday", f"{field[:60]} was a {is_.title()}, not a {said.title()}", "date")
