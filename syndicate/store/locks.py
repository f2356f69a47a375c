"""Locks in Redis: what one process at a time may do, and the next one soon when that has died."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import structlog
from redis.exceptions import LockNotOwnedError

from syndicate.errors import BusyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import redis
    from redis.lock import Lock

_log = structlog.get_logger()

#: Seconds after which the lock of a process that died is free.
SECONDS = 10.0
#: How often in that time one that lives renews it.
_BEATS = 4
#: Seconds in which a holder has either ended or, being alive, begun another round.
LONG_ENOUGH = SECONDS + 2


@contextmanager
def held(text: redis.Redis, key: str, name: str, wait: float) -> Iterator[Callable[[], None]]:
    """Be the only one who does `name`, after a wait of so many seconds at the most.

    A thread renews the lock for as long as the block lasts and the process lives. What this yields
    is to be called before each step of the work: a process that slept may have lost it.

    Raises:
        BusyError: somebody else does it now; from what it yields: somebody else may have begun.
    """
    # The thread shows the same token.
    lock = text.lock(key, timeout=SECONDS, blocking=wait > 0, thread_local=False)
    if not lock.acquire(blocking_timeout=wait or None):
        raise BusyError(f"{name} is already running; wait until it is done")

    def renew() -> None:
        try:
            lock.reacquire()
        except LockNotOwnedError as error:
            raise BusyError(f"{name} took so long that another began it") from error

    done = threading.Event()
    thread = threading.Thread(target=_keep, args=(lock, name, done), daemon=True)
    thread.start()
    try:
        yield renew
    finally:
        done.set()
        thread.join()
        # A lock that ran out meanwhile may be another's by now: it is left alone.
        with suppress(LockNotOwnedError):
            lock.release()


def _keep(lock: Lock, name: str, done: threading.Event) -> None:
    while not done.wait(SECONDS / _BEATS):
        try:
            lock.reacquire()
        except LockNotOwnedError:
            return
        except Exception as error:  # noqa: BLE001 - Redis may be back for the next beat
            _log.warning("lock not renewed", lock=name, error=str(error))
