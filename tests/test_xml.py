"""XML: small trees in both directions, and nothing that expands or fetches."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errata import RawResponse, read
from errata._xml import MAX_DEPTH, MAX_ELEMENTS, MAX_TEXT, Element, XmlError, is_xml_name, parse_xml, write_xml

LAYERS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY l0 "lol">{LAYERS}]><response><error>&l9;</error></response>'
EXTERNAL = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><response><error>&x;</error></response>'
REMOTE = '<!DOCTYPE r [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]><response><error>&x;</error></response>'
PARAMETER = '<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p.dtd"> %p;]><response><error>x</error></response>'
UNPARSED = '<!DOCTYPE r [<!NOTATION n SYSTEM "n"><!ENTITY u SYSTEM "u" NDATA n>]><response><error>x</error></response>'
ATTRIBUTE = '<!DOCTYPE r [<!ATTLIST r a CDATA "default">]><response><error>x</error></response>'
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]


@pytest.mark.req("N22")
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("text", [BOMB, EXTERNAL, REMOTE, PARAMETER, UNPARSED, ATTRIBUTE])
@pytest.mark.parametrize("content_type", ["application/xml", "application/xml; charset=utf-16", "text/html", ""])
def test_declarations_are_refused(text: str, encoding: str, content_type: str) -> None:
    """A DOCTYPE with an internal subset is refused in every encoding; nothing of it is expanded or fetched."""
    reading = read(RawResponse(500, {"content-type": content_type}, text.encode(encoding)))
    assert (500, None) == (reading.problem.status, reading.problem.code)
    assert "lollol" not in str(reading.problem.to_dict())
    assert "unreadable" not in {finding.code for finding in reading.findings}


@pytest.mark.req("N22")
@pytest.mark.parametrize("text", [BOMB, EXTERNAL, PARAMETER])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_refusal_says_why(text: str, encoding: str) -> None:
    """The error of a refused document names the reason."""
    with pytest.raises(XmlError, match="DOCTYPE with an internal subset is refused"):
        parse_xml(text.encode(encoding))


def test_bare_doctype_is_skipped() -> None:
    """A DOCTYPE that only names an external DTD is passed over, with a finding, and the DTD is not fetched."""
    body = b'<!DOCTYPE response SYSTEM "http://127.0.0.1:9/errors.dtd"><response><error>general/x</error></response>'
    reading = read(RawResponse(400, {"content-type": "application/xml"}, body))
    assert ("netmri", "general/x") == (reading.dialect, reading.problem.code)
    assert ["doctype"] == [finding.code for finding in reading.findings]


def test_entity_of_a_skipped_dtd_is_no_text() -> None:
    """What an unread DTD may define has no value."""
    root, skipped = parse_xml(b'<!DOCTYPE a SYSTEM "a.dtd"><a>1&undefined;2</a>')
    assert ("12", True) == (root.text, skipped)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<",
        b"<a>",
        b"<a></b>",
        b"<a/><b/>",
        b"<a>&b;</a>",
        b"<a b='1' b='2'/>",
        b"<p:a/>",
        b"<a>\x00</a>",
        b"<?xml version='1.0' encoding='no such encoding'?><a/>",
        b"<?xml version='1.0' encoding='utf-7'?><a/>",
        b"<a>" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1),
        b"<a>" + b"<b/>" * MAX_ELEMENTS + b"</a>",
    ],
)
def test_what_is_no_xml_is_refused(body: bytes) -> None:
    """Bodies that are not well-formed, or beyond the caps, raise XmlError and nothing else."""
    with pytest.raises(XmlError):
        parse_xml(body)


def test_caps_admit_what_is_at_them() -> None:
    """The deepest and the longest document allowed is read; a longer text is cut."""
    deepest = b"<a>" * MAX_DEPTH + b"</a>" * MAX_DEPTH
    assert "a" == parse_xml(deepest)[0].name
    widest = b"<a>" + b"<b/>" * (MAX_ELEMENTS - 1) + b"</a>"
    assert MAX_ELEMENTS - 1 == len(parse_xml(widest)[0].children)
    assert MAX_TEXT == len(parse_xml(b"<a>" + b"x" * 2 * MAX_TEXT + b"</a>")[0].text)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "iso-8859-1", "shift_jis", "utf-32"])
def test_encoding_of_the_parameter(encoding: str) -> None:
    """The charset parameter decides how bytes are read, also where expat does not know the encoding."""
    text = (
        "<response><error>general/é</error></response>"
        if encoding != "shift_jis"
        else ("<response><error>general/テ</error></response>")
    )
    headers = {"content-type": f"application/xml; charset={encoding.removesuffix('-sig')}"}
    problem = read(RawResponse(400, headers, text.encode(encoding))).problem
    assert text[17:-19] == problem.code


def test_declared_encoding_counts_without_parameter() -> None:
    """Without a parameter the XML declaration says how bytes are read."""
    body = "<?xml version='1.0' encoding='iso-8859-1'?><response><error>general/é</error></response>".encode("latin-1")
    assert "general/é" == read(RawResponse(400, {}, body)).problem.code


def test_tree_has_namespaces_attributes_and_text() -> None:
    """An element knows its namespace, its attributes by local name, its text and its children."""
    root, _ = parse_xml(b'<p:a xmlns:p="urn:x" p:k="1" j="2"> t <b>u</b>v</p:a>')
    assert (("urn:x", "a"), {"k": "1", "j": "2"}, " t v") == (root.tag, root.attributes, root.text)
    assert ["b"] == [child.name for child in root]
    assert ("u", None, None) == (root.text_of("b"), root.text_of("c"), root.find("c"))


@pytest.mark.req("N22")
def test_writing_escapes() -> None:
    """Markup in texts and attributes is escaped, and what XML cannot hold is left out."""
    element = Element("a", Element("b", text="<b>&\x00\x1f\ud800\ufffe\r\n"), attributes={"k": "\"<'&"})
    assert (
        b'<?xml version="1.0" encoding="UTF-8"?><a k="&quot;&lt;\'&amp;"><b>&lt;b&gt;&amp;&#13;\n</b></a>'
        == write_xml(element)
    )


def test_prefixes_are_declared_at_the_root() -> None:
    """A namespace with a prefix is declared once, one without where it stands; children without one stay outside."""
    fault = Element("Fault", Element("code", text="s:Client"), namespace="urn:s")
    detail = Element("detail", Element("row", Element("n"), namespace="urn:r"))
    fault.children.append(detail)
    written = write_xml(Element("Envelope", fault, namespace="urn:s"), {"urn:s": "s"})
    assert (
        b'<s:Envelope xmlns:s="urn:s"><s:Fault><code>s:Client</code><detail><row xmlns="urn:r"><n/></row></detail>'
        b"</s:Fault></s:Envelope>" == written.partition(b"?>")[2]
    )
    root, _ = parse_xml(written)
    assert [("urn:s", "Fault")] == [child.tag for child in root]
    assert [("", "code"), ("", "detail")] == [child.tag for child in root.children[0]]


@given(text=st.text(), attribute=st.text(alphabet=st.characters(exclude_characters="\t\n")))
def test_what_is_written_can_be_read(text: str, attribute: str) -> None:
    """Any text becomes well-formed XML, and comes back but for the characters that XML forbids."""
    root, _ = parse_xml(write_xml(Element("a", Element("b", text=text), attributes={"k": attribute})))
    kept = "".join(c for c in text if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff"))
    child = root.find("b")
    assert child is not None
    assert kept[:MAX_TEXT] == child.text


@pytest.mark.parametrize(
    ("name", "legal"),
    [("a", True), ("_a-1.b", True), ("", False), ("1a", False), ("a b", False), ("a:b", False), ("xmlns", False),
     ("XML", False), ("items[0]", False), ("é", False), ("a\n", False)],
)  # fmt: skip
def test_element_names(name: str, legal: bool) -> None:
    """Only plain names can be elements; others must go elsewhere or be left out."""
    assert legal == is_xml_name(name)
