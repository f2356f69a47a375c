"""What is kept of an entry, the first time and whenever it comes again."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urljoin

if TYPE_CHECKING:
    from datetime import datetime

    from syndicate.posts.remote.model import Document, Entry


def settled(entry: Entry, kept: Entry | None, now: datetime, *, archive: bool) -> Entry:
    """The entry as its file is to keep it; `kept` itself if a reader would see no difference.

    When it was published is decided once, and never in the future. So is whether it is a part of
    the archive, and its address as long as the feed gives it the same.
    """
    if kept is None:
        published = min(entry.published or entry.updated or now, now)
        return replace(entry, published=published, updated=_past(entry, now), archive=archive)
    link = kept.link if urldefrag(kept.link)[0] == urldefrag(entry.link)[0] else entry.link
    again = replace(
        entry, link=link, published=kept.published, updated=kept.updated, archive=kept.archive
    )
    return kept if again == kept else replace(again, updated=_past(entry, now))


def with_addresses(document: Document, url: str) -> tuple[Entry, ...]:
    """The entries, each once and with an address of its own; `url` is where the feed is.

    Some feeds give all entries the address of one page, or none: the entry's key, as a fragment,
    tells them apart.
    """
    first: dict[str, Entry] = {}
    for entry in document.entries:
        first.setdefault(entry.guid, entry)
    home = document.home or urljoin(url, "/")
    count = Counter(entry.link for entry in first.values())
    shared = {"", home, *(link for link, times in count.items() if times > 1)}
    return tuple(
        replace(entry, link=f"{urldefrag(entry.link or home)[0]}#{entry.key}")
        if entry.link in shared
        else entry
        for entry in first.values()
    )


def _past(entry: Entry, now: datetime) -> datetime | None:
    return min(entry.updated, now) if entry.updated else None
