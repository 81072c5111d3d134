"""The generic reader: what the usual member names tell of bodies that no dialect claims."""

import json
from typing import Any

import pytest
from hypothesis import given

from errata import Problem, RawResponse, Violation, read
from errata._body import Document
from errata._read import read_generic
from errata.testing.strategies import responses


def guess(body: object, media_type: str = "application/json", status: int = 400) -> tuple[Problem, list[str]]:
    """Return what is guessed of a body, and the codes of the findings."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    doc = Document(RawResponse(status, {"content-type": media_type}, raw))
    problem = read_generic(doc)
    return problem, [finding.code for finding in doc.findings]


@pytest.mark.parametrize(
    ("body", "code", "detail"),
    [
        ({"message": "no"}, None, "no"),
        ({"Message": "no", "ErrorCode": "E7"}, "E7", "no"),
        ({"error_message": "no", "error-code": 12}, "12", "no"),
        ({"error": {"code": 7, "message": "no"}}, "7", "no"),
        ({"error": {"type": "card_error", "message": "no", "param": "x"}}, "card_error", "no"),
        ({"error": "invalid_grant", "error_description": "no"}, "invalid_grant", "no"),
        ({"error": "no such bed"}, None, "no such bed"),
        ({"errors": [{"code": "a", "detail": "no"}, {"code": "b", "detail": "nor"}]}, "a", "no"),
        ({"errors": ["no", "nor"]}, None, "no; nor"),
        ({"message": ["no", "nor"]}, None, "no; nor"),
        ([{"errorCode": "X", "message": "no"}], "X", "no"),
        (["no", "nor"], None, "no; nor"),
        ("no", None, "no"),
        ({"fault": {"faultstring": "no", "detail": {"errorcode": "steps.Quota"}}}, "steps.Quota", "no"),
        ({"_status": "ERR", "_error": {"code": 422, "message": "no"}, "_issues": {"bed": "required"}}, "422", "no"),
        ({"ResponseStatus": {"ErrorCode": "Gone", "Message": "no", "Errors": []}}, "Gone", "no"),
        ({"meta": {"code": 5, "error_detail": "no"}, "response": {}}, "5", "no"),
        ({"outer": {"exception_message": "no"}}, None, "no"),
        ({"why": "no"}, None, "no"),
        ({"message": "no", "code": True, "error": 7}, "7", "no"),
        ({"message": "  ", "detail": None, "error": "no bed"}, None, "no bed"),
        (b"<Fault><Code>Gone</Code><Message>no</Message></Fault>", "Gone", "no"),
        (b'<fault code="gone">no</fault>', "gone", "no"),
        (b"<e><fault><code>gone</code><message>no</message></fault></e>", "gone", "no"),
    ],
)
def test_text_and_code_are_found_whatever_the_envelope(body: object, code: str | None, detail: str) -> None:
    """Text and code are taken from where envelopes have them, and the findings say that it is guessed."""
    problem, findings = guess(body, "application/xml" if isinstance(body, bytes) else "application/json")
    assert (code, detail) == (problem.code, problem.detail)
    assert ["guessed"] == findings


def test_ids_hints_and_the_whole_body_are_kept() -> None:
    """Ids, help and delays are found, and all of the body is kept."""
    body = {"message": "no", "requestId": "r1", "retry_after": 3, "documentation_url": "https://e.example/h", "n": 1}
    problem, _ = guess(body)
    assert ("r1", 3.0, "https://e.example/h") == (problem.trace_id, problem.retry_after, problem.help)
    assert body == problem.extensions


@pytest.mark.parametrize(
    ("member", "value", "seconds"),
    [
        ("retry_after_ms", 1500, 1.5),
        ("retryAfter", 2, 2.0),
        ("Retry-After", 0, 0.0),
        ("retry", True, None),
        ("retry_after", -1, None),
        ("retry_after", "soon", None),
    ],
)
def test_delays_are_in_seconds(member: str, value: object, seconds: float | None) -> None:
    """A delay is a number that is not negative, in the unit of its name."""
    assert seconds == guess({"message": "no", member: value})[0].retry_after


@pytest.mark.parametrize(
    "body",
    [
        {"errors": {"bed.row": ["bad"]}},
        {"errors": {"bed.row": "bad"}},
        {"fields": {"bed[row]": "bad"}},
        {"details": [{"field": "bed.row", "message": "bad"}, {"note": 1}, 5]},
        {"detail": [{"loc": ["bed", "row"], "msg": "bad"}]},
        {"message": "no", "issues": [{"path": ["bed", "row"], "message": "bad"}]},
        {"errors": [{"source": {"pointer": "/bed/row"}, "detail": "bad"}]},
        {"error": {"message": "no", "violations": [{"propertyPath": "bed.row", "title": "bad"}]}},
        {"invalid-params": [{"name": "bed.row", "reason": "bad"}]},
        {"ModelState": {"bed.row": ["bad"]}},
    ],
)
def test_field_failures_are_found_in_every_shape(body: object) -> None:
    """Failures by field are found as maps and as lists of objects with a place."""
    (violation,) = guess(body)[0].violations
    assert Violation(path=("bed", "row"), detail="bad") == violation


def test_a_failure_has_its_check_and_its_part_of_the_request() -> None:
    """The check that failed and the part of the request are taken when they are named."""
    problem, _ = guess({"errors": [{"in": "query", "name": "page", "msg": "no number", "rule": "integer"}]})
    assert (Violation(path=("page",), location="query", detail="no number", code="integer"),) == problem.violations


def test_the_text_of_the_whole_stands_before_that_of_a_field() -> None:
    """With a text of its own, a body's detail is not that of its first field failure."""
    problem, _ = guess({"message": "not valid", "errors": [{"field": "bed", "message": "is missing"}]})
    assert "not valid" == problem.detail
    assert "is missing" == problem.violations[0].detail


def test_stack_traces_are_left_out() -> None:
    """What a server in debug mode tells about itself is not passed on."""
    body: dict[str, Any] = {"message": "no", "stack": "at f (/srv/a.js:1)", "inner": {"stackTrace": "x", "a": 1}}
    problem, findings = guess(body)
    assert {"message": "no", "inner": {"a": 1}} == problem.extensions
    assert {"guessed", "debug-left-out"} == set(findings)


@pytest.mark.parametrize("body", [{"a": [1, {"b": None}]}, {"items": [], "total": 0}, {}, [], None, 7, True, b""])
def test_nothing_to_find_leaves_the_status(body: object) -> None:
    """A body without any usual name gives the status alone, and says nothing of guesses."""
    problem, findings = guess(body)
    assert (None, None, ()) == (problem.code, problem.detail, problem.violations)
    assert [] == findings


def test_text_is_one_line_and_cut() -> None:
    """A plain text is the detail, in one line, cut at a limit."""
    problem, _ = guess(b"upstream \n connect error" + b" x" * 5000, "text/plain")
    assert (problem.detail or "").startswith("upstream connect error x")
    assert len(problem.detail or "") <= 500


def test_deep_and_wide_bodies_take_bounded_work() -> None:
    """Objects inside of objects are looked at up to a depth and a number."""
    deep: dict[str, Any] = {"message": "too deep"}
    for _ in range(30):
        deep = {"error": deep}
    assert None is guess(deep)[0].detail
    wide = {f"m{n}": {"x": {"message": "no"}} for n in range(200)}
    assert None is guess(wide)[0].detail


@given(raw=responses())
def test_any_response_is_guessed(raw: RawResponse) -> None:
    """Whatever the bytes are, there is a problem, and its values are of the model's types."""
    problem = read_generic(Document(raw))
    assert problem == Problem.from_dict(problem.to_dict())


def test_a_body_of_no_dialect_is_guessed() -> None:
    """Reading falls back to guessing, and names no dialect."""
    reading = read(
        RawResponse(400, {"content-type": "application/json"}, b'{"resultMessage": "no", "resultCode": "E7"}')
    )
    assert (None, "E7", "no") == (reading.dialect, reading.problem.code, reading.problem.detail)
