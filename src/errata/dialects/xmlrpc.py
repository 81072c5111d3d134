"""Faults of XML-RPC: a number and a text, always with HTTP 200.

Deviations: nothing but code and text; a code that is no number of 32 bits gives
way to the status, and the status of a response is told only by a number that is
one, or by the numbers that XML-RPC and JSON-RPC servers agreed on.
"""

from typing import Final

from errata._body import Document
from errata._dialect import Dialect, Signature, format_of
from errata._problem import Problem
from errata._xml import Element, write_xml
from errata.dialects._shapes import code_number, failure_status
from errata.dialects.jsonrpc import meaning_of

_MAX_NUMBER: Final = 2**31


def _read(doc: Document) -> Problem:
    values = _members(doc.root)
    code = values.get("faultCode")
    status, kind = meaning_of(code_number(code))
    if not values:
        doc.note("wrong-type", "the body is no methodResponse with a fault; the status speaks alone")
    return Problem(
        status=failure_status(doc, status),
        code=code,
        kind=kind,
        detail=values.get("faultString"),
    )


def _members(root: Element | None) -> dict[str, str]:
    """Return the members of the fault's struct that have a text."""
    element = root
    for name in ("fault", "value", "struct"):
        element = element.find(name) if element is not None else None
    members = ((member.text_of("name"), member.find("value")) for member in element or ())
    return {name: text for name, value in members if name and value is not None and (text := _text(value))}


def _text(value: Element) -> str:
    """Return the text of a value; one without a type is a string."""
    return (value.children[0] if value.children else value).text.strip()


def _write(problem: Problem) -> bytes:
    number = code_number(problem.code)
    if number is None or not -_MAX_NUMBER <= number < _MAX_NUMBER:
        number = problem.status or 500
    struct = Element("struct", _member("faultCode", "int", str(number)), _member("faultString", "string", problem.head))
    return write_xml(Element("methodResponse", Element("fault", Element("value", struct))))


def _member(name: str, kind: str, text: str) -> Element:
    return Element("member", Element("name", text=name), Element("value", Element(kind, text=text)))


def _ok(_: Problem) -> int:
    return 200


dialect: Final = Dialect(
    name="xmlrpc",
    title="XML-RPC faults",
    source="XML-RPC Specification; Specification for Fault Code Interoperability",
    read=_read,
    formats=(format_of("xml", "text/xml; charset=utf-8", _write, status=_ok),),
    signatures=(Signature(root=("", "methodResponse"), child="fault", success=True),),
)
