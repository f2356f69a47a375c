"""Quiet hours, by the clocks of a zone: one stretch a day, whatever the clocks do in between."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


def quiet_until(hours: tuple[time, time], zone: ZoneInfo, now: float) -> float:
    """When the quiet hours end that `now` is in, in seconds since the epoch; 0: it is in none.

    They begin and end with the first time that the clocks show those hours. Where a clock skips
    one of them, it counts as the moment as long after the last before (PEP 495, fold 0).
    """
    begin, end = hours
    today = datetime.fromtimestamp(now, UTC).astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        last = day + timedelta(days=1) if end <= begin else day
        since = datetime.combine(day, begin, zone).timestamp()
        until = datetime.combine(last, end, zone).timestamp()
        if since <= now < until:
            return until
    return 0.0
