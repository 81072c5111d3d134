"""The generic reader: bodies that no dialect claims, read by the usual member names.

It looks for text, code, field failures, ids and retry hints wherever an
envelope may hold them. All of it is guessed, and the findings say so.
"""

from collections.abc import Iterator
from typing import Any, Final

from errata._body import Document
from errata._problem import Problem, Violation, path_from_text
from errata._xml import Element

_TEXT: Final = (
    "detail", "message", "error_description", "description", "reason", "msg", "errorMessage", "error_message",
    "exception_message", "faultstring", "info", "title", "error", "text", "cause",
)  # fmt: skip
_CODE: Final = ("code", "errorCode", "error_code", "errcode", "errorType", "type", "name", "reason", "id", "error")
_TRACE: Final = ("traceId", "trace_id", "requestId", "request_id", "correlationId", "correlation_id", "debug_id")
_RETRY: Final = ("retry_after", "retryAfter", "retry")
_HELP: Final = ("help", "more_info", "documentation_url", "doc_url", "info_url")
_WRAPPERS: Final = ("error", "errors", "fault", "exception", "status", "result", "response", "data", "_error")
_FIELDS: Final = ("errors", "fields", "violations", "details", "field_errors", "fieldErrors", "_issues")
_PLACE: Final = ("field", "path", "param", "pointer", "property", "propertyPath", "attribute", "location", "name")


def read_generic(doc: Document) -> Problem:
    """Return the problem that the usual member names of an unknown body tell."""
    if doc.form == "text":
        text = " ".join(doc.text.split())[:500]
        if text:
            doc.note("guessed", "no dialect fits; the body's text was taken as the detail")
        return Problem(detail=text or None)
    value = _plain(doc.root) if doc.root is not None else doc.value
    if isinstance(value, str) and value.strip():
        doc.note("guessed", "no dialect fits; the bare text was taken as the detail")
        return Problem(detail=value.strip()[:2000])
    if not isinstance(value, dict | list) or not value:
        return Problem()
    objects = list(_objects(value))
    guess = Problem(
        code=_first(objects, _CODE, _is_code),
        detail=_first(objects, _TEXT, _is_text),
        trace_id=_first(objects, _TRACE, _is_code),
        help=_first(objects, _HELP, _is_text),
        retry_after=_seconds(objects),
        violations=tuple(_violations(value)),
        extensions=value if isinstance(value, dict) else {"items": value},
    )
    found = [
        name for name in ("code", "detail", "trace_id", "help", "retry_after", "violations") if getattr(guess, name)
    ]
    if found:
        doc.note("guessed", f"no dialect fits; guessed from the usual member names: {', '.join(found)}")
    return guess


def _objects(value: Any, depth: int = 4) -> Iterator[dict[str, Any]]:
    """Yield the objects an envelope may hold its error in, the innermost first."""
    if isinstance(value, list) and value:
        yield from _objects(value[0], depth - 1)
    elif isinstance(value, dict) and depth:
        for name in _WRAPPERS:
            if isinstance(value.get(name), dict | list):
                yield from _objects(value[name], depth - 1)
        yield value


def _first(objects: list[dict[str, Any]], names: tuple[str, ...], fits: Any) -> str | None:
    candidates = (each[name] for each in objects for name in names if name in each)
    return next((str(value).strip()[:2000] for value in candidates if fits(value)), None)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_code(value: object) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, str) and 0 < len(value) <= 100 and " " not in value.strip())


def _seconds(objects: list[dict[str, Any]]) -> float | None:
    for value in (each[name] for each in objects for name in _RETRY if name in each):
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9:
            return float(value)
    return None


def _violations(value: Any) -> Iterator[Violation]:
    for each in _objects(value):
        for name in _FIELDS:
            faults = each.get(name)
            if isinstance(faults, dict):
                yield from _from_map(faults)
            elif isinstance(faults, list):
                yield from _from_list(faults)


def _from_map(faults: dict[str, Any]) -> Iterator[Violation]:
    """Read `{field: text}` or `{field: [text, ...]}`; other maps are no field failures."""
    for field, texts in faults.items():
        for text in texts if isinstance(texts, list) else [texts]:
            if isinstance(text, str):
                yield Violation(path=path_from_text(field), detail=text)


def _from_list(faults: list[Any]) -> Iterator[Violation]:
    for fault in faults:
        if isinstance(fault, dict):
            place = next((fault[name] for name in _PLACE if isinstance(fault.get(name), str)), None)
            if place is not None:
                code = _first([fault], ("code", "rule", "check"), _is_code)
                text = _first([fault], _TEXT, _is_text)
                yield Violation(path=path_from_text(place), detail=text, code=code)


def _plain(element: Element) -> Any:
    """Return an element as text, or as the object its children make."""
    if not element.children:
        return element.text.strip()
    values: dict[str, list[Any]] = {}
    for child in element:
        values.setdefault(child.name, []).append(_plain(child))
    return {name: several if len(several) > 1 else several[0] for name, several in values.items()}
