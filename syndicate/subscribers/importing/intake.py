"""Rows on their way into the store: looked up together, decided one by one, saved together.

While Redis saves a batch, the next is read and decided. So a batch is looked up before the one in
front of it is saved, and is told what that will have saved. Whatever turns out otherwise, because
somebody else changed it in between, is refused by the store, and then looked up and decided anew:
the rows of a person take effect in their order.
"""

from __future__ import annotations

from itertools import count, repeat
from typing import TYPE_CHECKING, NamedTuple

from syndicate.subscribers.importing.decide import Outcome, decide
from syndicate.subscribers.model import Status
from syndicate.subscribers.steps import Step
from syndicate.subscribers.suppressions import dumps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from syndicate.subscribers.importing.entry import Entry
    from syndicate.subscribers.model import Digest, Subscriber, Suppression
    from syndicate.subscribers.store import SubscriberStore
    from syndicate.subscribers.suppressions import Suppressions

    #: Has a subscriber asked by a letter, at that moment, to confirm these digests.
    Ask = Callable[[int, Sequence[Digest], datetime], object]
    #: What became of entries, in their order.
    Taken = list[tuple[Entry, Outcome]]


class Asking:
    """When the unconfirmed of an import are asked: one after the other, from a moment on."""

    def __init__(self, ask: Ask, start: datetime, gap: timedelta) -> None:
        self.ask = ask
        self._start = start
        self._gap = gap
        self._numbers = count()

    def at(self, entry: Entry) -> datetime | None:
        """The next moment, if there is something to ask about."""
        if Status.PENDING not in {how.state for how in entry.subscriptions.values()}:
            return None
        return (self._start + next(self._numbers) * self._gap).replace(microsecond=0)


class _Batch(NamedTuple):
    """Entries that were looked up."""

    entries: Sequence[Entry]
    now: datetime
    #: Who is here, by what addresses are looked up under.
    known: dict[str, Subscriber]
    barred: Mapping[str, Suppression]
    #: For those who aren't here; where rows are skipped, some are lost.
    ids: Iterator[int]


class _Planned(NamedTuple):
    """What is to be done with an entry."""

    entry: Entry
    outcome: Outcome
    step: Step | None


class Intake:
    """Takes the entries of one import in. For one thread."""

    def __init__(
        self,
        subscribers: SubscriberStore,
        suppressions: Suppressions,
        number: int,
        asking: Asking | None,
    ) -> None:
        self._subscribers = subscribers
        self._suppressions = suppressions
        self._number = number
        self._asking = asking

    def take(self, batches: Iterable[tuple[Sequence[Entry], datetime]]) -> Iterator[Taken]:
        """Save what each batch says; what became of each, as soon as it is saved."""
        looked_up = (self._look_up(entries, now) for entries, now in batches)
        batch, wait = next(looked_up, None), None
        coming: dict[str, Subscriber] = {}
        try:
            while batch:
                planned = self._plan(batch, coming)
                following = next(looked_up, None)
                before, wait = wait, self._begin(planned, batch.now)
                if before:
                    yield before()
                coming = {p.entry.key: p.step.after for p in planned if p.step and p.step.after}
                batch = following
        except GeneratorExit:
            # Nobody wants to know what becomes of the last; it is saved nevertheless.
            if wait:
                wait()
            raise
        if wait:
            yield wait()

    def rehearse(self, batches: Iterable[tuple[Sequence[Entry], datetime]]) -> Iterator[Taken]:
        """What would become of them; nothing is saved."""
        for entries, now in batches:
            batch = self._look_up(entries, now, reserve=lambda many: repeat(0, many))
            yield [(each.entry, each.outcome) for each in self._plan(batch, {})]

    def _begin(self, planned: Sequence[_Planned], now: datetime) -> Callable[[], Taken]:
        """Begin to save what was planned; what this gives waits until all of it is."""
        steps = [each.step for each in planned if each.step]
        if self._asking:
            self._post(steps, self._asking)
        wait = self._subscribers.begin_saving(steps)

        def end() -> Taken:
            said = iter(wait())
            saved = [each.step is None or next(said) == "saved" for each in planned]
            taken = [(p.entry, p.outcome) for p, done in zip(planned, saved, strict=True) if done]
            left = [p.entry for p, done in zip(planned, saved, strict=True) if not done]
            if left:
                taken += self._begin(self._plan(self._look_up(left, now), {}), now)()
            return taken

        return end

    def _look_up(
        self,
        entries: Sequence[Entry],
        now: datetime,
        reserve: Callable[[int], Iterable[int]] | None = None,
    ) -> _Batch:
        known = self._subscribers.known([entry.key for entry in entries])
        barred: Mapping[str, Suppression] = {}
        if self._suppressions.count():
            barred = self._suppressions.which([entry.address for entry in entries])
        new = [entry for entry in entries if entry.key not in known]
        ids = (reserve or self._subscribers.reserve)(len(new)) if new else ()
        return _Batch(entries, now, known, barred, iter(ids))

    def _plan(self, batch: _Batch, coming: Mapping[str, Subscriber]) -> list[_Planned]:
        """What is to be done, if those who are `coming` will have been saved.

        In the order of the file: what a row does to somebody, the next of his rows finds.
        """
        known = {**batch.known, **coming} if coming else batch.known
        return [self._planned(entry, batch, known) for entry in batch.entries]

    def _planned(self, entry: Entry, batch: _Batch, known: dict[str, Subscriber]) -> _Planned:
        if entry.address in batch.barred:
            return _Planned(entry, Outcome.SUPPRESSED, None)
        one = known.get(entry.key)
        asked_at = self._asking.at(entry) if self._asking else None
        outcome, after = decide(entry, one, one.id if one else next(batch.ids), asked_at)
        if after is None:
            return _Planned(entry, outcome, None)
        known[entry.key] = after
        how = {"import": f"{self._number}:{entry.line}", **entry.consent}
        listed = {entry.key: dumps(after.suppression)} if after.suppression else {}
        step = Step(before=one, after=after, now=batch.now, how=how, suppression=listed)
        return _Planned(entry, outcome, step)

    def _post(self, steps: Iterable[Step], asking: Asking) -> None:
        """Post letters first: that about a record which then isn't saved finds nobody to go to."""
        for step in steps:
            had = step.before.subscriptions if step.before else {}
            after = step.after
            if after is None or after.suppression:
                continue
            if asked := [digest for digest in after.having(Status.PENDING) if digest not in had]:
                asking.ask(after.id, asked, after.subscriptions[asked[0]].since)
