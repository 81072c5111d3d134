"""Measure errata against its budgets and its peers; write the tables to benchmarks/RESULTS.md.

    python benchmarks/run.py                  everything
    python benchmarks/run.py --quick          everything in few rounds: a look, written to no file
    python benchmarks/run.py --only read      one section, written to no file

Needs the packages of requirements/bench.txt; `make bench` takes care of that.
"""

import argparse
import asyncio
import datetime as dt
import gc
import json
import logging
import os
import platform
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # a program finds what lies next to it; these modules are named from the root

from benchmarks import bodies, servers, three  # noqa: E402
from benchmarks.frameworks import FRAMEWORKS  # noqa: E402
from benchmarks.starts import frameworks_loaded, measure_starts  # noqa: E402
from benchmarks.timing import Plan, Spread, block_of, measure, ratios, spread  # noqa: E402

PACKAGES: Final = (
    "errata", "msgspec", "fastapi", "starlette", "pydantic",
    "fastapi-rfc9457", "fastapi-problem", "fastapi-problem-details",
    "litestar", "falcon", "aiohttp", "flask", "django", "djangorestframework", "django-ninja", "grpcio",
    "strawberry-graphql",
)  # fmt: skip


class Budget(NamedTuple):
    """A promise: what may take how much of what.

    `why` says where the time goes when the promise is not kept; `add` that it
    counts milliseconds on top, not a ratio.
    """

    what: str
    against: str
    limit: float
    why: str = ""
    add: bool = False

    def holds(self, measured: Spread) -> bool:
        """Tell whether the promise is kept, to the digits that are shown."""
        return round(measured.middle, 2) <= self.limit

    def row(self, measured: Spread) -> list[str]:
        """Return the row of the table."""
        met = "yes" if self.holds(measured) else f"**no**, by {measured.middle - self.limit:.2g}"
        limit, found = (f"+{self.limit:g} ms", added(measured)) if self.add else (f"{self.limit:g}", str(measured))
        return [self.what, self.against, limit, found, met]


class Section(NamedTuple):
    """What one part of the run found: budgets with what was measured, and the tables in Markdown."""

    budgets: list[tuple[Budget, Spread]]
    tables: list[str]
    numbers: dict[str, Any]


def added(more: Spread) -> str:
    """Return milliseconds on top of a baseline."""
    return f"{more.middle:+.1f} ms ({more.low:+.1f} to {more.high:+.1f})"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


# ---- servers ----

_HANDLER: Final = (
    "the row `constant answers` shows what is spent before and after any handler; in what is left, errata makes the "
    "problem, a trace id and a response with two more header fields, in some thirty calls of Python"
)

SERVER_BUDGETS: Final = {
    "success": Budget("success path with errata installed", "bare FastAPI", 1.01),
    "raised domain error": Budget("raised domain error", "bare FastAPI, `HTTPException`", 1.00, _HANDLER),
    "two invalid fields": Budget("validation failure, two fields", "bare FastAPI", 0.60, _HANDLER),
    "unknown URL": Budget("unknown URL", "bare FastAPI", 0.95, _HANDLER),
    "unhandled exception": Budget("unhandled exception", "bare FastAPI, its 500", 1.05, _HANDLER),
}


def run_servers(plan: Plan) -> Section:
    """Measure each application with each request."""
    servers.prepare_logger()
    logging.disable(logging.CRITICAL)
    apps = {name: candidate.build() for name, candidate in servers.CANDIDATES.items()}
    with asyncio.Runner() as runner:
        servers.warm_up(runner)
        times = {name: _time_call(runner, apps, call, plan, name) for name, call in servers.CALLS.items()}
        answers = {
            name: {a: runner.run(servers.ask(apps[a], servers.CALLS[name])) for a in times[name]} for name in times
        }
    found = {name: _compared(of_call) for name, of_call in times.items()}
    us = {name: {a: median(t) * 1e6 for a, t in of_call.items()} for name, of_call in times.items()}
    return Section(
        [(budget, found[name]["FastAPI, errata"]) for name, budget in SERVER_BUDGETS.items()],
        [_server_table(found, us), _answer_table(answers)],
        {"ratios": found, "microseconds": us},
    )


def _time_call(
    runner: asyncio.Runner, apps: dict[str, servers.App], call: servers.Call, plan: Plan, name: str
) -> dict[str, list[float]]:
    blocks = {}
    for app_name, app in apps.items():
        candidate = servers.CANDIDATES[app_name]
        if call.body and candidate.baseline != "FastAPI":
            continue  # Starlette checks no fields
        if (status := runner.run(servers.ask(app, call)).status) != call.status:
            raise SystemExit(f"{app_name}: {name} was answered with {status}, not {call.status}")
        blocks[app_name] = servers.block_of(runner, app, call, logs=candidate.logs)
    return measure(blocks, plan, name)


def _compared(times: dict[str, list[float]]) -> dict[str, Spread]:
    return {name: spread(ratios(own, times[servers.CANDIDATES[name].baseline])) for name, own in times.items()}


def _server_table(found: dict[str, dict[str, Spread]], us: dict[str, dict[str, float]]) -> str:
    rows = []
    for name, candidate in servers.CANDIDATES.items():
        if candidate.baseline == name:
            cells = [f"{us[call][name]:.0f} us" if name in us[call] else "" for call in found]
        else:
            cells = [str(found[call].get(name, "")) for call in found]
        rows.append([name, *cells])
    intro = "Requests to whole applications: the bare ones in microseconds, the others as multiples of their bare one."
    return f"## Servers\n\n{intro}\n\n{table(['application', *found], rows)}"


def _answer_table(answers: dict[str, dict[str, servers.Answer]]) -> str:
    rows = [[name, *(str(answers[call].get(name, "")) for call in answers)] for name in servers.CANDIDATES]
    intro = "What they answered. LEAK: the text of the exception is in it. ECHO: the invalid input is in it."
    return f"{intro}\n\n{table(['application', *answers], rows)}"


# ---- frameworks ----

_WHY_LAYER: Final = (
    "one more layer around the application takes half a microsecond to two; of a small one that is a part"
)
_WHY_SUCCESS: Final = dict.fromkeys(FRAMEWORKS, _WHY_LAYER) | {
    "aiohttp": "aiohttp calls any middleware in about two microseconds; with handlers written by hand it does the same",
}
_WHY_CARE: Final = (
    "errata makes the error from what is declared, and looks at the request, at who raised it and at what the "
    "framework attached; what is written by hand knows all that beforehand"
)
_WHY_ERRORS: Final = dict.fromkeys(FRAMEWORKS, _WHY_CARE) | {
    "Flask": "a bug goes Flask's own way: signal, teardown that is told of it, handler for 500; a handler for "
    "`Exception` by hand keeps it from all of these",
    "Django Ninja": "a bug is raised on to Django, which tells those who watch for bugs; a handler by hand keeps it "
    "from them",
    "gRPC": "both send a google.rpc.Status, which by hand is made by protobuf in C",
    "Strawberry": "errata tells errors of resolvers, of GraphQL and of values apart, and keeps values out of the texts",
}

FRAMEWORK_BUDGETS: Final = {
    name: (
        Budget(f"{name}: success", "bare", 1.02, _WHY_SUCCESS.get(name, "")),
        Budget(f"{name}: errors", "by hand, the worst of the three", 1.00, _WHY_ERRORS.get(name, "")),
    )
    for name in FRAMEWORKS
}


def run_frameworks(plan: Plan) -> Section:
    """Measure each framework as it comes, with handlers written by hand, and with errata."""
    servers.prepare_logger()
    logging.disable(logging.CRITICAL)
    with asyncio.Runner() as runner:
        times = {name: _time_framework(runner, name, plan) for name in FRAMEWORKS}
    found = {name: {request: _against(of_request) for request, of_request in of.items()} for name, of in times.items()}
    us = {name: {r: median(t["bare"]) * 1e6 for r, t in of.items()} for name, of in times.items()}
    budgets = [each for name, of in found.items() for each in _framework_budgets(name, of)]
    return Section(budgets, [_framework_table(found, us)], {"ratios": found, "microseconds": us})


def _time_framework(runner: asyncio.Runner, name: str, plan: Plan) -> dict[str, dict[str, list[float]]]:
    make = FRAMEWORKS[name]
    for ask in make()[:3]:  # as in `servers.warm_up`
        for path, _ in three.PATHS.values():
            three.block_of(runner, ask, path)(100)
    made = make()
    three.check(runner, name, made)
    gc.freeze()  # else looking through all frameworks for garbage takes longer than what is measured
    return {
        request: measure(
            {way: three.block_of(runner, ask, path) for way, ask in made.ways.items()}, plan, f"{name}, {request}"
        )
        for request, (path, _) in three.PATHS.items()
    }


def _against(times: dict[str, list[float]]) -> dict[str, Spread]:
    pairs = {"by hand": ("hand", "bare"), "errata": ("errata", "bare"), "errata to by hand": ("errata", "hand")}
    return {name: spread(ratios(times[own], times[base])) for name, (own, base) in pairs.items()}


def _framework_budgets(name: str, found: dict[str, dict[str, Spread]]) -> list[tuple[Budget, Spread]]:
    success, errors = FRAMEWORK_BUDGETS[name]
    worst = max(of["errata to by hand"] for request, of in found.items() if request != "success")
    return [(success, found["success"]["errata"]), (errors, worst)]


def _framework_table(found: dict[str, dict[str, dict[str, Spread]]], us: dict[str, dict[str, float]]) -> str:
    rows = [
        [name, request, f"{us[name][request]:.0f}", *map(str, spreads.values())]
        for name, of_framework in found.items()
        for request, spreads in of_framework.items()
    ]
    head = ["framework", "request", "bare, us", "by hand", "errata", "errata to by hand"]
    intro = (
        "Each framework bare in microseconds, with handlers written by hand and with errata as multiples of that, and "
        "errata as a multiple of the handlers by hand. They send what errata sends: the same members, a trace id that "
        "is logged, `no-store` and `nosniff`. Of gRPC the client counts as well: it is in the same process. Of "
        "Strawberry the unknown URL is an unknown field."
    )
    return f"## Frameworks\n\n{intro}\n\n{table(head, rows)}"


# ---- reading and rendering ----

RENDER: Final = Budget(
    "`render` a known problem to a response",
    "`json.dumps` of the same dict",
    0.25,
    "encoding takes 0.1; the rest is the Python that fills the wire type from the problem, violation by violation",
)
READ: Final = Budget(
    "`read` with the dialect given",
    "`json.loads` of the same bytes",
    0.5,
    "decoding takes 0.2; the rest is the Python that checks the caps, fits the wire type and fills the problem",
)
DETECT: Final = Budget(
    "`read` with detection among all dialects",
    "`json.loads` of the same bytes",
    0.8,
    "reading alone takes more than that; finding one of a hundred dialects adds about one and a third: the shape of "
    "the body, and the signatures that look at values",
)


def run_render(plan: Plan) -> Section:
    """Measure writing."""
    return _run_bodies(plan, RENDER, bodies.rendering, ())


def run_read(plan: Plan) -> Section:
    """Measure reading, with the dialect given and with detection."""
    given = _run_bodies(plan, READ, bodies.reading, bodies.XML_CASES)
    detected = _run_bodies(plan, DETECT, bodies.detecting, bodies.XML_CASES)
    numbers = {"given": given.numbers, "detected": detected.numbers}
    return Section(given.budgets + detected.budgets, given.tables + detected.tables, numbers)


def _run_bodies(
    plan: Plan, budget: Budget, pair_of: Callable[[bodies.Case], bodies.Pair], extra: Sequence[bodies.Case]
) -> Section:
    """Measure one operation on all bodies; the JSON bodies together make the number of the budget."""
    rounds: dict[str, tuple[list[float], list[float]]] = {}
    us: dict[str, tuple[float, float]] = {}
    for case in (*bodies.JSON_CASES, *extra):
        ours, plain = pair_of(case)
        blocks = {"ours": block_of(ours), "plain": block_of(plain), "plain again": block_of(plain)}
        times = measure(blocks, plan, f"{budget.what}, {case.name}")
        rounds[case.name] = ratios(times["ours"], times["plain"]), ratios(times["plain again"], times["plain"])
        us[case.name] = median(times["ours"]) * 1e6, median(times["plain"]) * 1e6
    counted = [rounds[case.name] for case in bodies.JSON_CASES]
    whole, control = (spread([median(each) for each in zip(*(r[i] for r in counted), strict=True)]) for i in (0, 1))
    rows = [
        [name, str(spread(ours)), str(spread(again)), f"{us[name][0]:.2f}", f"{us[name][1]:.2f}"]
        for name, (ours, again) in rounds.items()
    ]
    rows.append(["**median of the JSON bodies**", f"**{whole}**", str(control), "", ""])
    head = ["body", "errata", "control", "errata, us", "the other, us"]
    title = f"## {budget.what}, against {budget.against}\n\n"
    xml = "The XML bodies are compared with ElementTree and count in no budget.\n\n" if extra else ""
    numbers = {name: spread(ours) for name, (ours, _) in rounds.items()}
    return Section([(budget, whole)], [title + xml + table(head, rows)], numbers)


# ---- the import ----

START: Final = Budget(
    "`import errata`, CPU time", "`import json`, process start", 30, "most of it is `import msgspec`", add=True
)
START_WALL: Final = START._replace(what="`import errata`, wall time")


def run_start(plan: Plan) -> Section:
    """Measure process starts."""
    names = ("json", "json ", "msgspec", "errata")  # the second json is the control
    with tempfile.TemporaryDirectory() as cache:
        starts = measure_starts(names, plan.rounds, cache)
        loaded = frameworks_loaded(cache)
    more = {
        name: [spread([own[i] - base[i] for own, base in zip(times, starts["json"], strict=True)]) for i in (0, 1)]
        for name, times in starts.items()
    }
    rows = [[f"`import {name.strip()}`", *(added(each) for each in more[name])] for name in names[1:]]
    base = ", ".join(f"{median(s[i] for s in starts['json']):.0f} ms {clock}" for i, clock in ((0, "CPU"), (1, "wall")))
    intro = (
        f"Milliseconds on top of a process that imports json ({base}). The first row is the control; errata imports "
        f"msgspec. Frameworks that come along with errata: {', '.join(loaded) or 'none'}."
    )
    text = f"## Process start\n\n{intro}\n\n{table(['process', 'CPU', 'wall'], rows)}"
    cpu, wall = more["errata"]
    return Section([(START, cpu), (START_WALL, wall)], [text], {name.strip(): each for name, each in more.items()})


# ---- the whole run ----

SECTIONS: Final[dict[str, Callable[[Plan], Section]]] = {
    "servers": run_servers,
    "frameworks": run_frameworks,
    "render": run_render,
    "read": run_read,
    "start": run_start,
}


def options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python benchmarks/run.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, help="rounds of each comparison (default 100, with --quick 10)")
    parser.add_argument("--block", type=float, metavar="MS", help="length of a timed block (default 8, with --quick 3)")
    parser.add_argument("--quick", action="store_true", help="few and short rounds; nothing is written")
    parser.add_argument("--only", choices=SECTIONS, action="append", help="this section only; may be repeated")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the numbers to a file")
    parser.add_argument("--output", type=Path, metavar="FILE", help="where to write the tables (default RESULTS.md)")
    chosen = parser.parse_args(arguments)
    if chosen.rounds is not None and chosen.rounds < 2:
        parser.error("--rounds needs at least 2: there are quartiles to be shown")
    if chosen.output is None and not chosen.quick and not chosen.only:
        chosen.output = ROOT / "benchmarks" / "RESULTS.md"
    return chosen


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the sections and report."""
    chosen = options(arguments)
    rounds, block = (10, 3.0) if chosen.quick else (100, 8.0)
    plan = Plan(chosen.rounds or rounds, (chosen.block or block) / 1000)
    before = os.getloadavg()[0]
    found = {name: run(plan) for name, run in SECTIONS.items() if not chosen.only or name in chosen.only}
    facts = "\n".join(f"- {fact}" for fact in _facts(plan, before, arguments))
    text = report(found, facts)
    print(text)
    if chosen.output:
        chosen.output.write_text(text, "utf-8")
    if chosen.json:
        chosen.json.write_text(json.dumps({name: s.numbers for name, s in found.items()}, indent=1), "utf-8")


def report(found: dict[str, Section], facts: str) -> str:
    """Return the whole report in Markdown."""
    rows = [budget.row(measured) for section in found.values() for budget, measured in section.budgets]
    budgets = table(["what", "against", "budget", "measured", "met"], rows)
    if missed := "\n".join(_missed(found)):
        budgets += f"\n\nWhy some are not met:\n\n{missed}"
    tables = "\n\n".join(each for section in found.values() for each in section.tables)
    return f"# Speed\n\n{_METHOD}\n\n{facts}\n\n## Budgets\n\n{budgets}\n\n{tables}\n"


def _missed(found: dict[str, Section]) -> Iterator[str]:
    """Yield each reason once, with the rows that it holds for."""
    rows = [budget for section in found.values() for budget, measured in section.budgets if not budget.holds(measured)]
    for why in dict.fromkeys(budget.why for budget in rows):
        yield f"- {', '.join(budget.what for budget in rows if budget.why == why)}: {why}."


_METHOD: Final = """\
Written by `make bench`. Everything runs in one process, interleaved and in
shuffled order; each number is the median (lower-upper quartile) over the rounds
of a time divided by the time of its baseline in the same round. The clock is
the CPU time of the process. A control is the baseline measured a second time:
its distance from 1 is the noise. Logging is off for all applications but the
one marked so, which makes every record and throws it away."""


def _facts(plan: Plan, load: float, arguments: Sequence[str] | None) -> Iterator[str]:
    command = shlex.join(["python", "benchmarks/run.py", *(sys.argv[1:] if arguments is None else arguments)])
    yield f"`{command}`, {dt.datetime.now(dt.UTC):%Y-%m-%d}"
    yield f"{plan.rounds} rounds of blocks of {plan.seconds * 1000:g} ms"
    yield f"{platform.python_implementation()} {platform.python_version()}; " + ", ".join(
        f"{name} {version(name)}" for name in PACKAGES
    )
    yield f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    yield f"load before and after: {load:.1f}, {os.getloadavg()[0]:.1f}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "unknown processor")


if __name__ == "__main__":
    main()
