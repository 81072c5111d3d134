"""The netmri contract and the network policies, requirement by requirement (N1 to N22)."""

import json
import logging
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any
from xml.etree.ElementTree import canonicalize

import httpx
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from errata import (
    Catalog,
    CatalogError,
    Contract,
    Error,
    InternalError,
    NotFound,
    PermissionDenied,
    Problem,
    RawResponse,
    Request,
    Resource,
    Unauthenticated,
    Unavailable,
    ValidationFailed,
    Violation,
    detect,
    read,
    render,
    translate,
)
from errata.clients.httpx import raise_for_problem
from errata.contracts import netmri
from errata.contracts.netmri import contract, first_per_field, keyed
from errata.demo import netmri as demo
from errata.demo._app import SYSTEMS, build
from errata.demo._cases import Case
from errata.demo._world import World
from errata.dialects.netmri import CODES, dialect_with, label_of

URL = "/netmri/api"
CREATE = f"{URL}/3/policies/create"
JOBS = f"{URL}/3/devices/{demo.BUSY_DEVICE}/jobs"
POLICY = f"{URL}/3/policies/1"
ERRORS = [case for case in demo.CASES if case.status >= 400]

# The samples of the documentation, as strict JSON and XML.
FAILED_JSON: dict[str, Any] = {
    "error": "general/validation-failed",
    "message": "The policy could not be created.",
    "fields": {"short_name": ["is already taken", "must be 12 or fewer characters"], "name": ["is too long"]},
}
FAILED_EXTJS: dict[str, Any] = {"success": False, "messages": ["Short name is already taken", "Name is too long"]}
FAILED_XML = """<?xml version="1.0" encoding="UTF-8"?>
<response>
  <error>general/validation-failed</error>
  <message>The policy could not be created.</message>
  <fields type="hash">
    <short_name type="array">
      <item>is already taken</item>
      <item>must be 12 or fewer characters</item>
    </short_name>
    <name type="array">
      <item>is too long</item>
    </name>
  </fields>
</response>"""
IN_USE_JSON: dict[str, Any] = {
    "error": "general/resource-in-use",
    "message": "A job is already running against this device.",
    "model": "device",
    "id": 53534634,
    "retry": 60,
}
IN_USE_XML = """<?xml version="1.0" encoding="UTF-8"?>
<response>
  <error>general/resource-in-use</error>
  <message>A job is already running against this device.</message>
  <model>device</model>
  <id>53534634</id>
  <retry>60</retry>
</response>"""

THREE = (
    Violation(path=("short_name",), detail="is already taken"),
    Violation(path=("short_name",), detail="must be 12 or fewer characters"),
    Violation(path=("name",), detail="is too long"),
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for all tests here."""
    world = World(tmp_path_factory.mktemp("netmri") / "demo.sqlite", [system.seed for system in SYSTEMS])
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


def normal(xml: str | bytes) -> str:
    """Return XML in one spelling, without the blanks between elements."""
    return canonicalize(xml.decode() if isinstance(xml, bytes) else xml, strip_text=True)


def raw(body: Any, status: int = 400, media_type: str = "application/json") -> RawResponse:
    """Return a response: a text as it is, anything else as JSON."""
    text = body if isinstance(body, str) else json.dumps(body)
    return RawResponse(status, {"content-type": media_type}, text.encode())


def xml(body: str, status: int = 400) -> RawResponse:
    """Return a response in XML."""
    return raw(body, status, "application/xml")


def raised(response: Any) -> Error:
    """Return the error that a client raises for a response."""
    request = httpx.Request("GET", "http://127.0.0.1/")
    status, headers, body = response.status_code, dict(response.headers), response.content
    with pytest.raises(Error) as caught:
        raise_for_problem(httpx.Response(status, headers=headers, content=body, request=request), contract)
    return caught.value


def post(client: TestClient, path: str, body: Any = None, headers: dict[str, str] = demo.ADMIN) -> Any:
    """Send a body in JSON."""
    return client.post(path, json=body, headers=headers)


def written(error: Error, format: str) -> bytes:
    """Return the body of an error in a format."""
    return contract.respond(error, Request(path=f"/x.{format}")).body


def send(client: TestClient, case: Case) -> Any:
    """Send a case, after what sets its scene."""
    for step in case.before:
        assert 204 == client.post(step.path, content=step.body, headers=step.headers).status_code
    return client.request(case.method, case.path, headers=case.headers, content=case.body)


def codes(response: RawResponse) -> list[str]:
    """Return the codes of the findings of a reading."""
    return [finding.code for finding in read(response).findings]


@pytest.mark.req("N1", "N2")
@pytest.mark.parametrize("case", ERRORS, ids=lambda case: case.id)
def test_every_error_has_code_and_message(client: TestClient, case: Case) -> None:
    """Each error is a 4xx with a code of the five and a message, or the ExtJS form of a failed validation."""
    response = send(client, case)
    assert case.status == response.status_code
    assert 400 <= response.status_code < 500
    assert "no-store" == response.headers["cache-control"]
    answer = RawResponse(response.status_code, dict(response.headers), response.content)
    assert "netmri" == detect(answer)
    if not case.path.endswith("create.extjs"):
        assert read(answer).problem.code in CODES
        assert read(answer).problem.detail


@pytest.mark.req("N1")
@pytest.mark.parametrize("code", sorted(CODES))
def test_code_with_500_cannot_be_declared(code: str) -> None:
    """A type that joins a code with a 5xx is refused; without a code it may be declared."""

    class Broken(Error, status=500, code=code):
        """A code that a 5xx cannot have."""

    class Bare(Error, status=500):
        """A 5xx without a code."""

    with pytest.raises(CatalogError, match="has no status 500"):
        Contract(Catalog([Broken]), dialect="netmri")
    assert Contract(Catalog([Bare]), dialect="netmri").catalog


@pytest.mark.req("N1")
@pytest.mark.parametrize("format", ["json", "xml", "extjs"])
def test_server_failure_has_no_code(
    client: TestClient, world: World, caplog: pytest.LogCaptureFixture, format: str
) -> None:
    """A crash is a 500 with a neutral message and without a code; a client falls back to the status."""
    caplog.set_level(logging.CRITICAL)
    world.arm("netmri.policies.read")
    response = client.get(f"{POLICY}.{format}", headers=demo.ADMIN)
    message = "Internal Server Error"
    element = f'<?xml version="1.0" encoding="UTF-8"?><response><message>{message}</message></response>'
    expected = element if format == "xml" else json.dumps({"message": message}, separators=(",", ":"))
    assert (500, expected) == (response.status_code, response.text)
    error = raised(response)
    assert isinstance(error, InternalError)
    assert error.problem.code is None


@pytest.mark.req("N1")
@pytest.mark.parametrize(("status", "cls"), [(500, InternalError), (503, Unavailable)])
@pytest.mark.parametrize("body", ["", "<html><h1>Down</h1></html>", "Down"])
def test_5xx_of_something_else_is_read_by_its_status(status: int, cls: type[Error], body: str) -> None:
    """A 5xx without a body of this format gives an error by its status."""
    assert isinstance(contract.error(read(raw(body, status, "text/html")).problem), cls)


@pytest.mark.req("N2")
@pytest.mark.parametrize("name", list(netmri.catalog))
def test_code_and_message_are_texts_in_json_and_xml(name: str) -> None:
    """Each type of the catalog has the members `error` and `message`, texts that are not empty, in both formats."""
    cls = netmri.catalog.error_class(netmri.catalog[name])
    error = cls(**{param.name: "x" for param in cls.problem_type.params if param.required})
    body = json.loads(written(error, "json"))
    assert (str, str) == (type(body["error"]), type(body["message"]))
    assert f"<error>{body['error']}</error><message>{body['message']}</message>" in written(error, "xml").decode()
    assert body["error"] in CODES
    assert body["message"]


@pytest.mark.req("N3")
@pytest.mark.parametrize(
    ("method", "path", "status", "cls"),
    [
        ("GET", "/3/policies/404", 404, netmri.ResourceNotFound),
        ("GET", "/3/polices", 404, netmri.ResourceNotFound),
        ("DELETE", "/3/policies/1", 405, netmri.MethodNotSupported),
        ("GET", "/2/policies/1", 410, netmri.CallRetired),
        ("POST", "/3/jobs/3/cancel", 400, netmri.JobFinished),
    ],
)
def test_general_code_by_situation(client: TestClient, method: str, path: str, status: int, cls: type[Error]) -> None:
    """What no other code is for has the general one, with a status and a message for the situation."""
    response = client.request(method, URL + path, headers=demo.ADMIN)
    assert status == response.status_code
    assert "general/cannot-process-request" == response.json()["error"]
    error = raised(response)
    assert type(error) is cls
    assert isinstance(error, netmri.CannotProcessRequest)
    assert response.json()["message"] in str(error)
    assert not error.retryable


@pytest.mark.req("N3")
@pytest.mark.parametrize(
    ("content", "media_type", "status", "message"),
    [
        ("{short_name: 1}", "application/json", 400, "The request body cannot be read."),
        ("[]", "application/json", 400, "The request body cannot be read."),
        (b"name=%ff\xff", "application/x-www-form-urlencoded", 400, "The request body cannot be read."),
        ("<policy>", "application/xml", 400, "The request body cannot be read."),
        ("x" * 70_000, "application/json", 413, "The request is too large."),
        ("x", "text/plain", 400, "The content type must be application/json or application/x-www-form-urlencoded."),
    ],
)
def test_unreadable_body(client: TestClient, content: Any, media_type: str, status: int, message: str) -> None:
    """A body that cannot be read, or is too large, cannot be processed."""
    response = client.post(CREATE, content=content, headers=demo.ADMIN | {"content-type": media_type})
    assert status == response.status_code
    assert {"error": "general/cannot-process-request", "message": message} == response.json()


@pytest.mark.req("N3")
def test_unknown_extension_is_404_as_json(client: TestClient) -> None:
    """An extension that the API does not have is an unknown address, told as JSON whatever is accepted."""
    for path in (f"{POLICY}.yaml", f"{CREATE}.csv", f"{POLICY}."):
        response = client.get(path, headers=demo.ADMIN | {"Accept": "application/xml"})
        assert (404, "application/json") == (response.status_code, response.headers["content-type"])
        assert "general/cannot-process-request" == response.json()["error"]


@pytest.mark.req("N2", "N12")
@pytest.mark.parametrize(
    ("extension", "accept", "media_type"),
    [
        ("", None, "application/json"),
        ("", "*/*", "application/json"),
        ("", "application/xml", "application/xml"),
        ("", "application/json;q=0.5, application/xml", "application/xml"),
        ("", "text/html", "application/json"),
        (".json", "application/xml", "application/json"),
        (".extjs", "application/xml", "application/json"),
        (".xml", "application/json", "application/xml"),
    ],
)
def test_extension_then_accept_then_json(
    client: TestClient, extension: str, accept: str | None, media_type: str
) -> None:
    """The extension chooses the format, then `Accept`, then it is JSON, for good and bad answers alike."""
    headers = demo.ADMIN | ({"Accept": accept} if accept else {})
    for id, status in ((1, 200), (404, 404)):
        response = client.get(f"{URL}/3/policies/{id}{extension}", headers=headers)
        assert (status, media_type) == (response.status_code, response.headers["content-type"])


@pytest.mark.req("N4")
@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        ('{"short_name": "core"}', "application/json"),
        ("short_name=core", "application/x-www-form-urlencoded"),
        ("<policy><short_name>core</short_name></policy>", "application/xml"),
    ],
)
def test_failed_validation_is_400(client: TestClient, content: str, media_type: str) -> None:
    """Input that breaks rules is 400 with the failures by field, whatever the body's format."""
    response = client.post(CREATE, content=content, headers=demo.ADMIN | {"content-type": media_type})
    assert 400 == response.status_code
    body = response.json()
    assert ("general/validation-failed", {"name": ["is required"]}) == (body["error"], body["fields"])
    error = raised(response)
    assert isinstance(error, ValidationFailed)
    assert isinstance(error, netmri.InvalidInput)
    assert [("name",)] == [violation.path for violation in error.violations]


@pytest.mark.req("N4")
def test_frameworks_validation_is_the_same_code() -> None:
    """A failed validation of the framework leaves as 400 with the code of failed validations."""
    response = contract.respond(ValidationFailed(violations=THREE))
    assert 400 == response.status
    assert FAILED_JSON["fields"] == json.loads(response.body)["fields"]


@pytest.mark.req("N4", "N8")
def test_uniqueness_is_a_failed_validation_and_one_writer_wins(client: TestClient) -> None:
    """Of policies created at once with one short name, one is created and the others meet `is already taken`."""
    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(lambda _: post(client, CREATE, {"short_name": "core", "name": "Core"}), range(8)))
    assert Counter({201: 1, 400: 7}) == Counter(response.status_code for response in responses)
    for response in responses:
        if response.status_code == 400:
            assert {"short_name": ["is already taken"]} == response.json()["fields"]


@pytest.mark.req("N4")
def test_violated_constraint_is_the_failed_validation(client: TestClient, world: World) -> None:
    """The database alone refuses the short name too, and that becomes the same error."""
    with world.session() as session:
        session.add(demo.Policy(short_name=demo.TAKEN, name="Again"))
        with pytest.raises(netmri.PolicyNotCreated) as caught:
            demo.save_policy(session)
    assert (demo.SHORT_NAME_TAKEN,) == caught.value.violations


@pytest.mark.req("N5", "N15")
def test_running_job_is_the_sample(client: TestClient) -> None:
    """A job on a busy device is the sample, as JSON; a client may retry after the delay."""
    response = post(client, f"{JOBS}.json")
    assert 409 == response.status_code
    assert IN_USE_JSON == response.json()
    assert response.text.endswith('"id":53534634,"retry":60}')  # whole numbers, spelled as such
    error = raised(response)
    assert type(error) is netmri.DeviceBusy
    assert (True, 60) == (error.retryable, error.retry_after)
    assert Resource("device", "53534634") == error.resource


@pytest.mark.req("N5")
def test_without_a_delay_it_may_be_retried_all_the_same() -> None:
    """A resource in use is worth another try also when nobody says after which time."""
    error = contract.error(read(raw({"error": "general/resource-in-use", "message": "Busy"}, 409)).problem)
    assert (True, None) == (error.retryable, error.retry_after)


@pytest.mark.req("N5")
def test_job_can_start_after_the_other_has_ended(client: TestClient, world: World) -> None:
    """An hour later the device is free again."""
    world.move_next(3601)
    assert 201 == post(client, JOBS).status_code


@pytest.mark.req("N5")
def test_of_two_jobs_one_starts(client: TestClient) -> None:
    """Of jobs started at once on a device, one starts and the others meet the resource in use."""
    path = f"{URL}/3/devices/3/jobs"
    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(lambda _: post(client, path), range(8)))
    assert Counter({201: 1, 409: 7}) == Counter(response.status_code for response in responses)
    assert {"general/resource-in-use"} == {r.json()["error"] for r in responses if r.status_code == 409}


@pytest.mark.req("N6")
def test_viewer_is_denied(client: TestClient) -> None:
    """Who is authenticated without the privilege gets 403 and the code for that; no retry helps."""
    response = post(client, CREATE, {"short_name": "core", "name": "Core"}, demo.VIEWER)
    assert (403, "security/access-denied") == (response.status_code, response.json()["error"])
    error = raised(response)
    assert isinstance(error, PermissionDenied)
    assert not error.retryable


@pytest.mark.req("N7")
def test_login_then_retry(client: TestClient) -> None:
    """Without a cookie it is 403, not 401; the code says to authenticate, and then the same request is answered."""
    response = client.get(POLICY)
    assert (403, "security/authentication-required") == (response.status_code, response.json()["error"])
    assert "www-authenticate" not in response.headers
    error = raised(response)
    assert isinstance(error, Unauthenticated)
    assert not isinstance(error, PermissionDenied)
    login = client.post(f"{URL}/authenticate", json={"username": "admin", "password": "net admin"})
    assert 200 == login.status_code
    cookie = login.headers["set-cookie"].partition(";")[0]
    assert 200 == client.get(POLICY, headers={"Cookie": cookie}).status_code


@pytest.mark.req("N7")
@pytest.mark.parametrize(("username", "password"), [("admin", "admin"), ("nobody", "net admin")])
def test_bad_login_says_not_what_was_wrong(client: TestClient, username: str, password: str) -> None:
    """A wrong name and a wrong password get the same answer."""
    response = client.post(f"{URL}/authenticate", data={"username": username, "password": password})
    expected = {"error": "security/authentication-required", "message": "The user name or the password is wrong."}
    assert (403, expected) == (response.status_code, response.json())


@pytest.mark.req("N7")
def test_expired_session_says_so(client: TestClient, world: World) -> None:
    """A session that is too old says "has expired", which is what existing clients look for."""
    response = client.get(POLICY, headers=demo.OLD)
    assert (403, "security/authentication-required") == (response.status_code, response.json()["error"])
    assert "has expired" in response.json()["message"]
    assert type(raised(response)) is netmri.SessionExpired
    login = client.post(f"{URL}/authenticate", json={"username": "admin", "password": "net admin"})
    cookie = {"Cookie": login.headers["set-cookie"].partition(";")[0]}
    world.move_next(demo.LIFETIME + 1)
    assert "has expired" in client.get(POLICY, headers=cookie).json()["message"]
    assert 200 == client.get(POLICY, headers=cookie).status_code


@pytest.mark.req("N7")
def test_client_tells_two_403_apart_by_the_code() -> None:
    """The same status is one class or the other, by the code alone."""
    classes = {
        "security/access-denied": netmri.AccessDenied,
        "security/authentication-required": netmri.AuthenticationRequired,
    }
    for code, cls in classes.items():
        assert type(contract.error(read(raw({"error": code, "message": "?"}, 403)).problem)) is cls


@pytest.mark.req("N8")
@pytest.mark.parametrize("given", ["is too long", ["is too long"]])
def test_bare_text_is_a_list_of_one(given: Any) -> None:
    """A field with one text, in a list or not, has one failure and not one for each letter."""
    problem = read(raw({**FAILED_JSON, "fields": {"name": given}})).problem
    assert (Violation(path=("name",), detail="is too long"),) == problem.violations
    assert ["is too long"] == json.loads(render(problem, "netmri").body)["fields"]["name"]


@pytest.mark.req("N8")
def test_bare_text_is_a_finding() -> None:
    """The text without its list is tolerated with a finding."""
    assert ["not-a-list"] == codes(raw({**FAILED_JSON, "fields": {"name": "is too long"}}))


@pytest.mark.req("N9")
def test_three_failures_are_the_sample_in_json(client: TestClient) -> None:
    """The sample comes out as JSON, member by member."""
    assert FAILED_JSON == post(client, f"{CREATE}.json", demo.THREE).json()


@pytest.mark.req("N9", "N12", "N13")
def test_three_failures_are_the_sample_in_xml(client: TestClient) -> None:
    """The sample comes out as XML, with the declaration, element by element."""
    response = post(client, f"{CREATE}.xml", demo.THREE)
    assert "application/xml" == response.headers["content-type"]
    assert response.content.startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
    assert normal(FAILED_XML) == normal(response.content)


@pytest.mark.req("N9", "N10", "N11")
def test_three_failures_for_extjs(client: TestClient) -> None:
    """For ExtJS there are `success` and `messages` alone, one text per failure, led by the label."""
    body = post(client, f"{CREATE}.extjs", demo.THREE).json()
    labelled = ["Short name is already taken", "Short name must be 12 or fewer characters", "Name is too long"]
    assert {"success": False, "messages": labelled} == body


@pytest.mark.req("N9", "N10")
def test_first_per_field_is_the_sample() -> None:
    """The variant with one text per field writes the ExtJS sample, member by member."""
    response = first_per_field.respond(netmri.PolicyNotCreated(violations=THREE), Request(path="/create.extjs"))
    assert FAILED_EXTJS == json.loads(response.body)
    assert FAILED_JSON == json.loads(first_per_field.respond(netmri.PolicyNotCreated(violations=THREE)).body)


@pytest.mark.req("N10")
def test_extjs_code_is_inferred_from_the_shape() -> None:
    """Without labels the texts stay whole and no field is known; the code follows from the shape."""
    reading = read(raw(FAILED_EXTJS))
    assert ("netmri", "general/validation-failed") == (reading.dialect, reading.problem.code)
    assert [((), text) for text in FAILED_EXTJS["messages"]] == [(v.path, v.detail) for v in reading.problem.violations]
    assert ["inferred-code"] == [finding.code for finding in reading.findings]


@pytest.mark.req("N10", "N11")
def test_known_label_names_the_field(client: TestClient) -> None:
    """A client that knows the labels finds the fields, and the texts without their labels."""
    error = raised(post(client, f"{CREATE}.extjs", demo.THREE))
    assert THREE == error.problem.violations


@pytest.mark.req("N10")
def test_extjs_failure_inside_a_200_is_raised() -> None:
    """A 200 that says `success: false` is a failed validation; one that says true is none."""
    request = httpx.Request("POST", "http://127.0.0.1/import.extjs")
    with pytest.raises(netmri.InvalidInput):
        raise_for_problem(httpx.Response(200, json=FAILED_EXTJS, request=request), contract)
    good = httpx.Response(200, json={"success": True, "messages": ["Done"]}, request=request)
    assert raise_for_problem(good, contract) is good


@pytest.mark.req("N10")
def test_keyed_variant_names_the_fields() -> None:
    """The variant for ExtJS forms has the texts by field beside the messages, and any client reads the fields."""
    response = keyed.respond(netmri.PolicyNotCreated(violations=THREE), Request(path="/create.extjs"))
    body = json.loads(response.body)
    assert (False, FAILED_JSON["fields"]) == (body["success"], body["errors"])
    assert "netmri" == read(response).dialect
    assert THREE == read(response).problem.violations


@pytest.mark.req("N11")
@pytest.mark.parametrize(
    ("field", "label"),
    [("short_name", "Short name"), ("policy_id", "Policy"), ("name", "Name"), ("id", "Id"), ("base", "")],
)
def test_labels_are_humanised_names(field: str, label: str) -> None:
    """Underscores become blanks, a final `_id` is dropped, the first letter is upper case."""
    assert label == label_of(field)


@pytest.mark.req("N11")
def test_label_table_overrides() -> None:
    """A table of labels wins over the rule, when writing and when reading."""
    dialect = dialect_with(labels={"short_name": "Kürzel", "name": "Name"})
    problem = Problem(status=400, code="general/validation-failed", violations=THREE)
    response = render(problem, dialect, format="extjs")
    assert "Kürzel is already taken" == json.loads(response.body)["messages"][0]
    assert THREE == read(response, dialect).problem.violations


@pytest.mark.req("N10", "N11")
def test_longest_label_wins() -> None:
    """Of two labels that a text starts with, the longer one names the field."""
    dialect = dialect_with(labels={"name": "Name", "name_short": "Name short", "n": "N"})
    problem = read(raw({"success": False, "messages": ["Name short is taken", "Name is taken"]}), dialect).problem
    assert [("name_short",), ("name",)] == [violation.path for violation in problem.violations]
    assert ["is taken", "is taken"] == [violation.detail for violation in problem.violations]


@pytest.mark.req("N11")
def test_label_of_a_reference(client: TestClient) -> None:
    """The field `policy_id` is told as Policy, and a client finds the field again."""
    response = post(client, f"{CREATE}.extjs", {"short_name": "core", "name": "Core", "policy_id": 99})
    assert ["Policy does not exist"] == response.json()["messages"]
    assert ("policy_id",) == raised(response).problem.violations[0].path


@pytest.mark.parametrize("parent", ["99.0", " 99"])
def test_parent_is_looked_for_however_it_is_spelled(client: TestClient, parent: str) -> None:
    """An id that is a number in other digits names a policy all the same: that it does not exist is no failure."""
    response = post(client, CREATE, {"short_name": "core", "name": "Core", "policy_id": parent})
    assert (400, {"policy_id": ["does not exist"]}) == (response.status_code, response.json()["fields"])


@pytest.mark.req("N12")
def test_json_to_xml_to_json_loses_nothing() -> None:
    """The sample goes from JSON to XML and back as it was."""
    there = translate(raw(FAILED_JSON), to="netmri", format="xml")
    back = translate(there.response, to="netmri", format="json")
    assert normal(FAILED_XML) == normal(there.response.body)
    assert FAILED_JSON == json.loads(back.response.body)
    assert () == there.lost == back.lost


@pytest.mark.req("N12")
@pytest.mark.parametrize(
    "fields",
    [
        '<fields type="hash"><name type="array"><item>is too long</item></name></fields>',
        "<fields><name><item>is too long</item></name></fields>",
        "<fields><name>is too long</name></fields>",
    ],
)
def test_xml_fields_are_read_in_three_forms(fields: str) -> None:
    """Missing `type` attributes and a text directly in its field are the same failure."""
    body = f"<response><error>general/validation-failed</error><message>No.</message>{fields}</response>"
    assert (Violation(path=("name",), detail="is too long"),) == read(xml(body)).problem.violations


@pytest.mark.req("N13")
def test_fields_are_written_when_there_are_any() -> None:
    """A failed validation without field failures has no `fields`, in JSON and XML, and is read."""
    error = netmri.InvalidInput()
    assert "fields" not in json.loads(written(error, "json"))
    assert b"fields" not in written(error, "xml")
    assert () == read(xml(written(error, "xml").decode())).problem.violations
    assert b"<fields" in written(netmri.InvalidInput(violations=THREE), "xml")


SUBSETS = list(product([None, "device"], [None, 7], [None, 60]))


@pytest.mark.req("N14")
@pytest.mark.parametrize(("model", "id", "retry"), SUBSETS)
@pytest.mark.parametrize("format", ["json", "xml"])
def test_payload_of_a_resource_in_use_is_optional(
    model: str | None, id: int | None, retry: int | None, format: str
) -> None:
    """Each of model, id and retry may be there or not, when writing and when reading."""
    resource = Resource(model, None if id is None else str(id)) if model or id else None
    error = netmri.ResourceInUse(resource=resource, retry_after=retry)
    response = contract.respond(error, Request(path=f"/jobs.{format}"))
    if format == "json":
        given = {"model": model, "id": id, "retry": retry}
        expected = {name: value for name, value in given.items() if value is not None}
        body = json.loads(response.body)
        assert expected == {name: value for name, value in body.items() if name not in {"error", "message"}}
    assert (None if retry is None else "60") == response.headers.get("retry-after")
    problem = read(response).problem
    assert (resource, retry) == (problem.resource, problem.retry_after)


@pytest.mark.req("N14")
def test_unknown_end_has_no_retry(client: TestClient) -> None:
    """A job that ends nobody knows when leaves `retry` and `Retry-After` out."""
    response = post(client, f"{URL}/3/devices/2/jobs")
    assert {"error", "message", "model", "id"} == set(response.json())
    assert "retry-after" not in response.headers
    assert "60" == post(client, JOBS).headers["retry-after"]


@pytest.mark.req("N14")
def test_retry_as_a_text_of_digits() -> None:
    """Seconds that come as a text count all the same."""
    assert 60.0 == read(raw({**IN_USE_JSON, "retry": "60"}, 409)).problem.retry_after


@pytest.mark.req("N16")
def test_running_job_is_the_sample_in_xml(client: TestClient) -> None:
    """The sample comes out as XML, its plain elements without types."""
    response = post(client, f"{JOBS}.xml")
    assert normal(IN_USE_XML) == normal(response.content)


@pytest.mark.req("N16")
@pytest.mark.parametrize("type", ["", ' type="int"'])
def test_plain_elements_are_read_with_and_without_types(type: str) -> None:
    """A `type` on a plain element changes nothing."""
    body = IN_USE_XML.replace("<id>", f"<id{type}>").replace("<retry>", f"<retry{type}>")
    problem = read(xml(body, 409)).problem
    assert (Resource("device", "53534634"), 60.0) == (problem.resource, problem.retry_after)


@pytest.mark.req("N17")
@pytest.mark.parametrize(
    "error",
    [netmri.CannotProcessRequest(), netmri.DeviceBusy(retry_after=60), netmri.AccessDenied(), netmri.LoginFailed()],
    ids=lambda error: error.code,
)
def test_four_codes_are_the_same_for_extjs(error: Error) -> None:
    """But for failed validations, ExtJS gets the same JSON, without `success`."""
    assert written(error, "json") == written(error, "extjs")
    assert "success" not in json.loads(written(error, "extjs"))
    assert written(netmri.InvalidInput(violations=THREE), "json") != written(
        netmri.InvalidInput(violations=THREE), "extjs"
    )


@pytest.mark.req("N17")
def test_missing_success_with_4xx_is_a_failure(client: TestClient) -> None:
    """An ExtJS client that gets no `success` with a 4xx raises all the same."""
    response = post(client, f"{URL}/3/jobs/3/cancel.extjs")
    assert isinstance(raised(response), netmri.JobFinished)
    assert response.json() == post(client, f"{URL}/3/jobs/3/cancel.json").json()


@pytest.mark.req("N18")
@pytest.mark.parametrize("format", ["json", "xml"])
def test_members_of_a_call_survive(client: TestClient, format: str) -> None:
    """A member that the call adds is in the body and with the client."""
    error = raised(post(client, f"{URL}/3/jobs/3/cancel.{format}"))
    assert "finished" == error.problem.extensions["job_state"] == error.job_state


@pytest.mark.req("N18")
@pytest.mark.parametrize("format", ["json", "xml"])
def test_added_members_keep_their_types_and_replace_none(format: str) -> None:
    """Numbers, lists and objects survive in both formats; no added member takes the place of a reserved one."""
    added = {"progress": {"done": 12, "ratio": 0.5, "failed": [3, 4], "final": True}, "2nd try": "no"}
    problem = Problem(
        status=400,
        code="general/cannot-process-request",
        detail="No.",
        extensions={**added, "error": "x", "message": "x", "fields": {"a": ["x"]}, "retry": 9, "success": True},
    )
    again = read(render(problem, "netmri", format=format)).problem
    assert added == again.extensions
    expected = ("general/cannot-process-request", "No.", (), None)
    assert expected == (again.code, again.detail, again.violations, again.retry_after)


@pytest.mark.req("N18")
def test_unknown_members_are_kept() -> None:
    """Members that no documentation has are kept as extensions."""
    assert {"node": 3} == read(raw({**IN_USE_JSON, "node": 3}, 409)).problem.extensions


@pytest.mark.req("N19")
@pytest.mark.parametrize(
    "code", ["general/validation\n-failed", "general/validati\non-failed", "general/ validation-failed"]
)
def test_broken_code_is_one_token(code: str) -> None:
    """White space inside a code is taken out, with a finding, in JSON and in XML."""
    for response in (
        raw({"error": code, "message": "No."}),
        xml(f"<response><error>{code}</error><message>No.</message></response>"),
    ):
        reading = read(response)
        assert ("netmri", "general/validation-failed") == (reading.dialect, reading.problem.code)
        assert ["wrapped-code"] == [finding.code for finding in reading.findings]


@pytest.mark.req("N19", "N20")
@pytest.mark.parametrize("case", ERRORS, ids=lambda case: case.id)
def test_bodies_are_strict(client: TestClient, case: Case) -> None:
    """A server writes well-formed JSON or XML that is read without a finding, its code one token."""
    response = send(client, case)
    answer = RawResponse(response.status_code, dict(response.headers), response.content)
    assert set(codes(answer)) <= {"inferred-code"}
    if response.headers["content-type"] == "application/json":
        code = json.loads(response.content).get("error", "")
    else:
        assert response.content.startswith(b"<?xml ")
        code = response.text.partition("<error>")[2].partition("</error>")[0]
    assert code == "".join(code.split()) == code.lower()
    assert not set(response.text) & set("\u2018\u2019\u201c\u201d\u00a0")


@pytest.mark.req("N21")
@pytest.mark.parametrize(
    ("path", "element"),
    [
        (("items", 0), '<field type="array" name="items[0]">'),
        (("items", 0, "name"), '<field type="array" name="items[0].name">'),
        (("2nd",), '<field type="array" name="2nd">'),
        (("full name",), '<field type="array" name="full name">'),
        (('a"<b',), '<field type="array" name="a&quot;&lt;b">'),
        (("field",), '<field type="array">'),
    ],
)
def test_odd_field_names_move_into_an_attribute(path: tuple[str | int, ...], element: str) -> None:
    """A field name that is no XML name becomes an attribute, and is read from there."""
    problem = Problem(
        status=400, code="general/validation-failed", detail="No.", violations=(Violation(path=path, detail="is bad"),)
    )
    response = render(problem, "netmri", format="xml")
    assert element.encode() in response.body
    assert problem == read(response).problem


@pytest.mark.req("N22")
def test_text_is_escaped() -> None:
    """Markup in a message is escaped, and control characters that XML forbids are left out."""
    problem = Problem(status=400, code="general/cannot-process-request", detail="<b>&\x00\x0b\x1f]]> fish & chips</b>")
    response = render(problem, "netmri", format="xml")
    assert b"<message>&lt;b&gt;&amp;]]&gt; fish &amp; chips&lt;/b&gt;</message>" in response.body
    assert "<b>&]]> fish & chips</b>" == read(response).problem.detail


BOMB = """<?xml version="1.0"?>
<!DOCTYPE response [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<response><error>general/cannot-process-request</error><message>&b;</message></response>"""


@pytest.mark.req("N22")
def test_entities_are_refused_by_a_client() -> None:
    """A response with entity declarations is not read; its status is all there is."""
    reading = read(xml(BOMB))
    assert "bad-xml" in [finding.code for finding in reading.findings]
    assert (400, None) == (reading.problem.status, reading.problem.code)
    assert "a" * 20 not in str(reading.problem)


@pytest.mark.req("N22")
def test_entities_are_refused_by_a_server(client: TestClient) -> None:
    """A request with entity declarations is an unreadable body."""
    headers = demo.ADMIN | {"content-type": "application/xml"}
    response = client.post(CREATE, content=BOMB, headers=headers)
    assert (400, "The request body cannot be read.") == (response.status_code, response.json()["message"])


@pytest.mark.req("N3", "N18")
def test_running_job_is_cancelled_once(client: TestClient) -> None:
    """A running job can be cancelled; the second time it has ended, and the answer says how."""
    assert "cancelled" == post(client, f"{URL}/3/jobs/1/cancel").json()["state"]
    assert "cancelled" == post(client, f"{URL}/3/jobs/1/cancel").json()["job_state"]


@pytest.mark.req("N3")
def test_ids_beyond_the_database_are_not_found(client: TestClient) -> None:
    """An id that no row can have is not found, and no failure of the server."""
    response = client.get(f"{URL}/3/policies/{2**70}", headers=demo.ADMIN)
    assert 404 == response.status_code
    assert isinstance(raised(response), NotFound)
