"""When a cadence is due: pure rules over cron expressions, zones and a given now."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from cronsim import CronSim

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

#: How a slot is named: the moment itself.
SLOT_NAME = "%Y-%m-%dT%H:%M:%SZ"


class Verdict(StrEnum):
    """What is to be done with a slot."""

    #: It is its time, or it is late within its grace.
    RUN = "run"
    #: Too late: a person decides (DESIGN.md, "Schedules").
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Slot:
    """One moment of a cadence."""

    #: UTC.
    moment: datetime
    verdict: Verdict

    @classmethod
    def judged(cls, moment: datetime, now: datetime, grace: timedelta) -> Self:
        """A slot with what is to be done with it now."""
        return cls(moment, Verdict.RUN if now - moment <= grace else Verdict.HOLD)

    @property
    def name(self) -> str:
        """The slot's permanent name, by which it runs once."""
        return slot_name(self.moment)


def slot_name(moment: datetime) -> str:
    """A moment as slots are named: UTC, to the second."""
    return moment.astimezone(UTC).strftime(SLOT_NAME)


def next_slot(cron: str, zone: ZoneInfo, after: datetime) -> datetime:
    """The first moment of a cadence after a given one."""
    moments = (first_shown(wall, zone) for wall in CronSim(cron, _wall(after, zone)))
    return next(moment for moment in moments if moment > after)


def latest_slot(cron: str, zone: ZoneInfo, now: datetime) -> datetime:
    """The last moment of a cadence that isn't after `now`."""
    latest = first_shown(next(CronSim(cron, _wall(now, zone), reverse=True)), zone)
    # CronSim's backward search begins before its start: `now` itself is still to come. And where
    # the clock has just been set back, it has shown later times than it does now.
    while (following := next_slot(cron, zone, latest)) <= now:
        latest = following
    return latest


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """What a clock on the wall shows, to the second."""
    return moment.astimezone(zone).replace(tzinfo=None, microsecond=0)


def first_shown(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment at which the clock first shows this time or a later one, in UTC.

    So a time that it shows twice counts once, and one that it skips counts when it jumps
    (STANDARDS 66). CronSim's own rules for zones go wrong where the clock is set back.
    """
    first = wall.replace(tzinfo=zone).astimezone(UTC)
    if _wall(first, zone) == wall:
        return first
    # Read with the offset that holds after the jump, a skipped time lies before it (PEP 495).
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    seconds = range(int((first - before).total_seconds()))
    jump = bisect_left(seconds, wall, key=lambda s: _wall(before + timedelta(seconds=s), zone))
    return before + timedelta(seconds=jump)


def due(cron: str, zone: ZoneInfo, last: datetime, now: datetime, grace: timedelta) -> Slot | None:
    """The slot to see to, given the last one seen to; None if there is none.

    Of several missed slots only the newest counts: one edition holds what all of them would have.
    """
    moment = latest_slot(cron, zone, now)
    if moment <= last:
        return None
    return Slot.judged(moment, now, grace)
