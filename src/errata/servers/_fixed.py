"""A contract for a protocol that leaves no choice of dialect."""

from collections.abc import Callable
from typing import Final

from errata._contract import Contract
from errata._http import Request

_MOST: Final = 100  # contracts that requests select


def in_dialect(contract: Contract, dialect: str) -> Contract:
    """Return a contract that says the same in one dialect, whoever asks; so do those that it selects."""
    select = contract.select
    if select is None:
        return _fixed(contract, dialect)
    made: dict[int, tuple[Contract, Contract]] = {}  # by identity, which is one's own for as long as one is kept

    def chosen(request: Request) -> Contract | None:
        other = select(request)
        if other is None:
            return None
        pair = made.get(id(other)) or (other, _fixed(other, dialect))
        if len(made) < _MOST:
            made[id(other)] = pair
        return pair[1]

    return _fixed(contract, dialect, chosen)


def _fixed(contract: Contract, dialect: str, select: Callable[[Request], Contract | None] | None = None) -> Contract:
    return contract.replace(dialect=dialect, also=(), negotiation="off", choose_format=None, select=select)
