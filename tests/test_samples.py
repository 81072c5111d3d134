import json
import re
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errata import Finding, RawResponse, Violation, read
from errata._body import CHARSETS
from errata.samples import MAX_TEXT, SampleReading, assume_status, import_catalog, lint_prose, read_sample

SAMPLES = Path(__file__).parent / "samples"


def sample(name: str) -> str:
    """Return the text of a sample."""
    return (SAMPLES / f"{name}.txt").read_text("utf-8")


def rules(found: SampleReading | tuple[Finding, ...]) -> list[str]:
    """Return the codes of all findings, each once, in order."""
    findings = found.findings if isinstance(found, SampleReading) else found
    return list(dict.fromkeys(finding.code for finding in findings))


# ---- transcripts ----


@pytest.mark.req("A15")
def test_a_length_that_fits_no_way_of_counting_is_reported() -> None:
    """The field says 132, the printed body has 134 bytes and 121 without its white space."""
    found = read_sample(sample("axway-transcript"))
    texts = [finding.detail for finding in found.findings if finding.code == "content-length"]
    assert ["the field says '132', the body as printed has 134 bytes"] == texts


@pytest.mark.req("A15")
@pytest.mark.parametrize("length", ["134", "135", "136", "121"])
def test_a_length_with_line_end_or_without_white_space_is_right(length: str) -> None:
    """Samples are printed with white space that was not sent; no other difference is."""
    text = sample("axway-transcript").replace("Content-Length: 132", f"Content-Length: {length}")
    assert "content-length" not in rules(read_sample(text))


@pytest.mark.req("A16")
def test_a_weekday_that_does_not_fit_the_date_is_reported() -> None:
    """The problem is read all the same."""
    found = read_sample(sample("axway-transcript"))
    assert ["content-length", "date-weekday"] == rules(found)
    assert (403, "ACCESS_DENIED", "axway") == (found.problem.status, found.problem.code, found.dialect)
    assert "dc8a785d4e41fe925fb204f9" == found.problem.trace_id


@pytest.mark.req("A16")
@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Sat, 10 Aug 2019 05:49:16 GMT", []),
        ("10 Aug 2019 05:49:16 GMT", []),
        ("Sun, 10 Aug 2019 05:49:16 GMT", ["date-weekday"]),
        ("the day before yesterday", ["bad-date"]),
        ("Wed, 99 Aug 99999999999999999999 05:49:16 GMT", ["bad-date"]),
    ],
)
def test_dates_are_compared_with_the_calendar(date: str, expected: list[str]) -> None:
    """Only a wrong weekday and what is no date are findings."""
    assert expected == rules(read_sample(f"HTTP/1.1 500 No\nDate: {date}\n\n"))


@pytest.mark.req("A17")
def test_the_status_line_outweighs_the_class_in_the_body() -> None:
    """BAD_REQUEST under 403 is a 403, with a finding."""
    found = read_sample(sample("axway-mismatch"))
    assert (403, "BAD_REQUEST", ["status-mismatch"]) == (found.problem.status, found.problem.code, rules(found))
    assert "status-mismatch" not in rules(read_sample(sample("axway-transcript")))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GET /x HTTP/1.1\nHost: a\n\nHTTP/1.1 404 Not Found\n\n{}", []),
        ("HTTP/1.1 404 Not Found\r\nA: b\r\n\r\n{}", []),
        ("HTTP/1.1 404 Not Found\nA: b\n{}", ["missing-blank-line"]),
        ("```http\nHTTP/1.1 404 Not Found\n\n{}\n```", []),
        ("* Connected\n> GET /x\n> \n< HTTP/1.1 404 Not Found\n< A: b\n< \n{}\n* Closing", []),
    ],
    ids=["request above", "CRLF", "no blank line", "fence", "curl -v"],
)
def test_transcripts_are_found_in_what_surrounds_them(text: str, expected: list[str]) -> None:
    """A request, a fence and the remarks of curl are no part of the response."""
    found = read_sample(text)
    assert (404, b"{}", expected) == (found.problem.status, found.response.body, rules(found))


# ---- the three ways to break JSON that the documents of real systems have ----


@pytest.mark.req("M2", "M26")
def test_unquoted_names_are_read_as_their_strict_form() -> None:
    """A strict parser refuses the sample; mended, it is the same as the strict one."""
    text = sample("telecomx-unquoted")
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)
    strict = json.loads(re.sub(r"(\w+):", r'"\1":', text))
    found = read_sample(text)
    assert strict == json.loads(found.response.body)
    assert read_sample(json.dumps(strict)).problem == found.problem
    assert ["unquoted-name"] * 4 == [finding.code for finding in found.findings]
    assert (404, "mvnoAccount", "mvno") == (found.problem.status, found.problem.code, found.dialect)


@pytest.mark.req("M27")
def test_padded_names_are_trimmed_and_reported() -> None:
    """The text below `" message"` is found, and the place of the repair is named."""
    found = read_sample(sample("telecomx-padded"))
    padded = Finding("padded-name", "the name ' message' has outer blanks", "error.inner[2].message")
    assert (padded,) == found.findings
    assert ["User not found", "Invalid street", "Zip is missing"] == [v.detail for v in found.problem.violations]


@pytest.mark.req("M27")
def test_a_padded_name_does_not_replace_the_exact_one() -> None:
    """Where both are there, the exact one counts and the other one stays as it is."""
    found = read_sample('{"code": "A_B", "message": "right", " message": "wrong"}', 400)
    assert {"code": "A_B", "message": "right", " message": "wrong"} == json.loads(found.response.body)
    assert () == found.repairs


VIOLATIONS = (
    Violation(path=("short_name",), detail="is already taken"),
    Violation(path=("short_name",), detail="must be 12 or fewer characters"),
    Violation(path=("name",), detail="is too long"),
)


@pytest.mark.req("N8", "N20")
def test_the_worst_json_sample_is_read_whole() -> None:
    """A glued label, wraps, three kinds of quotes, unquoted names: all failures and their fields are there."""
    found = read_sample(sample("netmri-json"))
    assert ("netmri", "general/validation-failed", 400) == (found.dialect, found.problem.code, found.problem.status)
    assert "The policy could not be created." == found.problem.detail
    assert VIOLATIONS == found.problem.violations
    assert {
        "leading-text", "wrapped-code", "wrapped-text", "unquoted-name", "single-quotes", "typographic-quotes",
        "not-a-list",
    } == set(rules(found))  # fmt: skip


@pytest.mark.req("N20")
def test_the_extjs_sample_is_read_whole() -> None:
    """A no-break space behind a name, single quotes and wraps leave two messages."""
    found = read_sample(sample("netmri-extjs"))
    assert ["Short name is already taken", "Name is too long"] == json.loads(found.response.body)["messages"]
    assert {"no-break-space", "single-quotes", "wrapped-text", "inferred-code"} == set(rules(found))


@pytest.mark.req("N19")
def test_the_xml_sample_says_the_same_as_the_json_one() -> None:
    """Wrapped texts are joined by blanks, the wrapped code by nothing."""
    found = read_sample(sample("netmri-xml"))
    assert ["wrapped-code", "wrapped-text"] == rules(found)
    assert read_sample(sample("netmri-json")).problem == found.problem


@pytest.mark.req("N19")
@pytest.mark.parametrize(
    "broken",
    [
        '{"error": "general/validation\n-failed", "message": "m"}',
        '{"error": "general/validati\n   on-failed", "message": "m"}',
        "<response><error>general/\nvalidation-\nfailed</error><message>m</message></response>",
    ],
    ids=["before the hyphen", "inside a word", "twice"],
)
def test_broken_codes_are_one_token(broken: str) -> None:
    """Three broken spellings give the same code, each with one finding."""
    found = read_sample(broken, 400)
    assert ("general/validation-failed", ["wrapped-code"]) == (found.problem.code, rules(found))


def test_a_missing_comma_and_wraps_are_mended_together() -> None:
    """The comma missing behind a wrapped text does not swallow the next member."""
    found = read_sample(sample("netmri-in-use"), 409)
    assert ["wrapped-text", "missing-comma"] == rules(found)
    assert "A job is already running against this device." == found.problem.detail
    assert (60.0, "device", "53534634") == (
        found.problem.retry_after,
        found.problem.resource and found.problem.resource.type,
        found.problem.resource and found.problem.resource.id,
    )


@pytest.mark.req("N20")
@pytest.mark.parametrize(
    ("rule", "strict"),
    [
        ("unquoted-name", {"error": "security/access-denied", "message": "no"}),
        ("single-quotes", {"error": "security/access-denied", "message": "it isn't yours, it's theirs"}),
        ("typographic-quotes", {"error": "security/access-denied", "message": "no"}),
        ("no-break-space", {"success": False, "messages": ["Name is too long"]}),
        (
            "missing-comma",
            {
                "error": "general/resource-in-use",
                "message": "A job is already running against this device.",
                "retry": 60,
            },
        ),
    ],
)
def test_each_slip_in_json_is_mended_and_named(rule: str, strict: object) -> None:
    """One fixture for each rule: it gives that finding alone, and the strict value."""
    found = read_sample(sample(f"slip-{rule}"), 403)
    assert {rule} == {finding.code for finding in found.repairs}
    assert strict == json.loads(found.response.body)
    assert "netmri" == found.dialect


@pytest.mark.req("N20")
def test_a_declaration_without_its_first_character_is_mended_and_named() -> None:
    """The sixth slip: an XML declaration that lacks its `<`."""
    found = read_sample(sample("slip-xml-declaration"), 409)
    assert (["xml-declaration"], "netmri") == (rules(found), found.dialect)
    assert found.response.body.startswith(b"<?xml ")
    assert ("general/resource-in-use", "busy") == (found.problem.code, found.problem.detail)


# ---- more slips ----


@pytest.mark.parametrize(
    ("text", "rule", "strict"),
    [
        ('{"a": 1,}', "extra-comma", {"a": 1}),
        ('{"a": 1, "b": 2 // why\n}', "comment", {"a": 1, "b": 2}),
        ('{"a": 1, /* "b": 2 */ "c": [1, # x\n2]}', "comment", {"a": 1, "c": [1, 2]}),
        ('{"a": None, "b": True, "c": undefined}', "foreign-literal", {"a": None, "b": True, "c": None}),
        ('{"a": <id value>, "b": "<text>"}', "placeholder", {"a": None, "b": "<text>"}),
        ('{"a": [<list of texts>], "b": 1, ...}', "placeholder", {"a": [], "b": 1}),
        ("[{'a': 1}, ..., {'a': 9}]", "placeholder", [{"a": 1}, {"a": 9}]),
        ('{"a": "\t\\d"}', "control-character", {"a": "\t\\d"}),
        ('{"a": "x\\d"}', "bad-escape", {"a": "x\\d"}),
        ('{"a": {"b": [1, 2', "unclosed", {"a": {"b": [1, 2]}}),
        ('{"a": "b', "unclosed-string", {"a": "b"}),
        ('{"a": 1} and so on', "trailing-text", {"a": 1}),
        ('The answer is {"a": 1}', "leading-text", {"a": 1}),
        ('{"a": "say "hi" to them", "b": 2}', "repaired-structure", {"a": 'say "hi" to them', "b": 2}),
        ('{"a" 1, "b" ["c"]}', "missing-colon", {"a": 1, "b": ["c"]}),
        ('["a" "b"]', "missing-comma", ["a", "b"]),
        ("{'a': 'b'\n'c': 'd'\ne: 1}", "missing-comma", {"a": "b", "c": "d", "e": 1}),
        ('{"a": "x\u201cy\u201dz"}', None, {"a": "x\u201cy\u201dz"}),
        ('{"a": "no\u00a0break"}', None, {"a": "no\u00a0break"}),
        ("\ufeff \n{}", None, {}),
    ],
)
def test_other_slips_are_mended_and_named(text: str, rule: str | None, strict: object) -> None:
    """What no real system's document shows, but others do; typography inside a string is its own."""
    found = read_sample(text, 400)
    assert strict == json.loads(found.response.body)
    assert (rule is None and not found.repairs) or rule in [finding.code for finding in found.repairs]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("<a><b>Terms & more</b></a>", "bare-ampersand"),
        ("<a b=\u201cc\u201d><b>x</b></a>", "typographic-quotes"),
        ('<a\u00a0b="c"><b>x</b></a>', "no-break-space"),
        ("<a><b>x</b></a> and so on", "trailing-text"),
    ],
)
def test_other_slips_in_xml_are_mended_and_named(text: str, rule: str) -> None:
    """The result is well-formed: reading it again finds nothing more to mend."""
    found = read_sample(text, 400)
    assert [rule] == [finding.code for finding in found.repairs]
    assert () == read_sample(found.response.body.decode(), 400).repairs


def test_declared_encodings_are_kept() -> None:
    """A document that declares Latin-1 is sent in Latin-1, so that its reader finds the right letters."""
    declaration = '<?xml version="1.0" encoding="ISO-8859-1"?>'
    text = declaration + "<response><error>a/b</error><message>M\u00f8ller \u2014</message></response>"
    assert "M\u00f8ller \u2014" == read_sample(text, 400).problem.detail
    head = "HTTP/1.1 400 No\ncontent-type: application/json; charset=iso-8859-1\n\n"
    assert "M\u00f8ller" == read_sample(head + '{"code": "BAD_REQUEST", "message": "M\u00f8ller"}').problem.detail


@pytest.mark.parametrize("charset", [*sorted(CHARSETS), "punycode", "hex", "no such", "\x00", ""])
@pytest.mark.parametrize("body", ['{"code": "A", "message": "M\u00f8\ud800"}', "<a><b>\u00f8\ud800</b></a>"])
def test_any_charset_is_survived(charset: str, body: str) -> None:
    """Those that are unknown, missing, or do more than decode are read as UTF-8."""
    head = f"HTTP/1.1 400 No\ncontent-type: application/json; charset={charset}\n\n"
    assert 400 == read_sample(head + body).problem.status
    declared = f'<?xml version="1.0" encoding="{charset}"?><a><b>\u00f8</b></a>'
    assert 400 == read_sample(declared, 400).problem.status


@pytest.mark.parametrize(
    "text",
    [
        "<response><error>a</response>",
        '<!DOCTYPE x [<!ENTITY a "b">]><response><error>&a;</error></response>',
        "{(((((((",
        "{" * 200,
        '["a" ' + "x" * 5_000,
    ],
    ids=["not closed", "entity", "no structure", "too deep", "too broken"],
)
def test_what_cannot_be_mended_is_said_and_left_alone(text: str) -> None:
    """There is a finding, and the body is the text as it was."""
    found = read_sample(text, 400)
    assert {"unreadable", "too-deep", "too-broken"} & set(rules(found))
    assert text == found.response.body.decode()
    assert 400 == found.problem.status


def test_a_web_page_is_left_alone() -> None:
    """HTML is no broken XML."""
    found = read_sample("<html><body><h1>502 Bad Gateway</h1><br></body></html>", 502)
    assert ("html", ()) == (found.dialect, found.repairs)


# ---- prose ----


@pytest.mark.req("A19")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The user is not is not allowed to do this.", ["'is not is not' looks like a slip"]),
        ("The delay is be given, if known.", ["'is be' looks like a slip"]),
        ("Give the the id.", ["'the the' looks like a slip"]),
        ("He said that that had had no effect.", []),
        ("No. No! It is. Is it?", []),
        ("| code | code |\nvalue\nvalue", []),
    ],
)
def test_doubled_words_are_findings_of_the_linter(text: str, expected: list[str]) -> None:
    """Repeated words in one breath are slips; cells, sentences and good English are not."""
    assert expected == [finding.detail for finding in lint_prose(text)]
    assert set(rules(lint_prose(text))) <= {"doubled-word"}


@pytest.mark.req("A19")
def test_doubled_words_change_nothing_in_how_an_error_is_read() -> None:
    """The text of a problem is kept as it is, with the finding."""
    body = {"code": "ACCESS_DENIED", "message": "This is not is not allowed."}
    found = read_sample(json.dumps(body), 403)
    assert ("This is not is not allowed.", ["doubled-word"]) == (found.problem.detail, rules(found))


@pytest.mark.req("P3")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Errors are problem details as of RFC 7231.", ["7231"]),
        ("Problem-details (rfc-2616) are used.", ["2616"]),
        ("Errors are problem details as of RFC 7807.", []),
        ("Problem details (RFC 9457) with the statuses of RFC 9110.", []),
        ("Statuses are those of RFC 7231. Errors are problem details.", []),
    ],
)
def test_problem_details_ascribed_to_another_rfc_are_reported(text: str, expected: list[str]) -> None:
    """The right RFC is named; citing other RFCs for other things is fine."""
    findings = lint_prose(text)
    assert expected == [finding.detail.rpartition("RFC ")[2] for finding in findings]
    assert all("RFC 9457" in finding.detail and finding.code == "cited-rfc" for finding in findings)


@pytest.mark.req("P3")
def test_prose_given_as_a_sample_is_linted() -> None:
    """A text that holds no response is plain text, with the findings on its prose."""
    found = read_sample("Errors are problem details according to the RFC 7231.", 400)
    assert ["cited-rfc"] == rules(found.repairs)


# ---- the status of a body that stands alone ----


@pytest.mark.parametrize(
    ("text", "status", "how"),
    [
        ('{"error":{"code":"userId","message":"m","status":404}}', 404, "was taken from the body"),
        ('{"code":"ACCESS_DENIED","message":"m"}', 403, "is what the code ACCESS_DENIED stands for"),
        ('{"error":"security/authentication-required","message":"m"}', 401, "is the usual one for such an error"),
        ('{"error":"general/resource-in-use","message":"m"}', 400, "was assumed"),
        ('{"errors":[{"errorCode":3001,"message":"m"}]}', 500, "was assumed"),
        ('{"reason":"x","statusCode":418}', 418, "was taken from the body"),
        ('{"reason":"x","statusCode":"9999999999999999999999"}', 500, "was assumed"),
        ('{"reason":"x","statusCode":200}', 500, "was assumed"),
        ("plain words", 500, "was assumed"),
    ],
)
def test_a_missing_status_is_found_or_assumed_and_said(text: str, status: int, how: str) -> None:
    """The body's own, that of its code, the usual one of its kind, 500: and it is said which; it is no finding."""
    found = read_sample(text)
    assert (status, f"no status was given; {status} {how}") == (found.problem.status, found.assumed)
    assert assume_status(RawResponse(500, {}, text.encode())) == (status, found.assumed)
    assert None is read_sample(text, 503).assumed


# ---- what is strict is left alone; everything else is survived ----

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text().map(str.strip), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(st.text().map(str.strip), JSON, max_size=5), st.sampled_from([None, 1]), st.booleans())
def test_strict_json_is_left_alone(value: dict[str, object], indent: int | None, ascii_only: bool) -> None:
    """There is no repair, and the body is the text itself."""
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    found = read_sample(text, 400)
    assert () == tuple(finding for finding in found.repairs if finding.code != "doubled-word")
    assert text.encode() == found.response.body


PIECES = [
    *string.printable, *"\u2018\u2019\u201c\u201d\u00a0\u2026\u0000\u001b\ud800", '"a"', '{"a":', "null", "None", "...",
    "<a>", "</a>", "<!--", "&", "?xml", "HTTP/1.1 404 X\n", "\n\n", "```", "/*", "//", "404Not Found", "3001x",
    "is be ",
]  # fmt: skip


@given(
    st.sampled_from(["", "{", "[", "<a>", "?xml", "HTTP/1.1 404 X\n"]), st.lists(st.sampled_from(PIECES), max_size=60)
)
def test_any_text_has_a_reading(start: str, pieces: list[str]) -> None:
    """Nothing is raised; the status is kept, and what was mended reads the same when it is read as a response."""
    text = start + "".join(pieces)
    found = read_sample(text, 418)
    assert found.problem.status in (404, 418)
    assert read(found.response).problem == found.problem
    lint_prose(text)
    import_catalog(text)


@pytest.mark.parametrize(
    "unit",
    ['"', "'", "{", "[", "}", ",", ":", "<", "\u2018", '"a" ', "/* ", "...", "\\", "&", "x ", "1,", '‘{"a":-', "[```"],
)
@pytest.mark.parametrize("start", ['{"a": ', "<a>"], ids=["json", "xml"])
def test_findings_and_text_are_capped(start: str, unit: str) -> None:
    """A text of any length ends in few findings, and the part beyond the cap is left out."""
    found = read_sample(start + unit * (140_000 // len(unit)), 400)
    assert len(found.repairs) <= 101
    assert len(found.response.body) <= 4 * MAX_TEXT
    assert "too-large" in rules(found) or "more-findings" in rules(found)


# ---- tables ----

ROWS = [line.split("\t") for line in (SAMPLES / "usta-rows.tsv").read_text("utf-8").splitlines()[1:]]
STATUSES = {
    200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
    405: "Method not allowed", 415: "Unsupported Media Type", 500: "Internal Server Error",
}  # fmt: skip


@pytest.mark.req("U21")
def test_the_exported_page_gives_24_codes_and_8_statuses() -> None:
    """Glued columns, a split row, no-break spaces and a banner: code, message and description of each row are right."""
    found = import_catalog(sample("usta-tables"))
    assert ROWS == [[t.code, t.title, t.docs] for t in found.catalog.values()]
    assert (24, STATUSES) == (len(found.catalog), {status: t.title for status, t in found.statuses.items()})
    assert "There is nothing at this address" == found.statuses[404].docs


@pytest.mark.req("U21")
def test_the_artefacts_of_a_page_are_reported() -> None:
    """Each kind of artefact is a finding, and so is what the page leaves open."""
    found = import_catalog(sample("usta-tables"))
    assert [
        "no-break-space", "old-version", "glued-columns", "split-row", "unknown-status", "code-hierarchy",
    ] == rules(found.findings)  # fmt: skip
    assert 8 + 23 == sum(finding.code == "glued-columns" for finding in found.findings)


@pytest.mark.req("U21")
def test_codes_that_extend_another_one_are_its_children() -> None:
    """Two more digits and a text that goes on from the parent's make the hierarchy."""
    catalog = import_catalog(sample("usta-tables")).catalog
    assert 2 == catalog.suffix
    parents = {t.code: t.parent for t in catalog.values() if t.parent}
    assert {"200601": "entity-saving-error", "200602": "entity-saving-error"} == parents


def test_tables_with_marks_between_columns_are_read_alike() -> None:
    """The same rows with tabs, bars or wide gaps give the same catalog."""
    expected = import_catalog(sample("usta-tables")).catalog
    for separate in ("\t".join, " | ".join, "   ".join):
        text = "\n".join(separate(row) for row in ROWS)
        found = import_catalog(text)
        assert list(expected.values()) == list(found.catalog.values())
        assert "glued-columns" not in rules(found.findings)
    bars = "\n".join(f"| {' | '.join(row)} |" for row in ROWS)
    assert list(expected.values()) == list(import_catalog(bars).catalog.values())


@pytest.mark.parametrize(
    ("row", "message", "description"),
    [
        (
            "invalid errorCode valueThe value of errorCode is wrong.",
            "invalid errorCode value",
            "The value of errorCode is wrong.",
        ),
        ("invalid JSONThe body is not JSON.", "invalid JSON", "The body is not JSON."),
        ("too many rows (50)No more than 50.", "too many rows (50)", "No more than 50."),
        ("nothing more is said", "nothing more is said", ""),
    ],
)
def test_glued_columns_are_told_apart_by_what_they_say(row: str, message: str, description: str) -> None:
    """A name in camel case is not where the description starts; without a place, the row stays whole."""
    found = import_catalog(f"7001{row}\n7002locked\n\nThe member errorCode holds the number.\n")
    first = next(iter(found.catalog.values()))
    assert (message, description) == (first.title, first.docs)


def test_numbers_in_prose_are_no_rows() -> None:
    """A year, a date or an amount at the start of a line does not make a code."""
    text = "2019 was a year.\n\n2019-03-28\n\n3000ms is long.\n\n2024\n\nPage 404\n\n500 is bad.\n"
    found = import_catalog(text)
    assert (0, {}) == (len(found.catalog), found.statuses)


def test_rows_that_come_twice_count_once() -> None:
    """The first row of a code counts, the second one is a finding; equal messages get names of their own."""
    found = import_catalog("3001goneIt is gone.\n3002goneIt went.\n3001otherIt is other.\n")
    assert {"gone": "3001", "gone-3002": "3002"} == {name: t.code for name, t in found.catalog.items()}
    assert "repeated-row" in rules(found.findings)
