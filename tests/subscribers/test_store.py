"""Subscribers in Redis: consent is recorded, and the sets that mailings read agree with it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syndicate.errors import NotFoundError
from syndicate.subscribers.model import Digest, Recipient, Status, parse_address
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


def consents(store: Store) -> list[dict[str, str]]:
    entries = cast("list[tuple[str, dict[str, str]]]", store.text.xrange(store.keys.consents))
    return [fields for _, fields in entries]


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
    subscribers.describe(reader, {"name": "林晚", "city": "Shanghai", "address": "9 Example Road"})
    known = subscribers.recipients([reader], ["address", "city", "name", "team"])[reader]
    assert known.address == "Reader@mail.example"
    assert known.fields == {"name": "林晚", "city": "Shanghai", "address": "9 Example Road"}
    subscribers.describe(reader, {"name": ""})
    assert subscribers.recipients([reader], ["name"])[reader].fields == {}


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
        assert found.subscriptions == {TECH: state}
        assert found.status is state
        assert subscribers.audience(TECH) == audience


def test_repeating_a_change_is_no_change(
    subscribers: SubscriberStore, store: Store, reader: int
) -> None:
    for state in (Status.PENDING, Status.ACTIVE, Status.LEFT):
        assert subscribers.change(reader, [TECH, TECH], state, NOW, HOW) == 1
        assert subscribers.change(reader, [TECH], state, NOW, HOW) == 0
    assert len(consents(store)) == 3


def test_asking_for_what_one_has_does_not_take_it_away(
    subscribers: SubscriberStore, reader: int
) -> None:
    subscribers.change(reader, [TECH], Status.ACTIVE, NOW, HOW)
    assert subscribers.change(reader, [TECH, MONEY], Status.PENDING, NOW, HOW) == 1
    (found,) = subscribers.get([reader])
    assert found.subscriptions == {TECH: Status.ACTIVE, MONEY: Status.PENDING}
    assert subscribers.audience(TECH) == 1


def test_leaving_what_one_never_had_leaves_no_trace(
    subscribers: SubscriberStore, store: Store, reader: int
) -> None:
    assert subscribers.change(reader, [TECH], Status.LEFT, NOW, HOW) == 0
    assert subscribers.get([reader])[0].subscriptions == {}
    assert consents(store) == []


def test_changing_nothing_changes_nothing(
    subscribers: SubscriberStore, store: Store, reader: int
) -> None:
    assert subscribers.change(reader, [], Status.ACTIVE, NOW, HOW) == 0
    assert consents(store) == []


def test_each_change_is_recorded_with_what_when_and_how(
    subscribers: SubscriberStore, store: Store, reader: int
) -> None:
    subscribers.change(reader, [TECH, MONEY], Status.PENDING, NOW, {"method": "表格"})
    subscribers.change(reader, [TECH, WEEKLY], Status.ACTIVE, NOW, HOW)
    first, second = consents(store)
    assert json.loads(first.pop("lists")) == ["daily:tech", "daily:money"]
    assert json.loads(first.pop("how")) == {"method": "表格"}
    assert first == {"subscriber": str(reader), "state": "pending", "at": NOW.isoformat()}
    assert json.loads(second["lists"]) == ["daily:tech", "weekly:tech"]


def test_a_digest_may_have_any_category(
    subscribers: SubscriberStore, store: Store, reader: int
) -> None:
    assert subscribers.change(reader, ODD, Status.ACTIVE, NOW, HOW) == len(ODD)
    assert set(subscribers.get([reader])[0].subscriptions) == set(ODD)
    assert [subscribers.audience(digest) for digest in ODD] == [1] * len(ODD)
    assert json.loads(consents(store)[0]["lists"]) == [str(digest) for digest in ODD]


changes = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 2]),
        st.lists(st.sampled_from([TECH, MONEY, WEEKLY, ODD[0]]), min_size=1, max_size=3),
        st.sampled_from(Status),
    ),
    max_size=8,
)


@given(changes)
@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_sets_that_mailings_read_agree_with_the_records(
    subscribers: SubscriberStore, store: Store, history: list[tuple[int, list[Digest], Status]]
) -> None:
    before = store.text.xlen(store.keys.consents)
    some = [
        subscribers.add(f"{store.text.incr(store.keys.fence)}@mail.example", NOW) for _ in range(3)
    ]
    recorded = sum(
        bool(subscribers.change(some[who], digests, state, NOW, HOW))
        for who, digests, state in history
    )
    for one in subscribers.get(some):
        states = set(one.subscriptions.values())
        for digest in (TECH, MONEY, WEEKLY, ODD[0]):
            key = store.keys.subscribed(digest.cadence, digest.category)
            is_in = bool(store.text.sismember(key, str(one.id)))
            assert is_in == (one.subscriptions.get(digest) is Status.ACTIVE)
        expected = [Status.ACTIVE, Status.PENDING, Status.LEFT]
        assert one.status is next((s for s in expected if s in states), Status.PENDING)
    assert store.text.xlen(store.keys.consents) - before == recorded


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
    said = [(each["state"], json.loads(each["lists"])) for each in consents(store)]
    assert said == [("together", ["daily"]), ("apart", ["daily"])]
    assert json.loads(consents(store)[0]["how"]) == {"method": "test"}
