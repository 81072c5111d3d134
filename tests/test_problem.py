"""The values: problems, violations, resources, and the places they name."""

import copy
import datetime as dt
import decimal
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errata import Problem, Resource, Violation
from errata._kind import is_kind, kind_of, retry_of, status_of, title_of
from errata._problem import Members, path_from_text, shows
from errata.testing.strategies import problems, violations

FULL = Problem(
    status=409,
    code="FULL",
    type="https://e.example/full",
    title="Full",
    detail="Bed 3",
    instance="/beds/3",
    violations=(Violation(path=("a", 0), location="body", detail="x", code="max", status=422),),
    problems=(Problem(status=404),),
    retry_after=1.5,
    resource=Resource("bed", "3"),
    trace_id="t1",
    help="https://e.example/h",
    extensions={"n": [1, {"m": None}]},
)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "invalid_argument"), (401, "unauthenticated"), (404, "not_found"), (409, "aborted"), (418,
    "invalid_argument"),
     (429, "resource_exhausted"), (499, "cancelled"), (500, "internal"), (503, "unavailable"), (599, "internal"),
     (200, "unknown"), (0, "unknown"), (600, "unknown"), (None, "unknown")],
)  # fmt: skip
def test_kind_follows_the_status(status: int | None, kind: str) -> None:
    """A status has a kind; one that is not listed counts as its class does."""
    assert kind == Problem(status=status).kind == kind_of(status)
    assert is_kind(kind)


@pytest.mark.req("P1")
def test_class_decides_for_unlisted_statuses() -> None:
    """418 is the client's fault and 599 the server's, with a title of that class."""
    assert ("Client Error", "Server Error", "Error") == (title_of(418), title_of(599), title_of(299))


def test_every_kind_has_a_status_of_that_kind() -> None:
    """The default status of a kind is an error, and says the same where it can."""
    for kind in ("not_found", "unavailable", "internal", "permission_denied", "unauthenticated", "cancelled"):
        assert kind == kind_of(status_of(kind))
    assert ("yes", "idempotent", "no") == (retry_of(503), retry_of(502), retry_of(None))


def test_given_kind_stays() -> None:
    """A kind that a dialect knows better than the status is kept."""
    assert "unauthenticated" == Problem(status=403, kind="unauthenticated").kind


def test_values_cannot_be_changed() -> None:
    """Problems, violations and their members are immutable; a changed copy is another value."""
    with pytest.raises(AttributeError):
        FULL.status = 1  # type: ignore[misc]
    frozen: Any = FULL.extensions
    for change in (
        lambda: frozen.update(a=1),
        lambda: frozen.pop("n"),
        lambda: frozen.setdefault("a", 1),
        lambda: frozen.__setitem__("a", 1),
        frozen.clear,
        lambda: frozen.__delitem__("n"),
        frozen.popitem,
        lambda: frozen.__ior__({"a": 1}),
    ):
        with pytest.raises(TypeError, match="members of a problem cannot be changed"):
            change()
    assert ("EMPTY", "FULL") == (FULL.replace(code="EMPTY").code, FULL.code)


def test_given_members_are_copied() -> None:
    """Changing the dictionary afterwards does not change the problem."""
    given = {"a": 1}
    problem = Problem(extensions=given)
    given["b"] = 2
    assert {"a": 1} == problem.extensions


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])  # noqa: S301
def test_values_can_be_copied_and_sent(again: Any) -> None:
    """A copy is equal and just as immutable."""
    twin = again(FULL)
    assert FULL == twin
    assert Members is type(twin.extensions)


@given(problem=problems())
def test_dictionary_gives_the_problem_back(problem: Problem) -> None:
    """`to_dict` and `from_dict` are inverse, and what is not set does not appear."""
    plain = problem.to_dict()
    assert problem == Problem.from_dict(plain)
    assert all(value is not None and value != [] for value in plain.values())


def test_dictionary_of_odd_members() -> None:
    """Members that are no plain data become text."""
    odd = {1: decimal.Decimal("1.5"), "when": dt.date(2026, 1, 2), "how": object}
    plain = Problem(extensions=odd).to_dict()["extensions"]  # type: ignore[arg-type]
    assert ("1.5", "2026-01-02", "<class 'object'>") == (plain["1"], plain["when"], plain["how"])


# ---- texts ----


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem(status=404, title="No bed", detail="Bed 3"), "Bed 3"),
        (Problem(status=404, title="No bed"), "No bed"),
        (Problem(status=404), "Not Found"),
        (Problem(), "Error"),
        (Problem(status=404, detail=" \t", title="\x00"), "Not Found"),
        (Problem(title="Two", violations=(Violation(detail="a"), Violation(), Violation(detail="b"))), "a; b"),
        (Problem(title="Two", problems=(Problem(detail="a"), Problem(status=404))), "a; Not Found"),
    ],
)
def test_text_is_the_most_specific_there_is(problem: Problem, text: str) -> None:
    """Detail, else the inner texts, else the title, else the reason phrase."""
    assert text == problem.text


def test_str_is_one_line() -> None:
    """A problem prints as status, code, text and trace id, in one line without control characters."""
    assert "409 FULL: Bed 3 [trace id t1]" == str(FULL)
    assert "a b  c" == str(Problem(detail="a\nb\r\x1bc")).removeprefix("Error: ")
    assert "x [trace id a b]" == str(Problem(detail="x", trace_id="a\nb"))


@pytest.mark.parametrize(
    ("text", "seen"),
    [("a", True), (" a\n", True), ("", False), (None, False), (" \t\n", False), ("\x00\x1f", False), ("\ufeff", False),
     ("\u200b", False), ("\ud800", False), ("\U0001f600", True), ("é", True)],
)  # fmt: skip
def test_text_that_shows(text: str | None, seen: bool) -> None:
    """Blanks and control characters are nothing to read."""
    assert seen == shows(text)


# ---- places ----


@pytest.mark.req("M28")
@pytest.mark.parametrize(
    "text",
    [
        "#/a/0/b",
        "/a/0/b",
        "a.0.b",
        "a[0].b",
        "$.a[0].b",
        "$['a'][0].b",
        '$["a"][0]["b"]',
        "#/%61/0/b",
        "a.[0].b",
        ".a.0.b",
    ],
)
def test_all_spellings_are_one_place(text: str) -> None:
    """JSON Pointer, dots and brackets name the same place."""
    assert ("a", 0, "b") == path_from_text(text)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", ()), ("#", ()), ("$", ()), ("/", ("",)), ("#/", ("",)),
        ("/a~1b/m~0n", ("a/b", "m~n")), ("/~01", ("~1",)), ("/a/#/$", ("a", "#", "$")), ("#/a%20b", ("a b",)),
        ("$filter", ("$filter",)), ("007", ("007",)), ("-1", ("-1",)), ("٣", ("٣",)), ("²", ("²",)),
        ("1234567890", ("1234567890",)), ("0", (0,)), ("a/b", ("a/b",)), ("ValidTo", ("ValidTo",)),
    ],
)  # fmt: skip
def test_odd_places(text: str, path: tuple[str | int, ...]) -> None:
    """Whole-document marks are dropped, escapes undone, and only array indices are numbers."""
    assert path == path_from_text(text)


def test_pointer_and_dotted() -> None:
    """A place prints as JSON Pointer and with dots; where dots would name another place, as pointer."""
    violation = Violation(path=("a/b", 0, "m~n"))
    assert ("/a~1b/0/m~0n", "a/b.0.m~n") == (violation.pointer, violation.dotted)
    assert ("", "") == (Violation().pointer, Violation().dotted)
    assert ["/~1a", "/#~1a", "/", "/$"] == [Violation(path=(s,)).dotted for s in ("/a", "#/a", "", "$")]


@given(violation=violations())
def test_pointer_is_exact(violation: Violation) -> None:
    """A pointer names the place it was made from, but for texts that look like an index."""
    again = path_from_text(violation.pointer)
    assert list(map(str, violation.path)) == list(map(str, again))


@given(text=st.text())
def test_dotted_settles(text: str) -> None:
    """Any text is a place, and that place keeps its spelling."""
    path = path_from_text(text)
    settled = path_from_text(Violation(path=path).dotted)
    assert settled == path_from_text(Violation(path=settled).dotted)
