"""The standard problem types: one class for each kind, and below it those of the common statuses.

Frameworks raise their own errors as these; clients raise them for problems that
no catalog knows. Both can be caught by kind (`InvalidArgument`) or by status
(`UnsupportedMediaType`).
"""

from typing import Final

from errata._error import Error
from errata._kind import Kind, kind_of
from errata._problem import Problem, Violation

# ---- 4xx: the request cannot be carried out as it is ----


class InvalidArgument(Error, status=400, kind="invalid_argument"):
    """The request is wrong, whatever the state of the server."""

    title = "Bad Request"


class MalformedBody(InvalidArgument, status=400):
    """The body cannot be read as the media type it claims to be."""

    title = "Bad Request"
    detail = "The request body cannot be read."


class ValidationFailed(InvalidArgument, status=422):
    """Parts of the request break rules; each is a violation."""

    title = "Unprocessable Content"
    detail = "The request is not valid."
    violations: tuple[Violation, ...] = ()


class NotAcceptable(InvalidArgument, status=406):
    """No format that the client accepts can be made."""

    title = "Not Acceptable"


class UnsupportedMediaType(InvalidArgument, status=415):
    """The body's media type is missing or not one that is read."""

    title = "Unsupported Media Type"


class Unauthenticated(Error, status=401, kind="unauthenticated"):
    """Nobody knows who is asking: log in and try again."""

    title = "Unauthorized"


class PermissionDenied(Error, status=403, kind="permission_denied"):
    """Who is asking may not do this."""

    title = "Forbidden"


class NotFound(Error, status=404, kind="not_found"):
    """There is no such thing, or no such address."""

    title = "Not Found"


class Gone(NotFound, status=410):
    """It was here, and will not come back."""

    title = "Gone"


class Unimplemented(Error, status=501, kind="unimplemented"):
    """The server does not do this at all."""

    title = "Not Implemented"


class MethodNotAllowed(Unimplemented, status=405):
    """The address exists but does not take this method."""

    title = "Method Not Allowed"


class Aborted(Error, status=409, kind="aborted"):
    """The request conflicts with the state of the thing, or with another request."""

    title = "Conflict"


class Locked(Aborted, status=423):
    """Somebody else holds it."""

    title = "Locked"


class AlreadyExists(Error, status=409, kind="already_exists"):
    """What should be created is there already."""

    title = "Conflict"


class FailedPrecondition(Error, status=400, kind="failed_precondition"):
    """The request is fine, the state of the server is not."""

    title = "Bad Request"


class PaymentRequired(FailedPrecondition, status=402):
    """Somebody has to pay first."""

    title = "Payment Required"


class PreconditionFailed(FailedPrecondition, status=412):
    """A condition in the request's header fields does not hold."""

    title = "Precondition Failed"


class PreconditionRequired(FailedPrecondition, status=428):
    """The request must be made conditional."""

    title = "Precondition Required"


class OutOfRange(Error, status=400, kind="out_of_range"):
    """A value lies outside of what there is."""

    title = "Bad Request"


class ContentTooLarge(OutOfRange, status=413):
    """The body is larger than the server takes."""

    title = "Content Too Large"


class RangeNotSatisfiable(OutOfRange, status=416):
    """The range asked for is outside of the content."""

    title = "Range Not Satisfiable"


class ResourceExhausted(Error, status=429, kind="resource_exhausted"):
    """Too much was asked for in too short a time, or a quota is used up."""

    title = "Too Many Requests"


class Cancelled(Error, status=499, kind="cancelled"):
    """The client went away."""

    title = "Client Closed Request"


# ---- 5xx: the server failed ----


class InternalError(Error, status=500, kind="internal"):
    """The server failed in a way it did not foresee."""

    title = "Internal Server Error"


class DataLoss(Error, status=500, kind="data_loss"):
    """Data is lost or damaged for good."""

    title = "Internal Server Error"


class UnknownError(Error, status=500, kind="unknown"):
    """Something failed, and nothing more is known."""

    title = "Internal Server Error"


class Unavailable(Error, status=503, kind="unavailable"):
    """The service cannot be reached just now: try again later."""

    title = "Service Unavailable"


class BadGateway(Unavailable, status=502):
    """What stands behind the server gave no usable answer."""

    title = "Bad Gateway"


class DeadlineExceeded(Error, status=504, kind="deadline_exceeded"):
    """It took too long."""

    title = "Gateway Timeout"


class RequestTimeout(DeadlineExceeded, status=408):
    """The request did not arrive in time."""

    title = "Request Timeout"


BY_KIND: Final[dict[Kind | None, type[Error]]] = {
    cls.problem_type.kind: cls for cls in Error.__subclasses__() if cls.__module__ == __name__
}

# Where a status has two classes, the kind class stands for it.
BY_STATUS: Final[dict[int, type[Error]]] = {
    cls.problem_type.status: cls
    for parent in BY_KIND.values()
    for cls in (*parent.__subclasses__(), parent)
    if kind_of(cls.problem_type.status) == cls.problem_type.kind
}


def standard_class(problem: Problem) -> type[Error]:
    """Return the class for a problem that no catalog knows: by its status, else by its kind."""
    by_status = BY_STATUS.get(problem.status or 0)
    if by_status is not None and by_status.problem_type.kind == problem.kind:
        return by_status
    return BY_KIND.get(problem.kind, UnknownError)
