"""Problem details as XML (RFC 9457 appendix B).

Deviations: numbers, booleans and nulls inside extension members come back as
text; an empty list and an empty object look alike. Names that XML forbids are
left out.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from errata._body import Document
from errata._dialect import Dialect, Signature, format_of
from errata._http import RawResponse
from errata._json import write_json
from errata._problem import Problem
from errata._xml import Element, is_xml_name, write_xml
from errata.dialects import problem as problem_json

NAMESPACE: Final = "urn:ietf:rfc:7807"
MEDIA_TYPE: Final = "application/problem+xml"


def _read(doc: Document) -> Problem:
    if doc.root is None:
        doc.note("wrong-type", "the body is not XML; the status speaks alone")
        return Problem(status=doc.raw.status)
    value = _value(doc.root)
    if not isinstance(value, dict):
        return Problem(status=doc.raw.status)
    if isinstance(value.get("status"), str) and value["status"].isdigit() and len(value["status"]) < 10:
        value["status"] = int(value["status"])
    for item in value.get("errors") or ():
        if isinstance(item, dict) and str(item.get("status")).isdigit():
            item["status"] = int(item["status"])
    as_json = Document(RawResponse(doc.raw.status, doc.raw.headers, write_json(value)))
    read = problem_json.dialect.read(as_json)
    doc.findings += as_json.findings
    return read


def _value(element: Element) -> Any:
    """Return an element as text, a list (its children are all `i`) or an object."""
    if not element.children:
        return element.text.strip()
    if all(child.name == "i" for child in element):
        return [_value(child) for child in element]
    return {child.name: _value(child) for child in element}


def _write(problem: Problem) -> bytes:
    import msgspec

    members = msgspec.json.decode(problem_json.dialect.formats[0].write(problem))
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
    return Element(name, text=str(value).lower() if isinstance(value, bool) else str(value))


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
