"""Stamps of forms: ours are known again, and nobody else's."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from syndicate.settings.key import Key, Keyring
from syndicate.web.stamps import Stamp, read, write

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
OLD, NEW, OTHER = (Key(letter * 32) for letter in (b"o", b"n", b"x"))
RING = Keyring.of([NEW, OLD])
STAMP = Stamp(NOW, "0123456789ab")


def test_a_stamp_of_any_of_our_keys_is_read_as_it_was_written() -> None:
    for key in (NEW, OLD):
        assert read(RING, write(key, STAMP)) == STAMP


def test_a_stamp_of_another_key_is_none() -> None:
    assert read(RING, write(OTHER, STAMP)) is None


@given(st.integers(0, 40), st.characters(codec="ascii"))
def test_a_stamp_that_was_changed_is_none(place: int, char: str) -> None:
    text = write(NEW, STAMP)
    place %= len(text)
    changed = text[:place] + char + text[place + 1 :]
    assert changed == text or read(RING, changed) is None


@given(st.text())
def test_no_other_text_is_one(text: str) -> None:
    assert read(RING, text) is None
