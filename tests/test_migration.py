"""Migration: two formats in one body, header fields that say when the old one goes, and contracts by version."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from errata import Catalog, Contract, Error, NotFound, Problem, RawResponse, Request, Violation, read, render
from errata._catalog import CatalogError
from errata._dialect import Dialect
from errata._read import builtin_registry
from errata.dialects.described import dialect_from_toml
from errata.languages import translations
from errata.migration import both, by_header, by_path
from errata.servers.fastapi import install
from errata.testing import check_dialect

ORCHARD = dialect_from_toml('''
id = "orchard"
title = "Orchard Orders API"
source = "Orchard API handbook"
json = """{"ok": false,
           "error": {"id": "{code}", "text": "{detail}", "fields?": [{"name": "{violation.path}"}]},
           "request": "{trace_id}"}"""
[http.headers]
X-Orchard-Request = "{trace_id}"
''')
FAULTS = (Violation(path=("beds", 3), location="body", detail="is taken", code="free"),) * 2
TAKEN = Problem(status=409, code="TAKEN", title="Conflict", detail="Bed 3 is taken", trace_id="t-1", violations=FAULTS)


def body(problem: Problem, dialect: Dialect) -> Any:
    """Return the body of a problem, decoded."""
    return json.loads(render(problem, dialect).body)


def described(template: str, **more: str) -> Dialect:
    """Return a format with a template."""
    http = "".join(f"{name} = {value}\n" for name, value in more.items())
    return dialect_from_toml(
        f'id = "mine"\ntitle = "Mine"\nsource = "Handbook"\njson = """{template}"""\n[http]\n{http}'
        '[evidence]\nheaders = {x-mine = ""}\n'
    )


# ---- two formats in one body ----


def test_members_of_both_formats_are_written() -> None:
    """A body has what a client of each format looks for, under the old media type and with the old header fields."""
    response = render(TAKEN, both(ORCHARD, "problem"))
    assert {
        "title": "Conflict",
        "status": 409,
        "detail": "Bed 3 is taken",
        "code": "TAKEN",
        "traceId": "t-1",
        "errors": [
            {"detail": "is taken", "pointer": "#/beds/3", "location": "body", "code": "free"},
            {"detail": "is taken", "pointer": "#/beds/3", "location": "body", "code": "free"},
        ],
        "ok": False,
        "error": {"id": "TAKEN", "text": "Bed 3 is taken", "fields": [{"name": "beds.3"}, {"name": "beds.3"}]},
        "request": "t-1",
    } == json.loads(response.body)
    assert ("application/json", "t-1", "no-store") == tuple(
        response.headers[name] for name in ("content-type", "x-orchard-request", "cache-control")
    )
    assert not {"sunset", "deprecation", "link"} & response.headers.keys()
    other = render(TAKEN, both(ORCHARD, "problem", media_type="application/problem+json"))
    assert "application/problem+json" == other.headers["content-type"]


# The built-in formats that share no name with problem details, or mean the same by it.
TOGETHER = (
    "algolia", "aws-json", "boom", "couchdb", "digitalocean", "docker", "elasticsearch", "facebook", "fhir", "gitlab",
    "google", "hydra", "jsonrpc", "keystone", "loopback", "matrix", "mlflow", "mvno", "netmri", "oauth2", "odata",
    "openai", "paypal", "spring-boot", "stripe", "trpc", "vnd-error",
)  # fmt: skip


def goes_together(name: str) -> bool:
    """Tell whether a built-in format can be joined with problem details as it is."""
    try:
        return bool(both(name, "problem"))
    except CatalogError:
        return False


def test_every_other_format_is_refused() -> None:
    """Of the built-in formats, those of the table can be joined with problem details, and no others."""
    names = [dialect.name for dialect in builtin_registry() if dialect.name != "problem"]
    assert list(TOGETHER) == sorted(filter(goes_together, names))


@pytest.mark.parametrize("name", TOGETHER)
def test_joined_formats_keep_the_laws_of_dialects(name: str) -> None:
    """What is joined is total, reaches its fixed point after one pass, keeps statuses and codes."""
    check_dialect(both(name, "problem"))


@pytest.mark.parametrize("name", TOGETHER)
@pytest.mark.parametrize(
    "problem",
    [
        TAKEN,
        Problem(status=404, code="X", detail="No bed 9"),
        Problem(status=500),
        Problem(status=429, retry_after=2.0),
    ],
)
def test_each_client_reads_what_it_always_read(name: str, problem: Problem) -> None:
    """A client of either format reads in the joined body what it reads in its own, but for members it does not know."""
    response = render(problem, both(name, "problem"))
    for own in (name, "problem"):
        alone = read(render(problem, own), own).problem
        together = read(response, own).problem
        assert alone.replace(extensions={}) == together.replace(extensions={})


def test_objects_and_lists_are_joined_inside() -> None:
    """An object or a list of the same length that both have under one name has the members of both."""
    old = described('{"error": {"id": "{code}", "n": 1}, "list": [{"a": "{violation.path}"}]}')
    new = described('{"error": {"text": "{detail}", "n": 1}, "list": [{"b": "{violation.detail}"}]}')
    assert {
        "error": {"text": "Bed 3 is taken", "n": 1, "id": "TAKEN"},
        "list": [{"b": "is taken", "a": "beds.3"}, {"b": "is taken", "a": "beds.3"}],
    } == body(TAKEN, both(old, new))


SMOREST = (
    "flask-smorest and problem both write the member 'status', the old one as 'Not Found', the new one as 404 "
    '(for 404 NOT_FOUND: There is no order 7. [trace id t-1]); say whose it is: prefer={"status": "old"}, or "new"'
)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("flask-smorest", "problem", SMOREST),
        ("fastapi", "problem", "both write the member 'detail', the old one as [{'loc': ['body', 'lines', 0, 'amount'"),
        ("axway", "problem", "both write the member 'code', the old one as 'BAD_REQUEST'"),
        ("usta", "problem", "who reads problem is misled by the member 'errors' of usta"),
        ("drf", "problem", "who reads drf is misled by the member 'code' of problem"),
        ("openai", "google", "both write the member 'error.code'"),
        ("salesforce", "problem", "the old format salesforce is a list; only members of JSON objects can be joined"),
        ("problem", "soap12", "the new format soap12 is no JSON; only members of JSON objects can be joined"),
        ("slack", "problem", "the old format slack has HTTP statuses of its own, and a response has one; use by_path"),
    ],
)  # fmt: skip
def test_formats_that_get_in_each_others_way_are_refused(old: str, new: str, fault: str) -> None:
    """A member of two values, or one that misleads the other's clients, is told with a sample and the remedy."""
    with pytest.raises(CatalogError) as refused:
        both(old, new)
    assert fault in str(refused.value)


def test_value_of_another_type_is_another_value() -> None:
    """True and 1 are two values, whatever Python thinks of them."""
    with pytest.raises(CatalogError, match="'n', the old one as True, the new one as 1 "):
        both(described('{"n": true, "a": "{code}"}'), described('{"n": 1, "a": "{code}"}'))


@pytest.mark.parametrize(
    ("owner", "status"),
    [("old", "Conflict"), ("new", 409)],
)
def test_preferred_format_has_the_member_alone(owner: Any, status: object) -> None:
    """A member that is said to be one format's own has its value, and is not there when it has none."""
    pair = both("flask-smorest", "problem", prefer={"status": owner, "code": "new", "errors": owner})
    written = body(TAKEN, pair)
    assert (status, "TAKEN") == (written["status"], written["code"])
    assert ("errors" in body(Problem(status=404), pair)) is False
    check_dialect(pair)


def test_preferred_member_may_be_inside_of_another() -> None:
    """Dotted names say whose a member of a member is."""
    old, new = described('{"error": {"code": "{code}", "n": 1}}'), described('{"error": {"code": "{status}"}}')
    assert {"error": {"code": "TAKEN", "n": 1}} == body(TAKEN, both(old, new, prefer={"error.code": "old"}))
    assert {"error": {"code": 409, "n": 1}} == body(TAKEN, both(old, new, prefer={"error.code": "new"}))
    assert {"error": {"code": 409}} == body(TAKEN, both(old, new, prefer={"error": "new"}))


def test_member_given_up_is_read_from_the_old_format() -> None:
    """Where the code is the old format's own, it is read there, in its own way."""
    pair = both("connect", "problem", prefer={"code": "old"})
    sent = render(Problem(status=404, code="not_found", detail="No bed 9"), pair)
    assert "not_found" == json.loads(sent.body)["code"]
    assert (404, "not_found", "No bed 9") == tuple(
        getattr(read(sent, pair).problem, name) for name in ("status", "kind", "detail")
    )


def test_differences_that_no_sample_showed_go_to_the_new_format() -> None:
    """Where two members differ all the same, the one of the new format is sent."""
    old = described('{"a": "{help}"}')

    def write(problem: Problem) -> bytes:
        return b'{"a":"new"}' if problem.help == "h" else old.formats[0].write(problem)

    odd = Dialect(name="odd", title="Odd", source="x", read=old.read, formats=(old.formats[0]._replace(write=write),))
    assert {"a": "new"} == body(Problem(status=400, help="h"), both(old, odd))


def test_extension_members_pass_for_nothing() -> None:
    """An extension member with a name of the other format is left out; any other one is written."""
    sent = body(TAKEN.replace(extensions={"ok": True, "error": "x", "request": 1, "bed": 3}), both(ORCHARD, "problem"))
    assert (False, "TAKEN", "t-1", 3) == (sent["ok"], sent["error"]["id"], sent["request"], sent["bed"])


def test_both_formats_are_read_alone_and_together() -> None:
    """A body in either format is read as that one reads it; together, neither's members are extension members."""
    pair = both(ORCHARD, "problem")
    for form in (pair, "problem", ORCHARD):
        problem = read(render(TAKEN.replace(extensions={"bed": 3}), form), pair).problem
        assert ("TAKEN", "Bed 3 is taken", "t-1") == (problem.code, problem.detail, problem.trace_id)
        assert {"ok", "error", "request"}.isdisjoint(problem.extensions)
    assert TAKEN == read(render(TAKEN, pair), pair).problem
    assert 502 == read(RawResponse(502, {}, b"<html>"), pair).problem.status


def test_schema_has_the_members_of_both() -> None:
    """The schema of the joined body describes the members of both formats."""
    schema = both(ORCHARD, "problem").schema()
    assert schema is not None
    members = schema["$defs"]["Both"]["properties"]
    assert {"ok", "error", "request", "title", "status", "detail", "errors", "traceId"} <= members.keys()
    assert both("usta", ORCHARD, prefer={}).fields is not None
    assert both(replace_fields(ORCHARD), "problem").schema() is None


def replace_fields(dialect: Dialect) -> Dialect:
    """Return a dialect that does not declare its members."""
    return Dialect(name="x", title="x", source="x", read=dialect.read, formats=dialect.formats)


def test_closed_sets_are_those_that_both_have() -> None:
    """A code or status must be known to both formats; a contract refuses to declare any other."""

    def closed(codes: dict[str, int] | None, statuses: set[int] | None) -> Dialect:
        found = None if statuses is None else frozenset(statuses)
        plain = described('{"id": "{code}", "text": "{detail}"}')
        return Dialect(
            name="c", title="c", source="c", read=plain.read, formats=plain.formats, codes=codes, statuses=found
        )

    pair = both(closed({"A": 400, "B": 404, "C": 409}, {400, 404}), closed({"A": 400, "B": 410}, {400, 409}))
    assert {"A": 400} == pair.codes
    assert frozenset({400}) == pair.statuses
    assert {"A": 400} == both(closed(None, None), closed({"A": 400}, None)).codes
    assert frozenset({400}) == both(closed(None, {400}), closed(None, None)).statuses
    with pytest.raises(CatalogError, match="has no code 'B'"):
        Contract(Catalog([type("B", (Error,), {}, status=400, code="B")]), dialect=pair)


# ---- when the old one goes ----


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"sunset": date(2027, 6, 30)}, {"sunset": "Wed, 30 Jun 2027 00:00:00 GMT"}),
        (
            {"sunset": datetime(2027, 6, 30, 1, 30, tzinfo=timezone(timedelta(hours=2)))},
            {"sunset": "Tue, 29 Jun 2027 23:30:00 GMT"},
        ),
        ({"deprecated": date(2023, 6, 30)}, {"deprecation": "@1688083200"}),
        (
            {"sunset": date(2027, 1, 1), "deprecated": date(2027, 1, 1), "link": "https://shop.example/errors"},
            {
                "sunset": "Fri, 01 Jan 2027 00:00:00 GMT",
                "deprecation": "@1798761600",
                "link": '<https://shop.example/errors>; rel="deprecation sunset"',
            },
        ),
        (
            {"sunset": date(2027, 1, 1), "link": "/errors"},
            {"sunset": "Fri, 01 Jan 2027 00:00:00 GMT", "link": '</errors>; rel="sunset"'},
        ),
    ],
)
def test_dates_are_told_in_header_fields(given: dict[str, Any], fields: dict[str, str]) -> None:
    """`Sunset` is a date of HTTP, `Deprecation` one of structured fields, `Link` leads to more about both."""
    headers = render(TAKEN, both(ORCHARD, "problem", **given)).headers
    assert fields == {name: headers[name] for name in ("sunset", "deprecation", "link") if name in headers}


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"ends": True}, "the old format ends with the sunset, and there is none"),
        ({"sunset": datetime(2027, 1, 1)}, "has no time zone"),  # noqa: DTZ001 - that is the mistake
        ({"sunset": date(2026, 1, 1), "deprecated": date(2026, 1, 2)}, "is before the deprecation"),
        ({"link": "/errors"}, "a link says more about a date, and there is none"),
        ({"sunset": date(2026, 1, 1), "link": '/x>; rel="next"'}, "is no URI"),
        ({"sunset": date(2026, 1, 1), "link": "/x\r\nset-cookie:a=1"}, "is no URI"),
        ({"sunset": date(2026, 1, 1), "link": "/é"}, "is no URI"),
        ({"sunset": "2027-01-01"}, "'2027-01-01' is no date"),
        ({"sunset": datetime.max.replace(tzinfo=timezone(timedelta(hours=-1)))}, "is no date that can be told in UTC"),
        ({"sunset": date(2027, 1, 1), "link": ""}, "the link '' is no URI"),
        ({"media_type": "text/x\r\nx-shop: 1"}, "is no media type of JSON"),
        ({"media_type": "text/html"}, "is no media type of JSON"),
        ({"prefer": {"ok": "mine"}}, 'prefer says \'mine\' of a member; say "old" or "new"'),
    ],
)
def test_dates_that_say_nothing_are_refused(given: dict[str, Any], fault: str) -> None:
    """A date, a link or an end that cannot be meant is refused when it is declared."""
    with pytest.raises(CatalogError, match=fault):
        both(ORCHARD, "problem", **given)


def test_old_format_ends_with_the_sunset() -> None:
    """From the sunset on only the new format is written, under its own media type, without a word of the old one."""
    moments = [datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)]

    def sent(*, ends: bool) -> RawResponse:
        return render(TAKEN, both(ORCHARD, "problem", sunset=date(2027, 1, 1), ends=ends, now=lambda: moments[-1]))

    assert {"ok", "title"} <= json.loads(sent(ends=True).body).keys()
    assert "sunset" in sent(ends=True).headers
    moments.append(datetime(2027, 1, 1, tzinfo=UTC))
    after = sent(ends=True)
    assert dict(render(TAKEN, "problem").headers) == dict(after.headers)
    assert render(TAKEN, "problem").body == after.body
    assert {"ok", "title"} <= json.loads(sent(ends=False).body).keys()
    assert "sunset" in sent(ends=False).headers


def test_time_without_a_zone_is_that_of_the_machine() -> None:
    """A clock that tells no time zone breaks no response."""
    ended = both(ORCHARD, "problem", sunset=date(2020, 1, 1), ends=True, now=lambda: datetime(2021, 1, 1))  # noqa: DTZ001 - on purpose
    assert "ok" not in body(TAKEN, ended)


def test_time_is_the_real_one_unless_given() -> None:
    """Without a clock, a sunset of long ago is over, and one far away is not."""
    long_ago, far = (both(ORCHARD, "problem", sunset=date(year, 1, 1), ends=True) for year in (2001, 2999))
    assert "ok" not in body(TAKEN, long_ago)
    assert "ok" in body(TAKEN, far)


# ---- each format for its own clients ----

OLD = Contract(Catalog(), dialect=ORCHARD, name="old")
OLDER = Contract(Catalog(), dialect="usta", name="older")
NEW = Contract(Catalog(), name="new")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v1/orders", "old"),
        ("/v1", "old"),
        ("/v1/", "old"),
        ("/v10/orders", "new"),
        ("/V1/orders", "new"),
        ("/v1/legacy/x", "older"),
        ("/v1/legacy", "older"),
        ("/orders/v1/", "new"),
        ("/", "new"),
    ],
)
def test_contract_is_chosen_by_path(path: str, expected: str) -> None:
    """The contract of the longest path that the request's path lies below answers; else the one given first."""
    chosen = by_path(NEW, {"/v1/": OLD, "/v1/legacy": OLDER}).chosen(Request(path=path))
    assert expected == chosen.name


def test_all_paths_may_have_another_contract() -> None:
    """The path `/` is that of every request; one without a slash is a mistake."""
    assert "old" == by_path(NEW, {"/": OLD}).chosen(Request(path="/x")).name
    with pytest.raises(CatalogError, match="the path 'v1' does not start with a slash"):
        by_path(NEW, {"v1": OLD})


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, "new"),
        ({"API-Version": "1"}, "old"),
        ({"api-version": " 1 "}, "old"),
        ({"api-version": "0"}, "older"),
        ({"api-version": "3"}, "new"),
        ({"api-version": "1, 0"}, "new"),
        ({"api-version": ""}, "new"),
    ],
)
def test_contract_is_chosen_by_header(headers: dict[str, str], expected: str) -> None:
    """The contract of the field's value answers; without the field, or with another value, the one given first."""
    versions = by_header(NEW, "Api-Version", {"1": OLD, "0": OLDER})
    request = Request(headers=headers)
    assert expected == versions.chosen(request).name
    response = versions.respond(NotFound(), request)
    assert "Api-Version" == response.headers["vary"]
    own = {"old": OLD, "older": OLDER, "new": NEW}[expected].own_dialect
    assert {*body(NotFound().problem, own)} <= {*json.loads(response.body)}


def test_name_of_a_header_field_is_checked() -> None:
    """What cannot be the name of a field is refused."""
    with pytest.raises(CatalogError, match="is no name of a header field"):
        by_header(NEW, "api version", {"1": OLD})


@pytest.mark.parametrize("choose", [by_path, lambda contract, others: by_header(contract, "v", others)])
def test_choice_behind_a_choice_is_refused(choose: Callable[..., Contract]) -> None:
    """A contract that was chosen answers by itself: one that would choose another is refused, with the remedy."""
    with pytest.raises(CatalogError, match="'/v1': a contract that is chosen chooses no other"):
        choose(NEW, {"/v1": by_header(OLD, "api-version", {"1": OLDER})})


def test_fields_that_responses_vary_by_add_up() -> None:
    """Formats, languages, the application and each version field are all in `Vary`; each contract keeps its own."""
    spoken = NEW.replace(also=("problem-xml",), languages=translations())
    versions = by_header(
        by_header(by_path(spoken, {"/v1": OLDER}), "x-client", {"app": OLD}), "api-version", {"1": OLD}
    )

    def answer(path: str = "/", **headers: str) -> RawResponse:
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        return versions.respond(NotFound(), Request(path=path, headers=fields), {"Vary": "Origin"})

    assert "Origin, Accept, Accept-Language, x-client, api-version" == answer().headers["vary"]
    assert "Origin, x-client, api-version" == answer(x_client="app").headers["vary"]
    assert "old" == versions.chosen(Request(headers={"x-client": "app"})).name
    assert "older" == versions.chosen(Request(path="/v1/x")).name
    assert "old" == versions.chosen(Request(path="/v1/x", headers={"api-version": "1"})).name
    assert "application/problem+xml" == answer(accept="application/problem+xml").headers["content-type"]
    assert ("x-client", "api-version") == versions.replace(name="other").fields  # type: ignore[attr-defined] # its own


def test_versions_of_an_application() -> None:
    """Old clients get the old format, new ones the new one, from one application."""
    app = FastAPI()

    @app.get("/orders/{number}")
    @app.get("/v1/orders/{number}")
    async def order(number: int) -> None:
        raise NotFound

    client = TestClient(install(app, by_header(by_path(NEW, {"/v1": OLD}), "api-version", {"1": OLD})))
    old, also_old, new = (
        client.get("/v1/orders/7"),
        client.get("/orders/x", headers={"api-version": "1"}),
        client.get("/x"),
    )
    assert [{"ok", "error", "request"}] * 2 == [set(answer.json()) for answer in (old, also_old)]
    assert "Not Found" == new.json()["title"]
    assert ["api-version"] * 3 == [answer.headers["vary"] for answer in (old, also_old, new)]


@pytest.mark.parametrize("choose", [by_path, lambda contract, others: by_header(contract, "v", others)])
def test_other_rules_of_the_contract_stay(choose: Callable[..., Contract]) -> None:
    """What the contract selects by itself still counts where no version does."""
    own = NEW.replace(select=lambda request: OLDER if request.path == "/own" else None)
    assert "older" == choose(own, {"/v1": OLD}).chosen(Request(path="/own")).name
    assert "new" == choose(own, {"/v1": OLD}).chosen(Request(path="/else")).name
