"""Subscribers in Redis. Every change is one script, atomic with the sets that mailings read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from syndicate.errors import NotFoundError
from syndicate.subscribers.model import Digest, Recipient, Status, Subscriber, lookup_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from syndicate.store.client import Store

#: Subscribers read in one round trip while listing.
_PAGE = 500


class SubscriberStore:
    """The subscribers of one site."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, address: str, now: datetime) -> int:
        """The id of an address that `parse_address` gave; an address has one for ever."""
        keys = self._store.keys
        known = self._store.text.hget(keys.by_address, lookup_key(address))
        if known:
            return int(known)
        reserved = self._store.text.incr(keys.subscriber_seq)
        made = self._store.run(
            "add_subscriber",
            [keys.by_address, keys.subscriber(reserved)],
            [
                *(lookup_key(address), reserved),
                *("address", address, "status", Status.PENDING, "created_at", now.isoformat()),
            ],
        )
        return int(made)

    def change(
        self,
        subscriber: int,
        digests: Iterable[Digest],
        state: Status,
        now: datetime,
        how: Mapping[str, str],
    ) -> int:
        """Move subscriptions to a state and record the consent; returns how many changed.

        `how` is by what act: the method, and what is known of it. Repeating a change is no change.
        An active subscription stays active when it is asked for again.
        """
        keys, names = self._store.keys, list(digests)
        if not names:
            return 0
        changed = self._store.run(
            "change_subscriptions",
            [
                *(keys.subscriber(subscriber), keys.consents),
                *(keys.subscribed(d.cadence, d.category) for d in names),
            ],
            [
                *(subscriber, state, now.isoformat()),
                json.dumps(dict(how), ensure_ascii=False),
                *map(str, names),
            ],
        )
        return int(changed)

    def choose_together(
        self,
        subscriber: int,
        cadence: str,
        first: Sequence[str] | None,
        now: datetime,
        how: Mapping[str, str],
    ) -> bool:
        """Have him get all his editions of a cadence in one mail, or (None) each by itself again.

        `first` are the categories that come first in it. What is on its way already stays as it is.
        Repeating it is no change, and False.
        """
        keys = self._store.keys
        changed = self._store.run(
            "choose_together",
            [keys.subscriber(subscriber), keys.consents, keys.together(cadence)],
            [
                *(subscriber, cadence),
                "" if first is None else json.dumps(list(first), ensure_ascii=False),
                *(now.isoformat(), json.dumps(dict(how), ensure_ascii=False)),
            ],
        )
        return bool(changed)

    def rename(self, old: Digest, new: Digest, now: datetime) -> int:
        """Have all subscriptions to a digest be such to another; returns how many there were."""
        keys, done = self._store.keys, 0
        before, after = (keys.subscribed(each.cadence, each.category) for each in (old, new))
        for page in self._pages():
            pipe = self._store.text.pipeline(transaction=False)
            for subscriber in (each.id for each in page if old in each.subscriptions):
                self._store.run(
                    "rename_subscription",
                    [keys.subscriber(subscriber), keys.consents, before, after],
                    [subscriber, str(old), str(new), now.isoformat()],
                    pipe,
                )
            done += sum(pipe.execute())
        return done

    def find(self, address: str) -> Subscriber:
        """The subscriber of an address.

        Raises:
            NotFoundError: nobody has it.
        """
        found = self._store.text.hget(self._store.keys.by_address, lookup_key(address))
        if not found:
            raise NotFoundError(f"no subscriber {address}; `syndicate subscribers add` makes one")
        return self.get([int(found)])[0]

    def get(self, ids: Sequence[int]) -> list[Subscriber]:
        """The subscribers of these ids, in their order; unknown ids are left out."""
        pipe = self._store.text.pipeline(transaction=False)
        for i in ids:
            pipe.hgetall(self._store.keys.subscriber(i))
        rows = zip(ids, pipe.execute(), strict=True)
        return [_subscriber(i, record) for i, record in rows if record]

    def describe(self, subscriber: int, fields: Mapping[str, str]) -> None:
        """Note what merge fields say to him; an empty one is forgotten."""
        key, pipe = self._store.keys.subscriber(subscriber), self._store.text.pipeline()
        for name, value in fields.items():
            if value:
                pipe.hset(key, _own(name), value)
            else:
                pipe.hdel(key, _own(name))
        pipe.execute()

    def recipients(self, ids: Sequence[int], fields: Sequence[str] = ()) -> dict[int, Recipient]:
        """Where to send to, and what is known under these names; unknown ids are left out."""
        pipe = self._store.text.pipeline(transaction=False)
        names = ["address", *map(_own, fields)]
        for i in ids:
            pipe.hmget(self._store.keys.subscriber(i), names)
        return {
            i: Recipient(address, {n: v for n, v in zip(fields, values, strict=True) if v})
            for i, (address, *values) in zip(ids, pipe.execute(), strict=True)
            if address
        }

    def all(self) -> Iterator[Subscriber]:
        """Every subscriber, in the order of ids."""
        for page in self._pages():
            yield from page

    def _pages(self) -> Iterator[list[Subscriber]]:
        last = int(self._store.text.get(self._store.keys.subscriber_seq) or 0)
        for start in range(1, last + 1, _PAGE):
            yield self.get(range(start, min(start + _PAGE, last + 1)))

    def audience(self, digest: Digest) -> int:
        """How many active subscriptions a digest has."""
        return self._store.text.scard(self._store.keys.subscribed(digest.cadence, digest.category))


def _own(field: str) -> str:
    """Under what a record has a merge field."""
    return field if field == "name" else f"own:{field}"


def _subscriber(subscriber: int, record: Mapping[str, str]) -> Subscriber:
    values = cast("dict[str, str]", record)
    return Subscriber(
        id=subscriber,
        address=values["address"],
        status=Status(values["status"]),
        created_at=datetime.fromisoformat(values["created_at"]).astimezone(UTC),
        subscriptions={
            Digest.parse(name.removeprefix("on:")): Status(state)
            for name, state in sorted(values.items())
            if name.startswith("on:")
        },
        together={
            name.removeprefix("together:"): tuple(json.loads(first))
            for name, first in values.items()
            if name.startswith("together:")
        },
    )
