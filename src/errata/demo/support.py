"""The support desk, after the Axway AMPLIFY Support API: products, cases and notes.

Behind the desk stands a support portal, which may be out of reach at any call,
also between two calls of one request.
"""

import json
import re
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Security
from fastapi.security import HTTPBearer
from pydantic import AliasGenerator, BaseModel, BeforeValidator, ConfigDict, Field, Json
from pydantic.alias_generators import to_camel
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from errata import Contract
from errata.contracts import axway
from errata.demo._cases import JSON, Case, clock, fault, make_case, reset
from errata.demo._guard import bearer_token, guarded
from errata.demo._world import Base, InWorld, World, world_of
from errata.openapi.fastapi import describe
from errata.servers.fastapi import install

MOUNT: Final = "/support"
CLOSED_DAYS: Final = 45
OWN_SAC: Final = "000000"
FOREIGN_SAC: Final = "000001"
OPEN_CASE: Final = 1000001
CLOSED_CASE: Final = 1000002
OLD_CASE: Final = 1000003
FOREIGN_CASE: Final = 1000004

CREDENTIALS: Final = [
    (f"Ann, who has the support access code {OWN_SAC}", "Authorization: Bearer ann-token"),
    (f"Bob, who has the support access code {FOREIGN_SAC}", "Authorization: Bearer bob-token"),
    ("Ann again, with a token that expires after half an hour", "Authorization: Bearer ann-short-token"),
]

# ---- rows; moments are seconds since 1970, as SQLite has no type for them ----


class UserSac(Base):
    """A support access code that a user has."""

    __tablename__ = "support_user_sac"
    user: Mapped[str] = mapped_column(primary_key=True)
    sac: Mapped[str] = mapped_column(primary_key=True)


class Token(Base):
    """An access token."""

    __tablename__ = "support_token"
    value: Mapped[str] = mapped_column(primary_key=True)
    user: Mapped[str]
    expires_at: Mapped[float]


class Product(Base):
    """A product that comes with a support access code."""

    __tablename__ = "support_product"
    id: Mapped[int] = mapped_column(primary_key=True)
    sac: Mapped[str]
    name: Mapped[str]


class Note(Base):
    """A note on a case."""

    __tablename__ = "support_note"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_number: Mapped[int] = mapped_column(ForeignKey("support_case.case_number"))
    subject: Mapped[str]
    description: Mapped[str]
    created_at: Mapped[float]


class SupportCase(Base):
    """A case, open or closed."""

    __tablename__ = "support_case"
    case_number: Mapped[int] = mapped_column(primary_key=True)
    sac: Mapped[str]
    subject: Mapped[str]
    description: Mapped[str]
    impact: Mapped[str]
    status: Mapped[str]
    created_at: Mapped[float]
    closed_at: Mapped[float | None]
    notes: Mapped[list[Note]] = relationship(order_by=Note.id, lazy="selectin")


def seed(session: Session, now: datetime) -> None:
    """Insert two users with a code each, and four cases, one of them closed for too long."""

    def case(number: int, sac: str, subject: str, closed_days_ago: int | None = None) -> SupportCase:
        closed = None if closed_days_ago is None else (now - timedelta(days=closed_days_ago)).timestamp()
        return SupportCase(
            case_number=number,
            sac=sac,
            subject=subject,
            description="As told on the phone.",
            impact="3 - Medium",
            status="open" if closed is None else "closed",
            created_at=(now - timedelta(days=100)).timestamp(),
            closed_at=closed,
        )

    years, half_an_hour = now + timedelta(days=36500), now + timedelta(seconds=1800)
    session.add_all(
        [
            UserSac(user="ann", sac=OWN_SAC),
            UserSac(user="bob", sac=FOREIGN_SAC),
            Token(value="ann-token", user="ann", expires_at=years.timestamp()),
            Token(value="bob-token", user="bob", expires_at=years.timestamp()),
            Token(value="ann-short-token", user="ann", expires_at=half_an_hour.timestamp()),
            Product(id=1, sac=OWN_SAC, name="API Gateway"),
            Product(id=2, sac=OWN_SAC, name="Flow Manager"),
            Product(id=3, sac=FOREIGN_SAC, name="Validation Authority"),
            case(OPEN_CASE, OWN_SAC, "Gateway restarts at night"),
            case(CLOSED_CASE, OWN_SAC, "Licence key is refused", closed_days_ago=10),
            case(OLD_CASE, OWN_SAC, "Upgrade from 7.5", closed_days_ago=46),
            case(FOREIGN_CASE, FOREIGN_SAC, "Certificate chain"),
        ]
    )


# ---- what goes over the wire ----

_UTC: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", re.ASCII)


def utc_moment(value: object) -> datetime:
    """Return the moment that an RFC 3339 date-time with the offset Z names."""
    try:
        if isinstance(value, str) and _UTC.fullmatch(value):
            return datetime.fromisoformat(value)
    except ValueError:  # the right form, but no such day or hour
        pass
    raise ValueError("must be a date-time with the offset Z, such as 2031-01-28T23:59:59Z")


Moment = Annotated[datetime, BeforeValidator(utc_moment)]
CaseId = Annotated[str, Field(min_length=1, max_length=40)]
Subject = Annotated[str, Field(min_length=1, max_length=100)]
Description = Annotated[str, Field(min_length=1, max_length=4000)]


class _Sent(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")


class NewCase(_Sent):
    """A case to be opened."""

    sac: str
    subject: Subject
    description: Description
    impact: Literal["1 - Critical", "2 - High", "3 - Medium", "4 - Low"]


class NewNote(_Sent):
    """A note to be added to a case, or the reason for closing it."""

    case_id: CaseId
    subject: Subject
    description: Description


class Span(_Sent):
    """A time span, open where an end is not given; one that ends before it starts holds nothing."""

    after: Moment | None = None
    before: Moment | None = None


class CaseFilter(_Sent):
    """What cases to list."""

    sac: str | None = None
    status: Literal["open", "closed"] | None = None
    created_at: Span = Span()


class _Answer(BaseModel):
    model_config = ConfigDict(
        alias_generator=AliasGenerator(serialization_alias=to_camel), from_attributes=True, coerce_numbers_to_str=True
    )


class ProductOut(_Answer):
    """A product as it is answered."""

    id: int
    name: str


class NoteOut(_Answer):
    """A note as it is answered."""

    id: int
    subject: str
    description: str
    created_at: datetime


class CaseOut(_Answer):
    """A case as it is answered."""

    case_number: str
    sac: str
    subject: str
    description: str
    impact: str
    status: str
    created_at: datetime
    closed_at: datetime | None
    notes: list[NoteOut]


# ---- the portal behind the desk ----


class Portal:
    """The support portal: it keeps the cases. A fault `support.portal.<call>` makes a call fail."""

    def __init__(self, world: World) -> None:
        self._world = world

    def _connect(self, call: str) -> None:
        failure = self._world.fault(f"support.portal.{call}")
        if failure is None:
            return
        if "delay" in failure:
            raise axway.PortalUnavailableFor(retry_after=int(failure["delay"]))
        raise axway.PortalUnavailable

    def create(self, new: NewCase) -> int:
        """Open a case and return its number."""
        self._connect("create")
        with self._world.session() as session:
            case = SupportCase(
                **new.model_dump(), status="open", created_at=self._world.now().timestamp(), closed_at=None
            )
            session.add(case)
            session.commit()
            return case.case_number

    def read(self, case_number: int) -> SupportCase | None:
        """Return a case with its notes."""
        self._connect("read")
        with self._world.session() as session:
            return session.get(SupportCase, case_number)

    def find(self, wanted: CaseFilter, sacs: set[str]) -> list[SupportCase]:
        """Return all cases that fit a filter and have one of some support access codes."""
        self._connect("find")
        chosen = select(SupportCase).where(SupportCase.sac.in_(sacs)).order_by(SupportCase.case_number)
        if wanted.status is not None:
            chosen = chosen.where(SupportCase.status == wanted.status)
        if wanted.created_at.after is not None:
            chosen = chosen.where(SupportCase.created_at > wanted.created_at.after.timestamp())
        if wanted.created_at.before is not None:
            chosen = chosen.where(SupportCase.created_at < wanted.created_at.before.timestamp())
        with self._world.session() as session:
            return list(session.scalars(chosen))

    def add_note(self, case_number: int, new: NewNote) -> int:
        """Add a note to a case and return the note's id."""
        self._connect("add_note")
        with self._world.session() as session:
            note = _noted(case_number, new, self._world.now().timestamp())
            session.add(note)
            session.commit()
            return note.id

    def close(self, case_number: int, reason: NewNote) -> bool:
        """Close a case and note why; tell whether it was open."""
        self._connect("close")
        with self._world.session(write=True) as session:
            case = session.get_one(SupportCase, case_number)
            if case.status == "closed":
                return False
            now = self._world.now().timestamp()
            case.status, case.closed_at = "closed", now
            session.add(_noted(case_number, reason, now))
            session.commit()
            return True


def _noted(case_number: int, new: NewNote, created_at: float) -> Note:
    return Note(case_number=case_number, subject=new.subject, description=new.description, created_at=created_at)


# ---- the desk ----


def authenticate(request: Request) -> None:
    """Find out who is asking; raises AuthenticationFailure."""
    world = world_of(request)
    with world.session() as session:
        token = session.get(Token, bearer_token(request) or "")
    if token is None or token.expires_at <= world.now().timestamp():
        raise axway.AuthenticationFailure
    request.state.user = token.user


def sacs_of_user(request: Request, world: InWorld) -> set[str]:
    """Return the support access codes of the user."""
    with world.session() as session:
        return set(session.scalars(select(UserSac.sac).where(UserSac.user == request.state.user)))


def portal_of(world: InWorld) -> Portal:
    """Return the portal."""
    return Portal(world)


Behind = Annotated[Portal, Depends(portal_of)]
Sacs = Annotated[set[str], Depends(sacs_of_user)]


def entitle(sac: str, sacs: set[str]) -> None:
    """Raise SacNotYours unless the user has a support access code."""
    if sac not in sacs:
        raise axway.SacNotYours


def own_case(portal: Portal, case_id: str, sacs: set[str]) -> SupportCase:
    """Return a case that the user may see; raises UnknownCase and CaseNotYours."""
    case = portal.read(int(case_id)) if _NUMBER.fullmatch(case_id) else None
    if case is None:
        raise axway.UnknownCase(case_number=case_id)
    if case.sac not in sacs:
        raise axway.CaseNotYours
    return case


_NUMBER: Final = re.compile("[1-9][0-9]{0,17}", re.ASCII)

router: Final = APIRouter(
    route_class=guarded(authenticate),
    dependencies=[Security(HTTPBearer(auto_error=False))],
)

_ANYWHERE: Final = (
    axway.AuthenticationFailure,
    axway.AccessDenied,
    axway.BadRequest,
    axway.TemporarilyUnavailable,
    axway.ServerError,
)


@router.get("/product")
def list_products(world: InWorld, sacs: Sacs, sac: str) -> list[ProductOut]:
    """List the products of a support access code."""
    entitle(sac, sacs)
    with world.session() as session:
        rows = session.scalars(select(Product).where(Product.sac == sac).order_by(Product.id))
        return [ProductOut.model_validate(row) for row in rows]


@router.get("/case")
def find_cases(
    portal: Behind,
    sacs: Sacs,
    query: Annotated[Json[CaseFilter], Query(validate_default=True)] = "{}",  # type: ignore[assignment]
    limit: Annotated[int, Query(ge=0, le=20)] = 20,
    offset: Annotated[int, Query(ge=0, le=2000)] = 0,
) -> list[CaseOut]:
    """List the cases that fit a filter, which is a JSON object in the query."""
    if query.sac is not None:
        entitle(query.sac, sacs)
    found = portal.find(query, sacs if query.sac is None else {query.sac})
    return [CaseOut.model_validate(case) for case in found[offset : offset + limit]]


@router.get("/case/{id}")
def get_case(portal: Behind, sacs: Sacs, id: str) -> CaseOut:
    """Return a case with its notes."""
    return CaseOut.model_validate(own_case(portal, id, sacs))


@router.post("/case", status_code=201)
def create_case(portal: Behind, sacs: Sacs, new: NewCase) -> CaseOut:
    """Open a case: first it is created, then its details are read back."""
    entitle(new.sac, sacs)
    number = portal.create(new)
    try:
        return CaseOut.model_validate(portal.read(number))
    except axway.TemporarilyUnavailable:
        raise axway.CaseIncomplete(case_number=str(number)) from None


@router.post("/note", status_code=201)
def add_note(request: Request, world: InWorld, portal: Behind, sacs: Sacs, new: NewNote) -> CaseOut:
    """Add a note to a case, which must not be closed for too long, and read the case back."""
    case = own_case(portal, new.case_id, sacs)
    days: int = request.app.state.closed_days
    if case.closed_at is not None and world.now().timestamp() - case.closed_at > days * 86400:
        raise axway.CaseClosed(days=days)
    note_id = portal.add_note(case.case_number, new)
    try:
        return CaseOut.model_validate(portal.read(case.case_number))
    except axway.TemporarilyUnavailable:
        raise axway.NoteIncomplete(case_number=str(case.case_number), note_id=note_id) from None


@router.delete("/case")
def close_case(portal: Behind, sacs: Sacs, reason: NewNote) -> CaseOut:
    """Close a case; the reason becomes its last note."""
    case = own_case(portal, reason.case_id, sacs)
    if not portal.close(case.case_number, reason):
        raise axway.CaseAlreadyClosed
    return CaseOut.model_validate(portal.read(case.case_number))


def build(world: World, *, contract: Contract = axway.contract, closed_days: int = CLOSED_DAYS) -> FastAPI:
    """Return the application; notes are taken until a case has been closed for some days."""
    app = FastAPI(title="Support desk", summary="After the Axway AMPLIFY Support API: five classes", version="1")
    app.state.world = world
    app.state.closed_days = closed_days
    app.include_router(router)
    return describe(install(app, contract), contract, common=_ANYWHERE)


# ---- cases ----

_ANN: Final = {"Authorization": "Bearer ann-token"}
_SENT: Final = _ANN | JSON
_case: Final = partial(make_case, system="support", mount=MOUNT, headers=_ANN)

_NEW: Final = {"sac": OWN_SAC, "subject": "Gateway is slow", "description": "Since noon.", "impact": "3 - Medium"}


def _note(case_number: int) -> dict[str, Any]:
    return {"caseId": str(case_number), "subject": "One more thing", "description": "It happens at noon."}


def _query(**members: object) -> str:
    return "GET /case?query=" + quote(json.dumps(members))


CASES: Final[list[Case]] = [
    _case("A1-products", "A13", "GET /product?sac=000000", 200, "Ann lists the products of her own code."),
    _case("A3-no-token", "A1 A3", "GET /product?sac=000000", 401, "No token at all.", headers={}),
    _case("A3-wrong-scheme", "A3", "GET /product?sac=000000", 401, "A password where a token belongs.",
          headers={"Authorization": "Basic YW5uOmFubg=="}),
    _case("A3-unknown-token", "A3", "GET /product?sac=000000", 401, "A token that nobody owns.",
          headers={"Authorization": "Bearer no-such-token"}),
    _case("A3-expired-token", "A3", "GET /product?sac=000000", 401, "A token is used a second after it expired.",
          None, [reset(), clock(1801)], headers={"Authorization": "Bearer ann-short-token"}),
    _case("A4-foreign-code", "A1 A4 A18", "GET /product?sac=000001", 403, "Ann asks for the code of Bob's account."),
    _case("A4-foreign-code-write", "A4", "POST /case", 403, "Ann opens a case for Bob's account: nothing is written.",
          _NEW | {"sac": FOREIGN_SAC}),
    _case("A5-closed-46-days", "A5 A13", "POST /note", 403, "A note on a case that was closed 46 days ago.",
          _note(OLD_CASE), [reset()]),
    _case("A5-closed-10-days", "A5", "POST /note", 201, "A note on a case that was closed 10 days ago is taken.",
          _note(CLOSED_CASE), [reset()]),
    _case("A5-later", "A5", "POST /note", 403, "The same case, 36 days later.",
          _note(CLOSED_CASE), [reset(), clock(36 * 86400)]),
    _case("A5-close-twice", "A5", "DELETE /case", 403, "A closed case cannot be closed again.",
          _note(CLOSED_CASE), [reset()]),
    _case("A6-no-code", "A1 A6", "GET /product", 400, "The mandatory parameter is missing: the message names it."),
    _case("A7-wrong-type", "A7", "POST /case", 400, "The subject is a number.", _NEW | {"subject": 7}),
    _case("A7-missing", "A7", "POST /case", 400, "The subject is missing.",
          {name: value for name, value in _NEW.items() if name != "subject"}),
    _case("A7-impact", "A7", "POST /case", 400, "The impact is none of those there are.",
          _NEW | {"impact": "3 - Mediums"}),
    _case("A7-not-json", "A7", "POST /case", 400, "The body is not JSON.", '{"sac": "000000",', headers=_SENT),
    _case("A7-long-subject", "A7", "POST /note", 400, "The subject of a note has 101 characters.",
          _note(OPEN_CASE) | {"subject": "x" * 101}),
    _case("A7-content-type", "A2 A7", "POST /case", 400, "A content type other than JSON has no class of its own.",
          json.dumps(_NEW), headers=_ANN | {"Content-Type": "text/plain"}),
    _case("A7-limit", "A7", "GET /case?limit=21", 400, "More cases at once than there may be."),
    _case("A8-good-moment", "A8", _query(createdAt={"after": "2020-03-11T08:38:11Z"}), 200,
          "A date-time as it should be."),
    _case("A8-other-offset", "A8", _query(createdAt={"after": "2020-03-11T08:38:11+02:00"}), 400,
          "A date-time with an offset other than Z."),
    _case("A8-date-only", "A8", _query(createdAt={"before": "2020-03-11"}), 400, "A date where a date-time belongs."),
    _case("A8-reversed", "A8", _query(createdAt={"after": "2031-01-01T00:00:00Z", "before": "2030-01-01T00:00:00Z"}),
          200,
          "A time span that ends before it starts holds nothing, which is no error."),
    _case("A9-portal-down", "A1 A9 A13", "POST /case", 503,
          "The portal is down for two minutes: the delay is said twice.",
          _NEW, [fault("support.portal.create", delay=120)]),
    _case("A10-portal-down", "A10", "POST /case", 503, "The portal is down, and nobody knows for how long.",
          _NEW, [fault("support.portal.create")]),
    _case("A11-half-created", "A1 A11 A13", "POST /case", 500,
          "The case is created, but cannot be read back: the message has its number.",
          _NEW, [reset(), fault("support.portal.read")]),
    _case("A12-half-noted", "A12", "POST /note", 500, "The note is added, but cannot be read back.",
          _note(OPEN_CASE), [reset(), fault("support.portal.read", after=1)]),
    _case("A2-unknown-case", "A2", f"GET /case/{FOREIGN_CASE + 99}", 400, "No case has this number."),
    _case("A2-foreign-case", "A2 A4", f"GET /case/{FOREIGN_CASE}", 403, "A case of Bob's account.", None, [reset()]),
    _case("A2-unknown-address", "A2", "GET /attachments", 400,
          "An address that does not exist has no class of its own."),
    _case("A2-wrong-method", "A2", "PUT /note", 400,
          "A method that the address does not take has no class of its own.", {}),
]  # fmt: skip
