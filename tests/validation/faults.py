"""The same faults, made by each library that can: one small schema per fault, and what is sent."""

import dataclasses
import datetime as dt
import enum
from collections.abc import Callable
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import attrs
import cattrs
import cattrs.preconf.json
import marshmallow
import marshmallow.fields
import marshmallow.validate
import msgspec
import pydantic
from attrs import validators
from django import forms
from rest_framework import serializers

import errata.validation.cattrs
import errata.validation.django
import errata.validation.drf
import errata.validation.marshmallow
import errata.validation.msgspec
import errata.validation.pydantic
import tests.servers.apps.django_settings  # noqa: F401 - Django is configured once for all tests
from errata import Violation

Found = tuple[Violation, ...]
Check = Callable[[Any], Found]
"""Validates what is sent as the member `a` of an object, and returns what is wrong with it."""

MISSING: Final = object()


def sent(value: Any) -> dict[str, Any]:
    """Return the object that is validated."""
    return {} if value is MISSING else {"a": value}


def by_pydantic(hint: Any) -> Check:
    """Check by a model with one member."""
    model = pydantic.create_model("Model", __config__=pydantic.ConfigDict(extra="forbid"), a=(hint, ...))

    def check(data: Any) -> Found:
        try:
            model.model_validate(data)
        except pydantic.ValidationError as error:
            return errata.validation.pydantic.violations_of(error, data)
        return ()

    return check


def by_msgspec(hint: Any) -> Check:
    """Check by a structure with one member."""
    model = msgspec.defstruct("Model", [("a", hint)], forbid_unknown_fields=True)

    def check(data: Any) -> Found:
        try:
            msgspec.convert(data, model)
        except msgspec.ValidationError as error:
            return errata.validation.msgspec.violations_of(error, data)
        return ()

    return check


def by_marshmallow(field: Any) -> Check:
    """Check by a schema with one field."""
    schema = marshmallow.Schema.from_dict({"a": field})()

    def check(data: Any) -> Found:
        try:
            schema.load(data)
        except marshmallow.ValidationError as error:
            return errata.validation.marshmallow.violations_of(error)
        return ()

    return check


CONVERTER: Final = cattrs.preconf.json.make_converter(forbid_extra_keys=True)


def strictly(value: Any, kind: type) -> Any:
    """Refuse what is not of the type: cattrs itself converts where it can."""
    if type(value) is not kind:
        raise TypeError(value)
    return value


for strict in (str, int, bool):
    CONVERTER.register_structure_hook(strict, strictly)
CONVERTER.register_structure_hook(UUID, lambda value, _: UUID(value))
CONVERTER.register_structure_hook(dt.timedelta, lambda value, _: dt.timedelta(seconds=float(value)))


def by_cattrs(hint: Any, *checks: Any) -> Check:
    """Check by a class with one attribute."""
    model = attrs.make_class("Model", {"a": attrs.field(type=hint, validator=list(checks))})

    def check(data: Any) -> Found:
        try:
            CONVERTER.structure(data, model)
        except cattrs.errors.BaseValidationError as error:
            return errata.validation.cattrs.violations_of(error, data)
        return ()

    return check


def by_drf(field: Any) -> Check:
    """Check by a serializer with one field."""
    kind = type("Model", (serializers.Serializer,), {"a": field})

    def check(data: Any) -> Found:
        serializer = kind(data=data)
        serializer.is_valid()
        return errata.validation.drf.violations_of(serializer.errors, data)

    return check


def by_django(field: Any) -> Check:
    """Check by a form with one field."""
    kind = type("Model", (forms.Form,), {"a": field})

    def check(data: Any) -> Found:
        return errata.validation.django.violations_of(kind(data).errors, data)

    return check


class Colour(enum.Enum):
    """Some values."""

    RED = "red"
    BLUE = "blue"


@attrs.define
class Inner:
    """An object of cattrs."""

    b: int


@dataclasses.dataclass
class Row:
    """One fault: what is wrong, what is said, and who can find it."""

    value: Any
    code: str
    text: str
    checks: dict[str, Check]
    path: tuple[str | int, ...] = ("a",)


m = marshmallow.fields
v = marshmallow.validate
s = serializers
f = forms
Meta = msgspec.Meta
Field = pydantic.Field

ROWS: Final = {
    "missing": Row(
        MISSING, "required", "is required",
        {
            "pydantic": by_pydantic(str), "msgspec": by_msgspec(str), "cattrs": by_cattrs(str),
            "marshmallow": by_marshmallow(m.Str(required=True)), "drf": by_drf(s.CharField()),
            "django": by_django(f.CharField()),
        },
    ),
    "null": Row(
        None, "type", "must not be null",
        {
            "pydantic": by_pydantic(int), "msgspec": by_msgspec(int), "marshmallow": by_marshmallow(m.Int()),
            "cattrs": by_cattrs(list[int]), "drf": by_drf(s.IntegerField()),
        },
    ),
    "no text": Row(
        [], "type", "must be text",
        {
            "pydantic": by_pydantic(str), "msgspec": by_msgspec(str), "marshmallow": by_marshmallow(m.Str()),
            "cattrs": by_cattrs(str), "drf": by_drf(s.CharField()),
        },
    ),
    "no integer": Row(
        "x", "type", "must be an integer",
        {
            "pydantic": by_pydantic(int), "msgspec": by_msgspec(int), "marshmallow": by_marshmallow(m.Int()),
            "cattrs": by_cattrs(int), "drf": by_drf(s.IntegerField()), "django": by_django(f.IntegerField()),
        },
    ),
    "no number": Row(
        "x", "type", "must be a number",
        {
            "pydantic": by_pydantic(float), "msgspec": by_msgspec(float), "marshmallow": by_marshmallow(m.Float()),
            "cattrs": by_cattrs(float), "drf": by_drf(s.FloatField()), "django": by_django(f.FloatField()),
        },
    ),
    "no boolean": Row(
        "x", "type", "must be true or false",
        {
            "pydantic": by_pydantic(bool), "msgspec": by_msgspec(bool), "marshmallow": by_marshmallow(m.Bool()),
            "cattrs": by_cattrs(bool), "drf": by_drf(s.BooleanField()),
        },
    ),
    "no list": Row(
        7, "type", "must be a list",
        {
            "pydantic": by_pydantic(list[int]), "msgspec": by_msgspec(list[int]),
            "marshmallow": by_marshmallow(m.List(m.Int())), "cattrs": by_cattrs(list[int]),
            "drf": by_drf(s.ListField(child=s.IntegerField())),
        },
    ),
    "no object": Row(
        7, "type", "must be an object",
        {
            "pydantic": by_pydantic(dict[str, int]), "msgspec": by_msgspec(dict[str, int]),
            "marshmallow": by_marshmallow(m.Dict(m.Str(), m.Int())), "cattrs": by_cattrs(Inner),
            "drf": by_drf(s.DictField(child=s.IntegerField())),
        },
    ),
    "item of a list": Row(
        [1, "x"], "type", "must be an integer",
        {
            "pydantic": by_pydantic(list[int]), "msgspec": by_msgspec(list[int]),
            "marshmallow": by_marshmallow(m.List(m.Int())), "cattrs": by_cattrs(list[int]),
            "drf": by_drf(s.ListField(child=s.IntegerField())),
        },
        ("a", 1),
    ),
    "value of a dictionary": Row(
        {"k": "x"}, "type", "must be an integer",
        {
            "pydantic": by_pydantic(dict[str, int]), "marshmallow": by_marshmallow(m.Dict(m.Str(), m.Int())),
            "cattrs": by_cattrs(dict[str, int]), "drf": by_drf(s.DictField(child=s.IntegerField())),
        },
        ("a", "k"),
    ),
    "too small": Row(
        0, "min", "must be 1 or more",
        {
            "pydantic": by_pydantic(Annotated[int, Field(ge=1)]), "msgspec": by_msgspec(Annotated[int, Meta(ge=1)]),
            "marshmallow": by_marshmallow(m.Int(validate=v.Range(min=1))), "cattrs": by_cattrs(int, validators.ge(1)),
            "drf": by_drf(s.IntegerField(min_value=1)), "django": by_django(f.IntegerField(min_value=1)),
        },
    ),
    "too large": Row(
        9, "max", "must be 5 or less",
        {
            "pydantic": by_pydantic(Annotated[float, Field(le=5)]), "msgspec": by_msgspec(Annotated[float, Meta(le=5)]),
            "marshmallow": by_marshmallow(m.Float(validate=v.Range(1, 5))),
            "cattrs": by_cattrs(float, validators.le(5.0)),
            "drf": by_drf(s.FloatField(max_value=5)), "django": by_django(f.FloatField(max_value=5)),
        },
    ),
    "not above": Row(
        1.0, "min", "must be greater than 1",
        {
            "pydantic": by_pydantic(Annotated[float, Field(gt=1)]), "msgspec": by_msgspec(Annotated[float, Meta(gt=1)]),
            "marshmallow": by_marshmallow(m.Float(validate=v.Range(min=1, max=5, min_inclusive=False))),
            "cattrs": by_cattrs(float, validators.gt(1)),
        },
    ),
    "not below": Row(
        1.5, "max", "must be less than 1.5",
        {
            "pydantic": by_pydantic(Annotated[float, Field(lt=1.5)]),
            "msgspec": by_msgspec(Annotated[float, Meta(lt=1.5)]),
            "marshmallow": by_marshmallow(m.Float(validate=v.Range(max=1.5, max_inclusive=False))),
            "cattrs": by_cattrs(float, validators.lt(1.5)),
        },
    ),
    "no multiple": Row(
        3, "multiple", "must be a multiple of 2",
        {
            "pydantic": by_pydantic(Annotated[int, Field(multiple_of=2)]),
            "msgspec": by_msgspec(Annotated[int, Meta(multiple_of=2)]),
            "django": by_django(f.IntegerField(step_size=2)),
        },
    ),
    "text too short": Row(
        "a", "min_length", "must be 2 or more characters",
        {
            "pydantic": by_pydantic(Annotated[str, Field(min_length=2)]),
            "msgspec": by_msgspec(Annotated[str, Meta(min_length=2)]),
            "marshmallow": by_marshmallow(m.Str(validate=v.Length(min=2))),
            "cattrs": by_cattrs(str, validators.min_len(2)),
            "drf": by_drf(s.CharField(min_length=2)), "django": by_django(f.CharField(min_length=2)),
        },
    ),
    "text empty": Row(
        "", "min_length", "must be 1 or more characters",
        {
            "pydantic": by_pydantic(Annotated[str, Field(min_length=1)]),
            "msgspec": by_msgspec(Annotated[str, Meta(min_length=1)]),
            "marshmallow": by_marshmallow(m.Str(validate=v.Length(1, 5))),
            "cattrs": by_cattrs(str, validators.min_len(1)), "drf": by_drf(s.CharField()),
        },
    ),
    "text too long": Row(
        "abcd", "max_length", "must be 3 or fewer characters",
        {
            "pydantic": by_pydantic(Annotated[str, Field(max_length=3)]),
            "msgspec": by_msgspec(Annotated[str, Meta(max_length=3)]),
            "marshmallow": by_marshmallow(m.Str(validate=v.Length(1, 3))),
            "cattrs": by_cattrs(str, validators.max_len(3)),
            "drf": by_drf(s.CharField(max_length=3)), "django": by_django(f.CharField(max_length=3)),
        },
    ),
    "list too short": Row(
        [], "min_length", "must have 1 or more items",
        {
            "pydantic": by_pydantic(Annotated[list[int], Field(min_length=1)]),
            "msgspec": by_msgspec(Annotated[list[int], Meta(min_length=1)]),
            "marshmallow": by_marshmallow(m.List(m.Int(), validate=v.Length(min=1))),
            "cattrs": by_cattrs(list[int], validators.min_len(1)),
            "drf": by_drf(s.ListField(child=s.IntegerField(), allow_empty=False)),
        },
    ),
    "list too long": Row(
        [1, 2, 3], "max_length", "must have 2 or fewer items",
        {
            "pydantic": by_pydantic(Annotated[list[int], Field(max_length=2)]),
            "msgspec": by_msgspec(Annotated[list[int], Meta(max_length=2)]),
            "marshmallow": by_marshmallow(m.List(m.Int(), validate=v.Length(max=2))),
            "cattrs": by_cattrs(list[int], validators.max_len(2)),
            "drf": by_drf(s.ListField(child=s.IntegerField(), max_length=2)),
        },
    ),
    "another form": Row(
        "b", "pattern", "does not have the right form",
        {
            "pydantic": by_pydantic(Annotated[str, Field(pattern="^a$")]),
            "msgspec": by_msgspec(Annotated[str, Meta(pattern="^a$")]),
            "marshmallow": by_marshmallow(m.Str(validate=v.Regexp("^a$"))),
            "cattrs": by_cattrs(str, validators.matches_re("^a$")),
            "drf": by_drf(s.RegexField("^a$")), "django": by_django(f.RegexField("^a$")),
        },
    ),
    "none of those named": Row(
        "green", "enum", "must be 'red' or 'blue'",
        {
            "pydantic": by_pydantic(Literal["red", "blue"]),
            "marshmallow": by_marshmallow(m.Str(validate=v.OneOf(["red", "blue"]))),
            "cattrs": by_cattrs(Colour),
            "cattrs, literal": by_cattrs(Literal["red", "blue"]),
            "attrs": by_cattrs(str, validators.in_(["red", "blue"])),
            "pydantic, enum": by_pydantic(Colour),
        },
    ),
    "none of the choices": Row(
        "green", "enum", "must be one of the allowed values",
        {
            "msgspec": by_msgspec(Colour), "msgspec, literal": by_msgspec(Literal["red", "blue"]),
            "drf": by_drf(s.ChoiceField(["red", "blue"])),
            "django": by_django(f.ChoiceField(choices=[("red", "red"), ("blue", "blue")])),
        },
    ),
    "no date": Row(
        "x", "format", "must be a date",
        {
            "pydantic": by_pydantic(dt.date), "msgspec": by_msgspec(dt.date),
            "marshmallow": by_marshmallow(m.Date()), "cattrs": by_cattrs(dt.date),
            "drf": by_drf(s.DateField()), "django": by_django(f.DateField()),
        },
    ),
    "no moment": Row(
        "x", "format", "must be a date and time",
        {
            "pydantic": by_pydantic(dt.datetime), "msgspec": by_msgspec(dt.datetime),
            "marshmallow": by_marshmallow(m.DateTime()), "cattrs": by_cattrs(dt.datetime),
            "drf": by_drf(s.DateTimeField()), "django": by_django(f.DateTimeField()),
        },
    ),
    "no time": Row(
        "x", "format", "must be a time",
        {
            "pydantic": by_pydantic(dt.time), "msgspec": by_msgspec(dt.time),
            "marshmallow": by_marshmallow(m.Time()), "drf": by_drf(s.TimeField()), "django": by_django(f.TimeField()),
        },
    ),
    "no duration": Row(
        "x", "format", "must be a duration",
        {
            "pydantic": by_pydantic(dt.timedelta), "msgspec": by_msgspec(dt.timedelta),
            "marshmallow": by_marshmallow(m.TimeDelta()), "cattrs": by_cattrs(dt.timedelta),
            "drf": by_drf(s.DurationField()), "django": by_django(f.DurationField()),
        },
    ),
    "no UUID": Row(
        "x", "format", "must be a UUID",
        {
            "pydantic": by_pydantic(UUID), "msgspec": by_msgspec(UUID), "marshmallow": by_marshmallow(m.UUID()),
            "cattrs": by_cattrs(UUID), "drf": by_drf(s.UUIDField()), "django": by_django(f.UUIDField()),
        },
    ),
    "no URL": Row(
        "http://", "format", "must be a URL",
        {
            "pydantic": by_pydantic(pydantic.AnyUrl), "marshmallow": by_marshmallow(m.Url()),
            "drf": by_drf(s.URLField()), "django": by_django(f.URLField(assume_scheme="https")),
        },
    ),
    "no email address": Row(
        "x", "format", "must be an email address",
        {
            "marshmallow": by_marshmallow(m.Email()), "drf": by_drf(s.EmailField()),
            "django": by_django(f.EmailField()),
        },
    ),
}  # fmt: skip

UNKNOWN: Final = {
    "pydantic": by_pydantic(int),
    "msgspec": by_msgspec(int),
    "marshmallow": by_marshmallow(m.Int()),
    "cattrs": by_cattrs(int),
}
CASES: Final = [(name, library) for name, row in ROWS.items() for library in row.checks]
