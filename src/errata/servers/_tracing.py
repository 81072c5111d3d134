"""The trace header of a response that is no error; that of an error is `Contract.respond`'s business."""

from contextlib import suppress

from errata._contract import Contract, trace_field
from errata._http import Request


def trace_value(contract: Contract, request: Request) -> str | None:
    """Return what the contract's trace header says; None when no id can be made: a success is one without it too."""
    with suppress(Exception):
        return trace_field(contract.trace_header or "", contract.trace_id(request))
    return None
