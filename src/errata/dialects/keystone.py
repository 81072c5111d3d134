"""The errors of OpenStack Keystone: an object with the status as its code, a title and a message.

Clients meet them with the identity service, and with those that follow it.

Deviations: there is no code in words; violations and inner problems are told in
the message; further members have no place. The trace id is in a header field.
"""

from typing import Final

from errata._body import Document, Wire
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._kind import title_of
from errata._problem import Problem
from errata.dialects._shapes import id_in, in_text


class Error(Wire):
    """The error; its code is the HTTP status."""

    code: int | None = None
    message: str | None = None
    title: str | None = None


class Body(Wire):
    """The wrapper."""

    error: Error


_REQUEST_ID: Final = "x-openstack-request-id"


def _read(doc: Document) -> Problem:
    body = doc.fit(Body)
    wire = body.error
    return Problem(
        status=doc.raw.status if wire.code is None else wire.code,
        title=wire.title or None,
        detail=wire.message or None,
        trace_id=doc.raw.headers.get(_REQUEST_ID) or None,
        extensions={**body.extras, **wire.extras},
    )


def _write(problem: Problem) -> bytes:
    status = problem.status or 500
    return write_json(Body(Error(status, in_text(problem).text, problem.title or title_of(status))))


dialect: Final = Dialect(
    name="keystone",
    title="OpenStack Keystone: status, title and message",
    source="OpenStack Identity API v3",
    read=_read,
    formats=(format_of("json", "application/json", _write, head=id_in(_REQUEST_ID)),),
    signatures=(
        Signature(members={"error": {"code": int, "message": str, "title": str}}, weight=4),
        Signature(members={"error": {"code": int, "message": str}}, headers={_REQUEST_ID: ""}, weight=5),
    ),
    fields=Body,
)
