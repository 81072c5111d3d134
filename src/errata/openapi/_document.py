"""A whole OpenAPI document, with every operation's errors in the words of a contract."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from errata._contract import Contract
from errata._error import Error
from errata._http import Request
from errata._kind import kind_of
from errata._problem import Problem
from errata._standard import (
    ContentTooLarge,
    InternalError,
    MalformedBody,
    MethodNotAllowed,
    NotAcceptable,
    NotFound,
    PermissionDenied,
    Unauthenticated,
    UnsupportedMediaType,
    ValidationFailed,
    standard_class,
)
from errata.openapi._components import Components, copied
from errata.openapi._declaring import Raisable
from errata.openapi._describing import Codes, Describer

COMMON: Final[tuple[type[Error], ...]] = (
    MalformedBody,
    Unauthenticated,
    NotFound,
    UnsupportedMediaType,
    ValidationFailed,
    InternalError,
)
"""What every framework can answer with; each is described where it can happen."""

# What no operation answers, because the request reached none.
_GENERAL: Final = (NotFound, MethodNotAllowed)

_METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class Operation(NamedTuple):
    """What of an operation decides which errors can happen."""

    path: str
    method: str
    spec: Mapping[str, Any]
    parameters: Sequence[Any]
    security: Sequence[Any]

    @property
    def has_body(self) -> bool:
        """Tell whether it takes a body."""
        return "requestBody" in self.spec

    @property
    def has_input(self) -> bool:
        """Tell whether there is anything that may be invalid."""
        return self.has_body or bool(self.parameters)

    @property
    def is_secured(self) -> bool:
        """Tell whether it asks who is calling; that it may be nobody does not make a wrong password right."""
        return any(self.security)

    @property
    def may_miss(self) -> bool:
        """Tell whether its address may lead to nothing."""
        return "{" in self.path


# Where a standard error can happen; those that are not listed can happen anywhere.
_WHERE: Final[Mapping[type[Error], Callable[[Operation], bool]]] = {
    ContentTooLarge: lambda each: each.has_body,
    MalformedBody: lambda each: each.has_body,
    NotFound: lambda each: each.may_miss,
    PermissionDenied: lambda each: each.is_secured,
    Unauthenticated: lambda each: each.is_secured,
    UnsupportedMediaType: lambda each: each.has_body,
    ValidationFailed: lambda each: each.has_input,
}


def described(
    document: Mapping[str, Any],
    contract: Contract,
    declared: Mapping[str, Sequence[Raisable]] | None = None,
    *,
    common: Sequence[type[Error]] = COMMON,
    codes: Codes = "open",
) -> dict[str, Any]:
    """Return a copy of an OpenAPI document (3.0 or newer) that describes the errors of each operation.

    `declared` says which operation raises what, by `GET /orders/{number}` or by its
    operationId. `common` are standard errors that are added to each operation where
    they can happen. A response that the document has is left, but for the content
    and the header fields that it does not mention. Raises ValueError for a document
    of another kind.
    """
    version = str(document.get("openapi", ""))
    if not version.startswith("3."):
        raise ValueError(f"a document of version {version or None!r} is not OpenAPI 3; convert it first")
    result: dict[str, Any] = copied(document)
    components = Components(result.setdefault("components", {}), version)
    describer = Describer(contract, components, codes)
    describers = {id(contract): describer}
    found = declared or {}
    for path, item in (result.get("paths") or {}).items():
        for method in filter(item.__contains__, _METHODS):
            operation = _operation(result, path, method)
            raised = found.get(f"{operation.method} {path}") or found.get(operation.spec.get("operationId", ""), ())
            chosen = selected(contract, operation)
            own = describers.setdefault(id(chosen), Describer(chosen, components, codes))
            _complete(item[method], own, raised, _happening(own, operation, raised, common))
    for error in _GENERAL:
        describer.responses([error])
    result["components"] = {name: section for name, section in result["components"].items() if section}
    return result


def _operation(document: Mapping[str, Any], path: str, method: str) -> Operation:
    item = document["paths"][path]
    spec = item[method]
    parameters = [*item.get("parameters", ()), *spec.get("parameters", ())]
    security = spec.get("security", document.get("security") or ())
    return Operation(path, method.upper(), spec, parameters, security)


def selected(contract: Contract, operation: Operation) -> Contract:
    """Return the contract that answers an operation, as far as its method and path tell."""
    if contract.select is None:
        return contract
    try:
        other = contract.select(Request(operation.method, operation.path))
    except Exception:  # noqa: BLE001 - a rule that needs a real request
        return contract
    return other if isinstance(other, Contract) else contract


def _happening(
    describer: Describer, operation: Operation, raised: Sequence[Raisable], common: Sequence[type[Error]]
) -> list[type[Error]]:
    """Return the common errors that can happen; an operation that raises its own says itself what is not found."""
    strict = (NotAcceptable,) if describer.contract.negotiation == "strict" else ()
    says_missing = any(describer.sent(each).row.kind == "not_found" for each in raised)
    return [
        each
        for each in (*common, *strict)
        if next((_WHERE[cls](operation) for cls in each.__mro__ if cls in _WHERE), True)
        and not (says_missing and issubclass(each, NotFound))
    ]


def _complete(
    spec: dict[str, Any], describer: Describer, raised: Sequence[Raisable], happening: Sequence[type[Error]]
) -> None:
    """Add to an operation the responses that it does not describe itself."""
    theirs = {str(status): response for status, response in (spec.get("responses") or {}).items()}
    named = describer.statuses(raised)
    ours = describer.responses([*raised, *happening])
    for status, response in theirs.items():
        if _says_nothing(status, response):
            reference = ours.get(status) or describer.responses([_standard(status)]).get(status)
            theirs[status] = {**_resolved(describer.components, reference), **response} if reference else response
    for status, reference in ours.items():
        if status in named or f"{status[0]}XX" not in theirs:
            theirs.setdefault(status, reference)
    spec["responses"] = theirs


def _says_nothing(status: str, response: Mapping[str, Any]) -> bool:
    """Tell whether a response to an error was given no more than a description."""
    return status.isdecimal() and 400 <= int(status) < 600 and not {"content", "$ref"} & response.keys()


def _standard(status: str) -> type[Error]:
    return standard_class(Problem(status=int(status), kind=kind_of(int(status))))


def _resolved(components: Components, reference: Mapping[str, Any]) -> dict[str, Any]:
    response: dict[str, Any] = copied(components.sections["responses"][reference["$ref"].rpartition("/")[2]])
    return response
