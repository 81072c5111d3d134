"""restify's errors: a word in camel case as code, and a message.

Deviations: everything but code and message is lost; the request id is the header
field `request-id`.
"""

from typing import Any, Final

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind, title_of
from errata._problem import Problem
from errata.dialects._shapes import code_text, id_in


class Body(Wire, omit_defaults=False):
    """The error."""

    code: str | int | None = None
    message: str | None = None


# Codes that tell more than the status they are sent with (restify-errors sends some with 409).
_KINDS: Final[dict[str | None, Kind]] = {
    "BadMethod": "unimplemented",
    "InvalidArgument": "invalid_argument",
    "InvalidCredentials": "unauthenticated",
    "MissingParameter": "invalid_argument",
    "NotAuthorized": "permission_denied",
    "RequestExpired": "deadline_exceeded",
    "RequestThrottled": "resource_exhausted",
    "ResourceNotFound": "not_found",
}


def _read(doc: Document) -> Problem:
    wire = doc.fit(Body)
    code = code_text(wire.code)
    return Problem(
        status=doc.raw.status,
        code=code,
        kind=_KINDS.get(code),
        detail=wire.message or None,
        extensions=wire.extras,
    )


def _write(problem: Problem) -> bytes:
    return write_json(Body(problem.code or _code_of(problem.status or 500), problem.head))


def _code_of(status: int) -> str:
    """Return the name of the error class of a status, without its ending, as restify does."""
    words = "".join(c if c.isalnum() else " " for c in title_of(status)).split()
    return "".join(word[0].upper() + word[1:] for word in words).removesuffix("Error") or "Error"


def _is_camel(value: Any) -> bool:
    if not isinstance(value, str) or not value.isascii() or not value.isalnum() or value.endswith("Exception"):
        return False
    return value[:1].isupper() and any(c.islower() for c in value)


def _is_alone(doc: Document) -> bool:
    """Members code and message, and no other."""
    return type(doc.value) is dict and len(doc.value) == 2


dialect: Final = Dialect(
    name="restify",
    title="restify: a word as code, and a message",
    source="restify-errors, HttpError.toJSON",
    read=_read,
    formats=(format_of("json", "application/json", _write, head=id_in("request-id")),),
    signatures=(Signature(members={"code": _is_camel, "message": str}, accepts=_is_alone),),
    fields=Body,
)
