"""Editions in Redis."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from syndicate.digests.model import Edition
from syndicate.errors import NotFoundError

if TYPE_CHECKING:
    from syndicate.store.client import Store

#: Posts in one edition; what is over waits for the next. More than anybody reads at one go.
MOST_POSTS = 100


class EditionStore:
    """The editions of one site."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def cut(self, cadence: str, category: str, slot: str, now: datetime) -> int | None:
        """Cut the edition of a slot from what is pending; None if nothing is.

        However many callers cut the same slot, and however often, there is one edition.
        """
        keys = self._store.keys
        reserved = self._store.text.incr(keys.edition_seq)
        edition = self._store.run(
            "cut_edition",
            [
                *(keys.pending(cadence, category), keys.waiting(cadence)),
                *(keys.digest(cadence, category), keys.edition(reserved), keys.cut),
            ],
            [reserved, cadence, category, slot, now.isoformat(), MOST_POSTS],
        )
        return int(edition) or None

    def without_mailing(self) -> list[int]:
        """Editions that were cut and not ordered yet: what a crash left behind."""
        return sorted(int(member) for member in self._store.text.smembers(self._store.keys.cut))

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
        )

    def edition_of(self, cadence: str, category: str, post: int) -> int | None:
        """The edition of a digest that took that post; None if none has."""
        key = self._store.keys.digest(cadence, category)
        edition = self._store.text.hget(key, f"post:{post}")
        return int(edition) if edition else None

    def mailing_of(self, edition: int) -> int | None:
        """The mailing that an edition goes out in; None before it is ordered."""
        mailing = self._store.text.hget(self._store.keys.edition(edition), "mailing")
        return int(mailing) if mailing else None

    def next_number(self, cadence: str, category: str) -> int:
        """The number that the next edition of a digest will bear."""
        last = self._store.text.hget(self._store.keys.digest(cadence, category), "number")
        return int(last or 0) + 1
