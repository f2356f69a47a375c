"""The timetables of a site: what the settings give, and what people put in its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from syndicate.errors import BusyError, NotFoundError, StateError
from syndicate.schedules.agenda import Change, Due, Kind
from syndicate.schedules.local import furthest, known
from syndicate.schedules.model import slot_name
from syndicate.schedules.scope import Scope
from syndicate.schedules.timetable import SETTINGS, Entry, Timetable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from syndicate.settings import Cadence, Settings
    from syndicate.stores import Stores


@dataclass(frozen=True, slots=True)
class Step:
    """One difference between what is and what is wanted; `after` None: its own goes."""

    scope: Scope
    before: Timetable | None
    after: Timetable | None

    def __str__(self) -> str:
        if self.after is None:
            return f"{self.scope.named}: removed, was {self.before}"
        was = f", was {self.before}" if self.before else ""
        return f"{self.scope.named}: {self.after}{was}"


class Timetables:
    """When the digests of one site are cut."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime], stores: Stores) -> None:
        self._settings, self._clock = settings, clock
        self._schedules, self._categories = stores.schedules, stores.categories
        self._subscribers = stores.subscribers

    def usual(self, cadence: Cadence) -> Timetable:
        """The one that the settings give."""
        zone = cadence.timezone or self._settings.site.timezone
        return Timetable(cadence.cron, zone, cadence.grace)

    def of(self, cadence: str, category: str = "") -> Timetable:
        """The one that a digest goes by, or a cadence.

        Raises:
            SettingsError: no such cadence.
        """
        return self.of_several([Scope(cadence, category)])[Scope(cadence, category)]

    def of_several(self, scopes: list[Scope]) -> dict[Scope, Timetable]:
        """Those that digests or cadences go by; raises what `of` raises."""
        wide = [Scope(cadence) for cadence in dict.fromkeys(scope.cadence for scope in scopes)]
        found = self._schedules.entries([*scopes, *wide])
        usual = {each: self.usual(self._settings.cadence(each.cadence)) for each in wide}
        tables = usual | {scope: entry.timetable for scope, entry in found.items()}
        return {s: tables.get(s) or tables[Scope(s.cadence)] for s in scopes}

    def horizons(self, now: datetime) -> dict[str, datetime]:
        """Up to when a cadence's slots have begun for somebody, where that isn't now."""
        local = [Scope(cadence.name) for cadence in self._settings.cadences if cadence.local]
        if not local:
            return {}
        zones, tables = self.zones(), self.of_several(local)
        return {scope.cadence: furthest(table.tz, zones, now) for scope, table in tables.items()}

    def zones(self) -> list[ZoneInfo]:
        """Those of subscribers who named theirs."""
        return known(self._subscribers.zones())

    def own(self) -> dict[Scope, Entry]:
        """Those that people put there."""
        return {scope: e for scope, e in self._schedules.all().items() if not e.is_usual}

    def adopt(self) -> None:
        """Have each cadence that nobody gave another timetable go by that of the settings."""
        known = self._schedules.entries([Scope(each.name) for each in self._settings.cadences])
        for cadence in self._settings.cadences:
            scope, wanted = Scope(cadence.name), self.usual(cadence)
            before = known.get(scope)
            if before is None or (before.is_usual and before.timetable != wanted):
                # If somebody is quicker, it is his.
                self._put(scope, before, wanted, SETTINGS)

    def set(self, scope: Scope, wanted: Timetable, by: str) -> Step | None:
        """Have a cadence, or a category of it by itself, go by another timetable; None: it does.

        What is due by now still is; its skips are gone.

        Raises:
            BusyError: somebody else changed it just now.
            NotFoundError: no such category.
            SettingsError: no such cadence.
        """
        self.require(scope)
        before = self._schedules.entries([scope]).get(scope)
        if before and before.timetable == wanted and not before.is_usual:
            return None
        if not self._put(scope, before, wanted, by):
            raise BusyError(f"somebody else has just changed {scope.named}; look, and try again")
        return Step(scope, before.timetable if before else None, wanted)

    def remove(self, scope: Scope, by: str) -> Step:
        """Go back to the timetable of the settings, or for a category to that of its cadence.

        Raises:
            BusyError: somebody else changed it just now.
            StateError: nobody gave it another.
        """
        before = self._schedules.entries([scope]).get(scope)
        if before is None or before.is_usual:
            raise StateError(f"{scope.named} has no timetable of its own")
        cadence = self._settings.known_cadence(scope.cadence)
        after = self.usual(cadence) if cadence and not scope.category else None
        if not self._put(scope, before, after, by, SETTINGS):
            raise BusyError(f"somebody else has just changed {scope.named}; look, and try again")
        return Step(scope, before.timetable, after)

    def compare(self, wanted: Mapping[Scope, Timetable]) -> list[Step]:
        """What would have to change for people's own timetables to be these and no others."""
        own = {scope: entry.timetable for scope, entry in self.own().items()}
        changed = [Step(s, own.get(s), table) for s, table in wanted.items() if own.get(s) != table]
        return changed + [Step(s, own[s], None) for s in own if s not in wanted]

    def apply(self, wanted: Mapping[Scope, Timetable], by: str) -> list[Step]:
        """Have people's own timetables be these and no others; raises what `set` raises."""
        steps = self.compare(wanted)
        for step in steps:
            if step.after:
                self.set(step.scope, step.after, by)
            else:
                self.remove(step.scope, by)
        return steps

    # Exceptions

    def once(self, scope: Scope, moment: datetime, by: str) -> None:
        """Have what waits by then go out once at that moment, however little.

        Raises:
            NotFoundError: no such category.
            SettingsError: no such cadence.
            StateError: the moment has gone by, or it is to go out then already.
        """
        self.require(scope)
        if moment <= self._clock():
            raise StateError(f"{slot_name(moment)} has gone by; `syndicate digest send` sends now")
        if not self._schedules.add(Due(scope, moment, Kind.ONCE)):
            raise StateError(f"{scope.named} is to go out once at {slot_name(moment)} already")
        self._note(scope, by, f"once at {slot_name(moment)}")

    def not_once(self, scope: Scope, moment: datetime, by: str) -> None:
        """Have it not go out then after all.

        Raises:
            StateError: it wasn't to.
        """
        if not self._schedules.withdraw(Due(scope, moment, Kind.ONCE)):
            raise StateError(f"{scope.named} isn't to go out once at {slot_name(moment)}")
        self._note(scope, by, f"not once at {slot_name(moment)}")

    def skip(self, scope: Scope, by: str) -> datetime:
        """Have nothing go out in the next slot, which is returned; its posts wait.

        That is one which has begun for nobody yet.

        Raises:
            NotFoundError: no such category.
            SettingsError: no such cadence.
        """
        self.require(scope)
        now = self._clock()
        moment = self.of(*scope).next(self.horizons(now).get(scope.cadence, now))
        self._schedules.skip(scope, moment)
        self._note(scope, by, f"skip {slot_name(moment)}")
        return moment

    def unskip(self, scope: Scope, by: str) -> None:
        """Have the next slot go out after all.

        Raises:
            StateError: it wasn't to be skipped.
        """
        if not self._schedules.unskip(scope):
            raise StateError(f"no slot of {scope.named} is to be skipped")
        self._note(scope, by, "skip nothing")

    def require(self, scope: Scope) -> None:
        """See to it that there are such a cadence and such a category, where they are named.

        Raises:
            NotFoundError: no such category.
            SettingsError: no such cadence.
        """
        if scope.cadence:
            self._settings.cadence(scope.cadence)
        if scope.category:
            try:
                self._categories.require(scope.category)
            except NotFoundError:
                # The settings may name one that has no posts yet.
                if not any(scope.category == each.name for each in self._settings.categories):
                    raise

    def _put(
        self,
        scope: Scope,
        before: Entry | None,
        wanted: Timetable | None,
        by: str,
        owner: str = "",
    ) -> bool:
        now = self._clock()
        after = Entry(wanted, owner or by, now) if wanted else None
        change = Change(now, by, scope, str(wanted or "as its cadence"))
        following = (wanted or self.of(scope.cadence)).next(now) if wanted else now
        over = [each for each in self._schedules.skips() if scope.covers(each)]
        return self._schedules.put(change, before, after, following, over)

    def _note(self, scope: Scope, by: str, what: str) -> None:
        self._schedules.note(Change(self._clock(), by, scope, what))
