"""Whatever a turn's connections do, each place is in one's hands at a time, and none is lost."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from syndicate.delivery.agenda import Agenda


def test_places_come_in_their_order_and_what_is_given_back_comes_first() -> None:
    agenda = Agenda(range(5))
    assert agenda.take(0, 3) == [0, 1, 2]
    agenda.give_back([2, 1])
    assert agenda.take(0, 9) == [1, 2, 3, 4]
    assert agenda.take(0, 9) == []
    assert not agenda.has_ready


def test_what_is_put_off_comes_when_it_is_time() -> None:
    agenda = Agenda([7])
    (place,) = agenda.take(0, 1)
    agenda.put_off(place, until=10)
    agenda.put_off(8, until=5)
    assert agenda.next_at == 5
    assert agenda.take(4.9, 9) == []
    assert agenda.take(5, 9) == [8]
    assert agenda.take(10, 9) == [7]
    assert agenda.next_at is None


@given(st.integers(0, 600), st.integers(1, 64))
def test_everybody_gets_a_share_and_nobody_so_much_that_others_have_nothing(
    places: int, hands: int
) -> None:
    share = Agenda(range(places)).share(hands)
    assert share >= 1
    assert share == 1 or share * hands <= places


def test_threads_share_all_and_repeat_nothing() -> None:
    agenda, places = Agenda(range(2000)), range(2000)

    def work(_worker: int) -> list[int]:
        done: list[int] = []
        while some := agenda.take(0, 3):
            if len(done) % 5 == 0:
                agenda.give_back(some[1:])
                some = some[:1]
            done += some
        return done

    with ThreadPoolExecutor(8) as pool:
        found = Counter(place for done in pool.map(work, range(8)) for place in done)
    assert found == Counter(places)
