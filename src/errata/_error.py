"""The exception that carries a problem, and problem types declared as its subclasses.

    Error
    +-- one class for each kind, and below it one for each common status (`errata._standard`)
    +-- the types that an API declares

A server raises them, a client gets them raised: the same class on both sides.
"""

import re
import sys
import types
from collections.abc import Iterator, Mapping
from typing import (
    Annotated,
    Any,
    ClassVar,
    Final,
    TypeVar,
    cast,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

from errata._catalog import (
    MEMBER_PARAMS,
    CatalogError,
    Disclosure,
    Param,
    ProblemType,
    check_params,
    occurrence,
    words_of,
)
from errata._kind import Kind, Retry, retry_of
from errata._problem import NO_MEMBERS, Problem

_T = TypeVar("_T")

Internal = Annotated[_T, Param(disclosure="internal")]
"""A parameter for logs and traces only: `owner: Internal[str]`."""

Secret = Annotated[_T, Param(disclosure="secret")]
"""A parameter that goes nowhere: `token: Secret[str]`."""

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})  # RFC 9110 section 9.2.1
_REPEATABLE: Final = {"safe": _SAFE, "idempotent": _SAFE | {"PUT", "DELETE"}}  # section 9.2.2


@dataclass_transform(kw_only_default=True)
class Error(Exception):
    """An error of an API. Subclass it to declare a problem type, raise it to answer with one.

    The class keywords are `status`, `code`, `kind`, `retry`, `name`, `type`,
    `since`, `deprecated`, `replaced_by` and `alias` (the name of the type that
    clients see in its place); what is not given is inherited, the name and title
    are made from the class name. The docstring is the
    documentation, `title` and `detail` may be set in the body, and each
    annotated name is a parameter, to be given when raising. Parameters named
    like a member of a problem (`retry_after`, `violations`, ...) fill it.

    Raised by a client, it also has the `response` that it came with.
    """

    problem_type: ClassVar[ProblemType] = ProblemType(name="error", status=500, title="Internal Server Error")
    title: ClassVar[str | None] = None
    detail: ClassVar[str | None] = None
    _names: ClassVar[frozenset[str]] = frozenset()
    _defaults: ClassVar[Mapping[str, Any]] = {}

    response: Any = None
    """What the client received, of the type that its own library has for it; None on a server."""
    headers: Mapping[str, str] = NO_MEMBERS
    """The header fields received."""
    method: str | None = None
    """The method of the request that failed, when the client knows it."""

    # Found by `__getattr__`; no properties, so that a subclass can declare parameters of these names.
    trace_id: str | None
    """What ties this error to a log line."""
    retry_after: float | None
    """The seconds to wait before the next try, when the server said so."""

    def __init_subclass__(  # noqa: PLR0913 - the members of a problem type
        cls,
        *,
        status: int | None = None,
        code: str | int | None = None,
        kind: Kind | None = None,
        retry: Retry | None = None,
        name: str | None = None,
        type: str | None = None,
        since: str | None = None,
        deprecated: str | None = None,
        replaced_by: str | None = None,
        alias: str | None = None,
    ) -> None:
        super().__init_subclass__()
        base = cls.problem_type
        slug = name or slug_of(cls.__name__)
        same_status = status is None or status == base.status
        cls.problem_type = ProblemType(
            name=slug,
            status=status or base.status,
            title=cls.__dict__.get("title") or words_of(slug),
            code=base.code if code is None else str(code),
            kind=kind or (base.kind if same_status else None),
            detail=cls.detail,
            params=tuple(_params_of(cls, base.params)),
            retry=retry or (base.retry if same_status else None),
            type=type,
            parent=base.name if base.name not in ("error", slug) else None,
            docs=(cls.__doc__ or "").strip() if "__doc__" in cls.__dict__ else "",
            since=since,
            deprecated=deprecated,
            replaced_by=replaced_by,
            alias=alias,
        )
        cls._names = frozenset(param.name for param in cls.problem_type.params)
        given = {**cls._defaults, **cls.__dict__}
        cls._defaults = {p.name: given[p.name] for p in cls.problem_type.params if not p.required}
        for own in cls._defaults.keys() & cls.__dict__.keys():
            delattr(cls, own)  # it would hide what an instance was given

    def __init__(self, problem: Problem | None = None, /, **params: Any) -> None:
        if problem is None and params.keys() != self._names:
            check_params(self.problem_type, params)
            params = {**self._defaults, **params}
        elif problem is not None and not isinstance(problem, Problem):
            raise TypeError(
                f"{self.problem_type.name} takes no text, got {problem!r:.60}; a text of its own is a `detail`"
            )
        self.params = params
        self._problem = problem

    def __getattr__(self, name: str) -> Any:
        """Return a parameter by its name; of a received error, the member of the problem that it fills."""
        if name in _OF_EVERY_PROBLEM:
            return getattr(self.problem, name)
        params = self.__dict__.get("params", {})
        if name in params:
            return params[name]
        if name in self._names and name in MEMBER_PARAMS:
            return getattr(self.problem, name)
        if name in self._names and name in self._defaults:
            return self._defaults[name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @property
    def problem(self) -> Problem:
        """Return what a client may see of this error."""
        if self._problem is None:
            self._problem = occurrence(self.problem_type, self.params)
        return self._problem

    @classmethod
    def received(
        cls,
        problem: Problem,
        response: object = None,
        headers: Mapping[str, str] | None = None,
        method: str | None = None,
    ) -> "Error":
        """Return the error that a client raises for a problem it received."""
        error = cls(problem)
        error.response, error.headers, error.method = response, headers or {}, method
        error.params = dict(problem.extensions)
        return error

    def __str__(self) -> str:
        """Return one line: status, code, text, trace id. Internal and secret parameters are not in it."""
        return str(self.problem)

    def __reduce__(self) -> tuple[Any, ...]:
        cls = _recipe_of(type(self))
        return _rebuild, (cls, self._problem, self.params, dict(self.headers), self.method)

    @property
    def status(self) -> int:
        """Return the HTTP status."""
        return self.problem.status or self.problem_type.status

    @property
    def code(self) -> str | None:
        """Return the code as it goes over the wire."""
        return self.problem.code

    @property
    def retryable(self) -> bool:
        """Tell whether sending the same request again is reasonable and safe.

        A status other than that of the problem type has the last word.
        """
        own = self.problem_type
        retry = own.retry if self.status == own.status else retry_of(self.status)
        return retry == "yes" or self.method in _REPEATABLE.get(retry or "no", ())

    @property
    def logged(self) -> dict[str, Any]:
        """Return the parameters that logs may show: the public and the internal ones."""
        secret = {param.name for param in self.problem_type.params if param.disclosure == "secret"}
        return {name: value for name, value in self.params.items() if name not in secret}


_OF_EVERY_PROBLEM: Final = frozenset({"retry_after", "trace_id"})

_Recipe = type[Error] | tuple[ProblemType, Any]
"""A class, or what it was made of, which unlike such a class can be pickled."""


def _recipe_of(cls: type[Error]) -> _Recipe:
    made_of: tuple[ProblemType, type[Error]] | None = cls.__dict__.get("_made_of")
    return cls if made_of is None else (made_of[0], _recipe_of(made_of[1]))


def _made(recipe: _Recipe) -> type[Error]:
    return error_class_of(recipe[0], _made(recipe[1])) if isinstance(recipe, tuple) else recipe


def _rebuild(
    recipe: _Recipe, problem: Problem | None, params: dict[str, Any], headers: dict[str, str], method: str | None
) -> Error:
    cls = _made(recipe)
    error = cls(problem, **params) if problem is None else cls.received(problem, None, headers, method)
    error.params = params
    return error


def member_defaults(cls: type[Error]) -> dict[str, Any]:
    """Return the defaults of the parameters that fill a member of the problem."""
    return {name: value for name, value in cls._defaults.items() if name in MEMBER_PARAMS}


_MADE: Final[dict[tuple[ProblemType, type[Error]], type[Error]]] = {}


def error_class_of(problem_type: ProblemType, base: type[Error] = Error) -> type[Error]:
    """Return a class for a problem type that was declared as data; for the same type the same class."""
    if (problem_type, base) not in _MADE:
        _MADE[problem_type, base] = _new_class(problem_type, base)
    return _MADE[problem_type, base]


def _new_class(problem_type: ProblemType, base: type[Error]) -> type[Error]:
    name = "".join(word[:1].upper() + word[1:] for word in re.split(r"[^0-9A-Za-z]+", problem_type.name))
    namespace = {"detail": None, "__doc__": problem_type.docs, "_made_of": (problem_type, base)}
    made: type[Error] = types.new_class(name, (base,), exec_body=lambda body: body.update(namespace))
    made.problem_type = problem_type
    made._names = frozenset(param.name for param in problem_type.params)  # noqa: SLF001 - of this module
    return made


_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def slug_of(class_name: str) -> str:
    """Return a class name as a slug: `CaseClosed` is `case-closed`."""
    return "-".join(word.lower() for word in _WORDS.findall(class_name)) or class_name.lower()


_ATTRIBUTES: Final = frozenset({"headers", "method", "params", "response"})


def _params_of(cls: type[Error], inherited: tuple[Param, ...]) -> list[Param]:
    params = {param.name: param for param in inherited}
    for name, written in cls.__annotations__.items():
        if name.startswith("_"):
            continue
        hint = _resolved(cls, name, written)
        if get_origin(hint) is not ClassVar:
            params[name] = _param(name, hint, required=name not in cls.__dict__)
    return list(params.values())


def _resolved(cls: type[Error], name: str, written: Any) -> Any:
    """Return an annotation as a type; an unknown name in a text may stand for a secret, so it is refused."""
    alone = types.SimpleNamespace(__annotations__={name: written})
    module = sys.modules.get(cls.__module__)
    try:
        return get_type_hints(alone, vars(module) if module else {}, dict(vars(cls)), include_extras=True)[name]
    except (NameError, AttributeError, TypeError, SyntaxError) as error:
        if not isinstance(written, str):
            return written  # whatever it is, its marks can be seen
        raise CatalogError(
            f"{cls.__name__}: the type of {name!r} cannot be told from {written!r} ({error}); "
            "import its names outside of TYPE_CHECKING, at the top of the module"
        ) from None


def _param(name: str, hint: Any, *, required: bool) -> Param:
    if name not in MEMBER_PARAMS and (hasattr(Error, name) or name in _ATTRIBUTES):
        raise CatalogError(f"no parameter can be named {name!r}, which every error has; use another name")
    bare = get_type_hints(types.SimpleNamespace(__annotations__={name: hint}))[name]
    spelled = bare if isinstance(bare, str) else getattr(bare, "__name__", str(bare))
    found = {mark.disclosure for mark in _marks(hint)}
    disclosure = next((word for word in ("secret", "internal") if word in found), "public")
    return Param(name, spelled, cast("Disclosure", disclosure), required)


def _marks(hint: Any) -> Iterator[Param]:
    """Yield the marks of a type and of its parts: `Secret[str] | None` is as secret as `Secret[str | None]`."""
    yield from (mark for mark in getattr(hint, "__metadata__", ()) if isinstance(mark, Param))
    for part in get_args(hint):
        yield from _marks(part)
