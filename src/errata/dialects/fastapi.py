"""The errors of FastAPI: a list of faults with location, text and type, or whatever was raised as `detail`.

A client meets them at FastAPI and Django Ninja services that left the handlers
as they are.

Deviations: codes, inner problems and further members have no place; of a failed
validation only the violations are written; the offending input, its context and
the link to pydantic's pages are not read.
"""

from typing import Any, Final, cast, get_args

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._problem import Location, Problem, Violation, shows
from errata.dialects._shapes import code_text, without_debug


class Item(Wire):
    """One fault: where it is, a text, and which check failed."""

    loc: list[str | int]
    msg: str
    type: str


class Body(Wire):
    """The one member."""

    detail: str | list[Item]


_LOCATIONS: Final[tuple[object, ...]] = get_args(Location)
# The usual names inside of a `detail` that is an object.
_CODES: Final = ("code", "error_code", "errorCode", "error")
_TEXTS: Final = ("message", "detail", "msg", "description", "error_description", "error")
# Stack traces, and the input, which a handler shown in the guide sends back.
_DEBUG: Final = ("body", "stack", "stacktrace", "trace", "traceback")


def _read(doc: Document) -> Problem:
    value = doc.value
    if not isinstance(value, dict):
        doc.note("wrong-type", "the body is no object; the status speaks alone")
        return Problem(status=doc.raw.status)
    rest = without_debug(doc, {name: member for name, member in value.items() if name != "detail"}, _DEBUG)
    problem = _problem(doc, value.get("detail"))
    return problem.replace(status=doc.raw.status, extensions={**rest, **problem.extensions}) if rest else problem


def _problem(doc: Document, detail: Any) -> Problem:
    if isinstance(detail, list):
        violations = tuple(_violation(doc, item) for item in detail if isinstance(item, dict | str))
        return Problem(status=doc.raw.status, violations=violations)
    if isinstance(detail, dict):
        return _problem_of_object(doc, detail)
    if isinstance(detail, str) or detail is None:
        return Problem(status=doc.raw.status, detail=detail or None)
    return Problem(status=doc.raw.status, extensions={"detail": detail})


def _violation(doc: Document, item: dict[str, Any] | str) -> Violation:
    if isinstance(item, str):
        return Violation(detail=item)
    wire = doc.fit(Item, item)
    loc, detail, code = tuple(wire.loc or ()), wire.msg or None, wire.type or None
    if loc and loc[0] in _LOCATIONS:
        return Violation(path=loc[1:], location=cast("Location", loc[0]), detail=detail, code=code)
    return Violation(path=loc, detail=detail, code=code)


def _problem_of_object(doc: Document, detail: dict[str, Any]) -> Problem:
    """Read what was raised as an object: a code and a text by their usual names, the rest as it is."""
    text = next((name for name in _TEXTS if shows(_text(detail.get(name)))), None)
    code = next((name for name in _CODES if name != text and code_text(detail.get(name))), None)
    rest = {name: member for name, member in detail.items() if name not in (text, code)}
    return Problem(
        status=doc.raw.status,
        code=code_text(detail[code]) if code else None,
        detail=detail[text] if text else None,
        extensions=without_debug(doc, rest, _DEBUG),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _write(problem: Problem) -> bytes:
    return write_json(Body([_item(v) for v in problem.violations] or problem.text))


def _item(violation: Violation) -> Item:
    text = violation.detail if shows(violation.detail) else "is not valid"
    return Item([violation.location or "body", *violation.path], text, violation.code or "value_error")


def _is_alone(doc: Document) -> bool:
    """No member but detail."""
    return len(doc.value) == 1


def _is_asgi(server: str) -> bool:
    return server.lower().startswith(("uvicorn", "hypercorn", "granian"))


dialect: Final = Dialect(
    name="fastapi",
    title="FastAPI: faults with their location",
    source="FastAPI, handling errors",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(
        Signature(members={"detail": [{"loc": list, "msg": str}]}, weight=4),
        Signature(members={"detail": str | dict | list}, headers={"server": _is_asgi}, accepts=_is_alone, weight=5),
        Signature(members={"detail": str | dict}, accepts=_is_alone, weight=2),
    ),
    fields=Body,
)
