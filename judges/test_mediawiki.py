from __future__ import annotations

import mwclient
import pytest
from conftest import Loopback
from mwclient.errors import APIError

from errata import Problem


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "badvalue"),
        (401, "notloggedin"),
        (403, "permissiondenied"),
        (404, "missingtitle"),
        (409, "editconflict"),
        (429, "ratelimited"),
    ],
)
def test_code_and_text(server: Loopback, status: int, code: str) -> None:
    """A failure inside HTTP 200 becomes an APIError with code and text."""
    server.fails(Problem(status=status, code=code, detail="There is no such page."), "mediawiki")
    site = mwclient.Site(server.host, scheme="http", do_init=False, max_retries=0)
    with pytest.raises(APIError) as caught:
        site.api("query", http_method="GET", titles="Bed")
    assert (code, "There is no such page.") == (caught.value.code, caught.value.info)
