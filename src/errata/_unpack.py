"""Content codings and CBOR: packed bytes become plain ones, within a cap on what comes out.

gzip and deflate are in the standard library; br, zstd and CBOR need a package
each, which the extra `errata[encodings]` brings.
"""

import base64
from collections.abc import Callable
from typing import Any, Final

REMEDY: Final = "install 'errata[encodings]'"

Unpacked = tuple[bytes, bool]
"""The plain bytes, at most one more than the cap, and whether the packed ones came to their end."""


class UnpackError(ValueError):
    """Bytes are not packed as their header says, or the package to unpack them is missing; the text says which."""


def unpack(body: bytes, coding: str, cap: int) -> Unpacked:
    """Return the plain bytes of one content coding (RFC 9110 section 8.4.1); raises UnpackError."""
    unpacker = _UNPACKERS.get(coding)
    if unpacker is None:
        raise UnpackError(f"content-encoding {coding[:40]!r} is not understood")
    try:
        return unpacker(body, cap + 1)
    except ImportError:
        raise UnpackError(f"reading content-encoding {coding} needs a package; {REMEDY}") from None
    except UnpackError:
        raise
    except Exception:  # noqa: BLE001 - each package has errors of its own, and none may pass
        raise UnpackError(f"the body is not {coding}, though the header says so") from None


def _gzip(body: bytes, most: int) -> Unpacked:
    return _inflate(body, most, 47)  # a gzip or a zlib header


def _deflate(body: bytes, most: int) -> Unpacked:
    import zlib

    try:
        return _inflate(body, most, 47)
    except zlib.error:
        return _inflate(body, most, -15)  # what some servers send: no header at all


def _inflate(body: bytes, most: int, window: int) -> Unpacked:
    import zlib

    unpacker = zlib.decompressobj(window)
    plain = unpacker.decompress(body, most)
    return plain, unpacker.eof


def _br(body: bytes, most: int) -> Unpacked:
    import brotli  # pyright: ignore[reportMissingTypeStubs] # it has none

    unpacker = brotli.Decompressor()
    plain = unpacker.process(body, output_buffer_limit=most)
    while len(plain) < most and not unpacker.can_accept_more_data():
        plain += unpacker.process(b"", output_buffer_limit=most - len(plain))
    return plain[:most], unpacker.is_finished()


_ZSTD_WINDOW: Final = 8 * 1024 * 1024  # the most that RFC 9659 section 3 lets a response demand


def _zstd(body: bytes, most: int) -> Unpacked:
    import zstandard

    unpacker = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    with unpacker.stream_reader(body, read_across_frames=True) as stream:
        plain = stream.read(most)
        # A cut frame ends like a whole one: only its declared size can tell.
        size = zstandard.frame_content_size(body)
    return plain, len(plain) < most and size in (-1, len(plain))


_UNPACKERS: Final[dict[str, Callable[[bytes, int], Unpacked]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _br,
    "zstd": _zstd,
}

# The tags that cbor2 gives a meaning to: their content is taken as it is. Shared references
# could make a cycle, a decimal could fill the memory when printed, a pattern could be compiled.
_TAGS: Final = (*range(6), 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000, 55799)


def decode_cbor(body: bytes, depth: int) -> Any:
    """Return a CBOR item (RFC 8949) as JSON would hold it: byte strings in base64; raises UnpackError."""
    try:
        import cbor2
    except ImportError:
        raise UnpackError(f"reading CBOR needs a package; {REMEDY}") from None
    plain: dict[int, Any] = dict.fromkeys(_TAGS, lambda content, _immutable: content)
    try:
        value = cbor2.loads(
            body, max_depth=depth, strict_hashable_types=True, semantic_decoders=plain, str_errors="replace"
        )
        return _jsonable(value)
    except Exception as error:  # noqa: BLE001 - decoding is total, whatever the package does
        raise UnpackError(f"the body is not CBOR ({type(error).__name__})") from None


def _jsonable(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, list | tuple):
        return [_jsonable(item) for item in value]
    if isinstance(value, dict):
        return {k if isinstance(k, str) else str(_jsonable(k)): _jsonable(v) for k, v in value.items()}
    return None  # undefined, and simple values without a meaning
