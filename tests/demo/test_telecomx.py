"""The telecomx contract and the mobile accounts, requirement by requirement (M1 to M29)."""

import json
import logging
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any

import anyio
import httpx
import pytest
from msgspec.structs import replace
from starlette.applications import Starlette
from starlette.testclient import TestClient

from errata import (
    Catalog,
    CatalogError,
    Contract,
    Error,
    InternalError,
    InvalidArgument,
    NotFound,
    Problem,
    RawResponse,
    ValidationFailed,
    Violation,
    read,
    render,
)
from errata._standard import standard_class
from errata.clients.httpx import raise_for_problem
from errata.contracts import telecomx
from errata.contracts.telecomx import as_sampled, combined, contract
from errata.demo import telecomx as demo
from errata.demo._app import SYSTEMS, build
from errata.demo._cases import Case
from errata.demo._world import World
from errata.dialects.mvno import DEFAULT_CODES
from errata.samples import read_sample

URL = "/mvno-api"
ONE = f"{URL}/mvno/{demo.ACCOUNT}"
ERRORS = [case for case in demo.CASES if case.status >= 400]

# The two samples of the documentation, as strict JSON; the first one as it is printed.
UNQUOTED = '{\n  error: {\n    message: "MVNO account not found",\n    code: "mvnoAccount",\n    status: 404\n  }\n}'
SINGLE: dict[str, Any] = {"error": {"message": "MVNO account not found", "code": "mvnoAccount", "status": 404}}
MULTIPLE: dict[str, Any] = {
    "error": {
        "code": "multiple",
        "status": 422,
        "inner": [
            {"message": "User not found", "code": "userId", "status": 404},
            {"message": "Invalid street", "code": "address.street", "status": 422},
            {"message": "Zip is missing", "code": "address.zip", "status": 404},
        ],
    }
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for all tests here."""
    world = World(tmp_path_factory.mktemp("telecomx") / "demo.sqlite", [system.seed for system in SYSTEMS])
    yield world
    world.close()


@pytest.fixture(scope="module")
def app(world: World) -> Starlette:
    """The whole demo."""
    return build(world)


@pytest.fixture
def client(app: Starlette, world: World) -> TestClient:
    """A client on the demo's own machine, and the rows as at the start."""
    world.reset()
    return TestClient(app, client=("127.0.0.1", 50000), raise_server_exceptions=False)


def raw(body: Any, status: int = 422) -> RawResponse:
    """Return a response with a body in JSON."""
    text = body if isinstance(body, str) else json.dumps(body)
    return RawResponse(status, {"content-type": "application/json"}, text.encode())


def error_of(response: Any) -> dict[str, Any]:
    """Return the one member of an error's body, whose status is that of the response."""
    body = response.json()
    assert ["error"] == list(body)
    assert response.status_code == body["error"]["status"]
    return dict(body["error"])


def triple(response: Any) -> tuple[int, str, str | None]:
    """Return what identifies an error: status, code and message."""
    error = error_of(response)
    return error["status"], error["code"], error.get("message")


def raised(response: Any) -> Error:
    """Return the error that a client raises for a response."""
    request = httpx.Request("GET", "http://127.0.0.1/")
    with pytest.raises(Error) as caught:
        raise_for_problem(
            httpx.Response(response.status_code, headers=response.headers, content=response.content, request=request),
            contract,
        )
    return caught.value


def create(client: TestClient, **changes: Any) -> Any:
    """Send a new account."""
    return client.post(f"{URL}/mvno", json=demo.NEW | changes, headers=demo.EDITOR)


def send(client: TestClient, case: Case) -> Any:
    """Send a case, after what sets its scene."""
    for step in case.before:
        assert 204 == client.post(step.path, content=step.body, headers=step.headers).status_code
    return client.request(case.method, case.path, headers=case.headers, content=case.body)


def ask(app: Starlette, target: bytes) -> dict[str, Any]:
    """Return the error that a target gets which no client library would send."""
    sent: list[Any] = []

    async def talk() -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def note(message: Any) -> None:
            sent.append(message)

        path = target.decode().partition("?")[0]
        headers = [(name.lower().encode(), value.encode()) for name, value in demo.EDITOR.items()]
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "raw_path": target.partition(b"?")[0],
            "query_string": target.partition(b"?")[2],
            "headers": headers,
            "root_path": "",
            "client": ("127.0.0.1", 50000),
        }
        await app(scope, receive, note)

    anyio.run(talk)
    error: dict[str, Any] = json.loads(sent[1]["body"])["error"]
    assert sent[0]["status"] == error["status"]
    return error


@pytest.mark.req("M1", "M2", "M3")
@pytest.mark.parametrize("case", [case for case in ERRORS if "%ZZ" not in case.path], ids=lambda case: case.id)
def test_every_error_says_its_status_and_code(client: TestClient, case: Case) -> None:
    """Each error is strict JSON with one member, which repeats the HTTP status and has a code."""
    response = send(client, case)
    assert case.status == response.status_code
    assert "application/json" == response.headers["content-type"]
    assert "no-store" == response.headers["cache-control"]
    error = error_of(response)
    assert isinstance(error["code"], str)
    assert error["code"]


@pytest.mark.req("M1")
def test_http_status_wins_over_the_body() -> None:
    """A status in the body that differs is a finding, and the response's own counts."""
    reading = read(raw({"error": {**SINGLE["error"], "status": 500}}, 404))
    assert 404 == reading.problem.status
    assert ["status-mismatch"] == [finding.code for finding in reading.findings]


@pytest.mark.req("M2", "M26")
def test_unquoted_names_are_not_json_on_the_wire() -> None:
    """A client does not read unquoted names as this format; the status speaks alone."""
    reading = read(raw(UNQUOTED, 404))
    assert reading.dialect is None
    assert (404, None) == (reading.problem.status, reading.problem.code)
    assert "bad-json" in [finding.code for finding in reading.findings]


@pytest.mark.req("M2", "M26")
def test_unquoted_names_are_mended_in_samples() -> None:
    """The sample reader reads the unquoted sample as its strict form, and says what it mended."""
    sample = read_sample(UNQUOTED, 404)
    assert read(raw(SINGLE, 404)).problem == sample.problem
    assert sample.repairs


@pytest.mark.req("M26", "M27")
@pytest.mark.parametrize("case", [case for case in ERRORS if "%ZZ" not in case.path], ids=lambda case: case.id)
def test_names_are_strict(client: TestClient, case: Case) -> None:
    """A server writes quoted names without blanks, from the list of six and `error`."""
    known = {"message", "code", "status", "path", "check", "inner"}
    error = error_of(send(client, case))
    for each in [error, *error.get("inner", [])]:
        assert set(each) <= known


@pytest.mark.req("M27")
def test_padded_name_is_taken_with_a_warning() -> None:
    """A name with a leading blank is read when the plain one is absent, and is a finding."""
    padded = json.dumps(MULTIPLE).replace('"message": "Zip', '" message": "Zip')
    reading = read(raw(padded))
    assert "mvno" == reading.dialect
    assert "Zip is missing" == reading.problem.violations[2].detail
    assert ["padded-name"] == [finding.code for finding in reading.findings]


@pytest.mark.req("M27")
def test_plain_name_wins_over_the_padded_one() -> None:
    """When both are there, the plain name counts and the padded one is an unknown member."""
    reading = read(raw({"error": {"message": "a", " message": "b", "code": "expired", "status": 401}}, 401))
    assert "a" == reading.problem.detail
    assert {" message": "b"} == reading.problem.extensions


@pytest.mark.req("M4")
def test_path_repeats_the_code_of_a_property(client: TestClient) -> None:
    """An error about a property has its path beside the code; any other error has none."""
    error = error_of(client.post(f"{ONE}/number/29999999", headers=demo.EDITOR))
    assert ("number", "number") == (error["code"], error["path"])
    assert "path" not in error_of(client.get(ONE))


@pytest.mark.req("M4")
def test_with_and_without_path_is_the_same_field() -> None:
    """A client finds the field in the path, else in the code unless that is a default code."""
    leaf = {"message": "Zip is missing", "code": "address.zip", "status": 404}
    paths = [
        read(raw({"error": each}, 404)).problem.violations[0].path for each in (leaf, {**leaf, "path": "address.zip"})
    ]
    assert [("address", "zip"), ("address", "zip")] == paths
    assert () == read(raw({"error": {**leaf, "code": "bad_request"}}, 404)).problem.violations


@pytest.mark.req("M5")
@pytest.mark.parametrize("status", [405, 415, 418, 503])
def test_other_statuses_cannot_be_declared(status: int) -> None:
    """A type with a status outside the seven is refused when the contract is made."""

    class Other(Error, status=status):
        """Not in this format."""

    with pytest.raises(CatalogError, match=f"has no status {status}"):
        Contract(Catalog([Other]), dialect="mvno")


@pytest.mark.req("M5")
def test_other_statuses_are_read() -> None:
    """A client tolerates a status outside the seven."""
    problem = read(raw({"error": {"message": "Short and stout", "code": "teapot", "status": 418}}, 418)).problem
    assert (418, "teapot") == (problem.status, problem.code)


@pytest.mark.req("M5")
@pytest.mark.parametrize("status", range(400, 600))
def test_all_statuses_become_one_of_the_seven(status: int) -> None:
    """Whatever a framework raises leaves with one of the seven statuses."""
    problem = Problem(status=status)
    response = contract.respond(standard_class(problem)(problem))
    assert response.status in {400, 401, 403, 404, 409, 422, 500}
    if status not in {425, 507, 511}:  # whose kinds are those of the other class
        assert (status < 500) == (response.status < 500)


@pytest.mark.req("M6")
def test_leaf_without_message_still_prints() -> None:
    """Without a message the text is that of the status."""
    problem = read(raw({"error": {"code": "access_denied", "status": 403}}, 403)).problem
    assert "403 access_denied: Forbidden" == str(contract.error(problem))


@pytest.mark.req("M6")
@pytest.mark.parametrize("name", [name for name in telecomx.catalog if name != "several-failures"])
def test_every_leaf_has_a_message(name: str) -> None:
    """Each type but the one for several failures has a text of its own."""
    assert telecomx.catalog[name].detail


@pytest.mark.req("M7", "M24")
def test_check_names_what_failed(client: TestClient) -> None:
    """A phone number of the wrong form is 422 with the check `format`; a conflict has no check."""
    error = error_of(client.post(f"{ONE}/number/call-me", headers=demo.EDITOR))
    expected = {"message": "Invalid number", "code": "number", "status": 422, "path": "number", "check": "format"}
    assert expected == error
    assert "check" not in error_of(create(client, number=demo.TAKEN))


@pytest.mark.req("M7")
@pytest.mark.parametrize("check", ["required", "format", "enum", "min", "max", "max_length", "type"])
def test_checks_have_stable_names(check: str) -> None:
    """The names of checks go through unchanged, any text is read."""
    fault = ValidationFailed(violations=(Violation(path=("zip",), detail="is wrong", code=check),))
    assert check == read(contract.respond(fault)).problem.violations[0].code


@pytest.mark.req("M8")
def test_unknown_account_is_the_first_sample(client: TestClient) -> None:
    """The error of an unknown account is the sample, member by member."""
    response = client.get(f"{URL}/mvno/{demo.NO_ACCOUNT}", headers=demo.EDITOR)
    assert SINGLE == response.json()
    assert isinstance(raised(response), telecomx.AccountNotFound)


@pytest.mark.req("M9", "M10", "M12")
def test_three_failures_are_the_second_sample(client: TestClient) -> None:
    """Three failures make one error with three inner ones; the sampled form leaves out path and check."""
    body = client.post(f"{URL}/mvno", json=demo.THREE, headers=demo.EDITOR).json()
    assert ["code", "status", "inner"] == list(body["error"])
    assert [each["code"] for each in body["error"]["inner"]] == [each["path"] for each in body["error"]["inner"]]
    for each in body["error"]["inner"]:
        each.pop("path")
        each.pop("check", None)
    assert MULTIPLE == body


@pytest.mark.req("M9")
def test_sampled_form_is_the_second_sample() -> None:
    """The variant without path and check writes the sample, member by member."""
    faults = (
        Violation(path=("address", "street"), detail="does not have the right form", code="pattern"),
        Violation(path=("address", "zip"), detail="is required", code="required"),
    )
    error = combined([telecomx.UserNotFound(), ValidationFailed(violations=faults)])
    assert MULTIPLE == json.loads(as_sampled.respond(error).body)
    assert SINGLE == json.loads(as_sampled.respond(telecomx.AccountNotFound()).body)


@pytest.mark.req("M9")
def test_one_failure_is_single(client: TestClient) -> None:
    """One failure is the error itself, without a list."""
    assert "inner" not in error_of(create(client, number=demo.TAKEN))
    assert isinstance(combined([telecomx.NumberInUse()]), telecomx.NumberInUse)


@pytest.mark.req("M9", "M12")
@pytest.mark.parametrize(
    ("inner", "paths"),
    [
        ([], []),
        (MULTIPLE["error"]["inner"][:1], [("userId",)]),
        ([{"code": "multiple", "status": 422, "inner": MULTIPLE["error"]["inner"]}],
         [("userId",), ("address", "street"), ("address", "zip")]),
    ],
    ids=["empty", "one", "nested"],
)  # fmt: skip
def test_odd_lists_are_read(inner: Any, paths: Any) -> None:
    """An empty list, a list of one and a list of lists are read for what is in them."""
    problem = read(raw({"error": {"code": "multiple", "status": 422, "inner": inner}})).problem
    assert 422 == problem.status
    assert paths == [violation.path for violation in problem.violations]


@pytest.mark.req("M10")
def test_text_of_several_failures_names_all() -> None:
    """The outer error has no message, and its text on both sides is made of the inner ones."""
    response = httpx.Response(422, json=MULTIPLE, request=httpx.Request("POST", "http://mvno.example/mvno"))
    error = raised(response)
    assert isinstance(error, telecomx.SeveralFailures)
    for text in ("User not found", "Invalid street", "Zip is missing"):
        assert text in str(error)
    assert "User not found; Number not found" in str(combined([telecomx.UserNotFound(), telecomx.NumberNotFound()]))


@pytest.mark.req("M11")
@pytest.mark.parametrize(
    ("changes", "status", "inner"),
    [
        ({"address": {}}, 404, [404, 404]),
        ({"number": demo.TAKEN, "address": {"street": "Havnegade 2"}}, 422, [409, 404]),
        ({"number": "1", "address": {"street": "Havnegade 2", "zip": "x"}}, 422, [422, 422]),
    ],
)
def test_outer_status_follows_from_the_inner_ones(
    client: TestClient, changes: dict[str, Any], status: int, inner: list[int]
) -> None:
    """Inner errors that share a status give it to the whole, different ones make 422."""
    error = error_of(create(client, **changes))
    assert (status, inner) == (error["status"], [each["status"] for each in error["inner"]])


@pytest.mark.req("M11")
@pytest.mark.parametrize("alone", [telecomx.LoginRequired(), telecomx.UnexpectedError()], ids=["401", "500"])
def test_401_and_500_are_never_merged(alone: Error) -> None:
    """Among several failures a 401 or a 500 is told alone."""
    assert combined([telecomx.UserNotFound(), alone, telecomx.NumberInUse()]) is alone


@pytest.mark.req("M11")
def test_outer_status_rules_a_response() -> None:
    """What a client gets has the status of the whole, and each inner one its own."""
    problem = read(raw(MULTIPLE)).problem
    assert (422, [404, 422, 404]) == (problem.status, [violation.status for violation in problem.violations])


@pytest.mark.req("M13")
def test_default_codes_have_their_statuses() -> None:
    """The catalog has the nine default codes, each with its status."""
    expected = {
        "expired": 401,
        "credentials_invalid": 401,
        "format_error": 401,
        "invalid_token": 401,
        "access_denied": 403,
        "bad_request": 400,
        "not_found": 404,
        "internal_error": 500,
        "multiple": 422,
    }
    assert set(expected) == DEFAULT_CODES
    assert expected == {of.code: of.status for of in telecomx.catalog.values() if of.code in DEFAULT_CODES}
    texts = [of.detail for of in telecomx.catalog.by_code("invalid_token")]
    assert ["Undecipherable", "IP address not authenticated", "Please login"] == texts


AUTHORIZATION = "Authorization header format is Authorization: Bearer <token>"


@pytest.mark.req("M14", "M15", "M16", "M17", "M18", "M19")
@pytest.mark.parametrize(
    ("headers", "code", "message", "cls"),
    [
        ({}, "credentials_invalid", "Authorization required, please login", telecomx.LoginRequired),
        ({"Authorization": "Basic x"}, "format_error", AUTHORIZATION, telecomx.AuthorizationMalformed),
        ({"Authorization": "Bearer"}, "format_error", AUTHORIZATION, telecomx.AuthorizationMalformed),
        ({"Authorization": "Bearer a b"}, "format_error", AUTHORIZATION, telecomx.AuthorizationMalformed),
        ({"Authorization": ""}, "format_error", AUTHORIZATION, telecomx.AuthorizationMalformed),
        ({"Authorization": "Bearer x7Qz"}, "invalid_token", "Undecipherable", telecomx.TokenUndecipherable),
        (demo.ELSEWHERE, "invalid_token", "IP address not authenticated", telecomx.TokenForOtherAddress),
        (demo.ENDED, "invalid_token", "Please login", telecomx.SessionEnded),
    ],
)
def test_six_ways_not_to_be_known(
    client: TestClient, headers: dict[str, str], code: str, message: str, cls: type[Error]
) -> None:
    """Each mistake has its code and text, a challenge goes with it, and a client gets its class."""
    response = client.get(ONE, headers=headers)
    assert (401, code, message) == triple(response)
    assert 'Bearer realm="mvno-api"' == response.headers["www-authenticate"]
    assert type(raised(response)) is cls


@pytest.fixture
def token(client: TestClient) -> dict[str, str]:
    """The header field of somebody who has just logged in."""
    answer = client.post(f"{URL}/auth/login", json={"username": "erik", "password": "rose garden"}).json()
    assert 15 == answer["expiresInMinutes"]
    return {"Authorization": f"Bearer {answer['token']}"}


@pytest.mark.req("M14")
def test_session_expires(client: TestClient, world: World, token: dict[str, str]) -> None:
    """A session is good for fifteen minutes; after sixteen it has expired, and a new login helps."""
    world.move_next(14 * 60)
    assert 200 == client.get(ONE, headers=token).status_code
    world.move_next(16 * 60)
    response = client.get(ONE, headers=token)
    assert (401, "expired", "Session has expired, please login") == triple(response)
    assert isinstance(raised(response), telecomx.SessionExpired)


@pytest.mark.req("M15")
@pytest.mark.parametrize("password", ["rose", ""])
def test_failed_login_is_like_no_header(client: TestClient, password: str) -> None:
    """Neither a wrong password nor an unknown name says which of the two it was."""
    for name in ("erik", "nobody"):
        response = client.post(f"{URL}/auth/login", json={"username": name, "password": password})
        assert (401, "credentials_invalid", "Authorization required, please login") == triple(response)


@pytest.mark.req("M16")
def test_angle_brackets_are_literal_in_json_and_escaped_on_pages(client: TestClient) -> None:
    """JSON has the brackets as they are, the HTML page of errors has them escaped."""
    assert b"Bearer <token>" in client.get(ONE, headers={"Authorization": "Basic x"}).content
    page = client.get(f"{URL}/errors").text
    assert "Bearer &lt;token&gt;" in page
    assert "<token>" not in page


@pytest.mark.req("M18")
def test_token_is_bound_to_its_address(app: Starlette, client: TestClient, token: dict[str, str]) -> None:
    """The token of one address is refused at another one, and still good at its own."""
    other = TestClient(app, client=("198.51.100.4", 50000))
    assert (401, "invalid_token", "IP address not authenticated") == triple(other.get(ONE, headers=token))
    assert 200 == client.get(ONE, headers=token).status_code


@pytest.mark.req("M17")
@pytest.mark.parametrize("end", ["0", "", "00"])
def test_damaged_token_is_undecipherable(client: TestClient, token: dict[str, str], end: str) -> None:
    """A token with a wrong signature is none of this API's."""
    damaged = token["Authorization"][:-1] + ("1" if token["Authorization"].endswith("0") and end == "0" else end)
    response = client.get(ONE, headers={"Authorization": damaged})
    assert (401, "invalid_token", "Undecipherable") == triple(response)


@pytest.mark.req("M19")
def test_logged_out_token_is_no_good(client: TestClient, token: dict[str, str]) -> None:
    """After the logout the token can be read, but its session has ended."""
    assert 204 == client.post(f"{URL}/auth/logout", headers=token).status_code
    assert (401, "invalid_token", "Please login") == triple(client.get(ONE, headers=token))


@pytest.mark.req("M20")
@pytest.mark.parametrize("target", [b"/mvno-api/mvno/%ZZ", b"/mvno-api/mvno/%", b"/mvno-api/mvno/1?x=%2"])
def test_bad_escape_is_400(app: Starlette, target: bytes) -> None:
    """A percent sign that stands for nothing makes the URL unreadable."""
    expected = {"message": "The URL could not be parsed", "code": "bad_request", "status": 400}
    assert expected == ask(app, target)


@pytest.mark.req("M20")
def test_missing_id_is_400_and_malformed_id_422(client: TestClient) -> None:
    """No id at all is a bad request, an id of the wrong form a property that is not valid."""
    for path in (f"{URL}/mvno", f"{URL}/mvno/"):
        assert (400, "bad_request", "Account id is missing") == triple(client.delete(path, headers=demo.EDITOR))
    response = client.get(f"{URL}/mvno/zz", headers=demo.EDITOR)
    assert (422, "id", "Invalid id") == triple(response)
    assert isinstance(raised(response), telecomx.IdInvalid)


@pytest.mark.req("M20")
@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("PUT", f"/mvno/{demo.ACCOUNT}", 400, "The URL does not take this method"),
        ("GET", "/mvmo", 404, "Not found"),
    ],
)
def test_errors_of_the_framework(client: TestClient, method: str, path: str, status: int, message: str) -> None:
    """A wrong method and a wrong address leave in the format, with statuses it has."""
    response = client.request(method, URL + path, headers=demo.EDITOR)
    assert (status, message) == (triple(response)[0], triple(response)[2])
    assert ("allow" in response.headers) == (method == "PUT")


@pytest.mark.req("M20")
@pytest.mark.parametrize(
    ("content", "media_type", "message"),
    [
        ("{userId: 1}", "application/json", "The body could not be parsed"),
        ("userId=1", "application/x-www-form-urlencoded", "The content type must be application/json"),
        ("[]", "application/json", "The body must be an object"),
        ("", "application/json", "The body is required"),
    ],
)
def test_bodies_that_are_none(client: TestClient, content: str, media_type: str, message: str) -> None:
    """What is wrong with the body as a whole is a bad request, not a property."""
    headers = demo.EDITOR | {"content-type": media_type}
    response = client.post(f"{URL}/mvno", content=content, headers=headers)
    assert {"message": message, "code": "bad_request", "status": 400} == error_of(response)


@pytest.mark.req("M21")
def test_viewer_must_not_delete(client: TestClient) -> None:
    """Who may only look gets 403, which is not worth a second try."""
    response = client.delete(ONE, headers=demo.VIEWER)
    assert (403, "access_denied", "Insufficient access level") == triple(response)
    error = raised(response)
    assert isinstance(error, telecomx.AccessLevelTooLow)
    assert not error.retryable
    assert 200 == client.get(ONE, headers=demo.VIEWER).status_code


@pytest.mark.req("M22")
def test_missing_property_is_404_and_invalid_is_422(client: TestClient) -> None:
    """No zip is 404 at the right address, a zip that is none is 422; both are for the caller to mend."""
    missing = create(client, address={"street": "Havnegade 2"})
    invalid = create(client, address={"street": "Havnegade 2", "zip": "x"})
    assert (404, "address.zip", "Zip is missing") == triple(missing)
    assert (422, "address.zip", "Invalid zip") == triple(invalid)
    for response in (missing, invalid):
        error = raised(response)
        assert isinstance(error, InvalidArgument)
        assert not isinstance(error, NotFound)


@pytest.mark.req("M22")
def test_404_without_a_path_is_no_property(client: TestClient) -> None:
    """An unknown account and an unknown address are not found; an unknown user is a wrong property."""
    for path in (f"{URL}/mvno/{demo.NO_ACCOUNT}", f"{URL}/mvmo"):
        assert isinstance(raised(client.get(path, headers=demo.EDITOR)), NotFound)
    error = raised(create(client, userId=demo.NO_ACCOUNT))
    assert type(error) is telecomx.UserNotFound
    assert isinstance(error, InvalidArgument)


@pytest.mark.req("M22")
def test_same_code_means_something_else_under_another_status(client: TestClient) -> None:
    """The code `number` has one class for each of its statuses, and none for others."""
    classes = {404: telecomx.NumberNotFound, 409: telecomx.NumberInUse, 422: telecomx.NumberInvalid}
    for status, cls in classes.items():
        problem = read(raw({"error": {"message": "?", "code": "number", "status": status}}, status)).problem
        assert type(contract.error(problem)) is cls
    problem = read(raw({"error": {"message": "?", "code": "number", "status": 403}}, 403)).problem
    assert not isinstance(contract.error(problem), tuple(classes.values()))


@pytest.mark.req("M23")
@pytest.mark.parametrize("path", [f"/mvno/{demo.PORTING}/number/{demo.TAKEN}", None])
def test_number_of_another_account_is_a_conflict(client: TestClient, path: str | None) -> None:
    """A number that another account has is 409 with the property as its code."""
    response = client.post(URL + path, headers=demo.EDITOR) if path else create(client, number=demo.TAKEN)
    assert {"message": "Number is in use", "code": "number", "status": 409, "path": "number"} == error_of(response)
    assert isinstance(raised(response), telecomx.NumberInUse)


@pytest.mark.req("M23")
def test_state_is_a_conflict(client: TestClient) -> None:
    """An account whose number is moving away is not deleted."""
    response = client.delete(f"{URL}/mvno/{demo.PORTING}", headers=demo.EDITOR)
    assert (409, "state", "Not possible while the account is porting") == triple(response)
    assert 204 == client.delete(ONE, headers=demo.EDITOR).status_code
    assert 404 == client.get(ONE, headers=demo.EDITOR).status_code


@pytest.mark.req("M23")
def test_of_two_writers_one_gets_the_number(client: TestClient) -> None:
    """Of accounts created at once with one number, one is created and all others meet the conflict."""
    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(lambda _: create(client), range(8)))
    assert Counter({201: 1, 409: 7}) == Counter(response.status_code for response in responses)
    assert {"number"} == {error_of(response)["code"] for response in responses if response.status_code == 409}


@pytest.mark.req("M23")
def test_violated_constraint_is_the_conflict(client: TestClient, world: World) -> None:
    """The database alone refuses the number too, and that becomes the same error."""
    with world.session() as session:
        session.get_one(demo.Account, demo.PORTING).number = demo.TAKEN
        with pytest.raises(telecomx.NumberInUse):
            demo.save(session)


@pytest.mark.req("M24")
@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"userId": "me"}, "userId", "Invalid user id"),
        ({"number": 20304050}, "number", "Invalid number"),
        ({"address": "Havnegade 2"}, "address", "Invalid address"),
        ({"address": {"street": "2", "zip": "1058"}}, "address.street", "Invalid street"),
    ],
)
def test_invalid_property_is_422(client: TestClient, changes: dict[str, Any], code: str, message: str) -> None:
    """Data that is there and not valid is 422, and the offending value is not said again."""
    assert (422, code, message) == triple(create(client, **changes))


@pytest.mark.req("M25")
def test_crash_says_nothing(client: TestClient, world: World, caplog: pytest.LogCaptureFixture) -> None:
    """An exception that nobody foresaw is 500 with a neutral text; the log has the rest."""
    caplog.set_level(logging.CRITICAL)
    world.arm("telecomx.delete")
    response = client.delete(ONE, headers=demo.EDITOR)
    assert {"message": "Internal server error", "code": "internal_error", "status": 500} == error_of(response)
    assert b"billing" not in response.content
    assert isinstance(raised(response), InternalError)
    assert 204 == client.delete(ONE, headers=demo.EDITOR).status_code


@pytest.mark.req("M28")
def test_paths_are_dotted(client: TestClient) -> None:
    """Members below members are joined by dots, and so are the indexes of lists."""
    error = error_of(create(client, services=[{"name": "roaming"}, {"name": "fax"}, {}]))
    assert ["services.1.name", "services.2.name"] == [each["code"] for each in error["inner"]]


@pytest.mark.req("M28")
@pytest.mark.parametrize("code", ["items.0.name", "items[0].name"])
def test_both_spellings_of_an_index_are_read(code: str) -> None:
    """Dots and brackets lead to the same place."""
    problem = read(raw({"error": {"message": "Invalid name", "code": code, "status": 422}})).problem
    assert ("items", 0, "name") == problem.violations[0].path


@pytest.mark.req("M29")
def test_each_call_declares_its_errors(client: TestClient) -> None:
    """The OpenAPI document lists for each call the general errors and its own, with an example of each."""
    document = client.get(f"{URL}/openapi.json").json()
    lists = dict(demo.error_rows(document))
    assert 6 == len(lists)
    for rows in lists.values():
        assert {(of.problem_type.status, of.problem_type.code) for of in telecomx.GENERAL} <= {row[:2] for row in rows}
    assert (409, "state", "Not possible while the account is (state)") in lists["DELETE /mvno/{id}"]
    assert (404, "userId", "User not found") in lists["POST /mvno"]
    assert not [row for row in lists["GET /mvno/{id}"] if row[0] in {403, 409}]


@pytest.mark.req("M29")
def test_page_has_a_table_for_each_call(client: TestClient) -> None:
    """The page made from the declaration has a table of status, code and message for each call."""
    response = client.get(f"{URL}/errors")
    assert response.headers["content-type"].startswith("text/html")
    page = response.text
    lists = dict(demo.error_rows(client.get(f"{URL}/openapi.json").json()))
    assert len(lists) == page.count("<table>") == page.count("<h2>")
    for call, rows in lists.items():
        section = unescape(page.partition(f"<h2>{call}</h2>")[2].partition("</table>")[0])
        for status, code, message in rows:
            assert f"<tr><td>{status}<td>{code}<td>{message}</tr>" in section


@pytest.mark.req("M29")
def test_errors_met_are_errors_declared(client: TestClient) -> None:
    """Whatever status a case meets is in the list of its call."""
    paths = client.get(f"{URL}/openapi.json").json()["paths"]
    checked = 0
    for case in ERRORS:
        template = re.sub("(?<=^/mvno/)[^/]+", "{id}", case.path.removeprefix(URL))
        operation = paths.get(re.sub("(?<=/number/).+", "{number}", template), {}).get(case.method.lower())
        if operation is not None:
            checked += 1
            assert str(case.status) in operation["responses"], case.id
    assert checked == len(ERRORS) - 3  # without an id, a wrong address, a wrong method


def test_reading_reaches_a_fixed_point() -> None:
    """Writing what was read and reading it again changes nothing after the first time."""
    for body, status in ((SINGLE, 404), (MULTIPLE, 422)):
        first = read(raw(body, status)).problem
        once = read(render(first, "mvno")).problem
        assert once == read(render(once, "mvno")).problem
        assert first == replace(once, kind=first.kind)
    assert SINGLE == json.loads(render(read(raw(SINGLE, 404)).problem, "mvno").body)
