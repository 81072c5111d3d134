"""The shop on FastAPI."""

from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from errata.openapi import raises
from errata.servers.fastapi import install
from tests.openapi.apps.shop import Closed, NoSuchOrder, OutOfStock, contract, main


class Order(BaseModel):
    """An order."""

    sku: str
    amount: Annotated[int, Field(ge=1)]


@raises(Closed)
def opening_hours() -> None:
    """Refuse nobody: the shop is always open."""


router = APIRouter(dependencies=[Depends(opening_hours)])


@router.get("/orders/{number}", operation_id="getOrder")
@raises(NoSuchOrder)
def get_order(number: int) -> Order:
    """Return an order."""
    raise NoSuchOrder(number=number)


@router.post("/orders", operation_id="createOrder", status_code=201, dependencies=[Depends(HTTPBearer())])
@raises(OutOfStock)
def create_order(order: Order) -> Order:
    """Create an order."""
    raise OutOfStock(sku=order.sku, left=0, retry_after=60)


app = FastAPI(title="Shop")
app.include_router(router)
install(app, contract)

if __name__ == "__main__":
    main(app.openapi, app)
