"""Where a cadence stands: of all who ask, one is let through."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from syndicate.schedules.store import ScheduleStore

if TYPE_CHECKING:
    from syndicate.store.client import Store

EIGHT = datetime(2026, 11, 23, 8, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def schedules(store: Store) -> ScheduleStore:
    return ScheduleStore(store)


def test_a_cadence_that_never_ran_stands_nowhere(schedules: ScheduleStore) -> None:
    assert schedules.last("daily") is None
    assert schedules.held("daily") == []


def test_a_claim_moves_the_cadence_on(schedules: ScheduleStore) -> None:
    assert schedules.claim("daily", None, EIGHT)
    assert schedules.last("daily") == EIGHT
    assert schedules.claim("daily", EIGHT, EIGHT + DAY)
    assert schedules.last("daily") == EIGHT + DAY
    assert schedules.last("weekly") is None


def test_who_believes_it_elsewhere_claims_nothing(schedules: ScheduleStore) -> None:
    schedules.claim("daily", None, EIGHT)
    assert not schedules.claim("daily", None, EIGHT + DAY)
    assert not schedules.claim("daily", EIGHT - DAY, EIGHT + DAY, hold=True)
    assert schedules.last("daily") == EIGHT
    assert schedules.held("daily") == []


def test_of_many_that_claim_a_slot_one_gets_it(schedules: ScheduleStore) -> None:
    schedules.claim("daily", None, EIGHT)
    together = Barrier(16)

    def claim(number: int) -> bool:
        together.wait()
        return schedules.claim("daily", EIGHT, EIGHT + DAY, hold=number % 2 == 0)

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(claim, range(16))) == 1
    assert len(schedules.held("daily")) <= 1


def test_held_slots_are_kept_in_their_order(schedules: ScheduleStore) -> None:
    schedules.claim("daily", None, EIGHT, hold=True)
    schedules.claim("daily", EIGHT, EIGHT + DAY)
    schedules.claim("daily", EIGHT + DAY, EIGHT + 2 * DAY, hold=True)
    assert schedules.held("daily") == ["2026-11-23T08:00:00Z", "2026-11-25T08:00:00Z"]
