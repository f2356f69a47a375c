"""What a worker holds of a relay's limits, and the sign of life that it gives for it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import structlog

from syndicate.delivery.relays.buckets import LEASE
from syndicate.errors import SyndicateError
from syndicate.store.client import AWAY

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from syndicate.delivery.relays.store import RelayStore

_log = structlog.get_logger()


class Leases:
    """The leases of one process, renewed by a thread for as long as there are any."""

    def __init__(self, store: RelayStore, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock
        self._held: set[tuple[str, str]] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def hold(self, key: str, name: str) -> None:
        """Have a lease renewed that was just taken."""
        with self._lock:
            self._held.add((key, name))
            if self._thread is None:
                self._thread = threading.Thread(target=self._beat, daemon=True, name="leases")
                self._thread.start()

    def end(self, key: str, name: str) -> None:
        """Give a lease back; one that was given back already stays so."""
        with self._lock:
            if (key, name) not in self._held:
                return
            self._held.discard((key, name))
        self._store.give_back(key, name)

    def end_all(self) -> None:
        """Give all back at once: nobody has to wait until they are over."""
        for key, name in tuple(self._held):
            self.end(key, name)

    def any(self, key: str) -> bool:
        """Whether one of a key's leases is held."""
        return any(held == key for held, _ in tuple(self._held))

    def renew(self) -> None:
        """Renew what is held. Where Redis is away, the next time will do."""
        with self._lock:
            held = tuple(self._held)
        try:
            self._store.renew(held, self._clock().timestamp())
        except (SyndicateError, *AWAY) as error:
            _log.warning("leases not renewed", error=str(error))

    def _beat(self) -> None:
        while True:
            # It outlives the last lease by that much: the next comes soon, or never.
            time.sleep(LEASE / 3)
            with self._lock:
                if not self._held:
                    self._thread = None
                    return
            self.renew()
