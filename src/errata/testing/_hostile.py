"""Bodies that no client should trip over."""

import json
from collections.abc import Iterator
from typing import Any

DEEP = 100_000


def hostile_bodies() -> dict[str, bytes]:
    """Return bodies that are empty, cut, mislabelled, badly encoded, too deep or too large, each by a name."""
    return {
        "empty": b"",
        "blank": b" \r\n\t ",
        "null": b"null",
        "true": b"true",
        "a number": b"7",
        "a text": b'"Not found"',
        "an empty object": b"{}",
        "an empty list": b"[]",
        "a list of objects": b'[{"message":"a"},{"message":"b"}]',
        "an opened object": b"{",
        "a name alone": b'{"error',
        "a cut value": b'{"error":{"message":"x"',
        "a cut escape": b'{"message":"\\u00e',
        "NaN": b'{"status":NaN,"retry":Infinity,"code":-Infinity}',
        "1e400": b'{"status":1e400,"retry":1e400}',
        "a huge integer": b'{"status":' + b"9" * 5000 + b"}",
        "a long integer": b'{"errorCode":' + b"9" * 400 + b',"message":"x"}',
        "names given twice": b'{"code":"a","code":"b","errors":[],"errors":null}',
        "lone surrogates": b'{"message":"\\ud800","\\udfff":"\\udc00\\ud800"}',
        "bad UTF-8": b'{"message":"\xff\xfe\x80","code":"\xc3"}',
        "a NUL": b'{"message":"\x00","code":"a\\u0000b"}',
        "UTF-8 with a mark": b'\xef\xbb\xbf{"message":"x"}',
        "UTF-16 with a mark": '{"message":"x"}'.encode("utf-16"),
        "UTF-16 without a mark": '{"message":"x"}'.encode("utf-16-le"),
        "UTF-32 with a mark": '{"message":"x"}'.encode("utf-32"),
        "deep lists": b"[" * DEEP + b"]" * DEEP,
        "deep objects": b'{"error":' * DEEP + b"1" + b"}" * DEEP,
        "deep and cut": b'{"a":[' * DEEP,
        "many members": b"{" + b",".join(b'"m%d":%d' % (n, n) for n in range(5000)) + b"}",
        "many findings": json.dumps({"errors": [[[1] * 50] * 50] * 50}).encode(),
        "HTML": b"<!doctype html><html><head><title>502 Bad Gateway</title></head><body></body></html>",
        "HTML without an end": b"<html><title>" + b"x" * 5000,
        "XML": b"<a><b>c</b></a>",
        "cut XML": b"<response><error>general/val",
        "deep XML": b"<a>" * DEEP + b"</a>" * DEEP,
        "XML with an entity": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        "text": b"upstream connect error or disconnect/reset before headers",
        "binary": bytes(range(256)),
    }


_OTHER_VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    0.5,
    "",
    "text",
    [],
    {},
    [None],
    [[]],
    [{}],
    {"": {}},
    ["a", 1],
    10**30,
)


def mutations(body: bytes) -> Iterator[bytes]:
    """Yield a body cut at many places and, if it is JSON, with each member of another type."""
    for end in range(0, len(body), max(1, len(body) // 100)):
        yield body[:end]
    try:
        value = json.loads(body)
    except ValueError:
        return
    for changed in _changed(value):
        yield json.dumps(changed).encode()


def _changed(value: Any) -> Iterator[Any]:
    """Yield copies of a value in which one part, however deep, is something else."""
    yield from _OTHER_VALUES
    if isinstance(value, dict):
        for name, member in value.items():
            yield {**value, f" {name}": member}
            yield {k: v for k, v in value.items() if k != name}
            for changed in _changed(member):
                yield {**value, name: changed}
    elif isinstance(value, list):
        for index, item in enumerate(value[:3]):
            for changed in _changed(item):
                yield [*value[:index], changed, *value[index + 1 :]]
