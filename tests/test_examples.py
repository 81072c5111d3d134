"""The examples run: each server answers its errors, each client raises them."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from errata.testing import Call, drive_url

ROOT = Path(__file__).parent.parent
SECONDS = 30.0  # a bound for a program that hangs
SHOPS = sorted(path.stem.removesuffix("_shop") for path in ROOT.glob("examples/servers/*_shop.py"))
CLIENTS = sorted(path.stem.removesuffix("_client") for path in ROOT.glob("examples/clients/*_client.py"))
# What has no addresses of its own is asked by its own client.
SPECIAL = {"grpc", "strawberry"}
# niquests replaces urllib3 for the whole environment, so its example runs in an environment of its own.
APART = {"niquests"}


def shop_on(name: str) -> Path:
    """Return the path of a server's example."""
    return ROOT / f"examples/servers/{name}_shop.py"


def client_with(name: str) -> Path:
    """Return the path of a client's example."""
    return ROOT / f"examples/clients/{name}_client.py"


@contextmanager
def running(path: Path) -> Iterator[int]:
    """Run a server's example on a free port, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = subprocess.Popen(
        [sys.executable, path], env={**os.environ, "PORT": str(port)}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        wait_for(port, program)
        yield port
    finally:
        program.terminate()
        program.communicate(timeout=SECONDS)


def wait_for(port: int, program: subprocess.Popen[bytes]) -> None:
    """Return when something listens; fail when the program ends, or takes too long."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        assert program.poll() is None, program.communicate()[0].decode()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)  # the pace of looking, not a guess at how long it takes
    raise TimeoutError(f"nothing listens on {port}")


@pytest.mark.parametrize("name", [name for name in SHOPS if name not in SPECIAL])
def test_servers_answer(name: str) -> None:
    """A server's example answers what is there, and says what is not, what is wrong, and what is no JSON."""
    with running(shop_on(name)) as port:
        url = f"http://127.0.0.1:{port}"
        found = drive_url(url, Call("GET", "/orders/1"))
        assert (200, {"number": 1}) == (found.status, json_of(found.body))
        missing = drive_url(url, Call("GET", "/orders/7"))
        said = json_of(missing.body)
        assert (404, "ORDER_UNKNOWN", "There is no order 7.") == (missing.status, said["code"], said["detail"])
        assert "application/problem+json" == missing.headers["content-type"]
        fields = {"content-type": "application/json"}
        wrong = drive_url(url, Call("POST", "/orders", fields, b'{"sku":"A-1","amount":0}'))
        assert (422, ["#/amount"]) == (wrong.status, [each["pointer"] for each in json_of(wrong.body)["errors"]])
        assert 400 == drive_url(url, Call("POST", "/orders", fields, b"{")).status
        assert 404 == drive_url(url, Call("GET", "/nothing")).status


def json_of(body: bytes) -> dict[str, Any]:
    """Return a JSON object, decoded by somebody else than errata."""
    decoded = json.loads(body)
    assert isinstance(decoded, dict)
    return decoded


@pytest.mark.parametrize("name", [name for name in CLIENTS if name not in SPECIAL | APART])
def test_clients_raise(name: str, shop: int) -> None:
    """A client's example prints the error's line, its code, and whether to try again."""
    printed = run(client_with(name), f"http://127.0.0.1:{shop}")
    assert "404 ORDER_UNKNOWN: There is no order 7." in printed
    assert re.search(r"retryable.*(False|no)", printed, re.IGNORECASE)


@pytest.fixture(scope="module")
def shop() -> Iterator[int]:
    """Return the port of a server that every client's example can talk to."""
    with running(shop_on("fastapi")) as port:
        yield port


def run(path: Path, *args: str) -> str:
    """Run a program to its end and return what it printed."""
    done = subprocess.run([sys.executable, path, *args], capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_grpc_talks() -> None:
    """The client's example raises the error of the server's."""
    with running(shop_on("grpc")) as port:
        assert "ORDER_UNKNOWN" in run(client_with("grpc"), f"127.0.0.1:{port}")


def test_strawberry_answers() -> None:
    """A query for what is not there gets an error with its code."""
    query = b'{"query":"{ order(number: 7) { number } }"}'
    with running(shop_on("strawberry")) as port:
        call = Call("POST", "/graphql", {"content-type": "application/json"}, query)
        answer = drive_url(f"http://127.0.0.1:{port}", call)
    (error,) = json_of(answer.body)["errors"]
    assert "ORDER_UNKNOWN" == error["extensions"]["code"]
