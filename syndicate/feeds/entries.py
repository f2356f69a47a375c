"""Posts → their entries in each format, made and checked once, however many documents show them."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from syndicate.errors import PublishError
from syndicate.feeds import feedgen_mended, json_feed, xml_feed
from syndicate.feeds.check import entry_errors
from syndicate.feeds.frames import FRAMES
from syndicate.feeds.model import Format
from syndicate.feeds.presentable import presentable_post

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from syndicate.feeds.check import Document
    from syndicate.feeds.model import Feed
    from syndicate.feeds.validate.model import Finding
    from syndicate.posts.model import Post

#: Bytes of entries that a process keeps, by `Entry.size`: about 1,500 of 5 KB each. A new post then
#: costs one entry, not as many as its feeds show.
MOST = 48_000_000
#: All that an entry depends on: the post, the scheme of its categories, the feed's language.
_Key: TypeAlias = "tuple[Post, str, str]"
#: The first number of a place is that of the entry.
_NUMBER = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Entry:
    """A post as every document shows it."""

    #: As `presentable_post` has it.
    post: Post
    #: The bytes that stand for it, between those of other entries.
    written: Mapping[Format, bytes]

    @property
    def size(self) -> int:
        """Bytes, roughly: what is written, and the post, whose text takes two a character."""
        written = sum(map(len, self.written.values()))
        return written + 2 * (len(self.post.html) + len(self.post.summary))


def documents_of(shown: Sequence[Post], scheme: str, language: str) -> dict[Format, Document]:
    """Documents of nothing but these presentable posts, to be checked and written.

    They are as in any feed in `language` whose categories are names in `scheme`.
    """
    in_xml = [xml_feed.entry(post, scheme, language) for post in shown]
    return {
        Format.RSS: feedgen_mended.rss_items(in_xml),
        Format.ATOM: feedgen_mended.atom_entries(in_xml),
        Format.JSON: json_feed.items(shown),
    }


def parted(shown: Sequence[Post], documents: Mapping[Format, Document]) -> list[Entry]:
    """The posts, each with what stands for it in such documents."""
    if not shown:
        return []
    parts = zip(
        *(FRAMES[kind].entries(_written(document)) for kind, document in documents.items()),
        strict=True,
    )
    return [
        Entry(post, dict(zip(documents, written, strict=True)))
        for post, written in zip(shown, parts, strict=True)
    ]


def _written(document: Document) -> bytes:
    if isinstance(document, dict):
        return json_feed.written(document)
    return feedgen_mended.written(document)


class Entries:
    """Entries as they are asked for; those that were asked for last are kept.

    For one `publish` at a time.
    """

    def __init__(self, most: int = MOST) -> None:
        """`most` is how many bytes of them are kept."""
        self._most = most
        self._size = 0
        #: The one asked for last stands at the end.
        self._kept: OrderedDict[_Key, Entry] = OrderedDict()

    def of(self, feed: Feed) -> list[Entry]:
        """The entries of a feed's posts in their order; none breaks the standards.

        Raises:
            PublishError: one does; names its post.
        """
        known = [self._again((post, feed.scheme, feed.language)) for post in feed.posts]
        fresh = [post for post, entry in zip(feed.posts, known, strict=True) if entry is None]
        made = iter(self._made(feed, fresh) if fresh else ())
        return [entry or next(made) for entry in known]

    def _made(self, feed: Feed, fresh: Sequence[Post]) -> list[Entry]:
        shown = [presentable_post(post) for post in fresh]
        documents = documents_of(shown, feed.scheme, feed.language)
        # Checked before they are bytes: what libxml2 and `json` write can be read, and to read it
        # again would cost as much as all the rest.
        for kind, document in documents.items():
            if errors := entry_errors(document, kind):
                raise _refusal(feed, fresh, kind, errors[0])
        made = parted(shown, documents)
        for post, entry in zip(fresh, made, strict=True):
            self._keep((post, feed.scheme, feed.language), entry)
        return made

    def _again(self, key: _Key) -> Entry | None:
        if found := self._kept.get(key):
            self._kept.move_to_end(key)
        return found

    def _keep(self, key: _Key, entry: Entry) -> None:
        if self._kept.setdefault(key, entry) is entry:
            self._size += entry.size
        while self._size > self._most:
            _, oldest = self._kept.popitem(last=False)
            self._size -= oldest.size


def _refusal(feed: Feed, posts: Sequence[Post], kind: Format, error: Finding) -> PublishError:
    """Why a feed isn't published: an error in the document of these posts."""
    number = _NUMBER.search(error.element)
    source = posts[int(number[1]) - 1].source if number else "a post"
    return PublishError(
        f"feed {feed.title!r} stays as it was: {source} would break {kind.value}: "
        f"{error.message} at {error.element}: {error.sentence}"
    )
