"""The seam that every wire format fills in: a value with signatures, a reader and writers."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import NoneType, UnionType
from typing import Any, Final, NamedTuple, get_args

import msgspec
from msgspec import Struct

from errata._body import Document, Form, Wire
from errata._http import Headers
from errata._problem import Problem


class _Absent:
    """The check that a member is not there."""

    def __repr__(self) -> str:
        return "absent"


ABSENT: Final = _Absent()

Check = type | UnionType | frozenset[Any] | Mapping[str, Any] | list[Any] | _Absent | Callable[[Any], bool]
"""What a member must be: of a type, one of some literals, an object whose members
pass (a mapping), a non-empty list whose first item passes (a list of one check),
absent, or accepted by a predicate."""


_ANY: Final[frozenset[type]] = frozenset({str, int, float, bool, NoneType, list, dict})

Test = tuple[frozenset[type], Callable[[Any], bool] | None]
MemberTest = tuple[str, frozenset[type], Callable[[Any], bool] | None]


def compile_check(check: Any) -> Test:
    """Return the exact types a check admits, and what else the value must pass; JSON has no subclasses."""
    if check is ABSENT:
        return frozenset({_Absent}), None
    if isinstance(check, type | UnionType):
        return frozenset(get_args(check) if isinstance(check, UnionType) else {check}), None
    if isinstance(check, frozenset):
        return frozenset(type(literal) for literal in check), check.__contains__
    if isinstance(check, Mapping):
        inner = compile_members(check)
        return frozenset({dict}), lambda value: meets(value, inner)
    if isinstance(check, list):
        types, test = compile_check(check[0])

        def first_passes(value: Any) -> bool:
            return bool(value) and type(value[0]) in types and (test is None or test(value[0]))

        return frozenset({list}), first_passes
    return _ANY, check


def compile_members(checks: Mapping[str, Any]) -> list[MemberTest]:
    """Return the test of each member."""
    return [(name, *compile_check(check)) for name, check in checks.items()]


def meets(value: dict[str, Any], tests: list[MemberTest]) -> bool:
    """Tell whether all members of an object pass."""
    for name, types, test in tests:
        member = value.get(name, ABSENT)
        if type(member) not in types or (test is not None and not test(member)):
            return False
    return True


class Signature(Struct, frozen=True, kw_only=True):
    """The evidence for a dialect: all of it must be there.

    `members` are checks on the members of a JSON object, `item` the same for the
    first item of a bare list, `form` what the body is, `root` the namespace and
    local name of an XML root and `child` an element directly below it, `headers`
    lower-case names with the start of their values, a predicate on them, or
    ABSENT, `media_types` those that are evidence by themselves, `statuses` the
    only ones the format is sent with, `accepts` a predicate on the whole
    document, whose docstring names the condition. `success` lets the signature
    also match a 2xx response. Of two signatures that match, the one with a media
    type wins, then the one with more `weight`, which is the number of conditions
    unless given.
    """

    media_types: frozenset[str] = frozenset()
    headers: Mapping[str, Any] = {}
    members: Mapping[str, Any] = {}
    item: Mapping[str, Any] = {}
    form: Form | None = None
    root: tuple[str, str] | None = None
    child: str | None = None
    statuses: frozenset[int] = frozenset()
    accepts: Callable[[Document], bool] | None = None
    success: bool = False
    weight: int = 0

    @property
    def rank(self) -> int:
        """Return the weight, or the number of conditions."""
        counted = (self.members, self.item, self.headers, self.media_types)
        single = (self.form, self.root, self.child, self.statuses, self.accepts)
        return self.weight or sum(map(len, counted)) + sum(map(bool, single))


class Format(NamedTuple):
    """One way a dialect is written: its short name, its media type, the function, the ready headers.

    `head` gives further header fields of one problem, for formats that keep a
    part of it there; `status` the HTTP status that the format demands.
    """

    name: str
    media_type: str
    write: Callable[[Problem], bytes]
    headers: Headers
    head: Callable[[Problem], Mapping[str, str]] | None = None
    status: Callable[[Problem], int] | None = None


def format_of(
    name: str,
    media_type: str,
    write: Callable[[Problem], bytes],
    *,
    head: Callable[[Problem], Mapping[str, str]] | None = None,
    status: Callable[[Problem], int] | None = None,
) -> Format:
    """Return a format with the headers that every error response carries.

    `no-store`: an error must not be served again from a cache; `nosniff`: nor be
    taken for a page.
    """
    headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    if media_type:
        headers["content-type"] = media_type
    return Format(name, media_type, write, Headers(headers), head, status)


class Dialect(Struct, frozen=True, kw_only=True):
    """A wire format: how a problem is spelled in bytes.

    `read` turns a document into a problem and never fails on odd content (the
    caller supplies status, retry hint and trace id from the HTTP part);
    `formats` are the ways to write it, the first being the default. `statuses`
    and `codes` hold the closed sets, where the format has them: a contract
    refuses to declare anything else. `fields` names the wire type for schemas.
    """

    name: str
    title: str
    source: str
    read: Callable[[Document], Problem]
    formats: tuple[Format, ...]
    signatures: tuple[Signature, ...] = ()
    fields: type[Wire] | None = None
    statuses: frozenset[int] | None = None
    codes: Mapping[str, int] | None = None

    @property
    def media_types(self) -> tuple[str, ...]:
        """Return the media types the dialect writes, the default first."""
        return tuple(dict.fromkeys(f.media_type for f in self.formats))

    def schema(self) -> dict[str, Any] | None:
        """Return the JSON Schema of what the dialect writes, when it is JSON."""
        return msgspec.json.schema(self.fields) if self.fields else None


class Entry:
    """A signature ready for use: its conditions by name, as tests on a document."""

    __slots__ = ("conditions", "dialect", "hard", "inner", "members", "others", "rank", "signature")

    def __init__(self, dialect: Dialect, signature: Signature) -> None:
        self.dialect = dialect
        self.signature = signature
        self.rank = signature.rank
        self.conditions = list(_conditions(signature))
        self.members = compile_members(signature.members)
        checks = {name: check[0] if isinstance(check, list) else check for name, check in signature.members.items()}
        self.inner = [(name, compile_members(check)) for name, check in checks.items() if isinstance(check, Mapping)]
        inner = dict(self.inner)
        self.hard = [
            (name, key, test)
            for name, _, outer in self.members
            for key, _, test in inner.get(name, [(None, None, outer)])
            if test is not None
        ]
        known = ("member ", "media type ")  # the first are tested at once, the second by the index
        self.others = [test for name, test in self.conditions if not name.startswith(known)]

    def matches(self, doc: Document) -> bool:
        """Tell whether a document of a fitting media type meets all conditions."""
        value = doc.value
        if self.members and not (type(value) is dict and meets(value, self.members)):
            return False
        return not self.others or all(test(doc) for test in self.others)

    def matches_within_shape(self, doc: Document) -> bool:
        """Tell the same of a document whose shape `may_match`: only what depends on values is left to test."""
        value = doc.value
        for name, key, test in self.hard:
            if not test(_inner(value[name])[key] if key is not None else value[name]):
                return False
        return not self.others or all(condition(doc) for condition in self.others)

    def may_match(self, value: dict[str, Any]) -> bool:
        """Tell whether the members have the types that are demanded, one level deep: what the shape alone can tell."""
        return all(type(value.get(name, ABSENT)) in types for name, types, _ in self.members) and all(
            type(inner) is dict and all(type(inner.get(key, ABSENT)) in types for key, types, _ in tests)
            for name, tests in self.inner
            for inner in (_inner(value[name]),)
        )

    def missing(self, doc: Document) -> list[str]:
        """Return the names of the conditions that a document does not meet."""
        return [name for name, test in self.conditions if not _passes(test, doc)]


Condition = tuple[str, Callable[[Document], bool]]


def _passes(test: Callable[[Document], bool], doc: Document) -> bool:
    """Tell whether a condition is met; one that builds on others may fail where they are not."""
    try:
        return bool(test(doc))
    except Exception:  # noqa: BLE001 - a check of a plug-in
        return False


def _conditions(s: Signature) -> Iterator[Condition]:
    if s.form:
        yield f"a body that is {s.form}", lambda doc: doc.form == s.form
    if s.media_types:
        yield "media type " + " or ".join(sorted(s.media_types)), lambda doc: doc.media_type in s.media_types
    if s.statuses:
        listed = " or ".join(map(str, sorted(s.statuses)))
        yield f"status {listed}", lambda doc: doc.raw.status in s.statuses
    for name, check in s.headers.items():
        yield f"header {name}", _header_condition(name, check)
    for name, check in s.members.items():
        yield f"member {name}{_said(check)}", _member_condition(lambda doc: doc.value, {name: check})
    for name, check in s.item.items():
        yield f"first item's member {name}{_said(check)}", _member_condition(_first_item, {name: check})
    if s.root:
        yield f"root element {s.root[1]}", lambda doc: doc.root is not None and doc.root.tag == s.root
    if s.child:
        yield f"element {s.child}", lambda doc: doc.root is not None and doc.root.find(s.child or "") is not None
    if s.accepts:
        yield (s.accepts.__doc__ or s.accepts.__name__).partition("\n")[0].rstrip("."), s.accepts


def _said(check: Any) -> str:
    """Say for people what a check looks at beside the type."""
    inner = check[0] if isinstance(check, list) else check
    if check is ABSENT:
        return _ABSENT
    if isinstance(inner, Mapping):
        return f" with {', '.join(key for key, test in inner.items() if test is not ABSENT)}"
    if isinstance(check, frozenset):
        return f" {' or '.join(sorted(map(str, check)))}" if len(check) <= _FEW else ", one of a closed list"
    if isinstance(check, type | UnionType | list):
        return ""
    return f" ({check.__name__.strip('_').replace('_', ' ')})"


_ABSENT: Final = " absent"
_FEW: Final = 3  # literals that are named one by one


def _header_condition(name: str, check: Any) -> Callable[[Document], bool]:
    if check is ABSENT:
        return lambda doc: name not in doc.raw.headers
    if isinstance(check, str):
        return lambda doc: doc.raw.headers.get(name, "").startswith(check) and name in doc.raw.headers
    return lambda doc: name in doc.raw.headers and bool(check(doc.raw.headers[name]))


def _member_condition(part: Callable[[Document], Any], checks: Mapping[str, Any]) -> Callable[[Document], bool]:
    tests = compile_members(checks)
    return lambda doc: type(value := part(doc)) is dict and meets(value, tests)


def _first_item(doc: Document) -> Any:
    return doc.value[0] if type(doc.value) is list and doc.value else None


Shape = tuple[Any, ...]
"""The names and types of the members of an object, and of the objects directly inside of it."""


def shape_of(value: dict[str, Any]) -> Shape:
    """Return the shape of an object: all that the types of a signature's members look at."""
    shape: list[Any] = []
    for name, member in value.items():
        shape += (name, type(member))
        if type(inner := _inner(member)) is dict:
            shape += (name, *inner, *map(type, inner.values()))
    return tuple(shape)


def _inner(member: Any) -> Any:
    """Return the first item of a list, anything else as it is."""
    return member[0] if type(member) is list and member else member


_SHAPES: Final = 1_000  # that are remembered: those of real APIs are few, an attacker's are not
_WIDEST: Final = 40  # members; errors have a handful


_Matches = Callable[[Entry, Document], bool]


class Registry:
    """Dialects by name, with an index of their signatures.

    Each signature is filed under one of its conditions, so that a document meets
    only those that have a chance; the order of filing does not matter. Those that
    look at members are picked by the shape of the body, once for each shape.
    """

    def __init__(self, dialects: Iterable[Dialect]) -> None:
        self._dialects = {dialect.name: dialect for dialect in dialects}
        self.entries = [Entry(d, s) for d in self._dialects.values() for s in d.signatures]
        self.shapes: dict[tuple[str | None, Shape], list[Entry]] = {}
        self._by_media: dict[str | None, list[Entry]] = {None: []}  # None: by members, whatever the media type
        self._by_root: dict[tuple[str, str], list[Entry]] = {}
        self._by_header: dict[str, list[Entry]] = {}
        self._of_form: list[Entry] = []
        self._by_status: dict[int, list[Entry]] = {}
        self._anywhere: list[Entry] = []
        for entry in sorted(self.entries, key=lambda entry: -entry.rank):  # the strongest spare testing the others
            self._file(entry)

    def _file(self, entry: Entry) -> None:
        """File a signature under one of its conditions."""
        signature = entry.signature
        if signature.media_types:
            for media_type in signature.media_types:
                self._by_media.setdefault(media_type, []).append(entry)
        elif present := [name for name, check in signature.headers.items() if check is not ABSENT]:
            self._by_header.setdefault(present[0], []).append(entry)
        elif any(check is not ABSENT for check in signature.members.values()):
            self._by_media[None].append(entry)
        elif signature.root is not None:
            self._by_root.setdefault(signature.root, []).append(entry)
        elif signature.item or signature.form not in (None, "json"):
            self._of_form.append(entry)
        elif signature.statuses:
            for status in signature.statuses:
                self._by_status.setdefault(status, []).append(entry)
        else:
            self._anywhere.append(entry)

    def __iter__(self) -> Iterator[Dialect]:
        return iter(self._dialects.values())

    def __contains__(self, name: object) -> bool:
        return name in self._dialects

    def __getitem__(self, name: str) -> Dialect:
        try:
            return self._dialects[name]
        except KeyError:
            raise UnknownDialectError(_remedy(str(name), list(self._dialects))) from None

    def detect(self, doc: Document) -> Dialect | None:
        """Return the dialect with the strongest signature that a document meets."""
        media_type = doc.raw.media_type
        entry = self._best_of_shape(media_type, doc) if media_type in self._by_media else None
        if entry is None:
            if type(doc.value) is dict:
                entry = self._best_of_shape(None, doc)
            entry = self._best(self._others(doc), doc, Entry.matches, entry)
        return None if entry is None else entry.dialect

    def _best(self, entries: list[Entry], doc: Document, matches: _Matches, best: Entry | None = None) -> Entry | None:
        success = 200 <= doc.raw.status < 300
        for entry in entries:
            if best is not None and entry.rank <= best.rank:
                continue
            try:
                if (not success or entry.signature.success) and matches(entry, doc):
                    best = entry
            except Exception:  # noqa: BLE001 - a faulty check of a plug-in is no evidence, and no reason to fail
                doc.note("unreadable", f"a signature of the dialect {entry.dialect.name} failed")
        return best

    def _others(self, doc: Document) -> list[Entry]:
        """Return the signatures that look at something else than members and media type."""
        found = self._by_status.get(doc.raw.status, []) + self._anywhere
        if not self._by_header.keys().isdisjoint(doc.raw.headers):
            found = [e for name in self._by_header if name in doc.raw.headers for e in self._by_header[name]] + found
        if type(doc.value) is dict:
            return found
        return self._by_root.get(doc.root.tag, []) + self._of_form + found if doc.root else self._of_form + found

    def _best_of_shape(self, media_type: str | None, doc: Document) -> Entry | None:
        """Return the strongest signature under a media type; the types of members are looked at once for each shape."""
        filed, value = self._by_media[media_type], doc.value
        if type(value) is not dict:
            return self._best(filed, doc, Entry.matches)
        shape = media_type, shape_of(value)
        found = self.shapes.get(shape)
        if found is None:
            found = [entry for entry in filed if entry.may_match(value)]
            if len(self.shapes) >= _SHAPES:
                self.shapes.clear()
            if len(value) <= _WIDEST:
                self.shapes[shape] = found
        return self._best(found, doc, Entry.matches_within_shape)

    def evidence(self, doc: Document) -> list[tuple[Entry, list[str]]]:
        """Return all signatures with the conditions that are missing: those that match, then by conditions met.

        The first one is what `detect` finds, unless a success is in its way.
        """

        def order(row: tuple[Entry, list[str]]) -> tuple[int, ...]:
            entry, missing = row
            if missing:
                met = [name for name, _ in entry.conditions if name not in missing and not name.endswith(_ABSENT)]
                return 2, len(missing) - len(met), -entry.rank
            return (0 if entry.signature.media_types else 1), -entry.rank

        return sorted(((entry, entry.missing(doc)) for entry in self.entries), key=order)


class UnknownDialectError(LookupError):
    """No dialect has this name; the text names the nearest."""


def _remedy(name: str, known: list[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name[:40].lower(), known, 3, 0.5) or [n for n in known if name[:3].lower() in n][:3]
    listed = f"did you mean {' or '.join(near)}? " if near else ""
    return f"unknown dialect {name[:40]!r}; {listed}`errata dialects` lists all {len(known)}"
