"""A short body never becomes a long one: what many faults share is not written out for each of them."""

import pytest

from errata import Problem, Violation, render

LONG = "t" * 60_000
FAULTS = tuple(Violation(path=("beds", index)) for index in range(1_000))
PROBLEMS = {
    "detail": Problem(status=400, detail=LONG, violations=FAULTS),
    "code": Problem(status=400, code=LONG, violations=FAULTS),
    "title and help": Problem(status=400, title=LONG, help=f"https://beds.example/{LONG}", violations=FAULTS),
    "trace id": Problem(status=400, detail="no", trace_id=LONG, violations=FAULTS),
}


@pytest.mark.parametrize("target", ["aws-ec2", "fhir", "github", "jsonapi", "odata", "oci", "salesforce", "square"])
@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
def test_shared_text_is_not_multiplied(target: str, problem: Problem) -> None:
    """The faults of a problem repeat no more of it than a quarter of the largest body that is read."""
    shared = sum(map(len, filter(None, (problem.code, problem.title, problem.detail, problem.help, problem.trace_id))))
    assert 4 * shared + 1_000 * 300 > len(render(problem, target).body)


@pytest.mark.parametrize("target", ["jsonapi", "square"])
def test_short_text_is_told_with_each_fault(target: str) -> None:
    """What is short is still told with each fault."""
    problem = Problem(status=400, detail="The bed is taken", violations=FAULTS[:20])
    assert 20 <= render(problem, target).body.count(b"The bed is taken")
