"""The error objects of JSON:API: a list, each with a status as text and a pointer to its source.

A client meets them wherever the media type `application/vnd.api+json` is
spoken, and as generic JSON behind many proxies. The `id` of the first error is
the trace id, its `meta` holds the extension members.

Deviations: a place is a pointer into the body, a query parameter or a header
field; instance, resource, retry hint and the status of a violation have no
place; the version in the member `jsonapi` says nothing about an error and is
not kept.
"""

from typing import Any, Final

from errata._body import Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import kind_of
from errata._problem import Location, Problem, Violation, path_from_text
from errata.dialects._shapes import listed, merged, without_debug

MEDIA_TYPE: Final = "application/vnd.api+json"


class Source(Wire):
    """The place in the request."""

    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None


class Link(Wire, forbid_unknown_fields=False):
    """A link with members of its own, of which the address counts."""

    href: str | None = None


class Links(Wire, forbid_unknown_fields=False):
    """What leads to more about this error, and about its type."""

    about: str | Link | None = None
    type: str | Link | None = None


class Item(Wire):
    """One error; every member is optional."""

    id: str | None = None
    status: str | None = None
    code: str | None = None
    title: str | None = None
    detail: str | None = None
    source: Source | None = None
    links: Links | None = None
    meta: dict[str, Any] | None = None


class Body(Wire):
    """The document; never with `data` beside the errors."""

    errors: list[Item]
    meta: dict[str, Any] | None = None
    jsonapi: dict[str, Any] | None = None


_DEBUG: Final = ("exception", "file", "line", "trace", "backtrace")


def _read(doc: Document) -> Problem:
    body = doc.fit(Body)
    further = {**(body.meta or {}), **body.extras}
    items = body.errors or []
    if not items:
        doc.note("empty-list", "the list of errors is empty; the status speaks alone", "errors")
        return Problem(status=doc.raw.status, extensions=further)
    found = [_problem(doc, item) for item in items]
    problem = merged(found)
    extensions = {**further, **problem.extensions}
    if len(found) == 1:
        return problem.replace(extensions=extensions)
    violations = tuple(_coded(v, problem) for v in problem.violations)
    status = doc.raw.status
    return problem.replace(status=status, kind=kind_of(status), violations=violations, extensions=extensions)


def _coded(violation: Violation, problem: Problem) -> Violation:
    """Return a violation with the problem's code where it is the problem itself once more, with its place."""
    if violation.code or violation.detail != problem.detail:
        return violation
    return Violation(path=violation.path, location=violation.location, detail=violation.detail, code=problem.code)


def _problem(doc: Document, item: Item) -> Problem:
    links = item.links or Links()
    detail = item.detail or None
    status = int(text) if (text := item.status or "").isascii() and text.isdigit() and len(text) < 4 else None
    return Problem(
        status=status or doc.raw.status,
        code=item.code or None,
        type=_href(links.type),
        title=item.title or None,
        detail=detail,
        violations=_violations(item),
        trace_id=item.id or None,
        help=_href(links.about),
        extensions={**without_debug(doc, item.meta or {}, _DEBUG), **item.extras},
    )


def _href(link: str | Link | None) -> str | None:
    return (link.href if isinstance(link, Link) else link) or None


_WHOLE: Final = frozenset({None, "", "/", "/data"})  # pointers to the document as a whole are no place


def _violations(item: Item) -> tuple[Violation, ...]:
    source = item.source or Source()
    location, text = next((each for each in _places(source) if each[1] not in _WHOLE), ("body", None))
    if text is None:
        return ()
    return (
        Violation(path=path_from_text(text), location=location, detail=item.detail or None, code=item.code or None),
    )


def _places(source: Source) -> tuple[tuple[Location, str | None], ...]:
    return ("body", source.pointer), ("query", source.parameter), ("header", source.header)


# ---- writing ----


def _write(problem: Problem) -> bytes:
    items = listed(problem)
    # A code for all faults stands in each of them, unless the problem itself comes first and has it.
    shared = bool(items[0].violations) and not any(v.code for v in problem.violations)
    if len(items) == 1:
        return write_json(Body(errors=[_item(items[0].replace(status=problem.status))]))
    further = [each if shared else _with_own_code(each) for each in items[1:]]
    return write_json(Body(errors=[_item(each, problem.status) for each in (items[0], *further)]))


def _with_own_code(item: Problem) -> Problem:
    return item.replace(code=item.violations[0].code) if item.violations else item


def _item(problem: Problem, status: int | None = None) -> Item:
    fault = problem.violations[0] if problem.violations else None
    links = Links(problem.help or None, problem.type or None)
    return Item(
        problem.trace_id or None,
        str(problem.status or status or 500),
        problem.code or None,
        problem.title or None,
        problem.detail or None,
        _source(fault) if fault else None,
        links if links.about or links.type else None,
        dict(problem.extensions) or None,
    )


_MEMBERS: Final[dict[Location | None, str]] = {"query": "parameter", "path": "parameter", "header": "header"}


def _source(violation: Violation) -> Source:
    member = _MEMBERS.get(violation.location, "pointer")
    if member == "pointer":
        return Source(pointer=violation.pointer)
    return Source(**{member: _spelled(violation)})


def _spelled(violation: Violation) -> str:
    """Return the name of a parameter, `filter[name]`, or with dots where brackets would be another place."""
    path = violation.path
    name = "".join([str(path[0]), *(f"[{segment}]" for segment in path[1:])]) if path else ""
    return name if path_from_text(name) == path else violation.dotted


_STATUS: Final = {"status": str, "category": ABSENT, "errorCode": ABSENT, "attr": ABSENT, "resource_type": ABSENT}
_SOURCE: Final = {"source": {}, "message": ABSENT, "resource_type": ABSENT}

dialect: Final = Dialect(
    name="jsonapi",
    title="JSON:API: error objects with a source",
    source="JSON:API 1.1, error objects",
    read=_read,
    formats=(format_of("json", MEDIA_TYPE, _write),),
    signatures=(
        Signature(media_types=frozenset({MEDIA_TYPE}), members={"errors": [dict]}),
        *(
            Signature(members={"errors": [{text: str, **place}], "data": ABSENT}, weight=3)
            for text in ("title", "detail")
            for place in (_STATUS, _SOURCE, {**_SOURCE, "source": ABSENT, "links": dict})
        ),
    ),
    fields=Body,
)
