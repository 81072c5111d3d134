"""The error format of the Infoblox NetMRI API: one error, three bodies (JSON, ExtJS, XML).

Deviations: codes exist only under 4xx, so a 5xx says its message alone; the
ExtJS body of a failed validation keeps nothing but the texts, each led by the
label of its field; ids and help have no place.
"""

from typing import Any, Final

from errata._body import Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind
from errata._problem import Members, Problem, Resource, Violation, path_from_text
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


class Body(Wire):
    """The JSON body; `fields` for failed validations, `model`, `id`, `retry` for resources in use."""

    error: str | None = None
    message: str | None = None
    fields: dict[str, list[str]] | None = None
    model: str | None = None
    id: int | str | None = None
    retry: float | int | None = None


class ExtBody(Wire):
    """The ExtJS body of a failed validation."""

    success: bool
    messages: list[str]


def _read(doc: Document) -> Problem:
    if doc.root is not None:
        return _problem(doc, doc.fit(Body, _from_xml(doc.root)))
    if isinstance(doc.value, dict) and doc.value.get("success") is False and "error" not in doc.value:
        return _read_extjs(doc)
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
        violations=tuple(
            Violation(path=path_from_text(name), detail=text)
            for name, texts in (wire.fields or {}).items()
            for text in texts
        ),
        retry_after=None if wire.retry is None else float(wire.retry),
        resource=resource,
        extensions=wire.extras,
    )


def _read_extjs(doc: Document) -> Problem:
    """Read the texts of a failed validation; which fields they mean is not on the wire."""
    wire = doc.fit(ExtBody)
    texts = wire.messages or []
    doc.note("inferred-code", f"the shape of the body means {VALIDATION_FAILED}")
    status = doc.raw.status if doc.raw.status >= 400 else 400
    return Problem(
        status=status,
        code=VALIDATION_FAILED,
        detail=texts[0] if len(texts) == 1 else None,
        violations=tuple(Violation(detail=text) for text in texts) if len(texts) > 1 else (),
        extensions=wire.extras,
    )


def _from_xml(root: Element) -> dict[str, Any]:
    """Return the XML body as the JSON body it stands for."""
    plain: dict[str, Any] = {}
    for child in root:
        if child.name == "fields":
            plain["fields"] = {f.attributes.get("name", f.name): _texts(f) for f in child}
        else:
            plain[child.name] = child.text.strip()
    for name in ("id", "retry"):
        if plain.get(name, "").isdigit() and len(plain[name]) < 16:
            plain[name] = int(plain[name])
    return plain


def _texts(field: Element) -> list[str]:
    return [item.text.strip() for item in field] or [field.text.strip()]


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
        fields.setdefault(violation.dotted or "base", []).append(violation.detail or "is invalid")
    return fields or None


def _body(problem: Problem) -> Body:
    resource = problem.resource or Resource()
    number = resource.id or ""
    retry = problem.retry_after
    return Body(
        code_of(problem),
        problem.detail or problem.title or problem.text,
        _fields(problem),
        resource.type,
        int(number) if number.isascii() and number.isdigit() and len(number) < 16 else resource.id,
        int(retry) if retry is not None and retry.is_integer() else retry,
    )


def _write_json(problem: Problem) -> bytes:
    return write_json(_with_extensions(problem))


def _with_extensions(problem: Problem) -> object:
    """Return the body together with the members that the call adds; none replaces a member of the format."""
    body = _body(problem)
    own = Members({k: v for k, v in problem.extensions.items() if k not in _RESERVED})
    if not own:
        return body
    declared = {name: getattr(body, name) for name in Body.__struct_fields__}
    return {k: v for k, v in declared.items() if v is not None} | own


_RESERVED: Final = frozenset(Body.__struct_fields__) | {"success", "messages"}


def _write_extjs(problem: Problem) -> bytes:
    """Write the ExtJS body; only a failed validation differs from JSON."""
    if code_of(problem) != VALIDATION_FAILED:
        return _write_json(problem)
    texts = [f"{label_of(v.dotted)} {v.detail or 'is invalid'}".strip() for v in problem.violations]
    return write_json(ExtBody(success=False, messages=texts or [problem.text]))


def label_of(field: str) -> str:
    """Return a field name for people: underscores to blanks, a final `_id` dropped, the first letter upper."""
    words = field.removesuffix("_id").replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _write_xml(problem: Problem) -> bytes:
    body = _with_extensions(problem)
    plain = body if isinstance(body, dict) else {n: getattr(body, n) for n in Body.__struct_fields__}
    children = [_element(name, value) for name, value in plain.items() if value is not None]
    return write_xml(Element("response", *children))


def _element(name: str, value: object) -> Element:
    """Return a member as an element; a name that XML forbids moves into an attribute."""
    tag, attributes = (name, {}) if is_xml_name(name) else ("field", {"name": name})
    if isinstance(value, dict):
        children = [_element(str(k), v) for k, v in value.items()]
        return Element(tag, *children, attributes={"type": "hash"} | attributes)
    if isinstance(value, list | tuple):
        items = [Element("item", text=str(item)) for item in value]
        return Element(tag, *items, attributes={"type": "array"} | attributes)
    return Element(tag, text=str(value).lower() if isinstance(value, bool) else str(value), attributes=attributes)


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
        Signature(root=("", "response"), child="error"),
    ),
    fields=Body,
    statuses=frozenset(range(400, 500)),
)
