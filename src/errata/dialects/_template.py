"""Templates with named slots: what a described format looks like, and how a problem gets in and out of it.

A template is a JSON value, or an XML element turned into one. A text that is
`{code}` or `{violation.path:pointer}` is a slot; a list around slots of a
violation, an inner problem or a fault stands for as many as there are; all
other values are constants.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple, cast

import msgspec
from msgspec.structs import replace

from errata._body import Document, Wire
from errata._kind import is_kind, title_of
from errata._problem import LOCATIONS, NO_MEMBERS, Problem, Resource, Violation, path_from_text
from errata.dialects._shapes import code_number


class TemplateError(ValueError):
    """A template cannot be used; `near` is the text in it that the error is about."""

    def __init__(self, message: str, near: str) -> None:
        super().__init__(message)
        self.near = near


class Form(NamedTuple):
    """How a slot's value is spelled: its JSON type, and the way there and back."""

    type: Any
    spell: Callable[[Any], Any] = lambda value: value
    parse: Callable[[Any], Any] = lambda value: value


def _segments(value: list[Any]) -> tuple[str | int, ...]:
    return tuple(value)


_TEXT: Final = Form(str)
_FORMS: Final[dict[str, dict[str, Form]]] = {
    "code": {"": _TEXT, "int": Form(int, code_number, str)},
    "status": {"": Form(int), "text": Form(str, str, lambda text: int(text) if text.isdecimal() else None)},
    "retry_after": {
        "": Form(float),
        "ms": Form(int, lambda seconds: round(seconds * 1000), lambda value: value / 1000 if value >= 0 else None),
        "text": Form(str, lambda seconds: f"{seconds:g}", lambda text: float(text) if text.isdecimal() else None),
    },
    "path": {
        "": Form(str, lambda path: Violation(path=path).dotted, path_from_text),
        "pointer": Form(str, lambda path: Violation(path=path).pointer, path_from_text),
        "list": Form(list[str | int], list, _segments),
    },
    "kind": {"": Form(str, str, lambda text: text if is_kind(text) else None)},
    "location": {"": Form(str, str, lambda text: text if text in LOCATIONS else None)},
}

_OF_PROBLEM: Final = (
    "code", "status", "kind", "type", "title", "detail", "instance", "retry_after", "trace_id", "help",
    "resource.type", "resource.id",
)  # fmt: skip
_OF_PART: Final = ("path", "location", "detail", "code", "status")
SLOTS: Final[dict[str, tuple[str, ...]]] = {
    "": _OF_PROBLEM,
    "violation": _OF_PART,
    "fault": _OF_PART,
    "problem": ("code", "status", "type", "title", "detail"),
}
"""The names of the slots by what they are of; "" is the whole problem, a fault a violation or the problem itself."""

SPREAD: Final = "{extensions}"


class Slot(NamedTuple):
    """A place for one value: of what, which one, and how it is spelled."""

    of: str
    name: str
    form: Form


class Repeat(NamedTuple):
    """A list with one item for each violation, inner problem or fault."""

    of: str
    item: "Node"


class Constant(NamedTuple):
    """A value that is always the same."""

    value: Any


class Member(NamedTuple):
    """A member of an object: its name, what it holds, and whether it is left out when that is empty."""

    name: str
    node: "Node"
    optional: bool


class Shape(NamedTuple):
    """An object: its members, its wire type, and whether extension members stand in it."""

    members: tuple[Member, ...]
    type: type[Wire]
    spread: bool


Node = Slot | Repeat | Constant | Shape


def compile_template(value: Any) -> Shape:
    """Return the shape that a template describes; raises TemplateError."""
    if not isinstance(value, dict):
        raise TemplateError("the template must be an object; put the list or text into a member of one", "json")
    shape = _node(value, "Body")
    if not isinstance(shape, Shape) or not any(_slots(shape)):
        raise TemplateError('the template has no slot; write one as "{detail}"', "json")
    return shape


def _node(value: Any, name: str) -> Node:
    """Return the node of a value; `name` is what the wire type of an object is called in the schema."""
    if isinstance(value, dict):
        return _shape(value, name)
    if isinstance(value, list) and value:
        return _repeat(value, name)
    if isinstance(value, str) and ("{" in value or "}" in value):
        return slot_of(value)
    return Constant(value)


def _shape(members: dict[str, Any], own_name: str) -> Shape:
    spread = members.get("*") == SPREAD
    nodes = [
        Member(name.removesuffix("?"), _node(value, own_name + name.removesuffix("?").title()), name.endswith("?"))
        for name, value in members.items()
        if name != "*"
    ]
    if "*" in members and not spread:
        raise TemplateError(f'"*" stands for further members; write it as "*": "{SPREAD}"', '"*"')
    for name in (name for name in members if name.endswith("?") and name[:-1] in members):
        raise TemplateError(f"member {name[:-1]!r} is there twice, once with a question mark", f'"{name}"')
    fields = [(f"member_{n}", _type(node) | None, None) for n, (_, node, _) in enumerate(nodes)]
    names = {f"member_{n}": name for n, (name, _, _) in enumerate(nodes)}
    wire = msgspec.defstruct(own_name, fields, bases=(Wire,), rename=names, kw_only=True, omit_defaults=False)
    return Shape(tuple(nodes), cast("type[Wire]", wire), spread)


def _repeat(items: list[Any], name: str) -> Repeat:
    item = _node(items[0], name)
    of = {slot.of for slot in _slots(item)} - {""}
    if len(items) > 1 or len(of) != 1:
        raise TemplateError(
            "a list has one item, with slots of either violation, fault or problem, as {violation.detail}",
            str(items[0]) if isinstance(items[0], str) else "[",
        )
    return Repeat(of.pop(), item)


def slot_of(text: str) -> Slot:
    """Return the slot that a text names; raises TemplateError."""
    inside = text[1:-1]
    if not (text.startswith("{") and text.endswith("}")) or "{" in inside or "}" in inside:
        raise TemplateError(f"a slot must be the whole text: {text[:60]!r} holds more than one slot", text)
    place, _, form = inside.partition(":")
    of, _, name = place.rpartition(".") if place not in _OF_PROBLEM else ("", "", place)
    if of not in SLOTS or name not in SLOTS[of]:
        known = ", ".join(f"{of}.{n}" if of else n for of, names in SLOTS.items() for n in names)
        raise TemplateError(f"there is no slot {text[:60]!r}; use one of: {known}", text)
    forms = _FORMS.get(name, {"": _TEXT})
    if form not in forms:
        listed = ", ".join(f"{{{place}:{key}}}" if key else f"{{{place}}}" for key in forms)
        raise TemplateError(f"there is no form {form[:20]!r} of {{{place}}}; use one of: {listed}", text)
    return Slot(of, name, forms[form])


def _slots(node: Node) -> Iterator[Slot]:
    if isinstance(node, Slot):
        yield node
    elif isinstance(node, Repeat):
        yield from _slots(node.item)
    elif isinstance(node, Shape):
        for member in node.members:
            yield from _slots(member.node)


def _type(node: Node) -> Any:
    match node:
        case Slot():
            return node.form.type
        case Repeat():
            return list[_type(node.item)]  # type: ignore[misc] # made at run time
        case Shape():
            return node.type
        case Constant(value):
            return type(value) if value is not None else Any


def rows(shape: Shape, path: str = "") -> Iterator[tuple[str, str, bool, str]]:
    """Yield the members for documentation: path, type, whether it is always there, and what it holds."""
    for name, held, optional in shape.members:
        place = f"{path}.{name}" if path else name
        node = held
        while isinstance(node, Repeat):
            place, node = place + "[]", node.item
        if isinstance(node, Shape):
            yield from rows(node, place)
        elif isinstance(node, Slot):
            yield place, _JSON_NAMES.get(node.form.type, "list"), not optional, f"{node.of} {node.name}".strip()
        elif isinstance(node, Constant):
            yield place, _JSON_NAMES.get(type(node.value), "null"), not optional, f"always {node.value!r}"
    if shape.spread:
        yield f"{path}.*" if path else "*", "any", False, "extension members"


_JSON_NAMES: Final[dict[Any, str]] = {str: "text", int: "integer", float: "number", bool: "boolean"}


# ---- writing ----


def fill(shape: Shape, problem: Problem) -> dict[str, Any]:
    """Return the value that says a problem."""
    filled: dict[str, Any] = _fill(shape, problem, problem)
    return filled


def _fill(node: Node, problem: Problem, part: Problem | Violation) -> Any:
    match node:
        case Constant(value):
            return value
        case Slot():
            return spell(node, problem if not node.of else part)
        case Repeat():
            return [_fill(node.item, problem, each) for each in _parts(node.of, problem)]
        case Shape():
            own = {m.name: _fill(m.node, problem, part) for m in node.members}
            kept = {m.name: own[m.name] for m in node.members if not m.optional or own[m.name] not in (None, [], {})}
            further = {k: v for k, v in problem.extensions.items() if k.strip() not in own} if node.spread else {}
            return {**kept, **further}


def _parts(of: str, problem: Problem) -> tuple[Problem | Violation, ...]:
    if of == "problem":
        return problem.problems
    if of == "violation":
        return problem.violations
    # A fault always has a text, and the first one a code: its own, or the problem's.
    first, *others = problem.violations or (Violation(status=problem.status),)
    faults = (replace(first, code=first.code or problem.code), *others)
    return tuple(v if v.detail else replace(v, detail=problem.head) for v in faults)


def spell(slot: Slot, of: Problem | Violation) -> Any:
    """Return a slot's value as the body has it; None when there is none."""
    value: Any = of
    for name in slot.name.split("."):
        value = getattr(value, name, None)
    if value is None and isinstance(of, Problem) and slot.name in _FALLBACKS:
        value = _FALLBACKS[slot.name](of)
    return None if value is None or value == () else slot.form.spell(value)


_FALLBACKS: Final[dict[str, Callable[[Problem], Any]]] = {
    "detail": lambda problem: problem.head,
    "title": lambda problem: title_of(problem.status),
    "status": lambda problem: problem.status or 500,
}


# ---- reading ----


class _Found:
    """The values of the slots, collected while a body is read."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.parts: dict[str, list[dict[str, Any]]] = {}
        self.extras: dict[str, Any] = {}


def extract(shape: Shape, doc: Document, value: dict[str, Any], further: dict[str, Any]) -> Problem:
    """Return the problem that a value of the shape says; `further` are slots found elsewhere."""
    found = _Found()
    _extract(shape, doc.fit(shape.type, value), found, found.values)
    values: dict[str, Any] = {**further, **_given(found.values)}
    resource = Resource(values.pop("resource.type", None), values.pop("resource.id", None))
    violations = [_violation(values) for values in found.parts.get("violation", [])]
    faults = [_violation(each) for each in found.parts.get("fault", [])]
    if len(faults) == 1 and not faults[0].path:
        values = {"detail": faults[0].detail, "code": faults[0].code, "status": faults[0].status, **values}
    else:
        violations += faults
        values.setdefault("code", faults[0].code if faults else None)
    given = _given(values)
    given.setdefault("status", doc.raw.status)
    return Problem(
        **given,
        violations=tuple(violations),
        problems=tuple(Problem(**each) for each in found.parts.get("problem", [])),
        resource=resource if resource != Resource() else None,
        extensions=found.extras or NO_MEMBERS,
    )


def _violation(values: dict[str, Any]) -> Violation:
    return Violation(**_given(values))


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _extract(node: Node, value: Any, found: _Found, part: dict[str, Any]) -> None:
    if isinstance(node, Slot):
        target = found.values if not node.of else part
        if value is not None:
            target[node.name] = node.form.parse(value)
    elif isinstance(node, Repeat):
        for item in value or []:
            each: dict[str, Any] = {}
            found.parts.setdefault(node.of, []).append(each)
            _extract(node.item, item, found, each)
    elif isinstance(node, Shape) and value is not None:
        for n, member in enumerate(node.members):
            _extract(member.node, getattr(value, f"member_{n}"), found, part)
        # The first to say a member has said it; constants say nothing.
        found.extras = {**value.extras, **found.extras}
