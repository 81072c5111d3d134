"""OpenAPI: every operation of a document with its errors, in the words of a contract.

`raises` declares on a view what it raises; `described` completes any document.
`fastapi`, `litestar` and `ninja` have a function `describe` that does it for an
application, `drf` has hooks for drf-spectacular.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from errata._contract import Contract
from errata.openapi._components import Components
from errata.openapi._declaring import Raisable, declared_by, raises
from errata.openapi._describing import Codes, Describer
from errata.openapi._document import COMMON, described

__all__ = ["COMMON", "Codes", "Raisable", "Responses", "declared_by", "described", "raises", "responses"]


class Responses(NamedTuple):
    """Responses by status, as an operation refers to them, and the components that they refer to."""

    responses: Mapping[str, Any]
    components: Mapping[str, Any]


def responses(contract: Contract, *errors: Raisable, version: str = "3.1.0", codes: Codes = "open") -> Responses:
    """Return the responses to some errors, for a document that is put together by hand."""
    components = Components({}, version)
    found = Describer(contract, components, codes).responses(errors)
    return Responses(found, components.sections)
