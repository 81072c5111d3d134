"""Which responses have no body, and which not even a length (RFC 9110 sections 6.4.1 and 8.6)."""

from typing import Final

BODILESS: Final = frozenset({204, 205, 304})
UNFRAMED: Final = frozenset({204, 304})
