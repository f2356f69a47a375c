"""A line calls one script over and over, whatever becomes of Redis meanwhile."""

from __future__ import annotations

import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import redis

from syndicate.store import client, embedded, line
from syndicate.store.line import Line

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.store.client import Store

ECHO = "return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}"


def calling(store: Store, script: str = ECHO) -> Line:
    return Line(store.text, store.text.register_script(script))


def test_a_call_is_answered_as_the_script_replies(store: Store, prefix: str) -> None:
    key = f"{prefix}:n"
    with closing(calling(store)) as ask:
        assert [ask([key], [1.5])[2] for _ in range(3)] == [1, 2, 3]
        assert ask([key], ["好\r\n$5"])[:2] == [key, "好\r\n$5"]


def test_a_script_that_the_server_forgot_is_told_again(store: Store, prefix: str) -> None:
    with closing(calling(store)) as ask:
        ask([f"{prefix}:n"], [1])
        store.text.script_flush()
        assert ask([f"{prefix}:n"], [1])[2] == 2


def test_a_script_that_fails_says_so_and_the_next_call_is_as_good(store: Store) -> None:
    with closing(calling(store, "return redis.error_reply('ERR no')")) as ask:
        for _ in range(2):
            with pytest.raises(redis.ResponseError, match="no"):
                ask([], [])


def test_a_redis_that_is_away_for_a_moment_is_waited_for(tmp_path: Path) -> None:
    with embedded.EmbeddedServer(tmp_path) as first:
        store = client.connect(embedded.url_of(tmp_path), "test")
        with closing(store), closing(calling(store)) as ask:
            ask(["n"], [1])
            first.stop()
            answers: list[list[object]] = []
            asking = threading.Thread(target=lambda: answers.append(ask(["n"], [1])))
            asking.start()
            with embedded.EmbeddedServer(tmp_path):
                asking.join(30)
                assert answers == [["n", "1", 2]]
                ask.close()
                store.close()


@pytest.mark.slow
def test_a_redis_that_stays_away_is_told_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "_PATIENCE", 0.2)
    with embedded.EmbeddedServer(tmp_path) as server:
        store = client.connect(embedded.url_of(tmp_path), "test")
        with closing(store), closing(calling(store)) as ask:
            ask(["n"], [1])
            server.stop()
            with pytest.raises(redis.ConnectionError):
                ask(["n"], [1])
