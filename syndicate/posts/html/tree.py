"""HTML as a tree, to look into it and to change it."""

from __future__ import annotations

import re
import sys

from lxml import etree

from syndicate.errors import PostError

#: All that XML 1.0 §2.2 doesn't allow, lone surrogates among it.
REFUSED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = re.compile(
    r"&#(?:[xX](?=[0-9A-Fa-f])0*+([0-9A-Fa-f]{0,6})|(?=[0-9])0*+([0-9]{0,7}));?"
)
#: Where a text ends for libxml2, though browsers read on.
_END_TAGS = re.compile(r"</(?:body|html)\s{0,20}>", re.IGNORECASE)


def parse(html: str) -> etree._Element:
    """The `body` element that holds the fragment; comments are left out.

    So are characters that XML refuses: libxml2 would read them, and lxml write none of them.

    Raises:
        PostError: it is nested deeper than libxml2 reads (2,048 elements).
    """
    html = REFUSED.sub("", html)
    if "&#" in html:
        html = _REFERENCE.sub(_referred, html)
    if "</" in html:
        html = _END_TAGS.sub("", html)
    parser = etree.HTMLParser(huge_tree=True, remove_comments=True, remove_pis=True)
    # `<body>` in front also keeps lxml from taking an XML declaration for one of ours.
    root = etree.fromstring(f"<body>{html}", parser)
    limit = etree.ErrorTypes.ERR_RESOURCE_LIMIT
    if any(entry.type == limit for entry in parser.error_log):
        raise PostError("its HTML is nested too deep; close the tags that are open")
    body = root.find("body")
    return etree.Element("body") if body is None else body


def _referred(reference: re.Match[str]) -> str:
    """The reference, unless XML refuses its character."""
    code = int(reference[1] or "0", 16) or int(reference[2] or "0")
    return reference[0] if code > sys.maxunicode or not REFUSED.match(chr(code)) else ""


def serialise(body: etree._Element) -> str:
    """The HTML of a tree, `body` and all."""
    return etree.tostring(body, encoding="unicode", method="html")


def drop(element: etree._Element) -> None:
    """Take the element out; the text behind it stays."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        before = element.getprevious()
        if before is None:
            parent.text = (parent.text or "") + element.tail
        else:
            before.tail = (before.tail or "") + element.tail
    parent.remove(element)


def replace(element: etree._Element, other: etree._Element | str) -> None:
    """Put another element, or a text, in the element's place."""
    parent = element.getparent()
    if parent is None:
        return
    if isinstance(other, str):
        element.tail = other + (element.tail or "")
        drop(element)
    else:
        other.tail, element.tail = element.tail, None
        parent.replace(element, other)
