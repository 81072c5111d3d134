"""The catalog: the same from classes and from files, found by code, by parent, by URI."""

from pathlib import Path

import pytest

from errata import Catalog, CatalogError, Error, Param, Problem, ProblemType
from errata._catalog import words_of


class SavingFailed(Error, status=400, code=2006):
    """It could not be saved."""


class NumberTaken(SavingFailed, code=200601):
    """The number is taken."""


class Expired(Error, status=401, code="invalid_token"):
    """The token is too old."""

    title = "Expired"


class Undecipherable(Error, status=401, code="invalid_token"):
    """The token is no token."""

    title = "Undecipherable"


class Elsewhere(Error, status=403, code="invalid_token"):
    """The token is for another place."""


TOML = """
[catalog]
name = "garden"
base_uri = "https://e.example/"
suffix = "."

[bed-full]
status = 409
code = "bed.full"
detail = "Bed {bed} is full."
params = { bed = "int", owner = { type = "str", disclosure = "internal", required = false } }
docs = "A bed takes no more plants."

[bed]
status = 409
code = "bed"
title = "Something about the bed"
retry = "yes"
deprecated = "3"
replaced_by = "bed-full"
"""


def test_catalog_is_a_mapping_by_name() -> None:
    """Types are found by name, in the order declared."""
    catalog = Catalog([NumberTaken, SavingFailed], name="c")
    assert ["number-taken", "saving-failed"] == list(catalog)
    assert SavingFailed.problem_type == catalog["saving-failed"]
    assert "Catalog('c', 2 types)" == repr(catalog)


def test_classes_and_files_give_the_same() -> None:
    """A row of a file and a class make equal problem types."""

    class BedFull(Error, status=409, code="bed.full", type="https://e.example/bed-full"):
        """A bed takes no more plants."""

        detail = "Bed {bed} is full."
        bed: int
        owner: str = ""

    row = Catalog.from_toml(TOML)["bed-full"]
    assert (Param("bed", "int"), Param("owner", "str", "internal", required=False)) == row.params
    made = BedFull.problem_type
    for name in ("name", "status", "title", "code", "kind", "detail", "retry", "type", "docs"):
        assert getattr(made, name) == getattr(row, name)


def test_class_of_a_row() -> None:
    """A type from a file is raised as a class that is made once, with its parameters checked."""
    catalog = Catalog.from_toml(TOML)
    cls = catalog.error_class(catalog["bed-full"])
    assert cls is catalog.error_class(catalog["bed-full"])
    assert "BedFull" == cls.__name__
    assert "Bed 3 is full." == cls(bed=3, owner="Bo").problem.detail
    with pytest.raises(TypeError, match="needs the parameter 'bed'"):
        cls()


def test_class_of_a_row_with_a_parent() -> None:
    """A row's class is below that of its parent."""
    catalog = Catalog.from_toml("[a]\nstatus = 400\n[b]\nstatus = 400\nparent = 'a'\n[c]\nstatus = 400\nparent = 'b'")
    classes = {name: catalog.error_class(catalog[name]) for name in reversed(list(catalog))}
    assert issubclass(classes["c"], classes["b"])
    assert issubclass(classes["b"], classes["a"])


def test_problem_of_a_type() -> None:
    """A type makes occurrences; an optional parameter that is not given is a question mark in the text."""
    row = ProblemType(
        name="x", status=400, title="X", detail="{a} {b}", params=(Param("a"), Param("b", required=False))
    )
    assert "1 2" == row.problem(a=1, b=2).detail
    assert ("1 ?", {"a": 1}) == (row.problem(a=1).detail, row.problem(a=1).extensions)


# ---- finding ----


BY_NUMBER = Catalog([SavingFailed, NumberTaken], suffix=2)


@pytest.mark.req("U16")
@pytest.mark.parametrize(
    ("code", "name"),
    [("2006", "saving-failed"), ("200601", "number-taken"), ("200699", "saving-failed"), ("2007", None), ("20", None),
     ("200", None), ("", None), (None, None)],
)  # fmt: skip
def test_code_or_nearest_declared_parent(code: str | None, name: str | None) -> None:
    """An unknown code counts as the nearest parent that is declared; parents that are not declared do not exist."""
    found = BY_NUMBER.find(Problem(status=400, code=code))
    assert name == (found and found.name)


def test_parent_by_separator() -> None:
    """With a separator, each part names a parent."""
    catalog = Catalog.from_toml(TOML)
    assert catalog["bed"] == catalog.find(Problem(code="bed.empty.today"))
    assert ("bed.empty", "bed", None) == tuple(map(catalog.parent_code, ("bed.empty.today", "bed.empty", "bed")))


@pytest.mark.parametrize(
    ("problem", "cls"),
    [
        (Problem(status=401, code="invalid_token", title="Undecipherable"), Undecipherable),
        (Problem(status=401, code="invalid_token", detail="Undecipherable"), Undecipherable),
        (Problem(status=403, code="invalid_token"), Elsewhere),
        (Problem(status=401, code="invalid_token"), Expired),
        (Problem(status=500, code="invalid_token"), Expired),
    ],
)
def test_shared_code_is_told_apart_by_status_and_text(problem: Problem, cls: type[Error]) -> None:
    """Of several types with one code the likest is taken."""
    catalog = Catalog([Expired, Undecipherable, Elsewhere])
    assert cls.problem_type == catalog.find(problem)
    assert 3 == len(catalog.by_code("invalid_token"))


def test_code_that_counts_only_with_its_status() -> None:
    """A catalog may say that a code under another status is another error."""
    catalog = Catalog([Expired], by_status=True)
    assert Expired.problem_type == catalog.find(Problem(status=401, code="invalid_token"))
    assert catalog.find(Problem(status=403, code="invalid_token")) is None


def test_type_uri_alone_identifies() -> None:
    """A dialect that carries no code is recognised by the type URI; a wrong code with it is not."""
    catalog = Catalog([SavingFailed, NumberTaken], base_uri="https://e.example/")
    found = catalog.find(Problem(status=400, type="https://e.example/number-taken"))
    assert found is not None
    assert ("number-taken", "https://e.example/number-taken") == (found.name, found.type)
    assert catalog.find(Problem(status=400, type="https://e.example/other")) is None


def test_declares_goes_by_class() -> None:
    """A class of the same name that is not in the catalog is not declared by it."""
    twin = type("SavingFailed", (Error,), {}, status=400)
    assert (True, False) == (BY_NUMBER.declares(SavingFailed), BY_NUMBER.declares(twin))


# ---- what is refused ----


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[", "garden.toml: "),
        ("[a]\nstatus = 'x'", "garden.toml, [a]: Expected `int`, got `str` - at `$.status`"),
        ("[a]\ntitle = 'x'", "garden.toml, [a]: Object missing required field `status`"),
        ("[a]\nstatus = 400\nstatu = 1", "garden.toml, [a]: Object contains unknown field `statu`"),
        ("[a]\nstatus = 99", "garden.toml, [a]: a: status 99 is not an HTTP status"),
        ("[a]\nstatus = 400\ndetail = '{b}'", "garden.toml, [a]: a: the detail uses {b}"),
        ("[a]\nstatus = 400\nkind = 'b'", "garden.toml, [a]: Invalid enum value 'b'"),
        ("[a]\nstatus = 400\nparams = {status = 'int'}", "no parameter can be named 'status'"),
        ("[a]\nstatus = 400\nparent = 'b'", "a: its parent 'b' is not declared"),
        ("[a]\nstatus = 400\nparent = 'a'", "a: it is its own ancestor"),
        ("[a]\nstatus = 400\nparent = 'b'\n[b]\nstatus = 400\nparent = 'a'", "a: it is its own ancestor"),
        ("[a]\nstatus = 400\nalias = 'b'", "a: its alias 'b' is no type that clients see"),
        ("[catalog]\nsuffix = 0", "suffix 0 does not shorten a code"),
        ("[catalog]\nsuffix = -1", "suffix -1 does not shorten a code"),
        ("[catalog]\nname = 1", "garden.toml, [catalog]: Expected `str`"),
        ("catalog = 1", "garden.toml, [catalog]: Expected `object`"),
    ],
)
def test_faulty_file_names_file_place_and_fault(tmp_path: Path, text: str, said: str) -> None:
    """A fault in a file is reported with the place where it is."""
    path = tmp_path / "garden.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(CatalogError) as caught:
        Catalog.load(path)
    assert said in str(caught.value)


def test_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing file and one that is no text are named."""
    with pytest.raises(CatalogError, match=r"none\.toml: cannot be read"):
        Catalog.load(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_bytes(b"\xff")
    with pytest.raises(CatalogError, match=r"bad\.toml: cannot be read .*; a catalog is a text file in UTF-8"):
        Catalog.load(str(tmp_path / "bad.toml"))


def test_two_types_of_one_name() -> None:
    """Names are unique."""
    with pytest.raises(CatalogError, match="two types are named 'expired'; give one another name="):
        Catalog([Expired, type("Expired", (Error,), {}, status=400)])


# ---- aliases ----


class LoginFailed(Error, status=401, code="login_failed"):
    """Name or password is wrong."""

    detail = "Name or password of {realm} is wrong."
    realm: str = "home"


class NoSuchUser(Error, status=404, code="no_such_user", alias="login-failed"):
    """For logs: the name is unknown."""

    detail = "There is no {user}."
    user: str
    retry_after: float | None = 5


def test_alias_is_what_clients_see() -> None:
    """An error with an alias is shown as that, with the parameters that the alias has and no others."""
    catalog = Catalog([LoginFailed, NoSuchUser])
    hidden = NoSuchUser(user="bo")
    assert LoginFailed().problem == catalog.shown(hidden).problem
    assert "404 no_such_user: There is no bo." == str(hidden)


def test_error_without_alias_is_shown_as_it_is() -> None:
    """Only declared aliases count."""
    error, stranger = LoginFailed(), NoSuchUser(user="bo")
    assert error is Catalog([LoginFailed]).shown(error)
    assert stranger is Catalog([LoginFailed]).shown(stranger)


def test_alias_must_be_visible_and_fillable() -> None:
    """An alias of an alias, and one with parameters that the hidden type lacks, are refused."""
    third = type("Third", (Error,), {}, status=400, alias="no-such-user")
    with pytest.raises(CatalogError, match="third: its alias 'no-such-user' is no type that clients see"):
        Catalog([LoginFailed, NoSuchUser, third])
    needy = type("Needy", (Error,), {"__annotations__": {"bed": int}}, status=400)
    bare = type("Bare", (Error,), {}, status=400, alias="needy")
    with pytest.raises(CatalogError, match="bare: its alias needy needs the parameter 'bed' too"):
        Catalog([needy, bare])


def test_words_of_a_slug() -> None:
    """A name without a title gives one."""
    assert ["Case closed", "A b c", ""] == list(map(words_of, ("case-closed", "a_b-c", "")))
