"""A reading in words: plain rows and sentences, which the commands print."""

from collections.abc import Iterator
from typing import Any, Final

from errata import Finding, Problem, RawResponse, Reading, Violation
from errata._body import Document
from errata._dialect import Dialect, Entry, Signature
from errata._kind import Kind, Retry, title_of
from errata._read import builtin_registry
from errata._standard import standard_class

# What helps, for whoever sent the request; what is said about repeating comes before it.
_REMEDIES: Final[dict[Kind, str]] = {
    "aborted": "Read the current state, then try again from there.",
    "already_exists": "Use what is there already, or choose another name.",
    "cancelled": "Nobody waited for the answer; send the request again if it is still wanted.",
    "data_loss": "Report it: data may be damaged for good.",
    "deadline_exceeded": "Allow more time, or ask for less at once.",
    "failed_precondition": "Bring about what the request presumes, then send it again.",
    "internal": "Report it to whoever runs the service.",
    "invalid_argument": "Correct the request.",
    "not_found": "Check the address and the ids in it.",
    "out_of_range": "Stay within the limits: ask for, or send, less.",
    "permission_denied": "Ask for the permission, or use an account that has it.",
    "resource_exhausted": "Send fewer requests, or get a larger quota.",
    "unauthenticated": "Log in again or renew the token, then send the request once more.",
    "unavailable": "Wait for the service to come back.",
    "unimplemented": "Use another method or another address.",
    "unknown": "Report it to whoever runs the service.",
}

_REPEATING: Final[dict[Retry, str]] = {
    "yes": "It may be sent again as it is",
    "idempotent": "It may be sent again as it is if doing it twice is harmless (GET, PUT, DELETE)",
    "no": "Sending it again as it is does not help",
}


def is_error(reading: Reading) -> bool:
    """Tell whether a response is an error: by its status, or by a dialect that fails with 2xx."""
    status = reading.raw.status
    return status >= 400 or (200 <= status < 300 and reading.dialect is not None)


def origin(reading: Reading, given: Dialect | None = None) -> str:
    """Say what a response is written in; `given` is the dialect that it was read as, if not detected."""
    if reading.dialect is None:
        return "no dialect that errata knows; read by the usual member names"
    return f"{reading.dialect}: {(given or builtin_registry()[reading.dialect]).title}"


def facts(reading: Reading, *, assumed: bool = False) -> Iterator[tuple[str, str]]:
    """Yield the members of a problem, by name and text."""
    problem = reading.problem
    beside = " (assumed)" if assumed else ""
    if problem.status != reading.raw.status:
        beside = f" (in a response with status {reading.raw.status})"
    yield "status", f"{problem.status} {title_of(problem.status)}{beside}"
    for name in ("code", "kind", "type", "title", "detail", "instance"):
        if getattr(problem, name) is not None:
            yield name, getattr(problem, name)
    if problem.resource is not None:
        yield "resource", " ".join(filter(None, (problem.resource.type, problem.resource.id)))
    if problem.retry_after is not None:
        yield "retry after", seconds(problem.retry_after)
    if problem.trace_id is not None:
        yield "trace id", problem.trace_id
    if problem.help is not None:
        yield "help", problem.help


def seconds(number: float) -> str:
    """Return a time for people: `1 second`, `60 seconds`."""
    return f"{number:g} second" + ("" if number == 1 else "s")


def faults(violations: tuple[Violation, ...]) -> Iterator[tuple[str, str, str, str]]:
    """Yield place, text, check and status of each violation."""
    for violation in violations:
        place = " ".join(filter(None, (violation.location, violation.dotted))) or "(not said)"
        yield place, violation.detail or "", violation.code or "", str(violation.status or "")


def members(problem: Problem) -> Iterator[tuple[str, str]]:
    """Yield the extension members."""
    import json

    for name, value in problem.extensions.items():
        yield name, value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)


def retry_of(problem: Problem) -> Retry:
    """Return whether the same request may be sent again."""
    return standard_class(problem).problem_type.retry or "no"


def advice(problem: Problem) -> list[str]:
    """Say what whoever sent the request can do about an error."""
    retry, wait = retry_of(problem), problem.retry_after
    repeating = _REPEATING[retry]
    if wait is not None:
        pause = f"after {seconds(wait)}"
        repeating = f"The server says that it may be sent again {pause}" if retry == "no" else f"{repeating}, {pause}"
    elif retry == "yes":
        repeating += ", after a pause"
    remedy = _REMEDIES[problem.kind or "unknown"]
    trace = [f"Whoever runs the service finds it by the trace id {problem.trace_id}."] if problem.trace_id else []
    return [repeating + ".", remedy, *trace]


def finding_rows(findings: tuple[Finding, ...]) -> list[dict[str, str]]:
    """Return findings for programs."""
    return [{"code": f.code, "detail": f.detail, "path": f.path} for f in findings]


# ---- evidence ----


def evidence(response: RawResponse, nearest: int = 3) -> list[tuple[Dialect, list[str], list[str]]]:
    """Return the dialects that come nearest, with the conditions of their nearest signature: met, and not met."""
    doc = Document(response)
    found: dict[str, tuple[Dialect, list[str], list[str]]] = {}
    for entry, missing in builtin_registry().evidence(doc):
        if len(found) == nearest:
            break
        if entry.dialect.name not in found:
            met = [name for name, _ in entry.conditions if name not in missing]
            found[entry.dialect.name] = (entry.dialect, met, missing)
    return list(found.values())


# ---- dialects ----


def conditions(dialect: Dialect, signature: Signature) -> list[str]:
    """Return the conditions of one signature."""
    return [name for name, _ in Entry(dialect, signature).conditions]


def forms(dialect: Dialect) -> list[str]:
    """Return the forms in which a dialect is recognised: `json`, `xml`, ..."""
    read: dict[str, None] = {}
    for signature in dialect.signatures:
        if signature.root or signature.child:
            read["xml"] = None
        elif signature.form or not (signature.members or signature.item):
            read[signature.form or "any"] = None
        else:
            read["json"] = None
    return list(read)


def dialect_row(dialect: Dialect) -> dict[str, Any]:
    """Return what there is to say about a dialect."""
    accepted = {media_type for signature in dialect.signatures for media_type in signature.media_types}
    written = {media_type.partition(";")[0] for media_type in dialect.media_types if media_type}
    return {
        "name": dialect.name,
        "title": dialect.title,
        "source": dialect.source,
        "media_types": sorted(accepted | written),
        "reads": forms(dialect),
        "writes": [f.name for f in dialect.formats],
    }
