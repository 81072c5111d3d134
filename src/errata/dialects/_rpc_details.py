"""The standard details of google.rpc.Status (google/rpc/error_details.proto), in their JSON form.

A detail that says more than a problem has members for stays, whole, in the
extension member `details`, and is written back in the place of ours; others
than the standard ones stay there as well.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from msgspec.json import decode as decode_json

from errata._body import Document
from errata._http import RawResponse
from errata._json import write_json
from errata._problem import Problem, Resource, Violation, path_from_text
from errata.dialects._grpc import kind_of_code
from errata.dialects._protobuf import decode_detail, encode_detail
from errata.dialects._shapes import bracketed

Detail = dict[str, Any]

HOST: Final = "type.googleapis.com/"
_FAMILY: Final = "google.rpc."
_MAX_SECONDS: Final = 315_576_000_000  # what google.protobuf.Duration allows
_MAX_DETAILS: Final = 100


def name_of(detail: Detail) -> str:
    """Return the name of a standard detail; empty for any other."""
    full = str(detail.get("@type", "")).rpartition("/")[2]
    return full.removeprefix(_FAMILY) if full.startswith(_FAMILY) else ""


# ---- reading ----


def read_details(doc: Document, details: Iterable[Any]) -> dict[str, Any]:
    """Return the members of a problem that details tell; the first of a type that says something counts."""
    members: dict[str, Any] = {}
    extensions: dict[str, Any] = {}
    ours: list[Detail] = []  # in the order in which they are written back
    kept: list[Detail] = []
    seen: set[str] = set()
    for detail in list(details)[:_MAX_DETAILS]:
        if not isinstance(detail, dict):
            continue
        name = name_of(detail)
        if name == "DebugInfo":
            doc.note("debug-left-out", "a detail with a stack trace was left out", "details")
            continue
        if name not in _READERS or name in seen:
            kept.append(detail)
            continue
        told = _READERS[name](detail)
        says_more = not _TOLD[name].issuperset(_names(detail)) or _has_several(detail)
        tells = any(told.values())
        if says_more:
            (ours if tells else kept).append(detail)
        if says_more or tells:
            seen.add(name)
        extensions |= told.pop("extensions", {})
        members |= told
    if ours or kept:
        ours.sort(key=lambda detail: _ORDER.index(name_of(detail)))
        extensions["details"] = [*ours, *kept]
    return {name: value for name, value in members.items() if value} | {"extensions": extensions}


def _names(value: object) -> Iterator[str]:
    """Yield the names of all members, however deep; those of metadata are no members."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            if name != "metadata":
                yield from _names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _names(inner)


def _has_several(detail: Detail) -> bool:
    """Tell whether there are more links than the one that a problem can have."""
    return len(_objects(detail.get("links"))) > 1


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _objects(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _error_info(detail: Detail) -> dict[str, Any]:
    metadata = detail.get("metadata")
    given = metadata if isinstance(metadata, dict) else {}
    own = {name: detail[name] for name in ("reason", "domain") if _text(detail.get(name))}
    return {"extensions": {**given, **own}}


def _bad_request(detail: Detail) -> dict[str, Any]:
    return {"violations": tuple(_violation(item) for item in _objects(detail.get("fieldViolations")))}


def _violation(item: dict[str, Any]) -> Violation:
    path = path_from_text(_text(item.get("field")) or "")
    return Violation(path=path, detail=_text(item.get("description")), code=_text(item.get("reason")))


def _retry_info(detail: Detail) -> dict[str, Any]:
    delay = detail.get("retryDelay")
    try:
        seconds = float(delay.removesuffix("s")) if isinstance(delay, str) and len(delay) < 40 else -1.0
    except ValueError:
        return {}
    return {"retry_after": seconds} if 0 <= seconds <= _MAX_SECONDS else {}


def _resource_info(detail: Detail) -> dict[str, Any]:
    kind, name = _text(detail.get("resourceType")), _text(detail.get("resourceName"))
    return {"resource": Resource(kind, name)} if kind or name else {}


def _help(detail: Detail) -> dict[str, Any]:
    urls = (_text(link.get("url")) for link in _objects(detail.get("links")))
    return {"help": next(filter(None, urls), None)}


_READERS: Final[dict[str, Callable[[Detail], dict[str, Any]]]] = {
    "BadRequest": _bad_request,
    "ErrorInfo": _error_info,
    "Help": _help,
    "RequestInfo": lambda detail: {"trace_id": _text(detail.get("requestId"))},
    "ResourceInfo": _resource_info,
    "RetryInfo": _retry_info,
}
_ORDER: Final = ("ErrorInfo", "RetryInfo", "RequestInfo", "ResourceInfo", "Help", "BadRequest")
_TOLD: Final = {
    "BadRequest": {"@type", "fieldViolations", "field", "description", "reason"},
    "ErrorInfo": {"@type", "reason", "domain", "metadata"},
    "Help": {"@type", "links", "url"},
    "RequestInfo": {"@type", "requestId", "servingData"},  # the latter is for the server's makers
    "ResourceInfo": {"@type", "resourceType", "resourceName"},
    "RetryInfo": {"@type", "retryDelay"},
}


# ---- writing ----


def write_details(problem: Problem) -> list[Detail]:
    """Return the details that say what code, status and message cannot; the small and weighty ones first."""
    own = {name: {"@type": HOST + _FAMILY + name} | detail for name, detail in _own(problem) if detail}
    further: list[Detail] = []
    bare = dict(own)
    for detail in _objects(problem.extensions.get("details"))[:_MAX_DETAILS]:
        name = name_of(detail)
        if name in bare and _READERS[name](detail) == _READERS[name](bare[name]):
            own[name] = detail  # it says the same, and more
            del bare[name]
        elif _text(detail.get("@type")) and name != "DebugInfo":
            further.append(detail)
    return [*own.values(), *further]


def settled_details(problem: Problem) -> list[Detail]:
    """Return the details in the spelling that they have when they were packed and read once, and keep from then on."""
    unpacked = [unpack_detail(url, value) for url, value in pack_details(write_details(problem))]
    members = read_details(Document(RawResponse(200, {}, b"")), unpacked)
    return write_details(Problem(**members).replace(retry_after=problem.retry_after))


def _own(problem: Problem) -> Iterator[tuple[str, Detail]]:
    yield "ErrorInfo", _info(problem)
    if problem.retry_after is not None and 0 <= problem.retry_after <= _MAX_SECONDS:
        yield "RetryInfo", {"retryDelay": f"{problem.retry_after:.9f}".rstrip("0").rstrip(".") + "s"}
    yield "RequestInfo", _present(requestId=problem.trace_id)
    resource = problem.resource or Resource()
    yield "ResourceInfo", _present(resourceType=resource.type, resourceName=resource.id)
    yield "Help", {"links": [{"url": problem.help}]} if problem.help else {}
    faults = [_present(field=bracketed(v), description=v.detail, reason=v.code) for v in problem.violations]
    yield "BadRequest", {"fieldViolations": faults} if faults else {}


def _info(problem: Problem) -> Detail:
    """Return the reason, which is any code that is not one of the sixteen, and the further members as texts."""
    given = problem.extensions
    foreign = problem.code if kind_of_code(problem.code) is None else None
    texts = ((name, _as_text(value)) for name, value in given.items() if not _has_place(name, value))
    metadata = {name: text for name, text in texts if text is not None}
    reason = foreign or _text(given.get("reason"))
    return _present(reason=reason, domain=_text(given.get("domain")), metadata=metadata)


def _has_place(name: str, value: object) -> bool:
    """Tell whether a further member is said elsewhere than in metadata."""
    return name in ("reason", "domain") or (name == "details" and isinstance(value, list))


def _as_text(value: object) -> str | None:
    """Return a member as a text, or as the JSON that says it; None for one that says nothing or cannot be said."""
    if value is None or isinstance(value, str):
        return value
    try:
        written = write_json(value).decode()
    except Exception:  # noqa: BLE001 - a value whose own spelling fails must not cost the others
        return None
    told = decode_json(written) if written.startswith('"') else written
    return told if isinstance(told, str) else None


def _present(**members: Any) -> Detail:
    return {name: value for name, value in members.items() if value}


# ---- packed into protobuf ----


def unpack_detail(url: str, body: bytes) -> Detail:
    """Return a packed detail in its JSON form; of another type, its bytes as base64."""
    detail = {"@type": url}
    told = decode_detail(name_of(detail), body)
    return detail | ({"value": b64encode(body).decode()} if told is None else told)


def pack_detail(detail: Detail) -> tuple[str, bytes] | None:
    """Return the type URL and the bytes of a detail; None when its type is unknown and there are no bytes."""
    url, value = str(detail.get("@type", "")), detail.get("value")
    packed = encode_detail(name_of(detail), detail)
    if packed is None and isinstance(value, str):
        packed = from_base64(value)
    return None if packed is None or not url else (url, packed)


def pack_details(details: Iterable[Detail]) -> list[tuple[str, bytes]]:
    """Return the details that can be packed."""
    return [packed for packed in map(pack_detail, details) if packed is not None]


def from_base64(text: str) -> bytes | None:
    """Return the bytes of a base64 text, padded or not; None when it is none."""
    try:
        return b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), validate=True)
    except ValueError:
        return None
