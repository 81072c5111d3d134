"""`errata demo`: five reference APIs to try errors on."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from errata.cli._output import Refused, progress, show, show_json, table

if TYPE_CHECKING:
    from errata.demo._check import CheckRow


def demo(
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="N", help="The port; 0 takes any free one.")] = 8000,
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the rows are kept; without it they are temporary.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Start a demo, try all its errors, and end it.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows of --check as JSON.")] = False,
) -> None:
    """Run five reference APIs, each with the error format of a real system.

    With --check, every error that they promise is provoked and compared; exit
    code 1 when one is a surprise.
    """
    if as_json and not check:
        raise Refused("--json belongs to --check; leave it out, or add --check")
    raise typer.Exit(_check(as_json) if check else _serve(host, port, data))


def _serve(host: str, port: int, data: Path | None) -> int:
    from errata.demo import serve

    return serve(host, port, data)


def _check(as_json: bool) -> int:
    from errata.demo._app import CASES
    from errata.demo._check import quiet, try_case
    from errata.demo._serve import running

    with running() as url, quiet():
        rows = [try_case(case, url) for case in progress(CASES, "Sending the cases")]
    if as_json:
        show_json([{name: getattr(row, name) for name in row.__struct_fields__} for row in rows])
    else:
        show(table(("case", "what it shows", "expected", "got", "read as", ""), map(_cells, rows)))
        show(Text(f"\n{len(rows)} cases, {sum(not row.ok for row in rows)} surprises"))
    return 0 if all(row.ok for row in rows) else 1


def _cells(row: "CheckRow") -> tuple[str, ...]:
    outcome = "ok" if row.ok else f"SURPRISE: {row.note}"
    return row.case, row.title, str(row.expected), str(row.status), row.dialect or "-", outcome
