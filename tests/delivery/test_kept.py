"""Of two processes that make the same, the first decides what is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syndicate.delivery.kept import Kept

if TYPE_CHECKING:
    from syndicate.store.client import Store


def test_the_first_template_of_a_language_is_that_of_all(store: Store) -> None:
    first, second = Kept(store), Kept(store)
    assert second.template(1, "de") is None
    assert first.keep_template(1, "de", b"one") == b"one"
    assert second.keep_template(1, "de", b"two") == b"one"
    assert second.template(1, "de") == b"one"
    assert second.keep_template(1, "en", b"three") == b"three"


def test_the_first_language_is_that_of_all_who_wish_for_none(store: Store) -> None:
    first, second = Kept(store), Kept(store)
    assert second.language(1) is None
    assert first.keep_language(1, "zh-CN") == "zh-CN"
    assert second.keep_language(1, "en") == second.language(1) == "zh-CN"
    assert second.language(2) is None


def test_the_first_bundle_is_that_of_all_for_its_time(store: Store) -> None:
    first, second = Kept(store), Kept(store)
    assert second.bundle(1) is None
    assert first.keep_bundle(1, b"one", 60) == b"one"
    assert second.keep_bundle(1, b"two", 6000) == second.bundle(1) == b"one"
    assert 0 < store.text.ttl(store.keys.part(1, "bundle")) <= 60
