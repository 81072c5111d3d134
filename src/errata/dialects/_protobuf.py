"""The protobuf of google.rpc.Status and its standard details, to and from their JSON form.

A message is a table from field number to name and type; nothing else of
protobuf is here. Unknown fields are skipped; bytes that are no protobuf give
None; what does not fit a table when writing is left out.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

# A type is "text", "texts", "map" (of texts), "duration", a message, or a list of one message.
_Type = str | dict[int, Any] | list[dict[int, Any]]
_Message = dict[int, tuple[str, _Type]]

_LOCALIZED: Final[_Message] = {1: ("locale", "text"), 2: ("message", "text")}
_LINK: Final[_Message] = {1: ("description", "text"), 2: ("url", "text")}
_FIELD: Final[_Message] = {
    1: ("field", "text"), 2: ("description", "text"), 3: ("reason", "text"), 4: ("localizedMessage", _LOCALIZED),
}  # fmt: skip
_QUOTA: Final[_Message] = {
    1: ("subject", "text"), 2: ("description", "text"), 3: ("apiService", "text"), 4: ("quotaMetric", "text"),
    5: ("quotaId", "text"), 6: ("quotaDimensions", "map"),
}  # fmt: skip
_PRECONDITION: Final[_Message] = {1: ("type", "text"), 2: ("subject", "text"), 3: ("description", "text")}

# google/rpc/error_details.proto
DETAILS: Final[dict[str, _Message]] = {
    "BadRequest": {1: ("fieldViolations", [_FIELD])},
    "DebugInfo": {1: ("stackEntries", "texts"), 2: ("detail", "text")},
    "ErrorInfo": {1: ("reason", "text"), 2: ("domain", "text"), 3: ("metadata", "map")},
    "Help": {1: ("links", [_LINK])},
    "LocalizedMessage": _LOCALIZED,
    "PreconditionFailure": {1: ("violations", [_PRECONDITION])},
    "QuotaFailure": {1: ("violations", [_QUOTA])},
    "RequestInfo": {1: ("requestId", "text"), 2: ("servingData", "text")},
    "ResourceInfo": {
        1: ("resourceType", "text"), 2: ("resourceName", "text"), 3: ("owner", "text"), 4: ("description", "text"),
    },
    "RetryInfo": {1: ("retryDelay", "duration")},
}  # fmt: skip

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5  # the wire types
_FIXED: Final = {_FIXED64: 8, _FIXED32: 4}
_MAX_SECONDS: Final = 315_576_000_000  # what google.protobuf.Duration allows
_NANOS: Final = 10**9


def decode_status(body: bytes) -> tuple[int, str, list[tuple[str, bytes]]] | None:
    """Return code, message and packed details of a google.rpc.Status."""
    code, message, details = 0, "", []
    try:
        for number, value in _fields(body):
            if number == 1 and isinstance(value, int):
                code = value
            elif number == 2 and isinstance(value, bytes):
                message = value.decode("utf-8", "replace")
            elif number == 3 and isinstance(value, bytes):
                packed = dict(_fields(value))
                details.append((_string(packed.get(1)), _bytes(packed.get(2))))
    except ValueError:
        return None
    return code, message, details


def encode_status(code: int, message: str, details: list[tuple[str, bytes]]) -> bytes:
    """Return a google.rpc.Status of code, message and packed details."""
    packed = (_chunk(3, _chunk(1, url.encode()) + _chunk(2, value)) for url, value in details)
    return _number(1, code) + _chunk(2, message.encode("utf-8", "replace")) + b"".join(packed)


def decode_detail(name: str, body: bytes) -> dict[str, Any] | None:
    """Return a standard detail in its JSON form; None for other types and broken bytes."""
    try:
        return _decode(DETAILS[name], body) if name in DETAILS else None
    except ValueError:
        return None


def encode_detail(name: str, detail: dict[str, Any]) -> bytes | None:
    """Return the bytes of a standard detail in its JSON form; None for other types."""
    return _encode(DETAILS[name], detail) if name in DETAILS else None


# ---- reading ----


def _fields(body: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield the number and the value of each field; raises ValueError."""
    pos = 0
    while pos < len(body):
        key, pos = _varint(body, pos)
        wire = key & 7
        if wire == _VARINT:
            value, pos = _varint(body, pos)
            yield key >> 3, value
            continue
        size, pos = _varint(body, pos) if wire == _BYTES else (_FIXED.get(wire, len(body)), pos)
        if size > len(body) - pos:
            raise ValueError("a field is longer than the message, or of a type unknown")
        yield key >> 3, body[pos : pos + size]
        pos += size


def _varint(body: bytes, pos: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if pos >= len(body):
            break
        byte = body[pos]
        pos += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, pos
    raise ValueError("a number is cut or too long")


def _decode(message: _Message, body: bytes) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for number, value in _fields(body):
        name, of = message.get(number, ("", ""))
        if not name or not isinstance(value, bytes):
            continue
        if isinstance(of, list):
            plain.setdefault(name, []).append(_decode(of[0], value))
        elif isinstance(of, dict):
            plain[name] = _decode(of, value)
        else:
            _READ[of](plain, name, value)
    return plain


def _read_entry(plain: dict[str, Any], name: str, value: bytes) -> None:
    entry = dict(_fields(value))
    plain.setdefault(name, {})[_string(entry.get(1))] = _string(entry.get(2))


def _read_duration(plain: dict[str, Any], name: str, value: bytes) -> None:
    parts = dict(_fields(value))
    seconds, nanos = (part if isinstance(part, int) else 0 for part in (parts.get(1), parts.get(2)))
    if seconds <= _MAX_SECONDS and nanos < _NANOS:  # negative ones are huge here
        plain[name] = f"{seconds}.{nanos:09}".rstrip("0").rstrip(".") + "s"


_READ: Final[dict[str, Callable[[dict[str, Any], str, bytes], None]]] = {
    "text": lambda plain, name, value: plain.__setitem__(name, _string(value)),
    "texts": lambda plain, name, value: plain.setdefault(name, []).append(_string(value)),
    "map": _read_entry,
    "duration": _read_duration,
}


def _bytes(value: int | bytes | None) -> bytes:
    return value if isinstance(value, bytes) else b""


def _string(value: int | bytes | None) -> str:
    return _bytes(value).decode("utf-8", "replace")


# ---- writing ----


def _encode(message: _Message, plain: dict[str, Any]) -> bytes:
    pieces: list[bytes] = []
    for number, (name, of) in message.items():
        value = plain.get(name)
        if isinstance(of, list):
            pieces += [_chunk(number, _encode(of[0], item)) for item in _listed(value) if isinstance(item, dict)]
        elif isinstance(of, dict):
            pieces += [_chunk(number, _encode(of, value))] if isinstance(value, dict) else []
        else:
            pieces += [_chunk(number, part) for part in _WRITE[of](value)]
    return b"".join(pieces)


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(values: list[Any]) -> list[bytes]:
    return [value.encode("utf-8", "replace") for value in values if isinstance(value, str) and value]


def _entries(value: object) -> list[bytes]:
    pairs = value.items() if isinstance(value, dict) else ()
    return [
        _chunk(1, key.encode("utf-8", "replace")) + _chunk(2, text.encode("utf-8", "replace"))
        for key, text in pairs
        if isinstance(key, str) and isinstance(text, str)
    ]


def _duration(value: object) -> list[bytes]:
    whole, _, fraction = value.removesuffix("s").partition(".") if isinstance(value, str) else ("", "", "")
    nanos = fraction.ljust(9, "0")
    if not (whole.isascii() and whole.isdigit() and nanos.isascii() and nanos.isdigit() and len(whole + nanos) < 24):
        return []
    return [_number(1, int(whole)) + _number(2, int(nanos))]


_WRITE: Final[dict[str, Callable[[Any], list[bytes]]]] = {
    "text": lambda value: _texts([value]),
    "texts": lambda value: _texts(_listed(value)),
    "map": _entries,
    "duration": _duration,
}


def _number(number: int, value: int) -> bytes:
    return _to_varint(number << 3 | _VARINT) + _to_varint(value) if value else b""


def _chunk(number: int, value: bytes) -> bytes:
    return _to_varint(number << 3 | _BYTES) + _to_varint(len(value)) + value


def _to_varint(value: int) -> bytes:
    if 0 <= value < 0x80:
        return _SHORT[value]  # nearly all are: field numbers, and the lengths of most texts
    pieces = bytearray()
    while value > 0x7F:
        pieces.append(value & 0x7F | 0x80)
        value >>= 7
    pieces.append(value)
    return bytes(pieces)


_SHORT: Final = tuple(bytes([value]) for value in range(0x80))
