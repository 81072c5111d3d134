"""Fuzz reading and translating: coverage-guided, from the vectors of all dialects.

usage: fuzz/run.py [SECONDS] (default 60)

What a run finds is kept in `.fuzz/`: the corpus grows from run to run, an input
that broke a law is written as `crash-...` and can be given again as argument.
"""

import base64
import json
import struct
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["errata"]):
    import errata
    from errata._body import Document
    from errata._read import builtin_registry, read_generic

    REGISTRY = builtin_registry()

ROOT = Path(__file__).parents[1]
WORK = ROOT / ".fuzz"
CORPUS = WORK / "corpus"

STATUSES = (400, 200, 404, 401, 409, 422, 429, 500, 503, 204, 304, 599, 0, 99, 999)
DIALECTS = [dialect.name for dialect in REGISTRY]
MEDIA_TYPES = sorted({
    "", "text/plain", "text/html; charset=utf-16", "application/cbor", "application/json; charset=x",
    *(m for dialect in REGISTRY for m in dialect.media_types),
    *(m for dialect in REGISTRY for signature in dialect.signatures for m in signature.media_types),
})  # fmt: skip
HEADERS = sorted({
    "retry-after", "date", "content-encoding", "traceparent", "x-request-id",
    *(name for dialect in REGISTRY for signature in dialect.signatures for name in signature.headers),
})  # fmt: skip
VALUES = ("", "0", "1", "soon", "gzip", "br", "zstd", "deflate", 'Bearer error="invalid_token"', "5", "rpc-v2-cbor")
# status, media type, target, one header field, its value; the body follows.
_HEAD = struct.Struct("BBBBB")


def response_of(data: bytes) -> tuple[errata.RawResponse, str]:
    """Return the response and the target that an input stands for."""
    head = data[: _HEAD.size].ljust(_HEAD.size, b"\0")
    status, media, target, name, value = _HEAD.unpack(head)
    headers = {"content-type": MEDIA_TYPES[media % len(MEDIA_TYPES)]}
    if name:
        headers[HEADERS[name % len(HEADERS)]] = VALUES[value % len(VALUES)]
    raw = errata.RawResponse(STATUSES[status % len(STATUSES)], headers, data[_HEAD.size :])
    return raw, DIALECTS[target % len(DIALECTS)]


def check(data: bytes) -> None:
    """Read, guess and translate one input, and compare with the laws."""
    raw, target = response_of(data)
    reading = errata.read(raw)
    problem = reading.problem
    assert "unreadable" not in {finding.code for finding in reading.findings}, reading.findings
    assert reading.dialect == errata.detect(raw)
    assert str(problem).isprintable()
    assert problem == errata.Problem.from_dict(problem.to_dict())
    assert problem.status == raw.status or 200 <= raw.status < 300, problem.status
    for of in (target, reading.dialect):
        if of is not None:
            given = errata.read(raw, of)
            assert "unreadable" not in {finding.code for finding in given.findings}, (of, given.findings)
    read_generic(Document(raw))
    translation = errata.translate(raw, target)
    again = errata.translate(translation.response, target, source=target)
    assert again.problem == errata.read(again.response, target).problem, target


def seed() -> None:
    """Write the corpus: each vector, translated into another dialect each."""
    CORPUS.mkdir(parents=True, exist_ok=True)
    for n, path in enumerate(sorted(ROOT.glob("tests/vectors/*/*.json"))):
        response = json.loads(path.read_text("utf-8"))["response"]
        encoded = response.get("body_base64")
        body = base64.b64decode(encoded) if encoded else response.get("body", "").encode()
        media_type = response.get("headers", {}).get("content-type", "")
        media = MEDIA_TYPES.index(media_type) if media_type in MEDIA_TYPES else 0
        status = STATUSES.index(response["status"]) if response["status"] in STATUSES else 0
        head = _HEAD.pack(status, media, n % len(DIALECTS), 0, 0)
        (CORPUS / f"{path.parent.name}-{path.stem}").write_bytes(head + body)


def main() -> None:
    """Run for some seconds, or on the inputs given."""
    argument = sys.argv[1] if len(sys.argv) > 1 else "60"
    if Path(argument).is_file():
        check(Path(argument).read_bytes())
        print("no law is broken by this input")
        return
    seed()
    options = [f"-max_total_time={argument}", "-max_len=8192", "-timeout=10", "-rss_limit_mb=2048"]
    atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={WORK}/", str(CORPUS)], check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
