"""ASP.NET Core's validation problem: problem details with a map of field to texts.

What controllers with automatic validation and the results of minimal APIs send;
without a failed field it is a plain problem.
Deviations: the texts of one field stand together; location, code and status of
a violation have no place.
"""

from typing import Any, Final

from errata._body import Document
from errata._dialect import Dialect, Signature, format_of
from errata._kind import title_of
from errata._problem import Problem
from errata.dialects._riders import Standard, leave_out_debug, read_with, write_with
from errata.dialects._shapes import bracketed, map_from_violations, violations_from_map

MEDIA_TYPE: Final = "application/problem+json"
_TITLE: Final = "One or more validation errors occurred."


class Body(Standard):
    """The members of a problem, and the texts by field; the empty name stands for the whole input."""

    errors: dict[str, list[str]] | None = None


# What the pages for developers add: the request's header fields and the stack.
_DEBUG: Final = frozenset({"exception", "exceptionDetails"})


def _read(doc: Document) -> Problem:
    return leave_out_debug(doc, _problem(doc), _DEBUG)


def _problem(doc: Document) -> Problem:
    errors = doc.value.get("errors") if isinstance(doc.value, dict) else None
    if not isinstance(errors, dict):
        return read_with(doc, doc.value, Body, frozenset())[1]
    members = {name: member for name, member in doc.value.items() if name != "errors"}
    return read_with(doc, members, Body, frozenset())[1].replace(violations=violations_from_map(errors))


def _write(problem: Problem) -> bytes:
    errors = map_from_violations(problem.violations, "", bracketed) or None
    title = problem.title or (_TITLE if errors else title_of(problem.status))
    body = Body(problem.type, title, problem.status or 500, problem.detail, problem.instance, errors)
    return write_with(body, problem.replace(violations=()))


def _texts_by_field(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(texts, str | list | None) for texts in value.values())


dialect: Final = Dialect(
    name="aspnet",
    title="ASP.NET Core: problem details with a map of field to texts",
    source="ASP.NET Core, HttpValidationProblemDetails",
    read=_read,
    formats=(format_of("json", MEDIA_TYPE, _write),),
    signatures=(
        Signature(media_types=frozenset({MEDIA_TYPE}), members={"errors": _texts_by_field}, weight=4),
        Signature(
            media_types=frozenset({MEDIA_TYPE}), members={"exception": {"details": str, "headers": dict}}, weight=4
        ),
        Signature(members={"title": str, "status": int, "errors": _texts_by_field}, weight=5),
    ),
    fields=Body,
)
