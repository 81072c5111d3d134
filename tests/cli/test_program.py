import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from errata.cli._app import run

COMMANDS = ("explain", "translate", "dialects", "demo")
BAD_INPUT = [
    (("explain",), b"", "errata: standard input is empty; print one with `curl -si URL`"),
    (("explain",), b" \n", "errata: standard input is empty; "),
    (("explain",), b"hello", "errata: 'hello' does not start like a response; print one with `curl -si URL`"),
    (("explain",), b"\x00\x01\xff", "errata: '\\x00\\x01"),
    (("explain",), b"HTTP/1.1 4x4 Odd\n\n", "errata: 'HTTP/1.1 4x4 Odd"),
    (("explain", "/nowhere/file"), b"", "errata: '/nowhere/file' cannot be read (No such file or directory); give"),
    (("explain", "/"), b"", "errata: '/' cannot be read (Is a directory); give"),
    (("explain", "x" * 5000), b"", "errata: 'xxxx"),
    (("explain", "--dialect", "nope"), b"{}", "errata: unknown dialect 'nope'; "),
    (("explain", "--dialect", "nope", "--sample"), b"{}", "errata: unknown dialect 'nope'; "),
    (("explain", "--header", "nonsense"), b"{}", "errata: --header 'nonsense' is no header field; write it as"),
    (("explain", "--header", "a: b\x1b"), b"{}", "errata: --header 'a: b\\x1b' is no header field"),
    (("explain", "--status", "99"), b"{}", "errata: Invalid value for '--status'"),
    (("explain", "--status", "many"), b"{}", "errata: Invalid value for '--status'"),
    (("explain", "--nope"), b"{}", "errata: No such option: --nope"),
    (("explain",), b'{"status":404,"headers":7,"body":""}', "errata: the member 'headers' is no list of fields"),
    (("explain",), b'{"status":404,"body_base64":"?"}', "errata: the member 'body_base64' is not base64; give"),
    (("translate",), b"{}", "errata: Missing option '--to'"),
    (("translate", "--to", "nope"), b"{}", "errata: unknown dialect 'nope'; "),
    (("translate", "--to", "netmri", "--format", "pdf"), b"{}", "errata: netmri has no format 'pdf'; use one of: json"),
    (("nope",), b"", "errata: No such command 'nope'"),
    (("demo", "--json"), b"", "errata: --json belongs to --check; leave it out, or add --check"),
    (("demo", "--port", "70000"), b"", "errata: Invalid value for '--port'"),
]


@pytest.mark.parametrize(("arguments", "given", "said"), BAD_INPUT, ids=lambda value: repr(value)[:40])
def test_wrong_input_gives_one_line_and_code_2(
    errata: Any, arguments: tuple[str, ...], given: bytes, said: str
) -> None:
    """The line says what is wrong and what to do; there is nothing on stdout."""
    done = errata(*arguments, given=given)
    error = done.stderr.decode()
    assert (2, b"", 1) == (done.returncode, done.stdout, error.count("\n"))
    assert error.startswith(said)
    assert error.rstrip("\n").isprintable()


def test_a_terminal_as_input_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody waits for input that was forgotten."""

    class Terminal:
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal())
    assert 2 == run(["explain"])
    said = "errata: nothing to read: give a file, or pipe a response in: curl -si URL | errata explain\n"
    assert said == capsys.readouterr().err


def test_files_are_read(errata: Any, tmp_path: Path) -> None:
    """A file, `-` and nothing mean the same for the same bytes."""
    file = tmp_path / "response [1].txt"
    file.write_bytes(b'HTTP/1.1 404 Not Found\n\n{"code":"X","message":"m"}')
    by_name = errata("explain", str(file))
    assert 0 == by_name.returncode
    assert by_name.stdout == errata("explain", "-", given=file.read_bytes()).stdout
    assert by_name.stdout == errata("explain", given=file.read_bytes()).stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(errata: Any, command: str) -> None:
    """The example is a line that starts the program."""
    done = errata(command, "--help")
    examples = done.stdout.decode().partition("Example")[2]
    assert (0, True) == (done.returncode, f"errata {command}" in examples)


def test_the_help_documents_commands_and_exit_codes(errata: Any) -> None:
    """Without arguments the same is shown."""
    done = errata("--help")
    assert errata().stdout == done.stdout
    text = done.stdout.decode()
    assert all(f"\n  {command} " in text for command in COMMANDS)
    assert all(f"\n    {code} " in text for code in (0, 1, 2, 70, 130))


def test_the_version_is_that_of_the_package(errata: Any) -> None:
    """One line, name and number."""
    from importlib.metadata import version

    assert f"errata {version('errata')}\n" == errata("--version").stdout.decode()


def test_completion_is_offered(errata: Any) -> None:
    """The shell is told the commands, the options, and the names of the dialects."""
    env = {"_ERRATA_COMPLETE": "complete_bash", "COMP_WORDS": "errata translate --to ne", "COMP_CWORD": "3"}
    assert ["netmri"] == errata(env=env).stdout.decode().split()
    assert {"explain"} == set(errata(env={**env, "COMP_WORDS": "errata ex", "COMP_CWORD": "1"}).stdout.decode().split())


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_a_missing_extra_is_named_in_one_line(missing: str) -> None:
    """Without the packages of the command line there is one line that names the extra."""
    code = f"import sys; sys.modules[{missing!r}] = None; sys.argv = ['errata']; from errata.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (2, b"") == (done.returncode, done.stdout)
    assert f'errata: {missing} is not installed; pip install "errata[cli]"\n' == done.stderr.decode()


def test_the_missing_extra_of_the_demo_is_named() -> None:
    """The other commands work without it."""
    code = "import sys; sys.modules['uvicorn'] = None; from errata.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code, "demo", "--check"], capture_output=True, check=False)
    assert (2, b'errata: uvicorn is not installed; pip install "errata[demo]"\n') == (done.returncode, done.stderr)
    assert 0 == subprocess.run([sys.executable, "-c", code, "dialects"], capture_output=True, check=False).returncode


def test_a_missing_repairer_is_a_finding() -> None:
    """Without json-repair a sample is still read; what it would have mended is said with its extra."""
    code = "import sys; sys.modules['json_repair'] = None; from errata.cli import main; main()"
    command = [sys.executable, "-c", code, "explain", "--sample", "--status", "400"]
    done = subprocess.run(command, input=b'{"a": [1', capture_output=True, check=False)
    assert 0 == done.returncode
    assert 'pip install "errata[samples]"' in done.stdout.decode()


@pytest.mark.parametrize("arguments", [("dialects",), ("explain", "--json"), ("translate", "--to", "problem")])
def test_a_reader_that_goes_away_is_no_error(arguments: tuple[str, ...]) -> None:
    """The pipe is closed before anything is written: nothing is said about it."""
    command = [sys.executable, "-m", "errata", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stdin.write(b'HTTP/1.1 404 No\n\n{"code":"BAD_REQUEST","message":"m"}')
        process.stdin.close()
        error = process.stderr.read().decode()
        assert 0 == process.wait()
    assert [] == [line for line in error.splitlines() if not line.startswith(("from ", "lost: ", "finding: "))]


def test_a_narrow_encoding_does_not_stop_the_output(errata: Any) -> None:
    """What the encoding of the output lacks becomes a question mark."""
    response = 'HTTP/1.1 404 No\n\n{"code":"BAD_REQUEST","message":"M\u00f8ller"}'.encode()
    done = errata("explain", given=response, env={"PYTHONIOENCODING": "ascii"})
    assert (0, True) == (done.returncode, b"M?ller" in done.stdout)


def test_a_fault_of_the_program_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Even then there is no traceback, and the code tells it from wrong input."""
    from errata.cli import _words

    def fail(_: object) -> None:
        raise RuntimeError("wires\ncrossed")

    monkeypatch.setattr(_words, "dialect_row", fail)
    assert 70 == run(["dialects"])
    assert (
        "errata: a fault of errata itself (RuntimeError: wires crossed); please report it\n" == capsys.readouterr().err
    )


# ---- the real pipe ----


class Coaches(BaseHTTPRequestHandler):
    """A server whose one resource has moved, and is not there."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer with a redirect, or with the error."""
        found = self.path == "/old"
        body = b"moved" if found else b'{"errors":[{"errorCode":3001,"message":"entity not found"}]}'
        self.send_response(302 if found else 404)
        self.send_header("Location", "/coaches/7")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def address() -> Iterator[str]:
    """Run the server on a free port."""
    with HTTPServer(("127.0.0.1", 0), Coaches) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("path", ["/coaches/7", "/old"])
def test_what_curl_prints_can_be_piped_in(address: str, path: str) -> None:
    """`curl -si URL | errata explain`, also behind a redirect that curl follows."""
    pipe = f'set -o pipefail; curl -siL --noproxy "*" "{address}{path}" | "{sys.executable}" -m errata explain'
    done = subprocess.run(["bash", "-c", pipe], capture_output=True, check=False)
    assert (0, b"") == (done.returncode, done.stderr)
    lines = done.stdout.decode().splitlines()
    assert "usta: USTA Digital API: a list of numbered errors" == lines[0]
    assert {"  status  404 Not Found", "  code    3001", "  detail  entity not found"} <= set(lines)
