"""The errors of the Twilio API: a numbered code with a link, as JSON or XML.

Newer calls send a list of the same; it is read, the single form is written.

Deviations: a code that is no number is replaced by the general one of the status,
which is 20000 more; violations are told in the text; type URI, title, instance,
resource and inner problems have no place; of the extension members XML carries
texts alone.
"""

from typing import Any, Final

from errata._body import Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._json import write_json
from errata._problem import Problem, Violation, path_from_text
from errata._xml import Element, is_xml_name, write_xml
from errata.dialects._shapes import code_number, id_in, in_text, merged, with_members


class Body(Wire):
    """The error; `details` may stand beside these."""

    code: int | None = None
    message: str | None = None
    more_info: str | None = None
    status: int | None = None


class OpenBody(Body, forbid_unknown_fields=False):
    """The error with whatever members a call adds."""


class Item(Wire, rename="camel"):
    """One error of a list; `context` is where the fault is."""

    code: int | None = None
    message: str | None = None
    info_url: str | None = None
    context: str | None = None


class Listed(Wire):
    """The wrapper of a list."""

    errors: list[Item]


_GENERAL: Final = {400: 20001, 401: 20003, 405: 20004}
_ELEMENTS: Final = {"Code": "code", "Message": "message", "MoreInfo": "more_info", "Status": "status"}


def _read(doc: Document) -> Problem:
    if doc.root is not None:
        return _problem(doc, doc.fit(Body, _from_xml(doc.root)))
    if isinstance(doc.value, dict) and isinstance(doc.value.get("errors"), list) and "code" not in doc.value:
        return _read_list(doc)
    return _problem(doc, doc.fit(Body))


def _problem(doc: Document, body: Body) -> Problem:
    return Problem(
        status=doc.raw.status if body.status is None else body.status,
        code=None if body.code is None else str(body.code),
        detail=body.message or None,
        trace_id=_trace(doc),
        help=body.more_info or None,
        extensions=body.extras,
    )


def _read_list(doc: Document) -> Problem:
    wire = doc.fit(Listed)
    if not wire.errors:
        doc.note("empty-list", "the list of errors is empty; the status speaks alone")
        return Problem(status=doc.raw.status, extensions=wire.extras)
    problem = merged([_problem_of(item, doc.raw.status) for item in wire.errors])
    return problem.replace(trace_id=_trace(doc), extensions={**wire.extras, **problem.extensions})


def _trace(doc: Document) -> str | None:
    return doc.raw.headers.get("twilio-request-id") or None


def _problem_of(item: Item, status: int) -> Problem:
    code = None if item.code is None else str(item.code)
    path = path_from_text(item.context) if item.context and item.context != "null" else ()
    violations = (Violation(path=path, detail=item.message or None, code=code),) if path else ()
    return Problem(
        status=status, code=code, detail=item.message or None, violations=violations,
        help=item.info_url or None, extensions=item.extras,
    )  # fmt: skip


def _from_xml(root: Element) -> dict[str, Any]:
    """Return the exception as the JSON body it stands for."""
    plain: dict[str, Any] = {
        _ELEMENTS.get(child.name, child.name): child.text.strip() for child in root.find("RestException") or ()
    }
    for name in ("code", "status"):
        plain[name] = code_number(plain.get(name))
    return plain


def _body(problem: Problem) -> Body:
    number, status = code_number(problem.code), problem.status or 500
    general = _GENERAL.get(status, 20_000 + status)
    return Body(general if number is None else number, in_text(problem).head, problem.help or None, status)


def _write(problem: Problem) -> bytes:
    return write_json(with_members(_body(problem), problem.extensions))


def _write_xml(problem: Problem) -> bytes:
    body = _body(problem)
    own = {element: getattr(body, name) for element, name in _ELEMENTS.items()}
    taken = {*_ELEMENTS, *_ELEMENTS.values()}
    added = {n: v for n, v in problem.extensions.items() if isinstance(v, str) and is_xml_name(n) and n not in taken}
    children = [Element(name, text=str(value)) for name, value in {**own, **added}.items() if value is not None]
    return write_xml(Element("TwilioResponse", Element("RestException", *children)))


def _is_code(value: Any) -> bool:
    return type(value) is int and 10_000 <= value < 100_000


dialect: Final = Dialect(
    name="twilio",
    title="Twilio API: a numbered code with a link, as JSON or XML",
    source="Twilio API documentation, responses and RestException",
    read=_read,
    formats=(
        format_of("json", "application/json", _write, head=id_in("twilio-request-id")),
        format_of("xml", "application/xml", _write_xml, head=id_in("twilio-request-id")),
    ),
    signatures=(
        Signature(members={"message": str, "more_info": str, "status": int, "errorCode": ABSENT}),
        Signature(members={"code": int, "message": str, "more_info": str, "status": ABSENT}),
        Signature(members={"code": _is_code, "message": str, "status": int, "name": ABSENT}),
        Signature(members={"code": int, "message": str}, headers={"twilio-request-id": ""}, weight=4),
        Signature(members={"errors": [{"code": int, "message": str, "infoUrl": str}]}, weight=4),
        Signature(root=("", "TwilioResponse"), child="RestException"),
    ),
    fields=OpenBody,
)
