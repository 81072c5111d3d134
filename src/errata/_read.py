"""From bytes to a problem: detect the dialect, read it, and let the HTTP part have the last word."""

from typing import Final

from msgspec import Struct

from errata._body import Document, Finding, duplicate_names
from errata._dialect import Dialect, Registry
from errata._http import RawResponse, parse_retry_after, parse_traceparent
from errata._kind import kind_of
from errata._problem import Problem

_registry: Registry | None = None


def builtin_registry() -> Registry:
    """Return the built-in dialects together with those of installed plug-ins."""
    global _registry  # noqa: PLW0603 - a cache of an immutable value, filled on first use
    if _registry is None:
        # The one arrow that points outwards: loading all dialects is left until one is needed.
        from errata.dialects import load

        _registry = load()
    return _registry


def dialect_of(dialect: "str | Dialect") -> Dialect:
    """Return a dialect by its name; raises UnknownDialectError, which lists the names."""
    if isinstance(dialect, Dialect):
        return dialect
    if _registry is None:
        # A server that speaks one dialect does not load the hundred others.
        from errata.dialects import load_one

        found = load_one(dialect)
        if found is not None:
            return found
    return builtin_registry()[dialect]


class Reading(Struct, frozen=True):
    """What was understood of a response: the problem, the dialect (None: guessed), and what was odd."""

    problem: Problem
    dialect: str | None
    raw: RawResponse
    noted: tuple[Finding, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return everything odd that was tolerated.

        Names given twice are looked for here, not while reading: the search costs
        more than the reading itself, and the last value counts in any case.
        """
        twice = duplicate_names(self.raw)
        return self.noted + tuple(Finding("duplicate-name", "the last of two values was taken", n) for n in twice)


def detect(response: RawResponse) -> str | None:
    """Return the name of the dialect that a response is written in; None when nothing specific fits."""
    dialect = builtin_registry().detect(Document(response))
    return None if dialect is None else dialect.name


def read(response: RawResponse, dialect: "str | Dialect | None" = None) -> Reading:
    """Return what a response says, in the dialect given or detected.

    Total: whatever the bytes are, there is a problem with the HTTP status, and a
    finding for everything that had to be tolerated. Only an unknown dialect
    name raises (UnknownDialectError).
    """
    doc = Document(response)
    chosen = builtin_registry().detect(doc) if dialect is None else dialect_of(dialect)
    try:
        problem = chosen.read(doc) if chosen is not None else read_generic(doc)
    except Exception as error:  # noqa: BLE001 - reading is total, also with a faulty plug-in
        doc.note("unreadable", f"the body could not be read ({type(error).__name__}); the status speaks alone")
        problem = Problem(status=response.status)
    if problem.status != response.status or not _HTTP_MEMBERS.isdisjoint(response.headers):
        problem = _with_http(problem, doc)
    return Reading(problem, None if chosen is None else chosen.name, response, doc.findings)


def read_generic(doc: Document) -> Problem:
    """Return what the usual member names tell of a body that no dialect claims."""
    from errata.dialects._generic import read_generic as guess  # loaded for such bodies alone

    return guess(doc)


TRACE_HEADERS: Final = (
    "x-request-id",
    "request-id",
    "x-amzn-requestid",
    "x-amz-request-id",
    "x-ms-request-id",
    "x-github-request-id",
    "x-correlation-id",
    "x-troubleshooting-id",
    "x-trace-id",
    "traceparent",
)
_HTTP_MEMBERS: Final = frozenset(TRACE_HEADERS) | {"retry-after", "retry-after-ms"}


def _with_http(problem: Problem, doc: Document) -> Problem:
    changes: dict[str, object] = {}
    headers, status = doc.raw.headers, doc.raw.status
    # A failure inside a success: only the body knows a status.
    from_body = 200 <= status < 300 and problem.status is not None and 400 <= problem.status < 600
    if problem.status != status and not from_body:
        if problem.status is not None:
            doc.note("status-mismatch", f"the body says {problem.status}, the response {status}; the response counts")
        changes["status"] = status
        if problem.kind == kind_of(problem.status):
            changes["kind"] = kind_of(status)
    if problem.retry_after is None:
        changes["retry_after"] = _retry_hint(doc)
    if problem.trace_id is None:
        name = next((name for name in TRACE_HEADERS if headers.get(name)), None)
        if name:
            parts = parse_traceparent(headers[name]) if name == "traceparent" else None
            changes["trace_id"] = parts[0] if parts else headers[name][:1000]
    return problem.replace(**changes)


def _retry_hint(doc: Document) -> float | None:
    headers = doc.raw.headers
    if "retry-after-ms" in headers:
        milliseconds = parse_retry_after(headers["retry-after-ms"])
        if milliseconds is not None:
            return milliseconds / 1000
    value = headers.get("retry-after")
    if value is None:
        return None
    seconds = parse_retry_after(value, headers.get("date"))
    if seconds is None:
        doc.note("bad-header", f"retry-after {value[:40]!r} is neither seconds nor a date", "retry-after")
    return seconds
