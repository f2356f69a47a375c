"""Quiet hours are one stretch a day by the clocks of the zone, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.delivery.relays.quiet import quiet_until

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = (time(22), time(7))


def at(text: str, zone: ZoneInfo = BERLIN) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        (NIGHT, "2026-11-23 21:59:59", ""),
        (NIGHT, "2026-11-23 22:00:00", "2026-11-24 07:00"),
        (NIGHT, "2026-11-24 00:30:00", "2026-11-24 07:00"),
        (NIGHT, "2026-11-24 06:59:59", "2026-11-24 07:00"),
        (NIGHT, "2026-11-24 07:00:00", ""),
        ((time(12), time(13, 30)), "2026-11-24 12:00", "2026-11-24 13:30"),
        ((time(12), time(13, 30)), "2026-11-24 13:30", ""),
        # The clocks go forward at 02:00, and back at 03:00.
        (NIGHT, "2026-03-28 23:00", "2026-03-29 07:00"),
        (NIGHT, "2026-10-24 23:00", "2026-10-25 07:00"),
        ((time(22), time(2, 30)), "2026-03-28 23:00", "2026-03-29 03:30"),
        ((time(22), time(2, 30)), "2026-10-24 23:00", "2026-10-25 02:30"),
    ],
)
def test_they_begin_and_end_as_the_clocks_show(
    hours: tuple[time, time], now: str, until: str
) -> None:
    assert quiet_until(hours, BERLIN, at(now)) == (at(until) if until else 0)


def test_a_night_is_as_long_as_it_is() -> None:
    for begin, length in (("2026-03-28", 8), ("2026-07-01", 9), ("2026-10-24", 10)):
        now = at(f"{begin} 22:00")
        assert quiet_until(NIGHT, BERLIN, now) - now == length * 3600


@given(
    begin=st.times(),
    end=st.times(),
    zone=st.sampled_from(
        ["Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe"]
    ),
    now=st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001 - UTC below
)
def test_whoever_waits_until_their_end_waits_once_and_for_less_than_a_day(
    begin: time, end: time, zone: str, now: datetime
) -> None:
    begin, end = begin.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0)
    if begin == end:
        return
    moment = now.replace(tzinfo=UTC).timestamp()
    until = quiet_until((begin, end), ZoneInfo(zone), moment)
    if until:
        assert moment < until <= moment + timedelta(hours=25).total_seconds()
        length = (datetime.combine(now, end) - datetime.combine(now, begin)) % timedelta(days=1)
        # Where the stretch between is so short that a clock's change covers it, another begins.
        if timedelta(hours=2) < length < timedelta(hours=22):
            assert quiet_until((begin, end), ZoneInfo(zone), until) == 0
