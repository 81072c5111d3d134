"""The Axway AMPLIFY Support API: five error classes, each with one status.

    AUTHENTICATION_FAILURE           401   log in again, once
    ACCESS_DENIED                    403   the answer stays no; tell the user why
    BAD_REQUEST                      400   mend the request
    SERVICE_TEMPORARILY_UNAVAILABLE  503   try again, after the delay if one is given
    SERVER_ERROR                     500   look what was done before doing it again

Only the class is for programs. Several types share a class and differ in their
text alone, so a client catches the class (`AccessDenied`); the types below it
(`CaseClosed`) are what a server raises. The list is closed: there is no class for
an unknown address, a wrong method or a wrong content type, which are bad requests.
"""

from typing import Final

from errata import (
    Aborted,
    AlreadyExists,
    Cancelled,
    Catalog,
    Contract,
    DataLoss,
    DeadlineExceeded,
    Error,
    FailedPrecondition,
    Internal,
    InternalError,
    InvalidArgument,
    MalformedBody,
    MethodNotAllowed,
    NotFound,
    OutOfRange,
    PermissionDenied,
    Request,
    RequestTimeout,
    ResourceExhausted,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
)
from errata._contract import random_hex

# ---- 401 AUTHENTICATION_FAILURE ----


class AuthenticationFailure(Unauthenticated, status=401, code="AUTHENTICATION_FAILURE"):
    """The access token is missing, unknown or expired, or was not sent as a bearer token.

    Get a new token and send the request again, once: a second refusal is final.
    Which of these it was is not said, so that tokens cannot be guessed at.
    """

    detail = "The access token is missing, unknown or expired."


# ---- 403 ACCESS_DENIED ----


class AccessDenied(PermissionDenied, status=403, code="ACCESS_DENIED"):
    """The user may not do this, or the rules of the support desk forbid it.

    Sending it again changes nothing. Show the message: it says what to do instead.
    """

    detail = "You are not entitled to this operation."


class SacNotYours(AccessDenied):
    """The support access code is not among those of the user.

    Ask for the account's own codes first and offer only these.
    """

    detail = "The support access code is not among those available to you."


class CaseNotYours(AccessDenied):
    """The case belongs to an account whose support access code the user does not have."""

    detail = "The case is not among those available to you."


class CaseClosed(AccessDenied):
    """The case has been closed for too long to take another note.

    Open a new case that refers to it, or call support.
    """

    detail = "The case has been closed for more than {days} days. Please contact Axway Global Support."
    days: int


class CaseAlreadyClosed(AccessDenied):
    """The case to be closed is closed. Nothing was changed, and nothing needs to be."""

    detail = "The case is already closed."


# ---- 400 BAD_REQUEST ----


class BadRequest(InvalidArgument, status=400, code="BAD_REQUEST"):
    """Something in the request is missing, malformed or out of range.

    The message names the first fault and its place. Mend the request; sending
    the same one again is of no use.
    """


class UnknownCase(BadRequest):
    """No case has this number.

    The number may be mistyped, or an application may have kept it for too long.
    """

    detail = "There is no case with this number."
    case_number: Internal[str]


class UnknownAddress(BadRequest):
    """The API has nothing at this address: compare it with the description of the method."""

    detail = "There is nothing at this address."


class MethodNotOffered(BadRequest):
    """The address exists, but not for this HTTP method; the `Allow` field lists those it takes."""

    detail = "This address does not take the method."


class BodyNotJson(BadRequest):
    """The body cannot be read as JSON."""

    detail = "The body is not valid JSON."


class ContentTypeNotJson(BadRequest):
    """The body was not declared to be JSON: send `Content-Type: application/json`."""

    detail = "The content type must be application/json."


# ---- 503 SERVICE_TEMPORARILY_UNAVAILABLE ----


class TemporarilyUnavailable(Unavailable, status=503, code="SERVICE_TEMPORARILY_UNAVAILABLE"):
    """The service cannot answer just now, and nothing was done.

    Send the same request again later, each time after a longer pause.
    """

    detail = "The service is not available at the moment. Please try again later."


class PortalUnavailable(TemporarilyUnavailable):
    """The support portal behind the API cannot be reached; nobody knows for how long.

    Send the same request again later, each time after a longer pause.
    """

    detail = "The connection to the support portal failed. Please try again later."


class PortalUnavailableFor(PortalUnavailable):
    """The support portal cannot be reached, and it is known when it will be back.

    Wait as long as `Retry-After` says (the message names the same delay), then
    send the same request again.
    """

    detail = "The connection to the support portal failed. Please try again in {retry_after} seconds."
    retry_after: int  # pyright: ignore[reportIncompatibleVariableOverride] - fills the member


# ---- 500 SERVER_ERROR ----


class ServerError(InternalError, status=500, code="SERVER_ERROR"):
    """Something failed, perhaps after a part of the work was done.

    Look for what the request should have made before sending it again. Where the
    message names a case, that case exists: `problem.resource` has its number.
    """

    detail = "The request could not be completed."


class CaseIncomplete(ServerError):
    """The case was created, but its details could not be read back.

    Do not create it again: get the case with the number in the message.
    """

    detail = "Case {case_number} was created, but its details could not be retrieved. Please do not create it again."
    case_number: str


class NoteIncomplete(ServerError):
    """The note was added, but it could not be read back.

    Do not add it again: get the case, which has the note.
    """

    detail = "Note {note_id} was added to case {case_number}, but could not be retrieved. Please do not add it again."
    case_number: str
    note_id: int


# The first type of a class is what a client gets when the text tells it no more.
catalog: Final = Catalog(
    [
        AuthenticationFailure,
        AccessDenied,
        SacNotYours,
        CaseNotYours,
        CaseClosed,
        CaseAlreadyClosed,
        BadRequest,
        UnknownCase,
        UnknownAddress,
        MethodNotOffered,
        BodyNotJson,
        ContentTypeNotJson,
        TemporarilyUnavailable,
        PortalUnavailable,
        PortalUnavailableFor,
        ServerError,
        CaseIncomplete,
        NoteIncomplete,
    ],
    name="axway",
)

# What every other error becomes; each kind of 4xx that has no class is a bad request.
FALLBACKS: Final[dict[type[Error], type[Error]]] = {
    Unauthenticated: AuthenticationFailure,
    PermissionDenied: AccessDenied,
    NotFound: UnknownAddress,
    MethodNotAllowed: MethodNotOffered,
    MalformedBody: BodyNotJson,
    UnsupportedMediaType: ContentTypeNotJson,
    InvalidArgument: BadRequest,
    FailedPrecondition: BadRequest,
    OutOfRange: BadRequest,
    Aborted: BadRequest,
    AlreadyExists: BadRequest,
    Cancelled: BadRequest,
    RequestTimeout: BadRequest,
    ResourceExhausted: TemporarilyUnavailable,
    Unavailable: TemporarilyUnavailable,
    DeadlineExceeded: TemporarilyUnavailable,
    InternalError: ServerError,
    DataLoss: ServerError,
    Error: ServerError,
}


def troubleshooting_id(_: Request) -> str:
    """Return a new id of 24 hexadecimal digits, which support asks for."""
    return random_hex(24)


contract: Final = Contract(
    catalog,
    dialect="axway",
    name="axway",
    fallbacks=FALLBACKS,
    trace_id=troubleshooting_id,
    trace_header="X-Troubleshooting-ID",
    trace_always=True,
)

concealing: Final = contract.replace(
    catalog=Catalog([catalog.error_class(t) for t in catalog.values() if t.name != "unknown-case"], name="axway"),
    fallbacks={**FALLBACKS, UnknownCase: CaseNotYours},
)
"""The same, but a case that does not exist is answered like one of a foreign account,
so that nobody can find out which numbers are taken."""
