"""The errors of Twirp: one of eighteen words, a text, and metadata that are texts.

Metadata are extension members.

Deviations: any other code gives way to the word of its kind; further members
are written as texts, lists and objects are left out; of the violations the
first place is the metadata `argument`, as Twirp's own servers have it.
"""

from typing import Any, Final

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind, kind_of
from errata._problem import Problem
from errata.dialects._shapes import failure_status


class Body(Wire):
    """The error."""

    code: str | None = None
    msg: str | None = None
    meta: dict[str, Any] | None = None


_WORDS: Final[dict[str, tuple[int, Kind]]] = {
    "aborted": (409, "aborted"),
    "already_exists": (409, "already_exists"),
    "bad_route": (404, "unimplemented"),
    "canceled": (408, "cancelled"),
    "data_loss": (500, "data_loss"),
    "dataloss": (500, "data_loss"),
    "deadline_exceeded": (408, "deadline_exceeded"),
    "failed_precondition": (412, "failed_precondition"),
    "internal": (500, "internal"),
    "invalid_argument": (400, "invalid_argument"),
    "malformed": (400, "invalid_argument"),
    "not_found": (404, "not_found"),
    "out_of_range": (400, "out_of_range"),
    "permission_denied": (403, "permission_denied"),
    "resource_exhausted": (429, "resource_exhausted"),
    "unauthenticated": (401, "unauthenticated"),
    "unavailable": (503, "unavailable"),
    "unimplemented": (501, "unimplemented"),
    "unknown": (500, "unknown"),
}


def _read(doc: Document) -> Problem:
    body = doc.fit(Body)
    status, kind = _WORDS.get(body.code or "", (None, None))
    return Problem(
        status=failure_status(doc, status),
        code=body.code or None,
        kind=kind,
        detail=body.msg or None,
        extensions={**body.extras, **(body.meta or {})},
    )


def _write(problem: Problem) -> bytes:
    return write_json(Body(_code(problem), problem.head, _meta(problem) or None))


def _code(problem: Problem) -> str:
    # A code in capitals is the same word in Google's spelling.
    code = (problem.code or "").lower()
    kind = problem.kind or kind_of(problem.status)
    return code if code in _WORDS else "canceled" if kind == "cancelled" else kind


def _meta(problem: Problem) -> dict[str, str]:
    places = (violation.dotted for violation in problem.violations)
    argument = next(filter(None, places), "")
    members: dict[str, Any] = {"argument": argument} if argument else {}
    return {
        name: value if isinstance(value, str) else write_json(value).decode()
        for name, value in {**members, **problem.extensions}.items()
        if isinstance(value, str | int | float)
    }


dialect: Final = Dialect(
    name="twirp",
    title="Twirp errors",
    source="Twirp Wire Protocol, errors",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(Signature(members={"code": frozenset(_WORDS), "msg": str}, weight=5),),
    fields=Body,
)
