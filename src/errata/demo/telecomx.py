"""The mobile accounts of a network operator, after the Telecom X MVNO API: errors named by their property."""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from html import escape
from typing import Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, Depends, FastAPI, Path, Request, Response, Security
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from sqlalchemy import JSON as JSON_COLUMN
from sqlalchemy import ForeignKey, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from errata import Error, render
from errata.contracts.telecomx import (
    GENERAL,
    AccessLevelTooLow,
    AccountIdMissing,
    AccountNotFound,
    AuthorizationMalformed,
    BodyUnreadable,
    ContentTypeRefused,
    IdInvalid,
    LoginRequired,
    NumberInUse,
    NumberInvalid,
    NumberNotFound,
    SessionEnded,
    SessionExpired,
    SeveralFailures,
    StateConflict,
    TokenForOtherAddress,
    TokenUndecipherable,
    UrlMalformed,
    UserNotFound,
    combined,
    contract,
)
from errata.demo._cases import JSON, clock, fault, make_case, reset
from errata.demo._world import Base, InWorld, World, broken_constraint, digest
from errata.servers.fastapi import from_validation, install

MOUNT: Final = "/mvno-api"
LIFETIME: Final = 15 * 60  # of a session, in seconds

# ---- rows ----


class Employee(Base):
    """Somebody who may log in, and what they may do: VIEWER or EDITOR."""

    __tablename__ = "telecomx_employee"
    username: Mapped[str] = mapped_column(primary_key=True)
    password_hash: Mapped[str]
    access_level: Mapped[str]


class Login(Base):
    """A session; without an end it lasts, without an address it may be used from any."""

    __tablename__ = "telecomx_session"
    id: Mapped[str] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(ForeignKey("telecomx_employee.username"))
    ip: Mapped[str | None] = mapped_column(default=None)
    expires_at: Mapped[float | None] = mapped_column(default=None)
    ended: Mapped[bool] = mapped_column(default=False)


class Customer(Base):
    """A company that has accounts for its users."""

    __tablename__ = "telecomx_customer"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class User(Base):
    """A user of a customer."""

    __tablename__ = "telecomx_user"
    id: Mapped[str] = mapped_column(primary_key=True)
    customer: Mapped[int] = mapped_column(ForeignKey("telecomx_customer.id"))


class PoolNumber(Base):
    """A phone number that accounts may have."""

    __tablename__ = "telecomx_number_pool"
    number: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]


class Account(Base):
    """A mobile account: active, or porting while its number moves to another operator."""

    __tablename__ = "telecomx_mvno_account"
    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("telecomx_user.id"))
    number: Mapped[str] = mapped_column(ForeignKey("telecomx_number_pool.number"), unique=True)
    street: Mapped[str]
    zip: Mapped[str]
    services: Mapped[list[str]] = mapped_column(JSON_COLUMN)
    state: Mapped[str] = mapped_column(default="active")


# The constraint that SQLite names -> the error that the API names.
CONSTRAINTS: Final[dict[str, type[Error]]] = {
    "telecomx_mvno_account.number": NumberInUse,
}

USER: Final = "5c9f1a2b3c4d5e6f7a8b9c0d"
ACCOUNT: Final = "5ca0000000000000000000a1"
PORTING: Final = "5ca0000000000000000000a2"
NO_ACCOUNT: Final = "5ca0000000000000000000ff"
TAKEN: Final = "20304050"
FREE: Final = "20304052"


def seed(session: Session, now: datetime) -> None:
    """Insert two employees with their sessions, a customer with a user, three numbers and two accounts."""
    session.add_all([
        Employee(username="erik", password_hash=digest("rose garden"), access_level="EDITOR"),
        Employee(username="vera", password_hash=digest("blue window"), access_level="VIEWER"),
        Customer(id=1, name="Nordlys"),
        *(PoolNumber(number=number, kind="mobile") for number in (TAKEN, "20304051", FREE)),
    ])  # fmt: skip
    session.flush()
    session.add(User(id=USER, customer=1))
    session.add_all(Login(id=f"{name:0>24}", username=username, **limits) for name, username, limits in (
        ("ed", "erik", {}),
        ("5ee", "vera", {}),
        ("1", "erik", {"expires_at": now.timestamp() + LIFETIME}),
        ("2", "erik", {"ip": "192.0.2.7"}),
        ("3", "erik", {"ended": True}),
    ))  # fmt: skip
    session.flush()
    home = {"user_id": USER, "street": "Havnegade 1", "zip": "1058", "services": ["voicemail"]}
    session.add(Account(id=ACCOUNT, number=TAKEN, **home))
    session.add(Account(id=PORTING, number="20304051", state="porting", **home))


# ---- tokens ----

_KEY: Final = b"a demo has no secrets"


def token_of(session_id: str) -> str:
    """Return the token of a session: its id, and a signature."""
    return f"{session_id}.{hmac.new(_KEY, session_id.encode(), hashlib.sha256).hexdigest()[:32]}"


def session_of(token: str) -> str | None:
    """Return the id of the session that a token is for; None when this API did not make it."""
    session_id = token.partition(".")[0]
    return session_id if hmac.compare_digest(token_of(session_id).encode(), token.encode()) else None


def _bearer(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token_of(f'{name:0>24}')}"}


EDITOR: Final = _bearer("ed")
VIEWER: Final = _bearer("5ee")
SHORT: Final = _bearer("1")  # lasts for a quarter of an hour
ELSEWHERE: Final = _bearer("2")  # belongs to another address
ENDED: Final = _bearer("3")

CREDENTIALS: Final = [
    ("an employee who may change accounts", f"Authorization: {EDITOR['Authorization']}"),
    ("an employee who may look at them", f"Authorization: {VIEWER['Authorization']}"),
]

# ---- what goes over the wire ----

_ID: Final = r"^[0-9a-fA-F]{24}$"
_NUMBER: Final = r"^[2-9][0-9]{7}$"


class _Wire(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Credentials(_Wire):
    """Name and password."""

    username: Annotated[str, Field(examples=["erik"])]
    password: Annotated[str, Field(examples=["rose garden"])]


class Token(_Wire):
    """A token, and how long it is good for."""

    token: str
    expires_in_minutes: int


class Service(_Wire):
    """A service of an account."""

    name: Annotated[str, Field(pattern="^(voicemail|roaming|data)$")]


class Address(_Wire):
    """Where the bill goes."""

    street: Annotated[str, Field(pattern=r"^[^\W\d_][^\x00-\x1f]{1,79}$", examples=["Havnegade 1"])]
    zip: Annotated[str, Field(pattern="^[0-9]{4}$", examples=["1058"])]


class AccountIn(_Wire):
    """An account as it is sent."""

    user_id: Annotated[str, Field(pattern=_ID, examples=[USER])]
    number: Annotated[str, Field(pattern=_NUMBER, examples=[FREE])]
    address: Address
    services: Annotated[list[Service], Field(max_length=3)] = []


class AccountOut(AccountIn):
    """An account as it is answered."""

    id: str
    state: str

    @classmethod
    def of(cls, row: Account) -> "AccountOut":
        """Return a row as it is answered."""
        address = Address.model_construct(street=row.street, zip=row.zip)
        services = [Service.model_construct(name=name) for name in row.services]
        return cls.model_construct(
            id=row.id, state=row.state, user_id=row.user_id, number=row.number, address=address, services=services
        )


# ---- who is asking ----


class Caller(NamedTuple):
    """Who is asking, in which session."""

    session_id: str
    access_level: str


def readable_url(request: Request) -> None:
    """Raise UrlMalformed when a percent sign in the URL stands for nothing."""
    if re.search(rb"%(?![0-9A-Fa-f]{2})", request.scope.get("raw_path", b"") + request.scope["query_string"]):
        raise UrlMalformed


def caller(request: Request, world: InWorld) -> Caller:
    """Return who is asking; raises one of the six errors of 401."""
    field = request.headers.get("authorization")
    if field is None:
        raise LoginRequired
    match field.split():
        case [scheme, token] if scheme.lower() == "bearer":
            session_id = session_of(token)
        case _:
            raise AuthorizationMalformed
    if session_id is None:
        raise TokenUndecipherable
    with world.session() as session:
        login = session.get(Login, session_id)
        if login is None or login.ended:
            raise SessionEnded
        if login.expires_at is not None and login.expires_at <= world.now().timestamp():
            raise SessionExpired
        if login.ip not in (None, address_of(request)):
            raise TokenForOtherAddress
        employee = session.get_one(Employee, login.username)
    return Caller(session_id, employee.access_level)


def address_of(request: Request) -> str:
    """Return the address that a request comes from."""
    return request.client.host if request.client else ""


Known = Annotated[Caller, Depends(caller)]


def editor(caller: Known) -> Caller:
    """Return who is asking; raises AccessLevelTooLow for those who may only look."""
    if caller.access_level != "EDITOR":
        raise AccessLevelTooLow
    return caller


# ---- the addresses ----


# The component that the contract's description of this API puts there.
_BODY_OF_ERRORS: Final = {"$ref": "#/components/schemas/MvnoError"}


def errors(*classes: type[Error]) -> dict[int | str, dict[str, Any]]:
    """Return the list of errors of a call, for FastAPI's `responses=`, with an example of each."""
    rows: dict[int | str, dict[str, Any]] = {}
    for cls in classes:
        of = cls.problem_type
        row = rows.setdefault(of.status, {"description": "", "examples": {}})
        row["description"] += f"- `{of.code}` {of.docs.splitlines()[0]}\n"
        row["examples"][of.name] = _example(cls)
    for row in rows.values():
        row["content"] = {"application/json": {"schema": _BODY_OF_ERRORS, "examples": row.pop("examples")}}
    return rows


def _example(cls: type[Error]) -> dict[str, Any]:
    """Return an error as it goes over the wire; a parameter is shown by its name."""
    error = cls(**{param.name: f"({param.name})" for param in cls.problem_type.params if param.required})
    return {"summary": cls.problem_type.title, "value": json.loads(render(error.problem, contract.dialect).body)}


def error_rows(document: dict[str, Any]) -> Iterator[tuple[str, list[tuple[int, str, str]]]]:
    """Yield each call of an OpenAPI document with its list of errors: status, code and message."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            contents = [row.get("content", {}).get("application/json", {}) for row in operation["responses"].values()]
            found = [example["value"]["error"] for each in contents for example in each.get("examples", {}).values()]
            rows = [(each["status"], each["code"], each.get("message", "")) for each in found]
            yield f"{method.upper()} {path}", sorted(rows)


def error_page(document: dict[str, Any]) -> str:
    """Return a page with a table of errors for each call."""
    parts = ["<!doctype html><html lang=en><meta charset=utf-8><title>Error responses</title><h1>Error responses</h1>"]
    for call, rows in error_rows(document):
        parts.append(f"<h2>{escape(call)}</h2><table><tr><th>Status<th>Code<th>Message</tr>")
        parts += [f"<tr><td>{s}<td>{escape(code)}<td>{escape(message)}</tr>" for s, code, message in rows]
        parts.append("</table>")
    return "\n".join(parts)


# A bearer token is announced here and read by `caller`, which tells six mistakes apart.
open_calls: Final = APIRouter(responses=errors(*GENERAL))
calls: Final = APIRouter(responses=errors(*GENERAL), dependencies=[Security(HTTPBearer(auto_error=False))])

AccountId = Annotated[str, Path(alias="id", pattern=_ID, examples=[ACCOUNT])]
Number = Annotated[str, Path(pattern=_NUMBER, examples=[FREE])]
_BODY: Final = (BodyUnreadable, ContentTypeRefused, SeveralFailures)


@open_calls.post("/auth/login", responses=errors(*GENERAL, *_BODY))
def log_in(world: InWorld, request: Request, sent: Credentials) -> Token:
    """Open a session for one address."""
    with world.session() as session:
        employee = session.get(Employee, sent.username)
        if employee is None or not hmac.compare_digest(employee.password_hash, digest(sent.password)):
            raise LoginRequired
        login = Login(
            id=secrets.token_hex(12),
            username=employee.username,
            ip=address_of(request),
            expires_at=world.now().timestamp() + LIFETIME,
        )
        session.add(login)
        session.commit()
    return Token(token=token_of(login.id), expires_in_minutes=LIFETIME // 60)


@calls.post("/auth/logout", status_code=204)
def log_out(world: InWorld, caller: Known) -> None:
    """End the session."""
    with world.session() as session:
        session.get_one(Login, caller.session_id).ended = True
        session.commit()


@calls.get("/mvno/{id}", responses=errors(*GENERAL, AccountNotFound, IdInvalid))
def get_account(world: InWorld, caller: Known, account_id: AccountId) -> AccountOut:  # noqa: ARG001 - must be known
    """Return an account."""
    with world.session() as session:
        return AccountOut.of(account_of(session, account_id))


def _sent_body() -> dict[str, Any]:
    """Return what OpenAPI says of a body that `create_account` checks itself."""
    schema = AccountIn.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs")
    return {"requestBody": {"required": True, "content": {JSON["content-type"]: {"schema": schema}}}}


_CREATED: Final = (AccessLevelTooLow, UserNotFound, NumberNotFound, NumberInvalid, NumberInUse, *_BODY)


@calls.post(
    "/mvno",
    status_code=201,
    responses=errors(*GENERAL, *_CREATED),
    dependencies=[Depends(editor)],
    openapi_extra=_sent_body(),
)
def create_account(world: InWorld, given: dict[str, Any], response: Response) -> AccountOut:
    """Create an account; everything that is wrong with it is told at once."""
    with world.session() as session:
        failures = list(failures_in_rows(session, given))
        try:
            sent = AccountIn.model_validate(given)
        except ValidationError as error:
            failures.append(from_validation(RequestValidationError(error.errors()), JSON["content-type"]))
            raise combined(failures) from None
        if failures:
            raise combined(failures)
        account = Account(
            id=secrets.token_hex(12),
            user_id=sent.user_id,
            number=sent.number,
            street=sent.address.street,
            zip=sent.address.zip,
            services=[service.name for service in sent.services],
        )
        session.add(account)
        save(session)
    response.headers["location"] = f"{MOUNT}/mvno/{account.id}"
    return AccountOut.of(account)


@calls.post(
    "/mvno/{id}/number/{number}",
    responses=errors(
        *GENERAL,
        AccessLevelTooLow,
        AccountNotFound,
        NumberNotFound,
        IdInvalid,
        NumberInvalid,
        NumberInUse,
        SeveralFailures,
    ),
    dependencies=[Depends(editor)],
)
def change_number(world: InWorld, account_id: AccountId, number: Number) -> AccountOut:
    """Give an account another number."""
    with world.session() as session:
        account = account_of(session, account_id)
        if session.get(PoolNumber, number) is None:
            raise NumberNotFound
        account.number = number
        save(session)
    return AccountOut.of(account)


@calls.delete("/mvno", include_in_schema=False)
@calls.delete("/mvno/", include_in_schema=False)
def delete_nothing() -> None:
    """Refuse to delete without being told what."""
    raise AccountIdMissing


@calls.delete(
    "/mvno/{id}",
    status_code=204,
    responses=errors(*GENERAL, AccessLevelTooLow, AccountNotFound, IdInvalid, StateConflict),
    dependencies=[Depends(editor)],
)
def delete_account(world: InWorld, account_id: AccountId) -> None:
    """Delete an account; one whose number is moving to another operator has to wait."""
    if world.fault("telecomx.delete") is not None:
        raise ConnectionError("billing-3.internal refused the login of user 'provisioning'")
    with world.session() as session:
        account = account_of(session, account_id)
        if account.state != "active":
            raise StateConflict(state=account.state)
        session.delete(account)
        session.commit()


def account_of(session: Session, account_id: str) -> Account:
    """Return an account; raises AccountNotFound."""
    account = session.get(Account, account_id.lower())
    if account is None:
        raise AccountNotFound
    return account


def failures_in_rows(session: Session, given: dict[str, Any]) -> Iterator[Error]:
    """Yield what is wrong with an account that only the rows can tell."""
    user_id, number = given.get("userId"), given.get("number")
    if isinstance(user_id, str) and re.fullmatch(_ID, user_id) and session.get(User, user_id.lower()) is None:
        yield UserNotFound()
    if isinstance(number, str) and re.fullmatch(_NUMBER, number):
        if session.get(PoolNumber, number) is None:
            yield NumberNotFound()
        elif session.scalar(select(Account.id).where(Account.number == number)) is not None:
            yield NumberInUse()


def save(session: Session) -> None:
    """Commit; raises the error that stands for the constraint violated, when somebody else was faster."""
    try:
        session.commit()
    except IntegrityError as error:
        broken = broken_constraint(error)
        own = next((cls for column, cls in CONSTRAINTS.items() if column in broken), None)
        if own is None:
            raise
        raise own() from None


def build(world: World) -> FastAPI:
    """Return the application."""
    app = FastAPI(
        title="Mobile accounts",
        summary="After the Telecom X MVNO API: errors named by their property",
        version="1",
        redirect_slashes=False,
        dependencies=[Depends(readable_url)],
    )
    app.state.world = world
    app.include_router(open_calls)
    app.include_router(calls)

    @app.get("/errors", include_in_schema=False)
    def list_errors() -> HTMLResponse:
        """List the errors of each call on a page."""
        return HTMLResponse(error_page(app.openapi()))

    return install(app, contract)


# ---- cases ----


_case: Final = partial(make_case, system="telecomx", mount=MOUNT, headers=EDITOR)


_HOME: Final = {"street": "Havnegade 2", "zip": "1058"}
NEW: Final[dict[str, Any]] = {"userId": USER, "number": FREE, "address": _HOME}
THREE: Final = NEW | {"userId": NO_ACCOUNT, "address": {"street": "1"}}
"""Three failures at once: no such user, a street that is none, no zip."""

_GET: Final = f"GET /mvno/{ACCOUNT}"
_CLEAN: Final = [reset()]

CASES: Final = [
    _case("M1-account", "M1", _GET, 200, "A good token: the account is answered.", before=_CLEAN),
    _case("M8-no-account", "M1 M2 M3 M5 M6 M8", f"GET /mvno/{NO_ACCOUNT}", 404, "There is no account with this id."),
    _case("M9-three-failures", "M9 M10 M11 M12 M28", "POST /mvno", 422,
          "Three failures in one answer, each with its own status.", body=THREE, before=_CLEAN),
    _case("M9-list-item", "M28", "POST /mvno", 422, "A fault inside a list: the path has the item's index.",
          body=NEW | {"services": [{"name": "roaming"}, {"name": "fax"}]}, before=_CLEAN),
    _case("M11-two-missing", "M11", "POST /mvno", 404, "Two properties are missing: both are 404, and so is the whole.",
          body=NEW | {"address": {}}, before=_CLEAN),
    _case("M11-missing-and-taken", "M11 M23", "POST /mvno", 422, "One property missing, one taken: together 422.",
          body=NEW | {"number": TAKEN, "address": {"street": "Havnegade 2"}}, before=_CLEAN),
    _case("M14-expired", "M13 M14", _GET, 401, "The session is sixteen minutes old.", headers=SHORT,
          before=[reset(), clock(advance=960)]),
    _case("M15-no-header", "M13 M15", _GET, 401, "Nobody says who is asking.", headers={}),
    _case("M15-wrong-password", "M15", "POST /auth/login", 401, "Name and password do not match.", headers={},
          body={"username": "erik", "password": "rose"}),
    _case("M15-login", "M15", "POST /auth/login", 200, "Name and password match: here is a token.", headers={},
          body={"username": "erik", "password": "rose garden"}),
    _case("M16-basic", "M13 M16", _GET, 401, "Another scheme than Bearer.", headers={"Authorization": "Basic x"}),
    _case("M16-no-token", "M16", _GET, 401, "The scheme without a token.", headers={"Authorization": "Bearer"}),
    _case("M16-two-tokens", "M16", _GET, 401, "Two tokens.", headers={"Authorization": "Bearer a b"}),
    _case("M17-random", "M13 M17", _GET, 401, "A token that this API did not make.",
          headers={"Authorization": "Bearer x7Qz"}),
    _case("M18-other-address", "M18", _GET, 401, "The token belongs to another IP address.", headers=ELSEWHERE),
    _case("M19-logged-out", "M19", _GET, 401, "The session has ended.", headers=ENDED),
    _case("M20-bad-escape", "M20", "GET /mvno/%ZZ", 400, "A percent sign that stands for nothing."),
    _case("M20-no-id", "M20", "DELETE /mvno", 400, "To be deleted: nobody knows what."),
    _case("M20-bad-id", "M7 M20 M24", "GET /mvno/zz", 422, "An id that no account can have."),
    _case("M20-no-address", "M13", "GET /mvmo", 404, "An address that does not exist."),
    _case("M20-wrong-method", "M5", f"PATCH {_GET[4:]}", 400, "Not a method of this address: 405 is not in use."),
    _case("M20-not-json", "M5", "POST /mvno", 400, "A body that is no JSON.", headers=EDITOR | JSON,
          body="{userId: 1}"),
    _case("M21-viewer", "M13 M21", f"DELETE /mvno/{ACCOUNT}", 403, "Who may only look must not delete.",
          headers=VIEWER),
    _case("M22-no-zip", "M4 M22", "POST /mvno", 404, "A property is missing, which is 404 at the right address.",
          body=NEW | {"address": {"street": "Havnegade 2"}}, before=_CLEAN),
    _case("M22-bad-zip", "M7 M22 M24", "POST /mvno", 422, "A property is there and not valid.",
          body=NEW | {"address": _HOME | {"zip": "x"}}, before=_CLEAN),
    _case("M23-taken", "M4 M23", "POST /mvno", 409, "The number belongs to another account.",
          body=NEW | {"number": TAKEN}, before=_CLEAN),
    _case("M23-taken-on-change", "M23", f"POST /mvno/{PORTING}/number/{TAKEN}", 409,
          "The new number belongs to another account.", before=_CLEAN),
    _case("M23-no-number", "M4", f"POST /mvno/{ACCOUNT}/number/29999999", 404, "The new number is not in the pool."),
    _case("M7-bad-number", "M7 M24", f"POST /mvno/{ACCOUNT}/number/call-me", 422, "The new number is no number."),
    _case("M23-porting", "M23", f"DELETE /mvno/{PORTING}", 409, "The account's number is moving away.", before=_CLEAN),
    _case("M25-crash", "M13 M25", f"DELETE /mvno/{ACCOUNT}", 500, "Something fails, and nothing of it is said.",
          before=[reset(), fault("telecomx.delete")]),
    _case("M29-page", "M29", "GET /errors", 200, "The errors of each call, as a page.", headers={}),
]  # fmt: skip
