"""Which errors a view raises, written down beside it."""

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

from errata._catalog import ProblemType
from errata._error import Error

Raisable = type[Error] | ProblemType
"""A problem type: a class, or a row of a catalog that came from a file."""

_View = TypeVar("_View")
_MARK: Final = "__errata_raises__"


def raises(*errors: Raisable) -> Callable[[_View], _View]:
    """Declare which errors a view, a dependency or a class of views raises; for its description alone.

    Nothing is wrapped and nothing is caught. It may stand above or below the
    framework's own decorators, and more than once.
    """
    for each in errors:
        _check(each)

    def declare(view: _View) -> _View:
        place = _place(view)
        setattr(place, _MARK, (*getattr(place, _MARK, ()), *errors))
        return view

    return declare


def _check(each: object) -> None:
    if not isinstance(each, ProblemType) and not (isinstance(each, type) and issubclass(each, Error)):
        raise TypeError(f"{each!r:.60} is no problem type; name subclasses of Error: @raises(NoSuchOrder)")


def _place(view: Any) -> Any:
    """Return where a mark stays: a bound method takes none, and a handler that wraps its function is copied."""
    return next((inner for name in ("__func__", "fn") if callable(inner := getattr(view, name, None))), view)


def declared_by(*views: object) -> tuple[Raisable, ...]:
    """Return what was declared on some views, whatever is wrapped around them."""
    marks = (getattr(layer, _MARK, ()) for view in views for layer in _layers(view))
    return tuple(dict.fromkeys(each for mark in marks for each in mark))


_INNER: Final = ("__wrapped__", "__func__", "func", "fn")
_DEEPEST: Final = 50


def _layers(view: Any) -> Iterator[object]:
    """Yield a view, the method that calls it, and what it wraps: decorated functions, partial ones, handlers."""
    for _ in range(_DEEPEST):
        if view is None:
            return
        yield view
        yield getattr(type(view), "__call__", None)  # noqa: B004 - for its mark, not to see whether it can be called
        view = next((inner for name in _INNER if (inner := getattr(view, name, None)) is not None), None)
