"""Clients of single infrastructure APIs, each with one short test or two."""

from __future__ import annotations

import json

import ibm_cloud_sdk_core
import keystoneauth1.exceptions
import pydo
import pytest
import requests
from algoliasearch.http.exceptions import RequestException
from algoliasearch.http.hosts import Host, HostsCollection
from algoliasearch.search.client import SearchClientSync
from algoliasearch.search.config import SearchConfig
from azure.core.exceptions import HttpResponseError
from conftest import Detour, Loopback
from heroku3.api import Heroku, RateLimitExceeded
from ibm_cloud_sdk_core.authenticators import NoAuthAuthenticator
from ibmcloudant.cloudant_v1 import CloudantV1
from keystoneauth1.session import Session
from postgrest import APIError, SyncPostgrestClient

from errata import Problem


def test_couchdb(server: Loopback) -> None:
    """Cloudant's client reads code and text."""
    server.fails(Problem(status=409, code="conflict", detail="Document update conflict."), "couchdb")
    service = CloudantV1(NoAuthAuthenticator())
    service.set_service_url(server.url)
    service.disable_retries()
    with pytest.raises(ibm_cloud_sdk_core.ApiException) as caught:
        service.get_document("beds", "9")
    assert 409 == caught.value.status_code
    assert "conflict" in caught.value.message
    body = caught.value.http_response.json()  # the client adds a member of its own
    assert ("conflict", "Document update conflict.") == (body["error"], body["reason"])


def test_postgrest(server: Loopback) -> None:
    """The client has code, text, details and hint."""
    extensions = {"details": "Row 9.", "hint": "Pick another."}
    server.fails(Problem(status=409, code="23505", detail="Not unique.", extensions=extensions), "postgrest")
    with pytest.raises(APIError) as caught:
        SyncPostgrestClient(server.url).from_("beds").select("*").execute()
    error = caught.value
    assert ("23505", "Not unique.", "Row 9.", "Pick another.") == (error.code, error.message, error.details, error.hint)


def test_postgrest_without_details(server: Loopback) -> None:
    """A problem of nothing but a status still fits the client's model."""
    server.fails(Problem(status=503), "postgrest")
    with pytest.raises(APIError) as caught:
        SyncPostgrestClient(server.url).from_("beds").select("*").retry(enabled=False).execute()
    assert ("Service Unavailable", None, None) == (caught.value.message, caught.value.details, caught.value.hint)
    assert isinstance(caught.value.code, str)


@pytest.mark.parametrize("status", [400, 403, 404, 429])
def test_algolia(server: Loopback, status: int) -> None:
    """The client has status and text."""
    config = SearchConfig("A1", "k1")
    config.hosts = HostsCollection([Host("127.0.0.1", scheme="http", port=server.server_port)])
    config.max_rate_limit_retries = 0
    server.fails(Problem(status=status, detail="Index beds does not exist."), "algolia")
    with SearchClientSync.create_with_config(config) as client, pytest.raises(RequestException) as caught:
        client.get_settings("beds")
    assert status == caught.value.status_code
    assert "Index beds does not exist." in caught.value.message


def test_heroku(server: Loopback) -> None:
    """The client's errors hold id, text and link, and it has the request id."""
    client = _heroku(server)
    server.fails(Problem(status=422, code="invalid_params", detail="No.", help="https://h", trace_id="r-1"), "heroku")
    with pytest.raises(requests.HTTPError) as caught:
        client.app("bed")
    assert {"id": "invalid_params", "message": "No.", "url": "https://h"} == caught.value.response.json()
    assert "r-1" == client._last_request_id


def test_heroku_rate_limit(server: Loopback) -> None:
    """A 429 becomes RateLimitExceeded, with the body."""
    client = _heroku(server)
    server.fails(Problem(status=429, code="rate_limit", detail="Slow down."), "heroku")
    with pytest.raises(RateLimitExceeded) as caught:
        client.app("bed")
    assert '"id":"rate_limit"' in str(caught.value)


def _heroku(server: Loopback) -> Heroku:
    client = Heroku()
    client._session.mount("https://", Detour(server))
    return client


def test_digitalocean(server: Loopback) -> None:
    """The client has status, id, text and request id."""
    server.fails(Problem(status=404, code="not_found", detail="No such droplet.", trace_id="r-1"), "digitalocean")
    with pytest.raises(HttpResponseError) as caught:
        _digitalocean(server).droplets.list(enforce_https=False)
    body = json.loads(caught.value.response.text())
    assert (404, "not_found", "No such droplet.", "r-1") == (
        caught.value.status_code, body["id"], body["message"], body["request_id"],
    )  # fmt: skip


def _digitalocean(server: Loopback) -> pydo.Client:
    return pydo.Client("t1", endpoint=server.url, retry_total=0)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, keystoneauth1.exceptions.BadRequest),
        (401, keystoneauth1.exceptions.Unauthorized),
        (403, keystoneauth1.exceptions.Forbidden),
        (404, keystoneauth1.exceptions.NotFound),
        (409, keystoneauth1.exceptions.Conflict),
        (429, keystoneauth1.exceptions.TooManyRequests),
        (503, keystoneauth1.exceptions.ServiceUnavailable),
    ],
)
def test_openstack(server: Loopback, status: int, expected: type) -> None:
    """Each status raises its own class, with text, request id and hint."""
    server.fails(Problem(status=status, detail="No.", trace_id="req-1", retry_after=7), "keystone")
    with pytest.raises(keystoneauth1.exceptions.HttpError) as caught:
        Session().get(f"{server.url}/v3/beds")
    assert issubclass(type(caught.value), expected)
    assert (status, "req-1", 7) == (caught.value.http_status, caught.value.request_id, caught.value.retry_after)
    assert "No. " in f"{caught.value} "
