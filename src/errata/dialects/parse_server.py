"""The errors of Parse Server: a number and a text.

A client meets it on every call of the REST API.

Deviations: codes are integers, so another code is replaced by the one that the
kind calls for; nothing else has a place.
"""

from typing import Final

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind
from errata._problem import Problem
from errata.dialects._shapes import code_number


class Body(Wire):
    """The number and the text."""

    code: int | None = None
    error: str | None = None


# What a number means, where the status (most often 400) says less.
_KINDS: Final[dict[int | None, Kind]] = {
    1: "internal",
    100: "unavailable",
    101: "not_found",
    116: "out_of_range",
    119: "permission_denied",
    124: "deadline_exceeded",
    129: "out_of_range",
    137: "already_exists",
    140: "resource_exhausted",
    142: "invalid_argument",
    155: "resource_exhausted",
    202: "already_exists",
    203: "already_exists",
    205: "not_found",
    206: "unauthenticated",
    208: "already_exists",
    209: "unauthenticated",
}

_BY_KIND: Final[dict[Kind | None, int]] = {
    "already_exists": 137,
    "deadline_exceeded": 124,
    "internal": 1,
    "invalid_argument": 142,
    "not_found": 101,
    "out_of_range": 116,
    "permission_denied": 119,
    "resource_exhausted": 155,
    "unauthenticated": 209,
    "unavailable": 100,
}
_OTHER: Final = -1


def _read(doc: Document) -> Problem:
    body = doc.fit(Body)
    return Problem(
        status=doc.raw.status,
        code=None if body.code is None else str(body.code),
        kind=_KINDS.get(body.code),
        detail=body.error or None,
        extensions=body.extras,
    )


def _write(problem: Problem) -> bytes:
    number = code_number(problem.code)
    return write_json(Body(_BY_KIND.get(problem.kind, _OTHER) if number is None else number, problem.head))


def _is_number(value: object) -> bool:
    return type(value) is int and not 300 <= value < 600  # a status repeated in the body is no number of Parse


def _is_alone(doc: Document) -> bool:
    """Members code and error, and no other."""
    return len(doc.value) == 2


dialect: Final = Dialect(
    name="parse-server",
    title="Parse Server: a number and a text",
    source="Parse REST API guide, error codes",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(Signature(members={"code": _is_number, "error": str}, accepts=_is_alone),),
    fields=Body,
)
