"""Type checkers on the public surface: what is right is accepted, what is wrong is refused at the raise site."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ACCEPTED = Path(__file__).parent / "typing_api.py"

PREAMBLE = """
from errata import Catalog, Contract, Error, NotFound, Problem, RawResponse, Secret, render


class CaseClosed(Error, status=403, code="ACCESS_DENIED"):
    detail = "Closed for {days} days."
    days: int
    token: Secret[str] = "none"


"""

REFUSED = {
    "missing": ("CaseClosed()", "call-arg", "reportCallIssue"),
    "wrong-type": ("CaseClosed(days='45')", "arg-type", "reportArgumentType"),
    "unknown": ("CaseClosed(days=45, weeks=6)", "call-arg", "reportCallIssue"),
    "positional": ("CaseClosed(45)", "call-arg", "reportCallIssue"),
    "text": ("NotFound('gone')", "arg-type", "reportCallIssue"),
    "secret-type": ("CaseClosed(days=45, token=5)", "arg-type", "reportArgumentType"),
    "status": ("Problem(status='404')", "arg-type", "reportArgumentType"),
    "kind": ("Problem(kind='gone')", "arg-type", "reportArgumentType"),
    "changed": ("Problem(status=404).status = 5", "misc", "reportAttributeAccessIssue"),
    "dialect": ("render(Problem(), 5)", "arg-type", "reportArgumentType"),
    "catalog": ("Catalog([Problem()])", "list-item", "reportArgumentType"),
    "negotiation": ("Contract(Catalog(), negotiation='maybe')", "arg-type", "reportArgumentType"),
    "body": ("RawResponse(404, {}, 'text')", "arg-type", "reportArgumentType"),
}


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a type checker from the root of the project."""
    return subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False, cwd=ROOT)


@pytest.fixture(scope="module")
def snippet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file in which each line after the preamble is wrong in its own way."""
    path = tmp_path_factory.mktemp("typing") / "snippet.py"
    path.write_text(PREAMBLE + "".join(f"{line}  # {name}\n" for name, (line, _, _) in REFUSED.items()))
    return path


def lines_with_faults(output: str, path: Path) -> dict[int, str]:
    """Return all that a checker says, by line; a message may go on in the lines after it."""
    found: dict[int, str] = {}
    number = 0
    for line in output.splitlines():
        if start := re.match(rf"\s*\S*{re.escape(path.name)}:(\d+)(?::\d+)?( - error|: error)", line):
            number = int(start[1])
        if number and not line.startswith(("Found", str(len(REFUSED)))):
            found[number] = found.get(number, "") + line
    return found


def first_line() -> int:
    """Return the line of the first fault."""
    return PREAMBLE.count("\n") + 1


def test_mypy_accepts_the_public_surface() -> None:
    """What users write passes mypy's strict mode."""
    done = run("mypy", "--strict", str(ACCEPTED))
    assert 0 == done.returncode, done.stdout


def test_pyright_accepts_the_public_surface() -> None:
    """What users write passes pyright."""
    done = run("pyright", str(ACCEPTED))
    assert 0 == done.returncode, done.stdout


def test_mypy_refuses_wrong_arguments(snippet: Path) -> None:
    """Each wrong line is refused by mypy, for its own reason."""
    found = lines_with_faults(run("mypy", "--strict", "--no-pretty", str(snippet)).stdout, snippet)
    for number, (name, (_, reason, _)) in enumerate(REFUSED.items(), first_line()):
        assert f"[{reason}]" in found.get(number, "accepted"), name
    assert len(REFUSED) == len(found)


def test_pyright_refuses_wrong_arguments(snippet: Path) -> None:
    """Each wrong line is refused by pyright, for its own reason."""
    found = lines_with_faults(run("pyright", str(snippet)).stdout, snippet)
    for number, (name, (_, _, reason)) in enumerate(REFUSED.items(), first_line()):
        assert f"({reason})" in found.get(number, "accepted"), name
    assert len(REFUSED) == len(found)
