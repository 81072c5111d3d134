"""The errors of the Matrix protocol: a code that starts with `M_`, and a text.

A client meets it on every call of the client-server and the federation API; a
call that wants more authentication lists the flows for it, with or without a code.

Deviations: no violations, title, help, resource or inner problems; a status has
no place but the response's own.
"""

from typing import Final

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind
from errata._problem import Problem
from errata.dialects._shapes import delay, with_members


class Body(Wire):
    """The code, the text, and when to come back; each code may add members."""

    errcode: str | None = None
    error: str | None = None
    retry_after_ms: int | float | None = None


class OpenBody(Body, forbid_unknown_fields=False):
    """The error with whatever members its code adds."""


# What a code means, where the status says less or another thing.
_KINDS: Final[dict[str | None, Kind]] = {
    "M_CANNOT_OVERWRITE_MEDIA": "already_exists",
    "M_INVALID_PARAM": "invalid_argument",
    "M_LIMIT_EXCEEDED": "resource_exhausted",
    "M_NOT_FOUND": "not_found",
    "M_RESOURCE_LIMIT_EXCEEDED": "resource_exhausted",
    "M_ROOM_IN_USE": "already_exists",
    "M_THREEPID_IN_USE": "already_exists",
    "M_THREEPID_NOT_FOUND": "not_found",
    "M_TOO_LARGE": "out_of_range",
    "M_UNRECOGNIZED": "unimplemented",
    "M_USER_IN_USE": "already_exists",
}

_BY_KIND: Final[dict[Kind | None, str]] = {
    "already_exists": "M_ROOM_IN_USE",
    "invalid_argument": "M_INVALID_PARAM",
    "not_found": "M_NOT_FOUND",
    "out_of_range": "M_TOO_LARGE",
    "permission_denied": "M_FORBIDDEN",
    "resource_exhausted": "M_LIMIT_EXCEEDED",
    "unauthenticated": "M_UNKNOWN_TOKEN",
    "unimplemented": "M_UNRECOGNIZED",
}


def _read(doc: Document) -> Problem:
    body = doc.fit(Body)
    milliseconds = body.retry_after_ms
    return Problem(
        status=doc.raw.status,
        code=body.errcode or None,
        kind=_KINDS.get(body.errcode),
        detail=body.error or None,
        retry_after=None if milliseconds is None else delay(milliseconds / 1000),
        extensions=body.extras,
    )


def _write(problem: Problem) -> bytes:
    pause = delay(problem.retry_after)
    milliseconds = None if pause is None else -int(-pause * 1000 // 1)
    code = problem.code or _BY_KIND.get(problem.kind, "M_UNKNOWN")
    return write_json(with_members(Body(code, problem.head, milliseconds), problem.extensions))


def _is_code(value: object) -> bool:
    return isinstance(value, str) and value.startswith("M_")


dialect: Final = Dialect(
    name="matrix",
    title="Matrix: a code that starts with M_, and a text",
    source="Matrix specification, client-server API, standard error response",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(
        Signature(members={"errcode": _is_code}, weight=3),
        Signature(members={"errcode": str, "error": str}),
        Signature(members={"flows": [{"stages": list}], "session": str}, statuses=frozenset({401})),
    ),
    fields=OpenBody,
)
