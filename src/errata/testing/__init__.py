"""Test kits: the laws of a wire format, the answers of a server, the exceptions of a client.

The kits need no test framework; `errata.testing.strategies` needs hypothesis.
"""

from errata.testing._client import check_client
from errata.testing._drive import Call, drive_asgi, drive_url, drive_wsgi
from errata.testing._hostile import hostile_bodies
from errata.testing._kit import KitError, check_dialect
from errata.testing._server import CONTRACTS, LIMIT, SITUATIONS, Situation, check_server, fail
from errata.testing._vectors import Vector, VectorResponse, check_reading, check_writing, load_vectors

__all__ = [
    "CONTRACTS",
    "LIMIT",
    "SITUATIONS",
    "Call",
    "KitError",
    "Situation",
    "Vector",
    "VectorResponse",
    "check_client",
    "check_dialect",
    "check_reading",
    "check_server",
    "check_writing",
    "drive_asgi",
    "drive_url",
    "drive_wsgi",
    "fail",
    "hostile_bodies",
    "load_vectors",
]
