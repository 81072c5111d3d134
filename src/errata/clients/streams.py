"""Streams: raise what an event or a line says went wrong, in a loop over whatever gives the events or the lines."""

from contextlib import suppress
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from msgspec import Meta, Raw, Struct

from errata._body import MAX_BYTES
from errata._contract import Contract
from errata._dialect import Dialect
from errata._error import Error
from errata._http import Headers, RawResponse
from errata._kind import kind_of, status_of
from errata._read import detect, read
from errata._standard import standard_class

_D = TypeVar("_D", bound=str | bytes)


def raise_for_event(event: str | None, data: _D, contract: Contract | None = None, *, retry: float | None = None) -> _D:
    """Raise the error that an event reports; return its data when it reports none.

    That is each event of the name `error`, and one without a name (or `message`)
    whose data is an error and nothing else, as `raise_for_line` has it. `retry` is
    the field of that name, in milliseconds. Which class is raised, and with what,
    is as in `raise_for_problem`; `error.response` is the data.
    """
    if event == "error":
        body = _encoded(data)
        fields = {} if retry is None else {"retry-after-ms": str(retry)}
        raise _error(_frame(body) or _Frame(body, None, fields), data, contract)
    return raise_for_line(data, contract) if event in (None, "", "message") else data


def raise_for_line(line: _D, contract: Contract | None = None) -> _D:
    """Raise the error that a line of JSON reports; return the line when it reports none.

    A line is an error if it is an object with nothing in it but the members of
    one: `error` alone, or with `status` (and `retry_after`) or the `type` error, or
    the `type` ERROR of a watch of Kubernetes. One of more than 1 MiB is none.
    """
    data = _encoded(line)
    # Most lines are none, and are not looked at any further.
    if (b'"error"' in data or b'"ERROR"' in data) and (frame := _frame(data)) is not None:
        raise _error(frame, line, contract)
    return line


# ---- what an error in a stream looks like ----


class _Frame(Struct):
    """The body of an error, its status if that is known, and what would have been header fields."""

    body: bytes
    status: int | None = None
    fields: dict[str, str] = {}


class _Line(Struct, forbid_unknown_fields=True):
    """The last line that `errata.servers.streams.ndjson` writes: the body of the response, and its status."""

    error: Raw
    status: Annotated[int, Meta(ge=100, lt=600)]
    retry_after: float | None = None

    def frame(self, _: bytes) -> _Frame | None:
        """Return the body in the line; a body that is no JSON is a text there."""
        body = bytes(self.error)
        if body == b"null":
            return None
        fields = {} if self.retry_after is None else {"retry-after": str(self.retry_after)}
        return _Frame(_text(body), self.status if self.status >= 400 else None, fields)


class _Wrapped(Struct, forbid_unknown_fields=True):
    """A body that is nothing but its error, as OpenAI, Anthropic, Google and Ollama put it into their streams."""

    error: Annotated[dict[str, Raw], Meta(min_length=1)] | Annotated[str, Meta(min_length=1)]
    type: Literal["error"] | None = None
    request_id: str | None = None

    def frame(self, line: bytes) -> _Frame:
        """Return the line."""
        return _Frame(line)


class _Watched(Struct, forbid_unknown_fields=True):
    """The last event of a watch of Kubernetes that failed."""

    type: Literal["ERROR"]
    object: Raw

    def frame(self, _: bytes) -> _Frame:
        """Return the object."""
        return _Frame(bytes(self.object))


_FORMS: Final = tuple(msgspec.json.Decoder(form) for form in (_Line, _Wrapped, _Watched))


def _frame(line: bytes) -> _Frame | None:
    for form in _FORMS if len(line) <= MAX_BYTES else ():
        try:
            found: Any = form.decode(line)
        except (ValueError, RecursionError):
            continue
        frame: _Frame | None = found.frame(line)
        return frame
    return None


def _text(body: bytes) -> bytes:
    try:
        return msgspec.json.decode(body, type=str).encode()
    except ValueError:
        return body


def _encoded(data: str | bytes) -> bytes:
    return data.encode("utf-8", "replace") if isinstance(data, str) else data


# ---- from there to the error ----


def _error(frame: _Frame, data: object, contract: Contract | None) -> Error:
    dialect = _dialect(frame.body, contract)
    status = frame.status or _status(frame.body, dialect, contract)
    problem = read(RawResponse(status, Headers(frame.fields), frame.body), dialect).problem
    make = standard_class(problem).received if contract is None else contract.error
    return make(problem, data)


_UNKNOWN: Final = 500


def _dialect(body: bytes, contract: Contract | None) -> Dialect | str | None:
    """Return the contract's dialect if the body looks like it, else the one detected."""
    raw = RawResponse(_UNKNOWN, {}, body)
    return contract.own_dialect if contract is not None and contract.speaks(raw) else detect(raw)


class _Said(Struct):
    status: Annotated[int, Meta(ge=400, lt=600)]


def _status(body: bytes, dialect: Dialect | str | None, contract: Contract | None) -> int:
    """Return the status that the body says, or that goes with its code, or with what the code means."""
    problem = read(RawResponse(200, {}, body), dialect).problem  # of a failure inside a success the body knows it
    if problem.status is not None and 400 <= problem.status < 600:
        return problem.status
    with suppress(ValueError, RecursionError):
        return msgspec.json.decode(body, type=_Said).status
    found = None if contract is None else contract.catalog.find(problem)
    if found is not None:
        return found.status
    meant = read(RawResponse(_UNKNOWN, {}, body), dialect).problem.kind
    return _UNKNOWN if meant is None or meant == kind_of(_UNKNOWN) else status_of(meant)
