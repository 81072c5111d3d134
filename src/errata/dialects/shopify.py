"""The errors of the Shopify REST APIs: `errors` as texts by field, as a list of texts, or as one text.

Deviations: there is no code; a problem with violations has no text of its own;
title, help, instance and resource have no place; the id of the request is in the
header.
"""

from typing import Any, Final

from errata._body import Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._json import write_json
from errata._problem import Problem
from errata.dialects._shapes import id_in, map_from_violations, violations_from_map, with_members


class Body(Wire):
    """The wrapper; `error` stands for a single text in older calls, `error_reference` for what to tell support."""

    errors: str | list[Any] | dict[str, Any] | None = None
    error: str | None = None


class OpenBody(Body, forbid_unknown_fields=False):
    """The wrapper with whatever members a call adds."""


_WHOLE: Final = "base"


def _read(doc: Document) -> Problem:
    body = doc.fit(Body)
    told, status = body.errors or body.error, doc.raw.status
    texts = [text for text in (told if isinstance(told, list) else [told]) if isinstance(text, str) and text]
    return Problem(
        status=status,
        detail=texts[0] if texts else None,
        violations=violations_from_map(told) if isinstance(told, dict) else (),
        problems=tuple(Problem(status=status, detail=text) for text in texts) if len(texts) > 1 else (),
        extensions=body.extras,
    )


def _errors(problem: Problem) -> str | list[str] | dict[str, list[str]]:
    if problem.violations:
        return map_from_violations(problem.violations, _WHOLE)
    inner = [each.text for each in problem.problems]
    texts = inner if inner[:1] == [problem.head] else [problem.head, *inner]
    return texts if len(texts) > 1 else texts[0]


def _write(problem: Problem) -> bytes:
    return write_json(with_members(Body(_errors(problem)), problem.extensions))


def _is_shopify(doc: Document) -> bool:
    """Header field whose name starts with x-shopify."""
    return any(name.startswith(("x-shopify-", "x-shopid")) for name in doc.raw.headers)


def _is_told(value: Any) -> bool:
    return isinstance(value, str | list | dict)


dialect: Final = Dialect(
    name="shopify",
    title="Shopify REST APIs: texts by field, a list of texts, or one text",
    source="Shopify API documentation, response status and error codes",
    read=_read,
    formats=(format_of("json", "application/json", _write, head=id_in("x-request-id")),),
    signatures=(
        Signature(members={"errors": _is_told}, accepts=_is_shopify, weight=6),
        Signature(members={"error": str}, accepts=_is_shopify, weight=6),
        Signature(members={"errors": str, "error_reference": str}, weight=4),
        Signature(
            members=dict.fromkeys(("code", "error", "message", "msg", "status", "success"), ABSENT) | {"errors": str},
            weight=1,
        ),
    ),
    fields=OpenBody,
)
