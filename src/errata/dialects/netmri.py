"""The error format of the Infoblox NetMRI API: one error, three bodies (JSON, ExtJS, XML).

Deviations: codes exist only under 4xx, so a 5xx says its message alone; the
ExtJS body of a failed validation keeps nothing but the texts, each led by the
label of its field; ids and help have no place.

`dialect_with` makes variants: labels of one's own, fewer texts, or an ExtJS body
that also names the fields.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from errata._body import Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind
from errata._problem import Problem, Resource, Violation, path_from_text, shows
from errata._xml import Element, is_xml_name, write_xml

VALIDATION_FAILED: Final = "general/validation-failed"
RESOURCE_IN_USE: Final = "general/resource-in-use"
CANNOT_PROCESS: Final = "general/cannot-process-request"
ACCESS_DENIED: Final = "security/access-denied"
AUTHENTICATION_REQUIRED: Final = "security/authentication-required"

CODES: Final = frozenset({
    VALIDATION_FAILED, RESOURCE_IN_USE, CANNOT_PROCESS, ACCESS_DENIED, AUTHENTICATION_REQUIRED,
})  # fmt: skip

# What a code means, where the status alone does not tell: both security codes use 403.
_KINDS: Final[dict[str | None, Kind]] = {
    VALIDATION_FAILED: "invalid_argument",
    RESOURCE_IN_USE: "unavailable",
    ACCESS_DENIED: "permission_denied",
    AUTHENTICATION_REQUIRED: "unauthenticated",
}

_BY_KIND: Final[dict[Kind | None, str]] = {
    "unauthenticated": AUTHENTICATION_REQUIRED,
    "permission_denied": ACCESS_DENIED,
    "resource_exhausted": RESOURCE_IN_USE,
    "aborted": RESOURCE_IN_USE,
    "unavailable": RESOURCE_IN_USE,
}


_WHOLE: Final = "base"  # the field name for failures of the input as a whole, as in Rails
_EXACT_DIGITS: Final = 16  # numbers of fewer digits survive clients that read them as floating point


class Body(Wire):
    """The JSON body; `fields` for failed validations, `model`, `id`, `retry` for resources in use."""

    error: str | None = None
    message: str | None = None
    fields: dict[str, list[str]] | None = None
    model: str | None = None
    id: int | str | None = None
    retry: float | int | None = None


class OpenBody(Body, forbid_unknown_fields=False):
    """The JSON body with whatever members a call adds."""


class ExtBody(Wire):
    """The ExtJS body of a failed validation; `errors` is what ExtJS forms look for beside it."""

    success: bool
    messages: list[str]
    errors: dict[str, list[str]] | None = None


class Ext(NamedTuple):
    """How the ExtJS body is written: labels by field, one text per field or all, fields named or not."""

    labels: Mapping[str, str] = {}
    first_per_field: bool = False
    keyed: bool = False


def _read(doc: Document, ext: Ext = Ext()) -> Problem:  # noqa: B008 - a value
    if doc.root is not None:
        return _problem(doc, doc.fit(Body, _from_xml(doc.root)))
    if isinstance(doc.value, dict) and doc.value.get("success") is False and "error" not in doc.value:
        return _read_extjs(doc, ext)
    return _problem(doc, doc.fit(Body))


def _problem(doc: Document, wire: Body) -> Problem:
    code = wire.error
    if code is not None and code not in CODES and "".join(code.split()) in CODES:
        doc.note("wrapped-code", f"white space inside the code {code[:60]!r} was removed", "error")
        code = "".join(code.split())
    resource = None
    if wire.model is not None or wire.id is not None:
        resource = Resource(wire.model, None if wire.id is None else str(wire.id))
    return Problem(
        status=doc.raw.status,
        code=code,
        kind=_KINDS.get(code),
        detail=wire.message or None,
        violations=_violations(wire.fields),
        retry_after=None if wire.retry is None else float(wire.retry),
        resource=resource,
        extensions=wire.extras,
    )


def _violations(fields: Mapping[str, list[str]] | None) -> tuple[Violation, ...]:
    return tuple(
        Violation(path=() if name == _WHOLE else path_from_text(name), detail=text)
        for name, texts in (fields or {}).items()
        for text in texts
    )


def _read_extjs(doc: Document, ext: Ext) -> Problem:
    """Read the texts of a failed validation; which field one means is known only by its label."""
    wire = doc.fit(ExtBody)
    texts = wire.messages or []
    doc.note("inferred-code", f"the shape of the body means {VALIDATION_FAILED}")
    violations = _violations(wire.errors) or tuple(_labelled(text, ext.labels) for text in texts)
    nameless = len(violations) == 1 and not violations[0].path
    return Problem(
        status=max(doc.raw.status, 400),
        code=VALIDATION_FAILED,
        detail=violations[0].detail if nameless else None,
        violations=() if nameless else violations,
        extensions=wire.extras,
    )


def _labelled(text: str, labels: Mapping[str, str]) -> Violation:
    """Return the failure that a text tells; the longest label it starts with names the field."""
    for field in sorted(labels, key=lambda name: -len(labels[name])):
        if text.startswith(labels[field] + " "):
            return Violation(path=path_from_text(field), detail=text[len(labels[field]) + 1 :])
    return Violation(detail=text)


def _from_xml(root: Element) -> dict[str, Any]:
    """Return the XML body as the JSON body it stands for."""
    plain = {_name_of(child): _texts_by_field(child) if child.name == "fields" else _value(child) for child in root}
    for name in ("id", "retry"):
        text = plain.get(name)
        if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < _EXACT_DIGITS:
            plain[name] = int(text)
    return plain


def _name_of(element: Element) -> str:
    return element.attributes.get("name", element.name) if element.name == "field" else element.name


def _texts_by_field(fields: Element) -> dict[str, list[str]]:
    return {_name_of(field): [item.text.strip() for item in field] or [field.text.strip()] for field in fields}


# The `type` attributes of plain elements, as successful responses have them.
_FROM_TEXT: Final[dict[str | None, Callable[[str], object]]] = {
    "int": int,
    "integer": int,
    "float": float,
    "boolean": lambda text: text == "true",
}


def _value(element: Element) -> object:
    """Return what an element holds: a list, an object, or a plain value of the type it names."""
    kind = element.attributes.get("type")
    if kind == "array":
        return [_value(item) for item in element]
    if kind == "hash" or element.children:
        return {_name_of(child): _value(child) for child in element}
    text = element.text.strip()
    try:
        return _FROM_TEXT.get(kind, str)(text)
    except ValueError:
        return text


def code_of(problem: Problem) -> str | None:
    """Return the code for a problem: its own, or the nearest of the five; none for a 5xx."""
    if (problem.status or 500) >= 500:
        return None
    if problem.code in CODES:
        return problem.code
    if problem.violations:
        return VALIDATION_FAILED
    return _BY_KIND.get(problem.kind, CANNOT_PROCESS)


def _fields(problem: Problem) -> dict[str, list[str]] | None:
    fields: dict[str, list[str]] = {}
    for violation in problem.violations:
        fields.setdefault(field_of(violation), []).append(violation.detail if shows(violation.detail) else "is invalid")
    return fields or None


def field_of(violation: Violation) -> str:
    """Return the name of the failed field, nested ones as in `items[0].name`; `base` is the whole input."""
    path = violation.path
    if len(path) == 1 and type(path[0]) is str and path[0].isidentifier():
        return path[0]
    name = _spelled(path)
    # One place must not become two fields because it was spelled in two ways.
    place = path_from_text(name)
    return name if place == path else _spelled(place)


def _spelled(path: tuple[str | int, ...]) -> str:
    parts = (f"[{segment}]" if isinstance(segment, int) else f".{segment}" for segment in path[1:])
    name = "".join((str(path[0]), *parts)) if path else ""
    return Violation(path=path).pointer if name.startswith(("/", "#/")) else name or _WHOLE


def _body(problem: Problem) -> Body:
    resource = problem.resource or Resource()
    number = resource.id or ""
    retry = problem.retry_after
    return Body(
        code_of(problem),
        problem.head,
        _fields(problem),
        resource.type,
        int(number) if number.isascii() and number.isdigit() and len(number) < _EXACT_DIGITS else resource.id,
        int(retry) if retry is not None and retry % 1 == 0 else retry,
    )


def _extensions(problem: Problem) -> dict[str, Any]:
    """Return the members that the call adds; none replaces a member of the format."""
    return {name: value for name, value in problem.extensions.items() if name not in _RESERVED and value is not None}


_RESERVED: Final = frozenset(Body.__struct_fields__) | {"success", "messages"}


def _members(body: Body) -> dict[str, Any]:
    pairs = ((name, getattr(body, name)) for name in Body.__struct_fields__)
    return {name: value for name, value in pairs if value is not None}


def _write_json(problem: Problem) -> bytes:
    body, added = _body(problem), _extensions(problem)
    return write_json(_members(body) | added if added else body)


def _write_extjs(problem: Problem, ext: Ext = Ext()) -> bytes:  # noqa: B008 - a value
    """Write the ExtJS body; only a failed validation differs from JSON."""
    if code_of(problem) != VALIDATION_FAILED:
        return _write_json(problem)
    fields = _fields(problem) or {}
    if ext.first_per_field:
        fields = {name: texts if name == _WHOLE else texts[:1] for name, texts in fields.items()}
    messages = [f"{label_of(name, ext.labels)} {text}".strip() for name, texts in fields.items() for text in texts]
    return write_json(ExtBody(success=False, messages=messages or [problem.text], errors=fields if ext.keyed else None))


def label_of(field: str, labels: Mapping[str, str] = {}) -> str:
    """Return a field name for people, from the table or made.

    Made like in Rails: underscores become blanks, a final `_id` is dropped, the
    first letter is upper case; a failure of the whole input has no label.
    """
    if field in labels:
        return labels[field]
    words = "" if field == _WHOLE else field.removesuffix("_id").replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _write_xml(problem: Problem) -> bytes:
    own = [_element(name, value) for name, value in _members(_body(problem)).items()]
    added = [_element(name, value, typed=True) for name, value in _extensions(problem).items()]
    return write_xml(Element("response", *own, *added))


_TO_TYPE: Final[dict[type, str]] = {bool: "boolean", int: "int", float: "float"}


def _element(name: str, value: object, *, typed: bool = False) -> Element:
    """Return a member as an element; a name that XML forbids moves into an attribute.

    Lists and objects are marked as such; numbers only where `typed` asks for it,
    since the format's own numbers are plain.
    """
    tag, attributes = (name, {}) if is_xml_name(name) else ("field", {"name": name})
    if isinstance(value, dict):
        children = [_element(str(key), item, typed=typed) for key, item in value.items()]
        return Element(tag, *children, attributes={"type": "hash"} | attributes)
    if isinstance(value, list | tuple):
        items = [_element("item", item, typed=typed) for item in value]
        return Element(tag, *items, attributes={"type": "array"} | attributes)
    if typed and type(value) in _TO_TYPE:
        attributes = {"type": _TO_TYPE[type(value)]} | attributes
    return Element(tag, text=_text(value), attributes=attributes)


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_code(value: object) -> bool:
    return isinstance(value, str) and "".join(value.split()).startswith(("general/", "security/"))


dialect: Final = Dialect(
    name="netmri",
    title="Infoblox NetMRI API: namespaced codes as JSON, ExtJS or XML",
    source="Infoblox NetMRI API, standard error codes",
    read=_read,
    formats=(
        format_of("json", "application/json", _write_json),
        format_of("xml", "application/xml", _write_xml),
        format_of("extjs", "application/json", _write_extjs),
    ),
    signatures=(
        Signature(members={"error": _is_code}, weight=4),
        Signature(members={"success": frozenset({False}), "messages": [str], "errors": ABSENT}, success=True),
        Signature(members={"success": frozenset({False}), "messages": [str], "errors": dict}, success=True),
        Signature(root=("", "response"), child="error"),
    ),
    fields=OpenBody,
    statuses=frozenset(range(400, 500)),
)


def dialect_with(*, labels: Mapping[str, str] = {}, first_per_field: bool = False, keyed: bool = False) -> Dialect:
    """Return the dialect with another ExtJS body.

    `labels` are the fields' names for people; reading finds the fields by them.
    `first_per_field` writes one text per field, as the documentation's sample
    does; `keyed` adds `errors`, the texts by field, which ExtJS forms look for.
    """
    ext = Ext(labels, first_per_field, keyed)
    extjs = format_of("extjs", "application/json", partial(_write_extjs, ext=ext))
    return replace(dialect, read=partial(_read, ext=ext), formats=(*dialect.formats[:2], extjs))
