"""The errors of the X (Twitter) API version 2: problem details of its own types, several in a list.

A client meets it on every call; a lookup that finds a part only answers 200 with
the rest as `errors`.

Deviations: no code or help; the type tells the kind; of a violation the name of
the parameter and the text have a place.
"""

from typing import Any, Final, cast

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind, kind_of, title_of
from errata._problem import Members, Problem, Resource, Violation, path_from_text
from errata.dialects._shapes import id_in, seconds_until, told_at, with_members

TRACE_HEADER: Final = "x-transaction-id"
_HOSTS: Final = ("https://api.x.com/2/problems/", "https://api.twitter.com/2/problems/")


class Item(Wire):
    """One of several errors: a fault of named parameters, or a problem with one resource."""

    message: str | None = None
    parameters: dict[str, Any] | None = None
    title: str | None = None
    detail: str | None = None
    type: str | None = None
    status: int | None = None
    resource_type: str | None = None
    resource_id: str | None = None


class Body(Item):
    """The problem, which may list several."""

    errors: list[Item] | None = None


class OpenItem(Item, forbid_unknown_fields=False):
    """A problem with whatever members its type adds."""


class OpenBody(OpenItem):
    """The problem as it is written."""

    errors: list[OpenItem] | None = None


# The types by the last segment of their address, with the status they stand for.
_STATUSES: Final = {
    "client-disconnected": 499,
    "client-forbidden": 403,
    "conflict": 409,
    "disallowed-resource": 403,
    "duplicate-rules": 409,
    "field-unauthorized": 403,
    "invalid-request": 400,
    "invalid-rules": 400,
    "not-authorized-for-field": 403,
    "not-authorized-for-resource": 403,
    "oauth1-permissions": 403,
    "operational-disconnect": 503,
    "resource-not-found": 404,
    "resource-unavailable": 404,
    "rule-cap": 429,
    "streaming-connection": 429,
    "unsupported-authentication": 403,
    "usage-capped": 429,
}
_KINDS: Final[dict[str, Kind]] = {"duplicate-rules": "already_exists"}

_BY_KIND: Final[dict[Kind | None, str]] = {
    "aborted": "conflict",
    "already_exists": "duplicate-rules",
    "invalid_argument": "invalid-request",
    "not_found": "resource-not-found",
    "permission_denied": "client-forbidden",
    "resource_exhausted": "usage-capped",
}


def _read(doc: Document) -> Problem:
    body = doc.fit(Body)
    items = body.errors or []
    faults = [item for item in items if not _tells(item)]
    others = [item for item in items if _tells(item)]
    # In a partial success the first of the list is the problem.
    first = body if _tells(body) or not others else others[0]
    inner = others if len(others) > 1 or first is body else []
    problem = _problem(first, _status(doc, first))
    return problem.replace(
        violations=problem.violations + tuple([v for item in faults for v in _violations(item)]),
        problems=tuple([_problem(item, _status(doc, item)) for item in inner]),
        retry_after=seconds_until(doc, "x-rate-limit-reset") if doc.raw.status == 429 else None,
        trace_id=doc.raw.headers.get(TRACE_HEADER) or None,
        extensions=Members({**body.extras, **problem.extensions}),
    )


def _tells(item: Item) -> bool:
    """Tell whether an item is a problem of its own, and not a fault of parameters."""
    return bool(item.title or item.detail or item.type)


def _status(doc: Document, item: Item) -> int:
    if item.status is not None:
        return item.status
    status = doc.raw.status
    # A success that brings data is one, whatever is missing from it.
    failed = 200 <= status < 300 and not (isinstance(doc.value, dict) and doc.value.get("data"))
    return _STATUSES.get(_slug(item), status) if failed else status


def _slug(item: Item) -> str:
    kind = item.type or ""
    return kind.rpartition("/")[2] if kind.startswith(_HOSTS) else ""


def _problem(item: Item, status: int) -> Problem:
    slug = _slug(item)
    of_type = _STATUSES.get(slug)
    return Problem(
        status=status,
        kind=_KINDS.get(slug) or (kind_of(of_type) if of_type is not None else None),
        type=item.type if item.type != "about:blank" else None,
        title=item.title or None,
        detail=item.detail or item.message or None,
        violations=_violations(item) if item.parameters is not None else (),
        resource=Resource(item.resource_type, item.resource_id) if item.resource_type or item.resource_id else None,
        extensions=item.extras,
    )


def _violations(item: Item) -> tuple[Violation, ...]:
    names = list(item.parameters or {}) or [""]
    texts = told_at(item.message or None, len(names))
    return tuple([Violation(path=path_from_text(n), detail=text) for n, text in zip(names, texts, strict=True)])


def _members(problem: Problem, status: int) -> dict[str, str | None]:
    resource = problem.resource or Resource()
    slug = _BY_KIND.get(problem.kind) or _BY_KIND.get(kind_of(status))
    named = problem.type if problem.type != "about:blank" else None
    return {
        "title": problem.title or title_of(status),
        "detail": problem.head,
        "type": named or (_HOSTS[0] + slug if slug else "about:blank"),
        "resource_type": resource.type or None,
        "resource_id": resource.id or None,
    }


def _fault(violation: Violation) -> Item:
    name = violation.dotted
    return Item(message=violation.detail or "is not valid", parameters={name: []} if name else {})


def _write(problem: Problem) -> bytes:
    status = problem.status or 500
    inner = [with_members(Item(**_members(p, status)), p.extensions) for p in problem.problems]  # type: ignore[arg-type]
    listed = cast("list[Item]", [*inner, *map(_fault, problem.violations)])
    lead = Body(**_members(problem, status), status=status, errors=listed or None)  # type: ignore[arg-type]
    return write_json(with_members(lead, problem.extensions))


def _is_type(value: object) -> bool:
    return isinstance(value, str) and value.startswith(_HOSTS)


_PROBLEM: Final = {"type": _is_type, "title": str | None}

dialect: Final = Dialect(
    name="twitter",
    title="X (Twitter) API version 2: problem details of its own types",
    source="X API version 2, response codes and errors",
    read=_read,
    formats=(format_of("json", "application/json", _write, head=id_in(TRACE_HEADER)),),
    signatures=(
        Signature(members=_PROBLEM, media_types=frozenset({"application/problem+json"}), weight=6),
        Signature(members=_PROBLEM, weight=6),
        Signature(members={"type": _is_type, "detail": str}, weight=6),
        Signature(members={"errors": [_PROBLEM]}, success=True, weight=5),
    ),
    fields=OpenBody,
)
