"""What is done a shorter way for speed gives the same as the long way."""

from hypothesis import example, given
from hypothesis import strategies as st

from errata._http import Headers, RawHeaders
from errata._problem import _split, path_from_text, shows

_PATH_TEXTS = st.text(st.sampled_from("ab0129_.[]'\"#$/~%é "), max_size=130) | st.text(max_size=130)
_FIELD_NAMES = st.text(st.sampled_from("abc-"), min_size=1, max_size=3)
_FIELD_VALUES = st.binary(max_size=8)


@given(_PATH_TEXTS)
@example("name")
@example("lines[0].quantity")
@example("#/lines/0/quantity")
@example("a." * 60)
def test_paths_are_split_alike_however_they_come(text: str) -> None:
    """A plain name, a path seen before and a long path have the segments that splitting gives."""
    expected = _split.__wrapped__(text)
    assert expected == path_from_text(text)
    assert expected == path_from_text(text)


@given(st.text() | st.text(st.sampled_from(" a\t\n\x00\u00a0\u200b\u3000")))
def test_a_text_shows_when_one_character_does(text: str) -> None:
    """A text has something to see when a character is printable and no blank, or beyond the first plane."""
    assert any(c != " " and (c.isprintable() or c >= "\U00010000") for c in text) == shows(text)


@given(st.lists(st.tuples(_FIELD_NAMES, _FIELD_VALUES)))
def test_raw_headers_read_like_decoded_ones(fields: list[tuple[str, bytes]]) -> None:
    """Fields that are decoded when asked for are those that would be decoded at once."""
    decoded = Headers((name, value.decode("latin-1")) for name, value in fields)
    raw = RawHeaders([(name.encode(), value) for name, value in fields])
    assert decoded == dict(raw)
    assert list(decoded) == list(raw)
    assert len(decoded) == len(raw)
    assert [value.encode("latin-1") for value in decoded.values()] == [value for _, value in decoded.wire]


def test_raw_headers_are_found_in_any_case() -> None:
    """A field is found by its name in any case; one that is not there gives the default."""
    raw = RawHeaders([(b"accept", b"text/html"), (b"accept", b"*/*")])
    assert "text/html, */*" == raw["Accept"]
    assert "none" == raw.get("x-other", "none")
    assert "x-other" not in raw
