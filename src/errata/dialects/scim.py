"""The error message of SCIM 2.0: a schema URN, the status as text, a keyword and a text.

A client meets it at provisioning endpoints for users and groups.

Deviations: keywords are a closed set, so another code is replaced by the keyword
that its kind calls for, or left out; the text gains the violations; ids, help
and further members have no place.
"""

from typing import Final

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind
from errata._problem import Problem
from errata.dialects._shapes import in_text

MEDIA_TYPE: Final = "application/scim+json"
SCHEMA: Final = "urn:ietf:params:scim:api:messages:2.0:Error"

# The keywords of RFC 7644 section 3.12, table 9.
KEYWORDS: Final = frozenset({
    "invalidFilter", "invalidPath", "invalidSyntax", "invalidValue", "invalidVers", "mutability", "noTarget",
    "sensitive", "tooMany", "uniqueness",
})  # fmt: skip

_KINDS: Final[dict[str | None, Kind]] = {
    "mutability": "failed_precondition",
    "sensitive": "permission_denied",
    "uniqueness": "already_exists",
}


class Body(Wire, rename="camel"):
    """The message; `status` is text."""

    schemas: list[str]
    status: str
    scim_type: str | None = None
    detail: str | None = None


def _read(doc: Document) -> Problem:
    wire = doc.fit(Body)  # a member that is missing is None or empty here, whatever the declaration says
    text = wire.status or ""
    return Problem(
        status=int(text) if text.isascii() and text.isdigit() and len(text) < 4 else doc.raw.status,
        code=wire.scim_type or None,
        kind=_KINDS.get(wire.scim_type),
        detail=wire.detail or None,
        extensions=wire.extras,
    )


def _write(problem: Problem) -> bytes:
    return write_json(Body([SCHEMA], str(problem.status or 500), _keyword(problem), in_text(problem).text))


def _keyword(problem: Problem) -> str | None:
    if problem.code in KEYWORDS:
        return problem.code
    if problem.kind == "already_exists":
        return "uniqueness"
    return "invalidValue" if problem.violations and problem.status == _BAD_REQUEST else None


_BAD_REQUEST: Final = 400  # the only status that goes with most keywords


def _has_schema(value: object) -> bool:
    return isinstance(value, list) and any(isinstance(urn, str) and urn.lower() == SCHEMA.lower() for urn in value)


dialect: Final = Dialect(
    name="scim",
    title="SCIM 2.0: a keyword and a text",
    source="RFC 7644 section 3.12",
    read=_read,
    formats=(format_of("json", MEDIA_TYPE, _write),),
    signatures=(
        Signature(members={"schemas": _has_schema}, weight=4),
        Signature(media_types=frozenset({MEDIA_TYPE}), members={"status": str | int}),
        Signature(media_types=frozenset({MEDIA_TYPE}), members={"detail": str}),
    ),
    fields=Body,
)
