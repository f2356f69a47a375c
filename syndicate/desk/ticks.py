"""A tick: what is due is cut and ordered, or held, or left out; each slot once.

A slot is claimed after its editions are cut and ordered: a crash in between does nothing twice, for
an edition is cut once a slot, and ordered once.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from syndicate.digests.model import Event, Life
from syndicate.errors import StateError
from syndicate.schedules.agenda import Due, Held, Kind
from syndicate.schedules.model import Slot, Verdict
from syndicate.schedules.pauses import covering
from syndicate.schedules.quiet import is_quiet
from syndicate.schedules.scope import Scope
from syndicate.schedules.timing import moment_of
from syndicate.subscribers.model import Digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from syndicate.desk.cutter import Cutter
    from syndicate.desk.orders import Orders
    from syndicate.desk.timetables import Timetables
    from syndicate.schedules.agenda import Pause
    from syndicate.schedules.timetable import Timetable
    from syndicate.settings import Settings
    from syndicate.stores import Stores

_log = structlog.get_logger()

#: Who does what no person does.
TICK = "tick"
#: Why what was cut for a slot is held, if its tick died and the next came after its grace.
_TOO_LATE = "its slot was missed"


class Ticks:
    """Sees to the slots of one site."""

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], datetime],
        stores: Stores,
        timetables: Timetables,
        cutter: Cutter,
        orders: Orders,
    ) -> None:
        self._settings, self._clock = settings, clock
        self._schedules, self._pauses = stores.schedules, stores.pauses
        self._editions, self._names = stores.editions, stores.categories
        self._timetables, self._cutter, self._orders = timetables, cutter, orders

    def run(self, renew: Callable[[], None]) -> list[int]:
        """See to all that is due; returns the mailings. `renew` is called between two editions."""
        self._timetables.adopt()
        now, pauses = self._clock(), self._pauses.all()
        self._hold_leftovers(now)
        slots: dict[tuple[str, Slot], list[Due]] = defaultdict(list)
        for due, slot in self._due(now, pauses):
            slots[due.scope.cadence, slot].append(due)
        mailings: list[int] = []
        for (cadence, slot), dues in slots.items():
            mailings += self._see(cadence, slot, dues, pauses, renew)
        return mailings

    def run_held(self, held: Held, by: str, renew: Callable[[], None]) -> list[int]:
        """Cut and order a held slot after all; returns the mailings.

        Raises:
            StateError: it is paused.
        """
        pauses = self._pauses.all()
        if pause := covering(pauses, held.scope):
            raise StateError(f"{pause}; resume it first")
        moment = datetime.fromisoformat(held.slot).astimezone(UTC)
        due = Due(held.scope, moment, Kind.ONCE if held.scope.category else Kind.REGULAR)
        for name in self._categories(due, Slot(moment, Verdict.RUN), pauses):
            renew()
            self._cutter.see(Digest(held.scope.cadence, name), held.slot, by)
        self._release(held, by)
        mailings = self._orders.slot(held.scope.cadence, held.slot)
        self._schedules.settle(held)
        return mailings

    # What is due

    def _due(self, now: datetime, pauses: Mapping[Scope, Pause]) -> Iterable[tuple[Due, Slot]]:
        """All that is due and not paused, with its slot."""
        horizons = self._timetables.horizons(now)
        names = {cadence.name for cadence in self._settings.cadences}
        found = self._schedules.due(max(horizons.values(), default=now))
        found = [due for due in found if due.moment <= horizons.get(due.scope.cadence, now)]
        for due in found:
            if due.scope.cadence not in names:
                self._drop(due, now)
        found = [due for due in found if due.scope.cadence in names]
        tables = self._timetables.of_several(list(dict.fromkeys(due.scope for due in found)))
        for due in found:
            if not covering(pauses, due.scope):
                table, until = tables[due.scope], horizons.get(due.scope.cadence, now)
                # Whoever comes to where the clocks go ahead makes no slot late.
                yield due, table.judge(_slot(due, table, until).moment, now)

    def _drop(self, due: Due, now: datetime) -> None:
        """Its cadence has left the settings: nothing runs, and should it come back, nothing has."""
        entry = self._schedules.entries([due.scope]).get(due.scope)
        regular = entry is not None and due.kind is Kind.REGULAR
        self._schedules.claim(due, entry.timetable.next(now) if entry and regular else None)
        _log.warning("no such cadence", due=due.member)

    # One slot

    def _see(
        self,
        cadence: str,
        slot: Slot,
        dues: list[Due],
        pauses: Mapping[Scope, Pause],
        renew: Callable[[], None],
    ) -> list[int]:
        held = slot.verdict is Verdict.HOLD
        mailings: list[int] = []
        if not held:
            for due in dues:
                self._cut(due, slot, pauses, renew)
            # A tick that died here may have cut some.
            mailings = self._orders.slot(cadence, slot.name)
        for due in dues:
            self._claim(due, slot, held=held)
        _log.info("slot", cadence=cadence, slot=slot.name, verdict=slot.verdict, of=len(dues))
        return mailings

    def _cut(
        self, due: Due, slot: Slot, pauses: Mapping[Scope, Pause], renew: Callable[[], None]
    ) -> None:
        if self._is_left_out(due, slot):
            _log.info("slot left out", due=due.member, slot=slot.name)
            return
        for name in self._categories(due, slot, pauses):
            renew()
            anyway = due.kind is Kind.ONCE
            self._cutter.see(Digest(due.scope.cadence, name), slot.name, TICK, anyway=anyway)

    def _is_left_out(self, due: Due, slot: Slot) -> bool:
        """Whether nothing goes out in it; what a person wants at a moment does then."""
        if due.kind is Kind.ONCE:
            return False
        if self._schedules.skips().get(due.scope) == slot.name:
            return True
        zone = self._timetables.of(*due.scope).tz
        quiet = self._settings.cadence(due.scope.cadence).quiet
        return is_quiet(quiet, slot.moment.astimezone(zone).date())

    def _categories(self, due: Due, slot: Slot, pauses: Mapping[Scope, Pause]) -> list[str]:
        """The categories that a slot is of, without those that are paused, which come later."""
        cadence, category = due.scope
        if category:
            return [self._settings.renamed.get(category, category)]
        names = self._cutter.waiting(cadence)
        if due.kind is Kind.REGULAR:
            scopes = [Scope(cadence, name) for name in names]
            own, skips = self._schedules.entries(scopes), self._schedules.skips()
            names = [s.category for s in scopes if s not in own and skips.get(s) != slot.name]
        paused = [name for name in names if covering(pauses, Scope(cadence, name))]
        for name in paused:
            self._schedules.add(Due(Scope(cadence, name), slot.moment, Kind.CATCH_UP))
        return [name for name in names if name not in paused]

    def _claim(self, due: Due, slot: Slot, *, held: bool) -> None:
        following = None
        if due.kind is Kind.REGULAR:
            following = self._timetables.of(*due.scope).next(slot.moment)
        hold = Held(slot.name, due.scope, self._clock()) if held else None
        self._schedules.claim(due, following, hold=hold, over=self._over(due, slot))

    def _over(self, due: Due, slot: Slot) -> list[Scope]:
        """The skips that have had their effect when this slot is claimed."""
        past = [s for s, name in self._schedules.skips().items() if name <= slot.name]
        past = [scope for scope in past if due.kind is Kind.REGULAR and due.scope.covers(scope)]
        own = self._schedules.entries([s for s in past if s != due.scope])
        return [scope for scope in past if scope not in own]

    def _hold_leftovers(self, now: datetime) -> None:
        """Keep back what a dead tick cut, nobody ordered, and whose grace is over.

        It waits until somebody approves it, or runs its slot.
        """
        for edition in self._orders.unordered():
            moment = moment_of(edition.slot)
            if moment and self._is_too_late(Scope(edition.cadence, edition.category), moment, now):
                event = Event(now, "held", TICK, _TOO_LATE)
                self._editions.move(edition.id, Life.HELD, event, [Life.SCHEDULED])

    def _is_too_late(self, scope: Scope, moment: datetime, now: datetime) -> bool:
        """Whether the grace of a slot is over, or its cadence gone."""
        if self._settings.known_cadence(scope.cadence) is None:
            return True
        return self._timetables.of(*scope).judge(moment, now).verdict is Verdict.HOLD

    def _release(self, held: Held, by: str) -> None:
        """Let go what was cut for a slot that is run after all, and kept back by a tick alone."""
        names = [held.scope.category] if held.scope.category else list(self._names.all())
        digests = [Digest(held.scope.cadence, name) for name in names]
        for edition in self._editions.of_slot(digests, held.slot):
            last = self._editions.history(edition)[-1]
            if (last.by, last.why) == (TICK, _TOO_LATE):
                event = Event(self._clock(), "approved", by, "its slot is run")
                self._editions.move(edition, Life.SCHEDULED, event, [Life.HELD])


def _slot(due: Due, table: Timetable, now: datetime) -> Slot:
    if due.kind is Kind.REGULAR:
        return table.see(due.moment, now)
    return table.judge(due.moment, now)
