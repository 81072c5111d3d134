"""The OperationOutcome of FHIR, as JSON and as XML: a list of issues from a closed set of codes.

A client meets it at health records servers, for every failed interaction. The id
of a request is the header `X-Request-Id`.

Deviations: every issue has a code of the closed set, so another code travels as a
coding without a system; issues that are no errors are kept as the extension member
`warnings`, and not written; title, help, instance, resource and further members
have no place. Of diagnostics, which may be a stack trace, the first line is read.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind
from errata._problem import Problem, Violation, path_from_text
from errata._xml import Element, write_xml
from errata.dialects._shapes import bracketed, id_in, listed, merged, told_at

NAMESPACE: Final = "http://hl7.org/fhir"
RESOURCE: Final = "OperationOutcome"
TRACE_HEADER: Final = "x-request-id"

# The issue types that may stand for an error; where one tells more than the status, with its kind.
CODES: Final[dict[str | None, Kind | None]] = {
    "business-rule": "failed_precondition",
    "code-invalid": "invalid_argument",
    "conflict": "aborted",
    "deleted": "not_found",
    "duplicate": "already_exists",
    "exception": "internal",
    "expired": "unauthenticated",
    "extension": "invalid_argument",
    "forbidden": "permission_denied",
    "incomplete": "unavailable",
    "invalid": "invalid_argument",
    "invariant": "invalid_argument",
    "limited-filter": None,
    "lock-error": "aborted",
    "login": "unauthenticated",
    "multiple-matches": "failed_precondition",
    "no-store": "unavailable",
    "not-found": "not_found",
    "not-supported": "unimplemented",
    "processing": None,
    "required": "invalid_argument",
    "security": None,
    "structure": "invalid_argument",
    "suppressed": "permission_denied",
    "throttled": "resource_exhausted",
    "timeout": "deadline_exceeded",
    "too-costly": "resource_exhausted",
    "too-long": "out_of_range",
    "transient": "unavailable",
    "unknown": "unauthenticated",
    "value": "invalid_argument",
}
_BY_KIND: Final[dict[Kind | None, str]] = {
    "aborted": "conflict",
    "already_exists": "duplicate",
    "data_loss": "exception",
    "deadline_exceeded": "timeout",
    "failed_precondition": "business-rule",
    "internal": "exception",
    "invalid_argument": "invalid",
    "not_found": "not-found",
    "out_of_range": "too-long",
    "permission_denied": "forbidden",
    "resource_exhausted": "throttled",
    "unauthenticated": "login",
    "unavailable": "transient",
    "unimplemented": "not-supported",
}


class Coding(Wire):
    """A code of some system."""

    system: str | None = None
    code: str | None = None
    display: str | None = None


class Concept(Wire):
    """What happened, as text and as codes."""

    coding: list[Coding] | None = None
    text: str | None = None


class Issue(Wire):
    """One issue: how bad, what class, which text, and where."""

    severity: str | None = None
    code: str | None = None
    details: Concept | None = None
    diagnostics: str | None = None
    location: list[str] | None = None
    expression: list[str] | None = None


class Body(Wire, rename="camel"):
    """The resource."""

    resource_type: str
    issue: list[Issue]


_ERRORS: Final = ("fatal", "error", None)


def _read(doc: Document) -> Problem:
    wire = doc.fit(Body)
    issues = wire.issue or []
    extras: dict[str, Any] = {name: member for name, member in wire.extras.items() if name != "text"}  # the narrative
    errors = [issue for issue in issues if issue.severity in _ERRORS] or issues
    if warnings := [_warning(doc, issue) for issue in issues if issue not in errors]:
        extras["warnings"] = warnings
    if not errors:
        doc.note("empty-list", "there is no issue in the body; the status speaks alone", "issue")
        return Problem(status=doc.raw.status, extensions=extras)
    problem = merged([_problem(doc, issue) for issue in errors])
    return problem.replace(extensions={**extras, **problem.extensions})


def _problem(doc: Document, issue: Issue) -> Problem:
    details = issue.details or Concept()
    first = (details.coding or [Coding()])[0]
    code = (first.code if not first.system else None) or issue.code or None
    diagnostics = _first_line(doc, issue.diagnostics)
    texts = list(filter(None, (details.text, diagnostics, first.display)))
    detail = texts[0] if texts else None
    further = {"diagnostics": diagnostics} if diagnostics not in (None, detail) else {}
    if first.system:
        further["coding"] = msgspec.to_builtins(details.coding)
    places = issue.expression or issue.location or []
    texts_and_codes = zip(told_at(detail, len(places)), told_at(code, len(places)), strict=True)
    found = [_violation(place, *told) for place, told in zip(places, texts_and_codes, strict=True)]
    return Problem(
        status=doc.raw.status,
        code=code,
        kind=CODES.get(issue.code),
        detail=detail,
        violations=tuple(v for v in found if v.path),
        extensions={**further, **issue.extras},
    )


def _warning(doc: Document, issue: Issue) -> object:
    issue.diagnostics = _first_line(doc, issue.diagnostics)
    return msgspec.to_builtins(issue)


def _first_line(doc: Document, text: str | None) -> str | None:
    line, _, rest = (text or "").strip().partition("\n")
    if rest:
        doc.note("debug-left-out", "of the diagnostics the first line was read", "diagnostics")
    return line.strip() or None


_PARAMETER: Final = "http."  # the prefix of a parameter's name in `location`


def _violation(place: str, detail: str | None, code: str | None) -> Violation:
    if place.startswith(_PARAMETER):
        path = path_from_text(place.removeprefix(_PARAMETER))
        return Violation(path=path, location="query", detail=detail, code=code)
    return Violation(path=path_from_text(place), detail=detail, code=code)


# ---- writing ----


def _body(problem: Problem) -> Body:
    return Body(RESOURCE, [_issue(each) for each in listed(problem)])


def _issue(problem: Problem) -> Issue:
    code = " ".join(_clean(problem.code or "").split())
    known = code in CODES
    own = None if known or not code else [Coding(code=code)]
    fault = problem.violations[0] if problem.violations else None
    in_query = fault is not None and fault.location == "query"
    return Issue(
        "error",
        code if known else _BY_KIND.get(problem.kind, "processing"),
        Concept(own, _clean(problem.head)),
        None,
        [_PARAMETER + _place(fault)] if fault and in_query else None,
        [_place(fault)] if fault and not in_query else None,
    )


def _place(violation: Violation) -> str:
    return _clean(bracketed(violation)).replace("\r", " ").replace("\n", " ").replace("\t", " ")


def _clean(text: str) -> str:
    """Return a text with the characters alone that a FHIR string may have."""
    if text.isprintable():
        return text
    return "".join(c if not c.isspace() or c in " \r\n\t" else " " for c in text if c >= " " or c in "\r\n\t")


def _write(problem: Problem) -> bytes:
    return write_json(_body(problem))


dialect: Final = Dialect(
    name="fhir",
    title="FHIR OperationOutcome as JSON",
    source="HL7 FHIR R4, OperationOutcome",
    read=_read,
    formats=(format_of("json", "application/fhir+json", _write, head=id_in(TRACE_HEADER)),),
    signatures=(Signature(members={"resourceType": frozenset({RESOURCE}), "issue": list}, weight=4),),
    fields=Body,
)


# ---- XML ----

_LISTS: Final = frozenset({"issue", "coding", "location", "expression"})


def _read_xml(doc: Document) -> Problem:
    if doc.root is None:
        doc.note("wrong-type", "the body is not XML; the status speaks alone")
        return Problem(status=doc.raw.status)
    value = _plain(doc.root)
    doc.value = {"resourceType": RESOURCE, **(value if isinstance(value, dict) else {})}
    return _read(doc)


def _plain(element: Element) -> Any:
    """Return an element as the text of its attribute, or as the object that its children make."""
    if "value" in element.attributes or not element.children:
        return element.attributes.get("value", element.text.strip())
    members: dict[str, Any] = {}
    for child in element:
        if child.name in _LISTS:
            members.setdefault(child.name, []).append(_plain(child))
        else:
            members[child.name] = _plain(child)
    return members


def _write_xml(problem: Problem) -> bytes:
    members: dict[str, Any] = msgspec.to_builtins(_body(problem))
    return write_xml(Element(RESOURCE, *_elements({"issue": members["issue"]}), namespace=NAMESPACE))


def _elements(members: dict[str, Any]) -> Iterator[Element]:
    for name, member in members.items():
        for each in member if isinstance(member, list) else [member]:
            if isinstance(each, dict):
                yield Element(name, *_elements(each))
            else:
                yield Element(name, attributes={"value": each})


xml: Final = Dialect(
    name="fhir-xml",
    title="FHIR OperationOutcome as XML",
    source="HL7 FHIR R4, OperationOutcome",
    read=_read_xml,
    formats=(format_of("xml", "application/fhir+xml", _write_xml, head=id_in(TRACE_HEADER)),),
    signatures=(Signature(root=(NAMESPACE, RESOURCE)),),
)
