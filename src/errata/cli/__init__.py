"""The command line: `errata explain`, `translate`, `dialects`, `demo`.

Exit codes: 0 done, 1 a check found a surprise, 2 the input or the options are wrong.
"""

import sys


def main() -> None:
    """Run the command line; never ends in a traceback for what a user can mend."""
    try:
        from errata.cli._app import run
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in ("typer", "rich", "click"):
            raise
        print(f'the commands need {error.name}: pip install "errata[cli]"', file=sys.stderr)  # noqa: T201
        raise SystemExit(2) from None
    raise SystemExit(run())
