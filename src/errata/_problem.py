"""The values: what one occurrence of an error is, as a client sees it."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, Literal, NoReturn, TypeGuard, TypeVar, get_args

from msgspec import Struct, convert, to_builtins
from msgspec.structs import force_setattr, replace

from errata._kind import KINDS, Kind, kind_of, title_of

Location = Literal["body", "query", "path", "header", "cookie"]
LOCATIONS: Final[tuple[Location, ...]] = get_args(Location)
_M = TypeVar("_M")


class Members(dict[str, _M]):
    """A read-only dictionary; `members | other` makes a changed copy."""

    __slots__ = ()

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("members of a problem cannot be changed; make a copy with dict(...)")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse  # pyright: ignore[reportAssignmentType]

    def __reduce__(self) -> tuple[type, tuple[dict[str, _M]]]:
        return type(self), (dict(self),)


NO_MEMBERS: Final[Members[Any]] = Members()


class Resource(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The thing that an error is about: what it is, and which one."""

    type: str | None = None
    id: str | None = None


class Violation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One fault in the request, and where it is.

    `path` holds the segments that lead to the place, `location` the part of the
    request they start from; `code` names the check that failed, `status` is the
    HTTP status of this one fault where a dialect gives each its own.
    """

    path: tuple[str | int, ...] = ()
    location: Location | None = None
    detail: str | None = None
    code: str | None = None
    status: int | None = None

    @property
    def pointer(self) -> str:
        """Return the path as a JSON Pointer (RFC 6901)."""
        return "".join(["/" + str(s).replace("~", "~0").replace("/", "~1") for s in self.path])

    @property
    def dotted(self) -> str:
        """Return the path joined by dots, or the pointer where dots would make another place of it."""
        text = ".".join(map(str, self.path))
        if text[:1].isalnum() or not self.path:
            return text
        return self.pointer if text.startswith(_POINTER_STARTS) or not path_from_text(text) else text


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One occurrence of an error (RFC 9457 section 3, with what other formats add to it).

    `code` is always text; `retry_after` is in seconds; `problems` holds the inner
    problems of a response that carries several; `kind` follows from the status
    when it is not given. Values compare equal when all members do.
    """

    status: int | None = None
    code: str | None = None
    kind: Kind | None = None
    type: str | None = None
    title: str | None = None
    detail: str | None = None
    instance: str | None = None
    violations: tuple[Violation, ...] = ()
    problems: "tuple[Problem, ...]" = ()
    retry_after: float | None = None
    resource: Resource | None = None
    trace_id: str | None = None
    help: str | None = None
    extensions: Mapping[str, Any] = NO_MEMBERS

    def __post_init__(self) -> None:
        # Runs for every problem read or raised: kept to two looks.
        if self.kind is None:
            force_setattr(self, "kind", KINDS.get(self.status) or kind_of(self.status))
        if type(self.extensions) is not Members:
            force_setattr(self, "extensions", Members(self.extensions))

    def __str__(self) -> str:
        """Return one line for people: code, status, text, trace id."""
        head = " ".join(str(part) for part in (self.status, self.code) if part is not None)
        trace = f" [trace id {self.trace_id}]" if self.trace_id else ""
        line = f"{head}: {self.text}{trace}" if head else f"{self.text}{trace}"
        # It ends in logs and terminals, so it stays one line, without control characters.
        return line if line.isprintable() else "".join(c if c.isprintable() else " " for c in line)

    @property
    def text(self) -> str:
        """Return the most specific text there is: detail, the inner texts, title, reason phrase."""
        if shows(self.detail):
            return self.detail
        inner = [*filter(shows, [v.detail for v in self.violations]), *(p.text for p in self.problems)]
        if len(inner) > 1:
            inner = [short if shows(short := text.removesuffix(".")) else text for text in inner]
        return "; ".join(inner) or (self.title if shows(self.title) else title_of(self.status))

    @property
    def head(self) -> str:
        """Return the problem's own text: detail or title, else what `text` finds."""
        return self.detail if shows(self.detail) else self.title if shows(self.title) else self.text

    def replace(self, **changes: Any) -> "Problem":
        """Return a copy with some members changed."""
        return replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Return plain dictionaries and lists, without the members that are not set."""
        plain: dict[str, Any] = to_builtins(self, str_keys=True, enc_hook=str)
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Problem":
        """Return the problem that `to_dict` wrote down; raises `msgspec.ValidationError`."""
        return convert(plain, cls)


def shows(text: str | None) -> TypeGuard[str]:
    """Tell whether a text has anything to see: more than blanks and control characters."""
    if not text or text.isspace():
        return False
    # Beyond the first plane everything counts: what is new in Unicode is no control character.
    return text.isprintable() or any(c != " " and (c.isprintable() or c >= "\U00010000") for c in text)


_POINTER_STARTS: Final = ("/", "#/")
# Quotes, and what str.strip() takes away.
_EDGES: Final = "'\" \t\n\v\f\r\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
_WHOLE: Final = ("#", "$")  # the document itself, in JSON Pointer and in JSONPath
_BRACKETS: Final = str.maketrans({"[": ".", "]": None})


def path_from_text(text: str) -> tuple[str | int, ...]:
    """Return the segments of a path written as a JSON Pointer, with dots, or with brackets.

    Digits become integers. A leading `#` or `$` stands for the whole document
    and is dropped: `#/a/0`, `$.a[0]`, `/a/0`, `a.0` and `a[0]` are the same place.
    """
    # Of the 0.9 us that splitting takes, a plain name needs 0.1, and so does a path seen
    # before: those of an API are few. Longer ones are no paths, and not kept.
    if text.isidentifier():
        return (text,)
    return _split(text) if len(text) <= _KEPT else _split.__wrapped__(text)


_KEPT: Final = 100


@lru_cache(maxsize=1_000)
def _split(text: str) -> tuple[str | int, ...]:
    if text.startswith(_POINTER_STARTS):
        if text[0] == "#" and "%" in text:  # RFC 6901 section 6
            from urllib.parse import unquote

            text = unquote(text)
        parts = text.split("/")[1:]
        if "~" in text:
            parts = [s.replace("~1", "/").replace("~0", "~") for s in parts]
    else:
        parts = (text.translate(_BRACKETS) if "[" in text or "]" in text else text).split(".")
        parts = [part for part in (part.strip(_EDGES) for part in parts) if part]
        while parts and parts[0] in _WHOLE:
            del parts[0]
    return tuple([int(p) if p.isdigit() and _is_index(p) else p for p in parts])


def _is_index(digits: str) -> bool:
    """Tell whether digits are an array index as RFC 6901 section 4 spells it."""
    return digits.isascii() and len(digits) < 10 and (digits[0] != "0" or digits == "0")
