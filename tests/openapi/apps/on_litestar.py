"""The shop on Litestar."""

from typing import Annotated

import msgspec
from litestar import Controller, Litestar, get, post
from litestar.di import NamedDependency, Provide
from litestar.openapi import OpenAPIConfig
from litestar.params import FromPath, JSONBody

from errata.openapi import raises
from errata.openapi.litestar import describe
from errata.servers.litestar import install
from tests.openapi.apps.shop import Closed, NoSuchOrder, OutOfStock, contract, main


class Order(msgspec.Struct):
    """An order."""

    sku: str
    amount: Annotated[int, msgspec.Meta(ge=1)]


@raises(Closed)
def opening_hours() -> int:
    """Return when the shop closes: never."""
    return 24


class Orders(Controller):
    """The orders."""

    path = "/orders"

    @raises(NoSuchOrder)
    @get("/{number:int}", operation_id="getOrder", sync_to_thread=False)
    def get_order(self, number: FromPath[int], hours: NamedDependency[int]) -> Order:
        """Return an order."""
        raise NoSuchOrder(number=number)

    @post(operation_id="createOrder", sync_to_thread=False, security=[{"bearer": []}])
    @raises(OutOfStock)
    def create_order(self, data: JSONBody[Order], hours: NamedDependency[int]) -> Order:
        """Create an order."""
        raise OutOfStock(sku=data.sku, left=0, retry_after=60)


app = Litestar(
    [Orders],
    dependencies={"hours": Provide(opening_hours, sync_to_thread=False)},
    openapi_config=OpenAPIConfig(title="Shop", version="1"),
)
describe(install(app, contract), contract)

if __name__ == "__main__":
    main(app.openapi_schema.to_schema, app)
