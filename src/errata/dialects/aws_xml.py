"""The errors of AWS services that speak XML: query (and wrapped REST), and EC2.

Clients meet the first with IAM, STS, SNS and Route 53, the second with EC2.

Deviations: faults of the request are told in the message alone, and so are inner
problems but for EC2, which lists several errors; title, help and resource have no
place; further members come back as texts.
"""

from typing import Final

from errata._body import Document
from errata._dialect import Dialect, Signature, format_of
from errata._problem import Problem, shows
from errata._xml import Element, write_xml
from errata.dialects._aws import kind_of_code, stand_in
from errata.dialects._elements import elements, members_of, root_of
from errata.dialects._shapes import id_in, in_text, listed, merged

_TYPES: Final = ("Sender", "Receiver")  # whose fault it is
_OWN: Final = frozenset({"Code", "Message", "RequestId", "RequestID"})


def _problem(doc: Document, error: Element, trace_id: str | None = None) -> Problem:
    code = error.text_of("Code")
    return Problem(
        status=doc.raw.status,
        code=code,
        kind=kind_of_code(code),
        detail=error.text_of("Message"),
        trace_id=trace_id,
        extensions=members_of(error, _OWN),
    )


def texts_of(problem: Problem) -> tuple[Element, Element]:
    """Return the code and the message as elements; there is always a code."""
    code = problem.code if shows(problem.code) else stand_in(problem, xml=True)
    return Element("Code", text=code), Element("Message", text=in_text(problem).text)


def id_of(problem: Problem, name: str = "RequestId") -> Element:
    """Return the element with the trace id, which clients look for even when it is empty."""
    return Element(name, text=problem.trace_id if shows(problem.trace_id) else "")


# ---- query, and wrapped REST ----


def _read_query(doc: Document) -> Problem:
    root = root_of(doc)
    trace_id = root.text_of("RequestId") or root.text_of("RequestID")
    problem = _problem(doc, root.find("Error") or root, trace_id)
    if problem.extensions.get("Type") != _type(problem.status):
        return problem
    return problem.replace(extensions={name: v for name, v in problem.extensions.items() if name != "Type"})


def _type(status: int | None) -> str:
    return _TYPES[(status or 500) >= 500]


def _write_query(problem: Problem) -> bytes:
    given = problem.extensions.get("Type")
    fault = Element("Type", text=given if given in _TYPES else _type(problem.status))
    error = Element("Error", fault, *texts_of(problem), *elements(problem.extensions, _OWN | {"Type"}))
    return write_xml(Element("ErrorResponse", error, id_of(problem)))


def _is_wrapped(doc: Document) -> bool:
    """Error with Code inside of an ErrorResponse, of any namespace."""
    error = doc.root.find("Error") if doc.root is not None and doc.root.name == "ErrorResponse" else None
    return error is not None and error.find("Code") is not None


# ---- EC2 ----


def _read_ec2(doc: Document) -> Problem:
    root = root_of(doc)
    errors = [error for error in root.find("Errors") or () if error.name == "Error"] or [root]
    trace_id = root.text_of("RequestID") or root.text_of("RequestId")
    return merged([_problem(doc, error) for error in errors]).replace(trace_id=trace_id)


def _write_ec2(problem: Problem) -> bytes:
    errors = [Element("Error", *texts_of(item), *elements(item.extensions, _OWN)) for item in listed(in_text(problem))]
    return write_xml(Element("Response", Element("Errors", *errors), id_of(problem, "RequestID")))


_head: Final = id_in("x-amzn-requestid")

query: Final = Dialect(
    name="aws-query",
    title="AWS query services and wrapped REST XML: ErrorResponse",
    source="Smithy AWS query protocol",
    read=_read_query,
    formats=(format_of("xml", "text/xml", _write_query, head=_head),),
    signatures=(Signature(form="xml", accepts=_is_wrapped),),
)


def _is_versioned(doc: Document) -> bool:
    """Root element Response in a namespace of EC2."""
    return doc.root is not None and doc.root.name == "Response" and doc.root.namespace.startswith(_EC2)


_EC2: Final = "http://ec2.amazonaws.com/"

ec2: Final = Dialect(
    name="aws-ec2",
    title="Amazon EC2: Response with Errors",
    source="Smithy AWS EC2 query protocol",
    read=_read_ec2,
    formats=(format_of("xml", "text/xml", _write_ec2, head=_head),),
    signatures=(
        Signature(root=("", "Response"), child="Errors"),
        Signature(form="xml", child="Errors", accepts=_is_versioned, weight=2),
    ),
)
