"""The options that several commands share."""

from typing import Annotated

import typer

from errata.dialects import BUILTIN


def _dialect_names(incomplete: str) -> list[str]:
    return [name for name in BUILTIN if name.startswith(incomplete)]


File = Annotated[
    str | None, typer.Argument(metavar="FILE", help="What to read; standard input when it is - or left out.")
]
Status = Annotated[
    int | None,
    typer.Option(min=100, max=999, metavar="N", help="The HTTP status, for a body that stands alone."),
]
Header = Annotated[
    list[str] | None, typer.Option(metavar="'NAME: VALUE'", help="A header field; may be given several times.")
]
Dialect = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Read it as this dialect, without detection; or a TOML file that describes one.",
        autocompletion=_dialect_names,
    ),
]
From = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="NAME",
        help="Read it as this dialect, without detection; or a TOML file that describes one.",
        autocompletion=_dialect_names,
    ),
]
To = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="The dialect to translate to; or a TOML file that describes one.",
        autocompletion=_dialect_names,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
