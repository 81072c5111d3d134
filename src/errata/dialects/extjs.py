"""The answer of a server to a form of Ext JS: no success, a message, and a text by field.

A client meets it at the many back ends of Ext JS forms, mostly inside a success,
often as `text/html` after an upload, and as XML where the form has an XML reader.

Deviations: there is no code; a field has one text; title, help, ids, resource and
further members have no place. Inside a success a failure counts as a bad request.
"""

from typing import Any, Final

from errata._body import Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._json import write_json
from errata._problem import Problem
from errata._xml import Element
from errata.dialects._shapes import failure_status, map_from_violations, violations_from_map, without_debug


class Body(Wire):
    """The three members; `errors` only where there are fields."""

    success: bool
    msg: str | None = None
    errors: dict[str, str] | None = None


class _Given(Wire):
    """The same for reading, with both names of the message."""

    success: bool | None = None
    msg: str | None = None
    message: str | None = None
    errors: dict[str, Any] | None = None


_BAD_REQUEST: Final = 400
_DEBUG: Final = ("exception", "stack", "stacktrace", "stackTrace", "trace")


def _read(doc: Document) -> Problem:
    value = _members(doc.root) if doc.root is not None else doc.value
    wire = doc.fit(_Given, value)
    return Problem(
        status=failure_status(doc, _BAD_REQUEST),
        detail=wire.msg or wire.message or None,
        violations=violations_from_map(wire.errors or {}),
        extensions=without_debug(doc, wire.extras, _DEBUG),
    )


def _members(root: Element) -> dict[str, Any]:
    """Return the XML as the JSON that it stands for."""
    fields = root.find("errors") or Element("errors")
    texts = {field.text_of("id") or "": field.text_of("msg") for field in fields}
    return {"success": False, "errors": {name: text for name, text in texts.items() if text}}


def _write(problem: Problem) -> bytes:
    placed = tuple(v for v in problem.violations if v.path)
    texts = map_from_violations(placed, "")
    return write_json(Body(False, problem.text, {name: "; ".join(each) for name, each in texts.items()} or None))  # noqa: FBT003 - a wire value


# ---- detection ----


def _is_map_or_null(errors: object) -> bool:
    return errors is None or isinstance(errors, dict)


def _is_map(errors: object) -> bool:
    return isinstance(errors, dict) and bool(errors) and all(isinstance(text, str | list) for text in errors.values())


def _has_failed(doc: Document) -> bool:
    """Attribute success that is false."""
    return doc.root is not None and doc.root.attributes.get("success", "").lower() == "false"


_FAILED: Final = {"success": frozenset({False}), "messages": ABSENT, "error": ABSENT, "code": ABSENT}

dialect: Final = Dialect(
    name="extjs",
    title="Ext JS forms: no success, and a text by field",
    source="Ext JS API, Ext.form.action.Submit",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(
        *(
            Signature(members={**_FAILED, text: str, "errors": errors}, success=True, weight=2)
            for text in ("msg", "message")
            for errors in (ABSENT, _is_map_or_null)
        ),
        Signature(members={**_FAILED, "errors": _is_map}, success=True, weight=2),
        Signature(root=("", "message"), accepts=_has_failed, success=True),
    ),
    fields=Body,
)
