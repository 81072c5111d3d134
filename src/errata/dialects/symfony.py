"""Symfony's problem details: `violations` by property path.

What its serializer makes of exceptions and of lists of constraint violations,
as JSON or XML. Deviations: the texts' templates and parameters are dropped (they
repeat the input), the location and status of a violation have no place; the XML
form has neither extension members nor inner problems.
"""

from typing import Any, Final

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._kind import title_of
from errata._problem import Problem, Violation, path_from_text, shows
from errata._xml import Element, write_xml
from errata.dialects._riders import Standard, leave_out_debug, own_type, read_with, write_with
from errata.dialects._shapes import bracketed

MEDIA_TYPE: Final = "application/problem+json"
_INVALID: Final = "https://symfony.com/errors/validation"
_FAILED: Final = "https://tools.ietf.org/html/rfc2616#section-10"
_TITLES: Final = {_INVALID: "Validation Failed", _FAILED: "An error occurred"}


class Item(Wire, rename="camel", omit_defaults=False):
    """One violation; `type` names the check."""

    property_path: str | None = None
    title: str | None = None
    parameters: dict[str, Any] | list[Any] | None = None  # PHP writes an empty map as a list
    type: str | None = None


class Body(Standard):
    """The members of a problem, and its violations."""

    violations: list[Item] | None = None


_OWN: Final = frozenset({"violations"})
_DEBUG: Final = frozenset({"class", "trace"})


def _read(doc: Document) -> Problem:
    value = _plain(doc.root) if doc.root is not None else doc.value
    wire, problem = read_with(doc, value, Body, _OWN)
    if wire.violations is not None:
        problem = problem.replace(violations=tuple(map(_violation, wire.violations)))
    return leave_out_debug(doc, problem, _DEBUG)


def _violation(item: Item) -> Violation:
    detail = item.title or item.extras.get("message")
    path = path_from_text(item.property_path or "")
    return Violation(path=path, detail=detail if isinstance(detail, str) else None, code=item.type or None)


def _plain(root: Element) -> dict[str, Any]:
    """Return the elements of the XML form as members; a repeated element is a list."""
    members: dict[str, Any] = {child.name: _text(child) for child in root if child.name != "violations"}
    items = [{part.name: _text(part) for part in child} for child in root if child.name == "violations"]
    status = members.get("status")
    if isinstance(status, str) and status.isascii() and status.isdigit() and len(status) < 10:
        members["status"] = int(status)
    return {**members, "violations": items} if items else members


def _text(element: Element) -> Any:
    # Parameters and the like: an object, which nothing is read from.
    return {child.name: child.text for child in element} if element.children else element.text.strip() or None


def _body(problem: Problem) -> Body:
    items = [Item(bracketed(v), _detail(v), {}, v.code or None) for v in problem.violations]
    of_type = own_type(problem) or (_INVALID if items else _FAILED)
    title = problem.title if shows(problem.title) else _TITLES.get(of_type) or title_of(problem.status)
    detail = problem.detail
    if not shows(detail):
        detail = "\n".join(f"{item.property_path}: {item.title}" for item in items) or title_of(problem.status)
    return Body(of_type, title, problem.status or 500, detail, problem.instance, items or None)


def _detail(violation: Violation) -> str:
    return violation.detail if shows(violation.detail) else "This value is not valid."


def _write(problem: Problem) -> bytes:
    return write_with(_body(problem), problem.replace(violations=()))


def _write_xml(problem: Problem) -> bytes:
    body = _body(problem)
    members = {"type": body.type, "title": body.title, "status": body.status, "detail": body.detail}
    parts = [Element(name, text=str(value)) for name, value in members.items()]
    for item in body.violations or ():
        texts = {"propertyPath": item.property_path, "title": item.title, "type": item.type}
        parts.append(Element("violations", *(Element(n, text=t) for n, t in texts.items() if t is not None)))
    return write_xml(Element("response", *parts))


def _is_problem(doc: Document) -> bool:
    """Elements type, title and detail below the root."""
    return doc.root is not None and all(doc.root.find(name) is not None for name in ("type", "title", "detail"))


_ITEM: Final = {"propertyPath": str, "title": str}
_PLAIN: Final = {"type": lambda value: isinstance(value, str) and value.startswith(_FAILED[:-3]),
                 "title": frozenset({_TITLES[_FAILED]})}  # fmt: skip
_MEDIA: Final = frozenset({MEDIA_TYPE})

dialect: Final = Dialect(
    name="symfony",
    title="Symfony: problem details with violations by property path",
    source="Symfony Serializer, ConstraintViolationListNormalizer and ProblemNormalizer",
    read=_read,
    formats=(format_of("json", MEDIA_TYPE, _write), format_of("xml", "application/xml", _write_xml)),
    signatures=(
        Signature(media_types=_MEDIA, members={"violations": [_ITEM]}, weight=4),
        Signature(media_types=_MEDIA, members=_PLAIN, weight=4),
        Signature(media_types=_MEDIA, members={"type": frozenset({_INVALID})}, weight=4),
        Signature(members={"title": str, "violations": [_ITEM]}, weight=5),
        Signature(members=_PLAIN, weight=5),
        Signature(members={"type": frozenset({_INVALID}), "title": str}, weight=5),
        Signature(root=("", "response"), child="title", accepts=_is_problem),
    ),
    fields=Body,
)
