"""XML as documents print it: the declaration, the tags and the wrapped texts are mended."""

import re
from typing import Final

from errata._body import CHARSETS
from errata._xml import Element, XmlError, parse_xml, write_xml
from errata.samples._lexer import ODD_SPACE
from errata.samples._notes import Notes, shown
from errata.samples._wraps import unwrapped

_TAG: Final = re.compile(r"<[^<>]++>")
_QUOTES: Final = re.compile("[\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f]")
_SPACES: Final = re.compile(f"[{ODD_SPACE}]")
_AMPERSAND: Final = re.compile(r"&(?!#?[0-9A-Za-z]{1,20}+;)")
_ENCODING: Final = re.compile(r"<\?xml[^<>]*?encoding=[\"']([A-Za-z0-9._-]{1,40})[\"']")


def mend_xml(text: str, notes: Notes) -> str | None:
    """Return a text as well-formed XML, its texts on one line each; None, with a finding, when that cannot be had."""
    if text.startswith("?xml"):
        notes.add("xml-declaration", "the XML declaration lacks its `<`", "line 1")
        text = "<" + text
    text = _TAG.sub(lambda tag: _mend_tag(tag[0], notes), text)
    try:
        root: Element | None = _root(text)
    except XmlError as error:
        text, root = _second_try(text, notes, str(error))
    if root is None:
        return None
    return write_xml(root).decode() if _unwrap(root, root.name, notes) else text


def encoded_xml(text: str) -> bytes:
    """Return the bytes of a document, in the encoding that its declaration names."""
    declared = _ENCODING.match(text[:200])
    return encoded(text, declared[1].lower() if declared else None)


def encoded(text: str, charset: str | None) -> bytes:
    """Return a text in a charset that responses may be in, else in UTF-8; XML spells what it lacks by reference."""
    try:
        if charset in CHARSETS:
            return text.encode(charset, "xmlcharrefreplace" if text.startswith("<") else "replace")
    except (LookupError, ValueError):  # not every Python has every one of them
        pass
    return text.encode("utf-8", "replace")


def _root(text: str) -> Element:
    return parse_xml(text.encode("utf-8", "replace"), "utf-8")[0]


def _second_try(text: str, notes: Notes, why: str) -> tuple[str, Element | None]:
    """Return the text up to its last tag, with bare ampersands escaped, and its root; no root if that fails too."""
    mended = _AMPERSAND.sub("&amp;", text)
    cut = mended[: mended.rfind(">") + 1]
    try:
        root = _root(cut)
    except XmlError:
        notes.add("unreadable", why)
        return text, None
    if mended != text:
        notes.add("bare-ampersand", "a bare `&` was written as `&amp;`")
    if cut != mended:
        notes.add("trailing-text", f"what follows the sample was left out: {shown(mended[len(cut) :].strip())}")
    return cut, root


def _mend_tag(tag: str, notes: Notes) -> str:
    if _QUOTES.search(tag):
        notes.add("typographic-quotes", f"the tag {shown(tag)} has typographic quotes")
        tag = _QUOTES.sub('"', tag)
    if _SPACES.search(tag):
        notes.add("no-break-space", f"the tag {shown(tag)} has white space that XML does not know")
        tag = _SPACES.sub(" ", tag)
    return tag


def _unwrap(element: Element, path: str, notes: Notes) -> bool:
    """Put the texts below an element on one line; tell whether one was broken."""
    changed = False
    for child in element:
        changed |= _unwrap(child, f"{path}.{child.name}", notes)
    if not element.children and "\n" in element.text.strip():
        element.text = unwrapped(element.text, element.name, notes, path)
        changed = True
    return changed
