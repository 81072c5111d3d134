"""The error contract of the tesma API: problem details (RFC 7807, now RFC 9457) in a house style.

    {"type": "https://tools.ietf.org/html/rfc7231#section-6.5.4",
     "title": "Not Found", "status": 404, "detail": null, "instance": null,
     "extensions": {"traceId": "00-b0b7d0586b67e3746511f2ca6e532f61-6cb726c347200a15-01"}}

What sets it apart from the RFC:

- Extension members stand inside an object `extensions`, not beside the standard
  members. A client that ignores unknown members, as the RFC asks it to, would
  lose the trace id: errata looks in both places.
- All standard members are always there; `detail` and `instance` may be null.
- The media type is `application/problem+json` whatever the client accepts.
- Faults in the request are listed in `errors`, all of them at once. `source` is
  the name of the property in the request type, so `ValidTo` for `validTo`.
- `type` names the section of the RFC that defines the status. Newer servers of
  this kind name RFC 9110 where this one names RFC 7231: compare types only after
  `canonical_type`.
"""

import random
from typing import Final

import errata
from errata import Catalog, Contract, Error, Request, Violation
from errata._http import parse_traceparent
from errata.dialects import problem as problem_details

_RFC: Final = "https://tools.ietf.org/html/"

# status: where this API finds it defined, and the section of RFC 9110 that newer servers name
SECTIONS: Final[dict[int, tuple[str, str]]] = {
    400: ("rfc7231#section-6.5.1", "rfc9110#section-15.5.1"),
    401: ("rfc7235#section-3.1", "rfc9110#section-15.5.2"),
    403: ("rfc7231#section-6.5.3", "rfc9110#section-15.5.4"),
    404: ("rfc7231#section-6.5.4", "rfc9110#section-15.5.5"),
    405: ("rfc7231#section-6.5.5", "rfc9110#section-15.5.6"),
    406: ("rfc7231#section-6.5.6", "rfc9110#section-15.5.7"),
    409: ("rfc7231#section-6.5.8", "rfc9110#section-15.5.10"),
    415: ("rfc7231#section-6.5.13", "rfc9110#section-15.5.16"),
    422: ("rfc4918#section-11.2", "rfc9110#section-15.5.21"),
    500: ("rfc7231#section-6.6.1", "rfc9110#section-15.6.1"),
}


def type_of(status: int) -> str:
    """Return the type URI of a status as this API spells it."""
    return _RFC + SECTIONS[status][0]


# ---- the request is at fault ----


class BadRequest(errata.InvalidArgument, status=400, type=type_of(400)):
    """The server could not make sense of the request, and no single property is to blame.

    Compare the request with the documentation; sending it again is of no use.
    """

    title = "Bad Request"


class ValidationErrors(BadRequest, status=400, type=type_of(400)):
    """Properties of the request break rules. Each fault is listed with the property it is about.

    Correct all of them and send the request again: the list is complete.
    """

    title = "One or more validation errors occurred."
    detail = ""
    violations: tuple[Violation, ...]


class UnreadableBody(ValidationErrors, status=400, type=type_of(400)):
    """The body is not JSON. The one fault in the list names no property.

    Check the quoting and the encoding (UTF-8) of the body.
    """

    title = "One or more validation errors occurred."
    detail = ""
    violations: tuple[Violation, ...] = (Violation(detail="The request body cannot be read as JSON."),)


class Unauthorized(errata.Unauthenticated, status=401, type=type_of(401)):
    """The token in `X-API-KEY` or the group in `CorporateGroup-Name` is missing, or the token is not known.

    Tokens are personal and must be activated first. Ask again with a good one.
    """

    title = "Unauthorized"
    detail = ""


class Forbidden(errata.PermissionDenied, status=403, type=type_of(403)):
    """The token is good, but not for this.

    Another token or another group is needed; sending the request again is of no use.
    """

    title = "Forbidden"


class NotYourGroup(Forbidden, status=403, type=type_of(403)):
    """The token's owner does not belong to the corporate group in `CorporateGroup-Name`.

    Check the spelling of the group's name, or ask its administrator to be let in.
    """

    title = "Forbidden"
    detail = "The token's owner does not belong to this corporate group."


class ForeignPriceList(Forbidden, status=403, type=type_of(403)):
    """The price list belongs to another corporate group than the one named in the request.

    If it is one of yours, name its group in `CorporateGroup-Name`.
    """

    title = "Forbidden"
    detail = "The price list belongs to another corporate group."


class NotFound(errata.NotFound, status=404, type=type_of(404)):
    """There is nothing at this address.

    Check the address; what was deleted does not come back.
    """

    title = "Not Found"


class NoSuchPriceList(NotFound, status=404, type=type_of(404)):
    """There is no price list with this number, in any group.

    List the price lists to find the numbers there are.
    """

    title = "Not Found"
    detail = "There is no price list {id}."
    id: int


class MethodNotAllowed(errata.MethodNotAllowed, status=405, type=type_of(405)):
    """The address takes other methods than this one; the `Allow` field lists them."""

    title = "Method Not Allowed"


class NotAcceptable(errata.NotAcceptable, status=406, type=type_of(406)):
    """The client accepts no format that this address can answer in. Errors are sent as they are, all the same."""

    title = "Not Acceptable"


class Conflict(errata.Aborted, status=409, type=type_of(409)):
    """The request goes against what is stored already.

    Read the current state, decide anew, then send a request that fits it.
    """

    title = "Conflict"


class OverlappingPeriod(Conflict, status=409, type=type_of(409)):
    """Another price list of the group is valid in a part of this period.

    Choose a period that begins when the other one ends, or change the other one first.
    """

    title = "Conflict"
    detail = "The period overlaps that of price list {other}."
    other: int


class UnsupportedMediaType(errata.UnsupportedMediaType, status=415, type=type_of(415)):
    """The body is of a type that is not read here. Send JSON, and say so in `Content-Type`."""

    title = "Unsupported Media Type"


class UnprocessableEntity(errata.InvalidArgument, status=422, type=type_of(422)):
    """The body can be read, but what it asks for cannot be done.

    Not sent by the API today; clients know it because servers of this kind use it for validation too.
    """

    title = "Unprocessable Entity"


# ---- the server is at fault ----


class InternalServerError(errata.InternalError, status=500, type=type_of(500)):
    """The server failed. Nothing more is said to clients; the trace id leads to the line in the server's log.

    Try once more later, then report the trace id.
    """

    title = "An error occurred while processing your request."
    detail = ""


catalog: Final = Catalog(
    [
        BadRequest,
        ValidationErrors,
        UnreadableBody,
        Unauthorized,
        Forbidden,
        NotYourGroup,
        ForeignPriceList,
        NotFound,
        NoSuchPriceList,
        MethodNotAllowed,
        NotAcceptable,
        Conflict,
        OverlappingPeriod,
        UnsupportedMediaType,
        UnprocessableEntity,
        InternalServerError,
    ],
    name="tesma",
)


# ---- house rules ----


def traceparent(request: Request) -> str:
    """Return the id of this step of a trace, in the form of a `traceparent` field (W3C Trace Context).

    The trace and its flags are those of a valid `traceparent` in the request, else new.
    """
    parent = parse_traceparent(request.headers.get("traceparent"))
    trace_id, flags = (parent[0], parent[2]) if parent is not None else (_some_hex(32), "01")
    return f"00-{trace_id}-{_some_hex(16)}-{flags}"


def _some_hex(digits: int) -> str:
    """Return random digits that are not all zeros, which the standard forbids."""
    return f"{random.randrange(1, 16**digits):0{digits}x}"  # noqa: S311 - unique for tracing, no secret


def in_house_style(violation: Violation) -> Violation:
    """Return a violation as this API reports it: whole sentences, and properties by their names in the request type.

    What comes from the API's own rules is a sentence already, and stays.
    """
    path, detail = violation.path, violation.detail
    if violation.location in (None, "body"):
        path = tuple(s[:1].upper() + s[1:] if isinstance(s, str) else s for s in path)
    if violation.code not in (None, "invalid") or not detail:
        subject = f"The field {Violation(path=path).dotted}" if path else "The request body"
        detail = f"{subject} {detail or 'is not valid'}."
    return Violation(path=path, detail=detail)


contract: Final = Contract(
    catalog,
    dialect=problem_details.nested,
    name="tesma",
    fallbacks={
        errata.MalformedBody: UnreadableBody,
        errata.ValidationFailed: ValidationErrors,
        errata.UnsupportedMediaType: UnsupportedMediaType,
        errata.NotAcceptable: NotAcceptable,
        errata.InvalidArgument: BadRequest,
        errata.Unauthenticated: Unauthorized,
        errata.PermissionDenied: Forbidden,
        errata.NotFound: NotFound,
        errata.MethodNotAllowed: MethodNotAllowed,
        errata.Aborted: Conflict,
        errata.AlreadyExists: Conflict,
        Error: InternalServerError,
    },
    negotiation="off",
    challenge='ApiKey realm="tesma"',
    trace_id=traceparent,
    adapt_violation=in_house_style,
)
"""The API as it is: nested extension members, explicit nulls."""

flat: Final = contract.replace(dialect="problem", name="tesma-flat")
"""The same errors as the RFC has them: extension members beside the standard ones, nothing that is null."""


# ---- for clients ----

_OWN_TYPE: Final = {section: type_of(status) for status, sections in SECTIONS.items() for section in sections}


def canonical_type(uri: str | None) -> str | None:
    """Return a type URI as this API spells it, so that two can be compared.

    Takes RFC 7231, 7235, 4918 and 9110 at any of the addresses where RFCs are
    published; any other URI is returned as it is, a missing one as None.
    """
    document, _, section = (uri or "").lower().partition("#")
    name = document.rstrip("/").rpartition("/")[2].removesuffix(".html")
    return _OWN_TYPE.get(f"{name}#{section}", uri)
