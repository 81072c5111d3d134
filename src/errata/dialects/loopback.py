"""The errors of LoopBack: an object with the status, a name, a message, a code and details.

A client meets them at LoopBack 3 and 4 services, whose error handler leaves out
all but status and message of a failure of the server.

Deviations: a name is that of an error class, so it is made from the status;
title, help, ids, resource and further members have no place.
"""

from typing import Any, Final

import msgspec

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import title_of
from errata._problem import Location, Problem, Violation, path_from_text, shows
from errata.dialects._shapes import code_text, violations_from_map, without_debug


class Item(Wire, omit_defaults=False):
    """One fault: a JSON Pointer, the check that failed, a text, and what the check knows."""

    path: str = ""
    code: str | None = None
    message: str | None = None
    info: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])


class Inner(Wire, rename="camel"):
    """What is inside `error`."""

    status_code: int
    name: str | None = None
    message: str | None = None
    code: str | None = None
    details: list[Item] | None = None


class Body(Wire):
    """The wrapper."""

    error: Inner


class _Given(Wire, rename="camel"):
    """The same for reading, where codes may be numbers and details have one of two shapes."""

    status_code: int | None = None
    name: str | None = None
    message: str | None = None
    code: str | int | None = None
    details: Any = None


_DEBUG: Final = ("stack",)
_OF_PARAMETER: Final = "INVALID_PARAMETER_VALUE"  # the faults are about a parameter, which the message alone names


def _read(doc: Document) -> Problem:
    value = doc.value if isinstance(doc.value, dict) else {}
    wire = doc.fit(_Given, value.get("error", {}))
    status = doc.raw.status if wire.status_code is None else wire.status_code
    rest = {name: member for name, member in value.items() if name != "error"}
    violations = _violations(doc, wire.details, None if wire.code == _OF_PARAMETER else "body")
    if wire.details and not violations:
        rest["details"] = wire.details
    if wire.name is not None and wire.name != _name(status):
        rest["name"] = wire.name
    return Problem(
        status=status,
        code=code_text(wire.code),
        detail=wire.message or None,
        violations=violations,
        extensions={**rest, **without_debug(doc, wire.extras, _DEBUG)},
    )


def _violations(doc: Document, details: Any, location: Location | None) -> tuple[Violation, ...]:
    if isinstance(details, list):
        items = [doc.fit(Item, item) for item in details if isinstance(item, dict)]
        return tuple(_violation(item, location) for item in items)
    # The details of LoopBack 3: texts by property, and the failed checks in the same order.
    texts, checks = (details.get(name) for name in ("messages", "codes")) if isinstance(details, dict) else (None, None)
    codes = [v.detail for v in violations_from_map(checks)] if isinstance(checks, dict) else []
    faults = violations_from_map(texts) if isinstance(texts, dict) else ()
    codes += [None] * (len(faults) - len(codes))
    return tuple(Violation(path=v.path, detail=v.detail, code=codes[n]) for n, v in enumerate(faults))


def _violation(item: Item, location: Location | None) -> Violation:
    path = path_from_text(item.path or "")
    missing = (item.info or {}).get("missingProperty")
    if isinstance(missing, str) and path[-1:] != (missing,):
        path = (*path, missing)  # the path of a missing property is that of its object
    return Violation(path=path, location=location, detail=item.message or None, code=item.code or None)


# The names of error classes that are not made of their reason phrase.
_NAMES: Final = {413: "PayloadTooLargeError", 422: "UnprocessableEntityError", 500: "InternalServerError"}


def _name(status: int) -> str:
    """Return the name that the error class of a status has, as `NotFoundError`."""
    return _NAMES.get(status) or "".join(title_of(status).split()).removesuffix("Error") + "Error"


_SERVER: Final = 500


def _write(problem: Problem) -> bytes:
    status = problem.status or 500
    details = [_item(v) for v in problem.violations] or None
    name = None if status >= _SERVER else _name(status)
    return write_json(Body(Inner(status, name, problem.text, problem.code or None, details)))


def _item(violation: Violation) -> Item:
    text = violation.detail if shows(violation.detail) else "is not valid"
    return Item(violation.pointer, violation.code or "invalid", text)


dialect: Final = Dialect(
    name="loopback",
    title="LoopBack: status, name, message and details",
    source="LoopBack 4, strong-error-handler",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(
        Signature(members={"error": {"statusCode": int, "message": str}}, weight=4),
        Signature(members={"error": {"statusCode": int, "name": str}}, weight=4),
    ),
    fields=Body,
)
