from __future__ import annotations

import re
from pathlib import Path

from errata.dialects import BUILTIN


def test_every_dialect_is_judged_or_left_out() -> None:
    """The page names each built-in dialect in one of its tables, and no dialect that there is not."""
    rows = re.findall(r"^\| (`.*?) \|", (Path(__file__).parent / "README.md").read_text("utf-8"), re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`([a-z0-9-]+)`", row)]
    assert len(set(named)) == len(named)
    assert set() == set(BUILTIN) ^ set(named)
