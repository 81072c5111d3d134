from __future__ import annotations

import josepy
import pytest
from acme import errors, messages
from acme.client import ClientNetwork
from conftest import Loopback
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from errata import Problem, Resource


@pytest.fixture(scope="module")
def network() -> ClientNetwork:
    key = josepy.JWKEC(key=generate_private_key(SECP256R1()))
    return ClientNetwork(key, alg=josepy.ES256, timeout=5)


def test_subproblems(server: Loopback, network: ClientNetwork) -> None:
    """The client knows the code, and each subproblem with what it is about."""
    inner = (
        Problem(code="caa", detail="CAA forbids it.", resource=Resource("dns", "a.example")),
        Problem(code="dns", detail="No such name.", resource=Resource("dns", "b.example")),
    )
    server.fails(Problem(status=403, code="compound", detail="Two faults.", problems=inner), "acme")
    with pytest.raises(messages.Error) as caught:
        network.get(f"{server.url}/order/1")
    error = caught.value
    assert ("compound", "Two faults.") == (error.code, error.detail)
    assert [("caa", "CAA forbids it.", "a.example"), ("dns", "No such name.", "b.example")] == [
        (s.code, s.detail, s.identifier.value) for s in error.subproblems
    ]


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "malformed"), (401, "unauthorized"), (403, "unauthorized"), (429, "rateLimited"), (500, "serverInternal")],
)
def test_codes_by_status(server: Loopback, network: ClientNetwork, status: int, code: str) -> None:
    """A problem without a code gets one that the client describes."""
    server.fails(Problem(status=status, detail="No.", retry_after=7), "acme")
    with pytest.raises(messages.Error) as caught:
        network.get(f"{server.url}/order/1")
    assert (code, "No.") == (caught.value.code, caught.value.detail)
    assert caught.value.description


def test_conflict(server: Loopback, network: ClientNetwork) -> None:
    """A 409 is a class of its own to the client, whatever the body."""
    server.fails(Problem(status=409, detail="The account is there."), "acme")
    with pytest.raises(errors.ConflictError):
        network.get(f"{server.url}/account")
