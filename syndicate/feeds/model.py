"""What a feed is, apart from how any format writes it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from syndicate.posts.model import Image, Post
    from syndicate.settings.podcast import Podcast


#: Seconds that a document may be kept before it is asked for again: RSS says it as `ttl`, HTTP as
#: `max-age`. Ingest gathers posts for seconds, so five minutes cost a reader nothing.
FRESH_FOR = 300


class Format(StrEnum):
    """A feed's format; the value is its file's name."""

    RSS = "rss.xml"
    ATOM = "atom.xml"
    JSON = "feed.json"

    @property
    def media_type(self) -> str:
        """What HTTP and autodiscovery call it (STANDARDS 62)."""
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    Format.RSS: "application/rss+xml",
    Format.ATOM: "application/atom+xml",
    Format.JSON: "application/feed+json",
}


@dataclass(frozen=True, slots=True)
class Archive:
    """A sealed part of a feed's log (RFC 5005 §4): as old posts as new ones push out."""

    #: Ascending from 1, so that a new post moves no old one.
    number: int
    #: A correction or an erasure issues it anew, under another URL (STANDARDS 44).
    revision: int
    #: Ids of its posts, in the order of the log.
    posts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed with the posts that one document of it shows: the same data for every format."""

    #: A `tag:` URI that outlives every change of domain or settings.
    id: str
    title: str
    description: str
    #: BCP 47.
    language: str
    #: The page a person would open: absolute.
    page: str
    #: The folder that holds this feed's documents: absolute, ends in a slash.
    base: str
    #: Newest first, never from the future.
    posts: tuple[Post, ...]
    #: When a feed without posts came to be: there is no newest change to date it by.
    since: datetime
    #: What category names are names in, the same in every feed of a site: RSS calls it `domain`,
    #: Atom `scheme`. Absolute, or empty: not said.
    scheme: str = ""
    #: A picture that stands for the site, the same in every feed of it; square, for readers show
    #: it as an icon.
    image: Image | None = None
    #: What makes it a podcast; None: it is none.
    podcast: Podcast | None = None
    #: The style sheet for people who open a document in a browser: absolute, or empty for none.
    style: str = ""
    #: Of an archive, the live document's base; empty for the live document itself.
    current: str = ""
    #: The bases of the archives before and after this document; empty where there is none.
    previous: str = ""
    following: str = ""

    def url(self, kind: Format) -> str:
        """The one canonical address of a document."""
        return self.base + kind.value

    @property
    def updated(self) -> datetime:
        """The newest change among its posts; never the time of building (STANDARDS 24)."""
        return max((post.updated for post in self.posts), default=self.since)

    def excerpt(self) -> Feed:
        """The feed with summaries alone: who reads on follows the link to the post.

        A post that is all pictures has none; its title stands for it.
        """
        posts = (replace(post, html="", summary=post.summary or post.title) for post in self.posts)
        return replace(self, posts=tuple(posts))
