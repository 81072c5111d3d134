"""`errata explain`: what a response says, and what to do about it."""

from typing import Annotated, Any

import typer
from rich.text import Text

from errata import Dialect, Reading, read
from errata.cli import _options as options
from errata.cli import _words as words
from errata.cli._input import Given, dialect_named, field_of, given, read_input
from errata.cli._output import heading, pairs, safe, show, show_json, table
from errata.samples import read_sample


def explain(
    file: options.File = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="Mend what documents do to samples: quotes, wraps, missing commas.")
    ] = False,
    status: options.Status = None,
    header: options.Header = None,
    dialect: options.Dialect = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show the evidence for and against the nearest dialects.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Say what an error response means and what to do about it.

    The input is what `curl -i` prints, a body alone, or a JSON object with the
    members status, headers and body (or body_base64). A body alone gets the
    status of --status, else the one that it or its code states, else 500.
    """
    data = read_input(file)
    chosen = None if dialect is None else dialect_named(dialect)
    reading, assumed = _reading(data, sample, status, header or [], chosen)
    if as_json:
        show_json(_document(reading, assumed, verbose))
    else:
        _print(reading, words.origin(reading, chosen), assumed, verbose)


def _reading(
    data: bytes, sample: bool, status: int | None, header: list[str], dialect: Dialect | None
) -> tuple[Reading, str | None]:
    if sample:
        found = read_sample(data.decode("utf-8", "replace"), status, map(field_of, header), dialect)
        return found.reading, found.assumed
    received: Given = given(data, status, header, dialect)
    return read(received.response, dialect), received.assumed


def _print(reading: Reading, origin: str, assumed: str | None, verbose: bool) -> None:
    problem = reading.problem
    if not words.is_error(reading):
        show(Text(f"Not an error: {problem.status}", style="green"))
    else:
        show(Text(safe(origin), style="bold"))
        show(pairs(words.facts(reading, assumed=assumed is not None)))
        if problem.violations:
            show(heading("Violations"), table(("where", "what", "check", "status"), words.faults(problem.violations)))
        if problem.problems:
            show(heading("Inner problems"), *(Text(f"  {safe(inner)}") for inner in problem.problems))
        if problem.extensions:
            show(heading("Further members"), pairs(words.members(problem)))
        show(heading("What to do"), *(Text(f"  {safe(line)}") for line in words.advice(problem)))
    _print_findings(reading, assumed)
    if verbose:
        _print_evidence(reading)


def _print_findings(reading: Reading, assumed: str | None) -> None:
    findings = [str(finding) for finding in reading.findings]
    if assumed:
        findings.insert(0, assumed)
    if findings:
        show(heading("Findings"), *(Text(f"  - {safe(finding)}", style="yellow") for finding in findings))


def _print_evidence(reading: Reading) -> None:
    show(heading("Evidence"))
    for dialect, met, missing in words.evidence(reading.raw):
        show(Text(f"  {dialect.name}"), *_conditions("for", met, "green"), *_conditions("against", missing, "red"))


def _conditions(side: str, conditions: list[str], style: str) -> list[Text]:
    return [Text(f"    {side}: {safe(condition)}", style=style) for condition in conditions]


def _document(reading: Reading, assumed: str | None, verbose: bool) -> dict[str, Any]:
    """Return all that is known, for programs."""
    is_error = words.is_error(reading)
    document: dict[str, Any] = {
        "error": is_error,
        "dialect": reading.dialect,
        "problem": reading.problem.to_dict(),
        "retry": words.retry_of(reading.problem),
        "advice": words.advice(reading.problem) if is_error else [],
        "assumed": assumed,
        "findings": words.finding_rows(reading.findings),
    }
    if verbose:
        rows = words.evidence(reading.raw)
        document["evidence"] = [{"dialect": d.name, "for": met, "against": missing} for d, met, missing in rows]
    return document
