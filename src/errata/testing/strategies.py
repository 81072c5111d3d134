"""Hypothesis strategies: problems as servers make them, bodies and responses as networks deliver them."""

import json
from typing import Any, Final

from errata._http import RawResponse
from errata._problem import LOCATIONS, Problem, Resource, Violation
from errata._read import builtin_registry

try:
    from hypothesis import strategies as st
except ImportError as error:
    raise ImportError("errata.testing.strategies needs hypothesis; run: pip install 'errata[testing]'") from error

__all__ = ["bodies", "problems", "responses", "violations"]

_WORDS: Final = (
    "ACCESS_DENIED", "BAD_REQUEST", "SERVER_ERROR", "3001", "200601", "5000", "007", "0", "-1", "multiple", "expired",
    "mvnoAccount", "address.street", "general/validation-failed", "general/resource-in-use", "security/access-denied",
    "not_found", "NOT_FOUND", "a b", "about:blank", "https://e.example/full", "#/a", "/a/0", "$.a[0]",
    "items[0]", "[[a]]",
)  # fmt: skip
_STATUSES: Final = (400, 401, 403, 404, 405, 409, 410, 418, 422, 429, 499, 500, 502, 503, 504, 599)

_text = st.text(max_size=30) | st.sampled_from(_WORDS)
_code = st.sampled_from(_WORDS) | st.integers(0, 10**20).map(str) | st.text(max_size=10)
_scalar = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _text
)
_value = st.recursive(
    _scalar, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=3), max_leaves=8
)


def violations() -> st.SearchStrategy[Violation]:
    """Return a strategy for violations with any of their members."""
    return st.builds(
        Violation,
        path=st.lists(_text | st.integers(0, 10**10), max_size=4).map(tuple),
        location=st.sampled_from((None, *LOCATIONS)),
        detail=st.none() | _text,
        code=st.none() | _code,
        status=st.none() | st.sampled_from(_STATUSES),
    )


def problems(*, depth: int = 1) -> st.SearchStrategy[Problem]:
    """Return a strategy for problems with any of their members, and inner problems to a depth."""
    inner = st.lists(problems(depth=depth - 1), max_size=2) if depth else st.just([])
    optional = st.none() | _text
    return st.builds(
        Problem,
        status=st.none() | st.sampled_from(_STATUSES),
        code=st.none() | _code,
        kind=st.none() | st.sampled_from(("unauthenticated", "not_found", "unavailable", "internal", "aborted")),
        type=optional,
        title=optional,
        detail=optional,
        instance=optional,
        violations=st.lists(violations(), max_size=3).map(tuple),
        problems=inner.map(tuple),
        retry_after=st.none() | st.floats(0, 10**7) | st.integers(0, 10**7).map(float),
        resource=st.none() | st.builds(Resource, st.none() | _text, st.none() | _code),
        trace_id=optional,
        help=optional,
        extensions=st.dictionaries(_names, _value, max_size=4),
    )


_SIGNATURES: Final = [signature for dialect in builtin_registry() for signature in dialect.signatures]
# What members are called, in what the dialects write and in what their signatures look for.
_NAMES: Final = (
    "type", "title", "status", "detail", "instance", "code", "traceId", "errors", "problems", "resource", "help",
    "extensions", "error", "message", "errorCode", "subject", "subjectType", "inner", "path", "check",
    "fields", "model",
    "id", "retry", "success", "messages", "pointer", "parameter", "source", "location", "item", "i", "response", "name",
    *sorted({name for signature in _SIGNATURES for name in (*signature.members, *signature.item)}),
)  # fmt: skip
# The literals that signatures look for, and a few that they do not.
_LITERALS: Final = sorted({
    literal
    for signature in _SIGNATURES
    for check in (*signature.members.values(), *signature.item.values())
    if isinstance(check, frozenset)
    for literal in check
}, key=str)  # fmt: skip
_names = st.sampled_from(_NAMES) | st.sampled_from(_NAMES).map(" {}".format) | st.text(max_size=8)
_shapes = st.recursive(
    _scalar | st.sampled_from((False, 404, "404", "general/validation-failed", *_LITERALS)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=5),
    max_leaves=15,
)


def bodies() -> st.SearchStrategy[bytes]:
    """Return a strategy for bodies: bytes, texts, JSON with members that dialects know, XML, and all of them cut."""
    whole = (
        st.binary(max_size=200)
        | st.text(max_size=100).map(str.encode)
        | _shapes.map(_as_json)
        | st.dictionaries(_names, _shapes, max_size=6).map(_as_json)
        | st.dictionaries(_names, _shapes, max_size=6).map(lambda members: _as_xml("response", members).encode())
        | st.dictionaries(_names, _shapes, max_size=6).map(
            lambda members: _as_xml("problem", members, ' xmlns="urn:ietf:rfc:7807"').encode()
        )
    )
    return whole | st.builds(lambda body, end: body[:end], whole, st.integers(0, 100))


def _as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _as_xml(name: str, value: Any, attributes: str = "") -> str:
    """Return a value as XML, well-formed only if its names and texts happen to be."""
    if isinstance(value, dict):
        inner = "".join(_as_xml(key, member) for key, member in value.items())
    elif isinstance(value, list):
        inner = "".join(_as_xml("item", item) for item in value)
    else:
        inner = str(value)
    return f"<{name}{attributes}>{inner}</{name}>"


_MEDIA_TYPES: Final = (
    "application/json", "application/problem+json", "application/problem+xml", "application/xml", "text/html",
    "text/plain",
    "APPLICATION/JSON ; charset=UTF-16", "application/json; charset=punycode", "text/html; charset=unicode_escape", ";",
    *sorted({media_type for signature in _SIGNATURES for media_type in signature.media_types}),
)  # fmt: skip
_ODD_NAMES: Final = (
    "content-type",
    "retry-after",
    "retry-after-ms",
    "date",
    "content-encoding",
    "traceparent",
    "x-request-id",
    *sorted({name for signature in _SIGNATURES for name in signature.headers}),
)


def responses() -> st.SearchStrategy[RawResponse]:
    """Return a strategy for responses of any status, with hostile header fields, and bodies as of `bodies`."""
    nothing: dict[str, str] = {}
    content_type = st.sampled_from(_MEDIA_TYPES).map(lambda value: {"content-type": value}) | st.just(nothing)
    odd = st.dictionaries(
        st.sampled_from(_ODD_NAMES), st.text(max_size=20) | st.sampled_from(("gzip", "nan", "-1", "1e999")), max_size=3
    )
    headers = st.builds(lambda odd, given: {**odd, **given}, odd, content_type)
    status = st.sampled_from((0, 99, 999, 200, 204)) | st.integers(100, 599)
    return st.builds(RawResponse, status, headers, bodies())
