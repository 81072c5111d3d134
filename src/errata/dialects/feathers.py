"""Feathers' errors: a class name as code, the status as `code`, and failures by field.

The client knows the names of a closed table, so another code travels as `code`
inside `data`. Deviations: extension members are members of `data`; location,
code and status of a violation, ids, help and inner problems have no place.
"""

from collections.abc import Iterator
from typing import Any, Final

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._problem import NO_MEMBERS, Problem, Violation, path_from_text
from errata.dialects._shapes import code_text, map_from_violations, violations_from_map, without_debug


class Body(Wire, rename="camel"):
    """The error."""

    name: str | None = None
    message: str | None = None
    code: int | None = None
    class_name: str | None = None
    data: Any = None
    errors: Any = None


_NAMES: Final = {
    400: "BadRequest",
    401: "NotAuthenticated",
    402: "PaymentError",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    406: "NotAcceptable",
    408: "Timeout",
    409: "Conflict",
    410: "Gone",
    411: "LengthRequired",
    422: "Unprocessable",
    429: "TooManyRequests",
    500: "GeneralError",
    501: "NotImplemented",
    502: "BadGateway",
    503: "Unavailable",
}
_KNOWN: Final = frozenset(_NAMES.values())
_DEBUG: Final = ("hook", "stack")  # what the server leaves out in production


def _read(doc: Document) -> Problem:
    wire = doc.fit(Body)
    data: dict[str, Any] = wire.data if isinstance(wire.data, dict) else {}
    violations = (*_violations(wire.errors), *(_violations(wire.data) if isinstance(wire.data, list) else ()))
    own = code_text(data.get("code"))
    further = {**wire.extras, **{name: member for name, member in data.items() if name != "code" or own is None}}
    return Problem(
        status=wire.code if wire.code is not None else doc.raw.status,
        code=own or wire.name or None,
        detail=wire.message or None,
        violations=violations,
        extensions=without_debug(doc, further, _DEBUG) or NO_MEMBERS,
    )


def _violations(errors: Any) -> Iterator[Violation]:
    """Read what the validators of databases leave: a map of field to text or fault, or a list of faults."""
    if isinstance(errors, list):
        yield from (_violation(fault, "") for fault in errors if isinstance(fault, dict))
    elif isinstance(errors, dict):
        for field, fault in errors.items():
            if isinstance(fault, dict) and isinstance(fault.get("message"), str):
                yield _violation(fault, field)
            else:
                yield from violations_from_map({field: fault})


def _violation(fault: dict[str, Any], field: str) -> Violation:
    place = next((fault[name] for name in ("instancePath", "path", "field") if isinstance(fault.get(name), str)), "")
    code = next((fault[name] for name in ("keyword", "type", "kind") if isinstance(fault.get(name), str)), None)
    detail = fault.get("message")
    return Violation(
        path=path_from_text(field or place), detail=detail if isinstance(detail, str) else None, code=code or None
    )


def _write(problem: Problem) -> bytes:
    status = problem.status or 500
    name = _name_of(problem.code, status)
    data = {k: v for k, v in problem.extensions.items() if k != "code"}
    if problem.code and problem.code != name:
        data["code"] = problem.code
    faults = map_from_violations(problem.violations, "")
    errors = {field: texts[0] if len(texts) == 1 else texts for field, texts in faults.items()}
    return write_json(Body(name, problem.head, status, _kebab(name), data or None, errors or None))


def _name_of(code: str | None, status: int) -> str:
    if code in _KNOWN:
        return code
    return _NAMES.get(status) or ("BadRequest" if status < 500 else "GeneralError")


def _kebab(name: str) -> str:
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in name)[1:]


dialect: Final = Dialect(
    name="feathers",
    title="Feathers: a class name, the status, and failures by field",
    source="@feathersjs/errors, FeathersError.toJSON",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(Signature(members={"name": str, "message": str, "code": int, "className": str}, weight=5),),
    fields=Body,
)
