"""Boom: the errors of hapi, and those that NestJS and Fastify make alike.

The status stands in the body, `error` is its phrase. Deviations: `validation`
names the fields of one part of the request without a text for each; inner
problems, help, resource and ids have no place.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from errata._body import MAX_ITEMS, Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import title_of
from errata._problem import NO_MEMBERS, Location, Problem, Violation, path_from_text, shows
from errata.dialects._shapes import code_text, told_at, with_members, without_debug


class Body(Wire, rename="camel"):
    """The error; `message` is a list where several checks failed (NestJS), `code` is Fastify's."""

    status_code: int | None = None
    code: str | int | None = None
    error: str | None = None
    message: str | list[str] | None = None
    validation: dict[str, Any] | None = None


_SOURCES: Final[dict[Location | None, str]] = {
    "body": "payload",
    "query": "query",
    "path": "params",
    "header": "headers",
    "cookie": "state",
}
_LOCATIONS: Final[dict[object, Location | None]] = {
    **{source: location for location, source in _SOURCES.items()},
    "body": "body",  # celebrate names the parts as Express does
    "cookies": "cookie",
    "signedCookies": "cookie",
}


def _read(doc: Document) -> Problem:
    wire = doc.fit(Body)
    status = wire.status_code if wire.status_code is not None else doc.raw.status
    texts = [text for text in (wire.message if isinstance(wire.message, list) else [wire.message]) if text]
    violations = tuple(islice(_violations(wire.validation or {}), MAX_ITEMS))
    left = {"validation": wire.validation} if wire.validation and not violations else {}
    return Problem(
        status=status,
        code=code_text(wire.code),
        title=wire.error or None,
        detail=texts[0] if texts else None,
        violations=violations,
        problems=tuple([Problem(status=status, detail=text) for text in texts]) if len(texts) > 1 else (),
        extensions=without_debug(doc, {**wire.extras, **left}, ("stack",)) or NO_MEMBERS,
    )


def _violations(validation: dict[str, Any]) -> Iterator[Violation]:
    """Read hapi's `{source, keys}`, or celebrate's map of such by part of the request, each with a text."""
    for part in [validation] if "keys" in validation else validation.values():
        keys = part.get("keys") if isinstance(part, dict) else None
        if isinstance(keys, list):
            source, text = part.get("source"), part.get("message")
            location = _LOCATIONS.get(source) if isinstance(source, str) else None
            places = [path_from_text(key) for key in keys if isinstance(key, str)]
            texts = told_at(text if isinstance(text, str) else None, len(places))
            yield from (Violation(path=p, location=location, detail=t) for p, t in zip(places, texts, strict=True))


def _write(problem: Problem) -> bytes:
    violations = problem.violations
    source = _SOURCES.get(violations[0].location, "payload") if violations else None
    body = Body(
        status_code=problem.status or 500,
        code=problem.code or None,
        error=problem.title if shows(problem.title) else title_of(problem.status),
        message=problem.head,
        validation={"source": source, "keys": [v.dotted for v in violations]} if violations else None,
    )
    return write_json(with_members(body, problem.extensions))


dialect: Final = Dialect(
    name="boom",
    title="Boom: hapi, NestJS and Fastify, with the status in the body",
    source="@hapi/boom API, error transformation",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(
        Signature(members={"statusCode": int, "error": str}),
        Signature(members={"statusCode": int, "message": str}),
        Signature(members={"statusCode": int, "message": [str]}),
    ),
    fields=Body,
)
