"""What the tests of the demo share: a world on a file of its own, the whole demo, a client."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from errata.demo import _app
from errata.demo._world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world with the first rows of all systems."""
    world = World(tmp_path / "demo.sqlite", [system.seed for system in _app.SYSTEMS])
    yield world
    world.close()


@pytest.fixture
def app(world: World) -> Starlette:
    """The whole demo."""
    return _app.build(world)


@pytest.fixture
def client(app: Starlette) -> Iterator[TestClient]:
    """A client on the demo's own machine."""
    with TestClient(app, client=("127.0.0.1", 50000), raise_server_exceptions=False) as client:
        yield client
