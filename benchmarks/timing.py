"""Paired timing: every candidate runs in every round, so that what slows the machine slows them all.

A candidate is measured in blocks of some milliseconds. In each round all blocks
run once, in shuffled order, and each time is divided by the baseline's time of
the same round; what counts is the median of these ratios. The clock is the CPU
time of the process, with all its threads: waiting for other programs is not in it.
"""

import gc
import random
import sys
from collections.abc import Callable, Mapping
from statistics import median, quantiles
from time import process_time
from typing import NamedTuple

Block = Callable[[int], float]
"""Runs something so many times and returns the CPU seconds it took."""


class Plan(NamedTuple):
    """How long to measure: rounds, and the seconds of one block."""

    rounds: int
    seconds: float


class Spread(NamedTuple):
    """The median and the quartiles around it."""

    middle: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.middle:.2f} ({self.low:.2f}-{self.high:.2f})"


def block_of(function: Callable[[], object]) -> Block:
    """Return a block that calls a function."""

    def block(times: int) -> float:
        start = process_time()
        for _ in range(times):
            function()
        return process_time() - start

    return block


def measure(blocks: Mapping[str, Block], plan: Plan, label: str) -> dict[str, list[float]]:
    """Return the seconds of one run for each candidate in each round."""
    counts = {name: _calls(block, plan.seconds) for name, block in blocks.items()}
    times: dict[str, list[float]] = {name: [] for name in blocks}
    shuffler, order = random.Random(9457), list(blocks)
    for number in range(1, plan.rounds + 1):
        show(f"{label}: round {number} of {plan.rounds}")
        shuffler.shuffle(order)
        gc.collect()
        for name in order:
            times[name].append(blocks[name](counts[name]) / counts[name])
    show("")
    return times


def _calls(block: Block, seconds: float) -> int:
    """Return how many calls fill a block; trying them out also warms them up."""
    calls = 4
    while (spent := block(calls)) < seconds / 2:
        calls *= 2
    return max(1, round(calls * seconds / spent))


def ratios(times: list[float], baseline: list[float]) -> list[float]:
    """Return each round's time as a multiple of the baseline's time in the same round."""
    return [own / base for own, base in zip(times, baseline, strict=True)]


def spread(values: list[float]) -> Spread:
    """Return the median and the quartiles of some values."""
    low, _, high = quantiles(values, n=4)
    return Spread(median(values), low, high)


def show(text: str) -> None:
    """Show progress on standard error, on one line if that is a terminal."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
    elif ": round 1 of" in text:
        print(text.partition(": round")[0], file=sys.stderr, flush=True)
