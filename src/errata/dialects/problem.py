"""Problem details as JSON (RFC 9457, formerly RFC 7807).

Members that the RFC has no place for travel as extension members: `code`,
`traceId`, `errors` (the violations), `problems`, `resource`, `help`. The variant
`nested` is a house style seen behind ASP.NET: extension members inside an object
`extensions`, explicit nulls, and violations as `{message, errorCode, source}`.
Reading accepts both, and the stock ASP.NET map of field to texts.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final, cast

import msgspec

from errata._body import MAX_ITEMS, Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import title_of
from errata._problem import LOCATIONS, NO_MEMBERS, Location, Members, Problem, Resource, Violation, path_from_text
from errata.dialects._shapes import violations_from_map, without_debug

MEDIA_TYPE: Final = "application/problem+json"


class Item(Wire):
    """One violation (the shape of RFC 9457 section 3's example, with the place outside the body named)."""

    detail: str | None = None
    pointer: str | None = None
    location: Location | None = None
    parameter: str | None = None
    code: str | None = None
    status: int | None = None


class Body(Wire, forbid_unknown_fields=False):
    """The standard members, and those that errata adds; any further member is legal."""

    type: str | None = None
    title: str | None = None
    status: int | None = None
    detail: str | None = None
    instance: str | None = None
    code: str | None = None
    trace_id: str | None = msgspec.field(default=None, name="traceId")
    errors: list[Item] | None = None
    problems: list[dict[str, Any]] | None = None
    resource: Resource | None = None
    help: str | None = None


_KNOWN: Final = frozenset(field.encode_name for field in msgspec.structs.fields(Body))
_NOTHING: Final = Resource()
_RESERVED: Final = _KNOWN | {"extensions"}


def _read(doc: Document) -> Problem:
    value = doc.value
    if not isinstance(value, dict):
        doc.note("wrong-type", "the body is not a JSON object; the status speaks alone")
        return Problem(status=doc.raw.status)
    return read_members(doc, value)


def read_members(doc: Document, value: dict[str, Any]) -> Problem:
    """Return the problem that an object tells; a member beside `extensions` counts before one inside."""
    while isinstance(nested := value.get("extensions"), dict):
        beside = {k: v for k, v in value.items() if k != "extensions" and (v is not None or k not in nested)}
        value = {**nested, **beside}
    try:
        wire = msgspec.convert(value, Body)
    except (msgspec.ValidationError, RecursionError):
        return _read_loosely(doc, value)
    return _problem(doc, wire, _further(doc, value))


# What servers in debug mode add; nobody may pass it on.
_DEBUG: Final = ("exception", "exceptionDetails", "stack", "stackTrace", "stack_trace", "stacktrace", "traceback")


def _further(doc: Document, value: dict[str, Any]) -> Members[Any]:
    if _KNOWN.issuperset(value):  # most bodies: five times as fast as looking at each
        return NO_MEMBERS
    further = {name: member for name, member in value.items() if name not in _KNOWN}
    return Members(further if further.keys().isdisjoint(_DEBUG) else without_debug(doc, further, _DEBUG))


def _problem(doc: Document, wire: Body, extensions: Mapping[str, Any]) -> Problem:
    return Problem(
        status=wire.status,
        code=wire.code,
        type=wire.type if wire.type != "about:blank" else None,
        title=wire.title,
        detail=wire.detail,
        instance=wire.instance,
        violations=tuple(map(_violation, wire.errors)) if wire.errors else (),
        problems=tuple([read_members(doc, inner) for inner in wire.problems]) if wire.problems else (),
        resource=wire.resource,
        trace_id=wire.trace_id,
        help=wire.help,
        extensions=extensions,
    )


def _violation(item: Item) -> Violation:
    path = path_from_text(item.pointer or item.parameter or "")
    return Violation(path=path, location=item.location, detail=item.detail, code=item.code, status=item.status)


def _read_loosely(doc: Document, value: dict[str, Any]) -> Problem:
    """Read a body whose members are of other types or whose violations have another shape."""
    errors = value.get("errors")
    wire = doc.fit(Body, {k: v for k, v in value.items() if k in _KNOWN and k != "errors"})
    extensions = {**_further(doc, value), **wire.extras}
    violations: tuple[Violation, ...] = ()
    try:
        wire.errors = msgspec.convert(errors, list[Item] | None)
    except (msgspec.ValidationError, RecursionError):
        violations = tuple(islice(_foreign(errors), MAX_ITEMS))
        if not violations:
            extensions["errors"] = errors
        elif left_out := sorted(_unread_names(errors)):
            names = ", ".join(left_out)[:200]
            doc.note("foreign-violations", f"members of violations were left out: {names}", "errors")
    problem = _problem(doc, wire, extensions)
    return problem.replace(violations=violations) if violations else problem


_TEXTS: Final = ("detail", "message", "msg", "text", "title", "description")
_PLACES: Final = ("pointer", "source", "parameter", "field", "propertyPath", "location", "loc", "name", "path")
_CODES: Final = ("code", "errorCode", "type", "rule")
_READ: Final = frozenset({*_TEXTS, *_PLACES, *_CODES, "in", "status"})


def _unread_names(errors: object) -> set[str]:
    """Return the member names of violations that mean nothing here."""
    items = errors if isinstance(errors, list) else []
    return {name for item in items if isinstance(item, dict) for name in item if name not in _READ}


def _foreign(errors: object) -> Iterator[Violation]:
    """Read violations in other people's shapes: a list of objects, or a map of field to texts."""
    if isinstance(errors, dict):
        yield from violations_from_map(errors)
    elif isinstance(errors, list):
        for item in errors:
            if isinstance(item, dict):
                yield _foreign_item(item)
            elif _text(item) is not None:
                yield Violation(detail=_text(item))


def _foreign_item(item: dict[str, Any]) -> Violation:
    place = next((item[name] for name in _PLACES if item.get(name)), "")
    path = path_from_text(place) if isinstance(place, str) else _segments(place)
    named = (item.get("location"), item.get("in"))
    location: Location | None = next((word for word in LOCATIONS if named.count(word)), None)
    if location is None and len(path) > 1 and "pointer" not in item:
        location = next((word for word in LOCATIONS if word == path[0]), None)
        path = path[1:] if location else path
    code = next((item[name] for name in _CODES if item.get(name)), None)
    detail = next((item[name] for name in _TEXTS if isinstance(item.get(name), str)), None)
    status = item["status"] if type(item.get("status")) is int else None
    return Violation(path=path, location=location, detail=detail, code=_text(code), status=status)


def _segments(place: object) -> tuple[str | int, ...]:
    segments = place if isinstance(place, list) else []
    return tuple(s for s in segments if isinstance(s, str | int) and not isinstance(s, bool))


def _text(value: object) -> str | None:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) and value != "" else None


# ---- writing ----


def _body(problem: Problem, status: int | None) -> Body:
    violations, inner = problem.violations, problem.problems
    return Body(
        problem.type,
        title_of(status) if problem.title is None and status else problem.title,
        status,
        problem.detail,
        problem.instance,
        problem.code,
        problem.trace_id,
        [_item(v) for v in violations] if violations else None,
        cast("list[dict[str, Any]]", [msgspec.Raw(write_members(p, p.status)) for p in inner]) if inner else None,
        None if problem.resource == _NOTHING else problem.resource,
        problem.help,
    )


def _item(violation: Violation) -> Item:
    in_body = violation.location in (None, "body")
    return Item(
        violation.detail,
        _fragment(violation.pointer) if in_body else None,
        violation.location,
        None if in_body else violation.dotted,
        violation.code,
        violation.status,
    )


_NOT_PLAIN: Final = re.compile("[^A-Za-z0-9._~!$&'()*+,;=:@/?-]").search


def _fragment(pointer: str) -> str:
    """Return a JSON Pointer as a URI fragment (RFC 6901 section 6)."""
    if _NOT_PLAIN(pointer):
        from urllib.parse import quote

        pointer = quote(pointer, safe="/~!$&'()*+,;=:@?")
    return "#" + pointer


def _write(problem: Problem) -> bytes:
    return write_members(problem, problem.status or 500)


def write_members(problem: Problem, status: int | None) -> bytes:
    """Return a problem as a JSON object; none of its extension members replaces a member that it has."""
    written = write_json(_body(problem, status))
    if not problem.extensions:
        return written
    extensions = problem.extensions if _RESERVED.isdisjoint(problem.extensions) else _allowed(problem)
    if not extensions or written == b"{}":
        return write_json(extensions) if extensions else written
    # Two objects are joined by their braces: `{"a":1}` and `{"b":2}`.
    return written[:-1] + b"," + write_json(extensions)[1:]


def _allowed(problem: Problem) -> dict[str, Any]:
    """Return the extension members that cannot pass for a declared one."""
    return {name: value for name, value in problem.extensions.items() if name not in _RESERVED}


dialect: Final = Dialect(
    name="problem",
    title="problem details as JSON",
    source="RFC 9457",
    read=_read,
    formats=(format_of("json", MEDIA_TYPE, _write),),
    signatures=(
        Signature(media_types=frozenset({MEDIA_TYPE}), form="json"),
        Signature(members={"title": str | None, "status": int, "type": str | None}),
        Signature(members={"title": str | None, "status": int, "detail": str | None}),
        Signature(members={"title": str | None, "status": int, "extensions": dict}),
        Signature(members={"title": str | None, "status": int, "traceId": str}),
        Signature(members={"type": str, "status": int, "detail": str, "title": ABSENT}),
        Signature(members={"type": str, "title": str, "detail": str, "status": ABSENT}),
    ),
    fields=Body,
)


# ---- the nested house style ----


class NestedItem(Wire, rename="camel", omit_defaults=False):
    """One violation: its text, a number (0: no code), and the property of the request."""

    message: str
    error_code: int = 0
    source: str = ""


class NestedBody(Wire, omit_defaults=False, kw_only=True):
    """All standard members always, null when empty; everything else inside `extensions`."""

    errors: list[NestedItem] | msgspec.UnsetType = msgspec.UNSET
    type: str
    title: str
    status: int
    detail: str | None
    instance: str | None
    extensions: dict[str, Any]


def _write_nested(problem: Problem) -> bytes:
    items = [_nested_item(v) for v in problem.violations]
    inner = [msgspec.Raw(write_members(p, p.status)) for p in problem.problems] or None
    own = {
        "traceId": problem.trace_id, "code": problem.code, "problems": inner,
        "resource": None if problem.resource == _NOTHING else problem.resource, "help": problem.help,
    }  # fmt: skip
    extensions = {name: value for name, value in own.items() if value is not None}
    return write_json(
        NestedBody(
            errors=items or msgspec.UNSET,
            type=problem.type or "about:blank",
            title=problem.title or title_of(problem.status),
            status=problem.status or 500,
            detail=problem.detail,
            instance=problem.instance,
            extensions=extensions | _allowed(problem),
        )
    )


def _nested_item(violation: Violation) -> NestedItem:
    code = violation.code or ""
    number = int(code) if code.isascii() and code.isdigit() and len(code) < 10 else 0
    return NestedItem(violation.detail or "The value is not valid.", number, violation.dotted)


nested: Final = msgspec.structs.replace(
    dialect, formats=(format_of("json", MEDIA_TYPE, _write_nested),), fields=NestedBody
)
