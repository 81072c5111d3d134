"""The kit itself: dialects that are broken on purpose, each caught by the law that it breaks."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from errata import Dialect, Problem, Signature
from errata._body import Document, Wire
from errata._dialect import format_of
from errata.testing import KitError, Vector, VectorResponse, check_dialect, hostile_bodies, load_vectors

Read = Callable[[Document], Problem]
Write = Callable[[Problem], bytes]


class Body(Wire):
    """The wire type of a small dialect."""

    code: str | None = None
    text: str | None = None


def read_small(doc: Document) -> Problem:
    """Read the dialect that the others are broken forms of."""
    wire = doc.fit(Body)
    return Problem(status=doc.raw.status, code=wire.code, detail=wire.text, extensions=wire.extras)


def write_small(problem: Problem) -> bytes:
    """Write the dialect that the others are broken forms of."""
    return json.dumps({"code": problem.code, "text": problem.detail}).encode()


def small(
    read: Read = read_small,
    write: Write = write_small,
    codes: dict[str, int] | None = None,
    members: Mapping[str, Any] = {"code": str, "text": str},
) -> Dialect:
    """Return a small dialect, with the parts given."""
    return Dialect(
        name="small",
        title="small",
        source="our own",
        read=read,
        formats=(format_of("json", "application/json", write),),
        signatures=(Signature(members=members),),
        fields=Body,
        codes=codes,
    )


VECTOR = Vector(
    id="full",
    source="our own",
    sentence="A full bed.",
    response=VectorResponse(409, {"content-type": "application/json"}, '{"code": "FULL", "text": "Bed 3 is full"}'),
    problem={"status": 409, "code": "FULL", "detail": "Bed 3 is full"},
    writes=True,
    lost={"text": ["code"]},
)


def test_sound_dialect_passes() -> None:
    """A dialect without fault, lossy as it is, passes."""
    check_dialect(small(), [VECTOR])


# ---- broken readers ----


def read_members_at_once(doc: Document) -> Problem:
    """Fail where a member is missing or the body is no object."""
    return Problem(status=doc.raw.status, code=doc.value["code"], detail=doc.value["text"])


def read_own_json(doc: Document) -> Problem:
    """Fail on deep nesting, which is no ValueError, and take members of any type."""
    try:
        value = json.loads(doc.raw.body)
    except ValueError:
        value = {}
    return read_small(doc) if isinstance(value, dict) else Problem(status=doc.raw.status)


def read_status_from_body(doc: Document) -> Problem:
    """Lose the status of the response."""
    return Problem(status=500, code=doc.fit(Body).code, kind="internal")


def read_other_type(doc: Document) -> Problem:
    """Fail on a member of another type than expected."""
    text = doc.value.get("text") if isinstance(doc.value, dict) else None
    return Problem(status=doc.raw.status, detail=text.strip() if text is not None else None)


def read_nothing(doc: Document) -> Problem:
    """Return no problem at all."""
    return None if doc.form == "empty" else read_small(doc)  # type: ignore[return-value]


# ---- broken writers ----


def write_prefixed(problem: Problem) -> bytes:
    """Add a prefix with each pass."""
    return json.dumps({"code": problem.code, "text": f"Error: {problem.detail}"}).encode()


def write_without_code(problem: Problem) -> bytes:
    """Forget the code."""
    return json.dumps({"text": problem.detail}).encode()


def write_upper(problem: Problem) -> bytes:
    """Write the code in another spelling."""
    return json.dumps({"code": problem.code and problem.code.upper(), "text": problem.detail}).encode()


def write_undeclared(problem: Problem) -> bytes:
    """Write a number where the wire type declares text."""
    return json.dumps({"code": problem.status or 0, "text": problem.detail}).encode()


def write_unescaped(problem: Problem) -> bytes:
    """Put texts together without escaping them."""
    return f'{{"code":"{problem.code}","text":"{problem.detail}"}}'.encode()


def write_only_short(problem: Problem) -> bytes:
    """Fail for what is longer than expected."""
    assert len(problem.code or "") < 1000
    return write_small(problem)


_calls = count()


def write_ever_new(problem: Problem) -> bytes:
    """Write something else each time."""
    return json.dumps({"code": problem.code, "text": f"{next(_calls)}"}).encode()


def write_xml(problem: Problem) -> bytes:
    """Write another form than the media type says."""
    return f"<error>{problem.status}</error>".encode()


def is_known(value: object) -> bool:
    """Fail on what cannot be hashed."""
    return value in {"FULL", "EMPTY"}


def with_format(**changes: Any) -> Dialect:
    """Return the small dialect with another part of its format."""
    sound = small()
    return replace(sound, formats=(sound.formats[0]._replace(**changes),))


NO_VECTORS: list[Vector] = []

BROKEN = {
    "check-of-unhashable": (small(members={"code": is_known}), NO_VECTORS, "the check of member 'code' must take any"),
    "check-without-answer": (small(members={"code": repr}), NO_VECTORS, "must tell true or false"),
    "head-fails": (with_format(head=lambda problem: {"x-code": problem.code.upper()}), NO_VECTORS, "must not fail"),
    "head-of-numbers": (with_format(head=lambda _: {"x-code": 7}), NO_VECTORS, "expected a status and texts"),
    "status-fails": (with_format(status=lambda problem: {"FULL": 409}[problem.code]), NO_VECTORS, "must not fail"),
    "status-unknown": (with_format(status=lambda _: 0), NO_VECTORS, "expected a status and texts"),
    "members-at-once": (small(read=read_members_at_once), NO_VECTORS, "reading must not fail, but TypeError"),
    "own-json": (small(read=read_own_json), NO_VECTORS, "reading must not fail, but RecursionError"),
    "status-from-body": (small(read=read_status_from_body), NO_VECTORS, "the status 404 became 500"),
    "member-of-other-type": (small(read=read_other_type), NO_VECTORS, "reading must not fail, but AttributeError"),
    "no-problem": (small(read=read_nothing), NO_VECTORS, "reading must return a Problem, got None"),
    "prefixed": (small(write=write_prefixed), NO_VECTORS, "a second pass must change nothing"),
    "code-lost": (small(write=write_without_code), [VECTOR], "writing gives another body"),
    "undeclared": (small(write=write_undeclared), NO_VECTORS, "does not fit its own Body"),
    "unescaped": (small(write=write_unescaped), NO_VECTORS, "application/json should be json"),
    "only-short": (small(write=write_only_short), NO_VECTORS, "writing must not fail, but AssertionError"),
    "ever-new": (small(write=write_ever_new), NO_VECTORS, "writing twice must give the same bytes"),
    "other-form": (small(write=write_xml), NO_VECTORS, "application/json should be json, is xml"),
    "other-problem": (small(), [replace(VECTOR, problem={"status": 409, "code": "EMPTY"})], "code should be 'EMPTY'"),
    "other-findings": (small(), [replace(VECTOR, findings=["truncated"])], "expected the findings ['truncated']"),
    "other-losses": (small(), [replace(VECTOR, lost={"text": []})], "text should lose [], but loses ['code']"),
    "blind": (small(members={"kode": str}), [VECTOR], "its signatures match none of its vectors"),
    "closed-set": (small(write=write_upper, codes={"full": 409}), NO_VECTORS, "the code 'full' became 'FULL'"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_fault_is_caught(name: str) -> None:
    """Each fault is caught, with a text that names the dialect, the law and what broke it."""
    dialect, vectors, said = BROKEN[name]
    with pytest.raises(KitError, match=r"^small") as caught:
        check_dialect(dialect, vectors)
    assert said in str(caught.value)


def test_hostile_bodies_alone_find_deep_nesting() -> None:
    """Deep nesting breaks what catches only ValueError, so the kit has bodies of it."""
    with pytest.raises(RecursionError):
        json.loads(hostile_bodies()["deep lists"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "full.json: no vector"),
        ('{"id": "full"}', "missing required field"),
        ('{"id": "full", "note": 1}', "unknown field"),
        (msgspec.json.encode(replace(VECTOR, id="other")).decode(), "full.json: its id is 'other'"),
    ],
)
def test_bad_vector_is_named(tmp_path: Path, text: str, said: str) -> None:
    """A file that is no vector, or is not named after its id, is refused by name."""
    (tmp_path / "full.json").write_text(text)
    with pytest.raises(KitError, match=re.escape(said)):
        load_vectors(tmp_path)


def test_body_of_bytes() -> None:
    """A vector whose body is no text holds it in base 64."""
    assert b"\xff\xfe" == VectorResponse(400, body_base64="//4=").raw.body


def test_missing_extra_is_named() -> None:
    """Without hypothesis, importing the strategies says what to install."""
    script = "import sys; sys.modules['hypothesis'] = None; import errata.testing.strategies"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "pip install 'errata[testing]'" in done.stderr


def test_kit_needs_no_test_framework() -> None:
    """The kit runs where neither pytest nor hypothesis is installed."""
    script = (
        "import sys; sys.modules.update(pytest=None, hypothesis=None)\n"
        "from errata.testing import check_dialect; check_dialect('empty')"
    )
    assert 0 == subprocess.run([sys.executable, "-c", script], check=False).returncode
