"""From problem types to the responses that OpenAPI shows: one for each status, with an example for each type."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

import msgspec
from msgspec import Struct

from errata._catalog import ProblemType
from errata._contract import Contract
from errata._dialect import Dialect, Format
from errata._error import Error, error_class_of
from errata._translate import respond_with
from errata.openapi._components import Components, pascal
from errata.openapi._declaring import Raisable
from errata.openapi._samples import param_types, sample_problem, schema_of

Codes = Literal["open", "closed"]
"""Open: clients know the codes, and take others as text; closed: no other code is valid."""


class Sent(NamedTuple):
    """What a client gets of one problem type."""

    name: str
    row: ProblemType
    cls: type[Error]
    status: int
    bodies: dict[tuple[str, str], Any]  # by media type and name of the format
    fields: frozenset[str]  # header fields of the dialect's own


class Describer(Struct):
    """Describes errors of one contract within one document."""

    contract: Contract
    components: Components
    codes: Codes = "open"
    known: dict[Raisable, Sent] = {}

    def responses(self, errors: Iterable[Raisable]) -> dict[str, dict[str, Any]]:
        """Return a reference to a response for each status that some errors have."""
        groups: dict[int, dict[str, Sent]] = {}
        for sent in map(self.sent, errors):
            groups.setdefault(sent.status, {})[sent.name] = sent
        # A dialect that fails with 2xx has no response of its own to describe.
        return {str(s): self.response([v for _, v in sorted(groups[s].items())]) for s in sorted(groups) if s >= 400}

    def statuses(self, errors: Iterable[Raisable]) -> set[str]:
        """Return the statuses that some errors have."""
        return {str(sent.status) for sent in map(self.sent, errors)}

    def sent(self, error: Raisable) -> Sent:
        """Return what a client gets of a problem type, found once."""
        if error not in self.known:
            self.known[error] = sent_by(self.contract, error)
        return self.known[error]

    def response(self, group: Sequence[Sent]) -> dict[str, Any]:
        """Return a reference to the response that stands for some types of one status."""
        name = joined(group)
        fields = {field: self.components.add_one("headers", pascal(field), said) for field, said in self.fields(group)}
        content = {media: self.content(name, media, group) for media in media_types(self.contract)}
        parts = {"description": description(group), "headers": fields, "content": content}
        return self.components.add_one("responses", name, {key: part for key, part in parts.items() if part})

    def fields(self, group: Sequence[Sent]) -> Iterable[tuple[str, dict[str, Any]]]:
        """Yield the header fields that the responses to some types have, with what they mean."""
        status, contract = group[0].status, self.contract
        if status in _RETRIED or any("retry_after" in sent.row.public for sent in group):
            yield "Retry-After", _FIELDS["Retry-After"]
        if status == 401 and contract.challenge:
            yield "WWW-Authenticate", {**_FIELDS["WWW-Authenticate"], "example": contract.challenge}
        if status == 405:
            yield "Allow", _FIELDS["Allow"]
        if contract.trace_header is not None:
            yield contract.trace_header, _FIELDS["trace"]
        if contract.languages is not None:
            yield "Content-Language", _FIELDS["Content-Language"]
        for name in sorted({name for sent in group for name in sent.fields}):
            yield name, {"schema": {"type": "string"}}

    def content(self, name: str, media: str, group: Sequence[Sent]) -> dict[str, Any]:
        """Return what some types look like in one media type."""
        dialect = next(d for d, f in offered(self.contract) if bare(f.media_type) == media)
        examples = {
            _example_name(sent, each, media): {"summary": _summary(sent.row), "value": body}
            for sent in group
            for each, body in sent.bodies.items()
            if each[0] == media and body is not None
        }
        if "json" not in media:
            schema: dict[str, Any] = {"type": "string"}
        else:
            schema = self.schema(name, dialect, [(sent, _first_body(sent, media)) for sent in group])
        return {"schema": schema, "examples": examples} if examples else {"schema": schema}

    def schema(self, name: str, dialect: Dialect, group: Sequence[tuple[Sent, Any]]) -> dict[str, Any]:
        """Return the schema of some types: that of the dialect, with their codes and parameters if it shows them."""
        body = self.components.body(dialect)
        there = self.components.sections.get("schemas", {}).get(body.get("$ref", "").rpartition("/")[2], {})
        members = there.get("properties")
        if members is None or not all(isinstance(value, dict) for _, value in group):
            return body
        own = {**self.code(name, members, group), **self.parameters(members, group)}
        if not own:
            return body
        said = description([sent for sent, _ in group])
        return self.components.add_one(
            "schemas", name, {**there, "description": said, "properties": {**members, **own}}
        )

    def code(self, of: str, members: Mapping[str, Any], group: Sequence[tuple[Sent, Any]]) -> dict[str, Any]:
        """Return the member that holds the code, with the codes there are."""
        coded = [(sent.row.code, value) for sent, value in group if sent.row.code is not None]
        name = next((n for n in members if n != "status" and coded and all(_is(v.get(n), c) for c, v in coded)), None)
        if name is None:
            return {}
        values = list(dict.fromkeys(value[name] for _, value in coded))
        kind = {"type": "integer" if isinstance(values[0], int) else "string"}
        closed = self.components.add_one("schemas", f"{of}Code", {**kind, "enum": values})
        return {name: closed if self.codes == "closed" else {"anyOf": [closed, kind]}}

    def parameters(self, members: Mapping[str, Any], group: Sequence[tuple[Sent, Any]]) -> dict[str, Any]:
        """Return the parameters that are extension members beside the dialect's own."""
        found: dict[str, list[Any]] = {}
        for sent, value in group:
            types = param_types(sent.cls)
            for name in sent.row.extending:
                if name in value and name not in members:
                    schema = self.components.schema(*schema_of(types[name]))
                    found.setdefault(name, []).append(schema)
        # Types that mean different things by one name leave it open.
        return {name: schemas[0] if all(s == schemas[0] for s in schemas) else {} for name, schemas in found.items()}


_RETRIED: Final = frozenset({429, 503})

_FIELDS: Final[Mapping[str, dict[str, Any]]] = {
    "Retry-After": {
        "description": "The seconds to wait before the next try.",
        "schema": {"type": "integer", "minimum": 0},
        "example": 30,
    },
    "WWW-Authenticate": {"description": "How to authenticate.", "schema": {"type": "string"}},
    "Allow": {
        "description": "The methods that this address takes.",
        "schema": {"type": "string"},
        "example": "GET, HEAD",
    },
    "Content-Language": {"description": "The language of the texts.", "schema": {"type": "string"}},
    "trace": {"description": "What to quote when asking about this error.", "schema": {"type": "string"}},
}


def class_of(contract: Contract, error: Raisable) -> type[Error]:
    """Return the class of an error that clients see: of a hidden type its alias, of a row the class made for it."""
    catalog = contract.catalog
    if isinstance(error, ProblemType):
        known = catalog.get(error.name)
        cls = error_class_of(error) if known is None or known.code != error.code else catalog.error_class(known)
    else:
        cls = error
    alias = cls.problem_type.alias
    return catalog.error_class(catalog[alias]) if alias is not None and catalog.declares(cls) else cls


def own_class(contract: Contract, cls: type[Error]) -> type[Error]:
    """Return the contract's own class that an error is sent as."""
    if contract.catalog.declares(cls):
        return cls
    return next((contract.fallbacks[each] for each in cls.__mro__ if each in contract.fallbacks), cls)


def sent_by(contract: Contract, error: Raisable) -> Sent:
    """Return what a client gets of a problem type: a sample of it, in each format.

    What is sent as another type is shown as a sample of that one, but for a failed
    validation, which brings violations along.
    """
    cls = class_of(contract, error)
    own = own_class(contract, cls)
    more = "violations" in cls.problem_type.public and "violations" not in own.problem_type.public
    # What the catalog does not have becomes another type yet if it is raised itself.
    problem = sample_problem(contract, cls if more or not contract.catalog.declares(own) else own)
    answers = {(bare(f.media_type), f.name): respond_with(f, problem) for _, f in offered(contract)}
    status = next(iter(answers.values())).status
    bodies = {key: shown(key[0], answer.body) for key, answer in answers.items()}
    fields = frozenset(name for answer in answers.values() for name in answer.headers) - _EVERYWHERE
    row = own.problem_type
    return Sent(cls.problem_type.name if more else row.name, row, own, status, bodies, fields)


_EVERYWHERE: Final = frozenset({
    "cache-control", "content-type", "retry-after", "www-authenticate", "x-content-type-options",
})  # fmt: skip


def offered(contract: Contract) -> list[tuple[Dialect, Format]]:
    """Return the formats that a client can get: one for each media type, unless a house rule chooses among more."""
    pairs = [(dialect, each) for dialect in contract.dialects for each in dialect.formats]
    if contract.choose_format is None and contract.negotiation == "off":
        return pairs[:1]
    first = {bare(pair[1].media_type): pair for pair in reversed(pairs)}
    chosen = contract.choose_format is not None
    return [pair for pair in pairs if pair is first[bare(pair[1].media_type)] or (chosen and pair[0] is pairs[0][0])]


def media_types(contract: Contract) -> list[str]:
    """Return the media types that a contract's errors come in."""
    return [media for media in dict.fromkeys(bare(each.media_type) for _, each in offered(contract)) if media]


def bare(media_type: str) -> str:
    """Return a media type without parameters."""
    return media_type.partition(";")[0].strip()


def shown(media: str, body: bytes) -> Any:
    """Return a body as an example shows it; None where it is neither JSON nor text."""
    try:
        return msgspec.json.decode(body) if "json" in media else body.decode("utf-8")
    except ValueError:
        return None


def _is(value: Any, code: str | None) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | str) and str(value) == code


def _first_body(sent: Sent, media: str) -> Any:
    return next(body for each, body in sent.bodies.items() if each[0] == media)


def _example_name(sent: Sent, each: tuple[str, str], media: str) -> str:
    """Return the type's name, and that of the format where a media type has several."""
    first = next(name for other, name in sent.bodies if other == media)
    return sent.name if each[1] == first else f"{sent.name}-{each[1]}"


_MOST: Final = 3


def joined(group: Sequence[Sent]) -> str:
    """Return the name of the component that stands for some types, the same for the same types."""
    names = [pascal(sent.name) for sent in group]
    if len(names) <= _MOST:
        return "Or".join(names)
    return "Or".join([*names[: _MOST - 1], f"{len(names) - _MOST + 1}Others"])


def description(group: Sequence[Sent]) -> str:
    """Return what some types mean: a line for one, a list for several."""
    lines = list(dict.fromkeys(_line(sent.row) for sent in group))
    return lines[0] if len(lines) == 1 else "\n".join(f"- {line}" for line in lines)


def _line(of: ProblemType) -> str:
    said = " ".join(of.docs.partition("\n\n")[0].split()) or of.title
    code = f"`{of.code}` " if of.code is not None else ""
    instead = f"; use {of.replaced_by}" if of.replaced_by is not None else ""
    return f"{code}{said} (deprecated{instead})" if of.deprecated is not None else code + said


def _summary(of: ProblemType) -> str:
    return f"{of.code}: {of.title}" if of.code is not None else of.title
