"""Shows that the records of subscribers and all that follows from them agree, and mends it.

What follows: the audiences, the addresses that lead to them, when each wakes, the counts, whose
consents are kept. Those are mended from the records. Whom the suppression list bars is to be
suppressed, and the other way round: there the more careful one is right. Memory holds a page at a
time, and the names of all digests.

The service may go on meanwhile. A page's records and all that is asked about them are read in one
transaction, and a mend is done only where both are still as they were: what somebody changes while
we look is never taken for a fault. (But for a domain that is being suppressed, whose subscribers
follow one by one.)
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from syndicate.errors import NotFoundError
from syndicate.subscribers import changes, record
from syndicate.subscribers.address import lookup_key
from syndicate.subscribers.claims import Seen, audiences, claims, numbering, strays
from syndicate.subscribers.model import Digest, Subscriber
from syndicate.subscribers.recount import Recount
from syndicate.subscribers.suppressions import dumps, entries_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from syndicate.store.client import Store
    from syndicate.subscribers.claims import Claim, Command
    from syndicate.subscribers.store import SubscriberStore
    from syndicate.subscribers.suppressions import Suppressions

    #: Told how many of how many records were looked at.
    Progress = Callable[[int, int], object]

#: Subscribers looked at in one transaction: Redis is busy with it for some milliseconds.
_PAGE = 256
#: What the record of consent says of a mend.
_HOW = {"method": "verify"}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that doesn't agree."""

    #: One line.
    what: str
    #: Puts it right; False if it can't, or if it is right by now.
    mend: Callable[[], bool] = lambda: False
    mended: bool = False

    def __str__(self) -> str:
        return f"{self.what}{' (mended)' if self.mended else ''}"


class Verify:
    """The check of one site's subscribers."""

    def __init__(
        self, store: Store, subscribers: SubscriberStore, suppressions: Suppressions
    ) -> None:
        self._store = store
        self._subscribers = subscribers
        self._suppressions = suppressions
        self._digests: dict[str, Digest] = {}
        self._zones: dict[str, int] = {}
        #: The highest id that a record was found under.
        self._highest = 0

    def run(
        self, now: datetime, *, repair: bool = False, progress: Progress = lambda _done, _all: None
    ) -> Iterator[Fault]:
        """Every fault, as it is found; mended, if it can be and `repair` says so.

        Raises:
            BusyError: another process is at it.
        """
        with self._store.lock("verify") as renew:

            def step(done: int, total: int) -> None:
                renew()
                progress(done, total)

            for fault in self._faults(now, step):
                yield replace(fault, mended=fault.mend()) if repair else fault

    def _faults(self, now: datetime, step: Progress) -> Iterator[Fault]:
        yield from self._numbering()
        # First whatever leads to the wrong one: then what is right can be put in its place.
        for seen in self._strays(self._last_id()):
            step(0, self._highest)
            yield from self._look(seen)
        top = self._last_id()
        if self._highest > top:
            line = f"the last id counts as {top}, but there is subscriber {self._highest}"
            yield Fault(line, partial(self._number_on, self._highest - top))
            top = self._highest
        for page in _pages(range(1, top + 1)):
            step(page[0], top)
            yield from self._look(dict.fromkeys(page))
            yield from self._listed(page, now)
        recount = Recount(self._store, self._parsed)
        for name, off in recount.run(lambda done: step(done, top)).items():
            line = f"{name} counts {abs(off)} too {'many' if off > 0 else 'few'}"
            yield Fault(line, partial(recount.mend, name, off))

    # Digests

    def _numbering(self) -> Iterator[Fault]:
        for line, mend in self._numbering_now():
            yield Fault(line, partial(self._renumber, line) if mend else lambda: False)

    def _numbering_now(self) -> list[tuple[str, Command]]:
        keys = self._store.keys
        pipe = self._store.text.pipeline()
        pipe.hgetall(keys.digests)
        pipe.hgetall(keys.digest_names)
        pipe.hgetall(keys.zones)
        numbers, names, zones = pipe.execute()
        self._zones = {name: int(number) for name, number in zones.items()}
        named = {number: name for name, number in numbers.items()} | names
        self._digests = {n: Digest.parse(name) for n, name in named.items() if n != "last"}
        return list(numbering(numbers, names, keys))

    def _renumber(self, line: str) -> bool:
        keys = self._store.keys

        def put_right(pipe: Any) -> bool:  # noqa: ANN401 - redis-py's, which stores know
            numbers, names = pipe.hgetall(keys.digests), pipe.hgetall(keys.digest_names)
            found = dict(numbering(numbers, names, keys))
            pipe.multi()
            if line in found:
                pipe.execute_command(*found[line])
            return line in found

        done = self._store.transaction(put_right, keys.digests, keys.digest_names)
        self._numbering_now()
        return done

    # Records

    def _look(self, seen: Mapping[int, Seen | None]) -> Iterator[Fault]:
        """What is wrong about these subscribers, or (seen) where they are, each at one moment."""
        texts = self._texts(list(seen))
        while texts:
            made = {i: self._claims(i, text, seen[i]) for i, text in texts.items()}
            pipe: Any = self._store.text.pipeline()
            for i, asked in made.items():
                pipe.hget(self._store.keys.subscribers(i), str(i))
                for claim in asked:
                    pipe.execute_command(*claim.ask)
            replies, changed = iter(pipe.execute()), {}
            for i, asked in made.items():
                text, said = next(replies), list(islice(replies, len(asked)))
                if text != texts[i]:
                    changed[i] = text
                    continue
                for claim, reply in zip(asked, said, strict=True):
                    if claim.wrong(reply):
                        yield Fault(claim.fault, partial(self._mend, i, text, claim))
                if text and not seen[i] and self._parsed(i, text) is None:
                    yield Fault(f"the record of subscriber {i} can't be read")
            texts = changed

    def _mend(self, number: int, text: str | None, claim: Claim) -> bool:
        bucket = self._store.keys.subscribers(number)

        def put_right(pipe: Any) -> bool:  # noqa: ANN401 - redis-py's, which stores know
            is_same = pipe.hget(bucket, str(number)) == text
            is_wrong = is_same and claim.wrong(pipe.execute_command(*claim.ask))
            pipe.multi()
            if is_wrong:
                pipe.execute_command(*claim.mend)
            return is_wrong

        done = self._store.transaction(put_right, bucket, str(claim.ask[1]))
        redis: Any = self._store.text
        return done and not claim.wrong(redis.execute_command(*claim.ask))

    def _claims(self, number: int, text: str | None, seen: Seen | None) -> list[Claim]:
        one, keys = self._parsed(number, text) if text else None, self._store.keys
        if text and one is None:
            return []
        if one and one.zone and one.zone not in self._zones:
            # It may have been numbered since.
            self._numbering_now()
        return list(
            strays(number, one, seen, keys) if seen else claims(number, one, self._zones, keys)
        )

    def _parsed(self, number: int, text: str) -> Subscriber | None:
        """The subscriber of a record; None if it is none."""
        with suppress(ValueError, TypeError, AttributeError):
            values = json.loads(text)
            with suppress(KeyError):
                return record.loads(number, values, self._digests)
            # A digest may have been numbered since.
            self._numbering_now()
            with suppress(KeyError):
                return record.loads(number, values, self._digests)
        return None

    def _texts(self, ids: Sequence[int]) -> dict[int, str | None]:
        pipe = self._store.text.pipeline(transaction=False)
        for i in ids:
            pipe.hget(self._store.keys.subscribers(i), str(i))
        return dict(zip(ids, pipe.execute(), strict=True))

    # What leads to records

    def _strays(self, top: int) -> Iterator[Mapping[int, Seen | None]]:
        """Whoever is found where his record doesn't say so, page by page."""
        keys = self._store.keys
        for key in self._store.text.scan_iter(f"{keys.prefix}:*", count=1000):
            kind, _, name = key.removeprefix(f"{keys.prefix}:").partition(":")
            if kind in ("subscribed", "together"):
                for page in _pages(map(int, self._store.text.sscan_iter(key, count=_PAGE))):
                    yield self._not_in(key, page)
            if kind == "addresses":
                yield self._not_led(cast("dict[str, str]", self._store.text.hgetall(key)))
            if kind in ("consents", "subscribers") and name.isdecimal():
                beyond = [int(i) for i in self._store.text.hkeys(key) if int(i) > top]
                yield dict.fromkeys(beyond)
                if kind == "subscribers":
                    self._highest = max([self._highest, *beyond])
        for page in _pages(int(i) for i, _ in self._store.text.zscan_iter(keys.wakes)):
            yield dict.fromkeys(i for i in page if i > top)

    def _last_id(self) -> int:
        return int(self._store.text.get(self._store.keys.subscriber_seq) or 0)

    def _number_on(self, by: int) -> bool:
        self._store.text.incrby(self._store.keys.subscriber_seq, by)
        return True

    def _not_in(self, key: str, ids: Sequence[int]) -> dict[int, Seen]:
        found = self._texts(ids).items()
        people = {i: self._parsed(i, text) if text else None for i, text in found}
        seen = Seen(sets=frozenset([key]))
        return {i: seen for i, one in people.items() if key not in audiences(one, self._store.keys)}

    def _not_led(self, leads: Mapping[str, str]) -> dict[int, Seen]:
        texts = self._texts(sorted({int(i) for i in leads.values()}))
        names: dict[int, set[str]] = {}
        for name, i in leads.items():
            text = texts[int(i)]
            one = self._parsed(int(i), text) if text else None
            if one is None or lookup_key(one.address) != name:
                names.setdefault(int(i), set()).add(name)
        return {i: Seen(names=frozenset(wrong)) for i, wrong in names.items()}

    # The suppression list

    def _listed(self, ids: Sequence[int], now: datetime) -> Iterator[Fault]:
        """Who is suppressed and not on the list, or the other way round."""
        found = [(i, text) for i, text in self._texts(ids).items() if text]
        people = [one for i, text in found if (one := self._parsed(i, text))]
        barred = self._suppressions.barring([one.address for one in people])
        for one in people:
            if (one.address in barred) != bool(one.suppression) and self._disagrees(one.id):
                yield self._fault_of_list(one, now)

    def _disagrees(self, number: int) -> bool:
        """Whether it is so when record and list are read at one moment."""
        text = self._texts([number])[number]
        one = self._parsed(number, text) if text else None
        if one is None:
            return False
        pipe, keys = self._store.text.pipeline(), self._store.keys
        pipe.hget(keys.subscribers(number), str(number))
        pipe.hmget(keys.suppressions, list(entries_of(one.address)))
        again, said = pipe.execute()
        return bool(again == text and any(said) != bool(one.suppression))

    def _fault_of_list(self, one: Subscriber, now: datetime) -> Fault:
        if one.suppression:
            line = f"subscriber {one.id} is suppressed, but isn't on the suppression list"
        else:
            line = f"subscriber {one.id} is on the suppression list, but isn't suppressed"
        return Fault(line, partial(self._put_on_list, one.id, now))

    def _put_on_list(self, number: int, now: datetime) -> bool:
        """Suppress him, and have the list say so: the more careful one is right."""
        for one in self._subscribers.get([number]):
            why = one.suppression or self._suppressions.barring([one.address]).get(one.address)
            listed = {lookup_key(one.address): dumps(one.suppression)} if one.suppression else {}
            if why:
                bar = partial(changes.suppress, why=why)
                with suppress(NotFoundError):
                    self._subscribers.alter(number, bar, now, _HOW, listed)
                    return True
        return False


def _pages(ids: Iterable[int]) -> Iterator[list[int]]:
    rest = iter(ids)
    while page := list(islice(rest, _PAGE)):
        yield page
