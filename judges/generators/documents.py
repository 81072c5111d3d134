"""Print the OpenAPI documents of the five founding systems."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from errata.demo._world import World

SYSTEMS = ("support", "usta", "telecomx", "netmri", "tesma")

if __name__ == "__main__":
    systems = {name: import_module(f"errata.demo.{name}") for name in SYSTEMS}
    with TemporaryDirectory() as folder:
        world = World(Path(folder, "world.sqlite"), [system.seed for system in systems.values()])
        print(json.dumps({name: system.build(world).openapi() for name, system in systems.items()}))  # noqa: T201 - its output
        world.close()
