"""What stands between a worker and Redis reads commands as any client may send them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.chaos.faults import AFTER, BEFORE, Act, Place, Plan
from tests.chaos.wire import commands, packed, scripts

COMMANDS = st.lists(st.lists(st.binary(max_size=40), min_size=1, max_size=5), max_size=5)


@given(COMMANDS, st.integers(1, 30))
def test_commands_come_whole_in_whatever_pieces(said: list[list[bytes]], size: int) -> None:
    stream, heard, found = b"".join(map(packed, said)), bytearray(), list[list[bytes]]()
    for at in range(0, len(stream), size):
        heard += stream[at : at + size]
        found += commands(heard)
    assert (found, heard) == (said, bytearray())


def test_every_script_is_known_by_its_hash() -> None:
    assert {"advance", "lease_chunk", "release_chunk", "plan_chunk"} <= set(scripts().values())


def test_a_plan_is_the_same_for_the_same_seed_and_ends_with_its_budget() -> None:
    places = [*Place, f"{BEFORE}advance", f"{AFTER}advance"] * 60
    drawn = [[plan.at(place) for place in places] for plan in (Plan("s", 30), Plan("s", 30))]
    assert drawn[0] == drawn[1]
    assert sum(act is not None for act in drawn[0]) == 30
    assert drawn[0] != [Plan("t", 30).at(place) for place in places]


def test_what_is_wanted_at_a_place_happens_there_first_and_once() -> None:
    plan = Plan("s", 0, {Place.DOT: Act.KILL})
    assert [plan.at(Place.MAIL), plan.at(Place.DOT), plan.at(Place.DOT)] == [None, Act.KILL, None]
