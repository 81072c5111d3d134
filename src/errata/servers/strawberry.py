"""Strawberry: every error of a GraphQL schema leaves in its contract, as an error of GraphQL with extensions."""

from __future__ import annotations

from errata._extra import needs

needs(__name__, "strawberry", "graphql")

from collections.abc import Iterator, Mapping
from functools import partial
from inspect import isawaitable
from traceback import walk_tb
from typing import Any, Final, TypeVar

import msgspec
from cross_web import HTTPException
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.exceptions import MissingQueryError
from strawberry.extensions import SchemaExtension
from strawberry.schema import BaseSchema
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from errata._contract import Contract
from errata._error import Error
from errata._http import Headers, RawResponse, Request
from errata._json import write_json
from errata._problem import Problem, Violation, path_from_text
from errata._read import read
from errata._standard import InvalidArgument, MalformedBody, UnsupportedMediaType, ValidationFailed, standard_class
from errata.servers._fixed import in_dialect
from errata.servers._refusal import refusal

_S = TypeVar("_S", bound=BaseSchema)
_V = TypeVar("_V", bound=type)


def install(schema: _S, contract: Contract) -> _S:
    """Make a schema answer all errors in a contract; returns the same schema.

    Each error keeps its place, and gets the message and the extensions that the
    contract gives it; data of other fields survive. They are logged to the logger
    `errata`, in place of Strawberry's own logging of every text; what a schema class
    of your own does in `process_errors` happens before.
    """
    said = in_dialect(contract, "graphql")
    own = type(schema).process_errors

    def process_errors(errors: list[GraphQLError], execution_context: Any = None) -> None:
        if own is not BaseSchema.process_errors:
            own(schema, errors, execution_context)
        _answer(errors, said, execution_context)

    schema.process_errors = process_errors  # type: ignore[method-assign]
    if getattr(schema.config, "enable_experimental_incremental_execution", False):
        changed: Any = schema
        others = [e for e in changed.extensions if getattr(e, "func", None) is not _Frames]
        changed.extensions = (*others, partial(_Frames, said))
    return schema


def raising(view: _V) -> _V:
    """Return a view class that raises what Strawberry refuses before there is an operation.

    A body that is no JSON, another media type, a request without a query: a view
    answers these in plain text. Raised, they are answered by the contract that is
    installed in the framework around it.
    """
    base: Any = view

    class Raising(base):  # type: ignore[misc]
        def run(self, *args: Any, **kwargs: Any) -> Any:
            with _Refused():
                result = super().run(*args, **kwargs)
            return _awaited(result) if isawaitable(result) else result

    Raising.__name__, Raising.__qualname__ = view.__name__, view.__qualname__
    raised: Any = Raising
    return raised  # type: ignore[no-any-return]


async def _awaited(result: Any) -> Any:
    with _Refused():
        return await result


class _Refused:
    """A block that raises the standard error in place of an HTTPException of Strawberry."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, HTTPException):
            known = _REASONS.get(error.reason)
            raise known() if known is not None else refusal(error.status_code, error.reason)


_REASONS: Final[Mapping[str, type[Error]]] = {
    "Unable to parse request body as JSON": MalformedBody,
    "Unsupported content type": UnsupportedMediaType,
}


# ---- the errors of one result ----


class _Frames(SchemaExtension):
    """Answers the errors in later parts of a result that comes in several, which Strawberry does not look at."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    def on_stream_result(self, result: Any) -> Iterator[None]:
        for part in (*(getattr(result, "incremental", None) or ()), *(getattr(result, "completed", None) or ())):
            if part.errors:
                _answer(part.errors, self._contract, self.execution_context)
        yield None


def _answer(errors: list[GraphQLError], contract: Contract, execution_context: Any) -> None:
    """Rewrite errors as the contract says them: in place, as Strawberry has given them to others already."""
    request = _request(execution_context)
    answered: list[GraphQLError] = []
    for error in errors:
        first, *further = _items(contract.respond(meant(error), request))
        error.message, error.extensions = first["message"], first.get("extensions", {})
        answered += [error, *(_beside(error, item) for item in further)]
    if len(answered) > len(errors):
        errors[:] = answered


def _items(response: RawResponse) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = msgspec.json.decode(response.body).get("errors")
    return items or [{"message": "Internal Server Error"}]


def _beside(error: GraphQLError, item: dict[str, Any]) -> GraphQLError:
    """Return an inner problem as an error at the same place."""
    place = (error.nodes, error.source, error.positions, error.path)
    return GraphQLError(item["message"], *place, extensions=item.get("extensions"))


def _request(execution_context: Any) -> Request:
    """Return the request that an operation came with, as far as the framework around it tells."""
    context = getattr(execution_context, "context", None)
    request = context.get("request") if isinstance(context, Mapping) else getattr(context, "request", None)
    path = getattr(getattr(request, "url", request), "path", None)
    try:
        headers = Headers([(str(name), str(value)) for name, value in request.headers.items()])  # type: ignore[union-attr]
    except Exception:  # noqa: BLE001 - of any framework: there are no header fields then
        headers = Headers()
    return Request(str(getattr(request, "method", "POST")), str(path or "/"), headers)


# ---- what an error of GraphQL means ----

_CHOICES: Final = (CannotGetOperationTypeError, InvalidOperationTypeError, MissingQueryError)


def meant(error: GraphQLError) -> Exception:
    """Return what an error of GraphQL stands for: what a resolver raised, or a standard error of GraphQL's own."""
    cause = _cause(error)
    return cause if isinstance(cause, Error) else _refused(error, cause) or _raised(error, cause)


def _refused(error: GraphQLError, cause: Exception) -> Error | None:
    """Return the error of an operation that cannot be read or chosen, or of a value that does not fit."""
    if isinstance(error, GraphQLSyntaxError):
        return _refuse(MalformedBody, "GRAPHQL_PARSE_FAILED", _without_token(error.message))
    if isinstance(cause, _CHOICES):
        code = "BAD_REQUEST" if isinstance(cause, MissingQueryError) else "OPERATION_RESOLUTION_FAILURE"
        return _refuse(InvalidArgument, code, error.message)
    return _faulty_value(error)


def _raised(error: GraphQLError, cause: Exception) -> Exception:
    """Return what was raised; errors of GraphQL are meant to be seen, unless GraphQL itself raised them."""
    if not isinstance(cause, GraphQLError):
        return cause
    modules = _modules(cause)
    if cause.extensions or (modules and modules[-1].partition(".")[0] != "graphql"):
        return _deliberate(cause)
    if error.path:
        return cause  # what a resolver returned does not fit its type, and the text quotes it
    return _refuse(InvalidArgument, "GRAPHQL_VALIDATION_FAILED", error.message)


def _cause(error: GraphQLError) -> Exception:
    """Return the exception at the bottom of an error; the error itself if there is no other."""
    cause: Exception = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def _modules(error: Exception) -> list[str]:
    """Return the names of the modules that an exception went through, from the outermost."""
    return [frame.f_globals.get("__name__", "") for frame, _ in walk_tb(error.__traceback__)]


def _refuse(cls: type[Error], code: str, detail: str, *violations: Violation) -> Error:
    return cls(Problem(status=400, code=code, title="Bad Request", detail=detail, violations=violations))


def _deliberate(error: GraphQLError) -> Error:
    """Return an error that a resolver raised for its client to see: its text and its extensions stay."""
    item = {"message": error.message, "extensions": error.extensions or {}}
    raw = RawResponse(200, {"content-type": "application/json"}, write_json({"errors": [item]}))
    problem = read(raw, "graphql").problem
    if not 400 <= (problem.status or 0) < 600:
        problem = problem.replace(status=400, kind=None)
    return standard_class(problem)(problem)


# ---- values that do not fit, which GraphQL quotes in its texts ----

_COERCING: Final = ("graphql.type.", "graphql.utilities.", "graphql.validation.")
_INVALID: Final = (" has invalid value", " has invalid default value", " got invalid value")


def _faulty_value(error: GraphQLError) -> Error | None:
    """Return the error of a value that does not fit its type, without the value; None for any other error."""
    kind = error.nodes[0].kind if error.nodes else ""
    if not error.path and kind == "variable_definition":
        return _faulty_variable(error.message)
    modules = _modules(error)
    if error.path:
        is_argument = "graphql.execution.values" in modules
        return _refuse(ValidationFailed, "BAD_USER_INPUT", _head_and_fault(error.message)) if is_argument else None
    is_value = kind.endswith("_value") or kind == "object_field"
    if is_value or (not kind and any(module.startswith(_COERCING) for module in modules)):
        return _refuse(InvalidArgument, "GRAPHQL_VALIDATION_FAILED", _fault(error.message))
    return None


def _faulty_variable(message: str) -> Error | None:
    head = next((message.partition(word)[0] for word in _INVALID if word in message), None)
    if head is None:
        return None
    # The place is made of names in the schema, and stands before the value.
    where, _, fault = message.partition(": ")
    place = where.partition(" at .")[2] if _INVALID[2] not in where else ""
    name = head.partition("$")[2].strip("'\"")
    path = ("variables", name, *path_from_text(place))
    violation = Violation(path=path, location="body", detail=_fault(fault))
    return _refuse(ValidationFailed, "BAD_USER_INPUT", f"Variable '${name}' has an invalid value.", violation)


def _head_and_fault(message: str) -> str:
    head, _, fault = message.partition(": ")
    return f"{head}: {_fault(fault)}" if fault else head


_ENDS: Final = {
    "Boolean cannot represent": ": ", "Enum ": ": ", "Expected ": ", found", "Float cannot represent": ": ",
    "ID cannot represent": ": ", "Int cannot represent": ": ", "String cannot represent": ": ",
    "Value cannot represent": ": ", "Within OneOf": ", found",
}  # fmt: skip


def _fault(message: str) -> str:
    """Return what a text of GraphQL says of a type, up to the value that it quotes."""
    if message.startswith(("Value '", 'Value "')):
        return f"The value does not exist in {message.rpartition(' does not exist in ')[2].partition(' enum')[0]}."
    end = next((end for start, end in _ENDS.items() if message.startswith(start)), None)
    if end is None:
        return "The value is not valid."
    said = message.partition(end)[0].partition(", but encountered")[0].partition(". Found")[0]
    return said.removesuffix(".") + "."


_TOKENS: Final = (" String", " BlockString", " Int", " Float")


def _without_token(message: str) -> str:
    """Return the text of a syntax error without the value of a token that has one."""
    for token in _TOKENS:
        for quote in ("'", '"'):
            head, found, _ = message.partition(f"{token} {quote}")
            message = f"{head}{token}." if found else message
    return message
