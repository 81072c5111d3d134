"""What the commands read: a response as `curl -i` prints it, a bare body, or a JSON object of its parts."""

import base64
import binascii
import os
import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from errata._http import Headers, RawResponse
from errata.samples import assume_status
from errata.transcripts import TranscriptError, parse_transcript

MAX_INPUT: Final = 16_777_216


class InputError(ValueError):
    """The input cannot be used; the text says why and what to do."""


class Given(msgspec.Struct, frozen=True):
    """A response as given, and how its status was found when nothing said it."""

    response: RawResponse
    assumed: str | None = None


class _Parts(msgspec.Struct, forbid_unknown_fields=True):
    """A response as a JSON object."""

    status: int
    headers: dict[str, str] = {}
    body: Any = ""
    body_base64: str | None = None


def read_bytes(source: str) -> bytes:
    """Return the content of a file, or of standard input for `-`; raises InputError."""
    if source == "-":
        if sys.stdin is None or sys.stdin.isatty():
            raise InputError("nothing to read: name a file, or pipe a response in: curl -si URL | errata explain")
        data = sys.stdin.buffer.read(MAX_INPUT)
    else:
        try:
            with Path(source).open("rb") as file:
                data = file.read(MAX_INPUT)
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            raise InputError(
                f"cannot read {source!r} ({reason.lower()}): name a file, or - for standard input"
            ) from None
    if not data:
        raise InputError(f"{'standard input' if source == '-' else repr(source)} is empty: was curl called with -i?")
    return data


def response_from(data: bytes, status: int | None, fields: list[str]) -> Given:
    """Return the response in an input; raises InputError.

    Without a status line and without `status`, the status is that of the body or
    of its code, else assumed, and `assumed` says so.
    """
    headers = headers_from(fields)
    parts = _parts(data)
    if parts is not None:
        return Given(parts)
    try:
        response = parse_transcript(data, 0)
    except TranscriptError as error:
        raise InputError(str(error)) from None
    response = RawResponse(response.status or status or 0, Headers({**response.headers, **headers}), response.body)
    if response.status:
        return Given(response)
    found, assumed = assume_status(response, None)
    return Given(RawResponse(found, response.headers, response.body), assumed)


def headers_from(fields: list[str]) -> Headers:
    """Return header fields given as `name: value`; raises InputError."""
    pairs = [field.partition(":") for field in fields]
    for name, colon, _ in pairs:
        if not colon or not name.strip():
            raise InputError(f"header {name[:40]!r} has no value: write it as 'name: value'")
    return Headers((name.strip(), value.strip()) for name, _, value in pairs)


def _parts(data: bytes) -> RawResponse | None:
    """Return the response that a JSON object `{status, headers, body}` describes; None when it is none."""
    try:
        plain = msgspec.json.decode(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(plain, dict) or not ({"body", "body_base64"} & plain.keys()) or "status" not in plain:
        return None
    try:
        parts = msgspec.convert(plain, _Parts)
        body = base64.b64decode(parts.body_base64, validate=True) if parts.body_base64 is not None else None
    except msgspec.ValidationError as error:
        if plain.keys() - {"status", "headers", "body", "body_base64"}:
            return None  # somebody's error body that happens to have these members
        raise InputError(f"the JSON object is no response ({error}): give {{status, headers, body}}") from None
    except binascii.Error:
        raise InputError("body_base64 is not base64") from None
    if body is None:
        body = parts.body.encode() if isinstance(parts.body, str) else msgspec.json.encode(parts.body)
    return RawResponse(parts.status, Headers(parts.headers), body)
