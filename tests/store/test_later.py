"""Scripts that are sent now, and whose replies are read later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import redis

from syndicate.store.client import connect
from syndicate.store.embedded import EmbeddedServer, url_of

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.store.client import Store


def numbers(store: Store) -> tuple[list[str], list[str]]:
    """The keys of `number_digests`, and one digest."""
    return [store.keys.digests, store.keys.digest_names], ["daily:tech"]


def test_replies_come_in_the_order_of_the_calls(store: Store) -> None:
    keys, _ = numbers(store)
    wait = store.send("number_digests", [(keys, [f"daily:{n}"]) for n in range(100)])
    # What is asked meanwhile has its own answer.
    assert store.text.ping()
    assert wait() == [[n] for n in range(1, 101)]


def test_nothing_sent_is_nothing_replied(store: Store) -> None:
    assert store.send("number_digests", [])() == []


def test_a_server_that_forgot_its_scripts_is_told_anew(store: Store) -> None:
    store.text.script_flush()
    assert store.send("number_digests", [numbers(store)])() == [[1]]
    wait = store.send("number_digests", [numbers(store)])
    assert wait() == [[1]]


def test_connections_are_given_back(store: Store) -> None:
    for _ in range(20):
        assert store.send("number_digests", [numbers(store)])() == [[1]]
    assert len(store.text.connection_pool._available_connections) <= 2


def test_a_script_that_fails_says_so_and_the_next_call_is_its_own(store: Store) -> None:
    wait = store.send("number_digests", [([store.keys.digests], ["daily:tech"])])
    with pytest.raises(redis.ResponseError):
        wait()
    assert store.send("number_digests", [numbers(store)])() == [[1]]


def test_a_server_that_goes_away_is_told(tmp_path: Path) -> None:

    server = EmbeddedServer(tmp_path)
    with server:
        store = connect(url_of(tmp_path), "later")
        wait = store.send("number_digests", [numbers(store)])
        assert wait() == [[1]]
    with pytest.raises(redis.ConnectionError):
        store.send("number_digests", [numbers(store)])()
    store.close()
