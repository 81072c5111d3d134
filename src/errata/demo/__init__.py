"""The demo: five reference APIs on one SQLite file, each with the error format of a real system."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from errata.demo._check import CheckRow

__all__ = ["check", "serve"]

# The systems load when they are needed: a module of one is imported without the others.


def serve(host: str = "127.0.0.1", port: int = 8000, data: Path | None = None) -> int:
    """Run the demo until it is told to end (Ctrl-C, SIGTERM); returns the exit code.

    The rows are kept in the folder `data`, or in a temporary one. Port 0 takes any
    free port.
    """
    from errata.demo import _serve

    return _serve.serve(host, port, data)


def check(base_url: str | None = None) -> "list[CheckRow]":
    """Send all cases to a demo, by default to one that is started for it; returns a row for each.

    Raises ConnectionError when nothing answers at `base_url`, ValueError when that is no address.
    """
    from errata.demo import _check

    return _check.check(base_url)
