"""Links that only we can make."""

from __future__ import annotations

import base64
import hmac
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.errors import TokenError
from syndicate.subscribers import tokens
from syndicate.subscribers.tokens import Claim, Purpose, sign, verify

KEY = b"k" * 32
ids = st.integers(0, 2**32 - 1)
claims = st.builds(Claim, st.just(Purpose.UNSUBSCRIBE), ids, ids)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def is_refused(token: str, key: bytes = KEY) -> bool:
    try:
        verify(key, token, Purpose.UNSUBSCRIBE)
    except TokenError:
        return True
    return False


@given(claims)
def test_a_token_says_what_was_signed(claim: Claim) -> None:
    assert verify(KEY, sign(KEY, claim), Purpose.UNSUBSCRIBE) == claim


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
    assert is_refused(changed) == (changed != token)


@given(claims, st.integers(0, 26 * 8 - 1))
def test_a_token_with_any_bit_flipped_is_refused(claim: Claim, bit: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(sign(KEY, claim) + "="))
    raw[bit // 8] ^= 1 << bit % 8
    assert is_refused(base64.urlsafe_b64encode(raw).decode().rstrip("="))


@given(claims, st.integers(0, 34))
def test_a_token_that_is_cut_short_or_goes_on_is_refused(claim: Claim, length: int) -> None:
    token = sign(KEY, claim)
    assert is_refused(token[:length])
    assert is_refused(token + token[: length + 1])
    assert is_refused(token + "=")


@given(claims, st.binary(min_size=32, max_size=64))
def test_a_token_of_another_key_is_refused(claim: Claim, key: bytes) -> None:
    assert is_refused(sign(key, claim)) == (key != KEY)


@given(st.text())
def test_what_is_no_token_is_refused(text: str) -> None:
    assert is_refused(text)


@pytest.mark.parametrize("text", ["", "=", "====", "\x00", "Ａ" * 35, "\ud800" * 35, "A" * 100_000])
def test_what_is_far_from_a_token_is_refused(text: str) -> None:
    assert is_refused(text)


@pytest.mark.parametrize(("version", "purpose"), [(1, 0), (1, 2), (0, 1), (2, 1)])
def test_a_token_for_another_purpose_or_of_another_version_is_refused(
    version: int, purpose: int
) -> None:
    token = tokens._written(KEY, tokens._BODY.pack(version, purpose, 1, 1))
    with pytest.raises(TokenError, match="this link is for something else"):
        verify(KEY, token, Purpose.UNSUBSCRIBE)


def test_what_is_signed_is_good_for_tokens_only() -> None:
    body = tokens._BODY.pack(1, Purpose.UNSUBSCRIBE, 1, 1)
    bare = hmac.digest(KEY, body, "sha256")[:16]
    assert is_refused(base64.urlsafe_b64encode(body + bare).decode().rstrip("="))


def test_a_token_is_the_same_in_every_release() -> None:
    assert sign(KEY, Claim(Purpose.UNSUBSCRIBE, 7, 9)) == GOLDEN


#: Links in mails of years ago have to work.
GOLDEN = "AQEAAAAHAAAACWJFpxW39ejWWBTsUe7QXlg"
