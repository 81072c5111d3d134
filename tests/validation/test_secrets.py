"""No text repeats what was sent: not the libraries' own, and none that an application wrote."""

from collections.abc import Callable
from typing import Any, Final

import attrs
import cattrs
import marshmallow
import msgspec
import pydantic
import pytest
from django import forms
from django.core.exceptions import ValidationError as DjangoError
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import serializers

import errata.validation.django
from errata import Violation
from errata.validation import _words, violations_of
from tests.validation.faults import CASES, ROWS, sent

# What is said anyway, with the limits of the table: no secret, although somebody may send it.
SAID: Final = "\n".join(
    f"{word[0]}: {word[1].format(limit, limit)}"
    for name, word in vars(_words).items()
    if name.isupper() and not name.startswith("_")
    for limit in (1, 1.5, 2, 3, 5, "'red' or 'blue'")
).casefold()
SECRETS: Final = st.text(st.characters(codec="utf-8"), min_size=4, max_size=30).filter(
    lambda text: text.strip() and text.casefold() not in SAID
)
KEPT: Final = "must be the name of a bird"


def texts(found: tuple[Violation, ...] | None) -> str:
    """Return all that the violations say, without the places."""
    assert found
    return "\n".join(f"{v.code}: {v.detail}" for v in found).casefold()


@pytest.mark.parametrize(("fault", "library"), [case for case in CASES if case[0] != "missing"])
@given(secret=SECRETS)
def test_no_library_repeats_the_input(fault: str, library: str, secret: str) -> None:
    """Whatever is sent in place of what was asked for, the texts do not hold it."""
    found = ROWS[fault].checks[library](sent(secret))
    shown = texts(found) if found else ""
    assert secret.casefold() not in shown


def raised(text: str) -> Any:
    """Return a check that fails with a text."""

    def check(_: Any, *__: Any) -> Any:
        raise ValueError(text)

    return check


def by_pydantic(name: str, text: str) -> Exception:
    """Fail in a validator of pydantic."""

    def check(_: type, value: str) -> str:
        raise ValueError(text)

    checked: Any = pydantic.field_validator("name")(classmethod(check))
    model = pydantic.create_model("Model", name=(str, ...), __validators__={"_checked": checked})
    with pytest.raises(pydantic.ValidationError) as caught:
        model(name=name)
    return caught.value


def by_msgspec(name: str, text: str) -> Exception:
    """Fail after msgspec has made a structure."""
    model = msgspec.defstruct("Model", [("name", str)], namespace={"__post_init__": raised(text)})
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert({"name": name}, model)
    return caught.value


def by_marshmallow(name: str, text: str) -> Exception:
    """Fail in a validator of marshmallow."""

    def check(_: Any) -> None:
        raise marshmallow.ValidationError(text)

    schema = marshmallow.Schema.from_dict({"name": marshmallow.fields.Str(validate=check)})
    with pytest.raises(marshmallow.ValidationError) as caught:
        schema().load({"name": name})
    return caught.value


def by_cattrs(name: str, text: str) -> Exception:
    """Fail in a validator of attrs."""
    model = attrs.make_class("Model", {"name": attrs.field(type=str, validator=raised(text))})
    with pytest.raises(cattrs.BaseValidationError) as caught:
        cattrs.structure({"name": name}, model)
    return caught.value


def by_drf(name: str, text: str) -> Exception:
    """Fail in a validator of a serializer."""

    def check(_: Any) -> None:
        raise serializers.ValidationError(text)

    kind = type("Model", (serializers.Serializer,), {"name": serializers.CharField(validators=[check])})
    with pytest.raises(serializers.ValidationError) as caught:
        kind(data={"name": name}).is_valid(raise_exception=True)
    return caught.value


def by_django(name: str, text: str) -> Exception:
    """Fail in a validator of Django."""
    return DjangoError({"name": [DjangoError(text)]})


LOUD: Final[dict[str, Callable[[str, str], Exception]]] = {
    "pydantic": by_pydantic,
    "msgspec": by_msgspec,
    "marshmallow": by_marshmallow,
    "cattrs": by_cattrs,
    "drf": by_drf,
    "django": by_django,
}
QUOTES: Final = ("{} is weak", "{!r} is weak", "Must be one of: a, {}.", "Expected `{}`", "'a' must be >= {}: 1", "{}")


@pytest.mark.parametrize("library", LOUD)
@pytest.mark.parametrize("quote", QUOTES)
@given(secret=SECRETS)
def test_no_check_of_an_application_repeats_the_input(library: str, quote: str, secret: str) -> None:
    """A text that quotes what was sent is not told, whatever else it looks like."""
    if library in {"drf", "marshmallow"} and not secret.strip("\0 \t\r\n"):
        return
    if library == "drf":
        secret = secret.strip().replace("\0", "")
        if len(secret) < 4:
            return
    error = LOUD[library](secret, quote.format(secret))
    for known in ({"name": secret}, None):
        assert secret.casefold() not in texts(violations_of(error, known))


@pytest.mark.parametrize("library", LOUD)
@pytest.mark.parametrize("known", [{"name": "ostrich"}, b'{"name": "ostrich"}', '["ostrich"]'])
def test_texts_that_give_nothing_away_are_kept(library: str, known: Any) -> None:
    """The text of a check that the application wrote is shown, when what was given is known."""
    found = violations_of(LOUD[library]("ostrich", KEPT), known)
    assert [KEPT] == [v.detail for v in found or ()]


@pytest.mark.parametrize(("library", "text"), {
    "pydantic": KEPT, "marshmallow": KEPT, "msgspec": "is not valid", "cattrs": "is not valid", "drf": "is not valid",
    "django": "is not valid",
}.items())  # fmt: skip
def test_without_what_was_given_only_safe_texts_are_kept(library: str, text: str) -> None:
    """Two libraries leave in the error what they were given; of the others, nobody can tell what a text repeats."""
    assert [text] == [v.detail for v in violations_of(LOUD[library]("ostrich", KEPT)) or ()]


@pytest.mark.parametrize("body", [b"name=ostrich", b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_cannot_be_read_hides_all_own_texts(body: bytes) -> None:
    """What was given as bytes and is no JSON cannot be looked for."""
    assert "invalid: is not valid" == texts(violations_of(by_cattrs("ostrich", KEPT), body))


class Signup(forms.Form):
    """A form whose texts are filled in by Django."""

    name = forms.CharField()

    def clean(self) -> dict[str, Any]:
        """Fail with a part of what was sent."""
        part = self.cleaned_data["name"].partition(" ")[0]
        raise DjangoError("%(part)s is taken", code="taken", params={"part": part})


def test_a_part_of_the_input_is_not_repeated_either() -> None:
    """What is put into a text is compared as well, and a name of a check is kept."""
    form = Signup({"name": "hunter2 and more"})
    found = errata.validation.django.violations_of(form.errors, form.data)
    assert (Violation(code="taken", detail="is not valid"),) == found


def test_all_values_of_a_form_are_looked_at() -> None:
    """A form may have a name several times; none of the values is repeated."""
    from django.http import QueryDict

    error = DjangoError({"name": ["hunter2 is taken"]})
    assert "invalid: is not valid" == texts(violations_of(error, QueryDict("name=hunter2&name=other")))
