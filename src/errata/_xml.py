"""XML as small trees: read with every external or expanding feature refused, written with escapes.

Built on the expat parser of the standard library with its dangerous features
turned into errors: an entity declaration or a DOCTYPE with an internal subset
is refused before anything can be expanded; a bare DOCTYPE that names an
external DTD is skipped and reported; nothing is ever fetched.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

MAX_DEPTH: Final = 64
MAX_ELEMENTS: Final = 20_000
MAX_TEXT: Final = 65_536
MAX_NAME: Final = 200


class XmlError(ValueError):
    """A body is not XML that errata reads; the text says why."""


class Element:
    """One element: its namespace and local name, attributes, own text, and children."""

    __slots__ = ("attributes", "children", "name", "namespace", "text")

    def __init__(
        self,
        name: str,
        *children: "Element",
        text: str = "",
        attributes: Mapping[str, str] | None = None,
        namespace: str = "",
    ) -> None:
        self.name = name
        self.namespace = namespace
        self.attributes = dict(attributes or {})
        self.text = text
        self.children = list(children)

    @property
    def tag(self) -> tuple[str, str]:
        """Return the namespace and the local name."""
        return self.namespace, self.name

    def __iter__(self) -> Iterator["Element"]:
        return iter(self.children)

    def find(self, name: str) -> "Element | None":
        """Return the first child with this local name."""
        return next((child for child in self.children if child.name == name), None)

    def text_of(self, name: str) -> str | None:
        """Return the text of the first child with this local name; None when absent or blank."""
        child = self.find(name)
        return (child.text.strip() or None) if child is not None else None


def parse_xml(body: bytes, encoding: str | None = None) -> tuple[Element, bool]:
    """Return the root element, and whether a bare DOCTYPE was skipped; raises XmlError."""
    from xml.parsers import expat

    parser = expat.ParserCreate(encoding, namespace_separator=" ")
    builder = _Builder()
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    parser.StartDoctypeDeclHandler = builder.doctype
    for refused in ("EntityDeclHandler", "UnparsedEntityDeclHandler", "ExternalEntityRefHandler"):
        setattr(parser, refused, builder.refuse)
    try:
        parser.Parse(body, True)  # noqa: FBT003 - no keyword there
    except XmlError:
        raise
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise XmlError(f"not well-formed XML: {error}") from None
    if builder.root is None:
        raise XmlError("no root element")
    return builder.root, builder.skipped_doctype


class _Builder:
    """Collects expat's events into a tree, within bounds."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self.skipped_doctype = False
        self._open: list[Element] = []
        self._texts: list[list[str]] = []
        self._count = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MAX_ELEMENTS or len(self._open) >= MAX_DEPTH:
            raise XmlError("too many or too deeply nested elements")
        namespace, _, name = tag.rpartition(" ")
        element = Element(name, namespace=namespace)
        element.attributes = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        if self._open:
            self._open[-1].children.append(element)
        elif self.root is None:
            self.root = element
        self._open.append(element)
        self._texts.append([])

    def end(self, _tag: str) -> None:
        self._open.pop().text = "".join(self._texts.pop())[:MAX_TEXT]

    def characters(self, text: str) -> None:
        self._texts[-1].append(text)

    def doctype(self, _name: str, _system: str | None, _public: str | None, has_internal_subset: int) -> None:
        if has_internal_subset:
            raise XmlError("a DOCTYPE with an internal subset is refused")
        self.skipped_doctype = True

    def refuse(self, *_: object) -> None:
        raise XmlError("entity declarations are refused")


_NAME_START: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_NAME: Final = _NAME_START | frozenset("0123456789.-")


def is_xml_name(name: str) -> bool:
    """Tell whether a text can be an element name in ASCII, without a colon, and short: names are written often."""
    return (
        0 < len(name) <= MAX_NAME
        and name[0] in _NAME_START
        and _NAME.issuperset(name)
        and not name.lower().startswith("xml")
    )


def _legal(char: str) -> bool:
    """Tell whether XML 1.0 section 2.2 allows a character."""
    return char in "\t\n\r" or " " <= char <= "\ud7ff" or "\ue000" <= char <= "\ufffd" or char >= "\U00010000"


_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"})


def escape(text: str) -> str:
    """Return text for XML content or a quoted attribute, without the characters XML forbids."""
    if not text.isprintable():
        text = "".join(filter(_legal, text))
    return text.translate(_ESCAPES)


def write_xml(root: Element, prefixes: Mapping[str, str] = {}) -> bytes:
    """Return a document in UTF-8 with its declaration.

    Elements of a namespace that `prefixes` names are written with the prefix, which
    the root declares; any other namespace is declared as the default where it is
    given, and an element without one stands in that of its parent.
    """
    declared = "".join(f' xmlns:{prefix}="{escape(namespace)}"' for namespace, prefix in prefixes.items())
    return ('<?xml version="1.0" encoding="UTF-8"?>' + "".join(_pieces(root, prefixes, declared))).encode()


def _pieces(element: Element, prefixes: Mapping[str, str], declared: str = "") -> Iterable[str]:
    attributes = declared + "".join(f' {name}="{escape(value)}"' for name, value in element.attributes.items())
    prefix = prefixes.get(element.namespace)
    name = f"{prefix}:{element.name}" if prefix else element.name
    if element.namespace and not prefix:
        attributes = f' xmlns="{escape(element.namespace)}"' + attributes
    if not element.children and not element.text:
        yield f"<{name}{attributes}/>"
        return
    yield f"<{name}{attributes}>{escape(element.text)}"
    for child in element.children:
        yield from _pieces(child, prefixes)
    yield f"</{name}>"
