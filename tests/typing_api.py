"""The public surface as users type it: accepted by mypy and pyright, never run."""

from collections.abc import Mapping
from typing import Any, assert_type

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
