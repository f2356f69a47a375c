"""Sync: what changed on disk goes into the store, each file on its own, none stopping another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

import structlog

from syndicate.posts.categories import Category
from syndicate.posts.category import category_title_hint, distinct_slug, slug
from syndicate.posts.jekyll.read import tag_uri
from syndicate.posts.model import Problem, Severity
from syndicate.posts.series import SPECIFIC, Kind, kind_of, label_of, quiet_feeds
from syndicate.posts.store import Arrival, remembered
from syndicate.settings import Vanished
from syndicate.store.keys import WHOLE_SITE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from syndicate.posts.categories import CategoryStore
    from syndicate.posts.model import Post, Reading
    from syndicate.posts.scan import Found
    from syndicate.posts.source import Source
    from syndicate.posts.store import Known, PostStore
    from syndicate.settings import Settings

    #: Called with how many files are done, of how many.
    Progress = Callable[[int, int], None]

_T = TypeVar("_T")

_log = structlog.get_logger()

#: Posts that go to Redis in one round trip: enough to hide it, few enough to hold in memory.
_BATCH = 200
#: Files whose fingerprints are compared at a time.
_COMPARED = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a sync found and did. Counts are of files."""

    found: int
    unchanged: int
    new: int
    #: Rewritten, whether or not a reader sees a difference.
    rewritten: int
    #: Gone since the sync before, and their posts are in no other file.
    vanished: int
    #: Taken out of the feeds.
    withdrawn: int
    #: Whether the new ones are in the digests' pending sets.
    announced: bool
    problems: tuple[Problem, ...]


class Sync:
    """Brings the store up to what lies on disk."""

    def __init__(
        self, settings: Settings, posts: PostStore, categories: CategoryStore, source: Source
    ) -> None:
        self._settings = settings
        self._posts = posts
        self._categories = categories
        self._source = source
        self._version = source.version

    def run(
        self,
        now: datetime,
        *,
        only: Collection[str] | None = None,
        announce: bool | None = None,
        progress: Progress = lambda _done, _all: None,
    ) -> Report:
        """Take in what changed among all files, or among `only` these sources.

        The first sync imports an archive, which nobody is mailed; `announce` says otherwise for
        this sync. A crash in its middle leaves it the first sync. It has to be of all files.
        """
        news = self._posts.imported() if announce is None else announce
        found, changed, gone = self._compare(only)
        run = _Run(self._settings, self._posts, self._categories, self._source, now, news)
        run.fill_feeds()
        for start in range(0, len(changed), _BATCH):
            batch = changed[start : start + _BATCH]
            marks = {file.source: self._fingerprint(file) for file in batch}
            run.take([self._source.read(file.source, now=now) for file in batch], marks)
            progress(start + len(batch), len(changed))
        run.lose(gone)
        if only is None:
            run.have_a_feed()
            self._posts.mark_imported(now)
        return Report(
            found=found,
            unchanged=found - len(changed),
            new=run.new,
            rewritten=run.rewritten,
            vanished=run.vanished,
            withdrawn=run.withdrawn,
            announced=news,
            problems=(*self._source.problems, *run.problems),
        )

    def _compare(self, only: Collection[str] | None) -> tuple[int, list[Found], list[str]]:
        """How many files there are, which differ from what was last read, which have gone.

        Of the files that are as they were, no more than a batch is in memory at a time.
        """
        files = self._source.scan() if only is None else self._source.look(only)
        found = known = 0
        changed: list[Found] = []
        for batch in _batches(files, _COMPARED):
            before = self._posts.fingerprints([file.source for file in batch])
            changed += (f for f in batch if before.get(f.source) != self._fingerprint(f))
            found, known = found + len(batch), known + len(before)
        changed.sort(key=lambda file: file.source.rpartition("/")[2])
        if only is None and known == self._posts.count_files():
            return found, changed, []
        stored = self._posts.files() if only is None else self._posts.fingerprints(only)
        return found, changed, sorted(self._gone(stored))

    def _gone(self, stored: Iterable[str]) -> set[str]:
        """Those of these sources that no file stands behind any more."""
        gone: set[str] = set()
        for batch in _batches(stored, _COMPARED):
            gone |= set(batch) - {file.source for file in self._source.look(batch)}
        return gone

    def _fingerprint(self, file: Found) -> str:
        return f"{file.mtime_ns} {file.size} {self._version}"


class _Run:
    """One sync under way: its counts, and what it knows of permalinks and categories."""

    def __init__(
        self,
        settings: Settings,
        posts: PostStore,
        categories: CategoryStore,
        source: Source,
        now: datetime,
        announce: bool,
    ) -> None:
        self._settings = settings
        self._posts = posts
        self._known = categories
        self._source = source
        self._now = now
        self._announce = announce
        self._archive: set[str] = set()
        #: Sources in hand that an older post has moved away from.
        self._left: set[str] = set()
        #: Of every feed met in this run that is known: those of others cost nothing.
        self._categories: dict[str, Category] = {}
        self.new = self.rewritten = self.vanished = self.withdrawn = 0
        self.problems: list[Problem] = []

    def take(self, readings: Sequence[Reading], fingerprints: Mapping[str, str]) -> None:
        """Put a batch of readings into the store."""
        for reading in readings:
            self.problems += reading.problems
        met = self._posts.known([reading.source for reading in readings])
        known = _at_home(met)
        self._left = met.keys() - known.keys()
        for reading in readings:
            if reading.post is None and reading.source in known and not _broken(reading):
                self.withdrawn += self._posts.withdraw(known[reading.source])
        self._archive = {reading.source for reading in readings if reading.archive}
        posts = [reading.post for reading in readings if reading.post]
        welcome = list(self._one_per_permalink(posts, known))
        self._remember_categories(welcome)
        ids = iter(self._posts.reserve(sum(post.source not in known for post in welcome)))
        arrivals = [self._arrival(p, known, ids, fingerprints[p.source]) for p in welcome]
        self._posts.put(arrivals, self._now)
        for arrival in arrivals:
            # An archive has too many, and they go nowhere.
            if arrival.announce and arrival.before is None:
                _log.info("taken in", post=arrival.id, source=arrival.post.source)

    def fill_feeds(self) -> None:
        """Put every post into the feeds of tags and authors that were asked for since."""
        asked = self._settings.feeds.model_dump_json(include={"tags", "authors"})
        if not self._posts.asked(asked):
            return
        for posts in self._posts.walk():
            self._remember_categories(list(posts.values()))
            self._posts.enter(posts)
        self._posts.mark_asked(asked)

    def have_a_feed(self) -> None:
        """A site without posts has a feed all the same, for readers who came early."""
        self._remember({WHOLE_SITE: None})

    def lose(self, sources: Sequence[str]) -> None:
        """Their files are gone: the settings say what that means for posts that are in no other."""
        for batch in _batches(sources, _BATCH):
            left = list(_at_home(self._posts.known(batch)).values())
            self.vanished += len(left)
            if self._settings.posts.vanished is Vanished.WITHDRAW:
                self.withdrawn += sum(map(self._posts.withdraw, left))
                left = []
            self._posts.mark_vanished(batch, [known.id for known in left])

    def _arrival(
        self, post: Post, known: Mapping[str, Known], ids: Iterator[int], fingerprint: str
    ) -> Arrival:
        record = known.get(post.source)
        number = record.id if record else next(ids)
        self.new += record is None
        self.rewritten += record is not None
        if post.source in self._left:
            # The post that was here first has taken the id that the path gives with it.
            post = replace(post, id=f"{post.id};{number}")
        return Arrival(
            id=number,
            post=remembered(post, record, self._now),
            fingerprint=fingerprint,
            announce=self._announce and post.source not in self._archive,
            before=record.post if record else None,
        )

    def _one_per_permalink(self, posts: Sequence[Post], known: dict[str, Known]) -> Iterator[Post]:
        """Posts whose permalink is theirs: free, their own, or left by a file that moved here.

        A moved file is the same post: `known` learns that, so it is neither new nor mailed again.
        """
        owners = self._posts.owners([post.url for post in posts])
        wanted = {post.source: post.url for post in posts}
        here: dict[str, str] = {}
        for post in posts:
            source = owners.get(post.url, post.source)
            is_there = source != post.source and self._source.has(source)
            # Its owner may be about to leave it: two posts may change places.
            stays = is_there and wanted.get(source, post.url) == post.url
            if other := here.get(post.url) or (source if stays else ""):
                reason = f"its permalink {post.url} is that of {other}; give one of them another"
                self.problems.append(Problem(post.source, reason))
                continue
            here[post.url] = post.source
            if source != post.source and not is_there and post.source not in known:
                known[post.source] = self._posts.known([source])[source]
            yield post

    def _remember_categories(self, posts: Sequence[Post]) -> None:
        """Give every name seen for the first time its slug and its feed's id, for ever."""
        first: dict[str, Post | None] = {}
        for post in posts:
            for name in (*quiet_feeds(self._settings, post), *sorted(post.categories)):
                if name not in self._categories:
                    first.setdefault(name, post)
        self._remember(first)

    def _remember(self, first: Mapping[str, Post | None]) -> None:
        """Have a record of each of these feeds; the post is the one it was first seen in."""
        self._categories |= self._known.known(first)
        fresh = [name for name in first if name not in self._categories]
        plain = {kind: {slug(label_of(n)) for n in fresh if kind_of(n) is kind} for kind in Kind}
        taken = {kind: self._known.taken_slugs(kind, slugs) for kind, slugs in plain.items()}
        for name in fresh:
            category = self._new_category(name, first[name], taken[kind_of(name)])
            taken[category.kind].add(category.slug)
            self._categories[name] = category
        self._known.add(self._categories[name] for name in fresh)

    def _new_category(self, name: str, post: Post | None, taken: Collection[str]) -> Category:
        site, kind, label = self._settings.site, kind_of(name), label_of(name)
        since = post.published if post else self._now
        what = f"{SPECIFIC[kind]}/{label}" if name else "site"
        hint = category_title_hint(post, site.language) if post and kind is Kind.CATEGORY else None
        return Category(
            name=name,
            slug=distinct_slug(label, taken) if name else "",
            title=hint or "",
            feed_id=tag_uri(site.authority, since.astimezone(site.zone).date(), what),
            since=since,
        )


def _at_home(known: Mapping[str, Known]) -> dict[str, Known]:
    """Those that are in these files still: a post that moved is remembered where it was, too."""
    return {source: found for source, found in known.items() if found.post.source == source}


def _broken(reading: Reading) -> bool:
    """A file that can't be read any more says nothing about the post it once gave."""
    return any(problem.severity is Severity.ERROR for problem in reading.problems)


def _batches(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
