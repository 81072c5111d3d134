"""The error format of the USTA Digital API: a list of numbered errors.

Deviations: codes are integers, so a code that is no number is left out and the
client falls back to the status; the text of a validation error is that of its
code, not of the single fault.
"""

from typing import Final

from msgspec.structs import replace

from errata._body import Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._json import write_json
from errata._problem import Problem, Violation, path_from_text


class Item(Wire, rename="camel"):
    """One error: its number, its text, and the input it is about."""

    error_code: int | None = None
    message: str | None = None
    subject: str | None = None
    subject_type: str | None = None


class Body(Wire):
    """The wrapper; never empty."""

    errors: list[Item]


_LOCATIONS: Final = {"parameter": None, "query": "query", "path": "path", "header": "header", "cookie": "cookie"}


def _read(doc: Document) -> Problem:
    bare = isinstance(doc.value, dict) and "errors" not in doc.value
    items = [doc.fit(Item)] if bare else doc.fit(Body).errors or []
    if not items:
        doc.note("empty-list", "the list of errors is empty; the status speaks alone")
        return Problem(status=doc.raw.status)
    problems = [_problem_of(item, doc.raw.status) for item in items]
    first = problems[0]
    return replace(
        first,
        violations=tuple(v for p in problems for v in p.violations),
        problems=tuple(p for p in problems if not p.violations) if len(problems) > 1 else (),
    )


def _problem_of(item: Item, status: int) -> Problem:
    violations: tuple[Violation, ...] = ()
    if item.subject:
        location = _LOCATIONS.get(item.subject_type or "parameter")
        violations = (Violation(path=path_from_text(item.subject), location=location),)  # type: ignore[arg-type]
    code = None if item.error_code is None else str(item.error_code)
    return Problem(status=status, code=code, detail=item.message, violations=violations, extensions=item.extras)


def _items(problem: Problem) -> list[Item]:
    code = int(problem.code) if problem.code and problem.code.isascii() and problem.code.isdigit() else None
    text = problem.detail or problem.title or problem.text
    if problem.violations:
        items = [Item(code, text, v.dotted or None, "parameter" if v.path else None) for v in problem.violations]
        return items + [item for p in problem.problems for item in _items(p)]
    if problem.problems:
        return [item for p in problem.problems for item in _items(p)]
    return [Item(code, text)]


def _write(problem: Problem) -> bytes:
    return write_json(Body(_items(problem)))


def _write_bare(problem: Problem) -> bytes:
    """Write the first error without its wrapper, as older clients expect it of some calls."""
    return write_json(_items(problem)[0])


dialect: Final = Dialect(
    name="usta",
    title="USTA Digital API: a list of numbered errors",
    source="USTA Digital API, response and error codes",
    read=_read,
    formats=(
        format_of("json", "application/json", _write),
        format_of("bare", "application/json", _write_bare),
    ),
    signatures=(
        Signature(members={"errors": [{"errorCode": int | str, "category": ABSENT}], "title": ABSENT}),
        Signature(members={"errorCode": int | str, "message": str, "error": ABSENT, "cause": ABSENT, "index": ABSENT}),
    ),
    fields=Body,
)
