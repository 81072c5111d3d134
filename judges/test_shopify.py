from __future__ import annotations

from collections.abc import Iterator

import pytest
import shopify
from conftest import Loopback
from pyactiveresource import connection

from errata import Problem, Violation


@pytest.fixture(autouse=True)
def shop(server: Loopback) -> Iterator[None]:
    shopify.ShopifyResource.site = f"{server.url}/admin/api/2026-01"
    yield
    shopify.ShopifyResource.site = None


@pytest.mark.parametrize("dialect", ["shopify", "rails"])
def test_fields(server: Loopback, dialect: str) -> None:
    """The client files the texts of a refused record under its attributes."""
    faults = (Violation(path=("title",), detail="is blank"), Violation(path=("price",), detail="is odd"))
    server.fails(Problem(status=422, detail="Two faults.", violations=faults), dialect)
    product = shopify.Product({"title": "", "price": "x"})
    assert not product.save()
    assert {"title": ["is blank"], "price": ["is odd"]} == product.errors.errors


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, connection.BadRequest),
        (401, connection.UnauthorizedAccess),
        (403, connection.ForbiddenAccess),
        (404, connection.ResourceNotFound),
        (409, connection.ResourceConflict),
        (429, connection.ClientError),
    ],
)
def test_statuses(server: Loopback, status: int, expected: type) -> None:
    """Each status raises its own class, with body and hint."""
    server.fails(Problem(status=status, detail="No.", retry_after=7), "shopify")
    with pytest.raises(connection.ConnectionError) as caught:
        shopify.Product.find(1)
    assert expected is type(caught.value)
    assert b'{"errors":"No."}' == caught.value.response.body
    assert "7" == caught.value.response.headers["retry-after"]


def test_server_error(server: Loopback) -> None:
    """An error of the server is a class by status; the client keeps nothing else of it."""
    server.fails(Problem(status=503, detail="No."), "shopify")
    with pytest.raises(connection.ServerError) as caught:
        shopify.Product.find(1)
    assert 503 == caught.value.code
