"""What a turn at a chunk has yet to begin, shared by its connections."""

from __future__ import annotations

import heapq
import threading
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Agenda:
    """Places of a chunk, each in one connection's hands at a time. For any number of threads."""

    def __init__(self, places: Iterable[int]) -> None:
        self._lock = threading.Lock()
        self._ready = deque(places)
        self._waiting: list[tuple[float, int]] = []

    def take(self, now: float, most: int) -> list[int]:
        """The next places, `most` at the most; none if what is left has to wait, or nothing is."""
        with self._lock:
            while self._waiting and self._waiting[0][0] <= now:
                self._ready.append(heapq.heappop(self._waiting)[1])
            return [self._ready.popleft() for _ in range(min(most, len(self._ready)))]

    def give_back(self, places: Iterable[int]) -> None:
        """Have others take these, which were not begun."""
        with self._lock:
            self._ready.extendleft(places)

    def put_off(self, place: int, until: float) -> None:
        """Have a place wait until that moment."""
        with self._lock:
            heapq.heappush(self._waiting, (until, place))

    def share(self, hands: int) -> int:
        """How many of what is ready each of so many takes, so that all end about together."""
        return max(1, len(self._ready) // (2 * hands))

    @property
    def next_at(self) -> float | None:
        """When the first of those that wait may be begun; None if none waits."""
        with self._lock:
            return self._waiting[0][0] if self._waiting else None

    @property
    def has_ready(self) -> bool:
        """Whether something could be begun now."""
        return bool(self._ready)
