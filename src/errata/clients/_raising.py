"""What all clients share: how much of a body is read, what a response means, and the error to raise for it."""

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable, Iterator
from re import split
from time import monotonic
from typing import Any, Final

from errata._body import MAX_BYTES, MAX_CODINGS
from errata._contract import Contract
from errata._error import Error
from errata._http import Headers, RawResponse
from errata._read import read
from errata._standard import standard_class
from errata._unpack import UnpackError, unpack

MAX_SECONDS: Final = 30.0
"""How long the body of an error may keep arriving; what has come by then counts."""

_CHUNK: Final = 65_536


def is_fine(status: int, contract: Contract | None) -> bool:
    """Tell from the status alone that a response is no error; this is all that a success costs."""
    return status < 400 and not (200 <= status < 300 and contract is not None and contract.fails_with_2xx)


class Intake:
    """What arrives of a body: as much as reading looks at, for as long as an error is worth waiting for."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self.chunks: list[bytes] = []
        self.ended = False
        self.failure: Exception | None = None
        self._room = MAX_BYTES + 1  # one more than is read, so that reading sees that there was more
        self._clock = clock
        self._until = clock() + MAX_SECONDS

    def take(self, chunk: bytes) -> bool:
        """Keep a chunk, and tell whether more is wanted."""
        self.chunks.append(chunk)
        self._room -= len(chunk)
        return self._room > 0 and self._clock() < self._until

    @property
    def body(self) -> bytes:
        """Return the bytes that came, up to the cap."""
        return b"".join(self.chunks)[: MAX_BYTES + 1]


def gather(chunks: Iterable[bytes], intake: Intake | None = None) -> Intake:
    """Take a body in; one that breaks off or stalls ends there, for it must not hide the status."""
    intake = intake or Intake()
    try:
        for chunk in chunks:
            if not intake.take(chunk):
                return intake
        intake.ended = True
    except Exception as failure:  # noqa: BLE001 - each client has errors of its own for this
        intake.failure = failure.with_traceback(None)  # whose frames would hold all of this
    return intake


async def gather_async(chunks: AsyncIterable[bytes], intake: Intake | None = None) -> Intake:
    """Do the same with an async body."""
    intake = intake or Intake()
    try:
        async for chunk in chunks:
            if not intake.take(chunk):
                return intake
        intake.ended = True
    except Exception as failure:  # noqa: BLE001 - as above
        intake.failure = failure.with_traceback(None)
    return intake


def file_chunks(file: Any, **options: Any) -> Iterator[bytes]:
    """Yield what a file-like body gives, each time as much as is there: waiting for more may take for ever."""
    take = getattr(file, "read1", None) or file.read
    while chunk := take(_CHUNK, **options):
        yield chunk


async def file_chunks_async(file: Any, **options: Any) -> AsyncGenerator[bytes, None]:
    """Do the same with an async file-like body."""
    take = getattr(file, "read1", None) or file.read
    while chunk := await take(_CHUNK, **options):
        yield chunk


class Received:
    """A response as all clients have it, whose body may be that of an error."""

    def __init__(
        self,
        status: int,
        fields: Iterable[tuple[str, str]],
        response: object,
        method: str | None,
        contract: Contract | None,
    ) -> None:
        headers = Headers(fields)
        self.status, self.response, self.method, self.contract = status, response, method, contract
        self._codings = headers.get("content-encoding", "")
        # The coding is undone before anybody reads the body: its field would be taken for a promise.
        self.headers = Headers({name: headers[name] for name in headers if name != "content-encoding"})

    @property
    def is_readable(self) -> bool:
        """Tell whether to read the body: that of an error always, that of a success if an error may be in it."""
        if self.status >= 400:
            return True
        length = self.headers.get("content-length", "")
        is_large = length.isdecimal() and int(length[:20]) > MAX_BYTES
        media_type = RawResponse(self.status, self.headers).media_type
        return not is_large and (split(r"[/+]", media_type)[-1] in _WORDS or media_type in _media_types(self.contract))

    def plain(self, body: bytes) -> bytes:
        """Return a body as it was before its content codings, as far as they can be undone within the cap."""
        codings = [name.strip().lower() for name in self._codings.split(",")]
        for coding in reversed([name for name in codings if name not in ("", "identity")][:MAX_CODINGS]):
            try:
                body, _ = unpack(body, coding, MAX_BYTES)
            except UnpackError:
                return body if is_text(body) else b""
        return body

    def error(self, body: bytes) -> Error | None:
        """Return the error that the response reports; None when it is a success after all."""
        raw = RawResponse(self.status, self.headers, body)
        contract = self.contract
        own = contract.own_dialect if contract is not None and contract.speaks(raw) else None
        if self.status < 400 and own is None:
            return None
        problem = read(raw, own).problem
        make = standard_class(problem).received if contract is None else contract.error
        return make(problem, self.response, self.headers, self.method)

    def raise_error(self, body: bytes) -> None:
        """Raise the error that the response reports, if it does."""
        error = self.error(body)
        try:
            if error is not None:
                raise error
        finally:
            del error  # or its own traceback would keep it alive, and the response with it


def is_text(body: bytes) -> bool:
    """Tell whether a body is not packed, whatever its header says: it begins with characters."""
    return "\ufffd" not in body[:32].decode("utf-8", "replace")[:8]


# The last words of the media types that errors inside a success have.
_WORDS: Final = frozenset({"", "html", "json", "plain", "xml"})


def _media_types(contract: Contract | None) -> frozenset[str]:
    if contract is None:
        return frozenset()
    dialect = contract.own_dialect
    return frozenset(dialect.media_types).union(*(signature.media_types for signature in dialect.signatures))


def latin_1(fields: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    """Return header fields as text, the same text for every client: Latin-1 has a character for each byte."""
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in fields]
