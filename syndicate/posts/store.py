"""Posts in Redis: their records, and which feeds hold them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, cast

from syndicate.posts.model import Post
from syndicate.store.keys import WHOLE_SITE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from syndicate.store.client import Store

#: Posts that one step of a walk over all of them reads.
_STEP = 500


@dataclass(frozen=True, slots=True)
class Known:
    """What the store remembers of a source when its file has changed."""

    id: int
    post: Post
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A post to be taken in."""

    id: int
    post: Post
    #: What the file looked like on disk, as `Found.fingerprint` says it.
    fingerprint: str
    #: Whether the digests of its categories shall mail it.
    announce: bool
    #: What its record was before; None for a new one.
    before: Post | None = None


class PostStore:
    """The posts of one site, for one `sync` at a time and any number of readers."""

    def __init__(
        self, store: Store, cadences: Sequence[str], quiet: Callable[[Post], tuple[str, ...]]
    ) -> None:
        """`quiet` names the feeds that hold a post beside those of its categories."""
        self._store = store
        self._cadences = tuple(cadences)
        self._quiet = quiet

    # Sync

    def fingerprints(self, sources: Collection[str]) -> dict[str, str]:
        """Those that a file stands behind, each with the fingerprint of the file last read."""
        some = list(sources)
        found = self._store.text.hmget(self._store.keys.files, some) if some else []
        return {source: str(mark) for source, mark in zip(some, found, strict=True) if mark}

    def count_files(self) -> int:
        """How many sources a file stands behind."""
        return self._store.text.hlen(self._store.keys.files)

    def files(self) -> Iterator[str]:
        """Every source that a file stands behind, some perhaps twice."""
        rows = self._store.text.hscan_iter(self._store.keys.files, count=_STEP)
        return (str(source) for source, _ in rows)

    def imported(self) -> bool:
        """Whether the first sync has come to its end."""
        return self._store.text.exists(self._store.keys.imported) == 1

    def mark_imported(self, now: datetime) -> None:
        """From now on, new posts are news."""
        self._store.text.set(self._store.keys.imported, now.isoformat(), nx=True)

    def reserve(self, count: int) -> range:
        """Ids for that many new posts, in the order of their ingest."""
        last = self._store.text.incrby(self._store.keys.post_seq, count)
        return range(last - count + 1, last + 1)

    def known(self, sources: Sequence[str]) -> dict[str, Known]:
        """What is remembered of these sources."""
        if not sources:
            return {}
        ids = self._store.text.hmget(self._store.keys.sources, list(sources))
        pairs = [(source, int(i)) for source, i in zip(sources, ids, strict=True) if i]
        pipe = self._store.text.pipeline(transaction=False)
        for _, i in pairs:
            pipe.hmget(self._store.keys.post(i), ["post", "hash"])
        found = {}
        for (source, i), (post, digest) in zip(pairs, pipe.execute(), strict=True):
            found[source] = Known(i, Post.loads(post), digest)
        return found

    def owners(self, urls: Sequence[str]) -> dict[str, str]:
        """For each permalink that is taken: the source of the post that has it."""
        if not urls:
            return {}
        ids = self._store.text.hmget(self._store.keys.by_url, list(urls))
        pairs = [(url, int(i)) for url, i in zip(urls, ids, strict=True) if i]
        pipe = self._store.text.pipeline(transaction=False)
        for _, i in pairs:
            pipe.hget(self._store.keys.post(i), "source")
        return {url: source for (url, _), source in zip(pairs, pipe.execute(), strict=True)}

    def put(self, arrivals: Iterable[Arrival], now: datetime) -> int:
        """Take in posts, each atomically; returns how many changed a feed.

        A post enters a digest's pending set at most once in its life, whatever becomes of its file.
        """
        keys = self._store.keys
        pipe = self._store.text.pipeline(transaction=False)
        news = list(arrivals)
        for arrival in news:
            post, before = arrival.post, arrival.before
            quiet = self._quiet(post)
            left = _without(before.categories, post.categories) if before else ()
            quiet_left = _without(self._quiet(before), quiet) if before else ()
            categories = (*post.categories, *left)
            feeds = (*categories, *quiet, *quiet_left)
            self._store.run(
                "ingest_post",
                [
                    keys.post(arrival.id),
                    *(keys.sources, keys.files, keys.vanished, keys.by_url),
                    *(keys.dirty, keys.post_seq),
                    *map(keys.waiting, self._cadences),
                    *self._series(feeds, categories),
                ],
                [
                    *(arrival.id, post.source, arrival.fingerprint, post.url),
                    *(post.dumps(), post.content_hash),
                    *(int(arrival.announce), int(now.timestamp()), len(self._cadences)),
                    *(len(post.categories), len(left), len(quiet)),
                    *(*self._cadences, *feeds),
                ],
                pipe,
            )
        changed: int = sum(pipe.execute())
        self._note_corrections(news)
        return changed

    def _note_corrections(self, arrivals: Iterable[Arrival]) -> None:
        """Have those who got a post by mail be told what was put right in it."""
        keys = self._store.keys
        pipe = self._store.text.pipeline(transaction=False)
        for arrival in arrivals:
            told = arrival.before.correction if arrival.before else ""
            if arrival.post.correction in ("", told):
                continue
            for cadence, category in product(self._cadences, arrival.post.categories):
                self._store.run(
                    "note_correction",
                    [keys.digest(cadence, category), keys.corrections(cadence, category)],
                    [arrival.id],
                    pipe,
                )
        pipe.execute()

    def withdraw(self, known: Known) -> bool:
        """Take a post out of all feeds and digests to come; says whether it was in any."""
        keys, post = self._store.keys, known.post
        feeds = (*post.categories, *self._quiet(post))
        was = self._store.run(
            "withdraw_post",
            [
                keys.post(known.id),
                *(keys.files, keys.vanished, keys.by_url),
                *(keys.dirty, keys.post_seq),
                *map(keys.waiting, self._cadences),
                *self._series(feeds, post.categories),
            ],
            [
                *(known.id, post.source, post.url, len(self._cadences), len(post.categories)),
                *(*self._cadences, *feeds),
            ],
        )
        return bool(was)

    def mark_vanished(self, sources: Sequence[str], staying: Sequence[int]) -> None:
        """These files are gone, and these posts, which no file stands behind any more, stay."""
        pipe = self._store.text.pipeline()
        pipe.hdel(self._store.keys.files, *sources)
        if staying:
            pipe.sadd(self._store.keys.vanished, *staying)
        pipe.execute()

    def _series(self, feeds: Sequence[str], categories: Sequence[str]) -> Iterator[str]:
        """The keys of feeds and of the digests behind categories, as the scripts want them."""
        keys = self._store.keys
        for name in feeds:
            yield keys.log(name)
            yield keys.changed(name)
        for name in categories:
            yield from (keys.pending(cadence, name) for cadence in self._cadences)

    def enter(self, numbers: Mapping[int, Post]) -> int:
        """Put posts into all feeds that are to hold them by now; returns how many are new to one.

        Those of their categories, and all digests, are as they were.
        """
        keys = self._store.keys
        pipe = self._store.text.pipeline(transaction=False)
        for number, post in numbers.items():
            feeds = self._quiet(post)
            self._store.run(
                "enter_feeds",
                [keys.dirty, keys.post_seq, *map(keys.log, feeds)],
                [number, *feeds],
                pipe,
            )
        return sum(map(bool, pipe.execute()))

    def asked(self, quiet: str) -> bool:
        """Whether feeds beside those of categories were asked for in other words before."""
        return (self._store.text.get(self._store.keys.quiet) or "") != quiet

    def mark_asked(self, quiet: str) -> None:
        """Every post is in the feeds that these words ask for."""
        self._store.text.set(self._store.keys.quiet, quiet)

    # Records

    def get(self, ids: Sequence[int]) -> dict[int, Post]:
        """The posts of these ids, as they are now; unknown and withdrawn ones are left out."""
        pipe = self._store.text.pipeline(transaction=False)
        for i in ids:
            pipe.hget(self._store.keys.post(i), "post")
            pipe.zscore(self._store.keys.log(WHOLE_SITE), str(i))
        replies = pipe.execute()
        records = zip(ids, replies[::2], replies[1::2], strict=True)
        return {i: Post.loads(text) for i, text, live in records if text and live is not None}

    def walk(self) -> Iterator[dict[int, Post]]:
        """Every post of the feeds, in the order of the site's log, some at a time."""
        log, last = self._store.keys.log(WHOLE_SITE), 0
        while True:
            rows = self._store.text.zrangebyscore(
                log, f"({last}", "+inf", start=0, num=_STEP, withscores=True
            )
            found = cast("list[tuple[str, float]]", rows)
            if not found:
                return
            last = int(found[-1][1])
            yield self.get([int(member) for member, _ in found])

    def count(self) -> int:
        """How many posts the site has published and not withdrawn."""
        return self._store.text.zcard(self._store.keys.log(WHOLE_SITE))

    def latest(self, feed: str, count: int) -> tuple[Post, ...]:
        """The posts that came last into a category, or the site, newest first."""
        return newest_first(self.arrivals(feed, count))

    def arrivals(self, feed: str, count: int) -> dict[int, Post]:
        """The posts that came last into a category, or the site, the last one first."""
        return self.get(_ids(self._store.text.zrevrange(self._store.keys.log(feed), 0, count - 1)))


def newest_first(posts: Mapping[int, Post]) -> tuple[Post, ...]:
    """Posts by id, in the order that every feed and edition shows: by date, then by ingest."""
    order = sorted(posts, key=lambda i: (posts[i].published, i), reverse=True)
    return tuple(posts[i] for i in order)


def remembered(post: Post, known: Known | None, now: datetime) -> Post:
    """The post with the history that its record gives it.

    Its id is that of its first ingest; `updated` moves to `now` only if a reader would see a
    difference, so that a rewritten file with the same words changes no feed.
    """
    if known is None:
        return post
    kept = post.with_history(known.post.id, known.post.updated)
    if kept.content_hash == known.hash:
        return kept
    return replace(kept, updated=max(post.updated, now))


def _without(some: Sequence[str], others: Collection[str]) -> tuple[str, ...]:
    return tuple(name for name in some if name not in others)


def _ids(reply: object) -> list[int]:
    return [int(member) for member in cast("list[str]", reply)]
