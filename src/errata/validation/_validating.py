"""From whatever was raised to the file that knows it: by the names of its class and of those above it."""

from collections.abc import Mapping
from importlib import import_module
from types import TracebackType
from typing import Final

from msgspec.structs import replace

from errata._error import Error
from errata._problem import Location, Violation
from errata._standard import MalformedBody, ValidationFailed
from errata.validation._origin import module_of
from errata.validation._words import JSON

_Name = tuple[str, str]

# module and name of an exception -> the file that makes violations of it
_CONVERTERS: Final[Mapping[_Name, str]] = {
    ("cattrs.errors", "BaseValidationError"): "errata.validation.cattrs",
    ("cattrs.errors", "ForbiddenExtraKeysError"): "errata.validation.cattrs",
    ("django.core.exceptions", "ValidationError"): "errata.validation.django",
    ("fastapi.exceptions", "RequestValidationError"): "errata.validation.pydantic",
    ("jsonschema.exceptions", "ValidationError"): "errata.validation.jsonschema",
    ("marshmallow.exceptions", "ValidationError"): "errata.validation.marshmallow",
    ("msgspec", "ValidationError"): "errata.validation.msgspec",
    ("pydantic_core._pydantic_core", "ValidationError"): "errata.validation.pydantic",
    ("rest_framework.exceptions", "ValidationError"): "errata.validation.drf",
}

# A body that cannot even be read. `msgspec.ValidationError` is found above before the class it comes from.
_UNREADABLE: Final = frozenset({
    ("builtins", "UnicodeDecodeError"),
    ("json.decoder", "JSONDecodeError"),
    ("msgspec", "DecodeError"),
    ("simplejson.errors", "JSONDecodeError"),
})  # fmt: skip
_TOO_DEEP: Final = ("while decoding a JSON", "while deserializing an object")


def violations_of(error: BaseException | None, given: object = None) -> tuple[Violation, ...] | None:
    """Return what a validation library found as violations; None when the error is none of such a library.

    `given` is all that was validated: a text of the application's own checks
    that repeats any of it is not told. Of pydantic and marshmallow, the errors
    know what they were given; of the others, own texts are not told without it.
    """
    for cls in type(error).__mro__:
        module = _CONVERTERS.get((cls.__module__, cls.__qualname__))
        if module is not None:
            found: tuple[Violation, ...] = import_module(module).violations_of(error, given)
            return found
    return None


def validating(location: Location = "body", given: object = None) -> "Validating":
    """Return a context in which failed validations are raised as `ValidationFailed`, at a part of the request.

        with validating(given=data):
            order = schema.load(data)

    What is no JSON at all is a `MalformedBody`, if it is in the body. The
    exception raised in their place has neither cause nor context: they hold the
    input, which has no business in logs and traces.
    """
    return Validating(location, given)


class Validating:
    """The context that `validating` returns."""

    __slots__ = ("_given", "_location")

    def __init__(self, location: Location, given: object) -> None:
        self._location: Location = location
        self._given = given

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, traceback: TracebackType | None) -> None:
        failed = None if error is None else _failure(error, self._location, self._given)
        # Reports show the variables of each frame, so this one keeps nothing that holds input.
        del error, traceback
        if failed is not None:
            try:
                raise failed
            except Error:
                failed.__context__ = None
                raise
            finally:
                del failed  # its traceback has this frame: together they would keep the view's until they are collected


def _failure(error: BaseException, location: Location, given: object) -> Error | None:
    """Return the standard error for what was raised; None for what is no matter of validation."""
    if isinstance(error, Exception) and not isinstance(error, Error):
        found = violations_of(error, given)
        if found is not None and [(v.path, v.code, v.detail) for v in found] != [((), *JSON)]:
            return ValidationFailed(violations=tuple([_at(violation, location) for violation in found]))
        if found is not None or _is_unreadable(error):
            return _unreadable(location)
    return None


def _unreadable(location: Location) -> Error:
    if location == "body":
        return MalformedBody()
    return ValidationFailed(violations=(Violation(location=location, code=JSON[0], detail=JSON[1]),))


def _at(violation: Violation, location: Location) -> Violation:
    return violation if violation.location else replace(violation, location=location)


def _is_unreadable(error: Exception) -> bool:
    if isinstance(error, RecursionError):
        return any(phrase in str(error) for phrase in _TOO_DEEP) or module_of(error).startswith("json.")
    return any((cls.__module__, cls.__qualname__) in _UNREADABLE for cls in type(error).__mro__)
