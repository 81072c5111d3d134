"""Count which requirements of the five systems have a test that bears their id."""

import sys
import tomllib
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from errata.contracts import usta

ROOT = Path(__file__).parent.parent
REASONS = ROOT / "tests" / "req_reasons.toml"

ROWS = {"A": 19, "U": 22, "M": 29, "N": 22, "P": 22}
CODES = [f"U-{problem_type.code}" for problem_type in usta.catalog.values() if problem_type.code]


class Collector:
    """A pytest plug-in that keeps the ids of all tests collected."""

    def __init__(self) -> None:
        self.ids: set[str] = set()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the arguments of each `pytest.mark.req`, also of those made while collecting."""
        for item in items:
            for mark in item.iter_markers("req"):
                self.ids.update(map(str, mark.args))


def tested_ids() -> set[str]:
    """Return all ids that tests bear; raises SystemExit when the tests cannot be collected."""
    collector = Collector()
    with redirect_stdout(StringIO()) as output:
        code = pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", str(ROOT / "tests")], [collector])
    if code != pytest.ExitCode.OK:
        raise SystemExit(output.getvalue())
    return collector.ids


def reasons() -> dict[str, str]:
    """Return the ids that no test can prove, with the reason."""
    if not REASONS.exists():
        return {}
    return {row: str(entry["reason"]) for row, entry in tomllib.loads(REASONS.read_text("utf-8")).items()}


def main() -> int:
    """Print the count for each system; returns 1 when an id has neither test nor reason."""
    tested, excused = tested_ids(), reasons()
    groups = {letter: [f"{letter}{number}" for number in range(1, count + 1)] for letter, count in ROWS.items()}
    rows = [row for group in groups.values() for row in group]
    missing = [row for row in [*rows, *CODES] if row not in tested and row not in excused]
    for letter, group in groups.items():
        print(f"{letter}  {sum(row in tested for row in group):3} of {len(group)}")
    print(f"rows   {sum(row in tested for row in rows)} of {len(rows)}")
    print(f"codes  {sum(code in tested for code in CODES)} of {len(CODES)}")
    for row, reason in excused.items():
        print(f"without a test: {row}, since {reason}")
    if missing:
        print("missing: " + " ".join(missing))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
