"""The shape of the package: which way imports point, who may import what, how large things are."""

import ast
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import errata

SOURCE = Path(errata.__file__).parent
MODULES = sorted(SOURCE.rglob("*.py"))

# Each layer may import itself where the table says so, and what stands after it.
ARROWS = {
    "core": {"core"},
    "dialects": {"dialects", "core"},
    "contracts": {"dialects", "core"},
    "openapi": {"openapi", "core"},
    "servers": {"servers", "openapi", "validation", "core"},
    "validation": {"validation", "core"},
    "clients": {"clients", "core"},
    "languages": {"languages", "core"},
    "telemetry": {"core"},
    "migration": {"core"},
    "transcripts": {"core"},
    "samples": {"samples", "transcripts", "core"},
    "testing": {"testing", "core", "dialects"},
    "demo": {"demo", "languages", "openapi", "servers", "validation", "contracts", "dialects", "transcripts", "core"},
    "cli": {"cli", "demo", "samples", "testing", "dialects", "transcripts", "core"},
}

# The core loads the built-in dialects when the first one is needed; nothing else points outwards.
OUTWARDS = {("_read.py", "dialects")}

# third-party package -> the files that may import it
IMPORTERS = {
    "aiohttp": {"clients/aiohttp.py", "servers/aiohttp.py"},
    "anyio": {"clients/httpx.py"},
    "asgiref": {"servers/django.py"},
    "babel": {"languages/"},
    "brotli": {"_unpack.py"},
    "cbor2": {"_unpack.py", "dialects/smithy_cbor.py"},
    "cross_web": {"servers/strawberry.py"},
    "django": {
        "openapi/drf.py",
        "servers/django.py",
        "servers/drf.py",
        "servers/ninja.py",
        "validation/_django.py",
        "validation/django.py",
    },
    "drf_spectacular": {"openapi/drf.py"},
    "falcon": {"servers/falcon.py"},
    "fastapi": {"servers/fastapi.py", "openapi/fastapi.py", "demo/"},
    "flask": {"servers/flask.py"},
    "graphql": {"servers/strawberry.py"},
    "grpc": {"clients/grpc.py", "servers/grpc.py"},
    "hypothesis": {"testing/strategies.py"},
    "httpx": {"clients/httpx.py"},
    "jinja2": {"demo/explorer/__init__.py"},
    "json_repair": {"samples/_json.py"},
    "litestar": {"servers/litestar.py", "openapi/litestar.py"},
    "msgspec": {""},
    "ninja": {"servers/ninja.py", "openapi/ninja.py"},
    "opentelemetry": {"telemetry.py"},
    "pydantic": {"demo/"},
    "pydantic_core": {"validation/pydantic.py", "demo/tesma.py"},
    "rest_framework": {"servers/drf.py", "validation/drf.py"},
    "requests": {"clients/requests.py"},
    "rich": {"cli/"},
    "sqlalchemy": {"demo/"},
    "starlette": {"servers/starlette.py", "servers/fastapi.py", "servers/litestar.py", "demo/"},
    "strawberry": {"servers/strawberry.py"},
    "tenacity": {"clients/tenacity.py"},
    "typer": {"cli/"},
    "urllib3": {"clients/urllib3.py"},
    "uvicorn": {"demo/_serve.py"},
    "werkzeug": {"servers/flask.py"},
    "zstandard": {"_unpack.py"},
}

LONGEST = 60
TYPICAL = 9
CORE_LINES = 2_350  # docs/decisions/0011 says what for


def layer_of(dotted: str) -> str:
    """Return the layer of a module of errata, by its dotted name."""
    parts = dotted.split(".")
    return "core" if len(parts) == 1 or parts[1].startswith("_") else parts[1]


def imports_of(path: Path) -> Iterator[str]:
    """Yield the dotted names that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative imports hide where they point"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from names if node.module == "errata" else [node.module]


def name_of(path: Path) -> str:
    """Return a module's path below the package."""
    return str(path.relative_to(SOURCE))


def own_layer(path: Path) -> str:
    """Return the layer that a file belongs to; a module beside the folders is one by itself, if it is public."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    if len(parts) > 1:
        return parts[0]
    return "core" if parts[0].startswith("_") else parts[0]


def functions_of(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the functions of a module with their lines of code, without docstring."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            has_docstring = ast.get_docstring(node) is not None
            first = node.body[1] if has_docstring and len(node.body) > 1 else node.body[0]
            yield node.name, (node.end_lineno or 0) - first.lineno + 2


@pytest.mark.parametrize("path", [m for m in MODULES if m.name != "__main__.py"], ids=name_of)
def test_imports_point_inwards(path: Path) -> None:
    """A module imports its own layer and those inside of it, as the table says."""
    layer = own_layer(path)
    # Public names of the core, as `from errata import Error`, are core as well.
    public = {f"errata.{name}" for name in errata.__all__}
    targets = {name for name in imports_of(path) if name.split(".")[0] == "errata"}
    layers = {"core" if name in public else layer_of(name) for name in targets}
    outside = {target for target in layers - ARROWS[layer] if (path.name, target) not in OUTWARDS}
    assert set() == outside


def test_third_party_packages_stay_where_they_belong() -> None:
    """Each third-party package is imported only by the files that the table names."""
    known = set(sys.stdlib_module_names) | {"errata"}
    strays = [
        (name_of(path), package)
        for path in MODULES
        for package in {name.split(".")[0] for name in imports_of(path)} - known
        if not any(name_of(path).startswith(place) for place in IMPORTERS.get(package, set()))
    ]
    assert [] == strays


def test_public_names_are_sorted_and_there() -> None:
    """`errata.__all__` is sorted, complete, and each name has one home."""
    assert sorted(errata.__all__) == errata.__all__
    visible = {name for name in vars(errata) if not name.startswith("_")}
    modules = {name for name, value in vars(errata).items() if type(value) is type(sys)}
    assert set(errata.__all__) == visible - modules


def test_functions_fit_on_a_screen() -> None:
    """No function is longer than a screen, and the typical one is a handful of lines."""
    lengths = {(name_of(path), name): lines for path in MODULES for name, lines in functions_of(path)}
    assert [] == [where for where, lines in lengths.items() if lines > LONGEST]
    assert statistics.median(lengths.values()) <= TYPICAL


def code_lines(path: Path) -> int:
    """Return the lines of a module that are neither blank, nor comment, nor docstring."""
    text = path.read_text("utf-8")
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, documented) and ast.get_docstring(node)]
    docstrings = sum((node.body[0].end_lineno or 0) - node.body[0].lineno + 1 for node in nodes)
    lines = [line.strip() for line in text.splitlines()]
    return len([line for line in lines if line and not line.startswith("#")]) - docstrings


def test_core_stays_small() -> None:
    """The core does not grow without somebody deciding so."""
    assert sum(map(code_lines, SOURCE.glob("_[a-z]*.py"))) <= CORE_LINES


def test_import_stays_light() -> None:
    """`import errata` loads msgspec and the standard library, and none of the layers around the core."""
    script = "import sys, errata; print('\\n'.join(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    foreign = {name.split(".")[0] for name in loaded} - set(sys.stdlib_module_names) - {"errata", "msgspec", "__main__"}
    foreign.discard("typing_extensions")  # msgspec takes it when it is installed
    assert set() == {name for name in foreign if not name.startswith(("_", "sitecustomize"))}
    assert [] == [name for name in loaded if name.startswith("errata.") and not name.startswith("errata._")]


def test_no_drawer_for_everything() -> None:
    """No module has a name that says nothing."""
    drawers = {"utils", "util", "helpers", "common", "manager", "base", "misc"}
    assert [] == [name_of(path) for path in MODULES if path.stem.strip("_") in drawers]
