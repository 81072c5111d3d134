"""A short body never becomes a long one: what many faults share is not written out for each of them."""

import json

import pytest

from errata import Problem, RawResponse, Violation, read, render
from errata.dialects import BUILTIN

LONG = "t" * 60_000
FAULTS = tuple(Violation(path=("beds", index)) for index in range(1_000))
PROBLEMS = {
    "detail": Problem(status=400, detail=LONG, violations=FAULTS),
    "code": Problem(status=400, code=LONG, violations=FAULTS),
    "title and help": Problem(status=400, title=LONG, help=f"https://beds.example/{LONG}", violations=FAULTS),
    "trace id": Problem(status=400, detail="no", trace_id=LONG, violations=FAULTS),
}


@pytest.mark.parametrize("target", BUILTIN)
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


HOSTILE = {
    "one long name, many texts": {"errors": {"a." * 20_000: ["x"] * 1_000}},
    "many names, many texts": {"errors": {f"{'a.' * 200}{n}": ["x"] * 400 for n in range(200)}},
    "maps in maps": {"errors": {"a" * 90: {"b" * 90: {"c" * 90: {str(n): ["x"] * 500 for n in range(500)}}}}},
    "one long text, many places": {"detail": "t" * 60_000, "errors": [{"pointer": f"/{n}"} for n in range(1_000)]},
    "one long code, many places": {"errors": [{"errorCode": 7, "message": "t" * 900, "subject": "s"}] * 1_000},
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("media_type", ["application/json", "application/problem+json"])
def test_hostile_body_does_not_grow(body: object, media_type: str) -> None:
    """Whatever a body of up to a megabyte says, no dialect makes many megabytes of it."""
    sent = json.dumps(body).encode()
    problem = read(RawResponse(400, {"content-type": media_type}, sent)).problem
    sizes = {target: len(render(problem, target).body) for target in BUILTIN}
    assert {} == {target: size for target, size in sizes.items() if size > 4_000_000}
