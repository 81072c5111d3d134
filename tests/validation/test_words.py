"""The same fault has the same words, whatever library finds it."""

from typing import Any

import pytest

from errata import Violation
from tests.validation.faults import CASES, ROWS, UNKNOWN, sent


@pytest.mark.parametrize(("fault", "library"), CASES)
def test_a_fault_has_one_text(fault: str, library: str) -> None:
    """Place, name of the check and text are equal, byte for byte."""
    row = ROWS[fault]
    expected = (Violation(path=row.path, code=row.code, detail=row.text),)
    assert expected == row.checks[library](sent(row.value))


def test_the_table_compares() -> None:
    """Each fault is found by at least three libraries, and each library finds at least half of them."""
    assert [] == [fault for fault, row in ROWS.items() if len(row.checks) < 3]
    for library in ("pydantic", "msgspec", "marshmallow", "cattrs", "drf", "django"):
        assert len(ROWS) // 2 <= sum(library in row.checks for row in ROWS.values()), library


@pytest.mark.parametrize("library", UNKNOWN)
def test_an_unknown_member_is_named_by_its_place(library: str) -> None:
    """A member too many is a fault at its own place."""
    assert (Violation(path=("b",), code="unknown", detail="is not known"),) == UNKNOWN[library]({"a": 1, "b": 2})


@pytest.mark.parametrize(("fault", "library"), CASES)
def test_what_is_right_has_no_fault(fault: str, library: str) -> None:
    """The checks of the table can also pass: what they say is about what was sent."""
    right: dict[str, Any] = {
        "missing": "ab", "null": 5, "no text": "ab", "no integer": 5, "no number": 1.5, "no boolean": True,
        "no list": [1], "no object": {"b": 1}, "item of a list": [1], "value of a dictionary": {"k": 1},
        "too small": 1, "too large": 5, "not above": 2, "not below": 1.25, "no multiple": 2, "text too short": "ab",
        "text empty": "a", "text too long": "abc", "list too short": [1], "list too long": [1, 2],
        "another form": "a", "none of those named": "red", "none of the choices": "red", "no date": "2031-01-28",
        "no moment": "2031-01-28T23:59:59", "no time": "23:59:59", "no URL": "https://shop.example/",
        "no UUID": "123e4567-e89b-12d3-a456-426614174000", "no email address": "a@shop.example",
    }  # fmt: skip
    duration = {"cattrs": "5", "marshmallow": 5}.get(library, "PT5S")
    if fault == "null" and library == "cattrs":
        right["null"] = [5]
    value = duration if fault == "no duration" else right[fault]
    assert () == ROWS[fault].checks[library](sent(value))
