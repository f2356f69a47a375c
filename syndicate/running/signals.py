"""Ctrl-C and SIGTERM, as something that one can wait for."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Stop:
    """Whether this process was asked to end.

    A signal comes in the middle of anything, that which the one before it set off included: setting
    a `threading.Event` could wait for itself. A `SimpleQueue` may be put into from anywhere.
    """

    def __init__(self) -> None:
        self._signals: SimpleQueue[int] = SimpleQueue()
        self._was_asked = False

    def ask(self, kind: int, _frame: object) -> None:
        """Ask it to end: a handler of signals."""
        self._signals.put(kind)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it was asked to, for so many seconds at the most; whether it was."""
        if not self._was_asked:
            try:
                self._signals.get(timeout=seconds)
            except Empty:
                return False
            self._was_asked = True
        return True


@contextmanager
def until_signal() -> Iterator[Stop]:
    """Have Ctrl-C and SIGTERM ask, instead of end, for as long as the block lasts."""
    stop = Stop()
    before = {kind: signal.signal(kind, stop.ask) for kind in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
