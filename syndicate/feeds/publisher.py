"""Feeds that changed → their documents: archives that fill up are sealed, live ones are rewritten.

A feed is a log of posts in the order of their ingest. Archives hold it from its beginning, a third
of a live document each, and the live document holds the rest: between two thirds and a whole one.
So a new post rewrites one document a format, and one in so many seals an archive; a late or
backdated post is in the live document like any other; and who walks back from the live document
sees every post once (RFC 5005).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from syndicate.errors import HubError, NotFoundError, PublishError
from syndicate.feeds import moves, opml, places, websub
from syndicate.feeds.entries import Entries
from syndicate.feeds.files import write_if_changed
from syndicate.feeds.model import Feed, Format
from syndicate.feeds.opml import Listed
from syndicate.feeds.pages import INDEX_PAGE, PAGE, SEARCH, STYLE, FeedPages
from syndicate.feeds.publish import Published, publish
from syndicate.posts.model import Image
from syndicate.posts.series import Kind, is_wanted
from syndicate.posts.store import newest_first
from syndicate.settings import Content
from syndicate.store.keys import INDEX, WHOLE_SITE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from syndicate.feeds.store import FeedStore
    from syndicate.posts.categories import Category, CategoryStore
    from syndicate.posts.store import PostStore
    from syndicate.settings import Settings


#: Documents that one call tells a hub of: a request of a few kilobytes.
MOST_TOPICS = 100


def part_of(size: int) -> int:
    """Posts in an archive, where a live document holds `size` at the most.

    One is sealed as soon as more posts than that wait. So the live document never holds less than
    two thirds, and whoever looks at it now and then misses nothing of a burst that is as large.
    """
    return max(1, size // 3)


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
        categories: CategoryStore,
        title_of: Callable[[str, Category], str],
    ) -> None:
        """`title_of` says what readers call a category."""
        self._settings = settings
        self._feeds = feeds
        self._posts = posts
        self._categories = categories
        self._title_of = title_of
        self._pages = FeedPages(settings)
        self._entries = Entries()

    # The list of all feeds

    def listed(self) -> list[Listed]:
        """Every feed of the site: the whole of it first, then each kind by titles."""
        rows = [
            self._listed(category)
            for kind in Kind
            if kind is not Kind.SITE
            for category in self._categories.all(kind).values()
            if is_wanted(self._settings, category.name)
        ]
        kinds = list(Kind)
        return sorted(rows, key=lambda row: (kinds.index(row.kind), row.title.casefold(), row.base))

    def _listed(self, category: Category) -> Listed:
        site, text = self._settings.site, self._settings.category_text(category.name)
        whole = category.kind is Kind.SITE
        return Listed(
            kind=category.kind,
            title=self.label(category),
            description=text.description or (site.description if whole else ""),
            base=self._place(category).base,
            language=text.language or site.language,
        )

    def publish_index(self, sequence: int) -> None:
        """Write what names every feed: its time grows with the feeds, so only for a new one.

        Raises:
            SettingsError: the output folder can't be written.
        """
        site, output = self._settings.site, self._settings.output
        feeds = self.listed()
        for name, data in (
            (opml.FILE_NAME, opml.opml(site.title, feeds)),
            (INDEX_PAGE, self._pages.index(feeds)),
            (STYLE, self._pages.asset(STYLE)),
            (SEARCH, self._pages.asset(SEARCH)),
        ):
            write_if_changed(output / name, data, root=output, gzipped=True)
        self._feeds.mark_clean(INDEX, sequence)

    # Documents

    def publish(
        self, dirty: Mapping[str, int], *, whole: bool = False
    ) -> Iterator[tuple[str, Published | PublishError]]:
        """Bring the documents of these feeds, dirty at those sequences, up to what their logs hold.

        `whole` has each sealed archive looked for, and written if its files are lost; otherwise
        that is done where the newest one's are.

        Yields what each step wrote of which feed, or why a feed stays as it was, and dirty. Steps
        are taken in the order of the posts that they write: a post is in several feeds, and what
        was made of it for one is at hand for the next.

        A crash at any point is mended by doing it again: an archive is written before it is said to
        be sealed, and what is said to be sealed is never written under the same name again.

        Raises:
            NotFoundError: no such feed.
            SettingsError: the output folder can't be written.
        """
        work = [(0, n, self._steps(n, sequence, whole=whole)) for n, sequence in dirty.items()]
        heapq.heapify(work)
        while work:
            _, name, steps = heapq.heappop(work)
            try:
                position, written = next(steps)
            except StopIteration:
                continue
            except PublishError as error:
                yield name, error
                continue
            heapq.heappush(work, (position, name, steps))
            if written:
                yield name, written

    def expected(self, dirty: Iterable[str]) -> int:
        """About how many steps `publish` will take."""
        part = part_of(self._settings.feeds.size)
        return sum(max(1, self._feeds.waiting(name) // part) for name in dirty)

    def _steps(
        self, name: str, sequence: int, *, whole: bool
    ) -> Iterator[tuple[int, Published | None]]:
        """Writes a feed, an archive or a live document a step.

        Yields what it wrote, with the place in the log up to which the next step goes.
        """
        category = self._categories.get(name)
        if category is None:
            raise NotFoundError(f"no feed {name!r}")
        place = self._place(category)
        if not is_wanted(self._settings, name):
            moves.take_down(place.folder)
            self._feeds.forget(name, whole=category.kind is not Kind.CATEGORY)
            self._feeds.mark_clean(name, sequence)
            return
        lost = whole or self._is_lost(category, place)
        for slug in category.former_slugs:
            old = places.feed_folder(self._settings.output, category.kind, slug)
            (moves.move_away if lost else moves.move_feed)(old, place.folder)
        changed = self._feeds.changed(name)
        for number in sorted({self._feeds.archive_of(name, at) or 0 for at in changed.values()}):
            if number:
                yield 0, self._reissue(category, place, number)
        if lost:
            yield from ((0, written) for written in self._write_lost(category, place))
        size = self._settings.feeds.size
        part, number = part_of(size), self._feeds.archives(name)
        written: Published | None = None
        while self._feeds.waiting(name) > size:
            some, number = self._feeds.live(name, part), number + 1
            yield some[-1][0], written
            posts = [post for _, post in some]
            written = self._archive(category, place, number, places.archive_name(number), posts)
            self._feeds.seal(name, number, some[-1][0])
        live = self._feeds.live(name)
        yield (live[-1][0] if live else 0), written
        written = self._live(category, place, [post for _, post in live])
        moves.put_back(place.folder)
        self._feeds.mark_clean(name, sequence, changed)
        yield 0, written

    def _is_lost(self, category: Category, place: _Place) -> bool:
        """Whether its folder or its newest archive isn't there: the output folder may be new."""
        newest = self._feeds.archives(category.name)
        revision = self._feeds.revision(category.name, newest) if newest else 1
        archive = place.folder / places.archive_name(newest, revision)
        return not place.folder.is_dir() or (newest > 0 and not _is_there(archive))

    def _write_lost(self, category: Category, place: _Place) -> Iterator[Published]:
        """Write the archives that aren't where they belong, and where former ones are now."""
        for number in range(1, self._feeds.archives(category.name) + 1):
            archive = self._feeds.archive(category.name, number)
            name, *former = [
                places.archive_name(number, revision) for revision in range(archive.revision, 0, -1)
            ]
            if not _is_there(place.folder / name):
                yield self._archive(category, place, number, name, archive.posts)
            for new, old in pairwise([name, *former]):
                moves.move_away(place.folder / old, place.folder / new)

    def _reissue(self, category: Category, place: _Place, number: int) -> Published:
        """Write an archive that holds what changed anew, under a new name."""
        archive = self._feeds.archive(category.name, number)
        old = places.archive_name(number, archive.revision)
        new = places.archive_name(number, archive.revision + 1)
        written = self._archive(category, place, number, new, archive.posts)
        moves.move_away(place.folder / old, place.folder / new)
        self._feeds.reissue(category.name, number, archive.revision + 1)
        return written

    def _live(self, category: Category, place: _Place, posts: Sequence[int]) -> Published:
        name, sealed = category.name, self._feeds.archives(category.name)
        previous = self._archive_base(name, place, sealed)
        feed = self._feed(category, place.base, posts, previous=previous)
        published = self._write(feed, place.folder)
        if self._settings.feeds.hub:
            self._feeds.add_topics(document.url for document in published.changed)
        return published

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
        published = publish(feed, folder, self._entries, hub=self._settings.feeds.hub or None)
        page, live = self._pages.page(feed), not feed.current
        write_if_changed(folder / PAGE, page, root=folder, gzipped=live)
        return published

    def _archive_base(self, feed: str, place: _Place, number: int) -> str:
        if number < 1:
            return ""
        return place.base + places.archive_name(number, self._feeds.revision(feed, number))

    def _place(self, category: Category) -> _Place:
        output, web = self._settings.output, self._settings.web.url
        folder = places.feed_folder(output, category.kind, category.slug)
        return _Place(folder, places.feed_base(web, category.kind, category.slug))

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
            scheme=places.kind_base(self._settings.web.url, Kind.CATEGORY),
            image=Image(feeds.image) if feeds.image else None,
            podcast=self._settings.podcast(category.name),
            style=places.site_base(self._settings.web.url) + STYLE,
            **neighbours,
        )
        return feed.excerpt() if (text.content or feeds.content) is Content.EXCERPT else feed

    def _title(self, category: Category) -> str:
        title, show = self._settings.site.title, self._settings.podcast(category.name)
        if show and show.title:
            return show.title
        return title if category.kind is Kind.SITE else f"{self.label(category)} · {title}"

    def label(self, category: Category) -> str:
        """What readers call it."""
        if category.kind is Kind.SITE:
            return self._settings.site.title
        return (
            self._title_of(category.name, category)
            if category.kind is Kind.CATEGORY
            else category.label
        )

    # WebSub

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


def _is_there(folder: Path) -> bool:
    """Whether a feed has all its documents in a folder."""
    return all((folder / kind.value).exists() for kind in Format)
