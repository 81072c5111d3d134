"""The errors of MLflow and Databricks: a code in capitals, a message, and typed details.

Clients meet them with the MLflow tracking server and the Databricks REST APIs.

Deviations: inner problems, title, help and resource have no place; a violation is
a place and a text; of further members only the details are written.
"""

from collections.abc import Iterator
from typing import Any, Final

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind, is_kind
from errata._problem import Problem, Violation, path_from_text, shows


class Body(Wire):
    """The members; each of the details names its type in `@type`."""

    error_code: str
    message: str
    details: list[dict[str, Any]] | None = None


# Beside these, the sixteen words of gRPC in capitals mean what they say.
_KINDS: Final[dict[str, Kind]] = {
    "BAD_REQUEST": "invalid_argument",
    "CUSTOMER_UNAUTHORIZED": "permission_denied",
    "ENDPOINT_NOT_FOUND": "not_found",
    "FEATURE_DISABLED": "failed_precondition",
    "INTERNAL_ERROR": "internal",
    "INVALID_PARAMETER_VALUE": "invalid_argument",
    "INVALID_STATE": "failed_precondition",
    "INVALID_STATE_TRANSITION": "failed_precondition",
    "IO_ERROR": "internal",
    "MALFORMED_REQUEST": "invalid_argument",
    "NOT_IMPLEMENTED": "unimplemented",
    "QUOTA_EXCEEDED": "resource_exhausted",
    "REQUEST_LIMIT_EXCEEDED": "resource_exhausted",
    "RESOURCE_ALREADY_EXISTS": "already_exists",
    "RESOURCE_CONFLICT": "aborted",
    "RESOURCE_DOES_NOT_EXIST": "not_found",
    "RESOURCE_LIMIT_EXCEEDED": "resource_exhausted",
    "TEMPORARILY_UNAVAILABLE": "unavailable",
    "UNPARSEABLE_HTTP_ERROR": "internal",
}

_BY_KIND: Final[dict[Kind | None, str]] = {
    "aborted": "RESOURCE_CONFLICT",
    "already_exists": "RESOURCE_ALREADY_EXISTS",
    "deadline_exceeded": "DEADLINE_EXCEEDED",
    "invalid_argument": "INVALID_PARAMETER_VALUE",
    "not_found": "RESOURCE_DOES_NOT_EXIST",
    "permission_denied": "PERMISSION_DENIED",
    "resource_exhausted": "REQUEST_LIMIT_EXCEEDED",
    "unauthenticated": "UNAUTHENTICATED",
    "unavailable": "TEMPORARILY_UNAVAILABLE",
    "unimplemented": "NOT_IMPLEMENTED",
}

_TYPE: Final = "@type"
_FAULTS: Final = "type.googleapis.com/google.rpc.BadRequest"
_REQUEST: Final = "type.googleapis.com/google.rpc.RequestInfo"


def _read(doc: Document) -> Problem:
    wire = doc.fit(Body)  # a member that is missing is None here, whatever the declaration says
    code, details = wire.error_code or None, wire.details or []
    further = dict(wire.extras)
    if further.pop("stack_trace", None):
        doc.note("debug-left-out", "a stack trace was left out", "stack_trace")
    rest = [detail for detail in details if detail.get(_TYPE) not in (_FAULTS, _REQUEST)]
    ids = (detail.get("request_id") for detail in details if detail.get(_TYPE) == _REQUEST)
    return Problem(
        status=doc.raw.status,
        code=code,
        kind=_kind(code or ""),
        detail=wire.message or None,
        violations=tuple(v for detail in details if detail.get(_TYPE) == _FAULTS for v in _violations(detail)),
        trace_id=next((value for value in ids if isinstance(value, str) and value), None),
        extensions={**further, "details": rest} if rest else further,
    )


def _kind(code: str) -> Kind | None:
    word: Any = code.lower()
    return _KINDS.get(code) or (word if code.isupper() and is_kind(word) else None)


def _violations(detail: dict[str, Any]) -> Iterator[Violation]:
    faults = detail.get("field_violations")
    for fault in faults if isinstance(faults, list) else []:
        field, text = (fault.get("field"), fault.get("description")) if isinstance(fault, dict) else (None, None)
        place = path_from_text(field) if isinstance(field, str) else ()
        yield Violation(path=place, detail=text if isinstance(text, str) and text else None)


def _write(problem: Problem) -> bytes:
    default = "INVALID_PARAMETER_VALUE" if (problem.status or 500) < 500 else "INTERNAL_ERROR"
    code = problem.code if shows(problem.code) else _BY_KIND.get(problem.kind, default)
    text = problem.head if problem.violations else problem.text
    return write_json(Body(code, text, list(_details(problem)) or None))


def _details(problem: Problem) -> Iterator[dict[str, Any]]:
    given = problem.extensions.get("details")
    for detail in given if isinstance(given, list) else []:
        if isinstance(detail, dict) and detail.get(_TYPE) not in (_FAULTS, _REQUEST):
            yield detail
    if problem.violations:
        faults = [{"field": v.dotted, "description": v.detail or "is not valid"} for v in problem.violations]
        yield {_TYPE: _FAULTS, "field_violations": faults}
    if problem.trace_id:
        yield {_TYPE: _REQUEST, "request_id": problem.trace_id}


def _is_code(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isupper() and value.replace("_", "").isalnum()


dialect: Final = Dialect(
    name="mlflow",
    title="MLflow and Databricks: a code in capitals and a message",
    source="Databricks REST API reference, errors",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(Signature(members={"error_code": _is_code, "message": str}),),
    fields=Body,
)
