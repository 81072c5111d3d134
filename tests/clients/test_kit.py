"""The kit for clients: every client passes, they all raise the same, and what is broken is caught."""

import json
import re
from typing import Any, Final
from urllib.parse import quote

import pytest
import urllib3

from errata import Contract, Error, NotFound, Problem, Unavailable
from errata.clients._raising import Received, file_chunks, gather, is_fine
from errata.testing import KitError, check_client
from errata.testing._client import SITUATIONS, ClientCall, Raised, serving
from tests.clients.callers import CLIENTS, Make, body_left

each_client = pytest.mark.parametrize("make_client", CLIENTS.values(), ids=CLIENTS)


@each_client
def test_every_client_keeps_the_laws(make_client: Make) -> None:
    """Each client makes of each response, over a socket, the one exception it stands for; none is left out."""
    check_client(make_client)


def outcome(call: ClientCall, method: str, url: str) -> Any:
    """Return what a call comes to, in values that can be compared."""
    try:
        return call(method, url)
    except Error as error:
        return type(error), error.problem, str(error), error.method, dict(error.headers)


@pytest.mark.parametrize("name", SITUATIONS)
def test_all_clients_raise_the_same(name: str) -> None:
    """The same response makes equal errors: class, problem, text, method and header fields."""
    situation = SITUATIONS[name]
    with serving() as (address, _):
        url = f"{address}/{quote(name)}"
        outcomes = {
            client: outcome(make(situation.contract), situation.method, url) for client, make in CLIENTS.items()
        }
    expected = outcomes["requests"]
    if name == "a redirect":
        outcomes = {client: outcome for client, outcome in outcomes.items() if "httpx" not in client}  # it asks first
    assert dict.fromkeys(outcomes, expected) == outcomes


@each_client
@pytest.mark.parametrize("name", ["a valid problem", "a problem in chunks", "a code of the contract"])
def test_the_body_is_still_there(make_client: Make, name: str) -> None:
    """Who gets the error can look at the response that it came with, body included."""
    situation = SITUATIONS[name]
    with serving() as (address, _), pytest.raises(Error) as caught:
        make_client(situation.contract)("GET", f"{address}/{quote(name)}")
    assert caught.value.problem.detail == json.loads(body_left(caught.value.response))["detail"]


@each_client
def test_a_packed_body_is_still_there(make_client: Make) -> None:
    """It is as the library has it: unpacked, but by urllib, which leaves that to its users."""
    with serving() as (address, _), pytest.raises(Error) as caught:
        make_client(None)("GET", f"{address}/gzip")
    body = body_left(caught.value.response)
    assert body.startswith(b"\x1f\x8b" if make_client is CLIENTS["urllib"] else b'{"type"')


# ---- broken clients ----


def all_of(response: Any) -> bytes:
    """Return the body as a careful client takes it."""
    return gather(file_chunks(response, decode_content=False)).body


class Client:
    """A client on urllib3 that is sound; those below it each have one fault."""

    def __init__(self, contract: Contract | None) -> None:
        self.contract = contract

    def __call__(self, method: str, url: str) -> tuple[int, bytes]:
        """Perform a request."""
        with urllib3.PoolManager(retries=False, timeout=20) as pool:
            response = pool.request(method, url, preload_content=False, redirect=False)
            try:
                return self._answer(method, response)
            finally:
                response.close()

    def _answer(self, method: str, response: Any) -> tuple[int, bytes]:
        """Raise, or return status and body."""
        if is_fine(response.status, self.contract):
            return response.status, response.data
        received = Received(response.status, response.headers.items(), response, method, self.contract)
        if response.status < 400:
            received.raise_error(response.data if received.is_readable else b"")
            return response.status, response.data
        raise self._error(received, all_of(response))

    def _error(self, received: Received, body: bytes) -> Error:
        """Return the error in a body."""
        error = received.error(received.plain(body))
        assert error is not None
        return error


class OfItsOwn(Client):
    """Raises its library's exception, which knows the status alone."""

    def _answer(self, method: str, response: Any) -> tuple[int, bytes]:
        if response.status >= 400:
            raise urllib3.exceptions.ResponseError(f"status {response.status}")
        return super()._answer(method, response)


class Silent(Client):
    """Takes everything for a success."""

    def _answer(self, method: str, response: Any) -> tuple[int, bytes]:
        return response.status, all_of(response) if response.status >= 400 else response.data


class Blind(Client):
    """Does not look at bodies."""

    def _error(self, received: Received, body: bytes) -> Error:
        return super()._error(received, b"")


class Parsing(Client):
    """Takes every body for JSON."""

    def _error(self, received: Received, body: bytes) -> Error:
        json.loads(received.plain(body))
        return super()._error(received, body)


class Digging(Client):
    """Takes every error for an object."""

    def _error(self, received: Received, body: bytes) -> Error:
        if received.headers.get("content-type") == "application/json":
            value = json.loads(body)
            _ = value["error"]["message"] if isinstance(value, dict) and "error" in value else None
        return super()._error(received, body)


class Believing(Client):
    """Takes the status that the body says."""

    def _error(self, received: Received, body: bytes) -> Error:
        told = re.search(rb'"status":(\d+)', body)
        error = super()._error(received, body)
        problem = error.problem.replace(status=int(told[1]) if told else received.status)
        return type(error).received(problem, received.response, received.headers, received.method)


class CaseSensitive(Client):
    """Compares media types letter by letter."""

    def _error(self, received: Received, body: bytes) -> Error:
        return super()._error(received, b"" if "JSON" in received.headers.get("content-type", "") else body)


class Strict(Client):
    """Raises for everything but 2xx."""

    def _answer(self, method: str, response: Any) -> tuple[int, bytes]:
        if response.status == 304:
            raise NotFound(Problem(status=304))
        return super()._answer(method, response)


class Suspicious(Client):
    """Looks for errors in every success."""

    def _answer(self, method: str, response: Any) -> tuple[int, bytes]:
        if response.status < 300 and b"error" in response.data:
            raise NotFound(Problem(status=response.status))
        return super()._answer(method, response)


class Trusting(Client):
    """Never looks for errors in a success."""

    def _answer(self, method: str, response: Any) -> tuple[int, bytes]:
        return (response.status, response.data) if response.status < 300 else super()._answer(method, response)


class Consuming(Client):
    """Looks into a success and leaves nothing of it."""

    def _answer(self, method: str, response: Any) -> tuple[int, bytes]:
        if response.status == 200 and not is_fine(200, self.contract):
            all_of(response)
        return super()._answer(method, response)


class Lawless(Client):
    """Forgets the contract."""

    def __init__(self, contract: Contract | None) -> None:
        super().__init__(contract if contract and contract.fails_with_2xx else None)


class Guessing(Client):
    """Takes the last segment of any URI for the name of a type."""

    def _answer(self, method: str, response: Any) -> tuple[int, bytes]:
        try:
            return super()._answer(method, response)
        except Error as error:
            name = (error.problem.type or "").rpartition("/")[2]
            if self.contract is not None and name in self.contract.catalog:
                own = self.contract.catalog.error_class(self.contract.catalog[name])
                raise own.received(error.problem, response, error.headers, method) from None
            raise


class Headless(Client):
    """Drops the header fields."""

    def _answer(self, method: str, response: Any) -> tuple[int, bytes]:
        kept = {"content-type", "content-encoding"}
        response.headers = {name: value for name, value in response.headers.items() if name.lower() in kept}
        return super()._answer(method, response)


class Nameless(Client):
    """Does not say which method it was."""

    def _answer(self, method: str, response: Any) -> tuple[int, bytes]:
        return super()._answer("", response)


class Repeating(Client):
    """Would try again whatever the status suggests, for it forgets the types that must not be."""

    def _error(self, received: Received, body: bytes) -> Error:
        error = super()._error(received, body)
        return (
            Unavailable.received(error.problem, received.response, received.headers) if error.status == 503 else error
        )


class Greedy(Client):
    """Reads what there is, however much."""

    def _answer(self, method: str, response: Any) -> tuple[int, bytes]:
        if response.status == 504:
            _ = response.data
        return super()._answer(method, response)


class Fragile(Client):
    """Lets the end of a connection stand before the error."""

    def _answer(self, method: str, response: Any) -> tuple[int, bytes]:
        if response.status >= 400 and response.headers.get("content-length") == "500":
            _ = response.data
        return super()._answer(method, response)


class Packed(Client):
    """Leaves content codings as they are."""

    def _error(self, received: Received, body: bytes) -> Error:
        error = received.error(body)
        assert error is not None
        return error


class Poor(Client):
    """Drops the members that it does not know."""

    def _error(self, received: Received, body: bytes) -> Error:
        error = super()._error(received, body)
        problem = error.problem.replace(extensions={})
        return type(error).received(problem, received.response, received.headers, received.method)


class Ruling(Client):
    """Takes the status of the class for that of the response."""

    def _error(self, received: Received, body: bytes) -> Error:
        error = super()._error(received, body)
        problem = error.problem.replace(status=error.problem_type.status)
        return type(error).received(problem, received.response, received.headers, received.method)


class Bare(Client):
    """Does not hand the header fields on."""

    def _error(self, received: Received, body: bytes) -> Error:
        error = super()._error(received, body)
        error.headers = {}
        return error


class Forgetful(Client):
    """Does not hand the response on."""

    def _error(self, received: Received, body: bytes) -> Error:
        error = super()._error(received, body)
        error.response = None
        return error


BROKEN: Final[dict[type[Client], str]] = {
    OfItsOwn: "a valid problem",
    Silent: "a valid problem",
    Believing: "another status in the body",
    Blind: "a valid problem",
    Parsing: "a page",
    Digging: "an error that is a text",
    CaseSensitive: "an upper-case media type",
    Strict: "304",
    Suspicious: "299",
    Trusting: "a failure inside 200",
    Consuming: "200 under a contract that fails inside 200",
    Lawless: "a code of the contract",
    Guessing: "another vendor's URI",
    Headless: "a body that breaks off",
    Nameless: "a page",
    Repeating: "a 503 that must not be repeated",
    Greedy: "no end",
    Fragile: "a body that breaks off",
    Packed: "gzip",
    Forgetful: "a valid problem",
    Poor: "members that nobody knows",
    Ruling: "a code of the contract with another status",
    Bare: "a valid problem",
}


def test_a_sound_client_passes() -> None:
    """What the broken clients are made of has no fault of its own."""
    check_client(Client)


@pytest.mark.parametrize(("client", "name"), BROKEN.items(), ids=[client.__name__ for client in BROKEN])
def test_broken_clients_are_caught(client: type[Client], name: str) -> None:
    """Each fault is found, and the situation that shows it is named, with what was expected and what came."""
    with pytest.raises(KitError, match=rf"(?m)^{name}: (expected|a client must) .*"):
        check_client(client)


def test_all_faults_are_told() -> None:
    """A client that raises nothing is told of every error that it missed, and of nothing else."""
    missed = [name for name, situation in SITUATIONS.items() if isinstance(situation.expected, Raised)]
    with pytest.raises(KitError) as caught:
        check_client(Silent)
    first, *lines = str(caught.value).splitlines()
    assert f"{len(missed)} of {len(SITUATIONS)} expectations" == first
    assert missed == [line.partition(":")[0] for line in lines]


def test_what_a_library_refuses_is_left_out_by_name() -> None:
    """A situation that cannot be had is left out with its reason; one that there is not, or no reason, is a mistake."""
    check_client(Strict, without={"304": "takes it for an error, which it is to some"})
    with pytest.raises(KitError, match="there is no situation '305'"):
        check_client(Client, without={"305": "?"})
    with pytest.raises(KitError, match="'304' is left out without a reason"):
        check_client(Client, without={"304": " "})
