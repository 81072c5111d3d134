"""The Telecom X MVNO API: errors named by the property they are about, several at once.

    default code          status
    expired               401   log in again, then repeat the request
    credentials_invalid   401   log in
    format_error          401   send `Authorization: Bearer <token>`
    invalid_token         401   log in again; the text says why
    access_denied         403   the answer stays no
    bad_request           400   mend the URL or the body
    not_found             404   nothing is at this address
    internal_error        500   not the caller's fault
    multiple              any   look at the inner errors

Every other code is a property of the request or the item that the call is about
(`number`, `address.zip`, `mvnoAccount`), and the status says what is wrong with
it: 404 it is missing or names nothing, 409 it conflicts with another item, 422 it
is not valid. So a code means nothing without its status. Only seven statuses
are in use; the others become the nearest of them.
"""

import re
from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from errata import (
    Aborted,
    AlreadyExists,
    Cancelled,
    Catalog,
    Contract,
    Error,
    FailedPrecondition,
    InternalError,
    InvalidArgument,
    MalformedBody,
    MethodNotAllowed,
    NotFound,
    OutOfRange,
    PermissionDenied,
    Problem,
    Request,
    RequestTimeout,
    ResourceExhausted,
    Unauthenticated,
    UnsupportedMediaType,
    ValidationFailed,
    Violation,
)


def _at(prop: str, check: str | None = None) -> tuple[Violation, ...]:
    """Return the place of an error that is about one property; text and status are those of the error."""
    return (Violation(path=(prop,), code=check),)


# ---- 401: who is asking ----


class SessionExpired(Unauthenticated, status=401, code="expired"):
    """The session is older than its lifetime. Log in again and repeat the request, once."""

    detail = "Session has expired, please login"


class LoginRequired(Unauthenticated, status=401, code="credentials_invalid"):
    """There is no `Authorization` field, or name and password do not match. Log in."""

    detail = "Authorization required, please login"


class AuthorizationMalformed(Unauthenticated, status=401, code="format_error"):
    """The `Authorization` field is not the word Bearer and one token. The program that sent it is wrong."""

    detail = "Authorization header format is Authorization: Bearer <token>"


class TokenUndecipherable(Unauthenticated, status=401, code="invalid_token"):
    """The token was not made by this API, or it was damaged on the way. Log in to get one."""

    detail = "Undecipherable"


class TokenForOtherAddress(Unauthenticated, status=401, code="invalid_token"):
    """The token belongs to a client with another IP address. Log in from this one."""

    detail = "IP address not authenticated"


class SessionEnded(Unauthenticated, status=401, code="invalid_token"):
    """The token is good, but somebody logged out. Log in again."""

    detail = "Please login"


# ---- 403: may they ----


class AccessLevelTooLow(PermissionDenied, status=403, code="access_denied"):
    """The user is known and may not do this. Somebody with a higher access level has to."""

    detail = "Insufficient access level"


# ---- 400: the request cannot be understood ----


class BadRequest(InvalidArgument, status=400, code="bad_request"):
    """The request is wrong in a way that no property is to blame for."""

    detail = "Bad request"


class UrlMalformed(BadRequest):
    """The URL cannot be parsed: a percent sign is not followed by two hexadecimal digits."""

    detail = "The URL could not be parsed"


class AccountIdMissing(BadRequest):
    """The call is about one account, and the URL does not say which. Put its id at the end."""

    detail = "Account id is missing"


class MethodRefused(BadRequest):
    """The address exists, but not for this HTTP method; the `Allow` field lists those it takes."""

    detail = "The URL does not take this method"


class BodyUnreadable(BadRequest):
    """The body is not JSON."""

    detail = "The body could not be parsed"


class ContentTypeRefused(BadRequest):
    """The body was not declared to be JSON: send `Content-Type: application/json`."""

    detail = "The content type must be application/json"


# ---- 404: there is no such thing ----


class AddressUnknown(NotFound, status=404, code="not_found"):
    """Nothing is at this address: compare it with the description of the call."""

    detail = "Not found"


class AccountNotFound(NotFound, status=404, code="mvnoAccount"):
    """No MVNO account has the id in the URL. It may have been deleted."""

    detail = "MVNO account not found"


# A property that names nothing is 404 as well, but the address is right: mend the property.


class UserNotFound(InvalidArgument, status=404, kind="invalid_argument", code="userId"):
    """The account shall belong to a user who does not exist."""

    detail = "User not found"
    violations: tuple[Violation, ...] = _at("userId")


class NumberNotFound(InvalidArgument, status=404, kind="invalid_argument", code="number"):
    """The number is not in the pool, so no account can have it. Choose one from the pool."""

    detail = "Number not found"
    violations: tuple[Violation, ...] = _at("number")


# ---- 422: a property is not valid ----


class IdInvalid(InvalidArgument, status=422, code="id"):
    """The id in the URL is not one that an account can have: 24 hexadecimal digits."""

    detail = "Invalid id"
    violations: tuple[Violation, ...] = _at("id", "format")


class NumberInvalid(InvalidArgument, status=422, code="number"):
    """The number does not have the form of a phone number."""

    detail = "Invalid number"
    violations: tuple[Violation, ...] = _at("number", "format")


# ---- 409: in conflict with another item ----


class NumberInUse(AlreadyExists, status=409, kind="already_exists", code="number"):
    """Another account has the number. Choose a free one."""

    detail = "Number is in use"
    violations: tuple[Violation, ...] = _at("number")


class StateConflict(Aborted, status=409, code="state"):
    """The account is in a state that does not admit the call. Wait until it has left that state."""

    detail = "Not possible while the account is {state}"
    state: str
    violations: tuple[Violation, ...] = _at("state")


# ---- several at once ----


class SeveralFailures(ValidationFailed, status=422, code="multiple"):
    """Several things are wrong, each with a status of its own; `violations` and `problems` have them all.

    The status of the response is the one they share, else 422.
    """

    detail = None  # type: ignore[assignment] # the inner errors speak
    problems: tuple[Problem, ...] = ()


# ---- 500: not the caller's fault ----


class UnexpectedError(InternalError, status=500, code="internal_error"):
    """The server failed. What it knows about that is in its log, not in the response."""

    detail = "Internal server error"


GENERAL: Final = (
    SessionExpired,
    LoginRequired,
    AuthorizationMalformed,
    TokenUndecipherable,
    TokenForOtherAddress,
    SessionEnded,
    BadRequest,
    UrlMalformed,
    AddressUnknown,
    UnexpectedError,
)
"""What every call may answer; the other types belong to single calls."""

catalog: Final = Catalog(
    [
        *GENERAL,
        AccessLevelTooLow,
        AccountIdMissing,
        MethodRefused,
        BodyUnreadable,
        ContentTypeRefused,
        AccountNotFound,
        UserNotFound,
        NumberNotFound,
        IdInvalid,
        NumberInvalid,
        NumberInUse,
        StateConflict,
        SeveralFailures,
    ],
    name="telecomx",
    by_status=True,
)


# ---- from faults of validation to property errors ----

# The checks of errata that have another name here; the others keep theirs.
_CHECKS: Final = {"pattern": "format"}

_WORD: Final = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+")


def property_error(violation: Violation) -> Violation:
    """Return a fault found by validation as this API tells it: missing is 404, not valid is 422.

    An error with a status or without a text comes from a type above and stays as it is.
    """
    if violation.status is not None or violation.detail is None:
        return violation
    if not violation.path:  # the body as a whole, which has no name
        return replace(violation, status=400, detail=f"The body {violation.detail}", code=None)
    name = label(violation)
    if violation.code == "required":
        return replace(violation, status=404, detail=f"{name[:1].upper()}{name[1:]} is missing")
    check = _CHECKS.get(violation.code or "", violation.code)
    return replace(violation, status=422, detail=f"Invalid {name}", code=check)


def label(violation: Violation) -> str:
    """Return the property's name in words: `address.zip` is zip, `userId` is user id."""
    names = [segment for segment in violation.path if isinstance(segment, str)] or ["item"]
    return " ".join(word.lower() for word in _WORD.findall(names[-1])) or names[-1]


def settle(problem: Problem) -> Problem:
    """Give a problem the status that all its inner errors share, else 422; a lone one also gives its code and text."""
    statuses = {v.status or problem.status for v in problem.violations} | {p.status for p in problem.problems}
    if not statuses:
        return problem
    if problem.code == "multiple" and len(problem.violations) == 1 and not problem.problems:
        lone = problem.violations[0]
        problem = problem.replace(code=lone.dotted or "bad_request", detail=lone.detail)
    status = statuses.pop() if len(statuses) == 1 else 422
    if status == problem.status:
        return problem
    return problem.replace(status=status, kind=problem.kind if status in _INPUT else None)


_INPUT: Final = frozenset({400, 404, 422})  # the input is to blame, also for a property that names nothing


def combined(errors: Sequence[Error]) -> Error:
    """Return one error for all that went wrong: the only one, else several in one.

    Who must log in first, or meets a failure of the server, is told just that:
    a 401 and a 500 are never mixed with others.
    """
    alone = next((error for error in errors if error.status in (401, 500)), None)
    if alone is not None or len(errors) == 1:
        return alone or errors[0]
    violations: list[Violation] = []
    problems: list[Problem] = []
    for error in errors:
        violations += _property_errors(error)
        if not error.problem.violations:
            problems.append(error.problem)
    return SeveralFailures(violations=tuple(violations), problems=tuple(problems))


def _property_errors(error: Error) -> list[Violation]:
    """Return the violations of an error, each able to stand without it."""
    of = error.problem
    return [v if v.detail else replace(v, detail=of.detail, status=of.status) for v in of.violations]


contract: Final = Contract(
    catalog,
    dialect="mvno",
    name="telecomx",
    fallbacks={
        Unauthenticated: LoginRequired,
        PermissionDenied: AccessLevelTooLow,
        NotFound: AddressUnknown,
        MethodNotAllowed: MethodRefused,
        MalformedBody: BodyUnreadable,
        UnsupportedMediaType: ContentTypeRefused,
        ValidationFailed: SeveralFailures,
        InvalidArgument: BadRequest,
        FailedPrecondition: BadRequest,
        OutOfRange: BadRequest,
        Aborted: BadRequest,
        AlreadyExists: BadRequest,
        Cancelled: BadRequest,
        RequestTimeout: BadRequest,
        ResourceExhausted: BadRequest,
        Error: UnexpectedError,
    },
    challenge='Bearer realm="mvno-api"',
    adapt_violation=property_error,
    adapt=settle,
)


def _brief(_: Request) -> str:
    return "brief"


as_sampled: Final = contract.replace(choose_format=_brief)
"""The same, but without `path` and `check`, as in the samples of the documentation."""
