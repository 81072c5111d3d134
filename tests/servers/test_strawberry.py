"""Strawberry: errors of resolvers, of GraphQL itself and of the transport, each in the contract."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date
from enum import Enum
from typing import Any, NewType

import pytest
import strawberry
from fastapi import FastAPI
from fastapi.testclient import TestClient
from graphql import GraphQLError
from starlette.applications import Starlette
from starlette.routing import Mount
from strawberry.asgi import GraphQL
from strawberry.extensions import MaskErrors, QueryDepthLimiter, SchemaExtension
from strawberry.fastapi import GraphQLRouter
from strawberry.permission import BasePermission
from strawberry.schema.config import StrawberryConfig

import errata
from errata import Catalog, Contract, Error, Problem, RawResponse, Violation, read, render
from errata.servers import fastapi as fastapi_server
from errata.servers import starlette as starlette_server
from errata.servers.strawberry import install, raising
from tests.servers.worlds import ADOPTED, SITUATIONS, TEXT_OF_A_BUG, TRACE, Situation, adopting, plain

SECRET = "hunter2"
PARENT = "4bf92f3577b34da6a3ce929d0e0e4736"


class Colour(Enum):
    """A colour."""

    RED = "red"


class BadSku(Error, status=400, code="BAD_SKU"):
    """The number of an article is none."""

    detail = "That is no number of an article."


def parse_sku(_: object) -> str:
    """Refuse every number of an article."""
    raise BadSku


def parse_odd(value: object) -> str:
    """Refuse with a text that has the value in it."""
    raise ValueError(f"no {value}")


Sku = NewType("Sku", str)
Odd = NewType("Odd", str)
SCALARS: Any = {
    Sku: strawberry.scalar(name="Sku", parse_value=parse_sku, serialize=str),
    Odd: strawberry.scalar(name="Odd", parse_value=parse_odd, serialize=str),
}


@strawberry.enum
class Shade(Enum):
    """A shade."""

    DARK = "dark"


@strawberry.input
class Line:
    """One line of an order."""

    amount: int
    name: str = ""
    shade: Shade | None = None
    on: date | None = None
    lines: "list[Line] | None" = None


class Denied(BasePermission):
    """A permission that nobody has."""

    message = "Only for members."
    error_extensions = {"code": "FORBIDDEN", "section": "vault"}  # noqa: RUF012 - as Strawberry wants it

    def has_permission(self, source: Any, info: Any, **kwargs: Any) -> bool:
        """Refuse."""
        return False


Fail = Callable[[], None]


def schema_of(  # noqa: C901 - a table of fields
    fail: Fail = lambda: None, contract: Contract = plain, **options: Any
) -> strawberry.Schema:
    """Return a schema with a field that fails as told, and others that do their own."""
    config = StrawberryConfig(scalar_map=SCALARS, **options.pop("config", {}))

    @strawberry.type
    class Item:
        number: int

        @strawberry.field
        def broken(self) -> str | None:
            if self.number == 2:
                fail()
            return "whole"

    @strawberry.type
    class Query:
        @strawberry.field
        def fail(self) -> str | None:
            fail()
            return "not reached"

        @strawberry.field
        async def later(self) -> str | None:
            fail()
            return "not reached"

        @strawberry.field
        def greeting(
            self, line: Line | None = None, count: int = 1, sku: Sku | None = None, odd: Odd | None = None
        ) -> str:
            return "hello"

        @strawberry.field
        def items(self) -> list[Item]:
            return [Item(number=1), Item(number=2)]

        @strawberry.field
        def number(self) -> int | None:
            return SECRET  # type: ignore[return-value]

        @strawberry.field
        def nothing(self) -> int:
            return None  # type: ignore[return-value]

        @strawberry.field(permission_classes=[Denied])  # type: ignore[untyped-decorator] # Strawberry types it as Any
        def vault(self) -> str | None:
            return "not reached"

    @strawberry.type
    class Subscription:
        @strawberry.subscription
        async def ticks(self) -> AsyncIterator[int]:
            yield 1
            fail()

        @strawberry.subscription
        async def fields(self) -> AsyncIterator[Item]:
            yield Item(number=2)

    made = strawberry.Schema(Query, subscription=Subscription, config=config, **options)
    return install(made, contract)


def ask(schema: strawberry.Schema, query: str, variables: dict[str, Any] | None = None, **context: Any) -> Any:
    """Return the answer of a schema to an operation, as it goes over the wire."""
    result = asyncio.run(schema.execute(query, variables, context_value=context or None))
    again = result if "later" in query else schema.execute_sync(query, variables, context_value=context or None)
    assert said(result)["data"] == said(again)["data"]
    return said(again)


def said(result: Any) -> Any:
    """Return a result in JSON, decoded by somebody else than errata."""
    errors = [error.formatted for error in result.errors or ()]
    return json.loads(json.dumps({"data": result.data, **({"errors": errors} if errors else {})}))


def error_of(answer: Any) -> Any:
    """Return the one error of an answer."""
    (error,) = answer["errors"]
    return error


def raised(situation: Situation) -> BaseException:
    """Return the error of a situation."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - of any kind
        situation.fail()
    return caught.value


def failing(error: Exception) -> Fail:
    """Return a function that raises an error."""

    def fail() -> None:
        raise error

    return fail


def as_read(error: Any) -> Problem:
    """Return what errata reads of an error, without its place."""
    body = {"errors": [{name: error[name] for name in ("message", "extensions")}]}
    return read(RawResponse(200, {"content-type": "application/json"}, json.dumps(body).encode()), "graphql").problem


# ---- what resolvers raise ----

# An exception without a text fails in GraphQL itself, far from its field: see below.
PLACED = {name: situation for name, situation in SITUATIONS.items() if name != "an unprintable exception"}


@pytest.mark.parametrize("field", ["fail", "later"])
@pytest.mark.parametrize("name", PLACED)
def test_situations_have_one_answer(name: str, field: str) -> None:
    """An error of a resolver is what the dialect says of it, at its place in query and result."""
    error = error_of(ask(schema_of(SITUATIONS[name].fail), f"{{ {field} }}"))
    assert ([field], [{"line": 1, "column": 3}]) == (error["path"], error["locations"])
    assert {"message", "path", "locations", "extensions"} == error.keys()
    expected = render(plain.problem(raised(SITUATIONS[name])), "graphql")
    assert read(expected, "graphql").problem == as_read(error)
    assert (SITUATIONS[name].status, TRACE) == (error["extensions"]["status"], error["extensions"]["traceId"])


def test_an_error_on_the_wire() -> None:
    """Code, trace id and public parameters are extensions, the detail is the message."""
    error = error_of(ask(schema_of(SITUATIONS["a type with a parameter"].fail), "{ fail }"))
    assert {
        "message": "The case has been closed for more than 45 days.",
        "locations": [{"line": 1, "column": 3}],
        "path": ["fail"],
        "extensions": {
            "title": "Case closed", "status": 403, "detail": "The case has been closed for more than 45 days.",
            "code": "CASE_CLOSED", "traceId": TRACE, "days": 45,
        },
    } == error  # fmt: skip


def test_a_bug_on_the_wire() -> None:
    """An unknown exception tells its title and the trace id, nothing else."""
    error = error_of(ask(schema_of(SITUATIONS["a bug"].fail), "{ fail }"))
    assert "Internal Server Error" == error["message"]
    assert {"title": "Internal Server Error", "status": 500, "traceId": TRACE} == error["extensions"]


@pytest.mark.parametrize("name", ADOPTED)
def test_standard_errors_are_said_as_the_contracts_own_types(name: str) -> None:
    """Fallbacks hold in GraphQL as they do in HTTP."""
    error = error_of(ask(schema_of(ADOPTED[name].fail, adopting), "{ fail }"))
    assert ADOPTED[name].body["code"] == error["extensions"]["code"]
    assert ADOPTED[name].body.get("detail", "Failed") == error["message"]


@pytest.mark.parametrize("name", ["a bug", "a group", "an unprintable exception"])
def test_unforeseen_exceptions_tell_nothing(name: str) -> None:
    """Neither text, type, path nor traceback of an exception is anywhere in the answer."""
    answer = json.dumps(ask(schema_of(SITUATIONS[name].fail), "{ fail greeting }"))
    assert "Internal Server Error" in answer
    for leak in (TEXT_OF_A_BUG, SECRET, "Traceback", "Error:", ".py", "RuntimeError", "ExceptionGroup", "KeyError"):
        assert leak not in answer


def test_partial_data_survives_and_each_error_has_its_own_entry() -> None:
    """What did not fail is there; of several errors each says where it is, under a trace id of its own."""
    ids = iter(["one", "two", "three", "four", "five", "six"])
    counting = plain.replace(trace_id=lambda _: next(ids))
    schema = schema_of(SITUATIONS["a standard class"].fail, counting)
    answer = said(schema.execute_sync("{ greeting fail items { number broken } vault }"))
    items = [{"number": 1, "broken": "whole"}, {"number": 2, "broken": None}]
    assert {"greeting": "hello", "fail": None, "items": items, "vault": None} == answer["data"]
    told = [(error["path"], error["message"], error["extensions"]["traceId"]) for error in answer["errors"]]
    assert [
        (["fail"], "Conflict", "one"), (["items", 1, "broken"], "Conflict", "two"),
        (["vault"], "Only for members.", "three"),
    ] == told  # fmt: skip


def test_inner_problems_are_errors_beside_each_other() -> None:
    """An error that holds several problems leaves as that many errors at its place."""
    inner = (Problem(status=404, code="ONE"), Problem(status=409, code="TWO"))
    answer = ask(schema_of(failing(Error(Problem(status=400, problems=inner)))), "{ greeting fail }")
    told = [(error["extensions"].get("code"), error["path"]) for error in answer["errors"]]
    assert [(None, ["fail"]), ("ONE", ["fail"]), ("TWO", ["fail"])] == told


def test_an_error_received_from_another_api_is_a_bad_gateway() -> None:
    """What an API behind this one said, and nobody handled, is not passed on."""
    received = errata.NotFound.received(Problem(status=404, detail=SECRET), object())
    error = error_of(ask(schema_of(failing(received)), "{ fail }"))
    assert ("Bad Gateway", 502) == (error["message"], error["extensions"]["status"])


# ---- what is meant to be seen ----


def test_errors_of_graphql_that_a_resolver_raises_keep_text_and_extensions() -> None:
    """A GraphQLError is the resolver's own word; its code tells the status, if it is one that servers share."""
    own = GraphQLError("Too many.", extensions={"code": "RATE_LIMITED", "limit": 5, "on": date(2026, 1, 2)})
    error = error_of(ask(schema_of(failing(own)), "{ fail }"))
    assert "Too many." == error["message"]
    told = {"title": "Too Many Requests", "status": 429, "detail": "Too many.", "code": "RATE_LIMITED"}
    assert {**told, "traceId": TRACE, "limit": 5, "on": "2026-01-02"} == error["extensions"]


def test_an_error_of_graphql_without_a_code_is_the_clients_fault() -> None:
    """Without a code nothing is known but the text, which stays."""
    error = error_of(ask(schema_of(failing(GraphQLError("Not like that."))), "{ fail }"))
    assert ("Not like that.", 400, TRACE) == (
        error["message"], error["extensions"]["status"], error["extensions"]["traceId"],
    )  # fmt: skip


def test_permissions_keep_their_message() -> None:
    """What a permission says, and its code, reach the client."""
    error = error_of(ask(schema_of(), "{ vault }"))
    assert "Only for members." == error["message"]
    assert ("FORBIDDEN", 403, "vault") == tuple(error["extensions"][name] for name in ("code", "status", "section"))


def test_an_error_wrapped_in_one_of_graphql_is_itself() -> None:
    """An `Error` under a GraphQLError counts, whatever the text around it."""
    wrapped = GraphQLError("around", original_error=raised(SITUATIONS["a type with a parameter"]))  # type: ignore[arg-type]
    assert "CASE_CLOSED" == error_of(ask(schema_of(failing(wrapped)), "{ fail }"))["extensions"]["code"]


# ---- what GraphQL itself refuses ----


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ("{ greeting( }", "GRAPHQL_PARSE_FAILED", "Syntax Error: Expected Name, found '}'."),
        ('{ greeting "hunter2" }', "GRAPHQL_PARSE_FAILED", "Syntax Error: Expected Name, found String."),
        ("{ nobody }", "GRAPHQL_VALIDATION_FAILED", "Cannot query field 'nobody' on type 'Query'."),
        ("{ greeting(x: 1) }", "GRAPHQL_VALIDATION_FAILED", "Unknown argument 'x' on field 'Query.greeting'."),
        (
            "{ items }", "GRAPHQL_VALIDATION_FAILED",
            "Field 'items' of type '[Item!]!' must have a selection of subfields. Did you mean 'items { ... }'?",
        ),
        ('{ greeting(count: "hunter2") }', "GRAPHQL_VALIDATION_FAILED", "Int cannot represent non-integer value."),
        (
            '{ greeting(line: {amount: 1, on: "hunter2"}) }', "GRAPHQL_VALIDATION_FAILED",
            "Value cannot represent a Date.",
        ),
        (
            "{ greeting(line: {amount: 1, shade: HUNTER2}) }", "GRAPHQL_VALIDATION_FAILED",
            "The value does not exist in 'Shade'.",
        ),
        (
            '{ greeting(line: {name: "hunter2"}) }', "GRAPHQL_VALIDATION_FAILED",
            "Expected value of type 'Line' to include required field 'amount'.",
        ),
        ('{ greeting(odd: "hunter2") }', "GRAPHQL_VALIDATION_FAILED", "Expected value of type 'Odd'."),
        ('{ greeting(sku: "hunter2") }', "BAD_SKU", "That is no number of an article."),
    ],
)  # fmt: skip
def test_operations_that_are_refused_keep_their_text_without_values(query: str, code: str, message: str) -> None:
    """Errors of GraphQL have a code, its text and a place, and never quote what was sent."""
    answer = ask(schema_of(), query)
    error = error_of(answer)
    assert (None, message, code) == (answer["data"], error["message"], error["extensions"]["code"])
    assert (400, TRACE) == (error["extensions"]["status"], error["extensions"]["traceId"])
    assert SECRET not in json.dumps(answer).lower()


@pytest.mark.parametrize(
    ("line", "pointer", "detail"),
    [
        ({"amount": SECRET}, "amount", "Int cannot represent non-integer value."),
        ({"amount": "x does not exist in hunter2 enum"}, "amount", "Int cannot represent non-integer value."),
        ({"amount": 1, "name": {SECRET: 1}}, "name", "String cannot represent a non string value."),
        ({"amount": 1, "shade": SECRET}, "shade", "The value does not exist in 'Shade'."),
        ({"amount": 1, "shade": "x does not exist in hunter2 enum"}, "shade", "The value does not exist in 'Shade'."),
        ({"amount": 1, "on": SECRET}, "on", "Value cannot represent a Date."),
        (
            {"amount": 1, "lines": [{"amount": 1}, {"amount": SECRET}]}, "lines/1/amount",
            "Int cannot represent non-integer value.",
        ),
        ({"name": SECRET}, "", "Expected value of type 'Line' to include required field 'amount'."),
        ({"amount": 1, "zz": SECRET}, "", "Expected value of type 'Line' not to include unknown field 'zz'."),
        (SECRET, "", "Expected value of type 'Line' to be an object."),
    ],
)  # fmt: skip
def test_variables_that_do_not_fit_are_violations_without_values(line: Any, pointer: str, detail: str) -> None:
    """Each wrong variable says where it is wrong and what its type is, never what it was."""
    answer = ask(schema_of(), "query ($line: Line!) { greeting(line: $line) }", {"line": line})
    error = error_of(answer)
    assert ("Variable '$line' has an invalid value.", "BAD_USER_INPUT") == (
        error["message"],
        error["extensions"]["code"],
    )
    place = f"#/variables/line/{pointer}".removesuffix("/")
    assert [{"detail": detail, "pointer": place, "location": "body"}] == error["extensions"]["errors"]
    assert SECRET not in json.dumps(answer)


@pytest.mark.parametrize(
    ("kind", "value", "code", "detail"),
    [
        ("Int!", None, "BAD_USER_INPUT", "Expected value of non-null type 'Int!' not to be None."),
        ("Odd!", SECRET, "BAD_USER_INPUT", "Expected value of type 'Odd'."),
        ("Sku!", SECRET, "BAD_SKU", None),
    ],
)
def test_variables_of_scalars(kind: str, value: Any, code: str, detail: str | None) -> None:
    """A scalar of one's own is asked too: the error it raises counts, the text of any other exception is left out."""
    argument = {"Int!": "count", "Odd!": "odd", "Sku!": "sku"}[kind]
    answer = ask(schema_of(), f"query ($v: {kind}) {{ greeting({argument}: $v) }}", {"v": value})
    error = error_of(answer)
    assert code == error["extensions"]["code"]
    assert detail == next((fault["detail"] for fault in error["extensions"].get("errors", [])), None)
    assert SECRET not in json.dumps(answer)


def test_arguments_that_turn_out_not_to_fit() -> None:
    """A null that a variable brings to an argument that takes none is the client's fault, at the field."""
    answer = ask(schema_of(), "query ($v: Int) { greeting(count: $v) }", {"v": None})
    error = error_of(answer)
    assert ("BAD_USER_INPUT", ["greeting"]) == (error["extensions"]["code"], error["path"])
    assert "Argument 'count' has invalid value: Expected variable '$v' provided" in error["message"]


@pytest.mark.parametrize("field", ["number", "nothing"])
def test_results_that_do_not_fit_their_type_are_the_servers_fault(field: str) -> None:
    """What a resolver returned is not quoted, though GraphQL's own text does."""
    answer = ask(schema_of(), f"{{ {field} }}")
    error = error_of(answer)
    assert ("Internal Server Error", [field], 500) == (error["message"], error["path"], error["extensions"]["status"])
    assert SECRET not in json.dumps(answer)


def test_rules_of_extensions_keep_their_text() -> None:
    """What an extension refuses while validating is refused by the rules of the API."""
    schema = schema_of(extensions=[lambda: QueryDepthLimiter(max_depth=0)])
    error = error_of(ask(schema, "{ items { number } }"))
    assert "exceeds maximum operation depth" in error["message"]
    assert "GRAPHQL_VALIDATION_FAILED" == error["extensions"]["code"]


class Strict(SchemaExtension):
    """An extension that fails around every operation."""

    def on_execute(self) -> Iterator[None]:
        """Fail."""
        raise RuntimeError(TEXT_OF_A_BUG)
        yield


def test_failures_of_extensions_tell_nothing() -> None:
    """A bug in an extension is one of the server."""
    answer = ask(schema_of(extensions=[Strict]), "{ greeting }")
    assert (None, "Internal Server Error") == (answer["data"], error_of(answer)["message"])
    assert SECRET not in json.dumps(answer)


# ---- logs ----


@pytest.mark.parametrize("name", PLACED)
def test_errors_are_logged_once_under_the_trace_id_of_the_answer(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """One record per error, by errata alone: server faults with the traceback, the others without."""
    caplog.set_level("INFO")
    schema_of(SITUATIONS[name].fail).execute_sync("{ fail }")
    (record,) = [record for record in caplog.records if record.name.startswith(("errata", "strawberry", "graphql"))]
    assert TRACE == record.__dict__["problem"]["trace_id"]
    fault = SITUATIONS[name].status >= 500
    assert ("ERROR" if fault else "INFO", fault) == (record.levelname, bool(record.exc_info))


def test_secrets_are_in_no_byte_of_wire_and_log(caplog: pytest.LogCaptureFixture) -> None:
    """A secret parameter goes nowhere, an internal one into the log alone; variables are in neither."""
    caplog.set_level("DEBUG", logger="errata")
    caplog.set_level("DEBUG", logger="strawberry")
    schema = schema_of(SITUATIONS["internal and secret parameters"].fail)
    answer = json.dumps(said(schema.execute_sync("{ fail }")))
    assert "secret" not in answer
    assert "mrs-b" not in answer
    (record,) = caplog.records
    assert {"number": 7, "owner": "mrs-b-owner"} == record.__dict__["problem"]["params"]
    schema.execute_sync("query ($v: Int!) { greeting(count: $v) }", {"v": "secret-token"})
    assert "secret-token" not in caplog.text + repr([record.__dict__ for record in caplog.records])


# ---- contracts and requests ----


class Web:
    """A request as some framework has it."""

    method = "POST"
    path = "/graphql"
    headers = {"traceparent": f"00-{PARENT}-00f067aa0ba902b7-01", "version": "1"}  # noqa: RUF012 - nobody changes it


@pytest.mark.parametrize("context", [{"request": Web}, type("Context", (), {"request": Web})()], ids=["dict", "object"])
def test_the_request_gives_the_trace_id_and_the_contract(context: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Header fields of the request around the operation count, wherever the framework keeps it."""
    caplog.set_level("INFO", logger="errata")
    traced = Contract(Catalog([]))
    choosing = traced.replace(select=lambda request: adopting if request.headers.get("version") == "2" else None)
    schema = schema_of(failing(errata.NotFound()), choosing)
    answer = said(schema.execute_sync("{ fail }", context_value=context))
    assert PARENT == error_of(answer)["extensions"]["traceId"]
    assert "POST '/graphql'" in caplog.records[0].getMessage()
    Web.headers["version"] = "2"
    try:
        answer = said(schema.execute_sync("{ fail }", context_value=context))
    finally:
        Web.headers["version"] = "1"
    assert "NO_SUCH_THING" == error_of(answer)["extensions"]["code"]


@pytest.mark.parametrize("context", [None, 7, {"request": None}, {"request": object()}])
def test_any_context_will_do(context: Any) -> None:
    """A schema that is asked without a request answers as well."""
    answer = said(schema_of(failing(errata.NotFound())).execute_sync("{ fail }", context_value=context))
    assert "Not Found" == error_of(answer)["message"]


def test_foreign_exceptions_mean_what_the_contract_says() -> None:
    """`exceptions` maps those of other packages, `observe` is told of each error, house rules change it."""
    seen: list[str] = []
    ruled = plain.replace(
        dialect="problem-xml",
        exceptions={TimeoutError: errata.DeadlineExceeded},
        observe=lambda problem, error, request: seen.append(type(error).__name__),
        adapt=lambda problem: problem.replace(detail="As ruled."),
    )
    error = error_of(said(schema_of(failing(TimeoutError(SECRET)), ruled).execute_sync("{ fail }")))
    assert ("As ruled.", 504) == (error["message"], error["extensions"]["status"])
    assert ["TimeoutError"] == seen


def test_a_rule_that_fails_leaves_a_bare_failure() -> None:
    """The error path cannot fail: of a house rule that is broken for every problem, nothing is told."""

    def broken(_: Problem) -> Problem:
        raise RuntimeError(TEXT_OF_A_BUG)

    answer = ask(schema_of(failing(errata.NotFound()), plain.replace(adapt=broken)), "{ fail greeting }")
    assert ("Internal Server Error", "hello") == (error_of(answer)["message"], answer["data"]["greeting"])
    assert SECRET not in json.dumps(answer)


def test_violations_of_a_resolver() -> None:
    """Violations are the extension `errors`, as in problem details."""
    wrong = errata.ValidationFailed(
        violations=(Violation(path=("amount",), location="body", detail="must be 1 or more"),)
    )
    error = error_of(ask(schema_of(failing(wrong)), "{ fail }"))
    assert [{"detail": "must be 1 or more", "pointer": "#/amount", "location": "body"}] == error["extensions"]["errors"]


# ---- other ways into a schema ----


class Noting(strawberry.Schema):
    """A schema that keeps the errors as they were."""

    seen: list[str]

    def process_errors(self, errors: list[GraphQLError], execution_context: Any = None) -> None:
        """Note the texts."""
        self.seen = [error.message for error in errors]


def test_a_schema_of_ones_own_still_sees_its_errors() -> None:
    """What a class does in `process_errors` happens, with the errors as they were; installing twice counts once."""

    @strawberry.type
    class Query:
        @strawberry.field
        def fail(self) -> str | None:
            raise RuntimeError("as it was")

    schema = Noting(Query)
    assert install(schema, plain) is schema
    install(schema, adopting)
    assert "FAILED" == error_of(said(schema.execute_sync("{ fail }")))["extensions"]["code"]
    assert ["as it was"] == schema.seen


def test_masking_beside_errata() -> None:
    """Who masks errors by an extension of Strawberry masks what errata made of them."""
    schema = schema_of(failing(errata.NotFound()), extensions=[MaskErrors])
    assert "Unexpected error." == error_of(said(schema.execute_sync("{ fail }")))["message"]


def results_of(schema: strawberry.Schema, query: str) -> list[Any]:
    """Return all results of an operation that has several."""

    async def collect() -> list[Any]:
        return [result async for result in await schema.stream(query)]

    return asyncio.run(collect())


def test_subscriptions_end_with_an_error() -> None:
    """What came before is there; the error is the last result."""
    schema = schema_of(SITUATIONS["a type with a parameter"].fail)
    first, last = map(said, results_of(schema, "subscription { ticks }"))
    assert {"data": {"ticks": 1}} == first
    assert (None, "CASE_CLOSED") == (last["data"], error_of(last)["extensions"]["code"])


def test_fields_of_subscriptions_fail_as_those_of_queries() -> None:
    """An error in one event leaves its other fields."""
    (event,) = map(said, results_of(schema_of(SITUATIONS["a bug"].fail), "subscription { fields { number broken } }"))
    assert {"fields": {"number": 2, "broken": None}} == event["data"]
    assert ("Internal Server Error", ["fields", "broken"]) == (error_of(event)["message"], error_of(event)["path"])


@pytest.mark.parametrize(
    ("query", "code"),
    [("subscription {", "GRAPHQL_PARSE_FAILED"), ("subscription { nobody }", "GRAPHQL_VALIDATION_FAILED"),
     ("query A { greeting } query B { greeting }", None), ("", "BAD_REQUEST")],
)  # fmt: skip
def test_streams_that_never_start(query: str, code: str | None) -> None:
    """An operation that cannot be read is one result with its error."""
    (result,) = map(said, results_of(schema_of(), query))
    assert code == (error_of(result)["extensions"]["code"] if "errors" in result else None)


def test_parts_that_come_later_are_answered_too(caplog: pytest.LogCaptureFixture) -> None:
    """Of a result in several parts, those that Strawberry passes on as they are tell nothing either."""
    caplog.set_level("INFO", logger="errata")
    schema = schema_of(SITUATIONS["a bug"].fail, config={"enable_experimental_incremental_execution": True})
    install(schema, adopting)
    results = results_of(schema, "{ greeting ... @defer { fail items { broken } } }")
    errors = [error.formatted for result in results[1:] for part in result.incremental for error in part.errors or ()]
    assert 2 == len([record for record in caplog.records if record.name == "errata"])
    assert [("Failed", "FAILED")] * 2 == [(e["message"], (e.get("extensions") or {}).get("code")) for e in errors]


# ---- over HTTP ----


def served(fail: Fail = lambda: None) -> TestClient:
    """Return a client of a FastAPI application with the schema in it."""
    app = FastAPI()
    app.include_router(raising(GraphQLRouter)(schema_of(fail)), prefix="/graphql")
    return TestClient(fastapi_server.install(app, plain))


def test_errors_over_http() -> None:
    """GraphQL answers its errors with 200, in the types of media that Strawberry has."""
    response = served(SITUATIONS["a type with a parameter"].fail).post("/graphql", json={"query": "{ fail greeting }"})
    assert (200, "application/json") == (response.status_code, response.headers["content-type"])
    assert {"fail": None, "greeting": "hello"} == response.json()["data"]
    reading = read(RawResponse(200, dict(response.headers), response.content))
    assert ("graphql", "CASE_CLOSED", 403) == (reading.dialect, reading.problem.code, reading.problem.status)


@pytest.mark.parametrize(
    ("sent", "status", "title", "detail"),
    [
        (
            {"content": b"{", "headers": {"content-type": "application/json"}}, 400, "Bad Request",
            "The request body cannot be read.",
        ),
        ({"content": b"<a/>", "headers": {"content-type": "text/xml"}}, 415, "Unsupported Media Type", None),
        ({"json": {}}, 400, "Bad Request", "No GraphQL query found in the request"),
        ({"json": {"query": "{ greeting }", "operationName": "x"}}, 400, "Bad Request", 'Unknown operation named "x".'),
    ],
)  # fmt: skip
def test_what_the_transport_refuses_leaves_in_the_contract_of_the_framework(
    sent: Any, status: int, title: str, detail: str | None
) -> None:
    """What is no operation at all is answered by the contract of the application around the schema."""
    response = served().post("/graphql", **sent)
    assert (status, "application/problem+json") == (response.status_code, response.headers["content-type"])
    body = response.json()
    assert (title, detail, TRACE) == (body["title"], body.get("detail"), body["traceId"])


def test_another_method() -> None:
    """The framework's own 405 has its fields."""
    response = served().put("/graphql")
    assert (405, "application/problem+json") == (response.status_code, response.headers["content-type"])
    assert response.headers["allow"]


def test_a_view_of_asgi() -> None:
    """The plain view raises as well, into what it is mounted in."""
    app = Starlette(routes=[Mount("/graphql", raising(GraphQL)(schema_of(failing(errata.NotFound()))))])
    client = TestClient(starlette_server.install(app, plain))
    broken = client.post("/graphql/", content=b"{", headers={"content-type": "application/json"})
    assert (400, "application/problem+json") == (broken.status_code, broken.headers["content-type"])
    assert "Not Found" == error_of(client.post("/graphql/", json={"query": "{ fail }"}).json())["message"]


def test_subscriptions_over_a_websocket() -> None:
    """A client of graphql-transport-ws gets the events, then the error, then the end."""
    client = served(SITUATIONS["a type with a parameter"].fail)
    with client.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"]) as socket:
        socket.send_json({"type": "connection_init"})
        assert "connection_ack" == socket.receive_json()["type"]
        socket.send_json({"type": "subscribe", "id": "1", "payload": {"query": "subscription { ticks }"}})
        assert {"ticks": 1} == socket.receive_json()["payload"]["data"]
        last = socket.receive_json()["payload"]
        assert "CASE_CLOSED" == error_of(last)["extensions"]["code"]
        assert "complete" == socket.receive_json()["type"]
        socket.send_json({"type": "subscribe", "id": "2", "payload": {"query": "subscription { nobody }"}})
        refused = socket.receive_json()
        assert ("error", "GRAPHQL_VALIDATION_FAILED") == (refused["type"], refused["payload"][0]["extensions"]["code"])


def test_without_a_contract_around_a_view_is_as_before() -> None:
    """A class made by `raising` keeps the name and the answers of the view."""
    assert "GraphQLRouter" == raising(GraphQLRouter).__name__
    assert "hello" == served().post("/graphql", json={"query": "{ greeting }"}).json()["data"]["greeting"]
