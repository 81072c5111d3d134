"""The parts of a document that others refer to, and JSON Schemas as OpenAPI and generators of clients digest them."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, Final

import msgspec
from msgspec import Struct

from errata._dialect import Dialect

_NULL: Final = {"type": "null"}
_BODY_NAMES: Final = {"problem": "ProblemDetails"}  # others: the dialect's name and `Error`


def copied(value: Any) -> Any:
    """Return a copy of a document in which no part stands in two places."""
    return mapped(value, lambda node: node)


def mapped(value: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """Return a copy of a document with every object in it changed, the innermost first."""
    if isinstance(value, dict):
        return change({name: mapped(member, change) for name, member in value.items()})
    return [mapped(item, change) for item in value] if isinstance(value, list | tuple) else value


def pascal(slug: str) -> str:
    """Return a slug as the name of a component: `case-closed` is `CaseClosed`; without letters of ASCII, `Error`."""
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in slug).split()
    return "".join(word[:1].upper() + word[1:] for word in words) or "Error"


class Components(Struct):
    """The components of a document, by section and name; `version` is that of OpenAPI."""

    sections: dict[str, dict[str, Any]]
    version: str = "3.1.0"
    bodies: dict[int, tuple[Dialect, dict[str, Any]]] = {}

    def add(self, section: str, group: Mapping[str, Any]) -> dict[str, str]:
        """Add parts that may refer to each other as `#/$defs/...`; return their addresses by their names.

        What is there already is taken; a name that means something else gets a number.
        """
        there = self.sections.setdefault(section, {})
        for number in count(1):
            names = {name: f"{name}{number}" if number > 1 else name for name in group}
            addresses = {name: f"#/components/{section}/{final}" for name, final in names.items()}
            parts = {names[name]: referring(part, addresses) for name, part in group.items()}
            if all(there.get(name, part) == part for name, part in parts.items()):
                there.update(parts)
                return addresses
        raise AssertionError  # numbers do not end

    def add_one(self, section: str, name: str, part: Any) -> dict[str, Any]:
        """Add one part; return the reference to it."""
        return {"$ref": self.add(section, {name: part})[name]}

    def schema(self, schema: Mapping[str, Any], parts: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
        """Return a schema that stands in this document, the parts it refers to being among the components."""
        group = {prefix + pascal(name): self.fitted(part) for name, part in parts.items()}
        inner = {name: f"#/$defs/{prefix}{pascal(name)}" for name in parts}
        addresses = self.add("schemas", {name: referring(part, inner) for name, part in group.items()})
        final: dict[str, Any] = referring(
            self.fitted(schema), {name: addresses[prefix + pascal(name)] for name in parts}
        )
        return final

    def fitted(self, schema: Any) -> Any:
        """Return a schema in the spelling of this document's version."""
        plain = mapped(schema, simplified)
        return mapped(plain, of_3_0) if self.version.startswith("3.0") else plain

    def body(self, dialect: Dialect) -> dict[str, Any]:
        """Return the schema of what a dialect writes as JSON, made once; an open one where it declares none."""
        if id(dialect) not in self.bodies:
            self.bodies[id(dialect)] = dialect, self._body(dialect)
        return self.bodies[id(dialect)][1]

    def _body(self, dialect: Dialect) -> dict[str, Any]:
        whole = dialect.schema()
        if whole is None:
            return {}
        name = _BODY_NAMES.get(dialect.name, pascal(dialect.name) + "Error")
        root = whole["$ref"].rpartition("/")[2] if "$ref" in whole else None
        renamed = {part: name if part == root else name + pascal(part) for part in whole.get("$defs", {})}
        inner = {part: f"#/$defs/{final}" for part, final in renamed.items()}
        plain = {name: undocumented(part) for name, part in whole.get("$defs", {}).items()}
        for part in plain.keys() - with_nulls(dialect.fields):
            plain[part] = mapped(plain[part], without_null)
        parts = {final: referring(plain[part], inner) for part, final in renamed.items()}
        if root is not None:
            parts[name]["description"] = dialect.title
        top = {key: member for key, member in whole.items() if key != "$defs"}
        return self.schema(referring(top, inner), parts)


def referring(value: Any, addresses: Mapping[str, str]) -> Any:
    """Return a copy whose references to `#/$defs/...` lead elsewhere."""

    def led(node: dict[str, Any]) -> dict[str, Any]:
        start, _, name = str(node.get("$ref", "")).rpartition("/")
        return {**node, "$ref": addresses[name]} if start == "#/$defs" and name in addresses else node

    return mapped(value, led)


def undocumented(schema: Any) -> Any:
    """Return a schema without the names and words that are meant for those who read the source."""

    def bare(node: dict[str, Any]) -> dict[str, Any]:
        return {name: part for name, part in node.items() if name not in {"title", "description"} or not _is_text(part)}

    return mapped(schema, bare)


def _is_text(part: object) -> bool:
    return isinstance(part, str)  # a member of these names is described by an object


def with_nulls(wire: Any) -> set[str]:
    """Return the names of the structures within a wire type that write members without a value as null."""
    found: dict[Any, None] = {}
    waiting: list[Any] = [msgspec.inspect.type_info(wire)]
    while waiting:
        info = waiting.pop()
        if isinstance(info, msgspec.inspect.StructType):
            if info.cls not in found:
                found[info.cls] = None
                waiting += [field.type for field in info.fields]
        else:
            waiting += getattr(info, "types", ())
            waiting += [part for name in ("item_type", "key_type", "value_type") if (part := getattr(info, name, None))]
    return {cls.__name__ for cls in found if not cls.__struct_config__.omit_defaults}


def without_null(node: dict[str, Any]) -> dict[str, Any]:
    """Return a schema of a member that is left out when it has no value: it is never null."""
    if node.get("default", 0) is not None or "anyOf" not in node:
        return node
    options = [each for each in node["anyOf"] if each != _NULL]
    rest = {name: part for name, part in node.items() if name not in {"anyOf", "default"}}
    return {**options[0], **rest} if len(options) == 1 else {**rest, "anyOf": options}


def simplified(node: dict[str, Any]) -> dict[str, Any]:
    """Return a schema without what generators of clients stumble over: a closed object breaks at each new member."""
    if "type" not in node and isinstance(values := node.get("enum"), list) and all(isinstance(v, str) for v in values):
        node = {"type": "string", **node}
    silent: dict[str, Any] = {"additionalProperties": False, "default": None, "required": []}
    return {name: part for name, part in node.items() if name not in silent or part != silent[name]}


def of_3_0(node: dict[str, Any]) -> dict[str, Any]:
    """Return a schema in the words of OpenAPI 3.0: without null, const, tuples and encodings, with one example."""
    node = _single(_nullable(node))
    if "const" in node and not isinstance(node["const"], dict):
        node = {**{k: v for k, v in node.items() if k != "const"}, "enum": [node["const"]]}
    for limit, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if limit in node and not isinstance(node[limit], bool | dict):
            node = {**node, bound: node[limit], limit: True}
    if isinstance(node.get("$ref"), str) and len(node) > 1:
        rest = {name: part for name, part in node.items() if name != "$ref"}
        node = {"allOf": [{"$ref": node["$ref"]}], **rest}
    return node


def _single(node: dict[str, Any]) -> dict[str, Any]:
    """Return a schema whose list of examples is one, whose tuples are lists, and whose bytes have a format."""
    if isinstance(node.get("examples"), list):
        node = {**{k: v for k, v in node.items() if k != "examples"}, "example": node["examples"][0]}
    if isinstance(node.get("prefixItems"), list):
        node = {**{k: v for k, v in node.items() if k != "prefixItems"}, "items": {}}
    if node.get("contentEncoding") == "base64":
        node = {**{k: v for k, v in node.items() if k != "contentEncoding"}, "format": "byte"}
    return node


def _nullable(node: dict[str, Any]) -> dict[str, Any]:
    options = node.get("anyOf")
    if isinstance(options, list) and _NULL in options:
        others = [each for each in options if each != _NULL]
        rest = {name: part for name, part in node.items() if name != "anyOf"}
        return {**rest, **_alone(others), "nullable": True}
    return {"nullable": True} if node == _NULL else node


def _alone(others: list[dict[str, Any]]) -> dict[str, Any]:
    if len(others) > 1:
        return {"anyOf": others}
    return {"allOf": others} if "$ref" in others[0] else others[0]
