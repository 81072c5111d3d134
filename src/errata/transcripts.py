"""HTTP responses as people keep them: the text that `curl -i` prints."""

import re
from typing import Final

from errata._http import RawResponse

__all__ = ["TranscriptError", "parse_transcript"]

_STATUS_LINE: Final = re.compile(rb"HTTP/[0-9](?:\.[0-9])? ([1-9][0-9]{2})(?: [^\r\n]*)?\r?(?:\n|\Z)")
_FIELD_NAME: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # token, RFC 9110 section 5.6.2
_BOM: Final = b"\xef\xbb\xbf"
# What a terminal may show above the response: the command line, curl's progress meter.
_PREAMBLE_BYTES: Final = 8_192
_HEAD_BYTES: Final = 262_144


class TranscriptError(ValueError):
    """The text holds no HTTP response; the message says what to add."""


def parse_transcript(data: bytes, status: int | None = None) -> RawResponse:
    """Return the response that a text shows: status line, header fields, a blank line, the body.

    Line ends are LF or CRLF. Of several heads (an interim 100, a proxy's 200, a
    redirect that was followed) the last one counts, together with what is below
    it. `status` is for a body that stands alone; a status line outweighs it.
    """
    start = _find_head(data)
    if start is None:
        return _bare(data, status)
    found, fields, end = _parse_head(data, start)
    while _STATUS_LINE.match(data, end):
        found, fields, end = _parse_head(data, end)
    return RawResponse(found, fields, data[end:])  # type: ignore[arg-type]


def _find_head(data: bytes) -> int | None:
    """Return where the first status line starts; what starts like a document is a body."""
    text = data[:_PREAMBLE_BYTES].removeprefix(_BOM).lstrip()
    if not text or text[:1] in b"{[<":
        return None
    offset = len(data[:_PREAMBLE_BYTES]) - len(text)
    while offset < min(len(data), _PREAMBLE_BYTES):
        if _STATUS_LINE.match(data, offset):
            return offset
        line_end = data.find(b"\n", offset)
        if line_end < 0:
            return None
        offset = line_end + 1
    return None


def _parse_head(data: bytes, start: int) -> tuple[int, list[tuple[str, str]], int]:
    """Return status, header fields and the offset behind the blank line of one head."""
    match = _STATUS_LINE.match(data, start)
    assert match is not None  # noqa: S101 - callers have matched it
    fields: list[tuple[str, str]] = []
    offset, limit = match.end(), min(len(data), start + _HEAD_BYTES)
    while offset < limit:
        line_end = data.find(b"\n", offset, limit)
        line_end = limit if line_end < 0 else line_end
        line = data[offset:line_end].rstrip(b"\r")
        offset = line_end + 1
        if not line.strip():
            break
        _add_field(fields, line)
    return int(match[1]), fields, min(offset, len(data))


def _add_field(fields: list[tuple[str, str]], line: bytes) -> None:
    text = line.decode("utf-8", "replace").strip()
    if line[:1] in b" \t" and fields:  # a folded line, RFC 9112 section 5.2
        name, value = fields[-1]
        fields[-1] = (name, f"{value} {text}")
        return
    name, colon, value = text.partition(":")
    if colon and _FIELD_NAME.fullmatch(name.encode()):
        fields.append((name, value.strip()))


def _bare(data: bytes, status: int | None) -> RawResponse:
    if status is not None:
        return RawResponse(status, body=data)
    shown = repr(data[:40].decode("utf-8", "replace"))
    what = f"no status line before {shown}" if data.strip() else "the text is empty"
    raise TranscriptError(
        f"{what}; give the status, or begin with the head as `curl -i` prints it: HTTP/1.1 404 Not Found"
    )
