"""What is due, in Redis: of all who claim it, one is let through."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.schedules.agenda import Due, Held, Kind
from syndicate.schedules.scope import Scope
from syndicate.schedules.store import ScheduleStore

if TYPE_CHECKING:
    from syndicate.store.client import Store

EIGHT = datetime(2026, 11, 23, 8, tzinfo=UTC)
DAY = timedelta(days=1)
DAILY = Due(Scope("daily"), EIGHT)


@pytest.fixture
def schedules(store: Store) -> ScheduleStore:
    return ScheduleStore(store)


@given(st.from_regex(r"[a-z][a-z0-9-]{0,31}", fullmatch=True), st.text(), st.sampled_from(Kind))
def test_what_is_due_is_read_as_it_was_written(cadence: str, category: str, kind: Kind) -> None:
    due = Due(Scope(cadence, category), EIGHT, kind)
    assert Due.of(due.member, EIGHT.timestamp()) == due


def test_a_claim_moves_what_is_due_on(schedules: ScheduleStore) -> None:
    schedules.add(DAILY)
    assert schedules.due(EIGHT) == [DAILY]
    assert schedules.claim(DAILY, EIGHT + DAY)
    assert schedules.due(EIGHT) == []
    assert schedules.agenda() == [Due(Scope("daily"), EIGHT + DAY)]


def test_who_believes_it_elsewhere_claims_nothing(schedules: ScheduleStore) -> None:
    schedules.add(Due(Scope("daily"), EIGHT + DAY))
    held = Held("2026-11-23T08:00:00Z", Scope("daily"), EIGHT)
    assert not schedules.claim(DAILY, EIGHT + 2 * DAY, hold=held)
    assert schedules.held() == []


def test_of_many_that_claim_a_slot_one_gets_it(schedules: ScheduleStore) -> None:
    schedules.add(DAILY)
    together = Barrier(16)

    def claim(_: int) -> bool:
        together.wait()
        return schedules.claim(DAILY, EIGHT + DAY)

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(claim, range(16))) == 1


def test_a_slot_is_awaited_until_it_is_claimed(schedules: ScheduleStore) -> None:
    schedules.add(DAILY)
    assert schedules.awaits(Scope("daily", "tech"), EIGHT)
    assert not schedules.awaits(Scope("weekly", "tech"), EIGHT)
    schedules.claim(DAILY, EIGHT + DAY)
    assert not schedules.awaits(Scope("daily", "tech"), EIGHT)


def test_a_renamed_category_keeps_all_that_is_said_of_it(schedules: ScheduleStore) -> None:
    old, new = Scope("daily", "old"), Scope("daily", "new: one")
    for kind in Kind:
        schedules.add(Due(old, EIGHT, kind))
    schedules.skip(old, EIGHT)
    for _ in range(2):
        schedules.rename(old, new)
        assert {due.scope for due in schedules.agenda()} == {new}
        assert len(schedules.agenda()) == 3
        assert list(schedules.skips()) == [new]
