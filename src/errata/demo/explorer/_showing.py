"""What the page shows of a response: the bytes, the reading, its meaning, and all translations."""

from collections.abc import Iterable
from http import HTTPStatus
from importlib import import_module
from typing import Any, Final

import msgspec

from errata import Contract, Problem, RawResponse, Reading, Violation, read, translate
from errata._body import Document
from errata._dialect import Dialect, Format
from errata._json import write_json
from errata._kind import Retry, title_of
from errata._read import builtin_registry
from errata._standard import standard_class

Plain = dict[str, Any]

SHOWN_CHARACTERS: Final = 65_536
"""A longer body is cut where it is shown; it is read whole."""

SHOWN_MEMBER: Final = 2_000
"""The same for the value of one member."""

# dialect -> the founding contract that speaks it and no other
_CONTRACTS: Final = {"axway": "axway", "usta": "usta", "mvno": "telecomx", "netmri": "netmri"}

# Whether the same request may be sent again, for people.
RETRIES: Final[dict[Retry, str]] = {
    "no": "Sending the same request again will not help.",
    "safe": "The same request may be sent again if it only reads.",
    "idempotent": "The same request may be sent again if repeating it does no harm.",
    "yes": "The same request may be sent again{after}.",
}


def show(raw: RawResponse, headers: Iterable[tuple[str, str]], contract: str | None = None) -> Plain:
    """Return a response and, when it is an error, all that errata makes of it.

    `contract` names the contract that the sender is known to keep. A success that
    no dialect claims has no reading.
    """
    reading = read(raw)
    is_error = raw.status >= 400 or reading.dialect is not None
    return {
        "response": _response(raw, headers),
        "reading": _reading(reading, contract or _CONTRACTS.get(reading.dialect or "")) if is_error else None,
        "renderings": _renderings(raw) if is_error else [],
    }


def _response(raw: RawResponse, headers: Iterable[tuple[str, str]]) -> Plain:
    text = _shown_body(raw)
    return {
        "status": raw.status,
        "phrase": _phrase(raw.status),
        "headers": list(headers),
        "body": text[:SHOWN_CHARACTERS],
        "bytes": len(raw.body),
        "cut": len(text) > SHOWN_CHARACTERS,
    }


def _phrase(status: int) -> str:
    if status >= 400:
        return title_of(status)
    return next((each.phrase for each in HTTPStatus if each == status), "")


# ---- the reading ----


def _reading(reading: Reading, contract: str | None) -> Plain:
    problem, dialect = reading.problem, reading.dialect
    return {
        "dialect": dialect,
        "dialect_title": builtin_registry()[dialect].title if dialect else None,
        "text": problem.detail or problem.title or problem.text,
        "members": _members(problem),
        "violations": [_violation(violation) for violation in problem.violations],
        "problems": [{"status": p.status, "code": p.code, "text": p.text} for p in problem.problems],
        "extensions": [[name, _text(value)] for name, value in problem.extensions.items()],
        "findings": [{"code": f.code, "detail": f.detail, "path": f.path} for f in reading.findings],
        "meaning": _meaning(problem, contract),
        "problem": msgspec.Raw(write_json(problem)),
        "json": msgspec.json.format(write_json(problem), indent=2).decode()[:SHOWN_CHARACTERS],
    }


def _members(problem: Problem) -> list[list[str]]:
    """Return the plain members that are set, with their values for people."""
    shown = {name: getattr(problem, name) for name in Problem.__struct_fields__ if name not in _NESTED}
    shown["resource"] = (
        " ".join(filter(None, (problem.resource.type, problem.resource.id))) if problem.resource else None
    )
    shown["retry_after"] = f"{problem.retry_after:g} seconds" if problem.retry_after is not None else None
    return [[name, _text(value)] for name, value in shown.items() if value is not None]


_NESTED: Final = frozenset({"violations", "problems", "extensions"})


def _violation(violation: Violation) -> Plain:
    return {
        "path": violation.pointer,
        "location": violation.location,
        "detail": violation.detail,
        "code": violation.code,
        "status": violation.status,
    }


def _text(value: object) -> str:
    text = value if isinstance(value, str) else write_json(value).decode()
    return text if len(text) <= SHOWN_MEMBER else text[: SHOWN_MEMBER - 1] + "…"


def _meaning(problem: Problem, contract: str | None) -> Plain:
    """Return what the problem's type says about itself, as the contract or the standard declares it."""
    found = _known(contract).catalog.find(problem) if contract else None
    of = found or standard_class(problem).problem_type
    after = f" after {problem.retry_after:g} seconds" if problem.retry_after else ""
    return {
        "type": of.name,
        "contract": contract if found else None,
        "docs": [" ".join(paragraph.split()) for paragraph in of.docs.split("\n\n")],
        "retry": RETRIES[of.retry or "no"].format(after=after),
    }


def _known(contract: str) -> Contract:
    known: Contract = import_module(f"errata.contracts.{contract}").contract
    return known


def _shown_body(raw: RawResponse) -> str:
    """Return a body as text; one that is none, such as CBOR, in hexadecimal digits."""
    return raw.body.hex(" ") if Document(raw).form in ("cbor", "binary") else raw.body.decode("utf-8", "replace")


# ---- the translations ----


def _renderings(raw: RawResponse) -> list[Plain]:
    return [_rendering(raw, dialect, chosen) for dialect in builtin_registry() for chosen in dialect.formats]


def _importance(field: tuple[str, str]) -> tuple[bool, bool, str]:
    """Order header fields for people: the media type first, what every error carries last."""
    return field[0] != "content-type", field[0] in ("cache-control", "x-content-type-options"), field[0]


def _rendering(raw: RawResponse, dialect: Dialect, chosen: Format) -> Plain:
    translation = translate(raw, dialect, format=chosen.name)
    return {
        "dialect": dialect.name,
        "title": dialect.title,
        "source": dialect.source,
        "format": chosen.name,
        "media_type": chosen.media_type,
        **_response(translation.response, sorted(translation.response.headers.items(), key=_importance)),
        "lost": translation.lost,
    }
