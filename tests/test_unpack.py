"""Packed bodies: every content coding within the cap, CBOR without its dangers, remedies for what is missing."""

import gzip
import sys
import tracemalloc
import zlib
from collections.abc import Callable

import brotli
import cbor2
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from errata import RawResponse, read
from errata._body import MAX_BYTES, Document
from errata._unpack import UnpackError, decode_cbor, unpack

BODY = b'{"message": "Bed 3 is taken", "code": "TAKEN"}'
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}


def packed(coding: str, body: bytes) -> RawResponse:
    """Return a response whose body is packed."""
    return RawResponse(409, {"content-type": "application/json", "content-encoding": coding}, PACKERS[coding](body))


@pytest.mark.parametrize("coding", PACKERS)
def test_packed_body_is_read(coding: str) -> None:
    """A body is read the same, however it is packed."""
    reading = read(packed(coding, BODY))
    assert ("TAKEN", "Bed 3 is taken") == (reading.problem.code, reading.problem.detail)
    assert [] == [finding.code for finding in reading.findings if finding.code != "guessed"]


@pytest.mark.parametrize("coding", PACKERS)
def test_bomb_stops_at_the_cap(coding: str) -> None:
    """Sixty-four megabytes in some kilobytes are never unpacked as a whole."""
    raw = packed(coding, b'{"a": "' + b"x" * (64 << 20) + b'"}')
    tracemalloc.start()
    try:
        document = Document(raw)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 16 * MAX_BYTES
    assert "too-large" in {finding.code for finding in document.findings}


@pytest.mark.parametrize("coding", PACKERS)
def test_cut_body_is_told(coding: str) -> None:
    """What could be unpacked of a cut body is read, and a finding says that it is cut."""
    body = PACKERS[coding](b'{"message": "' + bytes(range(97, 123)) * 400 + b'"}')
    plain, whole = unpack(body[:-6], coding, MAX_BYTES)
    assert not whole
    assert len(plain) <= MAX_BYTES
    document = Document(RawResponse(500, {"content-encoding": coding}, body[:-6]))
    assert {"truncated"} <= {finding.code for finding in document.findings}


@pytest.mark.parametrize("coding", PACKERS)
@given(st.binary(max_size=60))
def test_any_bytes_unpack_or_are_refused(coding: str, body: bytes) -> None:
    """Bytes that are not packed give the one error that there is, and never more than the cap."""
    try:
        plain, _ = unpack(body, coding, 100)
    except UnpackError:
        return
    assert len(plain) <= 101


def test_two_codings_are_unpacked_from_the_outside() -> None:
    """The coding that was applied last is listed last (RFC 9110 section 8.4), and undone first."""
    twice = RawResponse(409, {"content-encoding": "gzip, br"}, brotli.compress(gzip.compress(BODY)))
    assert "Bed 3 is taken" == read(twice).problem.detail


@pytest.mark.parametrize(("coding", "module"), [("br", "brotli"), ("zstd", "zstandard")])
def test_missing_package_is_named(coding: str, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package the body is left as it is, and the finding names the extra."""
    raw = packed(coding, BODY)
    monkeypatch.setitem(sys.modules, module, None)
    notes = [str(finding) for finding in Document(raw).findings]
    assert any("errata[encodings]" in note for note in notes)


def cbor(value: object, status: int = 400) -> RawResponse:
    """Return a response whose body is CBOR."""
    return RawResponse(status, {"content-type": "application/cbor"}, cbor2.dumps(value))


def test_cbor_is_held_as_json() -> None:
    """Byte strings become base64, tags their content, and everything else what JSON has."""
    value = {"message": "no", "raw": b"\x00\x01", "at": cbor2.CBORTag(1, 1_700_000_000), "n": [1, 2.5, None, True]}
    document = Document(cbor(value))
    assert "cbor" == document.form
    assert {"message": "no", "raw": "AAE=", "at": 1_700_000_000, "n": [1, 2.5, None, True]} == document.value


@pytest.mark.parametrize(
    "body",
    [
        b"\x81" * 5000,  # lists in lists
        b"\x9b\x7f\xff\xff\xff\xff\xff\xff\xff",  # a list of 2**63 items
        b"\x7b\x7f\xff\xff\xff\xff\xff\xff\xff",  # a text as long
        b"\xd8\x1c\x81\xd8\x1d\x00",  # a list that holds itself
        b"\xd8\x23\x63(a+",  # a pattern that does not compile
        b"\xc4\x82\x1b\x7f\xff\xff\xff\xff\xff\xff\xff\x01",  # a decimal with 2**63 digits
        b"\xa1\xa0\x01",  # a map as a key
        b"\xa0\xa0",
        b"",
    ],
)
def test_hostile_cbor_is_harmless(body: bytes) -> None:
    """Depth, announced lengths, cycles, patterns and giant numbers end in a problem with the status."""
    reading = read(RawResponse(400, {"content-type": "application/cbor"}, body))
    assert 400 == reading.problem.status
    assert "unreadable" not in {finding.code for finding in reading.findings}


@given(st.binary(max_size=80))
def test_any_bytes_are_cbor_or_not(body: bytes) -> None:
    """Decoding gives a value that JSON could hold, or the one error that there is."""
    try:
        value = decode_cbor(body, 64)
    except UnpackError:
        return
    assert isinstance(value, str | int | float | bool | list | dict | None)


def test_missing_cbor_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package the finding names the extra."""
    raw = cbor({"message": "no"})
    monkeypatch.setitem(sys.modules, "cbor2", None)
    assert any("errata[encodings]" in str(finding) for finding in Document(raw).findings)


@pytest.mark.parametrize("media_type", ["application/grpc+proto", "application/octet-stream", "image/png"])
def test_binary_body_is_not_read_as_text(media_type: str) -> None:
    """Bytes that are no text leave the status to speak, without findings about their encoding."""
    document = Document(RawResponse(502, {"content-type": media_type}, b"\x89PNG\x00\xff"))
    assert ("binary", ()) == (document.form, document.findings)
