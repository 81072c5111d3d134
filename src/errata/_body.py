"""Total decoding: any bytes become a value, a tree or a text, with a finding for each repair.

The first try is the strict, fast one. Only what it refuses goes the tolerant
way, step by step, and each step that had to help leaves a finding.
"""

import math
import re
from collections import Counter
from collections.abc import Callable
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import Struct

from errata._http import RawResponse
from errata._problem import NO_MEMBERS, Members

if TYPE_CHECKING:
    from errata._xml import Element

MAX_BYTES: Final = 1_048_576
MAX_DEPTH: Final = 64
MAX_ITEMS: Final = 1_000
MAX_TEXT: Final = 65_536
MAX_FINDINGS: Final = 100
MAX_CODINGS: Final = 3  # several content codings one around the other are rare; many are an attack
_QUICK_BYTES: Final = 1_024  # too short to hold more than the other caps allow
_FLAT_BYTES: Final = 2 * MAX_DEPTH  # too short to be nested beyond the cap
_OPEN_BRACE: Final = ord("{")

Form = Literal["json", "cbor", "xml", "html", "text", "binary", "empty"]
"""What a body is; the value of CBOR is held as that of JSON."""


class Finding(Struct, frozen=True):
    """Something odd that was tolerated: which rule, what happened, and where."""

    code: str
    detail: str
    path: str = ""

    def __str__(self) -> str:
        where = f" (at {self.path})" if self.path else ""
        return f"{self.code}: {self.detail}{where}"


class Wire(Struct, forbid_unknown_fields=True, omit_defaults=True, dict=True):
    """The base of all wire types: strict when writing; `fit` makes reading tolerant.

    `extras` holds the members that came with a value and are not declared.
    """

    extras: ClassVar[Members[Any]] = NO_MEMBERS


_W = TypeVar("_W", bound=Wire)
_decode: Final = msgspec.json.Decoder().decode


class Document:
    """The body of a response while it is read: decoded once, findings collected."""

    # Defaults of the class, so that the common case sets three attributes and no more.
    form: Form = "empty"
    value: Any = None
    root: "Element | None" = None
    text: str = ""
    findings: tuple[Finding, ...] = ()

    def __init__(self, raw: RawResponse) -> None:
        self.raw = raw
        body = raw.body
        if not body:
            return
        if body[0] != _OPEN_BRACE or len(body) > _QUICK_BYTES or "content-encoding" in raw.headers:
            _decode_slowly(self, body)
            return
        if len(body) > _FLAT_BYTES and body.count(b"{") + body.count(b"[") > MAX_DEPTH:
            _decode_slowly(self, body)
            return
        try:
            self.value = _decode(body)
            self.form = "json"
        except (ValueError, RecursionError):
            _decode_slowly(self, body)

    @property
    def media_type(self) -> str:
        """Return the media type that the response claims."""
        return self.raw.media_type

    def note(self, code: str, detail: str, path: str = "") -> None:
        """Add a finding; beyond the cap only the fact that there are more."""
        if len(self.findings) < MAX_FINDINGS:
            self.findings += (Finding(code, detail, path[:200]),)
        elif len(self.findings) == MAX_FINDINGS:
            self.findings += (Finding("more", f"more than {MAX_FINDINGS} oddities were tolerated"),)

    def fit(self, wire_type: type[_W], value: object = None) -> _W:
        """Return the decoded body, or a part of it, as a wire type; never raises.

        What does not fit the declaration is converted or left out, with a finding;
        undeclared members end in `extras`.
        """
        value = self.value if value is None else value
        try:
            return msgspec.convert(value, wire_type)
        except (msgspec.ValidationError, RecursionError):
            return _fit_struct(self, value, wire_type, "")


def _decode_slowly(doc: Document, body: bytes) -> None:
    try:
        _decode_tolerantly(doc, body)
    except Exception as error:  # noqa: BLE001 - decoding is total, whatever the libraries below it do
        doc.note("unreadable", f"the body could not be decoded ({type(error).__name__}); the status speaks alone")
        doc.form = "text"


def _decode_tolerantly(doc: Document, body: bytes) -> None:
    body = _decompressed(doc, body)
    if len(body) > MAX_BYTES:
        doc.note("too-large", f"the body has more than {MAX_BYTES} bytes and was not parsed")
        doc.form, doc.text = "text", body[:MAX_TEXT].decode("utf-8", "replace")
        return
    if "cbor" in doc.media_type:
        _decode_cbor(doc, body)
        return
    if doc.media_type.startswith(_BINARY):
        doc.form = "binary"
        return
    text = _decoded(doc, body)
    doc.text = text[:MAX_TEXT]
    start = text.lstrip()[:16].lower()
    if not start:
        doc.form = "empty"
    elif start[0] in "{[" or ("json" in doc.media_type and start[0] != "<"):
        _decode_json(doc, text)
    elif start[0] == "<":
        _decode_markup(doc, body, text)
    else:
        doc.form = "text"


_BINARY: Final = (
    "application/connect+", "application/grpc", "application/octet-stream", "application/protobuf", "application/zip",
    "image/",
)  # fmt: skip


def _decode_cbor(doc: Document, body: bytes) -> None:
    from errata._unpack import UnpackError, decode_cbor  # loaded for CBOR alone

    try:
        doc.value = _cut(decode_cbor(body, MAX_DEPTH), MAX_DEPTH, set())
        doc.form = "cbor"
    except UnpackError as error:
        doc.note("bad-cbor", str(error))
        doc.form = "binary"


def _decompressed(doc: Document, body: bytes) -> bytes:
    codings = [name.strip().lower() for name in doc.raw.headers.get("content-encoding", "").split(",")]
    for coding in reversed([name for name in codings if name not in ("", "identity")][:MAX_CODINGS]):
        from errata._unpack import UnpackError, unpack  # loaded for packed bodies alone

        try:
            body, whole = unpack(body, coding, MAX_BYTES)
        except UnpackError as error:
            doc.note("content-encoding", f"{error}; the body is read as it is")
            return body
        if not whole:
            doc.note("truncated", f"the {coding} body is cut or larger than {MAX_BYTES} bytes")
    return body


_BOMS: Final = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


_UTF_32: Final = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")  # which expat does not read


def _decoded(doc: Document, body: bytes) -> str:
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            doc.note("byte-order-mark", "the body starts with a byte order mark")
            return body.decode(encoding, "replace")
    charset = doc.raw.charset or "utf-8"
    tries = [charset] if charset in CHARSETS else []
    if b"\0" in body[:4]:
        import json

        tries = [json.detect_encoding(body)]  # UTF-16 or UTF-32 without a mark
    elif body[:1] in (b"{", b"[", b'"'):
        tries.insert(0, "utf-8")  # JSON is always UTF-8, whatever the parameter says (RFC 8259 section 8.1)
    for encoding in tries:
        try:
            text = body.decode(encoding)
        except UnicodeError:
            continue
        if encoding.replace("-", "") != charset.replace("-", ""):
            doc.note("bad-encoding", f"the body is {encoding}, not {charset[:40]}")
        return text
    doc.note("bad-encoding", f"the body is not valid {charset[:40]}; it was read as UTF-8, bad bytes were replaced")
    return body.decode("utf-8", "replace")


# The only encodings that a name from the wire can call: each is a plain table or
# UTF, and takes linear time. Others that Python knows run code of their own.
CHARSETS: Final = frozenset({
    "ascii", "big5", "euc-jp", "euc-kr", "gb18030", "gb2312", "gbk", "koi8-r", "koi8-u", "latin-1", "latin1",
    "macintosh", "shift-jis", "shift_jis", "tis-620", "us-ascii", "utf-16", "utf-16be", "utf-16le", "utf-32",
    "utf-8", "utf8", "windows-31j", "windows-874",
    *(f"iso-8859-{n}" for n in range(1, 17) if n != 12), *(f"windows-{n}" for n in range(1250, 1259)),
})  # fmt: skip


def _decode_json(doc: Document, text: str) -> None:
    """Decode a text strictly, then as lenient as the standard library is, then with a cut end closed."""
    try:
        doc.form, doc.value = "json", _decode(text)
    except (ValueError, RecursionError):
        _decode_lenient_json(doc, text)
    if doc.form == "json":
        _bound(doc, text)


def _decode_lenient_json(doc: Document, text: str) -> None:
    for mend in (str, _closed):
        attempt = mend(text)
        try:
            doc.value = _loads(doc, attempt)
        except RecursionError:
            doc.note("too-deep", "the body is nested too deeply and was not parsed")
            break
        except ValueError:
            continue
        if len(attempt) < len(text) and text.startswith(attempt):
            doc.note("trailing-data", "something follows the JSON text; it was left out")
        elif attempt != text:
            doc.note("truncated", "the JSON text is cut; what came before the cut was read")
        doc.form = "json"
        return
    else:
        doc.note("bad-json", "the body starts like JSON but cannot be read as JSON")
    doc.form = "text"


def _loads(doc: Document, text: str) -> object:
    import json  # loaded for bodies that are not quite JSON alone

    notes: dict[str, str] = {}

    def number(digits: str) -> object:
        try:
            value = float(digits) if not digits.lstrip("-").isdigit() else int(digits)
        except ValueError:  # more digits than int() accepts
            value = math.inf
        if isinstance(value, float) and not math.isfinite(value):
            notes["bad-number"] = f"{digits[:20]} is not a number that JSON or errata can hold; it was left out"
            return None
        return value

    decoder = json.JSONDecoder(parse_constant=number, parse_float=number, parse_int=number, strict=False)
    value = decoder.decode(text)
    if "\\ud" in text.lower():
        value = _without_surrogates(value)
    for code, detail in notes.items():
        doc.note(code, detail)
    return value


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    return value


_SIGNS: Final = re.compile('[][{}:,"]')
_CLOSERS: Final = {"{": "}", "[": "]"}


def _closed(text: str) -> str:
    """Return the first value of a JSON text; a cut one ends after its last whole member and is closed."""
    closers: list[str] = []
    whole = pos = 0  # how much of the text is good, and how much is seen
    before = ""  # the last sign; a string behind a colon or in a list is a value, else a name
    while sign := _SIGNS.search(text, pos):
        char, pos = sign[0], sign.end()
        if char == '"':
            is_value = before == ":" or closers[-1:] == ["]"]
            end = _end_of_string(text, pos)
            if end is None:
                kept = _without_cut_escape(text) + '"' if is_value else text[:whole]
                return kept + "".join(reversed(closers))
            pos = end
            whole = pos if is_value else whole
            continue
        before = char
        if char in "{[}]":
            whole = pos
            if not _nest(char, closers):
                return text[:whole]
        elif char == ",":
            whole = pos - 1
    return text[:whole] + "".join(reversed(closers))


def _nest(bracket: str, closers: list[str]) -> bool:
    """Open or close a level; tell whether there is still one open."""
    if bracket in _CLOSERS:
        closers.append(_CLOSERS[bracket])
    elif closers:
        closers.pop()
    return bool(closers)


def _end_of_string(text: str, start: int) -> int | None:
    """Return the position behind the quote that ends a string; None when there is none."""
    end = text.find('"', start)
    while end >= 0:
        run = end
        while run > start and text[run - 1] == "\\":
            run -= 1
        if (end - run) % 2 == 0:
            return end + 1
        start = end + 1
        end = text.find('"', start)
    return None


_ESCAPE_AT_END: Final = re.compile(r"\\(u[0-9A-Fa-f]{0,3})?\Z")


def _without_cut_escape(text: str) -> str:
    """Return a text without the beginning of an escape sequence at its end."""
    found = _ESCAPE_AT_END.search(text, max(0, len(text) - 5))
    if found is None:
        return text
    rest = text[: found.start()]
    # After an odd number of backslashes this one is the second half of an escape.
    return rest if (len(rest) - len(rest.rstrip("\\"))) % 2 == 0 else text


def _decode_markup(doc: Document, body: bytes, text: str) -> None:
    start = text.lstrip()[:200].lower()
    is_page = start.startswith(("<!doctype html", "<html", "<head", "<body", "<title", "<h1"))
    if not is_page and (doc.media_type != "text/html" or start.startswith("<?xml")):
        from errata._xml import XmlError, parse_xml  # loaded for XML alone

        try:
            # Expat finds the encoding by itself; a charset parameter overrides it (RFC 7303 section 3).
            given = doc.raw.charset in CHARSETS or body.startswith(_UTF_32)
            doc.root, skipped = parse_xml(text.encode() if given else body, "utf-8" if given else None)
        except XmlError as error:
            doc.note("bad-xml", str(error))
        else:
            doc.form = "xml"
            if skipped:
                doc.note("doctype", "a DOCTYPE was skipped; nothing was fetched")
            return
    doc.form = "html" if is_page or doc.media_type == "text/html" else "text"


def _bound(doc: Document, text: str) -> None:
    """Cut a value that may be nested or filled beyond the caps."""
    if len(text) <= MAX_ITEMS and text.count("{") + text.count("[") <= MAX_DEPTH:
        return
    cuts: set[str] = set()
    doc.value = _cut(doc.value, MAX_DEPTH, cuts)
    for cut in sorted(cuts):
        doc.note("over-cap", f"{cut} beyond the cap were left out")


def _cut(value: Any, depth: int, cuts: set[str]) -> Any:
    if isinstance(value, str) and len(value) > MAX_TEXT:
        cuts.add("characters of a text")
        return value[:MAX_TEXT]
    if not isinstance(value, dict | list):
        return value
    if depth == 0:
        cuts.add("levels of nesting")
        return None
    if len(value) > MAX_ITEMS:
        cuts.add("members or items")
    if isinstance(value, list):
        return [_cut(item, depth - 1, cuts) for item in value[:MAX_ITEMS]]
    return {key[:MAX_TEXT]: _cut(value[key], depth - 1, cuts) for key in list(value)[:MAX_ITEMS]}


def duplicate_names(raw: RawResponse) -> list[str]:
    """Return the member names that a JSON body gives twice within one object, up to the cap on findings."""
    twice: list[str] = []

    def pairs(items: list[tuple[str, object]]) -> None:
        if len({name for name, _ in items}) < len(items):
            counts = Counter(name for name, _ in items)
            twice.extend(name for name, count in counts.items() if count > 1)

    if raw.body[:64].lstrip(b" \t\r\n\xef\xbb\xbf")[:1] not in (b"{", b"["):
        return []
    import json

    try:
        json.loads(raw.body[:MAX_BYTES], object_pairs_hook=pairs, parse_int=str)
    except (ValueError, RecursionError):
        return []
    return list(dict.fromkeys(twice))[:MAX_FINDINGS]


# ---- fitting: a plain value into a wire type, member by member ----

_MISSING: Final = object()


def _fit_struct(doc: Document, value: object, wire_type: type[_W], path: str) -> _W:
    if not isinstance(value, dict):
        doc.note("wrong-type", f"expected an object, got {_name(value)}", path)
        value = {}
    known: dict[str, Any] = {}
    left = dict(value)
    for field in msgspec.structs.fields(wire_type):
        wire_name = field.encode_name
        given = left.pop(wire_name, _MISSING)
        if given is _MISSING:
            given = _take_padded(doc, left, wire_name, path)
        fitted = _MISSING if given is _MISSING else _fit(doc, given, field.type, _join(path, wire_name))
        if fitted is not _MISSING:
            known[field.name] = fitted
            continue
        if field.required:
            known[field.name] = _empty(doc, field.type)
        if given is not _MISSING and given is not None:
            left[wire_name] = given
    fitted_struct = wire_type(**known)
    if left:
        own: dict[str, Any] = fitted_struct.__dict__  # pyright: ignore[reportAssignmentType] # an instance's is writable
        own["extras"] = Members(left)
    return fitted_struct


def _empty(doc: Document, expected: Any) -> object:
    """Return what stands for a required member that is not there."""
    if isinstance(expected, type) and issubclass(expected, Wire):
        return _fit_struct(doc, {}, expected, "")
    return [] if get_origin(expected) is list else None


def _take_padded(doc: Document, left: dict[str, Any], name: str, path: str) -> object:
    for key in left:
        if key != name and key.strip() == name:
            doc.note("padded-name", f"member {key[:60]!r} was read as {name!r}", _join(path, name))
            return left.pop(key)
    return _MISSING


def _fit(doc: Document, value: object, expected: Any, path: str) -> object:
    """Return the value as the expected type, or _MISSING when it cannot be had."""
    try:
        return msgspec.convert(value, expected)
    except (msgspec.ValidationError, RecursionError):
        pass
    if value is None:
        return _MISSING
    for option in get_args(expected) if get_origin(expected) in (Union, UnionType) else (expected,):
        fitted = _fit_option(doc, value, option, path)
        if fitted is not _MISSING:
            return fitted
    doc.note("wrong-type", f"expected {_type_name(expected)}, got {_name(value)}; the member was kept aside", path)
    return _MISSING


def _fit_option(doc: Document, value: object, option: Any, path: str) -> object:
    origin = get_origin(option)
    if isinstance(option, type) and issubclass(option, Wire):
        return _fit_struct(doc, value, option, path) if isinstance(value, dict) else _MISSING
    if origin is list:
        return _fit_list(doc, value, get_args(option)[0], path)
    if origin is dict and isinstance(value, dict):
        fitted = {key: _fit(doc, item, get_args(option)[1], _join(path, key)) for key, item in value.items()}
        return {key: item for key, item in fitted.items() if item is not _MISSING}
    convert = _CONVERSIONS.get((type(value), option))
    converted = convert(value) if convert else _MISSING
    if converted is not _MISSING:
        doc.note("wrong-type", f"expected {_type_name(option)}, got {_name(value)}; it was converted", path)
    return converted


def _fit_list(doc: Document, value: object, item_type: Any, path: str) -> object:
    if not isinstance(value, list):
        before = doc.findings
        item = _fit(doc, value, item_type, path)
        if item is _MISSING:
            doc.findings = before  # the caller says what is wrong, once
            return _MISSING
        doc.note("not-a-list", "a single value was read as a list of one", path)
        return [item]
    fitted = [_fit(doc, item, item_type, f"{path}[{index}]") for index, item in enumerate(value)]
    return [item for item in fitted if item is not _MISSING]


def _to_float(text: str) -> object:
    try:
        number = float(text) if len(text) <= MAX_DIGITS and text.isascii() and "_" not in text else math.inf
    except ValueError:
        return _MISSING
    return number if math.isfinite(number) else _MISSING


def _to_int(text: str) -> object:
    number = _to_float(text)
    if not isinstance(number, float) or not number.is_integer() or abs(number) >= 2**53:
        return _MISSING
    return int(number)


MAX_DIGITS: Final = 30  # more than any number needs that a member of an error holds
_CONVERSIONS: Final[dict[tuple[type, Any], Callable[[Any], object]]] = {
    (str, int): _to_int,
    (float, int): lambda number: int(number) if number.is_integer() else _MISSING,
    (str, float): _to_float,
    (int, str): str,
    (float, str): str,
}


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _name(value: object) -> str:
    return _NAMES.get(type(value), type(value).__name__)


def _type_name(expected: Any) -> str:
    if get_origin(expected) in (Union, UnionType):
        expected = next(option for option in get_args(expected) if option is not NoneType)
    return _NAMES.get(get_origin(expected) or expected, "an object")


_NAMES: Final[dict[Any, str]] = {
    str: "text",
    int: "an integer",
    float: "a number",
    bool: "a boolean",
    list: "a list",
    dict: "an object",
    NoneType: "null",
}
