"""A feed and a format → the bytes of a document, and nothing else: no clock, no files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syndicate.feeds import json_feed, xml_feed
from syndicate.feeds.model import Format
from syndicate.feeds.presentable import presentable

if TYPE_CHECKING:
    from collections.abc import Callable

    from syndicate.feeds.model import Feed

_WRITERS: dict[Format, Callable[[Feed, str | None], bytes]] = {
    Format.RSS: xml_feed.rss,
    Format.ATOM: xml_feed.atom,
    Format.JSON: json_feed.json_feed,
}


def render(feed: Feed, kind: Format, *, hub: str | None = None) -> bytes:
    """One document of a feed: UTF-8, and the same bytes for the same feed for ever.

    `hub` is the absolute URL of the WebSub hub that hears of changes, if there is one.
    """
    return _WRITERS[kind](presentable(feed), hub)


def render_all(feed: Feed, *, hub: str | None = None) -> dict[Format, bytes]:
    """The documents of a feed in every format, as `render` makes each."""
    shown = presentable(feed)
    return {kind: write(shown, hub) for kind, write in _WRITERS.items()}
