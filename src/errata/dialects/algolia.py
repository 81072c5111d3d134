"""The errors of the Algolia API: a text and the status.

A client meets it on every call; malformed JSON adds where the parser stopped.

Deviations: nothing but the text and the status has a place.
"""

from typing import Final

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._problem import Members, Problem


class Body(Wire):
    """The text, the status, and where the parser stopped."""

    message: str | None = None
    status: int | None = None
    position: int | None = None
    line: int | None = None


_PLACES: Final = ("position", "line")


def _read(doc: Document) -> Problem:
    body = doc.fit(Body)
    places = {name: value for name in _PLACES if (value := getattr(body, name)) is not None}
    return Problem(
        status=doc.raw.status if body.status is None else body.status,
        detail=body.message or None,
        extensions=Members({**places, **body.extras}) if places else body.extras,
    )


def _write(problem: Problem) -> bytes:
    places = [value if type(value := problem.extensions.get(name)) is int else None for name in _PLACES]
    return write_json(Body(problem.head, problem.status or 500, *places))


def _is_alone(doc: Document) -> bool:
    """Members message and status, the status that of the response, and nothing but a place beside them."""
    return doc.value["status"] == doc.raw.status and {"message", "status", *_PLACES}.issuperset(doc.value)


dialect: Final = Dialect(
    name="algolia",
    title="Algolia API: a text and the status",
    source="Algolia REST API reference, errors",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(Signature(members={"message": str, "status": int}, accepts=_is_alone),),
    fields=Body,
)
