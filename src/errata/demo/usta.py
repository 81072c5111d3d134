"""The coach registry, after the USTA Digital API: numbered errors, many to a status.

Checks come in the order of the API: who is asking, the content type, the body,
its fields, whether the entity exists, whether it is unique, whether it can be saved.
"""

import json
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, FastAPI, Path, Query, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import AliasGenerator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from sqlalchemy import JSON as JSON_COLUMN
from sqlalchemy import CheckConstraint, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from errata import Contract, Error, UnsupportedMediaType
from errata.contracts import usta
from errata.demo._cases import JSON, Case, clock, fault, make_case, reset
from errata.demo._guard import bearer_token, guarded
from errata.demo._world import Base, InWorld, World, broken_constraint, digest, world_of
from errata.openapi import raises
from errata.openapi.fastapi import describe
from errata.servers.fastapi import install

MOUNT: Final = "/usta/v1"

CREDENTIALS: Final = [
    ("an administrator, who may do everything", "Authorization: Bearer usta-admin-token"),
    ("a player, who may read", "Authorization: Bearer usta-player-token"),
    ("an administrator's token that expires after half an hour", "Authorization: Bearer usta-short-token"),
]

# ---- rows; moments are seconds since 1970, as SQLite has no type for them ----


class Coach(Base):
    """A coach; the numbers are those of two associations, USPTA and PTR."""

    __tablename__ = "usta_coach"
    __table_args__ = (CheckConstraint("balance >= 0", name="balance_not_negative"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    first_name: Mapped[str]
    last_name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    uspta_number: Mapped[str | None] = mapped_column(unique=True)
    ptr_number: Mapped[str | None] = mapped_column(unique=True)
    balance: Mapped[int]


class Client(Base):
    """A program that was registered to use the API."""

    __tablename__ = "usta_client"
    id: Mapped[int] = mapped_column(primary_key=True)
    org: Mapped[str]
    grant_type: Mapped[str]
    profile: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(JSON_COLUMN)


class Account(Base):
    """An account with a password, of which only the digest is stored."""

    __tablename__ = "usta_account"
    id: Mapped[int] = mapped_column(primary_key=True)
    password_hash: Mapped[str]


class Token(Base):
    """An access token and the role that it gives."""

    __tablename__ = "usta_token"
    value: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    expires_at: Mapped[float]


# What SQLite says was violated -> the error; everything else is a saving error without a code of its own.
CONSTRAINTS: Final[dict[str, type[Error]]] = {
    "usta_coach.email": usta.EntityAlreadyExists,
    "usta_coach.uspta_number": usta.UsptaNumberNotUnique,
    "usta_coach.ptr_number": usta.PtrNumberNotUnique,
}


def seed(session: Session, now: datetime) -> None:
    """Insert two coaches, an account and three tokens."""
    years, half_an_hour = now + timedelta(days=36500), now + timedelta(seconds=1800)
    session.add_all(
        [
            Coach(
                id=1,
                first_name="Billie",
                last_name="Moffitt",
                email="billie@coaches.example",
                uspta_number="U-100",
                ptr_number="P-100",
                balance=100,
            ),
            Coach(id=2, first_name="Arthur", last_name="Robert", email="arthur@coaches.example", balance=0),
            Account(id=1, password_hash=digest("old-secret")),
            Token(value="usta-admin-token", role="admin", expires_at=years.timestamp()),
            Token(value="usta-player-token", role="player", expires_at=years.timestamp()),
            Token(value="usta-short-token", role="admin", expires_at=half_an_hour.timestamp()),
        ]
    )


# ---- what goes over the wire ----

Name = Annotated[str, Field(min_length=1, max_length=60)]
Email = Annotated[str, Field(max_length=120, pattern=r"^[^@\s]+@[^@\s]+$")]
Number = Annotated[str, Field(min_length=1, max_length=20)]
Amount = Annotated[int, Field(ge=1, le=1_000_000)]
Balance = Annotated[int, Field(ge=-1_000_000, le=1_000_000)]  # that it is not negative, the database sees to


class _Sent(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)


class CoachIn(_Sent):
    """A coach as it is sent; an id, where there is one, must be that of the address."""

    first_name: Name
    last_name: Name
    email: Email
    uspta_number: Number | None = None
    ptr_number: Number | None = None
    balance: Balance = 0
    id: str | None = None


class CoachChanges(_Sent):
    """The members of a coach that are to change."""

    first_name: Name | None = None
    last_name: Name | None = None
    email: Email | None = None
    uspta_number: Number | None = None
    ptr_number: Number | None = None
    balance: Balance | None = None


class CoachOut(BaseModel):
    """A coach as it is answered."""

    model_config = ConfigDict(alias_generator=AliasGenerator(serialization_alias=to_camel), from_attributes=True)
    id: int
    first_name: str
    last_name: str
    email: str
    uspta_number: str | None
    ptr_number: str | None
    balance: int


class BalanceOut(BaseModel):
    """What is left on a coach's account."""

    balance: int


class Debit(_Sent):
    """An amount to be taken from a coach's balance."""

    amount: Amount


class Invitation(_Sent):
    """A text to be mailed to a coach."""

    text: Annotated[str, Field(min_length=1, max_length=2000)]


class Invited(BaseModel):
    """Whom an invitation was sent to."""

    email: str


class ClientIn(_Sent):
    """A client to be registered; what is wrong with it has codes of its own."""

    client_org: str = ""
    grant_type: str = ""
    profile: str = ""
    scopes: list[str] = []


class ClientOut(BaseModel):
    """A registered client."""

    id: int


class PasswordChange(_Sent):
    """The old password, and the new one twice."""

    old_password: str = ""
    new_password: str = ""
    new_password_again: str = ""


class Changed(BaseModel):
    """The account whose password was changed."""

    id: int


# ---- who is asking, and what for ----

_READING: Final = ("GET", "HEAD", "OPTIONS")
_WITH_BODY: Final = ("POST", "PUT", "PATCH")


def admit(request: Request) -> None:
    """Check the token, the role and the content type; raises 4004, 4003, 4006 and 415."""
    value = bearer_token(request)
    if value is None:
        raise usta.AuthenticationError
    world = world_of(request)
    with world.session() as session:
        token = session.get(Token, value)
    if token is None or token.expires_at <= world.now().timestamp():
        raise usta.TokenInvalid
    if token.role != "admin" and request.method not in _READING:
        raise usta.AccessDenied
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method in _WITH_BODY and media_type != "application/json":
        raise UnsupportedMediaType


def id_of(text: str) -> int:
    """Return the id that a path holds; raises EntityIdEmpty, and EntityNotFound for what can be no id."""
    if not text.strip():
        raise usta.EntityIdEmpty
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise usta.EntityNotFound
    return int(text)


_Row = TypeVar("_Row", Coach, Account)


def existing(session: Session, kind: type[_Row], id: str) -> _Row:
    """Return a row by the id in the path; raises EntityNotFound."""
    row = session.get(kind, id_of(id))
    if row is None:
        raise usta.EntityNotFound
    return row


def save(session: Session) -> None:
    """Commit; raises the error that belongs to the constraint that the rows would break."""
    try:
        session.commit()
    except IntegrityError as error:
        said = broken_constraint(error)
        broken = next((cls for column, cls in CONSTRAINTS.items() if said.endswith(column)), usta.EntitySavingError)
        raise broken from None


# ---- the addresses ----

Id = Annotated[str, Path(examples=["1"])]

_ADMITTED: Final = (usta.AuthenticationError, usta.TokenInvalid, usta.UnexpectedSystemError)
_WRITING: Final = (usta.AccessDenied, UnsupportedMediaType, usta.MessageNotReadable, usta.ValidationError)
_SAVING: Final = (
    usta.EntityAlreadyExists,
    usta.EntitySavingError,
    usta.UsptaNumberNotUnique,
    usta.PtrNumberNotUnique,
)
_ONE: Final = (usta.EntityIdEmpty, usta.EntityNotFound)

# The verb table: a GET answers data, a PUT or PATCH nothing. A route that does
# otherwise says so in its declaration.
_EMPTY: Final[dict[str, Any]] = {"response_class": Response, "status_code": 200}


router: Final = APIRouter(
    route_class=guarded(admit),
    dependencies=[Security(HTTPBearer(auto_error=False))],
)


@router.post("/coaches")
@raises(*_WRITING, *_SAVING, usta.IllegalArgumentCombination)
def create_coach(world: InWorld, sent: CoachIn) -> CoachOut:
    """Register a coach. The id is given by the registry, not by the client."""
    if sent.id is not None:
        raise usta.IllegalArgumentCombination if sent.id.strip() else usta.EntityIdEmpty
    with world.session() as session:
        coach = Coach(**sent.model_dump(exclude={"id"}))
        session.add(coach)
        save(session)
        return CoachOut.model_validate(coach)


# The columns that a coach can be looked up by.
_IDENTIFIERS: Final = {"uspta": Coach.uspta_number, "ptr": Coach.ptr_number, "email": Coach.email}


def identifier(
    id_type: str | None, id: str | None, uspta_number: str | None, ptr_number: str | None
) -> tuple[str, str]:
    """Return the type of identifier and the value that a search asks for; raises 5001, 5002 and 5003."""
    given = [(id_type, id)] if id_type is not None or id is not None else []
    given += [("uspta", uspta_number)] if uspta_number is not None else []
    given += [("ptr", ptr_number)] if ptr_number is not None else []
    if len(given) != 1:
        raise usta.IllegalArgumentCombination
    kind, value = given[0]
    if kind is None or value is None:
        raise usta.IllegalArgumentCombination
    if kind not in _IDENTIFIERS:
        raise usta.UnknownIdentifier
    if not value.strip():
        raise usta.EntityIdEmpty
    return kind, value


@router.get("/coaches")
@raises(usta.IllegalArgumentCombination, usta.UnknownIdentifier, usta.EntityIdEmpty)
def search_coaches(
    world: InWorld,
    id_type: Annotated[str | None, Query(alias="idType")] = None,
    id: str | None = None,
    uspta_number: Annotated[str | None, Query(alias="usptaNumber")] = None,
    ptr_number: Annotated[str | None, Query(alias="ptrNumber")] = None,
) -> list[CoachOut]:
    """Search by one identifier.

    Other than the verb table says, finding nobody is a success: 200 and an empty list.
    """
    kind, value = identifier(id_type, id, uspta_number, ptr_number)
    with world.session() as session:
        return [
            CoachOut.model_validate(row) for row in session.scalars(select(Coach).where(_IDENTIFIERS[kind] == value))
        ]


@router.get("/coaches/{id}")
@raises(*_ONE)
def get_coach(world: InWorld, id: Id) -> CoachOut:
    """Return a coach."""
    with world.session() as session:
        return CoachOut.model_validate(existing(session, Coach, id))


@router.put("/coaches/{id}", **_EMPTY)
@raises(*_ONE, *_WRITING, *_SAVING, usta.IllegalArgumentCombination)
def replace_coach(world: InWorld, id: Id, sent: CoachIn) -> None:
    """Replace a coach."""
    if sent.id is not None and id_of(sent.id) != id_of(id):
        raise usta.IllegalArgumentCombination
    change(world, id, sent.model_dump(exclude={"id"}))


@router.patch("/coaches/{id}", **_EMPTY)
@raises(*_ONE, *_WRITING, *_SAVING)
def change_coach(world: InWorld, id: Id, sent: CoachChanges) -> None:
    """Change the members of a coach that are sent."""
    change(world, id, sent.model_dump(exclude_none=True))


def change(world: World, id: str, members: dict[str, Any]) -> None:
    """Set members of a coach; raises EntityNotFound and what `save` raises."""
    with world.session(write=True) as session:
        coach = existing(session, Coach, id)
        for name, value in members.items():
            setattr(coach, name, value)
        save(session)


@router.delete("/coaches/{id}", **_EMPTY)
@raises(*_ONE, usta.AccessDenied)
def delete_coach(world: InWorld, id: Id) -> None:
    """Remove a coach from the registry."""
    with world.session(write=True) as session:
        session.delete(existing(session, Coach, id))
        save(session)


@router.get("/coaches/{id}/balance")
@raises(*_ONE)
def get_balance(world: InWorld, id: Id) -> BalanceOut:
    """Return what is left on a coach's account; it changes by debits alone."""
    with world.session() as session:
        return BalanceOut(balance=existing(session, Coach, id).balance)


@router.post("/coaches/{id}/debits")
@raises(*_ONE, *_WRITING, usta.NoRemainingAmount)
def debit_coach(world: InWorld, id: Id, sent: Debit) -> BalanceOut:
    """Take an amount from a coach's balance, all of it or nothing."""
    if world.fault("usta.debit") is not None:
        raise RuntimeError("ledger-03.internal refused the login of user 'bank'")
    taking = update(Coach).where(Coach.id == id_of(id), Coach.balance >= sent.amount)
    with world.session() as session:
        left = session.scalar(taking.values(balance=Coach.balance - sent.amount).returning(Coach.balance))
        if left is None:
            existing(session, Coach, id)
            raise usta.NoRemainingAmount
        session.commit()
        return BalanceOut(balance=left)


@router.post("/coaches/{id}/invitations")
@raises(*_ONE, *_WRITING, usta.UnexpectedSystemError, usta.BackendTokenInvalid, usta.MailTriggerError)
def invite_coach(world: InWorld, id: Id, sent: Invitation) -> Invited:  # noqa: ARG001 - the stub mails no text
    """Mail an invitation to a coach, by a system that has its own idea of tokens."""
    with world.session() as session:
        coach = existing(session, Coach, id)
    if world.fault("usta.mail.token") is not None:
        raise usta.BackendTokenInvalid
    if world.fault("usta.mail.send") is not None:
        raise usta.MailTriggerError
    return Invited(email=coach.email)


GRANT_TYPES: Final = frozenset({"authorization_code", "client_credentials"})
PROFILES: Final = frozenset({"partner", "internal"})
SCOPES: Final = frozenset({"coaches.read", "coaches.write", "clients.write"})


@router.post("/clients")
@raises(
    *_WRITING,
    usta.ClientOrgEmpty,
    usta.ClientGrantTypeInvalid,
    usta.ClientProfileInvalid,
    usta.ClientScopeSetInvalid,
)
def register_client(world: InWorld, sent: ClientIn) -> ClientOut:
    """Register a client; the first member that is wrong is said."""
    if not sent.client_org.strip():
        raise usta.ClientOrgEmpty
    if sent.grant_type not in GRANT_TYPES:
        raise usta.ClientGrantTypeInvalid
    if sent.profile not in PROFILES:
        raise usta.ClientProfileInvalid
    if not sent.scopes or not SCOPES.issuperset(sent.scopes):
        raise usta.ClientScopeSetInvalid
    with world.session() as session:
        client = Client(org=sent.client_org, grant_type=sent.grant_type, profile=sent.profile, scopes=sent.scopes)
        session.add(client)
        save(session)
        return ClientOut(id=client.id)


@router.post("/accounts/{id}/password")
@raises(*_ONE, *_WRITING, usta.PasswordEmpty, usta.NewPasswordMismatch, usta.WrongPassword)
def change_password(world: InWorld, id: Id, sent: PasswordChange) -> Changed:
    """Change the password of an account."""
    if not all(text.strip() for text in (sent.old_password, sent.new_password, sent.new_password_again)):
        raise usta.PasswordEmpty
    if sent.new_password != sent.new_password_again:
        raise usta.NewPasswordMismatch
    with world.session(write=True) as session:
        account = existing(session, Account, id)
        if account.password_hash != digest(sent.old_password):
            raise usta.WrongPassword
        account.password_hash = digest(sent.new_password)
        save(session)
        return Changed(id=account.id)


def build(world: World, *, contract: Contract = usta.contract) -> FastAPI:
    """Return the application."""
    app = FastAPI(title="Coach registry", summary="After the USTA Digital API: numbered errors", version="1")
    app.state.world = world
    app.include_router(router)
    return describe(install(app, contract), contract, common=_ADMITTED)


# ---- cases ----

_ADMIN: Final = {"Authorization": "Bearer usta-admin-token"}
_SENT: Final = _ADMIN | JSON
_PLAYER: Final = JSON | {"Authorization": "Bearer usta-player-token"}
_case: Final = partial(make_case, system="usta", mount=MOUNT, headers=_ADMIN)

_COACH: Final = {"firstName": "Maria", "lastName": "Bueno", "email": "maria@coaches.example"}
_CLIENT: Final = {
    "clientOrg": "Club 7", "grantType": "client_credentials", "profile": "partner", "scopes": ["coaches.read"],
}  # fmt: skip
_PASSWORDS: Final = {"oldPassword": "old-secret", "newPassword": "new-secret", "newPasswordAgain": "new-secret"}
_FRESH: Final = [reset()]


def _without(members: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in members.items() if name not in names}


CASES: Final[list[Case]] = [
    _case("U1-create", "U1 U20", "POST /coaches", 200, "A coach is registered: 200, not 201.", _COACH, _FRESH),
    _case("U1-delete", "U1 U20", "DELETE /coaches/2", 200, "A coach is removed: 200 and no body.", None, _FRESH),
    _case("U3-no-token", "U3 U-4004", "GET /coaches/1", 401, "No token at all.", headers={}),
    _case("U5-put", "U2 U5", "PUT /coaches/404", 404, "Nobody is there to be replaced.", _COACH),
    _case("U5-patch", "U5", "PATCH /coaches/404", 404, "Nobody is there to be changed.", {"firstName": "Ann"}),
    _case("U5-address", "U5", "GET /umpires", 404, "An address that does not exist."),
    _case("U6-method", "U6 U15", "DELETE /coaches/1/balance", 405, "A balance can be read only: 405 has no code."),
    _case("U7-no-content-type", "U7 U15", "POST /coaches", 415, "A body of an unknown kind: 415 has no code.",
          json.dumps(_COACH)),
    _case("U7-plain-text", "U7", "POST /coaches", 415, "A body in plain text.",
          json.dumps(_COACH), headers=_ADMIN | {"Content-Type": "text/plain"}),
    _case("U12-two-fields", "U9 U10 U12", "POST /coaches", 400, "Two fields are wrong: two errors in one answer.",
          _COACH | {"firstName": "", "email": "nowhere"}),
    _case("U17-put", "U1 U17", "PUT /coaches/2", 200, "A coach is replaced: 200 and no body.", _COACH, _FRESH),
    _case("U17-patch", "U1 U17", "PATCH /coaches/2", 200, "A coach is changed: 200 and no body.",
          {"lastName": "Ashe"}, _FRESH),
    _case("U18-get", "U1 U18", "GET /coaches/1", 200, "A coach is read.", None, _FRESH),
    _case("U19-nobody-found", "U19", "GET /coaches?idType=ptr&id=P-404", 200,
          "A search for nobody is a success: this route says so."),
    _case("U-2006", "U2 U22 U-2006", "POST /coaches", 400, "A negative balance, which the database refuses.",
          _COACH | {"balance": -5}, _FRESH),
    _case("U-200601", "U16 U22 U-200601", "POST /coaches", 400, "The USPTA number of another coach.",
          _COACH | {"usptaNumber": "U-100"}, _FRESH),
    _case("U-200602", "U16 U22 U-200602", "POST /coaches", 400, "The PTR number of another coach.",
          _COACH | {"ptrNumber": "P-100"}, _FRESH),
    _case("U-3001", "U5 U9 U10 U13 U22 U-3001", "GET /coaches/404", 404, "No coach has this id."),
    _case("U-3002", "U22 U-3002", "POST /coaches", 400, "The same e-mail address again.",
          _COACH | {"email": "billie@coaches.example"}, _FRESH),
    _case("U-4003", "U3 U22 U-4003", "GET /coaches/1", 401, "A token that nobody owns.",
          headers={"Authorization": "Bearer no-such-token"}),
    _case("U-4003-expired", "U3 U-4003", "GET /coaches/1", 401, "A token is used a second after it expired.",
          None, [reset(), clock(1801)], headers={"Authorization": "Bearer usta-short-token"}),
    _case("U-4004", "U3 U22 U-4004", "GET /coaches/1", 401, "A credential that is no bearer token.",
          headers={"Authorization": "Basic !!!"}),
    _case("U-4005", "U8 U22 U-4005", "POST /coaches/1/invitations", 500,
          "The mail system refuses the registry's token.",
          {"text": "Come!"}, [reset(), fault("usta.mail.token")]),
    _case("U-4006", "U4 U22 U-4006", "PATCH /coaches/1", 403, "A player edits a coach.",
          {"firstName": "Ann"}, headers=_PLAYER),
    _case("U-5000", "U2 U11 U14 U22 U-5000", "POST /coaches", 400,
          "The first name is missing: the error says which field.",
          _without(_COACH, "firstName")),
    _case("U-5001", "U22 U-5001", "GET /coaches?usptaNumber=U-100&ptrNumber=P-100", 400, "Two numbers in one search."),
    _case("U-5002", "U22 U-5002", "GET /coaches/%20", 400, "The id in the address is blank."),
    _case("U-5002-body", "U-5002", "PUT /coaches/1", 400, "The id in the body is blank.", _COACH | {"id": " "}),
    _case("U-5003", "U22 U-5003", "GET /coaches?idType=passport&id=7", 400, "A type of identifier that nobody knows."),
    _case("U-5004", "U22 U-5004", "POST /coaches/1/debits", 400, "More than the balance holds.",
          {"amount": 101}, _FRESH),
    _case("U-6001", "U22 U-6001", "POST /clients", 400, "A client of no organisation.", _CLIENT | {"clientOrg": " "}),
    _case("U-6002", "U22 U-6002", "POST /accounts/1/password", 400, "A blank new password.",
          _PASSWORDS | {"newPassword": "", "newPasswordAgain": ""}, _FRESH),
    _case("U-6003", "U22 U-6003", "POST /clients", 400, "A grant type that is not on offer.",
          _CLIENT | {"grantType": "password"}),
    _case("U-6004", "U22 U-6004", "POST /clients", 400, "A profile that is not on offer.",
          _CLIENT | {"profile": "guest"}),
    _case("U-6005", "U22 U-6005", "POST /clients", 400, "A scope that is not on offer.",
          _CLIENT | {"scopes": ["coaches.read", "umpires.read"]}),
    _case("U-6006", "U22 U-6006", "POST /accounts/1/password", 400, "The new password and its repetition differ.",
          _PASSWORDS | {"newPasswordAgain": "new-secrets"}, _FRESH),
    _case("U-6007", "U22 U-6007", "POST /accounts/1/password", 400,
          "The old password is wrong: no reason to log in again.",
          _PASSWORDS | {"oldPassword": "guess"}, _FRESH),
    _case("U-9001", "U8 U22 U-9001", "POST /coaches/1/debits", 500, "The server fails, and says nothing of how.",
          {"amount": 1}, [reset(), fault("usta.debit")]),
    _case("U-9002", "U2 U22 U-9002", "POST /coaches", 400, "The body is not JSON.", '{"firstName": ', headers=_SENT),
    _case("U-9003", "U8 U22 U-9003", "POST /coaches/1/invitations", 500, "The mail cannot be handed over.",
          {"text": "Come!"}, [reset(), fault("usta.mail.send")]),
]  # fmt: skip
