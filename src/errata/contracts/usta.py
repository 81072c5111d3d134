"""The USTA Digital API: numbered errors in a list, 24 codes under five statuses.

The first digit of a code is its family: 2 saving, 3 entities, 4 access,
5 arguments, 6 clients and passwords, 9 the system itself. Two further digits
make a code more specific: a handler for 2006 also takes 200601. Texts may change,
codes stay; for a code that is not listed the HTTP status counts. Two statuses
have no code at all: 405 and 415.
"""

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
    ProblemType,
    Request,
    RequestTimeout,
    ResourceExhausted,
    Unauthenticated,
    UnsupportedMediaType,
    ValidationFailed,
)

# ---- 2xxx: saving ----


class EntitySavingError(FailedPrecondition, status=400, code="2006"):
    """The entity could not be saved, since it would break a rule of the database.

    Look at the values sent. The longer codes below this one say which rule it was.
    """

    detail = "entity saving error"


class UsptaNumberNotUnique(EntitySavingError, kind="already_exists", code="200601"):
    """Another coach has this USPTA number. Look that coach up, or mend the number."""

    detail = "entity saving error: USPTA number must be unique"


class PtrNumberNotUnique(EntitySavingError, kind="already_exists", code="200602"):
    """Another coach has this PTR number. Look that coach up, or mend the number."""

    detail = "entity saving error: PTR number must be unique"


# ---- 3xxx: entities ----


class EntityNotFound(NotFound, status=404, code="3001"):
    """There is no entity with this id, or nothing at this address."""

    detail = "entity not found"


class EntityAlreadyExists(AlreadyExists, status=400, kind="already_exists", code="3002"):
    """The same entity is there already, so it was not created. Change the one there is."""

    detail = "entity already exists"


# ---- 4xxx: access ----


class TokenInvalid(Unauthenticated, status=401, code="4003"):
    """The access token is unknown or has expired. Get a new one and send the request again, once."""

    detail = "authentication token is invalid"


class AuthenticationError(Unauthenticated, status=401, code="4004"):
    """There is no access token in the request, or it cannot be read as a bearer token."""

    detail = "authentication error"


class BackendTokenInvalid(InternalError, status=500, code="4005"):
    """A system behind the API refused the API's own token; the client's token is good.

    Keep the token and try later. Despite its number this is a failure of the
    server, or clients would throw their tokens away.
    """

    detail = "backend system token is invalid"


class AccessDenied(PermissionDenied, status=403, code="4006"):
    """The user is known and may not do this. Another role is needed, not another token."""

    detail = "access denied"


# ---- 5xxx: arguments ----


class ValidationError(ValidationFailed, status=400, code="5000"):
    """Fields of the request break rules; there is one error for each, `subject` being the field's name."""

    detail = "validation error"


class IllegalArgumentCombination(InvalidArgument, status=400, code="5001"):
    """Each argument is fine, but not together with the others, or one is lacking beside them."""

    detail = "illegal combination of method arguments"


class EntityIdEmpty(InvalidArgument, status=400, code="5002"):
    """The id of the entity is blank: send the id."""

    detail = "entity id is empty"


class UnknownIdentifier(InvalidArgument, status=400, code="5003"):
    """The API does not know this type of identifier. Use one that it lists."""

    detail = "unknown identifier error"


class NoRemainingAmount(FailedPrecondition, status=400, code="5004"):
    """The balance is smaller than the amount to be taken from it. Nothing was taken."""

    detail = "no remaining amount"


# ---- 6xxx: clients and passwords ----


class ClientOrgEmpty(InvalidArgument, status=400, code="6001"):
    """A client to be registered must say which organisation it belongs to."""

    detail = "empty client org"


class PasswordEmpty(InvalidArgument, status=400, code="6002"):
    """A password is blank."""

    detail = "empty password"


class ClientGrantTypeInvalid(InvalidArgument, status=400, code="6003"):
    """The grant type of the client to be registered is not among those on offer."""

    detail = "invalid client grant type"


class ClientProfileInvalid(InvalidArgument, status=400, code="6004"):
    """The profile of the client to be registered is not among those on offer."""

    detail = "invalid client profile"


class ClientScopeSetInvalid(InvalidArgument, status=400, code="6005"):
    """The scopes of the client to be registered are empty, or one is not on offer."""

    detail = "invalid client scope set"


class NewPasswordMismatch(InvalidArgument, status=400, code="6006"):
    """The new password and its repetition differ. Let the user type both again."""

    detail = "new password not match"


class WrongPassword(InvalidArgument, status=400, code="6007"):
    """The old password is wrong. The token is good: do not refresh it, ask the user again."""

    detail = "wrong password"


# ---- 9xxx: the system itself ----


class UnexpectedSystemError(InternalError, status=500, retry="safe", code="9001"):
    """The server failed. A request that only reads may be sent again; one that writes may have been done."""

    detail = "unexpected system error"


class MessageNotReadable(MalformedBody, status=400, code="9002"):
    """The body is not JSON. The caller caused it, though its number is among those of the system."""

    detail = "HTTP message not readable error"


class MailTriggerError(InternalError, status=500, retry="safe", code="9003"):
    """The mail could not be handed over. What else the request should do may have been done."""

    detail = "mail trigger error"


# ---- statuses without a code ----


class BadRequest(InvalidArgument, status=400):
    """The request is wrong in a way that no code describes."""

    title = "Bad Request"


class MethodNotSupported(MethodNotAllowed, status=405):
    """The address exists, but not for this HTTP method; the `Allow` field lists those it takes."""

    title = "Method not allowed"


class TooManyRequests(ResourceExhausted, status=429, since="5"):
    """More requests came in five minutes than are allowed. No delay is given: wait some minutes.

    Since version 5 of the error codes; version 2 may answer 403 instead.
    """

    title = "Too Many Requests"


catalog: Final = Catalog(
    [
        EntitySavingError,
        UsptaNumberNotUnique,
        PtrNumberNotUnique,
        EntityNotFound,
        EntityAlreadyExists,
        TokenInvalid,
        AuthenticationError,
        BackendTokenInvalid,
        AccessDenied,
        ValidationError,
        IllegalArgumentCombination,
        EntityIdEmpty,
        UnknownIdentifier,
        NoRemainingAmount,
        ClientOrgEmpty,
        PasswordEmpty,
        ClientGrantTypeInvalid,
        ClientProfileInvalid,
        ClientScopeSetInvalid,
        NewPasswordMismatch,
        WrongPassword,
        UnexpectedSystemError,
        MessageNotReadable,
        MailTriggerError,
        BadRequest,
        MethodNotSupported,
        UnsupportedMediaType,
    ],
    name="usta",
    suffix=2,
)

# Version 5 moved these from 400 to 409.
_CONFLICTS: Final = {"uspta-number-not-unique", "ptr-number-not-unique", "entity-already-exists"}


def _in_version_5(problem_type: ProblemType) -> ProblemType:
    return replace(problem_type, status=409) if problem_type.name in _CONFLICTS else problem_type


catalog_v5: Final = Catalog([*map(_in_version_5, catalog.values()), TooManyRequests], name="usta", suffix=2)
"""The codes as of version 5: conflicts are 409 and throttling is 429."""

contract: Final = Contract(
    catalog,
    dialect="usta",
    name="usta",
    fallbacks={
        NotFound: EntityNotFound,
        AlreadyExists: EntityAlreadyExists,
        Unauthenticated: AuthenticationError,
        PermissionDenied: AccessDenied,
        MethodNotAllowed: MethodNotSupported,
        MalformedBody: MessageNotReadable,
        ValidationFailed: ValidationError,
        InvalidArgument: BadRequest,
        FailedPrecondition: BadRequest,
        OutOfRange: BadRequest,
        Aborted: BadRequest,
        Cancelled: BadRequest,
        RequestTimeout: BadRequest,
        ResourceExhausted: BadRequest,
        Error: UnexpectedSystemError,
    },
)


def _bare_where_the_verb_table_says_so(request: Request) -> str | None:
    return "bare" if request.method in ("GET", "PUT", "PATCH") else None


compatible: Final = contract.replace(choose_format=_bare_where_the_verb_table_says_so)
"""The same for older clients, which expect of GET, PUT and PATCH one error without the list around it."""
