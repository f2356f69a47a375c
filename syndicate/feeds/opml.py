"""All feeds of a site in one file that feed readers import (OPML 2.0, opml.org/spec2.opml)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from syndicate.posts.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from syndicate.posts.series import Kind

#: Its name beside the site's own documents.
FILE_NAME = "feeds.opml"
#: What HTTP calls it; there is no registered name.
MEDIA_TYPE = "text/x-opml"


@dataclass(frozen=True, slots=True)
class Listed:
    """A feed as a list of feeds names it."""

    kind: Kind
    title: str
    description: str
    #: The folder of its documents: absolute, ends in a slash.
    base: str
    #: BCP 47.
    language: str


def opml(title: str, feeds: Iterable[Listed]) -> bytes:
    """The list as a document: no date of building, so the same list gives the same bytes."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = clean(title)
    body = etree.SubElement(root, "body")
    for feed in feeds:
        # OPML has one type for both, and every reader of it knows Atom by looking.
        about = {
            "type": "rss",
            "text": clean(feed.title),
            "title": clean(feed.title),
            "description": clean(feed.description),
            "xmlUrl": f"{feed.base}atom.xml",
            "htmlUrl": feed.base,
            "language": feed.language,
        }
        etree.SubElement(body, "outline", {name: value for name, value in about.items() if value})
    document: bytes = etree.tostring(
        root, xml_declaration=True, encoding="UTF-8", pretty_print=True
    )
    return document
