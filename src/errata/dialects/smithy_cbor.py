"""The errors of AWS services that speak CBOR: the JSON ones in another encoding.

Clients meet them with the header field `smithy-protocol: rpc-v2-cbor`
(CloudWatch, ARC Region switch), and as `application/x-amz-cbor-1.1` (Kinesis).

Deviations: those of aws-json; integers of more than 64 bits become texts.
Writing needs the package cbor2, which `errata[encodings]` brings.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from errata._body import Document
from errata._dialect import Dialect, Signature, format_of
from errata._json import write_json
from errata._problem import Problem
from errata.dialects.aws_json import Body, head_of, is_shape, members_of, read_shape, shape_of

_PROTOCOL: Final = "smithy-protocol"
_WIDEST: Final = 2**64


def _read(doc: Document) -> Problem:
    return read_shape(doc, None, header_first=False)  # this protocol has no x-amzn-errortype


def _write(problem: Problem) -> bytes:
    try:
        import cbor2
    except ImportError as error:
        raise ImportError("writing CBOR needs a package; install 'errata[encodings]'") from error
    # Through JSON: what it holds is what the reader gives back, and no tag is needed for it.
    return cbor2.dumps(_plain(msgspec.json.decode(write_json(members_of(problem, __type=shape_of(problem))))))


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    return str(value) if type(value) is int and not -_WIDEST <= value < _WIDEST else value


def _head(problem: Problem) -> Mapping[str, str]:
    return {_PROTOCOL: "rpc-v2-cbor"} | head_of(problem)


def _is_packed(doc: Document) -> bool:
    """Body of CBOR or other bytes, or none."""
    return doc.form in ("cbor", "binary", "empty")


dialect: Final = Dialect(
    name="smithy-cbor",
    title="AWS services with CBOR: the shape in __type",
    source="Smithy RPC v2 CBOR protocol",
    read=_read,
    formats=(format_of("cbor", "application/cbor", _write, head=_head),),
    signatures=(
        Signature(
            media_types=frozenset({"application/cbor", "application/x-amz-cbor-1.1"}), members={"__type": is_shape}
        ),
        Signature(headers={_PROTOCOL: "rpc-v2-cbor"}, accepts=_is_packed, weight=8),
    ),
    fields=Body,
)
