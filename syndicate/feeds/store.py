"""What each feed holds, in Redis: its log of posts, its archives, what has to be rewritten."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from syndicate.feeds.model import Archive

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from syndicate.store.client import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a feed has one post."""

    #: Whether the feed holds it.
    held: bool
    #: The sealed archive that its place in the log belongs to; None: the live document, or nowhere.
    archive: int | None
    #: How often that archive was issued.
    revision: int
    #: Corrected or taken out since the feed was written.
    changed: bool
    #: Something of the feed changed since it was written.
    dirty: bool


class FeedStore:
    """The feeds of one site, for one `publish` at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store

    # What has to be written

    def dirty(self) -> dict[str, int]:
        """The feeds to be rebuilt, each with the sequence of its last change."""
        rows = self._store.text.zrange(self._store.keys.dirty, 0, -1, withscores=True)
        return {name: int(score) for name, score in cast("list[tuple[str, float]]", rows)}

    def mark_dirty(self, feeds: Mapping[str, object] | Iterable[str]) -> None:
        """Have feeds rebuilt though no post of theirs changed."""
        sequence = self._store.text.incr(self._store.keys.post_seq)
        names = dict.fromkeys(feeds, sequence)
        if names:
            self._store.text.zadd(self._store.keys.dirty, names)

    def mark_clean(self, feed: str, sequence: int, changed: Iterable[int] = ()) -> bool:
        """A feed was written as it was at `sequence`, with these changed posts where they stand.

        False if something changed meanwhile: then it stays dirty, and they stay changed.
        """
        keys = self._store.keys
        done = self._store.run(
            "clear_dirty", [keys.dirty, keys.changed(feed)], [feed, sequence, *changed]
        )
        return bool(done)

    def is_other_version(self, version: str) -> bool:
        """Remember how feeds are made; whether it was otherwise before."""
        return self._store.text.set(self._store.keys.version, version, get=True) != version

    # What the hub has to hear

    def topics(self) -> list[str]:
        """Documents that have changed since the hub was told of them."""
        return sorted(str(url) for url in self._store.text.smembers(self._store.keys.topics))

    def add_topics(self, urls: Iterable[str]) -> None:
        """These documents can be fetched with new bytes."""
        names = list(urls)
        if names:
            self._store.text.sadd(self._store.keys.topics, *names)

    def remove_topics(self, urls: Iterable[str]) -> None:
        """The hub knows of these documents; of one that changed meanwhile it hears what is new."""
        self._store.text.srem(self._store.keys.topics, *urls)

    # Log and archives

    def live(self, feed: str, most: int | None = None) -> list[tuple[int, int]]:
        """(sequence, post) of what no archive holds yet, in the order of the log."""
        return self._log(feed, self._upto(feed), None, most)

    def waiting(self, feed: str) -> int:
        """How many posts no archive holds yet."""
        return self._store.text.zcount(self._store.keys.log(feed), f"({self._upto(feed)}", "+inf")

    def archives(self, feed: str) -> int:
        """How many archives are sealed; they are numbered from 1."""
        return self._store.text.zcard(self._store.keys.archives(feed))

    def archive(self, feed: str, number: int) -> Archive:
        """A sealed archive, with the posts that are in it by now."""
        keys = self._store.keys
        bounds = self._store.text.zmscore(keys.archives(feed), [str(number - 1), str(number)])
        low, high = (int(bound or 0) for bound in bounds)
        posts = tuple(post for _, post in self._log(feed, low, high))
        revision = int(self._store.text.hget(keys.revisions(feed), str(number)) or 1)
        return Archive(number, revision, posts)

    def revision(self, feed: str, number: int) -> int:
        """How often an archive was issued, counted from 1."""
        return int(self._store.text.hget(self._store.keys.revisions(feed), str(number)) or 1)

    def seal(self, feed: str, number: int, upto: int) -> None:
        """Archive `number` is written, and holds the log up to sequence `upto`."""
        self._store.run("seal_archive", [self._store.keys.archives(feed)], [number, upto])

    def changed(self, feed: str) -> dict[int, int]:
        """Posts that were corrected or taken out since the feed was clean: id → sequence."""
        rows = self._store.text.zrange(self._store.keys.changed(feed), 0, -1, withscores=True)
        return {int(post): int(score) for post, score in cast("list[tuple[str, float]]", rows)}

    def archive_of(self, feed: str, sequence: int) -> int | None:
        """The number of the archive that holds a place of the log; None if none does yet."""
        found = self._store.text.zrangebyscore(
            self._store.keys.archives(feed), sequence, "+inf", start=0, num=1
        )
        return int(cast("list[str]", found)[0]) if found else None

    def place(self, feed: str, post: int) -> Place:
        """Where a feed has that post, and whether its documents say so already."""
        keys, member = self._store.keys, str(post)
        pipe = self._store.text.pipeline()
        pipe.zscore(keys.log(feed), member)
        pipe.zscore(keys.changed(feed), member)
        pipe.zscore(keys.dirty, feed)
        held, changed, dirty = pipe.execute()
        archive = None if held is None else self.archive_of(feed, int(held))
        return Place(
            held=held is not None,
            archive=archive,
            revision=self.revision(feed, archive) if archive else 1,
            changed=changed is not None,
            dirty=dirty is not None,
        )

    def reissue(self, feed: str, number: int, revision: int) -> None:
        """An archive was written anew, under that revision."""
        self._store.text.hset(self._store.keys.revisions(feed), str(number), str(revision))

    def forget(self, feed: str, *, whole: bool) -> None:
        """A feed was taken down: should it come back, its archives begin anew.

        `whole` says that its log is to be forgotten too.
        """
        keys = self._store.keys
        parts = [keys.archives(feed), keys.revisions(feed), keys.changed(feed)]
        self._store.text.delete(*parts, *([keys.log(feed)] if whole else []))

    def _upto(self, feed: str) -> int:
        """The sequence of the last sealed post; 0 where nothing is sealed."""
        rows = self._store.text.zrange(self._store.keys.archives(feed), -1, -1, withscores=True)
        return int(cast("list[tuple[str, float]]", rows)[0][1]) if rows else 0

    def _log(
        self, feed: str, low: int, high: int | None, most: int | None = None
    ) -> list[tuple[int, int]]:
        rows = self._store.text.zrangebyscore(
            self._store.keys.log(feed),
            f"({low}",
            "+inf" if high is None else high,
            start=None if most is None else 0,
            num=most,
            withscores=True,
        )
        return [(int(score), int(post)) for post, score in cast("list[tuple[str, float]]", rows)]
