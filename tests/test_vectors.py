"""Every vector of every dialect, in both directions, and through detection."""

from pathlib import Path

import pytest

from errata import RawResponse, detect, losses, read
from errata.dialects import BUILTIN
from errata.testing import Vector, check_reading, check_writing, load_vectors

FOLDER = Path(__file__).parent / "vectors"
CASES = [
    pytest.param(dialect, vector, id=f"{dialect}-{vector.id}")
    for dialect in BUILTIN
    for vector in load_vectors(FOLDER / dialect)
]


@pytest.mark.parametrize(("dialect", "vector"), CASES)
def test_reads_as_written_down(dialect: str, vector: Vector) -> None:
    """The response of a vector gives its problem and its findings."""
    check_reading(dialect, vector)


@pytest.mark.parametrize(("dialect", "vector"), CASES)
def test_writes_what_it_read(dialect: str, vector: Vector) -> None:
    """The problem of a vector that says so gives its response back, and loses what the vector lists."""
    check_writing(dialect, vector)


@pytest.mark.parametrize(("dialect", "vector"), CASES)
def test_is_never_taken_for_another_dialect(dialect: str, vector: Vector) -> None:
    """Detection finds the dialect of a vector, or says that nothing specific fits; it never names another."""
    assert detect(vector.response.raw) in (dialect, None)


@pytest.mark.parametrize("dialect", BUILTIN)
def test_every_dialect_has_vectors(dialect: str) -> None:
    """A dialect has at least five vectors, one of them detected as it, unless it is one nobody can detect."""
    vectors = load_vectors(FOLDER / dialect)
    assert len(vectors) >= 5
    detected = [detect(vector.response.raw) for vector in vectors]
    assert (dialect in detected) == (dialect not in ("text", "empty"))


def test_no_folder_without_a_dialect() -> None:
    """Vectors that no test would run do not exist."""
    assert sorted(BUILTIN) == sorted(folder.name for folder in FOLDER.iterdir())


def test_loss_is_stated_exactly() -> None:
    """What a format has no room for is named, and what it carries is not."""
    problem = read(
        RawResponse(
            409,
            {"content-type": "application/problem+json", "retry-after": "5"},
            b'{"title":"Taken","detail":"Bed 3 is taken","code":"BED_TAKEN","traceId":"t1","bed":3}',
        )
    ).problem
    assert () == losses(problem, "problem")
    assert {"code", "title", "trace_id", "extensions.bed"} == set(losses(problem, "axway"))
