"""Limits: what is counted, for how long, and that no count tells whose it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from syndicate.settings.key import Key
from syndicate.subscribers.limits import (
    ASKED,
    LINKED,
    REST,
    Counts,
    Limits,
    network_of,
    next_hour,
)

if TYPE_CHECKING:
    from syndicate.store.client import Store

NOW = datetime(2026, 11, 23, 6, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
WANDA = "Wanda@mail.example"


@pytest.fixture
def limits(store: Store) -> Limits:
    return Limits(store, lambda: Key(b"k" * 32))


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("192.0.2.7", "192.0.2.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
        ("unix:", ""),
    ],
)
def test_a_network_is_what_one_customer_has(ip: str, network: str) -> None:
    assert network_of(ip) == network


def test_a_network_is_counted_by_the_hour(limits: Limits) -> None:
    assert [limits.visit(f"192.0.2.{n}", NOW) for n in range(3)] == [1, 2, 3]
    assert limits.visit("192.0.3.1", NOW) == 1
    assert limits.visit("192.0.2.1", next_hour(NOW)) == 1


def test_the_next_hour_is_the_clocks(limits: Limits) -> None:
    assert next_hour(NOW) == datetime(2026, 11, 23, 7, tzinfo=UTC)
    assert limits.visit("192.0.2.1", next_hour(NOW) - timedelta(seconds=1)) == 1


def test_an_address_without_letters_has_none(limits: Limits) -> None:
    assert limits.of(WANDA, NOW) == Counts()


def test_a_letter_is_counted_by_address_domain_and_hour(limits: Limits) -> None:
    limits.letter(ASKED, WANDA, NOW)
    assert limits.of("wanda@MAIL.example", NOW) == Counts(NOW, None, 1, 1, 1)
    assert limits.of("omar@mail.example", NOW) == Counts(domain=1, everybody=1)
    assert limits.of("omar@other.example", NOW) == Counts(everybody=1)
    assert limits.of("omar@mail.example", NOW + HOUR) == Counts()


def test_the_two_kinds_of_letters_rest_apart(limits: Limits) -> None:
    limits.letter(LINKED, WANDA, NOW)
    assert limits.of(WANDA, NOW) == Counts(None, NOW, 0, 1, 1)


def test_an_address_rests_for_a_day(limits: Limits) -> None:
    limits.letter(ASKED, WANDA, NOW)
    assert limits.of(WANDA, NOW + REST - timedelta(seconds=1)).asked_at == NOW
    assert limits.of(WANDA, NOW + REST) == Counts(unanswered=1)


def test_an_answer_ends_the_rest_and_the_count(limits: Limits) -> None:
    for day in range(3):
        limits.letter(ASKED, WANDA, NOW + day * REST)
    assert limits.of(WANDA, NOW + 2 * REST).unanswered == 3
    limits.answered("wanda@mail.example")
    assert limits.of(WANDA, NOW + 2 * REST) == Counts(None, None, 0, 1, 1)


def test_no_key_tells_whose_it_is_and_each_expires(limits: Limits, store: Store) -> None:
    limits.letter(ASKED, WANDA, NOW)
    limits.letter(LINKED, WANDA, NOW)
    limits.visit("192.0.2.7", NOW)
    found = list(store.text.scan_iter(f"{store.keys.prefix}:*"))
    found.remove(store.keys.schema)
    assert len(found) == 6
    for key in found:
        held = f"{key} {store.text.get(key)!r}".lower()
        assert not any(word in held for word in ("wanda", "mail.example", "192.0.2"))
        assert store.text.ttl(key) > 0
