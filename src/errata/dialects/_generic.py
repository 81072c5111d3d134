"""The generic reader: bodies that no dialect claims, read by the usual member names.

It looks for text, code, field failures, ids and retry hints wherever an
envelope may hold them, whatever the spelling of the names (`errorCode`,
`error_code`, `ErrorCode`). All of it is guessed, and the findings say so.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final, NamedTuple

from errata._body import MAX_ITEMS, Document
from errata._problem import LOCATIONS, NO_MEMBERS, Problem, Violation, path_from_text
from errata._xml import Element
from errata.dialects._shapes import violations_from_map

# Names without case and separators, the more telling ones first.
_TEXT: Final = (
    "detail", "errordetail", "message", "errormessage", "errordescription", "description", "msg", "errormsg",
    "exceptionmessage", "faultstring", "usermessage", "developermessage", "statusmessage", "resultmessage",
    "reason", "reasonphrase", "info", "explanation", "errortext", "text", "summary", "error", "title", "cause",
)  # fmt: skip
_CODE: Final = (
    "code", "errorcode", "errcode", "faultcode", "resultcode", "exceptioncode", "errorkey", "errortype", "type",
    "name", "reason", "key", "id", "error",
)  # fmt: skip
_TRACE: Final = (
    "traceid", "requestid", "correlationid", "debugid", "errorid", "eventid", "incidentid", "transactionid",
    "logid", "reqid",
)  # fmt: skip
_RETRY: Final = {"retryafter": 1.0, "retryafterseconds": 1.0, "retryin": 1.0, "retryafterms": 0.001, "retry": 1.0}
_HELP: Final = ("help", "helpurl", "moreinfo", "documentationurl", "docurl", "infourl", "helplink", "documentation")
# Members whose object or list is the error itself, in the order in which they are entered.
_WRAPPERS: Final = (
    "error", "errors", "fault", "exception", "status", "responsestatus", "meta", "result", "results", "response",
    "data", "body",
)  # fmt: skip
_FIELDS: Final = (
    "errors", "fields", "violations", "constraintviolations", "details", "detail", "fielderrors", "validationerrors",
    "validation", "invalidparams", "issues", "modelstate", "messages", "message", "error", "extra",
)  # fmt: skip
_ENTERED: Final = frozenset({*_WRAPPERS, *_FIELDS}) - {"detail", "details"}
_PLACE: Final = (
    "field", "fieldname", "path", "param", "parameter", "pointer", "instancepath", "property", "propertypath",
    "attribute", "attr", "loc", "location", "source", "key", "name", "locator",
)  # fmt: skip
_CHECK: Final = ("code", "rule", "check", "errorcode", "constraint", "keyword", "type")
# What a server in debug mode tells: never passed on.
_DEBUG: Final = frozenset({"stack", "stacktrace", "traceback", "backtrace", "exceptiontrace", "debuginfo"})
_MAX_OBJECTS: Final = 50
_MAX_DEPTH: Final = 6
_MAX_TEXT: Final = 2000


class Folded(NamedTuple):
    """An object with its names folded: without case and separators."""

    members: dict[str, Any]


def read_generic(doc: Document) -> Problem:
    """Return the problem that the usual member names of an unknown body tell."""
    if doc.form == "text":
        return _read_text(doc, " ".join(doc.text.split())[:500], "the body's text")
    value = _plain(doc.root) if doc.root is not None else doc.value
    if isinstance(value, str):
        return _read_text(doc, value.strip()[:_MAX_TEXT], "the bare text")
    if not isinstance(value, dict | list) or not value:
        return Problem()
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return _read_text(doc, "; ".join(value)[:_MAX_TEXT], "the list of texts")
    return _read_members(doc, value)


def _read_text(doc: Document, text: str, what: str) -> Problem:
    if text:
        doc.note("guessed", f"no dialect fits; {what} was taken as the detail")
    return Problem(detail=text or None)


def _read_members(doc: Document, value: Any) -> Problem:
    objects = list(_objects(value))
    violations = tuple(islice(_violations(objects), MAX_ITEMS))
    detail = _first(objects, _TEXT, _as_text)
    guess = Problem(
        code=_first(objects, _CODE, _as_code),
        title=title if (title := _first(objects, ("title",), _as_text)) != detail else None,
        detail=detail or (None if violations else _only_text(value)),
        trace_id=_first(objects, _TRACE, _as_code),
        help=_first(objects, _HELP, _as_url),
        retry_after=_seconds(objects),
        violations=violations,
        extensions=_without_debug(doc, value if isinstance(value, dict) else {"items": value}),
    )
    names = ("code", "title", "detail", "trace_id", "help", "retry_after", "violations")
    if found := [name for name in names if getattr(guess, name)]:
        doc.note("guessed", f"no dialect fits; guessed from the usual member names: {', '.join(found)}")
    return guess


def _fold(name: str) -> str:
    return name.translate(_SEPARATORS).lower()


_SEPARATORS: Final = dict.fromkeys(map(ord, "_-. $@"))


def _objects(value: Any) -> list[Folded]:
    """Return the objects that may hold the error: inside of wrappers first, then around them, then the rest."""
    found: list[Folded] = []
    rest: list[Any] = []
    _enter(value, _MAX_DEPTH, found, rest)
    for inner in rest:
        _enter(inner, 1, found, [])
    return found[:_MAX_OBJECTS]


def _enter(value: Any, depth: int, found: list[Folded], rest: list[Any]) -> None:
    if isinstance(value, list):
        value = value[0] if value else None
    if not isinstance(value, dict) or not depth or len(found) >= _MAX_OBJECTS:
        return
    folded = Folded({_fold(name): member for name, member in value.items()})
    for name in _WRAPPERS:
        # A list of failures by field does not speak for the whole.
        if not _is_placed(inner := folded.members.get(name)):
            _enter(inner, depth - 1, found, rest)
    found.append(folded)
    rest += [m for name, m in folded.members.items() if isinstance(m, dict) and name not in _ENTERED]


def _is_placed(value: Any) -> bool:
    first = value[0] if isinstance(value, list) and value else None
    return isinstance(first, dict) and _place({_fold(name): member for name, member in first.items()}) is not None


def _first(objects: list[Folded], names: tuple[str, ...], convert: Callable[[Any], str | None]) -> str | None:
    values = (convert(each.members[name]) for each in objects for name in names if name in each.members)
    return next((value for value in values if value), None)


def _as_text(value: object) -> str | None:
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        value = "; ".join(value)
    return value.strip()[:_MAX_TEXT] if isinstance(value, str) else None


def _as_code(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value).strip() if isinstance(value, str) or abs(value) < 2**63 else ""
    return text if len(text) <= 100 and " " not in text and text.isprintable() else None


def _as_url(value: object) -> str | None:
    return value[:_MAX_TEXT] if isinstance(value, str) and value.startswith(("https://", "http://")) else None


def _only_text(value: Any) -> str | None:
    """Return the text of an object that has one member, else the first sentence, whatever its name is."""
    texts = list(value.values()) if isinstance(value, dict) else []
    return _as_text(texts[0]) if len(texts) == 1 else next(_sentences(texts), None)


def _sentences(values: Any) -> Iterator[str]:
    """Yield the texts of several words, those of the outermost object first."""
    texts = [_as_text(each) or "" for each in values]
    yield from (text for text in texts if text.count(" ") > 1)
    for each in values:
        if isinstance(each, dict):
            yield from _sentences(list(each.values())[:_MAX_OBJECTS])


def _seconds(objects: list[Folded]) -> float | None:
    for each in objects:
        for name, unit in _RETRY.items():
            value = each.members.get(name)
            if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9:
                return value * unit
    return None


def _violations(objects: list[Folded]) -> Iterator[Violation]:
    for each in objects:
        for name in _FIELDS:
            faults = each.members.get(name)
            if isinstance(faults, dict):
                yield from _from_map(faults)
            elif isinstance(faults, list):
                yield from _from_list(faults)


def _from_map(faults: dict[str, Any]) -> Iterator[Violation]:
    """Read `{field: [text, ...]}`, and `{field: text}` unless it is the error itself."""
    is_error = any(_fold(name) in _TEXT or _fold(name) in ("code", "errorcode") for name in faults)
    lists = {
        field: [text for text in texts if isinstance(text, str)]
        for field, texts in faults.items()
        if type(texts) is list
    }
    single = {} if is_error else {field: text for field, text in faults.items() if isinstance(text, str)}
    yield from violations_from_map({**lists, **single})


def _from_list(faults: list[Any]) -> Iterator[Violation]:
    for fault in faults:
        members = {_fold(name): member for name, member in fault.items()} if isinstance(fault, dict) else {}
        path = _place(members)
        if path is not None:
            location = next((w for n in ("in", "location") if isinstance(w := members.get(n), str)), "")
            one = [Folded(members)]
            yield Violation(
                path=path,
                location=location if location in LOCATIONS else None,
                detail=_first(one, _TEXT, _as_text),
                code=_first(one, _CHECK, _as_code),
            )


def _place(members: dict[str, Any]) -> tuple[str | int, ...] | None:
    """Return the path that a fault names: as text, as segments, or inside of an object `source`."""
    for name in _PLACE:
        value = members.get(name)
        if isinstance(value, dict):
            value = next((value[key] for key in ("pointer", "parameter") if isinstance(value.get(key), str)), None)
        if isinstance(value, str) and value not in LOCATIONS:
            return path_from_text(value)
        if isinstance(value, list) and value and all(type(segment) in (str, int) for segment in value):
            return tuple(value)
    return None


def _without_debug(doc: Document, members: dict[str, Any]) -> dict[str, Any]:
    """Leave out what a server in debug mode tells about itself."""
    kept = _kept(members)
    if kept != members:
        doc.note("debug-left-out", "stack traces and the like were left out")
    return kept or NO_MEMBERS


def _kept(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _kept(member) for name, member in value.items() if _fold(name) not in _DEBUG}
    return list(map(_kept, value)) if isinstance(value, list) else value


def _plain(element: Element) -> Any:
    """Return an element as text, or as the object that its attributes and children make."""
    text = element.text.strip()
    values: dict[str, list[Any]] = {name: [value] for name, value in element.attributes.items()}
    for child in element:
        values.setdefault(child.name, []).append(_plain(child))
    if values and text:
        values.setdefault("text", []).append(text)
    if not values:
        return text
    return {name: several if len(several) > 1 else several[0] for name, several in values.items()}
