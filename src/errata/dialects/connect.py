"""The errors of the Connect protocol: one of sixteen words, and protobuf details; also the last frame of a stream.

Clients in browsers and services generated from protobuf files meet it. The
details are those of google.rpc.Status.

Deviations: any code but the sixteen becomes the reason of `ErrorInfo`; further
members are written as texts into its metadata; locations, type, title, instance
and inner problems have no place.
"""

from base64 import b64encode
from typing import Any, Final

from errata._body import MAX_BYTES, Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._http import RawResponse
from errata._json import write_json
from errata._kind import Kind, status_of
from errata._problem import Problem
from errata.dialects._grpc import NUMBERS, frames, kind_for, kind_of_code
from errata.dialects._rpc_details import (
    HOST,
    Detail,
    from_base64,
    pack_details,
    read_details,
    unpack_detail,
    write_details,
)
from errata.dialects._shapes import failure_status


class Packed(Wire):
    """A detail: the name of its message, its bytes in base64 without padding, and a hint for people."""

    type: str | None = None
    value: str | None = None
    debug: Any = None


class Body(Wire):
    """The error."""

    code: str | None = None
    message: str | None = None
    details: list[Packed] | None = None


_SPELLED: Final[dict[Kind, str]] = {**{kind: kind for kind in NUMBERS}, "cancelled": "canceled"}
WORDS: Final = frozenset(_SPELLED.values())
_PACKED, _LAST = 0x01, 0x02  # the flags of a frame that is compressed, and of the one that ends a stream


def _read(doc: Document) -> Problem:
    body = doc.fit(Body, _end_of_stream(doc))
    kind = kind_of_code(body.code)
    return Problem(
        status=failure_status(doc, status_of(kind) if kind else None),
        code=body.code or None,
        kind=kind,
        detail=body.message or None,
        **_details(doc, body),
    )


def _details(doc: Document, body: Body) -> dict[str, Any]:
    unpacked = filter(None, map(_unpacked, body.details or []))
    members = read_details(doc, unpacked)
    return members | {"extensions": {**body.extras, **members["extensions"]}}


def _unpacked(packed: Packed) -> Detail | None:
    value = from_base64(packed.value or "")
    if not packed.type or value is None:
        return None
    return unpack_detail(packed.type if "/" in packed.type else HOST + packed.type, value)


def _end_of_stream(doc: Document) -> Any:
    """Return the error in the last frame of a stream; None when the body is no stream."""
    if not doc.media_type.startswith("application/connect+"):
        return None
    for flags, message in frames(doc.raw.body[:MAX_BYTES]):
        if flags & _LAST:
            coding = doc.raw.headers.get("connect-content-encoding", "") if flags & _PACKED else ""
            end = Document(RawResponse(doc.raw.status, {"content-encoding": coding}, message)).value
            return end.get("error") if isinstance(end, dict) else None
    return None


def _stream_fails(doc: Document) -> bool:
    """Tell whether the last frame of a stream holds an error."""
    error = _end_of_stream(doc)
    code = error.get("code") if isinstance(error, dict) else None
    return isinstance(code, str) and code in WORDS


def _is_bare(doc: Document) -> bool:
    """Tell whether there are no members but code, message and details."""
    return type(doc.value) is dict and doc.value.keys() <= {"code", "message", "details"}


def _write(problem: Problem) -> bytes:
    details = [
        Packed(url.rpartition("/")[2], b64encode(value).decode().rstrip("="))
        for url, value in pack_details(write_details(problem))
    ]
    return write_json(Body(_SPELLED[kind_for(problem)], problem.head, details or None))


_STREAMS: Final = frozenset({"application/connect+json", "application/connect+proto"})

dialect: Final = Dialect(
    name="connect",
    title="Connect protocol errors",
    source="Connect Protocol Reference, errors",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(
        Signature(members={"code": WORDS}, accepts=_is_bare, weight=4),
        Signature(media_types=_STREAMS, accepts=_stream_fails, success=True),
    ),
    fields=Body,
)
