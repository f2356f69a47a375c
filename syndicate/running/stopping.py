"""How a worker's child processes learn that it is to end, and end what they have in hand.

Celery's main process hears SIGTERM, takes no new task, and waits for its children, which it tells
nothing. Where all processes of a service are signalled at once, as systemd does, the children hear
SIGTERM too, and would die of it in the middle of a message.
"""

from __future__ import annotations

import mmap
import os
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Stopping:
    """Whether this worker is to end soon: made before it has children, known to all of them."""

    def __init__(self) -> None:
        #: Anonymous and shared: what one process writes, those that it was forked into read.
        self._told = mmap.mmap(-1, 1)
        self._maker = os.getpid()
        self._was_asked = False

    def tell(self) -> None:
        """Say so to all processes of the worker."""
        self._told[0] = 1

    def is_near(self) -> bool:
        """Whether what is in hand is to be ended, and nothing new begun."""
        return self._was_asked or self._told[0] == 1

    @contextmanager
    def ending_well(self) -> Iterator[None]:
        """Have SIGTERM do to a child what it does only after the block, which may ask `is_near`.

        In the main process, which knows what to do about it, and in threads it does nothing.
        """
        is_main = threading.current_thread() is threading.main_thread()
        if not is_main or os.getpid() == self._maker:
            yield
            return
        before = signal.signal(signal.SIGTERM, lambda *_: self._ask())
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, before)
            if self._was_asked:
                os.kill(os.getpid(), signal.SIGTERM)

    def _ask(self) -> None:
        self._was_asked = True
