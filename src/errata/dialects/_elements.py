"""Members as XML elements, and back: further members of formats that are XML."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from errata._body import Document
from errata._xml import Element, is_xml_name

_DEPTH: Final = 20
_NONE: Final[frozenset[str]] = frozenset()


def plain(element: Element) -> Any:
    """Return an element as text, or as the object that its children make."""
    return members_of(element) if element.children else element.text.strip()


def members_of(element: Element, without: frozenset[str] = _NONE) -> dict[str, Any]:
    """Return the children of an element by name; those of one name make a list."""
    values: dict[str, list[Any]] = {}
    for child in element:
        if child.name not in without:
            values.setdefault(child.name, []).append(plain(child))
    return {name: several if len(several) > 1 else several[0] for name, several in values.items()}


def elements(members: Mapping[str, Any], without: frozenset[str] = _NONE, depth: int = _DEPTH) -> list[Element]:
    """Return members as elements, lists as elements of one name; a name that XML forbids is left out."""
    return [
        element
        for name, value in members.items()
        if is_xml_name(name) and name not in without
        for element in _elements(name, value, depth)
    ]


def _elements(name: str, value: Any, depth: int) -> Iterator[Element]:
    if value is None or not depth:
        return
    if isinstance(value, list):
        for item in value:
            yield from _elements(name, item, depth - 1)
    elif isinstance(value, dict):
        yield Element(name, *elements(value, depth=depth - 1))
    else:
        yield Element(name, text=str(value).lower() if isinstance(value, bool) else str(value))


def root_of(doc: Document) -> Element:
    """Return the root of a body; an empty one, with a finding, when the body is no XML."""
    if doc.root is None:
        if doc.form != "empty":
            doc.note("wrong-type", "the body is not XML; the status speaks alone")
        return Element("Error")
    return doc.root
