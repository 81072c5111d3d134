"""Any OpenAPI document with the errors of its operations in the words of a contract."""

import json
from copy import deepcopy
from datetime import date
from enum import Enum
from typing import Annotated, Any, Literal

import msgspec
import pytest

from errata import (
    Catalog,
    ContentTooLarge,
    Contract,
    Error,
    Internal,
    InternalError,
    InvalidArgument,
    MalformedBody,
    NotFound,
    Problem,
    Request,
    ResourceExhausted,
    Secret,
    Unauthenticated,
    ValidationFailed,
)
from errata._catalog import ProblemType
from errata.contracts import axway, netmri, telecomx, tesma, usta
from errata.dialects import BUILTIN
from errata.openapi import COMMON, Raisable, described, responses
from errata.openapi._components import Components
from errata.openapi._samples import TRACE_ID
from tests.openapi.documents import check, document, examples, resolved, response, statuses, validator


class NoSuchOrder(Error, status=404, code="ORDER_UNKNOWN"):
    """There is no order with this number.

    Ask for those there are.
    """

    detail = "There is no order {number}."
    number: int
    asked_by: Internal[str]
    token: Secret[str]


class OutOfStock(Error, status=409, code="OUT_OF_STOCK"):
    """Somebody was faster."""

    sku: str
    retry_after: float | None = None


class Closed(Error, status=409, code="CLOSED", deprecated="2", replaced_by="out-of-stock"):
    """The shop is closed."""

    sku: int


SHOP = Contract(Catalog([NoSuchOrder, OutOfStock, Closed], name="shop"))
DECLARED: dict[str, list[Raisable]] = {"GET /orders/{number}": [NoSuchOrder], "createOrder": [OutOfStock, Closed]}
FOUNDING = [axway.contract, netmri.contract, telecomx.contract, tesma.contract, usta.contract]


def shop(**changes: Any) -> dict[str, Any]:
    """Return the document of the shop, described."""
    return described(document(), SHOP.replace(**changes), DECLARED)


def test_each_operation_has_the_errors_that_it_can_answer() -> None:
    """Unreadable bodies, invalid input, a missing login and a failure are described where they can happen."""
    found = shop()
    check(found)
    assert [500] == statuses(found, "GET /health")
    assert [404, 422, 500] == statuses(found, "GET /orders/{number}")
    assert [400, 401, 409, 415, 422, 500] == statuses(found, "POST /orders")


def test_general_errors_are_among_the_components() -> None:
    """What no operation answers, an unknown address or a wrong method, is described once, for all."""
    found = shop()["components"]["responses"]
    assert {"NotFound", "MethodNotAllowed"} <= found.keys()
    assert {"Allow"} == found["MethodNotAllowed"]["headers"].keys()


def test_several_codes_under_one_status() -> None:
    """They share a response, which lists them and has an example of each."""
    found = response(shop(), "POST /orders", 409)
    assert (
        "- `CLOSED` The shop is closed. (deprecated; use out-of-stock)\n- `OUT_OF_STOCK` Somebody was faster."
        == found["description"]
    )
    shown = found["content"]["application/problem+json"]["examples"]
    assert {"closed": "CLOSED", "out-of-stock": "OUT_OF_STOCK"} == {k: v["value"]["code"] for k, v in shown.items()}
    assert "OUT_OF_STOCK: Out of stock" == shown["out-of-stock"]["summary"]


@pytest.mark.parametrize("codes", ["open", "closed"])
def test_codes_are_known_to_clients(codes: Literal["open", "closed"]) -> None:
    """The schema of a status names its codes; only when they are closed is another code invalid."""
    found = described(document(), SHOP, DECLARED, codes=codes)
    check(found)
    schema = response(found, "POST /orders", 409)["content"]["application/problem+json"]["schema"]
    assert {"type": "string", "enum": ["CLOSED", "OUT_OF_STOCK"]} == found["components"]["schemas"][
        "ClosedOrOutOfStockCode"
    ]
    assert (codes == "open") == validator(found, schema).is_valid({"status": 409, "code": "NEW"})
    assert validator(found, schema).is_valid({"status": 409, "code": "CLOSED"})


def test_parameters_have_their_types() -> None:
    """A public parameter is a typed member; one that two types of a status mean differently is left open."""
    schemas = shop()["components"]["schemas"]
    assert {"type": "integer"} == schemas["NoSuchOrder"]["properties"]["number"]
    assert {} == schemas["ClosedOrOutOfStock"]["properties"]["sku"]


def test_clients_digest_the_schemas() -> None:
    """No object is closed and nothing is a choice of bodies, so that a new member breaks no client."""
    text = json.dumps(shop()["components"])
    assert "additionalProperties" not in text
    assert "oneOf" not in text
    assert "allOf" not in text


class Colour(Enum):
    """What can be bought."""

    RED = "red"
    BLUE = "blue"


class Place(msgspec.Struct):
    """Where it is."""

    shelf: int
    row: Literal["front", "back"]


class Rich(Error, status=422, code="RICH"):
    """It has parameters of many types."""

    detail = "{amount:.2f} of {colour} on {day:%Y-%m-%d}, {left:03d} left."
    amount: float
    colour: Colour
    day: date
    left: int
    places: list[Place]
    tags: list[str]
    open: bool
    note: str | None = None


def test_samples_follow_the_declared_types() -> None:
    """Each parameter has a sample value of its type, also those that format the text or hold structures."""
    found = described(document(), Contract(Catalog([Rich])), {"getOrder": [Rich]})
    check(found)
    value = response(found, "GET /orders/{number}", 422)["content"]["application/problem+json"]["examples"]["rich"][
        "value"
    ]
    assert "7.00 of Colour.BLUE on 2026-01-31, 007 left." == value["detail"]
    assert ("blue", "2026-01-31", ["tags"], True) == (value["colour"], value["day"], value["tags"], value["open"])
    properties = found["components"]["schemas"]["RichOrValidationFailed"]["properties"]
    assert ["blue", "red"] == resolved(found, properties["colour"])["enum"]
    assert {"shelf", "row"} == resolved(found, properties["places"]["items"])["properties"].keys()


def test_secrets_and_internals_are_not_described() -> None:
    """Parameters that clients never see are in no part of a document."""
    text = json.dumps(shop())
    assert "number" in text
    assert "asked_by" not in text
    assert "token" not in text


def test_hidden_types_stay_hidden() -> None:
    """A type with an alias is described as its alias; neither its name nor its words are anywhere."""

    class Missing(Error, status=404, code="MISSING"):
        """There is no such file."""

    class Forbidden(Error, status=403, code="HIDDEN", alias="missing"):
        """The file belongs to somebody else."""

    contract = Contract(Catalog([Missing, Forbidden]))
    plain = described(document(), contract, {"getOrder": [Missing]})
    assert plain == described(document(), contract, {"getOrder": [Missing, Forbidden]})
    assert plain == described(document(), contract, {"getOrder": [Forbidden]})
    assert 403 not in statuses(plain, "GET /orders/{number}")


def test_fallbacks_are_described() -> None:
    """A contract with its own words for framework errors is described in them, under their statuses."""

    class Unreadable(Error, status=400, code="E-17"):
        """The request cannot be read."""

    class Broken(Error, status=503, code="E-99"):
        """We failed."""

    words = {InvalidArgument: Unreadable, NotFound: Unreadable, Error: Broken}
    contract = Contract(Catalog([Unreadable, Broken]), fallbacks=words)
    found = described(document(), contract)
    check(found)
    assert [400, 503] == statuses(found, "POST /orders")
    assert "`E-17` The request cannot be read." == response(found, "POST /orders", 400)["description"]
    assert {"Retry-After"} == response(found, "POST /orders", 503)["headers"].keys()
    assert {"Unreadable", "Broken", "UnreadableOrValidationFailed"} == found["components"]["responses"].keys()
    shown = response(found, "POST /orders", 400)["content"]["application/problem+json"]["examples"]
    assert [False, True] == ["errors" in shown[name]["value"] for name in ("unreadable", "validation-failed")]


def test_fallbacks_outside_of_the_catalog_are_described() -> None:
    """A fallback that the catalog does not have is described as the one it is, not as its own fallback."""

    class Missing(Error, status=404, code="E-4"):
        """There is nothing here."""

    class Broken(Error, status=500, code="E-5"):
        """We failed."""

    contract = Contract(Catalog([Broken]), fallbacks={NotFound: Missing, Error: Broken})
    found = described(document(), contract)
    check(found)
    shown = response(found, "GET /orders/{number}", 404)["content"]["application/problem+json"]["examples"]
    assert ["E-4"] == [each["value"]["code"] for each in shown.values()]


@pytest.mark.parametrize("contract", FOUNDING, ids=lambda contract: contract.name)
def test_founding_contracts_are_described_as_they_answer(contract: Contract) -> None:
    """Each status, media type and body is that of the response that the contract would send."""
    found = described(document(), contract)
    check(found)
    for error in (ValidationFailed, MalformedBody, InternalError, Unauthenticated):
        sent = contract.respond(error())
        content = response(found, "POST /orders", sent.status)["content"]
        media = sent.headers["content-type"].partition(";")[0]
        body = json.loads(sent.body) if "json" in media else sent.body.decode()
        assert validator(found, content[media]["schema"]).is_valid(body), body


@pytest.mark.parametrize("name", BUILTIN)
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_every_dialect_is_described(name: str, version: str) -> None:
    """Whatever the dialect, the document is valid and each example fits its schema."""
    codes = None if name in {"empty", "html", "text"} else "closed"
    catalog = Catalog([OutOfStock, NoSuchOrder]) if codes else Catalog()
    try:
        contract = Contract(catalog, dialect=name)
    except ValueError:  # the dialect has closed sets of codes or statuses
        contract = Contract(Catalog(), dialect=name)
    found = described(document(version), contract, DECLARED)
    check(found)
    assert {TRACE_ID} >= {
        value["traceId"] for _, _, _, value in examples(found) if isinstance(value, dict) and "traceId" in value
    }
    assert found == described(document(version), contract, DECLARED)


def test_dialects_that_fail_with_2xx_have_no_response_of_their_own() -> None:
    """Errors that leave with 200 are not described: that response is the operation's."""
    found = described(document(), Contract(Catalog(), dialect="mediawiki"))
    assert [] == statuses(found, "POST /orders")


def test_header_fields_are_described() -> None:
    """Retry hints, challenges, trace ids and languages are described on the responses that have them."""

    class Plain:
        def choose(self, accept_language: str | None) -> str:
            return "en"

        def translate(self, problem: Problem, error: Error, language: str) -> Problem:
            return problem

    found = shop(trace_header="X-Request-Id", languages=Plain())
    check(found)
    everywhere = {"X-Request-Id", "Content-Language"}
    assert {*everywhere, "WWW-Authenticate"} == response(found, "POST /orders", 401)["headers"].keys()
    assert {*everywhere, "Retry-After"} == response(found, "POST /orders", 409)["headers"].keys()
    assert everywhere == response(found, "POST /orders", 422)["headers"].keys()
    assert "Bearer" == found["components"]["headers"]["WWWAuthenticate"]["example"]


def test_all_media_types_are_described() -> None:
    """Each format that `Accept` can choose has its example; without negotiation only the default has one."""
    also = ("problem-xml", "html")
    content = response(shop(also=also), "GET /orders/{number}", 404)["content"]
    assert ["application/problem+json", "application/problem+xml", "text/html"] == list(content)
    assert "<code>ORDER_UNKNOWN</code>" in content["application/problem+xml"]["examples"]["no-such-order"]["value"]
    off = shop(also=also, negotiation="off")
    assert ["application/problem+json"] == list(response(off, "GET /orders/{number}", 404)["content"])


def test_strict_negotiation_is_described() -> None:
    """A contract that refuses what it cannot write says so on every operation."""
    assert [406, 500] == statuses(shop(negotiation="strict"), "GET /health")


def test_another_contract_for_an_operation() -> None:
    """Where a contract selects another by the path, the operation is described in that one."""

    def select(request: Request) -> Contract | None:
        return usta.contract if request.path.startswith("/orders") else None

    found = shop(select=select)
    check(found)
    assert "application/problem+json" in response(found, "GET /health", 500)["content"]
    assert "application/json" in response(found, "POST /orders", 401)["content"]


def test_what_the_document_says_wins() -> None:
    """A response that is there is left alone, and a range keeps out what was not declared."""
    given = document()
    theirs = {"description": "Mine", "content": {"text/plain": {"schema": {"type": "string"}}}}
    given["paths"]["/orders"]["post"]["responses"] |= {"409": theirs, "5XX": theirs}
    given["paths"]["/orders/{number}"]["get"]["responses"] |= {"4XX": theirs}
    found = described(given, SHOP, DECLARED)
    assert theirs == response(found, "POST /orders", 409)
    assert "500" not in found["paths"]["/orders"]["post"]["responses"]
    assert ["200", "404", "4XX", "500"] == sorted(found["paths"]["/orders/{number}"]["get"]["responses"])


def test_bare_descriptions_get_a_body() -> None:
    """A response that is no more than a description keeps it, and gets what the contract sends."""
    given = document()
    get = given["paths"]["/orders/{number}"]["get"]
    get["responses"] |= {"404": {"description": "Mine"}, "410": {"description": "Gone for good"}}
    found = described(given, SHOP, DECLARED)
    check(found)
    mine = response(found, "GET /orders/{number}", 404)
    assert "Mine" == mine["description"]
    assert "no-such-order" in mine["content"]["application/problem+json"]["examples"]
    assert "gone" in response(found, "GET /orders/{number}", 410)["content"]["application/problem+json"]["examples"]


def test_names_that_are_taken() -> None:
    """Components of the document keep their names; ours get a number."""
    mine = {"type": "string", "description": "Mine"}
    given = document(components={"schemas": {"ProblemDetails": mine, "NoSuchOrder": mine}})
    del given["paths"]["/orders"]["post"]["security"]
    found = described(given, SHOP, DECLARED)
    check(found)
    schemas = found["components"]["schemas"]
    assert [mine, mine] == [schemas["ProblemDetails"], schemas["NoSuchOrder"]]
    assert {"ProblemDetails2", "NoSuchOrder2"} <= schemas.keys()


def test_nothing_is_changed_in_place() -> None:
    """The document that was given stays as it was, and describing it again gives the same."""
    given = document()
    before = deepcopy(given)
    first = described(given, SHOP, DECLARED)
    assert before == given
    assert first == described(given, SHOP, DECLARED)
    assert first == described(first, SHOP, DECLARED)


def test_common_errors_can_be_chosen() -> None:
    """`common` says which errors of the framework are described; the situation still decides where."""
    found = described(document(), SHOP, common=(*COMMON, ContentTooLarge, ResourceExhausted))
    assert [429, 500] == statuses(found, "GET /health")
    assert {400, 413, 429} < set(statuses(found, "POST /orders"))
    assert [] == statuses(described(document(), SHOP, common=()), "POST /orders")


def test_rows_of_a_file_are_described() -> None:
    """Problem types from TOML are declared and described like classes."""
    catalog = Catalog.from_toml(
        '[late]\nstatus = 409\ncode = "LATE"\ndetail = "{days} days late."\nparams = {days = "int"}\ndocs = "Too late."'
    )
    found = described(document(), Contract(catalog), {"getOrder": [catalog["late"]]})
    check(found)
    value = response(found, "GET /orders/{number}", 409)["content"]["application/problem+json"]["examples"]["late"][
        "value"
    ]
    assert "7 days late." == value["detail"]
    assert {"type": "integer"} == found["components"]["schemas"]["Late"]["properties"]["days"]


def test_types_that_cannot_be_shown() -> None:
    """A template that no made-up value satisfies leaves a description without its text."""

    class Odd(Error, status=409, code="ODD"):
        """It formats what nobody can make up."""

        detail = "{when:%Y}"
        when: complex

    found = described(document(), Contract(Catalog([Odd])), {"getOrder": [Odd]})
    check(found)
    assert "`ODD` It formats what nobody can make up." == response(found, "GET /orders/{number}", 409)["description"]


@pytest.mark.parametrize("given", [{"swagger": "2.0"}, {"openapi": "2.0"}, {}])
def test_other_documents_are_refused(given: dict[str, Any]) -> None:
    """What is no OpenAPI 3 is refused with the remedy."""
    with pytest.raises(ValueError, match="is not OpenAPI 3; convert it first"):
        described(given, SHOP)


def test_documents_put_together_by_hand() -> None:
    """The builder gives responses by status and the components that they refer to."""
    made = responses(SHOP, NoSuchOrder, OutOfStock, version="3.0.3")
    assert ["404", "409"] == list(made.responses)
    given = document("3.0.3", components=made.components, paths={"/x": {"get": {"responses": made.responses}}})
    check(given)


def test_long_groups_have_short_names() -> None:
    """The name of a component stays short however many types share a status, and two groups never share one."""
    types = [type(f"Fault{n}", (Error,), {"__module__": __name__}, status=409, code=f"F{n}") for n in range(9)]
    contract = Contract(Catalog(types))
    paths = {f"/{n}": {"get": {"operationId": f"o{n}", "responses": {}}} for n in range(2)}
    found = described(document(paths=paths), contract, {"o0": types[:8], "o1": [*types[:7], types[8]]})
    check(found)
    names = [found["paths"][path]["get"]["responses"]["409"]["$ref"].rpartition("/")[2] for path in ("/0", "/1")]
    assert ["Fault0OrFault1Or6Others", "Fault0OrFault1Or6Others2"] == names


@pytest.mark.parametrize("name", ["été", "日本語", "🎉", "-", "a b/c", "x" * 200])
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_any_name_and_code_are_described(name: str, version: str) -> None:
    """Whatever a type is named and its code is, the document is valid, and the code is in the enumeration."""
    row = ProblemType(name=name, status=409, title="Odd", code=name)
    whole = described(document(version), Contract(Catalog([row])), {"createOrder": [row]})
    check(whole)
    assert [name] in [schema.get("enum") for schema in whole["components"]["schemas"].values()]
    assert all(part for section in whole["components"].values() for part in section)


class Odd(Error, status=409, code="ODD"):
    """Parameters of unusual types."""

    raw: bytes
    pair: tuple[int, str]
    nothing: tuple[()]
    maybe: Literal["a", None]  # noqa: PYI061 - the schema has a null among the values
    shaped: Annotated[str, msgspec.Meta(pattern="^[a-z]{3}$", examples=["abc"])]


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_parameters_of_unusual_types_are_described(version: str) -> None:
    """Bytes, pairs and patterns are valid in each version, and the example fits its schema."""
    whole = described(document(version), Contract(Catalog([Odd])), {"createOrder": [Odd]})
    check(whole)
    (value,) = [value for name, _, _, value in examples(whole) if name == "Odd"]
    expected = {"raw": "AAEC", "pair": [7, "pair"], "nothing": [], "maybe": "a", "shaped": "abc"}
    assert expected == {name: value[name] for name in expected}


def test_schema_of_a_body_is_made_once() -> None:
    """The schema of a dialect is made once for a document, however many errors have it."""
    components = Components({})
    dialect = Contract(Catalog()).own_dialect
    assert components.body(dialect) is components.body(dialect)


def test_select_that_gives_no_contract_is_passed_over() -> None:
    """Where a rule gives something else than a contract, the operation is described as it is answered."""
    contract = Contract(Catalog([NoSuchOrder]), select=lambda _request: "new")  # type: ignore[arg-type, return-value]
    plain = described(document(), contract.replace(select=None), {"createOrder": [NoSuchOrder]})
    assert plain == described(document(), contract, {"createOrder": [NoSuchOrder]})
