"""The same shop on each framework: its document is valid, and what the shop answers is what the document says."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.openapi.documents import check, response, statuses, validator

ROOT: Final = Path(__file__).parent.parent.parent
GET: Final = "GET /orders/{number}"
POST: Final = "POST /orders"

# What each framework answers: all of them the same, but for what only some of them refuse.
USUAL: Final = {GET: {404, 409, 422, 500}, POST: {400, 401, 409, 415, 422, 500}}
FURTHER: Final[dict[str, dict[str, set[int]]]] = {
    "fastapi": {GET: set(), POST: set()},
    "litestar": {GET: set(), POST: {413}},
    "ninja": {GET: set(), POST: {413}},
    "drf": {GET: {401, 403, 406}, POST: {403, 406, 413}},
}
VERSIONS: Final = {"fastapi": "3.1.0", "litestar": "3.1.0", "ninja": "3.1.0", "drf": "3.0.3"}
AUTHORIZED: Final = {"drf": "Basic bWU6bWU="}

each_framework = pytest.mark.parametrize("framework", FURTHER)


def command(framework: str, *arguments: str) -> list[str]:
    """Return the command that prints the document of a shop, or serves it."""
    return [sys.executable, "-m", f"tests.openapi.apps.on_{framework}", *arguments]


@pytest.fixture(scope="module")
def documents() -> dict[str, list[Any]]:
    """Return the document of each shop, as it is made the first and the second time."""
    running = {
        name: subprocess.Popen(command(name), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for name in FURTHER
    }
    printed = {name: (process, *process.communicate()) for name, process in running.items()}
    assert dict.fromkeys(FURTHER, (0, "")) == {name: (p.returncode, err) for name, (p, _, err) in printed.items()}
    return {name: json.loads(out) for name, (_, out, _) in printed.items()}


@each_framework
def test_document_is_valid(framework: str, documents: dict[str, list[Any]]) -> None:
    """It is valid OpenAPI of the framework's own version, with examples that fit, and the same each time."""
    first, second = documents[framework]
    check(first)
    assert VERSIONS[framework] == first["openapi"]
    assert first == second


@each_framework
def test_operations_have_their_errors(framework: str, documents: dict[str, list[Any]]) -> None:
    """What view, dependencies and framework raise is described, and nothing in the framework's own shape."""
    whole = documents[framework][0]
    for operation, usual in USUAL.items():
        assert sorted(usual | FURTHER[framework][operation]) == statuses(whole, operation)
    assert "`ORDER_UNKNOWN`" in response(whole, GET, 404)["description"]
    assert "`CLOSED`" in response(whole, GET, 409)["description"]
    assert {"closed", "out-of-stock"} == response(whole, POST, 409)["content"]["application/problem+json"][
        "examples"
    ].keys()
    assert "Retry-After" in response(whole, POST, 409)["headers"]
    text = json.dumps(whole)
    assert "HTTPValidationError" not in text
    assert "status_code" not in text


@contextmanager
def serving(framework: str) -> Iterator[httpx.Client]:
    """Serve a shop on loopback."""
    with subprocess.Popen(command(framework, "serve"), cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
                yield client
        finally:
            process.terminate()


REQUESTS: Final[list[tuple[str, str, dict[str, Any]]]] = [
    (GET, "/orders/7", {}),
    (GET, "/orders/none", {}),
    (GET, "/orders/7", {"headers": {"accept": "application/problem+xml"}}),
    (POST, "/orders", {"json": {"sku": "pen", "amount": 1}}),
    (POST, "/orders", {"json": {"sku": "pen", "amount": 0}}),
    (POST, "/orders", {"json": {}}),
    (POST, "/orders", {"content": b"{", "headers": {"content-type": "application/json"}}),
    (POST, "/orders", {"content": b"<order/>", "headers": {"content-type": "text/xml"}}),
    (POST, "/orders", {"json": {"sku": "pen", "amount": 1}, "anonymous": True}),
]


@each_framework
def test_answers_are_those_described(framework: str, documents: dict[str, list[Any]]) -> None:
    """Status, media type, body and header fields of each error are in the document."""
    whole, seen = documents[framework][0], set[int]()
    with serving(framework) as client:
        for operation, path, given in REQUESTS:
            method = operation.partition(" ")[0]
            anonymous = given.get("anonymous", False)
            headers = {} if anonymous else {"authorization": AUTHORIZED.get(framework, "Bearer me")}
            sent = {**given, "headers": {**headers, **given.get("headers", {})}}
            answer = client.request(method, path, **{k: v for k, v in sent.items() if k != "anonymous"})
            assert_described(whole, operation, answer)
            seen.add(answer.status_code)
    assert {404, 409} <= seen
    assert {400, 401, 422} & seen


def assert_described(whole: dict[str, Any], operation: str, answer: httpx.Response) -> None:
    """Check that a document has a response."""
    found = response(whole, operation, answer.status_code)
    media = answer.headers["content-type"].partition(";")[0]
    content = found["content"][media]
    body = answer.json() if "json" in media else answer.text
    assert [] == list(validator(whole, content["schema"]).iter_errors(body)), answer.text
    expected = {"x-request-id", "www-authenticate", "retry-after"} & answer.headers.keys()
    assert expected <= {name.lower() for name in found["headers"]}
    assert "x-request-id" in answer.headers
