"""A shop on Strawberry and FastAPI: `python examples/servers/strawberry_shop.py`.

Then ask for an order that is not there:

    curl http://127.0.0.1:8000/graphql --json '{"query": "{ order(number: 7) { number } }"}'
"""

import os

import strawberry
import uvicorn
from fastapi import FastAPI
from strawberry.fastapi import GraphQLRouter

from errata import Catalog, Contract, Error, ValidationFailed, Violation
from errata.servers import fastapi
from errata.servers.strawberry import install, raising


class NoSuchOrder(Error, status=404, code="ORDER_UNKNOWN"):
    """There is no order with this number."""

    detail = "There is no order {number}."
    number: int


@strawberry.type
class Order:
    """An order."""

    number: int


@strawberry.type
class Query:
    """What can be asked."""

    @strawberry.field
    def order(self, number: int) -> Order | None:
        """Return an order."""
        if number != 1:
            raise NoSuchOrder(number=number)
        return Order(number=1)


@strawberry.type
class Mutation:
    """What can be done."""

    @strawberry.mutation
    def create_order(self, sku: str, amount: int) -> Order | None:
        """Take an order."""
        if amount < 1:
            place = ("variables", "amount")
            raise ValidationFailed(violations=(Violation(path=place, detail="must be 1 or more", code="min"),))
        return Order(number=len(sku))


contract = Contract(Catalog([NoSuchOrder], name="shop"))
schema = install(strawberry.Schema(Query, Mutation), contract)
app = FastAPI()
app.include_router(raising(GraphQLRouter)(schema), prefix="/graphql")
fastapi.install(app, contract)

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ.get("PORT", "8000")), log_level="warning")
