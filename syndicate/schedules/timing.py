"""When the messages of a mailing are due, may leave, and are given up: by zone. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from syndicate.schedules.hours import Hours
from syndicate.schedules.local import shown
from syndicate.schedules.model import SLOT_NAME, first_shown
from syndicate.settings.hours import hours

if TYPE_CHECKING:
    from syndicate.settings import Cadence

#: Where it is an hour last of all: UTC-12, as POSIX signs it.
_LAST = "Etc/GMT+12"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The times of one mailing, in seconds since the epoch. Zones are IANA names; "" is its own."""

    #: That of its cadence.
    zone: ZoneInfo
    hours: Hours
    #: Whether each reader's own clocks count.
    local: bool
    #: What clocks show at its slot; None: it was ordered by hand, for no slot.
    wall: datetime | None
    #: When it was ordered, or last begun anew: nothing of it is due before.
    begun_at: datetime
    #: For how long each message is tried.
    tried_for: timedelta

    @classmethod
    def of(
        cls, cadence: Cadence | None, zone: ZoneInfo, slot: str, begun_at: datetime, seconds: float
    ) -> Self:
        """That of a mailing of a cadence's slot in a zone, which is tried for so many seconds."""
        moment = moment_of(slot)
        window = hours(cadence.window) if cadence and cadence.window else None
        return cls(
            zone=zone,
            hours=Hours(window, frozenset(cadence.quiet if cadence else ())),
            local=cadence is not None and cadence.local,
            wall=shown(moment, zone) if moment else None,
            begun_at=begun_at,
            tried_for=timedelta(seconds=seconds),
        )

    def begins(self, zone: str) -> float:
        """The moment from which it is due to the readers of a zone.

        Of a slot whose hour has gone by when it is ordered that is at once.
        """
        return self._begins(self._zone(zone)).timestamp()

    def expires(self, zone: str) -> float:
        """When their messages are given up: all have the same time, quiet days not counted."""
        found = self._zone(zone)
        return self.hours.after(self._begins(found), self.tried_for, found).timestamp()

    @property
    def ends(self) -> float:
        """When those of the last zone on Earth are: nothing of it is needed any longer."""
        return self.expires(_LAST)

    def stretch(self, zone: str, now: float) -> tuple[float, float]:
        """Since when and until when mail to a zone may leave: the stretch of now, or the next."""
        found = self.hours.stretch(datetime.fromtimestamp(now, UTC), self._zone(zone))
        return found.since.timestamp(), found.until.timestamp()

    def _begins(self, zone: ZoneInfo) -> datetime:
        due_at = self.begun_at
        if self.local and self.wall:
            due_at = max(due_at, first_shown(self.wall, zone))
        return self.hours.opens(due_at, zone)

    def _zone(self, name: str) -> ZoneInfo:
        if not self.local or not name:
            return self.zone
        try:
            return ZoneInfo(name)
        except ZoneInfoNotFoundError:
            # This machine's tables don't have it, though the one had it where it was named.
            return self.zone


def moment_of(slot: str) -> datetime | None:
    """The moment, in UTC, that a slot is named after; None if a person gave it another name."""
    try:
        return datetime.strptime(slot, SLOT_NAME).replace(tzinfo=UTC)
    except ValueError:
        return None
