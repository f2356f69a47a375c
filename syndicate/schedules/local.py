"""The reader's own hour: a slot that the clocks of many zones show, one after another. Pure."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from syndicate.schedules.model import first_shown

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


def shown(moment: datetime, zone: ZoneInfo) -> datetime:
    """What a clock on the wall of a zone shows then; it says of itself no zone."""
    return moment.astimezone(zone).replace(tzinfo=None)


def known(names: Iterable[str]) -> list[ZoneInfo]:
    """The zones of these names; those that this machine's tables don't have are left out."""
    zones = []
    for name in names:
        with suppress(ZoneInfoNotFoundError):
            zones.append(ZoneInfo(name))
    return zones


def furthest(zone: ZoneInfo, zones: Iterable[ZoneInfo], now: datetime) -> datetime:
    """The moment at which the clocks of `zone` first show what the furthest of all show now.

    A slot up to then has begun for somebody: it is cut now, once, and later for nobody. Those of
    `zone` are among them, so it is never before `now`. Named by its own zone, a slot stays the same
    whoever comes, leaves, or moves to where the clocks go ahead.
    """
    ahead = max(shown(now, each) for each in (zone, *zones))
    return max(now, first_shown(ahead.replace(microsecond=0), zone))
