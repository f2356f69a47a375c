"""What a feed can be of: the whole site, a category, a tag or an author; and what it is called.

One name tells feeds apart wherever they are kept: a category's own, `tags/NAME`, `authors/NAME`, or
nothing for the whole site. No category's name holds a slash, so none can be taken for another.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from syndicate.store.keys import WHOLE_SITE

if TYPE_CHECKING:
    from syndicate.posts.model import Post
    from syndicate.settings import Settings


class Kind(StrEnum):
    """What a feed is of; the value is the folder that its kind has below the published ones."""

    SITE = ""
    #: The one kind that digests stand behind.
    CATEGORY = "categories"
    TAG = "tags"
    AUTHOR = "authors"


#: What a permanent id calls each kind (RFC 4151).
SPECIFIC = {Kind.CATEGORY: "category", Kind.TAG: "tag", Kind.AUTHOR: "author"}


def kind_of(feed: str) -> Kind:
    """What the feed of that name is of."""
    if feed == WHOLE_SITE:
        return Kind.SITE
    above, slash, _ = feed.partition("/")
    return Kind(above) if slash else Kind.CATEGORY


def label_of(feed: str) -> str:
    """The category, the tag or the author that the feed of that name is of."""
    return feed if kind_of(feed) in (Kind.SITE, Kind.CATEGORY) else feed.partition("/")[2]


def quiet_feeds(settings: Settings, post: Post) -> tuple[str, ...]:
    """The feeds beside those of its categories that hold a post: no digest stands behind them."""
    tags = (f"{Kind.TAG}/{name}" for name in post.tags)
    authors = (f"{Kind.AUTHOR}/{name}" for name in post.authors)
    named = dict.fromkeys(feed for feed in (*tags, *authors) if is_wanted(settings, feed))
    return (WHOLE_SITE, *named)


def is_wanted(settings: Settings, feed: str) -> bool:
    """Whether the settings ask for the feed of that name."""
    match kind_of(feed):
        case Kind.SITE:
            return True
        case Kind.CATEGORY:
            return settings.category_text(feed).feed
        case Kind.TAG:
            asked = settings.feeds.tags
        case Kind.AUTHOR:
            asked = settings.feeds.authors
    return asked if isinstance(asked, bool) else label_of(feed) in asked
