"""The commands and their options; what they do is elsewhere."""

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from errata._dialect import UnknownDialectError
from errata._read import Reading, builtin_registry, dialect_of, read
from errata._translate import translate
from errata.cli._input import Given, InputError, read_bytes, response_from
from errata.cli._show import as_json, plain, safe, show_evidence, show_findings, show_reading

app: Final = typer.Typer(
    name="errata",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Every API error, in every dialect.\n\nExit codes: 0 done, 1 a check found a surprise, 2 wrong input or options.",
)

Source = Annotated[
    str,
    typer.Argument(metavar="[FILE|-]", help="What `curl -i` printed, a bare body, or {status, headers, body} as JSON."),
]
Status = Annotated[int | None, typer.Option(min=100, max=999, help="The HTTP status of a bare body.")]
Fields = Annotated[list[str] | None, typer.Option("--header", help="A header field 'name: value' of a bare body.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def run() -> int:
    """Run the command that the arguments name; returns the exit code."""
    try:
        app(standalone_mode=False)
    except (InputError, UnknownDialectError) as error:
        return _refuse(str(error))
    except typer.Exit as stop:
        return stop.exit_code
    except typer.Abort:
        return 130
    except BrokenPipeError:
        # Whoever read the output has gone; nothing is left to be said, not even at exit.
        sys.stdout = None
        return 0
    except Exception as error:
        # Typer's own usage errors know how to show themselves.
        show = getattr(error, "show", None)
        if show is None:
            raise
        show()
        return int(getattr(error, "exit_code", 2))
    return 0


def _refuse(text: str) -> int:
    print(f"errata: {plain(text)}", file=sys.stderr)  # noqa: T201 - one line, whatever the terminal
    return 2


def _out() -> Console:
    return Console(highlight=False, soft_wrap=False)


def _err() -> Console:
    return Console(stderr=True, highlight=False)


@app.callback(invoke_without_command=True)
def options(version_only: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """Every API error, in every dialect."""
    if version_only:
        print(f"errata {version('errata')}")  # noqa: T201
        raise typer.Exit


@app.command()
def explain(
    source: Source = "-",
    sample: Annotated[bool, typer.Option("--sample", help="Mend a sample as documents print it.")] = False,
    status: Status = None,
    header: Fields = None,
    dialect: Annotated[str | None, typer.Option(help="Read it as this dialect instead of detecting it.")] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show the evidence for the nearest dialects.")
    ] = False,
    json: Json = False,
) -> None:
    """Say what an error response means, and what was odd about it.

    Example: [bold]curl -si https://api.example.com/orders/9 | errata explain[/bold]
    """
    reading, assumed = _reading(source, status, header or [], dialect, sample=sample)
    if json:
        sys.stdout.buffer.write(as_json(reading, assumed) + b"\n")
        return
    console = _out()
    show_reading(console, reading, assumed)
    if verbose:
        show_evidence(console, reading)


def _reading(
    source: str, status: int | None, fields: list[str], dialect: str | None, *, sample: bool
) -> tuple[Reading, str | None]:
    if dialect is not None:
        dialect_of(dialect)  # a wrong name is told before anything is read
    data = read_bytes(source)
    if sample:
        from errata.cli._input import headers_from
        from errata.samples import read_sample

        mended = read_sample(data.decode("utf-8", "replace"), status, headers_from(fields), dialect)
        return mended.reading, mended.assumed
    given: Given = response_from(data, status, fields)
    return read(given.response, dialect), given.assumed


@app.command(name="translate")
def translate_command(
    to: Annotated[str, typer.Option(help="The dialect to say it in; `errata dialects` lists them.")],
    source: Source = "-",
    accept: Annotated[str | None, typer.Option(help="Choose the format by an Accept field.")] = None,
    format: Annotated[str | None, typer.Option("--format", help="Choose the format by its name.")] = None,
    status: Status = None,
    header: Fields = None,
    body_only: Annotated[bool, typer.Option("--body-only", help="Print the body alone.")] = False,
    json: Json = False,
) -> None:
    """Say an error response in another dialect; what is lost goes to standard error.

    Example: [bold]curl -si URL | errata translate --to problem[/bold]
    """
    target = dialect_of(to)
    if format is not None and format not in [f.name for f in target.formats]:
        known = ", ".join(f.name for f in target.formats)
        raise InputError(f"dialect {target.name} has no format {format[:40]!r}; use one of: {known}")
    given = response_from(read_bytes(source), status, header or [])
    done = translate(given.response, target, accept=accept, format=format)
    out = sys.stdout.buffer
    if json:
        answer = {
            "source": done.source,
            "target": done.target,
            "lost": done.lost,
            "findings": done.findings,
            "response": {
                "status": done.response.status,
                "headers": done.response.headers,
                "body": done.response.body.decode("utf-8", "replace"),
            },
        }
        out.write(msgspec.json.format(msgspec.json.encode(answer), indent=2) + b"\n")
        return
    if not body_only:
        head = [f"HTTP/1.1 {done.response.status}", *(f"{n}: {v}" for n, v in done.response.headers.items())]
        out.write("".join(f"{line}\r\n" for line in head).encode() + b"\r\n")
    out.write(done.response.body + b"\n")
    out.flush()
    console = _err()
    console.print(f"[dim]{done.source or 'guessed'} -> {done.target}[/dim]")
    if done.lost:
        console.print(f"[yellow]lost[/yellow]  {safe(', '.join(done.lost))}")
    show_findings(console, done.findings)


@app.command()
def dialects(json: Json = False) -> None:
    """List the dialects: what they are, their media types, and what can be written."""
    rows = [
        {
            "name": d.name,
            "title": d.title,
            "media_types": [media for media in d.media_types if media],
            "read": True,
            "write": [f.name for f in d.formats],
            "source": d.source,
        }
        for d in builtin_registry()
    ]
    if json:
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(rows), indent=2) + b"\n")
        return
    table = Table(box=None, padding=(0, 3, 0, 0))
    table.add_column("name", style="bold", no_wrap=True)
    table.add_column("formats written", no_wrap=True)
    table.add_column("what it is", overflow="fold")
    for d in builtin_registry():
        written = "\n".join(f"{f.name}: {f.media_type.partition(';')[0] or 'no body'}" for f in d.formats)
        table.add_row(d.name, written, f"{safe(d.title)}\n[dim]{safe(d.source)}[/dim]")
    _out().print(table)
    _out().print("\nAll are read and written; what nobody claims is guessed from the usual member names.")


@app.command()
def demo(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes any free one.")] = 8000,
    data: Annotated[Path | None, typer.Option(help="Keep the rows in this folder, instead of a temporary one.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Send all cases to a demo of its own, and end.")] = False,
    json: Json = False,
) -> None:
    """Run the five reference APIs and the explorer page.

    Example: [bold]errata demo --port 8123[/bold]
    """
    try:
        from errata import demo as the_demo
        from errata.demo import _app  # noqa: F401 - tells now what is not installed
    except ModuleNotFoundError as error:
        raise InputError(f'the demo needs {error.name}: pip install "errata[demo]"') from None
    if not check:
        raise typer.Exit(the_demo.serve(host, port, data))
    raise typer.Exit(_check(as_json=json))


def _check(*, as_json: bool) -> int:
    """Send all cases, print how they went; returns the exit code."""
    from errata.demo._app import CASES
    from errata.demo._check import quiet, try_case
    from errata.demo._serve import running

    with running() as url, quiet():
        shown = track(CASES, "Sending the cases", console=_err(), transient=True, disable=as_json)
        rows = [try_case(case, url) for case in shown]
    surprises = [row for row in rows if not row.ok]
    if as_json:
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(rows), indent=2) + b"\n")
        return 1 if surprises else 0
    table = Table("case", "what it shows", "expected", "got", "read as", "")
    for row in rows:
        mark = "[green]ok[/green]" if row.ok else f"[red]{safe(row.note)}[/red]"
        table.add_row(safe(row.case), safe(row.title), str(row.expected), str(row.status), row.dialect or "-", mark)
    console = _out()
    console.print(table)
    console.print(f"{len(rows)} cases, {len(surprises)} surprises")
    return 1 if surprises else 0
