"""`errata dialects`: the wire formats that errata reads and writes."""

from errata._read import builtin_registry
from errata.cli import _options as options
from errata.cli import _words as words
from errata.cli._output import show, show_json, table


def dialects(as_json: options.Json = False) -> None:
    """List the dialects that errata reads and writes.

    For each: its media types, the forms in which it is recognised, the formats in
    which it is written, and where it is defined.
    """
    rows = [words.dialect_row(dialect) for dialect in builtin_registry()]
    if as_json:
        show_json(rows)
    else:
        columns = ("name", "title", "media_types", "reads", "writes", "source")
        cells = ([", ".join(row[c]) or "-" if isinstance(row[c], list) else row[c] for c in columns] for row in rows)
        show(table((c.replace("_", " ") for c in columns), cells))
