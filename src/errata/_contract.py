"""The contract: what an API promises about its errors, and the one place where errors become responses."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from msgspec import Struct
from msgspec.structs import force_setattr, replace

from errata._body import Document
from errata._catalog import Catalog, CatalogError, ProblemType
from errata._dialect import Dialect, Format, Registry
from errata._error import Error, member_defaults
from errata._http import Headers, RawResponse, Request, clean_header, is_field_name, parse_traceparent
from errata._kind import title_of
from errata._problem import Problem, Violation
from errata._read import dialect_of
from errata._standard import BadGateway, InternalError, NotAcceptable, standard_class
from errata._translate import MINIMAL, pick_format, respond_with

if TYPE_CHECKING:
    from logging import Logger

_INFO: Final = 20  # the numbers of the module `logging`
_ERROR: Final = 40


@cache
def logger() -> "Logger":
    """Return the logger `errata`; importing its module here keeps 4 ms out of `import errata`."""
    from logging import getLogger

    return getLogger("errata")


Negotiation = Literal["off", "lenient", "strict"]
"""Off: always the default dialect. Lenient: `Accept` chooses, the default serves
whoever accepts nothing offered. Strict: such a client gets the standard 406,
still in the default dialect, unless the server itself failed. An `Accept` field
that cannot be read counts as none."""

_CHALLENGED: Final = 401
_BUG: Final = InternalError()  # never raised, so one is enough
_W3C_FIELDS: Final = frozenset({"traceparent", "traceresponse"})


def random_hex(digits: int) -> str:
    """Return random hexadecimal digits, an even number of them: unique for tracing, no secret."""
    return _getrandbits()(digits * 4).to_bytes(digits // 2, "big").hex()


@cache
def _getrandbits() -> Callable[[int], int]:
    from random import getrandbits  # 1 ms of `import errata` otherwise

    return getrandbits


def w3c_trace_id(request: Request) -> str:
    """Return the trace id of a valid `traceparent`, else a new one of the same form."""
    given = request.headers.get("traceparent")
    parent = parse_traceparent(given) if given is not None else None
    return parent[0] if parent is not None else random_hex(32)


class Languages(Protocol):
    """The languages an API speaks to people; `errata.languages` makes them from gettext catalogs."""

    def spoken(self, problem: Problem, error: Error, accept_language: str | None) -> tuple[Problem, str]:
        """Return a problem as a client likes to read it, and the language (BCP 47) that its texts really are in."""
        ...


Meaning = type[Error] | Callable[[Any], Error]
"""What a foreign exception means: a type that needs no parameters, or a function from the exception."""


class Contract(Struct, frozen=True, dict=True):
    """What an API promises about its errors.

    `dialect` is the wire format; `also` are further ones that `Accept` may choose.
    `fallbacks` says which of the API's own types stands for a standard class,
    looked up along the class hierarchy: `{NotFound: NoSuchCoach, Error: Failed}`.
    `exceptions` says the same of exceptions that are no `Error`: `{IntegrityError: Taken}`.
    `adapt_violation`, `adapt` and `choose_format` are the places for house rules:
    one violation, the whole problem after that, the format of the body;
    `trace_id` makes the trace id, `trace_header` is the field that carries it,
    on every response if `trace_always` (then `X-Trace-Id` unless named), in W3C's
    form if the field is one of W3C's. `select` picks another contract for a request;
    `languages` translate texts; `observe` is told of each response, for telemetry.
    `challenge` goes with each 401. Raises CatalogError when a type cannot be said
    in the dialect.
    """

    catalog: Catalog
    dialect: str | Dialect = "problem"
    also: tuple[str | Dialect, ...] = ()
    name: str = ""
    fallbacks: Mapping[type[Error], type[Error]] = {}
    exceptions: Mapping[type[BaseException], Meaning] = {}
    negotiation: Negotiation = "lenient"
    challenge: str = "Bearer"
    trace_id: Callable[[Request], str] = w3c_trace_id
    trace_header: str | None = None
    trace_always: bool = False
    adapt_violation: Callable[[Violation], Violation] | None = None
    adapt: Callable[[Problem], Problem] | None = None
    choose_format: Callable[[Request], str | None] | None = None
    select: Callable[[Request], "Contract | None"] | None = None
    languages: Languages | None = None
    observe: Callable[[Problem, BaseException | Problem, Request], object] | None = None
    debug: bool = False

    def __post_init__(self) -> None:
        force_setattr(self, "dialect", dialect_of(self.dialect))
        force_setattr(self, "also", tuple(map(dialect_of, self.also)))
        if self.trace_always and self.trace_header is None:
            force_setattr(self, "trace_header", "X-Trace-Id")
        if self.trace_header is not None and not is_field_name(self.trace_header):
            raise CatalogError(f"trace_header {self.trace_header!r} is no name of a header field")
        for problem_type in (*self.catalog.values(), *(own.problem_type for own in self.fallbacks.values())):
            check_fits(problem_type, self.own_dialect)
        for foreign, meaning in self.exceptions.items():
            check_meaning(foreign, meaning)
        for chosen in (f for dialect in self.dialects for f in dialect.formats):
            # A package that is missing is said now: later, writing would fall back to an empty body.
            try:
                chosen.write(Problem(status=500))
            except ImportError:
                raise
            except Exception:  # noqa: BLE001, S112 - what else can fail is the kit's business
                continue
        if self.debug:
            logger().warning(
                "contract %s: debug is on, clients can see exception texts; never in production", self.name
            )

    @cached_property
    def own_dialect(self) -> Dialect:
        """Return the default dialect."""
        return dialect_of(self.dialect)

    @cached_property
    def dialects(self) -> tuple[Dialect, ...]:
        """Return all dialects the contract speaks, the default first."""
        return tuple(map(dialect_of, (self.dialect, *self.also)))

    def replace(self, **changes: Any) -> "Contract":
        """Return a copy with some parts changed."""
        return replace(self, **changes)

    # ---- the server's side ----

    def problem(self, error: BaseException | Problem, request: Request = Request()) -> Problem:  # noqa: B008 - a value
        """Return what a client may see of an error, with a trace id.

        An exception that is no `Error` gives its status alone: its text never gets
        here unless `debug` is on. Nor does an error that was received from another
        API and not handled: what stands behind this one is a `BadGateway` to its clients.
        """
        return self._spoken(error, request)[0]

    def _spoken(self, error: BaseException | Problem, request: Request) -> tuple[Problem, str | None]:
        """Return a problem and the language of its texts; None where they are as declared, or somebody else's."""
        language: str | None = None
        if isinstance(error, Problem):
            problem = error
        else:
            own = self.catalog.shown(self._meant(error))
            problem = self._own(own)
            if self.languages is not None:
                accepted = request.headers.get("accept-language")
                said = self._by_rule("languages", self.languages.spoken, problem, own, accepted)
                problem, language = said if _is_spoken(said) else (problem, None)
            if self.adapt is not None:
                problem = self.adapt(problem)
            if self.debug and not isinstance(error, Error):
                problem = problem.replace(detail=f"{type(error).__name__}: {error}")
        if problem.trace_id is None:
            trace_id = self._by_rule("trace_id", self.trace_id, request)
            problem = replace(problem, trace_id=str(trace_id or random_hex(32)))
        return problem, language

    def _by_rule(self, name: str, rule: Callable[..., Any] | None, *args: Any) -> Any:
        """Return what a house rule says; None if there is none, or if it fails, which is logged.

        Without the traceback: whatever failed may hold what must not be logged.
        """
        try:
            return None if rule is None else rule(*args)
        except Exception as failure:  # noqa: BLE001 - an error must not become another one by a rule for it
            _write_log(_ERROR, "contract %s: %s failed (%s)", self.name, name, type(failure).__name__, error=None)
            return None

    def _meant(self, error: BaseException) -> Error:
        """Return an error as this API's own: a bug is its failure, and so is what it received and did not handle."""
        said: object = error
        if self.exceptions and not isinstance(error, Error) and (meaning := self.meaning(error)) is not None:
            said = self._by_rule("exceptions", meaning, *() if isinstance(meaning, type) else (error,))
        if isinstance(said, Error):
            return said if said.response is None else BadGateway()
        return _BUG

    def meaning(self, error: BaseException) -> Meaning | None:
        """Return what a foreign exception means, by the nearest of its classes; None if that is not said."""
        return next((self.exceptions[cls] for cls in type(error).__mro__ if cls in self.exceptions), None)

    def _own(self, error: Error) -> Problem:
        """Return the problem of an error, as one of the contract's own types where it is a standard one."""
        problem = error.problem
        if problem.violations and self.adapt_violation is not None:
            problem = problem.replace(violations=tuple(map(self.adapt_violation, problem.violations)))
        if self.catalog.declares(type(error)):
            return self._with_uri(problem, type(error))
        for cls in type(error).__mro__ if self.fallbacks else ():
            if cls in self.fallbacks:
                own = self.fallbacks[cls]
                return self._with_uri(adopt(own, problem), own)
        return problem

    def _with_uri(self, problem: Problem, own: type[Error]) -> Problem:
        """Return a problem with the type URI that the catalog makes from its base."""
        if problem.type is not None or self.catalog.base_uri is None:
            return problem
        row = self.catalog.get(own.problem_type.name)
        return problem if row is None else problem.replace(type=row.type)

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
        chosen = self if self.select is None else self.chosen(request)
        return chosen._respond(error, request, headers)  # noqa: SLF001 - of this class

    def chosen(self, request: Request) -> "Contract":
        """Return the contract that answers a request: the one that `select` picks, else this one."""
        other = self._by_rule("select", self.select, request)
        return other if isinstance(other, Contract) else self

    def _respond(
        self, error: BaseException | Problem, request: Request, headers: Mapping[str, str] | None
    ) -> RawResponse:
        try:
            problem, language = self._spoken(error, request)
            _log(problem, error, request)
            chosen = self._only_format or self._format(request)
            if chosen is None and (problem.status or 500) < 500:
                refused, language = self._spoken(NotAcceptable(), request)
                problem = refused.replace(trace_id=problem.trace_id)
            if problem.status is not None and not 200 <= problem.status < 600:
                problem = problem.replace(status=500)  # RFC 9110 section 15; servers break off at any other
            response = respond_with(chosen or self.formats[0], problem)
            if headers or self._adds_headers or response.status == _CHALLENGED:
                extra = self._extra_headers(problem, response, headers, language)
                if extra:  # what a framework attaches is often the media type of its own page alone
                    response = replace(response, headers=Headers({**response.headers, **extra}))
        except Exception as failure:  # noqa: BLE001 - the error path itself cannot fail
            problem, response = self._bare(error)
            # Without the failure's traceback: whatever failed may hold what must not be logged.
            about = (self.name, response.status, type(failure).__name__, problem.trace_id)
            _write_log(_ERROR, "contract %s: bare %s (%s) [trace id %s]", *about, error=error)
        if self.observe is not None:
            self._by_rule("observe", self.observe, problem, error, request)
        return response

    def _bare(self, error: object) -> tuple[Problem, RawResponse]:
        """Return what can always be said, in the default dialect: what the type declares, or that the server failed."""
        try:
            if isinstance(error, Error) and error.response is None and self.catalog.declares(type(error)):
                row = self.catalog[error.problem_type.alias or error.problem_type.name]
                problem = Problem(status=row.status, code=row.code, kind=row.kind, type=row.type, title=row.title)
            else:
                problem = self._own(InternalError())
            problem = problem.replace(trace_id=random_hex(32))
            response = respond_with(self.formats[0], problem)
            extra = self._extra_headers(problem, response, None, None)
            return problem, replace(response, headers={**response.headers, **extra})
        except Exception:  # noqa: BLE001 - a house rule fails for every problem
            fields = {"content-type": "application/json", "cache-control": "no-store"}
            return Problem(status=500), RawResponse(500, fields, MINIMAL)

    @cached_property
    def _only_format(self) -> Format | None:
        """Return the format of all responses, where neither requests nor house rules have a say."""
        chooses = self.varies or self.negotiation == "strict" or self.choose_format is not None
        return None if chooses else self.formats[0]

    def _format(self, request: Request) -> Format | None:
        """Return the format that the client likes best; None if none will do and the policy is strict."""
        default, strict = self.formats[0], self.negotiation == "strict"
        if (name := self._by_rule("choose_format", self.choose_format, request)) is not None:
            return pick_format(self.own_dialect.formats, None, name) or default
        accept = request.headers.get("accept") if self.varies or strict else None
        if accept is None or accept == "*/*":
            return default
        return pick_format(self.formats, accept) or (None if strict else default)

    # What follows from the contract is found once, not for each response: 2 us of 7.

    @cached_property
    def formats(self) -> tuple[Format, ...]:
        """Return all formats of all dialects the contract speaks, the default first."""
        return tuple(f for dialect in self.dialects for f in dialect.formats)

    @cached_property
    def varies(self) -> bool:
        """Tell whether the format depends on `Accept`."""
        return self.negotiation != "off" and len({f.media_type for f in self.formats}) > 1

    @cached_property
    def _adds_headers(self) -> bool:
        """Tell whether every response has fields beyond those of its format."""
        return self.varies or self.trace_header is not None or self.languages is not None

    def _extra_headers(
        self, problem: Problem, response: RawResponse, given: Mapping[str, str] | None, language: str | None
    ) -> dict[str, str]:
        """Return the fields beyond those of the format: passed on, challenge, trace id, language, `Vary`."""
        extra: dict[str, str] = {}
        if given:
            extra = {n: v for n, v in passed_on(given).items() if n not in response.headers}
        if response.status == _CHALLENGED and self.challenge:
            extra.setdefault("www-authenticate", clean_header(self.challenge))
        if self.trace_header is not None and problem.trace_id:
            extra[self.trace_header.lower()] = trace_field(self.trace_header, problem.trace_id)
        if self.varies:
            extra["vary"] = varying(extra.get("vary"), "Accept")
        if language is not None:
            extra["content-language"] = clean_header(language)
            extra["vary"] = varying(extra.get("vary"), "Accept-Language")
        return extra

    # ---- the client's side ----

    @property
    def fails_with_2xx(self) -> bool:
        """Tell whether the dialect also reports errors in successful responses."""
        return any(signature.success for signature in self.own_dialect.signatures)

    def speaks(self, response: RawResponse) -> bool:
        """Tell whether a response can be taken for the contract's own dialect, whatever others it also looks like."""
        return self._own_registry.detect(Document(response)) is not None

    @cached_property
    def _own_registry(self) -> Registry:
        return Registry((self.own_dialect,))

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


def _is_spoken(said: object) -> bool:
    """Tell whether languages have said a problem and its language, as they should."""
    return isinstance(said, tuple) and len(said) == 2 and isinstance(said[0], Problem) and isinstance(said[1], str)


def _log(problem: Problem, error: BaseException | Problem, request: Request) -> None:
    """Log an error under the trace id that the client sees; a server's fault with its traceback.

    Texts that came from outside are shown by `repr`, so that no line break forges a record.
    """
    fault = (problem.status or 500) >= 500
    level = _ERROR if fault else _INFO
    if not logger().isEnabledFor(level):
        return
    details = {name: getattr(problem, name) for name in ("trace_id", "status", "code", "kind")}
    if isinstance(error, Error):
        details["params"] = error.logged
    # Not the title of the problem, which may be in any language.
    name = problem.code or (error.problem_type.title if isinstance(error, Error) else title_of(problem.status))
    about = (problem.status, request.method, request.path, _on_one_line(name), _on_one_line(problem.trace_id))
    _write_log(
        level, "%s %s %.200r: %s [trace id %s]", *about, error=error if fault else None, extra={"problem": details}
    )


def _on_one_line(text: str | None) -> str | None:
    return text if text is None or text.isprintable() else repr(text)


def _write_log(level: int, text: str, *args: object, error: object, extra: dict[str, Any] | None = None) -> None:
    with suppress(Exception):  # a broken filter or handler of the application must not change the answer
        logger().log(level, text, *args, exc_info=error if isinstance(error, BaseException) else None, extra=extra)


# Fields that frame or secure one message and must not move to another one.
_FRAMING: Final = frozenset({
    "connection", "content-digest", "content-disposition", "content-encoding", "content-length", "content-location",
    "content-md5", "content-type", "date", "digest", "etag", "keep-alive", "last-modified", "proxy-connection",
    "repr-digest", "server", "set-cookie", "te", "trailer", "transfer-encoding", "upgrade",
})  # fmt: skip


def passed_on(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the header fields that may go with another message, by lower-case name, fit for the wire."""
    named = {name.lower(): value for name, value in headers.items() if is_field_name(name)}
    return {name: clean_header(value) for name, value in named.items() if name not in _FRAMING}


def varying(vary: str | None, axis: str) -> str:
    """Return a `Vary` field that also names one more field of requests (RFC 9110 section 12.5.5)."""
    names = (vary or "").lower().replace(",", " ").split()
    if vary and ("*" in names or axis.lower() in names):
        return vary
    return f"{vary}, {axis}" if vary else axis


def trace_field(name: str, trace_id: str) -> str:
    """Return what a header field says of a trace id: W3C's own fields have a form of their own."""
    if name.lower() in _W3C_FIELDS and (formed := f"00-{trace_id}-{random_hex(16)}-01") and parse_traceparent(formed):
        return formed
    return clean_header(trace_id)


def adopt(own: type[Error], problem: Problem) -> Problem:
    """Return a problem as one of another type, keeping what this occurrence alone knows.

    A fixed text of the type replaces the one there is, and so does an empty one;
    defaults of the type fill the members that the occurrence has not.
    """
    row = own.problem_type
    detail = problem.detail if row.detail is None or "{" in row.detail else row.detail or None
    missing = {name: value for name, value in member_defaults(own).items() if not getattr(problem, name)}
    return problem.replace(
        status=row.status, code=row.code, kind=row.kind, type=row.type, title=row.title, detail=detail, **missing
    )


def check_meaning(foreign: type[BaseException], meaning: object) -> None:
    """Raise CatalogError when an exception is said to mean a type that cannot be raised without parameters."""
    fault = "it is no type of an error"
    if isinstance(meaning, type) and issubclass(meaning, Error):
        try:
            meaning()
        except TypeError as missing:
            fault = str(missing)
        else:
            return
    elif callable(meaning) and not isinstance(meaning, type):
        return
    raise CatalogError(f"{foreign.__name__} cannot mean {meaning!r:.60}: {fault}; name a function that makes the error")


def check_fits(problem_type: ProblemType, dialect: Dialect) -> None:
    """Raise CatalogError when a dialect's closed sets have no room for a type."""
    code, status = problem_type.code, problem_type.status
    # Where the codes end at 499, a server's failure may still be sent, without a code.
    codeless = code is None and status >= 500 and dialect.statuses is not None and 500 not in dialect.statuses
    if dialect.statuses is not None and status not in dialect.statuses and not codeless:
        raise CatalogError(
            f"{problem_type.name}: {dialect.name} has no status {status}; use one of {_few(dialect.statuses)}"
        )
    if dialect.codes is None:
        return
    if code is None or code not in dialect.codes:
        raise CatalogError(
            f"{problem_type.name}: {dialect.name} has no code {code!r}; use one of {', '.join(dialect.codes)}"
        )
    if dialect.codes[code] != status:
        raise CatalogError(f"{problem_type.name}: {code} belongs to status {dialect.codes[code]}, not {status}")


def _few(numbers: frozenset[int]) -> str:
    ordered = sorted(numbers)
    return ", ".join(map(str, ordered)) if len(ordered) < 10 else f"{ordered[0]} to {ordered[-1]}"
