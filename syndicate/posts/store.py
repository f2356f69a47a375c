"""Posts in Redis: their records, which feeds hold them, which digests wait for them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, cast

from syndicate.posts.model import Post
from syndicate.store.keys import INDEX, WHOLE_SITE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from syndicate.store.client import Store


@dataclass(frozen=True, slots=True)
class Category:
    """A category as it was first seen; the settings may show it otherwise."""

    name: str
    #: Unique on a case-insensitive disk, and never given to another category.
    slug: str
    #: What its posts call it; empty where they don't say.
    title: str
    #: The permanent id of its feed.
    feed_id: str
    #: The publication of the post it was first seen in.
    since: datetime


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
    #: Categories that its record before named and that it names no more.
    left: tuple[str, ...] = ()


class PostStore:
    """The posts of one site, for one `sync` at a time and any number of readers."""

    def __init__(self, store: Store, cadences: Sequence[str]) -> None:
        self._store = store
        self._cadences = tuple(cadences)

    # Sync

    def fingerprints(self, only: Collection[str] | None = None) -> dict[str, str]:
        """Sources that a file stands behind, each with the fingerprint of the file last read."""
        if only is None:
            return cast("dict[str, str]", self._store.text.hgetall(self._store.keys.files))
        sources = list(only)
        found = self._store.text.hmget(self._store.keys.files, sources) if sources else []
        return {source: str(mark) for source, mark in zip(sources, found, strict=True) if mark}

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
            found[source] = Known(i, Post.from_json(post), digest)
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

    def put(self, arrivals: Iterable[Arrival]) -> int:
        """Take in posts, each atomically; returns how many changed a feed.

        A post enters a digest's pending set at most once in its life, whatever becomes of its file.
        """
        keys = self._store.keys
        pipe = self._store.text.pipeline(transaction=False)
        for arrival in arrivals:
            post = arrival.post
            self._store.run(
                "ingest_post",
                [
                    keys.post(arrival.id),
                    *(keys.sources, keys.files, keys.vanished, keys.by_url),
                    *(keys.dirty, keys.post_seq),
                    *map(keys.waiting, self._cadences),
                    *self._series((WHOLE_SITE, *post.categories, *arrival.left)),
                ],
                [
                    *(arrival.id, post.source, arrival.fingerprint, post.url),
                    *(post.to_json(), post.content_hash),
                    *(int(arrival.announce), len(self._cadences)),
                    *(len(post.categories), len(arrival.left)),
                    *(*self._cadences, *post.categories, *arrival.left),
                ],
                pipe,
            )
        return sum(pipe.execute())

    def withdraw(self, known: Known) -> bool:
        """Take a post out of all feeds and digests to come; says whether it was in any."""
        keys, post = self._store.keys, known.post
        was = self._store.run(
            "withdraw_post",
            [
                keys.post(known.id),
                *(keys.files, keys.vanished, keys.by_url),
                *(keys.dirty, keys.post_seq),
                *map(keys.waiting, self._cadences),
                *self._series((WHOLE_SITE, *post.categories)),
            ],
            [
                *(known.id, post.source, post.url, len(self._cadences)),
                *(*self._cadences, *post.categories),
            ],
        )
        return bool(was)

    def mark_vanished(self, sources: Sequence[str]) -> None:
        """Their files are gone, and their posts stay."""
        ids = [i for i in self._store.text.hmget(self._store.keys.sources, list(sources)) if i]
        pipe = self._store.text.pipeline()
        pipe.hdel(self._store.keys.files, *sources)
        pipe.sadd(self._store.keys.vanished, *ids)
        pipe.execute()

    def _series(self, feeds: Sequence[str]) -> list[str]:
        """The keys of each feed and of the digests behind it, as the scripts want them."""
        keys = self._store.keys
        return [
            key
            for name in feeds
            for key in (
                *(keys.log(name), keys.changed(name)),
                *(keys.pending(cadence, name) for cadence in self._cadences),
            )
        ]

    # Categories

    def categories(self) -> dict[str, Category]:
        """Every category ever seen, by name; the whole site stands under `WHOLE_SITE`."""
        records = self._store.text.hgetall(self._store.keys.categories)
        return {str(name): _category(str(name), record) for name, record in records.items()}

    def category(self, name: str) -> Category | None:
        """One category, or None if no post ever named it."""
        record = self._store.text.hget(self._store.keys.categories, name)
        return _category(name, record) if record else None

    def add_categories(self, new: Iterable[Category]) -> None:
        """Remember categories; one that is known keeps what it has."""
        fresh = list(new)
        if not fresh:
            return
        sequence = self._store.text.incr(self._store.keys.post_seq)
        pipe = self._store.text.pipeline()
        pipe.zadd(
            self._store.keys.dirty,
            dict.fromkeys([INDEX, *(category.name for category in fresh)], sequence),
        )
        for category in fresh:
            record = {
                "slug": category.slug,
                "title": category.title,
                "feed_id": category.feed_id,
                "since": category.since.isoformat(),
            }
            text = json.dumps(record, ensure_ascii=False)
            pipe.hsetnx(self._store.keys.categories, category.name, text)
        pipe.execute()

    # Records

    def get(self, ids: Sequence[int]) -> dict[int, Post]:
        """The posts of these ids, as they are now; unknown and withdrawn ones are left out."""
        pipe = self._store.text.pipeline(transaction=False)
        for i in ids:
            pipe.hget(self._store.keys.post(i), "post")
            pipe.zscore(self._store.keys.log(WHOLE_SITE), str(i))
        replies = pipe.execute()
        records = zip(ids, replies[::2], replies[1::2], strict=True)
        return {i: Post.from_json(text) for i, text, live in records if text and live is not None}

    def count(self) -> int:
        """How many posts the site has published and not withdrawn."""
        return self._store.text.zcard(self._store.keys.log(WHOLE_SITE))

    def latest(self, feed: str, count: int) -> tuple[Post, ...]:
        """The posts that came last into a category, or the site, newest first."""
        return newest_first(self.arrivals(feed, count))

    def arrivals(self, feed: str, count: int) -> dict[int, Post]:
        """The posts that came last into a category, or the site, the last one first."""
        return self.get(_ids(self._store.text.zrevrange(self._store.keys.log(feed), 0, count - 1)))

    def pending(self, cadence: str) -> dict[str, int]:
        """How many posts wait in each category that has any, for this cadence."""
        keys = self._store.keys
        names = sorted(str(name) for name in self._store.text.smembers(keys.waiting(cadence)))
        pipe = self._store.text.pipeline(transaction=False)
        for name in names:
            pipe.zcard(keys.pending(cadence, name))
        return {n: count for n, count in zip(names, pipe.execute(), strict=True) if count}

    def is_pending(self, cadence: str, category: str, post: int) -> bool:
        """Whether a post waits for the next edition of a digest."""
        key = self._store.keys.pending(cadence, category)
        return self._store.text.zscore(key, str(post)) is not None

    def pending_posts(self, cadence: str, category: str, count: int) -> dict[int, Post]:
        """The posts that the next edition of a digest would hold, in its order."""
        key = self._store.keys.pending(cadence, category)
        return self.get(_ids(self._store.text.zrange(key, 0, count - 1)))


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


def _ids(reply: object) -> list[int]:
    return [int(member) for member in cast("list[str]", reply)]


def _category(name: str, record: str | bytes) -> Category:
    values = json.loads(record)
    return Category(
        name=name,
        slug=values["slug"],
        title=values["title"],
        feed_id=values["feed_id"],
        since=datetime.fromisoformat(values["since"]),
    )
