"""The kit over all dialects, and the same laws over generated problems and responses."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errata import Dialect, Problem, RawResponse, Resource, Violation, detect, losses, read, render, translate
from errata._read import builtin_registry, dialect_of
from errata.dialects import BUILTIN
from errata.dialects.problem import nested
from errata.testing import check_dialect, load_vectors
from errata.testing._kit import check_fixed_point, check_total, check_written
from errata.testing.strategies import problems, responses

VECTORS = Path(__file__).parent / "vectors"
DIALECTS = [pytest.param(dialect, id=dialect.name) for dialect in builtin_registry()]
WITH_VARIANT = [*DIALECTS, pytest.param(nested, id="problem-nested")]


def is_failure_in_success(raw: RawResponse) -> bool:
    """Tell whether a response is one whose body alone may know the status."""
    return 200 <= raw.status < 300


@pytest.mark.parametrize("dialect", DIALECTS)
def test_keeps_the_laws(dialect: Dialect) -> None:
    """A built-in dialect passes its own kit, with all its vectors."""
    check_dialect(dialect, load_vectors(VECTORS / dialect.name))


def test_variant_keeps_the_laws() -> None:
    """The nested variant of problem details passes the kit as well."""
    check_dialect(nested)


@pytest.mark.parametrize("dialect", WITH_VARIANT)
@given(problem=problems(), data=st.data())
def test_second_pass_changes_nothing(dialect: Dialect, problem: Problem, data: st.DataObject) -> None:
    """Writing never fails, keeps the status, and reading back reaches a fixed point after one pass."""
    chosen = data.draw(st.sampled_from(dialect.formats))
    check_written(dialect, problem, chosen)
    check_fixed_point(dialect, problem, chosen)


@pytest.mark.parametrize("dialect", WITH_VARIANT)
@given(raw=responses())
def test_reads_anything(dialect: Dialect, raw: RawResponse) -> None:
    """A dialect reads any response, also one that is not its own, and keeps the status."""
    check_total(dialect, raw)


@given(raw=responses())
def test_reading_is_total(raw: RawResponse) -> None:
    """Whatever arrives, there is a problem with the status, and nothing had to be given up."""
    reading = read(raw)
    assert raw.status == reading.problem.status or is_failure_in_success(raw)
    assert "unreadable" not in {finding.code for finding in reading.findings}
    assert str(reading.problem).isprintable()
    assert reading.problem == Problem.from_dict(reading.problem.to_dict())
    assert detect(raw) == reading.dialect


@pytest.mark.parametrize("target", BUILTIN)
@given(raw=responses())
def test_anything_becomes_any_dialect(target: str, raw: RawResponse) -> None:
    """Every response can be said in every dialect, with the status that it was read with."""
    translation = translate(raw, target)
    if keeps_status(target):
        assert (translation.problem.status or 500) == translation.response.status
        assert raw.status in (0, translation.response.status) or is_failure_in_success(raw)


def keeps_status(dialect: str) -> bool:
    """Tell whether a dialect is sent with the problem's own status, and not with one that the format demands."""
    return dialect_of(dialect).formats[0].status is None


RICH = Problem(
    status=422,
    code="ORDER_INVALID",
    type="https://errors.example/order-invalid",
    title="The order is not valid",
    detail="Line 2 has no quantity",
    instance="/orders/71",
    violations=(
        Violation(path=("lines", 1, "quantity"), location="body", detail="is missing", code="required"),
        Violation(path=("page",), location="query", detail="must be a number"),
    ),
    problems=(Problem(status=404, code="SKU_UNKNOWN", detail="There is no article 9"),),
    retry_after=30.0,
    resource=Resource("order", "71"),
    trace_id="0af7651916cd43dd8448eb211c80319c",
    help="https://help.example/orders",
    extensions={"attempts": 3, "tags": ["a", "b"], "cart": {"id": "c1"}},
)
PLAIN = Problem(status=404, code="NOT_FOUND", detail="There is no order 71")
BARE = Problem(status=503)


@pytest.mark.parametrize("source", BUILTIN)
@pytest.mark.parametrize("problem", [RICH, PLAIN, BARE], ids=["rich", "plain", "bare"])
def test_every_dialect_into_every_other(source: str, problem: Problem) -> None:
    """A problem goes from each dialect into each other one, and a second time changes nothing more."""
    for target in BUILTIN:
        check_pair(source, target, problem)


@pytest.mark.parametrize("source", BUILTIN)
@given(target=st.sampled_from(list(BUILTIN)), problem=problems(depth=0))
def test_any_problem_into_any_other_dialect(source: str, target: str, problem: Problem) -> None:
    """Generated problems keep the same laws."""
    check_pair(source, target, problem)


def check_pair(source: str, target: str, problem: Problem) -> None:
    """Translate once: the status is kept, and what is named as lost is what differs."""
    sent = render(problem, source)
    translation = translate(sent, target, source=source)
    arrived = read(translation.response, target).problem
    if keeps_status(source):
        assert sent.status == translation.problem.status, (source, target)
    if keeps_status(target):
        assert translation.problem.status in (arrived.status, 0), (source, target)
        assert translation.problem.status == translation.response.status, (source, target)
    changed = {name for name in Problem.__struct_fields__ if changes(name, translation.problem, arrived)}
    assert changed == {name.partition(".")[0] for name in translation.lost}, (source, target)
    assert arrived == read(translate(translation.response, target, source=target).response, target).problem, (
        source,
        target,
    )


def changes(name: str, before: Problem, after: Problem) -> bool:
    """Tell whether a member that was there is another one afterwards."""
    old, new = getattr(before, name), getattr(after, name)
    if name == "extensions":
        return any(key not in new or new[key] != value for key, value in old.items())
    if name == "violations" and len(old) == len(new):
        parts = ("path", "location", "detail", "code", "status")
        pairs = [(getattr(a, part), getattr(b, part)) for a, b in zip(old, new, strict=True) for part in parts]
        return any(a != b and a not in (None, ()) for a, b in pairs)
    return old != new and old is not None and old != ()


@given(problem=problems())
def test_nothing_is_lost_that_is_not_named(problem: Problem) -> None:
    """A problem read back from problem details is the same but for the members named as lost, and those filled in."""
    arrived = read(render(problem, "problem"), "problem").problem
    lost = {name.partition(".")[0] for name in losses(problem, "problem")}
    filled = {name for name in ("status", "title", "kind") if getattr(problem, name) is None or problem.status is None}
    kept = set(Problem.__struct_fields__) - lost - filled - {"extensions", "violations"}
    assert [getattr(problem, name) for name in kept] == [getattr(arrived, name) for name in kept]
