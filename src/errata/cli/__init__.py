"""The command line: `errata explain`, `errata translate`, `errata dialects`, `errata demo`."""

import sys
from typing import NoReturn

__all__ = ["main"]

# What a package is needed for, by the extra that brings it.
_EXTRAS = {
    "rich": "cli", "typer": "cli", "json_repair": "samples",
    "fastapi": "demo", "jinja2": "demo", "python_multipart": "demo", "sqlalchemy": "demo", "starlette": "demo",
    "uvicorn": "demo",
}  # fmt: skip


def main() -> NoReturn:
    """Run the command line and exit."""
    try:
        from errata.cli._app import run

        sys.exit(run())
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in _EXTRAS:
            raise
        sys.exit(_refusal(package))


def _refusal(package: str) -> int:
    """Say which extra brings a missing package; returns the exit code."""
    print(f'errata: {package} is not installed; pip install "errata[{_EXTRAS[package]}]"', file=sys.stderr)  # noqa: T201 - rich may be what is missing
    return 2
