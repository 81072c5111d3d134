"""Error objects may be of any size and shape; reading them ends, and never fails."""

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any, Final

import cattrs
import marshmallow
import pydantic
import pytest
from django.core.exceptions import ValidationError as DjangoError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ErrorDetail
from rest_framework.exceptions import ValidationError as DRFError

import errata.validation.cattrs
import errata.validation.django
import errata.validation.drf
import errata.validation.jsonschema
import errata.validation.marshmallow
import errata.validation.msgspec
import errata.validation.pydantic
import tests.servers.apps.django_settings  # noqa: F401 - Django is configured once for all tests
from errata import Violation

READERS: Final = {
    "pydantic": errata.validation.pydantic.violations_of,
    "msgspec": errata.validation.msgspec.violations_of,
    "marshmallow": errata.validation.marshmallow.violations_of,
    "cattrs": errata.validation.cattrs.violations_of,
    "jsonschema": errata.validation.jsonschema.violations_of,
    "drf": errata.validation.drf.violations_of,
    "django": errata.validation.django.violations_of,
}


class Unprintable(Exception):
    """An exception that cannot be looked at."""

    def __str__(self) -> str:
        raise ZeroDivisionError

    __repr__ = __str__

    def __getattr__(self, name: str) -> Any:
        raise ZeroDivisionError


class Endless:
    """Holds errors without an end."""

    def __iter__(self) -> Iterator[Any]:
        while True:
            yield {"type": "missing", "loc": ("a",)}

    def errors(self) -> Any:
        """Return them."""
        return self


def ring() -> Any:
    """Return a dictionary that holds itself."""
    held: dict[str, Any] = {}
    held["a"] = [held, "x"]
    return held


def tower(floors: int) -> Any:
    """Return a dictionary in a dictionary."""
    held: Any = ["x"]
    for _ in range(floors):
        held = {"a": held}
    return held


def groups(floors: int) -> Any:
    """Return a group of exceptions in a group."""
    held: Exception = ValueError("x")
    for _ in range(floors):
        held = cattrs.ClassValidationError("x", [held], int)
    return held


ODD: Final[dict[str, Any]] = {
    "nothing": None,
    "a number": 7,
    "an unprintable exception": Unprintable(),
    "an endless list": Endless(),
    "a ring": ring(),
    "a tower": tower(5_000),
    "groups in groups": groups(500),
    "another kind of key": {(1, 2): ["x"], None: ["y"], 3.5: ["z"]},
    "an unprintable key": {Unprintable: ["x"], Unprintable(): ["x"]},
    "an unprintable message": {"a": [Unprintable()]},
    "odd faults": [7, None, {}, {"type": 3}, {"loc": 5}, {"type": "enum"}, {"type": "too_long", "ctx": 7}],
    "an odd place": [{"type": "missing", "loc": ("body", None, 1.5, b"x")}],
    "marshmallow, odd": marshmallow.ValidationError({"a": {"b": [None, 7, {"c": object()}]}}),
    "django, odd": DjangoError("%(a)s %s", code="x", params={"b": Unprintable()}),
    "django, another limit": DjangoError("x", code="max_value", params={"limit_value": Unprintable()}),
    "drf, odd": DRFError({"a": [None, {"b": object()}], 3: "x"}),  # type: ignore[dict-item]
    "notes, odd": cattrs.ClassValidationError("x", [Unprintable(), KeyError()], None),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("library", READERS)
@pytest.mark.parametrize("case", ODD)
@pytest.mark.parametrize("given", [None, {"a": Unprintable()}, ring(), b"{", 7])
def test_odd_error_objects_never_raise(library: str, case: str, given: Any) -> None:
    """Whatever an error object is, its violations can be had, and are not more than a thousand."""
    found = READERS[library](ODD[case], given)
    assert len(found) <= 1_001
    assert all(type(v) is Violation and v.detail for v in found)


def test_a_long_key_is_not_repeated_for_each_fault_below_it() -> None:
    """A few kilobytes that are sent cannot become megabytes that are answered."""
    key, inner = "k" * 10_000, ["x"] * 1_000
    prices = pydantic.TypeAdapter(dict[str, list[int]])
    schema = marshmallow.fields.Dict(values=marshmallow.fields.List(marshmallow.fields.Int()))
    validate: dict[str, Callable[[Any], object]] = {
        "pydantic": prices.validate_python,
        "marshmallow": schema.deserialize,
        "cattrs": lambda data: cattrs.structure(data, dict[str, list[int]]),
    }
    for library, check in validate.items():
        with pytest.raises(ValueError if library == "pydantic" else Exception) as failed:
            check({key: inner})
        found = READERS[library](failed.value, {key: inner})
        assert 1_000 == len(found)
        assert 500 > max(len(str(violation.path)) for violation in found)


PLACES: Final = st.one_of(st.text(max_size=5), st.integers(), st.none(), st.booleans())
MESSAGES: Final = st.one_of(st.text(), st.none(), st.integers(), st.floats(), st.binary())
NESTED: Final = st.recursive(
    st.lists(MESSAGES, max_size=3),
    lambda inner: st.dictionaries(PLACES, inner, max_size=3) | st.lists(inner),
    max_leaves=8,
)


@given(errors=NESTED)
def test_nested_errors_of_any_shape_never_raise(errors: Any) -> None:
    """Messages as no version of any library has them are faults all the same."""
    for read in READERS.values():
        assert all(type(v) is Violation for v in read(errors, {"a": 1}))


@given(
    text=st.one_of(
        st.text(),
        st.lists(
            st.sampled_from(
                ["Expected ", "`", "int", "str", " of length ", ">= ", "1", " to ", ", got ", " - at `", "$", ".a", "[",
                 "]", "...", "key` in `", "Object missing required field ", "Invalid enum value ", "1e9", "-"]
            )
        ).map("".join),
    )
)  # fmt: skip
def test_texts_like_those_of_msgspec_never_raise(text: str) -> None:
    """Any text is one fault."""
    assert 1 == len(errata.validation.msgspec.violations_of(ValueError(text)))


FLOODS: Final = {
    "pydantic": [{"type": "missing", "loc": ("a", n)} for n in range(3_000)],
    "marshmallow": {n: ["Unknown field."] for n in range(3_000)},
    "drf": {n: [ErrorDetail("x", code="required")] for n in range(3_000)},
    "django": {n: [DjangoError("x", code="required")] for n in range(3_000)},
    "cattrs": cattrs.ClassValidationError("x", [ValueError(str(n)) for n in range(3_000)], int),
}


@pytest.mark.parametrize("library", FLOODS)
def test_a_flood_of_faults_is_cut(library: str) -> None:
    """Of a thousand faults nobody mends more."""
    assert 1_000 == len(READERS[library](FLOODS[library]))


# ---- what single libraries do that others do not ----


def of_msgspec(text: str) -> list[tuple[Any, ...]]:
    """Return what is made of a text of msgspec."""
    return [(v.path, v.code, v.detail) for v in errata.validation.msgspec.violations_of(ValueError(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Expected `int`, got `str` - at `$[0][12].a_b`", ((0, 12, "a_b"), "type", "must be an integer")),
        ("Expected `int`, got `str` - at `$.prices[...].net`", (("prices", "*", "net"), "type", "must be an integer")),
        ("Expected `int`, got `str` - at `key` in `$.prices`", (("prices", "*"), "type", "must be an integer")),
        ("Expected `int | null`, got `str`", ((), "type", "must be an integer")),
        ("Expected `int | str | null`, got `array`", ((), "type", "must be an integer or text")),
        ("Expected `ext`, got `str`", ((), "invalid", "is not valid")),
        ("Expected `array` of length 2 to 3, got 1", ((), "min_length", "must have 2 or more items")),
        ("Expected `array` of length 2 to 3, got 4", ((), "max_length", "must have 3 or fewer items")),
        ("Expected `array` of length 2, got 4", ((), "length", "must have 2 items")),
        ("Expected `array` of at least length 2, got 1", ((), "min_length", "must have 2 or more items")),
        ("Expected `object` of length <= 2", ((), "max_length", "must have 2 or fewer items")),
        ("Expected `bytes` of length >= 2", ((), "min_length", "must be 2 or more bytes")),
        ("Invalid value 'hunter2' - at `$.type`", (("type",), "enum", "must be one of the allowed values")),
        ("Object missing required field `a` - at `$[1]`", ((1, "a"), "required", "is required")),
        ("Object contains unknown field `b - at `$.c`", (("c",), "invalid", "is not valid")),
    ],
)
def test_what_msgspec_says_is_taken_apart(text: str, expected: tuple[Any, ...]) -> None:
    """The place at the end, the type and the limit inside."""
    assert [expected] == of_msgspec(text)


def test_fields_called_like_parts_of_a_request_are_fields() -> None:
    """Only what FastAPI says begins with the part of the request; a model may have a member `path`."""
    import pydantic

    model = pydantic.create_model("Model", path=(int, ...))
    with pytest.raises(pydantic.ValidationError) as caught:
        model(path="x")
    found = (Violation(path=("path",), code="type", detail="must be an integer"),)
    assert found == errata.validation.pydantic.violations_of(caught.value)
    located = (Violation(location="path", code="type", detail="must be an integer"),)
    assert located == errata.validation.pydantic.violations_of(caught.value.errors())


class Entry(marshmallow.Schema):
    """Has fields that are called as the parts of a dictionary."""

    key = marshmallow.fields.Int()
    value = marshmallow.fields.Int(required=True)


class Book(marshmallow.Schema):
    """Has all that marshmallow nests."""

    entries = marshmallow.fields.Dict(marshmallow.fields.Int(), marshmallow.fields.Int())
    nested = marshmallow.fields.Nested(Entry)
    listed = marshmallow.fields.List(marshmallow.fields.Nested(Entry))

    @marshmallow.validates_schema
    def _never(self, data: Any, **_: Any) -> None:
        raise marshmallow.ValidationError("The book is closed.")


def of_book(data: Any, **options: Any) -> list[tuple[str, str | None]]:
    """Return the places and texts of what is wrong with a book."""
    with pytest.raises(marshmallow.ValidationError) as caught:
        Book(**options).load(data)
    return [(v.pointer, v.detail) for v in errata.validation.marshmallow.violations_of(caught.value)]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"entries": {"a": 1}}, ("/entries/a", "must be an integer")),
        ({"entries": {"1": "b"}}, ("/entries/1", "must be an integer")),
        ({"nested": {"key": "x", "value": 1}}, ("/nested/key", "must be an integer")),
        ({"nested": {}}, ("/nested/value", "is required")),
        ({"nested": 7}, ("/nested", "must be an object")),
        ({"listed": [{"value": 1}, {"value": "x"}]}, ("/listed/1/value", "must be an integer")),
        ({}, ("", "The book is closed.")),
        (7, ("", "must be an object")),
    ],
)
def test_what_marshmallow_nests_is_a_path(data: Any, expected: tuple[str, str]) -> None:
    """Its own words between the segments are left out, those of the application stay."""
    assert [expected] == of_book(data)


def test_many_of_marshmallow_is_a_list() -> None:
    """A schema for many wants a list, and counts."""
    assert [("", "must be a list")] == of_book({}, many=True)
    assert [("/1", "must be an object")] == of_book([{}, 7], many=True)


@pytest.mark.parametrize("language", ["en", "de", "fr", "ja", "ar"])
def test_the_language_of_django_changes_nothing(language: str) -> None:
    """Its texts are known in the language that is active."""
    from django import forms
    from rest_framework import serializers

    kind = type(
        "Model",
        (serializers.Serializer,),
        {"a": serializers.IntegerField(), "b": serializers.CharField(max_length=3), "c": serializers.DateField()},
    )
    form = type("Model", (forms.Form,), {"a": forms.IntegerField(), "c": forms.DateField()})
    data = {"a": "x", "b": "long", "c": "x"}
    with translation.override(language):
        serializer = kind(data=data)
        serializer.is_valid()
        found = errata.validation.drf.violations_of(serializer.errors)
        of_form = errata.validation.django.violations_of(form(data).errors)
    expected = ["must be an integer", "must be 3 or fewer characters", "must be a date"]
    assert expected == [v.detail for v in found]
    assert [expected[0], expected[2]] == [v.detail for v in of_form]


def test_what_serializers_nest_is_a_path() -> None:
    """Lists have indexes, and what is wrong with an object itself is told of the object."""
    detail: Any = [{}, {"a": {"non_field_errors": ["x"]}, "b": [{}, {"c": ["y"]}]}]
    found = errata.validation.drf.violations_of(DRFError(detail, code="odd"), {})
    assert [((1, "a"), "odd", "x"), ((1, "b", 1, "c"), "odd", "y")] == [(v.path, v.code, v.detail) for v in found]


def test_steps_of_django_are_said_from_where_they_start() -> None:
    """A multiple that does not start from nothing is not called one."""
    from django import forms

    form = type("Model", (forms.Form,), {"a": forms.IntegerField(min_value=1, step_size=2)})({"a": "4"})
    found = errata.validation.django.violations_of(form.errors)
    assert ["must be 1 plus a multiple of 2"] == [v.detail for v in found]


def test_formsets_have_indexes() -> None:
    """The errors of several forms are told by which form."""
    from django import forms

    form = type("Model", (forms.Form,), {"a": forms.IntegerField()})
    errors = [form({"a": 1}).errors, form({"a": "x"}).errors]
    found = errata.validation.django.violations_of(errors)
    assert [((1, "a"), "must be an integer")] == [(v.path, v.detail) for v in found]


def test_a_validator_of_attrs_is_understood_without_cattrs() -> None:
    """What `attrs` raises when a class is made by hand has the same words."""
    import attrs

    model = attrs.make_class("Model", {"a": attrs.field(validator=attrs.validators.instance_of(int))})
    with pytest.raises(TypeError) as caught:
        model("x")
    found = errata.validation.cattrs.violations_of(caught.value)
    assert (Violation(path=("a",), code="type", detail="must be an integer"),) == found


@pytest.mark.parametrize(
    ("message", "code", "text"),
    [
        ("Length must be between 1 and 3.", "length", "must have a length of 1 to 3"),
        ("Length must be 3.", "length", "must have a length of 3"),
        ("Shorter than minimum length 2.", "min_length", "must have a length of 2 or more"),
        ("Longer than maximum length 2.", "max_length", "must have a length of 2 or less"),
        (
            "Must be greater than or equal to 1 and less than or equal to 5.",
            "range",
            "must be 1 or more and 5 or less",
        ),
        ("Must be greater than or equal to 1 and less than 5.", "range", "is not valid"),
        ("Must be one of: a, b.", "enum", "must be one of the allowed values"),
        ("One or more of the choices you made was not in: a.", "enum", "must be one of the allowed values"),
        ("Must be equal to 3.", "enum", "must be 3"),
        ("Must be equal to the other one.", "invalid", "is not valid"),
        ("Must be greater than or equal to zero.", "invalid", "is not valid"),
        ("Length must be between here and there.", "invalid", "is not valid"),
        ("Length must be short.", "invalid", "is not valid"),
        ("Must not be a secret", "invalid", "is not valid"),
    ],
)
def test_messages_alone_are_told_without_what_they_lack(message: str, code: str, text: str) -> None:
    """Without what was sent, units and sides are left open, and own texts are not told."""
    found = errata.validation.marshmallow.violations_of({"a": [message]})
    assert (Violation(path=("a",), code=code, detail=text),) == found


@pytest.mark.parametrize(
    ("hint", "value", "expected"),
    [
        (int | None, "x", "must be an integer"),
        (float | None, "x", "must be a number"),
        (dict[str, int] | None, 7, "must be an object"),
        (list[int] | None, 7, "must be a list"),
    ],
)
def test_that_null_is_taken_too_is_not_worth_a_word(hint: Any, value: Any, expected: str) -> None:
    """What is said of an optional attribute is what is said of a required one."""
    import attrs

    model = attrs.make_class("Model", {"a": attrs.field(type=hint)})
    with pytest.raises(cattrs.BaseValidationError) as caught:
        cattrs.structure({"a": value}, model)
    assert [(("a",), expected)] == [(v.path, v.detail) for v in errata.validation.cattrs.violations_of(caught.value)]


@pytest.mark.parametrize(
    ("hint", "checks", "given", "expected"),
    [
        (str, "min_len", None, "must be 2 or more characters"),
        (list, "min_len", None, "must have 2 or more items"),
        (Any, "min_len", None, "must have a length of 2 or more"),
        (Any, "min_len", {"a": "b"}, "must be 2 or more characters"),
    ],
)
def test_the_unit_of_a_length_is_that_of_the_value(hint: Any, checks: str, given: Any, expected: str) -> None:
    """What was sent says whether characters or items are counted; else the declaration does."""
    import attrs

    validator = getattr(attrs.validators, checks)(2)
    model = attrs.make_class("Model", {"a": attrs.field(type=hint, validator=validator)})
    with pytest.raises(cattrs.BaseValidationError) as caught:
        cattrs.structure({"a": "b"}, model)
    assert [expected] == [v.detail for v in errata.validation.cattrs.violations_of(caught.value, given)]


def test_options_that_are_no_plain_values_are_not_listed() -> None:
    """What Python prints of an object is nobody's business."""
    import attrs

    model = attrs.make_class("Model", {"a": attrs.field(validator=attrs.validators.in_([Endless()]))})
    with pytest.raises(ValueError, match="must be in") as caught:
        model("x")
    found = errata.validation.cattrs.violations_of(caught.value)
    assert (Violation(path=("a",), code="enum", detail="must be one of the allowed values"),) == found


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (DjangoError("Too old: %(limit)s", code="max_value", params={"limit": 9}), ("max", "Too old: 9")),
        (DjangoError("Taken.", code="taken"), ("taken", "Taken.")),
        (DjangoError("Taken."), ("invalid", "Taken.")),
        (DjangoError("%(a)s", code="odd", params={"b": 1}), ("odd", "is not valid")),
        (DjangoError("x", code="not a name"), ("invalid", "x")),
        (
            DjangoError("x", code="max_length", params={"limit_value": 2, "value": [1, 2, 3]}),
            ("max_length", "must have 2 or fewer items"),
        ),
    ],
)
def test_own_errors_of_django_keep_their_code(error: DjangoError, expected: tuple[str, str]) -> None:
    """A code that the application gave names the check."""
    assert [expected] == [(v.code, v.detail) for v in errata.validation.django.violations_of(error, {})]


def test_django_without_settings_speaks_english() -> None:
    """Whoever uses the validators alone needs no settings."""
    script = (
        "from rest_framework.exceptions import ErrorDetail\n"
        "from errata.validation.drf import violations_of\n"
        "errors = {'a': [ErrorDetail('Not a valid string.', code='invalid')], 'non_field_errors': ['x']}\n"
        "print([(v.pointer, v.detail) for v in violations_of(errors, {})])"
    )
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    assert [("/a", "must be text"), ("", "x")] == ast.literal_eval(done.stdout)
