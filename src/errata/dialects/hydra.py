"""API Platform's errors in JSON-LD: problem details that are Hydra documents as well.

Deviations: `@context`, `@id` and `@type` follow from the status and are written
anew; hints and the location and status of a violation have no place.
"""

from typing import Any, Final

import msgspec

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._kind import title_of
from errata._problem import Problem, Violation, path_from_text
from errata.dialects._riders import Standard, leave_out_debug, read_with, write_with
from errata.dialects._shapes import bracketed

_JSON: Final = "application/problem+json"
_LD_JSON: Final = "application/ld+json"


class Item(Wire, rename="camel"):
    """One violation; `code` names the check."""

    property_path: str = ""
    message: str | None = None
    code: str | None = None


class Own(Wire):
    """What JSON-LD and Hydra add to a problem; older versions send little else."""

    context: Any = msgspec.field(default=None, name="@context")
    id: Any = msgspec.field(default=None, name="@id")
    ld_type: Any = msgspec.field(default=None, name="@type")
    hydra_title: str | None = msgspec.field(default=None, name="hydra:title")
    hydra_description: str | None = msgspec.field(default=None, name="hydra:description")
    description: str | None = None
    violations: list[Item] | None = None


class Body(Standard):
    """The members of a problem, and those of a Hydra error."""

    context: str = msgspec.field(default="", name="@context")
    id: str = msgspec.field(default="", name="@id")
    ld_type: str = msgspec.field(default="", name="@type")
    hydra_title: str | None = msgspec.field(default=None, name="hydra:title")
    hydra_description: str | None = msgspec.field(default=None, name="hydra:description")
    violations: list[dict[str, str]] | None = None


_OWN: Final = frozenset(Own.__struct_encode_fields__)
_DEBUG: Final = frozenset({"trace", "class"})


def _read(doc: Document) -> Problem:
    own, problem = read_with(doc, doc.value, Own, _OWN)
    problem = problem.replace(
        title=problem.title or own.hydra_title or None,
        detail=problem.detail or own.hydra_description or own.description or None,
    )
    if own.violations is not None:
        problem = problem.replace(violations=tuple(map(_violation, own.violations)))
    return leave_out_debug(doc, problem, _DEBUG)


def _violation(item: Item) -> Violation:
    return Violation(path=path_from_text(item.property_path), detail=item.message or None, code=item.code or None)


def _write(problem: Problem) -> bytes:
    status = problem.status or 500
    title = problem.title or title_of(status)
    name, ld_type = ("ConstraintViolation",) * 2 if problem.violations else ("Error", "hydra:Error")
    detail = problem.detail or "\n".join(_line(v) for v in problem.violations) or None
    body = Body(
        problem.type, title, status, detail, problem.instance, f"/contexts/{name}", f"/errors/{status}", ld_type,
        title, detail, [_item(v) for v in problem.violations] or None,
    )  # fmt: skip
    return write_with(body, problem.replace(violations=()))


def _item(violation: Violation) -> dict[str, str]:
    item = {"propertyPath": bracketed(violation), "message": violation.detail or "This value is not valid."}
    return {**item, "code": violation.code} if violation.code else item


def _line(violation: Violation) -> str:
    return f"{bracketed(violation)}: {violation.detail or 'This value is not valid.'}"


def _ld_error(value: Any) -> bool:
    return isinstance(value, str) and value.endswith(("Error", "ConstraintViolation", "ConstraintViolationList"))


_ITEM: Final = {"propertyPath": str, "message": str}
_MEDIA: Final = frozenset({_JSON, _LD_JSON})

dialect: Final = Dialect(
    name="hydra",
    title="API Platform: problem details in JSON-LD with Hydra",
    source="API Platform, JSON-LD error normalizer",
    read=_read,
    formats=(format_of("json", _JSON, _write), format_of("ld-json", _LD_JSON, _write)),
    signatures=(
        Signature(media_types=_MEDIA, members={"@type": str}, weight=5),
        Signature(media_types=_MEDIA, members={"hydra:title": str}, weight=5),
        Signature(media_types=_MEDIA, members={"hydra:description": str}, weight=5),
        Signature(media_types=_MEDIA, members={"violations": [_ITEM]}, weight=4),
        Signature(members={"@type": _ld_error, "title": str}, weight=6),
        Signature(members={"@type": _ld_error, "violations": list}, weight=6),
        Signature(members={"hydra:title": str, "hydra:description": str | None}, weight=6),
        Signature(members={"title": str, "violations": [_ITEM]}, weight=5),
    ),
    fields=Body,
)
