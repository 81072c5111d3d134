"""Shapes that many formats share: codes as numbers, and failures by field."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

import msgspec

from errata._body import MAX_BYTES, MAX_ITEMS, MAX_TEXT, Document, Wire
from errata._http import timestamp
from errata._problem import NO_MEMBERS, Problem, Violation, path_from_text, shows

# Keys that stand for the whole input in maps of field to texts.
WHOLE: Final = frozenset({"", "non_field_errors", "base", "__all__", "_errors", "_schema"})


def code_text(value: object) -> str | None:
    """Return a code as text: integers become their digits, empty texts and other types None."""
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def code_number(code: str | None) -> int | None:
    """Return a code that is a number as an integer that JSON can hold exactly."""
    sign, digits = (-1, code[1:]) if code and code[0] == "-" else (1, code or "")
    return sign * int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else None


_LONGEST: Final = 500  # characters of a path in a map; nested names are told once for each text below them


def violations_from_map(faults: Mapping[str, Any]) -> tuple[Violation, ...]:
    """Return the faults of a map of field to text, texts, or maps and lists of the same, as deep as they go.

    No more than a list may have; a name that makes a path too long does not count.
    """
    return tuple(islice(_walk(faults, (), _LONGEST), MAX_ITEMS))


def _walk(value: Any, path: tuple[str | int, ...], room: int) -> Iterator[Violation]:
    if isinstance(value, str):
        yield Violation(path=path, detail=value)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            skipped = key in WHOLE or len(key) > room
            yield from _walk(inner, path if skipped else path + path_from_text(key), room - len(key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            # A list of texts is about one place; a list of maps is about the items of a list.
            yield from _walk(inner, path if isinstance(inner, str) else (*path, index), room)


def bracketed(violation: Violation) -> str:
    """Return the path with list positions in brackets, `beds[0].name`, or in dots where that would be another place."""
    text = ""
    for segment in violation.path:
        text += f"[{segment}]" if isinstance(segment, int) else f".{segment}" if text else segment
    return text if path_from_text(text) == violation.path else violation.dotted


def map_from_violations(
    violations: tuple[Violation, ...],
    whole: str = "non_field_errors",
    spell: Callable[[Violation], str] = lambda violation: violation.dotted,
) -> dict[str, list[str]]:
    """Return the texts by field, spelled with dots unless told otherwise; those of the whole input under `whole`."""
    faults: dict[str, list[str]] = {}
    for violation in violations:
        # Two spellings of one place share a key, so that reading and writing again keeps the order.
        key = spell(Violation(path=path_from_text(spell(violation))))
        faults.setdefault(whole if key in WHOLE else key, []).append(violation.detail or "is not valid")
    return faults


def with_members(wire: Wire, members: Mapping[str, Any]) -> object:
    """Return what is written for a wire value with further members; none passes for a member that its type declares."""
    declared = type(wire).__struct_encode_fields__
    # Blanks around a name do not make it another one: readers take them away.
    further = {name: value for name, value in members.items() if name.strip() not in declared}
    return {**msgspec.to_builtins(wire, enc_hook=str), **further} if further else wire


def merged(items: Sequence[Problem]) -> Problem:
    """Return the items of a list (one at least) as one problem.

    The first without a place in the input leads, else the first of all; faults
    become its violations, and several without a place are also inside of it.
    """
    whole = [item for item in items if not item.violations]
    return (whole or items)[0].replace(
        violations=tuple(v for item in items for v in item.violations),
        problems=tuple(whole) if len(whole) > 1 else (),
    )


def listed(problem: Problem) -> list[Problem]:
    """Return a problem as items of a list, the leading one first: what `merged` makes the same problem of.

    The problem itself is left out where the item that would lead says the same.
    """
    text = next(filter(shows, (problem.detail, problem.title)), None)
    own = problem.replace(violations=(), problems=())
    plain = _for_each(own.replace(detail=own.head, extensions=NO_MEMBERS), len(problem.violations))
    faults = [
        plain.replace(code=v.code or plain.code, detail=v.detail if shows(v.detail) else plain.detail, violations=(v,))
        for v in problem.violations
    ]
    whole = [fault.replace(violations=()) for fault in faults if not fault.violations[0].path]
    whole += [inner.replace(violations=(), problems=(), detail=inner.head) for inner in problem.problems]
    items = whole + [fault for fault in faults if fault.violations[0].path]
    says_nothing = text is None and own.code is None
    if items and (says_nothing or (own.code, text or items[0].detail) == (items[0].code, items[0].detail)):
        return [items[0].replace(extensions=own.extensions), *items[1:]]
    return [own.replace(detail=problem.head), *items]


_MOST_REPEATED: Final = MAX_BYTES // 4  # characters that the faults of a problem may repeat of it
_MOST_SHARED: Final = 8_192  # characters of one text that is told at several places


def _for_each(problem: Problem, faults: int) -> Problem:
    """Return what each fault says of the whole problem: next to nothing where that makes a long body of a short one."""
    said = (problem.code, problem.type, problem.title, problem.detail, problem.instance, problem.trace_id, problem.help)
    if sum(map(len, filter(None, said))) * faults <= _MOST_REPEATED:
        return problem
    return Problem(status=problem.status, kind=problem.kind, detail="is not valid")


def told_at(text: str | None, places: int) -> list[str | None]:
    """Return a text for each of several places; a long one for the first alone, lest a short body become a long one."""
    return [text if index == 0 or len(text or "") * places <= _MOST_SHARED else None for index in range(places)]


def text_for_each(text: str, places: int) -> str:
    """Return the text that is told at each of several places: cut, where the places would make a long body of it."""
    return text if len(text) * places <= MAX_TEXT else text[: max(MAX_TEXT // places, _SHORTEST)]


def delay(seconds: float | None) -> float | None:
    """Return a delay that a body names; None for one that no clock shows or nobody would wait."""
    return seconds if seconds is not None and 0 <= seconds < _LONGEST_DELAY else None


_SHORTEST: Final = 200  # characters that a text may have anyway
_LONGEST_DELAY: Final = 1e9  # some thirty years


def id_in(field: str) -> Callable[[Problem], Mapping[str, str]]:
    """Return the `head` of a format whose trace id is in a header field."""

    def head(problem: Problem) -> Mapping[str, str]:
        return {field: problem.trace_id} if shows(problem.trace_id) else {}

    return head


def seconds_until(doc: Document, field: str) -> float | None:
    """Return the seconds from the `Date` field to the moment that another field names in epoch seconds.

    None when either is missing, and when there is a `Retry-After`, which says it better.
    """
    reset, date = doc.raw.headers.get(field, ""), doc.raw.headers.get("date")
    if date is None or "retry-after" in doc.raw.headers or not (reset.isascii() and reset.isdigit()) or len(reset) > 12:
        return None
    sent = timestamp(date)
    return None if sent is None else max(int(reset) - sent, 0.0)


def failure_status(doc: Document, told: int | None) -> int:
    """Return the status of the response; of a failure inside a success the one that its code tells, if it does."""
    status = doc.raw.status
    return told if told is not None and 400 <= told < 600 and 200 <= status < 300 else status


def without_debug(doc: Document, members: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Return members without those for developers, such as stack traces; a finding names them."""
    if found := [name for name in names if name in members]:
        doc.note("debug-left-out", f"members for developers were left out: {', '.join(found)}")
    return {name: value for name, value in members.items() if name not in found}


def in_text(problem: Problem) -> Problem:
    """Return a problem whose violations are told in its text, for a format that has no room for them."""
    if not problem.violations:
        return problem
    head = problem.detail or problem.title
    faults = filter(shows, (": ".join(filter(None, (v.dotted, v.detail))) for v in problem.violations))
    text = "; ".join(faults)
    detail = f"{head.removesuffix('.')}: {text}" if head and text else text or head
    return problem.replace(detail=detail, violations=())


def text_of_one(problem: Problem) -> str:
    """Return the text for a format with one violation, which shares it; what does not fit is told in it."""
    said = {v.detail for v in problem.violations}
    alone = len(problem.violations) < 2 and said <= {None, problem.head}
    return problem.head if alone else in_text(problem).head


_DEEPEST: Final = 16  # levels of a tree of faults; what is deeper shares a key
_PLACES: Final = frozenset(map(str, range(64)))  # the list positions that are worth a list with empty places


def tree_from_violations(violations: tuple[Violation, ...], whole: str = "non_field_errors") -> dict[str, Any]:
    """Return the texts as nested maps and lists, as `violations_from_map` reads them; see `map_from_violations`."""
    root: dict[str | None, Any] = {}
    for violation in violations:
        path = _settled(violation.path)
        if len(path) > _DEEPEST:
            path = (*path[:_DEEPEST], Violation(path=path[_DEEPEST:]).dotted)
        node = root
        for segment in path:
            node = node.setdefault(str(segment), {})
        node.setdefault(None, []).append(violation.detail or "is not valid")
    return _branches(root, whole)


def _settled(path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Return a path as it is read back from the keys of a tree."""
    flat = tuple([s for segment in path if segment not in WHOLE for s in path_from_text(str(segment))])
    return path if flat == path else _settled(flat)


def _branches(node: dict[str | None, Any], whole: str) -> dict[str, Any]:
    texts = {whole: node[None]} if None in node else {}
    return texts | {name: _branch(inner, whole) for name, inner in node.items() if name is not None}


def _branch(node: dict[str | None, Any], whole: str) -> Any:
    """Return a node as its texts, as a list of maps with empty ones between, or as a map."""
    if node.keys() == {None}:
        return node[None]
    branches = _branches(node, whole)
    if not all(name in _PLACES and isinstance(inner, dict) for name, inner in branches.items()):
        return branches
    return [branches.get(str(place), {}) for place in range(max(map(int, branches)) + 1)]


def several(problem: Problem) -> list[Problem]:
    """Return a problem and those inside of it as items of a list; the first one inside may be the problem itself."""
    own, inner = problem.replace(problems=()), problem.problems
    leads = bool(inner) and (inner[0].code, inner[0].head) == (own.code, own.head)
    return [own, *inner[leads:]]
