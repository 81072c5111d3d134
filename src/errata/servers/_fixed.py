"""A contract for a protocol that leaves no choice of dialect."""

from errata._contract import Contract
from errata._http import Request


def in_dialect(contract: Contract, dialect: str) -> Contract:
    """Return a contract that says the same in one dialect, whoever asks; so do those that it selects."""
    select = contract.select

    def chosen(request: Request) -> Contract | None:
        other = select(request) if select is not None else None
        return other and in_dialect(other, dialect)

    return contract.replace(
        dialect=dialect, also=(), negotiation="off", choose_format=None, select=chosen if select else None
    )
