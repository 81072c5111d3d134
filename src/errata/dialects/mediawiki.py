"""The errors of the MediaWiki Action API: a code and an info, most often inside a success.

A client meets it on every call of `api.php`: the old form has one error, the
newer ones a list, XML the same as attributes; the code stands in the header
`MediaWiki-API-Error` as well. Inside a success the code tells the status.

Deviations: one error is written, in the old form and with HTTP 200, since the
clients of the API read no other; a status that the code does not tell stands
beside it as a member. Violations, title, ids and resource have no place; help is
named in a sentence.
"""

from typing import Any, Final

import msgspec

from errata._body import Document, Wire
from errata._dialect import ABSENT, Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import Kind, kind_of
from errata._problem import Members, Problem
from errata.dialects._shapes import with_members

CODE_HEADER: Final = "mediawiki-api-error"


class Item(Wire):
    """One error; codes add members of their own."""

    code: str | None = None
    info: str | None = None
    text: str | None = None
    html: str | None = None
    docref: str | None = None
    star: str | None = msgspec.field(default=None, name="*")
    trace: str | list[Any] | None = None
    errorclass: str | None = None
    status: int | None = None


class Body(Wire):
    """One error, or a list of them."""

    error: Item | None = None
    errors: list[Item] | None = None
    docref: str | None = None


class OpenItem(Item, forbid_unknown_fields=False):
    """An error with whatever members its code adds."""


class OpenBody(Wire, forbid_unknown_fields=False):
    """The wrapper as it is written."""

    error: OpenItem | None = None


# The statuses that codes stand for inside a success, where none is told.
_STATUSES: Final = {
    "articleexists": 409,
    "assertbotfailed": 403,
    "assertuserfailed": 401,
    "badtoken": 403,
    "badvalue": 400,
    "blocked": 403,
    "cantcreate": 403,
    "editconflict": 409,
    "internal_api_error": 500,
    "invalidtitle": 400,
    "maxlag": 503,
    "missingparam": 400,
    "missingtitle": 404,
    "mwoauth-invalid-authorization": 401,
    "nosuchpageid": 404,
    "nosuchrevid": 404,
    "notloggedin": 401,
    "permissiondenied": 403,
    "protectedpage": 403,
    "ratelimited": 429,
    "readapidenied": 403,
    "readonly": 503,
    "unknown_action": 400,
    "writeapidenied": 403,
}

_BY_KIND: Final[dict[Kind | None, str]] = {
    "aborted": "editconflict",
    "already_exists": "articleexists",
    "invalid_argument": "badvalue",
    "not_found": "missingtitle",
    "permission_denied": "permissiondenied",
    "resource_exhausted": "ratelimited",
    "unauthenticated": "notloggedin",
    "unavailable": "readonly",
}


def _read(doc: Document) -> Problem:
    body = doc.fit(Body) if isinstance(doc.value, dict) else _from_xml(doc)
    items = body.errors or [body.error or Item()]
    header = doc.raw.headers.get(CODE_HEADER, "")[:1000] or None
    problems = [_problem(doc, item, item.code or header) for item in items]
    first = problems[0]
    return first.replace(
        problems=tuple(problems) if len(problems) > 1 else (),
        help=first.help or _address(body.docref),
        extensions=Members({**body.extras, **first.extensions}),
    )


def _from_xml(doc: Document) -> Body:
    found = doc.root.find("error") if doc.root is not None else None
    attributes = found.attributes if found is not None else {}
    return Body(Item(code=attributes.get("code"), info=attributes.get("info"), docref=found.text if found else None))


def _problem(doc: Document, item: Item, code: str | None) -> Problem:
    star = item.star
    if item.trace or item.errorclass:
        doc.note("debug-left-out", "the class of an exception or its trace was left out", "error")
        star = None  # the trace once more
    told = _status_of(code)
    status = item.status or told if 200 <= doc.raw.status < 300 else None
    return Problem(
        status=status or doc.raw.status,
        code=code,
        kind="already_exists" if code == "articleexists" else kind_of(told) if told is not None else None,
        detail=item.info or item.text or item.html or (None if item.docref else star) or None,
        help=_address(item.docref) or _address(star),
        extensions=item.extras,
    )


def _status_of(code: str | None) -> int | None:
    """Return the status that a code stands for; those of exceptions end in the name of a class."""
    return 500 if (code or "").startswith("internal_api_error") else _STATUSES.get(code or "")


def _address(sentence: str | None) -> str | None:
    """Return the first address that a sentence names."""
    return next((word for word in (sentence or "")[:4000].split() if word.startswith(("http://", "https://"))), None)


def _write(problem: Problem) -> bytes:
    code = problem.code or _BY_KIND.get(problem.kind, "unknownerror")
    docref = f"See {problem.help} for API usage." if problem.help and _address(problem.help) == problem.help else None
    status = problem.status if problem.status != _status_of(code) and kind_of(problem.status) != "unknown" else None
    item = Item(code=code, info=problem.head, docref=docref, status=status)
    return write_json({"error": with_members(item, problem.extensions)})


def _head(problem: Problem) -> dict[str, str]:
    return {CODE_HEADER: problem.code or _BY_KIND.get(problem.kind, "unknownerror")}


def _status(_: Problem) -> int:
    return 200


dialect: Final = Dialect(
    name="mediawiki",
    title="MediaWiki Action API: a code and an info, most often inside a success",
    source="MediaWiki Action API, errors and warnings",
    read=_read,
    formats=(format_of("json", "application/json", _write, head=_head, status=_status),),
    signatures=(
        Signature(members={"error": {"code": str, "info": str}, "jsonrpc": ABSENT}, success=True, weight=5),
        Signature(members={"errors": [{"code": str, "module": str}]}, success=True, weight=5),
        Signature(headers={CODE_HEADER: bool}, success=True, weight=5),
    ),
    fields=OpenBody,
)
