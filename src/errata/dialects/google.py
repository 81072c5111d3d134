"""The errors of Google's APIs: google.rpc.Status as JSON (AIP-193), with the older list of errors.

Gateways that turn gRPC into JSON send the number of the code in place of the
HTTP status, without the wrapper; both are read.

The code is one of the sixteen canonical words. A reason (of `ErrorInfo`, or of
the older list) is the extension member `reason`, and metadata are extension
members of their own.

Deviations: any other code becomes the reason; further members are written as
texts into the metadata, as JSON if they are none; locations, type, title,
instance and inner problems have no place.
"""

from typing import Any, Final

from errata._body import Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._json import write_json
from errata._problem import Location, Problem, Violation, path_from_text
from errata.dialects._grpc import KINDS_BY_NUMBER, kind_for, kind_of_code
from errata.dialects._rpc_details import Detail, read_details, write_details
from errata.dialects._shapes import failure_status


class Older(Wire, rename="camel"):
    """One entry of the older list."""

    domain: str | None = None
    reason: str | None = None
    message: str | None = None
    location: str | None = None
    location_type: str | None = None


class Status(Wire):
    """The error: `code` is the HTTP status, `status` the name of the code."""

    code: int | None = None
    message: str | None = None
    status: str | None = None
    details: list[dict[str, Any]] | None = None
    errors: list[Older] | None = None


class Body(Wire):
    """The wrapper; a stream has it inside a list."""

    error: Status


_LOCATIONS: Final[dict[str | None, Location]] = {"parameter": "query", "header": "header"}
_MIN_STATUS: Final = 100


def _read(doc: Document) -> Problem:
    value = doc.value
    items = [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
    value = items[0] if items else value
    bare = isinstance(value, dict) and "error" not in value
    body = doc.fit(Body, {"error": value} if bare else value)
    error, older = body.error, body.error.errors or []
    members = read_details(doc, error.details or [])
    first = older[0] if older else Older()
    told = {"reason": first.reason, "domain": first.domain}
    extensions = {name: text for name, text in told.items() if text} | members.pop("extensions")
    code = error.status or KINDS_BY_NUMBER.get(error.code or 0, "").upper() or first.reason
    members.setdefault("violations", _violations(older))
    return Problem(
        status=error.code if (error.code or 0) >= _MIN_STATUS else failure_status(doc, None),
        code=code or None,
        kind=kind_of_code(code),
        detail=error.message or first.message or None,
        problems=tuple(_inner(item, doc.raw.status) for item in older) if len(older) > 1 else (),
        extensions={**body.extras, **error.extras, **extensions},
        **members,
    )


def _violations(older: list[Older]) -> tuple[Violation, ...]:
    return tuple(
        Violation(
            path=path_from_text(item.location),
            location=_LOCATIONS.get(item.location_type),
            detail=item.message or None,
            code=item.reason or None,
        )
        for item in older
        if item.location
    )


def _inner(item: Older, status: int) -> Problem:
    return Problem(status=status, code=item.reason or None, detail=item.message or None)


def _write(problem: Problem) -> bytes:
    details: list[Detail] = write_details(problem)
    name = kind_for(problem).upper()
    return write_json(Body(Status(problem.status or 500, problem.head, name, details or None)))


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value.isupper() and value.isascii() and value.replace("_", "").isalpha()


_ERROR: Final = {"code": int, "message": str, "type": ABSENT, "data": ABSENT}
_BARE: Final = {"code": frozenset(KINDS_BY_NUMBER), "message": str, "details": list}

dialect: Final = Dialect(
    name="google",
    title="Google APIs: google.rpc.Status as JSON",
    source="AIP-193; google/rpc/error_details.proto",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(
        Signature(members={"error": _ERROR | {"status": _is_name}}, weight=5),
        Signature(members={"error": _ERROR | {"errors": [{"message": str}]}}, weight=5),
        Signature(members={"error": _BARE}, weight=5),
        Signature(members=_BARE | {"error": ABSENT, "errors": ABSENT, "type": ABSENT}, weight=4),
        Signature(item={"error": _ERROR | {"status": _is_name}}, weight=5),
        Signature(item={"error": _ERROR | {"errors": [{"message": str}]}}, weight=5),
    ),
    fields=Body,
)
