"""The status of gRPC in header or trailer fields, and of gRPC-Web in the last frame of the body.

Written as a response of trailers only: HTTP 200, `grpc-status`, `grpc-message`,
and the details as google.rpc.Status in `grpc-status-details-bin`.

Deviations: the code is one of sixteen, any other becomes the reason of
`ErrorInfo`; the status is that of the code; further members are written as
texts; locations, type, title, instance and inner problems have no place. A long
text is cut. Of the details 5,000 characters are sent: what has no room is left
out, first details of other types, then violations from the last one on (with
`violationsLeftOut`, their number, in the metadata of `ErrorInfo`), then other
metadata, help and resource; trace id and reason are the last to go.
"""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import suppress
from operator import itemgetter
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from errata._body import MAX_BYTES, Document
from errata._dialect import Dialect, Signature, format_of
from errata._kind import Kind, status_of, title_of
from errata._problem import NO_MEMBERS, Problem, shows
from errata.dialects._grpc import KINDS_BY_NUMBER, NUMBERS, frame, frames, kind_for
from errata.dialects._protobuf import decode_status, encode_status
from errata.dialects._rpc_details import (
    HOST,
    Detail,
    from_base64,
    name_of,
    pack_detail,
    pack_details,
    read_details,
    settled_details,
    unpack_detail,
    write_details,
)
from errata.dialects._shapes import code_number, failure_status

_TRAILER: Final = 0x80  # the flag of the frame that holds trailer fields
_DETAILS: Final = "grpc-status-details-bin"
_MAX_READ: Final = 65_536  # characters of a header field that is read


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
    for less in (problem, problem.replace(extensions=NO_MEMBERS)):
        with suppress(Exception):  # whatever a problem is made of, a call ends with a status
            return _fields_of(less)
    return _fields_of(Problem(status=problem.status))


def _fields_of(problem: Problem) -> dict[str, str]:
    number = NUMBERS[kind_for(problem)]
    message, packed = _fitting(problem)
    fields = {"grpc-status": str(number), "grpc-message": _percent_encoded(message)}
    if not packed:
        return fields
    # A client refuses details whose code or message is not that of the other fields.
    return fields | {_DETAILS: b64encode(encode_status(number, message, packed)).decode().rstrip("=")}


def _percent_encoded(text: str) -> str:
    """Return a text as UTF-8 with all but visible ASCII escaped, and blanks at the ends as well."""
    if text.isascii() and text.isprintable() and "%" not in text and text == text.strip(" "):
        return text  # as nearly all are
    inner = "".join(chr(b) if 0x20 <= b <= 0x7E and b != 0x25 else f"%{b:02X}" for b in text.encode("utf-8", "replace"))
    left, right = len(inner) - len(inner.lstrip(" ")), len(inner) - len(inner.rstrip(" "))
    return "%20" * left + inner.strip(" ") + "%20" * right


def _cut(text: str, most: int) -> str:
    """Return as much of a text as there is room for when it is encoded; empty if nothing of that shows."""
    text = text[:most]
    while len(encoded := _percent_encoded(text)) > most:
        text = text[: min(len(text) - 1, len(text) * most // len(encoded))]
    return text if shows(text) else ""


def _write_web(problem: Problem) -> bytes:
    """Write the fields as the trailer frame of gRPC-Web."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in _head(problem).items())
    return frame(_TRAILER, lines.encode())


def _ok(_: Problem) -> int:
    return 200


# ---- what fits into header fields ----

# Clients take 8 KiB of fields in all, of which the details have 5,000 characters of base64. In
# bytes that is this room, for the details (RetryInfo, which is small, beside it) and for the
# message twice: a server may say it again, as a LocalizedMessage.
_ROOM: Final = 3_500
_SPARE: Final = 100  # of it for what tells that violations were left out
_MESSAGE: Final = 1_000  # characters of a message when it is encoded
_SHORTEST: Final = 200  # and those that it may have in any case
_GROWTH: Final = 300  # bytes that details may have more when they were read, beside becoming twice as long
_AROUND: Final = 12  # bytes around the type and the value of a detail
_LEAST: Final = 2  # bytes of a violation that says nothing

_LEFT_OUT: Final = "violationsLeftOut"
_INFO: Final = HOST + "google.rpc.ErrorInfo"
# What stays longest comes first. The last two go from their end, violations when there is nothing else to go.
_RETRY, _REASON, _TRACE, _RESOURCE, _HELP, _PARAMETER, _VIOLATION, _FURTHER = range(8)
_RANKS: Final = {
    "BadRequest": _VIOLATION, "ErrorInfo": _REASON, "Help": _HELP, "RequestInfo": _TRACE, "ResourceInfo": _RESOURCE,
    "RetryInfo": _RETRY,
}  # fmt: skip


class _Piece(NamedTuple):
    """A part of the details that stays or goes as a whole; those of one detail have its place."""

    rank: int
    place: int
    url: str
    value: bytes


def _fitting(problem: Problem) -> tuple[str, list[tuple[str, bytes]]]:
    """Return the message and the packed details, as much of them as there is room for."""
    near = _without_far(problem)
    message, packed = _message(near, _MESSAGE), pack_details(write_details(near))
    size = sum(len(url) + len(value) + _AROUND for url, value in packed)
    if 2 * (size + _bytes(message)) <= _ROOM - _GROWTH:
        return message, packed  # as nearly all are
    # In the spelling that lasts, lest reading and writing again leave out something more.
    pieces = sorted(_pieces(settled_details(near)), key=itemgetter(0))
    _, left = _kept([p for p in pieces if p.rank in (_REASON, _TRACE)], _ROOM - _SPARE - 2 * _SHORTEST)
    message = _message(near, min(_MESSAGE, left // 2 + _SHORTEST))
    room = _ROOM - 2 * _bytes(message)
    kept, _ = _kept(pieces, room)
    if len(kept) < len(pieces):
        kept, _ = _kept(pieces, room - _SPARE)
        missing = _violations(pieces) - _violations(kept) + len(problem.violations) - len(near.violations)
        kept += _marker(pieces, missing)
    return message, _joined(kept)


def _without_far(problem: Problem) -> Problem:
    """Return a problem without violations that have no room in any case, so that they need not be packed."""
    room = _ROOM
    for index, violation in enumerate(problem.violations, 1):
        room -= len(violation.detail or "") + len(violation.code or "") + _LEAST
        if room < 0:
            return problem.replace(violations=problem.violations[:index])
    return problem


def _violations(pieces: list[_Piece]) -> int:
    return sum(piece.rank == _VIOLATION for piece in pieces)


def _message(problem: Problem, most: int) -> str:
    return _cut(problem.head, most) or title_of(problem.status)


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _pieces(details: list[Detail]) -> Iterator[_Piece]:
    """Yield the parts of the details; a second detail of a type counts as a further one."""
    seen: set[str] = set()
    for place, detail in enumerate(details):
        name = name_of(detail)
        rank = _FURTHER if name in seen else _RANKS.get(name, _FURTHER)
        seen.add(name)
        for inner, part in _split(rank, detail):
            packed = pack_detail(part)
            if packed is not None:
                yield _Piece(inner, place, *packed)


def _split(rank: int, detail: Detail) -> Iterator[tuple[int, Detail]]:
    """Yield a detail as details with a single parameter or violation each; joined, their bytes are its own."""
    kind = {"@type": detail.get("@type")}
    if rank == _VIOLATION:
        yield from ((rank, kind | {"fieldViolations": [fault]}) for fault in detail.get("fieldViolations", ()))
        return
    parameters = detail.get("metadata", {}) if rank == _REASON else {}
    plain = {name: value for name, value in detail.items() if name != "metadata"}
    if plain.keys() != kind.keys() or not parameters:
        yield rank, plain
    yield from ((_PARAMETER, kind | {"metadata": {name: text}}) for name, text in parameters.items())


def _kept(pieces: list[_Piece], room: int) -> tuple[list[_Piece], int]:
    """Return the pieces that there is room for, in the order given, and the bytes that are left."""
    kept: list[_Piece] = []
    places: set[int] = set()
    for piece in pieces:
        cost = len(piece.value) + (0 if piece.place in places else len(piece.url) + _AROUND)
        if piece.rank != _RETRY and cost > room:
            if piece.rank >= _VIOLATION:
                break
            continue
        kept.append(piece)
        places.add(piece.place)
        room -= cost if piece.rank != _RETRY else 0
    return kept, room


def _marker(pieces: list[_Piece], missing: int) -> list[_Piece]:
    """Return the parameter that tells how many violations were left out; none if all are there."""
    packed = pack_detail({"@type": _INFO, "metadata": {_LEFT_OUT: str(missing)}})
    place = next((p.place for p in pieces if p.rank in (_REASON, _PARAMETER)), -1)
    return [_Piece(_PARAMETER, place, *packed)] if missing and packed else []


def _joined(pieces: list[_Piece]) -> list[tuple[str, bytes]]:
    """Return packed details of pieces."""
    details: dict[int, tuple[str, list[bytes]]] = {}
    for piece in pieces:
        details.setdefault(piece.place, (piece.url, []))[1].append(piece.value)
    return [(url, b"".join(values)) for _, (url, values) in sorted(details.items())]


# ---- detection ----

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
