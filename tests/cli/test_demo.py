import json
import signal
import socket
import subprocess
import sys
from typing import Any
from urllib.request import urlopen

import pytest


def test_the_check_reports_every_case(errata: Any) -> None:
    """A row for each case on stdout, and nothing but them."""
    done = errata("demo", "--check", "--json")
    rows = json.loads(done.stdout)
    assert [] == [row for row in rows if not row["ok"]]
    assert (0, b"") == (done.returncode, done.stderr)
    assert {"case", "system", "title", "expected", "status", "dialect", "ok", "note"} == set(rows[0])


def test_a_surprise_is_code_1(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It is marked in the table, with what is wrong, and counted below."""
    from msgspec.structs import replace

    from errata.cli._app import run
    from errata.demo import _app

    good = _app.CASES[0]
    wrong = replace(good, id="X-wrong", status=418)
    monkeypatch.setattr(_app, "CASES", (good, wrong))
    assert 1 == run(["demo", "--check"])
    lines = capsys.readouterr().out.splitlines()
    assert "2 cases, 1 surprises" == lines[-1]
    marked = [line for line in lines if "SURPRISE" in line]
    assert (1, True) == (len(marked), marked[0].strip().startswith("X-wrong") and "expected 418" in marked[0])


def test_the_demo_runs_until_it_is_told_to_end() -> None:
    """It says where it listens, answers there, and ends with code 0."""
    command = [sys.executable, "-m", "errata", "demo", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().split(" on ")[1].split("/ ")[0]
        with urlopen(f"{address}/", timeout=30) as page:  # answered: it is ready for the signal, too
            assert 200 == page.status
        process.send_signal(signal.SIGTERM)
        process.communicate()
        assert 0 == process.returncode


def test_a_port_in_use_is_refused(errata: Any) -> None:
    """Code 2, and the line names the port and the remedy."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = errata("demo", "--port", port)
    assert (2, True) == (done.returncode, port in done.stderr.decode() and "--port" in done.stderr.decode())
