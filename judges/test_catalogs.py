"""Clients of libraries' and maps' servers: OAI-PMH and OGC."""

from __future__ import annotations

import json

import pytest
import requests
from conftest import Loopback
from lxml import etree
from owslib.ows import ExceptionReport
from owslib.util import ServiceException, openURL
from sickle import Sickle, oaiexceptions

from errata import Problem, Violation, render


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("badArgument", oaiexceptions.BadArgument),
        ("badVerb", oaiexceptions.BadVerb),
        ("badResumptionToken", oaiexceptions.BadResumptionToken),
        ("cannotDisseminateFormat", oaiexceptions.CannotDisseminateFormat),
        ("idDoesNotExist", oaiexceptions.IdDoesNotExist),
        ("noRecordsMatch", oaiexceptions.NoRecordsMatch),
        ("noSetHierarchy", oaiexceptions.NoSetHierarchy),
    ],
)
def test_oai_codes(server: Loopback, code: str, expected: type) -> None:
    """Each code of the protocol raises its own class, with the text."""
    server.fails(Problem(status=400, code=code, detail="No bed <9> & co."), "oai-pmh")
    with pytest.raises(expected) as caught:
        Sickle(server.url).GetRecord(identifier="oai:bed:9", metadataPrefix="oai_dc")
    assert "No bed <9> & co." == str(caught.value)


def test_oai_schema_order() -> None:
    """The schema of OAI-PMH wants responseDate, request and error, in this order."""
    root = etree.fromstring(render(Problem(status=400, code="badVerb", detail="No verb."), "oai-pmh").body)
    assert ["responseDate", "request", "error"] == [etree.QName(child).localname for child in root]


def test_ogc(server: Loopback) -> None:
    """The client reads code, locator and text of an exception report."""
    problem = Problem(
        status=400,
        code="InvalidParameterValue",
        detail="There is no such layer.",
        violations=(Violation(path=("typeNames",), location="query"),),
    )
    server.fails(problem, "ogc")
    with pytest.raises(ServiceException) as caught:
        openURL(server.url)
    root = etree.fromstring(str(caught.value).encode())
    report = ExceptionReport(root, namespace=etree.QName(root).namespace)
    assert ("InvalidParameterValue", "typeNames", "There is no such layer.") == (
        report.code,
        report.locator,
        report.msg,
    )


@pytest.mark.parametrize("status", [404, 429, 500, 503])
def test_ogc_statuses(server: Loopback, status: int) -> None:
    """A problem without a code has one of the standard, and the client raises it one way or another."""
    server.fails(Problem(status=status, detail="No."), "ogc")
    with pytest.raises((ServiceException, requests.HTTPError)):
        openURL(server.url)
    root = etree.fromstring(render(Problem(status=status, detail="No."), "ogc").body)
    report = ExceptionReport(root, namespace=etree.QName(root).namespace)
    assert "No." == report.msg
    assert report.code
    assert root.get("version")


def test_ogc_service_exception(server: Loopback) -> None:
    """The older report is one to the client as well, by its media type alone."""
    server.fails(Problem(status=429, detail="Slow <down> & rest."), "ogc", "service")
    with pytest.raises(ServiceException) as caught:
        openURL(server.url)
    assert "Slow <down> & rest." == str(caught.value)


def test_ogc_json() -> None:
    """The early JSON shape has a code, as its schema demands."""
    body = json.loads(render(Problem(status=404, detail="No bed."), "ogc-json").body)
    assert isinstance(body["code"], str)
    assert "No bed." == body["description"]
