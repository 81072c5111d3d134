"""What all tests share: how long property tests search, and loggers as they were."""

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
def _loggers_as_they_were() -> Iterator[None]:
    """Undo what an application does to logging: Litestar sets the root's level, a page that of errata."""
    before = [(logger, logger.level, logger.handlers[:]) for logger in map(logging.getLogger, (None, "errata"))]
    yield
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers
