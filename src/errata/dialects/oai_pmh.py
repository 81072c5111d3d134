"""The errors of OAI-PMH, the protocol that libraries harvest metadata with: one of eight codes, with HTTP 200.

The time and the request of a response are extension members.

Deviations: any other code gives way to the nearest of the eight; a failure of the
server keeps its HTTP status, since the protocol has no code for it; without the
extension member `responseDate` the time is that of the epoch, since the same
problem is written as the same bytes. All else has no place.
"""

from typing import Final

from errata._body import Document
from errata._dialect import Dialect, Signature, format_of
from errata._kind import Kind, kind_of
from errata._problem import Problem
from errata._xml import Element, is_xml_name, write_xml
from errata.dialects._shapes import failure_status, several

NAMESPACE: Final = "http://www.openarchives.org/OAI/2.0/"

# The statuses are what each comes to over HTTP.
_CODES: Final[dict[str, int]] = {
    "badArgument": 400,
    "badResumptionToken": 400,
    "badVerb": 400,
    "cannotDisseminateFormat": 406,
    "idDoesNotExist": 404,
    "noMetadataFormats": 404,
    "noRecordsMatch": 404,
    "noSetHierarchy": 501,
}
_BY_KIND: Final[dict[Kind, str]] = {"not_found": "idDoesNotExist", "unimplemented": "badVerb"}
_EPOCH: Final = "1970-01-01T00:00:00Z"
_SERVER_STATUS: Final = 500


def _read(doc: Document) -> Problem:
    root = doc.root
    errors = [child for child in root if child.name == "error"] if root is not None else []
    if root is None or not errors:
        doc.note("wrong-type", "the body is no OAI-PMH response with an error; the status speaks alone")
        return Problem(status=doc.raw.status)
    problems = [_problem(doc, error) for error in errors]
    inner = tuple(problems) if len(problems) > 1 else ()
    return problems[0].replace(problems=inner, extensions=_asked(root))


def _problem(doc: Document, error: Element) -> Problem:
    code = error.attributes.get("code") or None
    return Problem(
        status=failure_status(doc, _CODES.get(code or "")),
        code=code,
        detail=error.text.strip() or None,
    )


def _asked(root: Element) -> dict[str, object]:
    """Return when the response was made, and to which request."""
    request = root.find("request")
    arguments = request.attributes if request is not None else {}
    told = {"responseDate": root.text_of("responseDate"), "request": root.text_of("request"), "arguments": arguments}
    return {name: value for name, value in told.items() if value}


def _write(problem: Problem) -> bytes:
    root = Element(
        "OAI-PMH",
        Element("responseDate", text=_text(problem, "responseDate") or _EPOCH),
        Element("request", text=_text(problem, "request"), attributes=_arguments(problem)),
        *(Element("error", text=each.head, attributes={"code": _code(each)}) for each in several(problem)),
        namespace=NAMESPACE,
    )
    return write_xml(root)


def _text(problem: Problem, name: str) -> str:
    value = problem.extensions.get(name)
    return value if isinstance(value, str) else ""


def _arguments(problem: Problem) -> dict[str, str]:
    given = problem.extensions.get("arguments")
    pairs = given.items() if isinstance(given, dict) else ()
    return {name: text for name, text in pairs if isinstance(text, str) and is_xml_name(str(name))}


def _code(problem: Problem) -> str:
    if problem.code in _CODES:
        return problem.code or ""
    return _BY_KIND.get(problem.kind or kind_of(problem.status), "badArgument")


def _status(problem: Problem) -> int:
    status = problem.status or _SERVER_STATUS
    return status if status >= _SERVER_STATUS and _CODES.get(problem.code or "") != status else 200


dialect: Final = Dialect(
    name="oai-pmh",
    title="OAI-PMH errors",
    source="OAI-PMH 2.0, section 3.6",
    read=_read,
    formats=(format_of("xml", "text/xml; charset=utf-8", _write, status=_status),),
    signatures=(Signature(root=(NAMESPACE, "OAI-PMH"), child="error", success=True),),
)
