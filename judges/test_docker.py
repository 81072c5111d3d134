from __future__ import annotations

import docker
import pytest
from conftest import Loopback
from docker.errors import APIError, ImageNotFound, NotFound

from errata import Problem


@pytest.fixture
def client(server: Loopback) -> docker.APIClient:
    return docker.APIClient(base_url=server.url, version="1.44")


@pytest.mark.parametrize(
    ("status", "detail", "expected"),
    [
        (404, "No such container: bed", NotFound),
        (404, "No such image: bed:9", ImageNotFound),
        (409, "The name is in use.", APIError),
        (500, "Out of room.", APIError),
    ],
)
def test_text(server: Loopback, client: docker.APIClient, status: int, detail: str, expected: type) -> None:
    """The client picks its class by status and text, and shows the text."""
    server.fails(Problem(status=status, detail=detail), "docker")
    with pytest.raises(APIError) as caught:
        client.inspect_container("bed")
    assert expected is type(caught.value)
    assert (status, detail) == (caught.value.status_code, caught.value.explanation)
