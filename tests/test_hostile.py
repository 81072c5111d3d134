"""Reading of what nobody should send: bounded, total, and with the status kept."""

import gzip
import json
import tracemalloc
import zlib

import pytest

from errata import RawResponse, detect, read, translate
from errata._read import dialect_of
from errata.dialects import BUILTIN
from errata.testing import hostile_bodies

PROBLEM = "application/problem+json"
SAMPLE = (
    b'{"type":"https://e.example/full","title":"Full","status":409,"detail":"Bed \\u0033 is \\"full\\"",'
    b'"errors":[{"detail":"a","pointer":"#/a/0"},{"detail":"b"}],"n":[1,[2,3],{"o":null}],"traceId":"t1"}'
)
MEGABYTE = 1 << 20


def json_of(body: bytes, status: int = 400, /, **headers: str) -> RawResponse:
    """Return a response labelled as JSON."""
    return RawResponse(status, {"content-type": "application/json", **headers}, body)


def codes(raw: RawResponse) -> set[str]:
    """Return the codes of what was found odd."""
    return {finding.code for finding in read(raw).findings}


@pytest.mark.parametrize("name", hostile_bodies())
@pytest.mark.parametrize("media_type", ["application/json", PROBLEM, "application/problem+xml", "text/html", ""])
def test_hostile_body_keeps_the_status(name: str, media_type: str) -> None:
    """Each hostile body, however it is labelled, gives a problem with the status of the response."""
    raw = RawResponse(503, {"content-type": media_type}, hostile_bodies()[name])
    assert 503 == read(raw).problem.status
    assert 503 == translate(raw, "problem").response.status
    assert "unreadable" not in codes(raw)


@pytest.mark.parametrize("end", range(len(SAMPLE)))
def test_body_cut_anywhere_is_read_up_to_the_cut(end: int) -> None:
    """A body cut at any byte keeps what came before the cut, and says that it is cut."""
    reading = read(RawResponse(409, {"content-type": PROBLEM}, SAMPLE[:end]))
    assert 409 == reading.problem.status
    assert end == 0 or "truncated" in {finding.code for finding in reading.findings}
    if end > SAMPLE.index(b'"status"'):
        assert "Full" == reading.problem.title


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'\xef\xbb\xbf{"message":"x"}', "byte-order-mark"),
        ('{"message":"x"}'.encode("utf-16"), "byte-order-mark"),
        ('{"message":"x"}'.encode("utf-32"), "byte-order-mark"),
        ('{"message":"x"}'.encode("utf-16-be"), "bad-encoding"),
        (b'{"message":"x \xff"}', "bad-encoding"),
        (b'{"message":"x","n":NaN}', "bad-number"),
        (b'{"message":"x","n":-Infinity}', "bad-number"),
        (b'{"message":"x","n":1e400}', "bad-number"),
        (b'{"message":"x","n":' + b"9" * 5000 + b"}", "bad-number"),
        (b'{"message":"y","message":"x"}', "duplicate-name"),
        (b' {"message":"y","message":"x"}', "duplicate-name"),
        (b'{"message":"x"} {"message":"y"}', "trailing-data"),
        (b'{"message":"x","a":"' + b"y" * 70_000 + b'"}', "over-cap"),
        (b'{"message":"x","a":' + b"[" * 70 + b"]" * 70 + b"}", "over-cap"),
        (b'{"message":"x","a":' + b"[" * 300 + b"]" * 300 + b"}", "over-cap"),
        (b'{"message":"x","a":[' + b"1," * 2000 + b"1]}", "over-cap"),
    ],
)
def test_repair_is_reported(body: bytes, found: str) -> None:
    """What can be read is read, and each repair leaves a finding."""
    reading = read(json_of(body))
    assert "x" == (reading.problem.detail or "")[:1]
    assert found in {finding.code for finding in reading.findings}


def test_lone_surrogates_become_replacement_characters() -> None:
    """A lone surrogate is no text; what is read can be written again."""
    raw = json_of(b'{"message":"a\\ud800b","\\udc00":"x"}')
    assert "a?b" == read(raw).problem.detail
    assert json.loads(translate(raw, "problem").response.body)


@pytest.mark.parametrize("body", [b"null", b'"gone"', b"[]", b'["gone"]', b"true", b"12"])
def test_json_that_is_no_object(body: bytes) -> None:
    """A body of any JSON type gives a problem; a bare text is its detail."""
    problem = read(json_of(body, 410)).problem
    assert 410 == problem.status
    assert ("gone" if b"gone" in body else None) == problem.detail


def test_page_labelled_as_problem_is_a_page() -> None:
    """HTML stays HTML, whatever the label says."""
    raw = RawResponse(502, {"content-type": PROBLEM}, b"<!doctype html><title>Bad gateway</title>")
    assert "html" == detect(raw)
    assert "Bad gateway" == read(raw).problem.detail


# ---- compression ----


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(SAMPLE)),
        ("GZIP", gzip.compress(SAMPLE)),
        ("x-gzip", gzip.compress(SAMPLE)),
        ("gzip", zlib.compress(SAMPLE)),
        ("deflate", zlib.compress(SAMPLE)),
        ("deflate", zlib.compress(SAMPLE)[2:-4]),
        ("identity", SAMPLE),
    ],
)
def test_compressed_body_is_read(encoding: str, packed: bytes) -> None:
    """A compressed body is read like a plain one."""
    raw = RawResponse(409, {"content-type": PROBLEM, "content-encoding": encoding}, packed)
    assert ("problem", "Full", ()) == (detect(raw), read(raw).problem.title, read(raw).findings)


@pytest.mark.parametrize(
    ("encoding", "body", "found"),
    [
        ("gzip", SAMPLE, "content-encoding"),
        ("deflate", SAMPLE, "content-encoding"),
        ("br", SAMPLE, "content-encoding"),
        ("gzip", gzip.compress(SAMPLE)[:-20], "truncated"),
    ],
)
def test_wrong_compression_is_reported(encoding: str, body: bytes, found: str) -> None:
    """A body that is not compressed as it says is read as far as it can be, with a finding."""
    raw = RawResponse(409, {"content-type": PROBLEM, "content-encoding": encoding}, body)
    assert "Full" == read(raw).problem.title
    assert found in codes(raw)


@pytest.mark.parametrize("first", range(256))
def test_plain_json_is_never_taken_for_bare_deflate(first: int) -> None:
    """A plain body under a wrong label is not unpacked into rubbish."""
    body = b'{"message":"' + bytes([max(first, 32)]) + b'x"}'
    problem = read(json_of(body, **{"content-encoding": "gzip"})).problem
    assert (problem.detail or "").endswith("x") or first in (34, 92)


# ---- size ----


def peak_while_reading(raw: RawResponse) -> int:
    """Return the memory that reading took at most."""
    tracemalloc.start()
    try:
        read(raw)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "raw",
    [
        json_of(b'{"a":"' + b"x" * (10 * MEGABYTE) + b'"}'),
        json_of(gzip.compress(b"[" + b"0," * (100 * MEGABYTE)), **{"content-encoding": "gzip"}),
        RawResponse(500, {"content-type": "text/html"}, b"<html>" * (2 * MEGABYTE)),
        RawResponse(500, {"content-type": "application/xml"}, b"<a>x</a>" * (2 * MEGABYTE)),
    ],
    ids=["JSON", "bomb", "HTML", "XML"],
)
def test_memory_is_bounded(raw: RawResponse) -> None:
    """A body of ten megabytes, or one that unpacks to more, is not held in memory in pieces."""
    read(json_of(b"{}"))
    assert peak_while_reading(raw) < 12 * MEGABYTE
    assert codes(raw) & {"too-large", "truncated"}


def test_findings_are_capped() -> None:
    """A body with thousands of oddities gives a hundred findings, and one that says there are more."""
    raw = json_of(b'{"errors":[' + b",".join([b'{"errorCode":[],"message":1}'] * 900) + b"]}")
    findings = read(raw, "usta").findings
    assert (101, "more") == (len(findings), findings[-1].code)


def test_duplicate_names_are_capped() -> None:
    """A body that gives a thousand names twice is not searched without end."""
    body = "{" + ",".join(f'"m{n % 5000}":{n}' for n in range(10_000)) + "}"
    assert len(read(json_of(body.encode())).findings) <= 102


class Counting(str):
    """A text that counts how often parts of it are copied."""

    __slots__ = ()
    copied = 0

    def __getitem__(self, key: object) -> str:
        part = super().__getitem__(key)  # type: ignore[index]
        Counting.copied += len(part)
        return part


def test_closing_a_cut_text_copies_it_once() -> None:
    """Closing a cut JSON text takes no more than a few copies of it, however deep and long it is."""
    from errata._body import _closed

    text = Counting("[" * 900 + '"a",' * 50_000)
    Counting.copied = 0
    closed = _closed(text)
    assert closed.endswith("]" * 900)
    assert Counting.copied <= 2 * len(text)


# ---- status and headers ----


@pytest.mark.parametrize("status", [0, 1, 99, 100, 204, 304, 418, 499, 599, 600, 999])
@pytest.mark.parametrize("target", BUILTIN)
def test_any_status_is_kept(status: int, target: str) -> None:
    """Any status is kept, unless the format demands one; without one, 500 is sent."""
    raw = json_of(b'{"message":"x"}', status)
    problem = read(raw).problem
    assert status == problem.status
    demanded = dialect_of(target).formats[0].status
    expected = demanded(problem.replace(status=status or 500)) if demanded else status or 500
    assert expected == translate(raw, target).response.status


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "\x00\r\n;;;charset"},
        {"content-type": "application/json; charset=\x00"},
        {"content-type": "application/json; charset=\udc80"},
        {"content-type": "application/xml; charset=undefined"},
        {"content-type": "text/plain; charset=unicode_escape"},
        {"content-type": "text/plain; charset=punycode"},
        {"content-type": "text/plain; charset=" + "x" * 100_000},
        {"content-type": "x" * 1_000_000},
        {"retry-after": "9" * 10_000},
        {"retry-after": "Fri, 99 Foo 99999999999 99:99:99 GMT"},
        {"retry-after": "nan", "date": "yesterday"},
        {"retry-after-ms": "inf"},
        {"traceparent": "00-" + "0" * 32 + "-" + "0" * 16 + "-00"},
        {"x-request-id": "\r\nset-cookie: a=b"},
        {"": ""},
    ],
)
@pytest.mark.parametrize("body", [b'{"message":"\\q"}', b"<a>\\q</a>", b"\\q\xff", b""])
def test_hostile_header_fields(headers: dict[str, str], body: bytes) -> None:
    """No header field makes reading fail, and none carries a line break into a translation."""
    raw = RawResponse(500, headers, body)
    assert 500 == read(raw).problem.status
    assert "unreadable" not in codes(raw)
    for target in BUILTIN:
        sent = translate(raw, target).response.headers
        assert not any(char in value for value in sent.values() for char in "\r\n\0")


@pytest.mark.parametrize("charset", ["punycode", "idna", "unicode_escape", "zlib_codec", "rot13", "mbcs", "os"])
def test_encoding_that_runs_code_is_not_called(charset: str) -> None:
    """Only plain encodings can be named from the wire; others cost quadratic time or run code of their own."""
    raw = RawResponse(500, {"content-type": f"text/plain; charset={charset}"}, b"caf\xc3\xa9-")
    assert "caf\xe9-" == read(raw).problem.detail
    assert {"bad-encoding", "guessed"} == codes(raw)


@pytest.mark.parametrize(
    ("charset", "body"),
    [
        ("iso-8859-1", b'{"message":"caf\xe9"}'),
        ("windows-1252", b'{"message":"caf\xe9"}'),
        ("utf-16", b'{"message":"caf\xc3\xa9"}'),
        ("shift_jis", '{"message":"caf\xe9"}'.encode()),
    ],
)
def test_charset_parameter_is_a_hint(charset: str, body: bytes) -> None:
    """JSON is UTF-8 if it can be, else what the parameter says."""
    raw = json_of(b" " + body, **{"content-type": f"application/json; charset={charset}"})
    assert "caf\xe9" == read(json_of(body, **{"content-type": f"application/json; charset={charset}"})).problem.detail
    assert 400 == read(raw).problem.status
