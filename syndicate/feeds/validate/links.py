"""Links of a whole document, RSS or Atom: to itself, to its page and to its history (RFC 5005)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syndicate.feeds.validate import values
from syndicate.feeds.validate.grammar import Found, Kind
from syndicate.feeds.validate.model import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
_HISTORY = "{http://purl.org/syndication/history/1.0}"
_IANA = "http://www.iana.org/assignments/relation/"

#: RFC 5005.
_PAGING = frozenset(
    ("current", "first", "last", "next", "next-archive", "prev-archive", "previous")
)
#: IANA's registry, as far as feeds use it.
_RELATIONS = _PAGING | frozenset(
    (
        *("about", "alternate", "author", "canonical", "collection", "copyright", "describedby"),
        *("edit", "edit-media", "enclosure", "help", "hub", "icon", "item", "license", "payment"),
        *("prev", "privacy-policy", "related", "replies", "search", "self", "service", "shortlink"),
        *("start", "stylesheet", "tag", "terms-of-service", "up", "via", "webmention"),
    )
)
#: A document has one of each, or none.
_SINGLE = ("self", "current", "next-archive", "prev-archive")
_FEED_TYPES = ("application/atom+xml", "application/rss+xml", "application/feed+json")


def _relation(text: str) -> Fault | None:
    if not text:
        return Fault("AttrNotBlank", "name the relation, or leave rel= out")
    if text.removeprefix(_IANA) in _RELATIONS or values.iri(text) is None:
        return None
    return Fault("UnregisteredAtomLinkRel", f"{text[:40]!r} is no relation that IANA registers")


def _title(text: str) -> Fault | None:
    return values.plain(text) if text else Fault("AttrNotBlank", "say it, or leave title= out")


def _not_empty(link: etree._Element) -> Iterator[Found]:
    if (link.text or "").strip():
        yield link, Fault("AtomLinkNotEmpty", "nobody sees what is in a link; leave it out")


LINK = Kind(
    attributes={
        "rel": _relation,
        "href": values.iri_attribute,
        "type": values.media_type("InvalidMIMEType"),
        "title": _title,
        "length": values.nonnegative,
        "hreflang": values.language,
    },
    wants={"href": "MissingHref"},
    text=values.anything,
    also=_not_empty,
)


def relation(link: etree._Element) -> str:
    """What a link is; `alternate` if it doesn't say (RFC 4287 §4.2.7.2)."""
    return link.get("rel", "alternate").removeprefix(_IANA)


def feed_links(feed: etree._Element, url: str | None, missing: str) -> Iterator[Found]:
    """What is wrong with the links of a channel or an Atom feed; `missing` if there is no self.

    `url` is where the document is, if that is known.
    """
    links = feed.findall(f"{ATOM}link")
    selves = [link for link in links if relation(link) == "self"]
    if not selves:
        yield feed, Fault(missing, 'say where the document is: <link rel="self" href="…"/>')
    for link in selves:
        yield from _self_faults(link, url)
    yield from duplicates(links, ("alternate", *_SINGLE))
    yield from _history(feed, links)


def _self_faults(link: etree._Element, url: str | None) -> Iterator[Found]:
    href, kind = link.get("href", ""), link.get("type", "")
    # A relative one is wrong as any link is that is relative.
    if url and href != url and "://" in href:
        yield link, Fault("SelfDoesntMatchLocation", f"the document is at {url}")
    if kind and kind.partition(";")[0].strip() not in _FEED_TYPES:
        yield link, Fault("SelfNotAtom", f"{kind[:40]!r} is no feed, but this document is one")


def duplicates(links: Sequence[etree._Element], relations: Sequence[str]) -> Iterator[Found]:
    """Links of these relations of which there are two of one type and language."""
    seen = set()
    for link in links:
        if (rel := relation(link)) not in relations:
            continue
        same = (rel, link.get("type", ""), link.get("hreflang", "")) if rel == "alternate" else rel
        if same in seen:
            yield link, Fault("DuplicateAtomLink", f"one link rel={rel} is enough, or one a type")
        seen.add(same)


def entry_links(links: Sequence[etree._Element]) -> Iterator[Found]:
    """What is wrong with the links of one entry."""
    yield from duplicates(links, ("alternate",))
    for link in links:
        if relation(link) in _PAGING:
            yield link, Fault("FeedHistoryRelInEntry", "a feed has a history, an entry has none")


def _history(feed: etree._Element, links: Sequence[etree._Element]) -> Iterator[Found]:
    hrefs: dict[str, str] = {}
    for link in links:
        hrefs.setdefault(relation(link), link.get("href", ""))
    if feed.find(f"{_HISTORY}complete") is not None:
        yield from _complete_faults(links, hrefs)
    elif feed.find(f"{_HISTORY}archive") is not None:
        yield from _archive_faults(feed, hrefs)
    for link in links:
        rel, href = relation(link), link.get("href", "")
        if rel.endswith("-archive") and href and href == hrefs.get("self"):
            yield link, Fault("HistoryLoop", "it leads here again; name the document beside this")
        elif rel == "next-archive" and href and href == hrefs.get("prev-archive"):
            yield link, Fault("HistoryLoop", "the document before this can't be the one behind it")


def _complete_faults(links: Sequence[etree._Element], hrefs: dict[str, str]) -> Iterator[Found]:
    """RFC 5005 §2: a complete feed is one document."""
    for link in links:
        rel = relation(link)
        if rel == "current" and link.get("href") != hrefs.get("self"):
            yield link, Fault("CurrentNotSelfInCompleteFeed", "a complete feed is its own newest")
        elif rel in _PAGING - {"current"}:
            yield link, Fault("FeedRelInCompleteFeed", f"a complete feed has no {rel}")


def _archive_faults(feed: etree._Element, hrefs: dict[str, str]) -> Iterator[Found]:
    """RFC 5005 §4."""
    if not ({"prev-archive", "next-archive"} & hrefs.keys()):
        yield feed, Fault("ArchiveIncomplete", "link the archive before it, or the one behind it")
    current = hrefs.get("current")
    if current is None:
        yield feed, Fault("MissingCurrentInArchive", 'link the feed itself: rel="current"')
    elif current and current == hrefs.get("self"):
        yield feed, Fault("HistoryLoop", "an archive isn't the current document of its feed")
