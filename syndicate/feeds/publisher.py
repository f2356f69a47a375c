"""A feed that changed → its documents: archives that fill up are sealed, the live one is rewritten.

A feed is a log of posts in the order of their ingest. Archives hold it from its beginning, `half` a
live document each, and the live document holds the rest: between half a document and a whole one.
So a new post rewrites one document a format, and one in so many seals an archive; a late or
backdated post is in the live document like any other; and who walks back from the live document
sees every post once (RFC 5005).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from syndicate.errors import HubError, NotFoundError
from syndicate.feeds import opml, places, websub
from syndicate.feeds.files import move_away, write_if_changed
from syndicate.feeds.model import Feed
from syndicate.feeds.opml import Listed
from syndicate.feeds.pages import INDEX_PAGE, PAGE, SEARCH, STYLE, FeedPages
from syndicate.feeds.publish import Document, Published, publish
from syndicate.posts.model import Image
from syndicate.posts.store import newest_first
from syndicate.settings import Content
from syndicate.store.keys import INDEX, WHOLE_SITE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from syndicate.feeds.store import FeedStore
    from syndicate.posts.store import Category, PostStore
    from syndicate.settings import Settings


#: Documents that one call tells a hub of: a request of a few kilobytes.
MOST_TOPICS = 100


def full_archives(waiting: int, size: int) -> int:
    """How many archives of half a document can be sealed of that many posts that wait.

    What is left for the live document is at least half of `size`, and less than the whole.
    """
    half = max(1, size // 2)
    return max(0, waiting - half) // half


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a feed's documents are."""

    folder: Path
    base: str


class Publisher:
    """Writes the feeds of one site."""

    def __init__(
        self,
        settings: Settings,
        feeds: FeedStore,
        posts: PostStore,
        title_of: Callable[[str, Category], str],
    ) -> None:
        """`title_of` says what readers call a category."""
        self._settings = settings
        self._feeds = feeds
        self._posts = posts
        self._title_of = title_of
        self._pages = FeedPages(settings)

    def listed(self) -> list[Listed]:
        """Every feed of the site: the whole of it first, then categories by their titles."""
        site, web = self._settings.site, self._settings.web.url
        whole = Listed(site.title, site.description, places.site_base(web), site.language)
        known = self._posts.categories().values()
        rows = (self._listed(category) for category in known if category.name != WHOLE_SITE)
        return [whole, *sorted(rows, key=lambda row: (row.title.casefold(), row.base))]

    def _listed(self, category: Category) -> Listed:
        text = self._settings.category_text(category.name)
        return Listed(
            title=self._title_of(category.name, category),
            description=text.description,
            base=places.category_base(self._settings.web.url, category.slug),
            language=text.language or self._settings.site.language,
        )

    def publish_index(self, sequence: int) -> None:
        """Write what names every feed: its time grows with the categories, so only for a new one.

        Raises:
            SettingsError: the output folder can't be written.
        """
        site, output = self._settings.site, self._settings.output
        feeds = self.listed()
        for name, data in (
            (opml.FILE_NAME, opml.opml(site.title, feeds)),
            (INDEX_PAGE, self._pages.index(feeds[0], feeds[1:])),
            (STYLE, self._pages.asset(STYLE)),
            (SEARCH, self._pages.asset(SEARCH)),
        ):
            write_if_changed(output / name, data, root=output)
        self._feeds.mark_clean(INDEX, sequence)

    def publish(self, name: str, sequence: int) -> Published:
        """Bring the documents of a feed that was dirty at `sequence` up to what its log holds.

        A crash at any point is mended by doing it again: an archive is written before it is said to
        be sealed, and what is said to be sealed is never written under the same name again.

        Raises:
            NotFoundError: no such category.
            SettingsError: the output folder can't be written.
        """
        category = self._posts.category(name)
        if category is None:
            raise NotFoundError(f"no category {name!r}")
        place = self._place(category)
        changed = self._feeds.changed(name)
        written = [
            *self._reissue(category, place, changed.values()),
            *self._seal(category, place),
            self._live(category, place),
        ]
        self._feeds.mark_clean(name, sequence, changed)
        documents: tuple[Document, ...] = sum((one.documents for one in written), ())
        return Published(documents, sum((one.changed for one in written), ()))

    def _reissue(
        self, category: Category, place: _Place, changed: Iterable[int]
    ) -> list[Published]:
        """Write the archives that hold what changed anew, under new names."""
        numbers = {self._feeds.archive_of(category.name, sequence) for sequence in changed}
        written = []
        for number in sorted(number for number in numbers if number):
            archive = self._feeds.archive(category.name, number)
            old = places.archive_name(number, archive.revision)
            new = places.archive_name(number, archive.revision + 1)
            written.append(self._archive(category, place, number, new, archive.posts))
            move_away(place.folder / old, place.folder / new)
            self._feeds.reissue(category.name, number, archive.revision + 1)
        return written

    def _seal(self, category: Category, place: _Place) -> list[Published]:
        """Write the archives that have filled up, each sealed when it is on disk."""
        live, size = self._feeds.live(category.name), self._settings.feeds.size
        half, first = max(1, size // 2), self._feeds.archives(category.name) + 1
        written = []
        for number in range(first, first + full_archives(len(live), size)):
            some, live = live[:half], live[half:]
            name = places.archive_name(number)
            posts = [post for _, post in some]
            written.append(self._archive(category, place, number, name, posts))
            self._feeds.seal(category.name, number, some[-1][0])
        return written

    def _live(self, category: Category, place: _Place) -> Published:
        name, sealed = category.name, self._feeds.archives(category.name)
        posts = [post for _, post in self._feeds.live(name)]
        previous = self._archive_base(name, place, sealed)
        feed = self._feed(category, place.base, posts, previous=previous)
        published = self._write(feed, place.folder)
        if self._settings.feeds.hub:
            self._feeds.add_topics(document.url for document in published.changed)
        return published

    def tell_hub(self) -> int:
        """Tell the hub of what it hasn't heard of yet; returns how many documents that were.

        Raises:
            HubError: it didn't take it; nothing is forgotten.
        """
        hub, topics = self._settings.feeds.hub, self._feeds.topics()[:MOST_TOPICS]
        if not hub or not topics:
            return 0
        # Before the call: what changes during it is told of again.
        self._feeds.remove_topics(topics)
        try:
            websub.ping(hub, topics)
        except HubError:
            self._feeds.add_topics(topics)
            raise
        return len(topics)

    def _archive(
        self, category: Category, place: _Place, number: int, name: str, posts: Sequence[int]
    ) -> Published:
        feed = self._feed(
            category,
            place.base + name,
            posts,
            current=place.base,
            previous=self._archive_base(category.name, place, number - 1),
            # Until that one is sealed its address leads to the live document, which goes on there.
            following=place.base + places.archive_name(number + 1),
        )
        return self._write(feed, place.folder / name)

    def _write(self, feed: Feed, folder: Path) -> Published:
        """A feed's documents, and behind them the page that leads to them."""
        published = publish(feed, folder, hub=self._settings.feeds.hub or None)
        write_if_changed(folder / PAGE, self._pages.page(feed), root=folder)
        return published

    def _archive_base(self, feed: str, place: _Place, number: int) -> str:
        if number < 1:
            return ""
        return place.base + places.archive_name(number, self._feeds.revision(feed, number))

    def _place(self, category: Category) -> _Place:
        output, web = self._settings.output, self._settings.web.url
        if category.name == WHOLE_SITE:
            return _Place(output, places.site_base(web))
        folder = places.category_folder(output, category.slug)
        return _Place(folder, places.category_base(web, category.slug))

    def _feed(self, category: Category, base: str, posts: Sequence[int], **neighbours: str) -> Feed:
        site, feeds = self._settings.site, self._settings.feeds
        text, title = self._settings.category_text(category.name), self._title(category)
        feed = Feed(
            id=category.feed_id,
            title=title,
            description=text.description or site.description or title,
            language=text.language or site.language,
            page=f"{site.url}/"
            if category.name == WHOLE_SITE
            else neighbours.get("current") or base,
            base=base,
            posts=newest_first(self._posts.get(posts)),
            since=category.since,
            scheme=places.categories_base(self._settings.web.url),
            image=Image(feeds.image) if feeds.image else None,
            style=places.site_base(self._settings.web.url) + STYLE,
            **neighbours,
        )
        return feed.excerpt() if (text.content or feeds.content) is Content.EXCERPT else feed

    def _title(self, category: Category) -> str:
        title = self._settings.site.title
        if category.name == WHOLE_SITE:
            return title
        return f"{self._title_of(category.name, category)} · {title}"
