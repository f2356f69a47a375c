"""When somebody had paused is read from a record that has only that it changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from syndicate.delivery.absence import stretches

START = datetime(2026, 11, 1, tzinfo=UTC)


def entry(day: int, method: str = "page") -> dict[str, Any]:
    at = START + timedelta(days=day)
    return {"at": at, "told": ["paused_until"], "how": {"method": method}}


@given(st.lists(st.tuples(st.integers(1, 9), st.booleans()), max_size=12), st.booleans())
def test_pauses_that_began_and_ended_are_read_back_as_they_were(
    spans: list[tuple[int, bool]], is_on: bool
) -> None:
    consents, expected, day = [], [], 0
    for length, by_itself in spans:
        begin, end = day, day + length
        consents += [entry(begin), entry(end, "time" if by_itself else "page")]
        expected.append((begin, end))
        day = end + 1
    if is_on:
        consents.append(entry(day))
    found = stretches(consents, "paused_until", is_on=is_on)
    days = [((s.since - START).days, s.until and (s.until - START).days) for s in found]
    assert days[::-1] == [*expected, *([(day, None)] if is_on else [])]


def test_a_pause_that_was_made_longer_and_ended_by_itself_ends_once() -> None:
    consents = [entry(1), entry(3), entry(8, "time")]
    found = stretches(consents, "paused_until", is_on=False)
    assert [s.has(START + timedelta(days=day)) for s in found[:1] for day in (4, 7, 8)] == [
        True,
        True,
        False,
    ]


def test_what_ended_by_itself_had_begun_before_and_began_nothing() -> None:
    # He paused, it ended, he paused again and then for longer.
    consents = [entry(1), entry(5, "time"), entry(7), entry(9)]
    found = stretches(consents, "paused_until", is_on=True)
    days = [((s.since - START).days, s.until and (s.until - START).days) for s in found]
    assert days == [(9, None), (1, 5)]


def test_another_change_is_no_pause() -> None:
    other = {"at": START, "told": ["name"], "how": {}}
    assert stretches([other], "paused_until", is_on=False) == []
