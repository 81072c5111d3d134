"""The errors of drf-standardized-errors: a class, and a list of errors with code, text and field.

A client meets them at Django REST framework services that installed the package.

Deviations: the class follows from the problem; every error has a code and a text,
so they are made where there are none; title, help, ids, resource and further
members have no place.
"""

from typing import Final, Literal

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._problem import Problem, Violation, path_from_text
from errata.dialects._shapes import listed, merged

VALIDATION: Final = "validation_error"
CLIENT: Final = "client_error"
SERVER: Final = "server_error"
WHOLE: Final = "non_field_errors"


class Item(Wire, omit_defaults=False):
    """One error; `attr` is null where it is about no field."""

    code: str | None = None
    detail: str | None = None
    attr: str | None = None


class Body(Wire):
    """The two members, both always there."""

    type: Literal["validation_error", "client_error", "server_error"]
    errors: list[Item]


# The codes of the framework, by status; a fault of the input is `invalid`.
_CODES: Final = {
    401: "not_authenticated",
    403: "permission_denied",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    415: "unsupported_media_type",
    429: "throttled",
}


def _read(doc: Document) -> Problem:
    body = doc.fit(Body)
    if not body.errors:
        doc.note("empty-list", "the list of errors is empty; the status speaks alone", "errors")
        return Problem(status=doc.raw.status, extensions=body.extras)
    problem = merged([_problem(item, doc.raw.status) for item in body.errors])
    return problem.replace(extensions={**body.extras, **problem.extensions})


def _problem(item: Item, status: int) -> Problem:
    path = path_from_text(item.attr or "")
    path = path[:-1] if path[-1:] == (WHOLE,) else path
    detail, code = item.detail or None, item.code or None
    violations = (Violation(path=path, detail=detail, code=code),) if path else ()
    return Problem(status=status, code=code, detail=detail, violations=violations, extensions=item.extras)


def _write(problem: Problem) -> bytes:
    items = listed(problem)
    status = problem.status or 500
    if any(item.violations for item in items):
        return write_json(Body(VALIDATION, [_item(each, status, WHOLE) for each in items]))
    return write_json(Body(SERVER if status >= _SERVER else CLIENT, [_item(each, status, None) for each in items]))


_SERVER: Final = 500


def _item(problem: Problem, status: int, whole: str | None) -> Item:
    attr = problem.violations[0].dotted if problem.violations else whole
    fallback = "invalid" if whole else _CODES.get(status, "error" if status >= _SERVER else "invalid")
    return Item(problem.code or fallback, problem.head, attr)


_CLASSES: Final = frozenset({VALIDATION, CLIENT, SERVER})

dialect: Final = Dialect(
    name="drf-std",
    title="drf-standardized-errors: a class and a list of errors",
    source="drf-standardized-errors, error response format",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(
        Signature(members={"type": _CLASSES, "errors": [{"code": str, "detail": str}]}),
        Signature(members={"type": _CLASSES, "errors": [{"code": str, "attr": str | None}]}),
    ),
    fields=Body,
)
