"""The page on niquests is true: its code runs here, where niquests is installed."""

import re
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs/clients/niquests.md"


def test_the_page_runs_as_printed() -> None:
    """Its blocks run in order, in one namespace."""
    blocks = re.findall(r"```py\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(blocks) > 2
    namespace: dict[str, object] = {"__name__": "page"}
    for block in blocks:
        exec(compile(block, PAGE.name, "exec", dont_inherit=True), namespace)  # noqa: S102 - our own page
