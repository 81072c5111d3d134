"""Printing: foreign text made harmless, readings and losses laid out for people."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from errata._body import Document, Finding
from errata._error import Error
from errata._problem import Problem, Violation
from errata._read import Reading, builtin_registry
from errata._standard import standard_class

# Nothing that comes from a response may move the cursor, set colours or hide text.
_KEPT: Final = frozenset("\n\t")


def plain(value: object, limit: int = 4000) -> str:
    """Return foreign text without control, format and surrogate characters, cut at a limit."""
    text = str(value)
    text = "".join(c if c.isprintable() or c in _KEPT else "\N{REPLACEMENT CHARACTER}" for c in text[:limit])
    return f"{text}..." if len(str(value)) > limit else text


def safe(value: object) -> str:
    """Return foreign text for a place where rich reads markup."""
    return escape(plain(value))


def show_reading(console: Console, reading: Reading, assumed: str | None = None) -> None:
    """Print what was understood of a response, and what can be done about it."""
    problem = reading.problem
    known = reading.dialect
    what = f"[bold]{known}[/bold] ({_title(known)})" if known else "[bold]no known dialect[/bold], so this is guessed"
    console.print(f"Read as {what}")
    console.print()
    console.print(Text(plain(problem.text), style="bold red"))
    console.print(_members(problem, assumed))
    if problem.violations:
        console.print(_violations(problem.violations))
    for inner in problem.problems:
        console.print(Text(f"  also: {plain(inner)}"))
    console.print(f"[green]What to do[/green]  {advice(problem)}")
    show_findings(console, reading.findings)


def _title(name: str) -> str:
    return builtin_registry()[name].title


def _members(problem: Problem, assumed: str | None) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    retry = None if problem.retry_after is None else f"{problem.retry_after:g} seconds"
    resource = problem.resource and " ".join(filter(None, (problem.resource.type, problem.resource.id)))
    rows: list[tuple[str, Any]] = [
        ("status", f"{problem.status} ({assumed})" if assumed else problem.status),
        ("code", problem.code),
        ("kind", problem.kind),
        ("type", problem.type),
        ("title", problem.title),
        ("detail", problem.detail),
        ("instance", problem.instance),
        ("resource", resource),
        ("retry after", retry),
        ("trace id", problem.trace_id),
        ("help", problem.help),
        *(
            (f"+ {plain(name, 60)}", msgspec.json.encode(v, enc_hook=str).decode())
            for name, v in problem.extensions.items()
        ),
    ]
    for name, value in rows:
        if value is not None:
            table.add_row(escape(name), Text(plain(value)))
    return table


def _violations(violations: tuple[Violation, ...]) -> Table:
    table = Table("where", "place", "what", "check", title="Violations", title_justify="left", title_style="cyan")
    for v in violations:
        cells = (v.location, v.dotted or "(whole input)", v.detail, v.code)
        table.add_row(*(Text(plain(cell or "")) for cell in cells))
    return table


def advice(problem: Problem) -> str:
    """Return what a client can do about a problem, in a sentence."""
    if problem.kind == "unauthenticated":
        return "Log in again, then repeat the request once."
    error: Error = standard_class(problem).received(problem, method="GET")
    if error.retryable:
        wait = f"in {problem.retry_after:g} seconds" if problem.retry_after is not None else "later"
        return f"Try again {wait}; a request that changes something only if repeating it does no harm."
    if (problem.status or 500) >= 500:
        return "The server failed. Repeating is not known to be safe; report the trace id, if there is one."
    return "Repeating the same request will not help; change it first."


def show_findings(console: Console, findings: Iterable[Finding]) -> None:
    """Print everything odd that was tolerated."""
    for finding in findings:
        where = f" [dim]at {safe(finding.path)}[/dim]" if finding.path else ""
        console.print(f"[yellow]finding[/yellow]  {safe(finding.code)}: {safe(finding.detail)}{where}")


def show_evidence(console: Console, reading: Reading) -> None:
    """Print what speaks for and against the three nearest dialects."""
    rows = builtin_registry().evidence(Document(reading.raw))
    console.print("\nEvidence, the nearest first:")
    shown: list[str] = []
    for entry, missing in rows:
        name = entry.dialect.name
        if name in shown:
            continue
        shown.append(name)
        met = [condition for condition, _ in entry.conditions if condition not in missing]
        console.print(f"  [bold]{name}[/bold]  for: {safe('; '.join(met) or 'nothing')}")
        if missing:
            console.print(f"    against: {safe('; '.join(missing))} missing or different")
        if len(shown) == 3:
            return


def as_json(reading: Reading, assumed: str | None = None) -> bytes:
    """Return a reading for programs."""
    answer: dict[str, Any] = {
        "dialect": reading.dialect,
        "problem": reading.problem.to_dict(),
        "findings": [msgspec.to_builtins(finding) for finding in reading.findings],
        "advice": advice(reading.problem),
    }
    if assumed:
        answer["status_assumed"] = assumed
    return msgspec.json.format(msgspec.json.encode(answer, enc_hook=str), indent=2)
