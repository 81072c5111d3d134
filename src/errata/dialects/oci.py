"""The errors of container registries: a list of codes in capitals.

Clients meet them with Docker Hub, GHCR, Harbor, ECR and whatever else the
Distribution specification describes.

Deviations: a code holds capitals and underscores alone, any other gives way to
that of its kind; violations are told in the text; ids, help, resource and further
members but `detail` have no place.
"""

from collections.abc import Mapping
from typing import Any, Final

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind
from errata._problem import Problem
from errata.dialects._shapes import in_text, listed, merged


class Item(Wire):
    """One error; `detail` is of any type."""

    code: str
    message: str | None = None
    detail: Any = None


class Body(Wire):
    """The wrapper."""

    errors: list[Item]


_KINDS: Final[dict[str | None, Kind]] = {
    "BLOB_UNKNOWN": "not_found",
    "BLOB_UPLOAD_INVALID": "invalid_argument",
    "BLOB_UPLOAD_UNKNOWN": "not_found",
    "DENIED": "permission_denied",
    "DIGEST_INVALID": "invalid_argument",
    "MANIFEST_BLOB_UNKNOWN": "failed_precondition",
    "MANIFEST_INVALID": "invalid_argument",
    "MANIFEST_UNKNOWN": "not_found",
    "NAME_INVALID": "invalid_argument",
    "NAME_UNKNOWN": "not_found",
    "SIZE_INVALID": "invalid_argument",
    "TOOMANYREQUESTS": "resource_exhausted",
    "UNAUTHORIZED": "unauthenticated",
    "UNAVAILABLE": "unavailable",
    "UNSUPPORTED": "unimplemented",
}

_BY_KIND: Final[dict[Kind | None, str]] = {
    "not_found": "NAME_UNKNOWN",
    "permission_denied": "DENIED",
    "resource_exhausted": "TOOMANYREQUESTS",
    "unauthenticated": "UNAUTHORIZED",
    "unavailable": "UNAVAILABLE",
    "unimplemented": "UNSUPPORTED",
}


def _read(doc: Document) -> Problem:
    items = doc.fit(Body).errors
    if not items:
        doc.note("empty-list", "the list of errors is empty; the status speaks alone")
        return Problem(status=doc.raw.status)
    return merged([_problem(item, doc.raw.status) for item in items])


def _problem(item: Item, status: int) -> Problem:
    code = item.code or None
    further = {} if item.detail is None else {"detail": item.detail}
    return Problem(
        status=status,
        code=code,
        kind=_KINDS.get(code),
        detail=item.message or None,
        extensions={**item.extras, **further},
    )


def _write(problem: Problem) -> bytes:
    items = [Item(_code(each), each.head, each.extensions.get("detail")) for each in listed(in_text(problem))]
    return write_json(Body(items))


def _code(problem: Problem) -> str:
    return problem.code if problem.code and _is_code(problem.code) else _BY_KIND.get(problem.kind, "UNKNOWN")


def _is_code(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isupper() and value.replace("_", "").isalpha()


def _head(_: Problem) -> Mapping[str, str]:
    return {_HEADER: "registry/2.0"}


_HEADER: Final = "docker-distribution-api-version"
_NAMES: Final = frozenset(Item.__struct_encode_fields__)


def _is_item(value: Any) -> bool:
    has_text = isinstance(value, dict) and isinstance(value.get("message"), str)
    return has_text and _is_code(value.get("code")) and _NAMES.issuperset(value)


def _is_alone(doc: Document) -> bool:
    """Nothing beside the errors."""
    return len(doc.value) == 1


dialect: Final = Dialect(
    name="oci",
    title="OCI registries: a list of codes in capitals",
    source="OCI Distribution Specification, error codes",
    read=_read,
    formats=(format_of("json", "application/json", _write, head=_head),),
    signatures=(
        Signature(members={"errors": [_is_item]}, accepts=_is_alone),
        Signature(members={"errors": [{"code": str}]}, headers={_HEADER: "registry/"}, weight=5),
    ),
    fields=Body,
)
