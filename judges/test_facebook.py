from __future__ import annotations

import pytest
from conftest import Detour, Loopback
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

from errata import Problem


@pytest.fixture
def api(detour: Detour) -> FacebookAdsApi:
    session = FacebookSession(access_token="t1")
    session.requests.mount("https://", detour)
    return FacebookAdsApi(session)


def test_number_and_text(server: Loopback, api: FacebookAdsApi) -> None:
    """A failure has status, number, type and text; the trace id is in the body."""
    server.fails(Problem(status=400, code="100", detail="No such field.", trace_id="f1"), "facebook")
    with pytest.raises(FacebookRequestError) as caught:
        api.call("GET", ("me",))
    error = caught.value
    assert (400, 100, "No such field.") == (error.http_status(), error.api_error_code(), error.api_error_message())
    assert error.api_error_type()
    assert "f1" == error.body()["error"]["fbtrace_id"]


def test_transient(server: Loopback, api: FacebookAdsApi) -> None:
    """What the vendor sent beside the code comes back as it was."""
    extensions = {"is_transient": True, "error_subcode": 33}
    server.fails(Problem(status=503, code="2", detail="Come back.", extensions=extensions, retry_after=7), "facebook")
    with pytest.raises(FacebookRequestError) as caught:
        api.call("GET", ("me",))
    error = caught.value
    assert (True, 33) == (error.api_transient_error(), error.api_error_subcode())
    assert "7" == error.http_headers()["retry-after"]
