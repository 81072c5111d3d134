"""XML templates: an element as the object that a template is, and back.

An attribute becomes the member `@name`, the text of an element that has more
than text the member `#text`, everything else is optional: what is empty is
left out.
"""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from errata._xml import Element, is_xml_name
from errata.dialects._template import SPREAD, Repeat, Shape, Slot, TemplateError

_SCOPES: Final = ("{violation.", "{fault.", "{problem.")


def template_of(element: Element) -> Any:
    """Return an element of a template as an object, or as the text that it holds."""
    text = element.text.strip()
    if not element.children and not element.attributes:
        return text
    members: dict[str, Any] = {f"@{name}{_mark(value)}": value for name, value in element.attributes.items()}
    if text == SPREAD:
        members["*"] = SPREAD
    elif text:
        members[f"#text{_mark(text)}"] = text
    for child in element:
        if child.name in (name.removesuffix("?") for name in members):
            raise TemplateError(
                f"<{child.name}> is there twice; one element stands for as many as there are", f"<{child.name}"
            )
        inner = template_of(child)
        members[child.name + "?"] = [inner] if _repeats(child) else inner
    return members


def _mark(text: str) -> str:
    return "?" if "{" in text else ""


def _repeats(element: Element) -> bool:
    """Tell whether an element stands for one violation: the lowest one that holds all slots of it."""
    texts = (element.text, *element.attributes.values())
    if any(text.strip().startswith(_SCOPES) for text in texts):
        return True
    return len([child for child in element if any(_scoped(child))]) > 1


def _scoped(element: Element) -> Iterable[bool]:
    yield any(text.strip().startswith(_SCOPES) for text in (element.text, *element.attributes.values()))
    for child in element:
        yield from _scoped(child)


def value_of(shape: Shape, element: Element) -> dict[str, Any]:
    """Return the value of an element, typed as the shape says; what it does not know as text."""
    known = {member.name: member.node for member in shape.members}
    value: dict[str, Any] = {f"@{name}": text for name, text in element.attributes.items()}
    if text := element.text.strip():
        value["#text"] = text
    for child in element:
        node = known.get(child.name)
        if isinstance(node, Repeat):
            value.setdefault(child.name, []).append(_value(node.item, child))
        else:
            value.setdefault(child.name, _value(node, child))
    return {name: _typed(known.get(name), member) for name, member in value.items()}


def _value(node: Any, element: Element) -> Any:
    return value_of(node, element) if isinstance(node, Shape) else element.text.strip()


def _typed(node: Any, value: Any) -> Any:
    """Return a text as the number or the constant that the template has in its place."""
    if isinstance(node, Slot) and isinstance(value, str):
        try:
            return msgspec.convert(value, node.form.type, strict=False)
        except msgspec.ValidationError:
            return value or None
    return value


def element_of(shape: Shape, name: str, value: dict[str, Any], namespace: str = "") -> Element:
    """Return a value of the shape as an element."""
    element = Element(name, namespace=namespace)
    known = {member.name: member.node for member in shape.members}
    for key, member in value.items():
        if key.startswith("@"):
            element.attributes[key[1:]] = str(member)
        elif key == "#text":
            element.text = str(member)
        else:
            node = known.get(key)
            of = node.item if isinstance(node, Repeat) else node
            several = member if isinstance(node, Repeat) else [member]
            element.children += [_element(of, key, each) for each in several if is_xml_name(key)]
    return element


def _element(node: Any, name: str, value: Any) -> Element:
    if isinstance(node, Shape):
        return element_of(node, name, value)
    return Element(name, text="" if value is None else str(value))
