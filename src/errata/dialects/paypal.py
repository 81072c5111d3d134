"""The errors of the PayPal REST APIs: a name, a text, an id for support, and details with a place and an issue.

Deviations: the offending values are left out; type URI, title, instance, resource
and inner problems have no place.
"""

from typing import Any, Final, cast

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._problem import Location, Problem, Violation, path_from_text, shows
from errata.dialects._shapes import id_in, with_members


class Detail(Wire):
    """One fault: where it is, which rule failed, and a text."""

    field: str | None = None
    location: str | None = None
    issue: str | None = None
    description: str | None = None
    value: Any = None


class Body(Wire):
    """The error."""

    name: str | None = None
    message: str | None = None
    debug_id: str | None = None
    details: list[Detail] | None = None
    information_link: str | None = None
    links: list[Any] | None = None


class OpenBody(Body, forbid_unknown_fields=False):
    """The error with whatever members a call adds."""


_LOCATIONS: Final = frozenset({"body", "path", "query", "header"})
_NAMES: Final[dict[int | None, str]] = {
    401: "AUTHENTICATION_FAILURE",
    403: "NOT_AUTHORIZED",
    404: "RESOURCE_NOT_FOUND",
    405: "METHOD_NOT_SUPPORTED",
    406: "MEDIA_TYPE_NOT_ACCEPTABLE",
    409: "RESOURCE_CONFLICT",
    415: "UNSUPPORTED_MEDIA_TYPE",
    422: "UNPROCESSABLE_ENTITY",
    429: "RATE_LIMIT_REACHED",
    503: "SERVICE_UNAVAILABLE",
}
_HELP: Final = "information_link"
_ISSUE: Final = "INVALID_PARAMETER_VALUE"  # the one that fits every field


def _read(doc: Document) -> Problem:
    body = doc.fit(Body)
    links = [link for link in body.links or () if not _is_help(link)]
    helps = [link["href"] for link in body.links or () if _is_help(link)]
    return Problem(
        status=doc.raw.status,
        code=body.name or None,
        detail=body.message or None,
        violations=tuple(map(_violation, body.details or ())),
        trace_id=body.debug_id or doc.raw.headers.get("paypal-debug-id") or None,
        help=next(iter([*helps, body.information_link]), None) or None,
        extensions={**body.extras, "links": links} if links else body.extras,
    )


def _is_help(link: Any) -> bool:
    return isinstance(link, dict) and link.get("rel") == _HELP and isinstance(link.get("href"), str)


def _violation(detail: Detail) -> Violation:
    issue, text = detail.issue or None, detail.description or None
    if text is None and issue and " " in issue:  # older calls say in words what is wrong
        issue, text = None, issue
    location = cast("Location | None", detail.location if detail.location in _LOCATIONS else None)
    return Violation(path=path_from_text(detail.field or ""), location=location, detail=text, code=issue)


def _detail(violation: Violation) -> Detail:
    location = violation.location if violation.location in _LOCATIONS else None
    issue = violation.code or _ISSUE
    text = violation.detail if shows(violation.detail) else "The value is not valid." if " " in issue else None
    return Detail(violation.pointer or None, location, issue, text)


def _name(problem: Problem) -> str:
    fallback = "INTERNAL_SERVER_ERROR" if (problem.status or 500) >= 500 else "INVALID_REQUEST"
    return problem.code or _NAMES.get(problem.status, fallback)


def _write(problem: Problem) -> bytes:
    given = problem.extensions.get("links")
    links = [*(given if isinstance(given, list) else ())]
    links += [{"href": problem.help, "rel": _HELP, "method": "GET"}] if problem.help else []
    details = [_detail(v) for v in problem.violations]
    body = Body(_name(problem), problem.head, problem.trace_id or "", details or None, links=links or None)
    return write_json(with_members(body, problem.extensions))


dialect: Final = Dialect(
    name="paypal",
    title="PayPal REST APIs: a name, a text, an id for support, and details",
    source="PayPal REST API documentation, error responses",
    read=_read,
    formats=(format_of("json", "application/json", _write, head=id_in("paypal-debug-id")),),
    signatures=(Signature(members={"name": str, "message": str, "debug_id": str}, weight=5),),
    fields=OpenBody,
)
