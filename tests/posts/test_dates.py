from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.posts.matter.dates import midnight, parse, strftime

SHANGHAI = ZoneInfo("Asia/Shanghai")
MOMENTS = st.datetimes(datetime(1900, 1, 2), datetime(2199, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 -- the zone is the strategy's


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2022-05-06 17:13:17 +0800", "2022-05-06T09:13:17"),
        ("2022-05-06 17:13:17 +08:00", "2022-05-06T09:13:17"),
        ("2022-5-6 7:13 +0800", "2022-05-05T23:13:00"),
        ("2005-02-02 23:00:11.000000000 +00:00", "2005-02-02T23:00:11"),
        ("2022-05-06T17:13:17Z", "2022-05-06T17:13:17"),
        ("2022-05-06T17:13:17.5-02:30", "2022-05-06T19:43:17.500000"),
        ("2022-05-06 17:13:17 Asia/Shanghai", "2022-05-06T09:13:17"),
        ("2022/05/06 5:13 PM UTC", "2022-05-06T17:13:00"),
        ("Fri Sep  9 12:00:00 CEST 2016", "2016-09-09T10:00:00"),
        ("Fri, 09 Sep 2016 12:00:00 +0200", "2016-09-09T10:00:00"),
        ("September 9th, 2016 12:00 EST", "2016-09-09T17:00:00"),
    ],
)
def test_all_of_jekylls_forms_are_read(text: str, utc: str) -> None:
    assert parse(text, SHANGHAI) == datetime.fromisoformat(utc + "+00:00")


def test_a_time_without_a_zone_is_utc_and_a_day_without_a_time_is_the_sites() -> None:
    assert parse("2022-05-06 17:13:17", SHANGHAI) == datetime(2022, 5, 6, 17, 13, 17, tzinfo=UTC)
    assert parse("2022-05-06", SHANGHAI) == datetime(2022, 5, 5, 16, tzinfo=UTC)
    assert parse("6 May 2022", SHANGHAI) == midnight(date(2022, 5, 6), SHANGHAI)


@pytest.mark.parametrize(
    "text",
    [
        *("", "+0800", "soon", "2022-02-30", "2022-05-06 25:00", "0202-05-06", "20222-05-06"),
        *("2017-02-10 00:10::00 -03:00", "2022-05-06 10:00 XYZ", "2022-05-06 10:00 No/Where"),
        "2022-05-06 10:00 +99:00",
    ],
)
def test_what_is_no_date_says_what_one_looks_like(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no date; write 2026-11-23 08:00:00 \+0800"):
        parse(text, SHANGHAI)


@given(MOMENTS)
def test_what_is_written_is_what_is_read(moment: datetime) -> None:
    whole = moment.replace(microsecond=0)
    for form in ("%Y-%m-%d %H:%M:%S %z", "%a %b %e %T UTC %Y", "%d %B %Y %I:%M:%S %p Z"):
        assert parse(strftime(whole, form), SHANGHAI) == whole


@given(st.text(max_size=100))
def test_no_text_whatever_raises_anything_else(text: str) -> None:
    with suppress(ValueError):
        assert parse(text, SHANGHAI).tzinfo is UTC


def test_months_are_english_and_flags_are_rubys() -> None:
    moment = datetime(2022, 5, 6, 7, 8, 9, tzinfo=UTC)
    shown = strftime(moment, "%-d %^b %B %a %A %F %T %j %V %G %u %-I%P %L %e|%y %% %q")
    assert shown == "6 MAY May Fri Friday 2022-05-06 07:08:09 126 18 2022 5 7am 000  6|22 % %q"
