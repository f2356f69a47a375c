"""What waits for the next edition of each digest, in Redis."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from syndicate.posts.model import Post
    from syndicate.posts.store import PostStore
    from syndicate.store.client import Store


class Mark(StrEnum):
    """Why a post that came to a digest doesn't wait for its next edition any more."""

    #: It left the category, or was withdrawn.
    LEFT = "left"
    #: A person wanted it out.
    SKIPPED = "skipped"
    #: It was published too long ago.
    OLD = "old"


class Requeued(IntEnum):
    """What became of asking that a post be mailed."""

    DONE = 1
    WAITS_ALREADY = 0
    NOT_IN_CATEGORY = -1
    IN_AN_EDITION = -2


@dataclass(frozen=True, slots=True)
class Reason:
    """Who took a post out of what waits, and why."""

    at: datetime
    by: str
    why: str

    def to_json(self) -> str:
        """The reason as the store keeps it."""
        return json.dumps({"at": self.at.isoformat(), "by": self.by, "why": self.why})

    @classmethod
    def from_json(cls, text: str) -> Reason:
        """What `to_json` wrote."""
        values = json.loads(text)
        return cls(datetime.fromisoformat(values["at"]), values["by"], values["why"])


@dataclass(frozen=True, slots=True)
class Pending:
    """A post that waits for the next edition of a digest."""

    number: int
    #: When it came to the digest.
    since: datetime
    published: datetime


class PendingStore:
    """The posts of one site that wait to be mailed."""

    def __init__(self, store: Store, posts: PostStore) -> None:
        self._store = store
        self._posts = posts

    def counts(self, cadence: str) -> dict[str, int]:
        """How many posts wait in each category that has any, for this cadence."""
        keys = self._store.keys
        names = sorted(str(name) for name in self._store.text.smembers(keys.waiting(cadence)))
        pipe = self._store.text.pipeline(transaction=False)
        for name in names:
            pipe.zcard(keys.pending(cadence, name))
        return {n: count for n, count in zip(names, pipe.execute(), strict=True) if count}

    def waiting(self, cadence: str, category: str, most: int) -> list[Pending]:
        """The posts that the next edition of a digest would take, in its order."""
        posts = self.posts(cadence, category, most)
        pipe = self._store.text.pipeline(transaction=False)
        for number in posts:
            pipe.hget(self._store.keys.post(number), f"in:{cadence}:{category}")
        rows = zip(posts.items(), pipe.execute(), strict=True)
        return [
            Pending(number, datetime.fromtimestamp(int(since), UTC), post.published)
            for (number, post), since in rows
        ]

    def skip(self, cadence: str, category: str, post: int, mark: Mark, reason: Reason) -> bool:
        """Take a post out of what waits for the next edition of a digest; False: it doesn't."""
        keys = self._store.keys
        done = self._store.run(
            "skip_post",
            [keys.post(post), keys.pending(cadence, category), keys.waiting(cadence)],
            [post, cadence, category, mark, reason.to_json()],
        )
        return bool(done)

    def requeue(
        self, cadence: str, category: str, post: int, now: datetime, *, again: bool
    ) -> Requeued:
        """Have a post of a category wait for the next edition of its digest.

        `again` allows one that an edition took already.
        """
        keys = self._store.keys
        done = self._store.run(
            "requeue_post",
            [
                *(keys.post(post), keys.pending(cadence, category), keys.waiting(cadence)),
                *(keys.log(category), keys.post_seq, keys.digest(cadence, category)),
            ],
            [post, cadence, category, int(now.timestamp()), int(again)],
        )
        return Requeued(int(done))

    def holds(self, cadence: str, category: str, post: int) -> bool:
        """Whether a post waits for the next edition of a digest."""
        key = self._store.keys.pending(cadence, category)
        return self._store.text.zscore(key, str(post)) is not None

    def posts(self, cadence: str, category: str, count: int) -> dict[int, Post]:
        """The posts that the next edition of a digest would hold, in its order."""
        key = self._store.keys.pending(cadence, category)
        return self._posts.get(_ids(self._store.text.zrange(key, 0, count - 1)))


def _ids(reply: object) -> list[int]:
    return [int(member) for member in cast("list[str]", reply)]
