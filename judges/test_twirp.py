from __future__ import annotations

import pytest
from conftest import Loopback
from google.protobuf.empty_pb2 import Empty
from twirp.client import TwirpClient
from twirp.context import Context
from twirp.errors import Errors
from twirp.exceptions import TwirpServerException

from errata import Problem


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, Errors.InvalidArgument),
        (401, Errors.Unauthenticated),
        (403, Errors.PermissionDenied),
        (404, Errors.NotFound),
        (429, Errors.ResourceExhausted),
        (500, Errors.Internal),
        (501, Errors.Unimplemented),
        (503, Errors.Unavailable),
    ],
)
def test_statuses(server: Loopback, status: int, code: Errors) -> None:
    """Each status becomes its code, with the text."""
    server.fails(Problem(status=status, detail="No.", retry_after=7), "twirp")
    with pytest.raises(TwirpServerException) as caught:
        TwirpClient(server.url)._make_request(url="/Get", ctx=Context(), request=Empty(), response_obj=Empty)
    assert (code, "No.") == (caught.value.code, caught.value.message)
    assert all(isinstance(v, str) for v in caught.value.meta.values())
