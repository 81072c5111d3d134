"""The error format of the Telecom X MVNO API: property paths as codes, inner errors with a status each.

Deviations: a single failed property is the error itself, two or more become the
inner errors of `multiple`, which has no message; a 404 about a property (it was
left out, or names nothing) is an invalid argument, a 404 without one is not; ids,
help and resource have no place.
"""

from typing import Final

from errata._body import Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind, kind_of
from errata._problem import Problem, Violation, path_from_text, shows
from errata.dialects._shapes import text_for_each

STATUSES: Final = frozenset({400, 401, 403, 404, 409, 422, 500})

# Codes that name a situation; every other code is the path of a property.
DEFAULT_CODES: Final = frozenset({
    "access_denied",
    "bad_request",
    "credentials_invalid",
    "expired",
    "format_error",
    "internal_error",
    "invalid_token",
    "multiple",
    "not_found",
})  # fmt: skip

_NOT_FOUND: Final = 404

_BY_KIND: Final[dict[Kind | None, str]] = {
    "unauthenticated": "credentials_invalid",
    "permission_denied": "access_denied",
    "not_found": "not_found",
}


class Leaf(Wire):
    """One error; `path` repeats the code when the code is a path."""

    message: str | None = None
    code: str | None = None
    status: int | None = None
    path: str | None = None
    check: str | None = None
    inner: "list[Leaf] | None" = None


class Body(Wire):
    """The wrapper."""

    error: Leaf


def _read(doc: Document) -> Problem:
    body = doc.fit(Body)
    problem = _problem_of(body.error)
    return problem.replace(extensions={**body.extras, **problem.extensions}) if body.extras else problem


def _problem_of(leaf: Leaf) -> Problem:
    leaves = _leaves(leaf)
    if not leaves:
        return _problem(leaf)
    if len(leaves) == 1:  # a list of one is the one
        return _problem(leaves[0]).replace(status=leaf.status, extensions=leaf.extras)
    failed = [each for each in leaves if _property(each)]
    return Problem(
        status=leaf.status, code=leaf.code, detail=leaf.message, extensions=leaf.extras,
        kind="invalid_argument" if leaf.status == _NOT_FOUND and len(failed) == len(leaves) else None,
        violations=tuple(_violation(each, each.status) for each in failed),
        problems=tuple(_problem(each) for each in leaves if not _property(each)),
    )  # fmt: skip


def _leaves(leaf: Leaf, depth: int = 8) -> list[Leaf]:
    """Return the innermost errors, in order; a list may be nested again."""
    if not leaf.inner:
        return []
    return [each for child in leaf.inner for each in ((depth and _leaves(child, depth - 1)) or [child])]


def _property(leaf: Leaf) -> str | None:
    """Return the path of the failed property, when the error is about one."""
    return leaf.path or (leaf.code if leaf.code not in DEFAULT_CODES else None)


def _problem(leaf: Leaf) -> Problem:
    # Under 404, `mvnoAccount` is no property and `userId` is one: a path, a check or a dot tells them apart.
    marked = leaf.path or leaf.check or "." in (leaf.code or "")
    of_input = leaf.status == _NOT_FOUND and marked and _property(leaf)
    return Problem(
        status=leaf.status, code=leaf.code, detail=leaf.message, extensions=leaf.extras,
        kind="invalid_argument" if of_input else None,
        violations=(_violation(leaf, None),) if _property(leaf) else (),
    )  # fmt: skip


def _violation(leaf: Leaf, status: int | None) -> Violation:
    place = _property(leaf) or ""
    path = path_from_text(place) or (place,)
    return Violation(path=path, detail=leaf.message, code=leaf.check, status=status)


def _write(problem: Problem) -> bytes:
    return write_json(Body(_leaf(problem)))


def _write_brief(problem: Problem) -> bytes:
    """Write only what the documentation's samples have: neither `path` nor `check`."""
    return write_json(Body(_brief(_leaf(problem))))


def _brief(leaf: Leaf) -> Leaf:
    # A property that is named like a situation is told from it by its path alone.
    path = leaf.path if leaf.code in DEFAULT_CODES else None
    return Leaf(leaf.message, leaf.code, leaf.status, path, inner=leaf.inner and [_brief(each) for each in leaf.inner])


def _leaf(problem: Problem) -> Leaf:
    leaves = [_leaf_of(v, problem) for v in problem.violations] + [_own_leaf(p, problem) for p in problem.problems]
    if len(leaves) > 1:
        return Leaf(code="multiple", status=problem.status or 422, inner=leaves)
    return leaves[0] if leaves else _own_leaf(problem, problem)


def _leaf_of(violation: Violation, problem: Problem) -> Leaf:
    """Write a failed property; a lone one is the error itself and takes its status."""
    alone = len(problem.violations) + len(problem.problems) == 1
    status = problem.status if alone else violation.status or problem.status
    path = violation.dotted
    if alone and problem.code and path_from_text(problem.code) == violation.path:
        code = problem.code  # the same place, in the spelling it came in
    else:
        code = path or _own_code(problem)
    if alone and problem.kind == "not_found" and "." not in code and not violation.code:
        path = ""  # an item was not found; only a property has a path
    text = violation.detail if shows(violation.detail) else text_for_each(problem.text, len(problem.violations))
    return Leaf(text, code, status or 422, path or None, violation.code)


def _own_leaf(problem: Problem, outer: Problem) -> Leaf:
    """Write an error without a property; a lone one takes the status of the whole."""
    alone = len(outer.violations) + len(outer.problems) == 1
    status = outer.status if alone else problem.status or outer.status
    return Leaf(problem.text, _own_code(problem), status or 500)


def _own_code(problem: Problem) -> str:
    if problem.code and problem.code != "multiple":
        return problem.code
    fallback = "internal_error" if (problem.status or 500) >= 500 else "bad_request"
    return _BY_KIND.get(problem.kind or kind_of(problem.status), fallback)


_LEAF: Final = {"status": int, "code": str, "reason": ABSENT, "type": ABSENT}

dialect: Final = Dialect(
    name="mvno",
    title="Telecom X MVNO API: property-coded errors with inner errors",
    source="Telecom X API wiki, api:errors",
    read=_read,
    formats=(
        format_of("json", "application/json", _write),
        format_of("brief", "application/json", _write_brief),
    ),
    signatures=(
        Signature(members={"error": _LEAF}, weight=3),
        Signature(members={"error": {"code": frozenset({"multiple"}), "inner": list}}, weight=4),
    ),
    fields=Body,
    statuses=STATUSES,
)
