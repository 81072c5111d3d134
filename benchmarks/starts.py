"""The cost of an import: whole processes, started again and again in shuffled order."""

import os
import random
import subprocess
import sys
from collections.abc import Sequence
from time import perf_counter
from typing import Final, NamedTuple

from benchmarks.timing import show

FRAMEWORKS: Final = ("starlette", "fastapi", "pydantic", "httpx", "typer", "rich", "jinja2", "sqlalchemy", "asyncio")


class Start(NamedTuple):
    """One process start in milliseconds: CPU time (user and system), and wall time."""

    cpu: float
    wall: float


def measure_starts(imports: Sequence[str], rounds: int, cache: str) -> dict[str, list[Start]]:
    """Return the times of `python -c "import ..."` in each round.

    Bytecode is kept in the directory `cache`, as an installed package has it;
    the first start of each fills it and is not counted.
    """
    starts: dict[str, list[Start]] = {name: [] for name in imports}
    for name in imports:
        _start(name, cache)
    shuffler, order = random.Random(9457), list(imports)
    for number in range(1, rounds + 1):
        show(f"imports: round {number} of {rounds}")
        shuffler.shuffle(order)
        for name in order:
            starts[name].append(_start(name, cache))
    show("")
    return starts


def _command(code: str, cache: str) -> list[str]:
    return [sys.executable, "-I", "-X", f"pycache_prefix={cache}", "-c", code]


def _start(name: str, cache: str) -> Start:
    begin = perf_counter()
    process = subprocess.Popen(_command(f"import {name}", cache))
    _, status, usage = os.wait4(process.pid, 0)
    wall = perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"`import {name}` ended with {process.returncode}")
    return Start((usage.ru_utime + usage.ru_stime) * 1000, wall * 1000)


def frameworks_loaded(cache: str) -> list[str]:
    """Return the frameworks that `import errata` brings along: there should be none."""
    code = f"import errata, sys; print(*sorted(set({FRAMEWORKS!r}) & sys.modules.keys()))"
    return subprocess.run(_command(code, cache), check=True, capture_output=True, text=True).stdout.split()
