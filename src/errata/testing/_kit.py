"""The kit for dialects: vectors, totality, fixed point, identity, agreement with the schema.

Each law is a function that takes a dialect and raises KitError; property tests
with `errata.testing.strategies` go further with the same laws.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from errata._body import Document, Wire
from errata._dialect import Dialect, Format, Signature, compile_check
from errata._http import RawResponse
from errata._problem import Problem, Resource, Violation
from errata._read import Reading, dialect_of, read
from errata._translate import render
from errata.testing._fault import KitError, shortened
from errata.testing._hostile import hostile_bodies, mutations
from errata.testing._vectors import Vector, check_reading, check_writing

__all__ = ["KitError", "check_dialect", "check_fixed_point", "check_total"]

_STATUSES: Final = (0, 99, 200, 204, 400, 404, 422, 499, 503, 599, 999)


def check_dialect(dialect: Dialect | str, vectors: Iterable[Vector] = ()) -> None:
    """Raise KitError unless a dialect keeps the laws of reading and writing and agrees with its vectors.

    Reading never fails and keeps the status; writing never fails, gives the same
    bytes twice and a body of the form and type declared; a second pass through
    writing and reading changes nothing; a code that the dialect can carry comes back.
    """
    of = dialect_of(dialect)
    cases = tuple(vectors)
    for signature in of.signatures:
        check_signature(of, signature)
    for vector in cases:
        check_reading(of, vector)
        check_writing(of, vector)
    for raw in _hostile_responses(of, cases):
        check_total(of, raw)
    problems = [*sample_problems(of), *(Problem.from_dict(vector.problem) for vector in cases)]
    for chosen in of.formats:
        for problem in problems:
            check_written(of, problem, chosen)
            check_fixed_point(of, problem, chosen)
    for problem in _with_known_codes(of, cases):
        check_identity(of, problem)
    if of.signatures and cases and not any(_matches(of, vector.response.raw) for vector in cases):
        raise KitError(f"{of.name}: its signatures match none of its vectors; see Signature")


_VALUES: Final[tuple[Any, ...]] = (None, True, 0, 1.5, "", "x", [], [1], [[]], [{}], {}, {"": []}, {"a": {"b": [None]}})


def check_signature(dialect: Dialect, signature: Signature) -> None:
    """Raise KitError unless the checks on members take values of any type that JSON has."""
    checks = [*signature.members.items(), *signature.item.items()]
    for name, check in checks:
        types, test = compile_check(check)
        for value in _VALUES:
            try:
                admits = test is None or type(value) not in types or test(value)
            except Exception as error:
                raise KitError(
                    f"{dialect.name}: the check of member {name!r} must take any value, but fails with {error!r:.200} "
                    f"on {value!r}; test the type first"
                ) from error
            if not isinstance(admits, bool | int):
                raise KitError(
                    f"{dialect.name}: the check of member {name!r} must tell true or false, not {admits!r:.80}"
                )


def _hostile_responses(of: Dialect, vectors: Iterable[Vector]) -> Iterator[RawResponse]:
    for media_type in (*of.media_types, "text/html; charset=utf-16", ""):
        headers = {"content-type": media_type} if media_type else {}
        for body in hostile_bodies().values():
            yield RawResponse(500, headers, body)
    for status in _STATUSES:
        yield RawResponse(status, {"retry-after": "soon", "content-encoding": "gzip"}, b"{}")
    for raw in (*_own_responses(of), *(vector.response.raw for vector in vectors)):
        for body in mutations(raw.body):
            yield RawResponse(raw.status, raw.headers, body)


def _own_responses(of: Dialect) -> Iterator[RawResponse]:
    """Yield what a dialect makes of a problem that has everything; one that cannot write it is told so later."""
    place = Violation(path=("bed", 3), location="body", detail="is taken", code="free", status=409)
    full = Problem(
        status=409, code="3001", title="Taken", detail="Bed 3 is taken", violations=(place, place), retry_after=5.0,
        resource=Resource("bed", "3"), trace_id="t1", help="https://e.example/h", extensions={"row": {"n": [1]}},
    )  # fmt: skip
    for chosen in of.formats:
        yield render(full, of, format=chosen.name)


def check_total(dialect: Dialect, raw: RawResponse) -> None:
    """Raise KitError unless reading a response ends with a problem that has its status."""
    try:
        problem = dialect.read(Document(raw))
    except Exception as error:
        raise KitError(
            f"{dialect.name}: reading must not fail, but {error!r:.200} came from {shortened(raw.body)}; "
            "use Document.fit for members of any type"
        ) from error
    if not isinstance(problem, Problem):
        raise KitError(f"{dialect.name}: reading must return a Problem, got {problem!r:.200}")
    status = read(raw, dialect).problem.status
    if status != raw.status and not 200 <= raw.status < 300:
        raise KitError(f"{dialect.name}: the status {raw.status} became {status}; see {shortened(raw.body)}")


def sample_problems(dialect: Dialect) -> list[Problem]:
    """Return problems that are awkward to write, and one for each code that a dialect knows."""
    nested = Problem(status=422, code="inner", detail="One of several", violations=(Violation(path=("a",)),))
    return [
        Problem(),
        Problem(status=404),
        Problem(status=999, detail="", title=" ", code=""),
        Problem(status=429, retry_after=1.5, detail="Later", help="https://e.example/h"),
        Problem(status=409, resource=Resource("Plot", "7"), instance="/plots/7", type="https://e.example/taken"),
        Problem(status=403, code="200601", trace_id="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        Problem(
            status=500, code="x" * 5000, title="A\ntitle\twith\x00controls", detail='<b>&amp;\u2028 "\\\n \U0001f600'
        ),
        Problem(
            status=400, detail="The {brace} and the % sign", extensions={"a": [None, True, {"b": 1.5}], "1 x": "y"}
        ),
        Problem(
            status=400, extensions={"status": 200, "title": 1, "error": {}, "errors": 0, "extensions": {"code": 1}}
        ),
        Problem(status=422, violations=(Violation(path=("items", 0, "a.b/c~d"), detail="is bad", code="format"),)),
        Problem(status=422, violations=(Violation(), Violation(path=("/",), location="query", detail=" ", status=404))),
        Problem(status=422, problems=(nested, nested, Problem(detail="bare"))),
        Problem(status=422, code="multiple", violations=nested.violations * 2, problems=(nested,)),
        *(Problem(status=status, code=code, detail="Known") for code, status in (dialect.codes or {}).items()),
    ]


def check_written(dialect: Dialect, problem: Problem, chosen: Format) -> None:
    """Raise KitError unless a problem is written without failing, twice the same, and as declared."""
    try:
        body, again = chosen.write(problem), chosen.write(problem)
    except Exception as error:
        raise KitError(
            f"{dialect.name}: writing must not fail, but {error!r:.200} came from {problem!r:.400}"
        ) from error
    if body != again:
        raise KitError(f"{dialect.name}: writing twice must give the same bytes; see {problem!r:.400}")
    raw = RawResponse(problem.status or 500, _headers(dialect, problem, chosen), body)
    document = Document(raw)
    expected = next((form for form in ("json", "xml") if form in raw.media_type), None)
    if expected is not None and (document.form != expected or document.findings):
        listed = "; ".join(map(str, document.findings)) or "no finding"
        raise KitError(f"{dialect.name}: {chosen.media_type} should be {expected}, is {document.form} ({listed})")
    if dialect.fields is not None and chosen is dialect.formats[0]:
        _check_fields(dialect, dialect.fields, document)


def _headers(dialect: Dialect, problem: Problem, chosen: Format) -> Mapping[str, str]:
    """Return the header fields as the format has them; neither they nor the status may fail."""
    try:
        status = chosen.status(problem) if chosen.status else 500
        further = chosen.head(problem) if chosen.head else {}
    except Exception as error:
        raise KitError(
            f"{dialect.name}: `head` and `status` must not fail, but {error!r:.200} came from {problem!r:.400}"
        ) from error
    if not 100 <= status <= 999 or not all(isinstance(value, str) for value in further.values()):
        raise KitError(f"{dialect.name}: expected a status and texts in the header, got {status!r}, {further!r:.200}")
    return {**chosen.headers, **further}


def _check_fields(dialect: Dialect, fields: type[Wire], document: Document) -> None:
    """Compare a body with the wire type that stands for its schema; further members are not declared."""
    extras = document.fit(fields).extras
    declared = {name: member for name, member in document.value.items() if name not in extras}
    try:
        msgspec.convert(declared, fields)
    except msgspec.ValidationError as error:
        raise KitError(
            f"{dialect.name}: what it writes does not fit its own {fields.__name__} ({error}): {shortened(declared)}"
        ) from None


def check_fixed_point(dialect: Dialect, problem: Problem, chosen: Format) -> None:
    """Raise KitError unless reading what was written, and writing and reading that again, gives the same."""
    first = _pass(dialect, problem, chosen)
    second = _pass(dialect, first.problem, chosen)
    for reading in (first, second):
        if failed := [finding for finding in reading.findings if finding.code == "unreadable"]:
            raise KitError(f"{dialect.name}: reading what it writes fails: {failed[0]}; see {problem!r:.400}")
        told = dialect.read(Document(reading.raw)).status
        # A format with statuses of its own has fewer than there are; then the fixed point is what counts.
        if chosen.status is None and told not in (None, problem.status or 500):
            raise KitError(f"{dialect.name}: the status {problem.status} became {told}; see {problem!r:.400}")
    if first.problem != second.problem:
        raise KitError(
            f"{dialect.name} ({chosen.name}): a second pass must change nothing, but {first.problem!r:.600} "
            f"became {second.problem!r:.600}"
        )


def _pass(dialect: Dialect, problem: Problem, chosen: Format) -> Reading:
    return read(render(problem, dialect, format=chosen.name), dialect)


def _with_known_codes(dialect: Dialect, vectors: Iterable[Vector]) -> Iterator[Problem]:
    for code, status in (dialect.codes or {}).items():
        yield Problem(status=status, code=code)
    for vector in vectors:
        if vector.writes and vector.format is None:
            yield Problem.from_dict(vector.problem)


def check_identity(dialect: Dialect, problem: Problem) -> None:
    """Raise KitError unless status, code and kind of a problem survive being written and read back."""
    after = _pass(dialect, problem, dialect.formats[0]).problem
    for name in ("status", "code", "kind"):
        if getattr(problem, name) != getattr(after, name):
            raise KitError(
                f"{dialect.name}: the {name} {getattr(problem, name)!r} became {getattr(after, name)!r}; "
                "a code that the dialect can carry must come back"
            )


def _matches(dialect: Dialect, raw: RawResponse) -> bool:
    from errata._dialect import Registry

    return Registry([dialect]).detect(Document(raw)) is dialect
