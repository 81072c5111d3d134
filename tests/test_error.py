"""Problem types declared as classes, and the exceptions that carry them."""

import copy
import pickle
from typing import Any, ClassVar

import pytest

from errata import (
    Aborted,
    CatalogError,
    Error,
    Internal,
    InvalidArgument,
    NotFound,
    Param,
    Problem,
    ResourceExhausted,
    Secret,
    Unavailable,
    UnsupportedMediaType,
    ValidationFailed,
    Violation,
)
from errata._error import slug_of
from errata._standard import BY_KIND, BY_STATUS, standard_class


class CaseClosed(Error, status=403, code="ACCESS_DENIED", since="2"):
    """A case closed for too long takes no more notes."""

    detail = "The case has been closed for more than {days} days."
    days: int
    owner: Internal[str] = "nobody"
    token: Secret[str] = "none"


class CaseArchived(CaseClosed, code="ARCHIVED"):
    """It is in the archive."""

    shelf: str = "A"


class Busy(Aborted, status=409):
    """A job is running."""

    LIMIT: ClassVar[int] = 3
    retry_after: float | None = 60


def test_class_declares_a_problem_type() -> None:
    """The class keywords, its body and its docstring make the problem type."""
    row = CaseClosed.problem_type
    assert ("case-closed", "Case closed", 403, "ACCESS_DENIED") == (row.name, row.title, row.status, row.code)
    assert ("permission_denied", "no", "2", None) == (row.kind, row.retry, row.since, row.parent)
    assert "A case closed for too long takes no more notes." == row.docs
    assert (
        Param("days", "int"),
        Param("owner", "str", "internal", required=False),
        Param("token", "str", "secret", required=False),
    ) == row.params


def test_subclass_inherits() -> None:
    """What is not given is the parent's, but for the name, the title, the documentation."""
    row = CaseArchived.problem_type
    assert ("case-archived", "Case archived", 403, "ARCHIVED") == (row.name, row.title, row.status, row.code)
    assert ("case-closed", ["days", "owner", "token", "shelf"]) == (row.parent, [param.name for param in row.params])
    assert issubclass(CaseArchived, CaseClosed)


def test_kind_and_retry_follow_the_status_or_the_parent() -> None:
    """A subclass with another status has that status's kind, otherwise its parent's."""

    class Same(Busy):
        """As its parent."""

    class Other(Busy, status=503):
        """With another status."""

    assert ("aborted", "unavailable") == (Same.problem_type.kind, Other.problem_type.kind)
    assert ("no", "yes") == (Same.problem_type.retry, Other.problem_type.retry)


def test_raised_error_has_the_problem() -> None:
    """Parameters fill the text and become extension members if they are public."""
    problem = CaseClosed(days=45, owner="Bo", token="hunter2").problem
    assert (403, "ACCESS_DENIED") == (problem.status, problem.code)
    assert "The case has been closed for more than 45 days." == problem.detail
    assert {"days": 45} == problem.extensions


def test_parameters_are_attributes() -> None:
    """Each parameter is an attribute with the value given, else with its default."""
    given = CaseArchived(days=45, shelf="B", owner="Bo")
    assert (45, "B", "Bo", "none") == (given.days, given.shelf, given.owner, given.token)
    assert "A" == CaseArchived(days=45).shelf
    with pytest.raises(AttributeError, match="'CaseClosed' object has no attribute 'weeks'"):
        _ = CaseClosed(days=45).weeks


def test_parameter_named_like_a_member_fills_it() -> None:
    """`retry_after`, `violations` and the like go where the dialect has a place for them."""
    assert (60, {}) == (Busy().problem.retry_after, Busy().problem.extensions)
    assert (5, 5) == (Busy(retry_after=5).problem.retry_after, Busy(retry_after=5).retry_after)
    listed: Any = [Violation(path=("a",))]
    error = ValidationFailed(violations=listed)
    assert (Violation(path=("a",)),) == error.problem.violations
    assert listed == error.violations


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({}, "case-closed needs the parameter 'days'"),
        ({"days": 1, "weeks": 2}, "case-closed takes no parameter 'weeks'; it takes: days, owner, token"),
    ],
)
def test_wrong_parameters_fail_where_they_are_given(params: dict[str, Any], said: str) -> None:
    """Missing and unknown parameters are refused at the raise site."""
    with pytest.raises(TypeError, match=said):
        CaseClosed(**params)


def test_text_as_argument_is_refused() -> None:
    """An error takes no bare text, which would become its problem."""
    text: Any = "gone"
    with pytest.raises(TypeError, match="not-found takes no text, got 'gone'"):
        NotFound(text)


@pytest.mark.parametrize(
    "name", ["status", "code", "title", "detail", "kind", "type", "method", "params", "args", "problem"]
)
def test_parameter_that_every_error_has_is_refused(name: str) -> None:
    """A parameter cannot be named like a reserved member or like an attribute of all errors."""
    with pytest.raises(CatalogError, match=f"named '{name}'"):
        type("Clash", (Error,), {"__annotations__": {name: str}}, status=400)


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{weeks}", "uses {weeks}, which is no public parameter"),
        ("{token}", "uses {token}, which is no public parameter"),
        ("{owner}", "uses {owner}, which is no public parameter"),
        ("{days.real}", "uses {days.real}"),
        ("{days[0]}", "uses {days"),
        ("{0}", "uses {0}"),
        ("{}", "uses {}"),
        ("{days:{token}}", "field within the format of {days}"),
        ("{days", "the detail template is broken"),
        ("}", "the detail template is broken"),
    ],
)
def test_unsafe_template_is_refused(template: str, said: str) -> None:
    """A text names public parameters and nothing else; no attribute, no index, no secret can get in."""
    with pytest.raises(CatalogError) as caught:
        type("Unsafe", (CaseClosed,), {"detail": template})
    assert said in str(caught.value)


def test_template_formats() -> None:
    """A field may have a plain format; braces are doubled, also where nothing is filled in."""
    made = type("Made", (CaseClosed,), {"detail": "{days:03d} {{days}} {days!r}"})
    assert "007 {days} 7" == made(days=7).problem.detail
    plain = type("Plain", (Error,), {"detail": "{{x}}"}, status=400)
    assert "{x}" == plain().problem.detail


def test_text_of_a_parameter_is_no_template() -> None:
    """Braces in a value stay braces."""

    class Named(Error, status=404):
        detail = "No {name}."
        name: str

    assert "No {days} %s." == Named(name="{days} %s").problem.detail


SHAPES = {
    "Secret[str]": "secret",
    "Secret[str] | None": "secret",
    "None | Secret[str]": "secret",
    "Secret[str | None]": "secret",
    "list[Secret[str]]": "secret",
    "dict[str, tuple[int, Secret[bytes]]]": "secret",
    "Internal[Secret[str]]": "secret",
    "Secret[Internal[str]]": "secret",
    "Internal[str] | Secret[int]": "secret",
    "Internal[list[str]]": "internal",
    "Internal[str] | None": "internal",
    "Alias": "secret",
    "Alias | None": "secret",
    "str": "public",
    "list[str] | None": "public",
}
Alias = Secret[str]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("as_text", [False, True], ids=["evaluated", "postponed"])
def test_disclosure_is_found_wherever_it_stands(shape: str, as_text: bool) -> None:
    """A type that has a secret part is secret, however it is spelled, and also when annotations are texts."""
    hint = shape if as_text else eval(shape)  # noqa: S307 - the shapes above
    body = {"__annotations__": {"item": hint}, "__module__": __name__}
    made = type("Made", (Error,), body, status=400)
    assert [SHAPES[shape]] == [param.disclosure for param in made.problem_type.params]  # type: ignore[attr-defined]
    assert (SHAPES[shape] == "public") == ("hunter2" in str(made(item="hunter2").problem.to_dict()))


def test_type_that_cannot_be_told_is_refused() -> None:
    """An annotation that only type checkers understand may be a secret; it is not taken for a public one."""
    body = {"__annotations__": {"item": "OnlyForCheckers[str]"}, "__module__": __name__}
    with pytest.raises(CatalogError, match=r"Made: the type of 'item' cannot be told from 'OnlyForCheckers\[str\]'"):
        type("Made", (Error,), body, status=400)


def test_str_is_one_line_without_secrets() -> None:
    """An error prints as status, code and text; neither internal nor secret parameters appear."""
    error = CaseClosed(days=45, owner="internal-bo", token="hunter2")
    assert "403 ACCESS_DENIED: The case has been closed for more than 45 days." == str(error)
    assert "CaseClosed()" == repr(error)


def test_logged_has_no_secrets() -> None:
    """Logs may show public and internal parameters."""
    assert {"days": 45, "owner": "Bo"} == CaseClosed(days=45, owner="Bo", token="hunter2").logged


def test_slugs() -> None:
    """Class names become words joined by dashes."""
    names = ["CaseClosed", "HTTPError", "NoURLGiven", "Error404", "A", "Überlauf"]
    assert ["case-closed", "http-error", "no-url-given", "error-404", "a", "berlauf"] == list(map(slug_of, names))


# ---- received errors ----


def received(cls: type[Error] = CaseClosed, **members: Any) -> Error:
    """Return an error as a client raises it."""
    return cls.received(Problem(status=403, code="ACCESS_DENIED", **members), "the response", {"a": "b"}, "PUT")


def test_received_error_has_what_came_with_it() -> None:
    """A client finds the response, the header fields, and the parameters that came over the wire."""
    error = received(trace_id="t1", retry_after=3.0, extensions={"days": 45})
    assert ("the response", {"a": "b"}, "PUT") == (error.response, error.headers, error.method)
    assert ("t1", 3.0, 45) == (error.trace_id, error.retry_after, error.days)


def test_received_error_has_members_and_defaults() -> None:
    """A parameter that fills a member is read from it; one that did not arrive has its default, if any."""
    place = (Violation(path=("a",)),)
    assert place == received(ValidationFailed, violations=place).violations
    assert "nobody" == received().owner
    with pytest.raises(AttributeError):
        _ = received().days


def test_raised_error_has_no_response() -> None:
    """On a server there is nothing received."""
    error = CaseClosed(days=1)
    assert (None, {}, None) == (error.response, error.headers, error.method)


@pytest.mark.parametrize(
    ("cls", "method", "retryable"),
    [
        (Unavailable, "POST", True),
        (ResourceExhausted, "POST", True),
        (BY_STATUS[502], "GET", True),
        (BY_STATUS[502], "PUT", True),
        (BY_STATUS[502], "POST", False),
        (BY_STATUS[504], None, False),
        (NotFound, "GET", False),
    ],
)
def test_retryable(cls: type[Error], method: str | None, retryable: bool) -> None:
    """A request may be sent again when the server was not reached, or when repeating it is harmless."""
    error = cls.received(Problem(status=cls.problem_type.status), method=method)
    assert retryable == error.retryable


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])  # noqa: S301
def test_errors_can_be_copied_and_sent(again: Any) -> None:
    """An error survives copying and pickling, as worker processes need it."""
    twin = again(CaseClosed(days=45, token="hunter2"))
    assert (CaseClosed, 45, "hunter2") == (type(twin), twin.days, twin.token)
    wired = again(received(trace_id="t1", extensions={"days": 45}))
    assert ("t1", 45, {"a": "b"}, "PUT") == (wired.trace_id, wired.days, wired.headers, wired.method)


# ---- the standard classes ----


def test_every_kind_has_a_class() -> None:
    """There is one class for each of the sixteen kinds."""
    assert 16 == len(BY_KIND)
    assert all(kind == cls.problem_type.kind for kind, cls in BY_KIND.items())


@pytest.mark.parametrize("status", sorted(BY_STATUS))
def test_class_of_a_status_is_below_that_of_its_kind(status: int) -> None:
    """Catching a kind catches every status of it."""
    problem = Problem(status=status)
    assert issubclass(BY_STATUS[status], BY_KIND[problem.kind])
    assert BY_STATUS[status] is standard_class(problem)


def test_standard_class_goes_by_kind_where_status_and_kind_differ() -> None:
    """A kind that a dialect knows better than the status wins."""
    assert BY_KIND["unauthenticated"] is standard_class(Problem(status=403, kind="unauthenticated"))
    assert UnsupportedMediaType is standard_class(Problem(status=415))
    assert InvalidArgument is standard_class(Problem(status=499 - 81))
    assert BY_KIND["unknown"] is standard_class(Problem())
