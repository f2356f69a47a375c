"""XML of strangers: nothing in it that works against us, and mended where it is broken."""

from __future__ import annotations

import re
import sys
from html.entities import html5

from lxml import etree

from syndicate.errors import FetchError
from syndicate.posts.text import clean

#: Tags in a document, also those of HTML in it: a feed of ten thousand entries has fewer.
_MOST_TAGS = 600_000
#: What declares entities and their kin: none of it belongs into a feed.
_DECLARES = ("doctype", "entity", "element", "attlist", "notation")
_XML_DECLARATION = re.compile(r"<\?xml\s[^<>]{0,300}\?>")
_REFERENCE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)(#?[0-9A-Za-z]{1,40};)?")
_NUMBER = re.compile(r"#(?:[0-9]{1,7}|[xX][0-9A-Fa-f]{1,6});")
#: Namespaces by the prefixes that everybody has for them: they are forgotten often.
_USUAL = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
}
#: Elements that name people: feedparser looks for addresses in them, in quadratic time.
_PEOPLE = ("author", "creator", "contributor", "publisher", "owner", "managingeditor", "webmaster")
_IN_PEOPLE = ("name", "email")
#: Characters of such an element.
_LONGEST_NAME = 200


def guarded(text: str) -> tuple[bytes, str]:
    """A document as well-formed XML in UTF-8, and what had to be mended in it, or nothing.

    Raises:
        FetchError: it has a DOCTYPE, or so many tags that it is no feed (STANDARDS S-14).
    """
    text = clean(_XML_DECLARATION.sub("", text.lstrip("\ufeff \t\r\n"), count=1))
    _refuse_declarations(text)
    if text.count("<") > _MOST_TAGS:
        raise FetchError(f"it has more than {_MOST_TAGS} tags, which is no feed")
    root, fault = _parsed(text)
    for element in root.iter(etree.Element):
        _mend(element)
    mended = f"its XML is broken ({fault}); what can be read was taken" if fault else ""
    return etree.tostring(root, encoding="utf-8"), mended


def _refuse_declarations(text: str) -> None:
    """`<!` begins a comment, a CDATA section, or what is refused."""
    place = text.find("<!")
    while place >= 0:
        if text.startswith("<!--", place):
            place = text.find("-->", place + 4)
        elif text.startswith("<![CDATA[", place):
            place = text.find("]]>", place)
        elif text[place + 2 : place + 12].lower().startswith(_DECLARES):
            line = text.count("\n", 0, place) + 1
            raise FetchError(
                f"it declares a DOCTYPE or entities at line {line}, which feeds may not"
            )
        place = text.find("<!", place + 1) if place >= 0 else place


def _parsed(text: str) -> tuple[etree._Element, str]:
    """The tree, and why the text isn't well-formed, or nothing. libxml2 limits its depth."""
    try:
        return etree.fromstring(text.encode(), _parser(recover=False)), ""
    except etree.XMLSyntaxError as error:
        fault = error.msg or "no XML"
    if text.count("&") > _MOST_TAGS:
        raise FetchError(f"its XML is broken ({fault}), and it is too large to mend")
    root = etree.fromstring(_REFERENCE.sub(_resolved, text).encode(), _parser(recover=True))
    if root is None:
        raise FetchError(f"its XML is broken from its beginning on ({fault})")
    return root, fault


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        recover=recover, resolve_entities=False, no_network=True, load_dtd=False, remove_pis=True
    )


def _mend(element: etree._Element) -> None:
    prefix, colon, name = element.tag.rpartition("}")[2].rpartition(":")
    if colon:
        element.tag = f"{{{_USUAL.get(prefix, f'urn:{prefix}')}}}{name}"
    if name.lower() in (*_PEOPLE, *_IN_PEOPLE):
        element.text = (element.text or "")[:_LONGEST_NAME]


def _is_fit(number: str) -> bool:
    """Whether a reference means a character that XML 1.0 allows; libxml2's recovery lets all by."""
    code = int(number[1:], 16) if number[0] in "xX" else int(number)
    return code <= sys.maxunicode and clean(chr(code)) == chr(code)


def _resolved(match: re.Match[str]) -> str:
    """HTML's entities mean characters; another ampersand is itself."""
    name = match[1] or ""
    if _NUMBER.fullmatch(name):
        return match[0] if _is_fit(name[1:-1]) else ""
    known = html5.get(name)
    if known:
        return known.replace("&", "&amp;").replace("<", "&lt;")
    return f"&amp;{name}"
