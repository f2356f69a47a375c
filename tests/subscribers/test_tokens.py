"""Links that only we can make."""

from __future__ import annotations

import base64
import hmac
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from syndicate.errors import TokenError
from syndicate.settings.key import Key, Keyring
from syndicate.subscribers import tokens
from syndicate.subscribers.tokens import Claim, Purpose, link, sign, verify

KEY = Key(b"k" * 32)
RING = Keyring.of([KEY])
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
ids = st.integers(0, 2**32 - 1)
purposes = st.sampled_from(Purpose)
claims = st.builds(Claim, purposes, ids, ids)
secrets = st.binary(min_size=32, max_size=64)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def is_refused(token: str, ring: Keyring = RING, purpose: Purpose = Purpose.UNSUBSCRIBE) -> bool:
    try:
        verify(ring, token, purpose)
    except TokenError:
        return True
    return False


@given(claims)
def test_a_token_says_what_was_signed(claim: Claim) -> None:
    assert verify(RING, sign(KEY, claim), claim.purpose) == claim


@given(claims)
def test_a_token_has_35_characters_that_a_url_takes_as_they_are(claim: Claim) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{35}", sign(KEY, claim))


@given(claims, claims)
def test_two_claims_have_two_tokens_and_one_claim_has_one(one: Claim, two: Claim) -> None:
    assert (sign(KEY, one) == sign(KEY, two)) == (one == two)


@given(claims, st.integers(0, 34), st.sampled_from(ALPHABET))
def test_a_token_with_any_character_changed_is_refused(
    claim: Claim, place: int, other: str
) -> None:
    token = sign(KEY, claim)
    changed = token[:place] + other + token[place + 1 :]
    assert is_refused(changed, purpose=claim.purpose) == (changed != token)


@given(claims, st.integers(0, 26 * 8 - 1))
def test_a_token_with_any_bit_flipped_is_refused(claim: Claim, bit: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(sign(KEY, claim) + "="))
    raw[bit // 8] ^= 1 << bit % 8
    assert is_refused(base64.urlsafe_b64encode(raw).decode().rstrip("="), purpose=claim.purpose)


@given(claims, st.integers(0, 34))
def test_a_token_that_is_cut_short_or_goes_on_is_refused(claim: Claim, length: int) -> None:
    token = sign(KEY, claim)
    for other in (token[:length], token + token[: length + 1], f"{token}=", f"{token}\n"):
        assert is_refused(other, purpose=claim.purpose)


@pytest.mark.slow
@given(st.text() | st.text(ALPHABET, min_size=35, max_size=35))
def test_what_is_no_token_is_refused(text: str) -> None:
    assert is_refused(text)


@pytest.mark.parametrize(
    "text",
    ["", "=", "====", "\x00", "Ａ" * 35, "\ud800" * 35, "+" * 35, "A" * 34 + "=", "A" * 100_000],
)
def test_what_is_far_from_a_token_is_refused(text: str) -> None:
    assert is_refused(text)


@given(claims, purposes)
def test_a_token_for_another_purpose_is_refused(claim: Claim, purpose: Purpose) -> None:
    token = sign(KEY, claim)
    assert is_refused(token, purpose=purpose) == (purpose is not claim.purpose)


@pytest.mark.parametrize("first", [0x10, 0x00, 0x01, 0x21, 0xF1])
def test_a_token_of_another_version_is_refused(first: int) -> None:
    token = tokens._written(KEY, tokens._BODY.pack(first, KEY.id, 1, 1))
    with pytest.raises(TokenError, match="this link is for something else"):
        verify(RING, token, Purpose.UNSUBSCRIBE)


def test_what_is_signed_is_good_for_tokens_only() -> None:
    body = tokens._BODY.pack(0x11, KEY.id, 1, 1)
    assert not is_refused(tokens._written(KEY, body))
    bare = hmac.digest(KEY.secret, body, "sha256")[:16]
    assert is_refused(base64.urlsafe_b64encode(body + bare).decode().rstrip("="))


def test_a_token_is_the_same_in_every_release() -> None:
    assert sign(KEY, Claim(Purpose.UNSUBSCRIBE, 7, 9)) == GOLDEN


#: Links in mails of years ago have to work.
GOLDEN = "Eb0AAAAHAAAACehZng87FBt6y23W5lDtlFU"


def test_a_link_leads_to_the_page_of_its_purpose() -> None:
    for purpose, page in (
        (Purpose.UNSUBSCRIBE, "u"),
        (Purpose.PREFERENCES, "preferences"),
        (Purpose.CONFIRM, "confirm"),
        (Purpose.MOVE, "move"),
    ):
        claim = Claim(purpose, 7, 9)
        assert link("https://n.example", KEY, claim) == (
            f"https://n.example/{page}/{sign(KEY, claim)}"
        )


# Keys


@given(claims, secrets, st.lists(secrets, max_size=3))
def test_a_token_of_any_key_of_the_ring_is_ours_and_of_no_other(
    claim: Claim, secret: bytes, others: list[bytes]
) -> None:
    keys = [KEY, *map(Key, others)]
    assume(len({key.id for key in keys}) == len(set(others) | {KEY.secret}))
    ring, key = Keyring.of(keys), Key(secret)
    assert is_refused(sign(key, claim), ring, claim.purpose) == (key not in keys)
    for own in keys:
        assert verify(ring, sign(own, claim), claim.purpose) == claim


def test_a_token_of_a_retired_key_is_none_of_ours() -> None:
    token = sign(KEY, Claim(Purpose.UNSUBSCRIBE, 7, 9))
    with pytest.raises(TokenError, match="use the one in a newer mail"):
        verify(Keyring.of([Key(b"x" * 32)]), token, Purpose.UNSUBSCRIBE)


def test_a_key_that_is_only_named_like_ours_signs_nothing() -> None:
    like = next(key for n in range(10_000) if (key := Key(b"%032d" % n)).id == KEY.id)
    assert is_refused(sign(like, Claim(Purpose.UNSUBSCRIBE, 7, 9)))


# Time


@pytest.mark.parametrize(
    ("purpose", "good"),
    [
        (Purpose.CONFIRM, timedelta(hours=48)),
        (Purpose.MOVE, timedelta(hours=48)),
        (Purpose.PREFERENCES, timedelta(days=365)),
    ],
)
def test_what_lets_one_see_or_change_expires(purpose: Purpose, good: timedelta) -> None:
    claim = verify(RING, sign(KEY, Claim.at(purpose, 7, NOW)), purpose)
    assert claim.expires_at == NOW + good
    assert not claim.is_expired(NOW)
    assert not claim.is_expired(NOW + good - timedelta(seconds=1))
    assert claim.is_expired(NOW + good)


@given(claims, st.datetimes(timezones=st.just(UTC)))
def test_one_may_leave_by_a_mail_of_any_age(claim: Claim, now: datetime) -> None:
    leave = Claim(Purpose.UNSUBSCRIBE, claim.subscriber, claim.number)
    assert leave.expires_at is None
    assert not leave.is_expired(now)


@given(claims)
def test_every_stamp_is_a_moment(claim: Claim) -> None:
    claim.is_expired(NOW)


def test_preferences_are_good_for_longer_than_the_law_wants() -> None:
    assert tokens.LIFETIMES[Purpose.PREFERENCES] > timedelta(days=60)
