from __future__ import annotations

import pytest
import requests
from conftest import Loopback
from databricks.sdk import errors
from databricks.sdk.errors.parser import _Parser
from mlflow.exceptions import RestException
from mlflow.utils.rest_utils import verify_rest_response

from errata import Problem


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (404, "RESOURCE_DOES_NOT_EXIST", errors.ResourceDoesNotExist),
        (400, "INVALID_PARAMETER_VALUE", errors.InvalidParameterValue),
        (409, "RESOURCE_ALREADY_EXISTS", errors.ResourceAlreadyExists),
        (403, "PERMISSION_DENIED", errors.PermissionDenied),
    ],
)
def test_codes(server: Loopback, status: int, code: str, expected: type) -> None:
    """Both clients know the code and the text."""
    server.fails(Problem(status=status, code=code, detail="No such run."), "mlflow")
    response = requests.get(server.url, timeout=5)
    error = _Parser().get_api_error(response)
    assert expected is type(error)
    assert (code, "No such run.") == (error.error_code, str(error))
    with pytest.raises(RestException) as caught:
        verify_rest_response(response, "/api/2.0/mlflow/runs/get")
    assert code == caught.value.error_code
    assert f"{code}: No such run." == caught.value.message


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
def test_codes_by_status(server: Loopback, status: int) -> None:
    """A problem without a code gets one that the client knows, and the hint arrives."""
    server.fails(Problem(status=status, detail="No.", retry_after=7), "mlflow")
    response = requests.get(server.url, timeout=5)
    error = _Parser().get_api_error(response)
    assert errors.DatabricksError is not type(error)
    assert "No." == str(error)
    assert (7 if status in (429, 503) else None) == error.retry_after_secs
    with pytest.raises(RestException) as caught:
        verify_rest_response(response, "/api/2.0/mlflow/runs/get")
    assert caught.value.message.endswith(": No.")
    assert caught.value.error_code in caught.value.message
