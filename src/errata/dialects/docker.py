"""The errors of the Docker Engine: a message and nothing else.

Clients meet them at the socket of Docker and of Podman, which adds a cause. A
pull or a build fails inside of a 200: the last line of its stream tells how.

Deviations: there is no code; everything but one text is lost, violations and
inner problems are told in it.
"""

from typing import Any, Final

import msgspec

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._problem import Problem
from errata.dialects._shapes import failure_status, in_text


class Body(Wire):
    """The message; cause and status are Podman's."""

    message: str
    cause: str | None = None
    response: int | None = None


class Failure(Wire):
    """The end of a stream: the code is a status, or what a command ended with."""

    code: int | None = None
    message: str | None = None


class Line(Wire):
    """One line of a stream that tells of its failure."""

    detail: Failure | None = msgspec.field(default=None, name="errorDetail")
    error: str | None = None


_MARK: Final = b'"errorDetail"'
_TAIL: Final = 65_536
_ERRORS: Final = frozenset(range(400, 600))


def _read(doc: Document) -> Problem:
    line = _last_line(doc)
    if line is not None:
        return _read_stream(doc, line)
    wire = doc.fit(Body)
    further = {} if wire.cause is None else {"cause": wire.cause}
    return Problem(
        status=doc.raw.status if wire.response is None else wire.response,
        detail=wire.message or None,
        extensions={**wire.extras, **further},
    )


def _last_line(doc: Document) -> Any:
    """Return the line of a stream that tells of its failure; None when there is none."""
    if isinstance(doc.value, dict) and "errorDetail" in doc.value:
        return doc.value
    tail = doc.raw.body[-_TAIL:]  # a stream is long, and its failure ends it
    line = next((line for line in reversed(tail.splitlines()) if _MARK in line), b"")
    try:
        value = msgspec.json.decode(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _read_stream(doc: Document, line: Any) -> Problem:
    wire = doc.fit(Line, line)
    failure = wire.detail or Failure()
    told = failure.code if failure.code in _ERRORS else None
    further = {} if failure.code is None or told is not None else {"exitCode": failure.code}
    return Problem(
        status=failure_status(doc, told),
        detail=failure.message or wire.error or None,
        extensions={**wire.extras, **failure.extras, **further},
    )


def _write(problem: Problem) -> bytes:
    cause = problem.extensions.get("cause")
    podman = isinstance(cause, str)
    return write_json(
        Body(in_text(problem).text, cause if podman else None, (problem.status or 500) if podman else None)
    )


def _ends_badly(doc: Document) -> bool:
    """Stream with a line that tells of its failure."""
    return _last_line(doc) is not None


_ENGINE: Final = {"api-version": "", "ostype": ""}

dialect: Final = Dialect(
    name="docker",
    title="Docker Engine and Podman: a message",
    source="Docker Engine API, ErrorResponse",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(
        Signature(members={"message": str}, headers=_ENGINE, weight=5),
        Signature(members={"message": str}, headers={"server": "Docker/"}, weight=5),
        Signature(members={"message": str}, headers={"server": "Libpod/"}, weight=5),
        Signature(members={"message": str}, headers={"libpod-api-version": ""}, weight=5),
        Signature(members={"message": str, "cause": str, "response": int}),
        Signature(members={"errorDetail": {"message": str}, "error": str}, success=True, weight=4),
        Signature(headers=_ENGINE, accepts=_ends_badly, success=True),
    ),
    fields=Body,
)
