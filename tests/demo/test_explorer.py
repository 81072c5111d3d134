import asyncio
import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, get_args

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from starlette.applications import Starlette
from starlette.testclient import TestClient

from errata import RawResponse, losses, read, translate
from errata._kind import Retry
from errata._read import builtin_registry
from errata.contracts import axway
from errata.demo import _app, explorer
from errata.demo._cases import Before, Case
from errata.demo._serve import running
from errata.demo.explorer import MAX_BYTES
from errata.demo.explorer._sending import curl_lines
from errata.demo.explorer._showing import RETRIES, SHOWN_CHARACTERS, show
from errata.servers.asgi import App, Message, Receive, Scope, Send

ROOT = Path(explorer.__file__).parent
NOT_FOUND = 'HTTP/1.1 404 Not Found\ncontent-type: application/json\n\n{"errors":[{"errorCode":3001,"message":"gone"}]}'


CASE: Final = Case(id="X1-case", system="x", title="A case.", method="GET", path="/x", status=404)


def case(path: str = "/x", **members: Any) -> Case:
    """Return a case of a demo that the test brings along."""
    return replace(CASE, path=path, **members)


def explorer_client(app: App, *cases: Case, client: tuple[str, int] = ("127.0.0.1", 4711)) -> TestClient:
    """Return a client of an explorer of its own, with an application in the place of the demo."""
    return TestClient(explorer.build(cases, app), base_url="http://localhost:8123", client=client)


class Echo:
    """An application that remembers the scopes it got and answers with what it was sent."""

    def __init__(self, status: int = 404) -> None:
        self.scopes: list[Scope] = []
        self.status = status

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer in two parts, with a field that is sent twice."""
        self.scopes.append(scope)
        body = (await receive())["body"]
        headers = [(b"content-type", b"text/plain"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"got ", "more_body": True})
        await send({"type": "http.response.body", "body": body})


# ---- the page ----


def test_page_lets_nothing_run_but_its_own_files(client: TestClient) -> None:
    """The policy names no source but the page's own server, and the page obeys it: no script or style stands in it."""
    response = client.get("/")
    policy = response.headers["content-security-policy"]
    assert policy.startswith(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:;"
    )
    assert "unsafe" not in policy
    assert [] == re.findall(r"<script(?![^>]* src=)|<style|\son\w+=|\sstyle=|javascript:", response.text)


def test_page_needs_no_other_server() -> None:
    """No file of the explorer names an address of another host, but for the names of XML and the examples."""
    sources = [*ROOT.glob("static/*"), *ROOT.glob("templates/*")]
    addresses = {
        a for source in sources for a in re.findall(r"(?:https?:)?//[a-z0-9][\w.-]+\.\w+", source.read_text("utf-8"))
    }
    assert {"http://www.w3.org", "https://example.com"} >= addresses
    assert len(sources) > 5


@pytest.mark.parametrize(
    "path", re.findall(r'(?:src|href)="(explorer/[^"]+)"', (ROOT / "templates/explorer.html").read_text("utf-8"))
)
def test_files_of_the_page_are_there(client: TestClient, path: str) -> None:
    """Every file that the page loads is served with the media type of its kind."""
    kinds = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
    response = client.get(f"/{path}")
    assert (200, kinds[Path(path).suffix]) == (response.status_code, response.headers["content-type"].split(";")[0])


def test_page_lists_the_systems_that_have_cases(client: TestClient) -> None:
    """Each system of the demo can be chosen, with the number of its cases."""
    page = client.get("/").text
    for system in _app.SYSTEMS:
        assert f'value="{system.name}"' in page
        assert f'<span class="system-count">{len(system.cases)}<' in page


# ---- the cases ----


def test_all_cases_are_listed_as_they_will_be_sent(client: TestClient) -> None:
    """The list has every case of the demo, with the request that sending it makes."""
    listed = client.get("/explorer/cases").json()["cases"]
    assert [each.id for each in _app.CASES] == [each["id"] for each in listed]
    for each, shown in zip(_app.CASES, listed, strict=True):
        assert (each.method, each.path, each.body or "") == tuple(
            shown["request"][n] for n in ("method", "path", "body")
        )
        assert {n.lower(): v for n, v in each.headers.items()}.items() <= dict(shown["request"]["headers"]).items()
        assert [step.path for step in each.before] == [step["path"] for step in shown["before"]]


@pytest.mark.parametrize(
    ("given_case", "expected"),
    [
        (case(), ["curl", "-i", "http://h/x"]),
        (
            case(method="POST", body="{}", headers={"Content-Type": "a/b"}),
            ["curl", "-i", "-H", "Content-Type: a/b", "--data-raw", "{}", "http://h/x"],
        ),
        (case(method="POST", body="'"), ["curl", "-i", "-H", "content-type:", "--data-raw", "'", "http://h/x"]),
        (case(method="DELETE"), ["curl", "-i", "-X", "DELETE", "http://h/x"]),
        (case(method="HEAD"), ["curl", "-i", "--head", "http://h/x"]),
        (case("/[1]?q={a}"), ["curl", "-i", "--globoff", "http://h/[1]?q={a}"]),
        (case(headers={"cookie": "a=1", "accept": ""}), ["curl", "-i", "-H", "cookie: a=1", "-H", "accept;", "http://h/x"]),
    ],
    ids=["plain", "body", "body without type", "delete", "head", "brackets", "headers"],
)  # fmt: skip
def test_a_case_as_curl(given_case: Case, expected: list[str]) -> None:
    """The command says method, fields, body and address, quoted for a shell; curl adds no media type."""
    assert expected == shlex.split(curl_lines(given_case, "http://h"))


def test_curl_sends_what_the_explorer_sends() -> None:
    """The commands of a case, run by curl, get the same answer as the explorer's button."""
    chosen = ["A5-closed-46-days", "A7-content-type", "M20-bad-escape"]
    with running() as url:
        listed = {each["id"]: each for each in httpx.get(f"{url}/explorer/cases").json()["cases"]}
        for each in chosen:
            sent = httpx.post(f"{url}/explorer/send", json={"id": each}).json()["response"]
            commands = map(shlex.split, listed[each]["curl"].splitlines())
            *_, output = [subprocess.run(command, capture_output=True, check=True).stdout for command in commands]
            head, _, body = output.partition(b"\r\n\r\n")
            assert f"HTTP/1.1 {sent['status']} ".encode() == head[:13]
            assert sent["body"].encode() == body


# ---- sending ----


def test_the_request_is_sent_exactly_as_shown() -> None:
    """Method, broken path, query, fields that browsers refuse and body arrive unchanged; nothing is added unseen."""
    echo = Echo()
    odd = case("/mvno/%ZZ?q=%20&r", method="PATCH", headers={"Cookie": "s=1", "Host": "other.example"}, body="ä")
    shown = explorer_client(echo, odd).post("/explorer/send", json={"id": odd.id}).json()
    (scope,) = echo.scopes
    headers = [["host", "other.example"], ["accept", "*/*"], ["content-length", "2"], ["cookie", "s=1"]]
    assert ("PATCH", "/mvno/%ZZ", b"/mvno/%ZZ", b"q=%20&r") == tuple(
        scope[n] for n in ("method", "path", "raw_path", "query_string")
    )
    assert headers == [[n.decode(), v.decode()] for n, v in scope["headers"]]
    assert {"method": "PATCH", "path": odd.path, "headers": headers, "body": "ä"} == shown["request"]
    assert "got ä" == shown["response"]["body"]


def test_the_response_is_shown_as_it_came() -> None:
    """Fields that are sent twice are shown twice, in order."""
    shown = explorer_client(Echo(), case()).post("/explorer/send", json={"id": "X1-case"}).json()
    assert [["content-type", "text/plain"], ["set-cookie", "a=1"], ["set-cookie", "b=2"]] == shown["response"][
        "headers"
    ]


def test_the_scene_is_set_first() -> None:
    """What a case needs before it is sent before it, in order, and its outcome is told."""
    echo = Echo(status=500)
    steps = [Before(path="/demo/control/reset"), Before(path="/demo/control/clock", body='{"advance":1}')]
    shown = explorer_client(echo, case(before=steps)).post("/explorer/send", json={"id": "X1-case"}).json()
    assert ["/demo/control/reset", "/demo/control/clock", "/x"] == [scope["path"] for scope in echo.scopes]
    assert [("/demo/control/reset", 500), ("/demo/control/clock", 500)] == [
        (b["path"], b["status"]) for b in shown["before"]
    ]


def test_the_client_stays_who_it_is(app: Starlette) -> None:
    """The explorer lends nobody its own address: who is elsewhere cannot set a scene through it."""
    elsewhere = TestClient(app, client=("192.0.2.7", 4711))
    shown = elsewhere.post("/explorer/send", json={"id": "A5-closed-46-days"}).json()
    assert [403] == [step["status"] for step in shown["before"]]


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_head_shows_no_body(method: str) -> None:
    """An application may answer HEAD with a body; no client would ever see it."""
    shown = explorer_client(Echo(), case(method=method)).post("/explorer/send", json={"id": "X1-case"}).json()
    assert ("" if method == "HEAD" else "got ") == shown["response"]["body"]


def test_a_failure_after_the_response_changes_nothing() -> None:
    """As over a socket, what fails after the last byte is not seen by the client."""

    async def fails_late(scope: Scope, receive: Receive, send: Send) -> None:
        await Echo()(scope, receive, send)
        raise RuntimeError("late")

    assert 200 == explorer_client(fails_late, case()).post("/explorer/send", json={"id": "X1-case"}).status_code


def test_a_demo_that_fails_is_no_leak() -> None:
    """An application that raises instead of answering ends as a bare 500 of the explorer's own contract."""

    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("secret")

    response = explorer_client(fails, case()).post("/explorer/send", json={"id": "X1-case"})
    assert (500, "problem", False) == (response.status_code, _dialect_of(response), "secret" in response.text)


@pytest.mark.parametrize("system", _app.SYSTEMS, ids=lambda system: system.name)
def test_a_case_of_each_system_is_read_in_its_dialect(client: TestClient, system: _app.System) -> None:
    """The answer has the status that the case promises, in the system's dialect, explained by its own contract."""
    each = next(each for each in system.cases if each.status >= 400)
    shown = client.post("/explorer/send", json={"id": each.id}).json()
    assert each.status == shown["response"]["status"] == shown["expected"]
    assert system.contract.own_dialect.name == shown["reading"]["dialect"]
    assert shown["reading"]["meaning"]["type"] in system.contract.catalog


def test_a_success_has_no_reading(client: TestClient) -> None:
    """An answer that is no error is shown, and nothing is read into it."""
    good = next(each for each in _app.CASES if each.status == 200)
    shown = client.post("/explorer/send", json={"id": good.id}).json()
    assert (200, None, []) == (shown["response"]["status"], shown["reading"], shown["renderings"])


# ---- reading what is pasted ----


@pytest.fixture(scope="module")
def reader() -> Iterator[TestClient]:
    """A client of an explorer without cases."""
    with explorer_client(Echo()) as client:
        yield client


@pytest.mark.parametrize(
    "body",
    [
        {"text": NOT_FOUND},
        {"text": NOT_FOUND, "status": 500},
        {"text": NOT_FOUND.split("\n\n")[1], "status": 404},
        {
            "response": {
                "status": 404,
                "headers": {"Content-Type": "application/json"},
                "body": NOT_FOUND.split("\n\n")[1],
            }
        },
    ],
    ids=["transcript", "status line outweighs", "bare body", "in parts"],
)
def test_a_response_is_read_in_whatever_form_it_comes(reader: TestClient, body: dict[str, Any]) -> None:
    """A transcript, a body with a status, and a response in parts give the same reading."""
    shown = reader.post("/explorer/read", json=body).json()
    reading = shown["reading"]
    assert ("usta", "gone") == (reading["dialect"], reading["text"])
    assert {"status": 404, "code": "3001", "kind": "not_found", "detail": "gone"} == reading["problem"]
    assert [["status", "404"], ["code", "3001"], ["kind", "not_found"], ["detail", "gone"]] == reading["members"]
    assert reading["problem"] == json.loads(reading["json"])
    assert ("usta", "entity-not-found") == (reading["meaning"]["contract"], reading["meaning"]["type"])


def test_every_dialect_and_format_is_there_as_translate_gives_it(reader: TestClient) -> None:
    """The translations are those of `translate`, with its losses, one for each format."""
    raw = RawResponse(404, {"content-type": "application/json"}, NOT_FOUND.split("\n\n")[1].encode())
    renderings = reader.post("/explorer/read", json={"text": NOT_FOUND}).json()["renderings"]
    assert [(d.name, f.name) for d in builtin_registry() for f in d.formats] == [
        (r["dialect"], r["format"]) for r in renderings
    ]
    for shown in renderings:
        expected = translate(raw, shown["dialect"], format=shown["format"])
        body = expected.response.body
        assert shown["body"] in (body.decode("utf-8", "replace"), body.hex(" "))
        assert "\ufffd" not in shown["body"]
        assert dict(expected.response.headers) == dict(shown["headers"])
        assert losses(read(raw).problem, shown["dialect"], format=shown["format"]) == tuple(shown["lost"])


def test_an_unknown_format_is_guessed_and_says_so(reader: TestClient) -> None:
    """No dialect is named, the findings say what was guessed, a standard type says what it means."""
    text = 'HTTP/2 429\nretry-after: 12\n\n{"message": "slow down", "errors": [{"field": "a.b", "message": "no"}]}'
    reading = reader.post("/explorer/read", json={"text": text}).json()["reading"]
    assert (None, "guessed") == (reading["dialect"], reading["findings"][0]["code"])
    assert [{"path": "/a/b", "location": None, "detail": "no", "code": None, "status": None}] == reading["violations"]
    assert "The same request may be sent again after 12 seconds." == reading["meaning"]["retry"]
    assert None is reading["meaning"]["contract"]


def test_meaning_is_the_documentation_of_the_type() -> None:
    """What a problem type says about itself stands on the page, paragraph by paragraph."""
    raw = RawResponse(503, {}, b'{"code":"SERVICE_TEMPORARILY_UNAVAILABLE","message":"down"}')
    meaning = show(raw, [])["reading"]["meaning"]
    declared = axway.contract.catalog.by_code("SERVICE_TEMPORARILY_UNAVAILABLE")[0]
    assert declared.name == meaning["type"]
    assert " ".join(declared.docs.split()) == " ".join(meaning["docs"])


def test_each_word_of_retry_has_a_sentence() -> None:
    """People are told in words what a type says about trying again."""
    assert set(get_args(Retry)) == set(RETRIES)


def test_a_failure_that_says_200_is_read(reader: TestClient) -> None:
    """A success that a dialect knows to be none gets its reading."""
    text = 'HTTP/1.1 200 OK\ncontent-type: application/json\n\n{"success": false, "messages": ["a", "b"]}'
    assert "netmri" == reader.post("/explorer/read", json={"text": text}).json()["reading"]["dialect"]


def test_numbers_are_shown_with_all_their_digits(reader: TestClient) -> None:
    """A number that a browser would round arrives on the page as text."""
    text = 'HTTP/1.1 400 No\n\n{"title": "t", "status": 400, "detail": "d", "n": 12345678901234567891}'
    reading = reader.post("/explorer/read", json={"text": text}).json()["reading"]
    assert [["n", "12345678901234567891"]] == reading["extensions"]
    assert "12345678901234567891" in reading["json"]


def test_a_long_body_is_cut_where_it_is_shown(reader: TestClient) -> None:
    """The page gets the start of a long body and the number of all its bytes."""
    text = "HTTP/1.1 500 X\n\n" + "x" * 100_000
    shown = reader.post("/explorer/read", json={"text": text}).json()["response"]
    assert (100_000, True, SHOWN_CHARACTERS) == (shown["bytes"], shown["cut"], len(shown["body"]))


@given(st.binary(max_size=400), st.integers(400, 599))
def test_any_body_can_be_shown(body: bytes, status: int) -> None:
    """Whatever the bytes, there is a reading with the status, and all of it can be said in JSON."""
    shown = show(RawResponse(status, {}, body), [])
    assert status == shown["response"]["status"]
    assert ["status", str(status)] in shown["reading"]["members"]
    assert len(shown["renderings"]) == sum(len(d.formats) for d in builtin_registry())


# ---- the explorer's own errors ----


def _dialect_of(response: httpx.Response | Any) -> str | None:
    return read(RawResponse(response.status_code, dict(response.headers), response.content)).dialect


@pytest.mark.parametrize(
    ("path", "body", "status", "detail"),
    [
        ("send", '{"id": "A99"}', 404, "There is no case 'A99'."),
        ("read", '{"text": "{}"}', 422, "no status line before '{}'"),
        ("read", '{"text": ""}', 422, "the text is empty"),
        ("read", '{"text": 1}', 400, "Expected `str | null`, got `int` - at `$.text`"),
        ("read", '{"text": "x", "status": 7}', 400, "Expected `int` >= 100 - at `$.status`"),
        ("read", "{", 400, "Input data was truncated"),
        ("read", json.dumps({"text": "x" * MAX_BYTES}), 413, f"More than {MAX_BYTES} bytes"),
        ("send", "x" * (MAX_BYTES + 1), 413, f"More than {MAX_BYTES} bytes"),
        ("nowhere", "{}", 404, ""),
        ("cases", "{}", 405, ""),
    ],
    ids=["case", "no status", "empty", "type", "range", "cut", "large", "large send", "path", "method"],
)  # fmt: skip
def test_the_explorers_own_errors_leave_through_a_contract(
    reader: TestClient, path: str, body: str, status: int, detail: str
) -> None:
    """Each wrong request gets problem details with its status and a text that says what to do."""
    response = reader.post(f"/explorer/{path}", content=body, headers={"content-type": "application/json"})
    assert (status, "problem") == (response.status_code, _dialect_of(response))
    assert response.json().get("detail", "").startswith(detail)


def test_other_sites_cannot_send_unasked(reader: TestClient) -> None:
    """A form or a plain text, which a page of another site may send, is refused."""
    response = reader.post("/explorer/send", content='{"id": "A3-no-token"}', headers={"content-type": "text/plain"})
    assert (415, "problem") == (response.status_code, _dialect_of(response))


def test_an_endless_body_is_not_read_to_its_end(reader: TestClient) -> None:
    """Reading stops at the cap."""
    taken: list[int] = []

    async def endless() -> Message:
        taken.append(1)
        return {"type": "http.request", "body": b"x" * 1000, "more_body": True}

    answered: list[Message] = []

    async def collect(message: Message) -> None:
        answered.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/explorer/read", "query_string": b"", "root_path": "",
        "headers": [(b"content-type", b"application/json")], "http_version": "1.1", "scheme": "http",
        "server": ("h", 80), "client": ("127.0.0.1", 1),
    }  # fmt: skip
    asyncio.run(explorer.build([], Echo())(scope, endless, collect))
    assert 413 == answered[0]["status"]
    assert len(taken) == MAX_BYTES // 1000 + 1
