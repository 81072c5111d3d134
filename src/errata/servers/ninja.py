"""Django Ninja: every error of an API leaves in its contract, validation included."""

from errata._extra import needs

needs(__name__, "ninja", "ninja")

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from msgspec.structs import replace
from ninja import NinjaAPI
from ninja.errors import HttpError, Throttled, ValidationError, ValidationErrorContext
from ninja.parser import Parser

from errata._contract import Contract
from errata._error import Error
from errata._problem import Violation
from errata._standard import MalformedBody, UnsupportedMediaType, ValidationFailed
from errata.openapi.ninja import describe
from errata.servers import django
from errata.servers._refusal import refusal
from errata.validation.pydantic import violations_of

_ExceptionHandler = Callable[[HttpRequest, Any], HttpResponse]


def install(app: NinjaAPI, contract: Contract) -> NinjaAPI:
    """Make an API answer the errors of its operations in a contract; returns the same API.

    Handlers of the API for single exceptions go first. Unknown addresses and wrong
    methods are refused before an operation is found: for these the middleware
    `errata.servers.django.middleware` is needed as well. Installed twice, the last
    contract counts. The OpenAPI document describes these errors.
    """
    django.take_over()
    on_exception = _handler(app, contract)
    for cls in (Exception, Http404, HttpError, ValidationError):
        if _is_replaceable(app._exception_handlers.get(cls)):  # noqa: SLF001 - nothing public lists them
            app.add_exception_handler(cls, on_exception)
    if _FOUND not in vars(app):
        vars(app)[_FOUND] = True
        _keep_violations(app)
    return describe(app, contract)


def _handler(app: NinjaAPI, contract: Contract) -> _ExceptionHandler:
    def on_exception(request: HttpRequest, exc: Any) -> HttpResponse:
        meanings = {
            **django.MEANINGS,
            HttpError: partial(_refused, app=app, request=request),
            ValidationError: _invalid,
        }
        error = django.known(contract, exc, request, meanings)
        if error is None:  # Django answers it, and tells those who watch for bugs
            django.claim(request, contract)
            raise exc
        django.roll_back()
        return django.answer(contract, error, request)

    return on_exception


def _is_replaceable(handler: Any) -> bool:
    """Tell whether a handler is the framework's own, or of an earlier contract."""
    return getattr(getattr(handler, "func", handler), "__module__", "") in {"ninja.errors", __name__}


# ---- what the framework's exceptions mean ----

_UNPARSED: Final = "Cannot parse request body"
_USUAL: Final = "Too many requests."


def _refused(exc: HttpError, app: NinjaAPI, request: HttpRequest) -> Error:
    if exc.status_code == 400 and exc.message.startswith(_UNPARSED):
        return UnsupportedMediaType() if type(app.parser) is Parser and not _is_json(request) else MalformedBody()
    error = refusal(exc.status_code, exc.message, _USUAL)
    if isinstance(exc, Throttled) and exc.wait:
        return type(error)(error.problem.replace(retry_after=exc.wait))
    return error


def _is_json(request: HttpRequest) -> bool:
    """Tell whether a body is declared to be JSON, or not declared at all."""
    media_type = request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    return media_type in {"", "application/json"} or media_type.endswith("+json")


def _invalid(exc: ValidationError) -> Error:
    found = vars(exc).get(_FOUND)
    return ValidationFailed(violations=violations_of(exc.errors) if found is None else found)


# ---- where a violation is ----

_FOUND: Final = "errata_violations"
_IN_BODY: Final = frozenset({"file", "form"})


def _keep_violations(app: NinjaAPI) -> None:
    """Note on each ValidationError the violations, with their places in the request.

    The error's own list names parameters of the function, and no longer has what
    was given, which the texts of own checks must not repeat.
    """
    build = app.validation_error_from_error_contexts

    def with_violations(error_contexts: list[ValidationErrorContext[Any]]) -> ValidationError:
        error = build(error_contexts)
        vars(error)[_FOUND] = tuple(each for context in error_contexts for each in _violations(context))
        return error

    app.validation_error_from_error_contexts = with_violations  # type: ignore[method-assign]


def _violations(context: ValidationErrorContext[Any]) -> tuple[Violation, ...]:
    model = context.model
    location = "body" if model.__ninja_param_source__ in _IN_BODY else model.__ninja_param_source__
    found = violations_of(context.pydantic_validation_error)
    return tuple([replace(each, path=_path(each.path, model), location=location) for each in found])


def _path(path: tuple[str | int, ...], model: Any) -> tuple[str | int, ...]:
    """Return a place without the names of parameters that gather fields, which no client knows."""
    gathered = model.__ninja_flatten_map_reverse__
    for end in range(len(path), 0, -1):
        if path[:end] in gathered:
            (name,) = gathered[path[:end]]
            return (name.replace("_", "-") if model.__ninja_param_source__ == "header" else name, *path[end:])
    return path[1:] if gathered or getattr(model, "__read_from_single_attr__", None) else path
