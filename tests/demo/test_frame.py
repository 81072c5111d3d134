"""The frame of the demo: its world, its cases, its control endpoints, the server and the check."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from msgspec.structs import replace
from starlette.applications import Starlette
from starlette.testclient import TestClient

from errata import RawResponse, detect
from errata.contracts import usta as usta_contract
from errata.demo import _app, _check, _serve, check, serve
from errata.demo import tesma as tesma_demo
from errata.demo._cases import Case, clock, curl_line, fault, reset
from errata.demo._world import World

JSON = {"content-type": "application/json"}
KEYED = {"X-API-KEY": tesma_demo.KEY, "CorporateGroup-Name": tesma_demo.GROUP}
START = "import sys; from pathlib import Path; from errata.demo import serve; sys.exit(serve('127.0.0.1', 0, {data}))"


# ---- the world ----


def price_lists(world: World) -> int:
    """Return how many price lists there are."""
    with world.session() as session:
        return session.query(tesma_demo.PriceList).count()


def delete_price_lists(world: World) -> None:
    """Delete all price lists."""
    with world.session(write=True) as session:
        session.query(tesma_demo.PriceListCulture).delete()
        session.query(tesma_demo.PriceList).delete()
        session.commit()


def test_file_is_safe_for_several_threads(world: World) -> None:
    """The file has a write-ahead log, foreign keys count, and writers wait for each other."""
    with world.session() as session:
        pragma = session.connection().exec_driver_sql
        assert "wal" == pragma("PRAGMA journal_mode").scalar()
        assert 1 == pragma("PRAGMA foreign_keys").scalar()
        assert 0 < pragma("PRAGMA busy_timeout").scalar()  # type: ignore[operator]


def test_reset_brings_the_first_rows_back(world: World) -> None:
    """A reset undoes changes of rows, of the clock, and of faults."""
    before = price_lists(world)
    delete_price_lists(world)
    world.arm("a.fault")
    world.move_next(3600)
    world.reset()
    world.begin_request()
    assert (3, before) == (price_lists(world), 3)
    assert world.fault("a.fault") is None
    assert timedelta(minutes=1) > world.now() - datetime.now(UTC)


def test_a_file_with_rows_keeps_them(tmp_path: Path) -> None:
    """A world on a file that was used before starts with its rows, not with the first ones."""
    seeds = [system.seed for system in _app.SYSTEMS]
    first = World(tmp_path / "kept.sqlite", seeds)
    delete_price_lists(first)
    first.close()
    second = World(tmp_path / "kept.sqlite", seeds)
    assert 0 == price_lists(second)
    second.close()


def test_clock_stands_and_goes_on(world: World) -> None:
    """Within `at` the time stands at the moment given, afterwards it is the real one again."""
    moment = datetime(2030, 5, 1, tzinfo=UTC)
    with world.at(moment):
        assert [moment, moment] == [world.now(), world.now()]
    assert moment > world.now()


def test_writers_that_look_first_take_turns(world: World) -> None:
    """A session that writes holds the others off from its first look on."""
    looked, done = threading.Event(), threading.Event()
    seen: list[int] = []

    def second() -> None:
        looked.wait()
        with world.session(write=True) as session:
            seen.append(session.query(tesma_demo.Culture).count())
            done.set()

    thread = threading.Thread(target=second)
    thread.start()
    with world.session(write=True) as session:
        before = session.query(tesma_demo.Culture).count()
        looked.set()
        session.add(tesma_demo.Culture(code="fr-FR"))
        assert not done.is_set()
        session.commit()
    thread.join()
    assert [before + 1] == seen


def test_faults_strike_as_often_as_armed(world: World) -> None:
    """A fault lets `after` uses pass, strikes `times` uses with its options, and is gone."""
    world.arm("mail", times=2, after=1, delay=5)
    assert [None, {"delay": 5}, {"delay": 5}, None] == [world.fault("mail") for _ in range(4)]
    assert world.fault("never.armed") is None


# ---- the cases ----


@pytest.mark.parametrize("case", _app.CASES, ids=lambda case: case.id)
def test_cases_are_well_formed(case: Case) -> None:
    """A case belongs to its system, lies below its address, says what it shows, and curl can send it."""
    system = next(system for system in _app.SYSTEMS if system.name == case.system)
    assert re.match(r"[AUMNP]-?\d+(-[a-z0-9-]+)?$", case.id), "an id is a requirement and a few words"
    assert case.path.startswith(system.mount + "/")
    assert case.path.isascii()
    assert " " not in case.path
    assert case.title.endswith((".", "!", "?"))
    assert case.covers
    assert all(re.fullmatch(r"[AUMNP]\d+|U-\d+", each) for each in case.covers)
    assert case.path in shlex.split(curl_line(case, ""))[-1]


def test_case_ids_are_unique() -> None:
    """No two cases have the same id."""
    assert {1} == set(Counter(case.id for case in _app.CASES).values())


def test_every_numbered_code_has_a_case() -> None:
    """Each of the 24 codes of the coach registry is shown by a case."""
    codes = {f"U-{row.code}" for row in usta_contract.catalog.values() if row.code}
    assert 24 == len(codes)
    assert codes <= {each for case in _app.CASES for each in case.covers}


@pytest.mark.parametrize("system", _app.SYSTEMS, ids=lambda system: system.name)
def test_systems_introduce_themselves(system: Any) -> None:
    """Each system names credentials as header lines, and has good and bad cases."""
    assert system.credentials
    assert all(": " in line for _, header in system.credentials for line in header.splitlines())
    statuses = {case.status for case in system.cases}
    assert min(statuses) < 300
    assert max(statuses) >= 400


def test_list_of_cases_is_ready_to_be_sent(client: TestClient) -> None:
    """The list over HTTP has every member that a sender needs."""
    rows = client.get("/demo/cases").json()
    members = {"id", "title", "method", "path", "headers", "body", "status", "before", "covers", "system"}
    assert [case.id for case in _app.CASES] == [row["id"] for row in rows]
    assert all(members == row.keys() for row in rows)
    steps = [step for row in rows for step in row["before"]]
    assert steps
    assert all({"method", "path", "headers", "body"} == step.keys() for step in steps)


# ---- the control endpoints ----


def control(client: TestClient, step: Any) -> int:
    """Send a control request; return the status."""
    return client.request(step.method, step.path, headers=step.headers, content=step.body).status_code


def test_controls_set_the_scene(client: TestClient, world: World) -> None:
    """Reset, clock and faults do over HTTP what they do in the world."""
    delete_price_lists(world)
    assert 204 == control(client, reset())
    assert 3 == price_lists(world)
    assert 204 == control(client, fault("mail", times=1, after=1, delay=5))
    assert [None, {"delay": 5}, None] == [world.fault("mail") for _ in range(3)]


def test_clock_moves_for_the_next_requests_only(app: Starlette, world: World, client: TestClient) -> None:
    """A move of the clock is taken by as many requests to systems as it was meant for, and by no others."""
    seen: list[datetime] = []
    real = world.now
    world.fault = lambda _: seen.append(real())  # type: ignore[method-assign,assignment]
    assert 204 == control(client, clock(advance=86400, requests=2))
    for path in ("/demo/cases", "/tesma/v1/price-lists", "/tesma/v1/price-lists", "/tesma/v1/price-lists"):
        assert 200 == client.get(path, headers=KEYED).status_code
    assert [1, 1, 0] == [(moment - datetime.now(UTC) + timedelta(hours=1)).days for moment in seen]


def test_controls_are_for_this_machine(app: Starlette) -> None:
    """A client from elsewhere is refused with a problem, and may read the cases."""
    for address in ("192.0.2.7", "2001:db8::1", "somewhere"):
        with TestClient(app, client=(address, 50000)) as stranger:
            refused = stranger.post("/demo/control/reset", json={})
            assert (403, "problem") == (refused.status_code, detect(RawResponse(403, refused.headers, refused.content)))
            assert "Only from this machine" == refused.json()["title"]
            assert 200 == stranger.get("/demo/cases").status_code
    with TestClient(app, client=("::1", 50000)) as local:
        assert 204 == local.post("/demo/control/reset", json={}).status_code


@pytest.mark.parametrize(
    ("path", "body", "headers", "status"),
    [
        ("clock", {"advance": "soon"}, JSON, 422),
        ("clock", {}, JSON, 422),
        ("clock", {"advance": 1e12}, JSON, 422),
        ("faults", {"times": 1}, JSON, 422),
        ("faults", {"name": "x", "times": -1}, JSON, 422),
        ("reset", {"everything": True}, JSON, 422),
        ("reset", {}, {"content-type": "text/plain"}, 415),
        ("nothing", {}, JSON, 404),
    ],
)
def test_control_errors_are_problems(
    client: TestClient, path: str, body: object, headers: dict[str, str], status: int
) -> None:
    """What is wrong with a control request is said as problem details, and nothing happens."""
    response = client.post(f"/demo/control/{path}", content=json.dumps(body), headers=headers)
    assert (status, "application/problem+json") == (response.status_code, response.headers["content-type"])


def test_no_address_falls_through(client: TestClient) -> None:
    """Odd addresses below a system are answered by it, and all others by errata too."""
    for system in _app.SYSTEMS:
        response = client.get(f"{system.mount}/a%0Ab")
        raw = RawResponse(response.status_code, response.headers, response.content)
        assert system.contract.own_dialect.name == detect(raw), system.name
    for path in ("/nowhere", "/nowhere%0A", "/demo/nowhere", "/support"):
        response = client.get(path)
        assert (404, "application/problem+json") == (response.status_code, response.headers["content-type"]), path


def test_front_page_is_there(client: TestClient) -> None:
    """The explorer page is at the root."""
    response = client.get("/")
    assert (200, "text/html; charset=utf-8") == (response.status_code, response.headers["content-type"])


# ---- check ----


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A demo over HTTP."""
    with _serve.running() as url:
        yield url


def test_all_cases_hold_over_http() -> None:
    """Every case, sent over HTTP to a demo of its own, gets the status and the dialect that it promises."""
    rows = check()
    assert [] == [(row.case, row.note) for row in rows if not row.ok]
    assert [case.id for case in _app.CASES] == [row.case for row in rows]
    assert all((row.status, row.note) == (row.expected, "") for row in rows)


def test_cases_hold_in_any_order_and_again(url: str) -> None:
    """The cases hold backwards as well, and each twice: none leans on the one before."""
    rows = [_check.try_case(case, url) for case in reversed(_app.CASES) for _ in range(2)]
    assert [] == [(row.case, row.note) for row in rows if not row.ok]


def case_with(**changes: Any) -> Case:
    """Return a case of the price lists with some parts changed."""
    plain = Case(id="P21-x", system="tesma", title="x", method="GET", path="/tesma/v1/nothing", status=404)
    return replace(plain, **changes)


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({}, ""),
        ({"status": 403}, "expected 403, got 404"),
        ({"system": "usta"}, "the error is not in the dialect usta"),
        ({"before": [fault("x", times=-1)]}, "/demo/control/faults was refused with 422"),
    ],
)
def test_surprises_are_noted(url: str, changes: dict[str, Any], note: str) -> None:
    """Another status, another dialect, or a scene that could not be set is a surprise."""
    row = _check.try_case(case_with(**changes), url)
    assert (note, note == "") == (row.note, row.ok)
    assert "problem" == row.dialect


@pytest.mark.parametrize("address", ["127.0.0.1:8000", "ftp://127.0.0.1/", "nonsense"])
def test_check_wants_an_address(address: str) -> None:
    """What is no HTTP address is refused, with an example."""
    with pytest.raises(ValueError, match=re.escape(f"{address!r} is no address; give one such as http://")):
        check(address)


def test_check_says_when_nothing_answers() -> None:
    """Nothing at the address is one clear error."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(ConnectionError, match=f"no answer from {url}"):
        check(url)


# ---- serve ----


class Started:
    """A demo in a process of its own."""

    def __init__(self, data: str = "None", **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", START.format(data=data)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        assert self.process.stdout is not None
        self.greeting = ""
        while self.greeting.count("    curl -si ") < 3:
            line = self.process.stdout.readline()
            assert line, "the demo ended before it greeted"
            self.greeting += line

    @property
    def url(self) -> str:
        """Return the address in the greeting."""
        found = re.search(r"http://127\.0\.0\.1:\d+", self.greeting)
        assert found is not None
        return found[0]

    def end(self, number: int) -> tuple[int, str]:
        """Send a signal; return the exit code, and what was printed after the greeting or logged."""
        self.process.send_signal(number)
        out, log = self.process.communicate()
        return self.process.returncode, out + log


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_greets_answers_and_ends(tmp_path: Path, number: int) -> None:
    """The demo says where it is and how to get in, answers, ends by a signal with 0, and leaves nothing behind."""
    demo = Started(TMPDIR=str(tmp_path))
    assert [True] == [path.name.startswith("errata-demo-") for path in tmp_path.iterdir()]
    with urlopen(f"{demo.url}/demo/cases") as response:
        assert 200 == response.status
    code, log = demo.end(number)
    assert (0, "") == (code, log)
    assert [] == list(tmp_path.iterdir())
    for system in _app.SYSTEMS:
        assert f"{demo.url}{system.mount}" in demo.greeting
        assert all(line in demo.greeting for _, header in system.credentials for line in header.splitlines())
    assert 1 == demo.greeting.count(" | errata explain\n")


def test_serve_logs_each_error_under_its_trace_id(tmp_path: Path) -> None:
    """An error answered leaves one line, with the trace id that the client got."""
    demo = Started(TMPDIR=str(tmp_path))
    case = case_with()
    body = json.loads(_check.send(case, demo.url).body)
    _, log = demo.end(signal.SIGTERM)
    assert [True] == [body["extensions"]["traceId"] in line for line in log.splitlines()]


def test_serve_keeps_a_folder(tmp_path: Path) -> None:
    """Rows in a folder given by the user outlive the demo; the folder is made if there is none."""
    folder = tmp_path / "new" / "rows"
    demo = Started(data=f"Path({str(folder)!r})")
    assert f"Its rows are in {folder}" in demo.greeting
    created = _check.try_case(next(case for case in tesma_demo.CASES if case.id == "P1-created"), demo.url)
    assert created.ok
    assert 0 == demo.end(signal.SIGTERM)[0]
    world = World(folder / "demo.sqlite")
    assert 4 == price_lists(world)
    world.close()


def test_port_in_use_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A port that is taken gives exit code 2 and one line with the remedy."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert 2 == serve("127.0.0.1", port)
    out, err = capsys.readouterr()
    assert ("", 1) == (out, err.count("\n"))
    assert f"port {port} on 127.0.0.1 is in use" in err
    assert "--port" in err


@pytest.mark.parametrize(("host", "port"), [("192.0.2.1", 0), ("127.0.0.1", 70000)])
def test_impossible_address_is_one_line(capsys: pytest.CaptureFixture[str], host: str, port: int) -> None:
    """An address that this machine does not have gives exit code 2 and one line with the remedy."""
    assert 2 == serve(host, port)
    err = capsys.readouterr().err
    assert (1, True) == (err.count("\n"), "--port" in err)


@pytest.mark.parametrize("blocked", ["data", "data/demo.sqlite"])
def test_unusable_folder_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], blocked: str) -> None:
    """A data folder that is a file, or holds a file that is no database, gives exit code 2 and one line."""
    (tmp_path / blocked).parent.mkdir(exist_ok=True)
    (tmp_path / blocked).write_text("this is no database")
    assert 2 == serve("127.0.0.1", 0, tmp_path / "data")
    err = capsys.readouterr().err
    assert (1, True) == (err.count("\n"), "--data" in err)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (None, ["curl", "-si", "-X", "POST", "-H", "X-Odd: it's"]),
        ("{}", ["curl", "-si", "-H", "X-Odd: it's", "-H", "content-type:", "--data-raw", "{}"]),
    ],
)
def test_curl_line_sends_the_case_as_it_is(body: str | None, expected: list[str]) -> None:
    """The command line has method, header fields and body, and keeps curl from adding a content type."""
    words = shlex.split(curl_line(case_with(method="POST", headers={"X-Odd": "it's"}, body=body), "http://h"))
    assert expected == words[:-1]
    assert "http://h/tesma/v1/nothing" == words[-1]
