"""The contract: what an API promises about its errors, and the one place where errors become responses."""

import logging
import random
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

from msgspec import Struct
from msgspec.structs import force_setattr, replace

from errata._catalog import Catalog, CatalogError, ProblemType
from errata._dialect import Dialect, Format
from errata._error import Error
from errata._http import Headers, RawResponse, Request, clean_header, parse_traceparent
from errata._problem import Problem, Violation
from errata._read import detect, dialect_of
from errata._standard import InternalError, standard_class
from errata._translate import MINIMAL, pick_format, render

logger: Final = logging.getLogger("errata")

Negotiation = Literal["off", "lenient", "strict"]
"""Off: always the default dialect. Lenient: `Accept` chooses, the default serves
whoever accepts nothing offered. Strict: such a client gets the standard 406,
still in the default dialect, unless the error is more serious than that."""

_CHALLENGED: Final = 401


def random_hex(digits: int) -> str:
    """Return random hexadecimal digits: unique for tracing, no secret."""
    return f"{random.getrandbits(digits * 4):0{digits}x}"


def w3c_trace_id(request: Request) -> str:
    """Return the trace id of a valid `traceparent`, else a new one of the same form."""
    parent = parse_traceparent(request.headers.get("traceparent"))
    return parent[0] if parent is not None else random_hex(32)


class Contract(Struct, frozen=True):
    """What an API promises about its errors.

    `dialect` is the wire format; `also` are further ones that `Accept` may choose.
    `fallbacks` says which of the API's own types stands for a standard class,
    looked up along the class hierarchy: `{NotFound: NoSuchCoach, Error: Failed}`.
    `adapt_violation` and `choose_format` are the places for house rules;
    `trace_id` makes the trace id, `trace_header` is the field that carries it,
    on every response if `trace_always`. `challenge` goes with each 401.
    `validation_status` overrides the status of failed validations.
    Raises CatalogError when a type cannot be said in the dialect.
    """

    catalog: Catalog
    dialect: str | Dialect = "problem"
    also: tuple[str | Dialect, ...] = ()
    name: str = ""
    fallbacks: Mapping[type[Error], type[Error]] = {}
    negotiation: Negotiation = "lenient"
    challenge: str = "Bearer"
    trace_id: Callable[[Request], str] = w3c_trace_id
    trace_header: str | None = None
    trace_always: bool = False
    adapt_violation: Callable[[Violation], Violation] | None = None
    choose_format: Callable[[Request], str | None] | None = None
    debug: bool = False

    def __post_init__(self) -> None:
        force_setattr(self, "dialect", dialect_of(self.dialect))
        force_setattr(self, "also", tuple(map(dialect_of, self.also)))
        for problem_type in self.catalog.values():
            check_fits(problem_type, self.dialect)  # type: ignore[arg-type]
        if self.debug:
            logger.warning("contract %s: debug is on, clients can see exception texts; never in production", self.name)

    def replace(self, **changes: Any) -> "Contract":
        """Return a copy with some parts changed."""
        return replace(self, **changes)

    # ---- the server's side ----

    def problem(self, error: BaseException | Problem, request: Request = Request()) -> Problem:  # noqa: B008 - a value
        """Return what a client may see of an error, with a trace id.

        An exception that is no `Error` gives its status alone: its text never gets
        here unless `debug` is on.
        """
        if isinstance(error, Problem):
            problem = error
        else:
            problem = self._own(error if isinstance(error, Error) else InternalError())
            if self.debug and not isinstance(error, Error):
                problem = problem.replace(detail=f"{type(error).__name__}: {error}")
        if problem.trace_id is None:
            problem = problem.replace(trace_id=self.trace_id(request))
        return problem

    def _own(self, error: Error) -> Problem:
        """Return the problem of an error, as one of the contract's own types where it is a standard one."""
        problem = error.problem
        if problem.violations and self.adapt_violation is not None:
            problem = problem.replace(violations=tuple(map(self.adapt_violation, problem.violations)))
        if error.problem_type.name in self.catalog or not self.fallbacks:
            return problem
        for cls in type(error).__mro__:
            if cls in self.fallbacks:
                return adopt(self.fallbacks[cls].problem_type, problem)
        return problem

    def respond(
        self,
        error: BaseException | Problem,
        request: Request = Request(),  # noqa: B008 - a value
        headers: Mapping[str, str] | None = None,
    ) -> RawResponse:
        """Return the response to an error; total, whatever the error and its parts do.

        `headers` are those that the framework attached (`Allow`, `Retry-After`,
        challenges, CORS); fields that frame a message are not among those passed on.
        """
        try:
            problem = self.problem(error, request)
            _log(problem, error, request)
            dialect, chosen = self._format(request)
            response = render(problem, dialect, format=chosen.name)
            return RawResponse(response.status, self._headers(problem, response, headers, dialect), response.body)
        except Exception as failure:  # noqa: BLE001 - the error path itself cannot fail
            logger.error("contract %s: answering with a bare 500 (%s)", self.name, type(failure).__name__)
            return RawResponse(500, {"content-type": "application/json", "cache-control": "no-store"}, MINIMAL)

    def _format(self, request: Request) -> tuple[Dialect, Format]:
        default: Dialect = self.dialect  # type: ignore[assignment]
        if self.choose_format is not None and (name := self.choose_format(request)) is not None:
            return default, pick_format(default.formats, None, name) or default.formats[0]
        accept = request.headers.get("accept")
        if accept is None or accept == "*/*" or self.negotiation == "off":
            return default, default.formats[0]
        offers = [(d, f) for d in (default, *self.also) for f in d.formats]
        picked = pick_format(tuple(f for _, f in offers), accept)  # type: ignore[union-attr]
        return next(((d, f) for d, f in offers if f is picked), (default, default.formats[0]))  # type: ignore[return-value]

    @property
    def varies(self) -> bool:
        """Tell whether the format depends on `Accept`."""
        offered = {f.media_type for d in (self.dialect, *self.also) for f in d.formats}  # type: ignore[union-attr]
        return self.negotiation != "off" and len(offered) > 1

    def _headers(
        self, problem: Problem, response: RawResponse, given: Mapping[str, str] | None, dialect: Dialect
    ) -> Mapping[str, str]:
        headers = dict(response.headers)
        if given:
            passed = {n.lower(): clean_header(v) for n, v in given.items() if n.lower() not in _FRAMING}
            headers = {**passed, **headers}
        if response.status == _CHALLENGED and "www-authenticate" not in headers and self.challenge:
            headers["www-authenticate"] = self.challenge
        if self.trace_header is not None and problem.trace_id:
            headers[self.trace_header] = clean_header(problem.trace_id)
        if self.varies:
            headers["vary"] = f"{headers['vary']}, Accept" if "vary" in headers else "Accept"
        return Headers(headers)

    # ---- the client's side ----

    @property
    def fails_with_2xx(self) -> bool:
        """Tell whether the dialect also reports errors in successful responses."""
        return any(signature.success for signature in self.dialect.signatures)  # type: ignore[union-attr]

    def speaks(self, response: RawResponse) -> bool:
        """Tell whether a response is written in the contract's own dialect."""
        return detect(response) == self.dialect.name  # type: ignore[union-attr]

    def error(
        self,
        problem: Problem,
        response: object = None,
        headers: Mapping[str, str] | None = None,
        method: str | None = None,
    ) -> Error:
        """Return the exception for a problem received: by code, by the code's parents, by status, by kind."""
        found = self.catalog.find(problem)
        cls = standard_class(problem) if found is None else self.catalog.error_class(found)
        return cls.received(problem, response, headers, method)


def _log(problem: Problem, error: BaseException | Problem, request: Request) -> None:
    """Log an error under the trace id that the client sees; a server's fault with its traceback.

    Texts that came from outside are shown by `repr`, so that no line break forges a record.
    """
    fault = (problem.status or 500) >= 500
    level = logging.ERROR if fault else logging.INFO
    if not logger.isEnabledFor(level):
        return
    details = {"trace_id": problem.trace_id, "status": problem.status, "code": problem.code, "kind": problem.kind}
    if isinstance(error, Error):
        details["params"] = error.logged
    logger.log(
        level,
        "%s %s %.200r: %s [trace id %s]",
        problem.status, request.method, request.path, problem.code or problem.title, problem.trace_id,
        exc_info=error if fault and isinstance(error, BaseException) else None,
        extra={"problem": details},
    )  # fmt: skip


# Fields that frame or secure one message and must not move to another one.
_FRAMING: Final = frozenset({
    "connection", "content-encoding", "content-length", "content-type", "date", "etag", "keep-alive", "server",
    "set-cookie", "trailer", "transfer-encoding", "upgrade",
})  # fmt: skip


def adopt(own: ProblemType, problem: Problem) -> Problem:
    """Return a problem as one of another type, keeping what this occurrence alone knows."""
    detail = own.detail if own.detail and not own.params else problem.detail
    return problem.replace(
        status=own.status, code=own.code, kind=own.kind, type=own.type, title=own.title, detail=detail
    )


def check_fits(problem_type: ProblemType, dialect: Dialect) -> None:
    """Raise CatalogError when a dialect's closed sets have no room for a type."""
    code, status = problem_type.code, problem_type.status
    if dialect.statuses is not None and status not in dialect.statuses and (status < 500 or 500 in dialect.statuses):
        raise CatalogError(f"{problem_type.name}: {dialect.name} has no status {status}; use one of {_few(dialect.statuses)}")
    if dialect.codes is None:
        return
    if code not in dialect.codes:
        raise CatalogError(f"{problem_type.name}: {dialect.name} has no code {code!r}; use one of {', '.join(dialect.codes)}")
    if dialect.codes[code] != status:
        raise CatalogError(f"{problem_type.name}: {code} belongs to status {dialect.codes[code]}, not {status}")


def _few(numbers: frozenset[int]) -> str:
    ordered = sorted(numbers)
    return ", ".join(map(str, ordered)) if len(ordered) < 10 else f"{ordered[0]} to {ordered[-1]}"
