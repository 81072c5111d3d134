"""The errors of Jira and Confluence-like services: texts of the whole, and one text by field.

Deviations: there is no code; of several faults of a field the texts are joined;
instance, help and resource have no place; the id of the request is in the header.
"""

from typing import Any, Final

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._problem import Problem, Violation, path_from_text, shows
from errata.dialects._shapes import id_in, map_from_violations, with_members


class Body(Wire, rename="camel"):
    """The collection: texts of the whole, texts by field; some calls add the status."""

    error_messages: list[str]
    errors: dict[str, Any]
    status: int | None = None


class OpenBody(Body, forbid_unknown_fields=False):
    """The collection with whatever members a call adds."""


def _read(doc: Document) -> Problem:
    body = doc.fit(Body)
    texts = [text for text in body.error_messages or () if text]
    status = doc.raw.status if body.status is None else body.status
    return Problem(
        status=status,
        detail=texts[0] if texts else None,
        violations=tuple(
            Violation(path=path_from_text(field), detail=text)
            for field, given in (body.errors or {}).items()
            for text in (given if isinstance(given, list) else [given])
            if isinstance(text, str)
        ),
        problems=tuple(Problem(status=status, detail=text) for text in texts) if len(texts) > 1 else (),
        trace_id=next((doc.raw.headers[name] for name in _TRACES if doc.raw.headers.get(name)), None),
        extensions=body.extras,
    )


_TRACES: Final = ("x-arequestid", "atl-traceid")


def _texts(problem: Problem) -> list[str]:
    """Return the texts of the whole, the problem's own first; with nothing to say of any field there is one."""
    own = [text for text in (problem.detail, problem.title) if shows(text)][:1]
    inner = [each.text for each in problem.problems]
    whole = [v.detail for v in problem.violations if not v.path and shows(v.detail)]
    texts = [*(own if inner[:1] != own else ()), *whole, *inner]
    return texts or ([] if any(v.path for v in problem.violations) else [problem.text])


def _write(problem: Problem) -> bytes:
    faults = map_from_violations(tuple(v for v in problem.violations if v.path))
    errors = {field: "; ".join(texts) for field, texts in faults.items()}
    return write_json(with_members(Body(_texts(problem), errors), problem.extensions))


dialect: Final = Dialect(
    name="jira",
    title="Jira API: texts of the whole, and one text by field",
    source="Jira Cloud platform REST API, ErrorCollection",
    read=_read,
    formats=(format_of("json", "application/json", _write, head=id_in("x-arequestid")),),
    signatures=(
        Signature(members={"errorMessages": list}),
        Signature(members={"errorMessages": list, "errors": dict}, weight=4),
    ),
    fields=OpenBody,
)
