"""When a cadence is due: pure rules over cron expressions, zones and a given now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from cronsim import CronSim

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


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

    @property
    def name(self) -> str:
        """The slot's permanent name, by which it runs once."""
        return slot_name(self.moment)


def slot_name(moment: datetime) -> str:
    """A moment as slots are named: UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def next_slot(cron: str, zone: ZoneInfo, after: datetime) -> datetime:
    """The first moment of a cadence after a given one."""
    return next(CronSim(cron, after.astimezone(zone))).astimezone(UTC)


def latest_slot(cron: str, zone: ZoneInfo, now: datetime) -> datetime:
    """The last moment of a cadence that isn't after `now`."""
    # CronSim's backward search begins before its start; a second later makes `now` itself count.
    start = (now + timedelta(seconds=1)).astimezone(zone)
    return next(CronSim(cron, start, reverse=True)).astimezone(UTC)


def due(cron: str, zone: ZoneInfo, last: datetime, now: datetime, grace: timedelta) -> Slot | None:
    """The slot to see to, given the last one seen to; None if there is none.

    Of several missed slots only the newest counts: one edition holds what all of them would have.
    """
    moment = latest_slot(cron, zone, now)
    if moment <= last:
        return None
    return Slot(moment, Verdict.RUN if now - moment <= grace else Verdict.HOLD)
