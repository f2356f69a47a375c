"""When a cadence is due, whatever its zone does to the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from syndicate.schedules.model import Slot, Verdict, due, latest_slot, next_slot, slot_name

BERLIN, NEW_YORK, SHANGHAI = map(ZoneInfo, ("Europe/Berlin", "America/New_York", "Asia/Shanghai"))
NIGHTLY = "30 2 * * *"
DAILY = "0 8 * * *"
GRACE = timedelta(hours=6)

#: Zones that set their clocks at odd hours, by odd steps, or never.
zones = st.sampled_from(
    (
        *("UTC", "Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe"),
        *("America/Sao_Paulo", "Pacific/Apia", "Africa/Casablanca", "Asia/Kathmandu"),
        *("America/Havana", "Antarctica/Troll", "Asia/Gaza"),
    )
).map(ZoneInfo)
#: Moments at which some of them did.
CHANGES = [
    *("2026-03-29T01:00", "2026-10-25T01:00", "2026-03-08T07:00", "2026-11-01T06:00"),
    *("2026-04-04T15:00", "2026-10-03T15:30", "2018-02-18T02:00", "2018-11-04T03:00"),
    *("2011-12-30T10:00", "2026-03-15T02:00", "2026-11-01T05:00"),
]
#: 2005 to 2035, to the microsecond, and often near a change.
moments = st.one_of(
    st.integers(0, 30 * 365 * 86_400_000_000).map(
        lambda passed: datetime(2005, 1, 1, tzinfo=UTC) + timedelta(microseconds=passed)
    ),
    st.builds(
        lambda change, seconds: utc(change) + timedelta(seconds=seconds),
        st.sampled_from(CHANGES),
        st.integers(-4 * 3600, 4 * 3600),
    ),
)
minutes = st.one_of(st.integers(0, 59).map(str), st.sampled_from(["*", "*/20", "0,30", "5-7"]))
hours = st.one_of(st.integers(0, 23).map(str), st.sampled_from(["*", "*/2", "1,2", "0-3"]))
days = st.sampled_from(["* * *", "* * 1", "1 * *", "* * 6,7", "15 6 *", "L * *", "29 2 *"])
crons = st.builds("{} {} {}".format, minutes, hours, days)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def slots(cron: str, zone: ZoneInfo, after: str, before: str) -> list[str]:
    """The slots that a beat sees to, asking every minute."""
    now, last, end, found = utc(after), utc(after), utc(before), []
    while now < end:
        now += timedelta(minutes=1)
        slot = due(cron, zone, last, now, GRACE)
        if slot:
            assert slot.verdict is Verdict.RUN
            last = slot.moment
            found.append(f"{last.astimezone(zone):%m-%d %H:%M %Z}")
    return found


@pytest.mark.parametrize(
    ("cron", "zone", "after", "before", "expected"),
    [
        # 02:30 isn't there on the 29th: it runs when the clock jumps over it.
        (
            *(NIGHTLY, BERLIN, "2026-03-28T00:00", "2026-03-30T12:00"),
            ["03-28 02:30 CET", "03-29 03:00 CEST", "03-30 02:30 CEST"],
        ),
        # 02:30 is there twice on the 25th: the first counts.
        (
            *(NIGHTLY, BERLIN, "2026-10-23T22:00", "2026-10-26T12:00"),
            ["10-24 02:30 CEST", "10-25 02:30 CEST", "10-26 02:30 CET"],
        ),
        (
            *(NIGHTLY, NEW_YORK, "2026-03-07T05:00", "2026-03-09T12:00"),
            ["03-07 02:30 EST", "03-08 03:00 EDT", "03-09 02:30 EDT"],
        ),
        (
            *("30 1 * * *", NEW_YORK, "2026-10-31T04:00", "2026-11-02T12:00"),
            ["10-31 01:30 EDT", "11-01 01:30 EDT", "11-02 01:30 EST"],
        ),
        (
            *(NIGHTLY, SHANGHAI, "2026-03-27T16:00", "2026-03-30T00:00"),
            ["03-28 02:30 CST", "03-29 02:30 CST", "03-30 02:30 CST"],
        ),
        # A time that is skipped and one that comes then are one slot.
        ("30 2,3 * * *", BERLIN, "2026-03-29T00:00", "2026-03-29T05:00",
            ["03-29 03:00 CEST", "03-29 03:30 CEST"]),
        # By the hour too, a local hour that comes twice runs once.
        ("0 * * * *", BERLIN, "2026-10-24T23:30", "2026-10-25T02:30",
            ["10-25 02:00 CEST", "10-25 03:00 CET"]),
        ("0 8 * * *", BERLIN, "2026-10-24T12:00", "2026-10-26T12:00",
            ["10-25 08:00 CET", "10-26 08:00 CET"]),
    ],
)  # fmt: skip
def test_every_local_time_runs_once_also_when_the_clock_is_set(
    cron: str, zone: ZoneInfo, after: str, before: str, expected: list[str]
) -> None:
    assert slots(cron, zone, after, before) == expected


def test_a_slot_that_the_clock_was_set_back_over_has_been() -> None:
    half_past_two = utc("2026-10-25T00:30")
    for now in ("2026-10-25T00:45", "2026-10-25T01:00", "2026-10-25T01:29", "2026-10-25T01:45"):
        assert latest_slot(NIGHTLY, BERLIN, utc(now)) == half_past_two


@given(crons, zones, moments)
def test_now_lies_between_the_latest_slot_and_the_next(
    cron: str, zone: ZoneInfo, now: datetime
) -> None:
    assert latest_slot(cron, zone, now) <= now < next_slot(cron, zone, now)


@given(crons, zones, moments)
def test_between_two_slots_there_is_none(cron: str, zone: ZoneInfo, now: datetime) -> None:
    latest = latest_slot(cron, zone, now)
    following = next_slot(cron, zone, now)
    assert next_slot(cron, zone, latest) == following
    assert latest_slot(cron, zone, following) == following
    assert latest_slot(cron, zone, following - timedelta(seconds=1)) == latest


@given(st.integers(0, 23), st.integers(0, 59), zones, moments)
def test_a_daily_cadence_has_one_slot_a_day(
    hour: int, minute: int, zone: ZoneInfo, now: datetime
) -> None:
    assume(zone.key != "Pacific/Apia")  # once it skipped a whole day
    cron = f"{minute} {hour} * * *"
    first = next_slot(cron, zone, now)
    second = next_slot(cron, zone, first)
    assert timedelta(hours=21) <= second - first <= timedelta(hours=27)


@given(crons, zones, moments)
def test_a_slot_has_no_fraction_of_a_second(cron: str, zone: ZoneInfo, now: datetime) -> None:
    for slot in (latest_slot(cron, zone, now), next_slot(cron, zone, now)):
        assert slot.tzinfo is UTC
        assert datetime.fromisoformat(slot_name(slot)) == slot


@pytest.mark.parametrize("microsecond", [0, 1, 999_999])
def test_a_slot_is_due_from_its_very_second(microsecond: int) -> None:
    eight = utc("2026-11-23T08:00")
    now = eight + timedelta(microseconds=microsecond)
    assert due(DAILY, ZoneInfo("UTC"), eight - timedelta(days=1), now, GRACE) == Slot(
        eight, Verdict.RUN
    )
    assert due(DAILY, ZoneInfo("UTC"), eight, now, GRACE) is None


def test_a_slot_that_was_seen_to_is_not_due_again_even_if_the_clock_is_set_back() -> None:
    eight = utc("2026-11-23T08:00")
    assert due(DAILY, ZoneInfo("UTC"), eight, eight - timedelta(hours=2), GRACE) is None


def test_of_several_missed_slots_the_newest_is_due() -> None:
    last, now = utc("2026-11-16T08:00"), utc("2026-11-23T09:00")
    slot = due(DAILY, ZoneInfo("UTC"), last, now, GRACE)
    assert slot == Slot(utc("2026-11-23T08:00"), Verdict.RUN)


@pytest.mark.parametrize(
    ("late", "verdict"),
    [
        (timedelta(0), Verdict.RUN),
        (GRACE, Verdict.RUN),
        (GRACE + timedelta(seconds=1), Verdict.HOLD),
    ],
)
def test_a_slot_is_run_within_its_grace_and_held_past_it(late: timedelta, verdict: Verdict) -> None:
    eight = utc("2026-11-23T08:00")
    slot = due(DAILY, ZoneInfo("UTC"), eight - timedelta(days=3), eight + late, GRACE)
    assert slot == Slot(eight, verdict)


def test_a_slots_name_is_the_same_in_every_zone() -> None:
    moment = utc("2026-10-25T00:30")
    assert slot_name(moment) == "2026-10-25T00:30:00Z"
    assert slot_name(moment.astimezone(BERLIN)) == slot_name(moment)
