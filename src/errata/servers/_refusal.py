"""What a framework refuses by itself, or is told to refuse with, as the standard error of its status."""

from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final

from errata._contract import Contract
from errata._error import Error
from errata._http import Request
from errata._kind import title_of
from errata._problem import Problem
from errata._standard import standard_class

_MEMBERS: Final[Mapping[str, tuple[Any, tuple[str, ...]]]] = {
    "code": (str | int, ("code", "error")),
    "title": (str, ("title",)),
    "detail": (str, ("detail", "message", "msg")),
}


def refusal(status: int, given: object = None, usual: str | None = None, *, cls: type[Error] | None = None) -> Error:
    """Return a framework's own HTTP error as the standard error of its status, or as one of another class.

    A text becomes the detail, unless it says no more than the status: its title,
    its phrase in HTTP or what is `usual` in the framework. Of an object, the
    members that mean code, title and detail are taken as such and the others become
    extension members; anything else is the extension member `details`.
    """
    problem = _bare(status)
    if isinstance(given, str):
        if given not in ("", problem.title, _phrase(status), usual):
            problem = problem.replace(detail=given)
    elif isinstance(given, Mapping):
        problem = _with_members(problem, {str(name): value for name, value in given.items()})
    elif given is not None:
        problem = problem.replace(extensions={"details": given})
    return (cls or standard_class(problem))(problem)


def is_meant(contract: Contract, request: Request, error: BaseException, own: type[BaseException]) -> bool:
    """Tell whether a contract says what a framework's own error means, by a class of the framework."""
    exceptions = contract.exceptions if contract.select is None else contract.chosen(request).exceptions
    return bool(exceptions) and any(issubclass(cls, own) and isinstance(error, cls) for cls in exceptions)


def _with_members(problem: Problem, given: dict[str, Any]) -> Problem:
    changes: dict[str, Any] = {}
    for member, (types, names) in _MEMBERS.items():
        name = next((name for name in names if isinstance(given.get(name), types)), None)
        if name is not None:
            changes[member] = str(given.pop(name))
    return problem.replace(extensions=given, **changes)


@lru_cache(maxsize=100)
def _bare(status: int) -> Problem:
    return Problem(status=status, title=title_of(status))


@lru_cache(maxsize=100)
def _phrase(status: int) -> str | None:
    try:
        return HTTPStatus(status).phrase
    except ValueError:  # no standard status
        return None
