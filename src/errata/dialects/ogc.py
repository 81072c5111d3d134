"""Exceptions of OGC web services, as XML reports of two families and as the early JSON of OGC API.

`ExceptionReport` comes from WFS, WMTS, WPS, CSW; `ServiceExceptionReport` from
WMS. A locator is the parameter that is wrong (or its value).

Deviations: locations other than the query, ids, help, type, title, instance,
resource and further members have no place; the JSON has one text and no places.
"""

from typing import Any, Final

from errata._body import Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind, kind_of
from errata._problem import Problem, Violation, path_from_text, shows
from errata._xml import Element, write_xml
from errata.dialects._shapes import failure_status, listed, merged

OWS: Final = "http://www.opengis.net/ows/1.1"
OGC: Final = "http://www.opengis.net/ogc"

# The statuses of OWS Common 2.0 (table 27), and what the other codes come to; NoApplicableCode tells nothing.
_STATUSES: Final[dict[str, int]] = {
    "CurrentUpdateSequence": 400,
    "InvalidCRS": 400,
    "InvalidDimensionValue": 400,
    "InvalidFormat": 400,
    "InvalidParameterValue": 400,
    "InvalidPoint": 400,
    "InvalidSRS": 400,
    "InvalidUpdateSequence": 400,
    "LayerNotDefined": 404,
    "LayerNotQueryable": 400,
    "MissingDimensionValue": 400,
    "MissingParameterValue": 400,
    "NotFound": 404,
    "OperationNotSupported": 501,
    "OperationParsingFailed": 400,
    "OptionNotSupported": 501,
    "StyleNotDefined": 404,
    "TileOutOfRange": 400,
    "VersionNegotiationFailed": 400,
}
_BY_KIND: Final[dict[Kind, str]] = {
    "invalid_argument": "InvalidParameterValue",
    "not_found": "NotFound",
    "out_of_range": "InvalidParameterValue",
    "unimplemented": "OperationNotSupported",
}
_ITEMS: Final = ("Exception", "ServiceException")


def _read(doc: Document) -> Problem:
    items = [child for child in doc.root if child.name in _ITEMS] if doc.root is not None else []
    if not items:
        doc.note("empty-list", "the body is no report with an exception; the status speaks alone")
        return Problem(status=doc.raw.status)
    return merged([_problem(doc, item) for item in items])


def _problem(doc: Document, item: Element) -> Problem:
    code = item.attributes.get("exceptionCode") or item.attributes.get("code") or None
    texts = [child.text.strip() for child in item if child.name == "ExceptionText"] or [item.text.strip()]
    detail = "\n".join(filter(None, texts)) or None
    locator = (item.attributes.get("locator") or "").strip()
    path = path_from_text(locator) or (locator,)
    faults = (Violation(path=path, location="query", detail=detail, code=code),) if locator else ()
    told = _STATUSES.get(code or "")
    return Problem(
        status=failure_status(doc, told),
        code=code,
        kind=kind_of(told) if told else None,
        detail=detail,
        violations=faults,
    )


def _code(problem: Problem) -> str:
    if shows(problem.code):
        return problem.code
    return _BY_KIND.get(problem.kind or kind_of(problem.status), "NoApplicableCode")


def _locator(problem: Problem) -> dict[str, str]:
    locator = problem.violations[0].dotted.strip() if problem.violations else ""
    return {"locator": locator} if locator else {}


def _write_ows(problem: Problem) -> bytes:
    items = (
        Element(
            "Exception",
            Element("ExceptionText", text=item.head),
            attributes={"exceptionCode": _code(item), **_locator(item)},
        )
        for item in listed(problem)
    )
    return write_xml(Element("ExceptionReport", *items, attributes={"version": "1.1.0"}, namespace=OWS))


def _write_service(problem: Problem) -> bytes:
    items = (
        Element("ServiceException", text=item.head, attributes={"code": _code(item), **_locator(item)})
        for item in listed(problem)
    )
    return write_xml(Element("ServiceExceptionReport", *items, attributes={"version": "1.3.0"}, namespace=OGC))


def _report(root: str, child: str, *namespaces: str) -> tuple[Signature, ...]:
    return tuple(Signature(root=(namespace, root), child=child, success=True) for namespace in namespaces)


dialect: Final = Dialect(
    name="ogc",
    title="OGC web services: exception reports in XML",
    source="OGC Web Service Common 2.0, section 8; WMS 1.3.0, annex E",
    read=_read,
    formats=(
        format_of("ows", "application/xml", _write_ows),
        format_of("service", "application/vnd.ogc.se_xml", _write_service),
    ),
    signatures=(
        *_report("ExceptionReport", "Exception", OWS, "http://www.opengis.net/ows/2.0", "http://www.opengis.net/ows"),
        *_report("ServiceExceptionReport", "ServiceException", OGC, ""),
    ),
)


# ---- the early JSON of OGC API ----


class Body(Wire):
    """The exception; servers add a type."""

    code: str | None = None
    description: str | None = None
    type: str | None = None


def _read_json(doc: Document) -> Problem:
    body = doc.fit(Body)
    return Problem(
        status=doc.raw.status,
        code=body.code or None,
        type=body.type if body.type and body.type != body.code else None,
        detail=body.description or None,
        extensions=body.extras,
    )


def _write_json(problem: Problem) -> bytes:
    return write_json(Body(_code(problem), problem.head, problem.type))


_OTHERS: Final[dict[str, Any]] = dict.fromkeys(("error", "errors", "message", "msg", "name", "title"), ABSENT)

json: Final = Dialect(
    name="ogc-json",
    title="OGC API Features: code and description",
    source="OGC API - Features Part 1, version 1.0 draft, exception schema",
    read=_read_json,
    formats=(format_of("json", "application/json", _write_json),),
    signatures=(Signature(members={"code": str, "description": str, **_OTHERS}, weight=3),),
    fields=Body,
)
