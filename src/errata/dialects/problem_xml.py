"""Problem details as XML (RFC 9457 appendix B).

Deviations: numbers, booleans and nulls inside extension members come back as
text; an empty list and an empty object look alike. Names that XML forbids are
left out.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from errata._body import Document
from errata._dialect import Dialect, Signature, format_of
from errata._problem import Problem
from errata._xml import Element, is_xml_name, write_xml
from errata.dialects.problem import read_members, write_members

NAMESPACE: Final = "urn:ietf:rfc:7807"
MEDIA_TYPE: Final = "application/problem+xml"


def _read(doc: Document) -> Problem:
    if doc.root is None:
        doc.note("wrong-type", "the body is not XML; the status speaks alone")
        return Problem(status=doc.raw.status)
    value = _value(doc.root)
    if not isinstance(value, dict):
        return Problem(status=doc.raw.status)
    return read_members(doc, _with_numbers(value))


def _with_numbers(members: dict[str, Any]) -> dict[str, Any]:
    """Return members with their statuses as numbers, since XML has texts alone."""
    status = members.get("status")
    if isinstance(status, str) and status.isascii() and status.isdigit() and len(status) < 10:
        members["status"] = int(status)
    for name in ("errors", "problems"):
        items = members.get(name)
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict):
                _with_numbers(item)
    return members


def _value(element: Element) -> Any:
    """Return an element as text, a list (its children are all `i`) or an object."""
    if not element.children:
        return element.text.strip()
    if all(child.name == "i" for child in element):
        return [_value(child) for child in element]
    return {child.name: _value(child) for child in element}


def _write(problem: Problem) -> bytes:
    members = msgspec.json.decode(write_members(problem, problem.status or 500))
    root = Element("problem", *_children(members), namespace=NAMESPACE)
    return write_xml(root)


def _children(members: Mapping[str, Any]) -> Iterator[Element]:
    for name, value in members.items():
        if is_xml_name(name) and value is not None:
            yield _element(name, value)


def _element(name: str, value: Any) -> Element:
    if isinstance(value, dict):
        return Element(name, *_children(value))
    if isinstance(value, list):
        return Element(name, *(_element("i", item) for item in value))
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return Element(name, text=text)


dialect: Final = Dialect(
    name="problem-xml",
    title="problem details as XML",
    source="RFC 9457 appendix B",
    read=_read,
    formats=(format_of("xml", MEDIA_TYPE, _write),),
    signatures=(
        Signature(root=(NAMESPACE, "problem")),
        Signature(media_types=frozenset({MEDIA_TYPE}), form="xml"),
    ),
)
