"""The Infoblox NetMRI API: five codes, said as JSON, as XML or for ExtJS forms.

    general/cannot-process-request    4xx   show the message; there is nothing more to go by
    general/validation-failed         400   show each failure at its field
    general/resource-in-use           409   try again after the delay, or in a few minutes
    security/access-denied            403   the answer stays no
    security/authentication-required  403   authenticate, then repeat the request, once

Both security codes come with 403, so a client branches on the code. The format
follows the extension of the path (`.json`, `.extjs`, `.xml`), then `Accept`, then
it is JSON; ExtJS differs for failed validations alone. A failure of the server
(5xx) has a message and no code.

The five classes of the codes are what a client catches; the types below them
differ in text, status and in the members that a call adds of its own.
"""

from typing import Final

from errata import (
    Aborted,
    AlreadyExists,
    Cancelled,
    Catalog,
    ContentTooLarge,
    Contract,
    Error,
    FailedPrecondition,
    Gone,
    InvalidArgument,
    MalformedBody,
    MethodNotAllowed,
    NotFound,
    OutOfRange,
    PermissionDenied,
    Request,
    RequestTimeout,
    Resource,
    ResourceExhausted,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
    ValidationFailed,
)
from errata.dialects.netmri import (
    ACCESS_DENIED,
    AUTHENTICATION_REQUIRED,
    CANNOT_PROCESS,
    RESOURCE_IN_USE,
    VALIDATION_FAILED,
    dialect_with,
)

# ---- general/cannot-process-request ----


class CannotProcessRequest(Error, status=400, code=CANNOT_PROCESS):
    """The request cannot be carried out, for a reason that only the message tells. Show it."""

    detail = "The request cannot be processed."


class ResourceNotFound(CannotProcessRequest, NotFound, status=404):
    """There is no such resource, or no such address; the extension may be unknown."""

    detail = "There is no such resource."


class MethodNotSupported(CannotProcessRequest, MethodNotAllowed, status=405):
    """The call exists, but not for this HTTP method; the `Allow` field lists those it takes."""

    detail = "The call does not support this method."


class CallRetired(CannotProcessRequest, Gone, status=410):
    """The call was part of an older version. Look for its successor in the newest one."""

    detail = "This call is not part of the API any more."


class RequestTooLarge(CannotProcessRequest, ContentTooLarge, status=413):
    """The body is larger than any call needs. Split the work."""

    detail = "The request is too large."


class BodyUnreadable(CannotProcessRequest, MalformedBody, status=400):
    """The body is not of the media type that it was declared to be."""

    detail = "The request body cannot be read."


class ContentTypeUnknown(CannotProcessRequest, UnsupportedMediaType, status=400):
    """The body is of a media type that the call does not take: send JSON or a form."""

    detail = "The content type must be application/json or application/x-www-form-urlencoded."


class JobFinished(CannotProcessRequest, FailedPrecondition):
    """The job to be cancelled is over. `job_state` says how it ended: a member that only this call adds."""

    detail = "The job has finished and cannot be cancelled."
    job_state: str


# ---- general/validation-failed ----


class InvalidInput(ValidationFailed, status=400, code=VALIDATION_FAILED):
    """Fields of the input break rules; `violations` has the texts of each field. Show them there.

    Also a value that somebody else has taken is told this way: `is already taken`.
    """

    detail = "The request is not valid."


class PolicyNotCreated(InvalidInput):
    """The policy was not created, since fields of the input break rules."""

    detail = "The policy could not be created."


# ---- general/resource-in-use ----


class ResourceInUse(Unavailable, status=409, kind="unavailable", retry="yes", code=RESOURCE_IN_USE):
    """Somebody else uses a shared resource. Wait for `retry_after` seconds, or a few minutes, and try again.

    `resource` tells what is in use: its model and its id. Each of the three may be unknown.
    """

    detail = "The resource is in use."
    resource: Resource | None = None
    retry_after: float | None = None


class DeviceBusy(ResourceInUse):
    """A job runs against the device, which takes one at a time."""

    detail = "A job is already running against this device."


# ---- security ----


class AccessDenied(PermissionDenied, status=403, code=ACCESS_DENIED):
    """The user is authenticated and lacks the privilege. Sending it again changes nothing."""

    detail = "You do not have sufficient privileges for this resource."


class AuthenticationRequired(Unauthenticated, status=403, kind="unauthenticated", code=AUTHENTICATION_REQUIRED):
    """Nobody is authenticated. Authenticate and repeat the request, once."""

    detail = "Authentication is required."


class LoginFailed(AuthenticationRequired):
    """No user has this name and password. Ask for them again."""

    detail = "The user name or the password is wrong."


class SessionExpired(AuthenticationRequired):
    """The session is too old. Authenticate again.

    The text has the words by which existing clients recognise this.
    """

    detail = "The session has expired. Please authenticate again."


# The first type of a code is what a client gets when status and text tell it no more.
catalog: Final = Catalog(
    [
        CannotProcessRequest,
        ResourceNotFound,
        MethodNotSupported,
        CallRetired,
        RequestTooLarge,
        BodyUnreadable,
        ContentTypeUnknown,
        JobFinished,
        InvalidInput,
        PolicyNotCreated,
        ResourceInUse,
        DeviceBusy,
        AccessDenied,
        AuthenticationRequired,
        LoginFailed,
        SessionExpired,
    ],
    name="netmri",
)

EXTENSIONS: Final = frozenset({"json", "extjs", "xml"})


def format_by_extension(request: Request) -> str | None:
    """Return the format that the path's extension names; JSON for an unknown one, None without one."""
    _, dot, extension = request.path.rpartition("/")[2].rpartition(".")
    if not dot:
        return None
    return extension if extension in EXTENSIONS else "json"


LABELS: Final = {"short_name": "Short name", "name": "Name", "policy_id": "Policy"}
"""The fields' names for people. They lead the texts for ExtJS, and a client finds the field by them."""

contract: Final = Contract(
    catalog,
    dialect=dialect_with(labels=LABELS),
    name="netmri",
    # Failures of the server are not here: they keep their status and have no code.
    fallbacks={
        Unauthenticated: AuthenticationRequired,
        PermissionDenied: AccessDenied,
        Gone: CallRetired,
        NotFound: ResourceNotFound,
        MethodNotAllowed: MethodNotSupported,
        ContentTooLarge: RequestTooLarge,
        MalformedBody: BodyUnreadable,
        UnsupportedMediaType: ContentTypeUnknown,
        ValidationFailed: InvalidInput,
        InvalidArgument: CannotProcessRequest,
        FailedPrecondition: CannotProcessRequest,
        OutOfRange: CannotProcessRequest,
        AlreadyExists: CannotProcessRequest,
        Cancelled: CannotProcessRequest,
        RequestTimeout: CannotProcessRequest,
        Aborted: ResourceInUse,
        ResourceExhausted: ResourceInUse,
    },
    choose_format=format_by_extension,
)

first_per_field: Final = contract.replace(dialect=dialect_with(labels=LABELS, first_per_field=True))
"""The same, but the ExtJS body has one text per field, as in the sample of the documentation."""

keyed: Final = contract.replace(dialect=dialect_with(labels=LABELS, keyed=True))
"""The same, but the ExtJS body has `errors` too: the texts by field, as ExtJS forms want them."""
