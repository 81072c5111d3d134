import pytest
from hypothesis import given
from hypothesis import strategies as st

from errata import RawResponse, read
from errata.transcripts import TranscriptError, parse_transcript

HEAD = b"HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\nX-Two: a\r\nx-two: b\r\n\r\n"
BODY = b'{"errors":[{"errorCode":3001,"message":"entity not found"}]}'
EXPECTED = RawResponse(404, {"content-type": "application/json", "x-two": "a, b"}, BODY)


@pytest.mark.parametrize(
    "before",
    [
        b"",
        b"\r\n\n  \n",
        b"\xef\xbb\xbf",
        b"$ curl -i http://localhost/coaches/9\n",
        b"  % Total    % Received\n100    60  100    60    0\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 200 Connection established\r\nproxy-agent: p\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nlocation: /a\r\n\r\nHTTP/2 307 \r\nlocation: /b\r\n\r\n",
    ],
    ids=["nothing", "blank lines", "bom", "prompt", "progress", "interim", "proxy", "redirects"],
)
def test_the_last_head_and_what_is_below_it_count(before: bytes) -> None:
    """What a terminal or curl shows above the last response changes nothing."""
    assert parse_transcript(before + HEAD + BODY) == EXPECTED


def test_line_ends_may_be_bare_newlines() -> None:
    """A text copied from a terminal has lost its carriage returns and means the same."""
    assert parse_transcript(HEAD.replace(b"\r\n", b"\n") + BODY) == EXPECTED


@pytest.mark.parametrize(
    "line", [b"HTTP/1.0 503 Service Unavailable", b"HTTP/1.1 503", b"HTTP/1.1 503 ", b"HTTP/2 503 ", b"HTTP/3 503"]
)
def test_every_version_of_the_status_line_is_read(line: bytes) -> None:
    """HTTP/1.0 to HTTP/3, with or without a reason phrase."""
    assert parse_transcript(line + b"\r\n\r\nbusy") == RawResponse(503, {}, b"busy")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"HTTP/1.1 404 Not Found", RawResponse(404)),
        (b"HTTP/1.1 404 Not Found\nserver: x", RawResponse(404, {"server": "x"})),
        (
            b"HTTP/1.1 401 No\nwww-authenticate: Bearer\n  realm=a\n\n",
            RawResponse(401, {"www-authenticate": "Bearer realm=a"}),
        ),
        (b"HTTP/1.1 400 No\nno colon here\nbad name: x\n: y\nok:1\n\n", RawResponse(400, {"ok": "1"})),
        (b"HTTP/1.1 400 No\n\n\n\nbody", RawResponse(400, {}, b"\n\nbody")),
    ],
    ids=["head alone", "no end of head", "folded field", "lines that are no fields", "body with blank lines"],
)
def test_heads_that_are_short_or_odd_are_tolerated(text: bytes, expected: RawResponse) -> None:
    """A head may end early, fold a field, or hold lines that are no fields."""
    assert parse_transcript(text) == expected


def test_a_status_line_inside_a_document_is_part_of_the_document() -> None:
    """A body that stands alone is kept whole, even when it quotes a response."""
    body = b'{"log":\n"x",\n"y":"\nHTTP/1.1 404 Not Found\n"}'
    assert parse_transcript(body, status=502) == RawResponse(502, {}, body)


def test_the_status_line_outweighs_a_given_status() -> None:
    """A status is for bodies that stand alone."""
    assert parse_transcript(HEAD + BODY, status=500).status == 404


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (b"", "the text is empty"),
        (b" \n", "the text is empty"),
        (b'{"code": "X"}', 'no status line before \'{"code": "X"}\''),
        (b"HTTP/1.1 99 Odd\n\n", "no status line before 'HTTP/1.1 99 Odd"),
    ],
    ids=["empty", "blank", "bare body", "two digits"],
)
def test_a_text_without_a_status_is_refused_with_a_remedy(text: bytes, named: str) -> None:
    """The message names what was found and says what to add."""
    with pytest.raises(TranscriptError) as caught:
        parse_transcript(text)
    assert str(caught.value).startswith(named)
    assert "give the status, or begin with the head as `curl -i` prints it" in str(caught.value)


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_end_in_a_response_or_in_the_one_exception(noise: bytes, with_head: bool) -> None:
    """Nothing but TranscriptError is raised, and what comes out can be read."""
    data = b"HTTP/1.1 500 X\n" + noise if with_head else noise
    try:
        response = parse_transcript(data)
    except TranscriptError:
        return
    assert read(response).problem.status == response.status


@given(st.binary(max_size=200))
def test_with_a_status_every_document_has_a_response(body: bytes) -> None:
    """A document alone, whatever follows its first character, is kept byte for byte."""
    assert parse_transcript(b"{" + body, 400) == RawResponse(400, {}, b"{" + body)
