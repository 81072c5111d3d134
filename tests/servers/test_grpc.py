"""gRPC: the same answers from servers of threads and of event loops, for all arities, however errata got there."""

from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from threading import Event, current_thread
from typing import Any
from urllib.parse import quote

import grpc
import pytest
from grpc import aio

import errata
from errata import Catalog, Contract, Error, Problem, RawResponse, Violation, read, render
from errata.languages import translations
from errata.servers.grpc import install
from tests.servers.grpc_worlds import (
    ARITIES,
    SERVICE,
    WORLDS,
    Ended,
    World,
    aio_serving,
    call,
    fields,
    sync_serving,
)
from tests.servers.worlds import ADOPTED, SITUATIONS, TEXT_OF_A_BUG, TRACE, Situation, UnprintableError, adopting, plain

each_world = pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
two_worlds = pytest.mark.parametrize(
    "world", [WORLDS["sync, interceptor"], WORLDS["aio, interceptor"]], ids=["sync", "aio"]
)
FULL = [name for name in WORLDS if name != "aio, methods for threads"]  # their context cannot tell what was set
full_worlds = pytest.mark.parametrize("world", [WORLDS[name] for name in FULL], ids=FULL)

INFO, REQUEST = "ErrorInfo", "RequestInfo"
CODES = {
    "a type with a parameter": (
        "PERMISSION_DENIED", "The case has been closed for more than 45 days.", [INFO, REQUEST],
    ),
    "internal and secret parameters": ("ABORTED", "Order 7 is being changed.", [INFO, REQUEST]),
    "parameters that fill members": ("UNAVAILABLE", "Try again later.", [INFO, "RetryInfo", REQUEST, "ResourceInfo"]),
    "violations": ("INVALID_ARGUMENT", "Mistakes", [INFO, REQUEST, "BadRequest"]),
    "a standard class": ("ABORTED", "Conflict", [REQUEST]),
    "a standard class, challenged": ("UNAUTHENTICATED", "Unauthorized", [REQUEST]),
    "a status of nobody's": ("INTERNAL", "Odd", [INFO, REQUEST]),
    "a problem as a value": ("INVALID_ARGUMENT", "Teapot", [INFO, REQUEST]),
    "a member that JSON cannot say": ("NOT_FOUND", "Odd", [REQUEST]),
    "members of any type": ("NOT_FOUND", "Odd", [INFO, REQUEST]),
    "a bug": ("INTERNAL", "Internal Server Error", [REQUEST]),
    "a group": ("INTERNAL", "Internal Server Error", [REQUEST]),
    "an unprintable exception": ("INTERNAL", "Internal Server Error", [REQUEST]),
}  # fmt: skip


def then(situation: Situation) -> Callable[[Any], None]:
    """Return how the methods end that get into a situation."""
    return lambda _: situation.fail()


def raised(situation: Situation) -> BaseException:
    """Return the error of a situation."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - of any kind
        situation.fail()
    return caught.value


def failing(error: BaseException) -> Callable[[Any], None]:
    """Return how methods end that fail with an error."""

    def fail(_: object) -> None:
        raise error

    return fail


def succeed(_: object) -> None:
    """Let a method succeed."""


def problem_of(ended: Ended) -> Problem:
    """Return what errata reads of the end of a call."""
    details = ended.trailers["grpc-status-details-bin"]
    assert isinstance(details, bytes)
    number = str(grpc.StatusCode[ended.code].value[0])
    headers = {"grpc-status": number, "grpc-message": quote(ended.message)}
    return read(RawResponse(200, headers | {"grpc-status-details-bin": b64encode(details).decode()})).problem


# ---- what is sent ----


@each_world
@pytest.mark.parametrize("name", SITUATIONS)
def test_situations_have_one_end_everywhere(world: World, name: str) -> None:
    """Code, message and details are those of the table, whatever the arity; what had been sent before has arrived."""
    with world.run(plain, then(SITUATIONS[name])) as port:
        ends = {arity: call(port, arity) for arity in ARITIES}
    for arity, ended in ends.items():
        assert CODES[name] == (ended.code, ended.message, [detail for detail, _ in ended.details])
        assert ["grpc-status-details-bin"] == list(ended.trailers)
        assert ([b"one", b"two"] if arity.endswith("stream") else []) == ended.received


def test_every_situation_has_its_row() -> None:
    """No situation of the table for all frameworks is left out here."""
    assert CODES.keys() == SITUATIONS.keys()


@two_worlds
@pytest.mark.parametrize("name", SITUATIONS)
def test_errata_reads_what_its_dialect_says_of_the_same_error(world: World, name: str) -> None:
    """What arrives is the problem that the contract says in the dialect of gRPC, with nothing beside it."""
    with world.run(plain, then(SITUATIONS[name])) as port:
        ended = call(port, "unary_unary")
    expected = render(plain.problem(raised(SITUATIONS[name])), "grpc-http")
    assert read(expected).problem == problem_of(ended)


@two_worlds
@pytest.mark.parametrize("name", ADOPTED)
def test_standard_errors_are_said_as_the_contracts_own_types(world: World, name: str) -> None:
    """Fallbacks hold in gRPC as they do in HTTP."""
    with world.run(adopting, then(ADOPTED[name])) as port:
        ended = call(port, "unary_unary")
    reasons = [bytes(value) for n, d in ended.details if n == INFO for f, value in fields(d) if f == 1]
    assert [ADOPTED[name].body["code"].encode()] == reasons


def test_details_byte_for_byte() -> None:
    """The details are protobuf as google.rpc defines it: packed messages with their numbers of fields."""
    with WORLDS["sync, interceptor"].run(plain, then(SITUATIONS["violations"])) as port:
        details = dict(call(port, "unary_unary").details)
    assert {
        INFO: b"\n\x08MISTAKES",
        REQUEST: b"\n\x20" + TRACE.encode(),
        "BadRequest": b"\n\x25\n\x0citems[0].a/b\x12\x0bis required\x1a\x08required"
        b"\n\x20\n\x04page\x12\x12must be an integer\x1a\x04type",
    } == details
    with WORLDS["sync, interceptor"].run(plain, then(SITUATIONS["parameters that fill members"])) as port:
        details = dict(call(port, "unary_unary").details)
    assert b"\n\x07\x08\x01\x10\x80\x84\xaf\x5f" == details["RetryInfo"]  # 1 s and 200,000,000 ns
    assert b"\n\x05order\x12\x017" == details["ResourceInfo"]


KINDS = [code.name.lower() for code in grpc.StatusCode if code is not grpc.StatusCode.OK]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_its_status_code(kind: Any) -> None:
    """The kinds are the words of gRPC; a status that several kinds share does not blur them."""
    with WORLDS["sync, install"].run(plain, failing(Error(Problem(status=500, kind=kind)))) as port:
        assert kind.upper() == call(port, "unary_unary").code


@two_worlds
@pytest.mark.parametrize("text", ["Beet № 9 ist 100% voll", "a\r\nb: c", "nul \0 and \x7f", "\U0001f331"])
def test_texts_arrive_as_they_are(world: World, text: str) -> None:
    """Characters that no header field may have arrive unharmed, and end nothing early."""
    with world.run(plain, failing(Error(Problem(status=404, detail=text)))) as port:
        ended = call(port, "unary_unary")
    assert ("NOT_FOUND", text) == (ended.code, ended.message)


FAULTS = tuple(Violation(path=("items", i), detail="is wrong " * 20) for i in range(500))
CROWDED = Problem(
    status=422, code="MISTAKES", detail="Wrong.", violations=FAULTS, trace_id=TRACE, help="https://help/" * 9
)


@two_worlds
def test_details_that_are_too_many_go_the_last_ones_first(world: World) -> None:
    """Trailing metadata stay far below the 8 KiB that clients take: the last violations go, and are counted."""
    with world.run(plain, failing(Error(CROWDED))) as port:
        ended = call(port, "unary_unary")
    assert ("INVALID_ARGUMENT", "Wrong.") == (ended.code, ended.message)
    assert [INFO, REQUEST, "Help", "BadRequest"] == [name for name, _ in ended.details]
    told = problem_of(ended)
    kept = len(told.violations)
    assert 10 < kept < 20
    assert FAULTS[:kept] == told.violations
    assert {"reason": "MISTAKES", "violationsLeftOut": str(500 - kept)} == told.extensions
    assert 4_500 < size_of(ended) < 5_500


@two_worlds
def test_crowded_details_have_room_beside_a_long_text_in_a_language(world: World) -> None:
    """All fields stay below the 8 KiB also where the text is long and told once more, with its language."""
    contract = plain.replace(trace_header="x-trace", languages=translations())
    problem = CROWDED.replace(detail="wrong " * 500)
    with world.run(contract, failing(Error(problem))) as port:
        ended = call(port, "unary_unary", metadata=[("accept-language", "en")])
    assert "wrong " * 166 + "wron" == ended.message
    assert [INFO, REQUEST, "Help", "BadRequest", "LocalizedMessage"] == [name for name, _ in ended.details]
    assert 5_500 < size_of(ended) < 7_000


def size_of(ended: Ended) -> int:
    """Return the bytes of the fields that end a call, as HTTP/2 counts them (RFC 9113 section 6.5.2)."""
    own = {"grpc-status": "13", "grpc-message": quote(ended.message, safe=" ")}
    told = {name: value if isinstance(value, str) else b64encode(value) for name, value in ended.trailers.items()}
    return sum(len(name) + len(value) + 32 for name, value in {**own, **told}.items())


FURTHER = {"@type": "type.googleapis.com/google.protobuf.StringValue", "value": b64encode(b"x" * 900).decode()}


@pytest.mark.parametrize(
    ("changes", "left_out"),
    [
        ({"violations": FAULTS[:13], "extensions": {"details": [FURTHER]}}, {"extensions"}),
        ({"extensions": {"a": "x" * 3_000, "n": "7"}}, {"violations"}),
        ({"extensions": {"a": "x" * 9_000, "n": "7"}}, {"violations", "extensions"}),
        ({"help": "https://help.example/" + "x" * 9_000}, {"violations", "help"}),
        ({"detail": "x" * 9_000}, {"violations", "detail"}),
        ({"detail": "x" * 9_000, "code": "C" * 2_700}, {"violations", "detail", "help"}),
        ({"detail": "x" * 9_000, "code": "C" * 2_900}, {"violations", "detail", "help", "trace_id"}),
        ({"code": "C" * 9_000}, {"violations", "code"}),
        ({"trace_id": "t" * 9_000}, {"violations", "trace_id"}),
    ],
    ids=[
        "further detail",
        "long parameter",
        "longer parameter",
        "link",
        "text",
        "text and reason",
        "text and longer reason",
        "reason",
        "trace id",
    ],
)
def test_what_has_no_room_goes_in_order(changes: dict[str, Any], left_out: set[str]) -> None:
    """Further details go before violations, those before parameters and links, the text before trace id and reason."""
    problem = CROWDED.replace(**changes)
    fields = render(problem, "grpc-http").headers
    assert len(fields["grpc-message"]) <= 1_000
    assert len(fields["grpc-status-details-bin"]) <= 5_000
    arrived = read(render(problem, "grpc-http")).problem
    told = arrived.replace(code=arrived.extensions.get("reason"))
    names = ("violations", "detail", "help", "code", "trace_id")
    missing = {name for name in names if getattr(told, name) != getattr(problem, name)}
    given = {name for name, value in problem.extensions.items() if arrived.extensions.get(name) != value}
    assert left_out == (missing | {"extensions"} if given else missing)
    assert ("violations" in left_out) == ("violationsLeftOut" in arrived.extensions)


def test_parameters_that_are_no_texts_are_told_as_json() -> None:
    """Metadata are texts: those of JSON stay what they are, all else is its JSON; what cannot be said is left out."""
    values = {"text": "a", "price": Decimal("1.50"), "open": True, "tags": ["a", 1], "at": date(2026, 1, 2), "no": None}
    problem = Problem(status=409, extensions=values | {"odd": UnprintableError()})
    expected = {"text": "a", "price": "1.50", "open": "true", "tags": '["a",1]', "at": "2026-01-02"}
    assert expected == read(render(problem, "grpc-http")).problem.extensions


@two_worlds
def test_texts_that_are_too_long_are_cut(world: World) -> None:
    """A text of any length ends a call with its code and the start of the text."""
    with world.run(plain, failing(Error(Problem(status=422, detail="wrong ü " * 50_000)))) as port:
        ended = call(port, "unary_unary")
    assert "INVALID_ARGUMENT" == ended.code
    assert ended.message.startswith("wrong ü wrong ü")
    assert len(ended.everything) < 8_192


# ---- what is not sent ----


@each_world
@pytest.mark.parametrize("name", ["a bug", "a group", "an unprintable exception"])
def test_unforeseen_exceptions_tell_nothing(world: World, name: str) -> None:
    """Neither text, type, path nor traceback of an exception is anywhere in what the client gets."""
    with world.run(plain, then(SITUATIONS[name])) as port:
        sent = b"".join(call(port, arity).everything for arity in ARITIES)
    for leak in (TEXT_OF_A_BUG, "hunter2", "Traceback", "Error:", ".py", "RuntimeError", "ExceptionGroup", "KeyError"):
        assert leak.encode() not in sent


@each_world
def test_errors_of_calls_that_were_not_handled_tell_nothing(world: World) -> None:
    """What a stub raises for a call to another server is a bug here, however plain its class."""
    with world.run(plain, failing(grpc.RpcError(TEXT_OF_A_BUG))) as port:
        ended = call(port, "unary_unary")
    assert ("INTERNAL", "Internal Server Error") == (ended.code, ended.message)
    assert TEXT_OF_A_BUG.encode() not in ended.everything


@each_world
def test_secrets_are_in_no_byte_of_wire_and_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """A secret parameter goes nowhere, an internal one into the log alone."""
    caplog.set_level("DEBUG")
    with world.run(plain, then(SITUATIONS["internal and secret parameters"])) as port:
        sent = b"".join(call(port, arity).everything for arity in ARITIES)
    assert b"secret" not in sent
    assert b"mrs-b" not in sent
    ours = [record for record in caplog.records if record.name == "errata"]
    assert [{"number": 7, "owner": "mrs-b-owner"}] * len(ARITIES) == [r.__dict__["problem"]["params"] for r in ours]
    assert "secret-token" not in caplog.text + repr([record.__dict__ for record in caplog.records])


@each_world
@pytest.mark.parametrize("name", SITUATIONS)
def test_errors_are_logged_once_under_the_trace_id_of_the_response(
    world: World, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """One record per error, by errata and not by gRPC: server faults with the traceback, the others without."""
    caplog.set_level("INFO")
    with world.run(plain.replace(trace_header="x-trace"), then(SITUATIONS[name])) as port:
        ended = call(port, "stream_stream")
    logged = [record for record in caplog.records if record.name.startswith(("errata", "grpc"))]
    (record,) = logged
    assert (TRACE, TRACE) == (ended.trailers["x-trace"], record.__dict__["problem"]["trace_id"])
    assert f"POST '/{SERVICE}/stream_stream'" in record.getMessage()
    fault = SITUATIONS[name].status >= 500
    assert ("ERROR" if fault else "INFO", fault) == (record.levelname, bool(record.exc_info))


# ---- what gRPC itself refuses ----


@each_world
@pytest.mark.parametrize("arity", ARITIES)
def test_unknown_methods_are_answered_in_the_contract(
    world: World, arity: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A method that no service has is UNIMPLEMENTED, with a trace id, and no fault of the server's."""
    caplog.set_level("INFO", logger="errata")
    with world.run(plain, succeed) as port:
        ended = call(port, arity, "nobody", requests=[b"a"])
    assert ("UNIMPLEMENTED", "There is no such method.", []) == (ended.code, ended.message, ended.received)
    assert [(REQUEST, b"\n\x20" + TRACE.encode())] == ended.details
    assert ["INFO"] == [record.levelname for record in caplog.records if record.name == "errata"]


def refuse(data: bytes) -> Any:
    """Deserialize nothing."""
    raise ValueError(TEXT_OF_A_BUG, data)


@each_world
@pytest.mark.parametrize("arity", ARITIES)
def test_messages_that_cannot_be_read_are_the_clients_fault(world: World, arity: str) -> None:
    """What a deserializer refuses is a MalformedBody, without the text of its exception."""
    with world.run(plain, succeed, request_deserializer=refuse) as port:
        ended = call(port, arity)
    assert ("INVALID_ARGUMENT", "The request body cannot be read.") == (ended.code, ended.message)
    assert b"hunter2" not in ended.everything


def garble(message: Any) -> bytes:
    """Serialize nothing."""
    raise TypeError(TEXT_OF_A_BUG, message)


@each_world
@pytest.mark.parametrize("arity", ARITIES)
def test_messages_that_cannot_be_written_are_the_servers_fault(
    world: World, arity: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A response that cannot be serialized is an InternalError that tells nothing, logged with its traceback."""
    caplog.set_level("INFO")
    with world.run(plain, succeed, response_serializer=garble) as port:
        ended = call(port, arity)
    assert ("INTERNAL", "Internal Server Error", []) == (ended.code, ended.message, ended.received)
    assert b"hunter2" not in ended.everything
    (record,) = [record for record in caplog.records if record.name.startswith(("errata", "grpc"))]
    assert record.exc_info


@two_worlds
def test_messages_are_serialized_once(world: World) -> None:
    """Trying a message and sending it is the same work: what the client gets was serialized once."""
    written: list[bytes] = []

    def serialize(message: bytes) -> bytes:
        written.append(message)
        return message.upper()

    with world.run(plain, succeed, request_deserializer=bytes.upper, response_serializer=serialize) as port:
        assert [b"ONE"] == call(port, "unary_unary").received
        assert [b"ONE", b"TWO"] == call(port, "stream_stream").received
    assert [b"one", b"one", b"two"] == written


# ---- what is left alone ----


@each_world
def test_successes_are_left_alone(world: World) -> None:
    """Nothing is added to a call that succeeds."""
    with world.run(plain, succeed) as port:
        for arity in ARITIES:
            received = [b"one", b"two"] if arity.endswith("stream") else [b"one"]
            assert Ended("OK", "", {}, received) == call(port, arity)


@full_worlds
@pytest.mark.parametrize("arity", ARITIES)
def test_what_the_method_itself_aborts_stays_as_it_is(
    world: World, arity: str, caplog: pytest.LogCaptureFixture
) -> None:
    """`context.abort` is the method's own word: its code, its text, its trailing metadata, and nothing in the log."""
    caplog.set_level("INFO")

    def abort(context: Any) -> Any:
        context.set_trailing_metadata((("own", "1"),))
        return context.abort(grpc.StatusCode.DATA_LOSS, "my own text")

    with world.run(plain, abort) as port:
        ended = call(port, arity)
    assert ("DATA_LOSS", "my own text", {"own": "1"}) == ended[:3]
    assert [] == [record for record in caplog.records if record.name.startswith(("errata", "grpc"))]


class Status(grpc.Status):
    """What `abort_with_status` takes."""

    code = grpc.StatusCode.OUT_OF_RANGE
    details = "beyond"
    trailing_metadata = (("own", "1"),)


def test_abort_with_status_stays_as_it_is() -> None:
    """A status that the method made itself, with details of its own, passes."""
    with WORLDS["sync, interceptor"].run(plain, lambda context: context.abort_with_status(Status())) as port:
        assert ("OUT_OF_RANGE", "beyond", {"own": "1"}) == call(port, "unary_stream")[:3]


@two_worlds
def test_a_code_that_was_set_and_returned_stays(world: World) -> None:
    """A method may say how it ends without raising anything."""

    def end(context: Any) -> None:
        context.set_code(grpc.StatusCode.NOT_FOUND)
        context.set_details("mine")

    with world.run(plain, end) as port:
        assert ("NOT_FOUND", "mine", {}) == call(port, "unary_unary")[:3]


@full_worlds
def test_trailing_metadata_of_the_method_survives(world: World) -> None:
    """What a method had set goes with its error, but for details that would not fit it."""

    def fail(context: Any) -> None:
        context.set_trailing_metadata((("own", "1"), ("grpc-status-details-bin", b"stale")))
        raise errata.NotFound

    with world.run(plain, fail) as port:
        ended = call(port, "stream_unary")
    assert "1" == ended.trailers["own"]
    assert [(REQUEST, b"\n\x20" + TRACE.encode())] == ended.details


def test_a_client_that_went_away_is_no_error_of_a_thread(caplog: pytest.LogCaptureFixture) -> None:
    """Requests that stop coming because the client cancelled are neither answered nor logged."""
    caplog.set_level("INFO")
    started, ended = Event(), Event()

    def count(requests: Iterator[bytes], _: grpc.ServicerContext) -> bytes:
        try:
            for _request in requests:
                started.set()
            return b"never"
        finally:
            ended.set()

    cancelled_while_waiting(sync_serving, grpc.stream_unary_rpc_method_handler(count), started, ended)
    assert [] == [record for record in caplog.records if record.name.startswith(("errata", "grpc"))]


def test_a_client_that_went_away_is_no_error_of_a_loop(caplog: pytest.LogCaptureFixture) -> None:
    """The same where the method is cancelled as a task is: its own clean-up runs."""
    caplog.set_level("INFO")
    started, ended = Event(), Event()

    async def count(requests: AsyncIterator[bytes], _: object) -> bytes:
        try:
            async for _request in requests:
                started.set()
            return b"never"
        finally:
            ended.set()

    handler: Any = grpc.stream_unary_rpc_method_handler(count)
    cancelled_while_waiting(aio_serving, handler, started, ended)
    assert [] == [record for record in caplog.records if record.name.startswith(("errata", "grpc"))]


def cancelled_while_waiting(serving: Any, handler: Any, started: Event, ended: Event) -> None:
    """Call a method, cancel it once it has got a request, and wait for its end."""
    hold = Event()

    def requests() -> Iterator[bytes]:
        yield b"a"
        hold.wait(30)

    with serving(plain, {"count": handler}) as port, grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub: Any = channel.stream_unary(f"/{SERVICE}/count")
        future = stub.future(requests())
        assert started.wait(30)
        assert future.cancel()
        assert ended.wait(30)
        hold.set()


@two_worlds
def test_errors_of_other_servers_are_not_passed_on(world: World) -> None:
    """A call of the method's own that failed, and that it did not handle, is the server's failure without its text."""
    upstream = world.run(plain, failing(Error(Problem(status=404, detail="hunter2 upstream"))))
    with upstream as inner, grpc.insecure_channel(f"127.0.0.1:{inner}") as channel:
        stub: Any = channel.unary_unary(f"/{SERVICE}/unary_unary")
        with world.run(plain, lambda _: stub(b"", timeout=30)) as port:
            ended = call(port, "unary_unary")
    assert ("INTERNAL", "Internal Server Error") == (ended.code, ended.message)
    assert b"hunter2" not in ended.everything


# ---- how it gets there ----


class Broken(grpc.ServerInterceptor):
    """An interceptor that fails before there is a method."""

    def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """Fail."""
        raise RuntimeError(TEXT_OF_A_BUG)


class BrokenInLoop(aio.ServerInterceptor):
    """The same in an event loop."""

    async def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """Fail."""
        raise RuntimeError(TEXT_OF_A_BUG)


@pytest.mark.parametrize("arity", ARITIES)
def test_failures_of_other_interceptors_are_answered_in_the_contract(arity: str) -> None:
    """What fails in an interceptor after errata's is answered as if the method had failed."""
    for world, broken in (("sync, interceptor", Broken()), ("aio, interceptor", BrokenInLoop())):
        chosen = WORLDS[world]
        with chosen.serving(plain, chosen.handlers(succeed), others=[broken]) as port:
            ended = call(port, arity)
        assert ("INTERNAL", "Internal Server Error", [REQUEST]) == (
            ended.code, ended.message, [name for name, _ in ended.details],
        )  # fmt: skip


class Counting(grpc.ServerInterceptor):
    """An interceptor that looks at requests and responses."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """Note the messages of a method."""
        handler = continuation(handler_call_details)

        def behaviour(request: Any, context: Any) -> Any:
            response = handler.unary_unary(request, context)
            self.seen += [request, response]
            return response

        return grpc.unary_unary_rpc_method_handler(behaviour, handler.request_deserializer, handler.response_serializer)


@pytest.mark.parametrize("installed", [False, True])
def test_other_interceptors_see_the_messages(installed: bool) -> None:
    """Interceptors before and after errata's get requests and responses as without it, not their bytes."""
    counting, world = Counting(), WORLDS["sync, interceptor"]
    handlers = world.handlers(succeed, request_deserializer=bytes.decode, response_serializer=lambda m: m + b"!")
    handlers["greet"] = grpc.unary_unary_rpc_method_handler(
        lambda name, _: f"hello {name}", bytes.decode, str.encode
    )  # fmt: skip
    with world.serving(plain, handlers, installed=installed, others=[counting]) as port:
        assert [b"hello ann"] == call(port, "unary_unary", "greet", requests=[b"ann"]).received
    assert ["ann", "hello ann"] == counting.seen


def test_methods_that_write_their_stream_by_the_context() -> None:
    """The other way of `grpc.aio` to answer a stream: errors end it in the contract too."""

    async def write(_: object, context: Any) -> None:
        await context.write(b"one")
        raise errata.NotFound

    async def read_all(_: object, context: Any) -> None:
        while (message := await context.read()) is not aio.EOF:
            await context.write(message)

    make: Any = grpc.stream_stream_rpc_method_handler
    handlers = {
        "write": make(write, None, bytes.upper),
        "echo": make(read_all, bytes.upper, bytes.lower),
        "refuse": make(read_all, refuse),
        "garble": make(read_all, None, garble),
    }
    with aio_serving(plain, handlers) as port:
        ended = call(port, "stream_stream", "write")
        assert ("NOT_FOUND", "Not Found", [b"ONE"]) == (ended.code, ended.message, ended.received)
        assert Ended("OK", "", {}, [b"a", b"b"]) == call(port, "stream_stream", "echo")
        assert "INVALID_ARGUMENT" == call(port, "stream_stream", "refuse").code
        assert ("INTERNAL", "Internal Server Error") == call(port, "stream_stream", "garble")[:2]


def test_texts_as_messages_of_a_loop() -> None:
    """`grpc.aio` makes bytes of a text before it serializes; so does the check."""

    async def greet(_: object, __: object) -> str:
        return "grüß"

    handler: Any = grpc.unary_unary_rpc_method_handler(greet, None, bytes.upper)
    with aio_serving(plain, {"greet": handler}) as port:
        assert ["GRüß".encode()] == call(port, "unary_unary", "greet").received


def test_methods_keep_their_own_threads() -> None:
    """A method that brings a pool of its own still runs there."""
    with ThreadPoolExecutor(1, "own") as pool:

        def where(_: object, __: object) -> bytes:
            return current_thread().name.encode()

        where.experimental_thread_pool = pool  # type: ignore[attr-defined]
        with sync_serving(plain, {"where": grpc.unary_unary_rpc_method_handler(where)}) as port:
            assert [b"own_0"] == call(port, "unary_unary", "where").received


class Unhashable:
    """A behaviour that cannot be a key."""

    __hash__ = None  # type: ignore[assignment]

    def __call__(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        """Fail."""
        raise errata.NotFound


@pytest.mark.parametrize("installed", [False, True])
def test_behaviours_of_any_kind(installed: bool) -> None:
    """Whatever can be called can be a method."""
    handlers: Any = {"any": grpc.unary_unary_rpc_method_handler(Unhashable())}
    with sync_serving(plain, handlers, installed=installed) as port:
        assert ["NOT_FOUND"] * 2 == [call(port, "unary_unary", "any").code for _ in range(2)]


def test_install_returns_the_server() -> None:
    """`install` returns the server it was given, and methods that it never saw are answered all the same."""
    with ThreadPoolExecutor(1) as pool:
        server = grpc.server(pool)
        assert install(server, plain) is server
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        assert "There is no such method." == call(port, "unary_unary").message
        server.stop(None).wait(30)


def test_the_contract_of_the_later_install_counts() -> None:
    """Installing another contract replaces the first, and an error is still answered and logged once."""
    with ThreadPoolExecutor(1) as pool:
        server = install(install(grpc.server(pool), plain), adopting)
        handler = WORLDS["sync, install"].handlers(failing(errata.Gone()))["unary_unary"]
        server.add_registered_method_handlers(SERVICE, {"unary_unary": handler})
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        assert "It was removed." == call(port, "unary_unary").message
        server.stop(None).wait(30)


# ---- what requests and contracts say ----

PARENT = "4bf92f3577b34da6a3ce929d0e0e4736"


@each_world
def test_the_trace_id_is_that_of_the_request(world: World) -> None:
    """A valid traceparent in the metadata gives the trace id; the contract may send it in a field of its own."""
    traced = Contract(Catalog([]), trace_header="X-Request-Id")
    with world.run(traced, failing(errata.NotFound())) as port:
        ended = call(port, "unary_unary", metadata=[("traceparent", f"00-{PARENT}-00f067aa0ba902b7-01")])
    assert [(REQUEST, b"\n\x20" + PARENT.encode())] == ended.details
    assert PARENT == ended.trailers["x-request-id"]


@full_worlds
def test_successes_carry_a_trace_id_if_the_contract_wants_it(world: World) -> None:
    """`trace_always` sends the id with successes as well, beside what the method had set."""
    traced = Contract(Catalog([]), trace_always=True)

    def succeed_with(context: Any) -> None:
        context.set_trailing_metadata((("own", "1"),))

    with world.run(traced, succeed_with) as port:
        for arity in ARITIES:
            ended = call(port, arity, metadata=[("traceparent", f"00-{PARENT}-00f067aa0ba902b7-01"), ("k-bin", b"\0")])
            assert {"own": "1", "x-trace-id": PARENT} == ended.trailers


@pytest.mark.parametrize("name", ["grpc-trace", "x-trace-bin", "x!trace"])
def test_names_that_grpc_does_not_take_are_left_out(name: str) -> None:
    """A field that would break the call is not sent; the error is."""
    with WORLDS["sync, interceptor"].run(plain.replace(trace_header=name), failing(errata.NotFound())) as port:
        ended = call(port, "unary_unary")
    assert ("NOT_FOUND", ["grpc-status-details-bin"]) == (ended.code, list(ended.trailers))


def test_a_trace_id_of_odd_characters_is_sent_in_ascii() -> None:
    """Values of metadata are visible ASCII; an id that is not does not end the call in another way."""
    odd = plain.replace(trace_header="x-trace", trace_id=lambda _: "ünïcode")
    with WORLDS["sync, interceptor"].run(odd, failing(errata.NotFound())) as port:
        assert "?n?code" == call(port, "unary_unary").trailers["x-trace"]


def test_a_contract_of_another_dialect_and_its_house_rules() -> None:
    """Whatever the contract speaks over HTTP, gRPC gets its own; house rules hold, negotiation does not."""
    ruled = plain.replace(
        dialect="problem-xml",
        also=("problem",),
        negotiation="strict",
        choose_format=lambda _: "json",
        adapt=lambda problem: problem.replace(detail=f"{problem.detail} (ruled)"),
    )
    with WORLDS["aio, install"].run(ruled, then(SITUATIONS["a type with a parameter"])) as port:
        ended = call(port, "unary_unary", metadata=[("accept", "text/nothing")])
    assert ("PERMISSION_DENIED", "The case has been closed for more than 45 days. (ruled)") == ended[:2]


def test_the_contract_that_a_request_selects() -> None:
    """`select` sees the method and the metadata; whatever the chosen contract speaks, it is said in gRPC."""
    old = adopting.replace(dialect="problem-xml")

    def by_version(request: errata.Request) -> Contract | None:
        assert ("POST", f"/{SERVICE}/unary_unary") == (request.method, request.path)
        return old if request.headers.get("version") == "1" else None

    choosing = plain.replace(select=by_version)
    with WORLDS["aio, interceptor"].run(choosing, failing(errata.Gone())) as port:
        assert "Gone" == call(port, "unary_unary").message
        assert "It was removed." == call(port, "unary_unary", metadata=[("version", "1")]).message


def test_a_selected_contract_is_made_fit_once(caplog: pytest.LogCaptureFixture) -> None:
    """It speaks gRPC from its first call on, its trace id in its own field; that debugging is on is said once."""
    old = plain.replace(trace_header="x-old", debug=True)
    choosing = plain.replace(select=lambda _: old)
    caplog.clear()
    with WORLDS["sync, install"].run(choosing, failing(errata.Gone())) as port:
        ended = [call(port, "unary_unary") for _ in range(3)]
    assert [TRACE] * 3 == [each.trailers["x-old"] for each in ended]
    assert 1 == sum("debug is on" in record.getMessage() for record in caplog.records)


def test_foreign_exceptions_mean_what_the_contract_says() -> None:
    """`exceptions` maps those of other packages, and `observe` is told of what was answered."""
    seen: list[tuple[str | None, str]] = []
    watched = plain.replace(
        exceptions={TimeoutError: errata.DeadlineExceeded},
        observe=lambda problem, error, request: seen.append((problem.trace_id, type(error).__name__)),
    )
    with WORLDS["sync, interceptor"].run(watched, failing(TimeoutError(TEXT_OF_A_BUG))) as port:
        assert ("DEADLINE_EXCEEDED", "Gateway Timeout") == call(port, "unary_unary")[:2]
    assert [(TRACE, "TimeoutError")] == seen


def test_a_translated_text_says_its_language() -> None:
    """With languages, the message is in the one that the client likes, and a LocalizedMessage names it."""
    speaking = plain.replace(languages=translations())
    with WORLDS["sync, interceptor"].run(speaking, failing(errata.NotFound())) as port:
        ended = call(port, "unary_unary", metadata=[("accept-language", "de")])
    localized = dict(fields(dict(ended.details)["LocalizedMessage"]))
    assert {1: b"de", 2: ended.message.encode()} == localized
    assert "Not Found" != ended.message
    assert "de" == ended.trailers["content-language"]


def test_a_rule_that_fails_leaves_a_bare_failure() -> None:
    """The error path cannot fail: of a house rule that is broken for every problem, nothing is told."""

    def broken(_: Problem) -> Problem:
        raise RuntimeError(TEXT_OF_A_BUG)

    with WORLDS["sync, interceptor"].run(plain.replace(adapt=broken), failing(errata.NotFound())) as port:
        ended = call(port, "unary_unary")
    assert ("INTERNAL", "Internal Server Error") == ended[:2]
    assert b"hunter2" not in ended.everything


def test_debug_says_so() -> None:
    """Only a contract that is debugging shows the text of an unknown exception."""
    debugging = plain.replace(debug=True)
    with WORLDS["sync, interceptor"].run(debugging, then(SITUATIONS["a bug"])) as port:
        assert f"RuntimeError: {TEXT_OF_A_BUG}" == call(port, "unary_unary").message
