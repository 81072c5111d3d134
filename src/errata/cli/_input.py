"""What the commands read: a response as curl prints it, a body alone, or a response as a JSON object."""

import base64
import binascii
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from errata import Dialect, RawResponse
from errata._http import Headers
from errata._read import dialect_of
from errata.cli._output import Refused
from errata.samples import assume_status
from errata.transcripts import TranscriptError, parse_transcript

MAX_INPUT: Final = 16_777_216
_REMEDY: Final = "print one with `curl -si URL`, or give the status of a body with --status"


class Given(Struct, frozen=True):
    """The response that was given; `assumed` says how its status was found, when it was not given."""

    response: RawResponse
    assumed: str | None = None


def read_input(file: str | None) -> bytes:
    """Return the bytes of a file, or of standard input; raises Refused."""
    if file in (None, "-"):
        if file is None and sys.stdin.isatty():
            raise Refused("nothing to read: give a file, or pipe a response in: curl -si URL | errata explain")
        data, name = _from_stdin(), "standard input"
    else:
        data, name = _from_file(str(file)), repr(file)
    if not data.strip():
        raise Refused(f"{name} is empty; {_REMEDY}")
    return data


def _from_stdin() -> bytes:
    try:
        return sys.stdin.buffer.read(MAX_INPUT)
    except OSError as error:
        raise Refused(f"standard input cannot be read ({error.strerror}); give a file") from None


def _from_file(file: str) -> bytes:
    try:
        with Path(file).open("rb") as opened:
            return opened.read(MAX_INPUT)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise Refused(
            f"{file[:200]!r} cannot be read ({reason}); give a file with a response, or - for standard input"
        ) from None


def dialect_named(name: str) -> Dialect:
    """Return a dialect by its name, or the one that a TOML file describes; raises Refused, UnknownDialectError."""
    if not name.endswith(".toml"):
        return dialect_of(name)
    from errata.dialects.described import DescriptionError, load_dialect

    try:
        return load_dialect(name)
    except DescriptionError as error:
        raise Refused(str(error)) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise Refused(f"{name[:200]!r} cannot be read ({reason}); give a file that describes a format") from None


def given(data: bytes, status: int | None = None, fields: Iterable[str] = (), dialect: Dialect | None = None) -> Given:
    """Return the response that was given, `status` and `fields` (`name: value`) replacing its own; raises Refused."""
    headers = dict(map(field_of, fields))
    shown = _from_object(data) or _from_transcript(data) or RawResponse(0, {}, data)
    response = RawResponse(status or shown.status, {**shown.headers, **headers}, shown.body)
    if response.status:
        return Given(_as_received(response))
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"[", b"<"):
        raise Refused(f"{data[:40].decode('utf-8', 'replace')!r} does not start like a response; {_REMEDY}")
    found, assumed = assume_status(response, dialect)
    return Given(RawResponse(found, response.headers, response.body), f"{assumed} (--status gives another)")


def field_of(text: str) -> tuple[str, str]:
    """Return a header field written as `name: value`; raises Refused."""
    name, colon, value = text.partition(":")
    if not colon or not name.strip() or not text.isprintable():
        raise Refused(f"--header {text[:80]!r} is no header field; write it as 'name: value'")
    return name.strip().lower(), value.strip()


def _from_transcript(data: bytes) -> RawResponse | None:
    """Return the response of a transcript; None when a body stands alone."""
    try:
        return parse_transcript(data)
    except TranscriptError:
        return None


def _as_received(response: RawResponse) -> RawResponse:
    """Drop a content encoding that is undone already: `curl --compressed` prints the field and the plain body."""
    if "content-encoding" not in response.headers:
        return response
    try:
        response.body.decode("utf-8")
    except UnicodeDecodeError:
        return response
    headers = {name: value for name, value in response.headers.items() if name != "content-encoding"}
    return RawResponse(response.status, headers, response.body)


# ---- a response as a JSON object ----

_MEMBERS: Final = frozenset({"status", "headers", "body", "body_base64"})


def _from_object(data: bytes) -> RawResponse | None:
    """Return the response of `{status, headers, body}`; None when the text is something else."""
    if not data.lstrip().startswith(b"{"):
        return None
    try:
        value = msgspec.json.decode(data)
    except (ValueError, RecursionError):
        return None
    if len(value) < 2 or not value.keys() <= _MEMBERS or not _is_status(value.get("status")):
        return None
    return RawResponse(value["status"], Headers(_headers(value.get("headers"))), _body(value))


def _is_status(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 100 <= value <= 999


def _headers(value: Any) -> list[tuple[str, str]]:
    pairs = list(value.items()) if isinstance(value, dict) else value or []
    try:
        return [(str(name), str(field)) for name, field in pairs]
    except (TypeError, ValueError):
        raise Refused('the member \'headers\' is no list of fields; write it as {"name": "value"}') from None


def _body(value: dict[str, Any]) -> bytes:
    """Return the body: a text as it is, base64 decoded, anything else as the JSON it stands for."""
    if isinstance(encoded := value.get("body_base64"), str):
        try:
            return base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            raise Refused("the member 'body_base64' is not base64; give the text as 'body'") from None
    body = value.get("body")
    if body is None:
        return b""
    return body.encode("utf-8", "replace") if isinstance(body, str) else msgspec.json.encode(body)
