"""The errors of Amazon S3 and of every storage that is compatible with it: one element Error.

Clients meet them with 301 and 307 too, and inside of a 200, when a long copy has
already begun to answer; a HEAD has no body, and header fields alone.

Deviations: faults of the request and inner problems are told in the message
alone; title, help and the resource's type have no place; further members come
back as texts. What the server computed to check a signature is left out.
"""

from typing import Final

from errata._body import Document
from errata._dialect import Dialect, Signature, format_of
from errata._kind import status_of
from errata._problem import Problem, Resource
from errata._xml import Element, write_xml
from errata.dialects._aws import kind_of_code
from errata.dialects._elements import elements, members_of, root_of
from errata.dialects._shapes import failure_status, id_in
from errata.dialects.aws_xml import id_of, texts_of

_ID_HEADER: Final = "x-amz-request-id"
_HOST_HEADER: Final = "x-amz-id-2"
_DEBUG: Final = frozenset({
    "AWSAccessKeyId", "CanonicalRequest", "CanonicalRequestBytes", "SignatureProvided", "StringToSign",
    "StringToSignBytes",
})  # fmt: skip
_OWN: Final = frozenset({"Code", "Message", "RequestId", "Resource"}) | _DEBUG


def _read(doc: Document) -> Problem:
    root = root_of(doc)
    code, resource = root.text_of("Code"), root.text_of("Resource")
    kind = kind_of_code(code)
    if any(child.name in _DEBUG for child in root):
        doc.note("debug-left-out", "what the server computed of the request's signature was left out")
    further = members_of(root, _OWN)
    if host := doc.raw.headers.get(_HOST_HEADER):
        further.setdefault("HostId", host)
    return Problem(
        status=failure_status(doc, status_of(kind) if kind else None),
        code=code,
        kind=kind,
        detail=root.text_of("Message"),
        resource=Resource(id=resource) if resource else None,
        trace_id=root.text_of("RequestId"),
        extensions=further,
    )


def _write(problem: Problem) -> bytes:
    place = problem.resource.id if problem.resource else None
    resource = [Element("Resource", text=place)] if place else []
    return write_xml(
        Element("Error", *texts_of(problem), *resource, id_of(problem), *elements(problem.extensions, _OWN))
    )


def _is_named(doc: Document) -> bool:
    """Request id of S3, in the body or the header."""
    return _ID_HEADER in doc.raw.headers or (doc.root is not None and doc.root.find("RequestId") is not None)


_ROOT: Final = ("", "Error")

dialect: Final = Dialect(
    name="s3",
    title="Amazon S3 and what is compatible with it: Error with Code",
    source="Amazon S3 API reference, REST error responses",
    read=_read,
    formats=(format_of("xml", "application/xml", _write, head=id_in(_ID_HEADER)),),
    signatures=(
        Signature(root=_ROOT, child="Code"),
        Signature(root=("http://s3.amazonaws.com/doc/2006-03-01/", "Error"), child="Code"),
        Signature(root=_ROOT, child="Code", accepts=_is_named, success=True),
        Signature(headers={_ID_HEADER: "", _HOST_HEADER: ""}, form="empty"),
    ),
)
