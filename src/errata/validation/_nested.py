"""Faults inside of each other: their leaves with the way to them, however deep and odd."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Final

from errata._problem import Violation
from errata.validation._words import INVALID, Word

MOST: Final = 1_000  # faults told
_NODES: Final = 20_000
_DEPTH: Final = 100
_LONGEST: Final = 200  # characters of a segment

Path = tuple[str | int, ...]
Inner = Iterable[tuple[object, Any]] | None
"""What is inside of a node, each with its segment (None for the place of the node itself); None for a leaf."""


def leaves(root: Any, inside: Callable[[Any], Inner]) -> Iterator[tuple[Path, Any]]:
    """Yield the leaves in the order given, with their paths; too many and too deep ones are left out."""
    waiting: list[tuple[Path, Any]] = [((), root)]
    for _ in range(_NODES):
        if not waiting:
            return
        path, node = waiting.pop()
        inner = inside(node)
        if inner is None:
            yield path, node
        elif len(path) < _DEPTH:
            waiting += reversed([(_below(path, segment), each) for segment, each in islice(inner, _NODES)])


def _below(path: Path, segment: object) -> Path:
    return path if segment is None else (*path, segment_of(segment))


def segment_of(segment: object) -> str | int:
    """Return a segment of a path: an index as it is, anything else as text."""
    return segment if type(segment) is int else str(segment)[:_LONGEST]


def violation(path: Path, word: Word) -> Violation:
    """Return a fault as a violation."""
    return Violation(path=path, detail=word[1], code=word[0])


def told(faults: Iterator[Violation]) -> tuple[Violation, ...]:
    """Return the faults, a thousand at most; where an odd error object breaks off, that something is not valid."""
    found: list[Violation] = []
    try:
        for fault in islice(faults, MOST):
            found.append(fault)  # noqa: PERF402 - those before the break stay
    except Exception:  # noqa: BLE001 - whatever was raised, it is a failed validation
        found.append(violation((), INVALID))
    return tuple(found)
