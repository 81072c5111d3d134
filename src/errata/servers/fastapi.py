"""FastAPI: every error of an application leaves in its contract, validation included."""

from errata._extra import needs

needs(__name__, "fastapi", "fastapi")

from json import JSONDecodeError
from typing import Any, Final, TypeVar

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from errata._contract import Contract
from errata._error import Error
from errata._standard import MalformedBody, UnsupportedMediaType, ValidationFailed
from errata.openapi.fastapi import describe
from errata.servers import starlette
from errata.servers._refusal import is_meant
from errata.servers.asgi import Answer, answer, request_of
from errata.validation.pydantic import violations_of

_App = TypeVar("_App", bound=FastAPI)

# What FastAPI makes of a body that is not even text, or nested too deeply to be parsed.
_UNREADABLE: Final = (400, "There was an error parsing the body")
_FORMS: Final = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


def install(app: _App, contract: Contract) -> _App:
    """Make an application answer all its errors in a contract; returns the same application.

    A body that is not JSON is a `MalformedBody` (400), one of another media type
    an `UnsupportedMediaType` (415), and everything else that breaks a model a
    `ValidationFailed` (422), each as the contract's own type if it names one. Who
    wants FastAPI's 422 for what is not JSON too says so in the contract:
    `fallbacks={MalformedBody: ValidationFailed}`.

    The OpenAPI document describes these errors (`errata.openapi.fastapi.describe`).
    What is said of `errata.servers.starlette.install` holds here too.
    """
    starlette.install(app, contract)
    handlers: Any = app.exception_handlers
    on_http_error = handlers[HTTPException]

    async def on_http(conn: HTTPConnection, error: Exception) -> Answer:
        unreadable = isinstance(error, HTTPException) and (error.status_code, error.detail) == _UNREADABLE
        return answer(contract, MalformedBody(), conn.scope) if unreadable else await on_http_error(conn, error)

    async def on_invalid(conn: HTTPConnection, error: Exception) -> Answer:
        if conn.scope["type"] != "http" or not isinstance(error, RequestValidationError):
            raise error
        if is_meant(contract, request_of(conn.scope), error, RequestValidationError):
            return answer(contract, error, conn.scope)
        # Only an empty form needs it, and Starlette's headers are slow to ask.
        content_type = conn.headers.get("content-type") if isinstance(error.body, FormData) else None
        return answer(contract, from_validation(error, content_type), conn.scope)

    handlers.update({HTTPException: on_http, RequestValidationError: on_invalid})
    return describe(app, contract)


def from_validation(error: RequestValidationError, content_type: str | None) -> Error:
    """Return the standard error for what FastAPI found wrong with a request."""
    if isinstance(error.__cause__, JSONDecodeError):
        return MalformedBody()
    if _is_unread(error, (content_type or "").partition(";")[0].strip().lower()):
        return UnsupportedMediaType()
    return ValidationFailed(violations=violations_of(error.errors(), error.body))


def _is_unread(error: RequestValidationError, media_type: str) -> bool:
    """Tell whether FastAPI left the body alone, because it was not declared to be JSON or not to be a form."""
    if isinstance(error.body, bytes):
        return any(fault["loc"][0] == "body" for fault in error.errors())
    return isinstance(error.body, FormData) and not error.body and bool(media_type) and media_type not in _FORMS
