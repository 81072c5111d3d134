"""The demo's own endpoints: its list of cases, and what sets the scene for them."""

from ipaddress import ip_address
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from errata import Catalog, Contract, PermissionDenied
from errata.demo._cases import Case
from errata.demo._world import InWorld, World
from errata.openapi import raises
from errata.servers.fastapi import install

Count = Annotated[int, Field(ge=0, le=1000)]


class LocalOnly(PermissionDenied, status=403):
    """The controls of the demo are for the machine that it runs on.

    Send the request from there.
    """

    title = "Only from this machine"


contract = Contract(Catalog([LocalOnly], name="demo"), name="demo")


class Nothing(BaseModel):
    """An empty object."""

    model_config = ConfigDict(extra="forbid")


class Move(BaseModel):
    """A move of the clock, in seconds, for the next requests to the systems."""

    model_config = ConfigDict(extra="forbid")
    advance: Annotated[float, Field(ge=-3e9, le=3e9)]
    requests: Count = 1


class Fault(BaseModel):
    """A fault to arm; members beyond these are options of the fault."""

    model_config = ConfigDict(extra="allow")
    name: Annotated[str, Field(min_length=1, max_length=100)]
    times: Count = 1
    after: Count = 0


@raises(LocalOnly)
def is_local(request: Request) -> None:
    """Raise LocalOnly unless the request comes from this machine."""
    try:
        local = request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:  # no address at all
        local = False
    if not local:
        raise LocalOnly


control = APIRouter(
    prefix="/control",
    dependencies=[Depends(is_local)],
    default_response_class=Response,
)


@control.post("/reset", status_code=204)
def reset(world: InWorld, nothing: Nothing) -> None:  # noqa: ARG001 - a JSON body keeps other sites' forms out
    """Start again: the first rows, the real time, no faults."""
    world.reset()


@control.post("/clock", status_code=204)
def move_clock(world: InWorld, move: Move) -> None:
    """Move the clock for the next requests to the systems."""
    world.move_next(move.advance, move.requests)


@control.post("/faults", status_code=204)
def arm_fault(world: InWorld, fault: Fault) -> None:
    """Arm a fault."""
    world.arm(fault.name, times=fault.times, after=fault.after, **(fault.model_extra or {}))


def build(world: World, cases: list[Case]) -> FastAPI:
    """Return the application under `/demo`."""
    app = FastAPI(title="errata demo", summary="The cases of the demo, and what sets the scene for them", version="1")
    app.state.world = world
    app.include_router(control)
    rows: list[dict[str, Any]] = msgspec.to_builtins(cases)

    @app.get("/cases")
    def list_cases() -> list[dict[str, Any]]:
        """List all cases, ready to be sent: first the requests in `before`, then the case itself."""
        return rows

    return install(app, contract)
