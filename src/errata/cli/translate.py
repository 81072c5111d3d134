"""`errata translate`: the same error in another dialect."""

import base64
from http.client import responses as phrases
from typing import Annotated, Any

import typer

from errata import Dialect, RawResponse, Translation, read
from errata import translate as translated
from errata._http import parse_accept, quality
from errata._kind import title_of
from errata.cli import _options as options
from errata.cli import _words as words
from errata.cli._input import dialect_named, given, read_input
from errata.cli._output import Refused, remark, show_bytes, show_json


def translate(
    to: options.To,
    file: options.File = None,
    accept: Annotated[
        str | None, typer.Option(metavar="TYPE", help="Choose the format by an Accept field: application/xml.")
    ] = None,
    format: Annotated[str | None, typer.Option(metavar="NAME", help="Choose the format by its name: xml.")] = None,
    body_only: Annotated[bool, typer.Option("--body-only", help="Print the body without its head.")] = False,
    source: options.From = None,
    status: options.Status = None,
    header: options.Header = None,
    as_json: options.Json = False,
) -> None:
    """Say an error response again in another dialect.

    The response goes to standard output; what the dialect cannot carry, and what
    was odd in the original, to standard error. A success is not translated: exit
    code 1.
    """
    target, of = dialect_named(to), None if source is None else dialect_named(source)
    _check_format(target, format)
    received = given(read_input(file), status, header or [], of)
    if not words.is_error(read(received.response, of)):
        remark(f"errata: not an error, so nothing to translate: {received.response.status}")
        raise typer.Exit(1)
    translation = translated(received.response, target, accept=accept, format=format, source=of)
    _remark_all(translation, received.assumed, accept)
    if as_json:
        show_json(_document(translation, received.assumed))
    else:
        show_bytes(translation.response.body if body_only else transcript(translation.response))


def _check_format(to: Dialect, name: str | None) -> None:
    names = [f.name for f in to.formats]
    if name is not None and name not in names:
        raise Refused(f"{to.name} has no format {name[:40]!r}; use one of: {', '.join(names)}")


def _remark_all(translation: Translation, assumed: str | None, accept: str | None) -> None:
    remark(f"from {translation.source or 'an unknown dialect'} to {translation.target}")
    if assumed:
        remark(f"note: {assumed}")
    if accept is not None and quality(translation.response.media_type, parse_accept(accept)) == 0:
        remark(
            f"note: nothing that {translation.target} writes is accepted by {accept[:80]!r}; the default was written"
        )
    for name in translation.lost:
        remark(f"lost: {name}")
    for finding in translation.findings:
        remark(f"finding: {finding}")


def transcript(response: RawResponse) -> bytes:
    """Return a response as `curl -i` prints it, with the length of its body."""
    fields = {**response.headers, "content-length": str(len(response.body))}
    phrase = title_of(response.status) if response.status >= 400 else phrases.get(response.status, "")
    head = [f"HTTP/1.1 {response.status} {phrase}", *(f"{n}: {v}" for n, v in fields.items())]
    return "\r\n".join([*head, "", ""]).encode("latin-1", "replace") + response.body


def _document(translation: Translation, assumed: str | None) -> dict[str, Any]:
    response = translation.response
    return {
        "source": translation.source,
        "target": translation.target,
        "lost": list(translation.lost),
        "assumed": assumed,
        "findings": words.finding_rows(translation.findings),
        "response": {"status": response.status, "headers": dict(response.headers), **_body(response.body)},
    }


def _body(body: bytes) -> dict[str, str]:
    try:
        return {"body": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(body).decode()}
