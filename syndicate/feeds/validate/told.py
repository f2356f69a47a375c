"""What a document of any format tells of its posts: ids and dates, and their places."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from syndicate.feeds.validate import dates, json_feed
from syndicate.feeds.validate.grammar import line_of
from syndicate.feeds.validate.links import ATOM
from syndicate.feeds.validate.parse import DOCUMENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lxml import etree

    from syndicate.feeds.validate.model import Fault


@dataclass(frozen=True, slots=True)
class Dated:
    """A date that can be read, and where it stands."""

    moment: datetime
    place: str
    line: int | None


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a post, or of the feed itself, whose id is empty here."""

    place: str
    line: int | None
    id: str
    #: None: not told, or nobody can read it.
    published: Dated | None
    #: The same; RSS has no word for it, but for the whole feed.
    updated: Dated | None


def by_rss(root: etree._Element) -> Iterator[Told]:
    """What an RSS document tells: of the feed first, then of its items in their order."""
    channel = root.find("channel")
    if channel is None:
        return
    place = "rss/channel"
    built, sent = (
        _xml(dates.rfc822, channel.find(name), f"{place}/{name}")
        for name in ("lastBuildDate", "pubDate")
    )
    yield Told(place, line_of(channel), "", sent, built)
    for number, item in enumerate(channel.iterfind("item"), 1):
        place = f"rss/channel/item[{number}]"
        published = _xml(dates.rfc822, item.find("pubDate"), f"{place}/pubDate")
        guid = (item.findtext("guid") or "").strip()
        yield Told(place, line_of(item), guid, published, None)


def by_atom(root: etree._Element) -> Iterator[Told]:
    """What an Atom document tells."""
    yield _atom(root, "feed", "")
    for number, entry in enumerate(root.iterfind(f"{ATOM}entry"), 1):
        yield _atom(entry, f"feed/entry[{number}]", entry.findtext(f"{ATOM}id") or "")


def _atom(element: etree._Element, place: str, post: str) -> Told:
    published, updated = (
        _xml(dates.rfc3339, element.find(f"{ATOM}{name}"), f"{place}/{name}")
        for name in ("published", "updated")
    )
    return Told(place, line_of(element), post, published, updated)


def _xml(
    reader: Callable[[str], datetime | Fault], element: etree._Element | None, place: str
) -> Dated | None:
    return None if element is None else _dated(reader, element.text, place, line_of(element))


def by_json(document: dict[str, Any]) -> Iterator[Told]:
    """What a JSON Feed tells; of the feed itself it tells no date."""
    yield Told(DOCUMENT, None, "", None, None)
    for place, item in json_feed.items(document):
        published, updated = (
            _dated(dates.rfc3339, item.get(name), f"{place}/{name}", None)
            for name in ("date_published", "date_modified")
        )
        yield Told(place, None, str(item.get("id", "")), published, updated)


def _dated(
    reader: Callable[[str], datetime | Fault], text: object, place: str, line: int | None
) -> Dated | None:
    found = reader(text.strip()) if isinstance(text, str) else None
    return Dated(found, place, line) if isinstance(found, datetime) else None
