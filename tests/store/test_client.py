"""The way to Redis: locks, scripts, and what is said when it is not there."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from syndicate.errors import SettingsError, StoreError
from syndicate.store import client, embedded
from syndicate.store.keys import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def answering(reply: bytes) -> Iterator[str]:
    """Something on a port that says the same to everybody; yields its URL."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                peer, _ = server.accept()
            except OSError:
                return
            with peer:
                peer.recv(1000)
                peer.sendall(reply)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"redis://:hush@127.0.0.1:{server.getsockname()[1]}/0"
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


def refusal(url: str) -> str:
    with pytest.raises(StoreError) as refused:
        client.connect(url, "x")
    assert "\n" not in str(refused.value)
    assert "hush" not in str(refused.value)
    return str(refused.value)


# Being there, or not


def test_a_new_store_is_marked_with_the_schema(store: client.Store) -> None:
    assert store.text.get(store.keys.schema) == str(SCHEMA)


def test_a_schema_of_the_future_is_refused(redis_url: str, store: client.Store) -> None:
    store.text.set(store.keys.schema, SCHEMA + 1)
    with pytest.raises(StoreError, match=f"has schema {SCHEMA + 1}, this program knows {SCHEMA};"):
        client.connect(redis_url, store.keys.prefix)


@pytest.mark.parametrize(
    "url",
    [
        "redis://:hush@127.0.0.1:1/0",
        "redis://me:hu@hush@127.0.0.1:1",
        "redis://127.0.0.1:1/0?password=hush",
        "unix:///nowhere/redis.sock?password=hush",
    ],
)
def test_a_redis_that_is_not_there_is_named_without_its_password(url: str) -> None:
    assert refusal(url).startswith("can't reach Redis at ")


@pytest.mark.parametrize(
    "url", ["redis://:hush@127.0.0.1:port", "redis://127.0.0.1?db=x&password=hush"]
)
def test_a_url_that_is_none_is_a_wrong_setting(url: str) -> None:
    with pytest.raises(SettingsError, match=r"\[redis\] url redis://127") as refused:
        client.connect(url, "x")
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    ("reply", "line"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "is no Redis"),
        (b"-NOAUTH Authentication required.\r\n", "set the password in [redis] url"),
        (b"-WRONGPASS invalid username-password pair\r\n", "set the password in [redis] url"),
        (b"-LOADING Redis is loading the dataset in memory\r\n", "can't reach Redis"),
        (b"-READONLY You can't write against a read only replica.\r\n", "refuses: You can't write"),
        (b"-MISCONF Redis is configured to save\r\n", "refuses: MISCONF"),
        (b"", "can't reach Redis"),
    ],
)
def test_what_answers_otherwise_is_told_in_one_line(reply: bytes, line: str) -> None:
    with answering(reply) as url:
        assert line in refusal(url)


def test_a_failure_that_is_not_redis_own_is_not_blamed_on_it() -> None:
    with pytest.raises(OSError, match="disk"), client.speaking_plainly("redis://x"):
        raise OSError("the disk is full")


def test_a_server_that_is_killed_while_we_speak_is_told_of_in_one_line(tmp_path: Path) -> None:
    with embedded.EmbeddedServer(tmp_path):
        store = client.connect(embedded.url_of(tmp_path), "x")
    with pytest.raises(StoreError, match="can't reach Redis"), client.speaking_plainly("unix://x"):
        store.text.get("a")
    store.close()


# Scripts


def test_a_script_survives_a_server_that_forgot_it(store: client.Store) -> None:
    keys = [store.keys.digests, store.keys.digest_names]
    assert store.run("number_digests", keys, ["a"]) == [1]
    store.text.script_flush()
    assert store.run("number_digests", keys, ["b"]) == [2]


def test_both_clients_see_one_server(store: client.Store) -> None:
    store.text.set(store.keys.lock("x"), "澜江")
    assert store.raw.get(store.keys.lock("x")) == "澜江".encode()
