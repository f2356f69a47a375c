"""Quiet days: on these nothing is cut, and nothing leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syndicate.settings.hours import WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date


def is_quiet(quiet: Collection[str], day: date) -> bool:
    """Whether a day, by the calendar of whoever asks, is among those that a cadence has named.

    They are named as `settings.hours.named_day` has them.
    """
    names = (WEEKDAYS[day.weekday()], f"{day:%m-%d}", day.isoformat())
    return any(name in quiet for name in names)
