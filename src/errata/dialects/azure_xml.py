"""The errors of Azure Storage as XML: a code, and a message that ends in the request's id and time.

Clients meet them with blobs, queues and files; the service management API has
the same in a namespace, old table services with names in lower case.

Deviations: faults of the request and inner problems are told in the message
alone; title, help and resource have no place; further members come back as texts.
"""

from collections.abc import Mapping
from typing import Final

from errata._body import Document
from errata._dialect import Dialect, Signature, format_of
from errata._http import clean_header
from errata._kind import title_of
from errata._problem import Problem, shows
from errata._xml import Element, write_xml
from errata.dialects._elements import elements, members_of, root_of
from errata.dialects._shapes import in_text

_OWN: Final = frozenset({"Code", "Message", "code", "message"})
_TIME: Final = "Time"
_CODE_HEADER: Final = "x-ms-error-code"


def _read(doc: Document) -> Problem:
    root = root_of(doc)
    text, trailer = _split(root.text_of("Message") or root.text_of("message") or "")
    time = {_TIME: trailer[_TIME]} if trailer.get(_TIME) else {}
    return Problem(
        status=doc.raw.status,
        code=root.text_of("Code") or root.text_of("code") or doc.raw.headers.get(_CODE_HEADER) or None,
        detail=text or None,
        trace_id=trailer.get("RequestId") or None,
        extensions={**members_of(root, _OWN), **time},
    )


def _split(message: str) -> tuple[str, dict[str, str]]:
    """Return a message without its last lines that are ids and times, and these by name; the first line is text."""
    lines = message.split("\n")
    trailer: dict[str, str] = {}
    while len(lines) > 1 and any(map(shows, lines[:-1])):
        name, colon, value = lines[-1].partition(":")
        if not colon or name not in ("RequestId", _TIME) or name in trailer:
            break
        trailer.setdefault(name, clean_header(value))
        del lines[-1]
    return "\n".join(lines).rstrip(), trailer


def code_of(problem: Problem) -> str:
    """Return the code, or the reason phrase in one word, as Azure names its general codes."""
    return problem.code if shows(problem.code) else title_of(problem.status).replace(" ", "")


def _write(problem: Problem) -> bytes:
    trace_id, time = clean_header(problem.trace_id or ""), problem.extensions.get(_TIME)
    lines = [in_text(problem).text]
    lines += [f"RequestId:{trace_id}"] if trace_id else []
    lines += [f"Time:{clean_header(time)}"] if isinstance(time, str) and clean_header(time) else []
    own = Element("Code", text=code_of(problem)), Element("Message", text="\n".join(lines))
    return write_xml(Element("Error", *own, *elements(problem.extensions, _OWN | {_TIME})))


def head_of(problem: Problem) -> Mapping[str, str]:
    """Return the header fields with the code and the trace id, where they hold them as they are."""
    code, trace_id = code_of(problem), clean_header(problem.trace_id or "")
    fields = {_CODE_HEADER: code if clean_header(code) == code else "", "x-ms-request-id": trace_id}
    return {name: value for name, value in fields.items() if value}


def _names_request(doc: Document) -> bool:
    """Message that ends in a RequestId."""
    message = doc.root.text_of("Message") if doc.root is not None else None
    return "\nRequestId:" in (message or "")


_METADATA: Final = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"

dialect: Final = Dialect(
    name="azure-xml",
    title="Azure Storage: Error with Code, and ids in the message",
    source="Azure Storage REST API, status and error codes",
    read=_read,
    formats=(format_of("xml", "application/xml", _write, head=head_of),),
    signatures=(
        Signature(root=("", "Error"), child="Code", headers={"x-ms-request-id": ""}, weight=4),
        Signature(root=("", "Error"), child="Code", headers={_CODE_HEADER: ""}, weight=4),
        Signature(root=("", "Error"), child="Code", accepts=_names_request, weight=4),
        Signature(root=("http://schemas.microsoft.com/windowsazure", "Error"), child="Code"),
        Signature(root=(_METADATA, "error"), child="code"),
        Signature(headers={_CODE_HEADER: "", "x-ms-request-id": ""}, form="empty"),
    ),
)
