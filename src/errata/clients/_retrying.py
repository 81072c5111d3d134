"""What all retries share: whether a request is sent again, and after how long."""

from collections.abc import Callable
from random import random
from typing import Final

from msgspec import Struct

from errata._error import Error

LONGEST: Final = 60.0
"""The longest delay, in seconds, that is waited for unless told otherwise."""


def backoff(attempt: int) -> float:
    """Return the seconds to wait after an attempt when nobody says how long: doubling from half a second, spread."""
    return min(0.5 * 2.0 ** (min(attempt, 10) - 1), LONGEST) * (0.5 + random() / 2)  # noqa: S311 - no secret


class Retries(Struct, frozen=True):
    """How often a request is sent in all, the longest delay waited for, and the delay where none is asked for.

    An error that asks for a longer delay is handed on at once: trying earlier would
    be of no use, and whoever gets the error sees how long to wait.
    """

    attempts: int = 3
    longest: float = LONGEST
    default: Callable[[int], float] = backoff

    def delay(self, error: Error | None, attempt: int) -> float | None:
        """Return the seconds to wait after an attempt (the first is 1), None to make no other."""
        if error is None or attempt >= self.attempts or not error.retryable:
            return None
        asked = error.retry_after
        if asked is None:
            return min(self.default(attempt), self.longest)
        return asked if asked <= self.longest else None
