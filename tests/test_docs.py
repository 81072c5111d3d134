"""The documentation is true: its code runs, its links lead somewhere, and it names everything there is."""

import re
import runpy
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
BLOCK = re.compile(r"(?:<!-- raises: (?P<raises>\w+) -->\n)?```(?P<language>\w+)\n(?P<code>.*?)```", re.DOTALL)


def blocks(page: Path, language: str) -> list[re.Match[str]]:
    """Return the code blocks of a page in one language."""
    return [match for match in BLOCK.finditer(page.read_text("utf-8")) if match["language"] == language]


def pages_with(language: str) -> list[Path]:
    """Return the pages that show code in a language."""
    return [page for page in PAGES if blocks(page, language)]


def name_of(page: Path) -> str:
    """Return a page's path below the root, for the test's id."""
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", pages_with("python"), ids=name_of)
def test_python_runs_as_printed(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks of a page run in order, in one namespace, and raise what the page says they raise."""
    # A module, since some libraries look their users' annotations up by it.
    module = ModuleType("page")
    monkeypatch.setitem(sys.modules, "page", module)
    for block in blocks(page, "python"):
        code = compile(block["code"], name_of(page), "exec", dont_inherit=True)
        raised = None
        try:
            exec(code, vars(module))  # noqa: S102 - our own pages
        except Exception as error:
            if block["raises"] is None:
                raise
            raised = type(error).__name__
        assert block["raises"] == raised


def test_tour_shows_all_five_parts() -> None:
    """The tour has the five steps of the library, with the names that are promised."""
    code = "\n".join(block["code"] for block in blocks(ROOT / "docs/tour.md", "python"))
    for promised in (
        "from errata import RawResponse, Problem, Violation, Error, Catalog, Contract",
        "from errata import detect, read, render, translate",
        't = translate(raw, to="netmri", accept="application/xml")',
        'class CaseClosed(Error, status=403, code="ACCESS_DENIED"):',
        'mine = Contract(Catalog([CaseClosed]), dialect="problem")',
        "from errata.contracts.usta import contract, EntityNotFound",
        "from errata.servers.fastapi import install",
        "from errata.clients.httpx import raise_for_problem",
    ):
        assert promised in code


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page names a file that exists."""
    for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), f"{name_of(page)} links to {target}"


def test_page_of_all_formats_is_current() -> None:
    """The page that is made from the dialects says what they say now (`make docs` writes it)."""
    page = runpy.run_path(str(ROOT / "scripts/formats_page.py"))["page"]
    assert page() == (ROOT / "docs/formats.md").read_text("utf-8")


def test_every_finding_is_described() -> None:
    """The page on dialects names each code that reading notes."""
    text = (ROOT / "docs/dialects.md").read_text("utf-8")
    sources = [*ROOT.glob("src/errata/_*.py"), *ROOT.glob("src/errata/dialects/*.py")]
    noted = {code for path in sources for code in re.findall(r'\.note\(\s*"([a-z-]+)"', path.read_text("utf-8"))}
    assert len(noted) > 10
    assert [] == sorted(code for code in noted if f"`{code}`" not in text)


def test_every_command_and_option_is_described() -> None:
    """The page on the command line names each command and each option that the help shows."""
    text = (ROOT / "docs/cli.md").read_text("utf-8")
    for command in ([], ["explain"], ["translate"], ["dialects"], ["demo"]):
        run = subprocess.run(
            [sys.executable, "-m", "errata", *command, "--help"],
            capture_output=True,
            text=True,
            check=True,
            env={"PATH": "/usr/bin:/bin", "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"},
        )
        options = set(re.findall(r"--[a-z][a-z-]+", run.stdout)) - {"--help"}
        assert [] == sorted(option for option in options if option not in text), command
        assert not command or f"errata {command[0]}" in text


def test_every_make_target_is_real() -> None:
    """A page names no make target that does not exist."""
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {word for page in PAGES for word in re.findall(r"`?make ([a-z][a-z-]+)", page.read_text("utf-8"))}
    assert named
    prose = {"another", "it", "the", "sure", "a", "one", "use", "every"}
    assert set() == {word for word in named - prose if word not in targets}
