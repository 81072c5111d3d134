"""The status of a body that stands alone: its own, that of its code, or an assumed one."""

from collections.abc import Iterator
from typing import Any, Final

from errata._body import Document
from errata._dialect import Dialect
from errata._http import RawResponse
from errata._kind import kind_of, status_of
from errata._problem import Problem
from errata._read import builtin_registry, read_generic

ASSUMED: Final = 500
_MEMBERS: Final = ("status", "statusCode", "status_code", "httpStatus", "code", "errorCode", "error_code")


def assume_status(response: RawResponse, dialect: Dialect | None = None) -> tuple[int, str]:
    """Return the error status that a body was most likely sent with, and a clause that says how it was found.

    In this order: the status in the body, the status that its code stands for,
    the usual status of its kind, 500. The response's own status is not looked at.
    """
    doc = Document(RawResponse(ASSUMED, response.headers, response.body))
    chosen = dialect or builtin_registry().detect(doc)
    try:
        problem = chosen.read(doc) if chosen else read_generic(doc)
    except Exception:  # noqa: BLE001 - as in reading: total, also with a faulty plug-in
        problem = Problem(status=ASSUMED)
    allowed = chosen.statuses if chosen else None
    for status, how in _candidates(problem, chosen, doc.value):
        if status is not None and 400 <= status < 600 and (allowed is None or status in allowed):
            return status, f"no status was given; {status} {how}"
    return 400, "no status was given; 400 was assumed"


def _candidates(problem: Problem, dialect: Dialect | None, value: Any) -> Iterator[tuple[int | None, str]]:
    yield (problem.status if problem.status != ASSUMED else None), "was taken from the body"
    if dialect and dialect.codes:
        yield dialect.codes.get(problem.code or ""), f"is what the code {problem.code} stands for"
    if dialect is None:
        yield _usual_member(value), "was taken from the body"
    if problem.kind != kind_of(ASSUMED) and problem.kind not in (None, "unknown"):
        yield status_of(problem.kind), "is the usual one for such an error"
    yield ASSUMED, "was assumed"


def _usual_member(value: Any) -> int | None:
    """Return the first of the members that usually hold a status, at the top or below `error`."""
    if not isinstance(value, dict):
        return None
    inner = value.get("error")
    objects = [value, inner] if isinstance(inner, dict) else [value]
    found = (each[name] for each in objects for name in _MEMBERS if name in each)
    return next((int(v) for v in found if str(v).isascii() and str(v).isdigit() and 400 <= int(str(v)[:4]) < 600), None)
