"""The errors of OAuth 2.0: a token endpoint's body, and the challenge of a protected resource.

A client meets the body at token, device, registration and OpenID Connect
endpoints, and at many an API that borrowed it; the challenge
(`WWW-Authenticate: Bearer error=...`, with no body) where a token is refused.

Deviations: texts are ASCII without quotes and backslashes, other characters are
replaced; violations go into the text; title, instance, resource and inner
problems have no place. The challenge keeps code, text and help, of further
members `realm` and `scope` alone, and is cut to the length of a header field.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeGuard

from errata._body import Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind, title_of
from errata._problem import Problem, shows
from errata.dialects._shapes import in_text, with_members

# RFC 6749 sections 4.1.2.1 and 5.2, RFC 6750, RFC 7009, RFC 7591, RFC 8628, RFC 8707, RFC 9126, RFC 9449,
# OpenID Connect Core section 3.1.2.6; where a code tells more than the status, with its kind.
CODES: Final[Mapping[str | None, Kind | None]] = {
    "access_denied": "permission_denied",
    "account_selection_required": "unauthenticated",
    "authorization_pending": "failed_precondition",
    "consent_required": "permission_denied",
    "expired_token": "deadline_exceeded",
    "insufficient_scope": "permission_denied",
    "insufficient_user_authentication": "unauthenticated",
    "interaction_required": "unauthenticated",
    "invalid_client": "unauthenticated",
    "invalid_client_metadata": None,
    "invalid_dpop_proof": None,
    "invalid_grant": None,
    "invalid_redirect_uri": None,
    "invalid_request": None,
    "invalid_request_object": None,
    "invalid_request_uri": None,
    "invalid_scope": None,
    "invalid_software_statement": None,
    "invalid_target": None,
    "invalid_token": "unauthenticated",
    "login_required": "unauthenticated",
    "registration_not_supported": "unimplemented",
    "request_not_supported": "unimplemented",
    "request_uri_not_supported": "unimplemented",
    "server_error": "internal",
    "slow_down": "resource_exhausted",
    "temporarily_unavailable": "unavailable",
    "unapproved_software_statement": None,
    "unauthorized_client": "permission_denied",
    "unsupported_grant_type": "unimplemented",
    "unsupported_response_type": "unimplemented",
    "unsupported_token_type": "unimplemented",
    "use_dpop_nonce": None,
}

# The code for a problem that has none, by kind; what is not listed follows the status.
_BY_KIND: Final[dict[Kind | None, str]] = {
    "permission_denied": "access_denied",
    "resource_exhausted": "slow_down",
    "unauthenticated": "invalid_client",
    "unavailable": "temporarily_unavailable",
}


class Body(Wire, forbid_unknown_fields=False):
    """The three members of the standard, and the id that Microsoft adds; any further member is legal."""

    error: str
    error_description: str | None = None
    error_uri: str | None = None
    trace_id: str | None = None


class _Given(Body, forbid_unknown_fields=True):
    """The same for reading, where further members are looked at."""


def _read(doc: Document) -> Problem:
    wire = doc.fit(_Given)
    return Problem(
        status=doc.raw.status,
        code=wire.error or None,
        kind=CODES.get(wire.error),
        detail=wire.error_description or None,
        help=wire.error_uri or None,
        trace_id=wire.trace_id or None,
        extensions=wire.extras,
    )


def _write(problem: Problem) -> bytes:
    body = Body(
        _code(problem, _BY_KIND, "invalid_request"),
        _text(problem),
        problem.help if _is_plain(problem.help) and " " not in problem.help else None,
        problem.trace_id or None,
    )
    return write_json(with_members(body, problem.extensions))


def _code(problem: Problem, by_kind: Mapping[Kind | None, str], other: str) -> str:
    """Return the problem's code where the grammar allows it, else the one that its kind calls for."""
    if _is_plain(problem.code) and len(problem.code) <= _LONGEST_CODE:
        return problem.code
    return by_kind.get(problem.kind, "server_error" if (problem.status or 500) >= 500 else other)


_LONGEST_CODE: Final = 100
# Visible ASCII and blanks without quotes and backslashes (RFC 6749 appendix A.7).
_PLAIN: Final = frozenset(map(chr, range(0x20, 0x7F))) - {'"', "\\"}
_REPLACED: Final = {'"': "'", "\\": "/", "\t": " ", "\r": " ", "\n": " ", "\u2019": "'", "\u2013": "-", "\u2014": "-"}


def _is_plain(text: str | None) -> TypeGuard[str]:
    return text is not None and text.strip() != "" and _PLAIN.issuperset(text)


def _text(problem: Problem, longest: int | None = None) -> str:
    text = _ascii(in_text(problem).text)[:longest]
    return text if shows(text) else title_of(problem.status)


def _ascii(text: str) -> str:
    """Return a text in the characters that OAuth allows; accents are dropped, what has no likeness is a `?`."""
    if _PLAIN.issuperset(text):
        return text
    from unicodedata import combining, normalize  # loaded for texts that are not ASCII alone

    spelled = (_REPLACED.get(c, c) for c in normalize("NFKD", text) if not combining(c))
    return "".join(c if c in _PLAIN else "?" for c in spelled)


_FURTHER: Final = {"ok": ABSENT, "reason": ABSENT, "errcode": ABSENT, "errors": ABSENT, "path": ABSENT}

dialect: Final = Dialect(
    name="oauth2",
    title="OAuth 2.0 and OpenID Connect: an error response",
    source="RFC 6749 section 5.2",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(
        Signature(members={"error": str, "error_description": str}, weight=4),
        Signature(members={"error": str, "error_uri": str}, weight=4),
        Signature(members={"error": frozenset(CODES), **_FURTHER}, weight=2),
    ),
    fields=Body,
)


# ---- the challenge ----

_MAX_FIELD: Final = 8_192
_SCHEME: Final = "bearer"


def _challenges(field: str) -> Iterator[dict[str, str]]:
    """Yield the parameters of each Bearer challenge, by lower-case name."""
    parameters: dict[str, str] = {}
    for scheme, name, value in _pieces(field[:_MAX_FIELD]):
        if name is None:
            if scheme == _SCHEME and parameters:
                yield parameters
                parameters = {}
        elif scheme == _SCHEME:
            parameters.setdefault(name, value)
    if parameters:
        yield parameters


def _pieces(field: str) -> Iterator[tuple[str, str | None, str]]:
    """Yield scheme, parameter (None where the scheme itself stands) and value, as far as the field can be read."""
    scheme, pos = "", _past(_BETWEEN, field, 0)
    while (end := _past(_TOKEN, field, pos)) > pos:
        name, value = field[pos:end].lower(), ""
        sign = _past(_BLANKS, field, end)
        if field[sign : sign + 1] == "=":
            value, end = _value(field, _past(_BLANKS, field, sign + 1))
            yield scheme, name, value
        else:
            scheme = name
            yield scheme, None, ""
        pos = _past(_BETWEEN, field, end)


_BLANKS: Final = frozenset(" \t")
_BETWEEN: Final = _BLANKS | {","}
_TOKEN: Final = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def _past(characters: frozenset[str], text: str, pos: int) -> int:
    """Return the position behind a run of characters."""
    while pos < len(text) and text[pos] in characters:
        pos += 1
    return pos


def _value(field: str, pos: int) -> tuple[str, int]:
    """Return a token or what is between quotes, without escapes, and the position behind it."""
    if field[pos : pos + 1] != '"':
        end = next((n for n in range(pos, len(field)) if field[n] in ' \t,"'), len(field))
        return field[pos:end], end
    characters: list[str] = []
    pos += 1
    while pos < len(field) and field[pos] != '"':
        pos += field[pos] == "\\"
        characters.append(field[pos : pos + 1])
        pos += 1
    return "".join(characters), pos + 1


def _challenge(field: str) -> dict[str, str] | None:
    """Return the first Bearer challenge that names an error; one without asks for a token and is none."""
    if "error" not in field.lower():
        return None
    return next((each for each in _challenges(field) if each.get("error")), None)


def _read_bearer(doc: Document) -> Problem:
    given = _challenge(doc.raw.headers.get("www-authenticate", "")) or {}
    code = given.pop("error", None)
    return Problem(
        status=doc.raw.status,
        code=code,
        kind=CODES.get(code),
        detail=given.pop("error_description", None) or (doc.form == "text" and doc.text.strip()[:2000]) or None,
        help=given.pop("error_uri", None) or None,
        extensions=given,
    )


_BEARER_BY_KIND: Final[dict[Kind | None, str]] = {
    "permission_denied": "insufficient_scope",
    "unauthenticated": "invalid_token",
    "unavailable": "temporarily_unavailable",
}
_SPACE: Final = {"error_description": 400, "error_uri": 200, "realm": 100, "scope": 100}


def _head(problem: Problem) -> dict[str, str]:
    """Return the challenge; a parameter that is too long for a header field is cut or left out."""
    further: Mapping[str, Any] = problem.extensions
    kept = {name: further[name] for name in ("realm", "scope") if isinstance(further.get(name), str)}
    given = {
        **{name: text for name, text in kept.items() if _is_plain(text)},
        "error": _code(problem, _BEARER_BY_KIND, "invalid_request"),
        "error_description": _text(problem, _SPACE["error_description"]),
    }
    if _is_plain(problem.help) and " " not in problem.help:
        given["error_uri"] = problem.help
    fitting = (f'{name}="{text}"' for name, text in given.items() if len(text) <= _SPACE.get(name, _LONGEST_CODE))
    return {"www-authenticate": "Bearer " + ", ".join(fitting)}


def _names_error(field: str) -> bool:
    return _challenge(field) is not None


def _has_no_data(doc: Document) -> bool:
    """No body but a page or a text."""
    return doc.form in ("empty", "html", "text") or (doc.form == "json" and not doc.value)


bearer: Final = Dialect(
    name="bearer",
    title="the challenge of a resource that takes bearer tokens",
    source="RFC 6750 section 3",
    read=_read_bearer,
    formats=(format_of("header", "", lambda _: b"", head=_head),),
    signatures=(Signature(headers={"www-authenticate": _names_error}, accepts=_has_no_data, weight=3),),
)
