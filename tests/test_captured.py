"""Responses of real software, recorded off the wire: an independent judge of detection and reading.

The records were made by running servers, frameworks and serialisers on loopback
and provoking their own error machinery. What each one is, and which text a
person would quote from it, was decided from the software, not from our code.
"""

import base64
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from errata import Problem, RawResponse, read
from errata.dialects import BUILTIN

FOLDER = Path(__file__).parent / "captured"
RECORDS: dict[str, dict[str, Any]] = {
    f"{path.parent.name}/{path.stem}": json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*/*.json"))
}
ERRORS = {name: record for name, record in RECORDS.items() if record["is_error"]}
FOREIGN = {name: record for name, record in ERRORS.items() if None in record["dialects"]}
SUCCESSES = {name: record for name, record in RECORDS.items() if not record["is_error"]}

Miss = str | None


def response_of(record: dict[str, Any]) -> RawResponse:
    """Return the response as it came."""
    body = base64.b64decode(record["body_base64"]) if "body_base64" in record else record["body"].encode()
    return RawResponse(record["status"], record["headers"], body)


def dialect_miss(record: dict[str, Any]) -> Miss:
    """Say how the dialect found differs from what the software sends."""
    found = read(response_of(record)).dialect
    return None if found in record["dialects"] else f"found {found}, is {record['dialects']}"


def text_miss(record: dict[str, Any]) -> Miss:
    """Say which text was found instead of the one that a person would quote; a final full stop is no matter."""
    wanted = " ".join(record["text"].split()).removesuffix(".")
    problem = read(response_of(record)).problem
    said = [" ".join(text.split()) for text in (problem.text, problem.head)]
    return None if any(wanted in text for text in said) else f"wanted {wanted[:80]!r}, read {said[0][:80]!r}"


def misses(records: dict[str, dict[str, Any]], judge: Callable[[dict[str, Any]], Miss]) -> list[str]:
    """Return what a judge says of the records that miss."""
    return [f"{name}: {miss}" for name, record in records.items() if (miss := judge(record)) is not None]


def assert_share(hundredths: int, records: dict[str, dict[str, Any]], judge: Callable[[dict[str, Any]], Miss]) -> None:
    """Fail with the list of misses when fewer of a hundred records are right."""
    wrong = misses(records, judge)
    right = len(records) - len(wrong)
    assert hundredths * len(records) <= 100 * right, "\n".join([f"{right} of {len(records)} right", *wrong])


def quoted(records: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the records in which there is something to quote."""
    return {name: record for name, record in records.items() if record["text"] is not None}


@pytest.mark.parametrize("name", RECORDS)
def test_status_is_kept(name: str) -> None:
    """The status of a real response is never lost; in a failure inside a success the body may name its own."""
    record = RECORDS[name]
    problem: Problem = read(response_of(record)).problem
    if record["status"] >= 400 or not record["is_error"]:
        assert record["status"] == problem.status
    else:
        assert problem.status == record["status"] or 400 <= (problem.status or 0) < 600


@pytest.mark.parametrize("name", SUCCESSES)
def test_success_is_no_error(name: str) -> None:
    """A success is taken for no error format, also when its members are named like those of an error."""
    assert read(response_of(SUCCESSES[name])).dialect is None


def test_dialects_are_found() -> None:
    """Of a hundred errors, at least 98 are told to be what they are."""
    assert_share(98, ERRORS, dialect_miss)


def test_foreign_shapes_are_claimed_by_no_dialect() -> None:
    """Of a hundred errors in a shape of their own, at least 98 are claimed by no dialect."""
    assert_share(98, FOREIGN, dialect_miss)


def test_texts_are_found() -> None:
    """Of a hundred errors that say something, at least 95 give the text a person would quote."""
    assert_share(95, quoted(ERRORS), text_miss)


def test_texts_of_foreign_shapes_are_found() -> None:
    """The same holds where no dialect fits and the usual member names must do."""
    assert_share(95, quoted(FOREIGN), text_miss)


def test_records_are_broad() -> None:
    """The records come from many programs, none of which outweighs the others, and speak many dialects."""
    programs = Counter(name.split("/")[0] for name in RECORDS)
    assert len(programs) >= 35
    assert max(programs.values()) <= 10
    spoken = {dialect for record in ERRORS.values() for dialect in record["dialects"]} - {None}
    assert len(spoken) >= 40
    assert len(SUCCESSES) >= 50


def test_labels_are_names_of_dialects() -> None:
    """A label that no dialect bears could never be right."""
    labels = {dialect for record in RECORDS.values() for dialect in record["dialects"]} - {None}
    assert set() == labels - set(BUILTIN)
