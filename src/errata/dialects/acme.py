"""ACME's problem documents (RFC 8555 section 6.7): error types as URNs, and subproblems.

What certificate authorities send. Deviations: subproblems are not nested; a code
that is not registered for ACME travels as the extension member `code` beside the
registered type that comes closest, since RFC 8555 keeps the namespace closed.
"""

from typing import Any, Final, cast

import msgspec

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._kind import Kind, kind_of
from errata._problem import Problem, Resource
from errata.dialects._riders import Standard, own_type, read_with, write_with

MEDIA_TYPE: Final = "application/problem+json"
_URN: Final = "urn:ietf:params:acme:error:"
_OLD_URN: Final = "urn:acme:error:"

# The registry of error types (RFC 8555 section 9.7.4 and its successors), each with its kind.
_KINDS: Final[dict[str, Kind | None]] = {
    "accountDoesNotExist": "not_found",
    "alreadyRevoked": "failed_precondition",
    "autoRenewalCanceled": "failed_precondition",
    "autoRenewalExpired": "failed_precondition",
    "autoRenewalCancellationInvalid": "failed_precondition",
    "autoRenewalRevocationNotSupported": "unimplemented",
    "badCSR": "invalid_argument",
    "badNonce": "aborted",
    "badPublicKey": "invalid_argument",
    "badRevocationReason": "invalid_argument",
    "badSignatureAlgorithm": "invalid_argument",
    "caa": "permission_denied",
    "compound": None,
    "connection": "unavailable",
    "dns": "unavailable",
    "externalAccountRequired": "failed_precondition",
    "incorrectResponse": "permission_denied",
    "invalidContact": "invalid_argument",
    "invalidProfile": "invalid_argument",
    "malformed": "invalid_argument",
    "orderNotReady": "failed_precondition",
    "rateLimited": "resource_exhausted",
    "rejectedIdentifier": "permission_denied",
    "serverInternal": "internal",
    "tls": "unavailable",
    "unauthorized": "permission_denied",
    "unknownDelegation": "not_found",
    "unsupportedContact": "invalid_argument",
    "unsupportedIdentifier": "invalid_argument",
    "userActionRequired": "failed_precondition",
    "alreadyReplaced": "already_exists",
}  # fmt: skip

_CLOSEST: Final[dict[Kind | None, str]] = {
    "unauthenticated": "unauthorized",
    "permission_denied": "unauthorized",
    "resource_exhausted": "rateLimited",
}


class Identifier(Wire):
    """What a subproblem is about: a name or an address."""

    type: str | None = None
    value: str | None = None


class Body(Standard):
    """The members of a problem, and one problem for each identifier that failed."""

    subproblems: list[dict[str, Any]] | None = None
    identifier: Identifier | None = None


_OWN: Final = frozenset({"subproblems", "identifier"})


def _read(doc: Document) -> Problem:
    return _problem(doc, doc.value)


def _problem(doc: Document, value: Any) -> Problem:
    wire, problem = read_with(doc, value, Body, _OWN)
    code = problem.code or _name(problem.type)
    about = Resource(wire.identifier.type, wire.identifier.value) if wire.identifier else problem.resource
    inner = tuple(_problem(doc, each) for each in wire.subproblems or ())
    return problem.replace(
        code=code, kind=_KINDS.get(code or "") or problem.kind, resource=about, problems=inner + problem.problems
    )


def _name(urn: str | None) -> str | None:
    """Return the name at the end of an ACME error type."""
    prefix = next((prefix for prefix in (_URN, _OLD_URN) if urn and urn.startswith(prefix)), None)
    return urn[len(prefix) :] or None if urn and prefix else None


def _type(problem: Problem) -> str:
    """Return the error type: that of the code, else the problem's own, else the one that comes closest."""
    if problem.code in _KINDS:
        old = problem.type in (f"{_OLD_URN}{problem.code}", f"{_URN}{problem.code}")
        return problem.type if problem.type and old else f"{_URN}{problem.code}"
    if own := own_type(problem):
        return own
    of_server = (problem.status or 500) >= 500
    return _URN + _CLOSEST.get(problem.kind or kind_of(problem.status), "serverInternal" if of_server else "malformed")


def _write(problem: Problem) -> bytes:
    flat = [each for inner in problem.problems for each in (inner, *inner.problems)]
    inner = [cast("dict[str, Any]", msgspec.Raw(_document(each, each.status, _identifier(each)))) for each in flat]
    return _document(problem, problem.status or 500, subproblems=inner or None)


def _document(
    problem: Problem, status: int | None, identifier: Identifier | None = None,
    *, subproblems: list[dict[str, Any]] | None = None,
) -> bytes:  # fmt: skip
    urn = _type(problem)
    detail = problem.detail if problem.detail is not None or problem.title else problem.text
    body = Body(urn, problem.title, status, detail, problem.instance, subproblems, identifier)
    told = problem.code == _name(urn)
    resource = None if identifier else problem.resource
    return write_with(body, problem.replace(code=None if told else problem.code, resource=resource, problems=()))


def _identifier(problem: Problem) -> Identifier | None:
    about = problem.resource
    return Identifier(about.type, about.id) if about and about.type and about.id else None


def _is_acme(value: Any) -> bool:
    return isinstance(value, str) and value.startswith((_URN, _OLD_URN))


dialect: Final = Dialect(
    name="acme",
    title="ACME: problem documents with error types as URNs",
    source="RFC 8555 section 6.7",
    read=_read,
    formats=(format_of("json", MEDIA_TYPE, _write),),
    signatures=(
        Signature(media_types=frozenset({MEDIA_TYPE}), members={"type": _is_acme}, weight=6),
        Signature(media_types=frozenset({MEDIA_TYPE}), members={"subproblems": list}, weight=4),
        Signature(members={"type": _is_acme}, weight=7),
    ),
    fields=Body,
)
