"""The errors of Ruby on Rails: texts by attribute, or status and reason phrase; as XML the texts alone.

A client meets the first at controllers made by the generator, the second where
an exception reached the framework. The id of a request is the header
`X-Request-Id`.

Deviations: there is no code; a problem with violations says nothing but these,
by attribute, and `base` stands for the whole; title, help, resource and further
members have no place.
"""

from typing import Any, Final

from errata._body import Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import title_of
from errata._problem import Problem, Violation
from errata._xml import Element
from errata.dialects._shapes import bracketed, id_in, map_from_violations, violations_from_map, without_debug


class Body(Wire, forbid_unknown_fields=False):
    """What is said of an exception; without these two members every member is an attribute."""

    status: int | None = None
    error: str | None = None


_DEBUG: Final = ("exception", "traces", "backtrace")

# Reason phrases as older versions spell them.
_PHRASES: Final = {413: "Payload Too Large", 422: "Unprocessable Entity"}


def _read(doc: Document) -> Problem:
    value = _members(doc.root) if doc.root is not None else doc.value
    if not isinstance(value, dict):
        doc.note("wrong-type", "the body is no object; the status speaks alone")
        return Problem(status=doc.raw.status)
    value = without_debug(doc, value, _DEBUG)
    if isinstance(value.get("error"), str):
        return _problem_of_exception(doc, value)
    errors = value.pop("errors", None)
    if errors is None:
        faults = {name: member for name, member in value.items() if isinstance(member, list | dict)}
        rest = {name: member for name, member in value.items() if name not in faults}
        return Problem(status=doc.raw.status, violations=violations_from_map(faults), extensions=rest)
    if isinstance(errors, dict):
        return Problem(status=doc.raw.status, violations=violations_from_map(errors), extensions=value)
    texts = [text for text in (errors if isinstance(errors, list) else [errors]) if isinstance(text, str)]
    if len(texts) == 1:
        return Problem(status=doc.raw.status, detail=texts[0] or None, extensions=value)
    return Problem(status=doc.raw.status, violations=tuple(Violation(detail=t) for t in texts), extensions=value)


def _problem_of_exception(doc: Document, value: dict[str, Any]) -> Problem:
    wire = doc.fit(Body, value)
    rest = {name: member for name, member in value.items() if name not in ("error", "status")}
    status = wire.status if wire.status is not None else doc.raw.status
    is_phrase = wire.error in (title_of(status), _PHRASES.get(status))
    return Problem(
        status=status,
        title=wire.error if is_phrase else None,
        detail=None if is_phrase else wire.error or None,
        extensions=rest,
    )


def _members(root: Element) -> dict[str, Any]:
    """Return the XML as the JSON that it stands for: a list of texts, or status and phrase."""
    if root.name == "errors":
        return {"errors": [text for child in root if (text := child.text.strip())]}
    status = root.text_of("status") or ""
    rest = {child.name: child.text.strip() for child in root if child.name != "status"}
    return {**rest, "status": int(status)} if status.isascii() and status.isdigit() and len(status) < 4 else rest


_RESERVED: Final = frozenset({"error", "errors", "status", *_DEBUG})


def _field(violation: Violation) -> str:
    """Return the name of the attribute; one that would pass for a member of the format is written as a pointer."""
    name = bracketed(violation)
    return f"/{name}" if name in _RESERVED else name


def _write(problem: Problem) -> bytes:
    if problem.violations:
        return write_json(map_from_violations(problem.violations, "base", _field))
    return write_json(Body(problem.status or 500, problem.text))


# ---- detection ----


def _has_attributes(doc: Document) -> bool:
    """Attribute names with lists of texts, and nothing else."""
    value = doc.value
    return (
        type(value) is dict
        and bool(value)
        and _RESERVED.isdisjoint(value)
        and "message" not in value
        and "detail" not in value
        and all(type(texts) is list and bool(texts) and type(texts[0]) is str for texts in value.values())
    )


def _is_exception(doc: Document) -> bool:
    """Reason phrase of the status."""
    value = doc.value
    return len(value) == len(_EXCEPTION) and value["error"] in (
        title_of(value["status"]),
        _PHRASES.get(value["status"]),
    )


def _is_alone(doc: Document) -> bool:
    """No other member."""
    return len(doc.value) == 1


def _is_failure(doc: Document) -> bool:
    """Status and error."""
    return doc.root is not None and doc.root.text_of("status") is not None


_EXCEPTION: Final = {"status": int, "error": str}
_UNPROCESSABLE: Final = frozenset({422})
_OWN: Final = {"x-runtime": ""}

dialect: Final = Dialect(
    name="rails",
    title="Ruby on Rails: texts by attribute",
    source="Ruby on Rails, scaffold of an API controller, and its public exceptions",
    read=_read,
    formats=(format_of("json", "application/json", _write, head=id_in("x-request-id")),),
    signatures=(
        Signature(form="json", statuses=_UNPROCESSABLE, accepts=_has_attributes, weight=1),
        Signature(members=_EXCEPTION, accepts=_is_exception),
        Signature(members={**_EXCEPTION, "exception": str, "traces": dict}),
        Signature(
            members={"errors": dict | list}, headers={**_OWN, "x-gitlab-meta": ABSENT}, accepts=_is_alone, weight=2
        ),
        Signature(members={"error": str}, headers={**_OWN, "x-gitlab-meta": ABSENT}, accepts=_is_alone, weight=2),
        Signature(root=("", "errors"), child="error"),
        Signature(root=("", "hash"), child="error", accepts=_is_failure),
    ),
    fields=Body,
)
