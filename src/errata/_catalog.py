"""The catalog: every problem type that an API may send, declared once.

A problem type comes from a class (see `errata._error`) or from a row of a TOML
file; both give the same `ProblemType`.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec
from msgspec import Struct

from errata._kind import Kind, Retry, kind_of, retry_of, title_of
from errata._problem import Problem

if TYPE_CHECKING:
    from os import PathLike

    from errata._error import Error

Disclosure = Literal["public", "internal", "secret"]
"""Where a parameter may go: to clients, to logs and traces, or nowhere."""


class CatalogError(ValueError):
    """A declaration is wrong; the text names the type, the fault and the remedy."""


class Param(Struct, frozen=True, omit_defaults=True):
    """A parameter of a problem type.

    `public` ones may stand in the detail text and become extension members;
    `internal` ones go to logs only; `secret` ones go nowhere.
    """

    name: str = ""
    type: str = "str"
    disclosure: Disclosure = "public"
    required: bool = True


# A parameter with one of these names fills the member of the problem.
MEMBER_PARAMS: Final = frozenset({
    "extensions", "help", "instance", "problems", "resource", "retry_after", "trace_id", "violations",
})  # fmt: skip


# The type itself fills the others; an extension member must not pass for one of them.
RESERVED_PARAMS: Final = frozenset(Problem.__struct_fields__) - MEMBER_PARAMS


_BRACES: Final = frozenset("{}")


class ProblemType(Struct, frozen=True, kw_only=True, omit_defaults=True, dict=True):
    """A kind of problem: what does not change from one occurrence to the next.

    `name` is a slug, unique in its catalog; `code` is what goes over the wire and
    may be shared. `detail` is a template whose fields are public parameters.
    `parent` names the type whose handlers also take this one. `alias` names the
    type that clients see in its place: what they get is then the same to the byte.
    """

    name: str
    status: int
    title: str
    code: str | None = None
    kind: Kind | None = None
    detail: str | None = None
    params: tuple[Param, ...] = ()
    retry: Retry | None = None
    type: str | None = None
    parent: str | None = None
    alias: str | None = None
    docs: str = ""
    since: str | None = None
    deprecated: str | None = None
    replaced_by: str | None = None

    def __post_init__(self) -> None:
        if not 100 <= self.status <= 999:
            raise CatalogError(f"{self.name}: status {self.status} is not an HTTP status; use three digits")
        if self.kind is None:
            msgspec.structs.force_setattr(self, "kind", kind_of(self.status))
        if self.retry is None:
            msgspec.structs.force_setattr(self, "retry", retry_of(self.status))
        for param in self.params:
            if param.name in RESERVED_PARAMS:
                raise CatalogError(
                    f"{self.name}: no parameter can be named {param.name!r}, a member that the type fills"
                )
        check_template(self)

    # What follows from the declaration is found once, not for each occurrence: 2 us of 3.

    @cached_property
    def public(self) -> tuple[str, ...]:
        """Return the names of the parameters that clients may see."""
        return tuple(p.name for p in self.params if p.disclosure == "public")

    @cached_property
    def filling(self) -> tuple[str, ...]:
        """Return the public names that fill members of the problem."""
        return tuple(name for name in self.public if name in MEMBER_PARAMS)

    @cached_property
    def extending(self) -> tuple[str, ...]:
        """Return the public names that become extension members."""
        return tuple(name for name in self.public if name not in MEMBER_PARAMS)

    @cached_property
    def template(self) -> str | None:
        """Return the detail if it may have fields."""
        return self.detail if self.public and _BRACES.intersection(self.detail or "") else None

    @cached_property
    def bare(self) -> Problem:
        """Return the occurrence without any parameter; its detail is set when the template has no fields."""
        detail = unbraced(self.detail) if self.template is None else None
        return Problem(
            status=self.status, code=self.code, kind=self.kind, type=self.type, title=self.title, detail=detail
        )

    def problem(self, **params: Any) -> Problem:
        """Return an occurrence; raises TypeError when the parameters are not those declared."""
        check_params(self, params)
        return occurrence(self, params)


def check_template(of: ProblemType) -> None:
    """Refuse a detail template with anything but plain fields that name public parameters."""
    if not of.detail or not _BRACES.intersection(of.detail):
        return
    from string import Formatter  # loaded for templates with fields alone

    try:
        parsed = [(field, spec or "") for _, field, spec, _ in Formatter().parse(of.detail) if field is not None]
    except ValueError as error:
        raise CatalogError(f"{of.name}: the detail template is broken ({error}); double a literal brace") from None
    for field, spec in parsed:
        if "{" in spec:
            raise CatalogError(f"{of.name}: the detail has a field within the format of {{{field}}}; write it out")
        if field not in of.public:
            known = ", ".join(of.public) or "none declared"
            raise CatalogError(f"{of.name}: the detail uses {{{field}}}, which is no public parameter ({known})")


def check_params(of: ProblemType, params: Mapping[str, Any]) -> None:
    """Raise TypeError when parameters are missing or unknown."""
    known = {param.name for param in of.params}
    if unknown := sorted(params.keys() - known):
        raise TypeError(f"{of.name} takes no parameter {unknown[0]!r}; it takes: {', '.join(sorted(known)) or 'none'}")
    if missing := [p.name for p in of.params if p.required and p.name not in params]:
        raise TypeError(f"{of.name} needs the parameter {missing[0]!r}")


def occurrence(of: ProblemType, params: Mapping[str, Any]) -> Problem:
    """Return a problem of a type; only public parameters get in, so none other can get out."""
    if not of.public:
        return of.bare
    changes: dict[str, Any] = {}
    for name in of.filling:
        if (value := params.get(name)) is not None:
            changes[name] = tuple(value) if name in _LISTS else value
    # Loops, not comprehensions: of one or two names they are 0.2 us faster.
    own: dict[str, Any] = {}
    for name in of.extending:
        if (value := params.get(name)) is not None:
            own[name] = value
    if own:
        changes["extensions"] = {**changes["extensions"], **own} if "extensions" in changes else own
    if of.template is not None:
        changes["detail"] = filled(of.template, params)
    return msgspec.structs.replace(of.bare, **changes)


_LISTS: Final = frozenset({"problems", "violations"})


def filled(template: str, params: Mapping[str, Any]) -> str:
    """Return a detail with its parameters; an optional one that was not given is a question mark."""
    try:
        return template.format_map(params)
    except KeyError:
        return template.format_map(_Blanks(params))


class _Blanks(dict[str, Any]):
    """Parameters for a template, in which an optional one that was not given is a question mark."""

    def __missing__(self, _name: str) -> str:
        return "?"


def unbraced(template: str | None) -> str | None:
    """Return the text of a template that has no fields."""
    return template.format() if template and _BRACES.intersection(template) else template or None


class Catalog(Mapping[str, ProblemType]):
    """Problem types by name.

    `suffix` says how the wire codes form a hierarchy: a number of characters by
    which a child's code is longer than its parent's (2: `200601` is under `2006`),
    or a separator (`.`: `order.stock` is under `order`). `base_uri` plus the name
    is the type URI of each type that has none of its own. With `by_status` a code
    means something only together with its status.
    """

    def __init__(
        self,
        types: Iterable["ProblemType | type[Error]"] = (),
        *,
        name: str = "",
        base_uri: str | None = None,
        suffix: int | str | None = None,
        by_status: bool = False,
    ) -> None:
        if isinstance(suffix, int) and suffix < 1:
            raise CatalogError(f"suffix {suffix} does not shorten a code; use a positive number or a separator")
        self.name = name
        self.base_uri = base_uri
        self.suffix = suffix
        self.by_status = by_status
        self._types: dict[str, ProblemType] = {}
        self._classes: dict[str, type[Error]] = {}
        self._by_code: dict[str, list[ProblemType]] = {}
        for each in types:
            self._add(each)
        for problem_type in self.values():
            self._check_alias(problem_type)

    def _add(self, each: "ProblemType | type[Error]") -> None:
        problem_type = each if isinstance(each, ProblemType) else each.problem_type
        if problem_type.name in self._types:
            raise CatalogError(f"two types are named {problem_type.name!r}; give one another name=...")
        if not isinstance(each, ProblemType):
            self._classes[problem_type.name] = each
        if problem_type.type is None and self.base_uri:
            problem_type = msgspec.structs.replace(problem_type, type=self.base_uri + problem_type.name)
        self._types[problem_type.name] = problem_type
        if problem_type.code is not None:
            self._by_code.setdefault(problem_type.code, []).append(problem_type)

    def _check_alias(self, hidden: ProblemType) -> None:
        if hidden.alias is None:
            return
        shown = self.get(hidden.alias)
        if shown is None or shown.alias is not None:
            raise CatalogError(
                f"{hidden.name}: its alias {hidden.alias!r} is no type that clients see; declare that type"
            )
        known = {param.name for param in hidden.params}
        if missing := [p.name for p in shown.params if p.required and p.name not in known]:
            raise CatalogError(f"{hidden.name}: its alias {shown.name} needs the parameter {missing[0]!r} too")

    def shown(self, error: "Error") -> "Error":
        """Return what clients see of an error: an occurrence of its type's alias, with nothing besides."""
        if error.problem_type.alias is None or not self.declares(type(error)):
            return error
        alias = self[error.problem_type.alias]
        known = {param.name for param in alias.params}
        return self.error_class(alias)(**{name: value for name, value in error.params.items() if name in known})

    def __getitem__(self, name: str) -> ProblemType:
        return self._types[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._types)

    def __len__(self) -> int:
        return len(self._types)

    def __repr__(self) -> str:
        return f"Catalog({self.name!r}, {len(self)} types)"

    def by_code(self, code: str) -> tuple[ProblemType, ...]:
        """Return the types that share a wire code, in the order declared."""
        return tuple(self._by_code.get(code, ()))

    def find(self, problem: Problem) -> ProblemType | None:
        """Return the declared type of an occurrence, by its type URI or by its code and the code's parents.

        Of several types with one URI or code, the one with the same status and title or
        text is taken, else the one with the same status, else the first.
        """
        if problem.type is not None:
            # Where the dialect carries no code, the URI alone identifies the type.
            by_uri = [t for t in self.values() if t.type == problem.type and problem.code in (None, t.code)]
            if by_uri:
                return max(by_uri, key=lambda t: _likeness(t, problem))
        code = problem.code
        while code:
            if found := [t for t in self.by_code(code) if t.status == problem.status or not self.by_status]:
                return max(found, key=lambda t: _likeness(t, problem))
            code = self.parent_code(code)
        return None

    def declares(self, cls: "type[Error]") -> bool:
        """Tell whether a class is the one of a type in this catalog, not merely of the same name."""
        return self._classes.get(cls.problem_type.name) is cls

    def parent_code(self, code: str) -> str | None:
        """Return the code one step up the hierarchy, whether it is declared or not."""
        if isinstance(self.suffix, int):
            return code[: -self.suffix] or None
        return code.rpartition(self.suffix)[0] or None if self.suffix else None

    def error_class(self, problem_type: ProblemType) -> "type[Error]":
        """Return the class to raise for a type; one is made for a type that came from a file."""
        from errata._error import error_class_of

        if problem_type.name not in self._classes:
            parent = self._types.get(problem_type.parent or "")
            base = () if parent is None else (self.error_class(parent),)
            self._classes[problem_type.name] = error_class_of(problem_type, *base)
        return self._classes[problem_type.name]

    @classmethod
    def load(cls, path: "str | PathLike[str]") -> "Catalog":
        """Read a catalog from a TOML file; raises CatalogError, which names the file and the place."""
        from pathlib import Path  # 4 ms of `import errata` otherwise

        try:
            text = Path(path).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CatalogError(f"{path}: cannot be read ({error}); a catalog is a text file in UTF-8") from None
        return cls.from_toml(text, where=str(path))

    @classmethod
    def from_toml(cls, text: str, *, where: str = "catalog") -> "Catalog":
        """Read a catalog from TOML: a table `[type-name]` for each type, and `[catalog]` for the catalog itself."""
        import tomllib

        place = where
        try:
            document = tomllib.loads(text)
            place = f"{where}, [catalog]"
            head = msgspec.convert(document.pop("catalog", {}), _Head)
            types: list[ProblemType] = []
            for name, row in document.items():
                place = f"{where}, [{name}]"
                types.append(msgspec.convert(row, _Row).problem_type(name))
            check_parents(types)
        except ValueError as error:
            raise CatalogError(f"{place}: {error}") from None
        return cls(types, name=head.name, base_uri=head.base_uri, suffix=head.suffix, by_status=head.by_status)


def check_parents(types: Iterable[ProblemType]) -> None:
    """Raise CatalogError when a parent is not declared, or is below its own child."""
    parents = {t.name: t.parent for t in types}
    for name in parents:
        above: list[str] = []
        while (parent := parents[above[-1] if above else name]) is not None:
            if parent not in parents:
                raise CatalogError(f"{name}: its parent {parent!r} is not declared; declare it or leave it out")
            if parent == name or parent in above:
                raise CatalogError(f"{name}: it is its own ancestor; leave out one of the parents")
            above.append(parent)


def _likeness(candidate: ProblemType, problem: Problem) -> tuple[bool, bool]:
    texts = {problem.detail, problem.title} - {None}
    return candidate.status == problem.status, bool({candidate.detail, candidate.title} & texts)


class _Head(Struct, forbid_unknown_fields=True):
    """The table `[catalog]`."""

    name: str = ""
    base_uri: str | None = None
    suffix: int | str | None = None
    by_status: bool = False


class _ParamRow(Struct, forbid_unknown_fields=True):
    """A parameter in TOML: `days = "int"`, or a table with its disclosure."""

    type: str = "str"
    disclosure: Disclosure = "public"
    required: bool = True


class _Row(Struct, forbid_unknown_fields=True):
    """A problem type in TOML; the members are those of `ProblemType`."""

    status: int
    title: str | None = None
    code: str | int | None = None
    kind: Kind | None = None
    detail: str | None = None
    params: dict[str, str | _ParamRow] = {}
    retry: Retry | None = None
    type: str | None = None
    parent: str | None = None
    alias: str | None = None
    docs: str = ""
    since: str | None = None
    deprecated: str | None = None
    replaced_by: str | None = None

    def problem_type(self, name: str) -> ProblemType:
        params = tuple(
            Param(n, row) if isinstance(row, str) else Param(n, row.type, row.disclosure, row.required)
            for n, row in self.params.items()
        )
        own: dict[str, Any] = {n: getattr(self, n) for n in self.__struct_fields__}
        own["title"] = self.title or words_of(name) or title_of(self.status)
        own["code"] = None if self.code is None else str(self.code)
        own["params"] = params
        return ProblemType(name=name, **own)


def words_of(slug: str) -> str:
    """Return a slug as a short text: `case-closed` is `Case closed`."""
    text = slug.replace("-", " ").replace("_", " ").strip()
    return text[:1].upper() + text[1:]
