"""Writing a problem, and saying a response again in another dialect."""

import json
from typing import Any

import pytest

from errata import Problem, RawResponse, Resource, UnknownDialectError, Violation, losses, read, render, translate
from errata._translate import pick_format, retry_after_field
from errata.dialects import netmri

FULL = Problem(
    status=409, code="FULL", title="Full", detail="Bed 3 is full", instance="/beds/3", type="https://e.example/full",
    violations=(Violation(path=("bed",), location="query", detail="x", code="max", status=409),),
    retry_after=2.5, resource=Resource("bed", "3"), trace_id="t1", help="https://e.example/h", extensions={"bed": 3},
)  # fmt: skip


def test_format_by_accept_or_name() -> None:
    """`Accept` or a name picks a format of the dialect; without either, or when nothing fits, it is the first."""
    kinds = [
        render(FULL, "netmri", **given).headers["content-type"]
        for given in (
            {},
            {"accept": "application/xml"},
            {"format": "xml"},
            {"accept": "image/png"},
            {"format": "csv"},
            {"accept": ""},
        )
    ]
    assert ["json", "xml", "xml", "json", "json", "json"] == [kind.removeprefix("application/") for kind in kinds]


def test_pick_format_says_when_nothing_fits() -> None:
    """Nothing is picked when nothing is accepted; an unreadable field counts as none."""
    formats = netmri.dialect.formats
    assert pick_format(formats, "image/png") is None
    assert pick_format(formats, None, "csv") is None
    assert formats[0] is pick_format(formats, "garbage")


def test_unknown_dialect_is_refused() -> None:
    """Only an unknown name raises."""
    with pytest.raises(UnknownDialectError):
        render(FULL, "soap")


def test_headers_of_an_answer() -> None:
    """An answer has its type, is neither kept nor sniffed, and says when to come back."""
    headers = {
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "content-type": "application/problem+json",
    }
    assert {**headers, "retry-after": "3"} == render(FULL, "problem").headers
    assert "content-type" not in render(FULL, "empty").headers


@pytest.mark.parametrize(
    ("seconds", "field"),
    [(0, "0"), (0.001, "1"), (1, "1"), (1.5, "2"), (1e12, "999999999"), (float("inf"), "999999999")],
)
def test_retry_after_field(seconds: float, field: str) -> None:
    """Whole seconds, never too early."""
    assert field == retry_after_field(seconds)
    assert field == render(Problem(status=503, retry_after=seconds), "text").headers["retry-after"]


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("-inf"), None])
def test_impossible_delay_is_left_out(seconds: float | None) -> None:
    """What is no delay is not sent as one."""
    assert "retry-after" not in render(Problem(status=503, retry_after=seconds), "text").headers


def test_problem_without_status_is_a_500() -> None:
    """Without a status, the answer and its body say 500."""
    response = render(Problem(detail="x"), "mvno")
    assert (500, 500) == (response.status, json.loads(response.body)["error"]["status"])


# ---- reserved members ----


@pytest.mark.parametrize("dialect", ["problem", "problem-xml", "netmri", "mvno", "usta", "axway"])
@pytest.mark.parametrize("format", [None, "xml", "extjs", "bare", "brief"])
def test_extension_members_overwrite_nothing(dialect: str, format: str | None) -> None:
    """No extension member takes the place of a member of the format, whether that is set or not."""
    names = [
        "type", "title", "status", "detail", "instance", "code", "traceId", "errors", "problems", "resource", "help",
        "extensions", "error", "message", "fields", "model", "id", "retry", "success", "messages", "errorCode", "inner",
    ]  # fmt: skip
    evil = Problem(status=404, detail="No bed", extensions=dict.fromkeys(names, "evil"))
    plain = render(evil.replace(extensions={}), dialect, format=format)
    again = read(render(evil, dialect, format=format), dialect).problem
    expected = read(plain, dialect).problem
    for name in ("status", "code", "kind", "type", "title", "detail", "trace_id", "violations", "problems", "resource"):
        assert getattr(expected, name) == getattr(again, name)


def test_nested_style_keeps_reserved_members() -> None:
    """Nor inside the nested style."""
    from errata.dialects.problem import nested

    evil = Problem(
        status=404, title="No bed", extensions={"status": 200, "code": "evil", "extensions": {"code": "evil"}, "n": 1}
    )
    assert {"n": 1} == json.loads(render(evil, nested).body)["extensions"]


# ---- translating ----


def axway(status: int = 403, **headers: str) -> RawResponse:
    """Return a response of one dialect."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return RawResponse(
        status, {"content-type": "application/json", **named}, b'{"code":"ACCESS_DENIED","message":"no"}'
    )


def test_translation_tells_everything() -> None:
    """A translation has the response, the problem, both dialects, the losses and the findings."""
    t = translate(axway(), "problem")
    assert ("axway", "problem", (), ()) == (t.source, t.target, t.lost, t.findings)
    assert {"title": "Forbidden", "status": 403, "detail": "no", "code": "ACCESS_DENIED"} == json.loads(t.response.body)
    assert "ACCESS_DENIED" == t.problem.code


def test_guessed_source_is_none() -> None:
    """Where the source had to be guessed, there is none, and a finding says so."""
    t = translate(RawResponse(404, {}, b'{"message":"no"}'), "axway")
    assert (None, ["guessed"]) == (t.source, [finding.code for finding in t.findings])


def test_source_can_be_given() -> None:
    """A source that is known is not looked for."""
    assert "text" == translate(axway(), "problem", source="text").source


@pytest.mark.parametrize(
    "name",
    ["content-length", "transfer-encoding", "content-encoding", "set-cookie", "connection", "etag", "server",
    "x-powered-by",
     "location", "via", "date", "last-modified", "content-digest"],
)  # fmt: skip
def test_upstream_fields_stay_behind(name: str) -> None:
    """Of the upstream's header fields only those of an error go along."""
    raw = axway()
    other = RawResponse(raw.status, {**raw.headers, name: "upstream"}, raw.body)
    assert "upstream" not in translate(other, "problem").response.headers.values()


def test_fields_of_an_error_go_along() -> None:
    """`Allow`, challenges and the language of the text survive; `Retry-After` is written anew."""
    t = translate(axway(405, allow="GET", www_authenticate="Basic", content_language="da", retry_after="1.2"), "text")
    kept = {name: t.response.headers[name] for name in ("allow", "www-authenticate", "content-language", "retry-after")}
    assert {"allow": "GET", "www-authenticate": "Basic", "content-language": "da", "retry-after": "2"} == kept
    assert "retry-after" not in translate(axway(retry_after="soon"), "text").response.headers


def test_format_of_a_translation() -> None:
    """A translation is negotiated like any answer."""
    assert "application/xml" == translate(axway(), "netmri", accept="application/xml").response.media_type
    assert "application/xml" == translate(axway(), "netmri", format="xml").response.media_type


# ---- losses ----


@pytest.mark.parametrize(
    ("dialect", "lost"),
    [
        ("problem", {"retry_after"}),
        ("problem-xml", {"retry_after", "extensions.bed"}),
        (
            "text",
            {
                "code",
                "type",
                "title",
                "instance",
                "violations",
                "retry_after",
                "resource",
                "trace_id",
                "help",
                "extensions.bed",
            },
        ),
    ],
)
def test_losses_are_named(dialect: str, lost: set[str]) -> None:
    """What does not come back as it was is named, member by member."""
    assert lost == set(losses(FULL, dialect))


@pytest.mark.parametrize(
    ("part", "value", "dialect"),
    [("location", "query", "usta"), ("code", "max", "usta"), ("code", "max", "netmri"), ("status", 409, "netmri")],
)
def test_losses_within_violations_are_named(part: str, value: Any, dialect: str) -> None:
    """Where the violations survive, only the part that is lost is named."""
    problem = Problem(status=400, detail="d", violations=(Violation(path=("a",), detail="d", **{part: value}),))
    assert f"violations.{part}" in losses(problem, dialect)
    assert "violations" not in losses(problem, dialect)


def test_what_was_not_there_is_not_lost() -> None:
    """A problem without members loses none."""
    assert () == losses(Problem(status=404), "empty")
