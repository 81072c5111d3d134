"""What the five systems share: one SQLite file, a clock that can be moved, and faults that can be armed."""

import hashlib
import threading
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final, cast

from fastapi import Depends, Request
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry

Seed = Callable[[Session, datetime], None]
"""Inserts the rows that a system starts with; the time is the world's now."""


class Base(DeclarativeBase):
    """The tables of all systems; each table's name starts with that of its system."""


class World:
    """The state behind the demo.

    `seeds` fill the tables of a new file, and again at each reset. A file that
    has rows already keeps them.
    """

    def __init__(self, database: Path, seeds: Iterable[Seed] = ()) -> None:
        self.database = database
        self.engine: Engine = open_engine(database)
        self._seeds = tuple(seeds)
        self._lock = threading.Lock()
        self._faults: dict[str, _Armed] = {}
        self._moves: list[float] = []
        self._fixed: datetime | None = None
        Base.metadata.create_all(self.engine)
        if not self._has_rows():
            self.reset()

    def close(self) -> None:
        """Close all connections to the file."""
        self.engine.dispose()

    # ---- rows ----

    def session(self, *, write: bool = False) -> Session:
        """Return a session, to be used as a context manager; commit what is to stay.

        Reading locks nothing, and the first change waits for other writers. With
        `write` it waits from the start: for looking first and changing after.
        """
        session = Session(self.engine, expire_on_commit=False)
        if write:
            session.connection().exec_driver_sql("BEGIN IMMEDIATE")
        return session

    def reset(self) -> None:
        """Start again: the first rows, the real time, no faults."""
        with self._lock:
            self._faults.clear()
            self._moves.clear()
            self._fixed = None
        with self.session(write=True) as session:
            for table in reversed(Base.metadata.sorted_tables):
                session.execute(table.delete())
            for seed in self._seeds:
                seed(session, self.now())
            session.commit()

    def _has_rows(self) -> bool:
        with self.session() as session:
            return any(session.execute(table.select().limit(1)).first() for table in Base.metadata.sorted_tables)

    # ---- time ----

    def now(self) -> datetime:
        """Return the time, in UTC: the real one unless it was moved."""
        return (self._fixed or datetime.now(UTC)) + timedelta(seconds=_moved.get())

    @contextmanager
    def at(self, moment: datetime) -> Generator[None]:
        """Let the clock stand at a moment."""
        before, self._fixed = self._fixed, moment
        try:
            yield
        finally:
            self._fixed = before

    def move_next(self, advance: float, requests: int = 1) -> None:
        """Move the clock by some seconds for each of the next requests to a system."""
        with self._lock:
            self._moves[:] = [advance] * requests

    def begin_request(self) -> None:
        """Take the move of the clock that is meant for this request, if there is one."""
        with self._lock:
            advance = self._moves.pop(0) if self._moves else 0.0
        _moved.set(advance)

    # ---- faults ----

    def arm(self, name: str, *, times: int = 1, after: int = 0, **options: Any) -> None:
        """Arm a fault: it lets `after` uses pass, then strikes `times` uses, then is gone."""
        with self._lock:
            self._faults[name] = _Armed(times, after, options)

    def fault(self, name: str) -> dict[str, Any] | None:
        """Return the options of a fault that strikes now; None when it does not. Asking is using."""
        with self._lock:
            armed = self._faults.get(name)
            if armed is None:
                return None
            if armed.after > 0:
                armed.after -= 1
                return None
            armed.times -= 1
            if armed.times <= 0:
                del self._faults[name]
            return armed.options


def world_of(request: Request) -> World:
    """Return the world of the application that serves a request: its `app.state.world`."""
    return cast("World", request.app.state.world)


InWorld = Annotated[World, Depends(world_of)]
"""The world, as a parameter of an endpoint."""


class _Armed:
    """A fault that waits for its uses."""

    __slots__ = ("after", "options", "times")

    def __init__(self, times: int, after: int, options: dict[str, Any]) -> None:
        self.times = times
        self.after = after
        self.options = options


# Belongs to one request: it follows the request into the thread that serves it.
_moved: Final[ContextVar[float]] = ContextVar("moved", default=0.0)


def open_engine(database: Path) -> Engine:
    """Return an engine on a SQLite file that several threads may read and change at once."""
    # The driver sends BEGIN IMMEDIATE before the first change, so a writer waits its
    # turn there and is never refused half-way because somebody else was faster.
    engine = create_engine(
        f"sqlite:///{database}", connect_args={"isolation_level": "IMMEDIATE", "timeout": 30}, max_overflow=-1
    )
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: Any, _: ConnectionPoolEntry) -> None:
    for pragma in ("journal_mode = WAL", "foreign_keys = ON", "synchronous = NORMAL"):
        connection.execute(f"PRAGMA {pragma}")


def digest(secret: str) -> str:
    """Return what is stored of a password or key.

    The salt is fixed, so that a key can be looked up by its digest; a demo may,
    a real system needs a salt for each password.
    """
    return hashlib.scrypt(secret.encode(), salt=b"errata demo", n=1024, r=8, p=1, dklen=16).hex()


def broken_constraint(error: Exception) -> str:
    """Return what SQLite says was violated, such as `UNIQUE constraint failed: usta_coach.email`."""
    return str(getattr(error, "orig", error))
