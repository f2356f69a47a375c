"""What a worker says of itself while it works: that it lives, and how far it is.

Its supervisor (`running.supervise`) takes one for stuck that says nothing, or does nothing.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog

from syndicate.store.pulse import Sign

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from syndicate.store.pulse import Pulse

_log = structlog.get_logger()


class Vitals:
    """The signs of one worker, given every so often from a thread, and at each task's two ends."""

    def __init__(self, pulse: Pulse, worker: str, clock: Callable[[], datetime]) -> None:
        self._pulse, self._worker, self._clock = pulse, worker, clock
        self._acts = 0
        self._task = ""

    def keep_up(self, every: float) -> None:
        """Give a sign now, and from now on every so many seconds, for the process's whole life."""
        self._pulse.forget_old(self._clock())
        self._sign()
        threading.Thread(target=self._go_on, args=(every,), daemon=True).start()

    @contextmanager
    def busy(self, task: str) -> Iterator[None]:
        """Say that a task is in hand, and that it isn't any more."""
        self._act(task)
        try:
            yield
        finally:
            self._act("")

    def _act(self, task: str) -> None:
        self._acts, self._task = self._acts + 1, task
        self._sign()

    def _sign(self) -> None:
        sign = Sign(self._clock().timestamp(), self._acts, self._task)
        self._pulse.sign(self._worker, sign)

    def _go_on(self, every: float) -> None:
        pause = threading.Event()
        while not pause.wait(every):
            try:
                self._sign()
            except Exception as error:  # noqa: BLE001 - Redis may be back for the next sign
                _log.warning("no sign of life", error=str(error))
