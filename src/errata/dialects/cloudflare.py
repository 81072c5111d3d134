"""The envelope of the Cloudflare API when it says no: numbered errors, some with a chain of causes.

A client meets it on every call, now and then inside a success; the id of a
request is the header `CF-Ray`.

Deviations: codes are integers from 1000 on, so another code is replaced by the
one that its kind calls for; a violation keeps its pointer, its text and a code;
title, retry hint and resource have no place.
"""

from typing import Any, Final

import msgspec

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind
from errata._problem import Problem, Violation, path_from_text, shows
from errata.dialects._shapes import code_number, id_in

TRACE_HEADER: Final = "cf-ray"


class Source(Wire):
    """Where in the request the fault is."""

    pointer: str | None = None


class Item(Wire):
    """One error, with the errors that led to it."""

    code: int | None = None
    message: str | None = None
    documentation_url: str | None = None
    source: Source | None = None
    error_chain: "list[Item] | None" = None


class Body(Wire, omit_defaults=False):
    """The envelope; all four members always."""

    success: bool = False
    errors: list[Item] = msgspec.field(default_factory=list)
    messages: list[Any] = msgspec.field(default_factory=list)
    result: dict[str, Any] | list[Any] | None = None


# What a code means inside a success, where no status tells.
_STATUSES: Final = {7003: 404, 10000: 401, 10014: 429}

_BY_KIND: Final[dict[Kind | None, int]] = {"not_found": 7003, "unauthenticated": 10000, "resource_exhausted": 10014}
_OTHER: Final = 1000


def _read(doc: Document) -> Problem:
    body = doc.fit(Body)
    if not body.errors:
        doc.note("empty-list", "the list of errors is empty; the status speaks alone", "errors")
    faults = [item for item in body.errors if _pointer(item)]
    others = [item for item in body.errors if not _pointer(item)]
    status = _status(doc, body.errors)
    problem = _problem(others[0], status) if others else Problem(status=status)
    inner = tuple([_problem(item, status) for item in others]) if len(others) > 1 else problem.problems
    further = {"messages": body.messages, "result": body.result}
    return problem.replace(
        violations=tuple(map(_violation, faults)),
        problems=inner,
        trace_id=doc.raw.headers.get(TRACE_HEADER) or None,
        extensions={**{name: value for name, value in further.items() if value}, **body.extras, **problem.extensions},
    )


def _status(doc: Document, items: list[Item]) -> int:
    status = doc.raw.status
    return _STATUSES.get(items[0].code or 0, status) if 200 <= status < 300 and items else status


def _pointer(item: Item) -> str | None:
    return item.source.pointer if item.source else None


def _problem(item: Item, status: int) -> Problem:
    return Problem(
        status=status,
        code=None if item.code is None else str(item.code),
        detail=item.message or None,
        help=item.documentation_url or None,
        problems=tuple([_problem(cause, status) for cause in item.error_chain or []]),
        extensions=item.extras,
    )


def _violation(item: Item) -> Violation:
    code = None if item.code is None else str(item.code)
    return Violation(path=path_from_text(_pointer(item) or ""), detail=item.message or None, code=code)


def _items(problem: Problem) -> list[Item]:
    """Return the errors: the problem with its inner ones as its chain, unless it is but the first of them."""
    faults = [_fault(violation, problem) for violation in problem.violations if violation.path]
    inner = [_item(p) for p in problem.problems]
    lead = _item(problem.replace(problems=()))
    if len(inner) > 1 and _item(problem.problems[0].replace(problems=())) == lead:
        return inner + faults
    if faults and not inner and not (problem.code or shows(problem.detail) or shows(problem.title)):
        return faults
    return [_item(problem), *faults]


def _item(problem: Problem) -> Item:
    chain = [_item(p) for p in problem.problems] or None
    return Item(_number(problem.code, problem), problem.head, problem.help or None, None, chain)


def _fault(violation: Violation, problem: Problem) -> Item:
    text = violation.detail if shows(violation.detail) else "is not valid"
    return Item(_number(violation.code, problem), text, None, Source(violation.pointer))


def _number(code: str | None, problem: Problem) -> int:
    number = code_number(code)
    return _BY_KIND.get(problem.kind, _OTHER) if number is None else number


def _write(problem: Problem) -> bytes:
    return write_json(Body(errors=_items(problem)))


_FAILED: Final = frozenset({False})

dialect: Final = Dialect(
    name="cloudflare",
    title="Cloudflare API: an envelope with numbered errors",
    source="Cloudflare API reference, common failure response",
    read=_read,
    formats=(format_of("json", "application/json", _write, head=id_in(TRACE_HEADER)),),
    signatures=(
        Signature(
            members={"success": _FAILED, "errors": [{"code": int | str, "message": str}]}, success=True, weight=4
        ),
        Signature(
            members={"success": _FAILED, "errors": list, "messages": list, "result": dict | list | None},
            success=True,
        ),
    ),
    fields=Body,
)
