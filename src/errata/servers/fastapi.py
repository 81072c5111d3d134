"""FastAPI: every error of an application leaves in its contract, validation included."""

from collections.abc import Mapping
from typing import Any, TypeVar

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.requests import HTTPConnection

from errata._contract import Contract
from errata._error import Error
from errata._standard import MalformedBody, UnsupportedMediaType, ValidationFailed
from errata.servers import starlette
from errata.servers._pydantic import violations_of
from errata.servers.asgi import Answer, answer

_App = TypeVar("_App", bound=FastAPI)


def install(app: _App, contract: Contract) -> _App:
    """Make an application answer all its errors in a contract; returns the same application.

    A body that is not JSON is a `MalformedBody` (400), one of another media type
    an `UnsupportedMediaType` (415), and everything else that breaks a model a
    `ValidationFailed` (422), each as the contract's own type if it names one.
    """
    starlette.install(app, contract)

    async def on_invalid(conn: HTTPConnection, error: Exception) -> Answer:
        if conn.scope["type"] != "http" or not isinstance(error, RequestValidationError):
            raise error
        return answer(contract, from_validation(error, conn.headers.get("content-type")), conn.scope)

    app.add_exception_handler(RequestValidationError, on_invalid)  # type: ignore[arg-type]
    return app


def from_validation(error: RequestValidationError, content_type: str | None) -> Error:
    """Return the standard error for what FastAPI found wrong with a request."""
    faults = error.errors()
    if any(fault["type"] == "json_invalid" for fault in faults):
        return MalformedBody()
    if any(_is_unread_body(fault) for fault in faults) and not _is_json(content_type):
        return UnsupportedMediaType()
    return ValidationFailed(violations=violations_of(faults))


def _is_unread_body(fault: Mapping[str, Any]) -> bool:
    """Tell whether FastAPI handed the body on as bytes, because it was not declared to be JSON."""
    return tuple(fault["loc"]) == ("body",) and isinstance(fault.get("input"), bytes)


def _is_json(content_type: str | None) -> bool:
    media_type = (content_type or "").partition(";")[0].strip().lower()
    return media_type == "application/json" or media_type.endswith("+json")
