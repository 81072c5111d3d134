import json
from http.client import responses

import pytest
from typer.testing import CliRunner

from errata import Problem, RawResponse, read
from errata._read import dialect_of
from errata.cli._app import app
from errata.dialects import BUILTIN
from errata.transcripts import parse_transcript

RESPONSE = (
    b"HTTP/1.1 429 Too Many Requests\r\ncontent-type: application/problem+json\r\nretry-after: 7\r\n\r\n"
    b'{"title":"Slow down","status":429,"code":"SLOW","detail":"Too fast","traceId":"t1","plan":"free"}'
)


def translate(*options: str, data: bytes = RESPONSE, code: int = 0) -> tuple[bytes, str]:
    """Return what `errata translate` prints on both outputs."""
    result = CliRunner().invoke(app, ["translate", *options], input=data)
    assert code == result.exit_code, result.output
    return result.stdout_bytes, result.stderr


@pytest.mark.parametrize("to", BUILTIN)
def test_the_response_is_printed_as_it_would_be_sent(to: str) -> None:
    """It can be read again: status kept unless the format demands one, length exact, CRLF in the head."""
    printed, _ = translate("--to", to)
    head, _, body = printed.partition(b"\r\n\r\n")
    demanded = dialect_of(to).formats[0].status
    status = demanded(Problem(status=429)) if demanded else 429
    assert f"HTTP/1.1 {status} {responses[status]}".encode() == head.splitlines()[0]
    assert b"\n" not in head.replace(b"\r\n", b"")
    response = parse_transcript(printed)
    assert (body, str(len(body)), "7") == (
        response.body, response.headers["content-length"], response.headers["retry-after"],
    )  # fmt: skip
    if demanded is None:
        assert 429 == read(response, to).problem.status


def test_the_loss_is_told_beside_the_response() -> None:
    """Source, target and every member that the dialect cannot carry are on stderr, nothing of it on stdout."""
    printed, beside = translate("--to", "axway", "--body-only")
    assert {"code": "BAD_REQUEST", "message": "Too fast"} == json.loads(printed)
    lines = beside.splitlines()
    assert "from problem to axway" == lines[0]
    assert {"lost: code", "lost: title", "lost: trace_id", "lost: extensions.plan"} <= set(lines)


def test_findings_of_the_original_are_told() -> None:
    """What was odd in the original is on stderr too."""
    _, beside = translate("--to", "problem", data=b'HTTP/1.1 403 No\n\n{"code":"BAD_REQUEST","message":"m"}')
    assert any(line.startswith("finding: status-mismatch: ") for line in beside.splitlines())


def test_accept_and_format_choose() -> None:
    """By media type or by name, the same format is written."""
    by_type, _ = translate("--to", "netmri", "--accept", "application/xml", "--body-only")
    by_name, _ = translate("--to", "netmri", "--format", "xml", "--body-only")
    assert by_type == by_name
    assert by_name.startswith(b"<?xml ")


def test_an_accept_field_that_nothing_fits_is_told() -> None:
    """The default is written, and stderr says so."""
    printed, beside = translate("--to", "problem", "--accept", "image/png", "--body-only")
    assert 429 == json.loads(printed)["status"]
    assert (
        "note: nothing that problem writes is accepted by 'image/png'; the default was written" in beside.splitlines()
    )


def test_everything_is_told_to_programs() -> None:
    """The response is in the form that the commands read."""
    printed, _ = translate("--to", "usta", "--json", data=RESPONSE.replace(b"SLOW", b"7007"))
    found = json.loads(printed)
    assert ("problem", "usta", None) == (found["source"], found["target"], found["assumed"])
    assert "title" in found["lost"]
    again = CliRunner().invoke(app, ["explain", "--json"], input=json.dumps(found["response"]))
    assert ("usta", "Too fast") == (json.loads(again.stdout)["dialect"], json.loads(again.stdout)["problem"]["detail"])


def test_a_body_alone_gets_its_status() -> None:
    """From --status, else from the body, and stderr says which."""
    body = b'{"code":"ACCESS_DENIED","message":"no"}'
    printed, beside = translate("--to", "problem", data=body)
    assert 403 == parse_transcript(printed).status
    assert any(line.startswith("note: no status was given; 403 ") for line in beside.splitlines())
    assert 409 == parse_transcript(translate("--to", "problem", "--status", "409", data=body)[0]).status


def test_a_success_is_not_translated() -> None:
    """An error made of a success would be a lie: exit code 1 and one line."""
    printed, beside = translate("--to", "problem", data=b"HTTP/1.1 204 No Content\n\n", code=1)
    assert (b"", "errata: not an error, so nothing to translate: 204\n") == (printed, beside)


def test_bytes_that_are_no_text_survive() -> None:
    """A body in another encoding than UTF-8 is printed as it is, and as base64 in JSON."""
    from errata.cli.translate import _body, transcript

    body = "M\u00f8ller".encode("latin-1")
    assert transcript(RawResponse(400, {}, body)).endswith(b"content-length: 6\r\n\r\n" + body)
    assert {"body_base64": "TfhsbGVy"} == _body(body)
