"""Writing for people and programs: one way out for all commands.

What a server sent may hold anything. Text for people goes through `safe`, which
leaves no control character in it, and is never read as markup; JSON is written
in ASCII.
"""

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, TypeVar

import typer
from rich.console import Console, RenderableType
from rich.progress import track
from rich.table import Table
from rich.text import Text

_T = TypeVar("_T")

MAX_SHOWN: Final = 2_000
_UNLIMITED: Final = 100_000


class Refused(ValueError):
    """What was asked for cannot be done; the text says why and what to do, in one line."""


def safe(value: object, limit: int = MAX_SHOWN) -> str:
    """Return a text as one line without control, format and other invisible characters, capped."""
    text = str(value)
    text = text if len(text) <= limit else f"{text[:limit]}... ({len(text)} characters)"
    return " ".join("".join(map(_shown, text)).split())


def _shown(char: str) -> str:
    if char.isprintable():
        return char
    return " " if char.isspace() else "\ufffd"


def safe_lines(value: str) -> str:
    """Return a text without control characters, its lines kept."""
    return "\n".join("".join(map(_shown, line)) for line in value.splitlines())


def show(*parts: RenderableType) -> None:
    """Print for people; in colours on a terminal, unless NO_COLOR is set."""
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:  # whoever reads a pipe or a file wants whole lines
        console.width = _UNLIMITED
    with console.capture() as captured:
        console.print(*parts, sep="\n")
    text = captured.get()
    _write(text if console.is_terminal else _without_padding(text))


def _without_padding(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.split("\n"))


def show_json(value: Any) -> None:
    """Print for programs: one JSON document, in ASCII."""
    # DEL is the one control character in ASCII that JSON need not escape.
    text = json.dumps(value, indent=2, default=str).replace("\x7f", "\\u007f")
    _write(text + "\n")


def show_bytes(data: bytes) -> None:
    """Write bytes as they are; on a terminal as text without control characters."""
    _write(safe_lines(data.decode("utf-8", "replace")) + "\n" if sys.stdout.isatty() else data)


def _write(data: str | bytes) -> None:
    """Write to standard output; a reader that has seen enough and went away ends the program, quietly."""
    try:
        if isinstance(data, bytes):
            sys.stdout.buffer.write(data)
        else:
            sys.stdout.write(data)
        sys.stdout.flush()
    except BrokenPipeError:
        # What is left in the buffer is written at exit: to nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit from None


def remark(text: str) -> None:
    """Print one line beside the output, on stderr."""
    print(safe(text), file=sys.stderr)  # noqa: T201 - one line, without decoration


def heading(text: str) -> Text:
    """Return a heading, with an empty line above it."""
    return Text(f"\n{safe(text)}", style="bold")


def pairs(rows: Iterable[tuple[str, str]]) -> Table:
    """Return names and values in two columns."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="cyan", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(Text(f"  {safe(name)}"), Text(safe(value)))
    return grid


def table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> Table:
    """Return a table with a head."""
    made = Table(box=None, header_style="cyan", padding=(0, 2, 0, 0), pad_edge=False)
    made.add_column("")
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row("", *(Text(safe(cell)) for cell in row))
    return made


def progress(items: Sequence[_T], text: str) -> Iterator[_T]:
    """Yield items while a bar on stderr, on a terminal, shows how far this is."""
    console = Console(stderr=True)
    yield from track(items, text, console=console, transient=True, disable=not console.is_terminal)
