"""One secret on every way through every framework and every dialect: in no byte, header, log, span or metric."""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

import pytest
from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from errata import Catalog, Contract, Error, Internal, NotFound, RawResponse, Request, Secret
from errata.dialects import BUILTIN
from errata.telemetry import instrument
from errata.testing import Call, drive_asgi, drive_url, drive_wsgi
from errata.testing import _server as kit
from tests.servers.apps import (
    aiohttp,
    asgi,
    django,
    drf,
    falcon,
    falcon_asgi,
    fastapi,
    flask,
    litestar,
    ninja,
    starlette,
    wsgi,
)
from tests.servers.serving import aiohttp_serving

SECRET: Final = "correct-horse-battery-staple"
BUG: Final = "text-of-a-bug-7f3a"
OWNER: Final = "mrs-b-of-accounting"


class Guarded(Error, status=403, code="GUARDED"):
    """A type with a parameter of each class."""

    detail = "Order {number} is guarded."
    number: int
    owner: Internal[str]
    token: Secret[str]


def in_process(make: Callable[[Contract], Any]) -> Callable[[Contract], AbstractContextManager[Any]]:
    """Return a maker of an application that needs no server."""
    return lambda contract: nullcontext(make(contract))


def over_a_socket(contract: Contract) -> AbstractContextManager[Any]:
    """Run aiohttp's own server."""
    return aiohttp_serving(aiohttp.make_app(contract))


def drive_port(port: int, call: Call) -> RawResponse:
    """Send a request to a server on this machine."""
    return drive_url(f"http://127.0.0.1:{port}", call)


FRAMEWORKS: Final[dict[str, tuple[Callable[[Contract], AbstractContextManager[Any]], Callable[..., RawResponse]]]] = {
    **{
        module.__name__.rpartition(".")[2]: (in_process(module.make_app), drive_asgi)
        for module in (asgi, starlette, fastapi, litestar, falcon_asgi)
    },
    **{
        module.__name__.rpartition(".")[2]: (in_process(module.make_app), drive_wsgi)
        for module in (wsgi, flask, django, drf, ninja, falcon)
    },
    "aiohttp": (over_a_socket, drive_port),
}

JSON: Final = {"content-type": "application/json", "authorization": SECRET, "cookie": f"session={SECRET}"}
CALLS: Final = {
    "a secret parameter": Call("GET", "/fail/guarded", JSON),
    "an unknown exception": Call("GET", f"/fail/broken?token={SECRET}", JSON),
    "a mapped exception": Call("GET", "/fail/mapped", JSON),
    "an error of another API": Call("GET", "/fail/relayed", JSON),
    "a wrong value": Call("POST", "/orders", JSON, b'{"sku":"A-1","amount":"%b"}' % SECRET.encode()),
    "a wrong value deep inside": Call(
        "POST", "/orders", JSON, b'{"sku":"A-1","amount":1,"lines":[{"price":"%b"}]}' % SECRET.encode()
    ),
    "no JSON": Call("POST", "/orders", JSON, b'{"sku":"%b' % SECRET.encode()),
    "another media type": Call("POST", "/orders", {**JSON, "content-type": "text/plain"}, SECRET.encode()),
    "an unknown address": Call("GET", f"/nothing?token={SECRET}", JSON),
    "a wrong method": Call("POST", f"/hello?token={SECRET}", JSON),
    "a response that has started": Call("GET", "/started", JSON),
}
FAILURES: Final[dict[str, Callable[[], BaseException]]] = {
    "guarded": lambda: Guarded(number=7, owner=OWNER, token=SECRET),
    "broken": lambda: RuntimeError(BUG),
    "mapped": lambda: kit.DuplicateKeyError(BUG),
    "relayed": lambda: NotFound.received(NotFound().problem.replace(detail=BUG, title=BUG), object(), {"x-bug": BUG}),
}


class Recorder(logging.Handler):
    """Keeps all that a log gets."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record as text, with its traceback and everything else it carries.

        But for access logs: servers write there what was asked for, query included.
        """
        if record.name.endswith(".access"):
            return
        self.lines.append(self.format(record) + repr({k: v for k, v in vars(record).items() if k != "request"}))


@pytest.fixture
def log() -> Iterator[Recorder]:
    """Record everything that anybody logs, down to debugging."""
    recorder, root = Recorder(), logging.getLogger()
    level = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(recorder)
    yield recorder
    root.removeHandler(recorder)
    root.setLevel(level)


def contract_for(name: str) -> Contract:
    """Return a contract in a dialect; where its codes are a closed set, without a catalog."""
    return Contract(Catalog([]), dialect=name, name=name, exceptions={kit.DuplicateKeyError: NotFound})


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_secret_goes_nowhere(framework: str, log: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Secret parameters and the client's input are nowhere; texts of exceptions only in the traceback of the log."""
    for name, failure in FAILURES.items():
        monkeypatch.setitem(kit.FAILURES, name, failure)
    reader, exporter = InMemoryMetricReader(), InMemorySpanExporter()
    meters, tracers = MeterProvider([reader]), TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = tracers.get_tracer("test")
    contracts = {name: instrument(contract_for(name), meter_provider=meters) for name in BUILTIN}

    def in_dialect(request: Request) -> Contract | None:
        return contracts.get(request.headers.get("x-dialect", ""))

    make, drive = FRAMEWORKS[framework]
    answered = 0
    with make(contracts["problem"].replace(select=in_dialect)) as app:
        for dialect in BUILTIN:
            for what, call in CALLS.items():
                with tracer.start_as_current_span("a request"):
                    sent = drive(app, call._replace(headers={**call.headers, "x-dialect": dialect}))
                everything = repr(dict(sent.headers)).encode() + sent.body
                for hidden in (SECRET, BUG, OWNER):
                    assert hidden.encode() not in everything, f"{what}, {dialect}: {everything!r}"
                answered += sent.status >= 400
    assert answered > len(BUILTIN) * (len(CALLS) - 2)  # some formats say errors with 200, and one has started

    logged = "\n".join(log.lines)
    assert "GUARDED" in logged
    assert OWNER in logged, "internal parameters are for the log"
    assert SECRET not in logged, next(line for line in log.lines if SECRET in line)
    assert BUG in logged, "the traceback of a bug is for the log"

    measured = "".join(metric.to_json() for metric in [reader.get_metrics_data()] if metric)
    spans = "".join(span.to_json() for span in exporter.get_finished_spans())
    for hidden in (SECRET, BUG, OWNER):
        assert hidden not in measured
        assert hidden not in spans
    assert "errata.errors" in measured
    assert trace.get_current_span() is trace.INVALID_SPAN
