"""Subscribers in Redis: consent is recorded, and the sets that mailings read agree with it."""

from __future__ import annotations

import struct
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Barrier
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syndicate.errors import ConflictError, NotFoundError
from syndicate.subscribers import changes, record
from syndicate.subscribers.address import parse_address
from syndicate.subscribers.model import (
    Digest,
    Reason,
    Recipient,
    Status,
    Subscriber,
    Suppression,
)
from syndicate.subscribers.steps import Step
from syndicate.subscribers.store import SubscriberStore

if TYPE_CHECKING:
    from syndicate.store.client import Store

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
HOW = {"method": "test"}
TECH, MONEY, WEEKLY = Digest("daily", "tech"), Digest("daily", "money"), Digest("weekly", "tech")
ODD = [
    *(Digest("daily", name) for name in ("a:b", ":", "Career In touxingPEVC", "经济网新闻")),
    *(Digest("daily", name) for name in ("anxin(xianggang)", "TechWeb", "Techweb", 'q"uo\\te')),
]


@pytest.fixture
def subscribers(store: Store) -> SubscriberStore:
    return SubscriberStore(store)


@pytest.fixture
def reader(subscribers: SubscriberStore) -> int:
    return subscribers.add("Reader@mail.example", NOW)


# Adding


def test_a_new_subscriber_is_pending_and_gets_nothing(
    subscribers: SubscriberStore, reader: int
) -> None:
    (found,) = subscribers.get([reader])
    assert found.address == "Reader@mail.example"
    assert found.status is Status.PENDING
    assert found.created_at == NOW
    assert found.subscriptions == {}


def test_an_address_has_one_subscriber_for_ever(subscribers: SubscriberStore, reader: int) -> None:
    later = NOW + timedelta(days=1)
    assert subscribers.add("reader@MAIL.example", later) == reader
    assert subscribers.find("READER@mail.example").created_at == NOW
    assert len(list(subscribers.all())) == 1


def test_an_address_added_by_many_at_once_has_one_subscriber(subscribers: SubscriberStore) -> None:
    together = Barrier(16)

    def add(number: int) -> int:
        together.wait()
        return subscribers.add(f"{'R' if number % 2 else 'r'}eader@mail.example", NOW)

    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(add, range(16)))) == 1
    assert len(list(subscribers.all())) == 1


def test_international_domains_are_found_in_either_form(subscribers: SubscriberStore) -> None:
    added = subscribers.add(parse_address("lan@例子.中国"), NOW)
    assert subscribers.find(parse_address("LAN@xn--fsqu00a.xn--fiqs8s")).id == added


def test_nobody_is_not_found(subscribers: SubscriberStore) -> None:
    with pytest.raises(NotFoundError, match=r"no subscriber nobody@mail\.example; `syndicate"):
        subscribers.find("nobody@mail.example")


def test_ids_without_a_record_are_left_out(subscribers: SubscriberStore, reader: int) -> None:
    assert [one.id for one in subscribers.get([99, reader, 98])] == [reader]
    assert subscribers.recipients([99, reader]) == {reader: Recipient("Reader@mail.example")}
    assert subscribers.get([]) == []
    assert subscribers.recipients([]) == {}


def test_what_is_known_of_a_reader_is_had_by_name(
    subscribers: SubscriberStore, reader: int
) -> None:
    told = {"city": "Shanghai", "address": "9 Example Road"}
    subscribers.alter(
        reader,
        lambda one: changes.describe(one, name="林晚", language="zh-Hans", fields=told),
        NOW,
        HOW,
    )
    known = subscribers.recipients([reader], ["address", "city", "name", "team"])[reader]
    assert known.address == "Reader@mail.example"
    assert known.fields == {"name": "林晚", "city": "Shanghai", "address": "9 Example Road"}
    assert known.language == "zh-Hans"
    subscribers.alter(
        reader, lambda one: changes.describe(one, name="", fields={"city": ""}), NOW, HOW
    )
    assert subscribers.recipients([reader], ["name", "city"])[reader].fields == {}


def test_all_are_listed_in_the_order_of_their_ids_page_by_page(
    subscribers: SubscriberStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syndicate.subscribers.store._PAGE", 3)
    added = [subscribers.add(f"reader{n}@mail.example", NOW) for n in range(7)]
    assert [one.id for one in subscribers.all()] == added


# Changing


def test_asking_confirming_and_leaving(subscribers: SubscriberStore, reader: int) -> None:
    steps = [
        (Status.PENDING, 0),
        (Status.ACTIVE, 1),
        (Status.LEFT, 0),
        (Status.PENDING, 0),
        (Status.ACTIVE, 1),
    ]
    for state, audience in steps:
        assert subscribers.change(reader, [TECH], state, NOW, HOW) == 1
        (found,) = subscribers.get([reader])
        assert found.states == {TECH: state}
        assert found.status is state
        assert subscribers.audience(TECH) == audience


def test_repeating_a_change_is_no_change(subscribers: SubscriberStore, reader: int) -> None:
    for state in (Status.PENDING, Status.ACTIVE, Status.LEFT):
        assert subscribers.change(reader, [TECH, TECH], state, NOW, HOW) == 1
        assert subscribers.change(reader, [TECH], state, NOW, HOW) == 0
    assert len(subscribers.consents(reader)) == 3


def test_asking_for_what_one_has_does_not_take_it_away(
    subscribers: SubscriberStore, reader: int
) -> None:
    subscribers.change(reader, [TECH], Status.ACTIVE, NOW, HOW)
    assert subscribers.change(reader, [TECH, MONEY], Status.PENDING, NOW, HOW) == 1
    (found,) = subscribers.get([reader])
    assert found.states == {TECH: Status.ACTIVE, MONEY: Status.PENDING}
    assert subscribers.audience(TECH) == 1


def test_leaving_what_one_never_had_leaves_no_trace(
    subscribers: SubscriberStore, reader: int
) -> None:
    assert subscribers.change(reader, [TECH], Status.LEFT, NOW, HOW) == 0
    assert subscribers.get([reader])[0].subscriptions == {}
    assert subscribers.consents(reader) == []


def test_changing_nothing_changes_nothing(subscribers: SubscriberStore, reader: int) -> None:
    assert subscribers.change(reader, [], Status.ACTIVE, NOW, HOW) == 0
    assert subscribers.consents(reader) == []


def test_each_change_is_recorded_with_what_when_and_how(
    subscribers: SubscriberStore, reader: int
) -> None:
    subscribers.change(reader, [TECH, MONEY], Status.PENDING, NOW, {"method": "表格"})
    subscribers.change(reader, [TECH, WEEKLY], Status.ACTIVE, NOW, HOW)
    first, second = subscribers.consents(reader)
    assert first == {
        "at": NOW,
        "pending": ["daily:money", "daily:tech"],
        "how": {"method": "表格"},
    }
    assert second == {"at": NOW, "active": ["daily:tech", "weekly:tech"], "how": HOW}


def test_a_digest_may_have_any_category(subscribers: SubscriberStore, reader: int) -> None:
    assert subscribers.change(reader, ODD, Status.ACTIVE, NOW, HOW) == len(ODD)
    assert set(subscribers.get([reader])[0].subscriptions) == set(ODD)
    assert [subscribers.audience(digest) for digest in ODD] == [1] * len(ODD)
    assert subscribers.consents(reader)[0]["active"] == sorted(map(str, ODD))


histories = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 2]),
        st.lists(st.sampled_from([TECH, MONEY, WEEKLY, ODD[0]]), min_size=1, max_size=3),
        st.sampled_from([Status.PENDING, Status.ACTIVE, Status.LEFT]),
    ),
    max_size=8,
)


@given(histories)
@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_sets_that_mailings_read_agree_with_the_records(
    subscribers: SubscriberStore, store: Store, history: list[tuple[int, list[Digest], Status]]
) -> None:
    some = [
        subscribers.add(f"{store.text.incr(store.keys.fence)}@mail.example", NOW) for _ in range(3)
    ]
    recorded = sum(
        bool(subscribers.change(some[who], digests, state, NOW, HOW))
        for who, digests, state in history
    )
    for one in subscribers.get(some):
        states = set(one.states.values())
        for digest in (TECH, MONEY, WEEKLY, ODD[0]):
            key = store.keys.subscribed(digest.cadence, digest.category)
            is_in = bool(store.text.sismember(key, str(one.id)))
            assert is_in == (one.states.get(digest) is Status.ACTIVE)
        expected = [Status.ACTIVE, Status.PENDING, Status.LEFT]
        assert one.status is next((s for s in expected if s in states), Status.PENDING)
    assert sum(len(subscribers.consents(one)) for one in some) == recorded


# All in one


def test_choosing_all_in_one_is_recorded_once_and_can_be_taken_back(
    subscribers: SubscriberStore, reader: int, store: Store
) -> None:
    key = store.keys.together("daily")
    choose = subscribers.choose_together
    assert choose(reader, "daily", ["a:b", "经济网新闻"], NOW, {"method": "test"})
    assert not choose(reader, "daily", ["a:b", "经济网新闻"], NOW, {})
    assert subscribers.get([reader])[0].together == {"daily": ("a:b", "经济网新闻")}
    assert store.text.smembers(key) == {str(reader)}
    assert choose(reader, "daily", None, NOW, {})
    assert not choose(reader, "daily", None, NOW, {})
    assert subscribers.get([reader])[0].together == {}
    assert not store.text.exists(key)
    first, second = subscribers.consents(reader)
    assert first == {"at": NOW, "told": ["together"], "how": {"method": "test"}}
    assert second == {"at": NOW, "told": ["together"]}


# Whoever is quiet


def test_whoever_is_paused_or_suppressed_is_in_no_audience_and_comes_back_into_his(
    subscribers: SubscriberStore, store: Store, reader: int
) -> None:
    subscribers.change(reader, [TECH, MONEY], Status.ACTIVE, NOW, HOW)
    subscribers.choose_together(reader, "daily", [], NOW, HOW)
    why = Suppression(Reason.COMPLAINT, "a report", NOW)
    for quiet, loud in (
        (partial(changes.pause, until=NOW + timedelta(days=3)), partial(changes.pause, until=None)),
        (partial(changes.suppress, why=why), changes.lift),
    ):
        subscribers.alter(reader, quiet, NOW, HOW)
        assert [subscribers.audience(digest) for digest in (TECH, MONEY)] == [0, 0]
        assert not store.text.exists(store.keys.together("daily"))
        subscribers.alter(reader, loud, NOW, HOW)
        assert [subscribers.audience(digest) for digest in (TECH, MONEY)] == [1, 1]
        assert store.text.exists(store.keys.together("daily"))


def test_people_and_subscriptions_are_counted(subscribers: SubscriberStore, reader: int) -> None:
    other = subscribers.add("other@mail.example", NOW)
    subscribers.change(reader, [TECH, MONEY], Status.ACTIVE, NOW, HOW)
    subscribers.change(reader, [MONEY], Status.LEFT, NOW, HOW)
    subscribers.change(other, [TECH], Status.PENDING, NOW, HOW)
    found = subscribers.audiences()
    assert found.people == {"active": 1, "pending": 1, "left": 0, "suppressed": 0}
    assert found.subscriptions == {"active": 1, "pending": 1, "left": 1}
    subscribers.alter(other, lambda _one: None, NOW, HOW)
    assert subscribers.audiences().people[Status.PENDING] == 0


def test_of_whom_is_erased_nothing_is_left(
    subscribers: SubscriberStore, store: Store, reader: int
) -> None:
    subscribers.change(reader, [TECH, MONEY], Status.ACTIVE, NOW, HOW)
    subscribers.alter(reader, lambda _one: None, NOW, HOW, {"#hash": "{}"})
    assert subscribers.get([reader]) == []
    assert subscribers.consents(reader) == []
    with pytest.raises(NotFoundError):
        subscribers.find("reader@mail.example")
    assert subscribers.audience(TECH) == 0
    assert store.text.hgetall(store.keys.suppressions) == {"#hash": "{}"}
    with pytest.raises(NotFoundError, match="no subscriber with id"):
        subscribers.alter(reader, lambda one: one, NOW, HOW)


def test_an_address_is_moved_but_not_onto_another_ones(
    subscribers: SubscriberStore, reader: int
) -> None:
    subscribers.add("taken@mail.example", NOW)
    with pytest.raises(ConflictError):
        subscribers.alter(reader, lambda one: changes.move(one, "Taken@mail.example"), NOW, HOW)
    subscribers.alter(reader, lambda one: changes.move(one, "new@mail.example"), NOW, HOW)
    assert subscribers.find("new@mail.example").id == reader
    with pytest.raises(NotFoundError):
        subscribers.find("reader@mail.example")


# Time


def test_what_nobody_confirmed_is_forgotten_after_a_week_and_a_pause_ends(
    subscribers: SubscriberStore, reader: int
) -> None:
    subscribers.change(reader, [TECH], Status.PENDING, NOW, HOW)
    assert subscribers.due(NOW + timedelta(days=7, seconds=-1), 10) == []
    later = NOW + timedelta(days=7)
    assert subscribers.due(later, 10) == [reader]
    subscribers.alter(reader, lambda one: changes.wake(one, later), later, HOW)
    assert subscribers.get([reader]) == []
    assert subscribers.due(later, 10) == []

    other = subscribers.add("other@mail.example", NOW)
    subscribers.change(other, [MONEY], Status.ACTIVE, NOW, HOW)
    subscribers.alter(other, lambda one: changes.pause(one, later), NOW, HOW)
    assert subscribers.due(later, 10) == [other]
    subscribers.alter(other, lambda one: changes.wake(one, later), later, HOW)
    assert subscribers.audience(MONEY) == 1
    assert subscribers.due(later, 10) == []


# Names


def test_a_renamed_digest_keeps_its_audience_and_its_history(
    subscribers: SubscriberStore, reader: int
) -> None:
    new = Digest("daily", "science")
    subscribers.change(reader, [TECH], Status.ACTIVE, NOW, HOW)
    subscribers.rename(TECH, new, NOW)
    assert subscribers.get([reader])[0].states == {new: Status.ACTIVE}
    assert (subscribers.audience(TECH), subscribers.audience(new)) == (0, 1)
    assert subscribers.consents(reader)[0]["active"] == ["daily:science"]


def test_of_two_digests_that_become_one_the_word_on_the_new_one_holds(
    subscribers: SubscriberStore, reader: int
) -> None:
    other = subscribers.add("other@mail.example", NOW)
    subscribers.change(reader, [TECH], Status.ACTIVE, NOW, HOW)
    subscribers.change(other, [TECH, MONEY], Status.ACTIVE, NOW, HOW)
    subscribers.change(other, [MONEY], Status.LEFT, NOW, HOW)
    assert subscribers.rename(TECH, MONEY, NOW) == 2
    found = [one.states for one in subscribers.get([reader, other])]
    assert found == [{MONEY: Status.ACTIVE}, {MONEY: Status.LEFT}]
    assert (subscribers.audience(TECH), subscribers.audience(MONEY)) == (0, 1)


def test_a_change_made_from_an_old_record_is_not_saved(
    subscribers: SubscriberStore, reader: int
) -> None:
    (before,) = subscribers.get([reader])
    subscribers.change(reader, [TECH], Status.ACTIVE, NOW, HOW)
    after = changes.leave(before, [TECH], NOW)
    stale = Step(before=before, after=changes.ask(after, [MONEY], NOW), now=NOW, how=HOW)
    assert subscribers.save([stale]) == ["stale"]
    assert subscribers.get([reader])[0].states == {TECH: Status.ACTIVE}


# Records


def test_a_record_says_all_of_a_subscriber(subscribers: SubscriberStore, reader: int) -> None:
    def all_of_it(one: Subscriber) -> Subscriber:
        one = changes.describe(
            one, name="Wanda", language="de", zone="Europe/Berlin", fields={"city": "Zürich"}
        )
        one = changes.confirm(one, [TECH], NOW + timedelta(hours=2))
        one = changes.ask(one, [MONEY], NOW - timedelta(days=3))
        one = changes.choose_together(one, "daily", ["tech"])
        one = changes.pause(one, NOW + timedelta(days=9))
        return changes.suppress(one, Suppression(Reason.HARD_BOUNCE, "550 5.1.1 nobody", NOW))

    _, after = subscribers.alter(reader, all_of_it, NOW, HOW)
    assert subscribers.get([reader]) == [after]


def test_the_zones_of_those_who_get_mail_are_known(
    subscribers: SubscriberStore, store: Store, reader: int
) -> None:
    def numbered() -> str | None:
        packed = store.raw.getrange(store.keys.zones_of_subscribers, 2 * reader, 2 * reader + 1)
        (number,) = struct.unpack(">H", cast("bytes", packed))
        return cast("str | None", store.text.hget(store.keys.zone_names, str(number)))

    def settle(zone: str) -> None:
        subscribers.alter(reader, lambda one: changes.describe(one, zone=zone), NOW, HOW)

    settle("Europe/Berlin")
    assert (numbered(), subscribers.zones()) == ("Europe/Berlin", [])
    subscribers.change(reader, [TECH], Status.ACTIVE, NOW, HOW)
    assert subscribers.zones() == ["Europe/Berlin"]
    settle("Asia/Tokyo")
    assert (numbered(), subscribers.zones()) == ("Asia/Tokyo", ["Asia/Tokyo"])
    settle("")
    assert (numbered(), subscribers.zones()) == (None, [])
    settle("Asia/Tokyo")
    subscribers.alter(reader, lambda _: None, NOW, HOW)
    assert (numbered(), subscribers.zones()) == (None, [])


def test_a_plain_record_is_short() -> None:
    one = Subscriber(id=1, address="reader@mail.example", created_at=NOW)
    one = changes.confirm(one, [TECH, MONEY], NOW)
    assert record.dumps(one, {TECH: 3, MONEY: 17}) == (
        '{"address":"reader@mail.example","at":1795413600,"active":{"17":0,"3":0}}'
    )
