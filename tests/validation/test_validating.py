"""The context for frameworks without validation of their own, and the table behind it."""

import gc
import json
import logging
import subprocess
import sys
import traceback
import weakref
from contextlib import suppress
from typing import Any, Final

import cattrs
import jsonschema
import marshmallow
import msgspec
import pydantic
import pytest
from attrs import define
from django.core.exceptions import ValidationError as DjangoError
from fastapi.exceptions import RequestValidationError
from rest_framework.exceptions import ValidationError as DRFError

from errata import Catalog, Contract, Error, InternalError, MalformedBody, NotFound, ValidationFailed, Violation
from errata._problem import Location
from errata.validation import validating, violations_of

SECRET: Final = "hunter2"
REQUIRED: Final = Violation(path=("sku",), location="body", code="required", detail="is required")


class Model(pydantic.BaseModel):
    """An order, for pydantic."""

    sku: str


class Order(msgspec.Struct):
    """An order, for msgspec."""

    sku: str


class Schema(marshmallow.Schema):
    """An order, for marshmallow."""

    sku = marshmallow.fields.Str(required=True)


@define
class Row:
    """An order, for attrs."""

    sku: str


def fail_in_django(data: Any) -> None:
    """Fail as a model of Django does."""
    raise DjangoError({"sku": [DjangoError("This field is required.", code="required")]})


def fail_in_drf(data: Any) -> None:
    """Fail as a serializer does."""
    raise DRFError({"sku": ["This field is required."]}, code="required")


def fail_in_fastapi(data: Any) -> None:
    """Fail as FastAPI does."""
    raise RequestValidationError([{"type": "missing", "loc": ("body", "sku"), "input": data, "msg": SECRET}])


READERS: Final[dict[str, Any]] = {
    "pydantic": Model.model_validate,
    "msgspec": lambda data: msgspec.convert(data, Order),
    "marshmallow": Schema(unknown="exclude").load,
    "cattrs": lambda data: cattrs.structure(data, Row),
    "jsonschema": lambda data: jsonschema.validate(data, {"required": ["sku"]}),
    "django": fail_in_django,
    "drf": fail_in_drf,
    "fastapi": fail_in_fastapi,
}


class Body:
    """Something large that a view holds."""

    text = SECRET


def raised_by(read: Any, data: Any, location: Location = "body") -> Error:
    """Return what leaves the context when reading fails."""
    with pytest.raises(Error) as caught, validating(location, given=data):
        read(data)
    return caught.value


@pytest.mark.parametrize("library", READERS)
def test_failed_validation_is_raised_as_such(library: str) -> None:
    """Whatever library found the faults, they leave as `ValidationFailed`, with their part of the request."""
    error = raised_by(READERS[library], {"note": SECRET})
    assert ValidationFailed is type(error)
    assert (REQUIRED,) == error.problem.violations


@pytest.mark.parametrize("library", sorted(READERS.keys() - {"fastapi"}))
def test_the_part_of_the_request_is_said(library: str) -> None:
    """The location is the one given."""
    error = raised_by(READERS[library], {"note": SECRET}, "query")
    assert ["query"] == [v.location for v in error.problem.violations]


@pytest.mark.parametrize("library", READERS)
def test_nothing_that_was_sent_stays_with_the_exception(library: str, caplog: pytest.LogCaptureFixture) -> None:
    """Neither its chain nor its frames nor the log hold what was sent."""
    error = raised_by(READERS[library], {"note": SECRET})
    assert (None, None) == (error.__cause__, error.__context__)
    assert SECRET not in "".join(traceback.format_exception(error))
    # The frames of the test itself hold the input, those of errata do not.
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__) if "errata" in frame.f_globals["__name__"]]
    ours = [frame for frame in frames if not frame.f_globals["__name__"].startswith("tests.")]
    assert ours
    assert SECRET not in repr([frame.f_locals for frame in ours])
    caplog.set_level(logging.DEBUG)
    Contract(Catalog([])).respond(error)
    assert caplog.records
    assert SECRET not in caplog.text + repr([vars(record) for record in caplog.records])


# The exceptions of the other three hold themselves, by a variable of the frame that raised them.
@pytest.mark.parametrize("library", sorted(READERS.keys() - {"cattrs", "jsonschema", "marshmallow"}))
def test_nothing_is_kept_longer_than_its_exception(library: str) -> None:
    """What a view held when validation failed goes with the exception, without waiting to be collected."""
    held: list[weakref.ref[Body]] = []

    def view() -> None:
        body = Body()
        held.append(weakref.ref(body))
        with validating(given=body.text):
            READERS[library]({"note": body.text})

    gc.disable()
    try:
        with suppress(ValidationFailed):
            view()
        assert [None] == [each() for each in held]
    finally:
        gc.enable()


def deep() -> bytes:
    """Return JSON that is nested more deeply than anybody reads."""
    return b"[" * 100_000


UNREADABLE: Final[dict[str, Any]] = {
    "json": lambda: json.loads(f'{{"a": {SECRET}'),
    "json of bytes": lambda: json.loads(b'{"a": "\xff"}'),
    "text": b"\xff".decode,
    "json, deep": lambda: json.loads(deep()),
    "msgspec": lambda: msgspec.json.decode(b'{"a": hunter2'),
    "msgspec, deep": lambda: msgspec.json.decode(deep()),
    "msgspec, typed": lambda: msgspec.json.decode(b"{", type=Order),
    "msgpack": lambda: msgspec.msgpack.decode(b"\xc1"),
    "pydantic": lambda: Model.model_validate_json(b'{"sku": hunter2'),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_is_no_json_is_a_malformed_body(case: str) -> None:
    """A body that cannot be read is told from one that breaks rules."""
    error = raised_by(lambda _: UNREADABLE[case](), None)
    assert MalformedBody is type(error)
    assert (None, None) == (error.__cause__, error.__context__)


def test_outside_of_the_body_what_is_no_json_is_a_fault() -> None:
    """A parameter is no body."""
    error = raised_by(json.loads, "{", "query")
    assert (Violation(location="query", code="format", detail="must be JSON"),) == error.problem.violations


def recurse() -> None:
    """Call itself for ever."""
    recurse()


@pytest.mark.parametrize(
    ("failure", "fail"),
    [
        (ValueError, lambda: int("x")),
        (KeyError, lambda: dict[str, int]()["x"]),
        (RecursionError, recurse),
        (KeyboardInterrupt, lambda: (_ for _ in ()).throw(KeyboardInterrupt)),
        (ExceptionGroup, lambda: (_ for _ in ()).throw(ExceptionGroup("several", [ValueError("x")]))),
    ],
)
def test_other_failures_pass(failure: type[BaseException], fail: Any) -> None:
    """What is no matter of validation is raised as it is."""
    with pytest.raises(failure), validating():
        fail()


def test_own_errors_pass_as_they_are() -> None:
    """An error of the API that is raised inside stays the same object."""
    own = NotFound()
    with pytest.raises(NotFound) as caught, validating():
        raise own
    assert own is caught.value


def test_success_passes() -> None:
    """Nothing happens when all is well."""
    with validating() as entered:
        order = msgspec.convert({"sku": "a"}, Order)
    assert (None, "a") == (entered, order.sku)


def test_only_errors_of_libraries_have_violations() -> None:
    """None means that an exception is no failed validation; an empty tuple would mean one without faults."""
    assert [None, None, None] == [violations_of(each) for each in (ValueError("x"), InternalError(), KeyError())]


def test_subclasses_are_found() -> None:
    """An application's own subclass of a library's exception is one."""

    class Mine(marshmallow.ValidationError):
        pass

    assert (Violation(path=("a",), code="required", detail="is required"),) == violations_of(
        Mine({"a": ["Missing data for required field."]})
    )


def test_a_name_alone_is_not_enough() -> None:
    """A class of the same name from elsewhere is not taken for the library's."""

    class ValidationError(Exception):
        pass

    assert None is violations_of(ValidationError("x"))


def test_importing_loads_no_library() -> None:
    """Whoever does not use a library does not load it, nor needs it."""
    script = "import sys, errata.validation; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert "msgspec" in loaded
    assert set() == loaded & {"pydantic", "pydantic_core", "marshmallow", "cattrs", "attr", "django", "rest_framework"}
