"""Write docs/formats.md: every dialect, and what each of them can carry. The tests compare it with what is there."""

import sys
from pathlib import Path

import errata
from errata import Dialect, Problem, Resource, Violation
from errata._read import dialect_of
from errata.cli._words import dialect_row
from errata.dialects import BUILTIN

PAGE = Path(__file__).parents[1] / "docs" / "formats.md"

RICH = Problem(
    status=422,
    code="422",
    kind="invalid_argument",
    type="https://errors.example/order-invalid",
    title="The order is not valid",
    detail="Line 2 has no quantity",
    instance="/orders/71",
    violations=(
        Violation(path=("lines", 1, "quantity"), location="body", detail="is missing", code="required", status=409),
        Violation(path=("page",), location="query", detail="must be a number", code="integer", status=409),
    ),
    problems=(
        Problem(status=404, code="404", detail="There is no article 9"),
        Problem(status=409, code="409", detail="Article 10 is sold out"),
    ),
    retry_after=30.0,
    resource=Resource("order", "71"),
    trace_id="0af7651916cd43dd8448eb211c80319c",
    help="https://help.example/orders",
    extensions={"attempts": 3},
)

# The columns of the matrix: heading, and the name that `losses` gives it.
WHOLE = (
    ("code", "code"),
    ("type", "type"),
    ("title", "title"),
    ("detail", "detail"),
    ("instance", "instance"),
    ("inner problems", "problems"),
    ("retry", "retry_after"),
    ("resource", "resource"),
    ("trace id", "trace_id"),
    ("help", "help"),
    ("extensions", "extensions"),
)
PARTS = (
    ("path", "violations.path"),
    ("location", "violations.location"),
    ("text", "violations.detail"),
    ("check", "violations.code"),
    ("status", "violations.status"),
)


def page() -> str:
    """Return the page."""
    dialects = [dialect_of(name) for name in BUILTIN]
    return "\n".join([*_head(len(dialects)), *map(_row, dialects), *_matrix_head(), *map(_losses_row, dialects), ""])


def _head(count: int) -> list[str]:
    return [
        "# All formats",
        "",
        f"The {count} dialects that come with errata; made by `make docs` from the dialects themselves. Each file in",
        "`src/errata/dialects/` says where its format deviates from the model.",
        "",
        "| Dialect | What it is | Media types | Read as | Written as | Defined in |",
        "|---|---|---|---|---|---|",
    ]


def _row(dialect: Dialect) -> str:
    row = dialect_row(dialect)
    types = ", ".join(f"`{m}`" for m in row["media_types"] or ["none"])
    reads = ", ".join(form.upper() for form in row["reads"]) or "by name"
    writes = ", ".join(f"`{name}`" for name in row["writes"]) or "not written"
    return f"| `{dialect.name}` | {dialect.title} | {types} | {reads} | {writes} | {dialect.source} |"


def _matrix_head() -> list[str]:
    headings = [name for name, _ in WHOLE] + [f"violation: {name}" for name, _ in PARTS]
    return [
        "",
        "## What each can carry",
        "",
        "A problem with every member was written and read back: ● came back the same, ◐ came back changed or in part,",
        "nothing: lost. The status comes back everywhere, but for the few formats that fix it; `Retry-After` has the",
        "retry hint in whole seconds. The code was a number, so that formats with numeric codes show whether they have",
        "one at all; of formats with a closed set of codes, those that are in it come back.",
        "",
        "| Dialect | " + " | ".join(headings) + " |",
        "|---|" + ":-:|" * len(headings),
    ]


def _losses_row(dialect: Dialect) -> str:
    again = errata.read(errata.render(RICH, dialect), dialect).problem
    lost = set(errata.losses(RICH, dialect))
    if [(p.status, p.code, p.detail) for p in again.problems] == [(p.status, p.code, p.detail) for p in RICH.problems]:
        lost.discard("problems")  # a title that was filled in is no loss
    cells = [_cell(name, lost, getattr(again, name)) for _, name in WHOLE]
    cells += [_part_cell(name, lost, again.violations) for _, name in PARTS]
    return f"| `{dialect.name}` | " + " | ".join(cells) + " |"


def _cell(name: str, lost: set[str], value: object) -> str:
    if name == "extensions":
        return "" if any(each.startswith("extensions.") for each in lost) else "●"
    return "●" if name not in lost else "◐" if value else ""


def _part_cell(name: str, lost: set[str], violations: tuple[Violation, ...]) -> str:
    if not violations:
        return ""
    has = any(getattr(violation, name.partition(".")[2]) not in (None, ()) for violation in violations)
    return "●" if not {name, "violations"} & lost else "◐" if has else ""


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    sys.stdout.write(f"wrote {PAGE.name}\n")
