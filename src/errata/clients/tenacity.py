"""tenacity: try again what may be tried again, after the delay that the error asks for."""

from errata._extra import needs

needs(__name__, "tenacity", "tenacity")

from tenacity import RetryCallState, retry_if_exception, wait_random_exponential
from tenacity.wait import WaitBaseT, wait_base

from errata._error import Error
from errata.clients._retrying import LONGEST


def is_retryable(error: BaseException) -> bool:
    """Tell whether an exception is an error after which the same request may be sent again."""
    return isinstance(error, Error) and error.retryable


retry_if_retryable = retry_if_exception(is_retryable)
"""The strategy for `retry=`; it can be joined with others by `|` and `&`."""


class wait_for_problem(wait_base):  # noqa: N801 - as tenacity names its strategies
    """The strategy for `wait=`: the delay that the error asks for, at most `cap` seconds.

    Where it asks for none, and for exceptions of other kinds, `default` decides.
    """

    def __init__(self, default: WaitBaseT | None = None, cap: float = LONGEST) -> None:
        self._default = default or wait_random_exponential(multiplier=0.5, max=cap)
        self._cap = cap

    def __call__(self, retry_state: RetryCallState) -> float:
        """Return the seconds to wait before the next attempt."""
        outcome = retry_state.outcome
        error = outcome.exception() if outcome is not None else None
        asked = error.retry_after if isinstance(error, Error) else None
        return self._default(retry_state) if asked is None else min(asked, self._cap)
