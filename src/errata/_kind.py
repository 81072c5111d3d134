"""The table of HTTP statuses: each with its kind and its default title.

A kind is the canonical class of an error, one of the sixteen words that gRPC
uses (google/rpc/code.proto). It is the pivot between catalogs: two APIs rarely
share a code, but both mean `not_found`.
"""

from typing import Final, Literal

Kind = Literal[
    "aborted",
    "already_exists",
    "cancelled",
    "data_loss",
    "deadline_exceeded",
    "failed_precondition",
    "internal",
    "invalid_argument",
    "not_found",
    "out_of_range",
    "permission_denied",
    "resource_exhausted",
    "unauthenticated",
    "unavailable",
    "unimplemented",
    "unknown",
]

Retry = Literal["no", "safe", "idempotent", "yes"]
"""May the same request be sent again: never, only when it just reads, only when repeating is harmless, or always."""

# Titles are the reason phrases of RFC 9110 section 15 and of the IANA registry.
_STATUSES: Final[dict[int, tuple[Kind, str]]] = {
    400: ("invalid_argument", "Bad Request"),
    401: ("unauthenticated", "Unauthorized"),
    402: ("failed_precondition", "Payment Required"),
    403: ("permission_denied", "Forbidden"),
    404: ("not_found", "Not Found"),
    405: ("unimplemented", "Method Not Allowed"),
    406: ("invalid_argument", "Not Acceptable"),
    407: ("unauthenticated", "Proxy Authentication Required"),
    408: ("deadline_exceeded", "Request Timeout"),
    409: ("aborted", "Conflict"),
    410: ("not_found", "Gone"),
    411: ("invalid_argument", "Length Required"),
    412: ("failed_precondition", "Precondition Failed"),
    413: ("out_of_range", "Content Too Large"),
    414: ("out_of_range", "URI Too Long"),
    415: ("invalid_argument", "Unsupported Media Type"),
    416: ("out_of_range", "Range Not Satisfiable"),
    417: ("failed_precondition", "Expectation Failed"),
    421: ("failed_precondition", "Misdirected Request"),
    422: ("invalid_argument", "Unprocessable Content"),
    423: ("aborted", "Locked"),
    424: ("failed_precondition", "Failed Dependency"),
    425: ("unavailable", "Too Early"),
    426: ("failed_precondition", "Upgrade Required"),
    428: ("failed_precondition", "Precondition Required"),
    429: ("resource_exhausted", "Too Many Requests"),
    431: ("out_of_range", "Request Header Fields Too Large"),
    451: ("permission_denied", "Unavailable For Legal Reasons"),
    499: ("cancelled", "Client Closed Request"),
    500: ("internal", "Internal Server Error"),
    501: ("unimplemented", "Not Implemented"),
    502: ("unavailable", "Bad Gateway"),
    503: ("unavailable", "Service Unavailable"),
    504: ("deadline_exceeded", "Gateway Timeout"),
    505: ("unimplemented", "HTTP Version Not Supported"),
    507: ("resource_exhausted", "Insufficient Storage"),
    508: ("internal", "Loop Detected"),
    511: ("unauthenticated", "Network Authentication Required"),
}

KINDS: Final[dict[int | None, Kind]] = {status: kind for status, (kind, _) in _STATUSES.items()}

# The status a kind is sent with when nothing names another (google/rpc/code.proto).
_DEFAULT_STATUSES: Final[dict[Kind, int]] = {
    "aborted": 409,
    "already_exists": 409,
    "cancelled": 499,
    "data_loss": 500,
    "deadline_exceeded": 504,
    "failed_precondition": 400,
    "internal": 500,
    "invalid_argument": 400,
    "not_found": 404,
    "out_of_range": 400,
    "permission_denied": 403,
    "resource_exhausted": 429,
    "unauthenticated": 401,
    "unavailable": 503,
    "unimplemented": 501,
    "unknown": 500,
}

_RETRIES: Final[dict[int, Retry]] = {
    408: "idempotent",
    425: "idempotent",
    429: "yes",
    502: "idempotent",
    503: "yes",
    504: "idempotent",
}


def kind_of(status: int | None) -> Kind:
    """Return the kind that a status stands for; an unlisted status counts as its class does."""
    if status in KINDS:
        return KINDS[status]
    if status is None or not 400 <= status < 600:
        return "unknown"
    return "invalid_argument" if status < 500 else "internal"


def status_of(kind: Kind) -> int:
    """Return the status that a kind is sent with by default."""
    return _DEFAULT_STATUSES[kind]


def title_of(status: int | None) -> str:
    """Return the reason phrase of a status; an unlisted error status gets that of its class."""
    if status in _STATUSES:
        return _STATUSES[status][1]
    if status is None or not 400 <= status < 600:
        return "Error"
    return "Client Error" if status < 500 else "Server Error"


def retry_of(status: int | None) -> Retry:
    """Return whether a request that ended with this status may be sent again."""
    return _RETRIES.get(status or 0, "no")


def is_kind(word: object) -> bool:
    """Tell whether a word is one of the sixteen kinds."""
    return word in _DEFAULT_STATUSES
