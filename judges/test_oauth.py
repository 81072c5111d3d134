"""Clients of OAuth 2.0: the token endpoint (RFC 6749) and challenges (RFC 6750)."""

from __future__ import annotations

import json

import pytest
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from conftest import Loopback
from oauthlib.oauth2 import BackendApplicationClient
from oauthlib.oauth2.rfc6749 import errors
from oauthlib.oauth2.rfc8628.errors import SlowDownError
from requests_oauthlib import OAuth2Session
from werkzeug.datastructures import WWWAuthenticate

from errata import Problem, render


@pytest.fixture(autouse=True)
def insecure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, "invalid_grant", errors.InvalidGrantError),
        (400, "invalid_scope", errors.InvalidScopeError),
        (400, "unsupported_grant_type", errors.UnsupportedGrantTypeError),
        (400, "unauthorized_client", errors.UnauthorizedClientError),
        (401, "invalid_client", errors.InvalidClientError),
        (503, "temporarily_unavailable", errors.TemporarilyUnavailableError),
    ],
)
def test_requests_oauthlib(server: Loopback, status: int, code: str, expected: type) -> None:
    """Each registered code raises its own class, with description and link."""
    server.fails(Problem(status=status, code=code, detail="No such thing.", help="https://docs.example/x"), "oauth2")
    session = OAuth2Session(client=BackendApplicationClient("c1"))
    with pytest.raises(errors.OAuth2Error) as caught:
        session.fetch_token(f"{server.url}/token", client_secret="s1")
    assert expected is type(caught.value)
    assert (code, "No such thing.", "https://docs.example/x") == (
        caught.value.error, caught.value.description, caught.value.uri,
    )  # fmt: skip


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500, 503])
def test_without_code(server: Loopback, status: int) -> None:
    """A problem without a code gets one that the client has a class for."""
    server.fails(Problem(status=status, detail="No."), "oauth2")
    session = OAuth2Session(client=BackendApplicationClient("c1"))
    with pytest.raises(errors.OAuth2Error) as caught:
        session.fetch_token(f"{server.url}/token", client_secret="s1")
    assert errors.CustomOAuth2Error is not type(caught.value)
    assert "No." == caught.value.description


def test_slow_down(server: Loopback) -> None:
    """A 429 without a code gets that of the device flow, which is a class of the client's too."""
    server.fails(Problem(status=429, detail="Slow down.", retry_after=7), "oauth2")
    with pytest.raises(errors.OAuth2Error) as caught:
        OAuth2Session(client=BackendApplicationClient("c1")).fetch_token(f"{server.url}/token", client_secret="s1")
    assert SlowDownError.error == caught.value.error


def test_authlib(server: Loopback) -> None:
    """The other client reads code and description."""
    server.fails(Problem(status=400, code="invalid_grant", detail="The grant is old."), "oauth2")
    session = AuthlibSession("c1", "s1")
    with pytest.raises(OAuthError) as caught:
        session.fetch_token(f"{server.url}/token", grant_type="client_credentials")
    assert ("invalid_grant", "The grant is old.") == (caught.value.error, caught.value.description)


def test_description_is_of_the_legal_characters() -> None:
    """RFC 6749 section 5.2 allows printable ASCII without quotation mark and backslash."""
    body = render(Problem(status=400, code="invalid_scope", detail='Das Beet "№ 9" \\ gibt es nicht.'), "oauth2").body
    legal = {*map(chr, range(0x20, 0x7F))} - {'"', "\\"}
    assert set() == set(json.loads(body)["error_description"]) - legal


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, "invalid_request", "invalid_request"),
        (401, "invalid_token", "invalid_token"),
        (403, "insufficient_scope", "insufficient_scope"),
    ],
)
def test_challenge(status: int, code: str, expected: str) -> None:
    """A parser of challenges finds scheme, error, description and link, quotation marks and all."""
    problem = Problem(status=status, code=code, detail='The token "t" is old.', help="https://docs.example/x")
    response = render(problem, "bearer")
    challenge = WWWAuthenticate.from_header(response.headers["www-authenticate"])
    assert challenge is not None
    assert ("bearer", expected) == (challenge.type, challenge.get("error"))
    assert "https://docs.example/x" == challenge.get("error_uri")
    assert (challenge.get("error_description") or "").startswith("The token ")
    assert status == response.status
