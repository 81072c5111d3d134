"""Moleculer's errors as its API gateway sends them: the status as `code`, the code as `type`.

Deviations: `data` is either the list of failures of a validation or a map of
extension members, so these are lost beside violations; the name of the error
class follows from the status unless an extension member `name` tells it.
"""

from typing import Any, Final

from errata._body import Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind
from errata._problem import NO_MEMBERS, Problem, Violation, path_from_text
from errata.dialects._shapes import without_debug


class Body(Wire):
    """The error."""

    name: str | None = None
    message: str | None = None
    code: int | None = None
    type: str | None = None
    data: Any = None


class Fault(Wire):
    """One failure of a validation; `type` names the rule."""

    type: str | None = None
    message: str | None = None
    field: str | None = None


_NAMES: Final = {
    400: "BadRequestError",
    401: "UnAuthorizedError",
    403: "ForbiddenError",
    404: "NotFoundError",
    413: "PayloadTooLarge",
    422: "ValidationError",
    429: "RateLimitExceeded",
    503: "ServiceUnavailableError",
    504: "RequestTimeoutError",
}
_KINDS: Final[dict[str | None, Kind]] = {
    "SERVICE_NOT_AVAILABLE": "unavailable",
    "REQUEST_SKIPPED": "deadline_exceeded",
}


_DEBUG: Final = ("stack",)


def _read(doc: Document) -> Problem:
    wire = doc.fit(Body)
    status = wire.code if wire.code is not None else doc.raw.status
    faults = wire.data if isinstance(wire.data, list) else []
    extensions = without_debug(doc, {**wire.extras, **_further(wire.data)}, _DEBUG)
    if wire.name and wire.name != _name_of(status):
        extensions["name"] = wire.name
    return Problem(
        status=status,
        code=wire.type or None,
        kind=_KINDS.get(wire.type),
        detail=wire.message or None,
        violations=tuple(_violation(doc.fit(Fault, fault)) for fault in faults if isinstance(fault, dict) and fault),
        extensions=extensions or NO_MEMBERS,
    )


def _further(data: Any) -> dict[str, Any]:
    if isinstance(data, dict):
        return data
    if isinstance(data, list):
        data = [item for item in data if not isinstance(item, dict)]
    return {"data": data} if data not in (None, []) else {}


def _violation(fault: Fault) -> Violation:
    return Violation(path=path_from_text(fault.field or ""), detail=fault.message or None, code=fault.type or None)


def _name_of(status: int) -> str:
    return _NAMES.get(status, "MoleculerClientError" if 400 <= status < 500 else "MoleculerError")


def _write(problem: Problem) -> bytes:
    status = problem.status or 500
    name = problem.extensions.get("name")
    faults = [Fault(v.code or None, v.detail or "is not valid", v.dotted or None) for v in problem.violations]
    body = Body(
        name if isinstance(name, str) and name else _name_of(status),
        problem.head,
        status,
        problem.code or None,
        faults or {k: v for k, v in problem.extensions.items() if k != "name"} or None,
    )
    return write_json(body)


def _is_error(value: Any) -> bool:
    return isinstance(value, str) and value.endswith("Error")


def _is_status(value: Any) -> bool:
    return type(value) is int and 400 <= value < 600


dialect: Final = Dialect(
    name="moleculer",
    title="Moleculer: name, message, status as code, and type",
    source="moleculer-web, error handling",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(
        Signature(members={"name": str, "message": str, "code": _is_status, "type": str | None, "className": ABSENT}),
        Signature(members={"name": _is_error, "message": str, "code": _is_status, "className": ABSENT}, weight=3),
    ),
    fields=Body,
)
