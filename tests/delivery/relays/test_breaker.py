"""A relay that fails is left alone, longer each time; what only a person can mend waits for one."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.delivery.relays.breaker import IN_A_ROW, Fault, judge, pauses
from syndicate.delivery.relays.model import Condition, FullError, Grant, Wait
from syndicate.errors import NotFoundError, RelayError
from tests.delivery.relays.conftest import Way, relay

if TYPE_CHECKING:
    from collections.abc import Callable

    from syndicate.delivery.relays.roads import Roads
    from syndicate.settings.relays import Relay
    from syndicate.store.client import Store
    from tests.conftest import Clock

AWAY = RelayError("main.relay.example says 421 closing to MAIL", "421 4.3.2 closing")
SILENT = RelayError("main.relay.example hung up in the message")
REFUSED = RelayError("main.relay.example:25 says no", "535 5.7.8 authentication failed")
UNWANTED = RelayError("no", "550 5.7.1 not from your network, a@b.example")


def ask(roads: Roads, clock: Clock, domain: str = "x.example") -> Grant | Wait:
    (answer,) = roads.take([domain], clock().timestamp())
    return answer


# Judging


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        ("", Fault.HUNG_UP),
        ("421 4.3.2 closing", Fault.AWAY),
        ("454 4.7.0 temporary authentication failure", Fault.AWAY),
        ("451 4.3.0 later", Fault.AWAY),
        ("535 5.7.8 bad credentials", Fault.NO_ENTRY),
        ("530 5.7.0 authentication required", Fault.NO_ENTRY),
        ("550 5.7.1 your network is on a list", Fault.POLICY),
        ("554 5.7.1 rejected as spam", Fault.POLICY),
        ("550 sender domain is blocked", Fault.POLICY),
        ("501 5.5.4 no such syntax", Fault.POLICY),
        ("550 5.1.8 bad sender", Fault.POLICY),
        ("553 sender not known here", Fault.REFUSES),
        ("garbage", Fault.HUNG_UP),
        ("5" * 1000, Fault.HUNG_UP),
    ],
)
def test_what_a_relay_says_tells_what_is_wrong(reply: str, fault: Fault) -> None:
    assert judge(reply) is fault


@given(st.text(max_size=200))
def test_whatever_it_says_has_some_meaning(reply: str) -> None:
    assert judge(reply) in Fault


@given(st.sampled_from([Fault.AWAY, Fault.REFUSES]), st.floats(0, 1))
def test_pauses_grow_from_seconds_to_an_hour(fault: Fault, jitter: float) -> None:
    found = pauses(fault, 6 * 3600, jitter)
    assert list(found) == sorted(found)
    assert found[0] <= 75
    assert 3600 <= found[-1] <= 3600 * 1.25


def test_what_a_person_has_to_mend_waits_for_him_as_long_as_the_settings_say() -> None:
    assert pauses(Fault.NO_ENTRY, 7200, 0.5) == pauses(Fault.POLICY, 7200, 0.1) == (7200,)


# Down, and up again


def test_a_relay_that_fails_is_left_alone_by_all_and_for_longer_each_time(
    roads: Callable[..., Roads], clock: Clock
) -> None:
    here, there = roads(relay()), roads(relay())
    assert ask(here, clock) == ask(there, clock) == Grant("main")
    waited = []
    for _ in range(12):
        here.report("main", AWAY)
        standing = here.standing("main")
        assert standing.condition is Condition.DOWN
        waited.append(standing.until - clock().timestamp())
        clock.advance(seconds=waited[-1] - 0.01)
        for mine in (here, there):
            found = ask(mine, clock)
            assert isinstance(found, Wait)
            assert "left alone until" in found.why
            assert "421 closing to MAIL" in found.why
        clock.advance(seconds=0.02)
        # One message finds out; the others wait for what becomes of it.
        assert ask(here, clock) == Grant("main", probe=True)
        assert isinstance(ask(there, clock), Wait)
    assert 5 <= waited[0] < 7
    assert all(later > earlier * 1.5 for earlier, later in itertools.pairwise(waited[:10]))
    assert 3600 <= waited[-1] <= 4500
    here.report("main", None)
    clock.advance(seconds=5)
    assert ask(here, clock) == ask(there, clock) == Grant("main")
    assert here.standing("main").times == 0
    here.report("main", AWAY)
    assert here.standing("main").until - clock().timestamp() < 7


def test_one_broken_connection_is_no_trouble_three_in_a_row_are(
    roads: Callable[..., Roads], clock: Clock
) -> None:
    mine = roads(relay())
    for _ in range(3):
        mine.report("main", SILENT)
        mine.report("main", SILENT)
        mine.report("main", None)
    assert ask(mine, clock) == Grant("main")
    for _ in range(3):
        mine.report("main", SILENT)
    assert mine.standing("main").why == f"3 times in a row: {SILENT}"
    assert isinstance(ask(mine, clock), Wait)


def test_a_failure_that_many_tell_of_counts_once(roads: Callable[..., Roads], clock: Clock) -> None:
    workers = [roads(relay()) for _ in range(8)]
    for mine in workers:
        mine.report("main", AWAY)
    assert workers[0].standing("main").times == 1
    clock.advance(seconds=7)
    for mine in workers:
        mine.report("main", AWAY)
    assert workers[0].standing("main").times == 2


def test_what_was_under_way_when_it_failed_does_not_mend_it(
    roads: Callable[..., Roads], clock: Clock
) -> None:
    mine = roads(relay())
    mine.report("main", AWAY)
    mine.report("main", None)
    assert isinstance(ask(mine, clock), Wait)


def test_a_probe_that_never_comes_back_is_followed_by_another(
    roads: Callable[..., Roads], clock: Clock
) -> None:
    mine = roads(relay())
    mine.report("main", AWAY)
    clock.advance(seconds=10)
    assert isinstance(ask(mine, clock), Grant)
    found = ask(mine, clock)
    assert isinstance(found, Wait)
    assert found.until == clock().timestamp() + 60
    clock.advance(seconds=60)
    assert isinstance(ask(mine, clock), Grant)


def test_of_many_messages_one_finds_out_and_a_spare_relay_takes_the_others(
    roads: Callable[..., Roads], clock: Clock
) -> None:
    for spares in ([], [relay("spare", priority=2)]):
        mine = roads(relay(), *spares)
        mine.report("main", AWAY)
        clock.advance(seconds=10)
        first, *others = mine.take(["x.example"] * 5, clock().timestamp())
        assert first == Grant("main", probe=True)
        assert all(each == Grant("spare") if spares else isinstance(each, Wait) for each in others)
        mine.report("main", None)


def test_a_clock_that_was_ahead_when_it_failed_keeps_no_relay_down(
    roads: Callable[..., Roads], clock: Clock
) -> None:
    mine = roads(relay())
    clock.advance(days=400)
    mine.report("main", REFUSED)
    clock.advance(days=-400)
    assert isinstance(ask(mine, clock), Grant)
    mine.report("main", None)
    assert ask(mine, clock) == Grant("main")


def test_others_take_the_share_of_one_that_is_down(
    roads: Callable[..., Roads], clock: Clock
) -> None:
    mine = roads(relay("a"), relay("b"), relay("spare", priority=2))
    mine.report("a", AWAY)
    assert {ask(mine, clock) for _ in range(50)} == {Grant("b")}
    mine.report("b", AWAY)
    assert {ask(mine, clock) for _ in range(50)} == {Grant("spare")}
    mine.report("spare", AWAY)
    assert isinstance(ask(mine, clock), Wait)


# Held, paused, resumed


def test_a_relay_that_does_not_let_us_in_is_held_until_somebody_resumes_it(
    roads: Callable[..., Roads], clock: Clock
) -> None:
    mine = roads(relay(hold=2))
    mine.report("main", REFUSED)
    found = ask(mine, clock)
    assert isinstance(found, Wait)
    assert found.why == (
        "relay main wants nothing of us: main.relay.example:25 says no; mend it, then `syndicate "
        "relays resume main`; it is tried again at 2026-11-23 09:00:00 CET"
    )
    # Who waits hears of it soon, though the hold is longer.
    assert found.until == clock().timestamp() + 60
    mine.report("main", AWAY)
    assert mine.standing("main").condition is Condition.HELD
    assert mine.resume("main")
    assert not mine.resume("main")
    assert ask(mine, clock) == Grant("main")


def test_a_relay_that_is_held_is_tried_again_when_its_time_is_over(
    roads: Callable[..., Roads], clock: Clock
) -> None:
    mine = roads(relay(hold=2))
    mine.report("main", REFUSED)
    clock.advance(hours=1.99)
    assert isinstance(ask(mine, clock), Wait)
    clock.advance(hours=0.02)
    assert isinstance(ask(mine, clock), Grant)


def test_one_policy_answer_is_about_a_recipient_many_in_a_row_are_about_us(
    roads: Callable[..., Roads], clock: Clock
) -> None:
    mine = roads(relay())
    for _ in range(3):
        for _ in range(IN_A_ROW - 1):
            mine.report("main", UNWANTED)
        mine.report("main", None)
    assert ask(mine, clock) == Grant("main")
    for _ in range(IN_A_ROW):
        mine.report("main", UNWANTED)
    standing = mine.standing("main")
    assert standing.condition is Condition.HELD
    assert standing.why == f"{IN_A_ROW} times in a row: no"


def test_what_is_kept_of_a_trouble_names_nobody(roads: Callable[..., Roads]) -> None:
    mine = roads(relay())
    mine.report(
        "main", RelayError("relay says 553 who is ann@b.example?", "553 who is ann@b.example?")
    )
    assert mine.standing("main").why == "relay says 553 who is [address]"


def test_a_paused_relay_waits_for_a_person_and_everybody_hears_of_it_soon(
    roads: Callable[..., Roads], clock: Clock
) -> None:
    here, there = roads(relay()), roads(relay())
    assert ask(there, clock) == Grant("main")
    here.pause("main", "new address")
    assert isinstance(ask(here, clock), Wait)
    clock.advance(seconds=5)
    found = ask(there, clock)
    assert isinstance(found, Wait)
    assert found.why == "relay main is paused (new address); `syndicate relays resume main`"
    there.report("main", None)
    there.report("main", REFUSED)
    clock.advance(days=30)
    assert isinstance(ask(there, clock), Wait)
    assert there.resume("main")
    assert ask(here, clock) == Grant("main")


def test_a_relay_that_nobody_named_is_not_there(roads: Callable[..., Roads]) -> None:
    with pytest.raises(NotFoundError, match="no relay 'mian'; there are: main"):
        roads(relay()).pause("mian", "")


# Connections


def test_a_relay_has_so_many_connections_over_all_workers(
    roads: Callable[..., Roads], clock: Clock
) -> None:
    one = relay(connections=2)
    here, there = roads(one), roads(one)
    ways = [here.open("main"), here.open("main")]
    for mine in (here, there):
        with pytest.raises(FullError, match="all 2 connections are in use"):
            mine.open("main")
    assert here.standing("main").connections == 2
    ways[0].close()
    ways[0].close()
    there.open("main")
    with pytest.raises(FullError):
        here.open("main")
    # A worker that is silent for its lease is dead, and what it had is free.
    clock.advance(seconds=29)
    here._leases.renew()
    clock.advance(seconds=2)
    here.open("main")
    with pytest.raises(FullError):
        here.open("main")


def test_that_all_are_in_use_is_no_trouble_and_who_has_none_waits(
    roads: Callable[..., Roads], clock: Clock
) -> None:
    one = relay(connections=1, per_day=100)
    here, there = roads(one), roads(one)
    way = here.open("main")
    with pytest.raises(FullError) as full:
        there.open("main")
    there.report("main", full.value)
    assert there.standing("main").condition is Condition.UP
    assert ask(here, clock) == Grant("main")
    found = ask(there, clock)
    assert isinstance(found, Wait)
    assert found.why == "relay main has no connection to spare: all 1 are in use"
    way.close()
    assert ask(there, clock) == Grant("main")


def test_a_connection_that_cannot_be_had_is_given_back(
    roads: Callable[..., Roads], clock: Clock
) -> None:
    def fail(_relay: Relay) -> Way:
        raise SILENT

    mine = roads(relay(connections=1), connect=fail)
    for _ in range(3):
        with pytest.raises(RelayError, match="hung up"):
            mine.open("main")
    assert mine.standing("main").connections == 0
    # Who can't be reached is left alone at once.
    assert isinstance(ask(mine, clock), Wait)


def test_a_clock_that_was_ahead_keeps_no_connection(
    roads: Callable[..., Roads], clock: Clock, store: Store
) -> None:
    mine = roads(relay(connections=1))
    clock.advance(days=400)
    mine.open("main")
    clock.advance(days=-400)
    roads(relay(connections=1)).open("main")
    assert store.text.zcard(store.keys.connections("main")) == 1
