"""Subscribers in Redis. Every change is one script, atomic with the sets that mailings read.

What becomes of a subscriber is decided by the pure functions of `changes`; the script puts the new
record in the place of the one it was made from, or says that it is another by now.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from syndicate.errors import ConflictError, NotFoundError
from syndicate.subscribers import changes, record
from syndicate.subscribers.address import lookup_key
from syndicate.subscribers.model import Digest, Reason, Status, Subscriber
from syndicate.subscribers.steps import ZONE, Step, arguments, digests_of, zones_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from syndicate.store.client import Store
    from syndicate.subscribers.model import Recipient

    #: A subscriber as he is → as he is to be; None: erased.
    Change = Callable[[Subscriber], Subscriber | None]

#: Subscribers read in one round trip while listing.
_PAGE = 512
#: Changes that one call of the script saves: others wait for it, some two milliseconds.
_SAVED = 128


@dataclass(frozen=True, slots=True)
class Audiences:
    """How many there are, from counters."""

    #: Status → people.
    people: Mapping[Status, int] = field(default_factory=dict)
    #: State → subscriptions.
    subscriptions: Mapping[Status, int] = field(default_factory=dict)
    #: Why they are suppressed → people.
    suppressed: Mapping[Reason, int] = field(default_factory=dict)


class SubscriberStore:
    """The subscribers of one site."""

    def __init__(self, store: Store) -> None:
        self._store = store

    # Changing

    def add(self, address: str, now: datetime) -> int:
        """The id of an address that `parse_address` gave; an address has one for ever."""
        while (known := self._id(address)) is None:
            made = self.new(address, now)
            step = Step(before=None, after=made, now=now, how={})
            if self.save([step]) == ["saved"]:
                return made.id
        return known

    def new(self, address: str, now: datetime) -> Subscriber:
        """A subscriber who isn't saved yet, under an id of his own."""
        reserved = int(self._store.text.incr(self._store.keys.subscriber_seq))
        return Subscriber(id=reserved, address=address, created_at=now.replace(microsecond=0))

    def reserve(self, many: int) -> range:
        """As many ids for new subscribers."""
        last = int(self._store.text.incrby(self._store.keys.subscriber_seq, many))
        return range(last - many + 1, last + 1)

    def alter(
        self,
        subscriber: int,
        change: Change,
        now: datetime,
        how: Mapping[str, str],
        suppression: Mapping[str, str] = MappingProxyType({}),
    ) -> tuple[Subscriber, Subscriber | None]:
        """Change a subscriber; how he was, and how he is (None: erased). No change saves nothing.

        Raises:
            ConflictError: his new address is another subscriber's.
            NotFoundError: there is no such subscriber.
        """
        while True:
            found = self.get([subscriber])
            if not found:
                raise NotFoundError(f"no subscriber with id {subscriber}")
            (before,) = found
            after = change(before)
            if after == before and not suppression:
                return before, after
            step = Step(before=before, after=after, now=now, how=how, suppression=suppression)
            (said,) = self.save([step])
            if said == "taken":
                raise ConflictError("this address has a subscriber already")
            if said == "saved":
                return before, after

    def change(
        self,
        subscriber: int,
        digests: Iterable[Digest],
        state: Status,
        now: datetime,
        how: Mapping[str, str],
    ) -> int:
        """Move subscriptions to a state (pending, active, left); returns how many changed.

        Repeating a change is no change. An active subscription stays active when it is asked for
        again.
        """
        wanted = list(digests)
        verb = _VERBS[state]
        before, after = self.alter(subscriber, lambda one: verb(one, wanted, now), now, how)
        had = before.subscriptions
        now_has = after.subscriptions if after else {}
        return sum(had.get(digest) != how_now for digest, how_now in now_has.items())

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
        before, after = self.alter(
            subscriber, lambda one: changes.choose_together(one, cadence, first), now, how
        )
        return before != after

    def save(self, steps: Sequence[Step]) -> list[str]:
        """Save changes, each by itself, in one round trip: "saved", "stale" or "taken" of each.

        Stale: he, or what one of his digests is called, is another than the change was made from.
        """
        return self.begin_saving(steps)()

    def begin_saving(self, steps: Sequence[Step]) -> Callable[[], list[str]]:
        """Have changes saved while something else is done; what it gives waits for `save`'s words.

        It must be called.
        """
        numbers = self._numbers(sorted(digests_of(steps)))
        zones = self._zone_numbers(sorted(zones_of(steps)))
        parts = (steps[start : start + _SAVED] for start in range(0, len(steps), _SAVED))
        calls = [arguments(part, numbers, zones, self._store.keys) for part in parts]
        wait = self._store.send("save_subscriber", calls)
        return lambda: [str(said) for replies in wait() for said in replies]

    def rename(self, old: Digest, new: Digest, now: datetime) -> int:
        """Have all subscriptions to a digest be such to another; returns how many were changed."""
        keys, done = self._store.keys, 0
        sets = [keys.subscribed(each.cadence, each.category) for each in (old, new)]
        names = [keys.digests, keys.digest_names, *sets]
        if self._store.run("rename_numbered", names, [str(old), str(new)]):
            return 0
        for one in self.all():
            if old in one.subscriptions:
                self.alter(one.id, lambda one: changes.rename(one, old, new), now, {})
                done += 1
        return done

    # Looking

    def find(self, address: str) -> Subscriber:
        """The subscriber of an address.

        Raises:
            NotFoundError: nobody has it.
        """
        found = self._id(address)
        if found is None:
            raise NotFoundError(f"no subscriber {address}; `syndicate subscribers add` makes one")
        return self.get([found])[0]

    def known(self, addresses: Sequence[str]) -> dict[str, Subscriber]:
        """Those of these addresses that have a subscriber, by what they are looked up under."""
        wanted = list(map(lookup_key, addresses))
        names = list(map(self._store.keys.addresses, wanted))
        replies = self._store.run("find_subscribers", names, wanted) if wanted else []
        ids = {name: int(i) for name, i in zip(wanted, replies, strict=True) if i}
        found = {one.id: one for one in self.get(sorted(set(ids.values())))}
        return {name: found[i] for name, i in ids.items() if i in found}

    def get(self, ids: Sequence[int]) -> list[Subscriber]:
        """The subscribers of these ids, in their order; unknown ids are left out."""
        records = self._records(ids)
        numbers = sorted({n for found in records.values() for n in record.digests_in(found)})
        digests = {n: Digest.parse(name) for n, name in self._names(numbers).items()}
        return [record.loads(i, records[i], digests) for i in ids if i in records]

    def recipients(self, ids: Sequence[int], fields: Sequence[str] = ()) -> dict[int, Recipient]:
        """Where to send to, and what is known under these names; unknown ids are left out."""
        records = self._records(ids)
        return {i: record.recipient(records[i], fields) for i in ids if i in records}

    def all(self) -> Iterator[Subscriber]:
        """Every subscriber, in the order of ids."""
        last = int(self._store.text.get(self._store.keys.subscriber_seq) or 0)
        for start in range(1, last + 1, _PAGE):
            yield from self.get(range(start, min(start + _PAGE, last + 1)))

    def audience(self, digest: Digest) -> int:
        """To how many a digest goes."""
        return self._store.text.scard(self._store.keys.subscribed(digest.cadence, digest.category))

    def readers(self, digest: Digest) -> list[int]:
        """To whom a digest goes; a million take a second."""
        key = self._store.keys.subscribed(digest.cadence, digest.category)
        return sorted({int(member) for member in self._store.text.sscan_iter(key, count=1000)})

    def audiences(self) -> Audiences:
        """How many people and subscriptions there are, in constant time."""
        found = cast("dict[str, str]", self._store.text.hgetall(self._store.keys.subscriber_counts))
        return Audiences(
            {status: int(found.get(f"people:{status}", 0)) for status in Status},
            {state: int(found.get(f"subscriptions:{state}", 0)) for state in _VERBS},
            {reason: int(found.get(f"suppressed:{reason}", 0)) for reason in Reason},
        )

    def zones(self) -> list[str]:
        """The zones that somebody whom mail may be sent to has named, in constant time."""
        found = cast("dict[str, str]", self._store.text.hgetall(self._store.keys.subscriber_counts))
        return sorted(
            name.removeprefix(ZONE)
            for name, many in found.items()
            if name.startswith(ZONE) and int(many) > 0
        )

    def consents(self, subscriber: int) -> list[dict[str, Any]]:
        """What he agreed to and took back, and by what acts, as it happened.

        Each entry: at (UTC), digests by their new state, `told` (what else changed) and `how`.
        """
        text = self._store.text.hget(self._store.keys.consents(subscriber), str(subscriber)) or ""
        entries = [record.decode(line) for line in text.splitlines()]
        numbers = sorted({str(n) for e in entries for state in _CHANGES for n in e.get(state, ())})
        called = self._names(numbers)
        for entry in entries:
            entry["at"] = record.time_of(entry["at"])
            for state in _CHANGES:
                if state in entry:
                    entry[state] = [called[str(number)] for number in entry[state]]
        return entries

    def due(self, now: datetime, most: int) -> list[int]:
        """Ids of some for whom something becomes due by itself (`changes.wake`)."""
        found = self._store.text.zrange(
            self._store.keys.wakes, "-inf", record.stamp(now), byscore=True, offset=0, num=most
        )
        return [int(subscriber) for subscriber in cast("list[str]", found)]

    def _id(self, address: str) -> int | None:
        name = lookup_key(address)
        found = self._store.text.hget(self._store.keys.addresses(name), name)
        return int(found) if found else None

    def _records(self, ids: Sequence[int]) -> dict[int, record.Record]:
        buckets: dict[str, list[int]] = defaultdict(list)
        for i in ids:
            buckets[self._store.keys.subscribers(i)].append(i)
        pipe = self._store.text.pipeline(transaction=False)
        for key, members in buckets.items():
            pipe.hmget(key, list(map(str, members)))
        rows = zip(
            chain.from_iterable(buckets.values()), chain.from_iterable(pipe.execute()), strict=True
        )
        return {i: record.decode(text) for i, text in rows if text}

    def _names(self, numbers: Sequence[str]) -> dict[str, str]:
        """What the digests of these numbers are called."""
        if not numbers:
            return {}
        names = self._store.text.hmget(self._store.keys.digest_names, list(numbers))
        return dict(zip(numbers, cast("list[str]", names), strict=True))

    def _zone_numbers(self, zones: Sequence[str]) -> dict[str, int]:
        if not zones:
            return {}
        keys = self._store.keys
        numbers = self._store.run("number_digests", [keys.zones, keys.zone_names], zones)
        return dict(zip(zones, numbers, strict=True))

    def _numbers(self, digests: Sequence[Digest]) -> dict[Digest, int]:
        keys = self._store.keys
        if not digests:
            return {}
        numbers = self._store.run(
            "number_digests", [keys.digests, keys.digest_names], list(map(str, digests))
        )
        return dict(zip(digests, numbers, strict=True))


#: A state of a subscription → the change that leads to it.
_VERBS = {
    Status.PENDING: changes.ask,
    Status.ACTIVE: changes.confirm,
    Status.LEFT: changes.leave,
}
#: What an entry of consent has digests under.
_CHANGES = (*(state.value for state in _VERBS), "forgotten")
