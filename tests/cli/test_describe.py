"""`errata describe`: formats of one's own, checked and shown; files in place of names everywhere."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

FOLDER = Path(__file__).parents[1] / "described"
ENVELOPE = str(FOLDER / "envelope.toml")
GONE = b"HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\n\r\n"


def test_shows_members_evidence_and_a_sample(errata: Run) -> None:
    """A description is shown with its members, its evidence, a sample and what is lost of it."""
    done = errata("describe", ENVELOPE)
    shown = done.stdout.decode()
    assert (0, b"") == (done.returncode, done.stderr)
    for expected in (
        "error.fields[].why",
        "violation detail",
        "member ok",
        '"id":"ORDER_INVALID"',
        "title",
        "Keeps the",
    ):
        assert expected in shown


def test_json_is_for_programs(errata: Run) -> None:
    """With --json everything is one object."""
    document = json.loads(errata("describe", "--json", ENVELOPE).stdout)
    assert ("orchard", ["json"]) == (document["name"], document["writes"])
    assert {"path": "ok", "type": "boolean", "always": True, "holds": "always False"} in document["members"]
    assert [["member ok False", "member error with id, text, http", "member request"]] == document["evidence"]


def test_schema_is_printed(errata: Run) -> None:
    """With --schema the JSON Schema is printed; what is no JSON has none."""
    assert "$defs" in json.loads(errata("describe", "--schema", ENVELOPE).stdout)
    refused = errata("describe", "--schema", str(FOLDER / "xml.toml"))
    assert (2, b"") == (refused.returncode, refused.stdout)
    assert b"no JSON Schema" in refused.stderr


def test_built_in_dialect_is_described(errata: Run) -> None:
    """A built-in dialect is described by its name."""
    assert b"member errorCode" in errata("describe", "usta").stdout


@pytest.mark.parametrize(
    ("file", "said"),
    [("missing.toml", b"cannot be read"), ("nope", b"unknown dialect"), (str(FOLDER), b"unknown dialect")],
)
def test_what_cannot_be_described_is_refused(errata: Run, file: str, said: bytes) -> None:
    """A file that is not there, or a name that nobody has, is told in one line."""
    done = errata("describe", file)
    assert 2 == done.returncode
    assert said in done.stderr
    assert 1 == done.stderr.count(b"\n")


def test_fault_names_file_and_line(errata: Run, tmp_path: Path) -> None:
    """A fault in a description is told with file, line and remedy."""
    file = tmp_path / "bad.toml"
    file.write_text('id = "bad"\ntitle = "t"\nsource = "s"\njson = \'{"a": "{cod}"}\'\n')
    done = errata("describe", str(file))
    assert 2 == done.returncode
    assert b"bad.toml, line 4: there is no slot" in done.stderr


def test_files_stand_where_names_stand(errata: Run) -> None:
    """A description is translated to, translated from, and read as."""
    written = errata("translate", "--to", ENVELOPE, given=GONE + b'{"code": "ACCESS_DENIED", "message": "no"}')
    assert b'"id":"ACCESS_DENIED"' in written.stdout
    back = errata("translate", "--from", ENVELOPE, "--to", "problem", given=written.stdout)
    assert b'"code":"ACCESS_DENIED"' in back.stdout
    assert b"from orchard to problem" in back.stderr
    explained = errata("explain", "--dialect", ENVELOPE, given=written.stdout)
    assert b"orchard: Orchard Orders API" in explained.stdout


def test_variable_makes_formats_known(errata: Run) -> None:
    """What ERRATA_DIALECTS lists is detected and listed."""
    written = errata("translate", "--to", ENVELOPE, given=GONE + b'{"code": "ACCESS_DENIED", "message": "no"}').stdout
    known = {"ERRATA_DIALECTS": ENVELOPE}
    assert b"orchard: Orchard Orders API" in errata("explain", given=written, env=known).stdout
    assert b"orchard" in errata("dialects", env=known).stdout
