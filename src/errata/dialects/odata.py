"""The errors of OData and of Microsoft's REST APIs: one object `error` with a code in words.

Clients meet them with Azure Resource Manager, Microsoft Graph and Dynamics; Azure
Tables names the object `odata.error`. Further members travel in `innererror`,
whose content is the service's own.

Deviations: no title, help or resource; a violation is a place, a code and a text;
inner problems have no status of their own; of nested `innererror` objects the
innermost code is kept, as the extension member `innerCode`.
"""

from collections.abc import Iterator
from typing import Any, Final

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._problem import Problem, Violation, path_from_text, shows
from errata.dialects._shapes import told_at
from errata.dialects.azure_xml import code_of, head_of


class Text(Wire):
    """A message with its language, as of OData 3."""

    lang: str | None = None
    value: str | None = None


class Detail(Wire):
    """One of several faults."""

    code: str | None = None
    message: str | None = None
    target: str | None = None


class Error(Wire):
    """The error; `innererror` is spelled in two ways."""

    code: str | None = None
    message: str | Text | None = None
    target: str | None = None
    details: list[Detail] | None = None
    innererror: dict[str, Any] | None = None
    innerError: dict[str, Any] | None = None  # noqa: N815 - the other spelling


class Body(Wire):
    """The wrapper."""

    error: Error


class OpenError(Error, forbid_unknown_fields=False):
    """The error with whatever annotations a service adds."""


class OpenBody(Wire):
    """The wrapper of what is written."""

    error: OpenError


_TABLES: Final = "odata.error"
_INNER: Final = ("innererror", "innerError")
_TRACE: Final = ("request-id", "requestId", "RequestId")
# Of .NET services that run in development; the other two are an exception's beside a stack.
_DEBUG: Final = frozenset({"stacktrace", "stackTrace", "internalexception", "internalException"})
_OF_STACK: Final = frozenset({"type", "message"})


def _read(doc: Document) -> Problem:
    value = doc.value
    if isinstance(value, dict) and _TABLES in value:
        value = {"error" if name == _TABLES else name: member for name, member in value.items() if name != "error"}
    body = doc.fit(Body, value)
    wire = body.error
    details = wire.details or []
    faults = [Violation(path=path_from_text(d.target), code=d.code, detail=d.message) for d in details if d.target]
    further = {**body.extras, **wire.extras, **dict(_inner_members(doc, wire.innererror or wire.innerError))}
    if wire.target and faults:
        further["target"] = wire.target
    elif wire.target:
        faults = [Violation(path=path_from_text(wire.target))]
    trace_id = next((further.pop(name) for name in _TRACE if isinstance(further.get(name), str)), None)
    return Problem(
        status=doc.raw.status,
        code=wire.code or doc.raw.headers.get("x-ms-error-code") or None,
        detail=(wire.message.value if isinstance(wire.message, Text) else wire.message) or None,
        violations=tuple(faults),
        problems=tuple(_inner(doc, d) for d in details if not d.target),
        trace_id=trace_id or None,
        extensions=further,
    )


def _inner(doc: Document, detail: Detail) -> Problem:
    return Problem(status=doc.raw.status, code=detail.code or None, detail=detail.message or None)


def _inner_members(doc: Document, level: dict[str, Any] | None) -> Iterator[tuple[str, Any]]:
    """Yield the members of all levels, the outermost first, and the innermost code."""
    while level is not None:
        left_out = _DEBUG if _DEBUG.isdisjoint(level) else _DEBUG | _OF_STACK
        if not _DEBUG.isdisjoint(level):
            doc.note("debug-left-out", "the stack of an exception was left out", "error.innererror")
        if isinstance(level.get("code"), str) and level["code"]:
            yield "innerCode", level["code"]
        yield from ((n, v) for n, v in level.items() if n not in left_out and n not in _INNER and n != "code")
        level = next((level[name] for name in _INNER if isinstance(level.get(name), dict)), None)


# ---- writing ----

_RESERVED: Final = frozenset({*_INNER, *_DEBUG, *_TRACE, "code", "innerCode", "error", _TABLES})


def _members(problem: Problem) -> dict[str, Any]:
    """Return the members of `error`; annotations stay beside the code, all else that is further goes inside."""
    target, details = _places(problem)
    beside: dict[str, Any] = {}
    inside: dict[str, Any] = {}
    for name, value in problem.extensions.items():
        if name.strip() not in _RESERVED and not (name == "target" and value == target):
            (beside if name == "additionalInfo" or "@" in name else inside)[name] = value
    code = problem.extensions.get("innerCode")
    inside |= {"code": code} if isinstance(code, str) and code else {}
    own = {"target": target, "details": details, "innererror": inside}
    text = problem.head if problem.violations or problem.problems else problem.text
    return {"code": code_of(problem), "message": text, **{n: v for n, v in own.items() if v}, **beside}


def _places(problem: Problem) -> tuple[str | None, list[Detail]]:
    """Return the target of the whole, and one detail for each fault or inner problem."""
    inner = [Detail(code_of(each), each.text) for each in problem.problems]
    faults = problem.violations
    if len(faults) == 1 and not faults[0].detail and not faults[0].code:
        return faults[0].dotted, inner
    given = problem.extensions.get("target") if any(fault.path for fault in faults) else None
    codes = told_at(code_of(problem), len(faults))
    return given if isinstance(given, str) else None, list(map(_fault, faults, codes)) + inner


def _fault(violation: Violation, code: str | None) -> Detail:
    text = violation.detail if shows(violation.detail) else "The value is not valid."
    return Detail(violation.code or code or "BadArgument", text, violation.dotted or None)


def _write(problem: Problem) -> bytes:
    return write_json({"error": _members(problem)})


def _write_tables(problem: Problem) -> bytes:
    """Write what Azure Tables sends: OData 3, whose message has a language."""
    members = _members(problem)
    return write_json({_TABLES: members | {"message": {"lang": "en-US", "value": members["message"]}}})


# ---- detection ----

_MEMBERS: Final = frozenset({"code", "message", "target", "details", "additionalInfo", *_INNER})


def _is_plain(value: Any) -> bool:
    """Tell whether an object has a code in words, a message, and nothing that OData has not."""
    if not isinstance(value, dict) or type(value.get("code")) is not str or "message" not in value:
        return False
    return type(value["message"]) in (str, dict) and all(name in _MEMBERS or "@" in name for name in value)


def _stands_alone(doc: Document) -> bool:
    """Nothing but annotations beside the error."""
    return all(name == "error" or "@" in name or name.startswith("odata.") for name in doc.value)


dialect: Final = Dialect(
    name="odata",
    title="OData and Microsoft REST APIs: an error with a code in words",
    source="OData JSON Format 4.01 section 19, Microsoft Azure REST API guidelines",
    read=_read,
    formats=(
        format_of("json", "application/json", _write, head=head_of),
        format_of("tables", "application/json;odata=minimalmetadata", _write_tables, head=head_of),
    ),
    signatures=(
        Signature(members={"error": _is_plain}, accepts=_stands_alone),
        Signature(members={"error": {"code": str, "message": str | dict, "innererror": dict}}, weight=5),
        Signature(members={"error": {"code": str, "message": str | dict, "innerError": dict}}, weight=5),
        Signature(members={"error": {"code": str, "message": str | dict}}, headers={"x-ms-error-code": ""}, weight=6),
        Signature(members={"error": {"code": str, "message": str | dict}}, headers={"odata-version": ""}, weight=6),
        Signature(members={_TABLES: {"code": str}}, weight=5),
    ),
    fields=OpenBody,
)
