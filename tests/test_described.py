"""Formats of one's own, described in TOML: read, written, detected, and told what is wrong with them."""

from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from errata import Catalog, Contract, Dialect, Problem, RawResponse, Request, Violation, read, render
from errata._body import Document
from errata._dialect import Registry
from errata.dialects import load
from errata.dialects.described import DescriptionError, dialect_from_toml, load_dialect, members_of
from errata.testing import check_dialect
from errata.testing._kit import check_fixed_point, check_total, check_written
from errata.testing.strategies import problems, responses

FOLDER = Path(__file__).parent / "described"
FILES = sorted(FOLDER.glob("*.toml"))
DESCRIBED = {path.stem: load_dialect(path) for path in FILES}
TAKEN = Problem(
    status=409,
    code="17",
    detail="Bed 3 is taken",
    trace_id="t1",
    violations=(Violation(path=("bed", 0), detail="is taken"),),
    extensions={"bed": 3},
)


@pytest.mark.parametrize("name", DESCRIBED)
def test_described_format_keeps_the_laws(name: str) -> None:
    """A described format passes the kit that every dialect passes."""
    check_dialect(DESCRIBED[name])


@pytest.mark.parametrize("name", DESCRIBED)
@given(problem=problems(), raw=responses())
def test_any_problem_and_any_response(name: str, problem: Problem, raw: RawResponse) -> None:
    """Generated problems are written and come back the same; generated responses are read."""
    dialect = DESCRIBED[name]
    check_written(dialect, problem, dialect.formats[0])
    check_fixed_point(dialect, problem, dialect.formats[0])
    check_total(dialect, raw)


@pytest.mark.parametrize("name", DESCRIBED)
@pytest.mark.parametrize("problem", [TAKEN, Problem(status=404, detail="There is no bed 9")])
def test_what_it_writes_is_detected(name: str, problem: Problem) -> None:
    """The evidence comes from the template: what a format writes is recognised, beside all other dialects."""
    dialect = DESCRIBED[name]
    written = render(problem, dialect)
    raw = RawResponse(written.status, {**written.headers, "x-orchard-legacy": "1"}, written.body)
    assert dialect.name == getattr(Registry([*load(), dialect]).detect(Document(raw)), "name", None)


def test_slots_hold_what_they_name() -> None:
    """A template in JSON becomes the body that it shows."""
    written = render(TAKEN, DESCRIBED["envelope"])
    body = {
        "ok": False,
        "error": {
            "id": "17",
            "text": "Bed 3 is taken",
            "http": 409,
            "fields": [{"name": "bed.0", "why": "is taken"}],
        },
        "request": "t1",
        "bed": 3,
    }
    assert (409, body) == (written.status, msgspec.json.decode(written.body))
    assert "t1" == written.headers["x-orchard-request"]
    assert TAKEN == read(written, DESCRIBED["envelope"]).problem


def test_elements_hold_what_they_name() -> None:
    """A template in XML becomes the document that it shows; empty elements are left out."""
    written = render(TAKEN, DESCRIBED["xml"])
    assert (
        b'<?xml version="1.0" encoding="UTF-8"?><failure code="17"><text>Bed 3 is taken</text><http>409</http>'
        b'<fields><field name="bed.0">is taken</field></fields></failure>'
    ) == written.body
    assert TAKEN.violations == read(written, DESCRIBED["xml"]).problem.violations


def test_code_tells_the_status_inside_a_success() -> None:
    """A format that is always sent with 200 gets its status from the code."""
    written = render(TAKEN.replace(violations=()), DESCRIBED["faults"])
    assert 200 == written.status
    problem = read(written, DESCRIBED["faults"]).problem
    assert (409, "aborted", "17", "Bed 3 is taken") == (problem.status, problem.kind, problem.code, problem.detail)


def test_faults_are_violations_when_they_have_places() -> None:
    """Failures with places are violations; the first one's code is the problem's."""
    body = b'{"failures": [{"no": 18, "text": "gone", "at": "/bed/0"}, {"no": 17, "text": "taken"}], "wait": 1500}'
    problem = read(RawResponse(400, {}, body), DESCRIBED["faults"]).problem
    assert ("18", 1.5) == (problem.code, problem.retry_after)
    assert (
        Violation(path=("bed", 0), detail="gone", code="18"),
        Violation(detail="taken", code="17"),
    ) == problem.violations


def test_slot_in_a_header_is_read() -> None:
    """A value that only the header has is found there."""
    raw = RawResponse(409, {"x-orchard-request": "t9"}, b'{"ok": false, "error": {"text": "no"}}')
    assert "t9" == read(raw, DESCRIBED["envelope"]).problem.trace_id


@given(problem=problems(depth=0))
@settings(max_examples=50)
def test_schema_describes_what_is_written(problem: Problem) -> None:
    """The JSON Schema of a description admits every body written."""
    dialect = DESCRIBED["envelope"]
    schema = dialect.schema()
    assert schema is not None
    body = msgspec.json.decode(render(problem.replace(extensions={}), dialect).body)
    Draft202012Validator(schema).validate(body)


def test_server_answers_in_a_described_format() -> None:
    """A contract speaks a described format like any other."""
    contract = Contract(Catalog(()), dialect=DESCRIBED["envelope"])
    answer = contract.respond(KeyError("secret"), Request("GET", "/beds/9"))
    assert 500 == answer.status == msgspec.json.decode(answer.body)["error"]["http"]
    assert b"secret" not in answer.body


def test_members_are_documented() -> None:
    """A description lists its members: path, type, whether it is always there, and what it holds."""
    assert ("error.fields[].rule", "text", False, "violation code") in members_of(DESCRIBED["envelope"])
    assert [] == members_of(load()["problem"])


MINIMAL = 'id = "a-b"\ntitle = "t"\nsource = "s"\n'


def description(template: str, further: str = "") -> str:
    """Return a description with a JSON template that starts on line 4."""
    return f"{MINIMAL}json = '''{template}'''\n{further}"


@pytest.mark.parametrize(
    ("text", "line", "remedy"),
    [
        (description('{\n"a": "{cod}"}'), 5, "use one of: code, status"),
        (description('{\n\n"a": "{detail}",\n"b": "{code:hex}"}'), 7, "use one of: {code}, {code:int}"),
        (description('{"a": "{code}: {detail}"}'), 4, "a slot must be the whole text"),
        (description('{"a": [1, 2]}'), 4, "a list has one item"),
        (description('{"a": ["{violation.path}", "{violation.detail}"]}'), 4, "a list has one item"),
        (description('{"a": 1}'), 4, "has no slot"),
        (description('["{detail}"]'), 4, "must be an object"),
        (description('{"a": "{detail}",\n"a": "{code}"}'), 4, "is there twice"),
        (description('{"a": "{detail}",\n"a?": "{code}"}'), 5, "is there twice"),
        (description('{"a": "{detail}",\n"b" 1}'), 5, "not valid JSON"),
        (description('{"*": "{code}", "a": "{detail}"}'), 4, '"*": "{extensions}"'),
        (description('{"a?": "{detail}"}'), 4, "make a member required"),
        (description('{"a": "{detail}"}', "[htp]\nstatus = 200"), 5, "did you mean http?"),
        (description('{"a": "{detail}"}', '[http]\nmedia = "x"'), 6, "did you mean http.media_type?"),
        (description('{"a": "{detail}"}', '[http]\nstatus = "no"'), 6, "status"),
        (description('{"a": "{detail}"}', '[http]\nheaders = { X-A = "{nope}" }'), 6, "there is no slot"),
        (MINIMAL.replace("a-b", "A B") + "json = '{}'", 1, "lower-case"),
        (MINIMAL, 1, "either json or xml"),
        ('id = "a-b"\nsource = "s"', 1, 'write title = "..."'),
        (MINIMAL + "xml = '<a>'", 4, "not valid XML"),
        (MINIMAL + "xml = '<a><b>{detail}</b><b>{code}</b></a>'", 4, "is there twice"),
    ],
)
def test_faults_of_a_description_name_line_and_remedy(text: str, line: int, remedy: str) -> None:
    """What is wrong with a description is said with the line and what to do."""
    with pytest.raises(DescriptionError) as raised:
        dialect_from_toml(text, "orchard.toml")
    assert str(raised.value).startswith(f"orchard.toml, line {line}: ")
    assert remedy in str(raised.value)


def test_invalid_toml_is_said() -> None:
    """TOML that cannot be read is said with its place."""
    with pytest.raises(DescriptionError, match=r"orchard\.toml: not valid TOML: .*line 1"):
        dialect_from_toml("id = 1 2", "orchard.toml")


@given(st.text(max_size=200) | st.text('{}[]":,.?* \nabviolatndexscr', max_size=60).map(description))
def test_any_text_is_a_description_or_refused(text: str) -> None:
    """Whatever a file holds, it gives a dialect or the one error that there is."""
    with suppress(DescriptionError):
        assert isinstance(dialect_from_toml(text), Dialect)


def test_variable_adds_described_formats(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """The files that ERRATA_DIALECTS lists are loaded; one that cannot be used is left out with a warning."""
    paths = [str(FOLDER / "envelope.toml"), str(FOLDER / "missing.toml")]
    monkeypatch.setenv("ERRATA_DIALECTS", ":".join(paths))
    registry = load()
    assert "orchard" in registry
    assert "missing.toml" in caplog.text
