"""Formats of one's own, described in TOML: a template with named slots gives reading, writing, schema and pages.

A description has an `id`, a `title`, a `source`, and a template `json` or `xml`.
`[http]` holds the media type, a fixed status and header fields, `[codes]` the
closed set of codes with their statuses, `[evidence]` what else tells the format
from others.
"""

import difflib
import json
import re
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
from msgspec.structs import replace

from errata._body import Document
from errata._dialect import Dialect, Format, Signature, format_of
from errata._json import write_json
from errata._problem import Problem
from errata._xml import Element, XmlError, parse_xml, write_xml
from errata.dialects._template import (
    Constant,
    Repeat,
    Shape,
    Slot,
    TemplateError,
    compile_template,
    extract,
    fill,
    rows,
    slot_of,
    spell,
)
from errata.dialects._template_xml import element_of, template_of, value_of


class DescriptionError(ValueError):
    """A description cannot be used; the text names file, line and remedy."""


class Http(msgspec.Struct, forbid_unknown_fields=True):
    """The HTTP part: a media type, a status that every error is sent with, header fields with slots."""

    media_type: str | None = None
    status: int | None = None
    headers: dict[str, str] = {}


class Evidence(msgspec.Struct, forbid_unknown_fields=True):
    """What tells the format from others, beside the members that are always there."""

    headers: dict[str, str] = {}
    statuses: frozenset[int] = frozenset()
    success: bool = False
    weight: int = 0


class Description(msgspec.Struct, forbid_unknown_fields=True):
    """A format as data; either `json` or `xml` holds the template."""

    id: str
    title: str
    source: str
    json: str | None = None
    xml: str | None = None
    http: Http = msgspec.field(default_factory=Http)
    codes: dict[str, int] | None = None
    evidence: Evidence = msgspec.field(default_factory=Evidence)


def load_dialect(path: Path | str) -> Dialect:
    """Return the dialect that a TOML file describes; raises DescriptionError, OSError."""
    return dialect_from_toml(Path(path).read_text("utf-8"), Path(path).name)


def dialect_from_toml(text: str, name: str = "description") -> Dialect:
    """Return the dialect that a TOML text describes; raises DescriptionError."""
    try:
        return _dialect(_description(tomllib.loads(text)))
    except tomllib.TOMLDecodeError as error:
        raise DescriptionError(f"{name}: not valid TOML: {error}") from None
    except json.JSONDecodeError as error:
        line = _line_of(text, "json") + error.lineno - 1
        raise DescriptionError(f"{name}, line {line}: the template is not valid JSON: {error.msg}") from None
    except TemplateError as error:
        raise DescriptionError(f"{name}, line {_line_of(text, error.near)}: {error}") from None


def members_of(dialect: Dialect) -> list[tuple[str, str, bool, str]]:
    """Return path, type, whether it is always there, and meaning of each member; nothing for other dialects."""
    reader = getattr(dialect.read, "__self__", None)
    return list(rows(reader.shape)) if isinstance(reader, _Reader) else []


def _line_of(text: str, near: str) -> int:
    """Return the line of a key, else of the first place with a text, else 1."""
    lines = text.splitlines()
    key = re.compile(rf'\s*\[?"?{re.escape(near)}"?\s*[=\]]')
    at = next((n for n, line in enumerate(lines, 1) if key.match(line)), None)
    return at or next((n for n, line in enumerate(lines, 1) if near in line), 1)


def _description(table: dict[str, Any]) -> Description:
    _check_keys(table, Description, "")
    for name, part in (("http", Http), ("evidence", Evidence)):
        if isinstance(table.get(name), dict):
            _check_keys(table[name], part, f"{name}.")
    missing = [name for name in ("id", "title", "source") if not table.get(name)]
    if missing:
        raise TemplateError(f'{missing[0]} is missing; write {missing[0]} = "..." at the top', missing[0])
    try:
        described = msgspec.convert(table, Description)
    except msgspec.ValidationError as error:
        place = str(error).partition("`$.")[2].rstrip("`").rpartition(".")[2]
        raise TemplateError(str(error).replace(" - at `$.", ": ").rstrip("`").lower(), place or "id") from None
    if (described.json is None) == (described.xml is None):
        raise TemplateError("a description has one template: give either json or xml", "xml")
    if not re.fullmatch(r"[a-z][a-z0-9-]{1,40}", described.id):
        raise TemplateError(f"the id {described.id[:50]!r} is not lower-case letters, digits and dashes", "id")
    return described


def _check_keys(table: Mapping[str, Any], part: type[msgspec.Struct], where: str) -> None:
    known = part.__struct_fields__
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            remedy = f"did you mean {where}{near[0]}?" if near else f"use one of: {', '.join(known)}"
            raise TemplateError(f"there is no key {where}{key}; {remedy}", key)


def _dialect(described: Description) -> Dialect:
    root, shape = _template(described)
    http = described.http
    head = {name.lower(): slot_of(text) if "{" in text else Constant(text) for name, text in http.headers.items()}
    media_type = http.media_type or f"application/{'xml' if root is not None else 'json'}"

    def write(problem: Problem) -> bytes:
        value = fill(shape, problem)
        return write_json(value) if root is None else write_xml(element_of(shape, root.name, value, root.namespace))

    return Dialect(
        name=described.id,
        title=described.title,
        source=described.source,
        read=_Reader(shape, head, described.codes or {}).read,
        formats=(_format(described, media_type, write, head),),
        signatures=tuple(_signatures(described, media_type, root, shape)),
        fields=shape.type if root is None else None,
        codes=described.codes,
    )


class _Reader(NamedTuple):
    """The reader of a described format."""

    shape: Shape
    head: dict[str, Slot | Constant]
    codes: dict[str, int]

    def read(self, doc: Document) -> Problem:
        """Return the problem that a document says; total."""
        value = doc.value if doc.root is None else value_of(self.shape, doc.root)
        if not isinstance(value, dict):
            doc.note("wrong-type", "the body is not what the format has; the status speaks alone")
            value = {}
        problem = extract(self.shape, doc, value, _from_headers(self.head, doc.raw.headers))
        # Where the response is a success, the code alone can tell a status.
        status = self.codes.get(problem.code or "")
        if status is None or not 200 <= (problem.status or 0) < 300:
            return problem
        return problem.replace(status=status, kind=None)


def _template(described: Description) -> tuple[Element | None, Shape]:
    if described.json is not None:
        return None, compile_template(json.loads(described.json, object_pairs_hook=_unique))
    try:
        root, _ = parse_xml((described.xml or "").strip().encode())
    except XmlError as error:
        raise TemplateError(f"the template is not valid XML: {error}", "xml") from None
    return root, compile_template(template_of(root))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        twice = next(name for name, _ in pairs if [n for n, _ in pairs].count(name) > 1)
        raise TemplateError(f"member {twice!r} is there twice; remove one", f'"{twice}"')
    return members


def _from_headers(head: dict[str, Slot | Constant], given: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of the slots in header fields; a field with another value is as good as none."""
    values: dict[str, Any] = {}
    for name, slot in head.items():
        if isinstance(slot, Slot) and given.get(name):
            with suppress(msgspec.ValidationError):
                values[slot.name] = slot.form.parse(msgspec.convert(given[name][:1000], slot.form.type, strict=False))
    return values


def _format(described: Description, media_type: str, write: Any, head: dict[str, Slot | Constant]) -> Format:
    def fields(problem: Problem) -> dict[str, str]:
        values = {n: s.value if isinstance(s, Constant) else spell(s, problem) for n, s in head.items()}
        return {name: str(value) for name, value in values.items() if value is not None}

    fixed = described.http.status
    return format_of(
        "json" if described.json is not None else "xml",
        media_type,
        write,
        head=fields if head else None,
        status=(lambda _: fixed) if fixed is not None else None,
    )


_GENERIC: Final = frozenset({"application/json", "application/xml", "text/xml", "text/json", "text/plain", "text/html"})


def _signatures(described: Description, media_type: str, root: Element | None, shape: Shape) -> list[Signature]:
    given = described.evidence
    further: dict[str, Any] = {
        "headers": {name.lower(): start for name, start in given.headers.items()},
        "statuses": given.statuses,
        "success": given.success or 200 <= (described.http.status or 0) < 300,
        "weight": given.weight,
    }
    found: list[Signature] = []
    if media_type not in _GENERIC:
        found.append(Signature(media_types=frozenset({media_type}), **further))
    if root is not None:
        child = next((m.name for m in shape.members if m.name[0] not in "@#" and not m.optional), None)
        child = child or next((m.name for m in shape.members if m.name[0] not in "@#"), None)
        found.append(Signature(root=root.tag, child=child, **further))
    else:
        members = _checks(shape)
        own = Signature(members=members, **further)
        count = _count(members)
        if own.rank - len(members) + count > 1 or any(isinstance(check, frozenset) for check in members.values()):
            # Every member counts, however deep: all of it is evidence for one format of one's own.
            found.append(own if own.weight else replace(own, weight=own.rank - len(members) + count))
    if not found:
        raise TemplateError(
            "nothing in the template tells the format from others; make a member required (no question mark), "
            "or add [evidence] headers",
            "json",
        )
    return found


_PLAIN: Final[dict[Any, Any]] = {str: str, int: int, float: int | float}
_ALWAYS: Final = frozenset({"detail", "title", "status"})


def _checks(shape: Shape) -> dict[str, Any]:
    """Return the checks of the members that are always there."""
    checks: dict[str, Any] = {}
    for name, node, optional in shape.members:
        if optional:
            continue
        if isinstance(node, Shape):
            checks[name] = _checks(node) or dict
        elif isinstance(node, Repeat):
            # There is at least one fault: the problem itself.
            checks[name] = [_checks(node.item)] if node.of == "fault" and isinstance(node.item, Shape) else list
        elif isinstance(node, Slot):
            plain: Any = _PLAIN.get(node.form.type, list)
            checks[name] = plain if node.name in _ALWAYS and not node.of else plain | None
        elif isinstance(node.value, str | int | bool | None):
            checks[name] = frozenset({node.value})
    return checks


def _count(check: Any) -> int:
    """Return how many members a check looks at."""
    if isinstance(check, dict):
        return sum(_count(inner) for inner in check.values())
    return _count(check[0]) if isinstance(check, list) else 1
