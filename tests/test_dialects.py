"""The published kit, run over every dialect, and its laws with generated problems and responses."""

from pathlib import Path

import pytest
from hypothesis import given, settings

from errata import Problem, RawResponse, read, render, translate
from errata.dialects import BUILTIN
from errata.testing import check_dialect, load_vectors
from errata.testing.strategies import problems, responses

FOLDER = Path(__file__).parent / "vectors"
PAIRS = [(source, target) for source in BUILTIN for target in BUILTIN if source != target]


@pytest.mark.parametrize("dialect", BUILTIN)
def test_keeps_the_laws(dialect: str) -> None:
    """Each dialect passes the kit with its vectors."""
    check_dialect(dialect, load_vectors(FOLDER / dialect))


@pytest.mark.parametrize("dialect", BUILTIN)
@given(problem=problems())
@settings(max_examples=60, deadline=None)
def test_settles_after_one_pass(dialect: str, problem: Problem) -> None:
    """What was written and read once is written and read the same for ever, under the same status."""
    first = read(render(problem, dialect), dialect).problem
    response = render(first, dialect)
    assert first == read(response, dialect).problem
    assert first.status == response.status


@pytest.mark.parametrize("dialect", [*BUILTIN, None])
@given(response=responses())
@settings(max_examples=60, deadline=None)
def test_reads_anything(dialect: str | None, response: RawResponse) -> None:
    """Whatever the bytes, there is a problem, with the status of the response unless that is a success."""
    problem = read(response, dialect).problem
    assert isinstance(problem, Problem)
    if not 200 <= response.status < 300:
        assert response.status == problem.status


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_translates_into_every_other(source: str, target: str) -> None:
    """Each vector of each dialect can be said in each other one, with its status and a loss that is exact."""
    for vector in load_vectors(FOLDER / source):
        done = translate(vector.response.raw, target, source=source)
        assert done.problem.status == done.response.status
        again = read(done.response, target).problem
        gone = {name for name in done.lost if "." not in name}
        for name in ("code", "detail", "trace_id", "retry_after", "help", "resource", "instance"):
            before = getattr(done.problem, name)
            assert (before is not None and before != getattr(again, name)) == (name in gone), (vector.id, name)
