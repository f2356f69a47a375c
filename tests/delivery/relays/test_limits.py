"""Never more than a limit allows in any span of its length, whoever asks; and all gets its turn."""

from __future__ import annotations

import itertools
import threading
from bisect import bisect_left
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syndicate.delivery.relays.model import Grant, Wait
from tests.conftest import NOW
from tests.delivery.relays.conftest import relay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from syndicate.delivery.relays.roads import Roads
    from syndicate.store.client import Store

NOON = NOW.timestamp()
#: Each example has relays of its own, so that none is asked about another's mail.
_names = (f"r{n}" for n in itertools.count(1))


def granted(answers: Iterable[Grant | Wait]) -> int:
    return sum(isinstance(answer, Grant) for answer in answers)


def wait(answers: Sequence[Grant | Wait]) -> Wait:
    (found,) = {answer for answer in answers if isinstance(answer, Wait)}
    return found


def most_within(times: Sequence[float], seconds: float) -> int:
    """The most of these moments that any span of that length has, its end not included."""
    ordered = sorted(times)
    # What is half a millisecond short of it is: Redis counts whole ones.
    ends = (bisect_left(ordered, early + seconds - 0.0005) for early in ordered)
    return max((end - n for n, end in enumerate(ends)), default=0)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    limits=st.lists(
        st.tuples(
            st.sampled_from(["per_second", "per_minute", "per_hour", "per_day"]),
            st.integers(1, 12),
        ),
        min_size=1,
        max_size=3,
        unique_by=lambda limit: limit[0],
    ),
    steps=st.lists(
        st.tuples(
            st.sampled_from(
                [0.0, 0.011, 0.3, 0.99, 1.0, 7.0, 59.4, 61.0, 3000.0, 3570.0, 86_000.0]
            ),
            st.integers(1, 9),
        ),
        max_size=40,
    ),
)
def test_no_span_of_a_limits_length_has_more_than_its_limit(
    roads: Callable[..., Roads], limits: list[tuple[str, int]], steps: list[tuple[float, int]]
) -> None:
    said = dict(limits)
    one = relay(next(_names), **said)
    mine, now, times = roads(one), NOON, []
    for pause, count in steps:
        now += pause
        times += [now] * granted(mine.take(["x.example"] * count, now))
    for seconds, most in one.limits:
        assert most_within(times, seconds) <= most


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(per_second=st.integers(1, 20), per_minute=st.integers(1, 60), messages=st.integers(1, 150))
def test_who_comes_when_he_is_told_gets_all_out_as_fast_as_the_limits_allow(
    roads: Callable[..., Roads], per_second: int, per_minute: int, messages: int
) -> None:
    mine = roads(relay(next(_names), per_second=per_second, per_minute=per_minute))
    now, left = NOON, messages
    while left:
        answers = mine.take(["x.example"] * min(left, 8), now)
        left -= granted(answers)
        waits = [answer.until for answer in answers if isinstance(answer, Wait)]
        assert all(until > now for until in waits)
        now = min(waits, default=now)
    # A slot counts a fiftieth of its span longer than it has to; the last minute has its seconds.
    spans = max((messages - 1) // per_second, 60 * ((messages - 1) // per_minute))
    assert now - NOON <= spans * 1.02 + per_minute / per_second + 2


def test_what_is_past_makes_room_for_as_many(roads: Callable[..., Roads]) -> None:
    mine = roads(relay(per_hour=10))
    assert granted(mine.take(["x.example"] * 6, NOON)) == 6
    assert granted(mine.take(["x.example"] * 6, NOON + 1800)) == 4
    assert granted(mine.take(["x.example"] * 12, NOON + 3673)) == 6
    assert granted(mine.take(["x.example"] * 12, NOON + 1800 + 3673)) == 4


def test_a_wait_says_until_when_and_why(roads: Callable[..., Roads]) -> None:
    mine = roads(relay(per_hour=1))
    answers = mine.take(["x.example"] * 3, NOON)
    assert answers[0] == Grant("main")
    found = wait(answers)
    assert NOON + 3600 <= found.until <= NOON + 3672
    assert found.why.startswith("relay main has had what it may have an hour, until 2026-11-23 08:")
    assert found.domain == ""
    assert granted(mine.take(["x.example"], found.until)) == 1


def test_workers_at_once_get_no_more_together_than_one(
    roads: Callable[..., Roads],
) -> None:
    limit, asked = 200, 40
    start, counts = threading.Barrier(6), []

    def work() -> None:
        mine = roads(relay(per_minute=limit))
        start.wait()
        counts.append(sum(granted(mine.take(["x.example"] * 7, NOON)) for _ in range(asked)))

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(counts) == 6
    assert sum(counts) == limit


@pytest.mark.parametrize("back", [3.0, 60.0, 86400.0, 365 * 86400.0])
def test_a_clock_that_is_put_back_holds_nothing_up_for_longer_than_the_span(
    roads: Callable[..., Roads], back: float
) -> None:
    mine = roads(relay(per_minute=5, warmup=[20]))
    assert granted(mine.take(["x.example"] * 8, NOON)) == 5
    now = NOON - back
    assert granted(mine.take(["x.example"] * 8, now)) == 0
    assert granted(mine.take(["x.example"] * 8, now + 67)) == 5
    # And forward again.
    assert granted(mine.take(["x.example"] * 8, NOON + 67)) <= 5
    assert granted(mine.take(["x.example"] * 8, NOON + 140)) == 5


def test_without_limits_and_with_one_relay_no_message_asks_redis(
    roads: Callable[..., Roads], store: Store
) -> None:
    mine = roads(relay(connections=4, messages=100))
    mine.take(["x.example"], NOON)
    before = store.text.info("commandstats")
    for n in range(1000):
        assert mine.take(["x.example", "y.example"], NOON + n / 1000) == [Grant("main")] * 2
        mine.report("main", None)
    after = store.text.info("commandstats")
    said = {name for name in after if after[name] != before.get(name)}
    assert said <= {"cmdstat_info"}


# Domains


def test_a_domain_has_limits_of_its_own_and_others_do_not_wait_for_it(
    roads: Callable[..., Roads],
) -> None:
    rules = [{"match": ["gmail.example", "*.google.example"], "per_minute": 2}]
    mine = roads(relay(domains=rules))
    to = ["gmail.example", "A.Google.example", "b.google.example", "x.example", "google.example"]
    answers = mine.take(to, NOON)
    assert [isinstance(answer, Grant) for answer in answers] == [True, True, False, True, True]
    assert wait(answers).domain == "b.google.example"
    assert wait(answers).until == pytest.approx(NOON + 60, abs=2)


def test_a_star_is_each_of_the_other_domains_by_itself(roads: Callable[..., Roads]) -> None:
    rules = [{"match": ["*"], "per_minute": 1}, {"match": ["big.example"], "per_minute": 3}]
    mine = roads(relay(domains=rules))
    to = ["a.example", "b.example", "a.example", *["big.example"] * 4]
    answers = mine.take(to, NOON)
    assert [isinstance(answer, Grant) for answer in answers] == [1, 1, 0, 1, 1, 1, 0]


def test_a_message_that_is_refused_for_its_domain_costs_the_relay_nothing(
    roads: Callable[..., Roads],
) -> None:
    mine = roads(relay(per_minute=3, domains=[{"match": ["a.example"], "per_minute": 1}]))
    assert granted(mine.take(["a.example"] * 9, NOON)) == 1
    assert granted(mine.take(["b.example"] * 9, NOON)) == 2


def test_so_many_messages_are_under_way_to_a_domain_and_no_more(
    roads: Callable[..., Roads], store: Store
) -> None:
    one = relay(domains=[{"match": ["a.example"], "connections": 2}])
    here, there = roads(one), roads(one)
    first, second, third = here.take(["a.example"] * 3, NOON)
    assert isinstance(first, Grant)
    assert isinstance(second, Grant)
    assert isinstance(third, Wait)
    assert granted(there.take(["a.example"], NOON)) == 0
    here.ended(first)
    here.ended(first)
    (again,) = there.take(["a.example"], NOON)
    assert isinstance(again, Grant)
    # What a dead worker had is free after its lease.
    assert granted(there.take(["a.example"], NOON + 29)) == 0
    assert granted(there.take(["a.example"] * 3, NOON + 31)) == 2
    assert store.text.ttl(store.keys.busy("main", "a.example")) > 0


# Warm-up and quiet hours


def test_a_new_relay_begins_with_little(roads: Callable[..., Roads]) -> None:
    mine = roads(relay(warmup=[5, 10]))
    # It is the day of its first message that counts.
    begun, day = NOON + 1000, 86400
    answers = mine.take(["x.example"] * 8, begun)
    assert granted(answers) == 5
    assert wait(answers).until == pytest.approx(begun + day)
    assert "warm-up" in wait(answers).why
    assert granted(mine.take(["x.example"] * 8, begun + day - 1)) == 0
    assert granted(mine.take(["x.example"] * 80, begun + day)) == 10
    assert granted(mine.take(["x.example"] * 80, begun + 2 * day)) == 80


def test_a_ramp_grows_by_its_factor(roads: Callable[..., Roads]) -> None:
    mine = roads(relay(warmup={"start": 3, "factor": 1.5, "days": 3}))
    assert [granted(mine.take(["x.example"] * 20, NOON + day * 86400)) for day in range(4)] == [
        3,
        4,
        6,
        20,
    ]


def test_nothing_goes_out_in_quiet_hours(roads: Callable[..., Roads]) -> None:
    # NOON is 07:00 in Berlin.
    mine = roads(relay(quiet="06:30-08:00"))
    found = wait(mine.take(["x.example"] * 2, NOON))
    assert found.until == NOON + 3600
    assert found.why == "relay main has quiet hours until 2026-11-23 08:00:00 CET"
    assert granted(mine.take(["x.example"], found.until)) == 1


# Several relays


def test_each_gets_as_much_as_its_weight_says(roads: Callable[..., Roads]) -> None:
    mine = roads(relay("small"), relay("large", weight=3))
    answers = mine.take(["x.example"] * 4000, NOON)
    share = sum(answer == Grant("large") for answer in answers) / len(answers)
    assert share == pytest.approx(0.75, abs=0.03)


def test_what_one_has_no_room_for_its_equal_takes(roads: Callable[..., Roads]) -> None:
    mine = roads(relay("small", per_day=10), relay("large", per_day=100))
    answers = mine.take(["x.example"] * 120, NOON)
    assert granted(answers) == 110
    assert answers.count(Grant("small")) == 10


def test_a_spare_relay_gets_nothing_while_those_before_it_are_up(
    roads: Callable[..., Roads],
) -> None:
    mine = roads(relay("first", per_minute=5), relay("spare", priority=2))
    answers = mine.take(["x.example"] * 9, NOON)
    assert answers[:5] == [Grant("first")] * 5
    assert granted(answers) == 5
    assert wait(answers).why.startswith("relay first ")
