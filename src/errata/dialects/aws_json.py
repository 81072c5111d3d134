"""The errors of AWS services that speak JSON: a shape name, a message, and the members of that shape.

Clients meet them as `application/x-amz-json-1.0` and `-1.1`, with the shape in
`__type` (DynamoDB, Kinesis, SQS), or as plain JSON with the shape in the header
field `x-amzn-errortype` (Lambda, EKS, API Gateway).

Deviations: no inner problems, title or help; a violation is a place and a text;
a code cannot hold `:` or `#`; the delay and the trace id travel in header fields.
The absolute id of a shape is kept as the problem's type, what
`x-amzn-query-error` says as the extension member `queryError`.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._http import clean_header
from errata._json import write_json
from errata._problem import Problem, Violation, path_from_text, shows
from errata.dialects._aws import kind_of_code, request_id, stand_in
from errata.dialects._shapes import code_text


class Field(Wire):
    """One fault of a ValidationException; some services call the place `name`."""

    path: str | None = None
    name: str | None = None
    message: str | None = None


class Body(Wire):
    """The members every error may have; others belong to its shape."""

    type: str | None = msgspec.field(default=None, name="__type")
    message: str | None = None
    other_message: str | None = msgspec.field(default=None, name="Message")
    field_list: list[Field] | None = msgspec.field(default=None, name="fieldList")


ERROR_TYPE: Final = "x-amzn-errortype"
_QUERY_ERROR: Final = "x-amzn-query-error"
_CODES: Final = ("code", "Code")
_RESERVED: Final = frozenset({"__type", "message", "Message", "fieldList"})


def _read(doc: Document) -> Problem:
    return read_shape(doc, doc.raw.headers.get(ERROR_TYPE), header_first=False)


def _read_rest(doc: Document) -> Problem:
    return read_shape(doc, doc.raw.headers.get(ERROR_TYPE), header_first=True)


def read_shape(doc: Document, header: str | None, *, header_first: bool) -> Problem:
    """Return the problem of a body; its shape is named by `__type`, by a header field, or by `code`."""
    wire = _body(doc)
    further = dict(wire.extras)
    named = next((name for name in _CODES if isinstance(further.get(name), str) and further[name]), None)
    shape = header or None if header_first else wire.type or header
    if not shape and named:
        shape = str(further.pop(named))
    shape = (shape or wire.type or "").partition(":")[0]
    code = shape.rpartition("#")[2] or None
    if query_error := doc.raw.headers.get(_QUERY_ERROR):
        further["queryError"] = query_error
    return Problem(
        status=doc.raw.status,
        code=code,
        kind=kind_of_code(code),
        type=shape if _is_absolute(shape) else None,
        detail=wire.message or wire.other_message or None,
        violations=tuple(map(_violation, wire.field_list or ())),
        extensions=further,
    )


def _body(doc: Document) -> Body:
    if doc.form == "text":
        return Body(message=doc.text.strip())
    return Body() if doc.form == "empty" else doc.fit(Body)


def _is_absolute(shape: str) -> bool:
    namespace, sign, name = shape.partition("#")
    return bool(namespace and sign and name) and not {":", "#"} & set(name) and ":" not in namespace


def _violation(field: Field) -> Violation:
    return Violation(path=path_from_text(field.path or field.name or ""), detail=field.message)


# ---- writing ----


def shape_of(problem: Problem) -> str:
    """Return the shape that stands for a problem: its absolute id where the type is one, else its name."""
    name = (problem.code or "").partition(":")[0].rpartition("#")[2]
    if not shows(name):
        name = stand_in(problem, xml=False)
    absolute = problem.type is not None and _is_absolute(problem.type) and problem.type.endswith("#" + name)
    return problem.type if absolute and problem.type else name


def members_of(problem: Problem, **own: str) -> dict[str, Any]:
    """Return the members of a body: those given, the message, the faults, and what belongs to the shape."""
    fields = [Field(v.pointer, message=v.detail if shows(v.detail) else "is not valid") for v in problem.violations]
    body: dict[str, Any] = msgspec.to_builtins(Body(message=problem.head, field_list=fields or None))
    header = _query_error(problem)
    further = {
        name: value
        for name, value in problem.extensions.items()
        if name.strip() not in _RESERVED and not (header and name == "queryError")
    }
    return {**own, **body, **{name: value for name, value in further.items() if name not in own}}


def _query_error(problem: Problem) -> str | None:
    value = problem.extensions.get("queryError")
    return value if isinstance(value, str) and ";" in value and clean_header(value) == value else None


def head_of(problem: Problem) -> dict[str, str]:
    """Return the header fields that carry the trace id and the code of a service's older protocol."""
    fields = {"x-amzn-requestid": request_id(problem), _QUERY_ERROR: _query_error(problem)}
    return {name: value for name, value in fields.items() if value}


def _write(problem: Problem) -> bytes:
    return write_json(members_of(problem, __type=shape_of(problem)))


def _write_rest(problem: Problem) -> bytes:
    """Write the message; the shape is in the header, unless a header cannot hold it."""
    shape = shape_of(problem)
    return write_json(members_of(problem) if _fits_header(shape) else members_of(problem, code=shape))


def _rest_head(problem: Problem) -> Mapping[str, str]:
    shape = shape_of(problem)
    return head_of(problem) | ({ERROR_TYPE: shape} if _fits_header(shape) else {})


def _fits_header(text: str) -> bool:
    return clean_header(text) == text


def is_shape(value: object) -> bool:
    """Tell whether a value looks like the name or the id of a shape."""
    name = (code_text(value) or "").partition(":")[0]
    return name[:1].isalpha() and name.isascii() and " " not in name


def _has_no_markup(doc: Document) -> bool:
    """Body of JSON or text, or none."""
    return doc.form in ("json", "text", "empty")


_MEDIA_TYPES: Final = ("application/x-amz-json-1.0", "application/x-amz-json-1.1")

dialect: Final = Dialect(
    name="aws-json",
    title="AWS services with JSON: the shape in __type",
    source="Smithy AWS JSON 1.0 and 1.1 protocols",
    read=_read,
    formats=(
        format_of("json-1.0", _MEDIA_TYPES[0], _write, head=head_of),
        format_of("json-1.1", _MEDIA_TYPES[1], _write, head=head_of),
    ),
    signatures=(
        Signature(media_types=frozenset(_MEDIA_TYPES), accepts=_has_no_markup),
        Signature(members={"__type": is_shape}, form="json", weight=4),
    ),
    fields=Body,
)

restjson: Final = Dialect(
    name="aws-restjson",
    title="AWS services with REST and JSON: the shape in x-amzn-errortype",
    source="Smithy AWS restJson1 protocol",
    read=_read_rest,
    formats=(format_of("json", "application/json", _write_rest, head=_rest_head),),
    signatures=(Signature(headers={ERROR_TYPE: is_shape}, accepts=_has_no_markup, weight=6),),
    fields=Body,
)
