"""Trying all cases of the demo over HTTP."""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from errata import Contract, RawResponse, detect
from errata._http import Headers
from errata.demo._app import CASES, SYSTEMS
from errata.demo._cases import Before, Case
from errata.demo._serve import running

_TIMEOUT: Final = 60.0
_DIALECTS: Final = {system.name: system.contract.own_dialect.name for system in SYSTEMS}


def _codeless(contract: Contract) -> set[int]:
    """Return the statuses that have no code in a contract with codes: by such an answer no dialect can be told."""
    coded = {row.status for row in contract.catalog.values() if row.code is not None}
    return {row.status for row in contract.catalog.values()} - coded if coded else set()


_CODELESS: Final = {system.name: _codeless(system.contract) for system in SYSTEMS}


class CheckRow(Struct, frozen=True, kw_only=True):
    """What became of a case: the status expected and got, the dialect detected; `note` says what is wrong."""

    case: str
    system: str
    title: str
    expected: int
    status: int
    dialect: str | None
    ok: bool
    note: str = ""


def check(base_url: str | None = None) -> list[CheckRow]:
    """Send all cases to a demo, by default to one that is started for it; returns a row for each.

    Raises ConnectionError when nothing answers at `base_url`, ValueError when that is no address.
    """
    if base_url is not None:
        return [try_case(case, base_url) for case in CASES]
    with running() as url, quiet():
        return [try_case(case, url) for case in CASES]


@contextmanager
def quiet() -> Generator[None]:
    """Keep the log of the errors that are provoked from the screen, unless somebody listens to it."""
    logger, handler = logging.getLogger("errata"), logging.NullHandler()
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def try_case(case: Case, base_url: str) -> CheckRow:
    """Send a case, after what sets its scene, and compare the answer with what it promises."""
    for step in case.before:
        done = send(step, base_url)
        if done.status >= 400:
            return _row(case, done, f"{step.path} was refused with {done.status}")
    return _row(case, answer := send(case, base_url), _surprise(case, answer))


def send(case: Case | Before, base_url: str) -> RawResponse:
    """Send a request exactly as it is written down."""
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{base_url!r} is no address; give one such as http://127.0.0.1:8000")
    connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = connect(parts.hostname, parts.port, timeout=_TIMEOUT)
    body = None if case.body is None else case.body.encode()
    try:
        connection.request(case.method, parts.path.rstrip("/") + case.path, body, case.headers)
        response = connection.getresponse()
        return RawResponse(response.status, Headers(response.getheaders()), response.read())
    except (OSError, HTTPException) as error:
        raise ConnectionError(f"no answer from {base_url}: {str(error) or type(error).__name__}") from error
    finally:
        connection.close()


def _surprise(case: Case, answer: RawResponse) -> str:
    """Return what is wrong with an answer; empty when nothing is."""
    if answer.status != case.status:
        return f"expected {case.status}, got {answer.status}"
    expected = _DIALECTS[case.system]
    tells = answer.status >= 400 and case.method != "HEAD" and answer.status not in _CODELESS[case.system]
    if tells and detect(answer) != expected:
        return f"the error is not in the dialect {expected}"
    return ""


def _row(case: Case, answer: RawResponse, note: str) -> CheckRow:
    return CheckRow(
        case=case.id,
        system=case.system,
        title=case.title,
        expected=case.status,
        status=answer.status,
        dialect=detect(answer),
        ok=not note,
        note=note,
    )
