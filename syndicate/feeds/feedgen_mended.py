"""feedgen 1.0 without its faults (STANDARDS §0, items 6-9); `tests/feeds` names each of them.

Nothing here says what goes into a feed, only that feedgen writes it as it was given.
"""

from __future__ import annotations

from copy import deepcopy
from email.utils import format_datetime
from typing import TYPE_CHECKING

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from lxml import etree

if TYPE_CHECKING:
    from datetime import datetime

_ATOM_LINK = "{http://www.w3.org/2005/Atom}link"
_DC_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_MEDIA_CONTENT = "{http://search.yahoo.com/mrss/}content"
_MEDIA_DESCRIPTION = "{http://search.yahoo.com/mrss/}description"
_HISTORY = "http://purl.org/syndication/history/1.0"
_ARCHIVE = f"{{{_HISTORY}}}archive"
#: The page is RSS's own `link`; of `self` feedgen makes an element.
_ELSEWHERE_IN_RSS = ("alternate", "self")
#: Where a channel's further elements go: behind title, link and description, before any item.
_BEHIND_DESCRIPTION = 3


class MendedEntry(FeedEntry):  # type: ignore[misc]  # feedgen ships no types
    """An entry that has its dates from the start, never the time of building.

    Its links keep rel, type, hreflang and length in Atom, where feedgen keeps the address alone.
    Its authors without an address are `dc:creator` in RSS, where feedgen drops them.
    Its language, if another than the feed's, is said in Atom, where feedgen has no word for it.
    Its picture is described (Media RSS), where feedgen knows of the address alone.
    Its elements are made once; what is changed after that doesn't show.
    """

    def __init__(self, *, published: datetime, updated: datetime, language: str = "") -> None:
        super().__init__()
        self._language = language
        self._pictures: list[tuple[str, str]] = []
        self._made: dict[str, etree._Element] = {}
        self.published(published)
        self.updated(updated)

    def picture(self, url: str, alt: str) -> None:
        """Add a picture that stands for the entry; `alt` says what it shows, or nothing."""
        self._pictures.append((url, alt))

    def atom_entry(self, extensions: bool = True) -> etree._Element:
        """The entry as an Atom element."""
        if "atom" not in self._made:
            self._made["atom"] = self._atom_entry(extensions)
        return deepcopy(self._made["atom"])

    def rss_entry(self, extensions: bool = True) -> etree._Element:
        """The entry as an RSS item."""
        if "rss" not in self._made:
            self._made["rss"] = self._rss_entry(extensions)
        return deepcopy(self._made["rss"])

    def _atom_entry(self, extensions: bool) -> etree._Element:
        entry: etree._Element = super().atom_entry(extensions)
        # feedgen makes one element a link, in order, but reads rel & Co. from the element itself.
        for element, link in zip(entry.findall("link"), self.link() or (), strict=True):
            element.attrib.update({name: value for name, value in link.items() if value})
        if self._language:
            entry.set(_XML_LANG, self._language)
        self._add_pictures(entry)
        return entry

    def _rss_entry(self, extensions: bool) -> etree._Element:
        self._FeedEntry__rss_pubDate = None  # else feedgen sets the locale of the whole process
        item: etree._Element = super().rss_entry(extensions)
        for author in self.author() or ():
            if author.get("name") and not author.get("email"):
                etree.SubElement(item, _DC_CREATOR).text = author["name"]
        etree.SubElement(item, "pubDate").text = format_datetime(self.published())
        self._add_pictures(item)
        return item

    def _add_pictures(self, entry: etree._Element) -> None:
        for url, alt in self._pictures:
            content = etree.SubElement(entry, _MEDIA_CONTENT, url=url, medium="image")
            if alt:
                etree.SubElement(content, _MEDIA_DESCRIPTION).text = alt


class MendedFeed(FeedGenerator):  # type: ignore[misc]  # feedgen ships no types
    """A feed whose date is given, never the time of building.

    Its page stays its page, where feedgen's RSS takes whichever link came last.
    Its links to hub, archives and live document are in RSS too, where feedgen leaves them out.
    An archive says that it is one (RFC 5005 §4), for which feedgen has no word.
    """

    def __init__(
        self, *, page: str, updated: datetime, archive: bool = False, pictures: bool = False
    ) -> None:
        """`pictures` says whether any entry has one."""
        super().__init__()
        self._archive = archive
        # Only for their namespaces: declared at the root, else anew in every item.
        self.load_extension("dc", atom=False)
        if pictures:
            self.load_extension("media")
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
