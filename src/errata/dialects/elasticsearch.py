"""The errors of Elasticsearch and OpenSearch: a class of exception, its reason, and the root causes.

A client meets it on every call of the REST API; requests that no handler takes
get a bare text instead. A lone root cause that says the same as the error is not
repeated as an inner problem.

Deviations: no violations, no title, no help; `caused_by` travels as an extension
member, and stack traces are left out.
"""

from typing import Any, Final, cast

import msgspec

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind
from errata._problem import Members, Problem, Resource
from errata.dialects._shapes import with_members


class Cause(Wire):
    """One error; each class of exception adds members of its own."""

    type: str | None = None
    reason: str | None = None
    root_cause: "list[Cause] | None" = None
    caused_by: dict[str, Any] | None = None
    resource_type: str | None = msgspec.field(default=None, name="resource.type")
    resource_id: str | list[str] | None = msgspec.field(default=None, name="resource.id")
    stack_trace: str | None = None


class Body(Wire):
    """The wrapper; the error is a bare text when no handler takes the request."""

    error: Cause | str | None = None
    status: int | None = None


class OpenCause(Wire, forbid_unknown_fields=False):
    """An error as it is written, with whatever members its class adds."""

    type: str
    reason: str
    root_cause: "list[OpenCause] | None" = None


class OpenBody(Wire, forbid_unknown_fields=False):
    """The wrapper as it is written."""

    error: OpenCause | None = None
    status: int | None = None


# What a class means, where the status says less or another thing.
_KINDS: Final[dict[str | None, Kind]] = {
    "resource_already_exists_exception": "already_exists",
    "index_already_exists_exception": "already_exists",
    "version_conflict_engine_exception": "aborted",
    "circuit_breaking_exception": "resource_exhausted",
    "es_rejected_execution_exception": "resource_exhausted",
    "process_cluster_event_timeout_exception": "deadline_exceeded",
    "timeout_exception": "deadline_exceeded",
    "task_cancelled_exception": "cancelled",
    "index_closed_exception": "failed_precondition",
}

_BY_KIND: Final[dict[Kind | None, str]] = {
    "aborted": "version_conflict_engine_exception",
    "already_exists": "resource_already_exists_exception",
    "cancelled": "task_cancelled_exception",
    "deadline_exceeded": "timeout_exception",
    "invalid_argument": "illegal_argument_exception",
    "not_found": "resource_not_found_exception",
    "permission_denied": "security_exception",
    "resource_exhausted": "es_rejected_execution_exception",
    "unauthenticated": "security_exception",
    "unavailable": "unavailable_shards_exception",
}


def _read(doc: Document) -> Problem:
    body = doc.fit(Body)
    status = doc.raw.status if body.status is None else body.status
    trace_id = doc.raw.headers.get("x-opaque-id") or None
    if not isinstance(body.error, Cause):
        return Problem(status=status, detail=body.error or None, trace_id=trace_id, extensions=body.extras)
    problem = _problem(doc, body.error, status)
    return problem.replace(trace_id=trace_id, extensions=Members({**body.extras, **problem.extensions}))


def _problem(doc: Document, cause: Cause, status: int) -> Problem:
    inner = tuple([_problem(doc, root, status) for root in cause.root_cause or []])
    code, detail = cause.type or None, cause.reason or None
    if len(inner) == 1 and (inner[0].code, inner[0].detail) == (code, detail):
        inner = ()
    further = {**cause.extras, "caused_by": cause.caused_by} if cause.caused_by else cause.extras
    kept = _without_traces(further)
    if cause.stack_trace or kept != further:
        doc.note("debug-left-out", "a stack trace was left out", "error")
    return Problem(
        status=status, code=code, kind=_KINDS.get(code), detail=detail, problems=inner,
        resource=_resource(cause), extensions=kept,
    )  # fmt: skip


def _resource(cause: Cause) -> Resource | None:
    number = cause.resource_id
    name = ", ".join(number) if isinstance(number, list) else number
    return Resource(cause.resource_type, name) if cause.resource_type or name else None


def _without_traces(value: Any) -> Any:
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return {name: _without_traces(member) for name, member in members.items() if name != "stack_trace"}
    items: list[Any] | None = value if isinstance(value, list) else None
    return value if items is None else [_without_traces(item) for item in items]


def _cause(problem: Problem) -> dict[str, Any]:
    resource = problem.resource or Resource()
    caused_by = problem.extensions.get("caused_by")
    wire = Cause(
        type=problem.code or _BY_KIND.get(problem.kind, "exception"),
        reason=problem.head,
        caused_by=cast("dict[str, Any]", caused_by) if isinstance(caused_by, dict) else None,
        resource_type=resource.type or None,
        resource_id=resource.id or None,
    )
    return cast("dict[str, Any]", msgspec.to_builtins(with_members(wire, problem.extensions), enc_hook=str))


def _write(problem: Problem) -> bytes:
    cause = _cause(problem)
    roots = [_cause(inner) for inner in problem.problems] or [cause]
    return write_json({"error": {"root_cause": roots, **cause}, "status": problem.status or 500})


def _head(problem: Problem) -> dict[str, str]:
    """Return the product header that the vendor's clients look for, and the id that a request came with."""
    product = {"x-elastic-product": "Elasticsearch"}
    return product | {"x-opaque-id": problem.trace_id} if problem.trace_id else product


def _is_bare_text(value: object) -> bool:
    return isinstance(value, str) and "[" in value


dialect: Final = Dialect(
    name="elasticsearch",
    title="Elasticsearch and OpenSearch: class of exception, reason, root causes",
    source="Elasticsearch REST APIs, common options and errors",
    read=_read,
    formats=(format_of("json", "application/json", _write, head=_head),),
    signatures=(
        Signature(members={"error": {"type": str, "reason": str | None}, "status": int}, weight=5),
        Signature(members={"error": {"root_cause": list}}, weight=5),
        Signature(members={"error": _is_bare_text, "status": int}, weight=3),
        Signature(members={"error": str | dict}, headers={"x-elastic-product": ""}, weight=4),
        Signature(members={"_index": str, "_id": str, "found": frozenset({False})}, statuses=frozenset({404})),
    ),
    fields=OpenBody,
)
