"""The problem library of Zalando and its descendants: problem details with `violations` and `cause`.

Java services behind Spring (problem-spring-web, JHipster), Micronaut and Quarkus.
Deviations: code and status of a violation have no place, nor has its location
when written (Quarkus alone has `in`); several inner problems are no causes and
travel as the extension member `problems`.
"""

from typing import Any, Final, cast

import msgspec

from errata._body import Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._kind import title_of
from errata._problem import LOCATIONS, Problem, Violation, path_from_text
from errata.dialects._riders import Standard, leave_out_debug, own_type, read_with, write_with
from errata.dialects._shapes import bracketed

MEDIA_TYPE: Final = "application/problem+json"
_TYPE: Final = "https://zalando.github.io/problem/constraint-violation"
_TITLE: Final = "Constraint Violation"


class Item(Wire):
    """One violation: the path of the property, and the text."""

    field: str | None = None
    message: str | None = None


class Body(Standard):
    """The members of a problem, its violations, and the problem that caused it."""

    violations: list[Item] | None = None
    cause: dict[str, Any] | None = None


_OWN: Final = frozenset({"violations", "cause"})
_DEBUG: Final = frozenset({"stacktrace"})


def _read(doc: Document) -> Problem:
    return _problem(doc, doc.value)


def _problem(doc: Document, value: Any) -> Problem:
    wire, problem = read_with(doc, value, Body, _OWN)
    problem = leave_out_debug(doc, problem, _DEBUG)
    cause = (_problem(doc, wire.cause),) if wire.cause else ()
    if wire.violations is not None:
        problem = problem.replace(violations=tuple(map(_violation, wire.violations)))
    return problem.replace(problems=cause + problem.problems) if cause else problem


def _violation(item: Item) -> Violation:
    place = item.extras.get("in")
    location = place if isinstance(place, str) and place in LOCATIONS else None
    return Violation(path=path_from_text(item.field or ""), location=location, detail=item.message or None)


def _write(problem: Problem) -> bytes:
    items = [Item(bracketed(v), v.detail or "is not valid") for v in problem.violations] or None
    cause = problem.problems[0] if len(problem.problems) == 1 else None
    title = _TITLE if items else title_of(problem.status)
    body = Body(
        own_type(problem) or (_TYPE if items else None), problem.title or title,
        problem.status or 500, problem.detail, problem.instance, items,
        cast("dict[str, Any]", msgspec.Raw(_write(cause))) if cause else None,
    )  # fmt: skip
    return write_with(body, problem.replace(violations=(), problems=() if cause else problem.problems))


_FIELD: Final = {"field": str}

dialect: Final = Dialect(
    name="zalando",
    title="Zalando's problem library: problem details with violations by field",
    source="zalando/problem-spring-web, ConstraintViolationProblem",
    read=_read,
    formats=(format_of("json", MEDIA_TYPE, _write),),
    signatures=(
        Signature(media_types=frozenset({MEDIA_TYPE}), members={"violations": [_FIELD]}, weight=4),
        Signature(media_types=frozenset({MEDIA_TYPE}), members={"type": frozenset({_TYPE})}, weight=3),
        Signature(media_types=frozenset({MEDIA_TYPE}), members={"cause": {"title": str}}, weight=3),
        Signature(members={"type": frozenset({_TYPE}), "title": str}, weight=5),
        Signature(members={"title": str, "status": int, "violations": [_FIELD], "message": ABSENT}, weight=5),
    ),
    fields=Body,
)
