"""The sign of life that keeps a lease."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from types import TracebackType

    from syndicate.settings import Delivery

_log = structlog.get_logger()


class Heartbeat:
    """Renews a lease from a thread, for as long as its worker is in the block."""

    def __init__(
        self, renew: Callable[[float], bool], limits: Delivery, clock: Callable[[], datetime]
    ) -> None:
        """`renew` is given the moment at which the worker counts as dead; False: it lost it."""
        self._renew, self._limits, self._clock = renew, limits, clock
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()

    def _beat(self) -> None:
        end = self._clock().timestamp() + self._limits.lease
        while not self._done.wait(self._limits.heartbeat / 3):
            now = self._clock().timestamp()
            dead_at = min(now + self._limits.heartbeat, end)
            try:
                if now > end or not self._renew(dead_at):
                    return
            except Exception as error:  # noqa: BLE001 - Redis may be back for the next beat
                _log.warning("heartbeat failed", error=str(error))
