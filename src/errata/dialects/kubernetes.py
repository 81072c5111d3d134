"""The errors of Kubernetes: an object of the kind Status, with a reason in one word.

Clients meet them with the API server, kubectl and every operator.

Deviations: title, help, inner problems and the part of the request a violation is
in have no place; of further members only those are written that the object has.
The trace id is that of the audit log, in the header field `audit-id`.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind
from errata._problem import Problem, Resource, Violation, path_from_text
from errata._translate import retry_after_field
from errata.dialects._shapes import bracketed, delay, id_in


class Cause(Wire):
    """One fault: a reason in one word, a text, the field it is about."""

    reason: str | None = None
    message: str | None = None
    field: str | None = None


class Details(Wire):
    """What the error is about, its causes, and the delay in whole seconds."""

    name: str | None = None
    group: str | None = None
    kind: str | None = None
    uid: str | None = None
    causes: list[Cause] | None = None
    retry_after: int | None = msgspec.field(default=None, name="retryAfterSeconds")


class Meta(Wire):
    """The metadata of a list, which a list that has expired can be resumed with."""

    resource_version: str | None = msgspec.field(default=None, name="resourceVersion")
    resume: str | None = msgspec.field(default=None, name="continue")
    remaining: int | None = msgspec.field(default=None, name="remainingItemCount")


class Body(Wire, kw_only=True):
    """The object; what clients tell it by is always there."""

    kind: str
    version: str = msgspec.field(name="apiVersion")
    metadata: Meta
    status: str
    message: str | None = None
    reason: str | None = None
    details: Details | None = None
    code: int | None = None


# Reasons that tell more than the status they come with.
_KINDS: Final[dict[str | None, Kind]] = {
    "AlreadyExists": "already_exists",
    "Expired": "out_of_range",
    "ServerTimeout": "deadline_exceeded",
}

_REASONS: Final[dict[int | None, str]] = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    406: "NotAcceptable",
    409: "Conflict",
    410: "Gone",
    413: "RequestEntityTooLarge",
    415: "UnsupportedMediaType",
    422: "Invalid",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
}

_AUDIT_ID: Final = "audit-id"


def _read(doc: Document) -> Problem:
    wire = doc.fit(Body)
    details, meta = wire.details or Details(), wire.metadata
    further = {
        "group": details.group,
        "uid": details.uid,
        "resourceVersion": meta.resource_version,
        "continue": meta.resume,
        "remainingItemCount": meta.remaining,
    }
    about = details.kind or details.name
    return Problem(
        status=wire.code if wire.code is not None else doc.raw.status,
        code=wire.reason or None,
        kind=_KINDS.get(wire.reason),
        detail=wire.message or None,
        violations=tuple(map(_violation, details.causes or ())),
        retry_after=delay(details.retry_after),
        resource=Resource(details.kind or None, details.name or None) if about else None,
        trace_id=doc.raw.headers.get(_AUDIT_ID) or None,
        extensions={**wire.extras, **details.extras, **{n: v for n, v in further.items() if v not in (None, "")}},
    )


def _violation(cause: Cause) -> Violation:
    return Violation(path=path_from_text(cause.field or ""), detail=cause.message or None, code=cause.reason or None)


def _write(problem: Problem) -> bytes:
    details = _details(problem)
    return write_json(
        Body(
            kind="Status",
            version="v1",
            metadata=Meta(_text(problem, "resourceVersion"), _text(problem, "continue"), _count(problem.extensions)),
            status="Failure",
            message=problem.head,
            reason=problem.code or _reason(problem),
            details=None if details == Details() else details,
            code=problem.status or 500,
        )
    )


def _reason(problem: Problem) -> str | None:
    return "AlreadyExists" if problem.kind == "already_exists" else _REASONS.get(problem.status)


def _details(problem: Problem) -> Details:
    about, retry = problem.resource or Resource(), problem.retry_after
    return Details(
        name=about.id or None,
        group=_text(problem, "group"),
        kind=about.type or None,
        uid=_text(problem, "uid"),
        causes=[Cause(v.code, v.detail, bracketed(v) or None) for v in problem.violations] or None,
        retry_after=int(retry_after_field(retry)) if retry is not None and retry >= 0 else None,
    )


def _text(problem: Problem, name: str) -> str | None:
    value = problem.extensions.get(name)
    return value or None if isinstance(value, str) else None


def _count(extensions: Mapping[str, Any]) -> int | None:
    value = extensions.get("remainingItemCount")
    return value if type(value) is int and 0 <= value < 2**53 else None


dialect: Final = Dialect(
    name="kubernetes",
    title="Kubernetes API: an object of the kind Status",
    source="Kubernetes API reference, meta/v1 Status",
    read=_read,
    formats=(format_of("json", "application/json", _write, head=id_in(_AUDIT_ID)),),
    signatures=(Signature(members={"kind": frozenset({"Status"}), "status": frozenset({"Failure"})}, weight=4),),
    fields=Body,
)
