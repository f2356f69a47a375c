"""A process's open ways to its relays: kept for some seconds, for the next chunk comes soon."""

from __future__ import annotations

import threading
import time
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from syndicate.delivery.send import Transport

#: Seconds for which a way that nobody uses stays open: relays hang up on those who only listen, and
#: may have few connections to spare.
IDLE = 5.0


@dataclass(slots=True)
class Way:
    """An open way to a relay, in one thread's hands or idle."""

    relay: str
    transport: Transport
    #: Messages that went over it.
    used: int = 0
    #: By the monotonic clock.
    idle_since: float = 0.0


class Pool:
    """The ways of one process. For any number of threads."""

    def __init__(
        self,
        open_: Callable[[str], Transport],
        most: Callable[[str], int | None],
        idle: float = IDLE,
    ) -> None:
        """`open_` opens a way to a relay; `most` messages go over one (None: as many as come)."""
        self._open, self._most, self._idle = open_, most, idle
        self._lock = threading.Lock()
        self._ways: list[Way] = []
        self._timer: threading.Timer | None = None
        # Whoever forgets the pool, and the end of the process, closes what is idle.
        weakref.finalize(self, _close_all, self._ways)

    def take(self, relay: str) -> Way:
        """A way to a relay: one that is open, or a new one.

        Raises:
            RelayError: there is none to be had.
        """
        while way := self._idle_way(relay):
            if way.transport.usable():
                return way
            way.transport.close()
        return Way(relay, self._open(relay))

    def give(self, way: Way) -> None:
        """Give a way back, for whoever comes next."""
        if self.is_worn(way) or not way.transport.usable():
            way.transport.close()
            return
        way.idle_since = time.monotonic()
        with self._lock:
            self._ways.append(way)
            self._watch()

    def is_worn(self, way: Way) -> bool:
        """Whether it has had all messages that its relay wants over one."""
        most = self._most(way.relay)
        return most is not None and way.used >= most

    def close(self) -> None:
        """Close all that is idle."""
        with self._lock:
            ways = self._ways[:]
            self._ways.clear()
        _close_all(ways)

    def _idle_way(self, relay: str) -> Way | None:
        with self._lock:
            # The one used last has the most time left.
            for at in reversed(range(len(self._ways))):
                if self._ways[at].relay == relay:
                    return self._ways.pop(at)
        return None

    def _watch(self) -> None:
        """See that what is idle too long is closed; the lock is held."""
        if self._timer is None:
            # Not by `self`: nobody is to live on because a timer runs.
            self._timer = threading.Timer(self._idle, _reap, [weakref.ref(self)])
            self._timer.daemon = True
            self._timer.start()

    def reap(self) -> None:
        """Close what was idle for too long."""
        now = time.monotonic()
        with self._lock:
            old = [way for way in self._ways if now - way.idle_since >= self._idle]
            self._ways[:] = [way for way in self._ways if now - way.idle_since < self._idle]
            self._timer = None
            if self._ways:
                self._watch()
        _close_all(old)


def _reap(pool: weakref.ref[Pool]) -> None:
    if found := pool():
        found.reap()


def _close_all(ways: list[Way]) -> None:
    for way in ways:
        way.transport.close()
