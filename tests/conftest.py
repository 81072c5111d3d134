"""What all tests share: how long property tests search, and a root logger as it was."""

import logging
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# No deadline: a test must not fail because the machine is busy.
_COMMON = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fast", _COMMON, max_examples=50, derandomize=True, database=None)
settings.register_profile("ci", _COMMON, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))


@pytest.fixture(autouse=True)
def _root_logger_as_it_was() -> Iterator[None]:
    """Undo what an application does to the root logger: Litestar sets its level, and puts a handler there."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    root.setLevel(level)
    root.handlers[:] = handlers
