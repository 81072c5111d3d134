"""The errors of the Prometheus HTTP API: a type in one word, and a text.

Clients meet them with Prometheus, Thanos, Mimir and what speaks like them.

Deviations: violations and inner problems are told in the text; ids, title, help
and resource have no place; of further members only the warnings and notes have.
"""

from typing import Final

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind
from errata._problem import Problem, shows
from errata.dialects._shapes import in_text


class Body(Wire, rename="camel"):
    """The members; warnings and notes are about the query, and come with successes too."""

    status: str
    error_type: str
    error: str
    warnings: list[str] | None = None
    infos: list[str] | None = None


_KINDS: Final[dict[str | None, Kind]] = {
    "bad_data": "invalid_argument",
    "canceled": "cancelled",
    "execution": "failed_precondition",
    "internal": "internal",
    "not_acceptable": "invalid_argument",
    "not_found": "not_found",
    "timeout": "deadline_exceeded",
    "unavailable": "unavailable",
}

_BY_KIND: Final[dict[Kind | None, str]] = {
    "cancelled": "canceled",
    "deadline_exceeded": "timeout",
    "internal": "internal",
    "not_found": "not_found",
    "unavailable": "unavailable",
}


def _read(doc: Document) -> Problem:
    wire = doc.fit(Body)  # a member that is missing is None here, whatever the declaration says
    code = wire.error_type or None
    further = {"warnings": wire.warnings, "infos": wire.infos}
    return Problem(
        status=doc.raw.status,
        code=code,
        kind=_KINDS.get(code),
        detail=wire.error or None,
        extensions={**wire.extras, **{name: value for name, value in further.items() if value}},
    )


def _write(problem: Problem) -> bytes:
    default = "bad_data" if (problem.status or 500) < 500 else "internal"
    code = problem.code if shows(problem.code) else _BY_KIND.get(problem.kind, default)
    notes = [_texts(problem.extensions.get(name)) for name in ("warnings", "infos")]
    return write_json(Body("error", code, in_text(problem).text, *notes))


def _texts(value: object) -> list[str] | None:
    texts = [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
    return texts or None


dialect: Final = Dialect(
    name="prometheus",
    title="Prometheus HTTP API: a type in one word and a text",
    source="Prometheus HTTP API, format overview",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(Signature(members={"status": frozenset({"error"}), "errorType": str, "error": str}),),
    fields=Body,
)
