"""Locks: one holder, and soon another when it dies."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from typing import TYPE_CHECKING

import pytest

from syndicate.errors import BusyError
from syndicate.store import client, locks

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


def test_a_lock_has_one_holder(store: client.Store) -> None:
    with (
        store.lock("sync"),
        pytest.raises(BusyError, match="sync is already running"),
        store.lock("sync"),
    ):
        pytest.fail("two at once")
    with store.lock("sync"):
        pass


def test_locks_of_other_names_and_other_sites_are_other_locks(
    store: client.Store, redis_url: str
) -> None:
    other = client.connect(redis_url, f"{store.keys.prefix}-other")
    with store.lock("sync"), store.lock("publish"), other.lock("sync"):
        pass
    other.close()


def test_a_lock_is_free_after_a_failure(store: client.Store) -> None:
    with pytest.raises(ZeroDivisionError), store.lock("sync"):
        raise ZeroDivisionError
    with store.lock("sync"):
        pass


def test_a_step_makes_a_lock_last(store: client.Store) -> None:
    with store.lock("sync") as renew:
        store.text.pexpire(store.keys.lock("sync"), 1000)
        renew()
        assert store.text.pttl(store.keys.lock("sync")) > 9000


def test_a_holder_that_lives_keeps_its_lock_however_long_a_step_takes(
    store: client.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "SECONDS", 0.2)
    with store.lock("sync") as renew:
        with pytest.raises(BusyError), store.lock("sync", wait=0.6):
            pytest.fail("two at once")
        renew()


def test_who_slept_too_long_is_told_and_leaves_the_next_holders_alone(store: client.Store) -> None:
    with store.lock("sync") as renew:
        store.text.delete(store.keys.lock("sync"))  # as if it had run out
        with store.lock("sync"), pytest.raises(BusyError, match="took so long"):
            renew()
    with store.lock("sync"):
        pass


def test_a_lock_that_ran_out_is_not_taken_from_its_next_holder(store: client.Store) -> None:
    first = store.lock("sync")
    first.__enter__()
    store.text.delete(store.keys.lock("sync"))
    with store.lock("sync"):
        first.__exit__(None, None, None)
        with pytest.raises(BusyError), store.lock("sync"):
            pytest.fail("two at once")


def test_who_waits_has_the_lock_as_soon_as_it_is_free(store: client.Store) -> None:
    held, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with store.lock("sync"):
            held.set()
            may_end.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    threading.Timer(0.1, may_end.set).start()
    with store.lock("sync", wait=30):
        assert may_end.is_set()
    thread.join()


def _hold(url: str, prefix: str, held: Connection) -> None:
    locks.SECONDS = 0.5
    with client.connect(url, prefix).lock("sync"):
        held.send(True)
        time.sleep(60)  # until it is killed


def test_a_holder_that_is_killed_makes_room_and_not_before_its_time(
    store: client.Store, redis_url: str
) -> None:
    hears, says = multiprocessing.Pipe()
    args = (redis_url, store.keys.prefix, says)
    holder = multiprocessing.get_context("fork").Process(target=_hold, args=args)
    holder.start()
    assert hears.recv()
    os.kill(holder.pid or 0, signal.SIGKILL)
    holder.join()
    with pytest.raises(BusyError), store.lock("sync"):
        pytest.fail("nobody could know so soon")
    with store.lock("sync", wait=30):
        pass
