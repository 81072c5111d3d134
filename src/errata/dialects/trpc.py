"""The errors of tRPC: a text, a negative number, and data with a word and the HTTP status; also batches of them.

Further data are extension members; failed fields are those of `zodError`, which
servers add as the documentation shows, or a text that is a list of issues.

Deviations: the word is one of a closed set, chosen by the status; codes of
violations, ids, help, type and title have no place; of a batch with several
errors each is an inner problem.
"""

from typing import Any, Final

import msgspec

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._problem import Problem, Violation
from errata.dialects._shapes import failure_status, map_from_violations, violations_from_map

# word -> (number, HTTP status); of words with one number or one status the first is the plain one
_WORDS: Final[dict[str, tuple[int, int]]] = {
    "BAD_REQUEST": (-32600, 400),
    "PARSE_ERROR": (-32700, 400),
    "UNAUTHORIZED": (-32001, 401),
    "PAYMENT_REQUIRED": (-32002, 402),
    "FORBIDDEN": (-32003, 403),
    "NOT_FOUND": (-32004, 404),
    "METHOD_NOT_SUPPORTED": (-32005, 405),
    "TIMEOUT": (-32008, 408),
    "CONFLICT": (-32009, 409),
    "PRECONDITION_FAILED": (-32012, 412),
    "PAYLOAD_TOO_LARGE": (-32013, 413),
    "UNSUPPORTED_MEDIA_TYPE": (-32015, 415),
    "UNPROCESSABLE_CONTENT": (-32022, 422),
    "PRECONDITION_REQUIRED": (-32028, 428),
    "TOO_MANY_REQUESTS": (-32029, 429),
    "CLIENT_CLOSED_REQUEST": (-32099, 499),
    "INTERNAL_SERVER_ERROR": (-32603, 500),
    "NOT_IMPLEMENTED": (-32603, 501),
    "BAD_GATEWAY": (-32603, 502),
    "SERVICE_UNAVAILABLE": (-32603, 503),
    "GATEWAY_TIMEOUT": (-32603, 504),
}
_BY_NUMBER: Final = {number: word for word, (number, _) in reversed(_WORDS.items())}
_BY_STATUS: Final = {status: word for word, (_, status) in reversed(_WORDS.items())}


class Data(Wire, rename="camel"):
    """What the server knows of the error; `path` is the procedure."""

    code: str | None = None
    http_status: int | None = None
    stack: Any = None
    zod_error: dict[str, Any] | None = None


class Fault(Wire):
    """The error."""

    message: str | None = None
    code: int | None = None
    data: Data | None = None


class Body(Wire):
    """The wrapper."""

    error: Fault


class OpenData(Data, forbid_unknown_fields=False):
    """The data with whatever members a server adds."""


class OpenFault(Wire):
    """The error, as it is written."""

    message: str
    code: int
    data: OpenData


class OpenBody(Wire):
    """The wrapper, as it is written."""

    error: OpenFault


def _read(doc: Document) -> Problem:
    if not isinstance(doc.value, list):
        return _problem(doc, doc.value)
    failed = [item for item in doc.value if isinstance(item, dict) and item.get("error")]
    problems = [_problem(doc, item) for item in failed]
    if not problems:
        doc.note("empty-list", "no response of the batch is an error; the status speaks alone")
        return Problem(status=doc.raw.status)
    return problems[0] if len(problems) == 1 else problems[0].replace(problems=tuple(problems))


def _problem(doc: Document, value: Any) -> Problem:
    body = doc.fit(Body, _unwrapped(value))
    fault = body.error
    data = fault.data or Data()
    if data.stack is not None:
        doc.note("debug-left-out", "the stack trace was left out", "error.data.stack")
    code = data.code or _BY_NUMBER.get(fault.code or 0)
    told = data.http_status or _WORDS.get(code or "", (0, None))[1]
    issues = _issues(fault.message or "")
    return Problem(
        status=failure_status(doc, told) if 200 <= doc.raw.status < 300 else data.http_status,
        code=code,
        detail=None if issues else fault.message or None,
        violations=_violations(data.zod_error or {}) or issues,
        extensions={**body.extras, **fault.extras, **data.extras},
    )


def _unwrapped(value: Any) -> Any:
    """Return a response without the envelope of a transformer such as superjson."""
    error = value.get("error") if isinstance(value, dict) else None
    inner = error.get("json") if isinstance(error, dict) else None
    return {"error": inner} if isinstance(inner, dict) else value


def _issues(message: str) -> tuple[Violation, ...]:
    """Return the failed fields of a text that is a list of issues as JSON."""
    if not message.startswith("["):
        return ()
    try:
        issues = msgspec.json.decode(message)
    except (ValueError, RecursionError):
        return ()
    return tuple(_issue(item) for item in issues if isinstance(item, dict) and isinstance(item.get("message"), str))


def _issue(item: dict[str, Any]) -> Violation:
    path = item.get("path")
    segments = path if isinstance(path, list) else []
    code = item.get("code")
    return Violation(
        path=tuple(s for s in segments if isinstance(s, str | int) and not isinstance(s, bool)),
        detail=item["message"],
        code=code if isinstance(code, str) else None,
    )


def _violations(flattened: dict[str, Any]) -> tuple[Violation, ...]:
    fields, whole = flattened.get("fieldErrors"), flattened.get("formErrors")
    faults = {"": whole} | (fields if isinstance(fields, dict) else {})
    return violations_from_map(faults)


def _write(problem: Problem) -> bytes:
    status = problem.status or 500
    word = problem.code if problem.code in _WORDS else _BY_STATUS.get(status)
    word = word or ("BAD_REQUEST" if status < 500 else "INTERNAL_SERVER_ERROR")
    data = {"code": word, "httpStatus": status, **_flattened(problem), **_further(problem)}
    return write_json({"error": {"message": problem.head, "code": _WORDS[word][0], "data": data}})


def _flattened(problem: Problem) -> dict[str, Any]:
    if not problem.violations:
        return {}
    fields = map_from_violations(problem.violations, whole="")
    whole = fields.pop("", [])
    return {"zodError": {"formErrors": whole, "fieldErrors": fields}}


def _further(problem: Problem) -> dict[str, Any]:
    return {
        name: value for name, value in problem.extensions.items() if name.strip() not in Data.__struct_encode_fields__
    }


def _any_fails(doc: Document) -> bool:
    """Tell whether one response of a batch is an error of tRPC."""
    items = doc.value if type(doc.value) is list else ()
    return any(isinstance(item, dict) and _is_error(_unwrapped(item).get("error")) for item in items)


def _is_error(error: Any) -> bool:
    data = error.get("data") if isinstance(error, dict) else None
    return isinstance(data, dict) and isinstance(data.get("code"), str) and type(error.get("code")) is int


_ERROR: Final = {"message": str, "code": int, "data": {"code": str}}
_MULTI_STATUS: Final = frozenset({207})

dialect: Final = Dialect(
    name="trpc",
    title="tRPC errors",
    source="tRPC, HTTP RPC Specification",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(
        Signature(members={"error": _ERROR}, weight=6),
        Signature(members={"error": {"json": _ERROR}}, weight=6),
        Signature(item={"error": dict}, accepts=_any_fails, weight=6),
        Signature(accepts=_any_fails, form="json", statuses=_MULTI_STATUS, success=True, weight=6),
    ),
    fields=OpenBody,
)
