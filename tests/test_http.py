"""The little HTTP: header fields, media types, `Accept`, `Retry-After`, `traceparent`."""

import copy
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errata import RawResponse, Request
from errata._http import (
    Headers,
    RawHeaders,
    clean_header,
    is_field_name,
    parse_accept,
    parse_retry_after,
    parse_traceparent,
    quality,
)

MOMENT = "Sun, 06 Nov 1994 08:49:37 GMT"


def test_header_fields_are_found_in_any_case() -> None:
    """Names are kept in lower case; a repeated field is joined by commas."""
    headers = Headers([("Vary", "Accept"), ("VARY", "Origin"), ("Allow", "GET")])
    assert {"vary": "Accept, Origin", "allow": "GET"} == headers
    assert ("GET", None) == (headers.get_header("ALLOW"), headers.get_header("Via"))


def test_header_fields_cannot_be_changed() -> None:
    """Header fields are values; a copy is equal."""
    headers = Headers({"A": "b"})
    with pytest.raises(TypeError):
        headers["a"] = "c"
    assert headers == copy.deepcopy(headers) == copy.copy(headers)


def test_raw_header_fields_are_found_like_others() -> None:
    """Fields as a server holds them are found in any case; a repeated one is joined."""
    headers = RawHeaders([(b"accept", b"a/b"), (b"x-n", b"\xe9"), (b"accept", b"c/d")])
    assert ("a/b, c/d", "\xe9", None, "z") == (
        headers["Accept"],
        headers.get("X-N"),
        headers.get("\u20ac"),
        headers.get("via", "z"),
    )
    assert (["accept", "x-n"], 2, True) == (list(headers), len(headers), "ACCEPT" in headers)
    with pytest.raises(KeyError):
        headers["via"]


def test_fields_in_bytes() -> None:
    """Header fields are written in Latin-1, and what that cannot hold becomes a question mark."""
    headers = Headers({"A": "\xe9\u20ac"})
    assert ((b"a", b"\xe9?"),) == headers.wire
    assert headers.wire is headers.wire


def test_response_and_request_take_any_mapping() -> None:
    """Header fields given in any case are found."""
    assert "b" == RawResponse(200, {"A": "b"}).headers["a"]
    assert "b" == Request(headers={"A": "b"}).headers["a"]
    assert ("GET", "/", {}) == (Request().method, Request().path, Request().headers)


@pytest.mark.parametrize(
    ("content_type", "media_type", "charset"),
    [
        ("application/json", "application/json", None),
        ("Application/JSON ; Charset=UTF-8", "application/json", "utf-8"),
        ('text/html; a=b; charset="ISO-8859-1"', "text/html", "iso-8859-1"),
        ("text/html; charset=", "text/html", None),
        (";charset", "", None),
        ("", "", None),
    ],
)
def test_content_type(content_type: str, media_type: str, charset: str | None) -> None:
    """The media type is compared without case and parameters."""
    raw = RawResponse(200, {"Content-Type": content_type})
    assert (media_type, charset) == (raw.media_type, raw.charset)


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("a b", "a b"),
        ("a\r\nb: c", "a??b: c"),
        ("a\x00\x7f\x85\xa0b ", "a????b"),
        ("é", "é"),
        ("€\ud800", "??"),
        (7, "7"),
        ("", ""),
    ],
)
def test_clean_header(value: object, clean: str) -> None:
    """What is not visible Latin-1 becomes a question mark."""
    assert clean == clean_header(value)


@given(value=st.text())
def test_clean_header_is_always_fit_for_the_wire(value: str) -> None:
    """Any text becomes a field value that can be sent."""
    sent = clean_header(value * 100).encode("latin-1")
    assert len(sent) <= 1000
    assert not set(sent) & {0, 10, 13}


@pytest.mark.parametrize(
    ("name", "legal"),
    [("Allow", True), ("x-a_b!", True), ("", False), ("a b", False), ("a:", False), ("é", False), (b"a", False)],
)
def test_field_names(name: object, legal: bool) -> None:
    """A field name is a token."""
    assert legal == is_field_name(name)


@pytest.mark.parametrize(
    ("accept", "json", "problem_json", "html"),
    [
        ("*/*", 1, 1, 1),
        ("application/json", 1, 1, 0),
        ("application/problem+json", 0, 1, 0),
        ("application/*", 1, 1, 0),
        ("application/*+json", 1, 1, 0),
        ("text/html, */*;q=0.5", 0.5, 0.5, 1),
        ("application/json;q=0, */*", 0, 0, 1),
        ("application/problem+json;q=0, application/json", 1, 0, 0),
        ("application/json;q=0.3;x=y, application/problem+json;q=0.7", 0.3, 0.7, 0),
        ("application/json;q=2", 1, 1, 0),
        ("application/json;q=-1", 0, 0, 0),
        ("application/json;q=nan", 0, 0, 0),
        ("application/json;q=x", 0, 0, 0),
        ("TEXT/HTML ; Q=0.5", 0, 0, 0.5),
        ("json, /, a/, /b, ;q=1,,", 0, 0, 0),
    ],
)
def test_quality(accept: str, json: float, problem_json: float, html: float) -> None:
    """The most specific range decides; a client that reads JSON reads its kinds."""
    ranges = parse_accept(accept)
    weights = [
        quality(name, ranges) for name in ("application/json", "application/problem+json", "text/html; charset=utf-8")
    ]
    assert [json, problem_json, html] == weights


def test_accept_is_bounded() -> None:
    """A field without end is read up to a limit."""
    assert 50 == len(parse_accept("a/b," * 100_000))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120), ("2.5", 2.5), (" 7 ", 7), ("0", 0), ("-5", 0), ("nan", None), ("inf", None), ("1e999", None),
        ("soon", None), ("", None), ("٣", None), ("9" * 200, None),
        ("Sun, 06 Nov 1994 08:50:37 GMT", 60), ("Sunday, 06-Nov-94 08:50:37 GMT", 60), ("Sun Nov  6 08:50:37 1994", 60),
        ("Sun, 06 Nov 1994 09:50:37 +0100", 60), ("Sun, 06 Nov 1994 08:50:37 -0000", 60),
        ("Sun, 06 Nov 1993 08:49:37 GMT", 0), ("Sun, 99 Nov 1994 08:49:37 GMT", None),
        ("Sun, 06 Nov 9999999 08:49:37 GMT", None),
    ],
)  # fmt: skip
def test_retry_after(value: str, seconds: float | None) -> None:
    """Seconds or a date of any of the three forms, never negative; anything else is no hint."""
    assert seconds == parse_retry_after(value, MOMENT)


def test_dates_are_in_gmt_wherever_the_client_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A date of the old form without a zone does not depend on the client's own zone."""
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        assert 60 == parse_retry_after("Sun Nov  6 08:50:37 1994", MOMENT)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_retry_after_counts_from_now_without_date() -> None:
    """A date without the response's own date counts from now."""
    assert 0 == parse_retry_after(MOMENT)
    assert 0 == parse_retry_after(MOMENT, "not a date")


@pytest.mark.req("P10")
@pytest.mark.parametrize(
    ("value", "trace_id"),
    [
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "4bf92f3577b34da6a3ce929d0e0e4736"),
        (" 01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more ", "4bf92f3577b34da6a3ce929d0e0e4736"),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", None),
        ("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", None),
        ("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", None),
        ("00-00000000000000000000000000000000-00f067aa0ba902b7-01", None),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", None),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", None),
        ("00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01", None),
        ("", None),
        (None, None),
        ("00-" * 100, None),
    ],
)
def test_traceparent(value: str | None, trace_id: str | None) -> None:
    """Only a valid field gives a trace id; other versions may have more parts."""
    parts = parse_traceparent(value)
    assert trace_id == (parts and parts[0])
