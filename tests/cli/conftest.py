import subprocess
import sys
from collections.abc import Callable, Mapping

import pytest

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]
PLAIN = {"PATH": "/usr/bin:/bin", "TERM": "xterm"}


@pytest.fixture(scope="session")
def errata() -> Run:
    """Run the command line in a process of its own."""

    def run(
        *arguments: str, given: bytes = b"", env: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[bytes]":
        command = [sys.executable, "-m", "errata", *arguments]
        return subprocess.run(command, input=given, capture_output=True, check=False, env={**PLAIN, **(env or {})})

    return run
