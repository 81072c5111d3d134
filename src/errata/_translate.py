"""From a problem to bytes, and from one dialect to another with the loss found by reading it back."""

from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct

from errata._body import Finding
from errata._dialect import Dialect, Format
from errata._http import Headers, RawResponse, clean_header, parse_accept, quality
from errata._problem import NO_MEMBERS, Problem, Violation
from errata._read import dialect_of, read

MINIMAL: Final = b'{"title":"Internal Server Error","status":500}'


def render(
    problem: Problem, to: "str | Dialect", *, accept: str | None = None, format: str | None = None
) -> RawResponse:
    """Return the response that says a problem in a dialect.

    `accept` (an `Accept` field) or `format` (a name) picks one of the dialect's
    formats; without them, or when nothing fits, the first is written. The status
    is the problem's own, 500 when it has none. Raises only UnknownDialectError.
    """
    dialect = dialect_of(to)
    chosen = dialect.formats[0]
    if accept is not None or format is not None:
        chosen = pick_format(dialect.formats, accept, format) or chosen
    return respond_with(chosen, problem)


def respond_with(chosen: Format, problem: Problem) -> RawResponse:
    """Return the response that says a problem in one format; total."""
    if not problem.status:
        problem = problem.replace(status=500)
    try:
        body = chosen.write(problem)
    except Exception:  # noqa: BLE001 - the error path itself cannot fail
        body = _write_less(problem, chosen)
    headers = chosen.headers
    if problem.retry_after is not None and problem.retry_after >= 0:
        headers = Headers({**headers, "retry-after": retry_after_field(problem.retry_after)})
    if chosen.head is not None:
        headers = Headers({**headers, **_head(chosen.head, problem)})
    status = problem.status or 500
    return RawResponse(status if chosen.status is None else _wire_status(chosen.status, problem), headers, body)


_MOST: Final = 6_000  # characters of a field that holds a part of the problem; clients take 8 KiB of fields in all


def _head(head: Callable[[Problem], Mapping[str, str]], problem: Problem) -> dict[str, str]:
    """Return the header fields of one problem, with nothing in them that could end a field."""
    try:
        return {name: clean_header(value, _MOST) for name, value in head(problem).items()}
    except Exception:  # noqa: BLE001 - the error path itself cannot fail
        return {}


def _wire_status(status: Callable[[Problem], int], problem: Problem) -> int:
    try:
        return status(problem)
    except Exception:  # noqa: BLE001 - the error path itself cannot fail
        return problem.status or 500


def _write_less(problem: Problem, chosen: Format) -> bytes:
    """Write as much of a problem as can be written: without further members, its identity, its status."""
    status = problem.status or 500
    identity = Problem(status=status, code=problem.code, title=problem.title, trace_id=problem.trace_id)
    for less in (problem.replace(extensions=NO_MEMBERS), identity, Problem(status=status)):
        try:
            return chosen.write(less)
        except Exception:  # noqa: BLE001, S112 - the next one has less that can fail
            continue
    return MINIMAL if "json" in chosen.media_type else b""


def retry_after_field(seconds: float) -> str:
    """Return a `Retry-After` field: whole seconds, rounded up, so that nobody comes back too early."""
    return str(-int(-seconds // 1)) if seconds < 999_999_999 else "999999999"


def pick_format(formats: tuple[Format, ...], accept: str | None, name: str | None = None) -> Format | None:
    """Return the format with this name, or the one an `Accept` field likes best; None when none fits."""
    if name is not None:
        return next((f for f in formats if f.name == name), None)
    ranges = parse_accept(accept or "")
    if not ranges:
        return formats[0]
    weights = [quality(f.media_type, ranges) for f in formats]
    best = max(weights)
    return formats[weights.index(best)] if best > 0 else None


class Translation(Struct, frozen=True):
    """A response said again in another dialect.

    `source` is None when the dialect was guessed. `lost` names the members that
    the target cannot carry: `detail`, or `extensions.sku`, or `violations.location`
    when only a part of each is lost. `findings` are those of the reading.
    """

    response: RawResponse
    problem: Problem
    source: str | None
    target: str
    lost: tuple[str, ...]
    findings: tuple[Finding, ...]


_KEPT_HEADERS: Final = ("allow", "www-authenticate", "proxy-authenticate", "content-language")


def translate(
    response: RawResponse,
    to: "str | Dialect",
    *,
    accept: str | None = None,
    format: str | None = None,
    source: "str | Dialect | None" = None,
) -> Translation:
    """Return a response in another dialect, its status kept, with the loss stated.

    Of the header fields only those that belong to an error are kept (`Allow`,
    challenges, `Content-Language`), and `Retry-After` is written anew. Raises only
    UnknownDialectError.
    """
    reading = read(response, source)
    target = dialect_of(to)
    rendered = render(reading.problem, target, accept=accept, format=format)
    kept = {n: clean_header(response.headers[n]) for n in _KEPT_HEADERS if n in response.headers}
    answer = RawResponse(rendered.status, Headers({**kept, **rendered.headers}), rendered.body)
    lost = losses(reading.problem, target, accept=accept, format=format)
    return Translation(answer, reading.problem, reading.dialect, target.name, lost, reading.findings)


def losses(
    problem: Problem, to: "str | Dialect", *, accept: str | None = None, format: str | None = None
) -> tuple[str, ...]:
    """Return the names of the members that do not survive being written and read back."""
    dialect = dialect_of(to)
    again = read(render(problem, dialect, accept=accept, format=format), dialect).problem
    return tuple(_lost(problem, again))


def _lost(before: Problem, after: Problem) -> list[str]:
    lost: list[str] = []
    for name in Problem.__struct_fields__:
        old, new = getattr(before, name), getattr(after, name)
        if old == new or old is None or old == ():
            continue
        if name == "extensions":
            lost += [f"extensions.{key}" for key in old if key not in new or new[key] != old[key]]
        elif name == "violations" and len(old) == len(new):
            lost += [f"violations.{part}" for part in Violation.__struct_fields__ if _part_lost(old, new, part)]
        else:
            lost.append(name)
    return lost


def _part_lost(old: tuple[Violation, ...], new: tuple[Violation, ...], part: str) -> bool:
    pairs = [(getattr(a, part), getattr(b, part)) for a, b in zip(old, new, strict=True)]
    return any(a != b and a not in (None, ()) for a, b in pairs)
