"""The public names as users write them: never run, but accepted by the type checkers."""

from errata import (
    Catalog,
    Contract,
    Error,
    Internal,
    NotFound,
    Problem,
    RawResponse,
    Secret,
    Violation,
    read,
    render,
    translate,
)


class CaseClosed(Error, status=403, code="ACCESS_DENIED"):
    """A case closed for too long takes no more notes."""

    detail = "The case has been closed for more than {days} days."
    days: int
    owner: Internal[str] = "nobody"
    password: Secret[str] = ""


class NoSuchCase(NotFound, status=404):
    """There is no such case."""

    number: int


def declared() -> None:
    """Raise with the parameters that are declared, by name."""
    raise CaseClosed(days=45, owner="ann")


def inherited() -> tuple[int, float | None]:
    """Catch by a standard class."""
    try:
        raise NoSuchCase(number=7)
    except NotFound as error:
        status: int = error.status
        seconds: float | None = error.retry_after
        return status, seconds


def used(raw: RawResponse) -> tuple[str, ...]:
    """Read, render and translate."""
    problem: Problem = read(raw).problem
    violations: tuple[Violation, ...] = problem.violations
    first: str | None = violations[0].detail if violations else None
    answer: RawResponse = render(problem.replace(detail=first), "problem", accept="application/json")
    contract = Contract(Catalog([CaseClosed, NoSuchCase]), dialect="problem")
    return translate(contract.respond(CaseClosed(days=1)), to="netmri").lost if answer.body else ()
