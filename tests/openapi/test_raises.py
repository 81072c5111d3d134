"""The decorator that declares what a view raises."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

import pytest

from errata import Error, ProblemType
from errata.openapi import declared_by, raises


class Lost(Error, status=404):
    """It is lost."""


class Sold(Error, status=409):
    """It is sold."""


ROW = ProblemType(name="broken", status=500, title="Broken")


def test_nothing_but_the_mark_is_added() -> None:
    """The view that comes back is the one that was given."""

    def view() -> None: ...

    assert raises(Lost)(view) is view
    assert (Lost,) == declared_by(view)


def test_marks_add_up() -> None:
    """Declared twice is declared once; rows of a catalog are declared like classes."""

    @raises(Lost, Sold)
    @raises(ROW, Lost)
    def view() -> None: ...

    assert {ROW, Lost, Sold} == set(declared_by(view))
    assert len(declared_by(view)) == 3


def test_classes_inherit() -> None:
    """A class of views has what its parents have; a method has its own."""

    @raises(Lost)
    class Views:
        @raises(ROW)
        def get(self) -> None: ...

    @raises(Sold)
    class More(Views): ...

    assert (Lost,) == declared_by(Views)
    assert (Lost, Sold) == declared_by(More)
    assert (ROW,) == declared_by(More().get)
    assert (Lost, Sold, ROW) == declared_by(More, More.get)


def test_bound_methods_can_be_marked() -> None:
    """The mark of a bound method stays on its function."""

    class Views:
        def get(self) -> None: ...

    raises(Sold)(Views().get)
    assert (Sold,) == declared_by(Views.get)


def decorated(view: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that calls another."""

    @wraps(view)
    def inner(*args: Any) -> Any:
        return view(*args)

    return inner


class Callee:
    """A dependency that is an instance."""

    @raises(Sold)
    def __call__(self) -> None:
        """Do nothing."""


def test_marks_are_found_below_wrappers() -> None:
    """Decorators, partial application and callable instances do not hide a mark, above nor below them."""

    @raises(Lost)
    def view(_: int) -> None: ...

    assert (Lost,) == declared_by(decorated(view))
    assert (Lost,) == declared_by(partial(view, 1))
    assert {Lost, Sold} == set(declared_by(raises(Sold)(decorated(view))))
    assert (Sold,) == declared_by(Callee())


@pytest.mark.parametrize("wrong", ["NoSuchOrder", ValueError, None, Lost()])
def test_other_things_are_refused(wrong: Any) -> None:
    """What is no problem type is refused where it is declared, with the remedy."""
    with pytest.raises(TypeError, match=r"is no problem type; name subclasses of Error: @raises\(NoSuchOrder\)"):
        raises(wrong)


def test_unmarked_things_raise_nothing() -> None:
    """Whatever has no mark has declared nothing."""
    assert () == declared_by(None, 7, len, object(), "text", Callee)
