from __future__ import annotations

import httpx2
import pytest
from conftest import Loopback
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import Error, SCIMException, User

from errata import Problem, render


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "invalidFilter"),
        (400, "invalidValue"),
        (400, "mutability"),
        (409, "uniqueness"),
        (404, None),
        (429, None),
        (500, None),
    ],
)
def test_error(server: Loopback, status: int, code: str | None) -> None:
    """The client raises what the strict model of an Error makes of it."""
    server.fails(Problem(status=status, code=code, detail="No."), "scim")
    with httpx2.Client(base_url=server.url, trust_env=False) as http:
        client = SyncSCIMClient(http, resource_models=[User])
        with pytest.raises(SCIMException) as caught:
            client.query(User, "1")
    error = caught.value.to_error()
    assert (status, code, "No.") == (error.status, error.scim_type, error.detail)


@pytest.mark.parametrize("problem", [Problem(status=404), Problem(status=409, code="NO_BED", detail="No.", title="x")])
def test_model(problem: Problem) -> None:
    """What is written has no member that the model does not name, and the status as text."""
    body = render(problem, "scim").body
    assert problem.status == Error.model_validate_json(body).status
    assert f'"status":"{problem.status}"'.encode() in body.replace(b": ", b":")
