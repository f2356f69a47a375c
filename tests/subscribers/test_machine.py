"""Whatever people, operators and time do, in any order and from old reads: all agrees after it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from syndicate.errors import ConflictError
from syndicate.store import client
from syndicate.subscribers import changes
from syndicate.subscribers.model import Digest, Reason, Status, Subscriber, Suppression
from syndicate.subscribers.steps import Step
from syndicate.subscribers.store import SubscriberStore
from syndicate.subscribers.suppressions import Suppressions, entries_of
from syndicate.subscribers.verify import Verify
from syndicate.subscribers.waking import wake
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from syndicate.store.client import Store

HOW = {"method": "test"}
WEEK = timedelta(days=7)
DIGESTS = [Digest(c, n) for c in ("daily", "weekly") for n in ("tech", "a:b")]
ADDRESSES = [f"{who}@{at}" for who in "abcd" for at in ("mail.example", "news.mail.example")]
ENTRIES = [*ADDRESSES[:3], "@mail.example", "@news.mail.example", "@.mail.example"]

_prefixes = (f"machine{n}" for n in itertools.count())
picks = st.integers(0, 99)
digests = st.sets(st.sampled_from(DIGESTS), min_size=1, max_size=3)
addresses = st.sampled_from(ADDRESSES)


@dataclass(frozen=True)
class Person:
    """What a subscriber is, as plainly as it can be said."""

    address: str
    #: Digest → state, and since when.
    has: dict[Digest, tuple[Status, datetime]] = field(default_factory=dict)
    paused_until: datetime | None = None
    together: frozenset[str] = frozenset()
    #: Since when the entry stands that bars him.
    barred_at: datetime | None = None
    #: Lines of his record of consent.
    lines: int = 0

    def said(self) -> object:
        """All of which a change is a line in the record of consent."""
        states = {digest: state for digest, (state, _) in self.has.items()}
        return self.address, states, self.paused_until, self.together, self.barred_at

    def gets(self) -> set[Digest]:
        if self.barred_at or self.paused_until:
            return set()
        return {digest for digest, (state, _) in self.has.items() if state is Status.ACTIVE}


def moved(one: Person, wanted: set[Digest], to: Status, now: datetime) -> Person:
    """Ask, confirm or leave."""
    states = {digest: state for digest, (state, _) in one.has.items()}
    if to is Status.LEFT:
        wanted = {d for d in wanted if states.get(d) in (Status.ACTIVE, Status.PENDING)}
    else:
        wanted = {d for d in wanted if states.get(d) is not Status.ACTIVE}
    return replace(one, has={**one.has, **dict.fromkeys(wanted, (to, now))})


def woken(one: Person, now: datetime) -> Person | None:
    has = {
        digest: (state, since)
        for digest, (state, since) in one.has.items()
        if state is not Status.PENDING or since + WEEK > now
    }
    if one.has and not has and not one.barred_at:
        return None
    over = one.paused_until is not None and one.paused_until <= now
    return replace(one, has=has, paused_until=None if over else one.paused_until)


VERBS = {
    Status.PENDING: changes.ask,
    Status.ACTIVE: changes.confirm,
    Status.LEFT: changes.leave,
}
verbs = st.sampled_from(list(VERBS))


class Life(RuleBasedStateMachine):
    """The store, beside a dictionary."""

    redis_url: str

    def __init__(self) -> None:
        super().__init__()
        self.store: Store = client.connect(self.redis_url, next(_prefixes))
        self.subscribers = SubscriberStore(self.store)
        self.suppressions = Suppressions(self.store, self.subscribers)
        self.now = NOW
        self.people: dict[int, Person] = {}
        self.listed: dict[str, datetime] = {}
        self.erased: set[str] = set()
        #: What clients have read, and may act on later.
        self.reads: list[Subscriber] = []

    def teardown(self) -> None:
        # Its own keys alone: the check of the next life looks through all that there are.
        found = list(self.store.text.scan_iter(f"{self.store.keys.prefix}:*", count=1000))
        self.store.text.delete(*found)
        self.store.close()

    # What people do

    @rule(address=addresses, wanted=digests)
    def sign_up(self, address: str, wanted: set[Digest]) -> None:
        """He himself: nobody asks whether he was erased once."""
        if not self._barred(address):
            number = self.subscribers.add(address, self.now)
            self.people.setdefault(number, Person(address))
            self._do(number, Status.PENDING, wanted)

    @precondition(lambda self: self.people)
    @rule(pick=picks, wanted=digests, to=verbs)
    def choose(self, pick: int, wanted: set[Digest], to: Status) -> None:
        number = self._one(pick)
        if to is Status.ACTIVE:
            back = self.suppressions.welcome_back(self.people[number].address)
            self.erased.discard(self.people[number].address)
            self._alter(number, partial(changes.confirm, digests=wanted, now=self.now), back)
            self._now_is(number, moved(self.people[number], wanted, to, self.now))
        else:
            self._do(number, to, wanted)

    @precondition(lambda self: self.people)
    @rule(pick=picks, wanted=digests)
    def leave_and_undo(self, pick: int, wanted: set[Digest]) -> None:
        number, at = self._one(pick), self.now
        states = {d: state for d, (state, _) in self.people[number].has.items()}
        were = {d: states[d] for d in wanted if states.get(d) in (Status.ACTIVE, Status.PENDING)}
        self._do(number, Status.LEFT, wanted)
        self.now += timedelta(hours=1)
        now = self.now
        self._alter(number, lambda one: changes.restore(one, were, at, now))
        back = {digest: (state, now) for digest, state in were.items()}
        one = self.people[number]
        self._now_is(number, replace(one, has={**one.has, **back}))

    @precondition(lambda self: self.people)
    @rule(pick=picks, days=st.one_of(st.none(), st.integers(1, 20)))
    def pause(self, pick: int, days: int | None) -> None:
        number = self._one(pick)
        until = None if days is None else self.now + timedelta(days=days)
        self._alter(number, partial(changes.pause, until=until))
        self._now_is(number, replace(self.people[number], paused_until=until))

    @precondition(lambda self: self.people)
    @rule(pick=picks, cadence=st.sampled_from(["daily", "weekly"]), wants=st.booleans())
    def all_in_one(self, pick: int, cadence: str, wants: bool) -> None:
        number = self._one(pick)
        first: list[str] | None = [] if wants else None
        self.subscribers.choose_together(number, cadence, first, self.now, HOW)
        one = self.people[number]
        joined = one.together | {cadence} if wants else one.together - {cadence}
        self._now_is(number, replace(one, together=joined))

    @precondition(lambda self: self.people)
    @rule(pick=picks, address=addresses)
    def move(self, pick: int, address: str) -> None:
        number = self._one(pick)
        if self._barred(address) or self.people[number].barred_at:
            return
        owners = {i for i, one in self.people.items() if one.address == address}
        if owners - {number}:
            with pytest.raises(ConflictError):
                self._alter(number, partial(changes.move, address=address))
            return
        self._alter(number, partial(changes.move, address=address))
        self._now_is(number, replace(self.people[number], address=address))

    @precondition(lambda self: self.people)
    @rule(pick=picks)
    def erase(self, pick: int) -> None:
        number = self._one(pick)
        one = self.people.pop(number)
        listed = self.suppressions.erased(one.address, "test", self.now)
        self._alter(number, lambda _one: None, listed)
        self.listed.pop(one.address, None)
        self.erased.add(one.address)

    # What operators do

    @rule(many=st.lists(st.tuples(addresses, digests), min_size=1, max_size=5))
    def bring_in(self, many: list[tuple[str, set[Digest]]]) -> None:
        """A batch of an import: each new, saved in one go, whatever else the file has of him."""
        barred = self.suppressions.which([address for address, _ in many])
        assert set(barred) == {a for a, _ in many if self._barred(a) or a in self.erased}
        rows = [(address, wanted) for address, wanted in many if address not in barred]
        steps = []
        for number, (address, wanted) in zip(
            self.subscribers.reserve(len(rows)), rows, strict=True
        ):
            made = Subscriber(id=number, address=address, created_at=self.now)
            after = changes.confirm(made, wanted, self.now)
            steps.append(Step(before=None, after=after, now=self.now, how={"import": "1:1"}))
        taken = {one.address for one in self.people.values()}
        said = self.subscribers.save(steps)
        for step, (address, wanted), answer in zip(steps, rows, said, strict=True):
            assert answer == ("taken" if address in taken else "saved")
            if address not in taken:
                made_one = moved(Person(address), wanted, Status.ACTIVE, self.now)
                self.people[step.id] = replace(made_one, lines=1)
                taken.add(address)

    @rule(entry=st.sampled_from(ENTRIES))
    def suppress(self, entry: str) -> None:
        self.suppressions.add(entry, Suppression(Reason.OPERATOR, "test", self.now), self.now, HOW)
        at = self.listed.setdefault(entry, self.now)
        for number, one in list(self.people.items()):
            if entry in entries_of(one.address):
                self._now_is(number, replace(one, barred_at=one.barred_at or at))

    @precondition(lambda self: self.listed)
    @rule(pick=picks)
    def lift(self, pick: int) -> None:
        entry = sorted(self.listed)[pick % len(self.listed)]
        self.suppressions.lift(entry, self.now, HOW)
        del self.listed[entry]
        self.erased.discard(entry)
        for number, one in list(self.people.items()):
            if entry in entries_of(one.address):
                still = [self.listed[e] for e in entries_of(one.address) if e in self.listed]
                self._now_is(number, replace(one, barred_at=still[0] if still else None))

    @rule(old=st.sampled_from(DIGESTS), new=st.sampled_from(DIGESTS))
    def rename(self, old: Digest, new: Digest) -> None:
        if old.cadence != new.cadence or old == new:
            return
        both = self.store.text.hmget(self.store.keys.digests, [str(old), str(new)])
        self.subscribers.rename(old, new, self.now)
        for number, one in list(self.people.items()):
            if old in one.has:
                kept = {digest: how for digest, how in one.has.items() if digest != old}
                called = replace(one, has={new: one.has[old], **kept})
                # Called otherwise, or moved one by one, which each has a line of.
                self.people[number] = replace(called, lines=one.lines + all(both))

    # What time does

    @rule(hours=st.integers(1, 200))
    def pass_by(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        wake(self.subscribers, self.now)
        for number, one in list(self.people.items()):
            after = woken(one, self.now)
            if after is None:
                del self.people[number]
            else:
                self._now_is(number, after)

    # What others do with what they read before

    @precondition(lambda self: self.people)
    @rule(pick=picks)
    def read(self, pick: int) -> None:
        self.reads += self.subscribers.get([self._one(pick)])

    @precondition(lambda self: self.reads)
    @rule(pick=picks, wanted=digests, to=verbs, erase=st.booleans())
    def save_what_was_decided_on_an_old_read(
        self, pick: int, wanted: set[Digest], to: Status, erase: bool
    ) -> None:
        before = self.reads.pop(pick % len(self.reads))
        after = None if erase else VERBS[to](before, wanted, self.now)
        is_fresh = self.subscribers.get([before.id]) == [before]
        step = Step(before=before, after=after, now=self.now, how=HOW)
        assert self.subscribers.save([step]) == ["saved" if is_fresh else "stale"]
        if is_fresh and erase:
            del self.people[before.id]
        elif is_fresh:
            self._now_is(before.id, moved(self.people[before.id], wanted, to, self.now))

    # What must be true after each

    @invariant()
    def the_store_says_what_the_dictionary_says(self) -> None:
        found = {one.id: one for one in self.subscribers.all()}
        assert found.keys() == self.people.keys()
        for number, one in self.people.items():
            kept = found[number]
            assert kept.address == one.address
            assert {d: (h.state, h.since) for d, h in kept.subscriptions.items()} == one.has
            assert kept.paused_until == one.paused_until
            assert kept.together.keys() == one.together
            assert (kept.suppression.at if kept.suppression else None) == one.barred_at
            assert bool(one.barred_at) == self._barred(one.address)
            assert len(self.subscribers.consents(number)) == one.lines
            assert self.subscribers.find(one.address).id == number

    @invariant()
    def audiences_have_those_who_get_it_and_nobody_else(self) -> None:
        for digest in DIGESTS:
            key = self.store.keys.subscribed(digest.cadence, digest.category)
            expected = {i for i, one in self.people.items() if digest in one.gets()}
            assert {int(i) for i in self.store.text.smembers(key)} == expected

    @invariant()
    def the_check_finds_nothing(self) -> None:
        found = Verify(self.store, self.subscribers, self.suppressions)
        assert list(map(str, found.run(self.now))) == []

    @invariant()
    def the_list_has_what_was_put_on_it(self) -> None:
        entries = {entry for entry, _ in self.suppressions.all() if not entry.startswith("#")}
        assert entries == self.listed.keys()
        assert self.suppressions.count() == len(self.listed) + len(self.erased)

    # Shorthands

    def _barred(self, address: str) -> bool:
        return not self.listed.keys().isdisjoint(entries_of(address))

    def _one(self, pick: int) -> int:
        return sorted(self.people)[pick % len(self.people)]

    def _do(self, number: int, to: Status, wanted: set[Digest]) -> None:
        self._alter(number, lambda one: VERBS[to](one, wanted, self.now))
        self._now_is(number, moved(self.people[number], wanted, to, self.now))

    def _alter(
        self,
        number: int,
        change: Callable[[Subscriber], Subscriber | None],
        listed: dict[str, str] | None = None,
    ) -> None:
        self.subscribers.alter(number, change, self.now, HOW, listed or {})

    def _now_is(self, number: int, after: Person) -> None:
        has_line = after.said() != self.people[number].said()
        self.people[number] = replace(after, lines=after.lines + has_line)


def live(url: str, lives: int, steps: int) -> None:
    class Here(Life):
        redis_url = url

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=lives,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.slow
def test_all_agrees_whatever_happens(redis_url: str) -> None:
    live(redis_url, 6, 25)


@pytest.mark.slow
def test_all_agrees_whatever_happens_for_long(redis_url: str) -> None:
    live(redis_url, 100, 50)
