"""feedgen 1.0 without its faults (STANDARDS §0, items 6-9); `tests/feeds` names each of them.

Nothing here says what goes into a feed, only that feedgen writes it as it was given.
"""

from __future__ import annotations

from email.utils import format_datetime
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

_ATOM = "http://www.w3.org/2005/Atom"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_DC = "http://purl.org/dc/elements/1.1/"
_MEDIA = "http://search.yahoo.com/mrss/"
_HISTORY = "http://purl.org/syndication/history/1.0"
ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
PODCAST = "https://podcastindex.org/namespace/1.0"
_ATOM_LINK = f"{{{_ATOM}}}link"
_ARCHIVE = f"{{{_HISTORY}}}archive"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
#: Declared at the root of every document, used there or not: else an entry's bytes would depend on
#: the entries beside it.
_IN_BOTH = {"media": _MEDIA}
_IN_RSS = {"dc": _DC, "itunes": ITUNES, "podcast": PODCAST}
#: What feedgen declares in RSS by itself.
_BY_ITSELF = {"atom": _ATOM, "content": _CONTENT}
#: The page is RSS's own `link`; of `self` feedgen makes an element.
_ELSEWHERE_IN_RSS = ("alternate", "self")
#: Where a channel's further elements go: behind title, link and description, before any item.
_BEHIND_DESCRIPTION = 3


class MendedEntry(FeedEntry):  # type: ignore[misc]  # feedgen ships no types
    """An entry that has its dates from the start, never the time of building.

    Its links keep rel, type, hreflang and length in Atom, where feedgen keeps the address alone.
    Its authors without an address are `dc:creator` in RSS, where feedgen drops them.
    Its language, if another than the feed's, is said in Atom, where feedgen has no word for it.
    Its enclosure in RSS is the first, where feedgen takes the last.
    Its picture is described (Media RSS), where feedgen knows of the address alone.
    """

    def __init__(self, *, published: datetime, updated: datetime, language: str = "") -> None:
        super().__init__()
        self._language = language
        self._pictures: list[tuple[str, str]] = []
        self.published(published)
        self.updated(updated)

    def picture(self, url: str, alt: str) -> None:
        """Add a picture that stands for the entry; `alt` says what it shows, or nothing."""
        self._pictures.append((url, alt))

    def enclose(self, **link: str) -> None:
        """Add a file that comes with it: `href`, `type`, and perhaps `length` and `title`."""
        first = self.enclosure()
        self.link(rel="enclosure", **link)
        self._FeedEntry__rss_enclosure = first or self.enclosure()

    def synopsis(self, text: str) -> None:
        """Have it summed up by a plain text, where feedgen's is HTML in RSS and no type in Atom."""
        self.description(escape(text, quote=False), isSummary=True)
        self.summary().update(summary=text, type="text")

    def atom_entry(self, extensions: bool = True) -> etree._Element:
        """The entry as an Atom element."""
        entry: etree._Element = super().atom_entry(extensions)
        # feedgen makes one element a link, in order, but reads rel & Co. from the element itself.
        for element, link in zip(entry.findall("link"), self.link() or (), strict=True):
            element.attrib.update({name: value for name, value in link.items() if value})
        if self._language:
            entry.set(_XML_LANG, self._language)
        self._add_pictures(entry)
        return entry

    def rss_entry(self, extensions: bool = True) -> etree._Element:
        """The entry as an RSS item."""
        self._FeedEntry__rss_pubDate = None  # else feedgen sets the locale of the whole process
        item: etree._Element = super().rss_entry(extensions)
        for author in self.author() or ():
            if author.get("name") and not author.get("email"):
                etree.SubElement(item, f"{{{_DC}}}creator").text = author["name"]
        etree.SubElement(item, "pubDate").text = format_datetime(self.published())
        self._add_pictures(item)
        return item

    def _add_pictures(self, entry: etree._Element) -> None:
        for url, alt in self._pictures:
            content = etree.SubElement(entry, f"{{{_MEDIA}}}content", url=url, medium="image")
            if alt:
                etree.SubElement(content, f"{{{_MEDIA}}}description").text = alt


def rss_items(entries: Iterable[MendedEntry]) -> etree._Element:
    """An RSS document of these entries and nothing else, each as it is in any document of ours."""
    root = etree.Element("rss", nsmap={**_IN_RSS, **_IN_BOTH, **_BY_ITSELF})
    etree.SubElement(root, "channel").extend([entry.rss_entry() for entry in entries])
    return root


def atom_entries(entries: Iterable[MendedEntry]) -> etree._Element:
    """The same for Atom; in its namespace, which feedgen's elements have only when written."""
    # lxml's stubs know of no default namespace, which is None.
    names: dict[Any, str] = {None: _ATOM, **_IN_BOTH}
    root = etree.Element(f"{{{_ATOM}}}feed", nsmap=names)
    root.extend([entry.atom_entry() for entry in entries])
    for element in root.iterdescendants():
        tag = str(element.tag)
        if not tag.startswith("{"):
            element.tag = f"{{{_ATOM}}}{tag}"
    return root


def written(root: etree._Element) -> bytes:
    """Such a document as bytes, laid out as any document of ours."""
    return etree.tostring(root, pretty_print=True, encoding="UTF-8")


class _Declared:
    """As an extension of feedgen: namespaces for the root, and no element."""

    def __init__(self, names: dict[str, str]) -> None:
        self._names = names

    def extend_ns(self) -> dict[str, str]:
        """Prefixes, and what they stand for."""
        return self._names

    def extend_rss(self, root: etree._Element) -> etree._Element:
        """The root as it is."""
        return root

    extend_atom = extend_rss


class MendedFeed(FeedGenerator):  # type: ignore[misc]  # feedgen ships no types
    """A feed whose date is given, never the time of building.

    Its page stays its page, where feedgen's RSS takes whichever link came last.
    Its links to hub, archives and live document are in RSS too, where feedgen leaves them out.
    An archive says that it is one (RFC 5005 §4), for which feedgen has no word.
    """

    def __init__(self, *, page: str, updated: datetime, archive: bool = False) -> None:
        super().__init__()
        self._archive = archive
        self.register_extension("in_rss", partial(_Declared, _IN_RSS), atom=False)
        self.register_extension("in_both", partial(_Declared, _IN_BOTH))
        self._page = page
        self.updated(updated)
        self.link(href=page, rel="alternate", type="text/html")

    def add_entry(self, entry: MendedEntry, order: str = "append") -> MendedEntry:
        """Put the entry behind those before it, where feedgen turns the order round."""
        super().add_entry(entry, order)
        return entry

    def _create_rss(self, extensions: bool = True) -> tuple[etree._Element, etree._ElementTree]:
        self._FeedGenerator__rss_lastBuildDate = None  # see rss_entry
        root, document = super()._create_rss(extensions)
        channel = root[0]
        channel.find("link").text = self._page
        built = etree.Element("lastBuildDate")
        built.text = format_datetime(self.updated())
        links = [
            etree.Element(_ATOM_LINK, {name: value for name, value in link.items() if value})
            for link in self.link()
            if link["rel"] not in _ELSEWHERE_IN_RSS
        ]
        channel[_BEHIND_DESCRIPTION:_BEHIND_DESCRIPTION] = [built, *links, *self._history()]
        return root, document

    def _create_atom(self, extensions: bool = True) -> tuple[etree._Element, etree._ElementTree]:
        root, document = super()._create_atom(extensions)
        # Before the first entry: RFC 4287 allows any place, readers that stream like this one.
        first = next((place for place, child in enumerate(root) if child.tag == "entry"), len(root))
        root[first:first] = self._history()
        return root, document

    def _history(self) -> list[etree._Element]:
        return [etree.Element(_ARCHIVE, nsmap={"fh": _HISTORY})] if self._archive else []
