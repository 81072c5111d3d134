"""What gRPC and its relatives share: the sixteen codes, and messages in frames."""

from collections.abc import Iterator
from typing import Final

from errata._kind import Kind, kind_of
from errata._problem import Problem

# The kinds in the order of their numbers, from 1 on (google/rpc/code.proto).
_ORDER: Final[tuple[Kind, ...]] = (
    "cancelled", "unknown", "invalid_argument", "deadline_exceeded", "not_found", "already_exists",
    "permission_denied", "resource_exhausted", "failed_precondition", "aborted", "out_of_range", "unimplemented",
    "internal", "unavailable", "data_loss", "unauthenticated",
)  # fmt: skip

KINDS_BY_NUMBER: Final[dict[int, Kind]] = dict(enumerate(_ORDER, 1))
NUMBERS: Final[dict[Kind, int]] = {kind: number for number, kind in KINDS_BY_NUMBER.items()}

# Connect and Twirp spell one of them with a single l.
_KINDS: Final[dict[str, Kind]] = {**{kind: kind for kind in _ORDER}, "canceled": "cancelled"}


def kind_of_code(code: str | None) -> Kind | None:
    """Return the kind that a code is the name of, in upper or lower case; None for any other code."""
    return _KINDS.get(code.lower()) if code else None


def kind_for(problem: Problem) -> Kind:
    """Return the kind to write: the one that the code names, else the problem's own."""
    return kind_of_code(problem.code) or problem.kind or kind_of(problem.status)


_HEAD: Final = 5  # one byte of flags, four of length


def frame(flags: int, message: bytes) -> bytes:
    """Return a message with its length before it."""
    return bytes([flags]) + len(message).to_bytes(4, "big") + message


def frames(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the flags and the bytes of each length-prefixed message; the last one may be cut."""
    pos = 0
    while pos + _HEAD <= len(body):
        start, size = pos + _HEAD, int.from_bytes(body[pos + 1 : pos + _HEAD], "big")
        yield body[pos], body[start : start + size]
        pos = start + size
