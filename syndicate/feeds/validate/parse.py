"""Bytes → an XML tree, if it is one that every reader can read (STANDARDS 16, 17 and S-14)."""

from __future__ import annotations

import codecs
import re

from lxml import etree

from syndicate.feeds.validate.grammar import PREFIXES, line_of
from syndicate.feeds.validate.model import Fault, Finding

#: Where a finding is that is about the bytes.
DOCUMENT = "document"
#: Bytes: some readers take no more (STANDARDS 20).
_LARGE = 512 * 1024

# Possessive: what can't match fails at once, however long it is.
_PROLOG = rb"(?>\s++|<!--.*?-->|<\?.*?\?>)*+"
_DOCTYPE = re.compile(_PROLOG + rb"<!DOCTYPE", re.DOTALL)
_XSLT = re.compile(rb"<\?xml-stylesheet\s[^>]*?(?:text/xsl|application/xslt\+xml)")
_DECLARATION = re.compile(rb"<\?xml\s[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._\-]{1,40})[\"']")
#: How far into a document its declaration and stylesheets are looked for, in bytes.
_HEAD = 2048

#: By libxml2's number for the error.
_MESSAGES = {
    etree.ErrorTypes.NS_ERR_UNDEFINED_NAMESPACE: ("MissingNamespace", "declare the prefix"),
    etree.ErrorTypes.ERR_UNDECLARED_ENTITY: (
        "UndefinedNamedEntity",
        "XML knows no HTML entities",
    ),
}
_NAMESPACES = {prefix: namespace for namespace, prefix in PREFIXES.items()}
#: What people call namespaces that they mean otherwise.
_NEARLY = {"http://search.yahoo.com/mrss": "http://search.yahoo.com/mrss/"}


def read_text(data: bytes) -> tuple[str | None, list[Finding]]:
    """The document as text, and what is wrong with its bytes; None: it isn't UTF-8."""
    findings = _byte_findings(data)
    if finding := _not_utf8(data):
        return None, [*findings, finding]
    return data.decode("utf-8-sig"), findings


def read_xml(data: bytes) -> tuple[etree._Element | None, list[Finding]]:
    """The root, and what is wrong with the document as XML; None: it can't be read.

    Nothing is fetched and no entity is replaced; a document with a DOCTYPE isn't read at all.
    """
    findings = _byte_findings(data)
    data = data.removeprefix(codecs.BOM_UTF8)
    findings += [Finding.of(fault, DOCUMENT, 1) for fault in _head_faults(data[:_HEAD])]
    if doctype := _DOCTYPE.match(data):
        fault = Fault("InvalidDoctype", "readers refuse a DOCTYPE, or fetch it; leave it out")
        line = doctype[0].count(b"\n") + 1
        return None, [*findings, Finding.of(fault, DOCUMENT, line)]
    try:
        root = etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as error:
        return None, [*findings, _not_utf8(data) or _syntax_finding(error)]
    place = etree.QName(root).localname
    found = [Finding.of(fault, place, line_of(root)) for fault in _namespace_faults(root)]
    return root, [*findings, *found]


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        # Whatever the document says: what isn't UTF-8 is an error.
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _syntax_finding(error: etree.XMLSyntaxError) -> Finding:
    code = getattr(error, "code", 0)  # of which lxml's stubs know nothing
    message, remedy = _MESSAGES.get(code, ("SAXError", "mend it: no reader reads on"))
    reason = (error.msg or "").partition(", line ")[0]
    return Finding.of(Fault(message, f"{reason}; {remedy}"), DOCUMENT, error.lineno)


def _not_utf8(data: bytes) -> Finding | None:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        sentence = f"byte {error.start} is no UTF-8; write the document as UTF-8"
        line = data.count(b"\n", 0, error.start) + 1
        return Finding.of(Fault("UnicodeError", sentence), DOCUMENT, line)
    return None


def _byte_findings(data: bytes) -> list[Finding]:
    findings = []
    if len(data) > _LARGE:
        sentence = f"{len(data)} bytes are more than some readers take; show fewer posts"
        findings.append(Finding.of(Fault("TooLarge", sentence), DOCUMENT, None))
    if data.startswith(codecs.BOM_UTF8):
        fault = Fault("ByteOrderMark", "UTF-8 needs no byte order mark; leave it out")
        findings.append(Finding.of(fault, DOCUMENT, 1))
    return findings


def _head_faults(head: bytes) -> list[Fault]:
    faults = []
    declared = _DECLARATION.match(head)
    if declared is None:
        sentence = 'begin with <?xml version="1.0" encoding="UTF-8"?>'
        faults.append(Fault("MissingEncoding", sentence))
    elif declared[1].lower() != b"utf-8":
        sentence = f"it says {declared[1].decode()}; write and say UTF-8"
        faults.append(Fault("NotUTF8", sentence))
    if _XSLT.search(head):
        faults.append(Fault("XsltStylesheet", "browsers are dropping XSLT; use CSS, or a page"))
    return faults


def _namespace_faults(root: etree._Element) -> list[Fault]:
    faults = []
    own = etree.QName(root).namespace
    for prefix, namespace in root.nsmap.items():
        usual = PREFIXES.get(namespace)
        if namespace in _NEARLY:
            faults.append(Fault("MediaRssNamespace", f"the namespace is {_NEARLY[namespace]}"))
        elif usual is None:
            sentence = f"{namespace[:80]!r} is known to few readers; is it meant?"
            faults.append(Fault("UnknownNamespace", sentence))
        elif prefix and prefix != usual and prefix not in _NAMESPACES:
            faults.append(Fault("NonstdPrefix", f"everybody calls {namespace} {usual}"))
        if prefix in _NAMESPACES and usual != prefix and namespace not in _NEARLY:
            sentence = f"{prefix} stands for {_NAMESPACES[prefix]} everywhere else; take another"
            faults.append(Fault("ReservedPrefix", sentence))
        if prefix in ("atom", "xhtml") and namespace == own:
            sentence = f"some readers know Atom without a prefix only; make {namespace} the default"
            faults.append(Fault("AvoidNamespacePrefix", sentence))
    return faults
