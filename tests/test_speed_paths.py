"""What is done a shorter way for speed gives the same as the long way."""

from typing import Any

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from errata._body import Document
from errata._dialect import shape_of
from errata._http import Headers, RawHeaders, RawResponse
from errata._problem import Problem, Violation, _split, path_from_text, shows
from errata._read import builtin_registry
from errata.dialects.netmri import _spelled, field_of
from errata.dialects.problem import _KNOWN, _further
from errata.dialects.usta import Item, _problem_of, _words

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


_NAMES = st.sampled_from(["error", "errors", "code", "message", "status", "title", "type", "detail", "inner", "a"])
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 999) | st.sampled_from(["", " ", "a", "general/x", "multiple"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=8,
)
_BODIES = st.dictionaries(_NAMES, _JSON, max_size=6)
_TEXTS = st.none() | st.text(st.sampled_from(" a.\n"), max_size=3)
_PLACES = st.lists(st.text(st.sampled_from("a1.[/é-"), max_size=4) | st.integers(0, 2), max_size=2).map(tuple)


@given(_BODIES)
def test_what_the_shape_has_told_is_not_needed_again(value: dict[str, Any]) -> None:
    """A signature that its shape admits is met within the shape when it is met by all its conditions."""
    doc = Document(RawResponse(400, {"content-type": "application/json"}, msgspec.json.encode(value)))
    for entry in builtin_registry().entries:
        if entry.members:
            met = entry.may_match(doc.value) and entry.matches_within_shape(doc)
            assert entry.matches(doc) == met, entry.dialect.name


@given(*2 * [st.fixed_dictionaries({"a": _JSON}, optional={"b": _JSON})])
@example({"a": 1}, {"a": "1"})
@example({"a": [{"b": 1}]}, {"a": [{"b": "1"}]})
def test_bodies_of_one_shape_meet_the_same_types(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Two bodies have the same shape exactly when names and types are the same, one level deep."""
    assert (_long_shape(one) == _long_shape(other)) == (shape_of(one) == shape_of(other))


def _long_shape(value: dict[str, Any]) -> list[Any]:
    inner = {n: m[0] if type(m) is list and m else m for n, m in value.items()}
    return [
        (n, type(m), [(k, type(v)) for k, v in inner[n].items()] if type(inner[n]) is dict else None)
        for n, m in value.items()
    ]


@given(_TEXTS, _TEXTS, _TEXTS)
def test_head_is_the_first_text_that_shows(detail: str | None, title: str | None, fault: str | None) -> None:
    """The problem's own text is its detail or its title, whichever shows first, else what `text` finds."""
    problem = Problem(detail=detail, title=title, violations=(Violation(detail=fault),))
    assert next((text for text in (detail, title) if shows(text)), problem.text) == problem.head


@given(_PLACES)
@example(("name",))
@example(("lines", 0, "name"))
def test_plain_field_names_are_spelled_like_all_others(path: tuple[str | int, ...]) -> None:
    """A field of NetMRI is spelled like its path; when that is read as another place, like that place."""
    name = _spelled(path)
    place = path_from_text(name)
    assert (name if place == path else _spelled(place)) == field_of(Violation(path=path))


@given(st.dictionaries(st.sampled_from(["type", "status", "errors", "help", "sku", "extensions"]), st.integers()))
def test_further_members_are_those_that_are_not_declared(value: dict[str, Any]) -> None:
    """Extension members are kept in their order, and there are none when all members are declared."""
    expected = [(name, member) for name, member in value.items() if name not in _KNOWN]
    assert expected == list(_further(Document(RawResponse(400)), value).items())


_ITEMS = st.builds(
    Item,
    st.sampled_from([None, 1, 2]),
    st.sampled_from([None, "a", "b"]),
    st.sampled_from([None, "x", "y.0"]),
    st.sampled_from([None, "parameter", "entity"]),
)


@given(st.lists(_ITEMS, min_size=2, max_size=4))
def test_items_are_alike_when_all_but_the_place_is(items: list[Item]) -> None:
    """Two items of USTA are faults of one error exactly when they differ in nothing but the place."""
    first, *others = [_problem_of(item, 400) for item in items]
    for other in others:
        assert (other.replace(violations=first.violations) == first) == (_words(other) == _words(first))
