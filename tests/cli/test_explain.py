import base64
import gzip
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from errata.cli._app import app
from errata.dialects import BUILTIN

BODY = b'{"errors":[{"errorCode":5000,"message":"validation error","subject":"firstName","subjectType":"parameter"}]}'
HEAD = b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nretry-after: 5\r\nx-request-id: abc\r\n\r\n"
RESPONSE = HEAD + BODY
PROBLEM_JSON = ("--header", "content-type: application/problem+json")


def explain(data: bytes, *options: str, code: int = 0) -> str:
    """Return what `errata explain` prints."""
    result = CliRunner().invoke(app, ["explain", *options], input=data)
    assert code == result.exit_code, result.output
    return result.stdout


def document(data: bytes, *options: str) -> dict[str, object]:
    """Return what `errata explain --json` prints."""
    found = json.loads(explain(data, "--json", *options))
    assert isinstance(found, dict)
    return found


def test_everything_that_is_known_is_said() -> None:
    """Dialect, members, violations with their place, what to do."""
    assert """usta: USTA Digital API: a list of numbered errors
  status       400 Bad Request
  code         5000
  kind         invalid_argument
  detail       validation error
  retry after  5 seconds
  trace id     abc

Violations
  where      what  check  status
  firstName

What to do
  The server says that it may be sent again after 5 seconds.
  Correct the request.
  Whoever runs the service finds it by the trace id abc.
""" == explain(RESPONSE)


def test_inner_problems_resources_and_further_members_are_said() -> None:
    """What only some dialects have is shown where it is there."""
    body = {
        "error": "general/resource-in-use", "message": "busy", "model": "device", "id": 7, "retry": 60, "x": {"a": [1]},
    }  # fmt: skip
    text = explain(json.dumps(body).encode(), "--status", "409")
    for line in ("  resource     device 7", '  x  {"a": [1]}', "  It may be sent again as it is, after 60 seconds."):
        assert line in text.splitlines()
    problem = {"title": "Many", "status": 400, "problems": [{"title": "One", "status": 404, "code": "A"}]}
    assert "  404 A: One" in explain(json.dumps(problem).encode(), *PROBLEM_JSON).splitlines()


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("401", "Log in again or renew the token, then send the request once more."),
        ("403", "Ask for the permission, or use an account that has it."),
        ("404", "Sending it again as it is does not help."),
        ("503", "It may be sent again as it is, after a pause."),
        ("504", "It may be sent again as it is if doing it twice is harmless (GET, PUT, DELETE)."),
        ("500", "Report it to whoever runs the service."),
    ],
)
def test_what_to_do_depends_on_the_kind(status: str, said: str) -> None:
    """Retryable or not, log in again or not."""
    assert f"  {said}" in explain(b"{}", "--status", status).splitlines()


def test_the_same_is_told_to_programs() -> None:
    """All of it is in one JSON document."""
    found = document(RESPONSE, "-v")
    assert (True, "usta", "no", None) == tuple(found[name] for name in ("error", "dialect", "retry", "assumed"))
    assert {
        "status": 400, "code": "5000", "kind": "invalid_argument", "detail": "validation error", "retry_after": 5.0,
        "trace_id": "abc", "violations": [{"path": ["firstName"]}],
    } == found["problem"]  # fmt: skip
    evidence = found["evidence"]
    assert isinstance(evidence, list)
    assert {
        "dialect": "usta",
        "for": ["member errors with errorCode", "member title absent"],
        "against": [],
    } == evidence[0]
    assert 3 == len(evidence)


def test_findings_are_said() -> None:
    """Everything odd that was tolerated is listed, and told to programs."""
    response = b'HTTP/1.1 403 No\n\n{"code":"BAD_REQUEST","message":"m"}'
    assert (
        "  - status-mismatch: BAD_REQUEST belongs to status 400, the response has 403" in explain(response).splitlines()
    )
    findings = document(response)["findings"]
    assert isinstance(findings, list)
    assert ["status-mismatch"] == [finding["code"] for finding in findings]


def test_evidence_names_three_dialects_with_both_sides() -> None:
    """The detected one comes first, with nothing against it."""
    lines = explain(RESPONSE, "-v").splitlines()
    evidence = lines[lines.index("Evidence") + 1 :]
    names = [line.strip() for line in evidence if not line.startswith("    ")]
    assert ["usta", 3] == [names[0], len(names)]
    assert set(names) <= set(BUILTIN)
    assert "    for: member errors with errorCode" in evidence
    assert any(line.startswith("    against: ") for line in evidence)
    assert "Evidence" not in explain(RESPONSE)


@pytest.mark.parametrize(
    "data",
    [
        RESPONSE,
        RESPONSE.replace(b"\r\n", b"\n"),
        RESPONSE.replace(b"HTTP/1.1 400 Bad Request", b"HTTP/2 400 "),
        RESPONSE.replace(b"HTTP/1.1", b"HTTP/1.0"),
        b"HTTP/1.1 100 Continue\r\n\r\n" + RESPONSE,
        b"HTTP/1.1 200 Connection established\r\n\r\n" + RESPONSE,
        b"HTTP/1.1 301 Moved\r\nlocation: /a\r\n\r\nHTTP/1.1 302 Found\r\nlocation: /b\r\n\r\n" + RESPONSE,
        HEAD.replace(b"\r\n\r\n", b"\r\ncontent-encoding: gzip\r\n\r\n") + gzip.compress(BODY, mtime=0),
        HEAD.replace(b"\r\n\r\n", b"\r\ncontent-encoding: br\r\n\r\n") + BODY,
        json.dumps({"status": 400, "headers": {"Retry-After": "5", "X-Request-Id": "abc"}, "body": BODY.decode()}),
        json.dumps({"status": 400, "headers": [["retry-after", 5], ["x-request-id", "abc"]], "body": json.loads(BODY)}),
        json.dumps(
            {
                "status": 400,
                "headers": {"retry-after": "5", "x-request-id": "abc"},
                "body_base64": base64.b64encode(BODY).decode(),
            }
        ),
    ],
    ids=[
        "CRLF", "LF", "HTTP/2", "HTTP/1.0", "100", "proxy", "redirects", "gzip", "--compressed", "object", "pairs",
        "base64",
    ],
)  # fmt: skip
def test_all_forms_of_input_say_the_same(data: bytes | str) -> None:
    """What curl prints, and a response as a JSON object, in all their variants."""
    found = document(data if isinstance(data, bytes) else data.encode())
    assert (document(RESPONSE)["problem"], []) == (found["problem"], found["findings"])


def test_options_complete_and_replace_what_the_input_says() -> None:
    """The status and header fields of the options count; --dialect skips detection."""
    options = ("--status", "400", "--header", "Retry-After: 5", "--header", "x-request-id:abc")
    assert document(RESPONSE)["problem"] == document(BODY, *options)["problem"]
    assert "  status       409 Conflict" in explain(RESPONSE, "--status", "409").splitlines()
    assert "axway" == document(BODY, "--status", "400", "--dialect", "axway")["dialect"]


def test_a_body_alone_says_where_its_status_is_from() -> None:
    """From the body, from its code, or assumed: and the remedy."""
    text = explain(b'{"code":"ACCESS_DENIED","message":"no"}')
    assert "  status  403 Forbidden (assumed)" in text.splitlines()
    note = "no status was given; 403 is what the code ACCESS_DENIED stands for (--status gives another)"
    assert f"  - {note}" in text.splitlines()
    assert note == document(b'{"code":"ACCESS_DENIED","message":"no"}')["assumed"]


def test_samples_are_mended() -> None:
    """--sample reads what documents print; without it, the same text is no JSON."""
    text = "{error: 'general/validation\n-failed', “message”: 'no'}".encode()
    found = document(text, "--sample", "--status", "400")
    assert "netmri" == found["dialect"]
    findings = found["findings"]
    assert isinstance(findings, list)
    assert {"unquoted-name", "single-quotes", "typographic-quotes", "wrapped-code"} == {f["code"] for f in findings}
    assert None is document(text, "--status", "400")["dialect"]


@pytest.mark.parametrize("response", [b"HTTP/1.1 200 OK\n\n{}", b"HTTP/1.1 302 Found\n\n<html></html>"])
def test_a_success_is_no_error(response: bytes) -> None:
    """It is said, in one line, and there is nothing to do."""
    assert response.split()[1].decode() == explain(response).splitlines()[0].removeprefix("Not an error: ")
    assert (False, []) == (document(response)["error"], document(response)["advice"])


def test_an_error_in_a_success_is_explained() -> None:
    """Where a dialect fails with 2xx, that is an error."""
    found = document(b'HTTP/1.1 200 OK\n\n{"success":false,"messages":["Name is too long"]}')
    assert (True, "netmri") == (found["error"], found["dialect"])


# ---- foreign text ----

HOSTILE = "\x1b]0;owned\x07\x1b[31m\x9b31m\x00\x7f\u202e\u2066\u200b\ud800[red]x[/red] :bomb:"


@pytest.mark.parametrize("options", [(), ("-v",), ("--json", "-v"), ("--sample",), ("--sample", "--json")])
def test_control_characters_never_get_out(options: tuple[str, ...]) -> None:
    """Escapes, bidirectional overrides and surrogates in any member, name or header field are gone; markup is text."""
    body = {
        "code": HOSTILE, "message": HOSTILE, HOSTILE: HOSTILE, "help": HOSTILE, "requestId": HOSTILE,
        "errors": [{"field": HOSTILE, "message": HOSTILE, "code": "c"}],
    }  # fmt: skip
    for ascii_only in (True, False):
        text = json.dumps(body, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
        printed = explain(b"HTTP/1.1 400 No\nx-request-id: \x1b[31m\n\n" + text, *options)
        assert all(line.isprintable() for line in printed.splitlines())
        assert "[red]x[/red] :bomb:" in printed


@given(st.sampled_from([b"", b"{", b"<", b"HTTP/1.1 500 X\n\n"]), st.binary(max_size=120), st.booleans())
def test_any_bytes_are_explained_or_refused_in_printable_text(start: bytes, noise: bytes, sample: bool) -> None:
    """Nothing is raised but a refusal, and no control character gets out."""
    arguments = ["explain", "-v", "--sample"] if sample else ["explain", "-v"]
    result = CliRunner().invoke(app, arguments, input=start + noise)
    assert result.exception is None or "Refused" == type(result.exception).__name__
    assert all(line.isprintable() for line in result.stdout.splitlines())


def on_terminal(data: bytes, tmp_path: Path, *arguments: str, **env: str) -> bytes:
    """Return what a command prints on a terminal."""
    path = tmp_path / "input"
    path.write_bytes(data)
    ours, theirs = pty.openpty()
    try:
        command = [sys.executable, "-m", "errata", *arguments, str(path)]
        variables = {"PATH": "/usr/bin:/bin", "TERM": "xterm-256color", "COLUMNS": "100", **env}
        done = subprocess.run(command, stdout=theirs, stderr=subprocess.PIPE, check=False, env=variables)
        assert 0 == done.returncode, done.stderr
        return os.read(ours, 100_000)
    finally:
        os.close(ours)
        os.close(theirs)


def test_colours_are_for_terminals(tmp_path: Path) -> None:
    """There are colours on a terminal, none with NO_COLOR, and no escapes at all in a pipe."""
    assert b"\x1b[36m" in on_terminal(RESPONSE, tmp_path, "explain")
    assert b"\x1b[36m" not in on_terminal(RESPONSE, tmp_path, "explain", NO_COLOR="1")
    assert "\x1b" not in explain(RESPONSE)


def test_foreign_escapes_do_not_reach_a_terminal(tmp_path: Path) -> None:
    """Neither those of an explained response nor those of a translated one."""
    body = json.dumps({"code": "BAD_REQUEST", "message": HOSTILE}).encode()
    response = b"HTTP/1.1 400 No\n\n" + body
    for arguments in (("explain", "-v"), ("translate", "--to", "text"), ("translate", "--to", "problem")):
        printed = on_terminal(response, tmp_path, *arguments)
        assert b"owned" in printed
        assert all(bad not in printed for bad in (b"\x1b]", b"\x07", b"\xc2\x9b", b"\x00", "\u202e".encode()))


def test_long_texts_stay_on_their_line_in_a_pipe() -> None:
    """Whoever greps finds whole lines; beyond a cap a text is cut."""
    words = "word " * 100
    assert f"  detail  {words.strip()}" in explain(f'HTTP/1.1 400 No\n\n{{"code":"X","message":"{words}"}}'.encode())
    cut = explain(b'HTTP/1.1 400 No\n\n{"code":"BAD_REQUEST","message":"' + b"x" * 3_000 + b'"}')
    assert f"{'x' * 2_000}... (3000 characters)" in cut
