"""The bodies that reading and rendering are measured with: one of each shape that is common."""

import json
from collections.abc import Callable
from typing import NamedTuple
from xml.etree import ElementTree as ET

from errata import RawResponse, read, render


class Case(NamedTuple):
    """One response, and the dialect it is written in."""

    name: str
    dialect: str
    response: RawResponse


def _case(name: str, dialect: str, status: int, media_type: str, body: bytes) -> Case:
    return Case(name, dialect, RawResponse(status, {"content-type": media_type}, body))


JSON_CASES = (
    _case(
        "problem, with an extension member",
        "problem",
        404,
        "application/problem+json",
        b'{"type":"https://errors.example.com/no-such-sku","title":"No such SKU","status":404,'
        b'"detail":"SKU \'A-1\' is not in the catalog.","instance":"/items/A-1","sku":"A-1"}',
    ),
    _case(
        "problem, with two violations",
        "problem",
        422,
        "application/problem+json",
        b'{"type":"https://errors.example.com/validation-failed","title":"Unprocessable Content","status":422,'
        b'"detail":"The request is not valid.","code":"VALIDATION_FAILED","traceId":"4bf92f3577b34da6a3ce929d0e0e4736",'
        b'"errors":[{"detail":"must be an integer","pointer":"#/lines/0/quantity","location":"body","code":"type"},'
        b'{"detail":"is required","location":"query","parameter":"currency","code":"required"}]}',
    ),
    _case(
        "axway",
        "axway",
        403,
        "application/json",
        b'{"code":"ACCESS_DENIED","message":"The case has been closed for more than 45 days. '
        b'Please contact Axway Global Support."}',
    ),
    _case(
        "usta",
        "usta",
        400,
        "application/json",
        b'{"errors":[{"errorCode":2006,"message":"A parameter has a value that is not valid.",'
        b'"subject":"birthDate","subjectType":"parameter"},{"errorCode":3001,"message":"The entity was not found."}]}',
    ),
    _case(
        "mvno",
        "mvno",
        422,
        "application/json",
        b'{"error":{"code":"multiple","status":422,"inner":['
        b'{"message":"is required","code":"subscriber.email","status":422,"path":"subscriber.email"},'
        b'{"message":"has an unknown format","code":"sim.iccid","status":422,"path":"sim.iccid","check":"format"}]}}',
    ),
    _case(
        "netmri",
        "netmri",
        400,
        "application/json",
        b'{"error":"general/validation-failed","message":"The record could not be saved.",'
        b'"fields":{"name":["is too long"],"address":["is not an IP address","is in use"]}}',
    ),
)

# `json.loads` has no answer to these: they are compared with ElementTree, shown, and in no budget.
XML_CASES = (
    _case(
        "netmri, XML",
        "netmri",
        503,
        "application/xml",
        b'<?xml version="1.0" encoding="UTF-8"?><response><error>general/resource-in-use</error>'
        b"<message>Another session holds the record.</message><model>DeviceGroup</model><id>4211</id>"
        b"<retry>10</retry></response>",
    ),
    _case(
        "problem-xml",
        "problem-xml",
        404,
        "application/problem+xml",
        b'<?xml version="1.0" encoding="UTF-8"?><problem xmlns="urn:ietf:rfc:7807">'
        b"<type>https://errors.example.com/no-such-sku</type><title>No such SKU</title><status>404</status>"
        b"<detail>SKU A-1 is not in the catalog.</detail><sku>A-1</sku></problem>",
    ),
)

Pair = tuple[Callable[[], object], Callable[[], object]]
"""What is measured, and what it is compared with."""


def rendering(case: Case) -> Pair:
    """Return: write a problem that is known, and `json.dumps` of the dictionary that it is written as."""
    problem = read(case.response).problem
    plain = json.loads(render(problem, case.dialect).body)
    return lambda: render(problem, case.dialect), lambda: json.dumps(plain)


def reading(case: Case) -> Pair:
    """Return: read a response whose dialect is known, and a plain parser on its body."""
    return lambda: read(case.response, case.dialect), _plain_parser(case)


def detecting(case: Case) -> Pair:
    """Return: find the dialect of a response and read it, and a plain parser on its body."""
    if (found := read(case.response).dialect) != case.dialect:
        raise SystemExit(f"{case.name}: read as {found!r}, not as {case.dialect!r}; mend the case or the dialect")
    return lambda: read(case.response), _plain_parser(case)


def _plain_parser(case: Case) -> Callable[[], object]:
    body = case.response.body
    if case in XML_CASES:
        return lambda: ET.fromstring(body)  # noqa: S314 - our own text
    return lambda: json.loads(body)
