"""The errors of the Heroku Platform API: an id, a text, and where to read more.

A client meets it on every call.

Deviations: no violations, title or inner problems; of a resource only the type
has a place; the header `Request-Id` lists several ids, of which the first counts.
"""

from typing import Final

from errata._body import Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind
from errata._problem import Problem, Resource


class Body(Wire):
    """The id, the text, the page that explains it, and the type of the resource."""

    id: str | None = None
    message: str | None = None
    url: str | None = None
    resource: str | None = None


_BY_KIND: Final[dict[Kind | None, str]] = {
    "aborted": "conflict",
    "already_exists": "conflict",
    "invalid_argument": "bad_request",
    "not_found": "not_found",
    "permission_denied": "forbidden",
    "resource_exhausted": "rate_limit",
    "unauthenticated": "unauthorized",
    "unavailable": "unavailable",
}
_BY_STATUS: Final = {
    402: "delinquent",
    406: "not_acceptable",
    410: "gone",
    416: "requested_range_not_satisfiable",
    422: "invalid_params",
}


def _read(doc: Document) -> Problem:
    body = doc.fit(Body)
    return Problem(
        status=doc.raw.status,
        code=body.id or None,
        detail=body.message or None,
        resource=Resource(type=body.resource) if body.resource else None,
        trace_id=doc.raw.headers.get("request-id", "").partition(",")[0].strip()[:1000] or None,
        help=body.url or None,
        extensions=body.extras,
    )


def _write(problem: Problem) -> bytes:
    word = _BY_STATUS.get(problem.status or 500) or _BY_KIND.get(problem.kind, "internal_server_error")
    resource = problem.resource.type if problem.resource else None
    return write_json(Body(problem.code or word, problem.head, problem.help, resource))


def _head(problem: Problem) -> dict[str, str]:
    return {"request-id": problem.trace_id.replace(",", " ")} if problem.trace_id else {}


dialect: Final = Dialect(
    name="heroku",
    title="Heroku Platform API: an id, a text, where to read more",
    source="Heroku Platform API reference, errors",
    read=_read,
    formats=(format_of("json", "application/json", _write, head=_head),),
    signatures=(
        Signature(members={"id": str, "message": str, "url": str, "code": ABSENT}, weight=3),
        Signature(members={"id": str, "message": str, "resource": str, "url": str | None}, weight=4),
        Signature(
            members={"id": str, "message": str, "request_id": ABSENT, "code": ABSENT},
            headers={"ratelimit-remaining": "", "ratelimit-limit": ABSENT},
        ),
    ),
    fields=Body,
)
