"""From a response to a problem: which dialect, what the HTTP part adds, and what an unknown body tells."""

import importlib.metadata
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from errata import Dialect, Problem, RawResponse, Signature, UnknownDialectError, detect, read
from errata._body import Document
from errata._dialect import ABSENT, Registry, format_of
from errata._read import builtin_registry
from errata.dialects import BUILTIN, load
from errata.testing import load_vectors
from errata.testing.strategies import responses

PROBLEM = "application/problem+json"


def response(body: object, status: int = 400, media_type: str = "application/json", **headers: str) -> RawResponse:
    """Return a response with a JSON body, or with the bytes given."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return RawResponse(status, {"content-type": media_type, **named}, content)


def codes(raw: RawResponse) -> list[str]:
    """Return the codes of what was found odd."""
    return [finding.code for finding in read(raw).findings]


# ---- detection ----


@pytest.mark.parametrize(
    ("raw", "dialect"),
    [
        (response({"code": "ACCESS_DENIED", "message": "no"}), "axway"),
        (response({"code": "access_denied", "message": "no"}), None),
        (response({"code": "ACCESS_DENIED", "message": 5}), None),
        (response({"errors": [{"errorCode": 3001, "message": "no"}]}), "usta"),
        (response({"errorCode": 3001, "message": "no"}), "usta"),
        (response({"errors": []}), None),
        (response({"error": {"code": "zip", "status": 422, "message": "no"}}, 422), "mvno"),
        (response({"error": {"code": "multiple", "inner": []}}, 422), "mvno"),
        (response({"error": {"code": 5, "message": "no", "status": 3}}), None),
        (response({"error": "general/validation-failed", "message": "no"}), "netmri"),
        (response({"error": "invalid_grant", "error_description": "no"}), "oauth2"),
        (response({"error": "invalid_grant", "error_description": "no"}, 200), None),
        (response({"success": False, "messages": ["no"]}, 200), "netmri"),
        (response({"success": True, "messages": ["yes"]}, 200), None),
        (response(b"<response><error>general/x</error></response>", media_type="text/xml"), "netmri"),
        (response(b"<Response><Errors/></Response>", media_type="text/xml"), "aws-ec2"),
        (response(b"<answer><errors/></answer>", media_type="text/xml"), None),
        (response({}, media_type=PROBLEM), "problem"),
        (response([], media_type=PROBLEM), "problem"),
        (response({"title": "x", "status": 400, "traceId": "t"}), "problem"),
        (response({"title": "x", "status": 400, "type": "about:blank"}), "problem"),
        (response({"title": "x", "status": 400, "extensions": {}}), "problem"),
        (response({"type": "a", "status": 400, "detail": "x"}), "problem"),
        (response({"title": "x", "status": True, "type": "a"}), None),
        (response({"title": "x", "status": 400, "type": "a"}, 200), None),
        (response({"title": "x", "status": 400, "type": "a", "errors": [{"message": "m", "errorCode": 0}]}), "problem"),
        (response(b'<problem xmlns="urn:ietf:rfc:7807"/>', media_type="text/xml"), "problem-xml"),
        (response(b'<x:problem xmlns:x="urn:ietf:rfc:7807"/>', media_type=""), "problem-xml"),
        (response(b"<problem/>", media_type=""), None),
        (response(b"<html></html>"), "html"),
        (response(b"upstream connect error", media_type="text/plain"), None),
        (response(b""), None),
        (response({"message": "no"}), None),
    ],
)
def test_detection_needs_specific_evidence(raw: RawResponse, dialect: str | None) -> None:
    """A dialect is named when types and members are its own, else none."""
    assert dialect == detect(raw) == read(raw).dialect


def test_dialect_given_is_not_looked_for() -> None:
    """A dialect can be named, or handed over; an unknown name is refused with those there are."""
    raw = response({"title": "x", "status": 400, "type": "a"})
    assert "axway" == read(raw, "axway").dialect
    assert "text" == read(raw, next(d for d in load() if d.name == "text")).dialect
    with pytest.raises(UnknownDialectError, match="unknown dialect 'axvay'; did you mean axway"):
        read(raw, "axvay")


# ---- the HTTP part ----


@pytest.mark.req("A17", "M1", "P6")
def test_status_of_the_response_wins() -> None:
    """A status in the body that differs is a finding, and the kind follows the response."""
    reading = read(response({"title": "x", "status": 404}, 503, PROBLEM))
    assert (503, "unavailable") == (reading.problem.status, reading.problem.kind)
    assert ["status-mismatch"] == [finding.code for finding in reading.findings]


def test_status_of_the_body_counts_within_a_success() -> None:
    """When a 2xx reports a failure, only the body knows the status; an absurd one is not believed."""
    failed = response({"error": {"code": "zip", "status": 422, "message": "no"}}, 200)
    assert 422 == read(failed, "mvno").problem.status
    for absurd in (0, -1, 200, 10**30):
        assert 200 == read(response({"error": {"code": "zip", "status": absurd}}, 200), "mvno").problem.status


@pytest.mark.parametrize(
    ("headers", "seconds", "found"),
    [
        ({"retry_after": "120"}, 120, []),
        ({"retry_after_ms": "1500"}, 1.5, []),
        ({"retry_after_ms": "x", "retry_after": "2"}, 2, []),
        ({"retry_after": "Sun, 06 Nov 1994 08:50:37 GMT", "date": "Sun, 06 Nov 1994 08:49:37 GMT"}, 60, []),
        ({"retry_after": "soon"}, None, ["bad-header"]),
        ({}, None, []),
    ],
)
def test_retry_hint(headers: dict[str, str], seconds: float | None, found: list[str]) -> None:
    """The delay comes from the header fields when the body has none."""
    raw = response({"title": "x"}, 503, PROBLEM, **headers)
    assert (seconds, found) == (read(raw).problem.retry_after, codes(raw))


@pytest.mark.parametrize(
    ("headers", "trace_id"),
    [
        ({"x_request_id": "r1", "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}, "r1"),
        (
            {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
            "4bf92f3577b34da6a3ce929d0e0e4736",
        ),
        ({"x_troubleshooting_id": "5d4e"}, "5d4e"),
        ({"x_correlation_id": "", "x_amzn_requestid": "a"}, "a"),
        ({"x_request_id": "r" * 5000}, "r" * 1000),
    ],
)
def test_trace_id_from_header_fields(headers: dict[str, str], trace_id: str) -> None:
    """The usual fields give the id when the body has none."""
    assert trace_id == read(response({"title": "x"}, 503, PROBLEM, **headers)).problem.trace_id
    assert "own" == read(response({"traceId": "own"}, 503, PROBLEM, **headers)).problem.trace_id


def test_raw_response_stays_reachable() -> None:
    """What was read is kept with the reading."""
    raw = response({"title": "x"})
    assert raw is read(raw).raw


# ---- the fifteen odd bodies ----


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (response({"type": "a", "title": "Full", "status": 400, "detail": "d"}, media_type=PROBLEM), "d"),
        (response({"detail": "d"}, media_type=PROBLEM), "d"),
        (response({"title": 5, "status": "x", "detail": "d"}, media_type=PROBLEM), "d"),
        (response({"detail": "d"}, media_type="APPLICATION/PROBLEM+JSON ; charset=utf-8"), "d"),
        (response({"type": "a", "title": "Full", "status": 400, "detail": "d"}), "d"),
        (response([{"message": "d"}]), "d"),
        (response("d"), "d"),
        (response(None), None),
        (response({"error": "d"}), "d"),
        (response({"error": None}), None),
        (
            response(
                {"error": {"code": 400, "message": "d", "status": "INVALID_ARGUMENT", "details": [{"@type": "x"}]}}
            ),
            "d",
        ),
        (response(b"<html><title>d</title></html>", media_type="text/html"), "d"),
        (response(b"<html><title>d</title></html>", media_type=PROBLEM), "d"),
        (response(b"", media_type=PROBLEM), None),
        (response(b'{"detail":"d \xff\xfe"}', media_type=PROBLEM), "d \ufffd\ufffd"),
    ],
)
def test_odd_bodies(raw: RawResponse, expected: str | None) -> None:
    """Each of the bodies on which clients stumble gives a problem with the status, and its text where there is one."""
    problem = read(raw).problem
    assert (400, expected) == (problem.status, problem.detail)


# ---- plug-ins and signatures ----


def plugin(name: str = "orchard", read: Any = None, **signature: Any) -> Dialect:
    """Return a dialect with one signature."""
    return Dialect(
        name=name,
        title=name,
        source="our own",
        read=read or (lambda doc: Problem(status=doc.raw.status)),
        formats=(format_of("json", "application/json", lambda _: b"{}"),),
        signatures=(Signature(**signature),),
    )


def failing(*_: object) -> Any:
    """Fail, as plug-ins may."""
    raise RuntimeError("oops")


@pytest.mark.parametrize(
    ("signature", "raw", "found"),
    [
        ({"headers": {"x-orchard": "1"}}, response({"a": 1}, x_orchard="1.2"), True),
        ({"headers": {"x-orchard": "1"}}, response([1], x_orchard="2"), False),
        ({"headers": {"x-orchard": ""}}, response(b"<a/>", x_orchard=""), True),
        ({"headers": {"x-orchard": ""}, "form": "json"}, response({"a": 1}, x_orchard=""), True),
        ({"headers": {"x-orchard": ""}, "form": "json"}, response(b"<a/>", x_orchard=""), False),
        ({"item": {"code": str}}, response([{"code": "a"}]), True),
        ({"item": {"code": str}}, response([{"code": 1}]), False),
        ({"item": {"code": str}}, response([]), False),
        ({"members": {"a": {"b": [int]}}}, response({"a": {"b": [1, "x"]}}), True),
        ({"members": {"a": {"b": [int]}}}, response({"a": {"b": []}}), False),
        ({"members": {"a": int}}, response({"a": True}), False),
        ({"members": {"a": frozenset({"x"})}}, response({"a": "x"}), True),
        ({"members": {"a": frozenset({"x"})}}, response({"a": ["x"]}), False),
        ({"members": {"a": str, "b": ABSENT}}, response({"a": "x", "b": None}), False),
        ({"members": {"a": str | None}}, response({"a": None}), True),
        ({"members": {"a": lambda value: value == 7}}, response({"a": 7}), True),
        ({"members": {"a": failing}}, response({"a": 7}), False),
        ({"root": ("urn:x", "err"), "child": "code"}, response(b'<err xmlns="urn:x"><code/></err>'), True),
        ({"root": ("urn:x", "err"), "child": "code"}, response(b"<err><code/></err>"), False),
        ({"media_types": frozenset({"application/orchard"})}, response({}, media_type="application/orchard"), True),
        ({"members": {"a": int}}, response({"a": 1}, 200), False),
        ({"members": {"a": int}, "success": True}, response({"a": 1}, 200), True),
        ({"form": "text"}, response(b"oops"), True),
    ],
)
def test_signature_conditions(signature: dict[str, Any], raw: RawResponse, found: bool) -> None:
    """Each kind of evidence counts as described, and is explained when it is missing."""
    registry = Registry([plugin(**signature)])
    assert found == (registry.detect(Document(raw)) is not None)
    if signature.get("members") != {"a": failing} and raw.status >= 400:
        assert found == (registry.evidence(Document(raw))[0][1] == [])


def test_stronger_signature_wins() -> None:
    """A media type outweighs members, and more members outweigh fewer, in whatever order they are listed."""
    strong = plugin("strong", members={"a": int, "b": int})
    weak = plugin("weak", members={"a": int})
    by_type = plugin("typed", media_types=frozenset({"application/orchard"}))
    raw = response({"a": 1, "b": 2}, media_type="application/orchard")
    for order in ([strong, weak], [weak, strong]):
        assert strong is Registry(order).detect(Document(raw))
    assert by_type is Registry([strong, by_type]).detect(Document(raw))


def test_schema_of_a_dialect() -> None:
    """A dialect that writes JSON has the schema of its wire type; others have none."""
    registry = load()
    schema = registry["usta"].schema() or {}
    assert "errorCode" in schema["$defs"]["Item"]["properties"]
    assert registry["html"].schema() is None


def test_faulty_dialect_does_not_stop_reading() -> None:
    """A reader that fails leaves the status and a finding."""
    reading = read(response({"a": 1}, 418), plugin(read=failing, members={"a": int}))
    assert (418, ["unreadable"]) == (reading.problem.status, [finding.code for finding in reading.findings])


class Entry:
    """An entry point, as an installed package offers it."""

    def __init__(self, name: str, value: object) -> None:
        self.name = name
        self.value = f"{name}:dialect"
        self.loaded = value

    def load(self) -> object:
        """Return what it names, or fail as a broken package does."""
        if isinstance(self.loaded, Exception):
            raise self.loaded
        return self.loaded


def test_plugins_are_found_and_faulty_ones_left_out(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Installed packages add dialects; one that cannot be used is left out with a warning, and the others work."""
    offered = [
        Entry("orchard", plugin("orchard", members={"orchard": int})),
        Entry("broken", ImportError("no module")),
        Entry("nothing", 5),
        Entry("taken", plugin("problem", members={"a": int})),
        Entry("twice", plugin("orchard", members={"a": int})),
    ]
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda **_: offered)
    with caplog.at_level(logging.WARNING, "errata"):
        registry = load()
    assert [*BUILTIN, "orchard"] == [dialect.name for dialect in registry]
    assert 4 == len(caplog.records)
    found = registry.detect(Document(response({"orchard": 1})))
    assert found is not None
    assert "orchard" == found.name


# ---- the index beside the plain way ----


def plainly_detected(registry: Registry, doc: Document) -> str | None:
    """Detect by testing every condition of every signature: what the index must agree with."""
    success = 200 <= doc.raw.status < 300
    met = [e for e, missing in registry.evidence(doc) if not missing and (e.signature.success or not success)]
    of_media_type = [entry for entry in met if entry.signature.media_types]
    strongest = max(of_media_type or met, key=lambda entry: entry.rank, default=None)
    return None if strongest is None else strongest.dialect.name


def ranked(registry: Registry, doc: Document, name: str | None) -> int:
    """Return the rank of the strongest signature of a dialect that a document meets."""
    ranks = [e.rank for e, missing in registry.evidence(doc) if not missing and e.dialect.name == name]
    return max(ranks, default=0)


@given(raw=responses())
def test_index_agrees_with_the_plain_way(raw: RawResponse) -> None:
    """What the index finds is what testing everything finds, or as strong as that."""
    agree(raw)


VECTORS = [v for folder in sorted((Path(__file__).parent / "vectors").iterdir()) for v in load_vectors(folder)]


def test_index_agrees_on_all_vectors() -> None:
    """The same holds for every vector, with its members in any order."""
    for vector in VECTORS:
        raw = vector.response.raw
        agree(raw)
        value = Document(raw).value
        if isinstance(value, dict):
            agree(RawResponse(raw.status, raw.headers, json.dumps(dict(reversed(value.items()))).encode()))


def agree(raw: RawResponse) -> None:
    """Compare both ways of detecting."""
    registry, doc = builtin_registry(), Document(raw)
    plain, found = plainly_detected(registry, doc), detect(raw)
    assert plain == found or (plain and found and ranked(registry, doc, plain) == ranked(registry, doc, found))


def test_index_remembers_a_bounded_number_of_shapes() -> None:
    """Bodies of ever new shapes do not fill the memory."""
    registry = load()
    for n in range(2_500):
        registry.detect(Document(response({f"m{n}": 1})))
    assert len(registry.shapes) <= 1_000
