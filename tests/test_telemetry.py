"""Telemetry: spans, counts and trace ids for OpenTelemetry, groups and a filter for Sentry, and no secret in any."""

import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from fastapi import FastAPI, HTTPException
from fastapi.testclient import TestClient
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from errata import Catalog, Contract, Error, Internal, NotFound, Problem, RawResponse, Request, Secret, Unavailable
from errata._http import parse_traceparent
from errata.contracts import axway, tesma
from errata.servers.fastapi import install
from errata.telemetry import before_send, error_type, fingerprint, instrument

SECRET = "s3cr3t-Pq7-do-not-tell"
CALLER = "4bf92f3577b34da6a3ce929d0e0e4736"


class NoSuchOrder(Error, status=404, code="ORDER_UNKNOWN"):
    """There is no such order."""

    detail = "There is no order {number}."
    number: int
    asked_by: Internal[str] = SECRET
    token: Secret[str] = SECRET


class Broken(Error, status=503, code="BROKEN"):
    """Something we need is broken."""

    asked_by: Internal[str] = SECRET
    token: Secret[str] = SECRET


class Mute(Exception):
    """An exception whose text cannot be had."""

    def __str__(self) -> str:
        raise RuntimeError(SECRET)


SHOP = Contract(Catalog([NoSuchOrder, Broken], name="shop"), trace_header="x-trace-id")


class Seen(NamedTuple):
    """An application that is watched, and what was seen of it."""

    client: TestClient
    spans: InMemorySpanExporter
    metrics: InMemoryMetricReader

    def span(self) -> ReadableSpan:
        """Return the span of the last request."""
        return next(span for span in reversed(self.spans.get_finished_spans()) if span.kind.name == "SERVER")

    def points(self) -> list[dict[str, Any]]:
        """Return what was counted: the attributes of each series, with its number."""
        data = self.metrics.get_metrics_data()
        found = [m for r in data.resource_metrics for s in r.scope_metrics for m in s.metrics] if data else []
        return [
            {**(point.attributes or {}), "count": point.value}  # type: ignore[union-attr] # a counter has values
            for metric in found
            if metric.name == "errata.errors"
            for point in metric.data.data_points
        ]

    def everything(self) -> str:
        """Return all that was exported, as text."""
        data = self.metrics.get_metrics_data()
        spans = "".join(span.to_json() for span in self.spans.get_finished_spans())
        return spans + (data.to_json() if data else "")


def watched(contract: Contract = SHOP, **options: Any) -> Iterator[Seen]:
    """Yield an application whose framework makes spans, and whose contract tells of its errors."""
    spans, metrics, tracer = InMemorySpanExporter(), InMemoryMetricReader(), TracerProvider()
    tracer.add_span_processor(SimpleSpanProcessor(spans))
    meter = MeterProvider([metrics])
    app = FastAPI(telemetry={"tracer_provider": tracer, "meter_provider": meter, "logs": False})

    @app.get("/orders/{number}")
    async def order(number: int) -> None:
        raise NoSuchOrder(number=number)

    @app.get("/broken")
    async def broken() -> None:
        raise Broken

    @app.get("/crash")
    async def crash() -> None:
        raise RuntimeError(SECRET) from ValueError(SECRET)

    @app.get("/mute")
    async def mute() -> None:
        raise Mute

    @app.get("/refused/{code}")
    async def refused(code: str) -> None:
        raise HTTPException(409, {"code": code, "message": "taken"})

    install(app, instrument(contract, meter_provider=meter, **options))
    yield Seen(TestClient(app, raise_server_exceptions=False), spans, metrics)
    tracer.shutdown()
    meter.shutdown()


@pytest.fixture
def seen() -> Iterator[Seen]:
    """The watched application."""
    yield from watched()


def test_fault_of_the_server_is_an_error_of_its_span(seen: Seen) -> None:
    """A 5xx sets the status ERROR, with the code, and names the exception's class and nothing else of it."""
    assert 503 == seen.client.get("/broken").status_code
    span = seen.span()
    assert (StatusCode.ERROR, None) == (span.status.status_code, span.status.description)
    attributes = span.attributes or {}
    assert ("BROKEN", "unavailable") == (attributes["errata.code"], attributes["errata.kind"])
    assert [("exception", {"exception.type": f"{__name__}.Broken"})] == [
        (event.name, dict(event.attributes or {})) for event in span.events
    ]


def test_fault_of_the_client_is_none_of_the_span(seen: Seen) -> None:
    """A 4xx leaves the status of the server's span unset and adds no event; its code is there."""
    assert 404 == seen.client.get("/orders/7").status_code
    span = seen.span()
    assert StatusCode.UNSET == span.status.status_code
    assert () == tuple(span.events)
    assert ("ORDER_UNKNOWN", "ORDER_UNKNOWN", "not_found") == tuple(
        (span.attributes or {})[name] for name in ("error.type", "errata.code", "errata.kind")
    )


def test_error_without_a_code_is_of_its_kind(seen: Seen) -> None:
    """What has no code has its kind as type, and no attribute for a code."""
    seen.client.get("/nowhere")
    attributes = seen.span().attributes or {}
    assert ("not_found", "not_found") == (attributes["error.type"], attributes["errata.kind"])
    assert "errata.code" not in attributes


def test_one_trace_id_is_everywhere(seen: Seen, caplog: pytest.LogCaptureFixture) -> None:
    """Body, header field, log record and span have the trace id that the caller sent."""
    with caplog.at_level(logging.INFO, "errata"):
        answer = seen.client.get("/orders/7", headers={"traceparent": f"00-{CALLER}-00f067aa0ba902b7-01"})
    (record,) = [record for record in caplog.records if record.name == "errata"]
    span = seen.span().get_span_context()
    assert span is not None
    assert {CALLER} == {
        answer.json()["traceId"],
        answer.headers["x-trace-id"],
        record.problem["trace_id"],  # type: ignore[attr-defined] # an extra of the record
        f"{span.trace_id:032x}",
    }


def test_trace_that_starts_here_gives_its_id(seen: Seen) -> None:
    """Without a `traceparent` the id is that of the span, not one of errata's own."""
    answer = seen.client.get("/orders/7", headers={"traceparent": "00-nonsense-01"})
    span = seen.span().get_span_context()
    assert span is not None
    assert f"{span.trace_id:032x}" == answer.json()["traceId"]


def test_w3c_field_carries_the_trace() -> None:
    """In `traceresponse` the id of the span stands in W3C's form."""
    for seen in watched(SHOP.replace(trace_header="traceresponse")):
        answer = seen.client.get("/orders/7", headers={"traceparent": f"00-{CALLER}-00f067aa0ba902b7-01"})
        parts = parse_traceparent(answer.headers["traceresponse"])
        assert parts is not None
        assert CALLER == parts[0] == answer.json()["traceId"]


@pytest.mark.parametrize(
    ("contract", "form"),
    [(tesma.contract, re.compile(f"00-{CALLER}-[0-9a-f]{{16}}-01")), (axway.contract, re.compile("[0-9a-f]{24}"))],
    ids=["tesma", "axway"],
)
def test_contract_keeps_the_form_of_its_ids(contract: Contract, form: re.Pattern[str]) -> None:
    """An id that the contract makes in its own way has that form still; where it holds a trace, that of the span."""
    for seen in watched(contract):
        answer = seen.client.get("/orders/7", headers={"traceparent": f"00-{CALLER}-00f067aa0ba902b7-01"})
        problem_id = (answer.json().get("extensions") or {}).get("traceId") or answer.headers["x-troubleshooting-id"]
        assert form.fullmatch(problem_id)


def test_errors_are_counted_by_what_a_catalog_declares(seen: Seen) -> None:
    """However many paths, parameters and foreign codes there are, the series are those of type, status, contract."""
    for number in range(20):
        seen.client.get(f"/orders/{number}")
        seen.client.get(f"/refused/{SECRET}-{number}")
        seen.client.get(f"/nowhere/{number}")
    seen.client.get("/crash")
    shop = {"errata.contract": "shop"}
    assert [
        {"error.type": "ORDER_UNKNOWN", "http.response.status_code": 404, "count": 20, **shop},
        {"error.type": "aborted", "http.response.status_code": 409, "count": 20, **shop},
        {"error.type": "internal", "http.response.status_code": 500, "count": 1, **shop},
        {"error.type": "not_found", "http.response.status_code": 404, "count": 20, **shop},
    ] == sorted(seen.points(), key=lambda point: str(point["error.type"]))


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        (Problem(status=404, code="ORDER_UNKNOWN"), "ORDER_UNKNOWN"),
        (Problem(status=404, code="ORDER_UNKNOWN_8"), "not_found"),
        (Problem(status=404), "not_found"),
        (Problem(status=700, code=""), "unknown"),
        (Problem(), "unknown"),
    ],
)
def test_type_of_an_error_is_one_of_few(problem: Problem, expected: str) -> None:
    """The type is a declared code, else one of the sixteen kinds."""
    assert expected == error_type(problem, SHOP)


def test_status_that_cannot_be_sent_counts_as_the_one_that_is() -> None:
    """A status outside of HTTP is sent, and counted, as 500; a contract without a name has no such attribute."""
    metrics = InMemoryMetricReader()
    meter = MeterProvider([metrics])
    contract = instrument(Contract(Catalog()), meter_provider=meter)
    assert 500 == contract.respond(Problem(status=999)).status
    assert [{"error.type": "unknown", "http.response.status_code": 500, "count": 1}] == Seen(
        TestClient(FastAPI()), InMemorySpanExporter(), metrics
    ).points()
    meter.shutdown()


# ---- beside other things ----


def test_other_observers_are_called_too(caplog: pytest.LogCaptureFixture) -> None:
    """An observer that the contract has is called with the same; when it fails, the error is counted all the same."""
    told: list[tuple[object, ...]] = []

    def observe(*args: object) -> None:
        told.append(args)
        raise RuntimeError(SECRET)

    for seen in watched(SHOP.replace(observe=observe)):
        assert 404 == seen.client.get("/orders/7").status_code
        assert [1] == [point["count"] for point in seen.points()]
    ((problem, error, request),) = told
    assert isinstance(problem, Problem)
    assert isinstance(error, NoSuchOrder)
    assert isinstance(request, Request)
    assert "/orders/7" == request.path
    assert "observe failed (RuntimeError)" in caplog.text
    assert SECRET not in caplog.text


def test_instrumented_twice_is_counted_once() -> None:
    """A contract that is instrumented already stays as it is."""
    once = instrument(SHOP)
    assert once is instrument(once)


def test_nothing_happens_without_the_sdk() -> None:
    """With the API alone, nothing is recorded, and every error is answered as before."""
    fixed = SHOP.replace(trace_id=lambda _: "t1")
    for error in (NoSuchOrder(number=1), RuntimeError(SECRET), Unavailable()):
        plain, watched = (contract.respond(error) for contract in (fixed, instrument(fixed)))
        assert plain == watched


def test_missing_package_is_named() -> None:
    """Without OpenTelemetry the module imports, Sentry's part works, and `instrument` says which extra to install."""
    script = """
import sys
sys.modules["opentelemetry"] = None
from errata import Catalog, Contract, NotFound
from errata.telemetry import fingerprint, instrument
print(fingerprint(NotFound()), "sentry_sdk" in sys.modules)
instrument(Contract(Catalog()))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "['errata', '', 'not-found'] False\n" == done.stdout
    assert "ImportError: errata.telemetry.instrument needs OpenTelemetry; run: pip install 'errata[telemetry]'" in (
        done.stderr
    )


# ---- secrets ----


def test_no_secret_is_in_any_span_or_metric(seen: Seen) -> None:
    """Texts of exceptions, internal and secret parameters, and foreign codes are in nothing that is exported."""
    for path in ("/crash", "/broken", "/orders/7"):
        seen.client.get(path)
    exported = seen.everything()
    assert "RuntimeError" in exported
    assert SECRET not in exported


def test_texts_of_exceptions_are_exported_when_asked_for() -> None:
    """Whoever wants them gets the message and the traceback, on spans of server faults only."""
    for seen in watched(exception_texts=True):
        seen.client.get("/orders/7")
        assert () == tuple(seen.span().events)
        seen.client.get("/crash")
        (event,) = seen.span().events
        assert SECRET == (event.attributes or {})["exception.message"]
        assert "Traceback" in str((event.attributes or {})["exception.stacktrace"])


def test_kind_that_is_none_of_the_known_ones_opens_no_series() -> None:
    """A problem of somebody else's may have any word for its kind; there is one series for all of them."""
    for number in range(3):
        problem = Problem(status=404, kind=f"kind-{number}")  # type: ignore[arg-type] # as somebody may have sent it
        assert "_OTHER" == error_type(problem, SHOP)


def test_exception_without_a_text_is_told_by_its_class() -> None:
    """Where the text of an exception cannot be had, the event has its class, and all observers are told."""
    told: list[object] = []
    contract = SHOP.replace(observe=lambda problem, _error, _request: told.append(problem.status))
    for seen in watched(contract, exception_texts=True):
        seen.client.get("/mute")
        assert [{"exception.type": f"{__name__}.Mute"}] == [
            dict(event.attributes or {}) for event in seen.span().events
        ]
        assert [500] == told


# ---- Sentry ----


def test_errors_are_grouped_by_contract_and_code() -> None:
    """The group is contract and code, or the type's name; a received error is not the own one of that code."""
    received = NoSuchOrder.received(Problem(status=404, code="ORDER_UNKNOWN"), RawResponse(404))
    assert ["errata", "shop", "ORDER_UNKNOWN"] == fingerprint(NoSuchOrder(number=1), SHOP)
    assert ["errata", "shop", "ORDER_UNKNOWN"] == fingerprint(NoSuchOrder(number=2), SHOP)
    assert ["errata", "", "not-found"] == fingerprint(NotFound())
    assert ["errata", "received", "ORDER_UNKNOWN"] == fingerprint(received, SHOP)
    assert ["{{ default }}"] == fingerprint(KeyError("x"), SHOP)


def test_answer_decides_what_is_dropped() -> None:
    """What is answered below 500 is dropped; what another API sent and nobody handled is answered with 502."""
    send = before_send(SHOP.replace(exceptions={LookupError: NotFound}))

    def sent(error: BaseException) -> dict[str, Any] | None:
        return send({"extra": {}}, {"exc_info": (type(error), error, None)})

    assert None is sent(NoSuchOrder(number=1))
    assert None is sent(IndexError())
    assert ["errata", "shop", "BROKEN"] == (sent(Broken()) or {})["fingerprint"]
    received = NoSuchOrder.received(Problem(status=404), RawResponse(404))
    assert ["errata", "received", "ORDER_UNKNOWN"] == (sent(received) or {})["fingerprint"]
    assert ["{{ default }}"] == (sent(RuntimeError()) or {})["fingerprint"]


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"exception": None, "request": [], "extra": 1, "breadcrumbs": "x", "threads": {"values": [None, {}]}},
        {"exception": [{"stacktrace": {"frames": [None, {"vars": 1}]}}], "breadcrumbs": {"values": [{"data": []}]}},
    ],
)
def test_odd_events_pass(event: dict[str, Any]) -> None:
    """An event without an exception passes, whatever its parts are."""
    assert event is before_send(SHOP)(event, {})
    assert event is before_send(SHOP)(event, {"exc_info": (None, None, None)})


def test_secrets_are_taken_out_of_every_part() -> None:
    """Variables, bodies, queries, fields and parameters are gone from an event, whatever else it is about."""
    frames = {"frames": [{"function": "f", "vars": {"a": SECRET}}]}
    event = {
        "stacktrace": frames,
        "threads": {"values": [{"stacktrace": frames}]},
        "exception": {"values": [{"type": "E", "value": SECRET, "stacktrace": frames}]},
        "request": {"url": "/x", "data": {"a": SECRET}, "cookies": {"a": SECRET}, "query_string": f"a={SECRET}",
                    "headers": {"Host": "shop", "X-Shop-Token": SECRET}},
        "extra": {"problem": {"status": 500, "params": {"a": SECRET}}},
        "breadcrumbs": {"values": [{"message": "404", "data": {"problem": {"params": {"a": SECRET}}}}]},
    }  # fmt: skip
    sent = before_send(SHOP)(event, {})
    assert SECRET not in json.dumps(sent)
    assert {
        "stacktrace": {"frames": [{"function": "f"}]},
        "threads": {"values": [{"stacktrace": {"frames": [{"function": "f"}]}}]},
        "exception": {"values": [{"type": "E", "stacktrace": {"frames": [{"function": "f"}]}}]},
        "request": {"url": "/x", "headers": {"Host": "shop"}},
        "extra": {"problem": {"status": 500}},
        "breadcrumbs": {"values": [{"message": "404", "data": {"problem": {}}}]},
    } == sent
    kept = {"exception": {"values": [{"value": SECRET}]}}
    assert kept == before_send(SHOP, exception_texts=True)(kept, {})


def test_addresses_are_sent_without_their_queries() -> None:
    """A query is no part of an address, neither of the request nor of the requests that were made meanwhile."""
    event = {
        "request": {"url": f"http://shop/x?token={SECRET}", "fragment": SECRET, "env": {"REMOTE_USER": SECRET}},
        "breadcrumbs": [{"data": {"url": f"http://bank/y#{SECRET}", "http.query": SECRET, "http.fragment": SECRET}}],
    }
    sent = before_send(SHOP)(event, {})
    assert {"request": {"url": "http://shop/x"}, "breadcrumbs": [{"data": {"url": "http://bank/y"}}]} == sent


def test_failing_house_rule_loses_no_event() -> None:
    """An error whose answer cannot be told is rather reported once too often."""

    def broken(_problem: Problem) -> Problem:
        raise RuntimeError

    error = Broken()
    event = before_send(SHOP.replace(adapt=broken))({}, {"exc_info": (Broken, error, None)})
    assert {"fingerprint": ["errata", "shop", "BROKEN"]} == event


SENTRY = """
import json, logging, sentry_sdk
from fastapi import FastAPI
from fastapi.testclient import TestClient
from errata import Catalog, Contract, Error, Internal, Secret
from errata.servers.fastapi import install
from errata.telemetry import before_send
from sentry_sdk.transport import Transport

secret = "s3cr3t-" + "Pq7-do-not-tell"  # in two parts, for Sentry shows the source
events = []

class Collect(Transport):
    def capture_envelope(self, envelope):
        events.extend(item.payload.json for item in envelope.items if item.headers["type"] == "event")

class Refused(Error, status=403, code="REFUSED"):
    asked_by: Internal[str]
    token: Secret[str]

class Broken(Refused, status=503, code="BROKEN"):
    "Broken."

contract = Contract(Catalog([Refused, Broken], name="shop"))
sentry_sdk.init("http://key@127.0.0.1:9/1", transport=Collect, before_send=before_send(contract), send_default_pii=True)
app = FastAPI()

@app.post("/refused")
async def refused() -> None:
    raise Refused(asked_by=secret, token=secret)

@app.post("/broken")
async def broken() -> None:
    try:
        raise KeyError(secret)
    except KeyError as error:
        raise Broken(asked_by=secret, token=secret) from error

@app.post("/crash")
async def crash() -> None:
    local = {"password": secret}
    raise RuntimeError(secret)

client = TestClient(install(app, contract), raise_server_exceptions=False)
fields = {"authorization": "Bearer " + secret, "cookie": "a=" + secret, "x-shop": secret}
for path in ("/refused", "/broken", "/crash"):
    client.post(path + "?token=" + secret, json={"note": secret}, headers=fields)
sentry_sdk.flush()
print(json.dumps(events))
"""


def test_events_of_sentry_are_grouped_and_hold_no_secret() -> None:
    """Through FastAPI with Sentry's own integrations: the 4xx is no event, and the secret is in none of the others."""
    done = subprocess.run([sys.executable, "-c", SENTRY], capture_output=True, text=True, check=True)
    events = json.loads(done.stdout)
    assert [["errata", "shop", "BROKEN"], ["{{ default }}"]] == [event["fingerprint"] for event in events]
    assert ["Broken", "RuntimeError"] == [event["exception"]["values"][-1]["type"] for event in events]
    assert all(event["exception"]["values"][-1]["stacktrace"]["frames"] for event in events)
    assert [503, 500] == [event["extra"]["problem"]["status"] for event in events]
    assert SECRET not in done.stdout
