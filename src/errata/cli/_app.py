"""The program: its commands, and what becomes of everything they may raise."""

import io
import sys
from collections.abc import Callable
from typing import Annotated, Final

import typer

from errata import UnknownDialectError
from errata.cli import demo, describe, dialects, explain, translate
from errata.cli._output import Refused, safe

# A line with a backspace alone keeps the lines below it as they are.
_HELP: Final = """Every API error, in every dialect: read it, explain it, translate it.

\b
Exit codes:
  0    done
  1    nothing to translate, or a surprise in `demo --check`
  2    the input or an option is wrong; one line says what to do
  70   a fault of errata itself
  130  interrupted
"""

# Each command with what its help shows as examples.
_COMMANDS: Final[tuple[tuple[Callable[..., None], tuple[str, ...]], ...]] = (
    (
        explain.explain,
        (
            "curl -si https://api.example.com/orders/7 | errata explain",
            "errata explain --status 404 body.json",
            "errata explain --sample -v sample-from-a-page.txt",
        ),
    ),
    (
        translate.translate,
        (
            "curl -si https://api.example.com/orders/7 | errata translate --to problem",
            "errata translate --to netmri --accept application/xml response.txt",
        ),
    ),
    (dialects.dialects, ("errata dialects", "errata dialects --json")),
    (describe.describe, ("errata describe orchard.toml", "errata describe --schema orchard.toml")),
    (demo.demo, ("errata demo --port 8123", "errata demo --check")),
)


def _examples(lines: tuple[str, ...]) -> str:
    return "\n".join(["\b", "Examples:" if len(lines) > 1 else "Example:", *(f"  {line}" for line in lines)])


app = typer.Typer(
    name="errata",
    help=_HELP,
    epilog=_examples(_COMMANDS[0][1][:1]),
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command, lines in _COMMANDS:
    app.command(command.__name__, epilog=_examples(lines))(command)


def _show_version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        typer.echo(f"errata {version('errata')}")
        raise typer.Exit


@app.callback()
def errata(
    context: typer.Context,
    _version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Take the options that stand before a command; without a command, show the help."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def run(arguments: list[str] | None = None) -> int:
    """Run a command line and return its exit code; nothing is raised but a missing package."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that cannot show a character gets a question mark
            stream.reconfigure(errors="replace")
    try:
        code = app(arguments, prog_name="errata", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except ModuleNotFoundError:
        raise
    except Exception as error:  # noqa: BLE001 - whoever types a command never sees a traceback
        return _report(error)


def _report(error: Exception) -> int:
    """Say in one line what is wrong; returns the exit code."""
    if isinstance(error, Refused | UnknownDialectError):
        text, code = str(error), 2
    elif wrong_use := getattr(error, "format_message", None):  # of commands and options, from the parser
        path = getattr(getattr(error, "ctx", None), "command_path", "errata")
        text, code = f"{str(wrong_use()).rstrip('.')}; see: {path} --help", 2
    else:
        text, code = f"a fault of errata itself ({type(error).__name__}: {error}); please report it", 70
    print(f"errata: {safe(text)}", file=sys.stderr)  # noqa: T201 - one line, without decoration
    return code
