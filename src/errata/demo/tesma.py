"""The price lists of a company group, after the tesma API: problem details in a house style."""

import json
import re
from datetime import date, datetime
from functools import partial
from pathlib import Path as FilePath
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, FastAPI, Path, Query, Response
from fastapi.exceptions import RequestValidationError
from fastapi.security import APIKeyHeader
from pydantic import AliasGenerator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from errata import Violation
from errata.contracts.tesma import (
    ForeignPriceList,
    NoSuchPriceList,
    NotYourGroup,
    OverlappingPeriod,
    Unauthorized,
    ValidationErrors,
    contract,
)
from errata.demo._cases import JSON, Case, fault, make_case, reset
from errata.demo._world import Base, InWorld, World, digest
from errata.languages import translations
from errata.openapi import raises
from errata.servers.fastapi import from_validation, install

MOUNT: Final = "/tesma/v1"
KEY: Final = "tesma-demo-key"
GROUP: Final = "Northwind"
OTHER_GROUP: Final = "Southwind"

CREDENTIALS: Final = [
    ("a token and its owner's group", f"X-API-KEY: {KEY}\nCorporateGroup-Name: {GROUP}"),
    ("another group of the same owner", f"X-API-KEY: {KEY}\nCorporateGroup-Name: {OTHER_GROUP}"),
]

# ---- rows ----


class ApiKey(Base):
    """A personal token; only its digest is stored."""

    __tablename__ = "tesma_api_key"
    value_hash: Mapped[str] = mapped_column(primary_key=True)
    user: Mapped[str]
    active: Mapped[bool]


class CorporateGroup(Base):
    """A group, and one of the users who belong to it."""

    __tablename__ = "tesma_corporate_group"
    name: Mapped[str] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column(primary_key=True)


class Culture(Base):
    """A language and region that price lists can be labelled in."""

    __tablename__ = "tesma_culture"
    code: Mapped[str] = mapped_column(primary_key=True)


class PriceListCulture(Base):
    """The name of a price list in one culture."""

    __tablename__ = "tesma_price_list_culture"
    price_list_id: Mapped[int] = mapped_column(ForeignKey("tesma_price_list.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    culture: Mapped[str] = mapped_column(ForeignKey("tesma_culture.code"))
    label: Mapped[str]


class PriceList(Base):
    """A price list, valid from one day up to, but not on, another one."""

    __tablename__ = "tesma_price_list"
    id: Mapped[int] = mapped_column(primary_key=True)
    group_name: Mapped[str]
    name: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    cultures: Mapped[list[PriceListCulture]] = relationship(
        cascade="all, delete-orphan", order_by=PriceListCulture.position, lazy="selectin"
    )


def seed(session: Session, _now: datetime) -> None:
    """Insert two users, three groups, three cultures, and the price lists of 2030."""
    session.add_all(
        [
            ApiKey(value_hash=digest(KEY), user="anna", active=True),
            ApiKey(value_hash=digest("tesma-key-not-activated"), user="anna", active=False),
            CorporateGroup(name=GROUP, user="anna"),
            CorporateGroup(name=OTHER_GROUP, user="anna"),
            CorporateGroup(name="Eastwind", user="erik"),
            *(Culture(code=code) for code in ("en-US", "de-DE", "da-DK")),
        ]
    )
    session.flush()
    for id, group, name, start, end in (
        (1, GROUP, "Winter", date(2030, 1, 1), date(2030, 4, 1)),
        (2, GROUP, "Summer", date(2030, 4, 1), date(2030, 10, 1)),
        (3, OTHER_GROUP, "Whole year", date(2030, 1, 1), date(2031, 1, 1)),
    ):
        cultures = [PriceListCulture(position=0, culture="en-US", label=name)]
        session.add(PriceList(id=id, group_name=group, name=name, valid_from=start, valid_to=end, cultures=cultures))


# ---- what goes over the wire ----

# What looks like a culture is looked up, anything else breaks the pattern.
_CULTURE: Final = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$"


class _Sent(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)


class _Answered(BaseModel):
    model_config = ConfigDict(alias_generator=AliasGenerator(serialization_alias=to_camel), from_attributes=True)


class CultureSetting(_Answered):
    """The name of a price list in one culture."""

    culture: Annotated[str, Field(pattern=_CULTURE, examples=["en-US"])]
    label: Annotated[str, Field(min_length=1, max_length=60)]


class PriceListIn(_Sent):
    """A price list as it is sent; `validTo` is the first day on which it no longer counts."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    valid_from: date
    valid_to: date
    culture_settings: Annotated[list[CultureSetting], Field(max_length=20)]

    @field_validator("valid_from", "valid_to", mode="before")
    @classmethod
    def written_as_text(cls, value: object) -> object:
        """Refuse numbers, which would count as seconds."""
        if not isinstance(value, str | date):
            raise PydanticCustomError("date_type", "must be a date")
        return value

    @field_validator("valid_to")
    @classmethod
    def after_its_start(cls, value: date, info: ValidationInfo) -> date:
        """Refuse a period without a single day; the later field is the one to blame."""
        start = info.data.get("valid_from")
        if start is not None and value <= start:
            raise PydanticCustomError("period", "The value of ValidTo must be greater than the value of ValidFrom.")
        return value


class PriceListOut(_Answered):
    """A price list as it is answered."""

    id: int
    name: str
    valid_from: date
    valid_to: date
    culture_settings: Annotated[list[CultureSetting], Field(validation_alias="cultures")]


class PriceListPage(_Answered):
    """A list in the form that all lists of this API have."""

    data: list[PriceListOut]
    total_count: int
    group_count: int = -1
    summary: list[Any] | None = None


# ---- the application ----


@raises(Unauthorized, NotYourGroup)
def caller_group(
    world: InWorld,
    key: Annotated[str | None, Depends(APIKeyHeader(name="X-API-KEY", auto_error=False))],
    group: Annotated[
        str | None, Depends(APIKeyHeader(name="CorporateGroup-Name", scheme_name="Group", auto_error=False))
    ],
) -> str:
    """Return the group that the caller acts for; raises Unauthorized and NotYourGroup."""
    with world.session() as session:
        token = session.get(ApiKey, digest(key or ""))
        if token is None or not token.active or not group:
            raise Unauthorized
        if session.get(CorporateGroup, (group, token.user)) is None:
            raise NotYourGroup
    return group


def accepted(world: InWorld, given: dict[str, Any]) -> PriceListIn:
    """Return the price list that was sent; raises ValidationErrors with everything that is wrong with it."""
    with world.session() as session:
        faults = tuple(unsupported(given, set(session.scalars(select(Culture.code)))))
    try:
        price_list = PriceListIn.model_validate(given)
    except ValidationError as error:
        failed = from_validation(RequestValidationError(error.errors()), JSON["content-type"])
        raise ValidationErrors(violations=failed.problem.violations + faults) from None
    if faults:
        raise ValidationErrors(violations=faults)
    return price_list


def unsupported(given: dict[str, Any], supported: set[str]) -> list[Violation]:
    """Return a violation for each culture that is none of those supported, blamed on the object around it."""
    settings = given.get("cultureSettings")
    cultures = [s.get("culture") for s in settings if isinstance(s, dict)] if isinstance(settings, list) else []
    unknown = [c for c in cultures if isinstance(c, str) and re.fullmatch(_CULTURE, c) and c not in supported]
    return [Violation(path=("cultureSettings",), detail=f"The culture '{c}' is not supported.") for c in unknown]


Group = Annotated[str, Depends(caller_group)]
Sent = Annotated[PriceListIn, Depends(accepted)]
Id = Annotated[int, Path(ge=1, lt=2**63)]


def own_price_list(session: Session, id: int, group: str) -> PriceList:
    """Return a price list of a group; raises NoSuchPriceList and ForeignPriceList."""
    price_list = session.get(PriceList, id)
    if price_list is None:
        raise NoSuchPriceList(id=id)
    if price_list.group_name != group:
        raise ForeignPriceList
    return price_list


def save(session: Session, price_list: PriceList, sent: PriceListIn) -> PriceListOut:
    """Store what was sent; raises OverlappingPeriod. The session must hold the write lock."""
    overlapping = select(PriceList.id).where(
        PriceList.group_name == price_list.group_name,
        PriceList.id != (price_list.id or 0),
        PriceList.valid_from < sent.valid_to,
        PriceList.valid_to > sent.valid_from,
    )
    with session.no_autoflush:
        other = session.scalar(overlapping.limit(1))
    if other is not None:
        raise OverlappingPeriod(other=other)
    price_list.name, price_list.valid_from, price_list.valid_to = sent.name, sent.valid_from, sent.valid_to
    price_list.cultures = [
        PriceListCulture(position=position, culture=setting.culture, label=setting.label)
        for position, setting in enumerate(sent.culture_settings)
    ]
    session.add(price_list)
    session.commit()
    return PriceListOut.model_validate(price_list)


# ---- the addresses ----

router: Final = APIRouter()


def _sent_body() -> dict[str, Any]:
    """Return what OpenAPI says of a body that `accepted` checks, where FastAPI sees an object only."""
    schema = PriceListIn.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs")
    return {"requestBody": {"required": True, "content": {JSON["content-type"]: {"schema": schema}}}}


@router.get("/metadata/cultures")
def list_cultures(world: InWorld, group: Group) -> list[str]:  # noqa: ARG001 - asking needs a group, the answer does not
    """List the cultures that price lists can be labelled in."""
    with world.session() as session:
        return list(session.scalars(select(Culture.code).order_by(Culture.code)))


@router.get("/price-lists")
def list_price_lists(
    world: InWorld, group: Group, at_date: Annotated[date | None, Query(alias="atDate")] = None
) -> PriceListPage:
    """List the price lists of the group, all or those that count on one day."""
    if world.fault("tesma.price-lists.read") is not None:
        raise ConnectionError("sql-07.internal refused the login of user 'pricing'")
    chosen = select(PriceList).where(PriceList.group_name == group).order_by(PriceList.id)
    if at_date is not None:
        chosen = chosen.where(PriceList.valid_from <= at_date, PriceList.valid_to > at_date)
    with world.session() as session:
        data = [PriceListOut.model_validate(row) for row in session.scalars(chosen)]
    return PriceListPage(data=data, total_count=len(data))


@router.post("/price-lists", status_code=201, openapi_extra=_sent_body())
@raises(OverlappingPeriod)
def create_price_list(world: InWorld, group: Group, sent: Sent, response: Response) -> PriceListOut:
    """Create a price list for a period that no other one of the group touches."""
    with world.session(write=True) as session:
        created = save(session, PriceList(group_name=group), sent)
    response.headers["location"] = f"{MOUNT}/price-lists/{created.id}"
    return created


@router.get("/price-lists/{id}")
@raises(NoSuchPriceList, ForeignPriceList)
def get_price_list(world: InWorld, group: Group, id: Id) -> PriceListOut:
    """Return a price list."""
    with world.session() as session:
        return PriceListOut.model_validate(own_price_list(session, id, group))


@router.put("/price-lists/{id}", openapi_extra=_sent_body())
@raises(NoSuchPriceList, ForeignPriceList, OverlappingPeriod)
def replace_price_list(world: InWorld, group: Group, id: Id, sent: Sent) -> PriceListOut:
    """Replace a price list."""
    with world.session(write=True) as session:
        return save(session, own_price_list(session, id, group), sent)


spoken: Final = contract.replace(languages=translations(FilePath(__file__).parent / "locale", domain="tesma"))
"""The same errors, also in German; in English they are the same to the byte."""


def build(world: World) -> FastAPI:
    """Return the application."""
    app = FastAPI(title="Price lists", summary="After the tesma API: problem details in a house style", version="1")
    app.state.world = world
    app.include_router(router)
    return install(app, spoken)


# ---- cases ----

_KEY_ONLY: Final = {"X-API-KEY": KEY}
_KEYED: Final = _KEY_ONLY | {"CorporateGroup-Name": GROUP}
_SENT: Final = _KEYED | JSON
_TRACE: Final = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
_NO_TRACE: Final = "00-00000000000000000000000000000000-00f067aa0ba902b7-01"


def _body(start: str, end: str, *cultures: str, name: str = "Autumn") -> str:
    settings = [{"culture": culture, "label": name} for culture in cultures]
    return json.dumps({"name": name, "validFrom": start, "validTo": end, "cultureSettings": settings})


_GOOD: Final = _body("2031-01-01", "2031-06-01", "en-US")


_case: Final = partial(make_case, system="tesma", mount=MOUNT, headers=_KEYED)


def _post(id: str, covers: str, status: int, title: str, body: str, **fields: str) -> Case:
    headers = _SENT | {name.replace("_", "-"): value for name, value in fields.items()}
    return _case(id, covers, "POST /price-lists", status, title, headers=headers, body=body, before=[reset()])


CASES: Final = [
    _case("P1-cultures", "P1", "GET /metadata/cultures", 200, "A good token and a group: the cultures are listed."),
    _post("P1-created", "P1", 201, "A price list for a free period is created.", _GOOD),
    _case("P2-any-accept", "P2 P4 P5 P6 P8", "GET /price-lists/404", 404,
          "A browser asks for HTML and still gets problem details.", headers=_KEYED | {"Accept": "text/html"}),
    _case("P10-trace", "P9 P10", "GET /price-lists/404", 404,
          "The trace of the request goes on in the error.", headers=_KEYED | {"traceparent": _TRACE}),
    _case("P10-bad-trace", "P10", "GET /price-lists/404", 404,
          "A trace id of zeros is none: the error gets a new one.", headers=_KEYED | {"traceparent": _NO_TRACE}),
    _case("P11-no-token", "P7 P11", "GET /metadata/cultures", 401, "No token at all.", headers={}),
    _case("P11-unknown-token", "P11", "GET /metadata/cultures", 401, "A token that nobody owns.",
          headers=_KEYED | {"X-API-KEY": "no-such-token"}),
    _case("P11-no-group", "P11", "GET /metadata/cultures", 401, "A token without a group.", headers=_KEY_ONLY),
    _post("P12-two-faults", "P12 P13 P14 P15 P16 P17 P18 P19 P20", 400,
          "The period ends before it begins, and the culture is not supported: both are said.",
          _body("2031-06-01", "2031-01-01", "xx-XX")),
    _case("P15-at-date", "P12 P15", "GET /price-lists?atDate=tomorrow", 400,
          "The day in the query is none: the source is the parameter's own name."),
    _post("P15-not-json", "P13 P15", 400, "The body is not JSON: one fault, and no source.", '{"name": "Autumn",'),
    _post("P15-inside", "P15", 400, "A label is missing inside a list: the source is the path to it.",
          _GOOD.replace("label", "caption")),
    _post("P17-same-day", "P17", 400, "A period that ends on the day it begins has no day at all.",
          _body("2031-01-01", "2031-01-01", "en-US")),
    _post("P18-two-cultures", "P18", 400, "Two cultures are not supported: two faults.",
          _body("2031-01-01", "2031-06-01", "xx-XX", "en-US", "yy-YY")),
    _post("P19-all-wrong", "P17 P18 P19", 400, "Everything is wrong, and everything is said at once.",
          _body("2031-06-01", "2031-01-01", "xx-XX", name="")),
    _post("P18-in-german", "P12 P13 P14 P15 P17 P18 P19", 400,
          "The reader speaks German: the texts are German, codes and places the same.",
          _body("2031-06-01", "2031-01-01", "xx-XX", name=""), accept_language="de-CH, en;q=0.8"),
    _case("P5-in-german", "P5", "GET /price-lists/404", 404, "A title and a detail in German.",
          headers=_KEYED | {"Accept-Language": "de"}),
    _case("P21-not-your-group", "P21", "GET /metadata/cultures", 403, "A group that the token's owner is not in.",
          headers=_KEYED | {"CorporateGroup-Name": "Eastwind"}),
    _case("P21-foreign", "P21", "GET /price-lists/3", 403, "A price list of another group.", before=[reset()]),
    _case("P21-no-such-list", "P21", "GET /price-lists/404", 404, "A price list that does not exist."),
    _case("P21-no-such-address", "P21", "GET /discounts", 404, "An address that does not exist."),
    _case("P21-wrong-method", "P21", "DELETE /price-lists/1", 405, "Price lists cannot be deleted."),
    _post("P21-overlap", "P21", 409, "A new period that reaches into the summer's.",
          _body("2030-09-30", "2031-01-01", "en-US")),
    _case("P21-overlap-on-update", "P21", "PUT /price-lists/1", 409, "A changed period that reaches into the summer's.",
          headers=_SENT, body=_body("2030-01-01", "2030-05-01", "en-US"), before=[reset()]),
    _case("P17-on-update", "P17", "PUT /price-lists/1", 400, "A changed period that ends before it begins.",
          headers=_SENT, body=_body("2030-01-01", "2029-01-01", "en-US"), before=[reset()]),
    _case("P21-media-type", "P21", "POST /price-lists", 415, "A body in plain text.",
          headers=_KEYED | {"Content-Type": "text/plain"}, body=_GOOD),
    _case("P22-crash", "P22", "GET /price-lists", 500,
          "The database fails: nothing of it is said, and the trace id leads to the log.",
          before=[fault("tesma.price-lists.read")]),
]  # fmt: skip
