"""The public surface as users type it: accepted by mypy and pyright, never run."""

from collections.abc import Mapping
from http.client import HTTPResponse
from typing import Any, assert_type
from urllib.error import HTTPError

import aiohttp
import httpx
import httpx2
import requests
import tenacity
import urllib3
from requests.adapters import HTTPAdapter

from errata import (
    Catalog,
    Contract,
    Dialect,
    Error,
    Finding,
    Internal,
    NotFound,
    Problem,
    ProblemType,
    RawResponse,
    Reading,
    Request,
    Resource,
    Secret,
    Signature,
    Translation,
    ValidationFailed,
    Violation,
    detect,
    losses,
    read,
    render,
    translate,
)
from errata.clients import aiohttp as of_aiohttp
from errata.clients import httpx as of_httpx
from errata.clients import requests as of_requests
from errata.clients import urllib as of_urllib
from errata.clients import urllib3 as of_urllib3
from errata.clients.tenacity import retry_if_retryable, wait_for_problem


class CaseClosed(Error, status=403, code="ACCESS_DENIED"):
    """A case closed for too long takes no more notes."""

    detail = "The case has been closed for more than {days} days."
    days: int
    owner: Internal[str] = "nobody"
    token: Secret[str | None] = None


class CaseArchived(CaseClosed, code=17):
    """It is in the archive."""

    shelf: str


class Busy(Error, status=503, retry="yes"):
    """Come back later."""

    retry_after: float | None = 60


def raising(days: int) -> None:
    """Raise with the parameters that the types declare."""
    if days > 1:
        raise CaseArchived(days=days, shelf="A", owner="Bo")
    if days > 2:
        raise CaseClosed(days=days, token="t")
    if days > 3:
        raise Busy(retry_after=5)
    if days > 4:
        raise ValidationFailed(violations=(Violation(path=("a", 0), location="body", detail="x", code="max"),))
    raise NotFound


def handling() -> int:
    """Handle by type; a parameter has the type declared."""
    try:
        raising(3)
    except CaseClosed as error:
        assert_type(error.days, int)
        assert_type(error.owner, str)
        assert_type(error.token, str | None)
        assert_type(error.problem, Problem)
        assert_type(error.retry_after, float | None)
        assert_type(error.headers, Mapping[str, str])
        return error.days + error.status
    return 0


def serving() -> RawResponse:
    """Declare what an API may send, and answer with it."""
    catalog = Catalog(
        [CaseClosed, CaseArchived, ProblemType(name="x", status=400, title="X")], name="support", suffix=2
    )
    contract = Contract(catalog, dialect="problem", also=("problem-xml",), fallbacks={NotFound: CaseClosed})
    assert_type(contract.error(Problem(status=404)), Error)
    assert_type(catalog.find(Problem(code="17")), ProblemType | None)
    return contract.respond(CaseClosed(days=1), Request("GET", "/", {"accept": "*/*"}), {"allow": "GET"})


def reading(raw: RawResponse) -> tuple[Finding, ...]:
    """Read a response, and say it again."""
    assert_type(detect(raw), str | None)
    found = read(raw)
    assert_type(found, Reading)
    assert_type(found.problem.resource, Resource | None)
    assert_type(found.problem.extensions, Mapping[str, Any])
    assert_type(render(found.problem, "usta", accept="*/*"), RawResponse)
    assert_type(losses(found.problem, "usta"), tuple[str, ...])
    assert_type(translate(raw, to="netmri", accept="application/xml"), Translation)
    return found.findings


def describing(dialect: Dialect) -> tuple[Signature, ...]:
    """Look at a wire format."""
    assert_type(dialect.schema(), dict[str, Any] | None)
    return dialect.signatures


def calling(contract: Contract, response: HTTPResponse, http_error: HTTPError) -> None:
    """Raise for what a client received; what comes back is what went in."""
    assert_type(of_httpx.raise_for_problem(httpx.Response(200), contract), httpx.Response)
    assert_type(of_httpx.raise_for_problem(httpx2.Response(200)), httpx2.Response)
    assert_type(of_requests.raise_for_problem(requests.Response()), requests.Response)
    assert_type(of_urllib3.raise_for_problem(urllib3.request("GET", "/")), urllib3.BaseHTTPResponse)
    assert_type(of_urllib.raise_for_problem(response), HTTPResponse)
    assert_type(of_urllib.raise_for_problem(http_error), HTTPError)
    httpx.Client(transport=of_httpx.retrying(httpx.HTTPTransport(), contract), event_hooks={"response": []})
    httpx2.AsyncClient(transport=of_httpx.retrying(httpx2.AsyncHTTPTransport()))
    HTTPAdapter(max_retries=of_urllib3.ProblemRetry(2, contract=contract))
    requests.get("/", hooks={"response": of_requests.hook(contract)}, timeout=1)


async def awaiting(contract: Contract, session: aiohttp.ClientSession) -> None:
    """Do the same with async clients."""
    assert_type(await of_httpx.araise_for_problem(httpx.Response(200)), httpx.Response)
    assert_type(await of_aiohttp.raise_for_problem(await session.get("/")), aiohttp.ClientResponse)
    httpx.AsyncClient(event_hooks={"response": [of_httpx.hook(contract)]})
    aiohttp.ClientSession(raise_for_status=of_aiohttp.hook(contract))


@tenacity.retry(retry=retry_if_retryable, wait=wait_for_problem(default=tenacity.wait_fixed(1), cap=30))
def trying() -> int:
    """Try again what may be tried again."""
    return 1
