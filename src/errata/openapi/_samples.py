"""A sample occurrence of a problem type, made from what its parameters are declared to be."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, get_type_hints
from uuid import UUID

import msgspec

from errata._contract import Contract
from errata._error import Error
from errata._http import Request
from errata._problem import Problem, Resource, Violation

TRACE_ID: Final = "0af7651916cd43dd8448eb211c80319c"
_REQUEST: Final = Request(headers={"traceparent": f"00-{TRACE_ID}-b7ad6b7169203331-01"})

# What a parameter is in a catalog that came from a file.
_TYPES: Final[Mapping[str, type]] = {
    cls.__name__: cls for cls in (bool, date, datetime, Decimal, float, int, str, time, timedelta, UUID)
}

# Parameters that fill a member of the problem.
_MEMBERS: Final[Mapping[str, Any]] = {
    "extensions": {},
    "help": "https://example.com/help",
    "instance": "/example",
    "problems": (Problem(status=400, title="Bad Request"),),
    "resource": Resource(type="thing", id="7"),
    "retry_after": 30.0,
    "trace_id": TRACE_ID,
    "violations": (Violation(path=("amount",), location="body", detail="must be 1 or more", code="min"),),
}

_TEXTS: Final[Mapping[str, str]] = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "decimal": "7.5",
    "duration": "PT30S",
    "time": "12:00:00Z",
    "uuid": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
}
_NUMBER: Final = 7
_BASE64: Final = "AAEC"


def sample_problem(contract: Contract, cls: type[Error]) -> Problem:
    """Return what a client sees of a sample occurrence; its trace id is always the same."""
    try:
        problem = contract.problem(sample(cls), _REQUEST)
    except Exception:  # noqa: BLE001 - a template or a house rule that no made-up value satisfies
        problem = cls.problem_type.bare
    return problem.replace(trace_id=TRACE_ID)


def sample(cls: type[Error]) -> Error:
    """Return an occurrence in which every parameter has a value."""
    types = param_types(cls)
    error = cls(**{p.name: _value(p.name, types[p.name]) for p in cls.problem_type.params if p.required})
    empty = [name for name, value in error.params.items() if value is None or value == ()]
    return cls(**{**error.params, **{name: _value(name, types[name]) for name in empty}})


def param_types(cls: type[Error]) -> dict[str, Any]:
    """Return the type of each parameter, as far as it can be told; else text."""
    try:
        hints = get_type_hints(cls, include_extras=True)
    except Exception:  # noqa: BLE001 - what cannot be told is text
        hints = {}
    params = cls.problem_type.params
    return {p.name: hints.get(p.name) or _TYPES.get(p.type.removesuffix(" | None"), str) for p in params}


def schema_of(hint: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the JSON Schema of a type, and those it refers to as `#/$defs/...`; of an unknown type an open one."""
    try:
        (schema,), parts = msgspec.json.schema_components([hint], ref_template="#/$defs/{name}")
    except Exception:  # noqa: BLE001 - the type may be anybody's
        return {}, {}
    return schema, parts


def _value(name: str, hint: Any) -> Any:
    if name in _MEMBERS:
        return _MEMBERS[name]
    schema, parts = schema_of(hint)
    plain = _example(schema, parts, name)
    try:
        return msgspec.convert(plain, hint, strict=False)
    except Exception:  # noqa: BLE001 - close enough to be shown
        return plain


def _example(schema: Mapping[str, Any], parts: Mapping[str, Any], name: str) -> Any:
    """Return a value that fits a schema; text is the name of what it stands for."""
    if "$ref" in schema:
        return _example(parts[schema["$ref"].rpartition("/")[2]], parts, name)
    if given := schema.get("examples"):
        return given[0]
    if "enum" in schema or "const" in schema:
        return next((each for each in schema.get("enum", [schema.get("const")]) if each is not None), None)
    if "anyOf" in schema:
        return _example(next((each for each in schema["anyOf"] if each != {"type": "null"}), {}), parts, name)
    make = _MADE.get(schema.get("type", "")) or _a_text
    return make(schema, parts, name)


def _an_object(schema: Mapping[str, Any], parts: Mapping[str, Any], _: str) -> dict[str, Any]:
    members = schema.get("properties", {})
    return {each: _example(members[each], parts, each) for each in schema.get("required", ())}


def _a_list(schema: Mapping[str, Any], parts: Mapping[str, Any], name: str) -> list[Any]:
    if "prefixItems" in schema:
        return [_example(each, parts, name) for each in schema["prefixItems"]]
    items = schema.get("items", {})
    empty = schema.get("maxItems") == 0 or "$ref" in items  # what refers may refer to itself
    return [] if empty else [_example(items, parts, name)]


def _a_number(schema: Mapping[str, Any], _parts: object, _name: str) -> float:
    number: float = min(max(schema.get("minimum", _NUMBER), _NUMBER), schema.get("maximum", _NUMBER))
    return number


def _a_text(schema: Mapping[str, Any], _: object, name: str) -> str:
    if "contentEncoding" in schema:
        return _BASE64
    return _TEXTS.get(schema.get("format", ""), name)


_Make = Callable[[Mapping[str, Any], Mapping[str, Any], str], Any]
_MADE: Final[Mapping[str, _Make]] = {
    "array": _a_list,
    "boolean": lambda _schema, _parts, _name: True,
    "integer": _a_number,
    "null": lambda _schema, _parts, _name: None,
    "number": _a_number,
    "object": _an_object,
}
