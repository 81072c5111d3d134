"""The errors of the Zoom API: a numbered code, a text, and faults by field.

Deviations: the code is a number; another one is replaced by the number that
stands for its kind. Type URI, title, help, instance, resource and inner problems
have no place; the id of the request is in the header.
"""

from typing import Final

from errata._body import Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind
from errata._problem import Problem, Violation, path_from_text, shows
from errata.dialects._shapes import code_number, id_in, with_members


class Fault(Wire):
    """One fault, and the field it is in."""

    field: str | None = None
    message: str | None = None


class Body(Wire):
    """The error."""

    code: int | None = None
    message: str | None = None
    errors: list[Fault] | None = None


class OpenBody(Body, forbid_unknown_fields=False):
    """The error with whatever members a call adds."""


# Codes that tell more than the status, which is 400 for many of them.
_KINDS: Final[dict[int | None, Kind]] = {
    124: "unauthenticated",
    1001: "not_found",
    1005: "already_exists",
    3001: "not_found",
    4700: "unauthenticated",
    4711: "permission_denied",
}
_CODES: Final[dict[Kind | None, int]] = {
    "invalid_argument": 300,
    "out_of_range": 300,
    "permission_denied": 200,
    "unauthenticated": 124,
}


def _read(doc: Document) -> Problem:
    body = doc.fit(Body)
    return Problem(
        status=doc.raw.status,
        code=None if body.code is None else str(body.code),
        kind=_KINDS.get(body.code),
        detail=body.message or None,
        violations=tuple(
            Violation(path=path_from_text(fault.field or ""), detail=fault.message or None)
            for fault in body.errors or ()
        ),
        trace_id=doc.raw.headers.get("x-zm-trackingid") or None,
        extensions=body.extras,
    )


def _write(problem: Problem) -> bytes:
    number = code_number(problem.code)
    faults = [Fault(v.dotted, v.detail if shows(v.detail) else "Invalid field.") for v in problem.violations]
    body = Body(
        _CODES.get(problem.kind, problem.status or 500) if number is None else number, problem.head, faults or None
    )
    return write_json(with_members(body, problem.extensions))


dialect: Final = Dialect(
    name="zoom",
    title="Zoom API: a numbered code, a text, and faults by field",
    source="Zoom API documentation, error codes",
    read=_read,
    formats=(format_of("json", "application/json", _write, head=id_in("x-zm-trackingid")),),
    signatures=(
        Signature(members={"code": int, "message": str}, headers={"x-zm-trackingid": ""}, weight=5),
        Signature(
            members={
                "code": int, "message": str, "errors": [{"field": str, "message": str}],
                "status": ABSENT, "name": ABSENT, "success": ABSENT,
            },
            weight=4,
        ),
    ),
    fields=OpenBody,
)  # fmt: skip
