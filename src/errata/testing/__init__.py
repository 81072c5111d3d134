"""Test kits for those who write a dialect: the laws that every wire format keeps.

`check_dialect` needs no test framework; `errata.testing.strategies` needs hypothesis.
"""

from errata.testing._hostile import hostile_bodies
from errata.testing._kit import KitError, check_dialect
from errata.testing._vectors import Vector, VectorResponse, check_reading, check_writing, load_vectors

__all__ = [
    "KitError",
    "Vector",
    "VectorResponse",
    "check_dialect",
    "check_reading",
    "check_writing",
    "hostile_bodies",
    "load_vectors",
]
