"""Editions in Redis."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from syndicate.digests.model import Edition, Event, Life
from syndicate.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syndicate.store.client import Store
    from syndicate.subscribers.model import Digest


class EditionStore:
    """The editions of one site."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def cut(
        self, digest: Digest, slot: str, now: datetime, *, most: int, life: Life, by: str
    ) -> int | None:
        """Cut the edition of a slot from what is pending; None if nothing is.

        However many callers cut the same slot, and however often, there is one edition.
        """
        keys, (cadence, category) = self._store.keys, (digest.cadence, digest.category)
        reserved = self._store.text.incr(keys.edition_seq)
        edition = self._store.run(
            "cut_edition",
            [
                *(keys.pending(cadence, category), keys.waiting(cadence)),
                *(keys.digest(cadence, category), keys.edition(reserved)),
                keys.drafts if life is Life.DRAFT else keys.cut,
                *(keys.history(reserved), keys.corrections(cadence, category)),
                keys.edition_counts,
            ],
            [
                *(reserved, cadence, category, slot, now.isoformat(), most, life),
                _event_json(Event(now, "cut", by)),
            ],
        )
        return int(edition) or None

    def move(self, edition: int, life: Life, event: Event, before: Sequence[Life]) -> str:
        """Take an edition to another step of its life, from one of these.

        Returns the one that it was in, or `ordered`: then nothing has changed but what its mailing
        allows.
        """
        keys = self._store.keys
        return str(
            self._store.run(
                "move_edition",
                [
                    *(keys.edition(edition), keys.history(edition)),
                    *(keys.cut, keys.drafts, keys.edition_counts),
                ],
                [edition, life, _event_json(event), *before],
            )
        )

    def note(self, edition: int, event: Event) -> None:
        """Write down a step that was taken elsewhere."""
        self._store.text.rpush(self._store.keys.history(edition), _event_json(event))

    def history(self, edition: int) -> list[Event]:
        """All steps of an edition's life, the first one first."""
        rows = self._store.text.lrange(self._store.keys.history(edition), 0, -1)
        return [_event(row) for row in cast("list[str]", rows)]

    def drafts(self) -> list[int]:
        """Editions that wait for a person to approve them."""
        return sorted(int(member) for member in self._store.text.smembers(self._store.keys.drafts))

    def latest(self, count: int) -> list[Edition]:
        """The editions that were cut last, the last one first."""
        last = int(self._store.text.get(self._store.keys.edition_seq) or 0)
        found: list[Edition] = []
        # Ids that were reserved and not used are few.
        for number in range(last, 0, -1):
            if len(found) == count:
                break
            if self._store.text.exists(self._store.keys.edition(number)):
                found.append(self.get(number))
        return found

    def without_mailing(self) -> list[int]:
        """Editions that were cut and not ordered yet: what a crash left behind."""
        return sorted(int(member) for member in self._store.text.smembers(self._store.keys.cut))

    def of_slot(self, digests: Sequence[Digest], slot: str) -> list[int]:
        """The editions that were cut of these digests for a slot."""
        pipe = self._store.text.pipeline(transaction=False)
        for digest in digests:
            pipe.hget(self._store.keys.digest(*digest), f"slot:{slot}")
        return [int(edition) for edition in pipe.execute() if edition]

    def get(self, edition: int) -> Edition:
        """The edition of that id.

        Raises:
            NotFoundError: there is none.
        """
        record = cast("dict[str, str]", self._store.text.hgetall(self._store.keys.edition(edition)))
        if not record:
            raise NotFoundError(f"no edition {edition}")
        return Edition(
            id=edition,
            category=record["category"],
            cadence=record["cadence"],
            number=int(record["number"]),
            slot=record["slot"],
            cut_at=datetime.fromisoformat(record["cut_at"]).astimezone(UTC),
            posts=tuple(int(post) for post in record["posts"].split()),
            life=Life(record["life"]),
            corrections=tuple(sorted(int(post) for post in record["corrections"].split())),
        )

    def lives(self) -> dict[Life, int]:
        """How many editions are in each step of their life."""
        found = cast("dict[str, str]", self._store.text.hgetall(self._store.keys.edition_counts))
        return {life: int(found.get(life, 0)) for life in Life}

    def edition_of(self, cadence: str, category: str, post: int) -> int | None:
        """The edition of a digest that took that post; None if none has."""
        key = self._store.keys.digest(cadence, category)
        edition = self._store.text.hget(key, f"post:{post}")
        return int(edition) if edition else None

    def mailing_of(self, edition: int) -> int | None:
        """The mailing that an edition goes out in; None before it is ordered."""
        mailing = self._store.text.hget(self._store.keys.edition(edition), "mailing")
        return int(mailing) if mailing else None

    def mailings_of(self, edition: int) -> tuple[int, ...]:
        """All mailings that an edition goes out in: its own, then that of all in one, if any."""
        found = self._store.text.hmget(self._store.keys.edition(edition), ["mailing", "together"])
        return tuple(int(mailing) for mailing in cast("list[str | None]", found) if mailing)

    def rename(self, cadence: str, old: str, new: str) -> None:
        """Have the digest of a category go on as that of another."""
        keys = self._store.keys
        of = (keys.digest, keys.corrections, keys.mailed_of)
        names = [key(cadence, name) for key in of for name in (old, new)]
        self._store.run("rename_digest", names)

    def show(self, edition: int, digest: Digest) -> None:
        """List an edition among those that went out. Repeating it changes nothing."""
        keys, pipe = self._store.keys, self._store.text.pipeline()
        for key in (keys.mailed(digest.cadence), keys.mailed_of(digest.cadence, digest.category)):
            pipe.zadd(key, {str(edition): edition})
        pipe.execute()

    def mailed(
        self, cadence: str, category: str | None, most: int, before: int | None
    ) -> list[int]:
        """Editions that went out, the newest first, of one category or (None) all of a cadence.

        At most so many, of those cut `before` that one. Some may have been cancelled since.
        """
        keys = self._store.keys
        key = keys.mailed(cadence) if category is None else keys.mailed_of(cadence, category)
        start = "+inf" if before is None else f"({before}"
        found = self._store.text.zrevrangebyscore(key, start, "-inf", start=0, num=most)
        return [int(edition) for edition in cast("list[str]", found)]

    def next_number(self, cadence: str, category: str) -> int:
        """The number that the next edition of a digest will bear."""
        last = self._store.text.hget(self._store.keys.digest(cadence, category), "number")
        return int(last or 0) + 1


def _event_json(event: Event) -> str:
    return json.dumps(asdict(event) | {"at": event.at.isoformat()}, ensure_ascii=False)


def _event(text: str) -> Event:
    values = json.loads(text)
    return Event(**values | {"at": datetime.fromisoformat(values["at"]).astimezone(UTC)})
