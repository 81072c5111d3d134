from __future__ import annotations

import elasticsearch
import pytest
from conftest import Loopback
from elasticsearch import Elasticsearch

from errata import Problem, Resource


@pytest.fixture
def client(server: Loopback) -> Elasticsearch:
    return Elasticsearch(server.url, max_retries=0, retry_on_timeout=False)


def test_cause(server: Loopback, client: Elasticsearch) -> None:
    """A missing index has its type, its text, and what it is about in the root cause."""
    problem = Problem(
        status=404,
        code="index_not_found_exception",
        detail="no such index [beds]",
        resource=Resource("index_or_alias", "beds"),
    )
    server.fails(problem, "elasticsearch")
    with pytest.raises(elasticsearch.NotFoundError) as caught:
        client.indices.get(index="beds")
    error = caught.value
    assert (404, "index_not_found_exception") == (error.status_code, error.error)
    assert (404, "no such index [beds]") == (error.body["status"], error.body["error"]["reason"])
    assert "NotFoundError(404, 'index_not_found_exception', 'no such index [beds]', beds, index_or_alias)" == str(error)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, elasticsearch.BadRequestError),
        (401, elasticsearch.AuthenticationException),
        (403, elasticsearch.AuthorizationException),
        (409, elasticsearch.ConflictError),
        (429, elasticsearch.ApiError),
        (500, elasticsearch.ApiError),
    ],
)
def test_statuses(server: Loopback, client: Elasticsearch, status: int, expected: type) -> None:
    """Each status raises its own class; a problem without a code has a text all the same."""
    server.fails(Problem(status=status, detail="No.", retry_after=7), "elasticsearch")
    with pytest.raises(elasticsearch.ApiError) as caught:
        client.indices.get(index="beds")
    assert expected is type(caught.value)
    assert (status, "7") == (caught.value.status_code, caught.value.meta.headers["retry-after"])
    assert "'No.'" in str(caught.value)
