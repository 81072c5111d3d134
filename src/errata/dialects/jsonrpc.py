"""Errors of JSON-RPC 2.0, and of 1.0 where nothing else is meant: a number, a text, and data of any kind; also batches.

What code and message cannot say is written into `data`, as problem details
(RFC 9457); data of any other shape is the extension member `data`.

Deviations: a code that is no number is one of the reserved numbers, and stands
in the data; of a batch with several errors each is an inner problem.
"""

from typing import Any, Final

import msgspec

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind, kind_of
from errata._problem import Members, Problem
from errata.dialects._shapes import code_number, code_text, failure_status, without_debug
from errata.dialects.problem import read_members, write_members


class Fault(Wire):
    """The error."""

    code: int | str | None = None
    message: str | None = None
    data: Any = None


class Body(Wire, omit_defaults=False):
    """The response; `id` is that of the request, null when it could not be read."""

    jsonrpc: str | None = None
    error: Fault | None = None
    id: Any = None
    result: Any = msgspec.UNSET


# The reserved numbers (JSON-RPC 2.0 section 5.1), with what they come to over HTTP.
MEANINGS: Final[dict[int | None, tuple[int, Kind]]] = {
    -32700: (400, "invalid_argument"),
    -32600: (400, "invalid_argument"),
    -32601: (404, "unimplemented"),
    -32602: (400, "invalid_argument"),
    -32603: (500, "internal"),
}
_NUMBERS: Final[dict[Kind, int]] = {
    "invalid_argument": -32602,
    "out_of_range": -32602,
    "unimplemented": -32601,
    "internal": -32603,
    "data_loss": -32603,
}
SERVER_ERROR: Final = -32000
_DEBUG: Final = ("debug", "stack", "stackTrace", "stacktrace", "trace", "traceback")


def meaning_of(number: int | None) -> tuple[int | None, Kind | None]:
    """Return the status and the kind of a number; one that is an HTTP status is meant as such."""
    if number in MEANINGS:
        return MEANINGS[number]
    if number is not None and -32099 <= number <= SERVER_ERROR:
        return 500, "internal"
    return (number, kind_of(number)) if number is not None and 400 <= number < 600 else (None, None)


def _read(doc: Document) -> Problem:
    if isinstance(doc.value, list):
        return _read_batch(doc, doc.value)
    return _problem(doc, doc.fit(Body))


def _read_batch(doc: Document, items: list[Any]) -> Problem:
    failed = [doc.fit(Body, item) for item in items if isinstance(item, dict) and item.get("error")]
    problems = [_problem(doc, body) for body in failed]
    if not problems:
        doc.note("empty-list", "no response of the batch is an error; the status speaks alone")
        return Problem(status=doc.raw.status)
    return problems[0] if len(problems) == 1 else problems[0].replace(problems=tuple(problems))


def _problem(doc: Document, body: Body) -> Problem:
    fault = body.error or Fault()
    own = {**body.extras, **fault.extras} | ({"id": body.id} if body.id is not None else {})
    number = fault.code if isinstance(fault.code, int) else code_number(fault.code)
    status, kind = meaning_of(number)
    given: Any = (without_debug(doc, fault.data, _DEBUG) or None) if isinstance(fault.data, dict) else fault.data
    if _is_details(given):
        told = read_members(doc, given)
        return told.replace(
            code=told.code or code_text(fault.code),
            detail=told.detail or (fault.message if fault.message != told.title else None) or None,
            extensions=Members({**told.extensions, **own}),
        )
    data = {} if given is None else {"data": given}
    return Problem(
        status=failure_status(doc, status),
        code=code_text(fault.code),
        kind=kind,
        detail=fault.message or None,
        extensions={**own, **data},
    )


def _is_details(data: Any) -> bool:
    """Tell whether data are problem details, as they are written here."""
    return isinstance(data, dict) and type(data.get("status")) is int and isinstance(data.get("title"), str)


def _write(problem: Problem) -> bytes:
    extensions = dict(problem.extensions)
    call = extensions.pop("id", None)
    # An id is a text or a number; whatever else somebody calls so is no answer to a call.
    call = call if isinstance(call, str | int) and not isinstance(call, bool) else None
    number = code_number(problem.code)
    if number is None:
        number = _NUMBERS.get(problem.kind or kind_of(problem.status), SERVER_ERROR)
    rest = problem.replace(extensions=Members(extensions))
    return write_json(Body("2.0", Fault(number, problem.head, _data(rest, number)), call))


def _data(problem: Problem, number: int) -> Any:
    """Return what code and message do not say: the data given, else problem details; None when they say all."""
    if _is_plain(problem.replace(extensions={}), number):
        data = problem.extensions.get("data") if list(problem.extensions) == ["data"] else None
        if data is not None or not problem.extensions:
            return data
    return msgspec.Raw(write_members(problem, problem.status or 500))


def _is_plain(problem: Problem, number: int) -> bool:
    """Tell whether number and text say all that a problem says."""
    kind = meaning_of(number)[1] or kind_of(problem.status)
    return problem == Problem(
        status=problem.status,
        code=code_text(number) if problem.code else None,
        kind=kind,
        detail=problem.detail,
        retry_after=problem.retry_after,
    )


def _any_fails(doc: Document) -> bool:
    """Tell whether one response of a batch is an error."""
    items = doc.value if type(doc.value) is list else ()
    return any(isinstance(item, dict) and isinstance(item.get("error"), dict) for item in items)


_VERSION: Final = frozenset({"2.0"})
_OLD: Final = {"result": type(None), "error": {"code": int, "message": str}, "id": int | str | None}

dialect: Final = Dialect(
    name="jsonrpc",
    title="JSON-RPC 2.0 errors",
    source="JSON-RPC 2.0 Specification, section 5.1",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(
        Signature(members={"jsonrpc": _VERSION, "error": dict}, success=True, weight=9),
        Signature(item={"jsonrpc": _VERSION}, accepts=_any_fails, success=True, weight=9),
        Signature(members=_OLD, success=True, weight=4),
    ),
    fields=Body,
)
