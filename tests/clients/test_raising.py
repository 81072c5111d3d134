"""The decisions that all clients share, without a client."""

import gzip
import zlib
from typing import Final

import pytest

from errata import Catalog, Contract, Error
from errata._body import MAX_BYTES
from errata.clients._raising import Received, is_fine, latin_1

SHOP: Final = Contract(Catalog([]))
INSIDE: Final = Contract(Catalog([]), dialect="jsonrpc")
BODY: Final = b'{"title":"T","detail":"D"}'


@pytest.mark.parametrize("status", [100, 199, 200, 204, 299, 300, 304, 399, 400, 499, 500, 599, 600, 999])
def test_a_status_alone_tells_most(status: int) -> None:
    """From 400 on it is an error; a 2xx may be one only under a contract that fails inside them."""
    assert (status < 400) == is_fine(status, None) == is_fine(status, SHOP)
    assert (status < 200 or 300 <= status < 400) == is_fine(status, INSIDE)


READABLE: Final = {
    "application/json": True,
    "application/vnd.api+json; charset=utf-8": True,
    "text/html": True,
    "text/plain": True,
    "TEXT/XML": True,
    "": True,
    "application/json-rpc": False,
    "application/x-ndjson": False,
    "application/octet-stream": False,
    "text/event-stream": False,
    "video/mp4": False,
}


@pytest.mark.parametrize(("media_type", "expected"), READABLE.items())
def test_a_success_is_read_only_if_an_error_may_be_in_it(media_type: str, *, expected: bool) -> None:
    """By its media type and its declared length; an error is always read."""
    fields = [("Content-Type", media_type)]
    assert expected == Received(200, fields, None, "GET", INSIDE).is_readable
    assert Received(404, fields, None, "GET", INSIDE).is_readable
    for length, is_short in ((str(MAX_BYTES), True), (str(MAX_BYTES + 1), False), ("9" * 5000, False), ("many", True)):
        received = Received(200, [*fields, ("content-length", length)], None, "GET", INSIDE)
        assert (expected and is_short) == received.is_readable


def test_the_media_types_of_the_dialect_count() -> None:
    """A contract in another format has other media types in which an error may be."""
    fields = [("content-type", "application/grpc-web+proto")]
    assert Received(200, fields, None, "POST", Contract(Catalog([]), dialect="grpc-http")).is_readable
    assert not Received(200, fields, None, "POST", INSIDE).is_readable


CODINGS: Final[dict[str, tuple[str, bytes, bytes]]] = {
    "none": ("", BODY, BODY),
    "identity": ("identity", BODY, BODY),
    "gzip": ("gzip", gzip.compress(BODY), BODY),
    "in capitals": ("X-GZIP", gzip.compress(BODY), BODY),
    "deflate": ("deflate", zlib.compress(BODY), BODY),
    "two": ("deflate, gzip", gzip.compress(zlib.compress(BODY)), BODY),
    "claimed only": ("gzip", BODY, BODY),
    "claimed of a text": ("gzip", "Grüße".encode(), "Grüße".encode()),
    "broken": ("gzip", gzip.compress(BODY)[:12] + b"\0" * 20, b""),
    "unknown": ("compress", b"\x1f\x9d\x90", b""),
    "cut": ("gzip", gzip.compress(BODY * 100)[:40], BODY),
}


@pytest.mark.parametrize(("coding", "body", "expected"), CODINGS.values(), ids=CODINGS)
def test_content_codings_are_undone(coding: str, body: bytes, expected: bytes) -> None:
    """As far as they can be; what cannot be undone is nothing, unless it was never packed."""
    plain = Received(404, [("Content-Encoding", coding)], None, "GET", None).plain(body)
    assert plain.startswith(expected)
    assert plain or not expected


def test_unpacking_has_a_cap() -> None:
    """A small body that becomes a large one stops growing at the cap."""
    bomb = gzip.compress(gzip.compress(b"x" * 50_000_000))
    received = Received(404, [("content-encoding", "gzip, gzip")], None, "GET", None)
    assert MAX_BYTES + 1 == len(received.plain(bomb))


def test_nobody_unpacks_twice() -> None:
    """The coding is gone from the header fields of the error: whoever reads them finds a plain body."""
    error = Received(404, [("Content-Encoding", "gzip"), ("X-Own", "1")], None, "GET", None).error(BODY)
    assert isinstance(error, Error)
    assert ({"x-own": "1"}, "D") == (dict(error.headers), error.problem.detail)


def test_header_fields_are_the_same_for_all() -> None:
    """Each byte of a field is one character, whatever the library would make of it."""
    assert [("X-Id", "caf\xe9 \xc3\xa9")] == latin_1([(b"X-Id", b"caf\xe9 \xc3\xa9")])
