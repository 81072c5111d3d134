"""The policies and jobs of a network, after the Infoblox NetMRI API: one error in three formats."""

import hmac
import json
import math
import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Final, Literal, TypeVar
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, FastAPI, Path, Request, Response, Security
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import APIKeyCookie
from pydantic import AfterValidator, BaseModel, Field, ValidationError
from sqlalchemy import ForeignKey, Index, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column
from starlette.convertors import StringConvertor, register_url_convertor

from errata import Resource, Violation
from errata._http import parse_accept, quality
from errata._xml import Element, parse_xml, write_xml
from errata.contracts.netmri import (
    AccessDenied,
    AuthenticationRequired,
    BodyUnreadable,
    CallRetired,
    ContentTypeUnknown,
    DeviceBusy,
    InvalidInput,
    JobFinished,
    LoginFailed,
    PolicyNotCreated,
    RequestTooLarge,
    ResourceNotFound,
    SessionExpired,
    contract,
)
from errata.demo._cases import JSON, make_case, reset
from errata.demo._world import Base, InWorld, World, broken_constraint, digest
from errata.openapi import raises
from errata.servers.fastapi import from_validation, install

MOUNT: Final = "/netmri/api"
COOKIE: Final = "_netmri_session"
LIFETIME: Final = 30 * 60  # of a session, in seconds
PATIENCE: Final = 60  # nobody is asked to wait longer than this before asking again
LARGEST_BODY: Final = 65_536
LARGEST_ID: Final = 2**63 - 1

# ---- rows ----


class User(Base):
    """Somebody who may log in; the role is admin or viewer."""

    __tablename__ = "netmri_user"
    name: Mapped[str] = mapped_column(primary_key=True)
    password_hash: Mapped[str]
    role: Mapped[str]


class Login(Base):
    """A session; without an end it lasts."""

    __tablename__ = "netmri_session"
    cookie: Mapped[str] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column(ForeignKey("netmri_user.name"))
    expires_at: Mapped[float | None] = mapped_column(default=None)


class Policy(Base):
    """A policy, perhaps a part of another one."""

    __tablename__ = "netmri_policy"
    id: Mapped[int] = mapped_column(primary_key=True)
    short_name: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    policy_id: Mapped[int | None] = mapped_column(ForeignKey("netmri_policy.id"))


class Device(Base):
    """A device of the network."""

    __tablename__ = "netmri_device"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Job(Base):
    """A job on a device: running, finished or cancelled. A device runs one at a time."""

    __tablename__ = "netmri_job"
    __table_args__ = (Index("netmri_job_running", "device_id", unique=True, sqlite_where=text("state = 'running'")),)
    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("netmri_device.id"))
    state: Mapped[str] = mapped_column(default="running")
    ends_at: Mapped[float | None] = mapped_column(default=None)


BUSY_DEVICE: Final = 53534634
TAKEN: Final = "branch-routers"  # from a time when short names were longer


def seed(session: Session, now: datetime) -> None:
    """Insert two users with their sessions, a policy, and three devices: busy, busy for who knows how long, free."""
    session.add(User(name="admin", password_hash=digest("net admin"), role="admin"))
    session.add(User(name="viewer", password_hash=digest("net viewer"), role="viewer"))
    session.flush()
    session.add(Login(cookie="demo-admin", user="admin"))
    session.add(Login(cookie="demo-viewer", user="viewer"))
    session.add(Login(cookie="demo-old", user="admin", expires_at=now.timestamp()))
    session.add(Policy(id=1, short_name=TAKEN, name="Routers of all branches"))
    session.add_all(Device(id=id, name=f"switch-{id}") for id in (BUSY_DEVICE, 2, 3))
    session.flush()
    session.add(Job(id=1, device_id=BUSY_DEVICE, ends_at=now.timestamp() + 3600))
    session.add(Job(id=2, device_id=2))
    session.add(Job(id=3, device_id=3, state="finished"))


ADMIN: Final = {"Cookie": f"{COOKIE}=demo-admin"}
VIEWER: Final = {"Cookie": f"{COOKIE}=demo-viewer"}
OLD: Final = {"Cookie": f"{COOKIE}=demo-old"}

CREDENTIALS: Final = [
    ("a user who may change things", f"Cookie: {ADMIN['Cookie']}"),
    ("a user who may look at them", f"Cookie: {VIEWER['Cookie']}"),
]

# ---- the format: by the extension of the path ----


class _Extension(StringConvertor):
    regex = r"(?:\.(?:json|extjs|xml))?"


register_url_convertor("netmri", _Extension())

Extension = Annotated[Literal["", ".json", ".extjs", ".xml"], Path()]


class Answer:
    """Says what went well in the format that the request asks for."""

    def __init__(self, request: Request, extension: Extension) -> None:
        self.extjs = extension == ".extjs"
        self.xml = extension == ".xml" or (not extension and _prefers_xml(request.headers.get("accept", "")))

    def __call__(
        self, members: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
    ) -> Response:
        """Return the response with some members."""
        if self.xml:
            elements = [_element(name, value) for name, value in members.items()]
            return Response(write_xml(Element("response", *elements)), status, headers, "application/xml")
        return JSONResponse({"success": True, **members} if self.extjs else members, status, headers)


def _prefers_xml(accept: str) -> bool:
    ranges = parse_accept(accept)
    return quality("application/xml", ranges) > quality("application/json", ranges)


def _element(name: str, value: object) -> Element:
    attributes = {"type": "int"} if isinstance(value, int) else {}
    return Element(name, text="" if value is None else str(value), attributes=attributes)


Answering = Annotated[Answer, Depends()]

# ---- what comes in ----


def _object(body: bytes) -> dict[str, Any]:
    value = json.loads(body)
    if not isinstance(value, dict):
        raise ValueError("no object")  # noqa: TRY004 - one of the ways in which a body is unreadable
    return value


def _form(body: bytes) -> dict[str, Any]:
    return dict(parse_qsl(body.decode(), keep_blank_values=True))


def _elements(body: bytes) -> dict[str, Any]:
    return {element.name: element.text for element in parse_xml(body)[0]}


READERS: Final[dict[str, Callable[[bytes], dict[str, Any]]]] = {
    "application/json": _object,
    "application/x-www-form-urlencoded": _form,
    "application/xml": _elements,
    "text/xml": _elements,
}


@raises(RequestTooLarge)
async def inputs(request: Request) -> dict[str, Any]:
    """Return the members of the body; raises RequestTooLarge, ContentTypeUnknown and BodyUnreadable."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise RequestTooLarge
    reader = READERS.get(request.headers.get("content-type", "").partition(";")[0].strip().lower())
    if reader is None:
        raise ContentTypeUnknown
    try:
        return reader(body)
    except (ValueError, RecursionError):
        raise BodyUnreadable from None


Inputs = Annotated[dict[str, Any], Depends(inputs)]


class LoginIn(BaseModel):
    """Name and password."""

    username: str
    password: str


def _short_enough(name: str) -> str:
    if len(name) > 64:
        raise ValueError("is too long")
    return name


class PolicyIn(BaseModel):
    """A policy as it is sent."""

    short_name: Annotated[str, Field(min_length=1, max_length=12)]
    name: Annotated[str, AfterValidator(_short_enough), Field(json_schema_extra={"maxLength": 64})]
    policy_id: Annotated[int | None, Field(ge=1, le=LARGEST_ID)] = None


_In = TypeVar("_In", bound=BaseModel)


def checked(model: type[_In], given: dict[str, Any]) -> tuple[_In | None, tuple[Violation, ...]]:
    """Return the input as a model, or None and what is wrong with it."""
    try:
        return model.model_validate(given), ()
    except ValidationError as error:
        failed = from_validation(RequestValidationError(error.errors()), JSON["content-type"])
        return None, failed.problem.violations


def _body_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return what OpenAPI says of a body that `inputs` reads."""
    content = {"schema": model.model_json_schema()}
    return {"requestBody": {"required": True, "content": dict.fromkeys(list(READERS)[:2], content)}}


# ---- who is asking ----


@raises(AuthenticationRequired, SessionExpired)
def user(world: InWorld, cookie: Annotated[str | None, Security(APIKeyCookie(name=COOKIE, auto_error=False))]) -> User:
    """Return who is asking; raises AuthenticationRequired and SessionExpired."""
    with world.session() as session:
        login = session.get(Login, cookie or "")
        if login is None:
            raise AuthenticationRequired
        if login.expires_at is not None and login.expires_at <= world.now().timestamp():
            raise SessionExpired
        return session.get_one(User, login.user)


@raises(AccessDenied)
def admin(user: Annotated[User, Depends(user)]) -> User:
    """Return who is asking; raises AccessDenied for all but administrators."""
    if user.role != "admin":
        raise AccessDenied
    return user


# ---- the calls ----

_ALSO_XML: Final[dict[str, Any]] = {"content": {"application/xml": {}}}

opened: Final = APIRouter()
reading: Final = APIRouter(prefix="/3", dependencies=[Depends(user)])
writing: Final = APIRouter(prefix="/3", dependencies=[Depends(admin)])

_Row = TypeVar("_Row", bound=Base)
Id = Annotated[int, Path(ge=0)]


def found(session: Session, model: type[_Row], id: int) -> _Row:
    """Return a row; raises ResourceNotFound."""
    row = session.get(model, id) if id <= LARGEST_ID else None
    if row is None:
        raise ResourceNotFound
    return row


@opened.post(
    "/authenticate{extension:netmri}",
    responses={200: _ALSO_XML},
    openapi_extra=_body_of(LoginIn),
)
@raises(LoginFailed)
def authenticate(world: InWorld, given: Inputs, answer: Answering) -> Response:
    """Open a session, which a cookie stands for."""
    sent, violations = checked(LoginIn, given)
    if sent is None:
        raise InvalidInput(violations=violations)
    with world.session() as session:
        known = session.get(User, sent.username)
        if known is None or not hmac.compare_digest(known.password_hash, digest(sent.password)):
            raise LoginFailed
        login = Login(cookie=secrets.token_hex(16), user=known.name, expires_at=world.now().timestamp() + LIFETIME)
        session.add(login)
        session.commit()
    cookie = f"{COOKIE}={login.cookie}; Path={MOUNT}; HttpOnly; SameSite=Lax"
    return answer({"message": "Authenticated."}, headers={"set-cookie": cookie})


@writing.post(
    "/policies/create{extension:netmri}",
    status_code=201,
    responses={201: _ALSO_XML},
    openapi_extra=_body_of(PolicyIn),
)
@raises(PolicyNotCreated)
def create_policy(world: InWorld, given: Inputs, answer: Answering) -> Response:
    """Create a policy; everything that is wrong with it is told at once."""
    sent, faults = checked(PolicyIn, given)
    with world.session() as session:
        violations = (*faults_in_rows(session, given), *faults)
        if sent is None or violations:
            raise PolicyNotCreated(violations=violations)
        policy = Policy(**sent.model_dump())
        session.add(policy)
        save_policy(session)
    uri = f"{MOUNT}/3/policies/{policy.id}"
    return answer({"model": "Policy", "id": policy.id, "uri": uri, **_shown(policy)}, 201, {"location": uri})


def save_policy(session: Session) -> None:
    """Commit; raises PolicyNotCreated when somebody else was faster, or an id was no plain digits."""
    try:
        session.commit()
    except IntegrityError as error:
        broken = broken_constraint(error)
        violation = next((each for words, each in _CONSTRAINTS.items() if words in broken), None)
        if violation is None:
            raise
        raise PolicyNotCreated(violations=(violation,)) from None


SHORT_NAME_TAKEN: Final = Violation(path=("short_name",), detail="is already taken", code="unique")
NO_SUCH_POLICY: Final = Violation(path=("policy_id",), detail="does not exist", code="exists")
_CONSTRAINTS: Final = {"netmri_policy.short_name": SHORT_NAME_TAKEN, "FOREIGN KEY": NO_SUCH_POLICY}


def faults_in_rows(session: Session, given: dict[str, Any]) -> Iterator[Violation]:
    """Yield what is wrong with a policy that only the rows can tell."""
    taken = select(Policy.id).where(Policy.short_name == str(given.get("short_name")))
    if session.scalar(taken) is not None:
        yield SHORT_NAME_TAKEN
    parent = str(given.get("policy_id") or "")
    if parent.isascii() and parent.isdigit() and int(parent) <= LARGEST_ID and session.get(Policy, int(parent)) is None:
        yield NO_SUCH_POLICY


def _shown(policy: Policy) -> dict[str, Any]:
    return {"short_name": policy.short_name, "name": policy.name, "policy_id": policy.policy_id}


@reading.get("/policies/{id:int}{extension:netmri}", responses={200: _ALSO_XML})
def get_policy(world: InWorld, id: Id, answer: Answering) -> Response:
    """Return a policy."""
    if world.fault("netmri.policies.read") is not None:
        raise ConnectionError("db-2.internal refused the login of user 'policies'")
    with world.session() as session:
        policy = found(session, Policy, id)
    return answer({"id": policy.id, **_shown(policy)})


@writing.post("/devices/{id:int}/jobs{extension:netmri}", status_code=201, responses={201: _ALSO_XML})
@raises(DeviceBusy)
def start_job(world: InWorld, id: Id, answer: Answering) -> Response:
    """Start a job on a device, which takes a quarter of an hour."""
    now = world.now().timestamp()
    with world.session(write=True) as session:
        found(session, Device, id)
        session.execute(update(Job).where(Job.state == "running", Job.ends_at <= now).values(state="finished"))
        running = session.scalar(select(Job).where(Job.device_id == id, Job.state == "running"))
        if running is not None:
            left = None if running.ends_at is None else min(math.ceil(running.ends_at - now), PATIENCE)
            raise DeviceBusy(resource=Resource("device", str(id)), retry_after=left)
        job = Job(device_id=id, ends_at=now + 900)
        session.add(job)
        session.commit()
    uri = f"{MOUNT}/3/jobs/{job.id}"
    return answer({"model": "Job", "id": job.id, "uri": uri, "state": job.state}, 201, {"location": uri})


@writing.post("/jobs/{id:int}/cancel{extension:netmri}", responses={200: _ALSO_XML})
@raises(JobFinished)
def cancel_job(world: InWorld, id: Id, answer: Answering) -> Response:
    """Cancel a job that runs."""
    with world.session(write=True) as session:
        job = found(session, Job, id)
        if job.state != "running":
            raise JobFinished(job_state=job.state)
        job.state = "cancelled"
        session.commit()
    return answer({"id": job.id, "state": job.state})


@opened.get("/2/{call:path}", include_in_schema=False)
def answer_older_version(call: str) -> Response:  # noqa: ARG001 - whatever it was
    """Refuse all calls of the version before."""
    raise CallRetired


def build(world: World) -> FastAPI:
    """Return the application."""
    app = FastAPI(
        title="Network policies and jobs",
        summary="After the Infoblox NetMRI API: one error in three formats",
        version="3",
        redirect_slashes=False,
    )
    app.state.world = world
    for router in (opened, reading, writing):
        app.include_router(router)
    return install(app, contract)


# ---- cases ----

_FORM: Final = {"content-type": "application/x-www-form-urlencoded"}


_case: Final = partial(make_case, system="netmri", mount=MOUNT, headers=ADMIN)


THREE: Final = {"short_name": TAKEN, "name": "x" * 65}
"""Three failures at once: the short name is taken and too long, the name is too long."""

_CREATE: Final = "POST /3/policies/create"
_START: Final = f"POST /3/devices/{BUSY_DEVICE}/jobs"
_CANCEL: Final = "POST /3/jobs/3/cancel"
_CLEAN: Final = [reset()]

CASES: Final = [
    _case("N2-no-policy", "N1 N2 N3", "GET /3/policies/404.json", 404, "There is no such policy: JSON."),
    _case("N2-no-policy-xml", "N2 N3", "GET /3/policies/404.xml", 404, "There is no such policy: XML."),
    _case("N2-accept-xml", "N2", "GET /3/policies/404", 404, "No extension: the Accept field chooses XML.",
          headers=ADMIN | {"Accept": "application/xml"}),
    _case("N3-unknown-extension", "N3", "GET /3/policies/1.yaml", 404, "An unknown extension: 404 as JSON."),
    _case("N3-wrong-method", "N3", "DELETE /3/policies/1", 405, "Policies cannot be deleted."),
    _case("N3-retired", "N3", "GET /2/policies/1.json", 410, "A call of an older version."),
    _case("N3-not-json", "N3", _CREATE, 400, "A body that is no JSON.", headers=ADMIN | JSON,
          body="{short_name: 1}"),
    _case("N3-finished", "N3 N18", _CANCEL + ".json", 400,
          "A finished job cannot be cancelled; the call adds a member of its own.", before=_CLEAN),
    _case("N3-finished-extjs", "N17", _CANCEL + ".extjs", 400, "The same for ExtJS, which gets the same JSON.",
          before=_CLEAN),
    _case("N4-form", "N4 N8", _CREATE + ".json", 400, "A form with one fault: its texts are still a list.",
          headers=ADMIN | _FORM, body="short_name=core&name=" + "x" * 65, before=_CLEAN),
    _case("N5-busy", "N5 N14 N15", _START + ".json", 409,
          "A job runs on the device: come back in a minute.", before=_CLEAN),
    _case("N5-busy-xml", "N16", _START + ".xml", 409, "The same as XML.", before=_CLEAN),
    _case("N5-busy-extjs", "N17", _START + ".extjs", 409, "The same for ExtJS: the same JSON.", before=_CLEAN),
    _case("N14-no-end", "N14", "POST /3/devices/2/jobs.json", 409,
          "A job runs on the device, and nobody knows for how long: no `retry`.", before=_CLEAN),
    _case("N6-viewer", "N6", _CREATE, 403, "Who may only look must not create.", headers=VIEWER,
          body={"short_name": "core"}),
    _case("N7-no-cookie", "N7", "GET /3/policies/1", 403, "Nobody is authenticated: 403, and another code.",
          headers={}),
    _case("N7-expired", "N7", "GET /3/policies/1", 403, "The session has expired, and the text says so.", headers=OLD),
    _case("N7-wrong-password", "N7", "POST /authenticate", 403, "Name and password do not match.", headers={},
          body={"username": "admin", "password": "admin"}),
    _case("N7-login", "N7", "POST /authenticate", 200, "Name and password match: here is a cookie.", headers={},
          body={"username": "admin", "password": "net admin"}),
    _case("N7-policy", "N7", "GET /3/policies/1", 200, "With a cookie: the policy is answered.", before=_CLEAN),
    _case("N9-three-json", "N4 N8 N9", _CREATE + ".json", 400, "Three failures of two fields: JSON.", body=THREE,
          before=_CLEAN),
    _case("N9-three-extjs", "N10 N11", _CREATE + ".extjs", 400, "The same for ExtJS: each text starts with a label.",
          body=THREE, before=_CLEAN),
    _case("N9-three-xml", "N12 N13", _CREATE + ".xml", 400, "The same as XML.", body=THREE, before=_CLEAN),
    _case("N11-no-parent", "N11", _CREATE + ".extjs", 400, "The label of `policy_id` is Policy.",
          body={"short_name": "core", "name": "Core", "policy_id": 99}, before=_CLEAN),
    _case("N22-entities", "N22", _CREATE + ".xml", 400, "An XML body with an entity declaration is not even read.",
          headers=ADMIN | {"content-type": "application/xml"},
          body='<!DOCTYPE p [<!ENTITY a "aaaa">]><policy><name>&a;</name></policy>'),
]  # fmt: skip
