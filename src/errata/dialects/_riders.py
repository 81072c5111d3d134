"""What the formats share that are problem details with members of their own.

What RFC 9457 leaves open travels as in the dialect `problem`: code, trace id,
inner problems, resource and help are extension members, which its clients ignore.
"""

from typing import Any, TypeVar

from errata._body import Document, Wire
from errata._json import write_json
from errata._problem import NO_MEMBERS, Problem, shows
from errata.dialects.problem import read_members, write_members


class Standard(Wire, forbid_unknown_fields=False):
    """The standard members; any further member is legal."""

    type: str | None = None
    title: str | None = None
    status: int | None = None
    detail: str | None = None
    instance: str | None = None


def own_type(problem: Problem) -> str | None:
    """Return the type, unless it says nothing."""
    return problem.type if shows(problem.type) and problem.type != "about:blank" else None


_W = TypeVar("_W", bound=Wire)


def read_with(doc: Document, value: Any, wire_type: type[_W], own: frozenset[str]) -> tuple[_W, Problem]:
    """Return the members that are the format's own, and the problem that all others tell."""
    if not isinstance(value, dict):
        doc.note("wrong-type", "the body is no object; the status speaks alone")
        return doc.fit(wire_type, {}), Problem(status=doc.raw.status)
    wire = doc.fit(wire_type, {name: member for name, member in value.items() if name in own})
    rest = read_members(doc, {name: member for name, member in value.items() if name not in own})
    return wire, rest.replace(extensions={**rest.extensions, **wire.extras}) if wire.extras else rest


def write_with(body: Standard, rest: Problem) -> bytes:
    """Return the members of a body, and those of a problem that RFC 9457 has no place for."""
    own = frozenset(type(body).__struct_encode_fields__)
    extensions = {name: value for name, value in rest.extensions.items() if name not in own}
    plain = rest.replace(type=None, title=None, detail=None, instance=None, extensions=extensions or NO_MEMBERS)
    written, further = write_json(body), write_members(plain, None)
    # Two objects are joined by their braces: `{"a":1}` and `{"b":2}`.
    return written if further == b"{}" else written[:-1] + b"," + further[1:]


def leave_out_debug(doc: Document, problem: Problem, names: frozenset[str]) -> Problem:
    """Return a problem without the extension members that are for developers, with a finding when there were some."""
    found = sorted(names.intersection(problem.extensions))
    if not found:
        return problem
    doc.note("debug-left-out", f"members for developers were left out: {', '.join(found)}")
    kept = {name: value for name, value in problem.extensions.items() if name not in names}
    return problem.replace(extensions=kept or NO_MEMBERS)
