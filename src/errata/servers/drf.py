"""Django REST framework: every error of an API leaves in its contract, those of its serializers included.

In the settings, beside those of `errata.servers.django`:

    REST_FRAMEWORK = {"EXCEPTION_HANDLER": "errata.servers.drf.exception_handler"}
"""

from errata._extra import needs

needs(__name__, "rest_framework", "drf")

from collections.abc import Mapping
from functools import partial
from traceback import walk_tb
from typing import Any, Final, TypeVar

from django.core.handlers.base import BaseHandler
from django.http.response import HttpResponseBase
from msgspec.structs import replace
from rest_framework import exceptions, views
from rest_framework.request import Request
from rest_framework.settings import api_settings

from errata._contract import Contract
from errata._error import Error
from errata._problem import Location, Problem
from errata._standard import MalformedBody, ValidationFailed
from errata.servers import django
from errata.servers._refusal import refusal
from errata.validation.drf import violations_of

_Handler = TypeVar("_Handler", bound=BaseHandler)


def install(app: _Handler, contract: Contract, *, prefix: django.Prefix = "/") -> _Handler:
    """Make a handler answer its errors in a contract, those of its API views included; returns the same one.

    What is said of `errata.servers.django.install` holds here too. An exception
    handler that the settings name stays.
    """
    if api_settings.EXCEPTION_HANDLER is views.exception_handler:
        setattr(api_settings, "EXCEPTION_HANDLER", exception_handler)  # noqa: B010 - no declared attribute
    return django.install(app, contract, prefix=prefix)


def exception_handler(exc: Exception, context: Mapping[str, Any]) -> HttpResponseBase | None:
    """Answer an exception of an API view in the contract of its request; as the framework does where there is none.

    A bug is left to Django, which answers it in the contract as well.
    """
    request: Request = context["request"]
    contract = django.contract_of(request._request)  # noqa: SLF001 - documented to be there
    if contract is None:
        return views.exception_handler(exc, dict(context))
    meanings = {**django.MEANINGS, exceptions.APIException: partial(_meant, request=request)}
    error = django.known(contract, exc, request._request, meanings)  # noqa: SLF001 - the same
    if error is None and _is_from_parsing(exc):
        error = MalformedBody()
    if error is None:
        return None
    django.roll_back()
    challenge = getattr(exc, "auth_header", None)
    headers = {"WWW-Authenticate": challenge} if challenge else None
    return django.answer(contract, error, request._request, headers)  # noqa: SLF001 - the same


_PARSING: Final = (ValueError, RecursionError)
_PARSE: Final = (Request.__module__, "Request._parse")


def _is_from_parsing(exc: Exception) -> bool:
    """Tell whether a parser gave up on the body without saying so."""
    if not isinstance(exc, _PARSING):
        return False
    frames = (frame for frame, _ in walk_tb(exc.__traceback__))
    return any((frame.f_globals.get("__name__"), frame.f_code.co_qualname) == _PARSE for frame in frames)


# ---- what the framework's exceptions mean ----

_OWN: Final = exceptions.__name__
_WORDLESS: Final = frozenset({
    "authentication_failed", "error", "invalid", "method_not_allowed", "not_acceptable", "not_authenticated",
    "not_found", "parse_error", "permission_denied", "throttled", "unsupported_media_type",
})  # fmt: skip
"""Codes that say no more than the status."""

# Their texts are made for the occasion, from method, media type and seconds: the request or another member says these.
_MADE: Final = (exceptions.MethodNotAllowed, exceptions.UnsupportedMediaType, exceptions.Throttled)
_PARSERS: Final = ("JSON parse error - ", "Multipart form parse error - ", "Unsupported charset ")
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})


def _meant(exc: exceptions.APIException, request: Request) -> Error:
    """Return an exception of the framework as the standard error of its status."""
    if isinstance(exc, exceptions.ValidationError):
        return _invalid(exc, request)
    text = exc.detail if isinstance(exc.detail, str) else None
    usual = text is not None and _is_usual(exc, text)
    if isinstance(exc, exceptions.ParseError) and (usual or (text or "").startswith(_PARSERS)):
        return MalformedBody()
    error = refusal(exc.status_code, None if usual else _plain(exc.detail))
    code, wait = getattr(text, "code", None), getattr(exc, "wait", None)
    changes = {"code": None if code in _WORDLESS else code, "retry_after": wait}
    problem = error.problem.replace(**{name: value for name, value in changes.items() if value})
    return _occurrence(MalformedBody if isinstance(exc, exceptions.ParseError) else type(error), problem)


def _occurrence(cls: type[Error], problem: Problem) -> Error:
    return cls(problem)


def _invalid(exc: exceptions.ValidationError, request: Request) -> Error:
    given = vars(request).get("_full_data")
    location: Location = "body" if request.method in _WITH_BODY else "query"
    found = [replace(violation, location=location) for violation in violations_of(exc, given)]
    failed = ValidationFailed(violations=tuple(found))
    if exc.status_code in {400, 422}:
        return failed
    error = refusal(exc.status_code)
    return type(error)(error.problem.replace(violations=failed.problem.violations))


def _is_usual(exc: exceptions.APIException, text: str) -> bool:
    """Tell whether a text is the one that the framework itself has for a status; a downgraded 401 needs its text."""
    own = next(cls for cls in type(exc).__mro__ if cls.__module__ == _OWN)
    usual = str(getattr(own, "default_detail", ""))
    if isinstance(exc, _MADE):
        return text.startswith(usual.partition("{")[0])
    return text == usual and exc.status_code == type(exc).status_code


def _plain(detail: Any) -> Any:
    if isinstance(detail, Mapping):
        return {str(name): _plain(each) for name, each in detail.items()}
    return list(map(_plain, detail)) if isinstance(detail, list | tuple) else str(detail)
