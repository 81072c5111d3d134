"""vnd.error: a HAL document with a message, a log reference and links.

Spring HATEOAS once sent it; Micronaut sends its shape as plain JSON. Deviations:
status, code and check have no place; a lone inner problem is dropped; the first
draft's names (`_id`, `_message`, a list of links) are read and not written, the
XML form is not read.
"""

from typing import Any, Final

import msgspec

from errata._body import Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._json import write_json
from errata._problem import NO_MEMBERS, Problem, Violation, path_from_text, shows
from errata.dialects._shapes import code_text, with_members

MEDIA_TYPE: Final = "application/vnd.error+json"


class Item(Wire):
    """One error."""

    message: str | None = None
    logref: str | int | None = None
    path: str | None = None
    links: dict[str, Any] | list[Any] | None = msgspec.field(default=None, name="_links")


class Body(Item):
    """The error, and those inside of it."""

    total: int | None = None
    embedded: dict[str, Any] | None = msgspec.field(default=None, name="_embedded")


_FIRST_DRAFT: Final = ("_id", "_message")


def _read(doc: Document) -> Problem:
    body = doc.fit(Body)
    outer = _problem(doc, body)
    embedded = (body.embedded or {}).get("errors") or []
    items = [
        doc.fit(Body, each)
        for each in (embedded if isinstance(embedded, list) else [embedded])
        if isinstance(each, dict) and each
    ]
    whole = tuple(_problem(doc, item) for item in items if not item.path)
    if len(items) == len(whole) == 1:
        return _within(outer, whole[0])
    faults = tuple(Violation(path=path_from_text(i.path), detail=i.message or None) for i in items if i.path)
    return outer.replace(violations=outer.violations + faults, problems=whole)


def _problem(doc: Document, item: Item) -> Problem:
    links = _by_relation(item.links)
    hrefs = {rel: _href(link) for rel, link in links.items()}
    place = next((rel for rel in ("about", "self") if hrefs.get(rel)), "")
    left = {rel: link for rel, link in links.items() if rel not in ("help", place) or not hrefs[rel]}
    extensions = {name: value for name, value in item.extras.items() if name not in _FIRST_DRAFT}
    return Problem(
        status=doc.raw.status,
        detail=item.message or _text(item.extras.get("_message")),
        violations=(Violation(path=path_from_text(item.path)),) if item.path else (),
        trace_id=code_text(item.logref) or code_text(item.extras.get("_id")),
        help=hrefs.get("help"),
        instance=hrefs.get(place),
        extensions=({**extensions, "_links": left} if left else extensions) or NO_MEMBERS,
    )


def _within(outer: Problem, only: Problem) -> Problem:
    """Return an error whose only inner one says more than its own message, which is then a title."""
    return only.replace(
        title=outer.detail if only.detail else None, detail=only.detail or outer.detail,
        violations=outer.violations, trace_id=only.trace_id or outer.trace_id, help=only.help or outer.help,
        instance=outer.instance or only.instance, extensions={**only.extensions, **outer.extensions} or NO_MEMBERS,
    )  # fmt: skip


def _by_relation(links: dict[str, Any] | list[Any] | None) -> dict[str, Any]:
    if isinstance(links, list):
        return {str(each.get("rel")): each for each in links if isinstance(each, dict)}
    return links or {}


def _href(link: Any) -> str | None:
    """Return the address of a link, or of the first of several."""
    first = link[0] if isinstance(link, list) and link else link
    return _text(first.get("href")) if isinstance(first, dict) else None


def _text(value: Any) -> str | None:
    return value or None if isinstance(value, str) else None


def _write(problem: Problem) -> bytes:
    items = [Item(v.detail if shows(v.detail) else "is not valid", path=v.pointer or None) for v in problem.violations]
    items += [Item(inner.head, inner.trace_id, links=_links(inner, {})) for inner in problem.problems]
    own_path = items[0].path if len(items) == 1 and problem.violations and not problem.violations[0].detail else None
    if len(items) == 1 and (own_path or not items[0].path):
        items = []
    links = problem.extensions.get("_links")
    body = Body(
        problem.head, problem.trace_id, own_path, _links(problem, links if isinstance(links, dict) else {}),
        len(items) or None, {"errors": items} if items else None,
    )  # fmt: skip
    return write_json(with_members(body, problem.extensions))


def _links(problem: Problem, further: dict[str, Any]) -> dict[str, Any] | None:
    own = {"help": problem.help, "about": problem.instance}
    return {**further, **{rel: {"href": href} for rel, href in own.items() if href}} or None


_ERRORS: Final = {"errors": list}

dialect: Final = Dialect(
    name="vnd-error",
    title="vnd.error: a HAL document with message, log reference and links",
    source="vnd.error media type, blongden/vnd.error",
    read=_read,
    formats=(format_of("json", MEDIA_TYPE, _write),),
    signatures=(
        Signature(media_types=frozenset({MEDIA_TYPE}), form="json"),
        Signature(members={"message": str, "logref": str | int}, weight=4),
        Signature(members={"message": str, "_embedded": _ERRORS}, weight=4),
        Signature(members={"total": int, "_embedded": _ERRORS}, weight=4),
        Signature(members={"message": str, "_links": dict, "code": ABSENT, "type": ABSENT}, weight=3),
    ),
    fields=Body,
)
