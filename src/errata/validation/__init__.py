"""Validation: what a library finds wrong with a request, as violations with the same words whatever the library.

One file for each library, with `violations_of(error, given=None)`; none of them
is imported before the library itself has raised.
"""

from errata.validation._validating import validating, violations_of

__all__ = ["validating", "violations_of"]
