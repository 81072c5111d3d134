"""From an old error format to a new one: both in one body for a while, or each for its own clients."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from functools import cached_property
from typing import Any, Final, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from errata._body import Document, Wire
from errata._catalog import CatalogError
from errata._contract import Contract, varying
from errata._dialect import Dialect, Format, Registry, format_of
from errata._http import Headers, RawResponse, Request, is_field_name
from errata._json import write_json
from errata._problem import Problem, Resource, Violation
from errata._read import dialect_of

__all__ = ["both", "by_header", "by_path"]

Side = Literal["old", "new"]
Body = dict[str, Any]


_JSON: Final = re.compile(r"[\w.+-]+/[\w.+-]*json[\w.+-]*( ?;[ -~]*)?", re.ASCII)


def both(  # noqa: PLR0913 - all there is to say of a migration, each by its name
    old: Dialect | str,
    new: Dialect | str,
    *,
    prefer: Mapping[str, Side] | None = None,
    sunset: date | datetime | None = None,
    deprecated: date | datetime | None = None,
    link: str | None = None,
    ends: bool = False,
    media_type: str | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Dialect:
    """Return a dialect whose bodies have the members of two JSON formats, for old and new clients alike.

    A member that both have with different values is refused, and so is one that
    would mislead the clients of the other format, unless `prefer` says whose it is,
    by its dotted name: then the other format goes without it. The media type is that
    of the old format unless given. `sunset` (RFC 8594) and `deprecated` (RFC 9745)
    become header fields, `link` leads to what there is to read; a date is its
    midnight in UTC. From the sunset on only the new format is written, if the old
    one `ends`. Raises CatalogError.
    """
    for said in sorted(set((prefer or {}).values()) - {"old", "new"}):
        raise CatalogError(f'prefer says {said!r:.80} of a member; say "old" or "new"')
    if media_type is not None and not _JSON.fullmatch(media_type):
        raise CatalogError(f"{media_type!r:.80} is no media type of JSON; write one such as application/json")
    halves = _half(dialect_of(old), "old"), _half(dialect_of(new), "new")
    pair = _Pair(*halves, prefer or {})
    notice = _Notice(_moment(sunset), _moment(deprecated), link, ends, now)
    _check_notice(notice)
    _check_pair(pair)
    older, newer = pair.old.dialect, pair.new.dialect

    def write(problem: Problem) -> bytes:
        return pair.new.format.write(problem) if notice.is_over() else write_json(pair.members(problem, []))

    def head(problem: Problem) -> Mapping[str, str]:
        if notice.is_over():
            return {**pair.new.head(problem), "content-type": pair.new.format.media_type}
        return {**pair.old.head(problem), **pair.new.head(problem), **notice.fields}

    return Dialect(
        name=f"{older.name}-and-{newer.name}",
        title=f"{older.title}, together with {newer.title}",
        source=f"{older.source}; {newer.source}",
        read=pair.read,
        formats=(format_of("json", media_type or pair.old.format.media_type, write, head=head),),
        signatures=(*newer.signatures, *older.signatures),
        fields=_fields(older, newer),
        statuses=_common(older.statuses, newer.statuses),
        codes=_common_codes(older.codes, newer.codes),
    )


# ---- the two formats ----


class _Half(Struct, frozen=True):
    """One of two formats: the names it may write, and those that it always writes."""

    side: Side
    dialect: Dialect
    format: Format
    names: frozenset[str]
    always: frozenset[str]
    registry: Registry

    def head(self, problem: Problem) -> Mapping[str, str]:
        """Return the further header fields of a problem."""
        return {} if self.format.head is None else self.format.head(problem)

    def is_in(self, doc: Document) -> bool:
        """Tell whether a document is in this format, whatever else is in it."""
        complete = isinstance(doc.value, dict) and bool(self.always) and self.always <= doc.value.keys()
        return complete or self.registry.detect(doc) is not None


class _Pair(Struct, frozen=True, dict=True):
    """The old format and the new one, and whose the members are that both could have."""

    old: _Half
    new: _Half
    prefer: Mapping[str, Side]

    def other(self, half: _Half) -> _Half:
        """Return the other one of the two."""
        return self.new if half is self.old else self.old

    def members(self, problem: Problem, conflicts: "list[_Conflict]") -> Body:
        """Return the members of both formats, and note where they differ."""
        return _joined(self.own(self.old, problem), self.own(self.new, problem), self.prefer, "", conflicts)

    def own(self, half: _Half, problem: Problem) -> Body:
        """Return the members of one format, without extension members that pass for the other one's."""
        kept = {name: value for name, value in problem.extensions.items() if name not in self.other(half).names}
        written: Body = msgspec.json.decode(half.format.write(problem.replace(extensions=kept)))
        return written

    def read(self, doc: Document) -> Problem:
        """Return what a document says in the new format, or in the old one where there is no other.

        Of the old format is taken what the new one gave up to it.
        """
        is_old, is_new = self.old.is_in(doc), self.new.is_in(doc)
        if is_old and not is_new:
            return self.read_by(self.old, doc)
        problem = self.read_by(self.new, doc)
        if not is_old or not self.given_up:
            return problem
        older = self.read_by(self.old, Document(doc.raw))
        return problem.replace(**{name: value for name in self.given_up if (value := getattr(older, name))})

    def read_by(self, half: _Half, doc: Document) -> Problem:
        """Return what a document says in one format; what is the other one's is not looked at."""
        other = self.other(half)
        if self.prefer and isinstance(doc.value, dict):
            doc.value = _without(doc.value, self.prefer, other.side, "")
        problem = half.dialect.read(doc)
        own = {name: value for name, value in problem.extensions.items() if name not in other.names - half.names}
        return problem if len(own) == len(problem.extensions) else problem.replace(extensions=own)

    @cached_property
    def given_up(self) -> frozenset[str]:
        """Return the members of a problem that the new format would carry, had it all of its own members."""
        found: set[str] = set()
        for sample in _SAMPLES:
            doc = _document(self.new, sample, self.own(self.new, sample))
            whole, rest = self.new.dialect.read(doc), self.read_by(self.new, doc)
            found |= {name for name in Problem.__struct_fields__ if getattr(whole, name) != getattr(rest, name)}
        return frozenset(found) - {"extensions"}


def _document(half: _Half, problem: Problem, members: Body) -> Document:
    return Document(RawResponse(problem.status or 500, half.format.headers, write_json(members)))


_PLACE: Final = Violation(path=("lines", 0, "amount"), location="body", detail="must be 1 or more", code="min")
_SAMPLES: Final = (
    Problem(status=404, code="NOT_FOUND", title="Not Found", detail="There is no order 7.", trace_id="t-1"),
    Problem(status=404, code="3001", title="Not Found", detail="There is no order 7.", trace_id="t-1"),
    Problem(status=422, title="Unprocessable Content", detail="The request is not valid.", violations=(_PLACE,)),
    Problem(status=500, title="Internal Server Error", trace_id="t-1"),
    Problem(
        status=409, code="TAKEN", kind="already_exists", type="https://shop.example/taken", title="Taken",
        detail="It is taken.", instance="/orders/7", violations=(_PLACE, _PLACE), retry_after=5.0,
        resource=Resource("order", "7"), trace_id="t-1", help="https://shop.example/help", extensions={"sku": "a-1"},
    ),
)  # fmt: skip

# What else a format may write: some have members for several errors at once, or for single statuses.
_MORE: Final = (
    Problem(status=422, problems=(_SAMPLES[0], _SAMPLES[2])),
    Problem(status=429, code="LATER", detail="Later.", retry_after=1.5),
    *(Problem(status=status, detail="No.") for status in (400, 401, 403, 404, 409, 422, 500, 503)),
)


def _half(dialect: Dialect, side: Side) -> _Half:
    """Return a format that can be joined with another one; raises CatalogError for any other."""
    chosen = next((f for f in dialect.formats if "json" in f.media_type), None)
    if chosen is None:
        raise CatalogError(f"the {side} format {dialect.name} is no JSON; only members of JSON objects can be joined")
    if chosen.status is not None:
        raise CatalogError(
            f"the {side} format {dialect.name} has HTTP statuses of its own, and a response has one; "
            "use by_path or by_header instead"
        )
    bodies = [msgspec.json.decode(chosen.write(sample)) for sample in (*_SAMPLES, *_MORE)]
    if not all(isinstance(body, dict) for body in bodies):
        raise CatalogError(f"the {side} format {dialect.name} is a list; only members of JSON objects can be joined")
    declared = {f.encode_name for f in msgspec.structs.fields(dialect.fields)} if dialect.fields else set[str]()
    names = declared.union(*bodies) - {"sku"}
    return _Half(
        side, dialect, chosen, frozenset(names), frozenset.intersection(*map(frozenset, bodies)), Registry([dialect])
    )


# ---- joining ----


class _Conflict(Struct, frozen=True):
    """A member that both formats have with different values."""

    path: str
    old: Any
    new: Any


def _joined(old: Body, new: Body, prefer: Mapping[str, Side], above: str, conflicts: list[_Conflict]) -> Body:
    """Return the members of two objects; where they differ and nobody owns the member, the new one counts."""
    joined: Body = {}
    for name in {**new, **old}:
        path = above + name
        given = [(side, members[name]) for side, members in (("old", old), ("new", new)) if name in members]
        kept = [value for side, value in given if prefer.get(path, side) == side]
        if kept:
            joined[name] = _value(kept[0], kept[-1], prefer, path, conflicts)
    return joined


def _value(old: Any, new: Any, prefer: Mapping[str, Side], path: str, conflicts: list[_Conflict]) -> Any:
    if old is not new:
        if isinstance(old, dict) and isinstance(new, dict):
            return _joined(old, new, prefer, f"{path}.", conflicts)
        if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
            return [_value(*pair, prefer, path, conflicts) for pair in zip(old, new, strict=True)]
        if type(old) is not type(new) or old != new:
            conflicts.append(_Conflict(path, old, new))
    return new


def _without(members: Body, prefer: Mapping[str, Side], side: Side, above: str) -> Body:
    """Return the members of an object but for those that are owned by one side."""
    return {
        name: _without(value, prefer, side, f"{above}{name}.") if isinstance(value, dict) else value
        for name, value in members.items()
        if prefer.get(above + name) != side
    }


# ---- what is refused ----


def _check_pair(pair: _Pair) -> None:
    """Raise CatalogError when the formats get in each other's way, and nobody said whose a member is."""
    for sample in _SAMPLES:
        conflicts: list[_Conflict] = []
        body = pair.members(sample, conflicts)
        for conflict in conflicts:
            raise CatalogError(
                f"{pair.old.dialect.name} and {pair.new.dialect.name} both write the member {conflict.path!r}, the old "
                f"one as {conflict.old!r:.80}, the new one as {conflict.new!r:.80} (for {sample}); "
                f'say whose it is: prefer={{"{conflict.path}": "old"}}, or "new"'
            )
        _check_reading(pair, pair.old, sample, body)
        _check_reading(pair, pair.new, sample, body)


def _check_reading(pair: _Pair, half: _Half, sample: Problem, body: Body) -> None:
    """Raise CatalogError when who reads one format takes a member of the other one for its own."""

    def read(members: Body) -> Problem:
        return pair.read_by(half, _document(half, sample, members)).replace(extensions={})

    alone = pair.own(half, sample)
    expected = read(alone)
    if read(body) == expected:
        return
    guilty = next((name for name, value in body.items() if read({**alone, name: value}) != expected), "")
    raise CatalogError(
        f"who reads {half.dialect.name} is misled by the member {guilty!r} of {pair.other(half).dialect.name} "
        f'(for {sample}); say whose it is: prefer={{"{guilty}": "old"}}, or "new"'
    )


class _Notice(Struct, frozen=True):
    """When the old format goes, and where there is more about it."""

    sunset: datetime | None
    deprecated: datetime | None
    link: str | None
    ends: bool
    now: Callable[[], datetime]

    def is_over(self) -> bool:
        """Tell whether the old format is not written any more."""
        # A time without a zone is that of the machine.
        return self.ends and self.sunset is not None and self.now().astimezone(UTC) >= self.sunset

    @property
    def fields(self) -> dict[str, str]:
        """Return the header fields that say so."""
        said: dict[str, str] = {}
        if self.deprecated is not None:
            said["deprecation"] = f"@{int(self.deprecated.timestamp())}"  # a date of RFC 9651 section 3.3.7
        if self.sunset is not None:
            said["sunset"] = format_datetime(self.sunset, usegmt=True)
        if self.link is not None:
            named = (("deprecation", self.deprecated), ("sunset", self.sunset))
            said["link"] = f'<{self.link}>; rel="{" ".join(rel for rel, when in named if when)}"'
        return said


def _check_notice(notice: _Notice) -> None:
    if notice.ends and notice.sunset is None:
        raise CatalogError("the old format ends with the sunset, and there is none; give sunset=date(...)")
    if notice.sunset and notice.deprecated and notice.sunset < notice.deprecated:
        raise CatalogError(
            f"the sunset {notice.sunset} is before the deprecation {notice.deprecated}; RFC 9745 forbids it"
        )
    if notice.link is None:
        return
    if not (notice.sunset or notice.deprecated):
        raise CatalogError("a link says more about a date, and there is none; give sunset= or deprecated=")
    if not notice.link or not notice.link.isascii() or not notice.link.isprintable() or set(notice.link) & set(' <>"'):
        raise CatalogError(f"the link {notice.link!r:.80} is no URI; write it without blanks and brackets")


def _moment(day: object) -> datetime | None:
    """Return the moment of a day in UTC; raises CatalogError for what has none."""
    if day is None:
        return None
    if not isinstance(day, date):
        raise CatalogError(f"{day!r:.80} is no date; write date(...), or datetime(..., tzinfo=UTC)")
    if not isinstance(day, datetime):
        return datetime.combine(day, time(), UTC)
    if day.tzinfo is None:
        raise CatalogError(f"{day!r} has no time zone; write datetime(..., tzinfo=UTC), or a date")
    try:
        return day.astimezone(UTC)
    except OverflowError:
        raise CatalogError(f"{day!r} is no date that can be told in UTC; write a nearer one") from None


# ---- what the joined dialect declares ----


def _fields(old: Dialect, new: Dialect) -> type[Wire] | None:
    """Return the wire type with the members of both, each optional; None when one of the formats has none."""
    if old.fields is None or new.fields is None:
        return None
    types: dict[str, list[Any]] = {}
    for part in (old.fields, new.fields):
        for member in msgspec.structs.fields(part):
            types.setdefault(member.encode_name, []).append(member.type)
    members = [
        (f"member_{n}", _optional(found), msgspec.field(name=name, default=UNSET))
        for n, (name, found) in enumerate(types.items())
    ]
    strict = all(part.__struct_config__.forbid_unknown_fields for part in (old.fields, new.fields))
    made: Any = msgspec.defstruct("Both", members, bases=(Wire,), forbid_unknown_fields=strict, kw_only=True)
    wire: type[Wire] = made
    return wire


def _optional(types: list[Any]) -> Any:
    same = all(found == types[0] for found in types)
    return types[0] | UnsetType if same else Any


def _common(old: frozenset[int] | None, new: frozenset[int] | None) -> frozenset[int] | None:
    return new if old is None else old if new is None else old & new


def _common_codes(old: Mapping[str, int] | None, new: Mapping[str, int] | None) -> Mapping[str, int] | None:
    if old is None or new is None:
        return new if old is None else old
    return {code: status for code, status in old.items() if new.get(code) == status}


# ---- each format for its own clients ----


def by_path(contract: Contract, others: Mapping[str, Contract]) -> Contract:
    """Return a contract that leaves the requests below some paths to others: `{"/v1/": old}`, the longest first."""
    for prefix in others:
        if not prefix.startswith("/"):
            raise CatalogError(f"the path {prefix!r} does not start with a slash")
    _check_chosen(others)
    table = sorted(((prefix.rstrip("/"), other) for prefix, other in others.items()), key=lambda row: -len(row[0]))

    def select(request: Request) -> Contract | None:
        path = request.path
        found = next((other for prefix, other in table if path == prefix or path.startswith(f"{prefix}/")), None)
        return found or _before(contract, request)

    return contract.replace(select=select)


def by_header(contract: Contract, name: str, others: Mapping[str, Contract]) -> Contract:
    """Return a contract that leaves the requests with some values of a header field to others: `{"1": old}`.

    All its responses say that they vary by the field.
    """
    if not is_field_name(name):
        raise CatalogError(f"{name!r} is no name of a header field")
    _check_chosen(others)
    table = dict(others)

    def select(request: Request) -> Contract | None:
        return table.get(request.headers.get(name.lower(), "").strip()) or _before(contract, request)

    parts: dict[str, Any] = {part: getattr(contract, part) for part in contract.__struct_fields__}
    parts |= {"select": select, "fields": (*parts.get("fields", ()), name)}
    return _Varied(**parts)


def _check_chosen(others: Mapping[str, Contract]) -> None:
    """Raise CatalogError for a contract that would choose another one: it would not be asked."""
    for value, other in others.items():
        if other.select is not None:
            raise CatalogError(
                f"{value!r}: a contract that is chosen chooses no other; put one choice around the other instead, "
                "as by_header(by_path(new, {...}), ...)"
            )


def _before(contract: Contract, request: Request) -> Contract | None:
    """Return what the contract selected by itself."""
    return None if contract.select is None else contract.select(request)


class _Varied(Contract, frozen=True, dict=True):
    """A contract whose responses depend on fields of the request."""

    fields: tuple[str, ...] = ()

    def respond(
        self,
        error: BaseException | Problem,
        request: Request = Request(),  # noqa: B008 - a value
        headers: Mapping[str, str] | None = None,
    ) -> RawResponse:
        """Return the response to an error, which names the fields in `Vary`."""
        response = super().respond(error, request, headers)
        vary = response.headers.get("vary")
        for name in self.fields:
            vary = varying(vary, name)
        return replace(response, headers=Headers({**response.headers, "vary": vary or ""}))
