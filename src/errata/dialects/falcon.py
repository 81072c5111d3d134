"""Falcon's errors: `title`, `description`, a number as `code`, and a link for help.

As JSON or XML; without a title of its own an error has the status line as title.
Deviations: codes are integers, others are left out; violations show as text
alone; extension members, ids and inner problems have no place.
"""

from typing import Final

from errata._body import Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import title_of
from errata._problem import Problem, shows
from errata._xml import Element, write_xml
from errata.dialects._shapes import code_number, code_text


class Link(Wire):
    """Where to read more."""

    text: str | None = None
    href: str | None = None
    rel: str | None = None


class Body(Wire):
    """The error."""

    title: str | None = None
    description: str | None = None
    code: int | str | None = None
    link: Link | None = None


_LINK_TEXT: Final = "Documentation related to this error"
_NAMES: Final = frozenset({"title", "description", "code", "link"})


def _read(doc: Document) -> Problem:
    wire = doc.fit(Body) if doc.root is None else _from_xml(doc)
    return Problem(
        status=doc.raw.status,
        code=code_text(wire.code),
        title=wire.title or None,
        detail=wire.description or None,
        help=(wire.link.href or None) if wire.link else None,
        extensions=wire.extras,
    )


def _from_xml(doc: Document) -> Body:
    root = doc.root or Element("error")
    link = root.find("link")
    href = link.text_of("href") if link is not None else None
    return Body(root.text_of("title"), root.text_of("description"), root.text_of("code"), Link(href=href))


def _body(problem: Problem) -> Body:
    detail = problem.detail if shows(problem.detail) else None
    if detail is None and (problem.violations or problem.problems):
        detail = problem.text
    status = problem.status or 500
    return Body(
        problem.title if shows(problem.title) else f"{status} {title_of(status)}",
        detail,
        code_number(problem.code),
        Link(_LINK_TEXT, problem.help, "help") if shows(problem.help) else None,
    )


def _write(problem: Problem) -> bytes:
    return write_json(_body(problem))


def _write_xml(problem: Problem) -> bytes:
    body = _body(problem)
    members = {"title": body.title, "description": body.description, "code": body.code}
    parts = [Element(name, text=str(value)) for name, value in members.items() if value is not None]
    if body.link:
        texts = {"text": body.link.text, "href": body.link.href, "rel": body.link.rel}
        parts.append(Element("link", *(Element(name, text=text or "") for name, text in texts.items())))
    return write_xml(Element("error", *parts))


def _only_known(doc: Document) -> bool:
    """Title with a description, or the status line as title, and no other members."""
    value = doc.value
    if type(value) is not dict or not _NAMES.issuperset(value):
        return False
    return isinstance(value.get("description"), str) or str(value.get("title")).startswith(f"{doc.raw.status} ")


dialect: Final = Dialect(
    name="falcon",
    title="Falcon: title, description, code and link",
    source="Falcon, HTTPError.to_dict",
    read=_read,
    formats=(format_of("json", "application/json", _write), format_of("xml", "application/xml", _write_xml)),
    signatures=(
        Signature(members={"title": str, "status": ABSENT, "detail": ABSENT}, accepts=_only_known),
        Signature(root=("", "error"), child="title"),
    ),
    fields=Body,
)
