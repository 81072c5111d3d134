"""The status of gRPC in header or trailer fields, and of gRPC-Web in the last frame of the body.

Written as a response of trailers only: HTTP 200, `grpc-status`, `grpc-message`,
and the details as google.rpc.Status in `grpc-status-details-bin`.

Deviations: the code is one of sixteen, any other becomes the reason of
`ErrorInfo`; the status is that of the code; details beyond what fits into a
header field are left out, the last ones first; locations, type, title, instance
and inner problems have no place.
"""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from errata._body import MAX_BYTES, Document
from errata._dialect import Dialect, Signature, format_of
from errata._kind import Kind, status_of
from errata._problem import Problem
from errata.dialects._grpc import KINDS_BY_NUMBER, NUMBERS, frame, frames, kind_for
from errata.dialects._protobuf import decode_status, encode_status
from errata.dialects._rpc_details import from_base64, pack_details, read_details, unpack_detail, write_details
from errata.dialects._shapes import code_number, failure_status

_TRAILER: Final = 0x80  # the flag of the frame that holds trailer fields
_DETAILS: Final = "grpc-status-details-bin"
_MAX_FIELD: Final = 1_000  # characters of a header field that errata sends
_MAX_READ: Final = 65_536  # and of one that it reads


def _read(doc: Document) -> Problem:
    fields = _fields(doc)
    kind = _kind(doc, fields)
    _, message, details = _status(doc, fields) or (0, "", [])
    members = read_details(doc, [unpack_detail(url, value) for url, value in details])
    return Problem(
        status=failure_status(doc, status_of(kind) if kind else None),
        code=kind.upper() if kind else None,
        kind=kind,
        detail=unquote(fields.get("grpc-message", "")[:_MAX_READ]) or message or None,
        **members,
    )


def _kind(doc: Document, fields: Mapping[str, str]) -> Kind | None:
    """Return the kind of a failure; a number that gRPC does not have counts as unknown."""
    number = fields.get("grpc-status")
    if not _is_failure(number or "0"):
        return None
    kind = KINDS_BY_NUMBER.get(code_number((number or "").strip()) or 0)
    if kind is None:
        doc.note("bad-header", f"grpc-status {str(number)[:40]!r} is none of 0 to 16; it was read as UNKNOWN")
    return kind or "unknown"


def _is_failure(number: str) -> bool:
    return number.strip() not in ("", "0")


def _status(doc: Document, fields: Mapping[str, str]) -> tuple[int, str, list[tuple[str, bytes]]] | None:
    """Return the google.rpc.Status of the details field."""
    text = fields.get(_DETAILS, "").partition(",")[0].strip()
    if not text:
        return None
    body = from_base64(text[:_MAX_READ])
    status = None if body is None else decode_status(body)
    if status is None:
        doc.note("bad-header", f"{_DETAILS} is no google.rpc.Status in base64; it was left out")
    return status


def _fields(doc: Document) -> Mapping[str, str]:
    """Return the fields that hold the status: of the header, else of a trailer frame."""
    if "grpc-status" in doc.raw.headers or not doc.media_type.startswith("application/grpc-web"):
        return doc.raw.headers
    return _trailer(doc) or doc.raw.headers


def _trailer(doc: Document) -> dict[str, str]:
    body = doc.raw.body[:MAX_BYTES]
    if doc.media_type.startswith("application/grpc-web-text"):
        # A text body is a row of base64 texts, each with a padding of its own.
        parts = body.decode("latin-1").replace("==", "= ").replace("=", " ").split()
        body = b"".join(from_base64(part) or b"" for part in parts)
    block = next((message for flags, message in frames(body) if flags & _TRAILER), b"")
    pairs = (line.partition(":") for line in block.decode("latin-1").splitlines())
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _trailer_fails(doc: Document) -> bool:
    """Tell whether a trailer frame has a grpc-status other than 0."""
    return "grpc-status" not in doc.raw.headers and _is_failure(_trailer(doc).get("grpc-status", "0"))


# ---- writing ----


def _head(problem: Problem) -> dict[str, str]:
    number = NUMBERS[kind_for(problem)]
    message = _fitting(problem.head)
    fields = {"grpc-status": str(number), "grpc-message": _percent_encoded(message)}
    packed = pack_details(write_details(problem))
    while packed:
        # A client refuses details whose code or message is not that of the other fields.
        encoded = b64encode(encode_status(number, message, packed)).decode().rstrip("=")
        if len(encoded) <= _MAX_FIELD:
            return fields | {_DETAILS: encoded}
        packed.pop()
    return fields


def _fitting(text: str) -> str:
    """Return as much of a text as a header field holds when it is encoded."""
    while len(encoded := _percent_encoded(text)) > _MAX_FIELD:
        text = text[: min(len(text) - 1, len(text) * _MAX_FIELD // len(encoded))]
    return text


def _percent_encoded(text: str) -> str:
    """Return a text as UTF-8 with all but visible ASCII escaped, and blanks at the ends as well."""
    inner = "".join(chr(b) if 0x20 <= b <= 0x7E and b != 0x25 else f"%{b:02X}" for b in text.encode("utf-8", "replace"))
    left, right = len(inner) - len(inner.lstrip(" ")), len(inner) - len(inner.rstrip(" "))
    return "%20" * left + inner.strip(" ") + "%20" * right


def _write_web(problem: Problem) -> bytes:
    """Write the fields as the trailer frame of gRPC-Web."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in _head(problem).items())
    return frame(_TRAILER, lines.encode())


def _ok(_: Problem) -> int:
    return 200


_HEADER: Final[dict[str, Any]] = {"grpc-status": _is_failure}
_WEB: Final = frozenset(
    f"application/grpc-web{text}{suffix}" for text in ("", "-text") for suffix in ("", "+proto", "+json", "+thrift")
)
_TYPES: Final = _WEB | {"application/grpc", "application/grpc+proto", "application/grpc+json"}

dialect: Final = Dialect(
    name="grpc-http",
    title="gRPC and gRPC-Web: the status in header fields or trailers",
    source="gRPC over HTTP/2; gRPC-Web; google/rpc/status.proto",
    read=_read,
    formats=(
        format_of("grpc", "application/grpc", lambda _: b"", head=_head, status=_ok),
        format_of("grpc-web", "application/grpc-web+proto", _write_web, status=_ok),
    ),
    signatures=(
        Signature(media_types=_TYPES, headers=_HEADER, success=True, weight=20),
        Signature(headers=_HEADER, success=True, weight=20),
        Signature(media_types=_WEB, accepts=_trailer_fails, success=True, weight=20),
    ),
)
