"""What the formats of AWS share: the codes, what they mean, and the ones that stand in for none."""

from typing import Final

from errata._http import clean_header
from errata._kind import Kind
from errata._problem import Problem, shows

_ENDINGS: Final = ("Exception", "Error", "Fault")

# What codes mean that the status does not tell: some services answer 400 to everything.
_KINDS: Final[dict[str, Kind]] = {
    "AccessDenied": "permission_denied",
    "AuthFailure": "unauthenticated",
    "BucketAlreadyExists": "already_exists",
    "BucketAlreadyOwnedByYou": "already_exists",
    "ConditionalCheckFailed": "failed_precondition",
    "Conflict": "aborted",
    "Duplicate": "already_exists",
    "EntityAlreadyExists": "already_exists",
    "ExpiredToken": "unauthenticated",
    "IncompleteSignature": "unauthenticated",
    "Internal": "internal",
    "InternalFailure": "internal",
    "InternalServer": "internal",
    "InvalidAccessKeyId": "unauthenticated",
    "InvalidClientTokenId": "unauthenticated",
    "LimitExceeded": "resource_exhausted",
    "Malformed": "invalid_argument",
    "MissingAuthenticationToken": "unauthenticated",
    "OperationAborted": "aborted",
    "PreconditionFailed": "failed_precondition",
    "ProvisionedThroughputExceeded": "resource_exhausted",
    "RequestExpired": "unauthenticated",
    "RequestLimitExceeded": "resource_exhausted",
    "RequestThrottled": "resource_exhausted",
    "RequestTimeout": "deadline_exceeded",
    "ResourceAlreadyExists": "already_exists",
    "ResourceInUse": "failed_precondition",
    "ServiceQuotaExceeded": "resource_exhausted",
    "ServiceUnavailable": "unavailable",
    "SignatureDoesNotMatch": "unauthenticated",
    "SlowDown": "unavailable",
    "Throttling": "resource_exhausted",
    "TooManyRequests": "resource_exhausted",
    "TransactionConflict": "aborted",
    "UnauthorizedOperation": "permission_denied",
    "UnknownOperation": "unimplemented",
    "UnrecognizedClient": "unauthenticated",
    "Validation": "invalid_argument",
}

# The code for a problem that has none, by kind: as JSON services spell it, and as XML services do.
_STAND_INS: Final[dict[Kind | None, tuple[str, str]]] = {
    "aborted": ("ConflictException", "Conflict"),
    "already_exists": ("ResourceAlreadyExistsException", "EntityAlreadyExists"),
    "deadline_exceeded": ("RequestTimeoutException", "RequestTimeout"),
    "failed_precondition": ("PreconditionFailedException", "PreconditionFailed"),
    "not_found": ("ResourceNotFoundException", "NotFound"),
    "permission_denied": ("AccessDeniedException", "AccessDenied"),
    "resource_exhausted": ("ThrottlingException", "Throttling"),
    "unauthenticated": ("UnrecognizedClientException", "InvalidClientTokenId"),
    "unavailable": ("ServiceUnavailableException", "ServiceUnavailable"),
    "unimplemented": ("UnknownOperationException", "UnknownOperation"),
}
_BROKEN: Final = ("InternalServerException", "InternalError")
_REFUSED: Final = ("ValidationException", "ValidationError")


def kind_of_code(code: str | None) -> Kind | None:
    """Return what a code means, whatever its ending; of `InvalidBedId.NotFound` the last part counts."""
    name = next((code.removesuffix(end) for end in _ENDINGS if code and code.endswith(end)), code or "")
    last = name.rpartition(".")[2]
    if name.startswith("NoSuch") or last.endswith("NotFound"):
        return "not_found"
    return _KINDS.get(name) or _KINDS.get(last)


def stand_in(problem: Problem, *, xml: bool) -> str:
    """Return the code for a problem that has none; every client of AWS looks for one."""
    names = _STAND_INS.get(problem.kind, _BROKEN if (problem.status or 500) >= 500 else _REFUSED)
    return names[xml]


def request_id(problem: Problem) -> str:
    """Return the trace id as a header field can hold it; empty when there is nothing to see."""
    return clean_header(problem.trace_id) if shows(problem.trace_id) else ""
