"""Tolerant decoding and fitting: what is not as declared is converted or kept aside, and said."""

from typing import Any

import pytest

from errata import Finding, RawResponse
from errata._body import Document, Wire


class Part(Wire):
    """A part of the body below."""

    name: str | None = None
    size: int | None = None


class Whole(Wire):
    """A body with a member of each type."""

    text: str | None = None
    count: int | None = None
    ratio: float | None = None
    flag: bool | None = None
    parts: list[Part] | None = None
    table: dict[str, list[str]] | None = None
    either: int | str | None = None


class Strict(Wire):
    """A body with required members."""

    text: str | None
    parts: list[Part]
    inner: Part


def fitted(value: Any, wire_type: type[Any] = Whole) -> tuple[Any, list[str]]:
    """Return a value as a wire type, and the codes of what was odd."""
    doc = Document(RawResponse(400))
    doc.value = value
    wire = doc.fit(wire_type)
    return wire, [finding.code for finding in doc.findings]


@pytest.mark.parametrize(
    ("value", "name", "expected", "codes"),
    [
        ({"text": "a"}, "text", "a", []),
        ({"text": None}, "text", None, []),
        ({"text": 5}, "text", "5", ["wrong-type"]),
        ({"text": 1.5}, "text", "1.5", ["wrong-type"]),
        ({"text": True}, "text", None, ["wrong-type"]),
        ({"text": ["a"]}, "text", None, ["wrong-type"]),
        ({"count": "404"}, "count", 404, ["wrong-type"]),
        ({"count": " 404 "}, "count", 404, ["wrong-type"]),
        ({"count": 404.0}, "count", 404, ["wrong-type"]),
        ({"count": 404.5}, "count", None, ["wrong-type"]),
        ({"count": "404.5"}, "count", None, ["wrong-type"]),
        ({"count": "x"}, "count", None, ["wrong-type"]),
        ({"count": "1_0"}, "count", None, ["wrong-type"]),
        ({"count": "9" * 5000}, "count", None, ["wrong-type"]),
        ({"count": "inf"}, "count", None, ["wrong-type"]),
        ({"count": True}, "count", None, ["wrong-type"]),
        ({"ratio": "2.5"}, "ratio", 2.5, ["wrong-type"]),
        ({"ratio": "nan"}, "ratio", None, ["wrong-type"]),
        ({"ratio": 2}, "ratio", 2.0, []),
        ({"flag": "true"}, "flag", None, ["wrong-type"]),
        ({"either": "a"}, "either", "a", []),
        ({"either": 1}, "either", 1, []),
        ({"parts": {"name": "a"}}, "parts", [Part("a")], ["not-a-list"]),
        ({"parts": [{"name": "a"}, 5, None]}, "parts", [Part("a")], ["wrong-type"]),
        ({"parts": 5}, "parts", None, ["wrong-type"]),
        ({"table": {"a": "x", "b": ["y", 1], "c": {}}}, "table", {"a": ["x"], "b": ["y", "1"]}, ["not-a-list",
        "wrong-type", "wrong-type"]),
        ({" text": "a"}, "text", "a", ["padded-name"]),
        ({" text": "a", "text": "b"}, "text", "b", []),
    ],
)  # fmt: skip
def test_member_of_any_type(value: dict[str, Any], name: str, expected: object, codes: list[str]) -> None:
    """A member is taken as declared, converted where that is safe, else left out; each repair is a finding."""
    wire, found = fitted(value)
    assert (expected, codes) == (getattr(wire, name), found)


def test_what_does_not_fit_is_kept_aside() -> None:
    """Undeclared members, and those of a wrong type, are in `extras`."""
    wire, _ = fitted({"text": ["a"], "more": 1, "count": 2})
    assert (2, {"text": ["a"], "more": 1}) == (wire.count, wire.extras)


@pytest.mark.parametrize("value", [None, [], "x", 5, True, {}])
def test_required_members_are_there(value: object) -> None:
    """Of a value that is no object, the required members are empty."""
    wire, _ = fitted(value, Strict)
    assert (None, [], Part()) == (wire.text, wire.parts, wire.inner)


def test_finding_says_where() -> None:
    """A finding prints with its place."""
    doc = Document(RawResponse(400))
    doc.value = {"parts": [{"size": 1}, {"size": []}]}
    doc.fit(Whole)
    assert ["wrong-type: expected an integer, got a list; the member was kept aside (at parts[1].size)"] == list(
        map(str, doc.findings)
    )
    assert "a: b" == str(Finding("a", "b"))


@pytest.mark.parametrize(
    ("content_type", "body", "form"),
    [
        ("application/json", b'{"a":1}', "json"),
        ("text/plain", b'{"a":1}', "json"),
        ("text/html", b'  \r\n{"a":1}', "json"),
        ("", b"[1]", "json"),
        ("application/json", b'"text"', "json"),
        ("text/plain", b'"text"', "text"),
        ("application/json", b"<html></html>", "html"),
        ("text/html", b"<p>a</p>", "html"),
        ("text/html", b"<?xml version='1.0'?><a/>", "xml"),
        ("", b"<!DOCTYPE HTML PUBLIC '-//W3C//DTD HTML 4.01//EN'><p>a", "html"),
        ("", b"<a/>", "xml"),
        ("", b"<a", "text"),
        ("application/json", b"oops", "text"),
        ("application/json", b"", "empty"),
        ("application/json", b" \n", "empty"),
    ],
)
def test_form_goes_by_the_body(content_type: str, body: bytes, form: str) -> None:
    """What a body is, its own start tells; the label only helps where that is not enough."""
    assert form == Document(RawResponse(400, {"content-type": content_type}, body)).form
