"""The demo as one application: five systems, the control endpoints, the explorer page."""

import re
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from fastapi import FastAPI
from msgspec import Struct
from sqlalchemy.exc import DatabaseError
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

import errata.contracts.axway
import errata.contracts.netmri
import errata.contracts.telecomx
import errata.contracts.tesma
import errata.contracts.usta
from errata import Contract
from errata.demo import _control, explorer, netmri, support, telecomx, tesma, usta
from errata.demo._cases import Case
from errata.demo._world import Seed, World
from errata.servers.starlette import install


class System(Struct, frozen=True):
    """One of the five: its name, its address, its contract, and what its module offers."""

    name: str
    mount: str
    contract: Contract
    build: Callable[[World], FastAPI]
    seed: Seed
    cases: list[Case]
    credentials: list[tuple[str, str]]


SYSTEMS: Final = (
    System(
        "support", support.MOUNT, errata.contracts.axway.contract,
        support.build, support.seed, support.CASES, support.CREDENTIALS,
    ),
    System(
        "usta", usta.MOUNT, errata.contracts.usta.contract,
        usta.build, usta.seed, usta.CASES, usta.CREDENTIALS,
    ),
    System(
        "telecomx", telecomx.MOUNT, errata.contracts.telecomx.contract,
        telecomx.build, telecomx.seed, telecomx.CASES, telecomx.CREDENTIALS,
    ),
    System(
        "netmri", netmri.MOUNT, errata.contracts.netmri.contract,
        netmri.build, netmri.seed, netmri.CASES, netmri.CREDENTIALS,
    ),
    System(
        "tesma", tesma.MOUNT, errata.contracts.tesma.contract,
        tesma.build, tesma.seed, tesma.CASES, tesma.CREDENTIALS,
    ),
)  # fmt: skip

CASES: Final = [case for system in SYSTEMS for case in system.cases]


class StartError(Exception):
    """The demo cannot start; the text says why, and what to do."""


@contextmanager
def open_world(data: Path | None = None) -> Generator[World]:
    """Open the state of the demo: in a folder that is kept, or in a temporary one; raises StartError."""
    with ExitStack() as opened:
        folder = data or Path(opened.enter_context(TemporaryDirectory(prefix="errata-demo-")))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            world = World(folder / "demo.sqlite", [system.seed for system in SYSTEMS])
        except (OSError, DatabaseError) as error:
            reason = error.orig if isinstance(error, DatabaseError) else error.strerror
            raise StartError(f"cannot keep rows in {str(folder)!r}: {reason}; take another folder: --data") from error
        opened.callback(world.close)
        yield world


def build(world: World) -> Starlette:
    """Return the whole demo as one ASGI application."""
    routes = [_below(system.mount, _Timed(system.build(world), world)) for system in SYSTEMS]
    routes.append(_below("/demo", _control.build(world, CASES)))
    page = explorer.build(CASES, Starlette(routes=routes))
    return install(Starlette(routes=[*routes, _below("", page)]), _control.contract)


def _below(path: str, app: ASGIApp) -> Mount:
    """Return a mount that takes every address below a path, also one with a line break in it."""
    mount = Mount(path, app)
    mount.path_regex = re.compile(mount.path_regex.pattern, re.DOTALL)
    return mount


class _Timed:
    """A system whose requests take the moves of the clock that are meant for them."""

    def __init__(self, app: ASGIApp, world: World) -> None:
        self._app = app
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._world.begin_request()
        await self._app(scope, receive, send)
