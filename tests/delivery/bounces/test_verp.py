"""An address of ours names a delivery, and nobody else can make one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.delivery.bounces.verp import Claim, Purpose, claim_of, sender_for
from syndicate.settings.key import Key, Keyring

OLD, NEW, OTHER = (Key(bytes([n]) * 32) for n in (1, 2, 3))
RING = Keyring.of([NEW, OLD])
BASE = "bounces@news.example"
IDS = st.integers(0, 2**32 - 1)


@given(st.sampled_from(Purpose), IDS, IDS, st.sampled_from([OLD, NEW]))
def test_an_address_says_whose_delivery_it_is_of(
    purpose: Purpose, mailing: int, subscriber: int, key: Key
) -> None:
    claim = Claim(purpose, mailing, subscriber)
    assert claim_of(RING, sender_for(BASE, key, claim)) == claim


@given(IDS, IDS)
def test_it_has_room_in_a_local_part_and_needs_no_quotes(mailing: int, subscriber: int) -> None:
    local, _, domain = sender_for(
        "a" * 31 + "@news.example", NEW, Claim(Purpose.BOUNCE, mailing, subscriber)
    ).rpartition("@")
    assert domain == "news.example"
    assert len(local) == 64
    assert re.fullmatch(r"a+\+[a-z2-7]{32}", local)


def test_a_relay_may_write_it_in_capitals() -> None:
    claim = Claim(Purpose.BOUNCE, 7, 12)
    assert claim_of(RING, sender_for(BASE, NEW, claim).upper()) == claim


def test_the_same_delivery_always_has_the_same_address() -> None:
    claim = Claim(Purpose.BOUNCE, 7, 12)
    assert sender_for(BASE, NEW, claim) == sender_for(BASE, NEW, claim)


@given(st.integers(0, 31), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_an_address_with_another_letter_in_it_is_forged(place: int, letter: str) -> None:
    base, _, rest = sender_for(BASE, NEW, Claim(Purpose.BOUNCE, 7, 12)).partition("+")
    forged = rest[:place] + letter + rest[place + 1 :]
    found = claim_of(RING, f"{base}+{forged}")
    assert (found is None) == (forged != rest)


def test_a_key_of_nobody_signs_nothing() -> None:
    assert claim_of(RING, sender_for(BASE, OTHER, Claim(Purpose.BOUNCE, 7, 12))) is None


@pytest.mark.parametrize(
    "address", ["", "bounces@news.example", "bounces+@news.example", "a+b@c", f"x+{'a' * 32}@y"]
)
def test_an_address_without_a_token_of_ours_claims_nothing(address: str) -> None:
    assert claim_of(RING, address) is None


@given(st.text())
def test_any_text_is_an_address_of_somebody(text: str) -> None:
    assert claim_of(RING, text) is None
