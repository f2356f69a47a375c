"""How soon a child that died is started again, and when that is given up."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from syndicate.running.restarts import FIRST_PAUSE, HOPELESS, LONGEST_PAUSE, SETTLED, Deaths

lives = st.lists(st.floats(0, 2 * SETTLED), min_size=1, max_size=50)


@given(lives)
def test_pauses_grow_up_to_the_longest_and_are_forgotten_after_a_long_life(
    lived: list[float],
) -> None:
    told = list(itertools.accumulate(lived, Deaths.after, initial=Deaths()))[1:]
    for seconds, before, after in zip(lived[1:], told, told[1:], strict=False):
        if seconds >= SETTLED:
            assert after.pause == FIRST_PAUSE
        else:
            assert after.pause == min(2 * before.pause, LONGEST_PAUSE)


def test_a_child_that_never_worked_is_given_up() -> None:
    deaths = Deaths()
    for _ in range(HOPELESS - 1):
        deaths = deaths.after(1)
        assert not deaths.is_hopeless
    assert deaths.after(1).is_hopeless


@given(lives)
def test_a_child_that_worked_once_is_never_given_up(lived: list[float]) -> None:
    deaths = Deaths().after(SETTLED)
    for seconds in lived:
        deaths = deaths.after(seconds)
        assert not deaths.is_hopeless
        assert FIRST_PAUSE <= deaths.pause <= LONGEST_PAUSE
