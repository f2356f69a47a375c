"""The reader's hour, windows and quiet days: by whose clocks, and each once."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicate.schedules.hours import Hours
from syndicate.schedules.local import furthest, known, shown
from syndicate.schedules.model import Verdict, due
from syndicate.schedules.quiet import is_quiet
from syndicate.schedules.timing import Timing

ZONES = sorted(available_timezones() - {"localtime", "Factory"})
SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
#: Longer than any clock is set back or forward at once, the dateline's one day apart.
JUMP = timedelta(hours=3)

zones = st.sampled_from(ZONES).map(ZoneInfo)
moments = st.datetimes(datetime(2024, 1, 1), datetime(2034, 1, 1)).map(  # noqa: DTZ001 - UTC below
    lambda naive: naive.replace(tzinfo=UTC, microsecond=0)
)
minutes = st.builds(time, st.integers(0, 23), st.integers(0, 59))
hours = st.builds(
    Hours,
    st.none() | st.tuples(minutes, minutes).filter(lambda pair: pair[0] != pair[1]),
    st.frozensets(st.sampled_from(["mon", "sat", "sun", "12-24", "2026-12-25"])),
)


def timing(
    *,
    wall: datetime | None,
    begun_at: datetime,
    said: Hours | None = None,
    local: bool = True,
    zone: ZoneInfo = SHANGHAI,
) -> Timing:
    return Timing(
        zone=zone,
        hours=said or Hours(),
        local=local,
        wall=wall,
        begun_at=begun_at,
        tried_for=timedelta(days=2),
    )


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


# The reader's hour


@given(moments, st.sampled_from(ZONES), zones)
def test_it_is_due_to_each_reader_when_his_clock_shows_the_hour_of_the_slot(
    slot: datetime, reader: str, own: ZoneInfo
) -> None:
    wall = shown(slot, own)
    long_before = slot - timedelta(days=3)
    begins = timing(wall=wall, begun_at=long_before, zone=own).begins(reader)
    found = datetime.fromtimestamp(begins, UTC)
    shows = shown(found, ZoneInfo(reader))
    # Where his clock skips the hour it is due when it jumps: then it shows a later one at once.
    assert shows == wall or shown(found - timedelta(seconds=1), ZoneInfo(reader)) < wall < shows


def change_of(zone: ZoneInfo, after: datetime) -> datetime | None:
    """When the clocks of a zone are next put forward or back within a year, to the minute."""
    days = [after + timedelta(days=n) for n in range(366)]
    offsets = [day.astimezone(zone).utcoffset() for day in days]
    changed = [n for n in range(1, 366) if offsets[n] != offsets[n - 1]]
    if not changed:
        return None
    before = days[changed[0] - 1]
    minute = bisect_left(
        range(24 * 60),
        True,
        key=lambda n: (
            (before + timedelta(minutes=n)).astimezone(zone).utcoffset() != offsets[changed[0] - 1]
        ),
    )
    return before + timedelta(minutes=minute)


@pytest.mark.slow
@given(st.sampled_from(ZONES), moments, st.integers(-240, 240), st.sampled_from(ZONES))
def test_where_clocks_are_put_forward_or_back_it_is_due_once_at_the_first_such_hour(
    reader: str, after: datetime, minutes_on: int, own: str
) -> None:
    zone = ZoneInfo(reader)
    change = change_of(zone, after)
    if change is None:
        return
    wall = shown(change, zone) + timedelta(minutes=minutes_on)
    found = timing(wall=wall, begun_at=change - timedelta(days=3), zone=ZoneInfo(own))
    begins = datetime.fromtimestamp(found.begins(reader), UTC)
    assert shown(begins, zone) >= wall
    # No moment of the days before shows it: had it been due then, it would have been at once.
    steps = (begins - timedelta(minutes=n) for n in range(1, 24 * 60, 7))
    assert all(shown(step, zone) < wall for step in steps)


def test_a_reader_whose_hour_has_gone_by_gets_it_at_once() -> None:
    ordered = at("2026-11-23 09:00", SHANGHAI)
    found = timing(wall=datetime(2026, 11, 23, 8), begun_at=ordered)  # noqa: DTZ001 - on a wall
    assert found.begins("Asia/Tokyo") == found.begins("") == ordered.timestamp()
    assert found.begins("Europe/Berlin") == at("2026-11-23 08:00").timestamp()


def test_a_zone_that_this_machine_does_not_know_is_the_cadences() -> None:
    assert known(["Atlantis/Capital", "Europe/Berlin"]) == [BERLIN]
    found = timing(wall=datetime(2026, 11, 23, 8), begun_at=at("2026-11-20 00:00"))  # noqa: DTZ001
    assert found.begins("Atlantis/Capital") == found.begins("")


@given(moments, st.sampled_from(ZONES), hours, st.booleans())
def test_every_zone_has_the_same_time_quiet_days_apart(
    slot: datetime, reader: str, said: Hours, local: bool
) -> None:
    found = timing(wall=shown(slot, SHANGHAI), begun_at=slot - HOUR, said=said, local=local)
    spent = found.expires(reader) - found.begins(reader)
    assert spent >= found.tried_for.total_seconds()
    if not said.quiet:
        assert spent == found.tried_for.total_seconds()
    assert found.expires(reader) <= found.ends


@pytest.mark.slow
@settings(max_examples=50)
@given(moments, zones, st.lists(st.sets(zones, max_size=4), min_size=1, max_size=40), st.data())
def test_whoever_comes_or_leaves_a_slot_is_cut_once_and_for_nobody_too_late(
    start: datetime, own: ZoneInfo, crowds: list[set[ZoneInfo]], data: st.DataObject
) -> None:
    """A tick every few hours, while readers come and leave; each slot is one hour of the wall."""
    last, now, cut = start, start, list[datetime]()
    for crowd in crowds:
        before, now = now, now + data.draw(st.integers(1, 12)) * HOUR
        until = furthest(own, crowd, now)
        slot = due("0 8 * * *", own, last, until, timedelta(days=1))
        if slot:
            cut.append(shown(slot.moment, own))
            assert slot.verdict is Verdict.RUN
            last = slot.moment
        newest = max(shown(now, zone) for zone in (own, *crowd)).replace(hour=8, minute=0, second=0)
        if newest <= max(shown(now, zone) for zone in (own, *crowd)) and newest > shown(start, own):
            # It is past eight somewhere: what is due there was cut.
            assert shown(last, own) >= newest
        assert until >= now > before
    assert cut == sorted(set(cut))


# Windows and quiet days


@given(hours, zones, moments)
def test_it_opens_at_a_moment_at_which_mail_may_leave(
    said: Hours, zone: ZoneInfo, moment: datetime
) -> None:
    opens = said.opens(moment, zone)
    since, until = said.stretch(opens, zone)
    assert moment <= opens
    assert since <= opens < until
    # Nothing before was open: that stretch is the one that was asked for.
    assert said.stretch(moment, zone) == (since, until)


def is_open(said: Hours, moment: datetime, zone: ZoneInfo) -> bool:
    """The same by what the clock shows, which goes wrong where that is set back or forward."""
    clock = shown(moment, zone)
    if is_quiet(said.quiet, clock.date()):
        return False
    if said.window is None:
        return True
    begin, end = said.window
    inside = begin <= clock.time() < end
    return inside if begin < end else not end <= clock.time() < begin


@pytest.mark.slow
@given(hours, zones, moments)
def test_mail_leaves_while_the_clocks_show_it_may(
    said: Hours, zone: ZoneInfo, moment: datetime
) -> None:
    offsets = {(moment + n * JUMP).astimezone(zone).utcoffset() for n in range(-10, 11)}
    if len(offsets) > 1:
        return
    since, _ = said.stretch(moment, zone)
    assert (since <= moment) == is_open(said, moment, zone)


@pytest.mark.parametrize(
    ("window", "now", "opens", "closes"),
    [
        ("08:00-20:00", "2026-11-23 07:59", "2026-11-23 08:00", "2026-11-23 20:00"),
        ("08:00-20:00", "2026-11-23 19:59", "2026-11-23 19:59", "2026-11-23 20:00"),
        ("08:00-20:00", "2026-11-23 20:00", "2026-11-24 08:00", "2026-11-24 20:00"),
        # Over midnight, which ends a stretch and begins the next.
        ("22:00-02:00", "2026-11-23 21:00", "2026-11-23 22:00", "2026-11-24 00:00"),
        ("22:00-02:00", "2026-11-24 00:00", "2026-11-24 00:00", "2026-11-24 02:00"),
        # 28 November is a Saturday.
        ("22:00-02:00", "2026-11-27 23:59", "2026-11-27 23:59", "2026-11-28 00:00"),
        ("22:00-02:00", "2026-11-28 00:00", "2026-11-30 00:00", "2026-11-30 02:00"),
        # The clocks skip what is from 02:00 to 03:00, and show it twice.
        ("02:30-04:00", "2026-03-29 00:00", "2026-03-29 00:00", ""),
    ],
)
def test_a_window_is_one_stretch_of_the_clocks(
    window: str, now: str, opens: str, closes: str
) -> None:
    begin, end = map(time.fromisoformat, window.split("-"))
    said = Hours((begin, end), frozenset({"sat", "sun"} if closes else ()))
    if not closes:
        assert said.stretch(at(now), BERLIN) == (at("2026-03-29 03:00"), at("2026-03-29 04:00"))
        return
    assert said.opens(at(now), BERLIN) == at(opens)
    assert said.stretch(at(now), BERLIN).until == at(closes)


def test_a_window_that_the_clocks_skip_is_the_next_days() -> None:
    said = Hours((time(2, 10), time(2, 50)))
    assert said.opens(at("2026-03-29 00:00"), BERLIN) == at("2026-03-30 02:10")


@pytest.mark.parametrize(
    ("day", "quiet"),
    [
        # A Saturday, and the Friday before.
        *(("2026-11-28", True), ("2026-11-27", False)),
        *(("2026-12-24", True), ("2027-12-24", True)),
        *(("2026-12-25", True), ("2028-12-25", False)),
        *(("2028-02-29", True), ("2028-02-28", False)),
    ],
)
def test_a_quiet_day_is_one_of_the_week_of_every_year_or_of_one(day: str, quiet: bool) -> None:
    named = {"sat", "12-24", "2026-12-25", "02-29"}
    assert is_quiet(named, date.fromisoformat(day)) is quiet
