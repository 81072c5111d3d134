"""What all tests share: how long property tests search."""

import os

from hypothesis import HealthCheck, settings

# No deadline: a test must not fail because the machine is busy.
_COMMON = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fast", _COMMON, max_examples=50, derandomize=True, database=None)
settings.register_profile("ci", _COMMON, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))
