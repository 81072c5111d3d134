"""Vectors: one case of a wire format in a JSON file, for any language to run."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from errata._body import Document
from errata._dialect import Dialect
from errata._http import RawResponse
from errata._problem import Problem
from errata._read import dialect_of, read
from errata._translate import losses, pick_format, render
from errata._xml import Element
from errata.testing._fault import KitError, shortened


class VectorResponse(Struct, frozen=True, forbid_unknown_fields=True):
    """The response of a vector; bytes that are no text stand in `body_base64`."""

    status: int
    headers: dict[str, str] = {}
    body: str = ""
    body_base64: str | None = None

    @property
    def raw(self) -> RawResponse:
        """Return the response as errata reads it."""
        body = self.body.encode() if self.body_base64 is None else base64.b64decode(self.body_base64)
        return RawResponse(self.status, self.headers, body)


class Vector(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One case: a response, what reading it gives, whether writing gives it back.

    `source` says where the shape is from, `sentence` what the case shows.
    `problem` has the form of `Problem.to_dict`, `findings` are the codes expected;
    with `writes`, rendering the problem (in `format`, where there are several)
    gives an equal body; `lost` names what other dialects lose of it.
    """

    id: str
    source: str
    sentence: str
    response: VectorResponse
    problem: dict[str, Any]
    findings: list[str] = []
    writes: bool = False
    format: str | None = None
    lost: dict[str, list[str]] = {}


def load_vectors(folder: Path | str) -> list[Vector]:
    """Return the vectors of a folder by id; raises KitError for a file that is none."""
    return [_load(path) for path in sorted(Path(folder).glob("*.json"))]


def _load(path: Path) -> Vector:
    try:
        vector = msgspec.convert(json.loads(path.read_text("utf-8")), Vector)
    except ValueError as error:
        raise KitError(f"{path.name}: no vector ({error}); see errata.testing.Vector") from None
    if vector.id != path.stem:
        raise KitError(f"{path.name}: its id is {vector.id!r}; name the file after it")
    return vector


def check_reading(dialect: Dialect | str, vector: Vector) -> None:
    """Raise KitError unless reading the response gives the problem, the findings and the losses stated."""
    of = dialect_of(dialect)
    reading = read(vector.response.raw, of)
    expected = Problem.from_dict(vector.problem)
    if expected != reading.problem:
        raise _fault(of, vector, f"reading gives another problem: {_difference(expected, reading.problem)}")
    found = sorted({finding.code for finding in reading.findings})
    if found != sorted(set(vector.findings)):
        listed = "; ".join(map(str, reading.findings)) or "none"
        raise _fault(of, vector, f"expected the findings {sorted(vector.findings)}, got: {shortened(listed)}")
    for target, names in vector.lost.items():
        lost = sorted(losses(reading.problem, target))
        if lost != sorted(names):
            raise _fault(of, vector, f"{target} should lose {sorted(names)}, but loses {lost}")


def check_writing(dialect: Dialect | str, vector: Vector) -> None:
    """Raise KitError unless the problem, if the vector says so, is written as the body that it came from."""
    if not vector.writes:
        return
    of = dialect_of(dialect)
    original = vector.response.raw
    written = render(Problem.from_dict(vector.problem), of, format=vector.format)
    if written.status != original.status:
        raise _fault(of, vector, f"writing gives the status {written.status}, expected {original.status}")
    chosen = pick_format(of.formats, None, vector.format) or of.formats[0]
    for name in chosen.head(Problem.from_dict(vector.problem)) if chosen.head else ():
        if written.headers.get(name) != original.headers.get(name):
            raise _fault(
                of, vector, f"writing gives {name}: {written.headers.get(name)!r}, not {original.headers.get(name)!r}"
            )
    if normalised(written) != normalised(original):
        raise _fault(
            of, vector, f"writing gives another body: {shortened(written.body)}; expected {shortened(original.body)}"
        )


def normalised(raw: RawResponse) -> object:
    """Return a body for comparison: the value of JSON or CBOR, the tree of XML, the bytes of anything else."""
    document = Document(raw)
    if document.root is not None:
        return _tree(document.root)
    return document.value if document.form in ("json", "cbor") else raw.body


def _tree(element: Element) -> object:
    text = element.text.strip() if element.children else element.text
    return element.tag, element.attributes, text, [_tree(child) for child in element]


def _fault(dialect: Dialect, vector: Vector, what: str) -> KitError:
    return KitError(f"{dialect.name}, vector {vector.id} ({vector.sentence}): {what}")


def _difference(expected: Problem, actual: Problem) -> str:
    before, after = _members(expected), _members(actual)
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return "; ".join(f"{n} should be {shortened(before.get(n))}, is {shortened(after.get(n))}" for n in names)


def _members(problem: Problem) -> Mapping[str, object]:
    return {name: getattr(problem, name) for name in problem.__struct_fields__}
