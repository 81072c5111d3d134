"""Clients of remote procedure calls: JSON-RPC, XML-RPC, SOAP 1.1 and 1.2."""

from __future__ import annotations

import json
import xmlrpc.client
from pathlib import Path

import jsonrpcclient
import pytest
import requests
import zeep
from conftest import Loopback
from zeep.exceptions import Fault

from errata import Problem, render


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (Problem(status=404, code="-32601", detail="No such call."), -32601),
        (Problem(status=409, code="17", detail="Taken."), 17),
    ],
)
def test_jsonrpc(server: Loopback, problem: Problem, code: int) -> None:
    """The client makes an Error of it, with a number, a text, and an id."""
    server.fails(problem, "jsonrpc")
    answer = jsonrpcclient.parse(requests.post(server.url, json=jsonrpcclient.request("beds"), timeout=5).json())
    assert isinstance(answer, jsonrpcclient.Error)
    assert (code, problem.detail) == (answer.code, answer.message)


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
def test_jsonrpc_without_number(status: int) -> None:
    """A problem without a number gets one, and the members are those of JSON-RPC 2.0."""
    body = json.loads(render(Problem(status=status, code="NO_BED", detail="No."), "jsonrpc").body)
    assert {"jsonrpc", "error", "id"} == set(body)
    assert "2.0" == body["jsonrpc"]
    assert type(body["error"]["code"]) is int
    assert set() == set(body["error"]) - {"code", "message", "data"}


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (Problem(status=404, code="4", detail="No bed <9> & co."), 4),
        (Problem(status=503, detail="Das Beet № 9 ruht."), 503),
    ],
)
def test_xmlrpc(server: Loopback, problem: Problem, code: int) -> None:
    """The client raises a Fault with number and text, which it only does inside HTTP 200."""
    server.fails(problem, "xmlrpc")
    with xmlrpc.client.ServerProxy(server.url) as proxy, pytest.raises(xmlrpc.client.Fault) as caught:
        proxy.beds()
    assert (code, problem.detail) == (caught.value.faultCode, caught.value.faultString)


WSDL = """<?xml version="1.0"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:t="urn:beds" targetNamespace="urn:beds"
    xmlns:s="http://schemas.xmlsoap.org/wsdl/{soap}/" xmlns:x="http://www.w3.org/2001/XMLSchema">
  <types><x:schema targetNamespace="urn:beds"><x:element name="Get" type="x:string"/></x:schema></types>
  <message name="Get"><part name="p" element="t:Get"/></message>
  <portType name="P"><operation name="Get"><input message="t:Get"/><output message="t:Get"/></operation></portType>
  <binding name="B" type="t:P">
    <s:binding transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="Get"><s:operation soapAction="urn:beds#Get"/>
      <input><s:body use="literal"/></input><output><s:body use="literal"/></output></operation>
  </binding>
  <service name="S"><port name="P" binding="t:B"><s:address location="{url}"/></port></service>
</definitions>"""


def fault(server: Loopback, tmp_path: Path, problem: Problem, dialect: str) -> Fault:
    """Return the fault that a SOAP call ends with."""
    wsdl = tmp_path / "beds.wsdl"
    wsdl.write_text(WSDL.format(soap={"soap11": "soap", "soap12": "soap12"}[dialect], url=server.url), "utf-8")
    server.fails(problem, dialect)
    with pytest.raises(Fault) as caught:
        zeep.Client(str(wsdl)).service.Get("9")
    return caught.value


@pytest.mark.parametrize(("status", "code"), [(400, "Client"), (404, "Client"), (500, "Server"), (503, "Server")])
def test_soap11(server: Loopback, tmp_path: Path, status: int, code: str) -> None:
    """The client reads code and text; who is to blame follows from the status."""
    error = fault(server, tmp_path, Problem(status=status, detail="No bed <9> & co."), "soap11")
    assert "No bed <9> & co." == error.message
    assert code == error.code.rpartition(":")[2].partition(".")[0]


@pytest.mark.parametrize(("status", "code"), [(400, "Sender"), (404, "Sender"), (500, "Receiver"), (503, "Receiver")])
def test_soap12(server: Loopback, tmp_path: Path, status: int, code: str) -> None:
    """The same of SOAP 1.2, whose codes have other names."""
    error = fault(server, tmp_path, Problem(status=status, detail="No bed <9> & co."), "soap12")
    assert "No bed <9> & co." == error.message
    assert code == error.code.rpartition(":")[2]


def test_own_code(server: Loopback, tmp_path: Path) -> None:
    """A code of the API is a subcode in SOAP 1.2, as a qualified name that resolves."""
    error = fault(server, tmp_path, Problem(status=404, code="NoSuchBed", detail="No bed."), "soap12")
    assert ["NoSuchBed"] == [name.localname for name in error.subcodes]
    error = fault(server, tmp_path, Problem(status=404, code="NoSuchBed", detail="No bed."), "soap11")
    assert "NoSuchBed" in error.code
