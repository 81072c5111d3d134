from __future__ import annotations

import json

import pytest
from conftest import Loopback
from jsonapi_client import Session
from jsonapi_client.exceptions import DocumentError

from errata import Problem, Violation, render


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 429, 500])
def test_title(server: Loopback, status: int) -> None:
    """The client raises a DocumentError with the status, the title and the response."""
    server.fails(Problem(status=status, title="No bed", detail="There is no bed 9."), "jsonapi")
    with Session(server.url) as session, pytest.raises(DocumentError) as caught:
        session.get("beds", "9")
    assert {"status_code": status} == caught.value.errors
    assert str(caught.value).endswith("No bed")
    assert str(status) == caught.value.response.json()["errors"][0]["status"]


def test_members() -> None:
    """Each error has members of JSON:API 1.1 alone, of the types it demands, and no data beside them."""
    faults = (
        Violation(path=("data", "attributes", "name"), location="body", detail="is blank", code="BLANK"),
        Violation(path=("page",), location="query", detail="is odd"),
        Violation(path=("x-bed",), location="header", detail="is odd"),
    )
    document = json.loads(render(Problem(status=422, code="ODD", title="Odd", violations=faults), "jsonapi").body)
    assert set() == set(document) - {"errors", "meta", "jsonapi", "links"}
    allowed = {"id", "links", "status", "code", "title", "detail", "source", "meta"}
    assert set() == {name for error in document["errors"] for name in error} - allowed
    assert all(
        isinstance(e[m], str) for e in document["errors"] for m in ("status", "code", "title", "detail") if m in e
    )
    sources = [e["source"] for e in document["errors"] if "source" in e]
    assert [{"pointer": "/data/attributes/name"}, {"parameter": "page"}, {"header": "x-bed"}] == sources
