from __future__ import annotations

import pytest
from conftest import Loopback
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.requests import RequestsHTTPTransport

from errata import Problem

QUERY = gql("{ beds { name } }")


def refused(server: Loopback, problem: Problem, dialect: str, format: str) -> TransportQueryError:
    """Return what a query ends with."""
    server.fails(problem, dialect, format)
    client = Client(transport=RequestsHTTPTransport(server.url, retries=0))
    with pytest.raises(TransportQueryError) as caught:
        client.execute(QUERY)
    return caught.value


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500])
@pytest.mark.parametrize(("dialect", "format"), [("graphql", "json"), ("graphql", "response"), ("hasura", "graphql")])
def test_text(server: Loopback, dialect: str, format: str, status: int) -> None:
    """The client raises the errors whatever the status, each with its text."""
    error = refused(server, Problem(status=status, code="NO_BED", detail="No such bed."), dialect, format)
    assert [("No such bed.", "NO_BED")] == [(e["message"], e["extensions"]["code"]) for e in error.errors]
    assert not error.data


def test_several(server: Loopback) -> None:
    """Inner problems are errors of their own."""
    inner = (
        Problem(status=404, code="NO_BED", detail="No bed."),
        Problem(status=404, code="NO_SOIL", detail="No soil."),
    )
    error = refused(server, Problem(status=404, detail="Two faults.", problems=inner), "graphql", "json")
    assert {"NO_BED", "NO_SOIL"} <= {e.get("extensions", {}).get("code") for e in error.errors}
    assert all(isinstance(e["message"], str) and e["message"] for e in error.errors)
