"""FastAPI: the document of an application and how it is kept."""

import json
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from functools import partial
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Security
from fastapi.openapi.utils import get_openapi
from fastapi.security import HTTPBearer
from fastapi.testclient import TestClient
from pydantic import BaseModel

from errata import Catalog, Contract, Error, ResourceExhausted
from errata.openapi import COMMON, raises
from errata.openapi.fastapi import describe
from errata.servers.fastapi import install
from tests.openapi.documents import check, response, statuses


class NoSuchOrder(Error, status=404, code="ORDER_UNKNOWN"):
    """There is no such order."""


class Closed(Error, status=409, code="CLOSED"):
    """The shop is closed."""


class Busy(Error, status=503, code="BUSY"):
    """Too much to do."""


class Wrong(Error, status=400, code="WRONG"):
    """It is wrong."""


CONTRACT = Contract(Catalog([NoSuchOrder, Closed, Busy, Wrong], name="shop"))
STOCK = {"HTTPValidationError", "ValidationError"}


class Order(BaseModel):
    """An order."""

    sku: str


def shop(**settings: Any) -> FastAPI:
    """Return an application without a contract."""
    app = FastAPI(**settings)

    @app.post("/orders")
    @raises(Closed)
    async def create(order: Order) -> Order:
        return order

    @app.get("/orders/{number}")
    @raises(NoSuchOrder)
    async def find(number: int) -> Order:
        return Order(sku=str(number))

    return app


def test_stock_answer_is_replaced() -> None:
    """Nothing is left of FastAPI's own validation error; the contract's stands under its status."""
    app = install(shop(), CONTRACT)
    document = app.openapi()
    check(document)
    assert STOCK & shop().openapi()["components"]["schemas"].keys()
    assert not STOCK & document["components"]["schemas"].keys()
    assert ["application/problem+json"] == list(response(document, "POST /orders", 422)["content"])


def test_document_is_made_once() -> None:
    """The second request gets the same bytes, and FastAPI's own cache holds the finished document."""
    app = install(shop(), CONTRACT)
    client = TestClient(app)
    first = client.get("/openapi.json").content
    assert first == client.get("/openapi.json").content
    assert app.openapi() is app.openapi()
    assert app.openapi_schema is app.openapi()
    assert json.loads(first) == app.openapi()


def test_first_requests_at_once() -> None:
    """Threads that ask for the document at the same time all get the finished one."""
    app = install(shop(), CONTRACT)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: deepcopy(app.openapi()), range(16)))
    assert all(each == found[0] for each in found)
    assert not STOCK & found[0]["components"]["schemas"].keys()


def test_routes_that_come_later() -> None:
    """A route added after the document was made is described too, and so is one after a reset."""
    app = install(shop(), CONTRACT)
    app.openapi()

    @app.get("/late")
    @raises(Busy)
    async def late() -> None: ...

    assert [500, 503] == statuses(app.openapi(), "GET /late")
    app.openapi_schema = None
    assert [500, 503] == statuses(app.openapi(), "GET /late")
    assert 409 in statuses(app.openapi(), "POST /orders")


def test_an_application_that_makes_its_own_document() -> None:
    """A function of the application's own is finished, whether it keeps its document or makes it anew."""
    app = shop()
    made = []

    def openapi() -> dict[str, Any]:
        made.append(get_openapi(title="Mine", version="7", routes=app.routes))
        return made[-1]

    app.openapi = openapi  # type: ignore[method-assign]
    install(app, CONTRACT)
    assert app.openapi() == app.openapi()
    assert 2 == len(made)
    assert made[0] == made[1]
    assert "Mine" == app.openapi()["info"]["title"]
    assert 409 in statuses(app.openapi(), "POST /orders")


def test_installed_twice() -> None:
    """The last contract is the one described, with what it was told to describe."""
    app = install(install(shop(), CONTRACT.replace(dialect="usta", catalog=Catalog())), CONTRACT)
    assert install(shop(), CONTRACT).openapi() == app.openapi()
    describe(app, CONTRACT, common=(*COMMON, ResourceExhausted), codes="closed")
    check(app.openapi())
    assert 429 in statuses(app.openapi(), "POST /orders")
    assert {"$ref": "#/components/schemas/ClosedCode"} == app.openapi()["components"]["schemas"]["Closed"][
        "properties"
    ]["code"]


@raises(Closed)
def opening_hours() -> None:
    """Refuse whoever comes at night."""


@raises(Busy)
async def traffic(_: Annotated[None, Depends(opening_hours)]) -> None:
    """Refuse whoever comes at noon."""


class Limit:
    """A dependency that is an instance."""

    @raises(Wrong)
    def __call__(self, size: int = 1) -> int:
        """Return the size."""
        return size


def test_dependencies_are_followed() -> None:
    """What dependencies raise is described, those of routers and of dependencies, instances and partials included."""
    router = APIRouter(prefix="/a", dependencies=[Depends(traffic)])
    bearer = raises(NoSuchOrder)(HTTPBearer())

    @router.get("/b", dependencies=[Depends(Limit()), Depends(partial(opening_hours))])
    async def view(_: Annotated[Any, Security(bearer)]) -> None: ...

    outer = APIRouter(prefix="/outer")
    outer.include_router(router)
    app = FastAPI()
    app.include_router(outer)
    document = install(app, CONTRACT).openapi()
    check(document)
    assert [400, 401, 404, 409, 422, 500, 503] == statuses(document, "GET /outer/a/b")


def test_what_a_route_says_itself_wins() -> None:
    """`responses=` of routes and routers, and `include_in_schema=False`, stay as they are."""
    app = FastAPI(responses={418: {"description": "Teapot", "model": Order}})

    @app.get("/mine", responses={409: {"model": Order}, "4XX": {"description": "Any", "model": Order}})
    @raises(Closed, NoSuchOrder)
    async def mine(size: int) -> None: ...

    @app.get("/hidden", include_in_schema=False)
    @raises(Closed)
    async def hidden() -> None: ...

    plain = deepcopy(app.openapi()["paths"]["/mine"]["get"]["responses"])
    document = install(app, CONTRACT).openapi()
    check(document)
    found = document["paths"]["/mine"]["get"]["responses"]
    assert {"200", "404", "409", "418", "4XX", "500"} == found.keys()
    assert plain.items() <= found.items()
    assert ["/mine"] == list(document["paths"])


def test_schemas_that_are_still_used_stay() -> None:
    """A stock schema that is in use stays: by webhooks, or because FastAPI takes a model of its name for it."""

    class ValidationError(BaseModel):
        """Mine."""

        why: str

    app = shop()

    @app.get("/why")
    async def why() -> ValidationError:
        return ValidationError(why="because")

    document = install(app, CONTRACT).openapi()
    check(document)
    assert {"ValidationError"} == STOCK & document["components"]["schemas"].keys()

    hooked = shop()

    @hooked.webhooks.post("paid")
    def paid(order: Order) -> None: ...

    document = install(hooked, CONTRACT).openapi()
    check(document)
    assert STOCK < document["components"]["schemas"].keys()
    assert "HTTPValidationError" in json.dumps(document["webhooks"])


def test_mounted_applications_describe_themselves() -> None:
    """An application below another has its own document, in its own contract."""
    inner, outer = shop(), shop()
    outer.mount("/inner", inner)
    install(inner, CONTRACT.replace(dialect="usta", catalog=Catalog()))
    install(outer, CONTRACT)
    client = TestClient(outer)
    documents = [client.get(path).json() for path in ("/openapi.json", "/inner/openapi.json")]
    media = [list(response(each, "POST /orders", 400)["content"]) for each in documents]
    assert [["application/problem+json"], ["application/json"]] == media


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_both_versions_are_valid(version: str) -> None:
    """An application that says to be 3.0 gets schemas of 3.0."""
    app = shop()
    app.openapi_version = version
    document = install(app, CONTRACT.replace(dialect="netmri", catalog=Catalog())).openapi()
    assert version == document["openapi"]
    check(document)


def test_a_limit_of_the_body_is_described() -> None:
    """An application that limits the size of bodies says what it answers to larger ones."""
    assert 413 not in statuses(install(shop(), CONTRACT).openapi(), "POST /orders")
    app = shop()
    app.max_body_size = 100
    assert 413 in statuses(install(app, CONTRACT).openapi(), "POST /orders")
    assert 413 not in statuses(app.openapi(), "GET /orders/{number}")


def test_without_a_document() -> None:
    """An application that serves no document still answers and can make one."""
    app = install(shop(openapi_url=None), CONTRACT)
    assert 404 == TestClient(app).get("/openapi.json").status_code
    assert 422 in statuses(app.openapi(), "POST /orders")
