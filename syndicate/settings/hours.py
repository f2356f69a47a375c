"""Stretches of the day and days of the year, as settings write them."""

from __future__ import annotations

import re
from datetime import date, time

#: As `quiet` calls the days of the week, Monday first.
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d|\d\d-\d\d")
#: A year that has a 29 February: what is said of every year may be that.
_LEAP = "2024-"


def hours(value: str) -> tuple[time, time]:
    """`22:00-07:00`: from when until when; the second is the next day's if it is the earlier one.

    Raises:
        ValueError: it isn't such a stretch, or has no end.
    """
    found = _HOURS.fullmatch(value)
    if found is None or found.group(1, 2) == found.group(3, 4):
        raise ValueError(f"{value!r} must be two times of day, such as '22:00-07:00'")
    begin_hour, begin_minute, end_hour, end_minute = map(int, found.groups())
    return time(begin_hour, begin_minute), time(end_hour, end_minute)


def named_day(value: str) -> str:
    """A day of the week (`sat`), of every year (`12-24`) or of one (`2026-12-25`).

    Raises:
        ValueError: it is none of these.
    """
    try:
        if value not in WEEKDAYS:
            date.fromisoformat(value if _is_of_one_year(value) else f"{_LEAP}{value}")
    except ValueError as error:
        raise ValueError(
            f"{value!r} is no day; write 'sat', '12-24' for every year or '2026-12-25'"
        ) from error
    return value


def _is_of_one_year(value: str) -> bool:
    if not _DAY.fullmatch(value):
        raise ValueError("not as days are written here")
    return len(value) == len("2026-12-25")
