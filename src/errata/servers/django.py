"""Django: every error of a site, or of the part below a prefix, leaves in its contract.

In the settings, as Django people do it:

    MIDDLEWARE = ["errata.servers.django.middleware", ...]
    ERRATA_CONTRACT = "shop.errors.contract"
    ERRATA_PREFIX = "/api/"  # or several in a list; the whole site without it
"""

from errata._extra import needs

needs(__name__, "django", "django")

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from logging import getLogger
from typing import Any, Final, TypeVar

from asgiref.sync import iscoroutinefunction
from django.conf import global_settings, settings
from django.core import signals
from django.core.exceptions import (
    BadRequest,
    ImproperlyConfigured,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.handlers import exception
from django.core.handlers.base import BaseHandler
from django.db import connections
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseForbidden,
    HttpResponseNotAllowed,
    UnreadablePostError,
)
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware
from django.utils.log import log_response
from django.utils.module_loading import import_string

from errata._contract import Contract, Meaning
from errata._error import Error
from errata._http import Request
from errata._standard import (
    ContentTooLarge,
    InvalidArgument,
    MalformedBody,
    MethodNotAllowed,
    NotFound,
    PermissionDenied,
    PreconditionFailed,
)
from errata.servers._refusal import refusal
from errata.servers._tracing import trace_value
from errata.servers.wsgi import EnvironHeaders, framed

_Handler = TypeVar("_Handler", bound=BaseHandler)
Prefix = str | Sequence[str]
_GetResponse = Callable[[HttpRequest], Any]  # a response, or in an asynchronous stack one to be awaited

# Django's own exceptions -> what they mean. Their texts name models, URL patterns and
# hosts for whoever debugs the site; Django does not show them to clients either.
MEANINGS: Final[Mapping[type[BaseException], Meaning]] = {
    Http404: NotFound,
    DjangoPermissionDenied: PermissionDenied,
    RequestDataTooBig: ContentTooLarge,
    SuspiciousOperation: InvalidArgument,
    BadRequest: InvalidArgument,
    MultiPartParserError: MalformedBody,
    UnreadablePostError: MalformedBody,
}
_UNPARSED: Final = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


def install(app: _Handler, contract: Contract, *, prefix: Prefix = "/") -> _Handler:
    """Make a handler, as `get_wsgi_application()` returns one, answer its errors in a contract; returns the same one.

    Does for one handler what the middleware does for every one that is made from
    the settings, the test client's included. Only requests whose path starts with
    the prefix, or one of several, are answered. Installed twice, the last contract
    counts. Raises RuntimeError when the handler has not loaded its middleware.
    """
    handler: Any = app
    if handler._middleware_chain is None:  # noqa: SLF001 - nothing public leads there
        raise RuntimeError("the handler has no middleware yet; call its load_middleware before installing a contract")
    handler._middleware_chain = _layer(handler._middleware_chain, contract, prefix)  # noqa: SLF001 - the same
    return app


@sync_and_async_middleware
def middleware(get_response: _GetResponse) -> _GetResponse:
    """Answer all errors of this and the following middleware, of the URLconf and of the views in a contract.

    Stands first in `MIDDLEWARE`; the setting `ERRATA_CONTRACT` is the contract or
    the path to import it from, `ERRATA_PREFIX` the beginning of the paths it is for.
    """
    return _layer(get_response, _named_contract(), getattr(settings, "ERRATA_PREFIX", "/"))


def _named_contract() -> Contract:
    named = getattr(settings, "ERRATA_CONTRACT", None)
    contract = import_string(named) if isinstance(named, str) else named
    if not isinstance(contract, Contract):
        raise ImproperlyConfigured(f"ERRATA_CONTRACT {named!r:.100} is no contract; set it to a Contract or its path")
    return contract


def _layer(get_response: _GetResponse, contract: Contract, prefix: Prefix) -> _GetResponse:
    """Return a layer that claims requests for a contract, and answers what is refused without an exception."""
    take_over()
    prefixes = (prefix,) if isinstance(prefix, str) else tuple(prefix)
    if wrong := [each for each in prefixes if not each.startswith("/")]:
        raise ImproperlyConfigured(f"no path begins with the prefix {wrong[0]!r:.100}; begin it with a slash: '/api/'")
    traced = contract.trace_always

    def enter(request: HttpRequest) -> None:
        if request.path_info.startswith(prefixes):
            vars(request).setdefault(_CLAIM, contract)

    if iscoroutinefunction(get_response):  # pyright: ignore[reportDeprecated] # the only one for objects before 3.14

        async def async_layer(request: HttpRequest) -> Any:
            enter(request)
            response = await get_response(request)
            return _leave(request, response) if traced or response.status_code >= 400 else response

        return async_layer

    def layer(request: HttpRequest) -> Any:
        enter(request)
        response = get_response(request)
        return _leave(request, response) if traced or response.status_code >= 400 else response

    return layer


def _leave(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    contract = contract_of(request)
    if contract is None:
        return response
    if response.status_code >= 400 and (error := _refused(response)) is not None:
        refused, response = response, answer(contract, error, request, dict(response.items()))
        response.cookies.update(refused.cookies)
    if contract.trace_always and contract.trace_header is not None:
        _add_trace(contract, contract.trace_header, request, response)
    return response


def _add_trace(contract: Contract, name: str, request: HttpRequest, response: HttpResponseBase) -> None:
    if not response.has_header(name) and (value := trace_value(contract, request_of(request))) is not None:
        response.headers[name.lower()] = value


# ---- which contract answers a request ----

_CLAIM: Final = "errata_contract"


def claim(request: HttpRequest, contract: Contract) -> None:
    """Have the errors of a request answered in a contract."""
    vars(request)[_CLAIM] = contract


def contract_of(request: HttpRequest) -> Contract | None:
    """Return the contract that answers a request; None where Django does."""
    contract: Contract | None = vars(request).get(_CLAIM)
    return contract


# ---- exceptions ----


def take_over() -> None:
    """Wrap the one function of Django that turns exceptions into responses, for requests of a contract alone.

    Each layer of middleware calls it for what the next one raises. The error
    handlers of a URLconf, which are the public place for this, are not asked in
    debug mode, and the one for 500 is not told the exception.
    """
    by_django = exception.response_for_exception
    if hasattr(by_django, _CLAIM):
        return

    @wraps(by_django)
    def response_for_exception(request: HttpRequest, exc: Exception) -> HttpResponse:
        contract = contract_of(request)
        return by_django(request, exc) if contract is None else _respond(contract, exc, request)

    setattr(response_for_exception, _CLAIM, True)
    exception.response_for_exception = response_for_exception


def _respond(contract: Contract, exc: Exception, request: HttpRequest) -> HttpResponse:
    """Answer an exception, and tell those of Django's that watch for them."""
    error = known(contract, exc, request)
    if error is None:
        signals.got_request_exception.send_robust(sender=None, request=request)
        if settings.DEBUG_PROPAGATE_EXCEPTIONS:
            raise exc
    response = answer(contract, exc if error is None else error, request)
    if isinstance(exc, _UNPARSED):
        request._mark_post_parse_error()  # type: ignore[attr-defined]  # noqa: SLF001 - else the next look at POST fails
    if isinstance(exc, SuspiciousOperation):
        vars(response).pop(_LOGGED)
        logger = getLogger(f"django.security.{type(exc).__name__}")
        log_response(str(exc), exception=exc, request=request, response=response, level="error", logger=logger)
    return response


def known(
    contract: Contract,
    exc: BaseException,
    request: HttpRequest,
    meanings: Mapping[type[BaseException], Meaning] = MEANINGS,
) -> BaseException | None:
    """Return an exception as what the contract or the framework knows it for; None if it is a bug.

    The nearest class counts, and of one class what the contract says.
    """
    if isinstance(exc, Error):
        return exc
    chosen = contract if contract.select is None else contract.chosen(request_of(request))
    for cls in type(exc).__mro__:
        if cls in chosen.exceptions:
            return exc
        if (meaning := meanings.get(cls)) is not None:
            return meaning() if isinstance(meaning, type) else meaning(exc)
    return None


def roll_back() -> None:
    """Undo what the request has done in its transactions, where an error becomes a response inside of them."""
    for connection in connections.all(initialized_only=True):
        if connection.settings_dict["ATOMIC_REQUESTS"] and connection.in_atomic_block:
            connection.set_rollback(True)


# ---- refusals that are no exceptions ----

# Django and Ninja refuse a method with these; a view that says more has something to say.
_SILENT: Final = frozenset({b"", b"Method not allowed"})


def _refused(response: HttpResponseBase) -> Error | None:
    """Return what Django itself has refused without an exception; None for what a view answers on purpose."""
    if isinstance(response, HttpResponseNotAllowed):
        return MethodNotAllowed() if response.content in _SILENT else None
    if not hasattr(response, _LOGGED):  # what else Django refuses, it logs at once
        return None
    if type(response) is HttpResponse and response.status_code == 412:
        return PreconditionFailed()
    is_from_csrf = type(response) is HttpResponseForbidden
    # A view of the project's own for it has the last word.
    if is_from_csrf and settings.CSRF_FAILURE_VIEW == global_settings.CSRF_FAILURE_VIEW:
        return refusal(403, "CSRF verification failed.")
    return None


# ---- responses ----

_LOGGED: Final = "_has_been_logged"  # Django's mark


class Answer(HttpResponse):
    """The response to an error, made by a contract."""


def request_of(request: HttpRequest) -> Request:
    """Return the parts of a request that an error response depends on."""
    return Request(request.method or "GET", request.path, EnvironHeaders(request.META))


def answer(
    contract: Contract, error: BaseException, request: HttpRequest, headers: Mapping[str, str] | None = None
) -> Answer:
    """Return the response to an error; `HEAD` and bodiless statuses get the header fields alone."""
    line, fields, body = framed(contract.respond(error, request_of(request), headers))
    content = b"" if request.method == "HEAD" else body
    response = Answer(content, status=int(line[:3]), reason=line[4:], headers=dict(fields))
    if all(name != "content-type" for name, _ in fields):
        del response["content-type"]
    setattr(response, _LOGGED, True)  # by the contract: Django need not log it again
    return response
