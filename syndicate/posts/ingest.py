"""Sync: what changed on disk goes into the store, each file on its own, none stopping another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from syndicate.posts.category import category_title_hint, distinct_slug
from syndicate.posts.model import Problem, Severity
from syndicate.posts.read import tag_uri
from syndicate.posts.store import Arrival, Category, remembered
from syndicate.settings import Vanished
from syndicate.store.keys import WHOLE_SITE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from syndicate.posts.model import Post, Reading
    from syndicate.posts.scan import Found
    from syndicate.posts.source import Source
    from syndicate.posts.store import Known, PostStore
    from syndicate.settings import Settings

    #: Called with how many files are done, of how many.
    Progress = Callable[[int, int], None]

#: Posts that go to Redis in one round trip: enough to hide it, few enough to hold in memory.
_BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a sync found and did. Counts are of files."""

    found: int
    unchanged: int
    new: int
    #: Rewritten, whether or not a reader sees a difference.
    rewritten: int
    #: Gone since the sync before.
    vanished: int
    #: Taken out of the feeds.
    withdrawn: int
    #: Whether the new ones are in the digests' pending sets.
    announced: bool
    problems: tuple[Problem, ...]


class Sync:
    """Brings the store up to what lies on disk."""

    def __init__(self, settings: Settings, posts: PostStore, source: Source) -> None:
        self._settings = settings
        self._posts = posts
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
        found = self._source.scan() if only is None else self._source.look(only)
        present = {file.source: file for file in found}
        before = self._posts.fingerprints(only)
        changed = sorted(
            (f for f in present.values() if before.get(f.source) != self._fingerprint(f)),
            key=lambda f: (f.source.rpartition("/")[2], f.source),
        )
        run = _Run(self._settings, self._posts, self._source, now, news)
        for start in range(0, len(changed), _BATCH):
            batch = changed[start : start + _BATCH]
            marks = {file.source: self._fingerprint(file) for file in batch}
            run.take([self._source.read(file.source, now=now) for file in batch], marks)
            progress(start + len(batch), len(changed))
        gone = sorted(before.keys() - present.keys())
        run.lose(gone)
        if only is None:
            run.have_a_feed()
            self._posts.mark_imported(now)
        return Report(
            found=len(present),
            unchanged=len(present) - len(changed),
            new=run.new,
            rewritten=run.rewritten,
            vanished=len(gone),
            withdrawn=run.withdrawn,
            announced=news,
            problems=(*self._source.problems, *run.problems),
        )

    def _fingerprint(self, file: Found) -> str:
        return f"{file.mtime_ns} {file.size} {self._version}"


class _Run:
    """One sync under way: its counts, and what it knows of permalinks and categories."""

    def __init__(
        self,
        settings: Settings,
        posts: PostStore,
        source: Source,
        now: datetime,
        announce: bool,
    ) -> None:
        self._settings = settings
        self._posts = posts
        self._source = source
        self._now = now
        self._announce = announce
        self._categories = posts.categories()
        self.new = self.rewritten = self.withdrawn = 0
        self.problems: list[Problem] = []

    def take(self, readings: Sequence[Reading], fingerprints: Mapping[str, str]) -> None:
        """Put a batch of readings into the store."""
        for reading in readings:
            self.problems += reading.problems
        known = self._posts.known([reading.source for reading in readings])
        for reading in readings:
            if reading.post is None and reading.source in known and not _broken(reading):
                self.withdrawn += self._posts.withdraw(known[reading.source])
        posts = [reading.post for reading in readings if reading.post]
        welcome = list(self._one_per_permalink(posts, known))
        self._remember_categories(welcome)
        ids = iter(self._posts.reserve(sum(post.source not in known for post in welcome)))
        self._posts.put([self._arrival(p, known, ids, fingerprints[p.source]) for p in welcome])

    def have_a_feed(self) -> None:
        """A site without posts has a feed all the same, for readers who came early."""
        if WHOLE_SITE not in self._categories:
            self._posts.add_categories([self._new_category(WHOLE_SITE, self._now, frozenset())])

    def lose(self, sources: Sequence[str]) -> None:
        """Their files are gone: the settings say what that means."""
        if self._settings.posts.vanished is Vanished.WITHDRAW:
            for known in self._posts.known(sources).values():
                self.withdrawn += self._posts.withdraw(known)
        elif sources:
            self._posts.mark_vanished(sources)

    def _arrival(
        self, post: Post, known: Mapping[str, Known], ids: Iterator[int], fingerprint: str
    ) -> Arrival:
        record = known.get(post.source)
        self.new += record is None
        self.rewritten += record is not None
        left = set(record.post.categories) - set(post.categories) if record else set()
        return Arrival(
            id=record.id if record else next(ids),
            post=remembered(post, record, self._now),
            fingerprint=fingerprint,
            announce=self._announce,
            left=tuple(sorted(left)),
        )

    def _one_per_permalink(self, posts: Sequence[Post], known: dict[str, Known]) -> Iterator[Post]:
        """Posts whose permalink is theirs: free, their own, or left by a file that moved here.

        A moved file is the same post: `known` learns that, so it is neither new nor mailed again.
        """
        owners = self._posts.owners([post.url for post in posts])
        here: dict[str, str] = {}
        for post in posts:
            source = owners.get(post.url, post.source)
            taken = here.setdefault(post.url, post.source)
            if taken != post.source or (source != post.source and self._source.has(source)):
                other = taken if taken != post.source else source
                reason = f"its permalink {post.url} is that of {other}; give one of them another"
                self.problems.append(Problem(post.source, reason))
                continue
            if source != post.source and post.source not in known:
                known[post.source] = self._posts.known([source])[source]
            yield post

    def _remember_categories(self, posts: Sequence[Post]) -> None:
        """Give every name seen for the first time its slug and its feed's id, for ever."""
        taken = {category.slug for category in self._categories.values()}
        fresh: dict[str, Category] = {}
        for post in posts:
            for name in (WHOLE_SITE, *sorted(post.categories)):
                if name in self._categories:
                    continue
                category = self._new_category(name, post.published, taken)
                hint = category_title_hint(post, self._settings.site.language) if name else None
                fresh[name] = self._categories[name] = replace(category, title=hint or "")
                taken.add(category.slug)
        self._posts.add_categories(fresh.values())

    def _new_category(self, name: str, since: datetime, taken: Collection[str]) -> Category:
        site = self._settings.site
        what = f"category/{name}" if name else "site"
        feed_id = tag_uri(site.authority, since.astimezone(site.zone).date(), what)
        return Category(name, distinct_slug(name, taken) if name else "", "", feed_id, since)


def _broken(reading: Reading) -> bool:
    """A file that can't be read any more says nothing about the post it once gave."""
    return any(problem.severity is Severity.ERROR for problem in reading.problems)
