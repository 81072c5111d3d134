"""`errata describe`: check a format of one's own, and show what it says."""

from typing import Annotated, Any

import typer
from rich.text import Text

from errata import Dialect, Problem, Violation, losses, render
from errata.cli import _options as options
from errata.cli import _words as words
from errata.cli._input import dialect_named
from errata.cli._output import Refused, heading, pairs, safe, show, show_json, table
from errata.cli.translate import transcript
from errata.dialects.described import members_of
from errata.testing import KitError, check_dialect

_SAMPLE = Problem(
    status=422,
    code="ORDER_INVALID",
    title="The order is not valid",
    detail="Line 2 has no quantity",
    violations=(Violation(path=("lines", 1, "quantity"), location="body", detail="is missing", code="required"),),
    trace_id="0af7651916cd43dd8448eb211c80319c",
)


def describe(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The TOML file that describes a format, or a dialect.")],
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of what it writes.")] = False,
    as_json: options.Json = False,
) -> None:
    """Check a format of one's own, and show its members, its evidence and a sample.

    Runs the laws that every dialect keeps: reading any bytes, writing any problem,
    and nothing changed by a second pass.
    """
    dialect = dialect_named(file)
    try:
        check_dialect(dialect)
    except KitError as error:
        raise Refused(f"{error}; change the template so that reading gives back what was written") from None
    if schema:
        _show_schema(dialect)
    elif as_json:
        show_json({**words.dialect_row(dialect), "evidence": _evidence(dialect), "members": _members(dialect)})
    else:
        _print(dialect)


def _show_schema(dialect: Dialect) -> None:
    schema = dialect.schema()
    if schema is None:
        raise Refused(f"{dialect.name} has no JSON Schema, for it is not JSON; leave out --schema")
    show_json(schema)


def _evidence(dialect: Dialect) -> list[list[str]]:
    return [words.conditions(dialect, signature) for signature in dialect.signatures]


def _members(dialect: Dialect) -> list[dict[str, Any]]:
    names = ("path", "type", "always", "holds")
    return [dict(zip(names, row, strict=True)) for row in members_of(dialect)]


def _print(dialect: Dialect) -> None:
    show(Text(safe(f"{dialect.name}: {dialect.title}"), style="bold"))
    show(pairs([("source", dialect.source), ("media types", ", ".join(dialect.media_types))]))
    if rows := _members(dialect):
        cells = ((r["path"], r["type"], "yes" if r["always"] else "when there is one", r["holds"]) for r in rows)
        show(heading("Members"), table(("member", "type", "there", "holds"), cells))
    show(heading("Evidence"), *(Text("  " + safe(", ".join(each))) for each in _evidence(dialect)))
    show(heading("Sample"), Text(transcript(render(_SAMPLE, dialect)).decode("utf-8", "replace").replace("\r", "")))
    show(heading("Lost of it"), Text("  " + (", ".join(losses(_SAMPLE, dialect)) or "nothing")))
    show(Text("\nKeeps the laws of a dialect.", style="green"))
