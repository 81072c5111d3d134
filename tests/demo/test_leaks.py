"""One secret, put everywhere a request or a failure can put it, is in no response of the five systems."""

import json
import logging
from typing import Any, NoReturn

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from errata import Contract, Error, Internal, Secret
from errata.demo._app import CASES, SYSTEMS, System
from errata.demo._cases import Case
from errata.demo._world import World
from errata.servers.fastapi import install

SECRET = "s3cr3t-Pq7-do-not-tell"

# The API quotes the culture that it does not know, by its rule P18: the only place where input is told back.
QUOTED = {"culture", "code"}


class Fails(Error, status=500):
    """Carries what nobody may see."""

    owner: Internal[str]
    password: Secret[str]


def system_names(system: System) -> str:
    """Return a system's name, for the test's id."""
    return system.name


def everything(response: Any) -> bytes:
    """Return all bytes of a response."""
    fields = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    content: bytes = response.content
    return fields.encode() + b"\n\n" + content


@pytest.mark.parametrize("system", SYSTEMS, ids=system_names)
def test_failure_of_the_database_tells_nothing(
    system: System, world: World, client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An exception whose text is the secret, raised under every request, is a 5xx that does not contain it."""

    def fail(**_: object) -> NoReturn:
        cause = ValueError(SECRET)
        raise RuntimeError(f"cannot open /srv/{SECRET}.db: SELECT * FROM accounts") from cause  # noqa: S608

    monkeypatch.setattr(world, "session", fail)
    failed = 0
    with caplog.at_level(logging.ERROR, "errata"):
        for case in (case for case in system.cases if case.method != "HEAD"):
            response = client.request(case.method, case.path, headers=case.headers, content=case.body)
            assert SECRET.encode() not in everything(response), case.id
            assert b"Traceback" not in response.content, case.id
            assert b"SELECT" not in response.content, case.id
            failed += response.status_code >= 500
    assert failed > 0
    assert SECRET in caplog.text  # whoever runs the server has to find it


@pytest.mark.parametrize("contract", [system.contract for system in SYSTEMS], ids=lambda contract: contract.name)
def test_hidden_parameters_stay_hidden(contract: Contract) -> None:
    """Internal and secret parameters, and secrets in exceptions of all sorts, are in no response of a contract."""
    app = FastAPI()

    @app.get("/declared")
    async def declared() -> None:
        raise Fails(owner=SECRET, password=SECRET)

    @app.get("/group")
    async def group() -> None:
        raise ExceptionGroup(SECRET, [KeyError(SECRET)])

    @app.get("/model", response_model=dict[str, int])
    async def model() -> dict[str, str]:
        return {SECRET: SECRET}

    client = TestClient(install(app, contract), raise_server_exceptions=False)
    for path in ("/declared", "/group", "/model"):
        response = client.get(path)
        assert 500 == response.status_code
        assert SECRET.encode() not in everything(response)


def spiked(value: Any, name: str = "") -> Any:
    """Return a body with the secret in place of every text, but where the rules say that it is quoted."""
    if isinstance(value, dict):
        return {key: spiked(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [spiked(inner, name) for inner in value]
    return SECRET if isinstance(value, str) and name not in QUOTED else value


@pytest.mark.parametrize("case", [case for case in CASES if case.body], ids=lambda case: case.id)
def test_input_is_not_told_back(case: Case, client: TestClient) -> None:
    """The secret in every text of a request's body, and in header fields, comes back in no error."""
    try:
        body = json.dumps(spiked(json.loads(case.body or "")))
    except ValueError:
        body = SECRET
    fields = {**case.headers, "x-secret": SECRET, "cookie": f"a={SECRET}", "referer": f"http://{SECRET}.example/"}
    for headers in (fields, {**fields, "authorization": f"Bearer {SECRET}", "x-api-key": SECRET}):
        response = client.request(case.method, case.path, headers=headers, content=body)
        if response.status_code >= 400:
            assert SECRET.encode() not in everything(response)
