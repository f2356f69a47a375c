"""How fast a mailing gets on is told from its last minute, whatever the clock does."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.delivery.model import Mailing, MailingState
from syndicate.delivery.pace import Pace


def mailing(sent: int, audience: int = 1000) -> Mailing:
    return Mailing(
        id=1,
        editions=(1,),
        state=MailingState.SENDING,
        ordered_at=datetime(2026, 11, 23, tzinfo=UTC),
        audience=audience,
        sent=sent,
    )


def test_a_steady_mailing_ends_when_its_rate_says() -> None:
    pace = Pace()
    for second in range(100):
        pace.see(mailing(sent=5 * second), second)
    assert pace.rate == pytest.approx(5)
    assert pace.left(mailing(sent=495)) == pytest.approx(101)
    assert pace.left(mailing(sent=1000)) == 0


def test_one_that_stopped_has_no_end_in_sight_after_a_minute() -> None:
    pace = Pace()
    for second in range(200):
        pace.see(mailing(sent=min(5 * second, 500)), second)
    assert pace.rate == 0
    assert pace.left(mailing(sent=500)) is None


@given(st.lists(st.tuples(st.floats(0, 1e6), st.integers(0, 1000))))
def test_no_clock_and_no_retry_makes_it_run_backwards(seen: list[tuple[float, int]]) -> None:
    pace = Pace()
    for now, sent in seen:
        pace.see(mailing(sent), now)
    assert pace.rate >= 0
    assert (pace.left(mailing(1)) or 0) >= 0
