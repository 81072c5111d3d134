"""The axway contract and the support desk, requirement by requirement (A1 to A19)."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

import errata
from errata import Catalog, CatalogError, Contract, Error, ProblemType, RawResponse, read
from errata.clients.httpx import raise_for_problem
from errata.contracts import axway
from errata.demo import support as demo
from errata.demo._cases import Case
from errata.demo._world import World
from errata.dialects.axway import CLASSES

SAMPLE = Path(__file__).parents[1] / "vectors" / "axway" / "closed-case.json"
JSON = {"content-type": "application/json"}
ANN = {"authorization": "Bearer ann-token"}
SHORT = {"authorization": "Bearer ann-short-token"}
NEW = {"sac": demo.OWN_SAC, "subject": "Gateway is slow", "description": "Since noon.", "impact": "3 - Medium"}
ERRORS = [case for case in demo.CASES if case.status >= 400]
HEX_24 = re.compile(r"[0-9a-f]{24}")


def note(case_number: int, **changes: str) -> dict[str, str]:
    """Return a note to a case, as it is sent."""
    return {"caseId": str(case_number), "subject": "More", "description": "At noon."} | changes


def send(client: TestClient, case: Case) -> Any:
    """Set the scene of a case and send it."""
    for step in case.before:
        assert client.request(step.method, step.path, headers=step.headers, content=step.body).status_code == 204
    return client.request(case.method, case.path, headers=case.headers, content=case.body)


def count(world: World, table: type[demo.SupportCase | demo.Note]) -> int:
    """Return the number of rows of a table."""
    with world.session() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def body(status: int, **members: object) -> RawResponse:
    """Return a response with a JSON body."""
    return RawResponse(status, JSON, json.dumps(members).encode())


def raised(raw: RawResponse) -> Error:
    """Return what a client of the API gets raised for a response."""
    request = httpx.Request("POST", "http://127.0.0.1/")
    response = httpx.Response(raw.status, headers=dict(raw.headers), content=raw.body, request=request)
    with pytest.raises(Error) as caught:
        raise_for_problem(response, axway.contract)
    return caught.value


def answered(response: Any) -> Error:
    """Return what a client of the API gets raised for an answer of the demo."""
    return raised(RawResponse(response.status_code, dict(response.headers), response.content))


# ---- the shape and the classes ----


@pytest.mark.req("A1")
@pytest.mark.parametrize("case", ERRORS, ids=lambda case: case.id)
def test_every_error_is_two_texts(client: TestClient, case: Case) -> None:
    """Every error has exactly the two members, both of them texts that are not empty, as JSON."""
    response = send(client, case)
    given = response.json()
    assert case.status == response.status_code
    assert "application/json" == response.headers["content-type"]
    assert {"code", "message"} == given.keys()
    assert all(isinstance(text, str) and text for text in given.values())
    assert case.status == CLASSES[given["code"]]


@pytest.mark.req("A1")
def test_the_schema_requires_both_texts() -> None:
    """The JSON Schema of the format says the same: two required texts and nothing else."""
    schema = axway.contract.own_dialect.schema() or {}
    (declared,) = schema["$defs"].values()
    assert {"code": {"type": "string"}, "message": {"type": "string"}} == declared["properties"]
    assert ["code", "message"] == declared["required"]
    assert declared["additionalProperties"] is False


@pytest.mark.req("A1")
def test_further_members_are_kept() -> None:
    """A client keeps members that nobody announced."""
    error = raised(body(400, code="BAD_REQUEST", message="Wrong.", hint="sac"))
    assert isinstance(error, axway.BadRequest)
    assert {"hint": "sac"} == error.problem.extensions


PAIRS = [
    ("AUTHENTICATION_FAILURE", 401, axway.AuthenticationFailure),
    ("ACCESS_DENIED", 403, axway.AccessDenied),
    ("BAD_REQUEST", 400, axway.BadRequest),
    ("SERVICE_TEMPORARILY_UNAVAILABLE", 503, axway.TemporarilyUnavailable),
    ("SERVER_ERROR", 500, axway.ServerError),
]


@pytest.mark.req("A2")
@pytest.mark.parametrize(("code", "status", "cls"), PAIRS)
def test_each_class_has_one_status(code: str, status: int, cls: type[Error]) -> None:
    """A class has one status and a status one class, on the server and on the client."""
    types = axway.catalog.by_code(code)
    assert {status} == {row.status for row in types}
    assert {code} == {row.code for row in axway.catalog.values() if row.status == status}
    assert cls.problem_type == types[0]
    assert type(raised(body(status, code=code, message="Anything."))) is cls


@pytest.mark.req("A2")
@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 500, 502, 503])
@pytest.mark.parametrize("code", [*CLASSES, "NOT_FOUND", None])
def test_no_other_pair_can_be_declared(code: str | None, status: int) -> None:
    """The list is closed: a contract with any other pair of class and status is refused."""
    catalog = Catalog([ProblemType(name="made-up", status=status, title="Made up", code=code)])
    if CLASSES.get(code or "") == status:
        assert catalog is Contract(catalog, dialect="axway").catalog
    else:
        with pytest.raises(CatalogError, match="made-up"):
            Contract(catalog, dialect="axway")


@pytest.mark.req("A2")
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/attachments"), ("PUT", "/note"), ("DELETE", "/product"), ("GET", "/case/1000999")]
)
def test_what_has_no_class_is_a_bad_request(client: TestClient, method: str, path: str) -> None:
    """An unknown address, a wrong method and an unknown case are bad requests: there is no 404 and no 405."""
    response = client.request(method, demo.MOUNT + path, headers=ANN)
    assert (400, "BAD_REQUEST") == (response.status_code, response.json()["code"])


@pytest.mark.req("A2")
def test_standard_errors_of_any_kind_get_a_class() -> None:
    """Whatever else goes wrong leaves as one of the five pairs, 4xx as 4xx and 5xx as 5xx or 503."""
    standard = [cls for cls in vars(errata).values() if isinstance(cls, type) and issubclass(cls, Error)]
    assert len(standard) > 25
    for cls in standard:
        response = axway.contract.respond(cls())
        given = json.loads(response.body)
        assert CLASSES[given["code"]] == response.status
        assert (cls.problem_type.status < 500) == (response.status < 500) or cls is errata.ResourceExhausted


# ---- 401 and 403 ----


@pytest.mark.req("A3")
@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "Basic YW5uOmFubg=="}, {"authorization": "Bearer no-such-token"}, SHORT],
    ids=["no token", "wrong scheme", "unknown token", "expired token"],
)
def test_a_bad_token_is_an_authentication_failure(client: TestClient, world: World, headers: dict[str, str]) -> None:
    """A missing, misplaced, unknown or expired token gives one and the same answer, with a challenge."""
    with world.at(world.now() + timedelta(seconds=1801)):
        response = client.get("/support/product?sac=000000", headers=headers)
        good = client.get("/support/product?sac=000000", headers=ANN)
    assert 200 == good.status_code
    assert 401 == response.status_code
    assert {"code": "AUTHENTICATION_FAILURE", "message": axway.AuthenticationFailure.detail} == response.json()
    assert "Bearer" == response.headers["www-authenticate"]


@pytest.mark.req("A3")
def test_a_token_expires_to_the_second(client: TestClient, world: World) -> None:
    """A token is good until the moment at which it expires."""
    with world.session() as session:
        expires = datetime.fromtimestamp(session.get_one(demo.Token, "ann-short-token").expires_at, UTC)
    for early, status in ((1, 200), (0, 401), (-1, 401)):
        with world.at(expires - timedelta(seconds=early)):
            assert status == client.get("/support/product?sac=000000", headers=SHORT).status_code


@pytest.mark.req("A3")
def test_a_client_logs_in_again_once(client: TestClient) -> None:
    """A client that gets a new token for each failure, once, gets in; with a second bad token it gives up."""

    def ask(tokens: list[str]) -> int:
        for attempt, token in enumerate(tokens[:2]):
            response = client.get("/support/product?sac=000000", headers={"authorization": f"Bearer {token}"})
            if response.status_code < 400:
                return attempt
            error = answered(response)
            assert isinstance(error, axway.AuthenticationFailure)
            assert not error.retryable
        return -1

    assert 1 == ask(["gone", "ann-token"])
    assert -1 == ask(["gone", "gone-too", "ann-token"])


@pytest.mark.req("A3")
def test_a_stranger_learns_nothing_about_the_body(client: TestClient) -> None:
    """Who is asking is settled before the body is looked at."""
    assert 401 == client.post("/support/case", content=b"{", headers=JSON).status_code


@pytest.mark.req("A4")
def test_a_foreign_code_is_denied(client: TestClient) -> None:
    """Asking for a support access code of another account is denied, and no retry helps."""
    response = client.get(f"/support/product?sac={demo.FOREIGN_SAC}", headers=ANN)
    assert (403, "ACCESS_DENIED") == (response.status_code, response.json()["code"])
    error = answered(response)
    assert isinstance(error, axway.SacNotYours)
    assert not error.retryable


@pytest.mark.req("A4")
def test_a_foreign_code_is_denied_before_anything_is_written(client: TestClient, world: World) -> None:
    """A denied case leaves no row."""
    before = count(world, demo.SupportCase)
    response = client.post("/support/case", headers=ANN, json=NEW | {"sac": demo.FOREIGN_SAC})
    assert (403, before) == (response.status_code, count(world, demo.SupportCase))


@pytest.mark.req("A4")
def test_a_foreign_case_is_denied(client: TestClient, world: World) -> None:
    """A case of another account can be neither read, noted nor closed."""
    foreign = note(demo.FOREIGN_CASE)
    for response in (
        client.get(f"/support/case/{demo.FOREIGN_CASE}", headers=ANN),
        client.post("/support/note", headers=ANN, json=foreign),
        client.request("DELETE", "/support/case", headers=ANN, json=foreign),
    ):
        assert (403, "ACCESS_DENIED") == (response.status_code, response.json()["code"])
    assert 0 == count(world, demo.Note)


@pytest.mark.req("A4")
def test_a_concealing_contract_hides_which_cases_exist(world: World) -> None:
    """With the concealing contract an unknown case and a foreign one get the same bytes."""
    app = demo.build(world, contract=axway.concealing)
    client = TestClient(app)
    unknown, foreign = (client.get(f"/case/{n}", headers=ANN) for n in (demo.FOREIGN_CASE + 99, demo.FOREIGN_CASE))
    assert 403 == unknown.status_code == foreign.status_code
    assert foreign.content == unknown.content
    hidden = {"x-troubleshooting-id"}
    same, other = ({n: v for n, v in r.headers.items() if n not in hidden} for r in (unknown, foreign))
    assert other == same


@pytest.mark.req("A5")
@pytest.mark.parametrize("days", [45, 30])
@pytest.mark.parametrize(("seconds", "status"), [(-1, 201), (0, 201), (1, 403)])
def test_a_case_takes_notes_for_exactly_n_days(world: World, days: int, seconds: int, status: int) -> None:
    """N days after closing a note is taken, one second later it is refused, and the message names N."""
    client = TestClient(demo.build(world, closed_days=days))
    with world.session() as session:
        closed_at = session.get_one(demo.SupportCase, demo.CLOSED_CASE).closed_at
    moment = datetime.fromtimestamp(closed_at or 0, UTC) + timedelta(days=days, seconds=seconds)
    with world.at(moment):
        response = client.post("/note", headers=ANN, json=note(demo.CLOSED_CASE))
    assert status == response.status_code
    if status == 403:
        text = f"The case has been closed for more than {days} days. Please contact Axway Global Support."
        assert {"code": "ACCESS_DENIED", "message": text} == response.json()


@pytest.mark.req("A5")
def test_the_sample_is_reproduced(client: TestClient) -> None:
    """The error of the page's example is sent as the page shows it."""
    response = client.post("/support/note", headers=ANN, json=note(demo.OLD_CASE))
    assert json.loads(json.loads(SAMPLE.read_text())["response"]["body"]) == response.json()


@pytest.mark.req("A5")
def test_a_client_shows_the_message_and_branches_on_the_class() -> None:
    """A business rule arrives as the class, with the text for people."""
    error = raised(body(403, code="ACCESS_DENIED", message="The case has been closed for more than 45 days."))
    assert isinstance(error, axway.AccessDenied)
    assert "The case has been closed for more than 45 days." in str(error)


@pytest.mark.req("A5")
def test_a_case_is_closed_once(client: TestClient) -> None:
    """Closing gives the closed case with the reason as its note; a second time is against the rules."""
    request = ("DELETE", "/support/case")
    first, second = (client.request(*request, headers=ANN, json=note(demo.OPEN_CASE)) for _ in range(2))
    assert (200, "closed", 1) == (first.status_code, first.json()["status"], len(first.json()["notes"]))
    assert (403, axway.CaseAlreadyClosed.detail) == (second.status_code, second.json()["message"])
    assert 400 == client.request(*request, headers=ANN).status_code


# ---- 400 ----


@pytest.mark.req("A6")
def test_a_missing_parameter_is_named(client: TestClient) -> None:
    """Products without a support access code: the message names the parameter."""
    response = client.get("/support/product", headers=ANN)
    assert (400, "BAD_REQUEST") == (response.status_code, response.json()["code"])
    assert re.search(r"\bsac\b", response.json()["message"])
    assert not answered(response).retryable


FAULTS = [
    ("subject", {"subject": 7}),
    ("description", {"description": None}),
    ("impact", {"impact": "3 - Mediums"}),
    ("priority", {"priority": "high"}),
    ("subject", {"subject": ""}),
]


@pytest.mark.req("A7")
@pytest.mark.parametrize(("member", "change"), FAULTS)
def test_the_first_bad_member_is_named(client: TestClient, member: str, change: dict[str, Any]) -> None:
    """A wrong type, a null, a bad choice, an unknown member, an empty text: the message names the member."""
    response = client.post("/support/case", headers=ANN, json=NEW | change)
    assert (400, "BAD_REQUEST") == (response.status_code, response.json()["code"])
    assert member in response.json()["message"]


@pytest.mark.req("A7")
@pytest.mark.parametrize("member", sorted(NEW))
def test_a_missing_member_is_named(client: TestClient, member: str) -> None:
    """Every mandatory member is missed by its name."""
    response = client.post("/support/case", headers=ANN, json={k: v for k, v in NEW.items() if k != member})
    assert 400 == response.status_code
    assert f"{member}: is required" in response.json()["message"]


@pytest.mark.req("A7")
@pytest.mark.parametrize("content", [b"{", b"not json", b'{"sac": "\xff"}', b"[" * 100_000])
def test_a_body_that_is_not_json_is_refused(client: TestClient, world: World, content: bytes) -> None:
    """What is not JSON is a bad request, and nothing is written."""
    before = count(world, demo.SupportCase)
    response = client.post("/support/case", headers=ANN | JSON, content=content)
    assert (400, "BAD_REQUEST") == (response.status_code, response.json()["code"])
    assert before == count(world, demo.SupportCase)


@pytest.mark.req("A7")
@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"subject": "x" * 100}, 201),
        ({"subject": "x" * 101}, 400),
        ({"description": "x" * 4000}, 201),
        ({"description": "x" * 4001}, 400),
    ],
)
def test_a_note_has_limits(client: TestClient, change: dict[str, str], status: int) -> None:
    """The subject of a note has up to 100 characters, its description up to 4000."""
    assert status == client.post("/support/note", headers=ANN, json=note(demo.OPEN_CASE, **change)).status_code


@pytest.mark.req("A7")
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("limit=20", 200),
        ("limit=21", 400),
        ("limit=-1", 400),
        ("offset=2000", 200),
        ("offset=2001", 400),
        ("limit=x", 400),
    ],
)
def test_pages_have_limits(client: TestClient, query: str, status: int) -> None:
    """A page holds up to 20 cases and starts at most 2000 cases in."""
    assert status == client.get(f"/support/case?{query}", headers=ANN).status_code


@pytest.mark.req("A7")
def test_the_message_does_not_repeat_the_input(client: TestClient) -> None:
    """A bad request is told what is wrong, not what it said."""
    response = client.post("/support/case", headers=ANN, json=NEW | {"impact": "hunter2-secret"})
    assert 400 == response.status_code
    assert "hunter2" not in response.text


MOMENTS = [
    ("2020-03-11T08:38:11Z", 200),
    ("2020-03-11T08:38:11.123Z", 200),
    ("2020-03-11T08:38:11+02:00", 400),
    ("2020-03-11T08:38:11+0000", 400),
    ("2020-03-11", 400),
    ("2020-03-11T08:38:11", 400),
    ("2020-13-11T08:38:11Z", 400),
    ("11.03.2020 08:38", 400),
]


@pytest.mark.req("A8")
@pytest.mark.parametrize("end", ["after", "before"])
@pytest.mark.parametrize(("moment", "status"), MOMENTS)
def test_a_moment_has_the_offset_z(client: TestClient, end: str, moment: str, status: int) -> None:
    """A date-time in a request is RFC 3339 with the offset Z and nothing else."""
    query = json.dumps({"createdAt": {end: moment}})
    response = client.get("/support/case", params={"query": query}, headers=ANN)
    assert status == response.status_code
    if status == 400:
        assert "BAD_REQUEST" == response.json()["code"]
        assert f"createdAt.{end}" in response.json()["message"]


@pytest.mark.req("A8")
def test_the_filter_filters(client: TestClient) -> None:
    """Status and time span choose cases; a span that ends before it starts holds nothing; a bad filter is refused."""

    def found(**query: Any) -> Any:
        response = client.get("/support/case", params={"query": json.dumps(query)}, headers=ANN)
        return [int(case["caseNumber"]) for case in response.json()] if response.status_code == 200 else response.json()

    own = [demo.OPEN_CASE, demo.CLOSED_CASE, demo.OLD_CASE]
    assert own == found()
    assert own[1:] == found(status="closed")
    assert own == found(createdAt={"after": "2020-01-01T00:00:00Z"}, sac=demo.OWN_SAC)
    assert [] == found(createdAt={"before": "2020-01-01T00:00:00Z"})
    assert [] == found(createdAt={"after": "2090-01-01T00:00:00Z", "before": "2020-01-01T00:00:00Z"})
    assert "ACCESS_DENIED" == found(sac=demo.FOREIGN_SAC)["code"]
    assert "BAD_REQUEST" == client.get("/support/case?query=open", headers=ANN).json()["code"]


# ---- 503 ----


@pytest.mark.req("A9")
@pytest.mark.parametrize("delay", [120, 1])
def test_a_known_delay_is_said_twice(client: TestClient, world: World, delay: int) -> None:
    """The portal is down for a known time: the message and `Retry-After` say it, and nothing was written."""
    before = count(world, demo.SupportCase)
    world.arm("support.portal.create", delay=delay)
    response = client.post("/support/case", headers=ANN, json=NEW)
    assert (503, "SERVICE_TEMPORARILY_UNAVAILABLE") == (response.status_code, response.json()["code"])
    assert f"{delay} seconds" in response.json()["message"]
    assert str(delay) == response.headers["retry-after"]
    assert before == count(world, demo.SupportCase)
    error = answered(response)
    assert error.retryable
    assert delay == error.retry_after
    assert 201 == client.post("/support/case", headers=ANN, json=NEW).status_code


DELAYS = [
    ("Try again in 120 seconds.", {}, 120.0),
    ("Try again in 120 seconds.", {"retry-after": "90"}, 90.0),
    ("Try again in 120 seconds.", {"retry-after": "soon"}, 120.0),
    ("Back in 2 minutes.", {}, 120.0),
    ("Back in 1 hour.", {}, 3600.0),
    ("Back in 45 s.", {}, 45.0),
    ("Gateway 7 is down since 3 days.", {}, None),
    ("Back soon.", {}, None),
]


@pytest.mark.req("A9")
@pytest.mark.parametrize(("message", "headers", "seconds"), DELAYS)
def test_a_client_finds_the_delay(message: str, headers: dict[str, str], seconds: float | None) -> None:
    """A delay comes from `Retry-After`, else from a number with a unit in the message, else there is none."""
    content = json.dumps({"code": "SERVICE_TEMPORARILY_UNAVAILABLE", "message": message}).encode()
    error = raised(RawResponse(503, JSON | headers, content))
    assert seconds == error.retry_after
    assert error.retryable


@pytest.mark.req("A9")
def test_only_a_503_has_a_delay() -> None:
    """A number of days in another message is no delay."""
    assert raised(body(403, code="ACCESS_DENIED", message="Closed 60 minutes ago.")).retry_after is None


@pytest.mark.req("A10")
def test_an_unknown_delay_is_not_made_up(client: TestClient, world: World) -> None:
    """Nobody knows when the portal is back: no digit in the message, no `Retry-After`; still worth a retry."""
    world.arm("support.portal.create")
    response = client.post("/support/case", headers=ANN, json=NEW)
    assert 503 == response.status_code
    assert not re.search(r"\d", response.json()["message"])
    assert "retry-after" not in response.headers
    error = answered(response)
    assert error.retry_after is None
    assert error.retryable


# ---- 500 ----


@pytest.mark.req("A11")
def test_a_case_that_exists_is_named(client: TestClient, world: World) -> None:
    """Created, but not read back: the message has the number of the one row there is, and a client gets at it."""
    before = count(world, demo.SupportCase)
    world.arm("support.portal.read")
    response = client.post("/support/case", headers=ANN, json=NEW)
    with world.session() as session:
        number = str(session.scalar(select(func.max(demo.SupportCase.case_number))))
    assert (500, "SERVER_ERROR") == (response.status_code, response.json()["code"])
    assert number in response.json()["message"]
    assert before + 1 == count(world, demo.SupportCase)
    error = answered(response)
    assert isinstance(error, axway.ServerError)
    assert not error.retryable
    assert errata.Resource("case", number) == error.problem.resource
    assert {"no"} == {row.retry for row in axway.catalog.by_code("SERVER_ERROR")}
    assert NEW["subject"] == client.get(f"/support/case/{number}", headers=ANN).json()["subject"]


@pytest.mark.req("A11")
@pytest.mark.parametrize(
    ("message", "number"),
    [
        ("Case 01000042 was created.", "01000042"),
        ("The details of case number 77 are missing.", "77"),
        ("case #CS-0815 exists", "CS-0815"),
        ("A case was created.", None),
        ("Something failed in 3 places.", None),
    ],
)
def test_a_client_recognises_the_number(message: str, number: str | None) -> None:
    """The identifier is exposed where it can be recognised, and not made up elsewhere."""
    resource = read(body(500, code="SERVER_ERROR", message=message)).problem.resource
    assert number == (resource and resource.id)


@pytest.mark.req("A11")
def test_an_ordinary_crash_names_no_case(world: World) -> None:
    """A crash before anything was created is the same class, without an identifier and without its text."""
    app = demo.build(world)

    @app.get("/crash")
    def crash() -> None:
        raise RuntimeError("case 1000001 is on host sql-07")

    response = TestClient(app, raise_server_exceptions=False).get("/crash")
    assert (500, {"code": "SERVER_ERROR", "message": axway.ServerError.detail}) == (
        response.status_code,
        response.json(),
    )
    assert answered(response).problem.resource is None


@pytest.mark.req("A12")
def test_a_note_that_exists_is_named(client: TestClient, world: World) -> None:
    """Added, but not read back: the message has the case and the note, and the note exists once."""
    world.arm("support.portal.read", after=1)
    response = client.post("/support/note", headers=ANN, json=note(demo.OPEN_CASE))
    with world.session() as session:
        (row,) = session.scalars(select(demo.Note))
    assert (500, "SERVER_ERROR") == (response.status_code, response.json()["code"])
    assert f"Note {row.id} " in response.json()["message"]
    assert f"case {demo.OPEN_CASE}" in response.json()["message"]
    error = answered(response)
    assert errata.Resource("case", str(demo.OPEN_CASE)) == error.problem.resource
    assert not error.retryable


# ---- header fields, and what does not matter ----


@pytest.mark.req("A13")
def test_every_response_has_a_troubleshooting_id(client: TestClient) -> None:
    """Good or bad, each response has an id of 24 hexadecimal digits, and no two have the same."""
    ids = [send(client, case).headers["x-troubleshooting-id"] for case in demo.CASES]
    assert all(HEX_24.fullmatch(id) for id in ids)
    assert len(demo.CASES) == len(set(ids))
    assert {200, 201, 400, 401, 403, 500, 503} == {case.status for case in demo.CASES}


@pytest.mark.req("A13")
def test_a_thousand_ids_are_distinct() -> None:
    """A thousand errors have a thousand ids."""
    ids = {axway.contract.respond(axway.AccessDenied()).headers["x-troubleshooting-id"] for _ in range(1000)}
    assert 1000 == len(ids)


@pytest.mark.req("A13")
def test_an_exception_shows_its_id(client: TestClient) -> None:
    """A client finds the id on the exception and in its text; one that is not there is not missed."""
    response = client.get("/support/product", headers=ANN)
    error = answered(response)
    assert response.headers["x-troubleshooting-id"] == error.trace_id
    assert str(error.trace_id) in str(error)
    assert raised(body(400, code="BAD_REQUEST", message="Wrong.")).trace_id is None


@pytest.mark.req("A14", "A17")
def test_the_sample_is_read_with_all_its_fields() -> None:
    """The page's example with the fields of its gateway gives the error; class and status agree."""
    sample = json.loads(SAMPLE.read_text())["response"]
    error = raised(RawResponse(sample["status"], sample["headers"], sample["body"].encode()))
    assert isinstance(error, axway.AccessDenied)
    assert (403, "dc8a785d4e41fe925fb204f9") == (error.status, error.trace_id)
    assert not read(RawResponse(sample["status"], sample["headers"], sample["body"].encode())).findings


@pytest.mark.req("A14")
@pytest.mark.parametrize(
    "field",
    ["Date", "Via", "Max-Forwards", "Content-Length", "Connection", "Strict-Transport-Security", "X-Frame-Options"],
)
@pytest.mark.parametrize("value", ["", "nonsense", "-1", "\x80"])
def test_a_bad_gateway_field_does_not_matter(field: str, value: str) -> None:
    """Decoration that is broken is ignored."""
    content = b'{"code":"ACCESS_DENIED","message":"No."}'
    reading = read(RawResponse(403, JSON | {field: value}, content))
    assert ("ACCESS_DENIED", "No.") == (reading.problem.code, reading.problem.detail)


@pytest.mark.req("A14")
def test_only_type_and_length_are_contract(client: TestClient) -> None:
    """A response says its own type and its true length."""
    response = client.get("/support/product", headers=ANN)
    assert "application/json" == response.headers["content-type"]
    assert str(len(response.content)) == response.headers["content-length"]


@pytest.mark.req("A17")
def test_the_status_outweighs_the_class() -> None:
    """A class under a wrong status is a finding, and the HTTP status is the one that counts."""
    reading = read(body(403, code="BAD_REQUEST", message="Wrong."))
    assert (403, "permission_denied", "BAD_REQUEST") == (
        reading.problem.status,
        reading.problem.kind,
        reading.problem.code,
    )
    assert ["status-mismatch"] == [finding.code for finding in reading.findings]
    assert raised(body(503, code="BAD_REQUEST", message="Wrong.")).retryable
    assert not raised(body(400, code="SERVICE_TEMPORARILY_UNAVAILABLE", message="Wait.")).retryable


def decision(error: Error) -> tuple[bool, ...]:
    """Return what a client would do about an error."""
    classes = [cls for _, _, cls in PAIRS]
    return (*(isinstance(error, cls) for cls in classes), error.retryable)


@pytest.mark.req("A18")
@pytest.mark.parametrize(("code", "status", "cls"), PAIRS)
def test_the_wording_decides_nothing(code: str, status: int, cls: type[Error]) -> None:
    """Another wording, even another language, leads to the same decision."""
    wordings = [axway.catalog.by_code(code)[-1].detail, "Anders gesagt.", "x"]
    decisions = {decision(raised(body(status, code=code, message=wording))) for wording in wordings}
    assert 1 == len(decisions)
    assert isinstance(raised(body(status, code=code, message="x")), cls)


@pytest.mark.req("A19")
def test_doubled_words_decide_nothing() -> None:
    """The slips of the page ("is not is not", "is be") change no decision, and none of them is in our own texts."""
    slips = ["The end-user is not is not entitled for the operation.", "The length of the delay is be indicated."]
    for code, status, _ in PAIRS:
        decisions = {decision(raised(body(status, code=code, message=text))) for text in (*slips, "Plain.")}
        assert 1 == len(decisions)
    texts = " ".join(f"{row.detail} {row.docs} " for row in axway.catalog.values())
    assert not re.search(r"\b(\w+(?: \w+)?) \1\b|\bis be\b", texts)
