"""Whatever doesn't agree with the records is named, and mended; nothing else is touched."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from syndicate.errors import BusyError
from syndicate.subscribers import changes
from syndicate.subscribers.model import Digest, Reason, Status, Suppression
from syndicate.subscribers.store import SubscriberStore
from syndicate.subscribers.suppressions import Suppressions
from syndicate.subscribers.verify import Verify

if TYPE_CHECKING:
    from collections.abc import Callable

    from syndicate.store.client import Store

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
HOW = {"method": "test"}
TECH, MONEY = Digest("daily", "tech"), Digest("daily", "a:b 经济")
WHY = Suppression(Reason.OPERATOR, "a test", NOW)


@pytest.fixture
def subscribers(store: Store) -> SubscriberStore:
    return SubscriberStore(store)


@pytest.fixture
def suppressions(store: Store, subscribers: SubscriberStore) -> Suppressions:
    return Suppressions(store, subscribers)


@pytest.fixture
def verify(
    store: Store, subscribers: SubscriberStore, suppressions: Suppressions
) -> Callable[..., list[str]]:
    def run(*, repair: bool = False) -> list[str]:
        found = Verify(store, subscribers, suppressions)
        return [str(fault) for fault in found.run(NOW, repair=repair)]

    return run


@pytest.fixture
def people(subscribers: SubscriberStore, suppressions: Suppressions) -> list[int]:
    """Somebody in every state; the first two get TECH."""
    made = [subscribers.add(f"reader{n}@mail.example", NOW) for n in range(6)]
    for one in made[:5]:
        subscribers.change(one, [TECH, MONEY], Status.ACTIVE, NOW, HOW)
    subscribers.choose_together(made[0], "daily", ["tech"], NOW, HOW)
    subscribers.change(made[1], [MONEY], Status.LEFT, NOW, HOW)
    subscribers.alter(made[2], partial(changes.pause, until=NOW + timedelta(days=9)), NOW, HOW)
    suppressions.add("reader3@mail.example", WHY, NOW, HOW)
    subscribers.change(made[4], [TECH, MONEY], Status.LEFT, NOW, HOW)
    subscribers.change(made[5], [TECH], Status.PENDING, NOW, HOW)
    return made


def test_nothing_is_wrong_whatever_state_people_are_in(
    verify: Callable[..., list[str]], people: list[int], store: Store
) -> None:
    assert len(people) == 6
    assert verify() == []
    assert verify(repair=True) == []
    assert not store.text.hexists(store.keys.subscriber_counts, "upto")


def break_audience_in(store: Store) -> str:
    store.text.sadd(store.keys.subscribed("daily", "tech"), "3")
    return "subscriber 3 is in subscribed:daily:tech, against his record"


def break_audience_out(store: Store) -> str:
    store.text.srem(store.keys.subscribed("daily", "tech"), "1")
    return "subscriber 1 isn't in subscribed:daily:tech, against his record"


def break_audience_unknown(store: Store) -> str:
    store.text.sadd(store.keys.subscribed("weekly", "nobody's"), "99")
    return "subscriber 99 is in subscribed:weekly:nobody's, against his record"


def break_together_out(store: Store) -> str:
    store.text.srem(store.keys.together("daily"), "1")
    return "subscriber 1 isn't in together:daily, against his record"


def break_together_in(store: Store) -> str:
    store.text.sadd(store.keys.together("daily"), "2")
    return "subscriber 2 is in together:daily, against his record"


def break_address_lost(store: Store) -> str:
    store.text.hdel(store.keys.addresses("reader0@mail.example"), "reader0@mail.example")
    return "reader0@mail.example doesn't lead to subscriber 1, who has it"


def break_address_stray(store: Store) -> str:
    store.text.hset(store.keys.addresses("gone@mail.example"), "gone@mail.example", "2")
    return "gone@mail.example leads to subscriber 2, who doesn't have it"


def break_address_of_nobody(store: Store) -> str:
    store.text.hset(store.keys.addresses("gone@mail.example"), "gone@mail.example", "77")
    return "gone@mail.example leads to subscriber 77, who doesn't have it"


def break_zone(store: Store) -> str:
    store.text.hset(store.keys.zones, "Asia/Tokyo", "1")
    store.text.setrange(store.keys.zones_of_subscribers, 2 * 3, "\0\1")
    return "subscriber 3 is listed in another zone than his record says"


def break_wake_lost(store: Store) -> str:
    store.text.zrem(store.keys.wakes, "3")
    return "subscriber 3 wakes at another time than his record says"


def break_wake_stray(store: Store) -> str:
    store.text.zadd(store.keys.wakes, {"55": 7})
    return "subscriber 55 wakes at another time than his record says"


def break_consent(store: Store) -> str:
    store.text.hset(store.keys.consents(40), "40", "{}")
    return "consents are kept of subscriber 40, who doesn't exist"


def break_consent_beyond(store: Store) -> str:
    store.text.hset(store.keys.consents(4000), "4000", "{}")
    return "consents are kept of subscriber 4000, who doesn't exist"


def break_count_people(store: Store) -> str:
    store.text.hincrby(store.keys.subscriber_counts, "people:active", 3)
    return "people:active counts 3 too many"


def break_count_subscriptions(store: Store) -> str:
    store.text.hdel(store.keys.subscriber_counts, "subscriptions:left")
    return "subscriptions:left counts 3 too few"


def break_number(store: Store) -> str:
    number = int(store.text.hget(store.keys.digests, str(TECH)) or 0)
    store.text.hdel(store.keys.digests, str(TECH))
    return f"daily:tech has lost its number {number}"


def break_name(store: Store) -> str:
    number = int(store.text.hget(store.keys.digests, str(TECH)) or 0)
    store.text.hdel(store.keys.digest_names, str(number))
    return f"the number {number} of daily:tech has lost its name"


def break_last_number(store: Store) -> str:
    store.text.hset(store.keys.digest_names, "last", "1")
    return "a digest has the number 2, but 1 counts as the last"


def break_last_id(store: Store) -> str:
    store.text.set(store.keys.subscriber_seq, 4)
    return "the last id counts as 4, but there is subscriber 6"


def break_list_lost(store: Store) -> str:
    store.text.hdel(store.keys.suppressions, "reader3@mail.example")
    return "subscriber 4 is suppressed, but isn't on the suppression list"


def break_list_ignored(store: Store) -> str:
    entry = store.text.hget(store.keys.suppressions, "reader3@mail.example")
    store.text.hset(store.keys.suppressions, "reader0@mail.example", str(entry))
    return "subscriber 1 is on the suppression list, but isn't suppressed"


BREAKS = [value for name, value in sorted(globals().items()) if name.startswith("break_")]


@pytest.mark.usefixtures("people")
def test_a_zone_that_is_listed_no_more_is_listed_again(
    store: Store, subscribers: SubscriberStore, verify: Callable[..., list[str]]
) -> None:
    subscribers.alter(2, lambda one: changes.describe(one, zone="Asia/Tokyo"), NOW, {})
    assert verify() == []
    store.text.delete(store.keys.zones_of_subscribers)
    assert len(verify(repair=True)) == 1
    assert verify() == []


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("damage", BREAKS, ids=lambda damage: damage.__name__[6:])
def test_what_is_broken_by_hand_is_named_and_mended(
    damage: Callable[[Store], str], verify: Callable[..., list[str]], store: Store
) -> None:
    line = damage(store)
    assert verify() == [line]
    assert verify(repair=True) == [f"{line} (mended)"]
    assert verify() == []


@pytest.mark.usefixtures("people")
def test_all_that_is_broken_at_once_is_mended(
    verify: Callable[..., list[str]], store: Store, subscribers: SubscriberStore
) -> None:
    before = (subscribers.get(range(1, 9)), subscribers.audiences(), subscribers.audience(TECH))
    together = [b for b in BREAKS if b not in (break_name, break_last_id, break_list_ignored)]
    for damage in together:
        damage(store)
    assert len(verify(repair=True)) >= len(together) - 1
    assert verify() == []
    after = (subscribers.get(range(1, 9)), subscribers.audiences(), subscribers.audience(TECH))
    assert after == before


@pytest.mark.usefixtures("people")
def test_an_address_that_leads_to_another_is_given_back(
    verify: Callable[..., list[str]], store: Store, subscribers: SubscriberStore
) -> None:
    name = "reader0@mail.example"
    store.text.hset(store.keys.addresses(name), name, "2")
    assert len(verify(repair=True)) == 2
    assert verify() == []
    assert subscribers.find(name).id == 1


@pytest.mark.usefixtures("people")
def test_a_record_that_is_none_is_named_and_left_alone(
    verify: Callable[..., list[str]], store: Store
) -> None:
    store.text.hset(store.keys.subscribers(2), "2", '{"address":')
    assert "the record of subscriber 2 can't be read" in verify(repair=True)
    assert store.text.hget(store.keys.subscribers(2), "2") == '{"address":'


@pytest.mark.usefixtures("people")
def test_two_with_one_address_are_named_and_nobody_decides_whose_it_is(
    verify: Callable[..., list[str]], store: Store
) -> None:
    record = store.text.hget(store.keys.subscribers(1), "1")
    store.text.hset(store.keys.subscribers(5), "5", str(record))
    line = "reader0@mail.example doesn't lead to subscriber 5, who has it"
    assert line in verify(repair=True)
    assert verify() == [line]


def test_one_process_at_a_time_checks(store: Store, verify: Callable[..., list[str]]) -> None:
    with store.lock("verify"), pytest.raises(BusyError):
        verify()


@pytest.mark.slow
def test_what_changes_meanwhile_is_no_fault(
    store: Store,
    subscribers: SubscriberStore,
    suppressions: Suppressions,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Others ask, leave, pause, move and are erased for as long as it runs, page by small page."""
    monkeypatch.setattr("syndicate.subscribers.verify._PAGE", 7)
    made = [subscribers.add(f"reader{n}@mail.example", NOW) for n in range(200)]
    stop, turns = threading.Event(), [0, 0]

    def bustle(part: int) -> None:
        mine = made[part::2]
        while not stop.is_set():
            turns[part] += 1
            one, turn = mine[turns[part] % len(mine)], turns[part]
            alter = partial(subscribers.alter, one, now=NOW, how=HOW)
            alter(change=lambda one: changes.confirm(one, [TECH, MONEY], NOW))
            if turn % 3 == 0:
                alter(change=partial(changes.pause, until=NOW + timedelta(days=turn % 5 + 1)))
            if turn % 4 == 0:
                alter(change=lambda one: changes.leave(one, [TECH], NOW))
            if turn % 5 == 0:
                alter(change=lambda one: changes.move(one, f"moved{one.id}-{turn}@mail.example"))  # noqa: B023 - called at once
            if turn % 7 == 0:
                alter(change=lambda _one: None)
                mine[turn % len(mine)] = subscribers.add(f"new{part}-{turn}@mail.example", NOW)

    bustlers = [threading.Thread(target=bustle, args=[part]) for part in (0, 1)]
    for each in bustlers:
        each.start()
    try:
        found = Verify(store, subscribers, suppressions)
        faults = [str(fault) for _ in range(3) for fault in found.run(NOW)]
    finally:
        stop.set()
        for each in bustlers:
            each.join()
    assert min(turns) > 10
    assert faults == []
    assert list(found.run(NOW)) == []
