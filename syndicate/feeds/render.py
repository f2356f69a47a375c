"""A feed and a format → the bytes of a document, and nothing else: no clock, no files.

A document is the feed without posts, as feedgen writes it, with the posts' entries put in, each as
feedgen wrote it once: the same bytes as if feedgen had written the whole.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from syndicate.feeds import xml_feed
from syndicate.feeds.entries import documents_of, parted
from syndicate.feeds.frames import FRAMES
from syndicate.feeds.json_feed import json_feed
from syndicate.feeds.model import Format
from syndicate.feeds.presentable import presentable, presentable_post

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from syndicate.feeds.entries import Entry
    from syndicate.feeds.model import Feed

_WRITERS: dict[Format, Callable[[Feed, str | None], bytes]] = {
    Format.RSS: xml_feed.rss,
    Format.ATOM: xml_feed.atom,
    Format.JSON: json_feed,
}


def render(feed: Feed, kind: Format, *, hub: str | None = None) -> bytes:
    """One document of a feed: UTF-8, and the same bytes for the same feed for ever.

    `hub` is the absolute URL of the WebSub hub that hears of changes, if there is one.
    """
    shown = [presentable_post(post) for post in feed.posts]
    entries = parted(shown, documents_of(shown, feed.scheme, feed.language))
    return filled(bare(feed, entries, hub=hub), entries)[kind]


def bare(feed: Feed, entries: Sequence[Entry], *, hub: str | None) -> dict[Format, bytes]:
    """The documents of a feed without the entries of its posts, which only date them."""
    shown = replace(presentable(feed), posts=tuple(entry.post for entry in entries))
    return {kind: write(shown, hub) for kind, write in _WRITERS.items()}


def filled(bare: Mapping[Format, bytes], entries: Sequence[Entry]) -> dict[Format, bytes]:
    """Those documents with their entries."""
    return {
        kind: FRAMES[kind].filled(document, (entry.written[kind] for entry in entries))
        for kind, document in bare.items()
    }
