"""The last resorts: an HTML page, plain text, and no body at all.

They carry a status and one text; a page is never searched for more than its
title or first heading.
"""

import re
from html import escape, unescape
from typing import Final

from errata._body import Document
from errata._dialect import Dialect, Signature, format_of
from errata._kind import title_of
from errata._problem import Problem

# Every step of the search goes forward: a heading ends at the next `<`.
_HEADING: Final = re.compile(r"<(title|h1)\b[^<>]{0,200}>([^<]{1,20000})<", re.IGNORECASE)
_MAX_TEXT: Final = 2_000


def _line(text: str) -> str:
    """Return a text as one line within the cap, without byte order marks."""
    return " ".join(text.replace("\ufeff", "").split())[:_MAX_TEXT].rstrip()


def _read_html(doc: Document) -> Problem:
    found = _HEADING.search(doc.text[:50_000])
    text = _line(unescape(found[2])) if found else ""
    doc.note("page", "the body is a web page; only its title or heading was read")
    return Problem(status=doc.raw.status, detail=text or None)


def _read_text(doc: Document) -> Problem:
    text = doc.text or doc.raw.body[: 4 * _MAX_TEXT].decode("utf-8", "replace")
    return Problem(status=doc.raw.status, detail=_line(text) or None)


def _read_nothing(doc: Document) -> Problem:
    return Problem(status=doc.raw.status)


def _write_html(problem: Problem) -> bytes:
    """Write one small page; every text is escaped, the trace id shown for support calls."""
    text = escape(problem.text)
    head = escape(_line(problem.text))
    title = escape(problem.title or title_of(problem.status))
    trace = f"<p>Trace id: <code>{escape(problem.trace_id)}</code></p>" if problem.trace_id else ""
    body = f"<!doctype html><html><head><meta charset=utf-8><title>{head}</title></head><body>"
    return f"{body}<h1>{problem.status or 500} {title}</h1><p>{text}</p>{trace}</body></html>".encode()


def _write_text(problem: Problem) -> bytes:
    """Write the text without NUL, which would make readers guess another encoding."""
    return problem.text.replace("\0", "").encode()


html: Final = Dialect(
    name="html",
    title="a web page, as servers and proxies send it",
    source="HTML Living Standard",
    read=_read_html,
    formats=(format_of("html", "text/html; charset=utf-8", _write_html),),
    signatures=(
        Signature(form="html"),
        Signature(root=("http://www.w3.org/1999/xhtml", "html")),
        Signature(root=("", "html")),
    ),
)

text: Final = Dialect(
    name="text",
    title="plain text",
    source="RFC 2046 section 4.1.3",
    read=_read_text,
    formats=(format_of("text", "text/plain; charset=utf-8", _write_text),),
)

empty: Final = Dialect(
    name="empty",
    title="no body: the status alone",
    source="RFC 9110 section 15",
    read=_read_nothing,
    formats=(format_of("empty", "", lambda _: b""),),
)
