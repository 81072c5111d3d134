"""The tesma contract and the price lists, requirement by requirement (P1 to P22)."""

import json
import logging
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from msgspec.structs import replace
from starlette.testclient import TestClient

import errata
from errata import Error, Problem, RawResponse, Violation, read
from errata.clients.httpx import raise_for_problem
from errata.contracts import tesma
from errata.demo import tesma as demo
from errata.demo._cases import JSON
from errata.demo._world import World

URL = "/tesma/v1"
KEYED = {"X-API-KEY": demo.KEY, "CorporateGroup-Name": demo.GROUP}
STANDARD = ["type", "title", "status", "detail", "instance", "extensions"]
TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

UNAUTHORIZED = {
    "type": "https://tools.ietf.org/html/rfc7235#section-3.1",
    "title": "Unauthorized",
    "status": 401,
    "detail": None,
    "instance": None,
    "extensions": {"traceId": "00-b0b7d0586b67e3746511f2ca6e532f61-6cb726c347200a15-01"},
}
INVALID = {
    "errors": [
        {
            "message": "The value of ValidTo must be greater than the value of ValidFrom.",
            "errorCode": 0,
            "source": "ValidTo",
        },
        {"message": "The culture 'xx-XX' is not supported.", "errorCode": 0, "source": "CultureSettings"},
    ],
    "type": "https://tools.ietf.org/html/rfc7231#section-6.5.1",
    "title": "One or more validation errors occurred.",
    "status": 400,
    "detail": None,
    "instance": None,
    "extensions": {"traceId": "00-1657049fd2bcacf80fb13a52d0babbc7-90cf89ccc0e99f75-01"},
}

ERRORS = [case for case in demo.CASES if case.status >= 400]


def raw(body: Any, status: int = 400, media_type: str = "application/problem+json") -> RawResponse:
    """Return a response with a JSON body."""
    return RawResponse(status, {"content-type": media_type}, json.dumps(body).encode())


def price_list(start: str = "2031-01-01", end: str = "2031-06-01", *cultures: str) -> dict[str, Any]:
    """Return a price list to be sent."""
    settings = [{"culture": culture, "label": "Autumn"} for culture in cultures or ("en-US",)]
    return {"name": "Autumn", "validFrom": start, "validTo": end, "cultureSettings": settings}


def post(client: TestClient, body: dict[str, Any]) -> Any:
    """Return the response to a price list."""
    return client.post(f"{URL}/price-lists", json=body, headers=KEYED)


def sources(response: Any) -> list[str]:
    """Return the sources of the errors in a response."""
    return [item["source"] for item in response.json()["errors"]]


def send(client: TestClient, case: Any) -> Any:
    """Return the response to a case of the demo, after what comes before it."""
    for step in case.before:
        assert client.request(step.method, step.path, headers=step.headers, content=step.body).status_code < 300
    return client.request(case.method, case.path, headers=case.headers, content=case.body)


def raised(response: RawResponse, contract: errata.Contract = tesma.contract) -> Error:
    """Return what a client raises for a response."""
    request = httpx.Request("GET", "http://127.0.0.1/")
    with pytest.raises(Error) as caught:
        raise_for_problem(
            httpx.Response(response.status, headers=dict(response.headers), content=response.body, request=request),
            contract,
        )
    return caught.value


# ---- the shape ----


@pytest.mark.req("P1")
@pytest.mark.parametrize(("status", "kind"), [(418, "invalid_argument"), (499, "cancelled"), (599, "internal")])
def test_status_class_tells_whose_fault_it_is(status: int, kind: str) -> None:
    """A 4xx that nobody has heard of is the caller's fault, a 5xx the server's."""
    error = raised(RawResponse(status))
    assert kind == error.problem.kind
    assert status == error.status


@pytest.mark.req("P1")
def test_success_is_2xx(client: TestClient) -> None:
    """What succeeds answers 200 or 201 with plain JSON."""
    listed = client.get(f"{URL}/price-lists", headers=KEYED)
    created = post(client, price_list())
    assert [200, 201] == [listed.status_code, created.status_code]
    assert 2 == listed.json()["totalCount"]
    assert created.json() == client.get(created.headers["location"], headers=KEYED).json()


@pytest.mark.req("P2", "P4", "P5", "P6", "P7", "P8", "P10")
@pytest.mark.parametrize("case", ERRORS, ids=lambda case: case.id)
@pytest.mark.parametrize("accept", [None, "text/html", "application/xml;q=1, */*;q=0"])
def test_every_error_has_the_shape(client: TestClient, case: Any, accept: str | None) -> None:
    """Whatever is accepted, an error is problem details with all standard members and a trace id."""
    headers = case.headers | ({"Accept": accept} if accept else {})
    response = send(client, replace(case, headers=headers))
    body = response.json()
    assert case.status == response.status_code
    assert "application/problem+json" == response.headers["content-type"]
    assert STANDARD == [name for name in body if name != "errors"]
    assert body["type"].startswith("https://")
    assert case.status == body["status"]
    assert body["detail"] is None or isinstance(body["detail"], str)
    assert body["instance"] is None or body["instance"].startswith("/")
    assert TRACEPARENT.fullmatch(body["extensions"]["traceId"])


@pytest.mark.req("P2")
@pytest.mark.parametrize(
    "media_type",
    ["application/problem+json; charset=utf-8", "APPLICATION/Problem+JSON", "application/json", "application/json;v=1"],
)
def test_client_takes_the_shape_under_any_json_type(media_type: str) -> None:
    """A client knows the shape with parameters on the media type, and as plain JSON."""
    reading = read(raw(UNAUTHORIZED, 401, media_type))
    assert "problem" == reading.dialect
    assert UNAUTHORIZED["extensions"]["traceId"] == reading.problem.trace_id  # type: ignore[index]


@pytest.mark.req("P3")
def test_documentation_cites_the_right_rfc() -> None:
    """The contract and its dialect name RFC 7807 and RFC 9457, and not 7231, as what defines problem details."""
    assert re.search(r"problem details \(RFC 7807, now RFC 9457\)", tesma.__doc__ or "")
    assert "RFC 9457" == tesma.contract.own_dialect.source


@pytest.mark.req("P4")
@pytest.mark.parametrize(
    ("written", "expected"),
    [(None, None), ("about:blank", None), ("/errors/gone", "/errors/gone"), ("gone", "gone"), ("", "")],
)
def test_odd_types_are_kept_and_never_fetched(written: str | None, expected: str | None) -> None:
    """A type that is null or `about:blank` means none; a relative one is text and nothing more."""
    assert expected == read(raw(UNAUTHORIZED | {"type": written}, 401)).problem.type


@pytest.mark.req("P4")
def test_type_may_be_missing() -> None:
    """A problem without a type is none the less a problem."""
    problem = read(raw({"title": "Gone", "status": 410}, 410)).problem
    assert (None, "Gone", 410) == (problem.type, problem.title, problem.status)


@pytest.mark.req("P5")
def test_same_type_same_title(client: TestClient) -> None:
    """Over all errors of the API, a type has one title in a language; that of 400 has one more for lists of faults."""
    answers = [send(client, case) for case in ERRORS]
    languages = [answer.headers["content-language"] for answer in answers]
    bodies = [answer.json() for answer in answers]
    titles = {(lang, b["type"], "errors" in b, b["title"]) for lang, b in zip(languages, bodies, strict=True)}
    assert {"en", "de"} == set(languages)
    assert 1 == max(Counter(key[:3] for key in titles).values())


@pytest.mark.req("P5", "P12", "P15", "P17", "P18", "P19")
def test_reader_of_german_gets_german(client: TestClient) -> None:
    """Titles, details and faults are said in German to whoever prefers it; codes, places and types are the same."""
    case = next(case for case in demo.CASES if case.id == "P18-in-german")
    german, english = send(client, case), send(client, replace(case, headers=KEYED | JSON))
    assert "de" == german.headers["content-language"]
    assert "en" == english.headers["content-language"]
    assert "Accept-Language" == german.headers["vary"] == english.headers["vary"]
    assert [
        "Das Feld Name muss mindestens 1 Zeichen haben.",
        "Der Wert von ValidTo muss größer sein als der Wert von ValidFrom.",
        "Das Feld CultureSettings.0.Label muss mindestens 1 Zeichen haben.",
        "Die Kultur 'xx-XX' wird nicht unterstützt.",
    ] == [item["message"] for item in german.json()["errors"]]
    assert sources(english) == sources(german)
    assert english.json()["type"] == german.json()["type"]
    one = client.get(f"{URL}/price-lists/404", headers=KEYED | {"Accept-Language": "de-AT;q=0.9, fr"}).json()
    assert ("Nicht gefunden", "Es gibt keine Preisliste 404.", 404) == (
        one["title"],
        one["detail"],
        one["extensions"]["id"],
    )


@pytest.mark.req("P5", "P20")
@pytest.mark.parametrize("accept", [None, "en", "ja", "*", "de;q=0", "\x00,;q"])
@pytest.mark.parametrize("cls", [tesma.catalog.error_class(row) for row in tesma.catalog.values()])
def test_who_prefers_no_german_gets_what_was_always_said(cls: type[Error], accept: str | None) -> None:
    """To whoever names no language that is spoken, every error is said as without any, to the byte."""
    given: dict[str, Any] = {
        "id": 7,
        "other": 8,
        "violations": [Violation(path=("name",), code="min", detail="is bad")],
    }
    error = cls(**{param.name: given[param.name] for param in cls.problem_type.params if param.required})
    request = errata.Request(headers={} if accept is None else {"accept-language": accept})
    plain, spoken = (
        contract.replace(trace_id=lambda _: "t1").respond(error, request) for contract in (tesma.contract, demo.spoken)
    )
    assert plain.body == spoken.body
    assert {**plain.headers, "content-language": "en", "vary": "Accept-Language"} == dict(spoken.headers)


@pytest.mark.req("P5")
def test_missing_title_is_the_reason_phrase() -> None:
    """Without a title, the text for people is the reason phrase of the status."""
    problem = read(raw({"type": tesma.type_of(404), "status": 404, "extensions": {}}, 404)).problem
    assert "Not Found" == problem.text


@pytest.mark.req("P6")
@pytest.mark.parametrize(("written", "finding"), [(500, "status-mismatch"), ("401", "wrong-type")])
def test_odd_status_is_a_finding_and_the_response_counts(written: object, finding: str) -> None:
    """A status in the body that differs or is a string is reported; that of the response is taken."""
    reading = read(raw(UNAUTHORIZED | {"status": written}, 401))
    assert 401 == reading.problem.status
    assert finding in [each.code for each in reading.findings]


@pytest.mark.req("P7", "P8")
@pytest.mark.parametrize("member", ["detail", "instance"])
def test_null_and_absent_are_the_same(member: str) -> None:
    """A member that is null, or missing, is not there; one that is present is kept."""
    absent = {name: value for name, value in UNAUTHORIZED.items() if name != member}
    assert read(raw(UNAUTHORIZED, 401)).problem == read(raw(absent, 401)).problem
    assert "/here" == getattr(read(raw(UNAUTHORIZED | {member: "/here"}, 401)).problem, member)


# ---- extension members and the trace id ----


@pytest.mark.req("P9")
def test_nested_and_flat_say_the_same() -> None:
    """The nested form and the one of the RFC are read as the same problem."""
    faults = (Violation(path=("ValidTo",), detail="is too early"),)
    problem = tesma.contract.problem(tesma.ValidationErrors(violations=faults))
    nested, flat = tesma.contract.respond(problem), tesma.flat.respond(problem)
    assert {"traceId": problem.trace_id} == json.loads(nested.body)["extensions"]
    assert problem.trace_id == json.loads(flat.body)["traceId"]
    assert read(nested).problem == read(flat).problem == problem


@pytest.mark.req("P9")
def test_top_level_trace_id_wins() -> None:
    """With a trace id in both places, the one beside the standard members is taken."""
    both = UNAUTHORIZED | {"traceId": "outer", "extensions": {"traceId": "inner", "shard": 7}}
    problem = read(raw(both, 401)).problem
    assert "outer" == problem.trace_id
    assert {"shard": 7} == dict(problem.extensions)


@pytest.mark.req("P10")
def test_trace_goes_on(client: TestClient) -> None:
    """The trace id and flags of a valid `traceparent` are those of the error; the span is a new one."""
    trace_id, flags = "4bf92f3577b34da6a3ce929d0e0e4736", "00"
    headers = {"traceparent": f"00-{trace_id}-00f067aa0ba902b7-{flags}"}
    _, trace, span, last = client.get(f"{URL}/x", headers=headers).json()["extensions"]["traceId"].split("-")
    assert (trace_id, flags) == (trace, last)
    assert "00f067aa0ba902b7" != span


@pytest.mark.req("P10")
@pytest.mark.parametrize(
    "header",
    [
        "00-" + "0" * 32 + "-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-" + "0" * 16 + "-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "4bf92f3577b34da6a3ce929d0e0e4736",
        "",
    ],
)
def test_invalid_trace_is_replaced(client: TestClient, header: str) -> None:
    """A `traceparent` that is not valid is not passed on: the id is new."""
    ids = [client.get(f"{URL}/x", headers={"traceparent": header}).json()["extensions"]["traceId"] for _ in range(2)]
    assert all(map(TRACEPARENT.fullmatch, ids))
    assert 2 == len({id[3:35] for id in ids} - {"4bf92f3577b34da6a3ce929d0e0e4736"})


@pytest.mark.req("P10")
def test_trace_id_is_opaque_to_clients() -> None:
    """A client takes a trace id of any form, such as those of older servers."""
    problem = read(raw(UNAUTHORIZED | {"extensions": {"traceId": "|125b177f-444ca33308cefc01."}}, 401)).problem
    assert "|125b177f-444ca33308cefc01." == problem.trace_id


# ---- the two samples ----


@pytest.mark.req("P11")
def test_golden_unauthorized() -> None:
    """The sample of a 401 is reproduced to the byte, challenge included, and raised as `Unauthorized`."""
    problem = Problem.from_dict({**tesma.Unauthorized().problem.to_dict()})
    trace_id = UNAUTHORIZED["extensions"]["traceId"]  # type: ignore[index]
    response = tesma.contract.respond(problem.replace(trace_id=trace_id))
    assert json.dumps(UNAUTHORIZED, separators=(",", ":")).encode() == response.body
    assert 'ApiKey realm="tesma"' == response.headers["www-authenticate"]
    assert tesma.Unauthorized is type(raised(response))


@pytest.mark.req("P11")
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"CorporateGroup-Name": demo.GROUP},
        {"X-API-KEY": demo.KEY},
        KEYED | {"X-API-KEY": "unknown"},
        KEYED | {"X-API-KEY": "tesma-key-not-activated"},
        KEYED | {"X-API-KEY": ""},
    ],
)
def test_no_good_token_is_401(client: TestClient, headers: dict[str, str]) -> None:
    """A token or group that is missing, and a token that is unknown or not activated, gives the sample's 401."""
    response = client.get(f"{URL}/metadata/cultures", headers=headers)
    body = response.json()
    assert UNAUTHORIZED | {"extensions": body["extensions"]} == body
    assert 401 == response.status_code
    assert 'ApiKey realm="tesma"' == response.headers["www-authenticate"]


@pytest.mark.req("P12", "P13", "P16", "P19", "P20")
def test_golden_validation(client: TestClient) -> None:
    """The sample of a 400 comes from a real request, with the members in the sample's order."""
    response = post(client, price_list("2031-06-01", "2031-01-01", "xx-XX"))
    body = response.json()
    expected = INVALID | {"extensions": body["extensions"]}
    assert json.dumps(expected, separators=(",", ":")).encode() == response.content


@pytest.mark.req("P12")
def test_client_raises_the_validation_errors() -> None:
    """The sample of a 400 is raised as `ValidationErrors`, and one without a list as `BadRequest`."""
    plain = {name: value for name, value in INVALID.items() if name != "errors"} | {"title": "Bad Request"}
    assert tesma.ValidationErrors is type(raised(raw(INVALID)))
    assert tesma.BadRequest is type(raised(raw(plain)))


# ---- the list of errors ----


@pytest.mark.req("P13")
def test_errors_are_listed_for_validation_only(client: TestClient) -> None:
    """Errors of other statuses than 400 have no member `errors`; a 400 has at least one item."""
    for case in ERRORS:
        errors = send(client, case).json().get("errors")
        assert (case.status == 400) is bool(errors), case.id


@pytest.mark.req("P13")
def test_map_and_list_are_read_alike() -> None:
    """The stock form, a map of field to texts, is read as the same violations as the list."""
    items = [
        {"message": "is odd", "source": "A"},
        {"message": "is late", "source": "A"},
        {"message": "no", "source": "B"},
    ]
    listed = read(raw(INVALID | {"errors": items})).problem
    mapped = read(raw(INVALID | {"errors": {"A": ["is odd", "is late"], "B": ["no"]}})).problem
    assert 3 == len(listed.violations)
    assert listed == mapped


@pytest.mark.req("P14")
def test_missing_message_is_tolerated(client: TestClient) -> None:
    """Every item sent has a message; one received without it still names its source."""
    response = post(client, {})
    assert all(item["message"] for item in response.json()["errors"])
    problem = read(raw(INVALID | {"errors": [{"source": "ValidTo"}]})).problem
    assert (Violation(path=("ValidTo",)),) == problem.violations


@pytest.mark.req("P15")
def test_sources_are_names_of_the_request_type(client: TestClient) -> None:
    """A missing property is named in Pascal case, one in a list by the way that leads to it."""
    assert ["Name", "ValidFrom", "ValidTo", "CultureSettings"] == sources(post(client, {}))
    inside = price_list() | {"cultureSettings": [{"culture": "en-US", "label": "x"}, {"culture": "da-DK"}]}
    assert ["CultureSettings.1.Label"] == sources(post(client, inside))


@pytest.mark.req("P15")
def test_source_of_a_query_parameter_is_its_name(client: TestClient) -> None:
    """A parameter of the query is named as it is written in the address."""
    response = client.get(f"{URL}/price-lists?atDate=tomorrow", headers=KEYED)
    assert [{"message": "The field atDate must be a date.", "errorCode": 0, "source": "atDate"}] == response.json()[
        "errors"
    ]
    assert "tomorrow" not in response.text


@pytest.mark.req("P15")
@pytest.mark.parametrize("body", ["", "{", "[1,", '{"name": NaN?}', "\x00"])
def test_unreadable_body_has_an_empty_source(client: TestClient, body: str) -> None:
    """A body that is no JSON gives one item, which names no property."""
    headers = KEYED | {"content-type": "application/json"}
    response = client.post(f"{URL}/price-lists", content=body, headers=headers)
    assert 400 == response.status_code
    assert [""] == sources(response)


@pytest.mark.req("P15")
@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("", ()),
        (None, ()),
        ("Address.ZipCode", ("Address", "ZipCode")),
        ("$.address.zipCode", ("address", "zipCode")),
        ("$", ()),
        ("Items[2].Name", ("Items", 2, "Name")),
        ("validTo", ("validTo",)),
    ],
)
def test_client_reads_any_source(source: str | None, path: tuple[str | int, ...]) -> None:
    """Dots, brackets and a leading `$.` are a path; the case of names is kept."""
    problem = read(raw(INVALID | {"errors": [{"message": "is odd", "errorCode": 0, "source": source}]})).problem
    assert (Violation(path=path, detail="is odd"),) == problem.violations


@pytest.mark.req("P16")
@pytest.mark.parametrize(("written", "code"), [(0, None), (None, None), (7, "7"), ("Late", "Late")])
def test_error_code_zero_means_none(written: object, code: str | None) -> None:
    """The number 0 says that there is no code; any other is kept."""
    problem = read(raw(INVALID | {"errors": [{"message": "is odd", "errorCode": written}]})).problem
    assert code == problem.violations[0].code


@pytest.mark.req("P16")
def test_error_code_may_be_missing_and_is_written_as_a_number() -> None:
    """An item without a code is read; a violation's number is written as one."""
    assert read(raw(INVALID | {"errors": [{"message": "is odd"}]})).problem.violations[0].code is None
    problem = Problem(status=400, violations=(Violation(detail="is odd", code="7"),))
    written = errata.render(problem, tesma.contract.own_dialect)
    assert 7 == json.loads(written.body)["errors"][0]["errorCode"]


@pytest.mark.req("P17")
@pytest.mark.parametrize(("end", "status"), [("2030-12-31", 400), ("2031-01-01", 400), ("2031-01-02", 201)])
def test_period_must_have_a_day(client: TestClient, end: str, status: int) -> None:
    """A period that ends before or on its first day is refused, and the end is to blame."""
    response = post(client, price_list("2031-01-01", end))
    assert status == response.status_code
    if status == 400:
        assert INVALID["errors"][:1] == response.json()["errors"]  # type: ignore[index]


@pytest.mark.req("P17")
def test_period_is_checked_on_update(client: TestClient) -> None:
    """A changed period is held to the same rule, and a good one is stored."""
    address = f"{URL}/price-lists/1"
    refused = client.put(address, json=price_list("2030-01-01", "2030-01-01"), headers=KEYED)
    changed = client.put(address, json=price_list("2030-01-01", "2030-02-01", "de-DE", "da-DK"), headers=KEYED)
    assert [400, 200] == [refused.status_code, changed.status_code]
    assert changed.json() == client.get(address, headers=KEYED).json()
    assert ["de-DE", "da-DK"] == [setting["culture"] for setting in changed.json()["cultureSettings"]]


@pytest.mark.req("P18")
def test_each_bad_culture_is_an_item(client: TestClient) -> None:
    """Two cultures that are not supported give two items, which quote them and blame the object around them."""
    response = post(client, price_list("2031-01-01", "2031-06-01", "xx-XX", "en-US", "yy-YY"))
    assert ["CultureSettings"] * 2 == sources(response)
    messages = [item["message"] for item in response.json()["errors"]]
    assert ["The culture 'xx-XX' is not supported.", "The culture 'yy-YY' is not supported."] == messages


@pytest.mark.req("P19")
def test_all_faults_are_collected(client: TestClient) -> None:
    """Faults of form and of meaning are reported together."""
    body = price_list("2031-06-01", "2031-01-01", "xx-XX") | {"name": "", "validFrom": 20310601}
    assert ["Name", "ValidFrom", "CultureSettings"] == sources(post(client, body))
    body = price_list("2031-06-01", "2031-01-01", "xx-XX") | {"name": 5}
    assert ["Name", "ValidTo", "CultureSettings"] == sources(post(client, body))


@pytest.mark.req("P20")
def test_order_of_members_means_nothing() -> None:
    """The members of a problem are read in any order."""
    assert read(raw(INVALID)).problem == read(raw(dict(reversed(INVALID.items())))).problem


# ---- other statuses ----

TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    409: "Conflict",
    415: "Unsupported Media Type",
    422: "Unprocessable Entity",
    500: "An error occurred while processing your request.",
}
GENERAL = [
    tesma.BadRequest, tesma.Unauthorized, tesma.Forbidden, tesma.NotFound, tesma.MethodNotAllowed,
    tesma.NotAcceptable, tesma.Conflict, tesma.UnsupportedMediaType, tesma.UnprocessableEntity,
    tesma.InternalServerError,
]  # fmt: skip


@pytest.mark.req("P21")
def test_statuses_and_titles() -> None:
    """Each status of the table has its title, and its type is the section that defines it."""
    assert TITLES == {cls.problem_type.status: cls.problem_type.title for cls in GENERAL}
    assert TITLES.keys() == tesma.SECTIONS.keys()
    for row in tesma.catalog.values():
        assert f"https://tools.ietf.org/html/{tesma.SECTIONS[row.status][0]}" == row.type


@pytest.mark.req("P21")
@pytest.mark.parametrize("cls", GENERAL, ids=lambda cls: cls.__name__)
def test_client_raises_the_class_of_the_type(cls: type[Error]) -> None:
    """Each general type comes back as its own class, and as the standard class of its kind."""
    error = raised(tesma.contract.respond(cls()))
    assert cls is type(error)
    assert isinstance(error, errata.Error)
    assert cls.__mro__[1] is not errata.Error


@pytest.mark.req("P21")
@pytest.mark.parametrize(
    ("call", "status", "detail"),
    [
        ("GET /price-lists/404", 404, "There is no price list 404."),
        ("GET /price-lists/3", 403, "The price list belongs to another corporate group."),
        ("PUT /price-lists/404", 404, "There is no price list 404."),
        ("PUT /price-lists/3", 403, "The price list belongs to another corporate group."),
        ("GET /nothing", 404, None),
        ("DELETE /price-lists/1", 405, None),
        ("PATCH /price-lists", 405, None),
    ],
)
def test_what_is_not_there_or_not_yours(client: TestClient, call: str, status: int, detail: str | None) -> None:
    """Unknown and foreign price lists, unknown addresses and wrong methods are told apart."""
    method, path = call.split()
    response = client.request(method, URL + path, json=price_list(), headers=KEYED)
    body = response.json()
    assert (status, detail) == (response.status_code, body["detail"])
    assert (TITLES[status], tesma.type_of(status)) == (body["title"], body["type"])
    assert ("allow" in response.headers) is (status == 405)


@pytest.mark.req("P21")
def test_group_of_somebody_else_is_403(client: TestClient) -> None:
    """A good token with a group that its owner is not in is refused, and so is a group that nobody is in."""
    for group in ("Eastwind", "Nowind"):
        response = client.get(f"{URL}/metadata/cultures", headers=KEYED | {"CorporateGroup-Name": group})
        assert (403, "Forbidden") == (response.status_code, response.json()["title"])


@pytest.mark.req("P21")
@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", None])
def test_other_media_types_are_415(client: TestClient, content_type: str | None) -> None:
    """A body that is not declared to be JSON is not read."""
    headers = KEYED | ({"content-type": content_type} if content_type else {})
    response = client.post(f"{URL}/price-lists", content=json.dumps(price_list()), headers=headers)
    assert (415, "Unsupported Media Type") == (response.status_code, response.json()["title"])


@pytest.mark.req("P21")
def test_overlap_is_a_conflict(client: TestClient) -> None:
    """A period that shares a day with another of the group is refused; one that begins where it ends is not."""
    overlapping = post(client, price_list("2030-09-30", "2030-12-01"))
    assert (409, {"other": 2}) == (overlapping.status_code, _without_trace(overlapping))
    assert 201 == post(client, price_list("2030-10-01", "2030-12-01")).status_code
    moved = client.put(f"{URL}/price-lists/1", json=price_list("2030-01-01", "2030-04-02"), headers=KEYED)
    assert 409 == moved.status_code
    assert "2030-04-01" == client.get(f"{URL}/price-lists/1", headers=KEYED).json()["validTo"]
    other_group = KEYED | {"CorporateGroup-Name": demo.OTHER_GROUP}
    assert 201 == client.post(f"{URL}/price-lists", json=price_list(), headers=other_group).status_code


def _without_trace(response: Any) -> dict[str, Any]:
    return {name: value for name, value in response.json()["extensions"].items() if name != "traceId"}


@pytest.mark.req("P21")
def test_of_writers_at_once_one_wins(client: TestClient, world: World) -> None:
    """Of several writers of one period at the same time exactly one succeeds, the others get the conflict."""
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: post(client, price_list()).status_code, range(8)))
    assert {201: 1, 409: 7} == Counter(statuses)
    with world.session() as session:
        assert 4 == session.query(demo.PriceList).count()


@pytest.mark.req("P21")
def test_list_at_a_date(client: TestClient) -> None:
    """A day picks the price list that counts on it: the first day does, the last does not."""
    for day, ids in (("2030-03-31", [1]), ("2030-04-01", [2]), ("2030-10-01", []), ("2029-12-31", [])):
        page = client.get(f"{URL}/price-lists?atDate={day}", headers=KEYED).json()
        assert (ids, len(ids)) == ([row["id"] for row in page["data"]], page["totalCount"])


@pytest.mark.req("P21")
@pytest.mark.parametrize("status", sorted(tesma.SECTIONS))
@pytest.mark.parametrize(
    "spelled",
    [
        "https://tools.ietf.org/html/{}",
        "https://datatracker.ietf.org/doc/html/{}",
        "https://www.rfc-editor.org/rfc/{}",
        "HTTP://TOOLS.IETF.ORG/html/{}",
    ],
)
def test_newer_types_mean_the_same(status: int, spelled: str) -> None:
    """The sections of RFC 9110 stand for those of RFC 7231, wherever the RFC is published."""
    for section in tesma.SECTIONS[status]:
        assert tesma.type_of(status) == tesma.canonical_type(spelled.format(section))


@pytest.mark.req("P21")
def test_other_types_are_left_alone() -> None:
    """A type that names no section of the table is none of this API's."""
    assert tesma.canonical_type(None) is None
    for uri in ("https://tools.ietf.org/html/rfc9110", "https://a.example/rfc9110#section-15.5.99", "about:blank", ""):
        assert uri == tesma.canonical_type(uri)
    page = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5.10"
    assert tesma.type_of(409) == tesma.canonical_type(page)


@pytest.mark.req("P22")
def test_crash_says_nothing_and_is_logged(client: TestClient, world: World, caplog: pytest.LogCaptureFixture) -> None:
    """A crash answers with the type alone; the line in the log has the same trace id, and the reason."""
    world.arm("tesma.price-lists.read")
    with caplog.at_level(logging.ERROR, "errata"):
        response = client.get(f"{URL}/price-lists", headers=KEYED)
    body = response.json()
    assert {"type": tesma.type_of(500), "title": TITLES[500], "status": 500, "detail": None, "instance": None} == {
        name: value for name, value in body.items() if name != "extensions"
    }
    assert ["traceId"] == list(body["extensions"])
    assert "sql-07" not in response.text
    assert "sql-07" in caplog.text
    assert [True] == [body["extensions"]["traceId"] in record.getMessage() for record in caplog.records]


@pytest.mark.req("P22")
def test_debug_shows_the_reason() -> None:
    """In debug mode, and only there, the detail says what went wrong."""
    crash = ConnectionError("sql-07.internal is gone")
    loud = tesma.contract.replace(debug=True)
    assert json.loads(tesma.contract.respond(crash).body)["detail"] is None
    assert "ConnectionError: sql-07.internal is gone" == json.loads(loud.respond(crash).body)["detail"]
