"""Atom 1.0, RFC 4287 (STANDARDS 33-38)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from syndicate.feeds.validate import extensions, markup, podcast, values
from syndicate.feeds.validate.grammar import Found, Kind, Walk, twice
from syndicate.feeds.validate.links import ATOM, LINK, entry_links, feed_links, relation
from syndicate.feeds.validate.model import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

    from syndicate.feeds.validate.model import Finding

HOME = "http://www.w3.org/2005/Atom"
_LINK, _CONTENT_TAG, _SUMMARY = f"{ATOM}link", f"{ATOM}content", f"{ATOM}summary"
_XHTML_DIV = "{http://www.w3.org/1999/xhtml}div"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_TYPES = ("text", "html", "xhtml")
#: What is text, though it isn't one of those (RFC 4287 §4.1.3.3).
_TEXTUAL = ("+xml", "/xml")

_ID = Kind(text=values.every(values.nonblank, values.iri), exact=True)
_DATE = Kind(text=values.rfc3339, exact=True)
_IRI = Kind(text=values.every(values.nonblank, values.iri), exact=True)
_PERSON = Kind(
    children={
        "name": Kind(text=values.every(values.nonblank, values.name)),
        "uri": _IRI,
        "email": Kind(text=values.address),
        **extensions.ITEM,
    },
    many=extensions.MANY,
    needs={"name": "MissingElement"},
)
_CATEGORY = Kind(
    text=values.anything,
    attributes={
        "term": values.nonblank,
        "scheme": values.iri_attribute,
        "label": values.plain,
    },
    wants={"term": "MissingAttribute"},
)


# Text and content


def _body(element: etree._Element) -> Iterator[Fault]:
    kind = element.get("type", "text")
    if kind == "html":
        yield from markup.faults(element.text or "")
    elif kind == "xhtml":
        yield from markup.tree_faults(element)
    else:
        yield from markup.bad_characters(element.text or "")


def _text(element: etree._Element) -> Iterator[Found]:
    kind = element.get("type", "text")
    if kind not in _TYPES:
        yield element, Fault("InvalidTextType", "the type is text, html or xhtml")
    yield from _typed(element, kind)


def _content(content: etree._Element) -> Iterator[Found]:
    kind = content.get("type", "text")
    if "src" not in content.attrib:
        yield from _typed(content, kind)
    elif "type" not in content.attrib:
        yield content, Fault("MissingTypeAttr", "say what is at src, as in type=audio/mpeg")
    if kind not in _TYPES and values.media_type("")(kind):
        sentence = "the type is text, html, xhtml or a media type"
        yield content, Fault("InvalidMIMEType", sentence)


def _typed(element: etree._Element, kind: str) -> Iterator[Found]:
    text, children = (element.text or "").strip(), list(element)
    if kind == "xhtml":
        if len(children) != 1 or children[0].tag != _XHTML_DIV or text:
            sentence = "XHTML stands in one <div> of its namespace"
            yield element, Fault("MissingXhtmlDiv", sentence)
    elif children and not kind.endswith(_TEXTUAL):
        sentence = f"type={kind} holds text alone; escape it, or say xhtml"
        yield children[0], Fault("UndefinedElement", sentence)
    elif not text and not children:
        yield element, Fault("NotBlank", "say something here, or leave it out")
    elif kind == "text" and (fault := values.declared_plain(text)):
        yield element, fault


_TEXT = Kind(attributes={"type": values.anything}, also=_text, body=_body)
_CONTENT = Kind(
    attributes={"type": values.anything, "src": values.iri_attribute}, also=_content, body=_body
)


# Entries


def _entry(entry: etree._Element) -> Iterator[Found]:
    # Looked up once: each `find` goes through all of them.
    children = {child.tag: child for child in reversed(entry)}
    links = [child for child in entry if child.tag == _LINK]
    content = children.get(_CONTENT_TAG)
    if content is None and not any(relation(link) == "alternate" for link in links):
        sentence = "an entry has content, or a link to where it is"
        yield entry, Fault("MissingContentOrAlternate", sentence)
    if _SUMMARY not in children and (content is None or not _readable(content)):
        yield entry, Fault("MissingTextualContent", "a summary is what readers show then")
    yield from entry_links(links)


def _readable(content: etree._Element) -> bool:
    kind = content.get("type", "text")
    textual = kind in _TYPES or kind.startswith("text/") or kind.endswith(_TEXTUAL)
    return textual and "src" not in content.attrib


_COMMON = {
    "author": _PERSON,
    "category": _CATEGORY,
    "contributor": _PERSON,
    "id": _ID,
    "link": LINK,
    "rights": _TEXT,
    "title": _TEXT,
    "updated": _DATE,
}
_COMMON_MANY = frozenset(("author", "category", "contributor", "link"))
_NEEDS = dict.fromkeys(("id", "title", "updated"), "MissingElement")

_ENTRY = Kind(
    children={
        **_COMMON,
        "content": _CONTENT,
        "published": _DATE,
        # What an aggregate keeps of where an entry came from: another's feed, as it was.
        "source": extensions.FREE,
        "summary": _TEXT,
        **extensions.ITEM,
        **podcast.ITEM,
    },
    many=_COMMON_MANY | extensions.MANY | podcast.MANY,
    needs=_NEEDS,
    also=_entry,
)


# Feed


def _feed(url: str | None, feed: etree._Element) -> Iterator[Found]:
    yield from feed_links(feed, url, "MissingSelf")
    entries = feed.findall(f"{ATOM}entry")
    if feed.find(f"{ATOM}author") is None:
        orphans = [entry for entry in entries if not _has_author(entry)]
        for orphan in orphans or ([] if entries else [feed]):
            yield orphan, Fault("MissingElement", "the feed has an author, or each entry has one")
    ids = ((found, found.text or "") for found in feed.iterfind(f"{ATOM}entry/{ATOM}id"))
    yield from twice(((found, value) for found, value in ids if value), "DuplicateEntries")
    if _XML_LANG not in feed.attrib:
        yield feed, Fault("MissingDCLanguage", 'say xml:lang, as in xml:lang="en"')
    behind = False
    for child in feed:
        if child.tag == f"{ATOM}entry":
            behind = True
        elif behind and str(child.tag).startswith(ATOM):
            yield child, Fault("MisplacedMetadata", "entries come last; move it before them")


def _has_author(entry: etree._Element) -> bool:
    return any(
        entry.find(path) is not None for path in (f"{ATOM}author", f"{ATOM}source/{ATOM}author")
    )


_IN_FEED = {
    **_COMMON,
    "entry": _ENTRY,
    "generator": Kind(
        text=values.nonblank,
        attributes={"uri": values.iri_attribute, "version": values.nonblank},
    ),
    "icon": _IRI,
    "logo": _IRI,
    "subtitle": _TEXT,
    **extensions.FEED,
    **podcast.FEED,
}
_MANY_IN_FEED = _COMMON_MANY | extensions.MANY | podcast.MANY | {"entry"}


def findings(root: etree._Element, walk: Walk, url: str | None) -> list[Finding]:
    """What is wrong with a document whose root is `feed`."""
    kind = Kind(children=_IN_FEED, many=_MANY_IN_FEED, needs=_NEEDS, also=partial(_feed, url))
    return walk.start(root, kind)


def entry_findings(root: etree._Element) -> list[Finding]:
    """What is wrong with the entries alone, their HTML aside, as it would be in any feed."""
    walk = Walk(HOME, bodies=False)
    for entry in root.iterfind(f"{ATOM}entry"):
        walk.start(entry, _ENTRY)
    return walk.findings
