"""A missing extra is named by the module that needs it."""

import ast
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

import errata
from errata._extra import needs

SOURCE = Path(errata.__file__).parent
PROJECT = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text("utf-8"))["project"]

# module -> the package that it cannot do without, and the extra that brings it
NEEDS = {
    "errata.clients.aiohttp": ("aiohttp", "aiohttp"),
    "errata.clients.grpc": ("grpc", "grpc"),
    "errata.clients.requests": ("requests", "requests"),
    "errata.clients.tenacity": ("tenacity", "tenacity"),
    "errata.clients.urllib3": ("urllib3", "urllib3"),
    "errata.openapi.fastapi": ("fastapi", "fastapi"),
    "errata.openapi.litestar": ("litestar", "litestar"),
    "errata.openapi.ninja": ("ninja", "ninja"),
    "errata.servers.aiohttp": ("aiohttp", "aiohttp"),
    "errata.servers.django": ("django", "django"),
    "errata.servers.drf": ("rest_framework", "drf"),
    "errata.servers.falcon": ("falcon", "falcon"),
    "errata.servers.fastapi": ("fastapi", "fastapi"),
    "errata.servers.flask": ("flask", "flask"),
    "errata.servers.grpc": ("grpc", "grpc"),
    "errata.servers.litestar": ("litestar", "litestar"),
    "errata.servers.ninja": ("ninja", "ninja"),
    "errata.servers.starlette": ("starlette", "starlette"),
    "errata.servers.strawberry": ("strawberry", "graphql"),
    "errata.validation.django": ("django", "django"),
    "errata.validation.drf": ("rest_framework", "drf"),
}
# What no extra brings: whoever imports these has the package already.
BROUGHT_ALONG = {"errata.openapi.drf", "errata.validation.pydantic"}


def foreign(path: Path) -> set[str]:
    """Return the third-party packages that a module imports when it is imported itself."""
    body = ast.parse(path.read_text("utf-8")).body
    names = {node.module or "" for node in body if isinstance(node, ast.ImportFrom)}
    names |= {alias.name for node in body if isinstance(node, ast.Import) for alias in node.names}
    return {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names) - {"errata", "msgspec"}


def public_modules() -> dict[str, Path]:
    """Return the modules around a framework or a library by their dotted names."""
    layers = ("clients", "openapi", "servers", "validation")
    return {f"errata.{layer}.{p.stem}": p for layer in layers for p in (SOURCE / layer).glob("[a-z]*.py")}


@pytest.mark.parametrize("module", NEEDS)
def test_missing_extra_is_named(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its package a module says which extra to install."""
    package, extra = NEEDS[module]
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, module, raising=False)
    with pytest.raises(ModuleNotFoundError) as caught:
        import_module(module)
    assert f"{module} needs {package}; run: pip install 'errata[{extra}]'" == str(caught.value)
    assert package == caught.value.name


def test_every_module_names_its_extra() -> None:
    """No module imports a third-party package without saying which extra brings it."""
    needing = {name for name, path in public_modules().items() if foreign(path)}
    assert BROUGHT_ALONG == needing - set(NEEDS)


def test_the_extras_exist() -> None:
    """Each extra that is named can be installed."""
    assert set() == {extra for _, extra in NEEDS.values()} - set(PROJECT["optional-dependencies"])


@pytest.mark.parametrize("failure", ["import no_such_part", "from json import no_such_name", "import broken.part"])
def test_other_failures_stay(failure: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that is there and fails is not taken for a missing one."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/__init__.py").write_text(failure, "utf-8")
    with pytest.raises(ImportError) as own:
        import_module("broken")
    with pytest.raises(ImportError) as caught:
        needs("errata.servers.broken", "broken", "broken")
    assert (own.type, str(own.value)) == (caught.type, str(caught.value))
