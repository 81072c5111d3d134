"""The errors of the GitHub REST API: a message, a page that explains it, and coded faults by field.

A client meets it on every call. A used-up rate limit comes as 403 or 429 with
`X-RateLimit-Remaining: 0`, and the moment of its end in another header.

Deviations: no code or title; a violation keeps field, code and text; of a
resource only the type has a place; ids travel in a header.
"""

from typing import Final

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind
from errata._problem import Problem, Resource, Violation, path_from_text
from errata.dialects._shapes import code_number, id_in, seconds_until, told_at

TRACE_HEADER: Final = "x-github-request-id"


class Item(Wire):
    """One fault: the kind of resource, the field, which check failed, and for `custom` a text."""

    resource: str | None = None
    field: str | None = None
    code: str | None = None
    message: str | None = None
    index: int | None = None


class Body(Wire):
    """The error; the status is a text."""

    message: str | None = None
    errors: list[Item | str] | None = None
    documentation_url: str | None = None
    status: str | None = None


def _read(doc: Document) -> Problem:
    body = doc.fit(Body) if doc.form != "empty" else Body()
    items = body.errors or []
    left_out = {name for item in items if isinstance(item, Item) for name in item.extras}
    if left_out:
        names = ", ".join(sorted(left_out))[:200]
        doc.note("foreign-violations", f"members of violations were left out: {names}", "errors")
    resource = next((item.resource for item in items if isinstance(item, Item) and item.resource), None)
    limited = doc.raw.status in (403, 429) and doc.raw.headers.get("x-ratelimit-remaining") == "0"
    kind: Kind | None = "resource_exhausted" if limited else None
    return Problem(
        status=code_number(body.status) or doc.raw.status,
        kind=kind,
        detail=body.message or None,
        violations=tuple(map(_violation, items)),
        retry_after=seconds_until(doc, "x-ratelimit-reset") if limited else None,
        resource=Resource(type=resource) if resource else None,
        trace_id=doc.raw.headers.get(TRACE_HEADER) or None,
        help=body.documentation_url or None,
        extensions=body.extras,
    )


def _violation(item: Item | str) -> Violation:
    if isinstance(item, str):
        return Violation(detail=item or None)
    index = () if item.index is None else (item.index,)
    return Violation(path=path_from_text(item.field or "") + index, code=item.code or None, detail=item.message or None)


def _item(violation: Violation, resource: str | None) -> Item | str:
    if not violation.path and not violation.code and violation.detail:
        return violation.detail
    code = violation.code or ("custom" if violation.detail else "invalid")
    return Item(resource, violation.dotted or None, code, violation.detail or None)


def _write(problem: Problem) -> bytes:
    resource = (problem.resource.type or None) if problem.resource else None
    items = list(map(_item, problem.violations, told_at(resource, len(problem.violations))))
    # The page is required; without one it is empty.
    return write_json(Body(problem.head, items or None, problem.help or "", str(problem.status or 500)))


dialect: Final = Dialect(
    name="github",
    title="GitHub REST API: a message, a page, coded faults by field",
    source="GitHub REST API, schemas basic-error and validation-error",
    read=_read,
    formats=(format_of("json", "application/json", _write, head=id_in(TRACE_HEADER)),),
    signatures=(
        Signature(members={"message": str, "documentation_url": str}, weight=4),
        Signature(members={"message": str}, headers={TRACE_HEADER: ""}, weight=4),
        Signature(members={"message": str, "errors": [{"resource": str, "code": str}]}, weight=4),
        Signature(headers={TRACE_HEADER: ""}, form="empty"),
    ),
    fields=Body,
)
