"""JSend: `status` is `fail` with the faults by field in `data`, or `error` with a message.

Deviations: a `fail` has no text of its own beside those of its fields, and no
code; type, instance, help, resource, trace id and inner problems have no place.
"""

from typing import Any, Final, Literal

from errata._body import Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._json import write_json
from errata._problem import NO_MEMBERS, Problem
from errata.dialects._shapes import code_number, code_text, map_from_violations, violations_from_map


class Body(Wire):
    """The envelope; `message` and `code` belong to `error` alone."""

    status: Literal["fail", "error"]
    message: str | None = None
    code: int | str | None = None
    data: Any = None


def _read(doc: Document) -> Problem:
    wire = doc.fit(Body)
    failed = isinstance(wire.data, dict) and wire.status == "fail"
    violations = violations_from_map(wire.data) if failed else ()
    further = {"data": wire.data} if wire.data is not None and not violations else {}
    return Problem(
        status=doc.raw.status,
        code=code_text(wire.code),
        detail=wire.message or None,
        violations=violations,
        extensions={**further, **wire.extras} or NO_MEMBERS,
    )


def _write(problem: Problem) -> bytes:
    data = problem.extensions.get("data")
    if problem.violations:
        return write_json(Body("fail", data=map_from_violations(problem.violations, "base")))
    number = code_number(problem.code)
    return write_json(Body("error", problem.head, number if number is not None else problem.code, data))


dialect: Final = Dialect(
    name="jsend",
    title="JSend: fail with faults by field, or error with a message",
    source="JSend specification",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(
        Signature(members={"status": frozenset({"fail"}), "data": dict, "error": ABSENT}, success=True),
        Signature(
            members={
                "status": frozenset({"error"}),
                "message": str,
                "errorType": ABSENT,
                "errors": ABSENT,
                "correlationId": ABSENT,
                "error": ABSENT,
            }
        ),
    ),
    fields=Body,
)
