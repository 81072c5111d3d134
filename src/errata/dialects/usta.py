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
from errata._problem import Members, Problem, Violation, path_from_text
from errata.dialects._shapes import text_for_each


class Item(Wire, rename="camel"):
    """One error: its number, its text, and the input it is about."""

    error_code: int | None = None
    message: str | None = None
    subject: str | None = None
    subject_type: str | None = None


class Body(Wire):
    """The wrapper; never empty."""

    errors: list[Item]


_MAX_DIGITS: Final = 18  # what fits into an integer of 64 bits


def _read(doc: Document) -> Problem:
    bare = isinstance(doc.value, dict) and "errors" not in doc.value
    items = [doc.fit(Item)] if bare else doc.fit(Body).errors or []
    if not items:
        doc.note("empty-list", "the list of errors is empty; the status speaks alone")
        return Problem(status=doc.raw.status)
    return _merged([_problem_of(item, doc.raw.status) for item in items])


def _problem_of(item: Item, status: int) -> Problem:
    violations = (Violation(path=path_from_text(item.subject)),) if item.subject else ()
    code = None if item.error_code is None else str(item.error_code)
    extras = item.extras
    if item.subject_type not in (None, "parameter"):
        extras = Members(extras | {"subjectType": item.subject_type})
    return Problem(status=status, code=code, detail=item.message, violations=violations, extensions=extras)


def _merged(problems: list[Problem]) -> Problem:
    """Return the first problem with the faults of its like as its own, and all others inside it."""
    first = problems[0]
    if len(problems) == 1:
        return first
    if not first.violations:
        return replace(first, problems=tuple(problems))
    like = [p for p in problems if p.violations and _words(p) == _words(first)]
    violations = tuple(v for p in like for v in p.violations)
    return replace(first, violations=violations, problems=tuple(p for p in problems if p not in like))


def _words(problem: Problem) -> tuple[object, ...]:
    """Return all that an item says but the place."""
    return problem.code, problem.detail, problem.extensions


def _items(problem: Problem) -> list[Item]:
    text = text_for_each(problem.head, len(problem.violations) or 1)
    items = [Item(_number(problem.code), text, v.dotted or None, _subject_type(problem, v)) for v in problem.violations]
    items += [item for inner in problem.problems for item in _items(inner)]
    return items or [Item(_number(problem.code), text)]


def _number(code: str | None) -> int | None:
    return int(code) if code and code.isascii() and code.isdigit() and len(code) <= _MAX_DIGITS else None


def _subject_type(problem: Problem, violation: Violation) -> str | None:
    return str(problem.extensions.get("subjectType", "parameter")) if violation.path else None


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
        Signature(members={"errors": [{"errorCode": int | str, "category": ABSENT, "path": ABSENT}], "title": ABSENT}),
        Signature(members={"errorCode": int | str, "message": str, "error": ABSENT, "cause": ABSENT, "index": ABSENT}),
    ),
    fields=Body,
)
