"""What all processes of a run see at once: the time, and how far each worker is."""

from __future__ import annotations

import ctypes
import multiprocessing
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.sharedctypes import RawArray, RawValue
from typing import Any

#: Starts processes quickly: what they import is there already, and they inherit nothing else.
PROCESSES = multiprocessing.get_context("forkserver")
#: Workers at most.
SLOTS = 8


@dataclass(frozen=True)
class Board:
    """In shared memory. The time stands still until the round moves it."""

    _time: Any
    _turn: Any
    _idle: Any
    _stalled: Any
    _ending: Any

    @classmethod
    def make(cls, now: datetime) -> Board:
        """A board at that time."""
        return cls(
            RawValue(ctypes.c_double, now.timestamp()),
            RawValue(ctypes.c_long, 1),
            RawArray(ctypes.c_long, SLOTS),
            RawArray(ctypes.c_long, SLOTS),
            RawValue(ctypes.c_long, 0),
        )

    def clock(self) -> datetime:
        """The time of everybody."""
        return datetime.fromtimestamp(self._time.value, UTC)

    def jump(self, seconds: float) -> None:
        """Move it; every worker has to look anew what is due."""
        self._time.value += seconds
        self._turn.value += 1

    @property
    def turn(self) -> int:
        """Grows whenever there may be something new to do."""
        return int(self._turn.value)

    def stir(self) -> None:
        """Have every worker look again."""
        self._turn.value += 1

    def is_idle(self, slot: int) -> bool:
        """Whether a worker has looked since, and found nothing to do."""
        return bool(self._idle[slot] == self._turn.value)

    def set_idle(self, slot: int, turn: int) -> None:
        """Say at which turn nothing was to be done."""
        self._idle[slot] = turn

    def stalled(self, slot: int) -> int:
        """The process that is stopped there; 0: none is."""
        return int(self._stalled[slot])

    def set_stalled(self, slot: int, process: int) -> None:
        """Say which one is."""
        self._stalled[slot] = process

    @property
    def ending(self) -> bool:
        """Whether workers are to end when they have nothing in hand."""
        return bool(self._ending.value)

    def end(self) -> None:
        """Have them end."""
        self._ending.value = 1
