"""Type checkers see the parameters of declared problem types."""

from pathlib import Path

import pytest
from mypy import api

PAGE = (Path(__file__).parent / "typing_api.py").read_text("utf-8")


def check(source: str, folder: Path) -> tuple[str, int]:
    """Return what mypy says of a module, and its exit code."""
    page = folder / "page.py"
    page.write_text(source)
    output, _, code = api.run(["--strict", f"--cache-dir={folder / 'cache'}", "--config-file=", str(page)])
    return output, code


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ('CaseClosed(days="many")', "incompatible type"),
        ("CaseClosed()", "Missing named argument"),
        ("CaseClosed(days=1, day=2)", "Unexpected keyword argument"),
        ("CaseClosed(45)", "Too many positional arguments"),
    ],
)
def test_wrong_arguments_are_refused_where_they_are_raised(wrong: str, complaint: str, tmp_path: Path) -> None:
    """A wrong, missing, unknown or unnamed argument at a raise site is an error before anything runs."""
    output, code = check(f"{PAGE}\n\ndef wrong() -> None:\n    raise {wrong}\n", tmp_path)
    assert (1, True) == (code, complaint in output), output
    assert 1 == output.count(": error:"), output


def test_right_arguments_are_accepted(tmp_path: Path) -> None:
    """The page of the public names has nothing that a strict checker minds."""
    output, code = check(PAGE, tmp_path)
    assert 0 == code, output
