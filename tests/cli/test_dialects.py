import json

from typer.testing import CliRunner

from errata.cli._app import app
from errata.dialects import BUILTIN


def test_every_dialect_is_listed_with_what_it_is() -> None:
    """Name, title, media types, forms read, formats written, and the source."""
    rows = {row["name"]: row for row in json.loads(CliRunner().invoke(app, ["dialects", "--json"]).stdout)}
    assert list(BUILTIN) == [name for name in rows if name in BUILTIN]
    assert {
        "name": "netmri",
        "title": "Infoblox NetMRI API: namespaced codes as JSON, ExtJS or XML",
        "source": "Infoblox NetMRI API, standard error codes",
        "media_types": ["application/json", "application/xml"],
        "reads": ["json", "xml"],
        "writes": ["json", "xml", "extjs"],
    } == rows["netmri"]
    assert ["application/problem+json"] == rows["problem"]["media_types"]
    assert all(row["title"] and row["source"] and row["writes"] for row in rows.values())


def test_the_table_holds_the_same_rows() -> None:
    """One line for each dialect, below the names of the columns."""
    lines = CliRunner().invoke(app, ["dialects"]).stdout.splitlines()
    assert ["name", "title", "media", "types", "reads", "writes", "source"] == lines[0].split()
    names = [line.split()[0] for line in lines[1:]]
    assert list(BUILTIN) == [name for name in names if name in BUILTIN]
