"""Samples: error responses as documents print them, and error tables as pages export them.

What people paste is rarely what went over the wire. `read_sample` mends it and
names each repair in a finding; `lint_prose` names slips in the text around it;
`import_catalog` reads the tables of codes. All are total and bounded.
"""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from errata._body import Finding
from errata._dialect import Dialect
from errata._http import Headers, HeaderSource, RawResponse
from errata._problem import Problem
from errata._read import Reading, dialect_of, read
from errata.samples._head import note_head, transcript_of
from errata.samples._json import mend_json
from errata.samples._notes import Notes
from errata.samples._prose import lint_prose, note_prose
from errata.samples._status import assume_status
from errata.samples._tables import CatalogReading, import_catalog
from errata.samples._xml import encoded, encoded_xml, mend_xml
from errata.transcripts import TranscriptError, parse_transcript

__all__ = ["CatalogReading", "SampleReading", "assume_status", "import_catalog", "lint_prose", "read_sample"]

MAX_TEXT: Final = 131_072


class SampleReading(Struct, frozen=True):
    """What was understood of a printed response: the reading of it as mended, and what was mended.

    `assumed` says how the status was found, when neither text nor caller gives it.
    """

    reading: Reading
    repairs: tuple[Finding, ...] = ()
    assumed: str | None = None

    @property
    def response(self) -> RawResponse:
        """Return the response as it should have been printed."""
        return self.reading.raw

    @property
    def problem(self) -> Problem:
        """Return the problem."""
        return self.reading.problem

    @property
    def dialect(self) -> str | None:
        """Return the name of the dialect; None when it was guessed."""
        return self.reading.dialect

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return the repairs and what else was odd."""
        return self.reading.findings


def read_sample(
    text: str,
    status: int | None = None,
    headers: HeaderSource = (),
    dialect: "str | Dialect | None" = None,
) -> SampleReading:
    """Return what a printed response says: a transcript, or a body in JSON or XML.

    Total: what cannot be mended is a finding and read as plain text. `status` and
    `headers` are for a body that stands alone; in a transcript its own count.
    Without any, the status is that of the body or of its code, else assumed.
    Only an unknown dialect name raises (UnknownDialectError).
    """
    chosen = None if dialect is None else dialect_of(dialect)
    notes = Notes()
    given, body = _split(text[:MAX_TEXT], status, Headers(headers), notes)
    if len(text) > MAX_TEXT:
        notes.add("too-large", f"the text was cut after {MAX_TEXT} characters")
    response = RawResponse(given.status, given.headers, _mended(body, given, notes))
    assumed = None
    if not response.status:
        found, assumed = assume_status(response, chosen)
        response = replace(response, status=found)
    reading = read(response, chosen)
    _note_texts(reading, body, notes)
    return SampleReading(replace(reading, noted=notes.findings + reading.noted), notes.findings, assumed)


def _split(text: str, status: int | None, headers: Headers, notes: Notes) -> tuple[RawResponse, str]:
    """Return the head (status 0: not given) and the body as printed."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").strip()
    text = "\n".join(line for line in text.split("\n") if not line.lstrip().startswith(("```", "~~~"))).strip()
    transcript = transcript_of(text, notes)
    if transcript is not None:
        try:
            raw = parse_transcript(transcript.encode("utf-8", "replace"))
        except TranscriptError as error:
            notes.add("bad-head", str(error))
        else:
            body = raw.body.decode("utf-8", "replace").strip()
            note_head(raw, body, notes)
            return raw, body
    return RawResponse(status or 0, headers), text


def _mended(body: str, head: RawResponse, notes: Notes) -> bytes:
    """Return the body as it should have been printed, in the encoding that its head or declaration names."""
    start = body.lstrip()[:1]
    mended: str | None = None
    if start in ("{", "["):
        mended = mend_json(body, notes)
    elif start == "<" or body.startswith("?xml"):
        is_page = body[:200].lower().startswith(("<!doctype html", "<html", "<head", "<body", "<title", "<h1"))
        mended = None if is_page else mend_xml(body, notes)
        if mended is not None and head.charset is None:
            return encoded_xml(mended)
    elif "{" in body[:MAX_LEADING]:
        mended = _after_leading_text(body, notes)
    return encoded(body if mended is None else mended, head.charset)


MAX_LEADING: Final = 2_000


def _after_leading_text(body: str, notes: Notes) -> str | None:
    """Return the JSON object behind a label or a sentence; None when there is none after all."""
    at = body.index("{")
    attempt = Notes()
    mended = mend_json(body[at:], attempt)
    if mended is None or mended == "{}":
        return None
    notes.add("leading-text", f"what stands before the sample was left out: {body[:at].strip()[:60]!r}")
    notes.extend(attempt)
    return mended


def _note_texts(reading: Reading, body: str, notes: Notes) -> None:
    """Note slips in the texts that people read; of a body that is plain text, in all of it."""
    if body[:1] not in ("{", "[", "<", "?") and "leading-text" not in notes:
        note_prose(body, notes)
        return
    problem = reading.problem
    texts = {"title": problem.title, "detail": problem.detail}
    texts |= {f"violations[{i}].detail": violation.detail for i, violation in enumerate(problem.violations[:100])}
    for path, text in texts.items():
        if text:
            note_prose(text, notes, path)
