"""The errors of Phoenix: a text as `detail`, or the texts of a changeset by field.

A client meets them at Phoenix applications made by the generator. The id of a
request is the header `X-Request-Id`.

Deviations: there is no code; a problem with violations says nothing but these;
title, help, resource and further members have no place.
"""

from typing import Any, Final

from errata._body import Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._json import write_json
from errata._problem import Problem
from errata.dialects._shapes import id_in, tree_from_violations, violations_from_map


class Body(Wire):
    """The one member."""

    errors: dict[str, Any]


def _read(doc: Document) -> Problem:
    wire = doc.fit(Body)
    errors = dict(wire.errors or {})
    detail = errors.pop("detail") if isinstance(errors.get("detail"), str) else None
    return Problem(
        status=doc.raw.status,
        detail=detail or None,
        violations=violations_from_map(errors),
        extensions=wire.extras,
    )


def _write(problem: Problem) -> bytes:
    if problem.violations:
        return write_json(Body(tree_from_violations(problem.violations, "base")))
    return write_json(Body({"detail": problem.text}))


def _has_detail_alone(errors: object) -> bool:
    return isinstance(errors, dict) and len(errors) == 1 and isinstance(errors.get("detail"), str)


def _is_alone(doc: Document) -> bool:
    """No other member."""
    return len(doc.value) == 1


def _is_beam(server: str) -> bool:
    return server.lower().startswith(("cowboy", "bandit"))


# What Plug sends with every response; Rails does so as well, and names itself.
_PLUG: Final = {"cache-control": "max-age=0, private, must-revalidate", "x-runtime": ABSENT, "x-request-id": ""}

dialect: Final = Dialect(
    name="phoenix",
    title="Phoenix: a text, or texts by field",
    source="Phoenix, ErrorJSON and ChangesetJSON as generated",
    read=_read,
    formats=(format_of("json", "application/json", _write, head=id_in("x-request-id")),),
    signatures=(
        Signature(members={"errors": _has_detail_alone}, accepts=_is_alone, weight=3),
        Signature(members={"errors": dict}, headers={"server": _is_beam}, accepts=_is_alone),
        Signature(members={"errors": dict}, headers=_PLUG, accepts=_is_alone, weight=3),
    ),
    fields=Body,
)
