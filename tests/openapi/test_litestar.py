"""Litestar: the document of an application and how it is kept."""

import json
from typing import Any

import pytest
import yaml
from litestar import Controller, Litestar, Request, get, post
from litestar.app import DEFAULT_OPENAPI_CONFIG
from litestar.config.app import AppConfig
from litestar.connection import ASGIConnection
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency, Provide
from litestar.exceptions import NotFoundException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.plugins import YamlRenderPlugin
from litestar.params import FromPath, JSONBody
from litestar.testing import TestClient

from errata import Catalog, Contract, Error
from errata.openapi import raises
from errata.openapi.litestar import describe
from errata.servers.litestar import install
from tests.openapi.documents import check, response, statuses


class Closed(Error, status=409, code="CLOSED"):
    """The shop is closed."""


class Busy(Error, status=503, code="BUSY"):
    """Too much to do."""


class Wrong(Error, status=400, code="WRONG"):
    """It is wrong."""


CONTRACT = Contract(Catalog([Closed, Busy, Wrong], name="shop"))


@raises(Busy)
def hours() -> int:
    """Return when the shop closes."""
    return 24


@raises(Wrong)
def limit(hours: NamedDependency[int]) -> int:
    """Return how much can be bought."""
    return hours


@raises(Wrong)
def unused() -> int:
    """Return what nobody asks for."""
    return 0


@raises(Closed)
def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let everybody in."""


@get("/plain", sync_to_thread=False)
def plain() -> str:
    """Return something."""
    return ""


@get("/deep", sync_to_thread=False, guards=[guard])
def deep(limit: NamedDependency[int]) -> int:
    """Return something that depends on much."""
    return limit


@post("/orders", sync_to_thread=False, raises=[NotFoundException, PermissionDeniedException])
def create(data: JSONBody[dict[str, str]]) -> None:
    """Create something."""


@raises(Closed)
class Boxes(Controller):
    """What has a controller."""

    path = "/boxes"

    @get(
        "/{number:int}",
        sync_to_thread=False,
        responses={409: ResponseSpec(int, generate_examples=False, description="Mine")},
    )
    def find(self, number: FromPath[int]) -> int:
        """Return a box."""
        return number

    @get("/", sync_to_thread=False, response_headers=[ResponseHeader("x-count", value="1")])
    def every(self) -> int:
        """Return all boxes."""
        return 0


HANDLERS: list[Any] = [plain, deep, create, Boxes]
PROVIDERS: list[Any] = [hours, limit, unused]
PROVIDED = {each.__name__: Provide(each, sync_to_thread=False) for each in PROVIDERS}


def shop(**settings: Any) -> Litestar:
    """Return an application."""
    return Litestar(HANDLERS, dependencies=PROVIDED, **settings)


def made(app: Litestar) -> dict[str, Any]:
    """Return the document of an application, as plain values."""
    document: dict[str, Any] = json.loads(json.dumps(app.openapi_schema.to_schema()))
    return document


def test_operations_have_their_errors() -> None:
    """What handlers, controllers, guards and the dependencies in use raise is described."""
    document = made(describe(shop(), CONTRACT))
    check(document)
    assert [500] == statuses(document, "GET /plain")
    assert [400, 409, 500, 503] == statuses(document, "GET /deep")
    assert [409, 500] == statuses(document, "GET /boxes")
    assert [404, 409, 422, 500] == statuses(document, "GET /boxes/{number}")
    assert [400, 403, 404, 413, 415, 422, 500] == statuses(document, "POST /orders")


def test_stock_answers_are_replaced() -> None:
    """Litestar's own shape of errors is nowhere, neither for validation nor for what a handler declares."""
    assert "status_code" in json.dumps(made(shop()))
    document = made(describe(shop(), CONTRACT))
    assert "status_code" not in json.dumps(document)
    assert ["application/problem+json"] == list(response(document, "POST /orders", 403)["content"])


def test_what_a_handler_says_itself_wins() -> None:
    """`responses=` of a handler stays as it is."""
    document = made(describe(shop(), CONTRACT))
    assert "Mine" == response(document, "GET /boxes/{number}", 409)["description"]
    assert ["application/json"] == list(response(document, "GET /boxes/{number}", 409)["content"])


def configured(config: AppConfig) -> AppConfig:
    """Describe an application that is still to be made."""
    return describe(install(config, CONTRACT), CONTRACT)


def test_as_a_configuration() -> None:
    """Described before it is made, an application has the same document."""
    assert made(describe(shop(), CONTRACT)) == made(shop(on_app_init=[configured]))


def test_document_is_the_same_everywhere() -> None:
    """JSON, YAML and the application itself tell the same, each time they are asked."""
    config = OpenAPIConfig(title="Shop", version="1", render_plugins=[YamlRenderPlugin()])
    app = describe(shop(openapi_config=config), CONTRACT)
    expected = made(app)
    with TestClient(app) as client:
        for _ in range(2):
            assert expected == client.get("/schema/openapi.json").json()
            assert expected == yaml.safe_load(client.get("/schema/openapi.yaml").content)


def test_other_applications_keep_theirs() -> None:
    """A configuration that several applications share is not changed, not even Litestar's default one."""
    before = made(shop())
    first = describe(shop(), CONTRACT)
    second = describe(shop(), CONTRACT.replace(dialect="usta", catalog=Catalog()))
    assert before == made(shop())
    assert shop().openapi_config is DEFAULT_OPENAPI_CONFIG
    assert first.openapi_config is not DEFAULT_OPENAPI_CONFIG
    assert ["application/problem+json"] == list(response(made(first), "POST /orders", 415)["content"])
    assert ["application/json"] == list(response(made(second), "POST /orders", 415)["content"])


def test_described_again() -> None:
    """The last contract counts, also after the document was made."""
    app = describe(shop(), CONTRACT.replace(dialect="usta", catalog=Catalog()))
    made(app)
    assert made(describe(shop(), CONTRACT)) == made(describe(app, CONTRACT))


def test_without_a_document() -> None:
    """An application without a document is left alone."""
    app = shop(openapi_config=None)
    assert describe(app, CONTRACT) is app
    with pytest.raises(Exception, match="OpenAPIConfig not initialized"):
        app.openapi_schema.to_schema()


def test_handlers_can_be_marked_from_outside() -> None:
    """A mark above Litestar's decorator counts as one below it."""

    @raises(Closed)
    @get("/outside", sync_to_thread=False)
    def outside(request: Request[Any, Any, Any]) -> str:
        return ""

    assert [409, 500] == statuses(made(describe(Litestar([outside]), CONTRACT)), "GET /outside")
