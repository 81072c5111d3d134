"""The usta contract and the coach registry, requirement by requirement (U1 to U22) and code by code."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

import errata
from errata import Error, RawResponse, read
from errata.clients.httpx import raise_for_problem
from errata.contracts import usta
from errata.demo import usta as demo
from errata.demo._cases import Case
from errata.demo._world import World

URL = demo.MOUNT
JSON = {"content-type": "application/json"}
ADMIN = {"authorization": "Bearer usta-admin-token"}
PLAYER = {"authorization": "Bearer usta-player-token"}
SHORT = {"authorization": "Bearer usta-short-token"}
COACH = {"firstName": "Maria", "lastName": "Bueno", "email": "maria@coaches.example"}
ERRORS = [case for case in demo.CASES if case.status >= 400]

# code -> text, status, class
CODES: dict[str, tuple[str, int, type[Error]]] = {
    "2006": ("entity saving error", 400, usta.EntitySavingError),
    "200601": ("entity saving error: USPTA number must be unique", 400, usta.UsptaNumberNotUnique),
    "200602": ("entity saving error: PTR number must be unique", 400, usta.PtrNumberNotUnique),
    "3001": ("entity not found", 404, usta.EntityNotFound),
    "3002": ("entity already exists", 400, usta.EntityAlreadyExists),
    "4003": ("authentication token is invalid", 401, usta.TokenInvalid),
    "4004": ("authentication error", 401, usta.AuthenticationError),
    "4005": ("backend system token is invalid", 500, usta.BackendTokenInvalid),
    "4006": ("access denied", 403, usta.AccessDenied),
    "5000": ("validation error", 400, usta.ValidationError),
    "5001": ("illegal combination of method arguments", 400, usta.IllegalArgumentCombination),
    "5002": ("entity id is empty", 400, usta.EntityIdEmpty),
    "5003": ("unknown identifier error", 400, usta.UnknownIdentifier),
    "5004": ("no remaining amount", 400, usta.NoRemainingAmount),
    "6001": ("empty client org", 400, usta.ClientOrgEmpty),
    "6002": ("empty password", 400, usta.PasswordEmpty),
    "6003": ("invalid client grant type", 400, usta.ClientGrantTypeInvalid),
    "6004": ("invalid client profile", 400, usta.ClientProfileInvalid),
    "6005": ("invalid client scope set", 400, usta.ClientScopeSetInvalid),
    "6006": ("new password not match", 400, usta.NewPasswordMismatch),
    "6007": ("wrong password", 400, usta.WrongPassword),
    "9001": ("unexpected system error", 500, usta.UnexpectedSystemError),
    "9002": ("HTTP message not readable error", 400, usta.MessageNotReadable),
    "9003": ("mail trigger error", 500, usta.MailTriggerError),
}


def case_of(code: str) -> Case:
    """Return the case of the demo that shows a code."""
    return next(case for case in demo.CASES if case.id == f"U-{code}")


def send(client: TestClient, case: Case) -> Any:
    """Set the scene of a case and send it."""
    for step in case.before:
        assert client.request(step.method, step.path, headers=step.headers, content=step.body).status_code == 204
    return client.request(case.method, case.path, headers=case.headers, content=case.body)


def codes_of(response: Any) -> list[int]:
    """Return the codes in the body of a response."""
    return [item["errorCode"] for item in response.json()["errors"]]


def listed(status: int, *items: dict[str, Any]) -> RawResponse:
    """Return a response with a list of errors."""
    return RawResponse(status, JSON, json.dumps({"errors": items}).encode())


def one(status: int, code: int | str, message: str = "text", **members: Any) -> RawResponse:
    """Return a response with one error in its list."""
    return listed(status, {"errorCode": code, "message": message, **members})


def raised(raw: RawResponse, method: str = "GET") -> Error:
    """Return what a client of the API gets raised for a response."""
    request = httpx.Request(method, "http://127.0.0.1/")
    response = httpx.Response(raw.status, headers=dict(raw.headers), content=raw.body, request=request)
    with pytest.raises(Error) as caught:
        raise_for_problem(response, usta.contract)
    return caught.value


def answered(response: Any) -> Error:
    """Return what a client of the API gets raised for an answer of the demo."""
    return raised(RawResponse(response.status_code, dict(response.headers), response.content))


# ---- the codes ----


EACH_CODE = [pytest.param(code, marks=pytest.mark.req(f"U-{code}"), id=code) for code in CODES]


@pytest.mark.req("U14", "U22")
@pytest.mark.parametrize("code", EACH_CODE)
def test_each_code_is_reached(client: TestClient, code: str) -> None:
    """A real request gets each code, with the status and the text of the catalog, and a client gets its class."""
    text, status, cls = CODES[code]
    response = send(client, case_of(code))
    (item,) = response.json()["errors"]
    assert status == response.status_code
    assert (int(code), text) == (item["errorCode"], item["message"])
    assert type(answered(response)) is cls


@pytest.mark.req("U2", "U22")
def test_the_catalog_is_the_table() -> None:
    """The catalog has the 24 codes with their texts and statuses, and three types without a code."""
    table = {row.code: (row.detail, row.status) for row in usta.catalog.values() if row.code is not None}
    assert {code: (text, status) for code, (text, status, _) in CODES.items()} == table
    assert [400, 405, 415] == sorted(row.status for row in usta.catalog.values() if row.code is None)
    assert all(cls.problem_type == usta.catalog.by_code(code)[0] for code, (_, _, cls) in CODES.items())


@pytest.mark.req("U2")
def test_families_have_400_as_their_status() -> None:
    """The families 2, 5 and 6 are the caller's fault, and so is 9002; the system's own are 500."""
    statuses = {int(row.code): row.status for row in usta.catalog.values() if row.code}
    for code, status in statuses.items():
        if str(code)[0] in "256" or code == 9002:
            assert (code, 400) == (code, status)
        if code in {4005, 9001, 9003}:
            assert (code, 500) == (code, status)


# ---- statuses ----


@pytest.mark.req("U1", "U20")
def test_success_is_200(client: TestClient) -> None:
    """Each good call answers 200, whatever the method; a client takes any 2xx for a success."""
    calls = [
        ("POST", "/coaches", COACH),
        ("GET", "/coaches/3", None),
        ("PUT", "/coaches/3", COACH | {"lastName": "Esther"}),
        ("PATCH", "/coaches/3", {"firstName": "M."}),
        ("GET", "/coaches?idType=email&id=maria@coaches.example", None),
        ("GET", "/coaches/1/balance", None),
        ("POST", "/coaches/1/debits", {"amount": 100}),
        ("POST", "/coaches/1/invitations", {"text": "Come!"}),
        ("POST", "/clients", json.loads(case_of("6001").body or "") | {"clientOrg": "Club 7"}),
        ("DELETE", "/coaches/3", None),
    ]
    passwords = {"oldPassword": "old-secret", "newPassword": "a", "newPasswordAgain": "a"}
    for method, path, sent in [*calls, ("POST", "/accounts/1/password", passwords)]:
        response = client.request(method, URL + path, headers=ADMIN, json=sent)
        assert (method, path, 200) == (method, path, response.status_code)
    created = httpx.Response(201, json={})
    assert created is raise_for_problem(created, usta.contract)


@pytest.mark.req("U3")
@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, 4004),
        ({"authorization": "Basic dTpw"}, 4004),
        ({"authorization": "Bearer"}, 4004),
        ({"authorization": "Bearer no-such-token"}, 4003),
        (SHORT, 4003),
    ],
)
def test_bad_credentials_are_401(client: TestClient, world: World, headers: dict[str, str], code: int) -> None:
    """No token is 4004, a bad or expired one 4003; both are 401 with a challenge."""
    with world.at(world.now() + timedelta(seconds=1801)):
        response = client.get(f"{URL}/coaches/1", headers=headers)
    assert (401, [code]) == (response.status_code, codes_of(response))
    assert "Bearer" == response.headers["www-authenticate"]


@pytest.mark.req("U3")
def test_a_client_refreshes_its_token_once(client: TestClient) -> None:
    """Both 401 are caught by one word; a new token gets in, and the old one is not tried again."""
    tokens = iter(["usta-old-token", "usta-admin-token"])

    def ask() -> Any:
        response = client.get(f"{URL}/coaches/1", headers={"authorization": f"Bearer {next(tokens)}"})
        return response if response.status_code == 200 else answered(response)

    first = ask()
    assert isinstance(first, errata.Unauthenticated)
    assert not first.retryable
    assert 200 == ask().status_code


@pytest.mark.req("U4")
@pytest.mark.parametrize(("method", "path"), [("PUT", "/coaches/1"), ("DELETE", "/coaches/1"), ("POST", "/clients")])
def test_a_wrong_role_is_403(client: TestClient, method: str, path: str) -> None:
    """A player reads but does not write; a retry is of no use."""
    response = client.request(method, URL + path, headers=PLAYER, json=COACH)
    assert (403, [4006]) == (response.status_code, codes_of(response))
    assert not answered(response).retryable
    assert 200 == client.get(f"{URL}/coaches/1", headers=PLAYER).status_code


@pytest.mark.req("U5")
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("id", ["404", "nobody", "0", "9" * 30, "１"])
def test_a_missing_id_is_404(client: TestClient, method: str, id: str) -> None:
    """Reading, replacing, changing or removing who is not there is 404 with 3001."""
    sent = None if method in ("GET", "DELETE") else COACH
    response = client.request(method, f"{URL}/coaches/{id}", headers=ADMIN, json=sent)
    assert (404, [3001]) == (response.status_code, codes_of(response))
    assert isinstance(answered(response), errata.NotFound)


@pytest.mark.req("U6")
@pytest.mark.parametrize("method", ["DELETE", "PUT", "POST"])
def test_a_wrong_method_is_405(client: TestClient, method: str) -> None:
    """A resource that can only be read says so in `Allow`; there is a text but no code for it."""
    response = client.request(method, f"{URL}/coaches/1/balance", headers=ADMIN, json={})
    assert (405, "GET") == (response.status_code, response.headers["allow"])
    assert {"errors": [{"message": "Method not allowed"}]} == response.json()
    assert isinstance(answered(response), errata.MethodNotAllowed)


@pytest.mark.req("U7")
@pytest.mark.parametrize("content", [b"", json.dumps(COACH).encode()], ids=["no body", "body"])
@pytest.mark.parametrize("headers", [{}, {"content-type": "text/plain"}, {"content-type": "application/xml"}])
def test_a_wrong_content_type_is_415(client: TestClient, world: World, headers: dict[str, str], content: bytes) -> None:
    """Without a content type, or with one that is not JSON, nothing is read or written; there is no code for it."""
    response = client.post(f"{URL}/coaches", headers=ADMIN | headers, content=content)
    assert 415 == response.status_code
    assert {"errors": [{"message": "Unsupported Media Type"}]} == response.json()
    assert isinstance(answered(response), errata.UnsupportedMediaType)
    assert 2 == coaches(world)


@pytest.mark.req("U7")
def test_a_charset_is_no_fault(client: TestClient) -> None:
    """JSON with a parameter is still JSON."""
    headers = ADMIN | {"content-type": "application/json; charset=utf-8"}
    assert 200 == client.post(f"{URL}/coaches", headers=headers, content=json.dumps(COACH)).status_code


@pytest.mark.req("U8")
def test_a_crash_is_500_and_says_nothing(client: TestClient, world: World) -> None:
    """An injected exception becomes 9001; neither its text nor its type gets out."""
    world.arm("usta.debit")
    response = client.post(f"{URL}/coaches/1/debits", headers=ADMIN, json={"amount": 1})
    assert 500 == response.status_code
    assert {"errors": [{"errorCode": 9001, "message": "unexpected system error"}]} == response.json()


@pytest.mark.req("U8")
@pytest.mark.parametrize("code", [9001, 9003])
@pytest.mark.parametrize(
    ("method", "again"), [("GET", True), ("HEAD", True), ("POST", False), ("PUT", False), ("DELETE", False)]
)
def test_only_reading_is_tried_again_after_a_500(code: int, method: str, again: bool) -> None:
    """After a failure of the server only a safe method is worth another try."""
    assert again == raised(one(500, code), method).retryable


# ---- the body ----


@pytest.mark.req("U9", "U10")
@pytest.mark.parametrize("case", ERRORS, ids=lambda case: case.id)
def test_every_error_is_a_list(client: TestClient, case: Case) -> None:
    """Every error is a list of at least one item: an integer, which two statuses lack, and a text; nothing is null."""
    response = send(client, case)
    assert case.status == response.status_code
    assert {"errors"} == response.json().keys()
    items = response.json()["errors"]
    assert items
    for item in items:
        assert isinstance(item["message"], str)
        assert item["message"]
        assert ("errorCode" not in item) == (response.status_code in (405, 415))
        assert type(item.get("errorCode", 0)) is int
        assert None not in item.values()
        assert item.keys() <= {"errorCode", "message", "subject", "subjectType"}


@pytest.mark.req("U9")
def test_an_empty_list_leaves_the_status() -> None:
    """A list without items says no more than the status does."""
    for status, cls in ((404, errata.NotFound), (415, errata.UnsupportedMediaType), (500, errata.InternalError)):
        error = raised(listed(status))
        assert (cls, None) == (type(error), error.code)


@pytest.mark.req("U10")
def test_a_number_in_quotes_is_the_same_code() -> None:
    """`"3001"` and `3001` are one error; the quotes are a finding."""
    plain, quoted = read(one(404, 3001)), read(one(404, "3001"))
    assert plain.problem == quoted.problem
    assert ([], ["wrong-type"]) == ([f.code for f in plain.findings], [f.code for f in quoted.findings])
    assert type(raised(one(404, "3001"))) is usta.EntityNotFound


@pytest.mark.req("U11")
def test_the_sample_item_is_reproduced(client: TestClient) -> None:
    """A coach without a first name gets the page's second example, byte for byte but for white space."""
    sample = (
        '{"errors":[{"errorCode":5000, "message":"validation error", '
        '"subject":"firstName", "subjectType":"parameter"}]}'
    )
    response = client.post(f"{URL}/coaches", headers=ADMIN, json={k: v for k, v in COACH.items() if k != "firstName"})
    assert json.dumps(json.loads(sample)) == json.dumps(response.json())


@pytest.mark.req("U11")
@pytest.mark.parametrize(
    ("members", "path"),
    [
        ({}, None),
        ({"subject": None, "subjectType": None}, None),
        ({"subject": "firstName"}, ("firstName",)),
        ({"subject": "firstName", "subjectType": "parameter"}, ("firstName",)),
        ({"subject": "firstName", "subjectType": "something else"}, ("firstName",)),
        ({"subject": "address.city", "subjectType": "parameter"}, ("address", "city")),
        ({"subjectType": "parameter"}, None),
    ],
)
def test_a_client_takes_any_subject(members: dict[str, Any], path: tuple[str, ...] | None) -> None:
    """A subject may be absent, null or of an unknown type; where there is one, the violation has its path."""
    error = raised(one(400, 5000, "validation error", **members))
    assert type(error) is usta.ValidationError
    assert ((path,) if path else ()) == tuple(violation.path for violation in error.problem.violations)


@pytest.mark.req("U12")
def test_two_bad_fields_are_two_items(client: TestClient) -> None:
    """One item for each field that fails, in the order of the fields, all with 5000."""
    response = client.post(f"{URL}/coaches", headers=ADMIN, json=COACH | {"firstName": "", "email": "nowhere"})
    subjects = [(item["errorCode"], item["subject"], item["subjectType"]) for item in response.json()["errors"]]
    assert [(5000, "firstName", "parameter"), (5000, "email", "parameter")] == subjects
    assert [("firstName",), ("email",)] == [v.path for v in answered(response).problem.violations]


@pytest.mark.req("U12")
def test_the_first_item_is_the_error_and_all_are_there() -> None:
    """Of several errors the first decides the class, and a client gets at all of them."""
    items = [{"errorCode": code, "message": CODES[str(code)][0]} for code in (6004, 6001, 6005)]
    error = raised(listed(400, *items))
    assert type(error) is usta.ClientProfileInvalid
    assert ["6004", "6001", "6005"] == [inner.code for inner in error.problem.problems]
    assert items == json.loads(errata.render(error.problem, "usta").body)["errors"]


BARE = {"errorCode": 3001, "message": "entity not found"}


@pytest.mark.req("U13")
@pytest.mark.parametrize(
    ("method", "bare"), [("GET", True), ("PUT", True), ("PATCH", True), ("DELETE", False), ("POST", False)]
)
def test_the_compatible_contract_has_bare_objects(world: World, method: str, bare: bool) -> None:
    """For older clients exactly GET, PUT and PATCH answer the error without its list; by default nothing does."""
    path = "/coaches/404/debits" if method == "POST" else "/coaches/404"
    sent = {"amount": 1} if method == "POST" else None if method in ("GET", "DELETE") else COACH
    for contract, shape in (
        (usta.compatible, BARE if bare else {"errors": [BARE]}),
        (usta.contract, {"errors": [BARE]}),
    ):
        response = TestClient(demo.build(world, contract=contract)).request(method, path, headers=ADMIN, json=sent)
        assert (404, shape) == (response.status_code, response.json())


@pytest.mark.req("U13")
def test_both_shapes_mean_the_same() -> None:
    """The list and the bare object are read as one and the same problem."""
    bare = RawResponse(404, JSON, json.dumps(BARE).encode())
    assert read(listed(404, BARE)).problem == read(bare).problem
    assert "usta" == read(bare).dialect
    assert type(raised(bare)) is usta.EntityNotFound


@pytest.mark.req("U14")
@pytest.mark.parametrize(("code", "row"), CODES.items(), ids=CODES)
def test_the_text_may_change(code: str, row: tuple[str, int, type[Error]]) -> None:
    """Another text, same code: the same class is raised."""
    _, status, cls = row
    assert type(raised(one(status, int(code), "ganz anders gesagt"))) is cls


@pytest.mark.req("U15")
@pytest.mark.parametrize(
    ("raw", "cls"),
    [
        (one(404, 7777), errata.NotFound),
        (RawResponse(415), errata.UnsupportedMediaType),
        (RawResponse(405, JSON, b'{"errors":[{"message":"Method not allowed"}]}'), errata.MethodNotAllowed),
        (RawResponse(403, {"content-type": "text/html"}, b"<html><h1>No</h1></html>"), errata.PermissionDenied),
        (RawResponse(404, JSON, b'{"errors":[{"errorCode":30'), errata.NotFound),
        (RawResponse(500, JSON, b'"oops"'), errata.InternalError),
        (one(418, 7777), errata.InvalidArgument),
        (one(599, 7777), errata.InternalError),
    ],
)
def test_the_status_speaks_for_an_unknown_code(raw: RawResponse, cls: type[Error]) -> None:
    """A code that is not listed, or no body at all: the status decides, and its class when nobody knows it either."""
    error = raised(raw)
    assert (cls, raw.status) == (type(error), error.status)


@pytest.mark.req("U15")
def test_a_body_of_the_gateway_is_no_stumbling_block() -> None:
    """The gateway's own OAuth bodies end as the status says."""
    content = b'{"error":"invalid_token","error_description":"Access token expired"}'
    error = raised(RawResponse(401, JSON, content))
    assert isinstance(error, errata.Unauthenticated)
    assert "Access token expired" == error.problem.detail


@pytest.mark.req("U16")
@pytest.mark.parametrize(
    ("code", "caught"),
    [
        (2006, [True, False]),
        (200601, [True, True]),
        (200602, [True, False]),
        (200699, [True, False]),
        (2007, [False, False]),
        (20, [False, False]),
        (300101, [False, False]),
    ],
)
def test_a_handler_takes_the_codes_below(code: int, caught: list[bool]) -> None:
    """A handler for 2006 takes 200601 and the unknown 200699 too, one for 200601 takes neither 2006 nor 2007."""
    error = raised(one(400, code))
    assert caught == [isinstance(error, cls) for cls in (usta.EntitySavingError, usta.UsptaNumberNotUnique)]
    assert str(code) == error.code


@pytest.mark.req("U16")
def test_only_listed_codes_are_parents() -> None:
    """300101 belongs to 3001, 3001 to nothing, and a text extends its parent's after a colon."""
    assert type(raised(one(404, 300101))) is usta.EntityNotFound
    assert usta.EntitySavingError.problem_type.parent not in usta.catalog
    assert type(raised(one(400, 30))) is errata.InvalidArgument
    for code in ("200601", "200602"):
        assert CODES[code][0].startswith(f"{CODES['2006'][0]}: ")


@pytest.mark.req("U17")
@pytest.mark.parametrize(("method", "sent"), [("PUT", COACH), ("PATCH", {"lastName": "Ashe"})])
def test_a_change_answers_an_empty_200(client: TestClient, method: str, sent: dict[str, str]) -> None:
    """PUT and PATCH answer 200 with a length of zero, not 204; an empty 2xx is no fault to a client."""
    response = client.request(method, f"{URL}/coaches/2", headers=ADMIN, json=sent)
    assert (200, b"", "0") == (response.status_code, response.content, response.headers["content-length"])
    assert sent.items() <= client.get(f"{URL}/coaches/2", headers=ADMIN).json().items()
    empty = httpx.Response(200, headers={"content-length": "0"})
    assert empty is raise_for_problem(empty, usta.contract)


@pytest.mark.req("U18")
def test_reading_answers_data(client: TestClient) -> None:
    """GET answers 200 with JSON data."""
    response = client.get(f"{URL}/coaches/1", headers=ADMIN)
    assert (200, "application/json") == (response.status_code, response.headers["content-type"])
    assert ("Billie", "U-100") == (response.json()["firstName"], response.json()["usptaNumber"])


@pytest.mark.req("U19")
def test_a_route_may_say_otherwise(client: TestClient) -> None:
    """GET of nobody is 404 by the table; the search declares otherwise: 200 and an empty list."""
    by_id = client.get(f"{URL}/coaches/404", headers=ADMIN)
    by_search = client.get(f"{URL}/coaches?idType=ptr&id=P-404", headers=ADMIN)
    assert (404, 200, []) == (by_id.status_code, by_search.status_code, by_search.json())
    paths = client.get(f"{URL}/openapi.json").json()["paths"]
    assert "404" in paths["/coaches/{id}"]["get"]["responses"]
    assert "404" not in paths["/coaches"]["get"]["responses"]


@pytest.mark.req("U20")
def test_creating_answers_the_entity_and_removing_nothing(client: TestClient) -> None:
    """POST answers 200 with what was created, DELETE 200 without a body."""
    created = client.post(f"{URL}/coaches", headers=ADMIN, json=COACH)
    assert COACH.items() <= created.json().items()
    removed = client.delete(f"{URL}/coaches/{created.json()['id']}", headers=ADMIN)
    assert (200, b"") == (removed.status_code, removed.content)


# ---- what the database decides, and in what order ----


def coaches(world: World) -> int:
    """Return the number of coaches."""
    with world.session() as session:
        return session.scalar(select(func.count()).select_from(demo.Coach)) or 0


@pytest.mark.req("U22")
@pytest.mark.parametrize(
    ("change", "code"),
    [({"usptaNumber": "U-7"}, 200601), ({"ptrNumber": "P-7"}, 200602), ({"email": "same@coaches.example"}, 3002)],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_of_two_writers_one_wins(
    client: TestClient, world: World, method: str, change: dict[str, str], code: int
) -> None:
    """Two write the same value at once: exactly one succeeds, the other gets the code of the column, never a 500."""
    together = Barrier(2)
    before = coaches(world)

    def write(number: int) -> Any:
        sent = COACH | {"email": f"coach-{number}@coaches.example"} | change
        path = "/coaches" if method == "POST" else f"/coaches/{number}"
        together.wait(10)
        return client.request(method, URL + path, headers=ADMIN, json=sent)

    with ThreadPoolExecutor(2) as pool:
        won, lost = sorted(pool.map(write, (1, 2)), key=lambda response: int(response.status_code))
    assert (200, 400, [code]) == (won.status_code, lost.status_code, codes_of(lost))
    assert before + (method == "POST") == coaches(world)


@pytest.mark.req("U22")
def test_a_balance_is_spent_once(client: TestClient, world: World) -> None:
    """Of two debits at once that are too much together, one goes through."""
    together = Barrier(2)

    def debit(amount: int) -> Any:
        together.wait(10)
        return client.post(f"{URL}/coaches/1/debits", headers=ADMIN, json={"amount": amount})

    with ThreadPoolExecutor(2) as pool:
        won, lost = sorted(pool.map(debit, (60, 60)), key=lambda response: int(response.status_code))
    assert (200, {"balance": 40}, 400, [5004]) == (won.status_code, won.json(), lost.status_code, codes_of(lost))
    with world.session() as session:
        assert 40 == session.get_one(demo.Coach, 1).balance


@pytest.mark.req("U22")
@pytest.mark.parametrize(
    ("headers", "content", "status", "code"),
    [
        ({}, b"{", 401, 4004),
        (PLAYER, b"{", 403, 4006),
        (ADMIN, b"{", 415, None),
        (ADMIN | JSON, b"{", 400, 9002),
        (ADMIN | JSON, b"\xff", 400, 9002),
        (ADMIN | JSON, b'{"email": ""}', 400, 5000),
        (ADMIN | JSON, json.dumps(COACH | {"usptaNumber": "U-100"}).encode(), 404, 3001),
    ],
)
def test_checks_come_in_order(
    client: TestClient, headers: dict[str, str], content: bytes, status: int, code: int | None
) -> None:
    """Who is asking, the content type, the body, its fields, whether the entity exists, whether it is unique."""
    response = client.put(f"{URL}/coaches/404", headers=headers, content=content)
    assert (status, code) == (response.status_code, response.json()["errors"][0].get("errorCode"))


@pytest.mark.req("U22")
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", 5001),
        ("idType=uspta", 5001),
        ("id=7", 5001),
        ("idType=uspta&id=7&ptrNumber=7", 5001),
        ("idType=uspta&id=%20", 5002),
        ("ptrNumber=", 5002),
        ("idType=&id=7", 5003),
        ("idType=USPTA&id=7", 5003),
    ],
)
def test_a_search_has_one_identifier(client: TestClient, query: str, code: int) -> None:
    """A search by no, half an, several, a blank or an unknown identifier is refused, each with its code."""
    response = client.get(f"{URL}/coaches?{query}", headers=ADMIN)
    assert (400, [code]) == (response.status_code, codes_of(response))


@pytest.mark.req("U22")
def test_later_versions_are_a_second_catalog() -> None:
    """Version 5 moves three codes to 409, adds 429, and leaves everything else as it was."""
    old, new = usta.catalog, usta.catalog_v5
    moved = {row.code for row in old.values() if new[row.name].status != row.status}
    assert {"200601", "200602", "3002"} == moved
    assert {409} == {new.by_code(code)[0].status for code in moved if code}
    assert {429} == {new[name].status for name in new.keys() - old.keys()}
    assert [(name, row.code, row.detail) for name, row in old.items()] == [
        (name, new[name].code, new[name].detail) for name in old
    ]
