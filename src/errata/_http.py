"""The little HTTP that errata needs: responses, requests, and the headers that matter to errors."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from msgspec import Struct
from msgspec.structs import force_setattr

from errata._problem import Members

HeaderSource = Mapping[str, str] | Iterable[tuple[str, str]]


class Headers(Members[str]):
    """Header fields by lower-case name; a repeated field is joined by commas (RFC 9110 section 5.3)."""

    __slots__ = ("_wire",)

    _wire: tuple[tuple[bytes, bytes], ...]

    def __init__(self, source: HeaderSource = ()) -> None:
        joined: dict[str, str] = {}
        for name, value in source.items() if isinstance(source, Mapping) else source:
            key = name.lower()  # pyright: ignore[reportAttributeAccessIssue] # never the keys of a mapping
            joined[key] = f"{joined[key]}, {value}" if key in joined else value
        super().__init__(joined)

    def get_header(self, name: str) -> str | None:
        """Return a field by its name in any case."""
        return self.get(name.lower())

    @property
    def wire(self) -> tuple[tuple[bytes, bytes], ...]:
        """Return the fields in bytes, made once: most responses have the ready headers of their format."""
        try:
            return self._wire
        except AttributeError:
            encoded = ((name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in self.items())
            self._wire = tuple(encoded)
            return self._wire


class RawHeaders(Mapping[str, str]):
    """Header fields as a server holds them, found and decoded when asked for.

    An error response looks at two fields of a request, and browsers send twenty:
    decoding them all took a tenth of the time of the whole request. Names are in
    lower case, as ASGI servers have them.
    """

    __slots__ = ("_fields",)

    def __init__(self, fields: Sequence[tuple[bytes, bytes]]) -> None:
        self._fields = fields

    def __getitem__(self, name: str) -> str:
        if (value := self.get(name)) is None:
            raise KeyError(name)
        return value

    def get(self, name: str, default: str | None = None, /) -> str | None:  # type: ignore[override]
        """Return a field by its name in any case."""
        wanted = name.lower().encode("latin-1", "replace")
        found: bytes | None = None
        for field, value in self._fields:
            if field == wanted:
                found = value if found is None else found + b", " + value
        return default if found is None else found.decode("latin-1")

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(field.decode("latin-1") for field, _ in self._fields))

    def __len__(self) -> int:
        return sum(1 for _ in self)


NO_HEADERS: Final = Headers()


@lru_cache(maxsize=256)
def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


class RawResponse(Struct, frozen=True):
    """An HTTP response as bytes: the status, the header fields, the body."""

    status: int
    headers: Mapping[str, str] = NO_HEADERS
    body: bytes = b""

    def __post_init__(self) -> None:
        if type(self.headers) is not Headers:
            force_setattr(self, "headers", Headers(self.headers))

    @property
    def media_type(self) -> str:
        """Return the media type in lower case, without parameters; empty when there is none."""
        return _media_type(self.headers.get("content-type", "")[:200])

    @property
    def charset(self) -> str | None:
        """Return the charset parameter of the content type in lower case."""
        for parameter in self.headers.get("content-type", "").split(";")[1:]:
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "charset":
                return value.strip().strip("'\"").lower() or None
        return None


class Request(Struct, frozen=True):
    """What an error response depends on: the method, the path and the header fields asked with.

    A mapping that is no dictionary is a framework's own, and finds lower-case names by itself.
    """

    method: str = "GET"
    path: str = "/"
    headers: Mapping[str, str] = NO_HEADERS

    def __post_init__(self) -> None:
        if isinstance(self.headers, dict):
            force_setattr(self, "headers", Headers(self.headers))


def clean_header(value: object, most: int = 1000) -> str:
    """Return a value that is safe in a header field: visible Latin-1, no control character or outer blank, capped."""
    text = str(value)[:most].strip()
    if text.isascii() and text.isprintable():
        return text  # as nearly all are
    return "".join(c if c.isprintable() and c < "\u0100" else "?" for c in text)


_TOKEN: Final = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")


def is_field_name(name: object) -> bool:
    """Tell whether a name may stand before the colon of a header field (RFC 9110 section 5.1)."""
    return isinstance(name, str) and bool(name) and _TOKEN.issuperset(name.lower())


class Preference(Struct, frozen=True):
    """One range of an `Accept` field, with its weight (RFC 9110 section 12.5.1)."""

    type: str
    subtype: str
    weight: float


def parse_accept(accept: str) -> tuple[Preference, ...]:
    """Return the ranges of an `Accept` field in the order sent; what cannot be read is left out."""
    ranges = []
    for item in accept[:8192].split(",")[:50]:
        media, *parameters = item.strip().lower().split(";")
        main, slash, sub = media.strip().partition("/")
        if slash and main and sub:
            ranges.append(Preference(main, sub, _weight(parameters)))
    return tuple(ranges)


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                weight = float(value)
            except ValueError:
                return 0.0
            return min(weight, 1.0) if weight > 0 else 0.0  # also when it is no number
    return 1.0


def quality(media_type: str, ranges: tuple[Preference, ...]) -> float:
    """Return the weight that the most specific fitting range gives to a media type.

    A range of `application/json` also admits `application/problem+json`, with
    less precedence than an exact range: a client that reads JSON reads both.
    """
    main, _, sub = media_type.partition(";")[0].strip().partition("/")
    suffix = sub.rpartition("+")[2]
    best = (0, 0.0)
    for r in ranges:
        if r.type == main and r.subtype == sub:
            rank = 4
        elif r.type == main and r.subtype in (suffix, "*+" + suffix):
            rank = 3
        elif r.type == main and r.subtype == "*":
            rank = 2
        elif r.type == r.subtype == "*":
            rank = 1
        else:
            continue
        if rank > best[0]:
            best = (rank, r.weight)
    return best[1]


def parse_retry_after(value: str, date: str | None = None) -> float | None:
    """Return the seconds of a `Retry-After` field (RFC 9110 section 10.2.3), never negative.

    A decimal number is tolerated. A date counts from the `Date` field of the same
    response, or from now. Returns None for anything else.
    """
    if len(value) > 100 or not value.isascii():
        return None
    try:
        seconds = float(value)
    except ValueError:
        until, sent = timestamp(value), timestamp(date) if date else None
        if until is None:
            return None
        if sent is None:
            from time import time

            sent = time()
        seconds = until - sent
    return max(seconds, 0.0) if seconds < 1e9 else None


def timestamp(date: str) -> float | None:
    """Return a date of HTTP (RFC 9110 section 5.6.7) in epoch seconds; None for anything else."""
    # Imported here: the module costs more to import than errata itself, and dates are rare.
    from datetime import UTC
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(date[:100])
        # A date without a zone is in GMT all the same (RFC 9110 section 5.6.7).
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


_HEX: Final = frozenset("0123456789abcdef")


def parse_traceparent(value: str | None) -> tuple[str, str, str] | None:
    """Return trace id, parent id and flags of a valid `traceparent` (W3C Trace Context section 3.2)."""
    if value is None or len(value) > 200:
        return None
    parts = value.strip().split("-")
    if [len(part) for part in parts[:4]] != [2, 32, 16, 2] or not all(_HEX.issuperset(part) for part in parts[:4]):
        return None
    version, trace_id, parent_id, flags = parts[:4]
    if version == "ff" or (version == "00" and len(parts) > 4) or not trace_id.strip("0") or not parent_id.strip("0"):
        return None
    return trace_id, parent_id, flags
