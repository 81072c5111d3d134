"""Faults of SOAP 1.1 and SOAP 1.2.

What code and text cannot say is written into the detail, as problem details in
XML; the entries of any other detail are extension members. Reading accepts
either shape of a fault in either envelope.

Deviations: the status is what the HTTP binding demands, 500, or 400 for a fault
of the sender in 1.2; the detail keeps the kind. A code that cannot be a name in
XML stands in the detail alone.
"""

from collections.abc import Iterator
from functools import partial
from itertools import takewhile
from typing import Final

from errata._body import Document
from errata._dialect import Dialect, Signature, format_of
from errata._http import RawResponse
from errata._kind import Kind, kind_of, status_of
from errata._problem import Problem
from errata._xml import Element, XmlError, is_xml_name, parse_xml, write_xml
from errata.dialects import problem_xml
from errata.dialects._elements import members_of
from errata.dialects._shapes import failure_status

SOAP_11: Final = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12: Final = "http://www.w3.org/2003/05/soap-envelope"

# The codes of both versions: who is to blame.
_KINDS: Final[dict[str, Kind]] = {
    "Client": "invalid_argument",
    "Sender": "invalid_argument",
    "Server": "internal",
    "Receiver": "internal",
    "VersionMismatch": "failed_precondition",
    "MustUnderstand": "unimplemented",
    "DataEncodingUnknown": "invalid_argument",
}
_STANDARD: Final = {
    SOAP_11: frozenset({"Client", "Server", "VersionMismatch", "MustUnderstand"}),
    SOAP_12: frozenset({"Sender", "Receiver", "VersionMismatch", "MustUnderstand", "DataEncodingUnknown"}),
}
_SENDER, _RECEIVER = {SOAP_11: "Client", SOAP_12: "Sender"}, {SOAP_11: "Server", SOAP_12: "Receiver"}
_OWN_ENTRY: Final = (problem_xml.NAMESPACE, "problem")
# Statuses that stand for these kinds; those that gRPC maps them to stand for others.
_TELLING: Final[dict[Kind, int]] = {"failed_precondition": 412, "out_of_range": 416}
_ROLES: Final = ("faultactor", "Node", "Role")
_SERVER_STATUS: Final = 500
_MAX_SUBCODES: Final = 20

# Elements that frameworks put a stack trace or the class of an exception into.
_DEBUG: Final = frozenset({
    "exception", "exceptionclassname", "exceptiondetail", "exceptionname", "hostname", "stackentries", "stacktrace",
})  # fmt: skip
_STACK: Final = ("\tat ", "   at ", "Traceback (")


# ---- reading ----


def _read(doc: Document) -> Problem:
    body = doc.root.find("Body") if doc.root is not None else None
    fault = body.find("Fault") if body is not None else None
    if fault is None:
        doc.note("wrong-type", "the body is no envelope with a fault; the status speaks alone")
        return Problem(status=doc.raw.status)
    codes, text = list(_codes(fault)), _text(doc, fault)
    kind = _kind_of(codes)
    status = failure_status(doc, status_of(kind or "internal"))
    told = _told(doc, fault) or Problem(status=status, kind=kind)
    return told.replace(
        status=failure_status(doc, told.status),
        code=told.code or (codes[-1] if codes else None),
        detail=told.detail or (text if text != told.title else None),
        extensions={**_entries(doc, fault), **told.extensions},
    )


def _codes(fault: Element) -> Iterator[str]:
    """Yield the local names of the code and its subcodes, the innermost last."""
    if found := fault.text_of("faultcode"):
        yield found.rpartition(":")[2]
    code = fault.find("Code")
    for _ in range(_MAX_SUBCODES):
        if code is None:
            return
        if value := code.text_of("Value") or code.text_of("value"):
            yield value.rpartition(":")[2]
        code = code.find("Subcode")


def _kind_of(codes: list[str]) -> Kind | None:
    """Return the kind of the first code that the standard has; `Client.Auth` is one of `Client`."""
    return next(filter(None, (_KINDS.get(code.partition(".")[0]) for code in codes)), None)


def _text(doc: Document, fault: Element) -> str | None:
    """Return the text of a fault up to the stack trace that some servers put there."""
    reason = fault.find("Reason")
    text = fault.text_of("faultstring") or (reason.text_of("Text") if reason is not None else None) or ""
    lines = text.split("\n")
    kept = list(takewhile(lambda line: not line.startswith(_STACK), lines))
    if len(kept) < len(lines):
        doc.note("debug-left-out", "a stack trace was left out", "faultstring")
    return "\n".join(kept).rstrip() or None


def _told(doc: Document, fault: Element) -> Problem | None:
    """Return the problem details in the detail of a fault."""
    own = next((entry for entry in _detail(fault) if entry.tag == _OWN_ENTRY), None)
    if own is None:
        return None
    inner = Document(RawResponse(doc.raw.status))
    inner.root = own
    return problem_xml.dialect.read(inner)


def _entries(doc: Document, fault: Element) -> dict[str, object]:
    """Return the entries of a detail, its text, and which node found the fault in which role."""
    detail = _detail(fault)
    members: dict[str, object] = {name: text for name in _ROLES if (text := fault.text_of(name))}
    clean = Element("detail", *(entry for entry in detail if entry.tag != _OWN_ENTRY))
    if _drop_debug(clean):
        doc.note("debug-left-out", "elements with a stack trace or an exception were left out", "detail")
    text = detail.text.strip()
    if any(mark in text for mark in _STACK):
        doc.note("debug-left-out", "a stack trace was left out", "detail")
    elif text:
        members["detail"] = text
    return members | members_of(clean)


def _detail(fault: Element) -> Element:
    return fault.find("detail") or fault.find("Detail") or Element("detail")


def _drop_debug(element: Element) -> bool:
    """Take away elements that only the makers of the service need; tell whether there were any."""
    kept = [child for child in element if child.name.lower() not in _DEBUG]
    dropped = len(kept) < len(element.children)
    element.children = kept
    return any([dropped, *map(_drop_debug, kept)])


# ---- writing ----


def _side(problem: Problem, version: str) -> str:
    """Return the standard code: the problem's own, or who is to blame."""
    code = problem.code or ""
    if code in _STANDARD[version]:
        return code
    kind = problem.kind or kind_of(problem.status)
    return (_SENDER if status_of(kind) < _SERVER_STATUS else _RECEIVER)[version]


def _status_11(_: Problem) -> int:
    return _SERVER_STATUS


def _status_12(problem: Problem) -> int:
    return 400 if _side(problem, SOAP_12) == "Sender" else _SERVER_STATUS


def _write_11(problem: Problem) -> bytes:
    code = problem.code or ""
    told = code if is_xml_name(code) else _side(problem, SOAP_11)
    standard = told.partition(".")[0] in _STANDARD[SOAP_11]
    return _envelope(
        SOAP_11,
        Element("faultcode", text=f"soap:{told}" if standard else told),
        Element("faultstring", text=problem.head),
        *(Element("detail", own) for own in _own_entry(problem, [told], _SERVER_STATUS)),
    )


def _write_12(problem: Problem) -> bytes:
    code, side = problem.code or "", _side(problem, SOAP_12)
    told = [code] if is_xml_name(code) and code != side else []
    part = partial(Element, namespace=SOAP_12)
    return _envelope(
        SOAP_12,
        part("Code", part("Value", text=f"soap:{side}"), *(part("Subcode", part("Value", text=c)) for c in told)),
        part("Reason", part("Text", text=problem.head, attributes={"xml:lang": "en"})),
        *(part("Detail", own) for own in _own_entry(problem, [side, *told], _status_12(problem))),
    )


def _envelope(version: str, *parts: Element) -> bytes:
    fault = Element("Fault", *parts, namespace=version)
    body = Element("Body", fault, namespace=version)
    return write_xml(Element("Envelope", body, namespace=version), {version: "soap"})


def _own_entry(problem: Problem, codes: list[str], sent: int) -> Iterator[Element]:
    """Yield the problem details for the detail, where codes, text and the status sent do not say all."""
    code, kind = codes[-1] if problem.code else None, _kind_of(codes) or kind_of(sent)
    text, retry = problem.detail, problem.retry_after
    if problem == Problem(status=problem.status, code=code, kind=kind, detail=text, retry_after=retry):
        return
    # The status of the response tells the side alone; the one in here keeps the kind.
    kind = problem.kind or kind_of(problem.status)
    status = problem.status if kind_of(problem.status) == kind != "unknown" else _TELLING.get(kind, status_of(kind))
    try:
        own, _ = parse_xml(problem_xml.dialect.formats[0].write(problem.replace(status=status)))
    except XmlError:
        return  # too deep or too large
    inner = list(own)
    for element in inner:
        element.namespace = ""  # that of the root, which is written once
        inner += element.children
    yield own


def _fails(doc: Document) -> bool:
    """Tell whether there is a fault in the body of the envelope."""
    body = doc.root.find("Body") if doc.root is not None else None
    return body is not None and body.find("Fault") is not None


def _signature(version: str) -> Signature:
    return Signature(root=(version, "Envelope"), accepts=_fails, success=True)


soap11: Final = Dialect(
    name="soap11",
    title="SOAP 1.1 faults",
    source="SOAP 1.1, section 4.4",
    read=_read,
    formats=(format_of("xml", "text/xml; charset=utf-8", _write_11, status=_status_11),),
    signatures=(_signature(SOAP_11),),
)

soap12: Final = Dialect(
    name="soap12",
    title="SOAP 1.2 faults",
    source="SOAP 1.2 Part 1, section 5.4; Part 2, section 7.5",
    read=_read,
    formats=(format_of("xml", "application/soap+xml; charset=utf-8", _write_12, status=_status_12),),
    signatures=(_signature(SOAP_12),),
)
