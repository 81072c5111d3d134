"""Spring Boot's default errors: `timestamp`, `status`, the phrase as `error`, `path`.

What `/error` answers unless an application does otherwise. Deviations: there is
no code; the time is only known of an error that was read, else it is null; the
rejected values are not kept; inner problems, help and resource have no place.
"""

from typing import Final

import msgspec

from errata._body import Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import title_of
from errata._problem import Problem, Violation, path_from_text, shows
from errata.dialects._shapes import bracketed, with_members


class Fault(Wire, rename="camel"):
    """One failed field, or a failed object when it has none."""

    field: str | None = None
    default_message: str | None = None
    code: str | None = None


class Body(Wire, rename="camel"):
    """The error attributes; applications may add to them."""

    timestamp: str | int | float | msgspec.UnsetType | None = msgspec.UNSET
    status: int | None = None
    error: str | None = None
    exception: str | None = None
    trace: str | None = None
    message: str | None = None
    path: str | None = None
    request_id: str | None = None
    errors: list[Fault | str] | None = None


_NO_STATUS: Final = 999  # what Spring Boot says when it knows none
_NO_PHRASE: Final = (None, "", "None")
_NO_MESSAGE: Final = (None, "", "No message available")


def _read(doc: Document) -> Problem:
    wire = doc.fit(Body)
    if wire.exception or wire.trace:
        doc.note("debug-left-out", "the exception and its trace were left out")
    extensions = {**wire.extras, "timestamp": wire.timestamp} if wire.timestamp else wire.extras
    return Problem(
        status=doc.raw.status if wire.status in (None, _NO_STATUS) else wire.status,
        title=None if wire.error in _NO_PHRASE else wire.error,
        detail=None if wire.message in _NO_MESSAGE else wire.message,
        instance=wire.path or None,
        violations=tuple(map(_violation, wire.errors or ())),
        trace_id=wire.request_id or None,
        extensions=extensions,
    )


def _violation(fault: Fault | str) -> Violation:
    if isinstance(fault, str):
        return Violation(detail=fault or None)
    path = path_from_text(fault.field or "")
    return Violation(path=path, detail=fault.default_message or None, code=fault.code or None)


def _write(problem: Problem) -> bytes:
    time = problem.extensions.get("timestamp")
    faults: list[Fault | str] = [Fault(bracketed(v) or None, v.detail, v.code or None) for v in problem.violations]
    body = Body(
        timestamp=time if isinstance(time, str | int | float) and not isinstance(time, bool) else None,
        status=problem.status or 500,
        error=problem.title if shows(problem.title) else title_of(problem.status),
        message=_message(problem),
        path=problem.instance,
        request_id=problem.trace_id or None,
        errors=faults or None,
    )
    return write_json(with_members(body, problem.extensions))


def _message(problem: Problem) -> str:
    if problem.detail or not (problem.violations or problem.problems):
        return problem.detail or ""
    return problem.text


dialect: Final = Dialect(
    name="spring-boot",
    title="Spring Boot: the default error attributes",
    source="Spring Boot, DefaultErrorAttributes",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(
        Signature(members={"timestamp": str | int | float | None, "status": int, "error": str, "code": ABSENT}),
        Signature(members={"timestamp": str | int | float | None, "status": int, "error": str, "path": str}),
        Signature(members={"timestamp": str | int | float | None, "error": str, "path": str, "requestId": str}),
    ),
    fields=Body,
)
