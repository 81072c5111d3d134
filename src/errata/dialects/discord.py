"""The errors of the Discord API: a numbered code, a text, and a tree of the faults.

Deviations: the code is a number; another one becomes 0, which stands for none, or
50035 beside a tree.
Type URI, title, help, instance, resource and inner problems have no place.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind
from errata._problem import Problem, Violation, shows
from errata.dialects._shapes import code_number, code_text, delay, with_members


class Body(Wire):
    """The error; `retry_after` and `global` stand there when calls are too many."""

    message: str | None = None
    code: int | None = None
    errors: dict[str, Any] | None = None
    retry_after: float | None = None


class OpenBody(Body, forbid_unknown_fields=False):
    """The error with whatever members a call adds."""


_INVALID_FORM: Final = 50035
_LEAF: Final = "_errors"
_TOO_MANY: Final = 429

# The thousands of a code, where they tell more than the status.
_KINDS: Final[dict[int, Kind]] = {10: "not_found", 30: "resource_exhausted"}


def _read(doc: Document) -> Problem:
    body = doc.fit(Body)
    return Problem(
        status=doc.raw.status,
        code=str(body.code) if body.code else None,
        kind=_KINDS.get((body.code or 0) // 1000),
        detail=body.message or None,
        violations=tuple(_faults(body.errors or {}, ())),
        retry_after=delay(body.retry_after),
        extensions=body.extras,
    )


def _faults(tree: Mapping[str, Any], path: tuple[str | int, ...]) -> Iterator[Violation]:
    for key, inner in tree.items():
        if key == _LEAF and isinstance(inner, list):
            for fault in inner:
                if isinstance(fault, dict):
                    yield Violation(path=path, detail=_text(fault.get("message")), code=code_text(fault.get("code")))
        elif isinstance(inner, Mapping):
            yield from _faults(inner, (*path, _segment(key)))


def _text(value: object) -> str | None:
    return value or None if isinstance(value, str) else None


def _segment(key: str) -> str | int:
    return int(key) if key.isascii() and key.isdigit() and len(key) < 10 and (key == "0" or key[0] != "0") else key


def _tree(violations: tuple[Violation, ...]) -> dict[str, Any] | None:
    root: dict[str, Any] = {}
    for violation in violations:
        node = root
        for segment in violation.path:
            if segment != _LEAF:
                node = node.setdefault(str(segment), {})
        text = violation.detail if shows(violation.detail) else "Invalid value"
        node.setdefault(_LEAF, []).append({"code": violation.code or "BASE_TYPE_INVALID", "message": text})
    return root or None


def _write(problem: Problem) -> bytes:
    faults = _tree(problem.violations)
    body = Body(problem.head, code_number(problem.code) or (_INVALID_FORM if faults else 0), faults)
    further = problem.extensions
    if problem.status == _TOO_MANY and problem.retry_after is not None:
        body.retry_after = problem.retry_after
        further = {"global": False, **further}
    return write_json(with_members(body, further))


def _has_leaf(tree: Any) -> bool:
    """Tell whether a tree has faults somewhere."""
    return isinstance(tree, dict) and (_LEAF in tree or any(map(_has_leaf, tree.values())))


dialect: Final = Dialect(
    name="discord",
    title="Discord API: a numbered code, a text, and a tree of the faults",
    source="Discord developer documentation, error messages and rate limits",
    read=_read,
    formats=(format_of("json", "application/json", _write),),
    signatures=(
        Signature(members={"code": int, "message": str, "errors": _has_leaf}, weight=5),
        Signature(members={"message": str, "retry_after": int | float, "global": bool}, weight=5),
        Signature(members={"code": int, "message": str}, headers={"x-ratelimit-bucket": ""}, weight=4),
    ),
    fields=OpenBody,
)
