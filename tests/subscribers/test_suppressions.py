"""The suppression list bars whom it names, and nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.errors import AddressError, NotFoundError
from syndicate.subscribers import changes
from syndicate.subscribers.model import Digest, Reason, Status, Suppression
from syndicate.subscribers.store import SubscriberStore
from syndicate.subscribers.suppressions import Suppressions, dumps, entries_of, loads, parse_entry

if TYPE_CHECKING:
    from syndicate.store.client import Store

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
HOW = {"method": "test"}
TECH = Digest("daily", "tech")
WHY = Suppression(Reason.OPERATOR, "a test", NOW)


@pytest.fixture
def subscribers(store: Store) -> SubscriberStore:
    return SubscriberStore(store)


@pytest.fixture
def suppressions(store: Store, subscribers: SubscriberStore) -> Suppressions:
    return Suppressions(store, subscribers)


def subscribe(subscribers: SubscriberStore, address: str) -> int:
    made = subscribers.add(address, NOW)
    subscribers.change(made, [TECH], Status.ACTIVE, NOW, HOW)
    return made


# Entries


@pytest.mark.parametrize(
    ("written", "entry"),
    [
        ("Wanda@Mail.Example", "wanda@mail.example"),
        (" @Mail.Example ", "@mail.example"),
        ("@.Mail.example", "@.mail.example"),
        ("@例子.中国", "@例子.中国"),
        ("@xn--fsqu00a.xn--fiqs8s", "@例子.中国"),
    ],
)
def test_an_entry_is_an_address_or_a_domain_as_they_are_compared(written: str, entry: str) -> None:
    assert parse_entry(written) == entry


@pytest.mark.parametrize("wrong", ["", "@", "@.", "mail.example", "@mail", "@a b.example", "#abc"])
def test_what_is_neither_is_refused_in_one_line(wrong: str) -> None:
    with pytest.raises(AddressError) as refused:
        parse_entry(wrong)
    assert "\n" not in str(refused.value)


def test_an_address_is_barred_by_itself_its_domain_and_all_domains_above() -> None:
    assert entries_of("Wanda@News.Mail.Example") == (
        "wanda@news.mail.example",
        "@news.mail.example",
        "@.news.mail.example",
        "@.mail.example",
        "@.example",
    )


@given(st.builds(Suppression, st.sampled_from(Reason), st.text(), st.just(NOW)))
def test_an_entry_says_what_was_written(why: Suppression) -> None:
    assert loads(dumps(why)) == why


# Adding


def test_whoever_is_suppressed_gets_nothing_from_that_moment_on(
    subscribers: SubscriberStore, suppressions: Suppressions
) -> None:
    wanda = subscribe(subscribers, "Wanda@mail.example")
    other = subscribe(subscribers, "other@mail.example")
    assert suppressions.add("wanda@mail.example", WHY, NOW, HOW) == 1
    assert suppressions.add("wanda@mail.example", WHY, NOW, HOW) == 0
    (found, left_alone) = subscribers.get([wanda, other])
    assert found.suppression == WHY
    assert left_alone.suppression is None
    assert subscribers.audience(TECH) == 1
    assert suppressions.get("wanda@mail.example") == WHY
    assert subscribers.consents(wanda)[-1] == {"at": NOW, "told": ["suppression"], "how": HOW}


def test_whoever_is_no_subscriber_is_on_the_list_all_the_same(suppressions: Suppressions) -> None:
    assert suppressions.add("nobody@mail.example", WHY, NOW, HOW) == 0
    assert dict(suppressions.all()) == {"nobody@mail.example": WHY}
    assert suppressions.count() == 1


@pytest.mark.slow
def test_a_domain_bars_its_subscribers_and_those_below_it_only_if_asked(
    subscribers: SubscriberStore, suppressions: Suppressions
) -> None:
    at = [
        subscribe(subscribers, f"wanda@{domain}")
        for domain in ("mail.example", "news.mail.example", "othermail.example", "example.com")
    ]

    def barred() -> list[bool]:
        return [one.suppression is not None for one in subscribers.get(at)]

    assert suppressions.add("@mail.example", WHY, NOW, HOW) == 1
    assert barred() == [True, False, False, False]
    assert suppressions.add("@.mail.example", WHY, NOW, HOW) == 1
    assert barred() == [True, True, False, False]
    # One entry goes; the other still bars them.
    assert suppressions.lift("@mail.example", NOW, HOW) == 0
    assert barred() == [True, True, False, False]
    assert suppressions.lift("@.mail.example", NOW, HOW) == 2
    assert barred() == [False] * 4
    assert subscribers.audience(TECH) == 4


def test_what_an_entry_was_first_made_for_stays(suppressions: Suppressions) -> None:
    later = Suppression(Reason.COMPLAINT, "a report", NOW + timedelta(days=1))
    for entry in ("wanda@mail.example", "@mail.example"):
        suppressions.add(entry, WHY, NOW, HOW)
        suppressions.add(entry, later, NOW, HOW)
        assert suppressions.get(entry) == WHY


def test_a_domain_whose_suppression_was_broken_off_is_ended_by_a_repetition(
    subscribers: SubscriberStore, suppressions: Suppressions, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [subscribe(subscribers, f"reader{n}@mail.example") for n in range(5)]
    alter, calls = subscribers.alter, iter(range(2))

    def break_off(*args: object) -> object:
        if next(calls, None) is None:
            raise KeyboardInterrupt
        return alter(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(subscribers, "alter", break_off)
    with pytest.raises(KeyboardInterrupt):
        suppressions.add("@mail.example", WHY, NOW, HOW)
    # Nothing is sent to any of them: the list says so already.
    assert len(suppressions.which(f"reader{n}@mail.example" for n in range(5))) == 5
    monkeypatch.undo()
    assert suppressions.add("@mail.example", WHY, NOW, HOW) == 3
    assert all(one.suppression == WHY for one in subscribers.get(people))


# Lifting


def test_lifting_gives_back_what_one_is_subscribed_to(
    subscribers: SubscriberStore, suppressions: Suppressions
) -> None:
    wanda = subscribe(subscribers, "wanda@mail.example")
    suppressions.add("wanda@mail.example", WHY, NOW, HOW)
    assert suppressions.lift("wanda@mail.example", NOW, HOW) == 1
    assert subscribers.get([wanda])[0].suppression is None
    assert subscribers.audience(TECH) == 1
    assert suppressions.count() == 0
    with pytest.raises(NotFoundError, match=r"wanda@mail\.example is not on the suppression list"):
        suppressions.lift("wanda@mail.example", NOW, HOW)


def test_an_entry_that_comes_while_another_is_lifted_bars(
    subscribers: SubscriberStore, suppressions: Suppressions, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanda = subscribe(subscribers, "wanda@mail.example")
    suppressions.add("wanda@mail.example", WHY, NOW, HOW)
    alter = subscribers.alter

    def meanwhile(*args: object) -> object:
        # Between the look at the list and the save: its own part finds him suppressed.
        keys = subscribers._store.keys
        subscribers._store.text.hset(keys.suppressions, "@mail.example", dumps(WHY))
        return alter(*args)  # type: ignore[arg-type]

    bar = suppressions._bar
    looks = iter([None])
    monkeypatch.setattr(suppressions, "_bar", lambda *args: next(looks, bar(*args)))
    monkeypatch.setattr(subscribers, "alter", meanwhile)
    assert suppressions.lift("wanda@mail.example", NOW, HOW) == 0
    assert subscribers.get([wanda])[0].suppression == WHY


# Looking


def test_which_of_many_addresses_are_barred_is_asked_at_once(suppressions: Suppressions) -> None:
    suppressions.add("wanda@mail.example", WHY, NOW, HOW)
    suppressions.add("@.corp.example", WHY, NOW, HOW)
    asked = ["Wanda@Mail.Example", "bob@a.corp.example", "bob@corp.example", "carl@mail.example"]
    assert suppressions.which(asked) == dict.fromkeys(asked[:3], WHY)
    assert suppressions.which([]) == {}


# The erased


def test_an_erased_address_is_known_by_its_hash_alone_in_every_process(
    subscribers: SubscriberStore, suppressions: Suppressions, store: Store
) -> None:
    wanda = subscribe(subscribers, "Wanda@mail.example")
    suppressions.add("wanda@mail.example", WHY, NOW, HOW)
    entries = suppressions.erased("Wanda@mail.example", "test", NOW)
    subscribers.alter(wanda, lambda _one: None, NOW, HOW, entries)
    ((entry, why),) = suppressions.all()
    assert entry.startswith("#")
    assert "wanda" not in entry
    assert why == Suppression(Reason.ERASED, "test", NOW)
    other = Suppressions(store, subscribers)
    assert other.which(["WANDA@mail.example", "w@mail.example"]) == {"WANDA@mail.example": why}
    assert other.barring(["wanda@mail.example"]) == {}


def test_who_was_erased_and_confirms_anew_is_on_no_list_any_more(
    subscribers: SubscriberStore, suppressions: Suppressions
) -> None:
    first = subscribe(subscribers, "wanda@mail.example")
    erased = suppressions.erased("wanda@mail.example", "test", NOW)
    subscribers.alter(first, lambda _one: None, NOW, HOW, erased)
    again = subscribers.add("wanda@mail.example", NOW)
    assert again != first
    subscribers.alter(
        again,
        lambda one: changes.confirm(one, [TECH], NOW),
        NOW,
        HOW,
        suppressions.welcome_back("wanda@mail.example"),
    )
    assert suppressions.count() == 0
    assert subscribers.audience(TECH) == 1


def test_an_operator_may_take_back_that_somebody_was_erased(
    subscribers: SubscriberStore, suppressions: Suppressions
) -> None:
    wanda = subscribe(subscribers, "wanda@mail.example")
    erased = suppressions.erased("wanda@mail.example", "test", NOW)
    subscribers.alter(wanda, lambda _one: None, NOW, HOW, erased)
    assert suppressions.lift("wanda@mail.example", NOW, HOW) == 0
    assert suppressions.which(["wanda@mail.example"]) == {}
