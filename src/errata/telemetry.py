"""Errors in telemetry: spans and a counter for OpenTelemetry, grouping and a filter for Sentry.

What goes there is what a catalog declares (code, kind, status) and the names of
classes: never a text, a path or an id, so nothing that grows without end and
nothing that is secret.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, get_args

from msgspec import Struct

from errata._contract import Contract
from errata._error import Error
from errata._http import Request
from errata._kind import Kind
from errata._problem import Problem

if TYPE_CHECKING:
    from opentelemetry.metrics import Counter, MeterProvider

__all__ = ["before_send", "error_type", "fingerprint", "instrument"]


# ---- OpenTelemetry ----


def instrument(
    contract: Contract, *, meter_provider: "MeterProvider | None" = None, exception_texts: bool = False
) -> Contract:
    """Return a contract that tells OpenTelemetry of each error, and takes its trace ids from there.

    The current span gets `error.type`, `errata.code` and `errata.kind`; that of a
    server's fault also the status ERROR and an event with the exception's class, with
    its text and traceback only if `exception_texts`. The counter `errata.errors`
    goes to `meter_provider`, else to the global one. An `observe` of the contract's
    own is called after that. Contracts that `select` picks are instrumented one by
    one. Instrument the finished contract: another catalog or name put into the
    result is not seen.
    """
    if isinstance(contract.observe, _Observer):
        return contract
    try:
        from opentelemetry import metrics, trace
    except ModuleNotFoundError as error:
        raise ImportError(
            "errata.telemetry.instrument needs OpenTelemetry; run: pip install 'errata[telemetry]'"
        ) from error

    def trace_id(request: Request) -> str:
        """Return the id of the current trace in the contract's own form, else what the contract makes."""
        span = trace.get_current_span().get_span_context()
        if not span.is_valid:
            return contract.trace_id(request)
        parent = f"00-{span.trace_id:032x}-{span.span_id:016x}-{span.trace_flags:02x}"
        return contract.trace_id(Request(request.method, request.path, {**request.headers, "traceparent": parent}))

    meter = metrics.get_meter("errata", meter_provider=meter_provider)
    counter = meter.create_counter("errata.errors", unit="{error}", description="Errors answered, by their type.")
    return contract.replace(trace_id=trace_id, observe=_Observer(contract, counter, exception_texts))


class _Observer(Struct, frozen=True):
    """What a contract calls for each error response."""

    contract: Contract
    counter: "Counter"
    exception_texts: bool

    def __call__(self, problem: Problem, error: BaseException | Problem, request: Request) -> None:
        """Mark the current span, count, and call what observed before."""
        try:
            self._tell(problem, error)
        finally:
            if self.contract.observe is not None:
                self.contract.observe(problem, error, request)

    def _tell(self, problem: Problem, error: BaseException | Problem) -> None:
        of, status = error_type(problem, self.contract), _sent(problem.status)
        attributes: dict[str, str | int] = {"error.type": of, "http.response.status_code": status}
        if name := self.contract.name or self.contract.catalog.name:
            attributes["errata.contract"] = name
        self.counter.add(1, attributes)
        _mark(problem, of)
        if status >= _FAULT:
            _mark_fault(error, exception_texts=self.exception_texts)


_FAULT: Final = 500
_KINDS: Final = frozenset(get_args(Kind))


def error_type(problem: Problem, contract: Contract) -> str:
    """Return the code of a problem if its contract declares it, else its kind: there are only so many of both."""
    return problem.code if problem.code and contract.catalog.by_code(problem.code) else _kind(problem)


def _kind(problem: Problem) -> str:
    return problem.kind if problem.kind is not None and problem.kind in _KINDS else "_OTHER"  # OpenTelemetry's word


def _sent(status: int | None) -> int:
    return status if status is not None and 100 <= status < 600 else _FAULT


def _mark(problem: Problem, of: str) -> None:
    from opentelemetry.trace import get_current_span

    span = get_current_span()
    span.set_attribute("error.type", of)
    span.set_attribute("errata.kind", _kind(problem))
    if of == problem.code:
        span.set_attribute("errata.code", of)  # a framework may put its own word into `error.type` later


def _mark_fault(error: object, *, exception_texts: bool) -> None:
    """Say that a server failed: a client's fault leaves the status of a server's span alone."""
    from opentelemetry.trace import StatusCode, get_current_span

    span = get_current_span()
    span.set_status(StatusCode.ERROR)
    if exception_texts and isinstance(error, Exception):
        with suppress(Exception):  # an exception whose text cannot be had
            span.record_exception(error)
            return
    if isinstance(error, BaseException):
        span.add_event("exception", {"exception.type": _name(type(error))})


def _name(cls: type) -> str:
    return cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"


# ---- Sentry: its events are dictionaries, and nothing of it is imported ----

_Event = dict[str, Any]


def fingerprint(error: BaseException, contract: Contract | None = None) -> list[str]:
    """Return what Sentry is to group an error by: the contract and the code, or the type where it has no code.

    What no catalog declares is grouped as Sentry does it by itself.
    """
    if not isinstance(error, Error):
        return ["{{ default }}"]
    owner = "" if contract is None else contract.name or contract.catalog.name
    if error.response is not None:
        owner = "received"  # a code of somebody else's
    return ["errata", owner, error.problem_type.code or error.problem_type.name]


def before_send(
    contract: Contract, *, exception_texts: bool = False
) -> Callable[[_Event, Mapping[str, Any]], _Event | None]:
    """Return a function for `sentry_sdk.init(before_send=...)`.

    It drops what the contract answers with a status below 500, groups the rest by
    `fingerprint`, and takes out what may be secret: local variables, bodies, queries,
    most header fields, parameters; the texts of exceptions unless `exception_texts`.
    Messages, lines of source, and what the application itself attached are left.
    """

    def prepare(event: _Event, hint: Mapping[str, Any]) -> _Event | None:
        error = (hint.get("exc_info") or (None, None))[1]
        if isinstance(error, BaseException):
            if _answer(error, contract) < _FAULT:
                return None
            event["fingerprint"] = fingerprint(error, contract)
        _strip(event)
        if not exception_texts:
            for each in _values(event.get("exception")):
                each.pop("value", None)
        return event

    return prepare


def _answer(error: BaseException, contract: Contract) -> int:
    """Return the status that answers an error; that of a fault when a house rule fails, which loses no event."""
    try:
        return _sent(contract.problem(error).status)
    except Exception:  # noqa: BLE001 - the rule is the application's
        return _FAULT


_UNSAFE: Final = ("cookies", "data", "env", "fragment", "query_string")
_UNSAFE_OF_CALLS: Final = ("http.fragment", "http.query")
_HEADERS: Final = frozenset({"accept", "content-length", "content-type", "host", "user-agent"})


def _strip(event: _Event) -> None:
    """Take out of an event what may be secret."""
    request = _dict(event.get("request"))
    _drop(request, _UNSAFE)
    if "headers" in request:
        request["headers"] = {n: v for n, v in _dict(request["headers"]).items() if n.lower() in _HEADERS}
    for stack in (event, *_values(event.get("exception")), *_values(event.get("threads"))):
        for frame in _dict(stack.get("stacktrace")).get("frames") or ():
            _dict(frame).pop("vars", None)
    for record in (_dict(event.get("extra")), *(_dict(each.get("data")) for each in _values(event.get("breadcrumbs")))):
        _dict(record.get("problem")).pop("params", None)
        _drop(record, _UNSAFE_OF_CALLS)


def _drop(part: _Event, names: tuple[str, ...]) -> None:
    """Take members out, and the query out of the address."""
    for name in names:
        part.pop(name, None)
    if isinstance(part.get("url"), str):
        part["url"] = part["url"].partition("#")[0].partition("?")[0]


def _values(part: object) -> Iterator[_Event]:
    """Yield the objects of a list that Sentry keeps as `{"values": [...]}`, or as it is."""
    listed = part.get("values") if isinstance(part, dict) else part
    yield from (each for each in listed if isinstance(each, dict)) if isinstance(listed, list) else ()


def _dict(part: object) -> _Event:
    return part if isinstance(part, dict) else {}
